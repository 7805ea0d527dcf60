//! Names that somebody gave to things: the title behind a noun, labels, files, where something is
//! moved to.

use std::ops::Range;

use super::{join, names};
use crate::lexicon;
use crate::text::{Kind, Lang, Token};

/// Words that a name of several words does not go past.
const STOPS: &[&str] = &[
    "in",
    "of",
    "for",
    "to",
    "with",
    "on",
    "at",
    "and",
    "from",
    "as",
    "into",
    "by",
    "or",
    "if",
    "when",
    "whenever",
    "unless",
    "then",
    "please",
    "every",
    "each",
    "called",
    "named",
    "titled",
    "that",
    "which",
    "who",
    "whose",
    "via",
    "using",
    "but",
    "is",
    "are",
    "has",
    "have",
    "should",
    "must",
    "gets",
    "und",
    "mit",
    "an",
    "zu",
    "auf",
    "aus",
    "von",
    "vom",
    "des",
    "im",
    "fuer",
    "ein",
    "hinzu",
    "der",
    "bei",
    "per",
    "nach",
    "anlegen",
    "erstellen",
    "eintragen",
    "hinzufuegen",
    "setzen",
    "over",
    "above",
    "below",
    "under",
    "saying",
    "about",
    "after",
    "before",
    "where",
    "only",
    "also",
    "once",
    "wenn",
    "falls",
    "sobald",
    "oder",
    "am",
    "zum",
    "zur",
];

/// A capital on a little word behind a noun that is named: `the list To do`.
pub(super) fn opens_name(tokens: &[Token], at: usize, lang: Lang) -> bool {
    lang == Lang::En
        && tokens[at].any(&["to", "in", "on", "up", "all", "for", "new", "my", "our", "off"])
        && tokens
            .get(at + 1)
            .is_some_and(|next| next.is_word() && !next.any(STOPS) && !next.any(lexicon::ARTICLES))
}

/// Where a name ends that begins with a capital at `from`: `Weekly review in …`. A title may hold
/// articles and any verb.
pub(super) fn name_end(tokens: &[Token], from: usize, title: bool) -> usize {
    let mut end = from + 1;
    while let Some(next) = tokens.get(end) {
        let plain = next.is_word() || next.kind == Kind::Field || next.kind == Kind::Number;
        let article =
            next.any(&["the", "a", "an", "our", "my", "this", "all", "die", "der", "das"]);
        let little = article && !title
            || next.any(STOPS) && !(title && next.any(&["der"]))
            || next.any(lexicon::PRONOUNS);
        // `the list To call`, `the database Reading list`
        let opened = end == from + 1
            && tokens[from].any(&["to", "in", "on", "up", "all", "for", "new", "my", "our", "off"]);
        let last = lexicon::is_noun_too(&next.low)
            && tokens.get(end + 1).is_none_or(|after| !after.is_word() || after.any(STOPS))
            && end == from + 1;
        let verb = !title
            && !next.is_capital()
            && next.is_word()
            && lexicon::verb(&next.low, Lang::En).is_some()
            && !opened
            && !last;
        let happens = !title && !next.is_capital() && next.any(lexicon::ARRIVES);
        let verb = verb || happens;
        let longest = if title { 9 } else { 4 };
        if !plain || little || verb || end - from >= longest {
            break;
        }
        end += 1;
    }
    // A name does not end with an article.
    while end > from + 1 && tokens[end - 1].any(lexicon::ARTICLES) {
        end -= 1;
    }
    end
}

/// The title of what is made, behind its noun: `the card Weekly review in …`, `die Aufgabe Pflanzen
/// gießen`.
pub fn titled(nouns: &[String], tokens: &[Token], lang: Lang) -> Option<(Range<usize>, String)> {
    for (at, token) in tokens.iter().enumerate() {
        let noun = token.is_word() && nouns.contains(&token.low);
        if !noun || at == 0 && lang == Lang::De {
            continue;
        }
        let mut from = at + 1;
        while tokens.get(from).is_some_and(|next| {
            next.any(&["called", "named", "titled", "namens", "genannt", "entitled"])
                || next.is_mark(':')
        }) {
            from += 1;
        }
        let Some(first) = tokens.get(from) else { continue };
        if first.kind == Kind::Quoted {
            return Some((at..from + 1, first.text.clone()));
        }
        let said = from > at + 1;
        let begins = first.is_word()
            && (first.is_capital() || said)
            && !first.any(lexicon::PRONOUNS)
            && (!first.any(STOPS) || opens_name(tokens, from, lang));
        // In German every noun has a capital: a title there has more to it than one word.
        if !begins || lang == Lang::De && token.low.len() < 4 {
            continue;
        }
        let mut end = name_end(tokens, from, true);
        if lang == Lang::De {
            let last = end == tokens.len()
                && end > from + 1
                && !tokens[end - 1].is_capital()
                && lexicon::verb(&tokens[end - 1].low, lang).is_some();
            end -= usize::from(last);
        }
        return Some((at..end, join(&tokens[from..end])));
    }
    None
}

/// Endings of files' names.
const ENDINGS: &[&str] = &[
    "csv", "json", "txt", "pdf", "png", "jpg", "jpeg", "gif", "xlsx", "xls", "xml", "md", "html",
    "zip", "log", "yaml", "yml", "docx", "parquet", "sql", "ics", "gz", "webp", "svg", "mp3",
    "mp4",
];

/// The name of a file, with the folder before it unless only the `name` is wanted: where the parts
/// stand, and the words.
pub fn file(tokens: &[Token], name: bool) -> Option<(Vec<usize>, String)> {
    let ends = |token: &Token| {
        matches!(token.kind, Kind::Dotted | Kind::Path | Kind::Word)
            && token
                .low
                .rsplit_once('.')
                .is_some_and(|(stem, end)| !stem.is_empty() && ENDINGS.contains(&end))
    };
    let file = tokens.iter().position(ends);
    let folder = tokens.iter().position(|token| token.kind == Kind::Path && !ends(token));
    match (file, folder) {
        (Some(file), Some(folder)) if !name && tokens[file].kind != Kind::Path => {
            let path =
                format!("{}/{}", tokens[folder].text.trim_end_matches('/'), tokens[file].text);
            Some((vec![folder, file], path))
        }
        (Some(file), _) => Some((vec![file], tokens[file].text.clone())),
        _ => None,
    }
}

/// Where something is moved to: `move it to In Progress`, `in die Liste Fertig verschieben`.
pub fn moved(tokens: &[Token]) -> Option<(Range<usize>, String)> {
    let mut found = None;
    for at in 0..tokens.len() {
        if !tokens[at].any(&["to", "into", "nach", "auf", "in"]) || tokens[at].is_capital() {
            continue;
        }
        let mut from = at + 1;
        while tokens.get(from).is_some_and(|token| {
            token.any(lexicon::ARTICLES)
                || token.any(&["list", "status", "column", "stage", "state", "liste", "spalte"])
        }) {
            from += 1;
        }
        // `the card in the input`: where it comes from.
        if tokens.get(from).is_some_and(|token| {
            token.any(&["input", "inputs", "event", "body", "eingabe", "webhook", "payload"])
        }) {
            continue;
        }
        let named = tokens.get(from).filter(|token| {
            token.kind == Kind::Quoted
                || token.is_capital() && !token.any(&["trello", "jira", "slack", "linear"])
                || token.is_word() && names(token) && from > at + 1
                || token.any(&[
                    "done", "doing", "todo", "review", "backlog", "closed", "fertig", "erledigt",
                    "archive",
                ])
        });
        if let Some(first) = named {
            let end = if first.is_capital() { name_end(tokens, from, false) } else { from + 1 };
            found = Some((at + 1..end, join(&tokens[from..end])));
            break;
        }
    }
    found
}

/// `labelled bug`, `tagged as vip`, `with the label crash`, `mit dem Label Rechnung`: which things are meant.
pub fn tagged(tokens: &[Token]) -> Option<(Range<usize>, String)> {
    const NOUN: &[&str] = &["label", "tag", "labels", "tags", "etikett", "schlagwort"];
    (0..tokens.len()).find_map(|at| {
        let word = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.any(words));
        let mut from = if word(at, &["labelled", "labeled", "tagged", "gelabelt", "getaggt"]) {
            at + 1 + usize::from(word(at + 1, &["as", "with", "mit", "als"]))
        } else if word(at, &["with", "mit", "carrying", "having", "under"]) {
            let article = at + 1 + usize::from(word(at + 1, lexicon::ARTICLES));
            if !word(article, NOUN) {
                return None;
            }
            article + 1
        } else {
            return None;
        };
        from += usize::from(word(from, NOUN));
        let first = tokens.get(from).filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Dotted)
                && !lexicon::is_empty_word(token)
        })?;
        let end = if first.is_capital() { name_end(tokens, from, false) } else { from + 1 };
        Some((at..end, join(&tokens[from..end])))
    })
}

/// What something is labelled with: `label it Invoices`, `tag … as vip`, `mit dem Tag groß versehen`.
pub fn labelled(tokens: &[Token]) -> Option<(Range<usize>, String)> {
    let noun = tokens.windows(3).position(|three| {
        three[0].any(&["mit", "with"])
            && three[1].any(lexicon::ARTICLES)
            && three[2].any(&["tag", "label", "etikett", "schlagwort"])
    });
    if let Some(noun) = noun
        && let Some(value) = tokens.get(noun + 3).filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted) && !lexicon::is_empty_word(token)
        })
    {
        return Some((noun + 2..noun + 4, value.text.clone()));
    }
    let verb = tokens.iter().position(|token| {
        token.any(&[
            "label",
            "labels",
            "tag",
            "tags",
            "mark",
            "flag",
            "markiere",
            "markieren",
            "tagge",
            "labele",
            "kennzeichne",
            "kennzeichnen",
            "labelled",
            "tagged",
        ])
    })?;
    let german = tokens.iter().position(|token| token.is("als")).filter(|_| {
        tokens[verb].any(&[
            "markiere",
            "markieren",
            "tagge",
            "labele",
            "kennzeichne",
            "kennzeichnen",
        ])
    });
    let said = |word: &str| {
        tokens[verb..].iter().position(|token| token.is(word)).map(|offset| verb + offset)
    };
    // `label mails with invoice in the subject as Finance`
    let with = said("as").or_else(|| said("with")).or(german);
    let mut from = match with {
        Some(with) => with + 1,
        None => {
            let it = tokens[verb + 1..].iter().take(4).position(|token| {
                token.any(lexicon::PRONOUNS)
                    || token.any(&["mail", "email", "message", "issue", "ticket", "order", "card"])
            })?;
            verb + 1 + it + 1
        }
    };
    while tokens.get(from).is_some_and(|token| {
        token.any(lexicon::ARTICLES) || token.any(&["label", "tag", "tags", "labels"])
    }) {
        from += 1;
    }
    let first = tokens.get(from)?;
    let fits = matches!(first.kind, Kind::Word | Kind::Quoted | Kind::Field)
        && !lexicon::is_empty_word(first)
        && !first.any(&["done", "read", "complete", "completed", "shipped", "gelesen", "erledigt"]);
    if !fits {
        return None;
    }
    let end = if first.is_capital() { name_end(tokens, from, false) } else { from + 1 };
    Some((from..end, join(&tokens[from..end])))
}
