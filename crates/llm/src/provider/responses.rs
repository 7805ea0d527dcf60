//! OpenAI's responses, the interface after chat completions.
//!
//! <https://platform.openai.com/docs/api-reference/responses>

use serde_json::{Map, Value, json};

use super::anthropic::system;
use super::openai::OPENAI;
use super::{Adapter, Malformed, Reader, To, Unfit, Wire, parsed};
use crate::chat::{ChatRequest, Message, Part, Reply, Usage, chunk};

pub struct Responses;

impl Adapter for Responses {
    fn chat(&self, to: To<'_>, request: &ChatRequest, stream: bool) -> Result<Wire, Unfit> {
        let mut body = json!({ "model": to.model, "input": input(&request.messages) });
        let system = system(&request.messages);
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[name] = value;
            }
        };
        set("instructions", (!system.is_empty()).then(|| json!(system)));
        set("max_output_tokens", request.limit().map(Value::from));
        set("temperature", request.temperature.map(Value::from));
        set("top_p", request.top_p.map(Value::from));
        set("tools", (!request.tools.is_empty()).then(|| tools(&request.tools)));
        set("tool_choice", request.tool_choice.as_ref().map(tool_choice));
        if let Some(format) = &request.response_format {
            let mut flat = json!({ "type": format["type"] });
            for (name, value) in format["json_schema"].as_object().into_iter().flatten() {
                flat[name] = value.clone();
            }
            set("text", Some(json!({ "format": flat })));
        }
        set("stream", stream.then(|| json!(true)));
        let mut rest = request.rest.clone();
        if let Some(effort) = rest.shift_remove("reasoning_effort") {
            set("reasoning", Some(json!({ "effort": effort })));
        }
        for (name, value) in rest.iter().chain(to.options) {
            body[name] = value.clone();
        }
        Ok(OPENAI.wire(to, "responses", body))
    }

    fn read(&self, _request: &ChatRequest, body: Value) -> Result<Reply, Malformed> {
        let output = body["output"].as_array();
        let output = output.ok_or_else(|| Malformed("the answer has no output".to_owned()))?;
        if body["status"] == "failed" {
            let told = body["error"]["message"].as_str().unwrap_or("without a reason");
            return Err(Malformed(format!("the provider gave up: {told}")));
        }
        let (mut text, mut calls) = (String::new(), Vec::new());
        for item in output {
            match item["type"].as_str() {
                Some("message") => {
                    for part in item["content"].as_array().into_iter().flatten() {
                        let said = part["text"].as_str().or_else(|| part["refusal"].as_str());
                        text.push_str(said.unwrap_or_default());
                    }
                }
                Some("function_call") => calls.push(json!({
                    "id": item["call_id"], "type": "function",
                    "function": { "name": item["name"], "arguments": item["arguments"] }
                })),
                _ => {}
            }
        }
        let id = body["id"].as_str().unwrap_or_default();
        let model = body["model"].as_str().unwrap_or_default();
        let finish = finish(&body, !calls.is_empty());
        let text = (calls.is_empty() || !text.is_empty()).then_some(text);
        Ok(Reply::build(id, model, text, calls, finish, self.usage(&body)))
    }

    fn reader(&self, _request: &ChatRequest) -> Box<dyn Reader> {
        Box::new(Events::default())
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        let usage = &body["usage"];
        usage["input_tokens"].as_u64().map(|input| Usage {
            input,
            output: usage["output_tokens"].as_u64().unwrap_or(0),
            cached: usage["input_tokens_details"]["cached_tokens"].as_u64().unwrap_or(0),
            cache_write: 0,
        })
    }

    fn embeddings(
        &self,
        to: To<'_>,
        texts: &[String],
        rest: &Map<String, Value>,
    ) -> Result<Wire, Unfit> {
        OPENAI.embeddings(to, texts, rest)
    }

    fn read_embeddings(&self, body: &Value) -> Result<(Vec<Value>, Option<Usage>), Malformed> {
        OPENAI.read_embeddings(body)
    }
}

fn finish(body: &Value, calls: bool) -> &'static str {
    match (body["incomplete_details"]["reason"].as_str(), calls) {
        (Some("max_output_tokens"), _) => "length",
        (Some(_), _) => "content_filter",
        (None, true) => "tool_calls",
        (None, false) => "stop",
    }
}

fn input(messages: &[Message]) -> Vec<Value> {
    let mut out = Vec::new();
    for message in messages {
        match message.role.as_str() {
            "system" | "developer" => continue,
            "tool" => out.push(json!({
                "type": "function_call_output",
                "call_id": message.tool_call_id,
                "output": message.text(),
            })),
            role => {
                let text = if role == "assistant" { "output_text" } else { "input_text" };
                let parts: Vec<Value> = message
                    .parts()
                    .into_iter()
                    .filter(|part| *part != Part::Text(""))
                    .map(|part| match part {
                        Part::Text(said) => json!({ "type": text, "text": said }),
                        Part::Image(url) => json!({ "type": "input_image", "image_url": url }),
                    })
                    .collect();
                if !parts.is_empty() {
                    out.push(json!({ "role": role, "content": parts }));
                }
                out.extend(message.tool_calls.iter().map(|call| {
                    json!({ "type": "function_call", "call_id": call["id"],
                        "name": call["function"]["name"],
                        "arguments": call["function"]["arguments"] })
                }));
            }
        }
    }
    out
}

fn tools(tools: &[Value]) -> Value {
    tools
        .iter()
        .map(|tool| {
            let Some(function) = tool["function"].as_object() else { return tool.clone() };
            let mut flat = json!({ "type": "function" });
            for (name, value) in function {
                flat[name] = value.clone();
            }
            flat
        })
        .collect()
}

fn tool_choice(choice: &Value) -> Value {
    match choice["function"]["name"].as_str() {
        Some(name) => json!({ "type": "function", "name": name }),
        None => choice.clone(),
    }
}

/// `response.created`, `response.output_text.delta`, `response.completed`, …
#[derive(Default)]
struct Events {
    id: String,
    model: String,
    /// `output_index` of each call.
    calls: Vec<u64>,
}

impl Reader for Events {
    fn piece(&mut self, name: &str, data: &str) -> Result<Vec<Value>, Malformed> {
        let event = parsed(data)?;
        let kind = event["type"].as_str().unwrap_or(name);
        let index = event["output_index"].as_u64().unwrap_or(0);
        let place = self.calls.iter().position(|call| *call == index);
        let delta = match kind {
            "response.created" => {
                let response = &event["response"];
                self.id = response["id"].as_str().unwrap_or_default().to_owned();
                self.model = response["model"].as_str().unwrap_or_default().to_owned();
                json!({ "role": "assistant", "content": "" })
            }
            "response.output_text.delta" | "response.refusal.delta" => {
                json!({ "content": event["delta"] })
            }
            "response.output_item.added" if event["item"]["type"] == "function_call" => {
                self.calls.push(index);
                let item = &event["item"];
                json!({ "tool_calls": [{ "index": self.calls.len() - 1, "id": item["call_id"],
                    "type": "function", "function": { "name": item["name"], "arguments": "" } }] })
            }
            "response.function_call_arguments.delta" => json!({ "tool_calls": [{
                "index": place.unwrap_or(0), "function": { "arguments": event["delta"] } }] }),
            "response.completed" | "response.incomplete" => {
                let response = &event["response"];
                let finish = finish(response, !self.calls.is_empty());
                let mut last = chunk(&self.id, &self.model, &json!({}), Some(finish));
                if let Some(usage) = Responses.usage(response) {
                    last["usage"] = usage.to_json();
                }
                return Ok(vec![last]);
            }
            "response.failed" | "error" => {
                let error = &event["response"]["error"]["message"];
                let told = error.as_str().or_else(|| event["message"].as_str());
                let told = told.unwrap_or("without a reason");
                return Err(Malformed(format!("the provider broke the answer off: {told}")));
            }
            _ => return Ok(Vec::new()),
        };
        Ok(vec![chunk(&self.id, &self.model, &delta, None)])
    }
}
