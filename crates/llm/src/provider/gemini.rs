//! Gemini's `generateContent`.
//!
//! <https://ai.google.dev/api/generate-content>, <https://ai.google.dev/api/embeddings>

use serde_json::{Map, Value, json};

use super::anthropic::{ONLY_OPENAI, arguments, list, system};
use super::sign::encoded;
use super::{Adapter, Malformed, Reader, To, Unfit, Wire, join, parsed};
use crate::chat::{ChatRequest, Message, Part, Reply, Usage, chunk, data_url};

pub struct Gemini;

const URL: &str = "https://generativelanguage.googleapis.com/v1beta";

fn wire(to: To<'_>, method: &str, body: Value) -> Wire {
    let model = to.model.strip_prefix("models/").unwrap_or(to.model);
    let base = to.field("base_url").unwrap_or(URL);
    Wire {
        url: join(base, &format!("models/{}:{method}", encoded(model.as_bytes()))),
        headers: Vec::new(),
        credentials: vec![("x-goog-api-key", to.field("key").unwrap_or_default().to_owned())],
        body,
        sign: None,
    }
}

impl Adapter for Gemini {
    fn chat(&self, to: To<'_>, request: &ChatRequest, stream: bool) -> Result<Wire, Unfit> {
        let mut body = json!({ "contents": contents(&request.messages)? });
        let system = system(&request.messages);
        if !system.is_empty() {
            body["systemInstruction"] = json!({ "parts": [{ "text": system }] });
        }
        if !request.tools.is_empty() {
            body["tools"] = tools(&request.tools);
        }
        if let Some(config) = request.tool_choice.as_ref().and_then(tool_config) {
            body["toolConfig"] = json!({ "functionCallingConfig": config });
        }
        let mut config = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                config.insert(name.to_owned(), value);
            }
        };
        set("maxOutputTokens", request.limit().map(Value::from));
        set("temperature", request.temperature.map(Value::from));
        set("topP", request.top_p.map(Value::from));
        set("stopSequences", request.stop.as_ref().map(list));
        set("seed", request.rest.get("seed").cloned());
        if let Some(format) = &request.response_format
            && format["type"] != "text"
        {
            set("responseMimeType", Some(json!("application/json")));
            set("responseJsonSchema", request.schema().cloned());
        }
        if !config.is_empty() {
            body["generationConfig"] = Value::Object(config);
        }
        let rest = request.rest.iter().filter(|(name, _)| !ONLY_OPENAI.contains(&name.as_str()));
        for (name, value) in rest.chain(to.options) {
            merge(&mut body, name, value);
        }
        let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
        Ok(wire(to, method, body))
    }

    fn read(&self, _request: &ChatRequest, body: Value) -> Result<Reply, Malformed> {
        let blocked = body["promptFeedback"]["blockReason"].as_str();
        let candidate = &body["candidates"][0];
        if !candidate.is_object() && blocked.is_none() {
            return Err(Malformed("the answer has no candidates".to_owned()));
        }
        let (text, calls) = parts(candidate, 0);
        let finish = match (blocked, calls.is_empty()) {
            (Some(_), _) => "content_filter",
            (None, false) => "tool_calls",
            (None, true) => finish(candidate["finishReason"].as_str().unwrap_or_default()),
        };
        let id = body["responseId"].as_str().unwrap_or_default();
        let model = body["modelVersion"].as_str().unwrap_or_default();
        let text = (calls.is_empty() || !text.is_empty()).then_some(text);
        Ok(Reply::build(id, model, text, calls, finish, self.usage(&body)))
    }

    fn reader(&self, _request: &ChatRequest) -> Box<dyn Reader> {
        Box::new(Pieces { calls: 0 })
    }

    fn usage(&self, body: &Value) -> Option<Usage> {
        let usage = &body["usageMetadata"];
        let count = |name: &str| usage[name].as_u64().unwrap_or(0);
        usage["promptTokenCount"].as_u64().map(|input| Usage {
            input: input + count("toolUsePromptTokenCount"),
            output: count("candidatesTokenCount") + count("thoughtsTokenCount"),
            cached: count("cachedContentTokenCount"),
            cache_write: 0,
        })
    }

    fn embeddings(
        &self,
        to: To<'_>,
        texts: &[String],
        rest: &Map<String, Value>,
    ) -> Result<Wire, Unfit> {
        let model = to.model.strip_prefix("models/").unwrap_or(to.model);
        let requests: Vec<Value> = texts
            .iter()
            .map(|text| {
                let mut request = json!({
                    "model": format!("models/{model}"), "content": { "parts": [{ "text": text }] }
                });
                if let Some(dimensions) = rest.get("dimensions") {
                    request["outputDimensionality"] = dimensions.clone();
                }
                for (name, value) in to.options {
                    request[name] = value.clone();
                }
                request
            })
            .collect();
        Ok(wire(to, "batchEmbedContents", json!({ "requests": requests })))
    }

    fn read_embeddings(&self, body: &Value) -> Result<(Vec<Value>, Option<Usage>), Malformed> {
        let list = body["embeddings"].as_array();
        let list = list.ok_or_else(|| Malformed("the answer has no embeddings".to_owned()))?;
        let vectors: Vec<Value> = list.iter().map(|one| one["values"].clone()).collect();
        if vectors.iter().any(|vector| !vector.is_array()) {
            return Err(Malformed("an embedding of the answer is no list".to_owned()));
        }
        Ok((vectors, self.usage(body)))
    }
}

/// Objects are merged, so that an option of `generationConfig` does not replace the others.
fn merge(body: &mut Value, name: &str, value: &Value) {
    match (body[name].as_object_mut(), value.as_object()) {
        (Some(fields), Some(more)) => fields.extend(more.clone()),
        _ => body[name] = value.clone(),
    }
}

fn finish(reason: &str) -> &'static str {
    match reason {
        "" | "STOP" => "stop",
        "MAX_TOKENS" => "length",
        _ => "content_filter",
    }
}

/// Text and calls of a candidate; calls are numbered from `first`.
fn parts(candidate: &Value, first: usize) -> (String, Vec<Value>) {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
        // Thoughts are shown to nobody.
        if part["thought"] == true {
            continue;
        }
        text.push_str(part["text"].as_str().unwrap_or_default());
        let function = &part["functionCall"];
        if let Some(name) = function["name"].as_str() {
            let id = function["id"].as_str().map(str::to_owned);
            let id = id.unwrap_or_else(|| format!("call_{}", first + calls.len()));
            let arguments = function.get("args").cloned().unwrap_or_else(|| json!({}));
            let mut call = json!({ "id": id, "type": "function",
                "function": { "name": name, "arguments": arguments.to_string() } });
            // It has to come back with the call, or the next request is refused.
            if let Some(signature) = part.get("thoughtSignature") {
                call["extra_content"] = json!({ "google": { "thought_signature": signature } });
            }
            calls.push(call);
        }
    }
    (text, calls)
}

fn tools(tools: &[Value]) -> Value {
    let (mut functions, mut out) = (Vec::new(), Vec::new());
    for tool in tools {
        let function = &tool["function"];
        if !function.is_object() {
            // One of Google's own, such as search.
            out.push(tool.clone());
            continue;
        }
        let mut declared = json!({ "name": function["name"] });
        if let Some(description) = function.get("description") {
            declared["description"] = description.clone();
        }
        if let Some(parameters) = function.get("parameters") {
            declared["parametersJsonSchema"] = parameters.clone();
        }
        functions.push(declared);
    }
    if !functions.is_empty() {
        out.insert(0, json!({ "functionDeclarations": functions }));
    }
    Value::Array(out)
}

fn tool_config(choice: &Value) -> Option<Value> {
    Some(match choice.as_str() {
        Some("auto") => json!({ "mode": "AUTO" }),
        Some("none") => json!({ "mode": "NONE" }),
        Some("required") => json!({ "mode": "ANY" }),
        Some(_) => return None,
        None => json!({ "mode": "ANY", "allowedFunctionNames": [choice["function"]["name"]] }),
    })
}

fn contents(messages: &[Message]) -> Result<Vec<Value>, Unfit> {
    let mut out: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        let (role, parts) = match message.role.as_str() {
            "system" | "developer" => continue,
            "tool" => ("user", vec![result(messages, message)]),
            role => {
                let parts = message.parts().into_iter().filter(|part| *part != Part::Text(""));
                let mut parts = parts.map(part).collect::<Result<Vec<_>, _>>()?;
                parts.extend(message.tool_calls.iter().map(|call| {
                    let mut part = json!({ "functionCall": {
                        "name": call["function"]["name"], "args": arguments(call) } });
                    let signature = &call["extra_content"]["google"]["thought_signature"];
                    if !signature.is_null() {
                        part["thoughtSignature"] = signature.clone();
                    }
                    part
                }));
                (if role == "assistant" { "model" } else { "user" }, parts)
            }
        };
        match out.last_mut() {
            Some((last, so_far)) if *last == role => so_far.extend(parts),
            _ => out.push((role, parts)),
        }
    }
    Ok(out.into_iter().map(|(role, parts)| json!({ "role": role, "parts": parts })).collect())
}

/// The result of a call, which Gemini knows by the function's name.
fn result(messages: &[Message], message: &Message) -> Value {
    let id = message.tool_call_id.as_deref().unwrap_or_default();
    let calls = messages.iter().flat_map(|message| &message.tool_calls);
    let name = calls.clone().find(|call| call["id"] == id).map(|call| &call["function"]["name"]);
    let text = message.text();
    let response = match serde_json::from_str::<Value>(&text) {
        Ok(value @ Value::Object(_)) => value,
        _ => json!({ "result": text }),
    };
    json!({ "functionResponse": { "name": name, "response": response } })
}

fn part(part: Part<'_>) -> Result<Value, Unfit> {
    match part {
        Part::Text(text) => Ok(json!({ "text": text })),
        Part::Image(url) => match data_url(url) {
            Some((kind, data)) => Ok(json!({ "inlineData": { "mimeType": kind, "data": data } })),
            None => Err(Unfit("Gemini takes images as data: addresses only".to_owned())),
        },
    }
}

/// Each piece is an answer of its own, with the next part.
struct Pieces {
    calls: usize,
}

impl Reader for Pieces {
    fn piece(&mut self, _name: &str, data: &str) -> Result<Vec<Value>, Malformed> {
        let body = parsed(data)?;
        if let Some(told) = body["error"]["message"].as_str() {
            return Err(Malformed(format!("the provider broke the answer off: {told}")));
        }
        let candidate = &body["candidates"][0];
        let blocked = body["promptFeedback"]["blockReason"].is_string();
        if !candidate.is_object() && !blocked && body.get("usageMetadata").is_none() {
            return Err(Malformed("a piece of the answer has no candidates".to_owned()));
        }
        let id = body["responseId"].as_str().unwrap_or_default();
        let model = body["modelVersion"].as_str().unwrap_or_default();
        let (text, calls) = parts(candidate, self.calls);
        let mut delta = json!({ "content": text });
        if !calls.is_empty() {
            let numbered = calls.into_iter().enumerate().map(|(at, mut call)| {
                call["index"] = json!(self.calls + at);
                call
            });
            let numbered: Vec<Value> = numbered.collect();
            self.calls += numbered.len();
            delta["tool_calls"] = Value::Array(numbered);
        }
        let finish = match candidate["finishReason"].as_str() {
            _ if blocked => Some("content_filter"),
            Some(_) if self.calls > 0 => Some("tool_calls"),
            Some(reason) => Some(finish(reason)),
            None => None,
        };
        let mut piece = chunk(id, model, &delta, finish);
        if let Some(usage) = Gemini.usage(&body) {
            piece["usage"] = usage.to_json();
        }
        Ok(vec![piece])
    }
}
