//! Anthropic's messages.
//!
//! <https://platform.claude.com/docs/en/api/messages>. A schema becomes a tool that the model must use;
//! its input is the answer.

use serde_json::{Map, Value, json};

use super::{Adapter, Malformed, Reader, To, Unfit, Wire, join, parsed};
use crate::chat::{ChatRequest, Message, Part, Reply, Usage, chunk, data_url};

pub struct Anthropic;

const URL: &str = "https://api.anthropic.com/v1";
const VERSION: &str = "2023-06-01";
/// The interface wants a limit; this one is given where the request has none.
const LIMIT: u64 = 8_192;
/// The tool whose input is an answer that has to fit a schema.
pub(super) const ANSWER: &str = "answer";
/// Fields of OpenAI's that others refuse.
pub(super) const ONLY_OPENAI: [&str; 14] = [
    "user",
    "n",
    "seed",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "store",
    "reasoning_effort",
    "service_tier",
    "modalities",
    "prediction",
];

impl Adapter for Anthropic {
    fn chat(&self, to: To<'_>, request: &ChatRequest, stream: bool) -> Result<Wire, Unfit> {
        let mut body = json!({
            "model": to.model,
            "max_tokens": request.limit().unwrap_or(LIMIT),
            "messages": messages(&request.messages),
        });
        let system = system(&request.messages);
        if !system.is_empty() {
            body["system"] = json!(system);
        }
        let set = |body: &mut Value, name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[name] = value;
            }
        };
        set(&mut body, "temperature", request.temperature.map(Value::from));
        set(&mut body, "top_p", request.top_p.map(Value::from));
        set(&mut body, "stop_sequences", request.stop.as_ref().map(list));
        let mut tools: Vec<Value> = request.tools.iter().map(tool).collect();
        let mut choice = request.tool_choice.as_ref().and_then(tool_choice);
        if let Some(schema) = request.schema() {
            tools.push(json!({
                "name": ANSWER, "description": "Gives the answer.", "input_schema": schema
            }));
            let only = tools.len() == 1;
            let must = if only {
                json!({ "type": "tool", "name": ANSWER })
            } else {
                json!({ "type": "any" })
            };
            choice = Some(must);
        }
        if !tools.is_empty() {
            body["tools"] = Value::Array(tools);
            set(&mut body, "tool_choice", choice);
        }
        if stream {
            body["stream"] = json!(true);
        }
        if let Some(user) = request.rest.get("user") {
            body["metadata"] = json!({ "user_id": user });
        }
        let rest = request.rest.iter().filter(|(name, _)| !ONLY_OPENAI.contains(&name.as_str()));
        for (name, value) in rest.chain(to.options) {
            body[name] = value.clone();
        }
        let base = to.field("base_url").unwrap_or(URL);
        Ok(Wire {
            url: join(base, "messages"),
            headers: vec![("anthropic-version", VERSION.to_owned())],
            credentials: vec![("x-api-key", to.field("key").unwrap_or_default().to_owned())],
            body,
            sign: None,
        })
    }

    fn read(&self, request: &ChatRequest, body: Value) -> Result<Reply, Malformed> {
        let content = body["content"].as_array();
        let content = content.ok_or_else(|| Malformed("the answer has no content".to_owned()))?;
        let (mut text, mut calls) = (String::new(), Vec::new());
        for block in content {
            match block["type"].as_str() {
                Some("text") => text.push_str(block["text"].as_str().unwrap_or_default()),
                Some("tool_use") if is_answer(request, &block["name"]) => {
                    text = block["input"].to_string();
                }
                Some("tool_use") => calls.push(call(&block["id"], &block["name"], &block["input"])),
                _ => {}
            }
        }
        let id = body["id"].as_str().unwrap_or_default();
        let model = body["model"].as_str().unwrap_or_default();
        let mut finish = finish(body["stop_reason"].as_str().unwrap_or_default());
        if calls.is_empty() && finish == "tool_calls" {
            finish = "stop";
        }
        let text = (calls.is_empty() || !text.is_empty()).then_some(text);
        Ok(Reply::build(id, model, text, calls, finish, self.usage(&body)))
    }

    fn reader(&self, request: &ChatRequest) -> Box<dyn Reader> {
        Box::new(Events { request: request.clone(), ..Events::default() })
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        usage(&body["usage"])
    }
}

/// Anthropic counts what was cached apart from the rest of the input.
fn usage(usage: &Value) -> Option<Usage> {
    let input = usage["input_tokens"].as_u64()?;
    let cached = usage["cache_read_input_tokens"].as_u64().unwrap_or(0);
    let cache_write = usage["cache_creation_input_tokens"].as_u64().unwrap_or(0);
    let output = usage["output_tokens"].as_u64().unwrap_or(0);
    Some(Usage { input: input + cached + cache_write, output, cached, cache_write })
}

fn is_answer(request: &ChatRequest, name: &Value) -> bool {
    name == ANSWER && request.schema().is_some()
}

fn finish(reason: &str) -> &'static str {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    }
}

/// A tool call in OpenAI's form.
pub(super) fn call(id: &Value, name: &Value, input: &Value) -> Value {
    json!({
        "id": id, "type": "function",
        "function": { "name": name, "arguments": input.to_string() }
    })
}

/// What is said as the system, from wherever it stands.
pub(super) fn system(messages: &[Message]) -> String {
    let is_system = |message: &&Message| matches!(message.role.as_str(), "system" | "developer");
    let texts = messages.iter().filter(is_system).map(Message::text);
    texts.collect::<Vec<_>>().join("\n\n")
}

/// A text or a list of texts as a list.
pub(super) fn list(value: &Value) -> Value {
    if value.is_array() { value.clone() } else { json!([value]) }
}

fn tool(tool: &Value) -> Value {
    let function = &tool["function"];
    if !function.is_object() {
        // One of Anthropic's own, such as web search.
        return tool.clone();
    }
    let mut out = Map::new();
    out.insert("name".to_owned(), function["name"].clone());
    if let Some(description) = function.get("description") {
        out.insert("description".to_owned(), description.clone());
    }
    let schema = function.get("parameters").cloned().unwrap_or_else(|| json!({ "type": "object" }));
    out.insert("input_schema".to_owned(), schema);
    Value::Object(out)
}

fn tool_choice(choice: &Value) -> Option<Value> {
    Some(match choice.as_str() {
        Some("auto") => json!({ "type": "auto" }),
        Some("none") => json!({ "type": "none" }),
        Some("required") => json!({ "type": "any" }),
        Some(_) => return None,
        None => json!({ "type": "tool", "name": choice["function"]["name"] }),
    })
}

/// The arguments of a call, which OpenAI has as text.
pub(super) fn arguments(call: &Value) -> Value {
    let text = call["function"]["arguments"].as_str().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| json!({}))
}

fn messages(messages: &[Message]) -> Vec<Value> {
    let mut out: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        let (role, content) = match message.role.as_str() {
            "system" | "developer" => continue,
            "tool" => {
                let result = json!({
                    "type": "tool_result",
                    "tool_use_id": message.tool_call_id,
                    "content": message.text(),
                });
                ("user", vec![result])
            }
            role => {
                let parts = message.parts().into_iter();
                let parts = parts.filter(|part| *part != Part::Text("")).map(block);
                let calls = message.tool_calls.iter().map(|call| {
                    json!({
                        "type": "tool_use", "id": call["id"],
                        "name": call["function"]["name"], "input": arguments(call)
                    })
                });
                let role = if role == "assistant" { "assistant" } else { "user" };
                (role, parts.chain(calls).collect())
            }
        };
        // Results of several calls stand in one message.
        match out.last_mut() {
            Some((last, blocks)) if *last == role => blocks.extend(content),
            _ => out.push((role, content)),
        }
    }
    out.into_iter().map(|(role, content)| json!({ "role": role, "content": content })).collect()
}

fn block(part: Part<'_>) -> Value {
    match part {
        Part::Text(text) => json!({ "type": "text", "text": text }),
        Part::Image(url) => match data_url(url) {
            Some((kind, data)) => json!({
                "type": "image",
                "source": { "type": "base64", "media_type": kind, "data": data }
            }),
            None => json!({ "type": "image", "source": { "type": "url", "url": url } }),
        },
    }
}

/// `message_start`, `content_block_start`, `content_block_delta`, `message_delta`, …
#[derive(Default)]
struct Events {
    request: ChatRequest,
    id: String,
    model: String,
    usage: Usage,
    /// Kind of each block: its place among the calls, or the answer.
    blocks: Vec<Block>,
    calls: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Block {
    #[default]
    Text,
    Answer,
    Call(usize),
}

impl Events {
    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Value {
        chunk(&self.id, &self.model, delta, finish)
    }

    fn begin(&mut self, event: &Value) -> Vec<Value> {
        let block = &event["content_block"];
        let index = event["index"].as_u64().unwrap_or(0).min(255) as usize;
        if self.blocks.len() <= index {
            self.blocks.resize(index + 1, Block::Text);
        }
        if block["type"] != "tool_use" {
            return Vec::new();
        }
        if is_answer(&self.request, &block["name"]) {
            self.blocks[index] = Block::Answer;
            return Vec::new();
        }
        let place = self.calls;
        self.calls += 1;
        self.blocks[index] = Block::Call(place);
        let call = json!([{ "index": place, "id": block["id"], "type": "function",
            "function": { "name": block["name"], "arguments": "" } }]);
        vec![self.chunk(&json!({ "tool_calls": call }), None)]
    }

    fn go_on(&self, event: &Value) -> Vec<Value> {
        let delta = &event["delta"];
        let index = event["index"].as_u64().unwrap_or(0) as usize;
        let block = self.blocks.get(index).copied().unwrap_or_default();
        let json_part = delta["partial_json"].as_str();
        let delta = match (block, delta["text"].as_str(), json_part) {
            (_, Some(text), _) | (Block::Answer, _, Some(text)) => json!({ "content": text }),
            (Block::Call(place), _, Some(part)) => json!({
                "tool_calls": [{ "index": place, "function": { "arguments": part } }]
            }),
            // Thinking and signatures.
            _ => return Vec::new(),
        };
        vec![self.chunk(&delta, None)]
    }
}

impl Reader for Events {
    fn piece(&mut self, name: &str, data: &str) -> Result<Vec<Value>, Malformed> {
        let event = parsed(data)?;
        let kind = event["type"].as_str().unwrap_or(name);
        Ok(match kind {
            "message_start" => {
                let message = &event["message"];
                self.id = message["id"].as_str().unwrap_or_default().to_owned();
                self.model = message["model"].as_str().unwrap_or_default().to_owned();
                self.usage = usage(&message["usage"]).unwrap_or_default();
                let mut first = self.chunk(&json!({ "role": "assistant", "content": "" }), None);
                // Known already, and paid also when the answer breaks off.
                first["usage"] = self.usage.to_json();
                vec![first]
            }
            "content_block_start" => self.begin(&event),
            "content_block_delta" => self.go_on(&event),
            "message_delta" => {
                if let Some(output) = event["usage"]["output_tokens"].as_u64() {
                    self.usage.output = output;
                }
                let reason = event["delta"]["stop_reason"].as_str().unwrap_or_default();
                let mut finish = finish(reason);
                if self.calls == 0 && finish == "tool_calls" {
                    finish = "stop";
                }
                let mut last = self.chunk(&json!({}), Some(finish));
                last["usage"] = self.usage.to_json();
                vec![last]
            }
            "error" => {
                let told = event["error"]["message"].as_str().unwrap_or("without a reason");
                return Err(Malformed(format!("the provider broke the answer off: {told}")));
            }
            _ => Vec::new(),
        })
    }
}
