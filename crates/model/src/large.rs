//! Large values of facts. The journal stays compact: it names them by their hash, and blob storage
//! holds them.
//!
//! Invariant: where a value is kept stands beside the facts and not in them, so that nothing that a
//! bot computes can be taken for a reference.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fact::{Choice, Fact, FactKind};
use crate::value::Value;

/// SHA-256 of a value's JSON: the name under which blob storage has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobHash(pub [u8; 32]);

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the SHA-256 of a value")]
pub struct NoHash;

impl FromStr for BlobHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let digits = text.as_bytes();
        if digits.len() != 64
            || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Err(NoHash);
        }
        let mut hash = [0; 32];
        for (byte, place) in hash.iter_mut().zip(0..) {
            *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| NoHash)?;
        }
        Ok(Self(hash))
    }
}

impl Serialize for BlobHash {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobHash {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'_, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The place of a value in its fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    Input,
    Trigger,
    Event,
    Env,
    Output,
    /// The input of a read, which is only shown.
    Shown,
    /// The list that a loop goes through.
    Items,
    Data,
    Headers,
    Body,
}

/// What the journal says of a value that is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Number of the fact in its row, from 0.
    #[serde(rename = "f")]
    pub fact: usize,
    #[serde(rename = "s")]
    pub slot: Slot,
    #[serde(rename = "h")]
    pub hash: BlobHash,
    /// Bytes of its JSON.
    #[serde(rename = "n")]
    pub size: u64,
    /// The beginning of its JSON, for people.
    #[serde(rename = "p")]
    pub preview: String,
}

/// A journal row as it is on disk: in place of a value that is kept elsewhere stands `null`, or an
/// empty list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JournalRow {
    pub facts: Vec<Fact>,
    pub kept: Vec<Kept>,
}

impl JournalRow {
    /// Puts a value back into its place.
    pub fn restore(&mut self, fact: usize, slot: Slot, value: Value) {
        if let Some(fact) = self.facts.get_mut(fact) {
            fact.kind.set(slot, value);
        }
    }
}

impl FactKind {
    /// The places that hold values of the bot.
    pub const fn slots(&self) -> &'static [Slot] {
        match self {
            Self::Started { .. } => &[Slot::Input, Slot::Trigger, Slot::Event, Slot::Env],
            Self::Choice { c: Choice::Items(_), .. } => &[Slot::Items],
            Self::Choice { c: Choice::Agent(_), .. } => &[Slot::Input],
            Self::StepDone { .. } => &[Slot::Output, Slot::Shown],
            Self::AttemptStarted { .. } => &[Slot::Input],
            Self::Signal { .. } => &[Slot::Data],
            Self::ChildEnded { .. } | Self::Ended { .. } => &[Slot::Output],
            Self::Responded { .. } => &[Slot::Headers, Slot::Body],
            Self::Choice { .. }
            | Self::AttemptFailed { .. }
            | Self::WaitSet { .. }
            | Self::Asked { .. }
            | Self::TimerFired { .. }
            | Self::ChildStarted { .. }
            | Self::CancelRequested { .. }
            | Self::DeadlinePassed => &[],
        }
    }

    /// Roughly how many bytes its values hold in memory.
    pub fn weight(&self) -> usize {
        match self {
            Self::Started { input, trigger, event, env, .. } => {
                input.weight() + trigger.weight() + event.weight() + env.weight()
            }
            Self::Choice { c: Choice::Items(items), .. } => items.iter().map(Value::weight).sum(),
            Self::Choice { c: Choice::Agent(task), .. } => task.weight(),
            Self::Choice { c: Choice::Again(why), .. } => why.len(),
            Self::StepDone { o, i, .. } => o.weight() + i.weight(),
            Self::AttemptStarted { input: value, .. }
            | Self::Signal { data: value, .. }
            | Self::ChildEnded { output: value, .. }
            | Self::Ended { output: value, .. } => value.weight(),
            Self::Responded { headers, body, .. } => headers.weight() + body.weight(),
            Self::Asked { q, to, .. } => q.len() + to.iter().map(String::len).sum::<usize>(),
            Self::Choice { .. }
            | Self::AttemptFailed { .. }
            | Self::WaitSet { .. }
            | Self::TimerFired { .. }
            | Self::ChildStarted { .. }
            | Self::CancelRequested { .. }
            | Self::DeadlinePassed => 0,
        }
    }

    /// The value in a place; `null` if the fact has no such place.
    pub fn value(&self, slot: Slot) -> Value {
        match (self, slot) {
            (
                Self::Started { input, .. }
                | Self::AttemptStarted { input, .. }
                | Self::Choice { c: Choice::Agent(input), .. },
                Slot::Input,
            ) => input.clone(),
            (Self::Started { trigger, .. }, Slot::Trigger) => trigger.clone(),
            (Self::Started { event, .. }, Slot::Event) => event.clone(),
            (Self::Started { env, .. }, Slot::Env) => env.clone(),
            (Self::Choice { c: Choice::Items(items), .. }, Slot::Items) => {
                Value::from(items.clone())
            }
            (
                Self::StepDone { o: output, .. }
                | Self::ChildEnded { output, .. }
                | Self::Ended { output, .. },
                Slot::Output,
            ) => output.clone(),
            (Self::StepDone { i, .. }, Slot::Shown) => i.clone(),
            (Self::Signal { data, .. }, Slot::Data) => data.clone(),
            (Self::Responded { headers, .. }, Slot::Headers) => headers.clone(),
            (Self::Responded { body, .. }, Slot::Body) => body.clone(),
            _ => Value::Null,
        }
    }

    /// Puts a value into a place; nothing happens if the fact has no such place.
    pub fn set(&mut self, slot: Slot, new: Value) {
        let place = match (self, slot) {
            (
                Self::Started { input, .. }
                | Self::AttemptStarted { input, .. }
                | Self::Choice { c: Choice::Agent(input), .. },
                Slot::Input,
            ) => input,
            (Self::Started { trigger, .. }, Slot::Trigger) => trigger,
            (Self::Started { event, .. }, Slot::Event) => event,
            (Self::Started { env, .. }, Slot::Env) => env,
            (Self::Choice { c: Choice::Items(items), .. }, Slot::Items) => {
                *items = new.as_list().map_or_else(Vec::new, <[Value]>::to_vec);
                return;
            }
            (
                Self::StepDone { o: output, .. }
                | Self::ChildEnded { output, .. }
                | Self::Ended { output, .. },
                Slot::Output,
            ) => output,
            (Self::StepDone { i, .. }, Slot::Shown) => i,
            (Self::Signal { data, .. }, Slot::Data) => data,
            (Self::Responded { headers, .. }, Slot::Headers) => headers,
            (Self::Responded { body, .. }, Slot::Body) => body,
            _ => return,
        };
        *place = new;
    }
}

/// How many characters of a kept value the journal shows.
const PREVIEW: usize = 200;

/// The beginning of a JSON text, at most [`PREVIEW`] characters.
pub fn preview(json: &[u8]) -> String {
    // Four bytes is the longest character.
    let begin = &json[..json.len().min(4 * PREVIEW)];
    String::from_utf8_lossy(begin).chars().take(PREVIEW).collect()
}
