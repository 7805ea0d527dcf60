//! When nothing is to happen, in whatever words: `but not at the weekend`, `And nothing on Sundays`, `On Mondays we
//! are closed, so it need not run then`. All become `…, except on Mondays` behind the sentence that says
//! when.

use super::said;
use crate::text::{Kind, Lang, Token};

const DAYS: &[(&str, &[&str])] = &[
    ("Monday", &["monday", "mondays", "montag", "montags", "montagen"]),
    ("Tuesday", &["tuesday", "tuesdays", "dienstag", "dienstags"]),
    ("Wednesday", &["wednesday", "wednesdays", "mittwoch", "mittwochs"]),
    ("Thursday", &["thursday", "thursdays", "donnerstag", "donnerstags"]),
    ("Friday", &["friday", "fridays", "freitag", "freitags"]),
    (
        "Saturday",
        &["saturday", "saturdays", "samstag", "samstags", "sonnabend", "sonnabends", "samstagen"],
    ),
    ("Sunday", &["sunday", "sundays", "sonntag", "sonntags", "sonntagen"]),
    ("weekend", &["weekend", "weekends", "wochenende", "wochenenden"]),
];
const GERMAN: &[(&str, &str)] = &[
    ("Monday", "montags"),
    ("Tuesday", "dienstags"),
    ("Wednesday", "mittwochs"),
    ("Thursday", "donnerstags"),
    ("Friday", "freitags"),
    ("Saturday", "samstags"),
    ("Sunday", "sonntags"),
    ("weekend", "am Wochenende"),
];
/// Words that say no.
const NO: &str = "unless not never nothing no skip closed off alone except excluding quiet nobody pause nicht nie \
    nichts kein keine geschlossen zu ausser ruhe niemand frei ruhetag without niemals \
    ausgenommen pausieren pausiert";
/// Words that may stand beside it, and say nothing more.
const BESIDE: &str = "if when wenn falls sei denn a on at the in during over and or but please it that do does send run us me we i are is \
    them anything messages message mails mail emails then need needs though of course day \
    days bother any want this should happen happens be sent have everything so there leave \
    out both post posted necessary needed required only just for shop office club school \
    practice store our must may can will to a an even also however because as since wants \
    read reads works working here school's am den dem der die das im aber und oder bitte es \
    soll sollen darf werden wird wir ich mich uns mir ist sind haben hat auch dann da nur \
    passieren passiert senden schicken gesendet verschickt laufen lasst lass jedoch \
    allerdings natuerlich bloss tag tage nachrichten nachricht laden buero praxis verein \
    wollen moechte braucht brauchen muss kommen kommt dabei daran";

/// Rewrites them.
pub fn offdays(tokens: &mut Vec<Token>, lang: Lang) {
    let mut found: Vec<&'static str> = Vec::new();
    let mut place = None;
    let mut at = 1;
    while at < tokens.len() {
        let begins =
            divides(&tokens[at - 1]) || tokens[at].any(&["but", "aber", "except", "ausser"]);
        let Some((end, days)) = begins.then(|| part(tokens, at)).flatten() else {
            at += 1;
            continue;
        };
        // What only goes on with it: `, so it need not run then`.
        let mut end = end;
        while tokens.get(end).is_some_and(|token| token.is_mark(',')) {
            let next = ends(tokens, end + 1);
            let only =
                tokens[end + 1..next].iter().all(|token| token.among(BESIDE) || token.among(NO));
            if !only || next == end + 1 {
                break;
            }
            end = next;
        }
        let from = because(tokens, at, &days).unwrap_or(at);
        let from = from - usize::from(tokens[from - 1].is_mark(','));
        let alone = matches!(tokens[from.max(1) - 1].kind, Kind::Mark('.' | ';' | '!'));
        let stop =
            tokens.get(end).is_some_and(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!')));
        let tail = end + usize::from(alone && stop);
        tokens.drain(from..tail.min(tokens.len()));
        place.get_or_insert(from);
        found.extend(days);
        at = from.max(1);
    }
    let weekdays = tokens.iter().any(|token| {
        token.any(&[
            "weekday",
            "weekdays",
            "workday",
            "workdays",
            "werktags",
            "werktag",
            "wochentags",
        ])
    });
    found.retain(|day| *day != "weekend" || !weekdays);
    let Some(place) = place.filter(|_| !found.is_empty()) else { return };
    // Behind the sentence that says when, or else the one that it follows.
    let mut place = place.min(tokens.len());
    let when = tokens.iter().position(|token| {
        token.among("every each daily weekly hourly nightly weekday weekdays jeden jede jedes taeglich stuendlich werktags")
    });
    if let Some(when) = when.filter(|when| *when < place) {
        place = tokens[when..place]
            .iter()
            .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!')))
            .map_or(place, |offset| when + offset);
    }
    if place > 0 && matches!(tokens[place - 1].kind, Kind::Mark('.' | ';' | '!')) {
        place -= 1;
    }
    let mut words = vec![said(","), said(lang.say("except", "außer"))];
    for (at, day) in found.iter().enumerate() {
        if at > 0 {
            words.push(said(lang.say("and", "und")));
        }
        match lang {
            Lang::En if *day == "weekend" => words.extend(["on", "weekends"].map(said)),
            Lang::En => words.extend([said("on"), said(&format!("{day}s"))]),
            Lang::De => {
                let german = GERMAN
                    .iter()
                    .find(|(english, _)| english == day)
                    .map_or("", |(_, german)| german);
                words.extend(german.split(' ').map(said));
            }
        }
    }
    tokens.splice(place..place, words);
}

/// `On Fridays people work from home, so leave Fridays out`: the reason speaks of the same day.
fn because(tokens: &[Token], at: usize, days: &[&'static str]) -> Option<usize> {
    let start = tokens[..at]
        .iter()
        .rposition(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!')))
        .map(|mark| mark + 1)?;
    let reason = tokens.get(start..at)?;
    let same = reason
        .iter()
        .any(|token| DAYS.iter().any(|(day, words)| days.contains(day) && token.any(words)));
    let plain = reason
        .iter()
        .all(|token| token.number.is_none() && matches!(token.kind, Kind::Word | Kind::Mark(',')));
    (same && plain && reason.len() < 12).then_some(start)
}

fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | '!' | ':'))
}

fn ends(tokens: &[Token], at: usize) -> usize {
    tokens[at.min(tokens.len())..]
        .iter()
        .position(divides)
        .map_or(tokens.len(), |offset| at + offset)
}

/// The part that begins at `at`, if all it says is on which days nothing is done: its end and the days.
fn part(tokens: &[Token], at: usize) -> Option<(usize, Vec<&'static str>)> {
    let mut end = ends(tokens, at);
    // `On Sundays, leave us alone`
    let day =
        |part: &[Token]| part.iter().any(|token| DAYS.iter().any(|(_, words)| token.any(words)));
    let said_no = |part: &[Token]| part.iter().any(|token| token.among(NO));
    if tokens.get(end).is_some_and(|token| token.is_mark(','))
        && day(&tokens[at..end])
        && !said_no(&tokens[at..end])
    {
        let next = ends(tokens, end + 1);
        let goes_on =
            tokens[end + 1..next].iter().all(|token| token.among(BESIDE) || token.among(NO));
        if goes_on && said_no(&tokens[end + 1..next]) {
            end = next;
        }
    }
    let part: Vec<&Token> =
        tokens.get(at..end)?.iter().filter(|token| !token.is_mark(',')).collect();
    let mut days = Vec::new();
    let mut no = false;
    for token in part {
        let day = DAYS.iter().find(|(_, words)| token.any(words)).map(|(day, _)| *day);
        match day {
            Some(day) => days.push(day),
            None if token.among(NO) => no = true,
            None if token.any(&["out", "aus", "weg"]) => no = true,
            None if token.among(BESIDE) => {}
            None => return None,
        }
    }
    (no && !days.is_empty()).then_some((end, days))
}
