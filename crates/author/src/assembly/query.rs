//! What is looked for, in the words of a service's own search: `unread mails from x@y` in a mailbox's,
//! `pending for more than 7 days` in a help desk's, `open bugs labelled crash` in JQL. Which words a
//! service has is told by its parameter's description and default.

use codex32_model::{Field, Value};

use super::logic;
use crate::actions::slots;
use crate::phrasing;
use crate::text::{self, Kind, Token};

/// All of it as one query, as far as the words say anything that the search can tell.
pub(super) fn state_query(field: &Field, tokens: &[Token]) -> Option<Value> {
    let shown = format!(
        "{} {}",
        field.description.as_deref().unwrap_or_default(),
        field.default.as_ref().and_then(Value::as_str).unwrap_or_default()
    );
    let mut parts: Vec<String> = state(&shown, tokens).into_iter().collect();
    if mailbox(field) {
        mails(tokens, &mut parts);
    } else if shown.contains("status<") {
        tickets(tokens, &mut parts);
    }
    (!parts.is_empty()).then(|| Value::str(parts.join(" ")))
}

/// Whether the parameter takes the search words of a mailbox.
pub(super) fn mailbox(field: &Field) -> bool {
    field.description.as_deref().is_some_and(|told| told.contains("is:"))
}

fn mails(tokens: &[Token], parts: &mut Vec<String>) {
    for (words, key) in
        [(&["from", "von", "by"][..], "from"), (&["to", "an"], "to"), (&["cc"], "cc")]
    {
        let who = tokens.windows(2).find(|pair| {
            pair[0].any(words)
                && (pair[1].kind == Kind::Email || key == "from" && pair[1].kind == Kind::Dotted)
        });
        if let Some(pair) = who {
            parts.push(format!("{key}:{}", pair[1].text));
        }
    }
    let quote = |value: &str| match value.contains(' ') {
        true => format!("\"{value}\""),
        false => value.to_owned(),
    };
    for worded in phrasing::wordings(tokens) {
        let key = match worded.field {
            Some("subject" | "title") => "subject:",
            _ => "",
        };
        let no = if worded.not { "-" } else { "" };
        let values: Vec<String> =
            worded.values.iter().map(|value| format!("{no}{key}{}", quote(value))).collect();
        parts.push(values.join(if worded.not { " " } else { " OR " }));
    }
    if let Some(label) = label(tokens) {
        parts.push(format!("label:{}", quote(&label)));
    }
    let says = |words: &[&str]| tokens.iter().any(|token| token.any(words));
    if says(&["starred", "markierte", "markierten"]) {
        parts.push("is:starred".to_owned());
    }
    if says(&["attachment", "attachments", "anhang", "anhaenge", "anhaengen", "attached"]) {
        parts.push("has:attachment".to_owned());
    }
    if let Some(days) = days(tokens) {
        parts.push(format!("older_than:{days}d"));
    }
}

fn tickets(tokens: &[Token], parts: &mut Vec<String>) {
    if let Some(label) = label(tokens) {
        parts.push(format!("tags:{label}"));
    }
    for priority in ["urgent", "high", "low"] {
        let german = match priority {
            "urgent" => "dringende",
            "high" => "hohe",
            _ => "niedrige",
        };
        if tokens.iter().any(|token| token.is(priority) || token.low.starts_with(german)) {
            parts.push(format!("priority:{priority}"));
        }
    }
    if let Some(days) = days(tokens) {
        parts.push(format!("updated<{days}days"));
    }
}

/// `older than 14 days`, `pending for more than 7 days`, `seit 3 Tagen offen`.
fn days(tokens: &[Token]) -> Option<String> {
    let at = tokens.windows(2).position(|pair| {
        pair[0].number.is_some()
            && pair[1].any(&[
                "day", "days", "week", "weeks", "tag", "tage", "tagen", "woche", "wochen", "d",
            ])
    })?;
    let before = &tokens[at.saturating_sub(4)..at];
    let old = before.iter().any(|token| {
        token.any(&[
            "older", "than", "over", "for", "since", "aelter", "als", "seit", "mehr", "least",
        ])
    });
    let recent = before.iter().any(|token| token.any(&["last", "past", "letzten", "newer"]));
    let weeks = tokens[at + 1].low.starts_with('w');
    let number = tokens[at].number? * if weeks { 7.0 } else { 1.0 };
    (old && !recent).then(|| logic::number(number))
}

/// `labelled bug`, `with the tag vip`, `mit dem Label Rechnung`: which ones are meant.
pub(super) fn label(tokens: &[Token]) -> Option<String> {
    slots::tagged(tokens).map(|(_, label)| text::literal(&label))
}

/// The query for issues in the words of JQL: which project, which state.
pub(super) fn issues(tokens: &[Token], lang: text::Lang) -> Option<Value> {
    let quoted = tokens.iter().find(|token| token.kind == Kind::Quoted);
    if let Some(quoted) = quoted {
        return Some(Value::str(text::literal(&quoted.text)));
    }
    let project = slots::named("project", tokens, lang).map(|(_, project)| project);
    let says = |words: &[&str]| tokens.iter().any(|token| token.any(words));
    let mut parts: Vec<String> = Vec::new();
    parts.extend(project.map(|project| format!("project = \"{}\"", text::literal(&project))));
    parts.extend(label(tokens).map(|label| format!("labels = \"{label}\"")));
    parts.extend(days(tokens).map(|days| format!("updated <= -{days}d")));
    if parts.is_empty() {
        return None;
    }
    if says(&["bugs", "bug", "fehler"]) {
        parts.push("issuetype = Bug".to_owned());
    }
    let state = if says(&["open", "unresolved", "offene", "offenen", "unfinished"]) {
        Some("statusCategory != Done")
    } else if says(&["in-progress"]) {
        Some("statusCategory = \"In Progress\"")
    } else if says(&["done", "closed", "finished", "erledigte", "erledigten", "geschlossene"]) {
        Some("statusCategory = Done")
    } else {
        None
    };
    parts.extend(state.map(str::to_owned));
    Some(Value::str(parts.join(" AND ")))
}

/// `open tickets`, `unread mails`: the state as the service's own search words put it, as far as the
/// parameter's description shows how.
fn state(shown: &str, tokens: &[Token]) -> Option<String> {
    const STATES: &[(&str, &[&str])] = &[
        ("open", &["open", "offene", "offenen"]),
        ("pending", &["pending", "wartende", "wartenden"]),
        ("closed", &["closed", "geschlossene", "geschlossenen"]),
        ("unread", &["unread", "ungelesene", "ungelesenen"]),
        ("unpaid", &["unpaid", "unbezahlte", "unbezahlten"]),
        ("unfulfilled", &["unfulfilled", "unshipped", "unversandte", "unversandten"]),
    ];
    let (state, _) =
        STATES.iter().find(|(_, words)| tokens.iter().any(|token| token.any(words)))?;
    let word = match *state {
        "unread" if shown.contains("is:") => "is:unread".to_owned(),
        "unpaid" if shown.contains("financial_status") => "financial_status:unpaid".to_owned(),
        "unfulfilled" if shown.contains("fulfillment_status") => {
            "fulfillment_status:unfulfilled".to_owned()
        }
        state if shown.contains("status") => format!("status:{state}"),
        _ => return None,
    };
    Some(word)
}
