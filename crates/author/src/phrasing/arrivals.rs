//! What starts a bot, said as a deed: `accept GitHub's calls on the webhook x`, `extract … from each mail
//! in the x inbox`, `label every new mail from y as Z`, and `for pushes to main`, which must hold.

use super::made;
use super::reports::{divides, name};
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

pub(super) fn arrivals(tokens: &mut Vec<Token>, lang: Lang) {
    match lang {
        Lang::En => accepts(tokens),
        Lang::De => nimmt_an(tokens),
    }
    pushes(tokens, lang);
    from_each_mail(tokens, lang);
    each_new(tokens, lang);
}

const CALLS: &[&str] = &[
    "calls",
    "call",
    "requests",
    "request",
    "deliveries",
    "posts",
    "events",
    "notifications",
    "aufrufe",
    "anfragen",
    "meldungen",
    "requests",
];

/// `accept GitHub's calls on the webhook x, …` → `when the webhook x arrives, …`.
fn accepts(tokens: &mut Vec<Token>) {
    let Some(first) = tokens.first().filter(|first| {
        first.any(&["accept", "take", "receive", "handle", "process", "listen", "get"])
    }) else {
        return;
    };
    let Some(at) = (2..tokens.len().min(9)).find(|at| {
        tokens[*at].is("webhook")
            && tokens[..*at].iter().any(|token| token.any(&["on", "at", "to", "through", "by"]))
            && tokens[..*at].iter().any(|token| token.any(CALLS))
    }) else {
        return;
    };
    if !tokens.get(at + 1).is_some_and(name) {
        return;
    }
    let model = first.clone();
    let mut end = at + 2;
    while tokens.get(end).is_some_and(|token| divides(token) || token.any(&["and", "then"])) {
        end += 1;
    }
    let words = vec![
        made(&model, "when"),
        made(&model, "the"),
        tokens[at].clone(),
        tokens[at + 1].clone(),
        made(&model, "arrives"),
        made(&model, ","),
    ];
    tokens.splice(..end, words);
}

/// `Nimm die Aufrufe von GitHub am Webhook x an, …`.
fn nimmt_an(tokens: &mut Vec<Token>) {
    if !tokens
        .first()
        .is_some_and(|first| first.any(&["nimm", "nehme", "empfange", "verarbeite", "akzeptiere"]))
    {
        return;
    }
    let Some(at) = (2..tokens.len().min(9))
        .find(|at| tokens[*at].is("webhook") && tokens[..*at].iter().any(|token| token.any(CALLS)))
    else {
        return;
    };
    if !tokens.get(at + 1).is_some_and(name) {
        return;
    }
    let model = tokens[0].clone();
    let mut end = at + 2;
    while tokens
        .get(end)
        .is_some_and(|token| divides(token) || token.any(&["an", "entgegen", "und", "dann"]))
    {
        end += 1;
    }
    let words = vec![
        made(&model, "wenn"),
        made(&model, "der"),
        tokens[at].clone(),
        tokens[at + 1].clone(),
        made(&model, "eintrifft"),
        made(&model, ","),
    ];
    tokens.splice(..end, words);
}

/// `for pushes to main run …`, `bei Pushes auf main …`: the branch of a push.
fn pushes(tokens: &mut Vec<Token>, lang: Lang) {
    if !tokens.iter().any(|token| token.is("webhook")) {
        return;
    }
    let found = (1..tokens.len().saturating_sub(3)).find(|at| {
        tokens[*at].any(&["for", "on", "at", "bei"])
            && (1..=2).any(|skip| {
                tokens.get(at + skip).is_some_and(|token| token.any(&["pushes", "push"]))
                    && tokens
                        .get(at + skip + 1)
                        .is_some_and(|token| token.any(&["to", "on", "auf", "nach", "in"]))
            })
    });
    let Some(at) = found else { return };
    let push = (at..at + 3).find(|at| tokens[*at].any(&["pushes", "push"])).unwrap_or(at);
    let mut branch = push + 2;
    while tokens.get(branch).is_some_and(|token| token.any(ARTICLES) || token.is("branch")) {
        branch += 1;
    }
    let Some(named) = tokens.get(branch).filter(|token| name(token)).cloned() else { return };
    let mut end = branch + 1;
    while tokens.get(end).is_some_and(|token| token.is_mark(',') || token.is("branch")) {
        end += 1;
    }
    let value = Token {
        kind: Kind::Quoted,
        text: format!("refs/heads/{}", named.text),
        low: format!("refs/heads/{}", named.low),
        ..named.clone()
    };
    let held = match lang {
        Lang::En => {
            vec![made(&named, "if"), made(&named, "ref"), made(&named, "is"), value]
        }
        Lang::De => {
            vec![made(&named, "wenn"), made(&named, "ref"), value, made(&named, "ist")]
        }
    };
    // German has the verb before it: `starte bei Pushes auf main den Bot x`.
    let verb = (lang == Lang::De).then(|| at - 1).filter(|verb| {
        tokens[*verb].is_word()
            && !tokens[*verb].is_capital()
            && lexicon::verb(&tokens[*verb].low, lang).is_some()
    });
    let mut words = held;
    words.push(made(&named, ","));
    match verb {
        Some(verb) => {
            words.push(tokens[verb].clone());
            tokens.splice(verb..end, words);
        }
        None => {
            tokens.splice(at..end, words);
        }
    }
}

/// Words for a mail.
const MAILS: &[&str] = &["mail", "email", "e-mail", "message", "nachricht"];

const EVERY: &[&str] = &["each", "every", "any", "jeder", "jede", "jeden", "jedes"];

const FRESH: &[&str] = &[
    "new",
    "incoming",
    "neue",
    "neuen",
    "neuer",
    "neues",
    "eingehende",
    "eingehenden",
    "eingehender",
];

/// `extract … from each mail in the x inbox and …` → `when a mail arrives in the x inbox, extract …
/// from it and …`, in a sentence that names nothing else that starts it.
fn from_each_mail(tokens: &mut Vec<Token>, lang: Lang) {
    if started(tokens) {
        return;
    }
    let found = (0..tokens.len().saturating_sub(2)).find(|at| {
        (tokens[*at].any(&["from", "of", "aus", "von"])
            || lang == Lang::En
                && (lexicon::is_model(&tokens[*at]) || lexicon::is_base(&tokens[*at].low)))
            && tokens[at + 1].any(EVERY)
            && (tokens[at + 2].any(MAILS)
                || tokens[at + 2].any(FRESH)
                    && tokens.get(at + 3).is_some_and(|token| token.any(MAILS)))
    });
    let Some(at) = found else { return };
    let mail = at + 2 + usize::from(tokens[at + 2].any(FRESH));
    // Up to the box that it comes to.
    let place =
        tokens.get(mail + 1).is_some_and(|token| token.any(&["in", "to", "im", "an", "at"]));
    let boxed = (mail + 1..tokens.len().min(mail + 7)).find(|at| {
        tokens[*at].any(&["inbox", "mailbox", "postfach", "posteingang"])
            || tokens[*at].is_word() && tokens[*at].low.ends_with("postfach")
            || tokens[*at].kind == Kind::Email && *at == mail + 2
            // `each mail in Gmail`
            || tokens[*at].is_capital() && lang == Lang::En && *at <= mail + 3
                && tokens[mail + 1].any(&["in", "to", "at"])
    });
    let Some(boxed) = boxed.filter(|_| place) else { return };
    let mut end = boxed + 1;
    // `im Postfach rechnungen`
    if lang == Lang::De
        && tokens
            .get(end)
            .is_some_and(|token| name(token) && !token.is_capital() && !token.any(&["und"]))
    {
        end += 1;
    }
    let model = tokens[at].clone();
    let to: Vec<Token> = tokens[mail + 1..end].to_vec();
    let it = match lang {
        Lang::En => vec![tokens[at].clone(), made(&model, "it")],
        Lang::De => vec![made(&model, "daraus")],
    };
    tokens.splice(at..end, it);
    let mut front = match lang {
        Lang::En => vec!["when", "a", "mail", "arrives"],
        Lang::De => vec!["wenn", "eine", "mail"],
    }
    .into_iter()
    .map(|word| made(&model, word))
    .collect::<Vec<_>>();
    front.extend(to);
    if lang == Lang::De {
        front.push(made(&model, "eintrifft"));
    }
    front.push(made(&model, ","));
    tokens.splice(..0, front);
}

/// Whether the sentence says what starts it.
fn started(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| {
        token.any(&[
            "when", "whenever", "if", "once", "wenn", "sobald", "falls", "beim", "webhook",
            "event", "ereignis",
        ])
    })
}

/// `label every new Gmail message from x as Y and archive it` → `when a new Gmail message from x
/// arrives, label it as Y and archive it`.
fn each_new(tokens: &mut Vec<Token>, lang: Lang) {
    const DONE: &[&str] = &[
        "label",
        "tag",
        "archive",
        "close",
        "mark",
        "flag",
        "star",
        "delete",
        "versieh",
        "versehe",
        "archiviere",
        "schliesse",
        "markiere",
        "kennzeichne",
        "loesche",
        "etikettiere",
        "trash",
    ];
    if started(tokens)
        || !tokens.first().is_some_and(|first| first.any(DONE))
        || tokens.len() < 4
        || !tokens[1].any(EVERY)
        || !tokens[2].any(FRESH)
    {
        return;
    }
    // The thing and where it is from.
    let mut end = 3;
    while tokens.get(end).is_some_and(|token| {
        !divides(token)
            && !token.any(&[
                "as", "with", "and", "to", "und", "mit", "als", "in", "then", "dann", "mark",
            ])
    }) {
        end += 1;
    }
    let model = tokens[0].clone();
    let verb = tokens[0].clone();
    let thing: Vec<Token> = tokens[3..end].to_vec();
    let mut words = match lang {
        Lang::En => vec![made(&model, "when"), made(&model, "a"), made(&model, "new")],
        Lang::De => vec![made(&model, "wenn"), made(&model, "eine"), made(&model, "neue")],
    };
    words.extend(thing);
    words.push(made(&model, lang.say("arrives", "kommt")));
    words.push(made(&model, ","));
    words.push(verb);
    words.push(made(&model, lang.say("it", "sie")));
    tokens.splice(..end, words);
}
