//! Words that a part of what comes must hold, said of the thing itself: `new items with Rust in the
//! title`, `a ticket has refund in its subject`, `…, but not those with Sponsored in the title`, `mit dem
//! Wort Kündigung im Betreff`. Cut out, and kept as what must hold for the bot to start.

use std::ops::Range;

use crate::lexicon::ARTICLES;
use crate::text::{Kind, Token};

/// What a part of what comes must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// The part: `title`, `subject`, `text`, `name`; none when any of its texts will do.
    pub field: Option<&'static str>,
    /// One of these.
    pub values: Vec<String>,
    pub not: bool,
}

const FIELDS: &[(&str, &[&str])] = &[
    ("title", &["title", "titel", "headline", "ueberschrift", "summary"]),
    ("subject", &["subject", "betreff", "betreffzeile", "topic"]),
    ("name", &["name", "names", "namen", "filename", "dateinamen", "dateiname"]),
    (
        "text",
        &[
            "text",
            "body",
            "message",
            "description",
            "content",
            "comment",
            "beschreibung",
            "inhalt",
            "nachricht",
            "nachrichtentext",
            "kommentar",
        ],
    ),
];
const WORD: &[&str] =
    &["word", "words", "term", "phrase", "keyword", "wort", "woertern", "begriff", "stichwort"];
const WHOSE: &[&str] =
    &["its", "the", "their", "a", "ihrem", "seinem", "ihrer", "der", "dem", "seiner"];
/// How many words may be looked for.
const MOST: usize = 5;

/// Cuts them out.
pub fn worded(tokens: &mut Vec<Token>) -> Vec<Worded> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((range, mut found)) = phrase(tokens, at) else {
            at += 1;
            continue;
        };
        let (from, prefix) = prefix(tokens, range.start);
        found.not = prefix == Some(true);
        if prefix.is_none() && !of_what_comes(tokens, range.start) {
            at = range.end;
            continue;
        }
        let after = tokens.get(range.end).is_some_and(|token| token.is_mark(','));
        let before = from > 0 && tokens[from - 1].is_mark(',');
        // `die … , die X im Titel haben , …`: one comma stays.
        let end = range.end + usize::from(after && before && prefix.is_none());
        let start = from - usize::from(before && (prefix.is_some() || end == tokens.len()));
        tokens.drain(start..end);
        out.push(found);
        at = start;
    }
    out
}

/// What words were said to be looked for, without anything cut out.
pub fn wordings(tokens: &[Token]) -> Vec<Worded> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let found = phrase(tokens, at);
        at = found.as_ref().map_or(at + 1, |(range, _)| range.end);
        out.extend(found.map(|(_, worded)| worded));
    }
    out
}

/// The phrase that begins at `at`, up to the part it speaks of.
fn phrase(tokens: &[Token], at: usize) -> Option<(Range<usize>, Worded)> {
    let opens = tokens[at].any(&[
        "with",
        "having",
        "has",
        "have",
        "containing",
        "contains",
        "mit",
        "die",
        "das",
        "der",
    ]);
    if !opens {
        return None;
    }
    let relative = tokens[at].any(&["die", "das", "der"]);
    let mut from = at + 1;
    let article = tokens.get(from).is_some_and(|token| token.any(ARTICLES));
    let noun = tokens.get(from + usize::from(article)).is_some_and(|token| token.any(WORD));
    if noun {
        from += usize::from(article) + 1;
    } else if article {
        return None;
    }
    let mut end = from;
    while end < tokens.len() && end - from <= MOST && value(&tokens[end]) {
        end += 1;
    }
    let values = values(&tokens[from..end]);
    if values.is_empty() {
        return None;
    }
    let part = part(tokens, end);
    let (field, end) = match part {
        Some((end, field)) => (field, end),
        None if noun => (None, end),
        None => return None,
    };
    let mut end = end;
    if relative {
        // `die Rust im Titel haben`
        let verb = tokens.get(end).is_some_and(|token| {
            token.any(&["haben", "hat", "tragen", "traegt", "fuehren", "enthalten", "enthaelt"])
        });
        if !(verb && at > 0 && tokens[at - 1].is_mark(',')) {
            return None;
        }
        end += 1;
    }
    let start = at - usize::from(at > 0 && tokens[at - 1].any(&["that", "which", "who"]));
    Some((start..end, Worded { field, values, not: false }))
}

/// `in its title`, `im Betreff`, `in der Beschreibung`, `in it`: where it ends.
fn part(tokens: &[Token], at: usize) -> Option<(usize, Option<&'static str>)> {
    let first = tokens.get(at)?;
    if !first.any(&["in", "inside", "im", "within"]) {
        return None;
    }
    let mut next = at + 1;
    if tokens.get(next).is_some_and(|token| token.any(&["it", "them", "ihr", "ihm"])) {
        return Some((next + 1, None));
    }
    while next < at + 3 && tokens.get(next).is_some_and(|token| token.any(WHOSE)) {
        next += 1;
    }
    let named = tokens.get(next)?;
    let field = FIELDS.iter().find(|(_, words)| named.any(words)).map(|(field, _)| *field)?;
    let line = tokens.get(next + 1).is_some_and(|token| token.is("line"));
    Some((next + 1 + usize::from(line), Some(field)))
}

fn value(token: &Token) -> bool {
    match token.kind {
        Kind::Quoted | Kind::Number | Kind::Dotted | Kind::Channel => true,
        Kind::Word => !token.any(&[
            "in", "inside", "im", "within", "with", "to", "and", "und", "then", "an", "is", "are",
            "on", "at", "into", "from", "of", "mit", "auf", "als", "as", "whose", "over", "under",
        ]),
        _ => false,
    }
}

fn values(tokens: &[Token]) -> Vec<String> {
    let said = |tokens: &[Token]| match tokens.iter().find(|token| token.kind == Kind::Quoted) {
        Some(quoted) => quoted.text.clone(),
        None => tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" "),
    };
    tokens
        .split(|token| token.any(&["or", "oder"]))
        .map(said)
        .filter(|text| !text.is_empty())
        .collect()
}

/// `, but not those`, `only ones`, `ignore items`: where it begins, and whether it says no.
fn prefix(tokens: &[Token], at: usize) -> (usize, Option<bool>) {
    const THOSE: &[&str] = &[
        "those",
        "ones",
        "the",
        "anything",
        "items",
        "any",
        "posts",
        "articles",
        "for",
        "if",
        "all",
        "solche",
        "die",
        "solchen",
        "alle",
        "alles",
        "keine",
        "diejenigen",
        "entries",
        "mails",
        "issues",
        "tickets",
        "it",
        "they",
        "that",
        "everything",
        "wenn",
        "messages",
        "eintraege",
        "artikel",
        "denen",
        "one",
        "files",
        "dateien",
    ];
    let mut from = at;
    while from > 0 && tokens[from - 1].any(THOSE) {
        from -= 1;
    }
    let Some(before) = from.checked_sub(1) else { return (at, None) };
    let no = tokens[before].any(&[
        "not",
        "nicht",
        "except",
        "excluding",
        "ausser",
        "ohne",
        "ignore",
        "skip",
        "ignoriere",
        "ueberspringe",
        "omit",
        "without",
        "never",
    ]) || from < at && tokens[from].is("keine");
    let only = tokens[before].any(&["only", "nur"]) && from < at;
    if !no && !only {
        return (at, None);
    }
    from = before + usize::from(!tokens[before].any(&["only", "nur"]) && !no);
    while from > 0
        && tokens[from - 1].any(&["but", "aber", "and", "und", "jedoch", "please", "just"])
    {
        from -= 1;
    }
    (from, Some(no))
}

/// Whether the words before `at` speak of what starts the bot, and of no deed.
fn of_what_comes(tokens: &[Token], at: usize) -> bool {
    const OPENS: &[&str] = &[
        "when", "whenever", "if", "once", "wenn", "sobald", "falls", "bei", "every", "each", "any",
        "jede", "jeder", "jedes", "jeden", "jedem", "alle", "kommt", "trifft", "on", "new", "neue",
        "neuer", "neues", "neuen", "neuem", "incoming", "all",
    ];
    let start = tokens[..at]
        .iter()
        .rposition(|token| matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!')))
        .map_or(0, |mark| mark + 1);
    let opened = |token: &Token| token.any(OPENS);
    // German relative clauses stand behind a comma of their own.
    let start = match tokens[start..at].iter().any(opened) {
        true => start,
        false => tokens[..start.saturating_sub(1)]
            .iter()
            .rposition(|token| matches!(token.kind, Kind::Mark('.' | ';' | ':' | '!' | ',')))
            .map_or(0, |mark| mark + 1)
            .min(start),
    };
    let Some(open) = tokens[start..at].iter().position(opened).map(|open| start + open) else {
        return false;
    };
    let divided = tokens[open..at].iter().any(|token| {
        token.any(&["and", "then", "und", "dann", "create", "add", "send", "write", "anlegen"])
    });
    let aimed = tokens[open..at].windows(2).any(|pair| {
        pair[0].any(&["to", "an", "nach"]) && matches!(pair[1].kind, Kind::Email | Kind::Channel)
    });
    !divided && !aimed
}
