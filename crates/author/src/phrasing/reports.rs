//! What a webhook or event says with it, what else is let be, and a deed done to each new thing:
//! `the webhook x reports status failed`, `ignore everything else`, `nothing if it is empty`, `label
//! every new mail from y as Z`. Put as what starts the bot, what must hold and what is done.

use super::made;
use crate::lexicon::{self, ARTICLES, PRONOUNS};
use crate::text::{Kind, Lang, Token};

pub fn reports(tokens: &mut Vec<Token>, lang: Lang) {
    nothing_else(tokens);
    nothing_if(tokens, lang);
    then_within(tokens, lang);
    match lang {
        Lang::En => {
            says(tokens);
            accepts(tokens);
        }
        Lang::De => {
            meldet(tokens);
            meldet_first(tokens);
            nimmt_an(tokens);
            bei_without_comma(tokens);
        }
    }
    pushes(tokens, lang);
    from_each_mail(tokens, lang);
    each_new(tokens, lang);
}

fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | ',' | ';' | ':' | '!' | '?'))
}

fn hook(token: &Token) -> bool {
    token.any(&["webhook", "event", "ereignis"])
}

fn name(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Dotted | Kind::Path | Kind::Quoted)
        && !token.any(ARTICLES)
        && !token.any(lexicon::ARRIVES)
}

/// Where the part ends that begins at `from`.
fn end_of(tokens: &[Token], from: usize) -> usize {
    tokens[from..]
        .iter()
        .position(|token| divides(token) || token.any(&["then", "dann", "but", "aber"]))
        .map_or(tokens.len(), |offset| from + offset)
}

/// `ignore everything else`, `alles andere wird ignoriert`, `otherwise nothing`: what happens anyway.
fn nothing_else(tokens: &mut Vec<Token>) {
    const WORDS: &[&str] = &[
        "ignore",
        "ignored",
        "ignoring",
        "skip",
        "skipped",
        "drop",
        "dropped",
        "is",
        "are",
        "to",
        "be",
        "everything",
        "anything",
        "all",
        "else",
        "others",
        "other",
        "the",
        "rest",
        "calls",
        "events",
        "ones",
        "requests",
        "and",
        "but",
        "ignorieren",
        "ignoriere",
        "ignoriert",
        "wird",
        "werden",
        "alles",
        "andere",
        "anderen",
        "anderes",
        "uebrige",
        "den",
        "der",
        "und",
        "aber",
        "verwerfen",
        "verwirf",
        "verworfen",
        "can",
        "kann",
        "please",
        "bitte",
    ];
    const LET_BE: &[&str] = &[
        "ignore",
        "ignored",
        "ignoring",
        "skip",
        "skipped",
        "drop",
        "dropped",
        "ignorieren",
        "ignoriere",
        "ignoriert",
        "verwerfen",
        "verwirf",
        "verworfen",
    ];
    const REST: &[&str] =
        &["else", "others", "other", "rest", "andere", "anderen", "anderes", "uebrige"];
    let mut from = 0;
    while from < tokens.len() {
        let end = tokens[from..].iter().position(divides).map_or(tokens.len(), |at| from + at);
        let piece = &tokens[from..end];
        let says = |words: &[&str]| piece.iter().any(|token| token.any(words));
        let only = !piece.is_empty() && piece.iter().all(|token| token.any(WORDS));
        // Something has to stand before it.
        if from > 0 && only && says(LET_BE) && says(REST) {
            tokens.drain(from - 1..end);
            continue;
        }
        from = end + 1;
    }
}

/// `…, nothing if it is empty`, `…, aber nichts, wenn die Liste leer ist`.
fn nothing_if(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (2..tokens.len().saturating_sub(2)).find(|at| {
        tokens[*at].any(&["nothing", "nichts"])
            && (tokens[at - 1].any(&["but", "aber", "send", "and", "und"])
                || divides(&tokens[at - 1]))
    });
    let Some(at) = found else { return };
    let mut next = at + 1;
    if tokens[next].is_mark(',') {
        next += 1;
    }
    if !tokens.get(next).is_some_and(|token| token.any(&["if", "when", "wenn", "falls", "sofern"]))
    {
        return;
    }
    let mut from = at;
    while tokens[from - 1].any(&["but", "aber", "send", "and", "und"])
        || from > 1 && tokens[from - 1].is_mark(',')
    {
        from -= 1;
    }
    let model = tokens[at].clone();
    let words = match lang {
        Lang::En => vec![made(&model, "unless")],
        Lang::De => vec![made(&model, ","), made(&model, "ausser"), made(&model, "wenn")],
    };
    tokens.splice(from..=next, words);
}

/// `schick dann eine Mail`, `send then a mail`: in order, said behind the verb.
fn then_within(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 1;
    while at + 1 < tokens.len() {
        let then = tokens[at].any(&[
            "then",
            "dann",
            "danach",
            "anschliessend",
            "daraufhin",
            "hinterher",
            "afterwards",
        ]);
        let verb = &tokens[at - 1];
        let first = at == 1
            || divides(&tokens[at - 2])
            || tokens[at - 2].any(&["and", "und", "then", "dann"]);
        let deed = verb.is_word()
            && !verb.is_capital()
            && match lang {
                Lang::En => lexicon::is_base(&verb.low),
                Lang::De => lexicon::verb(&verb.low, lang).is_some(),
            };
        let object = tokens[at + 1].any(ARTICLES)
            || tokens[at + 1].any(PRONOUNS)
            || tokens[at + 1].any(&["per", "an", "auf", "in", "to", "by", "via", "mir", "mich"])
            || matches!(
                tokens[at + 1].kind,
                Kind::Email | Kind::Channel | Kind::Url | Kind::Quoted
            );
        if then && first && deed && object {
            tokens.remove(at);
        } else {
            at += 1;
        }
    }
}

/// Names of fields that hold a word of their own.
const STATES: &[&str] = &[
    "status",
    "state",
    "result",
    "level",
    "severity",
    "conclusion",
    "outcome",
    "type",
    "phase",
    "stage",
    "mode",
    "kind",
    "action",
    "zustand",
    "stufe",
    "ergebnis",
    "typ",
    "art",
    "schwere",
    "priority",
    "prioritaet",
    "color",
    "farbe",
    "ampel",
];

const COMPARES: &[&str] = &[
    "over",
    "above",
    "below",
    "under",
    "more",
    "less",
    "least",
    "most",
    "greater",
    "ueber",
    "unter",
    "mehr",
    "weniger",
    "mindestens",
    "hoechstens",
    "groesser",
    "kleiner",
];

/// What a field and its value are put as: `status is failed`, `status rot ist`.
fn held(rest: &[Token], lang: Lang) -> Option<Vec<Token>> {
    let skip = rest.iter().take_while(|token| token.any(&["the", "den", "die", "das"])).count();
    let (field, value) = rest.get(skip..)?.split_first()?;
    let one = value.len() == 1
        && field.any(STATES)
        && matches!(value[0].kind, Kind::Word | Kind::Quoted | Kind::Number | Kind::Dotted);
    let compared = value.first().is_some_and(|token| {
        token.any(COMPARES)
            || token.any(&["at"])
            || matches!(token.kind, Kind::Mark('<' | '>' | '='))
    }) && value.iter().any(|token| token.number.is_some())
        && value.len() < 7;
    if !field.is_word() || lexicon::is_empty_word(field) || !(one || compared) {
        return None;
    }
    let is = made(field, lang.say("is", "ist"));
    let mut out = vec![field.clone()];
    match lang {
        Lang::En => {
            out.push(is);
            out.extend(value.iter().cloned());
        }
        Lang::De => {
            out.extend(value.iter().cloned());
            out.push(is);
        }
    }
    Some(out)
}

/// `the webhook x reports status failed` → `the webhook x arrives and status is failed`.
fn says(tokens: &mut Vec<Token>) {
    const SAYS: &[&str] = &[
        "says",
        "reports",
        "shows",
        "signals",
        "states",
        "announces",
        "gives",
        "sends",
        "carries",
        "delivers",
        "brings",
        "has",
    ];
    let found = (0..tokens.len().saturating_sub(4))
        .find(|at| hook(&tokens[*at]) && name(&tokens[at + 1]) && tokens[at + 2].any(SAYS));
    let Some(at) = found else { return };
    let end = end_of(tokens, at + 3);
    let Some(held) = held(&tokens[at + 3..end], Lang::En) else { return };
    let model = tokens[at + 2].clone();
    let mut words = vec![made(&model, "arrives"), made(&model, "and")];
    words.extend(held);
    tokens.splice(at + 2..end, words);
}

const MELDET: &[&str] = &["meldet", "zeigt", "liefert", "bringt", "schickt", "hat", "traegt"];

/// `wenn der Webhook x den status rot meldet` → `wenn der Webhook x eintrifft und status rot ist`.
fn meldet(tokens: &mut Vec<Token>) {
    let found = (0..tokens.len().saturating_sub(4)).find_map(|at| {
        let end = end_of(tokens, at);
        (hook(&tokens[at]) && name(&tokens[at + 1]) && end > at + 3 && tokens[end - 1].any(MELDET))
            .then_some((at, end))
    });
    let Some((at, end)) = found else { return };
    let Some(held) = held(&tokens[at + 2..end - 1], Lang::De) else { return };
    let model = tokens[at].clone();
    let mut words = vec![made(&model, "eintrifft"), made(&model, "und")];
    words.extend(held);
    tokens.splice(at + 2..end, words);
}

/// `Meldet der Webhook x den status rot, …`.
fn meldet_first(tokens: &mut Vec<Token>) {
    let found = (0..tokens.len().saturating_sub(5)).find(|at| {
        tokens[*at].any(MELDET)
            && (*at == 0 || divides(&tokens[at - 1]))
            && tokens[at + 1].any(&["der", "das", "ein"])
            && hook(&tokens[at + 2])
            && name(&tokens[at + 3])
    });
    let Some(at) = found else { return };
    let end = end_of(tokens, at + 4);
    let Some(held) = held(&tokens[at + 4..end], Lang::De) else { return };
    let model = tokens[at].clone();
    let mut words = vec![made(&model, "wenn")];
    words.extend(tokens[at + 1..at + 4].iter().cloned());
    words.extend([made(&model, "eintrifft"), made(&model, "und")]);
    words.extend(held);
    tokens.splice(at..end, words);
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

/// `Beim Webhook x warte 2 Tage`: the deed begins without a comma.
fn bei_without_comma(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(3)).find(|at| {
        let opens = tokens[at - 1].any(&["beim", "nach"])
            || *at > 1 && tokens[at - 1].is("dem") && tokens[at - 2].any(&["bei", "nach"]);
        opens
            && hook(&tokens[*at])
            && name(&tokens[at + 1])
            && tokens[at + 2].any(&["warte", "poste", "sende", "schicke", "maile", "hole", "lege"])
    });
    if let Some(at) = found {
        let comma = made(&tokens[at], ",");
        tokens.insert(at + 2, comma);
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
    let found = (1..tokens.len().saturating_sub(2)).find(|at| {
        tokens[*at].any(&["from", "of", "aus", "von"])
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
