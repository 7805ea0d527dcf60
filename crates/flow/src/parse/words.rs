//! What names, paths and sizes look like.

/// Most steps in one bot, those inside blocks included.
pub(crate) const MAX_STEPS: usize = 5_000;
/// Largest body that a webhook may ask for.
pub(crate) const MAX_BODY: u64 = 32 << 20;

pub(crate) const SLUG_RULE: &str =
    "lower-case letters, digits and `-`, beginning with a letter, at most 63 characters";
pub(crate) const ID_RULE: &str =
    "lower-case letters, digits and `_`, beginning with a letter, at most 63 characters";
pub(crate) const EVENT_RULE: &str = "words of letters, digits, `_` and `-`, joined by dots";

/// A bot's name.
pub fn is_slug(text: &str) -> bool {
    starts_lower(text) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// A step's id, a trigger's name, a loop variable.
pub fn is_id(text: &str) -> bool {
    starts_lower(text) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A connection, a model, a knowledge base, an MCP server.
pub(crate) fn is_name(text: &str) -> bool {
    starts_lower(text) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

fn starts_lower(text: &str) -> bool {
    text.len() <= 63 && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}

/// A JavaScript identifier.
pub(crate) fn is_identifier(text: &str) -> bool {
    let start = |c: char| c.is_alphabetic() || matches!(c, '_' | '$');
    text.len() <= 100 && text.starts_with(start) && text.chars().all(|c| start(c) || c.is_numeric())
}

pub(crate) fn is_event(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    text.len() <= 200 && text.split('.').all(word)
}

/// `connector.action`.
pub(crate) fn is_action(text: &str) -> bool {
    let words = |text: &str| is_name(text);
    text.split_once('.').is_some_and(|(connector, action)| words(connector) && words(action))
}

/// Webhook, form and chat paths.
pub(crate) fn is_path(text: &str) -> bool {
    let segment = |segment: &str| {
        !segment.is_empty()
            && segment != "."
            && segment != ".."
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
    };
    text.len() <= 200 && text.split('/').all(segment)
}

/// A host name, perhaps with `*.` in front.
pub(crate) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = text.strip_prefix("*.").unwrap_or(text);
    text.len() <= 253 && name.split('.').all(label)
}

/// A date, a civil time or an RFC 3339 time.
pub(crate) fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
}

/// The name of an HTTP header.
pub(crate) fn is_header(text: &str) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.len() <= 100 && text.bytes().all(token)
}

/// The nearest name that the rule of ids (or slugs, with `-`) allows.
pub(crate) fn tidy(text: &str, joint: char) -> Option<String> {
    let mut out = String::new();
    let mut last = ' ';
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { joint };
        // `orderTotal` becomes `order_total`.
        if c.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit()) {
            out.push(joint);
        }
        if c != joint || !out.ends_with(joint) {
            out.push(c.to_ascii_lowercase());
        }
        last = c;
    }
    let out: String = out
        .trim_matches(joint)
        .trim_start_matches(|c: char| !c.is_ascii_lowercase())
        .chars()
        .take(63)
        .collect();
    let out = out.trim_end_matches(joint).to_owned();
    (!out.is_empty()).then_some(out)
}

/// Bytes: a whole number with `B`, `KB`, `MB`, `KiB`, `MiB`.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "B" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// The shortest spelling that [`parse_size`] reads back, or the bare number.
pub(crate) fn format_size(bytes: u64) -> Result<String, u64> {
    let units = [("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1_000)];
    units
        .into_iter()
        .find(|(_, size)| bytes > 0 && bytes.is_multiple_of(*size))
        .map(|(unit, size)| format!("{}{unit}", bytes / size))
        .ok_or(bytes)
}
