//! What bots can do: one [`ActionSpec`] per `connector.action`, and the [`Catalogue`] of all of them
//! that the checker, the author and the engine ask.

use crate::schema::{Fields, Schema};
use crate::value::Value;

/// What an action does to the world; it decides how the engine journals it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Rows in our own database, written in the transaction of the step's fact: `state.*`, `log.*`.
    Store,
    /// Reads from outside; may be repeated freely.
    Read,
    /// Writes outside; carries an idempotency key and is journaled before it begins.
    Write,
}

/// What to do with a write whose outcome is unknown after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUnknown {
    /// Send again with the same idempotency key.
    #[default]
    Repeat,
    /// Fail the step: the receiver knows no keys and a second effect would hurt.
    Fail,
}

/// An action as the catalogue offers it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionSpec {
    /// `connector.action`, such as `slack.post_message`.
    pub name: String,
    pub connector: String,
    /// A verb phrase for people: "Post a message".
    pub title: String,
    pub description: String,
    pub params: Fields,
    pub output: Schema,
    pub effect: Effect,
    pub on_unknown: OnUnknown,
    /// Whether it deletes, pays or otherwise does what cannot be taken back: an agent asks people first.
    pub destructive: bool,
    /// Whether the step takes a `connection`, and whether it must.
    pub connection: ConnectionNeed,
    /// Other words for it, for the author's retrieval ("notify", "tell", "schreibe").
    pub synonyms: Vec<String>,
    pub examples: Vec<ActionExample>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnectionNeed {
    #[default]
    None,
    Optional,
    Required,
}

/// A worked example: what goes in and what comes back; `try` answers reads with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionExample {
    pub title: String,
    pub with: Value,
    pub output: Value,
}

/// Something that happens in another system and can start a bot: `app: connector.trigger`.
#[derive(Debug, Clone, PartialEq)]
pub struct TriggerSpec {
    /// `connector.trigger`, such as `github.issue_opened`.
    pub name: String,
    pub connector: String,
    /// What happens, for people: "An issue is opened".
    pub title: String,
    pub description: String,
    /// What to look at: the repository, the sheet.
    pub params: Fields,
    /// The shape of `event.data`.
    pub event: Schema,
    /// Other words for it, for the author's retrieval.
    pub synonyms: Vec<String>,
    /// Whether it takes a `connection`, and whether it must.
    pub connection: ConnectionNeed,
    /// An `event.data`, for rehearsals.
    pub example: Value,
}

/// What is known of another bot: enough to type a `call`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BotSignature {
    pub name: String,
    pub description: Option<String>,
    pub inputs: Fields,
    pub output: Schema,
    /// The bots that it calls, for the check against cycles.
    pub calls: Vec<String>,
}

/// A connector for listings; its actions are found by prefix.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectorSpec {
    pub name: String,
    pub title: String,
    pub description: String,
    pub synonyms: Vec<String>,
}

/// Everything that a definition may refer to.
pub trait Catalogue: Send + Sync {
    fn action(&self, name: &str) -> Option<&ActionSpec>;
    fn actions(&self) -> &[ActionSpec];
    fn connectors(&self) -> &[ConnectorSpec];
    /// What can happen in other systems and start a bot.
    fn triggers(&self) -> &[TriggerSpec] {
        &[]
    }
    /// A bot of the workspace; `None` offline or when there is none of that name.
    fn bot(&self, name: &str) -> Option<&BotSignature>;
}
