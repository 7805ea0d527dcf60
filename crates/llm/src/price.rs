//! What models cost, with the time from which on they do.
//!
//! The table that comes with the program is `prices.yaml`, each price with its source; a
//! workspace's own go before it. Amounts are micro-dollars for a million tokens, so that a token's
//! price is a whole number of picodollars and sums are exact before they are rounded, once for each
//! attempt.

use std::sync::LazyLock;

use codex32_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chat::Usage;

const TABLE: &str = include_str!("../prices.yaml");

/// Micro-dollars for a million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: i64,
    pub output: i64,
    /// Of input that the provider had in its cache; as other input unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<i64>,
    /// Of input that it puts into its cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<i64>,
    /// Longest answer of the model, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output: Option<u64>,
}

/// A line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub provider: String,
    pub model: String,
    pub since: Timestamp,
    pub price: Price,
    /// Where it was read; none for a workspace's own.
    pub source: Option<String>,
}

impl Price {
    /// Micro-dollars, rounded to the nearest.
    pub fn cost(&self, usage: Usage) -> i64 {
        let plain = usage.input.saturating_sub(usage.cached).saturating_sub(usage.cache_write);
        let parts = [
            (plain, self.input),
            (usage.cached, self.cached.unwrap_or(self.input)),
            (usage.cache_write, self.cache_write.unwrap_or(self.input)),
            (usage.output, self.output),
        ];
        let sum: i128 =
            parts.iter().map(|(count, price)| i128::from(*count) * i128::from(*price)).sum();
        i64::try_from((sum + 500_000) / 1_000_000).unwrap_or(i64::MAX)
    }

    /// How many tokens of answer so many micro-dollars buy after an input.
    pub fn affords(&self, money: i64, input: u64) -> Option<u64> {
        let left = money - self.cost(Usage { input, ..Usage::default() });
        if self.output == 0 {
            return (left >= 0).then_some(u64::MAX);
        }
        // One micro-dollar less: the sum is rounded.
        let tokens = i128::from(left - 1) * 1_000_000 / i128::from(self.output);
        u64::try_from(tokens).ok().filter(|tokens| *tokens > 0)
    }
}

/// The prices of a workspace and those of the program.
#[derive(Debug, Clone, Default)]
pub struct Prices {
    own: Vec<Entry>,
}

impl Prices {
    pub fn new(own: Vec<Entry>) -> Self {
        Self { own }
    }

    /// What a provider's model costs at a time.
    pub fn find(&self, provider: &str, model: &str, at: Timestamp) -> Option<Price> {
        let own = || best(&self.own, provider, model, at);
        let known = || best(&BUILTIN, provider, model, at);
        own().or_else(known).map(|entry| entry.price)
    }
}

/// The entry with the longest name that fits; of those, the newest that has begun.
fn best<'a>(table: &'a [Entry], provider: &str, model: &str, at: Timestamp) -> Option<&'a Entry> {
    let fitting = table.iter().filter(|entry| {
        entry.provider == provider && entry.since <= at && fits(&entry.model, model)
    });
    fitting.max_by_key(|entry| (entry.model.len(), entry.since))
}

/// Whether `model` is the entry's, or a dated or numbered version of it: `gpt-5-mini-2025-08-07`.
fn fits(entry: &str, model: &str) -> bool {
    if entry == "*" {
        return true;
    }
    let model = ["us.", "eu.", "apac.", "global.", "models/"]
        .iter()
        .find_map(|prefix| model.strip_prefix(prefix))
        .unwrap_or(model);
    let Some(rest) = model.strip_prefix(entry) else { return false };
    // A date or a number of a version has three digits or more: `claude-sonnet-4-6` is another model
    // than `claude-sonnet-4`, and what it costs is not known by that.
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    match rest.as_bytes() {
        [] | [b':' | b'@', ..] => true,
        [b'-', b'v', ..] => digits(&rest[2..]) > 0,
        [b'-', ..] => rest == "-latest" || digits(&rest[1..]) >= 3,
        _ => false,
    }
}

/// The prices that come with the program.
pub fn builtin() -> &'static [Entry] {
    &BUILTIN
}

static BUILTIN: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // A test reads the file; one that could not be read has no prices.
    read(TABLE).unwrap_or_default()
});

/// Dollars for a million tokens, as the file has them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    provider: String,
    model: String,
    since: String,
    input: f64,
    #[serde(default)]
    output: f64,
    cached: Option<f64>,
    cache_write: Option<f64>,
    max_output: Option<u64>,
    source: String,
}

/// Dollars as micro-dollars.
pub fn micros(dollars: f64) -> i64 {
    (dollars * 1e6).round() as i64
}

fn read(text: &str) -> Result<Vec<Entry>, String> {
    let lines: Vec<Line> = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    lines
        .into_iter()
        .map(|line| {
            let since: jiff::civil::Date =
                line.since.parse().map_err(|error| format!("{}: {error}", line.since))?;
            let since =
                since.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?;
            Ok(Entry {
                provider: line.provider,
                model: line.model,
                since: Timestamp::from_jiff(since.timestamp()),
                price: Price {
                    input: micros(line.input),
                    output: micros(line.output),
                    cached: line.cached.map(micros),
                    cache_write: line.cache_write.map(micros),
                    max_output: line.max_output,
                },
                source: Some(line.source),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
