//! Fields that are not there: `lacks an email field`, `without a zip`, `fehlt das Feld plz`. Put as
//! what must hold: `if email is missing , …`.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Lang, Token};

pub fn absences(tokens: &mut Vec<Token>, lang: Lang) {
    match lang {
        Lang::En => {
            lacks(tokens);
            without(tokens);
        }
        Lang::De => fehlt(tokens),
    }
}

fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!' | '?'))
}

fn is_name(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Dotted | Kind::Field)
        && !token.any(ARTICLES)
        && !crate::lexicon::is_empty_word(token)
}

const FIELD: &[&str] = &[
    "field",
    "fields",
    "value",
    "key",
    "property",
    "feld",
    "wert",
    "angabe",
    "felds",
    "parameter",
];

/// The name of a field at `at`, and where it ends: `an email field`, `the field zip`.
fn field(tokens: &[Token], at: usize) -> Option<(Token, usize)> {
    let mut from = at;
    while tokens.get(from).is_some_and(|token| token.any(ARTICLES) || token.any(&["any"])) {
        from += 1;
    }
    let before = tokens.get(from).is_some_and(|token| token.any(FIELD));
    let name_at = from + usize::from(before);
    let name = tokens.get(name_at).filter(|token| is_name(token) && !token.any(FIELD))?.clone();
    let mut end = name_at + 1;
    // `a phone number`, `an email address`
    if tokens.get(end).is_some_and(|token| token.any(&["number", "address", "nummer", "adresse"])) {
        end += 1;
    }
    let behind = usize::from(!before && tokens.get(end).is_some_and(|token| token.any(FIELD)));
    Some((name, end + behind))
}

/// `when the webhook x lacks an email field …` → `when the webhook x arrives , if email is missing , …`.
fn lacks(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(1)).find_map(|at| {
        let length = if tokens[at].any(&["lacks", "misses"]) {
            1
        } else if tokens[at].any(&["has", "contains", "comes", "brings"])
            && tokens[at + 1].any(&["no", "without"])
        {
            2
        } else {
            return None;
        };
        let (name, end) = field(tokens, at + length)?;
        // `has no items`: a list that is empty, and no field that is missing.
        let many = length == 2
            && !tokens[at + length..end].iter().any(|token| token.any(FIELD))
            && name.low.ends_with('s')
            && !name.low.ends_with("ss");
        (!many).then_some((at, name, end))
    });
    let Some((at, name, end)) = found else { return };
    let begin = tokens[..at].iter().rposition(divides).map_or(0, |mark| mark + 1);
    let opens = tokens[begin].any(&["when", "whenever", "if", "once"]);
    if !opens {
        return;
    }
    let hook = tokens[begin..at]
        .iter()
        .any(|token| token.any(&["webhook", "event", "form"]) || token.kind == Kind::Dotted);
    let model = tokens[at].clone();
    let mut words = Vec::new();
    if hook && (begin == 0 || tokens[begin].any(&["when", "whenever", "once"])) {
        words.extend(["arrives", ",", "if"].map(|word| made(&model, word)));
    }
    let direct = words.is_empty();
    words.push(name);
    words.extend(["is", "missing"].map(|word| made(&model, word)));
    if tokens.get(end).is_some_and(|next| !divides(next) && !next.any(&["and", "or"])) {
        words.push(made(&model, ","));
    }
    let from = if direct { begin + 1 } else { at };
    tokens.splice(from..end, words);
}

/// `answer calls without an email field with 400` → `if email is missing , answer calls with 400`.
fn without(tokens: &mut Vec<Token>) {
    let Some(at) = (1..tokens.len().saturating_sub(1)).find(|at| tokens[*at].is("without")) else {
        return;
    };
    let Some((name, end)) = field(tokens, at + 1) else { return };
    let said = tokens[at + 1..end].iter().any(|token| token.any(FIELD));
    let calls = tokens[at.saturating_sub(6)..at].iter().any(|token| {
        token.any(&[
            "calls",
            "requests",
            "call",
            "request",
            "ones",
            "posts",
            "submissions",
            "payloads",
            "everything",
        ])
    });
    if !(said && calls) {
        return;
    }
    let begin = tokens[..at].iter().rposition(divides).map_or(0, |mark| mark + 1);
    let model = tokens[at].clone();
    tokens.drain(at..end);
    let mut words = vec![made(&model, "if"), name];
    words.extend(["is", "missing", ","].map(|word| made(&model, word)));
    tokens.splice(begin..begin, words);
}

/// `fehlt (in …) das Feld plz , …` → `wenn plz fehlt , …`.
fn fehlt(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 2 < tokens.len() {
        let opens = at == 0 || divides(&tokens[at - 1]) || tokens[at - 1].any(&["und", "oder"]);
        if !(opens && tokens[at].any(&["fehlt", "fehlen"])) {
            at += 1;
            continue;
        }
        let end = (at..tokens.len()).find(|at| divides(&tokens[*at])).unwrap_or(tokens.len());
        let noun = (at + 1..end).find(|at| tokens[*at].any(FIELD));
        let name = match noun {
            Some(noun) => field(tokens, noun),
            // `fehlt die Adresse, …`
            None => field(tokens, at + 1).filter(|(_, stop)| *stop == end),
        };
        let Some((name, stop)) = name.filter(|(_, stop)| *stop <= end) else {
            at += 1;
            continue;
        };
        // What stands between tells where it is missing, which may be what starts the bot.
        let between: Vec<Token> = tokens[at + 1..noun.unwrap_or(at + 1)].to_vec();
        let hook = between.iter().position(|token| token.low.contains("webhook"));
        let model = tokens[at].clone();
        let mut words = Vec::new();
        if let Some(hook) = hook
            && let Some(called) = between.get(hook + 1).filter(|token| is_name(token))
        {
            words.extend([
                made(&model, "wenn"),
                made(&model, "der"),
                made(&model, "webhook"),
                called.clone(),
                made(&model, "eintrifft"),
                made(&model, ","),
            ]);
        }
        words.extend([made(&model, "wenn"), name, made(&model, "fehlt")]);
        if tokens.get(stop).is_some_and(|next| !divides(next)) {
            words.push(made(&model, ","));
        }
        let length = words.len();
        tokens.splice(at..stop, words);
        at += length;
    }
}
