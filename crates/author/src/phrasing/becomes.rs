//! One thing becomes another: `any mail from x becomes a Linear issue`, `a critical alert on the webhook y
//! becomes a Jira bug, anything else just gets logged`. What comes starts the bot, what becomes of it is
//! the deed; a quality of it must hold.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Lang, Token};

/// Qualities that are values of a field, and what the field is called.
const QUALITIES: &[(&[&str], &str, &str)] = &[
    (
        &[
            "critical",
            "severe",
            "major",
            "minor",
            "fatal",
            "kritischer",
            "kritische",
            "kritisches",
            "schwerer",
        ],
        "severity",
        "severity",
    ),
    (
        &["urgent", "high-priority", "dringender", "dringende", "dringendes"],
        "priority",
        "prioritaet",
    ),
    (
        &[
            "failed",
            "successful",
            "cancelled",
            "canceled",
            "paid",
            "unpaid",
            "rejected",
            "approved",
            "overdue",
        ],
        "status",
        "status",
    ),
];

pub fn becomes(tokens: &mut Vec<Token>, lang: Lang) {
    lower_at_once(tokens);
    // `should become a deal`, `soll eine Aufgabe werden`
    if lang == Lang::En
        && let Some(at) = tokens.windows(2).position(|pair| {
            pair[0].any(&["should", "shall", "must", "will", "can"]) && pair[1].is("become")
        })
    {
        tokens.remove(at);
        tokens[at] = made(&tokens[at].clone(), "becomes");
    }
    let verbs: &[&str] = match lang {
        Lang::En => &["becomes", "become"],
        Lang::De => &["wird", "werden"],
    };
    let Some(at) = (2..tokens.len().saturating_sub(1)).find(|at| {
        tokens[*at].any(verbs)
            && match lang {
                Lang::En => {
                    tokens[at + 1].any(ARTICLES)
                        || tokens[at + 1].is_capital()
                        || tokens[at + 1].is_word() && tokens[at + 1].low.ends_with('s')
                }
                Lang::De => {
                    tokens[at + 1].is("zu")
                        || tokens[at + 1].is("zum")
                        || tokens[at + 1].is("zur")
                        || tokens[at + 1].any(&["ein", "eine"])
                            && tokens.get(at + 2).is_some_and(|next| next.is_capital())
                }
            }
    }) else {
        return;
    };
    let divides = |token: &Token| matches!(token.kind, Kind::Mark('.' | ';' | ':' | '!' | ','));
    let begin = tokens[..at].iter().rposition(divides).map_or(0, |mark| mark + 1);
    let opens = tokens[begin].any(&["when", "whenever", "if", "wenn", "sobald", "falls"]);
    if opens || at - begin < 2 || at - begin > 14 {
        return;
    }
    let end = (at..tokens.len()).find(|at| divides(&tokens[*at])).unwrap_or(tokens.len());
    // The passive `wird … gesendet` is no such thing.
    let passive = lang == Lang::De
        && tokens[end - 1].is_word()
        && !tokens[end - 1].is_capital()
        && crate::lexicon::verb(&tokens[end - 1].low, lang).is_some();
    if passive {
        return;
    }
    let model = tokens[at].clone();
    let mut what: Vec<Token> = tokens[begin..at].to_vec();
    let skip = usize::from(tokens[at + 1].any(&["zu", "zum", "zur"]));
    let thing: Vec<Token> = tokens[at + 1 + skip..end].to_vec();
    let hook = what
        .iter()
        .any(|token| token.any(&["webhook", "event", "ereignis"]) || token.kind == Kind::Dotted);
    let quality =
        what.iter().take(3).position(|token| QUALITIES.iter().any(|(words, ..)| token.any(words)));
    let held = quality.filter(|_| hook).map(|at| what.remove(at));
    let mut words = vec![made(&model, lang.say("when", "wenn"))];
    words.extend(what);
    words.push(made(&model, lang.say("arrives", "eintrifft")));
    words.push(made(&model, ","));
    if let Some(value) = held {
        let field = QUALITIES
            .iter()
            .find(|(words, ..)| value.any(words))
            .map_or("status", |(_, en, de)| lang.say(en, de));
        match lang {
            Lang::En => words.extend([
                made(&model, "if"),
                made(&model, field),
                made(&model, "is"),
                value,
                made(&model, ","),
            ]),
            Lang::De => words.extend([
                made(&model, "wenn"),
                made(&model, field),
                value,
                made(&model, "ist"),
                made(&model, ","),
            ]),
        }
    }
    words.push(made(&model, lang.say("create", "erstelle")));
    words.extend(thing);
    tokens.splice(begin..end, words);
    others_too(tokens);
}

/// `; anything lower is posted straight away` → `; otherwise post it to https://…`, to where the rest goes.
fn lower_at_once(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(3)).find(|at| {
        tokens[*at].any(&["anything", "everything", "anyone"])
            && tokens[at + 1]
                .any(&["lower", "smaller", "below", "less", "cheaper", "higher", "else", "bigger"])
            && tokens[at + 2].any(&["is", "gets", "goes"])
    });
    let Some(at) = found else { return };
    let end = (at..tokens.len())
        .find(|at| matches!(tokens[*at].kind, Kind::Mark('.' | ';' | '!')))
        .unwrap_or(tokens.len());
    let own = tokens[at..end].iter().any(|token| {
        matches!(token.kind, Kind::Url | Kind::Email | Kind::Channel)
            || token.is("logged")
            || token.is("ignored")
    });
    let sent = tokens[at..end].iter().any(|token| {
        token.any(&["posted", "sent", "forwarded", "through", "passed", "straight", "directly"])
    });
    let Some(url) = tokens[..at].iter().rfind(|token| token.kind == Kind::Url).cloned() else {
        return;
    };
    if own || !sent {
        return;
    }
    let model = tokens[at].clone();
    let mut words: Vec<Token> =
        ["otherwise", "post", "it", "to"].map(|word| made(&model, word)).to_vec();
    words.push(url);
    tokens.splice(at..end, words);
}

/// `…, anything else just gets logged` → `…, otherwise log it`.
fn others_too(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(2)).find(|at| {
        tokens[*at].any(&["anything", "everything"])
            && tokens[at + 1].is("else")
            && tokens[at + 2..]
                .iter()
                .take(4)
                .any(|token| token.any(&["logged", "ignored", "skipped", "dropped"]))
    });
    let Some(at) = found else { return };
    let Some(verb) = (at + 2..tokens.len())
        .find(|at| tokens[*at].any(&["logged", "ignored", "skipped", "dropped"]))
    else {
        return;
    };
    let model = tokens[at].clone();
    let deed = if tokens[verb].is("logged") { "log" } else { "skip" };
    tokens.splice(at..=verb, [made(&model, "otherwise"), made(&model, deed), made(&model, "it")]);
}
