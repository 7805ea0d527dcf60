//! Removing a connection's secrets from whatever leaves the connector: outputs, messages, logs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use codex32_model::Value;
use secrecy::ExposeSecret;

use crate::credentials::Credentials;
use crate::failure::{Done, Failure};

const REPLACEMENT: &str = "[secret]";

/// Shorter ones are words that occur by chance; removing them would only garble texts.
const MIN_SECRET: usize = 4;

/// The secrets of one connection in all spellings in which a service may echo them.
#[derive(Default)]
pub struct Redactor {
    needles: Vec<String>,
}

impl Redactor {
    pub fn new(credentials: &Credentials) -> Self {
        let mut needles = Vec::new();
        for (name, value) in credentials.secrets() {
            let value = value.expose_secret();
            if value.len() < MIN_SECRET {
                continue;
            }
            needles.push(value.to_owned());
            needles.push(value.trim().to_owned());
            needles.push(BASE64.encode(value));
            needles.push(percent(value));
            needles.push(Value::from(value).to_json().trim_matches('"').to_owned());
            if name == "password"
                && let Some(user) = credentials.get("username")
            {
                needles.push(BASE64.encode(format!("{user}:{value}")));
            }
        }
        needles.retain(|needle| needle.len() >= MIN_SECRET);
        // Longest first, so that no part of a longer one is left over.
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        Self { needles }
    }

    pub fn text(&self, text: &str) -> Option<String> {
        let mut clean: Option<String> = None;
        for needle in &self.needles {
            let current = clean.as_deref().unwrap_or(text);
            if current.contains(needle.as_str()) {
                clean = Some(current.replace(needle.as_str(), REPLACEMENT));
            }
        }
        clean
    }

    /// The value without secrets; shared parts without any stay shared.
    pub fn value(&self, value: Value) -> Value {
        if self.needles.is_empty() {
            return value;
        }
        self.changed(&value).unwrap_or(value)
    }

    fn changed(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Str(text) => self.text(text).map(Value::from),
            Value::List(items) => {
                let changed: Vec<_> = items.iter().map(|item| self.changed(item)).collect();
                if changed.iter().all(Option::is_none) {
                    return None;
                }
                let pairs = items.iter().zip(changed);
                Some(Value::list(pairs.map(|(old, new)| new.unwrap_or_else(|| old.clone()))))
            }
            Value::Object(fields) => {
                let changed: Vec<_> = fields
                    .iter()
                    .map(|(key, value)| (self.text(key), self.changed(value)))
                    .collect();
                if changed.iter().all(|(key, value)| key.is_none() && value.is_none()) {
                    return None;
                }
                let pairs = fields.iter().zip(changed);
                Some(Value::object(pairs.map(|((old_key, old), (key, value))| {
                    let key = key.map_or_else(|| old_key.clone(), Into::into);
                    (key, value.unwrap_or_else(|| old.clone()))
                })))
            }
            _ => None,
        }
    }

    pub fn result(&self, result: Result<Done, Failure>) -> Result<Done, Failure> {
        match result {
            Ok(mut done) => {
                done.output = self.value(done.output);
                for line in &mut done.logs {
                    if let Some(clean) = self.text(&line.message) {
                        line.message = clean;
                    }
                }
                Ok(done)
            }
            Err(failure) => Err(self.failure(failure)),
        }
    }

    pub fn failure(&self, mut failure: Failure) -> Failure {
        if let Some(clean) = self.text(&failure.message) {
            failure.message = clean;
        }
        failure
    }
}

/// Percent-encoded like a part of a path or query: everything but unreserved characters (RFC 3986).
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
