//! Parts of what comes, said in passing: every hundredth of it, each of it, all but what was flagged,
//! only when it rains.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

pub fn shares(tokens: &mut Vec<Token>, lang: Lang) {
    nth(tokens, lang);
    one_each(tokens, lang);
    unflagged(tokens, lang);
    from_value(tokens, lang);
    demanded(tokens, lang);
    weather(tokens, lang);
    told(tokens);
    sought(tokens);
}

/// `search X for #solarpunk`: a word to look for, and no channel.
fn sought(tokens: &mut [Token]) {
    for at in 2..tokens.len() {
        let looks = tokens[at.saturating_sub(6)..at].iter().any(|token| {
            token.any(&[
                "search",
                "find",
                "look",
                "query",
                "suche",
                "durchsuche",
                "suchen",
                "finde",
            ])
        });
        let bound =
            tokens[at - 1].any(&["for", "nach", "mentioning", "about", "containing", "with", "or"]);
        // The German verb comes last: `X nach #solarpunk durchsuchen`.
        let last = tokens.get(at + 1).is_some_and(|next| next.any(&["durchsuchen", "suchen"]));
        if tokens[at].kind == Kind::Channel && bound && (looks || last) {
            tokens[at].kind = Kind::Quoted;
        }
    }
}

/// `answer with stored: true`: a name and its value, not two clauses.
fn told(tokens: &mut [Token]) {
    for at in 2..tokens.len().saturating_sub(1) {
        let next = &tokens[at + 1];
        let value = matches!(next.kind, Kind::Quoted | Kind::Number)
            || next.any(&["true", "false", "wahr", "falsch"]);
        let ended = tokens
            .get(at + 2)
            .is_none_or(|after| ends(after) || after.any(&["and", "und", "then", "dann"]));
        let named = tokens[at - 1].is_word()
            && !tokens[at - 1].any(&["text", "message", "words", "body", "nachricht", "titel"])
            && (tokens[at - 2].any(&["with", "mit", "and", "und"]) || tokens[at - 2].is_mark(','));
        if tokens[at].is_mark(':') && value && ended && named {
            tokens[at] = made(&tokens[at].clone(), "=");
        }
    }
}

fn ends(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!'))
}

/// Where the deed begins in which a place stands.
fn start(tokens: &[Token], at: usize, lang: Lang) -> usize {
    let mark = tokens[..at].iter().rposition(ends).map_or(0, |mark| mark + 1);
    let and = (mark..at).rev().find(|and| {
        tokens[*and].any(&["and", "und", "then", "dann"])
            && tokens.get(and + 1).is_some_and(|next| {
                *and + 1 == at
                    || next.is_word()
                        && (lang == Lang::De && !next.is_capital() || lexicon::is_base(&next.low))
            })
    });
    and.map_or(mark, |and| and + 1)
}

/// The number of `1000th`, `50.`, `hundredth`.
fn ordinal(token: &Token, next: Option<&Token>, lang: Lang) -> Option<(f64, usize)> {
    const WORDS: &[(&str, f64)] = &[
        ("second", 2.0),
        ("third", 3.0),
        ("fourth", 4.0),
        ("fifth", 5.0),
        ("sixth", 6.0),
        ("tenth", 10.0),
        ("twentieth", 20.0),
        ("fiftieth", 50.0),
        ("hundredth", 100.0),
        ("thousandth", 1_000.0),
        ("zweiten", 2.0),
        ("dritten", 3.0),
        ("vierten", 4.0),
        ("fuenften", 5.0),
        ("zehnten", 10.0),
        ("zwanzigsten", 20.0),
        ("fuenfzigsten", 50.0),
        ("hundertsten", 100.0),
        ("tausendsten", 1_000.0),
    ];
    if let Some((_, number)) = WORDS.iter().find(|(word, _)| token.is(word)) {
        return Some((*number, 1));
    }
    let digits = token.low.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
    let ending = &token.low[digits.len()..];
    let number: f64 = digits.parse().ok().filter(|number: &f64| *number > 1.0)?;
    let dot = next.is_some_and(|next| next.is_mark('.'));
    match (lang, ending) {
        (_, "st" | "nd" | "rd" | "th") => Some((number, 1)),
        (Lang::De, "." | "ten" | "sten") => Some((number, 1)),
        (Lang::De, "") if dot => Some((number, 2)),
        _ => None,
    }
}

/// `tell #x at every 1000th` → `if every 1000th, tell #x`.
fn nth(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (1..tokens.len().saturating_sub(1)).find_map(|at| {
        let each = tokens[at].any(&["every", "each", "jedem", "jeder", "jeden", "jedes"]);
        let bound = tokens[at - 1]
            .any(&["at", "on", "for", "with", "after", "upon", "bei", "nach", "zu", "mit", "fuer"]);
        let (number, length) = ordinal(&tokens[at + 1], tokens.get(at + 2), lang)?;
        // `every second day` is a time.
        let time = tokens.get(at + 1 + length).is_some_and(|next| {
            next.any(&[
                "day",
                "week",
                "month",
                "hour",
                "minute",
                "tag",
                "woche",
                "monat",
                "stunde",
                "minute",
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
            ])
        });
        (each && bound && !time).then_some((at, number, length))
    });
    let Some((at, number, length)) = found else { return };
    let mut to = at + 1 + length;
    let plain = |token: &Token| {
        token.is_word()
            && !token.any(ARTICLES)
            && lexicon::verb(&token.low, lang).is_none()
            && !token
                .any(&["in", "on", "to", "and", "und", "im", "an", "auf", "per", "with", "mit"])
    };
    // What it is one of: `every 100th order`.
    if tokens.get(to).is_some_and(plain)
        && !tokens.get(to).is_some_and(|token| token.any(&["eine", "einen", "a", "an", "the"]))
    {
        to += 1;
    }
    let from = start(tokens, at - 1, lang);
    let model = tokens[at].clone();
    tokens.drain(at - 1..to);
    let mut every = made(&model, "everynth");
    every.text = format!("{} {number}", lang.say("every", "bei jedem"));
    every.number = Some(number);
    let whole = [made(&model, lang.say("if", "wenn")), every, made(&model, ",")];
    // `at every 100th, tell …`: it stood in front.
    let own = tokens.get(from).is_some_and(|token| token.is_mark(','));
    tokens.splice(from..from + usize::from(own), whole);
}

/// `open an incident for each`, `jede an https://… schicken`.
fn one_each(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 1;
    while at < tokens.len() {
        let next = tokens.get(at + 1).cloned();
        let second = tokens.get(at + 2).cloned();
        let after = |offset: usize| match offset {
            1 => next.as_ref(),
            _ => second.as_ref(),
        };
        if lang == Lang::En && tokens[at].is("each") && tokens[at - 1].any(&["for", "about", "per"])
        {
            let of = after(1).is_some_and(|next| next.any(&["of"]))
                && after(2).is_some_and(|next| next.any(&["them", "those", "these"]));
            let single = after(1).is_some_and(|next| next.any(&["one", "row", "item", "entry"]));
            let length = if of { 3 } else { 1 + usize::from(single) };
            let last = tokens
                .get(at + length)
                .is_none_or(|next| ends(next) || next.any(&["and", "in", "to", "on", "with"]));
            // Something has to come before: `for each, …` opens a loop.
            if last && at > 2 && !ends(&tokens[at - 2]) && !tokens[at - 2].is("and") {
                let model = tokens[at].clone();
                let words = ["each", "of", "them"].map(|word| made(&model, word));
                tokens.splice(at - 1..at + length, words);
                at += 2;
            }
        }
        if lang == Lang::De
            && tokens[at].any(&["jede", "jeden", "jedes"])
            && (ends(&tokens[at - 1]) || tokens[at - 1].any(&["und", "dann"]))
            && after(1).is_some_and(|next| {
                next.any(&["an", "nach", "in", "als", "per", "davon", "ins", "auf", "mit"])
            })
        {
            let model = tokens[at].clone();
            let davon = usize::from(after(1).is_some_and(|next| next.is("davon")));
            tokens.splice(at..=at + davon, [made(&model, "jede"), made(&model, "einzeln")]);
            at += 2;
        }
        if lang == Lang::De
            && tokens[at].any(&["fuer", "zu"])
            && after(1).is_some_and(|next| next.any(&["jede", "jeden", "jedes", "jeder", "jedem"]))
            && after(2).is_none_or(|next| {
                ends(next) || next.any(&["davon", "eine", "einen", "ein", "einzelne", "einzelnen"])
            })
        {
            let model = tokens[at].clone();
            let davon = usize::from(
                after(2).is_some_and(|next| next.any(&["davon", "einzelne", "einzelnen"])),
            );
            tokens.splice(at..at + 2 + davon, [made(&model, "jede"), made(&model, "einzeln")]);
        }
        at += 1;
    }
}

/// `do not keep flagged ones; insert the rest into x` → `if it is not flagged, insert it into x`.
fn unflagged(tokens: &mut Vec<Token>, lang: Lang) {
    let moderates = tokens.iter().any(|token| {
        token.low.starts_with("moder") || token.any(&["openai", "screen", "pruefe", "pruefen"])
    });
    let judged = tokens.iter().any(|token| token.low.starts_with("moder"));
    const ROUGH: &[&str] =
        &["bad", "rude", "nasty", "schlechte", "schlechten", "boese", "schlimme"];
    const BAD: &[&str] = &[
        "flagged",
        "offensive",
        "toxic",
        "abusive",
        "harmful",
        "inappropriate",
        "unsafe",
        "markierte",
        "markiertes",
        "beanstandete",
        "beanstandetes",
        "auffaellige",
        "auffaelliges",
        "anstoessige",
        "geflaggte",
        "geflaggtes",
    ];
    let rough = |token: &Token| judged && token.any(ROUGH);
    let found = tokens.iter().position(|token| token.any(BAD) || rough(token));
    let Some(bad) = found.filter(|_| moderates) else {
        return;
    };
    let from = start(tokens, bad, lang);
    let end = (bad..tokens.len())
        .find(|at| ends(&tokens[*at]) || tokens[*at].any(&["and", "und", "but", "aber"]))
        .unwrap_or(tokens.len());
    let part = &tokens[from..end];
    let says = |words: &[&str]| part.iter().any(|token| token.any(words));
    let keeps = says(&[
        "keep",
        "store",
        "save",
        "insert",
        "post",
        "send",
        "publish",
        "pass",
        "behalten",
        "speichern",
        "aufnehmen",
        "uebernehmen",
    ]);
    let not = says(&["not", "never", "nicht", "n't", "without"]);
    let drops = says(&[
        "drop",
        "discard",
        "skip",
        "ignore",
        "reject",
        "throw",
        "remove",
        "leave",
        "verwerfen",
        "verwirf",
        "weglassen",
        "ignorieren",
        "aussortieren",
        "ueberspringen",
        "ignoriere",
    ]);
    let apart = (end..tokens.len()).any(|at| {
        tokens[at].any(&["rest", "others", "remaining", "uebrigen", "anderen", "restlichen"])
    });
    if !apart && !not && !keeps {
        only_bad(tokens, from, bad, end, lang);
        return;
    }
    if !(keeps && not || drops) {
        return;
    }
    let mut next = end;
    while tokens.get(next).is_some_and(|token| {
        ends(token) || token.any(&["and", "und", "but", "aber", "then", "dann", "only"])
    }) {
        next += 1;
    }
    let stop = (next..tokens.len()).find(|at| ends(&tokens[*at])).unwrap_or(tokens.len());
    let rest = (next..stop).find(|at| {
        tokens[*at].any(&["rest", "others", "remaining", "uebrigen", "anderen", "restlichen"])
    });
    let Some(rest) = rest else { return };
    let model = tokens[bad].clone();
    let mut first = rest;
    while first > next && (tokens[first - 1].any(ARTICLES) || tokens[first - 1].any(&["all"])) {
        first -= 1;
    }
    // `the remaining comments`
    let noun = tokens.get(rest + 1).is_some_and(|token| {
        tokens[rest].any(&["remaining", "uebrigen", "restlichen"]) && token.is_word()
    });
    tokens.splice(first..rest + 1 + usize::from(noun), [made(&model, lang.say("it", "es"))]);
    let words: &[&str] = match lang {
        Lang::En => &["if", "it", "is", "not", "flagged", ","],
        Lang::De => &["wenn", "flagged", "nicht", "wahr", "ist", ","],
    };
    let words: Vec<Token> = words.iter().map(|word| made(&model, word)).collect();
    tokens.splice(from..next, words);
}

/// `delete the bad ones at https://…` → `if it is flagged , delete it at https://…`.
fn only_bad(tokens: &mut Vec<Token>, from: usize, bad: usize, end: usize, lang: Lang) {
    let verb = tokens[from].is_word() && lexicon::verb(&tokens[from].low, lang).is_some();
    let ones = tokens.get(bad + 1).is_some_and(|next| {
        next.is_word() && next.low.ends_with('s')
            || next.any(&["kommentare", "beitraege", "nachrichten"])
    });
    if lang != Lang::En || !verb || !ones || bad <= from || bad + 1 >= end {
        return;
    }
    let mut first = bad;
    while first > from + 1 && (tokens[first - 1].any(ARTICLES) || tokens[first - 1].is("only")) {
        first -= 1;
    }
    let model = tokens[bad].clone();
    tokens.splice(first..bad + 2, [made(&model, "it")]);
    let words = ["if", "it", "is", "flagged", ","].map(|word| made(&model, word));
    tokens.splice(from..from, words);
    if from > 0 && tokens[from - 1].any(&["and", "und"]) {
        tokens[from - 1] = made(&model, ";");
    }
}

/// `und ab Index 4 in Slack warnen` → `und wenn Index mindestens 4 ist, in Slack warnen`.
fn from_value(tokens: &mut Vec<Token>, lang: Lang) {
    if lang != Lang::De {
        return;
    }
    let found = (1..tokens.len().saturating_sub(2)).find(|at| {
        let opens = ends(&tokens[at - 1]) || tokens[at - 1].any(&["und", "dann", "nur", "erst"]);
        let noun = &tokens[at + 1];
        opens
            && tokens[*at].is("ab")
            && noun.is_capital()
            && noun.number.is_none()
            && tokens[at + 2].number.is_some()
            && !noun.any(&["montag", "januar", "uhr"])
    });
    let Some(at) = found else { return };
    let model = tokens[at].clone();
    let unit =
        usize::from(tokens.get(at + 3).is_some_and(|next| {
            next.any(&["grad", "euro", "prozent", "stueck", "punkten", "punkte"])
        }));
    let from = at - usize::from(tokens[at - 1].any(&["nur", "erst"]));
    let mut words = vec![made(&model, "wenn"), tokens[at + 1].clone(), made(&model, "mindestens")];
    words.extend(tokens[at + 2..at + 3 + unit].iter().cloned());
    words.extend([made(&model, "ist"), made(&model, ",")]);
    tokens.splice(from..at + 3 + unit, words);
}

/// `beim Webhook x mit einem Betrag über 250 soll y freigeben`: what must hold ends before `soll`.
fn demanded(tokens: &mut Vec<Token>, lang: Lang) {
    if lang != Lang::De || !tokens.first().is_some_and(|first| first.any(&["bei", "beim"])) {
        return;
    }
    let end = tokens.iter().position(ends).unwrap_or(tokens.len());
    let Some(soll) = tokens[..end]
        .iter()
        .position(|token| token.any(&["soll", "sollen", "muss", "muessen"]))
        .filter(|at| *at > 3)
    else {
        return;
    };
    let number = tokens[..soll].last().is_some_and(|last| {
        last.number.is_some() || last.any(&["euro", "prozent", "grad", "stueck", "tagen"])
    });
    if number && crate::conditions::compares(&tokens[..soll]) {
        let comma = made(&tokens[soll].clone(), ",");
        tokens.insert(soll, comma);
    }
}

/// `nur bei Regen warnen` → `wenn Regen erwartet, warnen`.
fn weather(tokens: &mut Vec<Token>, lang: Lang) {
    if lang != Lang::De {
        return;
    }
    const KINDS: &[&str] =
        &["regen", "schnee", "schneefall", "gewitter", "frost", "sturm", "glaette", "wind"];
    let found = (0..tokens.len().saturating_sub(2))
        .find(|at| tokens[*at].is("bei") && tokens[at + 1].any(KINDS));
    let Some(at) = found else { return };
    let model = tokens[at].clone();
    let from = at - usize::from(at > 0 && tokens[at - 1].any(&["nur", "erst", "bloss"]));
    let words =
        [made(&model, "wenn"), tokens[at + 1].clone(), made(&model, "erwartet"), made(&model, ",")];
    let comma = usize::from(tokens.get(at + 2).is_some_and(|next| next.is_mark(',')));
    tokens.splice(from..at + 2 + comma, words);
}
