//! OpenAI's chat completions and embeddings, and everybody who speaks the same: vLLM, Ollama, llama.cpp,
//! Azure, Mistral.
//!
//! <https://platform.openai.com/docs/api-reference/chat>

use serde_json::{Map, Value, json};

use super::{Adapter, Malformed, Reader, To, Unfit, Wire, bearer, join, parsed};
use crate::chat::{ChatRequest, Reply, Usage};

/// What differs among those who speak it.
pub struct OpenAi {
    flavour: Flavour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavour {
    OpenAi,
    Compatible,
    Azure,
    Mistral,
}

pub static OPENAI: OpenAi = OpenAi { flavour: Flavour::OpenAi };
pub static COMPATIBLE: OpenAi = OpenAi { flavour: Flavour::Compatible };
pub static AZURE: OpenAi = OpenAi { flavour: Flavour::Azure };
pub static MISTRAL: OpenAi = OpenAi { flavour: Flavour::Mistral };

const OPENAI_URL: &str = "https://api.openai.com/v1";
const MISTRAL_URL: &str = "https://api.mistral.ai/v1";
const AZURE_VERSION: &str = "2024-10-21";

impl OpenAi {
    pub(super) fn wire(&self, to: To<'_>, path: &str, body: Value) -> Wire {
        let field = |name: &str| to.field(name).filter(|value| !value.is_empty());
        let token = field("token").or_else(|| field("key"));
        let (url, credentials) = match self.flavour {
            Flavour::Azure => {
                let version = field("api_version").unwrap_or(AZURE_VERSION);
                let base = field("endpoint").unwrap_or_default();
                let path = format!("openai/deployments/{}/{path}?api-version={version}", to.model);
                (join(base, &path), vec![("api-key", token.unwrap_or_default().to_owned())])
            }
            flavour => {
                let default = if flavour == Flavour::Mistral { MISTRAL_URL } else { OPENAI_URL };
                let base = field("base_url").unwrap_or(default);
                (join(base, path), token.map(bearer).unwrap_or_default())
            }
        };
        let headers = match (self.flavour, field("organization")) {
            (Flavour::OpenAi, Some(id)) => vec![("openai-organization", id.to_owned())],
            _ => Vec::new(),
        };
        Wire { url, headers, credentials, body, sign: None }
    }

    fn body(&self, to: To<'_>, request: &ChatRequest, stream: bool) -> Value {
        let mut request = request.clone();
        to.model.clone_into(&mut request.model);
        request.stream = stream;
        let limit = request.limit();
        (request.max_tokens, request.max_completion_tokens) = match self.flavour {
            Flavour::OpenAi | Flavour::Azure => (None, limit),
            Flavour::Compatible | Flavour::Mistral => (limit, None),
        };
        // Without it a stream ends without telling what it cost. Mistral always tells.
        request.stream_options = (stream && self.flavour != Flavour::Mistral).then(|| {
            let mut options = request.stream_options.take().unwrap_or_else(|| json!({}));
            options["include_usage"] = json!(true);
            options
        });
        if self.flavour == Flavour::Mistral {
            if request.tool_choice == Some(json!("required")) {
                request.tool_choice = Some(json!("any"));
            }
            if let Some(seed) = request.rest.shift_remove("seed") {
                request.rest.insert("random_seed".to_owned(), seed);
            }
            for unknown in ["user", "store", "metadata", "logit_bias", "logprobs", "top_logprobs"] {
                request.rest.shift_remove(unknown);
            }
        }
        let mut body = json!(request);
        for (name, value) in to.options {
            body[name] = value.clone();
        }
        body
    }
}

impl Adapter for OpenAi {
    fn chat(&self, to: To<'_>, request: &ChatRequest, stream: bool) -> Result<Wire, Unfit> {
        Ok(self.wire(to, "chat/completions", self.body(to, request, stream)))
    }

    fn read(&self, _request: &ChatRequest, body: Value) -> Result<Reply, Malformed> {
        let choices = body["choices"].as_array().filter(|choices| !choices.is_empty());
        let choices = choices.ok_or_else(|| Malformed("the answer has no choices".to_owned()))?;
        for choice in choices {
            let message = choice["message"]
                .as_object()
                .ok_or_else(|| Malformed("a choice of the answer has no message".to_owned()))?;
            let content = message.get("content").unwrap_or(&Value::Null);
            if !(content.is_null() || content.is_string() || content.is_array()) {
                return Err(Malformed("the content of the answer is no text".to_owned()));
            }
        }
        let usage = Usage::of(&body["usage"]);
        Ok(Reply { body, usage })
    }

    fn reader(&self, _request: &ChatRequest) -> Box<dyn Reader> {
        Box::new(Chunks)
    }

    fn embeddings(
        &self,
        to: To<'_>,
        texts: &[String],
        rest: &Map<String, Value>,
    ) -> Result<Wire, Unfit> {
        let mut body = json!({ "model": to.model, "input": texts });
        for (name, value) in rest.iter().chain(to.options) {
            body[name] = value.clone();
        }
        Ok(self.wire(to, "embeddings", body))
    }

    fn read_embeddings(&self, body: &Value) -> Result<(Vec<Value>, Option<Usage>), Malformed> {
        let data = body["data"].as_array();
        let mut data = data.ok_or_else(|| Malformed("the answer has no data".to_owned()))?.clone();
        data.sort_by_key(|item| item["index"].as_u64());
        let vectors: Vec<Value> = data.iter_mut().map(|item| item["embedding"].take()).collect();
        if vectors.iter().any(|vector| !vector.is_array() && !vector.is_string()) {
            return Err(Malformed("an embedding of the answer is no list".to_owned()));
        }
        Ok((vectors, Usage::of(&body["usage"])))
    }
}

/// The pieces are chunks already.
struct Chunks;

impl Reader for Chunks {
    fn piece(&mut self, _name: &str, data: &str) -> Result<Vec<Value>, Malformed> {
        if data == "[DONE]" {
            return Ok(Vec::new());
        }
        let chunk = parsed(data)?;
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            let message = error["message"].as_str().unwrap_or("without a reason");
            return Err(Malformed(format!("the provider broke the answer off: {message}")));
        }
        if !chunk["choices"].is_array() {
            return Err(Malformed("a piece of the answer has no choices".to_owned()));
        }
        Ok(vec![chunk])
    }
}
