//! What a clause calls by name: the title of what is made, the fields of the data.

use super::carry::{Payload, plain};
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Token};

/// `an issue titled Update licence`, `a task called Pay rent`: the name of what is made.
pub(super) fn titled(rest: &[Token]) -> Option<String> {
    let at = rest.iter().position(|token| {
        token.any(&["titled", "called", "named", "entitled", "namens", "genannt"])
    })?;
    let made = at > 0
        && !rest[at - 1].any(&[
            "table",
            "list",
            "board",
            "sheet",
            "spreadsheet",
            "channel",
            "folder",
            "file",
            "bot",
            "webhook",
            "event",
            "field",
            "tabelle",
            "liste",
            "ordner",
            "kanal",
            "feld",
            "project",
            "database",
            "calendar",
            "bucket",
            "key",
            "document",
            "label",
            "tag",
        ]);
    let end = rest[at + 1..]
        .iter()
        .position(|token| {
            token.any(&["in", "for", "with", "and", "to", "on", "und", "mit", "an", "fuer", "im"])
                || matches!(token.kind, Kind::Mark(_) | Kind::Channel | Kind::Url | Kind::Email)
        })
        .map_or(rest.len(), |offset| at + 1 + offset);
    (made && end > at + 1).then(|| plain(&rest[at + 1..end]))
}

/// `the JSON field amount`, `fields a and b`, `das Feld preis`.
pub(super) fn named_field(rest: &[Token]) -> Option<Payload> {
    let at = rest.iter().position(|token| {
        token.any(&["field", "fields", "feld", "felder", "property", "attribute", "key"])
    })?;
    let mut after: Vec<Token> = rest[at + 1..].to_vec();
    if let Some(end) = after
        .iter()
        .position(|token| token.any(&["from", "of", "in", "aus", "von", "der", "as", "at"]))
    {
        after.truncate(end);
    }
    let mut names: Vec<String> =
        crate::values::list(&after).iter().map(|name| crate::text::ident(name)).collect();
    names.retain(|name| !name.is_empty());
    if names.is_empty() {
        // `the amount field`
        let before = rest[..at].iter().rfind(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted)
                && !token.any(ARTICLES)
                && !token.any(&["json"])
        })?;
        names.push(crate::text::ident(&before.low));
    }
    Some(Payload::Fields(names))
}
