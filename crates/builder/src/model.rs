//! The language model as the builder sees it: one request, one text. Tests script it; servers wire it
//! to the gateway.

use codex32_llm::{Caller, ChatRequest, Gateway};

/// What a model said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    pub text: String,
    /// The answer ends where it was cut off for its length.
    pub cut: bool,
    /// In micro-dollars.
    pub cost: i64,
}

/// Why there is no answer, in the gateway's words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ModelError {
    pub code: codex32_model::Code,
    pub message: String,
}

/// Somebody who completes.
#[async_trait::async_trait]
pub trait Model: Send + Sync {
    /// The answer to a request; its faults are for the builder to find, so nothing is asked again here.
    async fn complete(&self, request: ChatRequest) -> Result<Completion, ModelError>;
}

/// A named model of a workspace, through the gateway.
pub struct Through {
    pub gateway: Gateway,
    pub caller: Caller,
    /// Empty for the workspace's default.
    pub name: String,
}

#[async_trait::async_trait]
impl Model for Through {
    async fn complete(&self, mut request: ChatRequest) -> Result<Completion, ModelError> {
        request.model.clone_from(&self.name);
        let answer = self.gateway.complete(self.caller.clone(), request).await;
        let answer = answer
            .map_err(|error| ModelError { code: error.code(), message: error.to_string() })?;
        Ok(Completion {
            text: answer.reply.text().to_owned(),
            cut: answer.reply.finish() == "length",
            cost: answer.cost,
        })
    }
}
