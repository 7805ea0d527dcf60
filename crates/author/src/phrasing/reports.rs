//! What a webhook or event says with it, and what else is let be: `the webhook x reports status
//! failed`, `ignore everything else`, `nothing if it is empty`. Put as what must hold.

use super::made;
use crate::lexicon::{self, ARTICLES, PRONOUNS};
use crate::text::{Kind, Lang, Token};

pub fn reports(tokens: &mut Vec<Token>, lang: Lang) {
    numbered_places(tokens);
    in_progress(tokens, lang);
    rows_in_state(tokens, lang);
    nothing_else(tokens);
    nothing_if(tokens, lang);
    then_within(tokens, lang);
    match lang {
        Lang::En => says(tokens),
        Lang::De => {
            meldet(tokens);
            meldet_first(tokens);
            bei_without_comma(tokens);
        }
    }
    super::arrivals::arrivals(tokens, lang);
}

pub(super) fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | ',' | ';' | ':' | '!' | '?'))
}

fn hook(token: &Token) -> bool {
    token.any(&["webhook", "event", "ereignis"])
}

pub(super) fn name(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Dotted | Kind::Path | Kind::Quoted)
        && !token.any(ARTICLES)
        && !token.any(lexicon::ARRIVES)
}

/// `the Discord channel 998877665544332211`, `chat -100998877`: a place known by its number.
fn numbered_places(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 1 < tokens.len() {
        let noun = tokens[at].any(&["channel", "kanal", "chat", "group", "gruppe", "chat-id"]);
        let mut from = at + 1;
        while tokens.get(from).is_some_and(|token| token.any(&["id", "with"]) || token.is_mark(':'))
        {
            from += 1;
        }
        let minus = tokens.get(from).is_some_and(|token| token.is_mark('-'));
        let number = tokens.get(from + usize::from(minus)).filter(|token| {
            let digits = token.text.trim_start_matches('-');
            digits.len() > 5 && digits.chars().all(|c| c.is_ascii_digit())
        });
        if let Some(number) = number.filter(|_| noun).cloned() {
            let text = if minus { format!("-{}", number.text) } else { number.text.clone() };
            let place =
                Token { kind: Kind::Channel, low: text.clone(), text, number: None, ..number };
            tokens.splice(at..=from + usize::from(minus), [place]);
        }
        at += 1;
    }
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

/// `Beim Webhook x warte 2 Tage`: the deed begins without a comma.
fn bei_without_comma(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(3)).find(|at| {
        let opens = tokens[at - 1].any(&["beim", "nach"])
            || *at > 1 && tokens[at - 1].is("dem") && tokens[at - 2].any(&["bei", "nach"]);
        opens
            && hook(&tokens[*at])
            && name(&tokens[at + 1])
            && tokens[at + 2].is_word()
            && !tokens[at + 2].is_capital()
            && !tokens[at + 2].low.ends_with("en")
            && !tokens[at + 2].any(lexicon::ARRIVES)
            && lexicon::verb(&tokens[at + 2].low, Lang::De).is_some()
    });
    if let Some(at) = found {
        let comma = made(&tokens[at], ",");
        tokens.insert(at + 2, comma);
    }
}

/// `the Linear issues in progress`, `Tickets in Arbeit`: a state, and no place.
fn in_progress(tokens: &mut Vec<Token>, lang: Lang) {
    const ISSUES: &[&str] = &[
        "issues",
        "issue",
        "tickets",
        "ticket",
        "tasks",
        "cards",
        "aufgaben",
        "karten",
        "vorgaenge",
        "vorgaengen",
        "stories",
        "items",
    ];
    let found = (1..tokens.len().saturating_sub(1)).find(|at| {
        tokens[*at].is("in")
            && tokens[at + 1].any(&["progress", "arbeit", "bearbeitung"])
            && tokens[at - 1].is_word()
            && ISSUES.iter().any(|noun| {
                tokens[at - 1].is(noun) || tokens[at - 1].low.ends_with(&format!("-{noun}"))
            })
    });
    let Some(at) = found else { return };
    let model = tokens[at].clone();
    let lists = tokens.iter().any(|token| {
        token.any(&["when", "whenever", "if", "wenn", "sobald", "falls", "webhook", "get", "hole"])
    });
    let article = (at.saturating_sub(4)..at).rev().find(|at| tokens[*at].any(ARTICLES));
    let mut end = at + 2;
    // `of project OPS`, `im Team Web`
    if tokens.get(end).is_some_and(|token| token.any(&["of", "in", "from", "im", "aus", "des"])) {
        let skip = usize::from(tokens.get(end + 1).is_some_and(|token| token.any(ARTICLES)));
        let noun = end + 1 + skip;
        if tokens.get(noun).is_some_and(|token| token.any(&["project", "team", "projekt"])) {
            end = (noun + 2).min(tokens.len());
        }
    }
    let state = made(&model, "in-progress");
    match article.filter(|_| !lists) {
        // They are read first, whatever is done with them.
        Some(article) => {
            let mut object: Vec<Token> = tokens[article..at - 1].to_vec();
            object.push(state);
            object.push(made(&model, &tokens[at - 1].low));
            object.extend(tokens[at + 2..end].iter().cloned());
            let start = tokens[..article].iter().rposition(divides).map_or(0, |mark| mark + 1);
            tokens.splice(article..end, [made(&model, lang.say("them", "sie"))]);
            let mut front = vec![made(&model, lang.say("get", "hole"))];
            front.extend(object);
            front.push(made(&model, lang.say("and", "und")));
            tokens.splice(start..start, front);
        }
        None => {
            tokens.drain(at..at + 2);
            tokens.insert(at - 1, state);
        }
    }
}

/// Words for a database, as far as it has no name of its own.
const DATABASES: &[&str] = &["database", "db", "datenbank", "sql"];

/// `query our database for orders stuck in status paid` → `read the rows of the SQL table orders
/// where status is paid`.
fn rows_in_state(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(verb) = tokens.iter().position(|token| {
        token.any(&["query", "ask", "search", "frag", "frage", "durchsuche", "check"])
    }) else {
        return;
    };
    let end = tokens[verb..]
        .iter()
        .position(|token| divides(token) || token.any(&["and", "und", "then", "dann"]))
        .map_or(tokens.len(), |offset| verb + offset);
    let Some(wanted) = (verb + 2..end).find(|at| tokens[*at].any(&["for", "nach"])) else { return };
    let place = &tokens[verb + 1..wanted];
    let named = place
        .iter()
        .find(|token| token.any(&["postgres", "postgresql", "mysql", "mariadb", "sqlite"]))
        .cloned();
    if named.is_none() && !place.iter().any(|token| token.any(DATABASES)) {
        return;
    }
    let state = (wanted + 2..end.saturating_sub(1)).find(|at| tokens[*at].any(STATES));
    let Some(state) = state else { return };
    let mut table = tokens[wanted + 1..state].iter().filter(|token| {
        !token.any(ARTICLES)
            && !token.any(&[
                "all", "alle", "allen", "that", "are", "stuck", "sitting", "still", "in", "im",
                "with", "mit", "whose", "deren", "have", "at", "on", "noch", "die", "den",
            ])
    });
    let (Some(table), None) = (table.next().cloned(), table.next()) else { return };
    let value: Vec<Token> = tokens[state + 1..end]
        .iter()
        .filter(|token| !token.any(&["is", "ist", "sind", "stehen", "haengen"]))
        .cloned()
        .collect();
    let [value] = value.as_slice() else { return };
    let model = tokens[verb].clone();
    let word = |word: &str| made(&model, word);
    let base = named.unwrap_or_else(|| word("postgres"));
    let mut words = match lang {
        Lang::En => vec![word("read"), word("the"), word("rows"), word("of"), word("the")],
        Lang::De => vec![word("lies"), word("die"), word("zeilen"), word("aus"), word("der")],
    };
    words.extend([base, word(lang.say("table", "tabelle")), table]);
    words.extend([word(lang.say("where", "deren")), tokens[state].clone()]);
    match lang {
        Lang::En => words.extend([word("="), value.clone()]),
        Lang::De => words.extend([value.clone(), word("ist")]),
    }
    tokens.splice(verb..end, words);
}
