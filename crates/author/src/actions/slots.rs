//! Values for the parameters of an action or trigger, found in words: `the table orders`,
//! `in the repo acme/shop`, `Google Sheet Rates`.
//!
//! What a parameter is called tells what noun names it; what a noun is called in German is
//! language, so it is here. Nothing is known of any service.

use std::ops::Range;

use codex32_model::{Field, Schema};

use crate::lexicon;
use crate::text::{Kind, Lang, Token};

mod called;

pub use called::{file, labelled, moved, tagged, titled};
use called::{name_end, opens_name};

/// Nouns for things that parameters name, English and German; the first one is the parameter's.
const NOUNS: &[&[&str]] = &[
    &["table", "tabelle", "tables"],
    &["spreadsheet", "sheet", "sheets", "spreadsheets", "tabelle", "tabellenblatt", "document"],
    &["sheet", "spreadsheet", "worksheet", "blatt", "tabelle", "tab"],
    &["list", "liste", "column", "spalte"],
    &["board", "boards", "tafel"],
    &["project", "projekt", "projekts", "board"],
    &["repository", "repo", "repositories", "repos", "projekt"],
    &["repo", "repository", "repos"],
    &["folder", "ordner", "directory", "verzeichnis", "path", "folders"],
    &["path", "folder", "file", "ordner", "datei", "pfad"],
    &["file", "datei"],
    &["bucket", "eimer", "buckets"],
    &["database", "datenbank", "db"],
    &["data_source", "database", "datenbank", "db"],
    &["base", "basis"],
    &["label", "labels", "tag", "etikett"],
    &["labels", "label", "tag", "tags", "etikett"],
    &["tags", "tag", "label", "labels", "schlagwort"],
    &["tag", "tags", "label", "schlagwort"],
    &["add", "label", "labels", "etikett"],
    &["calendar", "kalender"],
    &["team", "teams"],
    &["page", "seite"],
    &["parent", "page", "database", "datenbank", "seite"],
    &["service", "dienst"],
    &["city", "stadt", "ort", "location", "town"],
    &["location", "city", "stadt", "ort", "town"],
    &["place", "city", "stadt", "ort", "town"],
    &["group", "gruppe", "chat"],
    &["workspace", "arbeitsbereich"],
    &["section", "abschnitt"],
    &["key", "schluessel"],
    &["priority", "prioritaet"],
    &["assignee", "zugewiesen"],
    &["status", "state", "stage", "phase"],
    &["stage", "status", "phase"],
    &["dealstage", "stage", "phase"],
    &["view", "ansicht"],
    &["queue", "warteschlange"],
    &["currency", "waehrung"],
    &["amount", "betrag", "price"],
    &["quantity", "menge", "anzahl"],
    &["product", "produkt"],
    &["customer", "kunde"],
    &["model", "modell"],
    &["branch", "zweig"],
    &["ref", "branch", "tag", "zweig", "commit"],
    &["range", "cell", "cells", "zelle", "zellen", "bereich"],
    &["channel", "kanal", "channels", "room", "raum"],
];

/// Words for what a parameter holds, without suffixes such as `_id`.
pub fn nouns(name: &str) -> Vec<&str> {
    let bare = ["_id", "_ids", "_name", "_key", "_slug", "_path", "_gid", "_uid"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name);
    let last = bare.rsplit('_').next().unwrap_or(bare);
    let mut out = vec![bare];
    // `reply_to` is no `to`.
    if last != bare && !["to", "by", "in", "at", "on"].contains(&last) {
        out.push(last);
    }
    for row in NOUNS {
        if row[0] == bare || row[0] == last {
            out.extend(row.iter().skip(1));
        }
    }
    out
}

/// Whether a word can be a name that somebody gave: not a little word of the language.
fn names(token: &Token) -> bool {
    match token.kind {
        Kind::Quoted | Kind::Path | Kind::Dotted => true,
        // Lists and columns are called so: `in der Liste Neu`.
        Kind::Word if token.is_capital() && token.any(&["neu", "offen", "incoming"]) => true,
        Kind::Word => {
            !lexicon::is_empty_word(token)
                && !token.any(lexicon::ARTICLES)
                && !token.any(lexicon::PRONOUNS)
                && !token.any(lexicon::ARRIVES)
                && !token.any(lexicon::PLEASE)
                && !token.any(&[
                    "should", "must", "shall", "soll", "sollen", "whose", "where", "which", "who",
                    "called", "named", "has", "have", "can", "will", "got", "not", "no", "if",
                    "when", "about", "after", "before", "until", "every", "only", "und", "oder",
                ])
        }
        _ => false,
    }
}

fn is_filler(token: &Token) -> bool {
    token.any(&[
        "called", "named", "namens", "name", "id", "titled", "genannt", "mit", "dem", "namen",
    ]) || token.is_mark(':')
        || token.is_mark('=')
}

/// A value that is named by its noun: where it stands, noun included, and the words.
pub fn named(name: &str, tokens: &[Token], lang: Lang) -> Option<(Range<usize>, String)> {
    let nouns = nouns(name);
    let mut best: Option<(Range<usize>, String)> = None;
    // `on main`, `auf develop`: a branch by what branches are called.
    if nouns.contains(&"branch") {
        let on = tokens.windows(2).position(|pair| {
            pair[0].any(&["on", "auf", "of", "for", "from", "vom", "von"])
                && (pair[1].any(&[
                    "main",
                    "master",
                    "develop",
                    "dev",
                    "trunk",
                    "staging",
                    "production",
                    "stable",
                ]) || pair[1].text.starts_with("release/"))
        });
        if let Some(on) = on {
            return Some((on..on + 2, tokens[on + 1].text.clone()));
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        if !token.is_word() || !nouns.iter().any(|noun| token.low == *noun) {
            continue;
        }
        if let Some(found) = after(tokens, at, lang) {
            return Some(found);
        }
        if best.is_none() {
            best = before(tokens, at, lang);
        }
    }
    best
}

fn after(tokens: &[Token], at: usize, lang: Lang) -> Option<(Range<usize>, String)> {
    let mut from = at + 1;
    while tokens.get(from).is_some_and(is_filler) {
        from += 1;
    }
    // `set its priority to high`
    let sets = tokens[at.saturating_sub(3)..at].iter().any(|token| {
        token.any(&["set", "change", "raise", "update", "setze", "aendere", "lower", "put"])
    });
    if sets && tokens.get(from).is_some_and(|token| token.any(&["to", "auf", "zu"])) {
        from += 1;
    }
    let said = from > at + 1;
    let first = tokens.get(from).filter(|token| {
        names(token)
                || token.is_capital() && opens_name(tokens, from, lang)
                // `the table hits`, at the end.
                || token.any(lexicon::ARRIVES) && from + 1 == tokens.len() && at > 0
    })?;
    // `the table is`, `a list of`, `file arrives`: verbs and prepositions are no names.
    let verb = first.is_word()
        && !first.is_capital()
        && lexicon::verb(&first.low, lang).is_some()
        && !said
        && tokens.get(from + 1).is_some_and(|next| {
            matches!(next.kind, Kind::Url | Kind::Email | Kind::Channel | Kind::Path)
                || next.any(lexicon::ARTICLES)
                || next.any(lexicon::PRONOUNS)
        });
    if verb {
        return None;
    }
    let plain =
        first.is_word() && !first.text.chars().any(|c| c.is_uppercase() || c.is_ascii_digit());
    // German nouns have capitals anyway, so one word is the name there.
    let many = first.is_word() && !plain;
    let mut end = from + 1;
    while many
        && tokens.get(end).is_some_and(|next| {
            next.is_capital()
                && names(next)
                && (lang == Lang::En || next.text.chars().all(|c| !c.is_lowercase()))
                && end - from < 4
        })
    {
        end += 1;
    }
    if many && lang == Lang::En {
        end = end.max(name_end(tokens, from, false));
    }
    // `the tag risk`: a plain German word that is a participle ends the clause instead.
    if plain && lang == Lang::De && !said && lexicon::verb(&first.low, lang).is_some() {
        return None;
    }
    Some((at..end, join(&tokens[from..end])))
}

fn before(tokens: &[Token], at: usize, lang: Lang) -> Option<(Range<usize>, String)> {
    let from = at.checked_sub(1)?;
    let token = &tokens[from];
    let usable = names(token)
        && !token.any(&[
            "new",
            "google",
            "excel",
            "same",
            "shared",
            "local",
            "first",
            "open",
            "offenen",
            "database",
            "postgres",
            "mysql",
            "support",
            "right",
            "following",
            "whole",
            "other",
        ])
        && (lexicon::verb(&token.low, lang).is_none()
            || lang == Lang::En && lexicon::is_noun_too(&token.low))
        && (token.kind != Kind::Word
            || lang == Lang::En
            || token.text.contains('-')
            || from > 0 && tokens[from - 1].any(lexicon::ARTICLES) && token.is_capital());
    if !usable {
        return None;
    }
    let mut start = from;
    while lang == Lang::En
        && start > 0
        && token.is_capital()
        && tokens[start - 1].is_capital()
        && names(&tokens[start - 1])
    {
        start -= 1;
    }
    Some((start..at + 1, join(&tokens[start..at])))
}

fn join(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// A name right behind the service's own (`Google Sheet Rates`, `Notion: Ideas`), or a path or
/// quoted text anywhere.
pub fn beside(tokens: &[Token], mention: &Range<usize>) -> Option<(Range<usize>, String)> {
    let mut from = mention.end;
    while tokens.get(from).is_some_and(|token| {
        is_filler(token)
            || token.any(&["under", "unter", "in", "into", "the", "our", "my", "der", "die", "dem"])
    }) {
        from += 1;
    }
    let fits = |token: &Token| {
        matches!(token.kind, Kind::Path | Kind::Quoted)
            || token.is_capital() && names(token) && !is_calendar_word(token)
    };
    let first = tokens.get(from).filter(|token| fits(token))?;
    let mut end = from + 1;
    while first.is_word()
        && tokens.get(end).is_some_and(|next| next.is_capital() && fits(next) && next.is_word())
        && end - from < 4
    {
        end += 1;
    }
    Some((from..end, join(&tokens[from..end])))
}

fn is_calendar_word(token: &Token) -> bool {
    token.any(&[
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "i",
        "ok",
        "ai",
        "ki",
        "id",
        "url",
        "sms",
        "pdf",
        "csv",
        "json",
    ])
}

/// What kind of value a parameter takes, as far as its name and format tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Url,
    Email,
    Phone,
    Channel,
    /// The words of a message.
    Text,
    /// A short line: title, subject, name of what is made.
    Title,
    /// Structured data: a row, fields.
    Data,
    /// A number.
    Number,
    /// A point in time.
    Time,
    /// Search words.
    Query,
    /// Statements of a database.
    Sql,
    /// A file's content.
    Content,
    /// Something that exists already and is known by an id.
    Existing,
    /// A name of a place or container.
    Container,
}

pub fn role(name: &str, field: &Field) -> Role {
    let format = field.format.as_deref().unwrap_or_default();
    let schema = match &field.schema {
        Schema::Union(shapes) => {
            shapes.iter().find(|shape| **shape != Schema::Null).unwrap_or(&Schema::Any)
        }
        other => other,
    };
    match format {
        "url" => return Role::Url,
        "email" => return Role::Email,
        "phone" | "tel" => return Role::Phone,
        "channel" => return Role::Channel,
        "date" | "date-time" | "datetime" => return Role::Time,
        "sql" => return Role::Sql,
        "title" | "subject" => return Role::Title,
        "body" | "text" => return Role::Text,
        "content" => return Role::Content,
        "query" => return Role::Query,
        "container" => return Role::Container,
        "id" => return Role::Existing,
        _ => {}
    }
    match name {
        "url" | "link" | "feed" => Role::Url,
        "email" | "recipient" | "to" | "email_address" => Role::Email,
        "phone" | "phone_number" | "to_number" => Role::Phone,
        "channel" | "channel_id" | "room" | "chat" | "chat_id" => Role::Channel,
        "text" | "message" | "content" | "body" | "markdown" | "comment" | "prompt" | "input"
        | "question" => Role::Text,
        "html" => Role::Text,
        "title" | "subject" | "summary" | "name" | "dealname" | "file_name" | "filename" => {
            Role::Title
        }
        "description" | "details" | "notes" | "note" | "desc" => Role::Text,
        _ if matches!(schema, Schema::Integer | Schema::Number) => Role::Number,
        "data" | "row" | "rows" | "values" | "fields" | "properties" | "record" | "records"
        | "payload" | "custom_fields" | "value" => Role::Data,
        "sql" | "statement" => Role::Sql,
        "query" | "q" | "search" | "filter" | "jql" => Role::Query,
        "start" | "end" | "date" | "due" | "due_date" | "due_on" | "when" | "time"
        | "from_date" | "until" => Role::Time,
        "file" | "file_content" => Role::Content,
        _ if format == "markdown" || format == "multiline" => Role::Text,
        _ => match schema {
            Schema::Integer | Schema::Number => Role::Number,
            Schema::Object { .. } | Schema::Array(_) => Role::Data,
            _ if name.ends_with("_id") || name == "id" => Role::Existing,
            _ => Role::Container,
        },
    }
}

/// `in NET`, `im Projekt OPS`: a place by its letters.
pub fn code(tokens: &[Token]) -> Option<(Range<usize>, String)> {
    let at = (1..tokens.len()).find(|at| {
        let token = &tokens[*at];
        token.is_word()
            && (2..=6).contains(&token.text.len())
            && token.text.chars().all(|c| c.is_ascii_uppercase())
            && tokens[at - 1].any(&["in", "into", "im", "for", "fuer", "to"])
            && !token
                .any(&["sms", "pdf", "csv", "json", "ai", "ki", "url", "id", "utc", "ok", "db"])
    })?;
    Some((at..at + 1, tokens[at].text.clone()))
}

/// A telephone number.
pub fn phone(tokens: &[Token]) -> Option<(usize, String)> {
    let at = tokens.iter().position(|token| token.kind == Kind::Phone)?;
    Some((at, tokens[at].text.clone()))
}
