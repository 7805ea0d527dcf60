//! Requests and answers in the form of OpenAI's chat completions: what every program speaks already.
//!
//! Fields that are not known here are kept and passed on. Answers and pieces of streams are JSON in that
//! form; [`Usage`] is read out of them, because money depends on it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// `POST /chat/completions`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// A named model of the workspace, or `connection/model`.
    #[serde(default)]
    pub model: String,
    #[serde(default)]
    pub messages: Vec<Message>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Value>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_options: Option<Value>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub role: String,
    /// Text, a list of parts, or null beside `tool_calls`.
    #[serde(default)]
    pub content: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl Message {
    pub fn new(role: &str, text: impl Into<String>) -> Self {
        Self { role: role.to_owned(), content: Value::String(text.into()), ..Self::default() }
    }

    /// The parts of the content, a text being one part.
    pub fn parts(&self) -> Vec<Part<'_>> {
        match &self.content {
            Value::String(text) => vec![Part::Text(text)],
            Value::Array(parts) => parts.iter().filter_map(Part::of).collect(),
            _ => Vec::new(),
        }
    }

    /// All text of it.
    pub fn text(&self) -> String {
        let texts = self.parts().into_iter().filter_map(|part| match part {
            Part::Text(text) => Some(text),
            Part::Image(_) => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    Text(&'a str),
    /// The address of an image, often `data:image/png;base64,…`.
    Image(&'a str),
}

impl<'a> Part<'a> {
    fn of(part: &'a Value) -> Option<Self> {
        if let Some(text) = part["text"].as_str() {
            return Some(Self::Text(text));
        }
        let image = &part["image_url"];
        image["url"].as_str().or_else(|| image.as_str()).map(Self::Image)
    }
}

/// `data:image/png;base64,…` taken apart: media type and data.
pub fn data_url(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    Some((head.strip_suffix(";base64")?, data))
}

impl ChatRequest {
    /// Longest answer in tokens, by either of its two names.
    pub fn limit(&self) -> Option<u64> {
        self.max_completion_tokens.or(self.max_tokens)
    }

    /// The JSON Schema that the answer has to fit.
    pub fn schema(&self) -> Option<&Value> {
        let format = self.response_format.as_ref()?;
        (format["type"] == "json_schema").then(|| &format["json_schema"]["schema"])
    }

    /// The same for every request that asks the same: without what only says how it is answered.
    pub fn hash(&self) -> String {
        let mut asked = self.clone();
        asked.stream = false;
        asked.stream_options = None;
        asked.rest.shift_remove("user");
        canonical_hash(&json!(asked))
    }
}

/// Hash of a JSON value whatever the order of its keys, in hex.
pub fn canonical_hash(value: &Value) -> String {
    let hash = Sha256::digest(sorted(value).to_string().as_bytes());
    hash.iter().fold(String::with_capacity(64), |text, byte| format!("{text}{byte:02x}"))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Tokens that a provider counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All that was read, cached and written to a cache included.
    pub input: u64,
    /// All that was written, thinking included.
    pub output: u64,
    /// Of `input`: read from the provider's cache.
    pub cached: u64,
    /// Of `input`: written to the provider's cache.
    pub cache_write: u64,
}

impl Usage {
    /// As `usage` of an answer in OpenAI's form has it; none when it counts nothing.
    pub fn of(usage: &Value) -> Option<Self> {
        let input = usage["prompt_tokens"].as_u64()?;
        Some(Self {
            input,
            output: usage["completion_tokens"].as_u64().unwrap_or(0),
            cached: usage["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap_or(0),
            cache_write: usage["prompt_tokens_details"]["cache_write_tokens"].as_u64().unwrap_or(0),
        })
    }

    pub fn to_json(self) -> Value {
        let mut usage = json!({
            "prompt_tokens": self.input,
            "completion_tokens": self.output,
            "total_tokens": self.input.saturating_add(self.output),
        });
        if self.cached > 0 || self.cache_write > 0 {
            usage["prompt_tokens_details"] =
                json!({ "cached_tokens": self.cached, "cache_write_tokens": self.cache_write });
        }
        usage
    }

    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input: self.input + other.input,
            output: self.output + other.output,
            cached: self.cached + other.cached,
            cache_write: self.cache_write + other.cache_write,
        }
    }
}

/// An answer: a `chat.completion` of OpenAI's form, or its list of embeddings.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub body: Value,
    /// None when the provider did not count.
    pub usage: Option<Usage>,
}

impl Reply {
    /// One of another form, told in OpenAI's.
    pub fn build(
        id: &str,
        model: &str,
        text: Option<String>,
        tool_calls: Vec<Value>,
        finish: &str,
        usage: Option<Usage>,
    ) -> Self {
        let mut message = json!({ "role": "assistant", "content": text });
        if !tool_calls.is_empty() {
            message["tool_calls"] = Value::Array(tool_calls);
        }
        let mut body = json!({
            "id": id,
            "object": "chat.completion",
            "model": model,
            "choices": [{ "index": 0, "message": message, "finish_reason": finish }],
        });
        if let Some(usage) = usage {
            body["usage"] = usage.to_json();
        }
        Self { body, usage }
    }

    /// The text of the first choice; empty when it only calls tools.
    pub fn text(&self) -> &str {
        self.body["choices"][0]["message"]["content"].as_str().unwrap_or_default()
    }

    pub fn tool_calls(&self) -> &[Value] {
        let calls = &self.body["choices"][0]["message"]["tool_calls"];
        calls.as_array().map_or(&[], Vec::as_slice)
    }

    /// Why it ended: `stop`, `length`, `tool_calls`, `content_filter`.
    pub fn finish(&self) -> &str {
        self.body["choices"][0]["finish_reason"].as_str().unwrap_or_default()
    }

    /// The same as the pieces of a stream, for answers that are repeated.
    pub fn to_chunks(&self) -> Vec<Value> {
        let choices = self.body["choices"].as_array().map_or(&[][..], Vec::as_slice);
        let mut chunks: Vec<Value> = choices
            .iter()
            .map(|choice| {
                let mut delta = choice["message"].clone();
                if let Some(calls) = delta["tool_calls"].as_array_mut() {
                    for (index, call) in calls.iter_mut().enumerate() {
                        call["index"] = json!(index);
                    }
                }
                self.chunk(json!([{
                    "index": choice["index"], "delta": delta, "finish_reason": choice["finish_reason"]
                }]))
            })
            .collect();
        if let Some(usage) = self.usage {
            let mut last = self.chunk(json!([]));
            last["usage"] = usage.to_json();
            chunks.push(last);
        }
        chunks
    }

    fn chunk(&self, choices: Value) -> Value {
        json!({
            "id": self.body["id"],
            "object": "chat.completion.chunk",
            "created": self.body["created"].as_u64().unwrap_or(0),
            "model": self.body["model"],
            "choices": choices,
        })
    }
}

/// A piece of a stream in OpenAI's form.
pub fn chunk(id: &str, model: &str, delta: &Value, finish: Option<&str>) -> Value {
    json!({
        "id": id,
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    })
}

/// Puts the pieces of a stream together.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    id: String,
    model: String,
    choices: Vec<Choice>,
    pub usage: Option<Usage>,
}

#[derive(Debug, Clone, Default)]
struct Choice {
    text: String,
    calls: Vec<Value>,
    finish: Option<String>,
}

impl Gathered {
    pub fn add(&mut self, chunk: &Value) {
        let set = |to: &mut String, from: &Value| {
            if let Some(text) = from.as_str().filter(|text| !text.is_empty()) {
                text.clone_into(to);
            }
        };
        set(&mut self.id, &chunk["id"]);
        set(&mut self.model, &chunk["model"]);
        if let Some(usage) = Usage::of(&chunk["usage"]) {
            self.usage = Some(usage);
        }
        for part in chunk["choices"].as_array().into_iter().flatten() {
            let index = part["index"].as_u64().unwrap_or(0).min(127) as usize;
            if self.choices.len() <= index {
                self.choices.resize_with(index + 1, Choice::default);
            }
            let choice = &mut self.choices[index];
            choice.text.push_str(part["delta"]["content"].as_str().unwrap_or_default());
            for call in part["delta"]["tool_calls"].as_array().into_iter().flatten() {
                choice.call(call);
            }
            if let Some(finish) = part["finish_reason"].as_str() {
                choice.finish = Some(finish.to_owned());
            }
        }
    }

    /// Whether the stream came to its end.
    pub fn is_whole(&self) -> bool {
        !self.choices.is_empty() && self.choices.iter().all(|choice| choice.finish.is_some())
    }

    /// Bytes of what was written so far.
    pub fn written(&self) -> usize {
        let of = |choice: &Choice| {
            let calls = choice.calls.iter().map(|call| call["function"].to_string().len());
            choice.text.len() + calls.sum::<usize>()
        };
        self.choices.iter().map(of).sum()
    }

    pub fn finish(self) -> Reply {
        let choices: Vec<Value> = self
            .choices
            .into_iter()
            .enumerate()
            .map(|(index, choice)| {
                let only_calls = choice.text.is_empty() && !choice.calls.is_empty();
                let content = if only_calls { Value::Null } else { json!(choice.text) };
                let mut message = json!({ "role": "assistant", "content": content });
                if !choice.calls.is_empty() {
                    message["tool_calls"] = Value::Array(choice.calls);
                }
                json!({ "index": index, "message": message, "finish_reason": choice.finish })
            })
            .collect();
        let mut body = json!({
            "id": self.id, "object": "chat.completion", "model": self.model, "choices": choices
        });
        if let Some(usage) = self.usage {
            body["usage"] = usage.to_json();
        }
        Reply { body, usage: self.usage }
    }
}

impl Choice {
    /// Tool calls come in pieces: name and id first, then the arguments as text.
    fn call(&mut self, piece: &Value) {
        let index = piece["index"].as_u64().unwrap_or(0).min(127) as usize;
        while self.calls.len() <= index {
            self.calls.push(json!({
                "id": "", "type": "function", "function": { "name": "", "arguments": "" }
            }));
        }
        let call = &mut self.calls[index];
        if let Some(id) = piece["id"].as_str().filter(|id| !id.is_empty()) {
            call["id"] = json!(id);
        }
        if let Some(more) = piece.get("extra_content") {
            call["extra_content"] = more.clone();
        }
        for field in ["name", "arguments"] {
            let more = piece["function"][field].as_str().unwrap_or_default();
            let so_far = call["function"][field].as_str().unwrap_or_default();
            call["function"][field] = json!(format!("{so_far}{more}"));
        }
    }
}
