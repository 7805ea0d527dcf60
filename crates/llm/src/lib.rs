//! The model gateway: one door to every language model, for bots and for a workspace's own programs.
//!
//! A request in OpenAI's form goes to a *named model*, which is an ordered list of providers
//! ([`definition`]). The gateway leaves a provider that fails and returns to it by itself ([`health`]),
//! reserves money before it sends and settles what providers counted ([`price`]), keeps what should not
//! be paid twice, also where it is only meant to be the same ([`semantic`]), and looks at what leaves
//! ([`guardrail`]). Adapters ([`provider`]) are pure.
//!
//! Invariants: nothing leaves except through the guarded client; no byte leaves before its cost is
//! reserved; every attempt that reached a provider is a row with what the provider counted, also when
//! nobody waits for it any more; no secret of a connection is in an answer, an error or a log.

pub mod chat;
pub mod definition;
mod error;
mod exchange;
mod gateway;
pub mod guardrail;
pub mod health;
pub mod price;
pub mod provider;
mod race;
mod replay;
pub mod semantic;
mod structured;
pub mod tokens;

pub use chat::{ChatRequest, Message, Reply, Usage};
pub use definition::{Definition, Target};
pub use error::{Error, Reason};
pub use gateway::call::periods;
pub use gateway::{Answer, Asked, By, Caller, Connections, Gateway, Options, Streaming};
pub use guardrail::Settings;
