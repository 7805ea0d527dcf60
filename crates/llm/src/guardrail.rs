//! What may leave: models that are allowed, and what prompts must not hold.
//!
//! Secrets are known by their spelling, personal data by theirs and by their check digits. This finds
//! what is written as such things usually are; it is a net, not a proof.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::ChatRequest;

/// A workspace's settings for its models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Keys, tokens, passwords.
    pub secrets: Guard,
    /// Mail addresses, telephone and account numbers.
    pub personal_data: Guard,
    /// `CONNECTION/MODEL` that prompts may go to, `*` standing for any text; empty: all.
    pub allowed: Vec<String>,
    /// Keep prompts and answers, without what the guardrails find, sealed.
    pub log_prompts: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            secrets: Guard::Mask,
            personal_data: Guard::Allow,
            allowed: Vec::new(),
            log_prompts: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    #[default]
    Allow,
    /// Leaves with `[email]` and the like in its place.
    Mask,
    Refuse,
}

impl Settings {
    /// Whether prompts may go to a model.
    pub fn allows(&self, connection: &str, model: &str) -> bool {
        let name = format!("{connection}/{model}");
        self.allowed.is_empty() || self.allowed.iter().any(|pattern| matches(pattern, &name))
    }

    /// What cannot be meant.
    ///
    /// # Errors
    /// The first such thing.
    pub fn check(&self) -> Result<(), String> {
        let fits = |pattern: &String| (1..=300).contains(&pattern.len());
        if self.allowed.len() > 200 || !self.allowed.iter().all(fits) {
            return Err("`allowed` has at most 200 names of 1 to 300 characters".to_owned());
        }
        Ok(())
    }

    /// The request as it may leave.
    ///
    /// # Errors
    /// The kinds of what must not leave.
    pub fn apply(&self, request: &mut ChatRequest) -> Result<(), String> {
        let mut refused = Vec::new();
        for message in &mut request.messages {
            self.clean(&mut message.content, &mut refused);
            message.tool_calls.iter_mut().for_each(|call| self.clean(call, &mut refused));
            message.rest.values_mut().for_each(|more| self.clean(more, &mut refused));
        }
        request.tools.iter_mut().for_each(|tool| self.clean(tool, &mut refused));
        request.rest.values_mut().for_each(|more| self.clean(more, &mut refused));
        told(refused)
    }

    /// A text as it may leave.
    ///
    /// # Errors
    /// The kinds of what must not leave.
    pub fn apply_text(&self, text: &mut String) -> Result<(), String> {
        let mut refused = Vec::new();
        let mut value = Value::String(std::mem::take(text));
        self.clean(&mut value, &mut refused);
        if let Value::String(clean) = value {
            *text = clean;
        }
        told(refused)
    }

    fn clean(&self, value: &mut Value, refused: &mut Vec<&'static str>) {
        match value {
            Value::String(text) => {
                // Images are long, and no text.
                if text.starts_with("data:") {
                    return;
                }
                for (kinds, guard) in [(&*SECRETS, self.secrets), (&*PERSONAL, self.personal_data)]
                {
                    match guard {
                        Guard::Allow => {}
                        Guard::Mask => *text = masked(kinds, text),
                        Guard::Refuse => refused.extend(found(kinds, text)),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean(item, refused)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|field| self.clean(field, refused));
            }
            _ => {}
        }
    }
}

fn told(mut refused: Vec<&'static str>) -> Result<(), String> {
    refused.sort_unstable();
    refused.dedup();
    if refused.is_empty() {
        return Ok(());
    }
    Err(format!("the prompt holds what looks like: {}", refused.join(", ")))
}

/// A text without anything that a guardrail knows; for logs.
pub fn redacted(text: &str) -> String {
    masked(&PERSONAL, &masked(&SECRETS, text))
}

/// Whether a text that came from outside speaks to a model as if it were its master. It is known by how
/// such things are usually put: a net, not a proof.
pub fn gives_orders(text: &str) -> bool {
    ORDERS.iter().any(|pattern| pattern.is_match(text))
}

const ORDER_PATTERNS: &[&str] = &[
    r"(?i)\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|all|any|your|system)\b[^.\n]{0,40}\b(?:instructions?|prompts?|rules|directions|guidelines|commands?)\b",
    r"(?i)\b(?:ignoriere|vergiss|missachte)\b[^.\n]{0,40}\b(?:anweisungen?|regeln|vorgaben|befehle)\b",
    r"(?i)\b(?:new|updated|real|actual)\s+(?:system\s+)?instructions?\s*(?:for you\b|:)",
    r"(?i)\byou\s+(?:are|must\s+act\s+as)\s+now\b|\bfrom\s+now\s+on,?\s+you\b|\byou\s+are\s+no\s+longer\b",
    r"(?i)\b(?:reveal|print|repeat|show|send)\b[^.\n]{0,30}\b(?:system\s+prompt|your\s+(?:instructions|prompt))\b",
    r"(?i)\bdo\s+not\s+(?:tell|inform|mention\s+(?:this|it)\s+to)\s+the\s+user\b",
    r"(?i)\b(?:note|message|instructions?|attention|important)\s*(?:to|for)\s+(?:the\s+|any\s+)?(?:ai|llm|language\s+model|assistant|agent)s?\b",
    r"(?im)^\s*(?:<\|?(?:im_start|system|assistant)\|?>|\[/?(?:INST|SYS)\]|(?:system|assistant)\s*:)",
    r"</?(?:result|tool_result|function_results|system)\b",
];

static ORDERS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    // A test compiles all of them.
    ORDER_PATTERNS.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
});

/// A kind of thing that must not leave.
struct Kind {
    name: &'static str,
    pattern: Regex,
    /// Check digits.
    holds: fn(&str) -> bool,
}

/// Name, pattern, and whether its check digits hold.
type Spelling = (&'static str, &'static str, fn(&str) -> bool);

fn kinds(list: &[Spelling]) -> Vec<Kind> {
    let kind = |(name, pattern, holds): &Spelling| {
        // A test compiles all of them.
        Some(Kind { name, pattern: Regex::new(pattern).ok()?, holds: *holds })
    };
    list.iter().filter_map(kind).collect()
}

const ANY: fn(&str) -> bool = |_| true;

const SECRET_KINDS: &[Spelling] = &[
    (
        "private key",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
        ANY,
    ),
    (
        "API key",
        r"\b(?:sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{16,}|(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|AIza[A-Za-z0-9_-]{35}|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abeoprs]-[A-Za-z0-9-]{10,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36}|c32_[A-Za-z0-9_-]{20,})",
        ANY,
    ),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})", ANY),
    ("signed token", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}", ANY),
    (
        "password",
        r#"(?i)\b(?:password|passwd|passwort|secret[_ ]?key|client[_ ]secret)["']?\s*[:=]\s*["']?[^\s"',;]{6,}"#,
        ANY,
    ),
    ("password in an address", r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]{3,}@", ANY),
];

const PERSONAL_KINDS: &[Spelling] = &[
    ("email", r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b", ANY),
    ("account number", r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", is_iban),
    ("card number", r"\b\d(?:[ -]?\d){12,18}\b", is_card),
    ("social security number", r"\b\d{3}-\d{2}-\d{4}\b", ANY),
    ("telephone number", r"(?:\+|\b00)\d{1,3}[ /.-]?(?:\(?\d{1,5}\)?[ /.-]?){2,5}\d\b", is_phone),
];

static SECRETS: LazyLock<Vec<Kind>> = LazyLock::new(|| kinds(SECRET_KINDS));
static PERSONAL: LazyLock<Vec<Kind>> = LazyLock::new(|| kinds(PERSONAL_KINDS));

fn masked(kinds: &[Kind], text: &str) -> String {
    kinds.iter().fold(text.to_owned(), |text, kind| {
        let replace = |found: &Captures<'_>| {
            let found = &found[0];
            if (kind.holds)(found) { format!("[{}]", kind.name) } else { found.to_owned() }
        };
        kind.pattern.replace_all(&text, replace).into_owned()
    })
}

fn found(kinds: &[Kind], text: &str) -> Vec<&'static str> {
    let holds = |kind: &&Kind| kind.pattern.find_iter(text).any(|m| (kind.holds)(m.as_str()));
    kinds.iter().filter(holds).map(|kind| kind.name).collect()
}

/// ISO 13616: the remainder by 97 is 1.
fn is_iban(text: &str) -> bool {
    let plain: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    if !(15..=34).contains(&plain.len()) {
        return false;
    }
    let turned = plain[4..].iter().chain(&plain[..4]);
    let rest = turned.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    rest == 1
}

/// ISO/IEC 7812: Luhn's sum.
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => *digit,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10) && digits.iter().any(|d| *d > 0)
}

fn is_phone(text: &str) -> bool {
    (8..=15).contains(&text.chars().filter(char::is_ascii_digit).count())
}

/// `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests;
