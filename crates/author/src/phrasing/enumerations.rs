//! Lists of names: `append name, email and plan from …`, `with order, post and comment`. A word in
//! such a list that could also be a verb is a name there, so that no deed begins within.

use crate::lexicon::{self, ARTICLES, PLEASE, PRONOUNS};
use crate::text::{Kind, Lang, Token};

/// What a list of fields is followed by when it says where they come from or that it ends.
const FROM: &[&str] =
    &["from", "of", "out", "aus", "vom", "von", "des", "joined", "sorted", "separated"];

const INTO: &[&str] = &[
    "to", "into", "in", "as", "at", "on", "an", "als", "im", "nach", "per", "by", "for", "fuer",
    "via",
];

/// Words behind which a list of names begins.
const OPENS: &[&str] = &[
    "with",
    "mit",
    "containing",
    "including",
    "fields",
    "field",
    "felder",
    "columns",
    "spalten",
    "its",
    "their",
    "keys",
    "properties",
];

pub fn enumerations(tokens: &mut [Token], lang: Lang) {
    let places: Vec<usize> =
        (1..tokens.len()).filter(|at| tokens[*at].any(&["and", "und", "sowie"])).collect();
    labels(tokens, &places);
    for and in places {
        if let Some(items) = items(tokens, and, lang) {
            for at in items {
                if lexicon::verb(&tokens[at].low, lang).is_some() {
                    tokens[at].kind = Kind::Field;
                }
            }
        }
    }
}

/// `with priority High and label customer`: a name and its value.
fn labels(tokens: &mut [Token], places: &[usize]) {
    for and in places {
        let name = and + 1;
        let noun = tokens.get(name).is_some_and(|token| {
            token.any(&[
                "label", "labels", "tag", "tags", "order", "comment", "page", "text", "list",
                "number", "name", "mode", "limit", "format", "report", "status", "record", "file",
            ])
        });
        let value = tokens.get(name + 1).is_some_and(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Number)
                && !token.any(ARTICLES)
                && !token.any(PRONOUNS)
                && !lexicon::is_empty_word(token)
        });
        let ends = tokens.get(name + 2).is_none_or(|token| {
            matches!(token.kind, Kind::Mark(_))
                || token.any(INTO)
                || token.any(FROM)
                || token.any(&["when", "and"])
        });
        let with = tokens[..*and]
            .iter()
            .rev()
            .take(7)
            .take_while(|token| !matches!(token.kind, Kind::Mark(mark) if mark != ','))
            .any(|token| token.any(&["with", "mit"]));
        if noun && value && ends && with {
            tokens[name].kind = Kind::Field;
        }
    }
}

/// A place that keeps rows.
fn keeps(token: &Token) -> bool {
    token.is_word()
        && ["table", "tabelle", "sheet", "spreadsheet", "collection", "database", "datenbank"]
            .iter()
            .any(|place| token.low.ends_with(place))
}

/// Where the items of the list stand whose last `and` is at `and`.
fn items(tokens: &[Token], and: usize, lang: Lang) -> Option<Vec<usize>> {
    let item = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            token.is_word()
                && token.number.is_none()
                && !token.any(ARTICLES)
                && !token.any(PRONOUNS)
                && !token.any(PLEASE)
                && !lexicon::is_empty_word(token)
                && !token.any(&["not", "nicht"])
                && !crate::lexicon::is_model(token)
        })
    };
    let article = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            token.any(&["the", "its", "their", "a", "an", "den", "die", "das", "der"])
        })
    };
    let last = and + 1 + usize::from(article(and + 1));
    if !item(last) {
        return None;
    }
    let mut out = vec![last];
    let mut at = and;
    loop {
        // An item and what divides it from the one behind.
        let mut end = at.checked_sub(1)?;
        if tokens[end].is_mark(',') && at == and {
            end = end.checked_sub(1)?;
        }
        if !item(end) {
            return None;
        }
        out.push(end);
        let mut before = end.checked_sub(1)?;
        if article(before) && before > 0 {
            before -= 1;
        }
        if tokens[before].is_mark(',') {
            at = before;
            continue;
        }
        let starts = before == 0
            || matches!(tokens[before - 1].kind, Kind::Mark(_))
            || tokens[before - 1].any(&["and", "und", "then", "dann"])
            || tokens[before - 1].any(PLEASE);
        let shouts = tokens[before].is_word()
            && tokens[before].text.len() > 2
            && tokens[before].text.chars().all(char::is_uppercase);
        let verb = tokens[before].is_word()
            && lexicon::verb(&tokens[before].low, lang).is_some()
            && (starts || shouts);
        let introduced = tokens[before].any(OPENS);
        if !(verb || introduced) {
            return None;
        }
        let next = tokens.get(last + 1);
        let ends = next.is_none_or(|next| matches!(next.kind, Kind::Mark(_)));
        let from = next.is_some_and(|next| next.any(FROM));
        let into = next.is_some_and(|next| next.any(INTO)) || ends;
        let whose = tokens[end.saturating_sub(1)].any(&["its", "their", "seine", "ihre", "seinen"]);
        let noun = lexicon::verb(&tokens[last].low, lang).is_none()
            || whose && (shouts || verb)
            || lexicon::is_noun_too(&tokens[last].low) && introduced;
        // `insert name and email into the table x`: the columns of what is kept.
        let kept = into && tokens[last + 1..].iter().take(5).any(keeps);
        let (many, noun) = (
            out.len() > 2 || introduced || whose || kept,
            noun || kept && lexicon::is_noun_too(&tokens[last].low) || kept && lang == Lang::De,
        );
        return (from || into && noun && many).then_some(out);
    }
}
