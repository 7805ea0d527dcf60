//! Somebody's yes or no as a condition: `refund it if x@y agrees, otherwise …`, `publish it unless x@y
//! says no`. Put in order: the question, then what comes of a yes.

use super::made;
use crate::lexicon::{ARTICLES, people};
use crate::text::{Kind, Lang, Token};

/// Words for a yes and for a no.
const YES: &[&str] = &[
    "agrees",
    "approves",
    "confirms",
    "consents",
    "okays",
    "ok",
    "okay",
    "yes",
    "agree",
    "approve",
    "confirm",
    "signs",
    "accepts",
    "zustimmt",
    "genehmigt",
    "freigibt",
    "bestaetigt",
    "ja",
    "einverstanden",
    "zugestimmt",
    "freigegeben",
];
const NO: &[&str] = &[
    "no",
    "objects",
    "rejects",
    "declines",
    "vetoes",
    "disagrees",
    "refuses",
    "stops",
    "nein",
    "ablehnt",
    "widerspricht",
    "verbietet",
];

/// `ask x@y for approval and only if she says yes …` → `…; if approved , …`.
fn answered(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (3..tokens.len().saturating_sub(2)).find_map(|at| {
        if !tokens[at].any(&["if", "when", "once", "falls", "wenn"]) {
            return None;
        }
        let who = tokens[at + 1].any(&["she", "he", "they", "er", "sie"]);
        let yes = (at + 2..tokens.len().min(at + 6)).find(|at| tokens[*at].any(YES))?;
        let not = tokens[at..yes].iter().any(|token| token.any(&["not", "nicht", "no"]));
        let asked = tokens[..at].iter().any(|token| {
            token.any(&["approval", "permission", "freigabe", "zustimmung", "ok", "okay"])
        });
        (who && asked && !not).then_some((at, yes + 1))
    });
    let Some((at, mut end)) = found else { return };
    while tokens
        .get(end)
        .is_some_and(|token| token.any(&["it", "this", "that", "hat"]) || token.is_mark(','))
    {
        end += 1;
    }
    let mut from = at;
    while from > 0
        && (tokens[from - 1].any(&["and", "only", "und", "nur", "first", "zuerst", "then", "dann"])
            || tokens[from - 1].is_mark(','))
    {
        from -= 1;
    }
    let model = tokens[at].clone();
    let words = match lang {
        Lang::En => [";", "if", "approved", ","],
        Lang::De => [";", "wenn", "freigegeben", ","],
    };
    tokens.splice(from..end, words.map(|word| made(&model, word)));
}

pub(super) fn vetoes(tokens: &mut Vec<Token>, lang: Lang) {
    answered(tokens, lang);
    let ends = |token: &Token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?'));
    let found = (0..tokens.len()).find_map(|at| {
        let denies = tokens[at].any(&["unless", "ausser"])
            || tokens[at].any(&["sofern", "solange", "wenn"])
                && tokens[at + 1..].iter().take(5).any(|token| token.is("nicht"));
        let holds = tokens[at].any(&["if", "when", "provided", "falls", "wenn", "sofern"]);
        if !(denies || holds) {
            return None;
        }
        let mut who = at + 1;
        while tokens.get(who).is_some_and(|token| {
            token.any(ARTICLES) || token.any(&["that", "wenn"]) || token.is_mark(',')
        }) {
            who += 1;
        }
        let person = tokens.get(who)?;
        if person.kind != Kind::Email && !person.any(people::OUTSIDE) {
            return None;
        }
        let stop = (who + 1..tokens.len().min(who + 8))
            .find(|at| {
                matches!(tokens[*at].kind, Kind::Mark(_))
                    || tokens[*at].any(&["otherwise", "else", "sonst"])
            })
            .unwrap_or(tokens.len().min(who + 8));
        let part = &tokens[who + 1..stop];
        // `has not approved` is asked about elsewhere.
        let not = part.iter().any(|token| token.any(&["not", "nicht", "n't"]));
        let yes = part.iter().any(|token| token.any(YES)) && holds && !not;
        let no = part.iter().any(|token| token.any(NO)) && denies;
        let last = (who + 1..stop).rev().find(|at| tokens[*at].any(YES) || tokens[*at].any(NO))?;
        // `approves it`
        let mut to = last + 1;
        while tokens.get(to).is_some_and(|token| {
            token.any(&[
                "it", "this", "that", "them", "dem", "das", "es", "hat", "zu", "off", "to", "with",
            ])
        }) {
            to += 1;
        }
        (yes || no).then(|| (at, to, person.clone()))
    });
    let Some((at, to, who)) = found else { return };
    let asked = tokens[..at].iter().any(|token| {
        token.any(&[
            "ask", "asks", "approval", "request", "frage", "freigabe", "frag", "bitte", "hole",
        ])
    });
    // `erst …, wenn X zustimmt` orders only what comes first.
    let first = tokens[..at].iter().any(|token| token.any(&["erst", "only", "nur"]));
    if asked || first {
        return;
    }
    let from = tokens[..at].iter().rposition(ends).map_or(0, |mark| mark + 1);
    let model = tokens[at].clone();
    let (ask, nach, word): (&str, &str, &str) = match lang {
        Lang::En => ("ask", "for", "approval"),
        Lang::De => ("frage", "nach", "freigabe"),
    };
    let mut words =
        vec![made(&model, ask), who, made(&model, nach), made(&model, word), made(&model, ";")];
    words.extend(match lang {
        Lang::En => vec![made(&model, "if"), made(&model, "approved"), made(&model, ",")],
        Lang::De => vec![made(&model, "wenn"), made(&model, "freigegeben"), made(&model, ",")],
    });
    let leads =
        at == from || tokens[from..at].iter().all(|token| token.any(&["only", "nur", "erst"]));
    if leads {
        let comma = usize::from(tokens.get(to).is_some_and(|token| token.is_mark(',')));
        tokens.splice(from..to + comma, words);
        return;
    }
    // The deed stands before it, behind what starts the bot.
    let opens = tokens[from].any(&[
        "when", "whenever", "on", "wenn", "sobald", "falls", "bei", "once", "every", "each",
        "jeden",
    ]);
    let deed = if opens {
        tokens[from..at]
            .iter()
            .position(|token| token.is_mark(','))
            .map_or(from, |mark| from + mark + 1)
    } else {
        tokens[from..at]
            .iter()
            .take(8)
            .position(|token| token.is_mark(':'))
            .map_or(from, |mark| from + mark + 1)
    };
    tokens.drain(at..to);
    let mut left = at;
    while left > deed
        && (tokens[left - 1].is_mark(',') || tokens[left - 1].any(&["but", "aber", "only", "nur"]))
    {
        tokens.remove(left - 1);
        left -= 1;
    }
    tokens.splice(deed..deed, words);
}
