//! Typed, prefixed ids: `run_0198…`. UUIDv7 inside, so they sort by creation; an id of one kind does
//! not compile where another is meant. Text form: prefix, underscore, 32 lower-case hex digits.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::time::Timestamp;

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind} id: expected `{kind}_` and 32 hex digits")]
pub struct IdError {
    pub kind: &'static str,
    pub text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A new id, ordered by `at`; `random` fills the 74 bits that are not time.
            pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or_else(|| IdError { kind: $prefix, text: text.chars().take(80).collect() })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A tenant.
    WorkspaceId = "ws";
    /// Who asks: the owner's token now, people and API keys later.
    ActorId = "act";
    BotId = "bot";
    RunId = "run";
    EventId = "evt";
    ConnectionId = "con";
    /// One incarnation of a server process; on SQLite the boot.
    NodeId = "node";
    /// A mail in the outbox.
    MailId = "mail";
    /// An event that could not start a bot.
    DeadLetterId = "dead";
    /// Events that are brought to their bots once more.
    ReplayId = "replay";
    /// A call of a language model.
    CallId = "call";
    /// What an `approve` step asks people.
    ApprovalId = "apr";
    /// A conversation that builds a bot.
    BuilderSessionId = "talk";
    /// Documents that are searched together.
    KnowledgeBaseId = "kb";
    DocumentId = "doc";
    /// Cases that models and prompts are measured by, carried out once.
    EvaluationId = "eval";
}
