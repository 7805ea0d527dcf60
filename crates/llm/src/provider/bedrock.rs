//! Amazon Bedrock's `Converse`, the same for all models there.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>. A schema becomes a
//! tool that the model must use.

use serde_json::{Map, Value, json};

use super::anthropic::{ANSWER, ONLY_OPENAI, arguments, call, list, system};
use super::sign::encoded;
use super::{Adapter, Framing, Malformed, Reader, Sign, To, Unfit, Wire, bearer, join, parsed};
use crate::chat::{ChatRequest, Message, Part, Reply, Usage, chunk, data_url};

pub struct Bedrock;

impl Adapter for Bedrock {
    fn chat(&self, to: To<'_>, request: &ChatRequest, stream: bool) -> Result<Wire, Unfit> {
        let mut body = json!({ "messages": messages(&request.messages)? });
        let system = system(&request.messages);
        if !system.is_empty() {
            body["system"] = json!([{ "text": system }]);
        }
        let mut config = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                config.insert(name.to_owned(), value);
            }
        };
        set("maxTokens", request.limit().map(Value::from));
        set("temperature", request.temperature.map(Value::from));
        set("topP", request.top_p.map(Value::from));
        set("stopSequences", request.stop.as_ref().map(list));
        if !config.is_empty() {
            body["inferenceConfig"] = Value::Object(config);
        }
        if let Some(tools) = tools(request) {
            body["toolConfig"] = tools;
        }
        let rest = request.rest.iter().filter(|(name, _)| !ONLY_OPENAI.contains(&name.as_str()));
        let more: Map<String, Value> =
            rest.chain(to.options).map(|(name, value)| (name.clone(), value.clone())).collect();
        if !more.is_empty() {
            body["additionalModelRequestFields"] = Value::Object(more);
        }
        let region = to.field("region").unwrap_or("us-east-1").to_owned();
        let usual = format!("https://bedrock-runtime.{region}.amazonaws.com");
        let base = to.field("endpoint").filter(|url| !url.is_empty()).unwrap_or(&usual);
        let method = if stream { "converse-stream" } else { "converse" };
        let url = join(base, &format!("model/{}/{method}", encoded(to.model.as_bytes())));
        // Keys of Bedrock's own are bearer tokens; all others sign.
        let token = to.field("token").filter(|token| !token.is_empty());
        let sign = token.is_none().then_some(Sign { region, service: "bedrock" });
        let credentials = token.map(bearer).unwrap_or_default();
        Ok(Wire { url, headers: Vec::new(), credentials, body, sign })
    }

    fn read(&self, request: &ChatRequest, body: Value) -> Result<Reply, Malformed> {
        let content = body["output"]["message"]["content"].as_array();
        let content = content.ok_or_else(|| Malformed("the answer has no content".to_owned()))?;
        let (mut text, mut calls) = (String::new(), Vec::new());
        for block in content {
            text.push_str(block["text"].as_str().unwrap_or_default());
            let tool = &block["toolUse"];
            if is_answer(request, &tool["name"]) {
                text = tool["input"].to_string();
            } else if tool.is_object() {
                calls.push(call(&tool["toolUseId"], &tool["name"], &tool["input"]));
            }
        }
        let mut finish = finish(body["stopReason"].as_str().unwrap_or_default());
        if calls.is_empty() && finish == "tool_calls" {
            finish = "stop";
        }
        let text = (calls.is_empty() || !text.is_empty()).then_some(text);
        Ok(Reply::build("", &request.model, text, calls, finish, self.usage(&body)))
    }

    fn reader(&self, request: &ChatRequest) -> Box<dyn Reader> {
        Box::new(Events { request: request.clone(), blocks: Vec::new(), calls: 0 })
    }

    fn framing(&self) -> Framing {
        Framing::Amazon
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        let usage = &body["usage"];
        let count = |name: &str| usage[name].as_u64().unwrap_or(0);
        let (cached, cache_write) = (count("cacheReadInputTokens"), count("cacheWriteInputTokens"));
        usage["inputTokens"].as_u64().map(|input| Usage {
            input: input + cached + cache_write,
            output: count("outputTokens"),
            cached,
            cache_write,
        })
    }
}

fn is_answer(request: &ChatRequest, name: &Value) -> bool {
    name == ANSWER && request.schema().is_some()
}

fn finish(reason: &str) -> &'static str {
    match reason {
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "guardrail_intervened" | "content_filtered" => "content_filter",
        _ => "stop",
    }
}

fn tools(request: &ChatRequest) -> Option<Value> {
    let mut tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            let function = &tool["function"];
            let schema =
                function.get("parameters").cloned().unwrap_or_else(|| json!({ "type": "object" }));
            let mut spec = json!({ "name": function["name"], "inputSchema": { "json": schema } });
            if let Some(description) = function.get("description") {
                spec["description"] = description.clone();
            }
            json!({ "toolSpec": spec })
        })
        .collect();
    let mut choice = match request.tool_choice.as_ref() {
        Some(choice) if choice.is_object() => {
            Some(json!({ "tool": { "name": choice["function"]["name"] } }))
        }
        Some(choice) if choice == "required" => Some(json!({ "any": {} })),
        Some(choice) if choice == "none" => return None,
        _ => None,
    };
    if let Some(schema) = request.schema() {
        tools.push(json!({ "toolSpec": {
            "name": ANSWER, "description": "Gives the answer.", "inputSchema": { "json": schema } } }));
        choice = Some(if tools.len() == 1 {
            json!({ "tool": { "name": ANSWER } })
        } else {
            json!({ "any": {} })
        });
    }
    if tools.is_empty() {
        return None;
    }
    let mut config = json!({ "tools": tools });
    if let Some(choice) = choice {
        config["toolChoice"] = choice;
    }
    Some(config)
}

fn messages(messages: &[Message]) -> Result<Vec<Value>, Unfit> {
    let mut out: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        let (role, content) = match message.role.as_str() {
            "system" | "developer" => continue,
            "tool" => {
                let result = json!({ "toolResult": {
                    "toolUseId": message.tool_call_id,
                    "content": [{ "text": message.text() }],
                } });
                ("user", vec![result])
            }
            role => {
                let parts = message.parts().into_iter().filter(|part| *part != Part::Text(""));
                let mut blocks = parts.map(block).collect::<Result<Vec<_>, _>>()?;
                blocks.extend(message.tool_calls.iter().map(|call| {
                    json!({ "toolUse": { "toolUseId": call["id"],
                        "name": call["function"]["name"], "input": arguments(call) } })
                }));
                (if role == "assistant" { "assistant" } else { "user" }, blocks)
            }
        };
        match out.last_mut() {
            Some((last, blocks)) if *last == role => blocks.extend(content),
            _ => out.push((role, content)),
        }
    }
    Ok(out.into_iter().map(|(role, blocks)| json!({ "role": role, "content": blocks })).collect())
}

fn block(part: Part<'_>) -> Result<Value, Unfit> {
    match part {
        Part::Text(text) => Ok(json!({ "text": text })),
        Part::Image(url) => {
            let unfit = || Unfit("Bedrock takes images as data: addresses only".to_owned());
            let (kind, data) = data_url(url).ok_or_else(unfit)?;
            let format = kind.rsplit('/').next().unwrap_or(kind);
            Ok(json!({ "image": { "format": format, "source": { "bytes": data } } }))
        }
    }
}

/// `messageStart`, `contentBlockStart`, `contentBlockDelta`, `messageStop`, `metadata`.
struct Events {
    request: ChatRequest,
    /// The call that a block is, or none for the answer and for texts.
    blocks: Vec<Option<usize>>,
    calls: usize,
}

impl Events {
    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Value {
        chunk("", &self.request.model, delta, finish)
    }
}

impl Reader for Events {
    fn piece(&mut self, name: &str, data: &str) -> Result<Vec<Value>, Malformed> {
        let event = parsed(data)?;
        let index = event["contentBlockIndex"].as_u64().unwrap_or(0).min(255) as usize;
        Ok(match name {
            "contentBlockStart" => {
                if self.blocks.len() <= index {
                    self.blocks.resize(index + 1, None);
                }
                let tool = &event["start"]["toolUse"];
                if !tool.is_object() || is_answer(&self.request, &tool["name"]) {
                    return Ok(Vec::new());
                }
                let place = self.calls;
                self.calls += 1;
                self.blocks[index] = Some(place);
                let call = json!([{ "index": place, "id": tool["toolUseId"], "type": "function",
                    "function": { "name": tool["name"], "arguments": "" } }]);
                vec![self.chunk(&json!({ "tool_calls": call }), None)]
            }
            "contentBlockDelta" => {
                let (delta, call) = (&event["delta"], self.blocks.get(index).copied().flatten());
                let delta = match (delta["text"].as_str(), delta["toolUse"]["input"].as_str(), call)
                {
                    (Some(text), ..) | (None, Some(text), None) => json!({ "content": text }),
                    (None, Some(part), Some(place)) => json!({
                        "tool_calls": [{ "index": place, "function": { "arguments": part } }]
                    }),
                    _ => return Ok(Vec::new()),
                };
                vec![self.chunk(&delta, None)]
            }
            "messageStop" => {
                let mut finish = finish(event["stopReason"].as_str().unwrap_or_default());
                if self.calls == 0 && finish == "tool_calls" {
                    finish = "stop";
                }
                vec![self.chunk(&json!({}), Some(finish))]
            }
            "metadata" => {
                let mut last = self.chunk(&json!({}), None);
                last["choices"] = json!([]);
                if let Some(usage) = Bedrock.usage(&event) {
                    last["usage"] = usage.to_json();
                }
                vec![last]
            }
            _ => Vec::new(),
        })
    }
}
