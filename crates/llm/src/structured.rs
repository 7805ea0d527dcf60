//! Answers that fit a schema: asked for natively where the provider can, checked always, and asked for
//! again with the faults named.

use serde_json::{Value, json};

use crate::chat::{ChatRequest, Message, Usage};
use crate::error::Error;
use crate::gateway::{Answer, Caller, Gateway};

/// Most faults named at once.
const FAULTS: usize = 10;
/// How often an answer is asked for again.
const REASKS: u32 = 2;

/// A schema that providers take: their root is an object, so anything else stands in one.
pub struct Wrapped {
    pub schema: Value,
    wrapped: bool,
}

impl Wrapped {
    pub fn new(schema: &Value) -> Self {
        if schema["type"] == "object" {
            return Self { schema: closed(schema), wrapped: false };
        }
        let schema = json!({
            "type": "object",
            "properties": { "value": closed(schema) },
            "required": ["value"],
            "additionalProperties": false,
        });
        Self { schema, wrapped: true }
    }

    /// `response_format` of a request.
    pub fn format(&self) -> Value {
        let strict = is_strict(&self.schema);
        json!({
            "type": "json_schema",
            "json_schema": { "name": "answer", "strict": strict, "schema": self.schema },
        })
    }

    pub fn unwrap(&self, mut value: Value) -> Value {
        if self.wrapped { value["value"].take() } else { value }
    }
}

/// The schema with its objects closed where they name their fields: providers constrain only those.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut out: serde_json::Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), closed(value))).collect();
            if out.get("type") == Some(&json!("object"))
                && out.get("properties").is_some_and(Value::is_object)
                && !out.contains_key("additionalProperties")
            {
                out.insert("additionalProperties".to_owned(), json!(false));
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

/// Whether OpenAI's strict mode takes it: every object is closed and requires all of its fields.
fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            if schema["type"] == "object" {
                let Some(properties) = schema["properties"].as_object() else { return false };
                let required = schema["required"].as_array().map_or(0, Vec::len);
                if schema["additionalProperties"] != json!(false) || required != properties.len() {
                    return false;
                }
            }
            // A schema of anything is none.
            let shaped = ["type", "enum", "anyOf", "$ref", "const"];
            let nested = |name: &str| match name {
                "properties" | "$defs" => fields[name].as_object().is_none_or(|all| {
                    all.values().all(|each| {
                        shaped.iter().any(|key| each.get(key).is_some()) && is_strict(each)
                    })
                }),
                "items" => is_strict(&fields[name]),
                "anyOf" => fields[name].as_array().is_none_or(|all| all.iter().all(is_strict)),
                "default" | "examples" => false,
                _ => true,
            };
            fields.keys().all(|name| nested(name))
        }
        _ => true,
    }
}

/// Asks until the answer fits; the answer and its value.
pub async fn ask(
    gateway: &Gateway,
    caller: Caller,
    mut request: ChatRequest,
    schema: &Value,
) -> Result<(Answer, Value), Error> {
    let validator = jsonschema::validator_for(schema)
        .map_err(|error| Error::BadRequest(format!("the schema cannot be used: {error}")))?;
    let (mut spent, mut used) = (0_i64, Usage::default());
    let mut round = 0;
    loop {
        let mut answer = gateway.round(&caller, &request, round).await?;
        spent = spent.saturating_add(answer.cost);
        used = used.plus(answer.usage);
        (answer.cost, answer.usage) = (spent, used);
        if !answer.reply.tool_calls().is_empty() {
            return Ok((answer, Value::Null));
        }
        let text = answer.reply.text().to_owned();
        let faults = match read(&text) {
            Ok(value) => {
                let faults: Vec<String> = validator
                    .iter_errors(&value)
                    .take(FAULTS)
                    .map(|error| match error.instance_path().as_str() {
                        "" => error.to_string(),
                        place => format!("{place}: {error}"),
                    })
                    .collect();
                if faults.is_empty() {
                    return Ok((answer, value));
                }
                faults
            }
            Err(fault) => vec![fault],
        };
        if round >= REASKS {
            return Err(Error::Output(faults.join("; ")));
        }
        round += 1;
        request.messages.push(Message::new("assistant", text));
        request.messages.push(Message::new("user", again(&faults, schema)));
    }
}

/// The JSON of an answer, out of the fence that models like to put around it.
fn read(text: &str) -> Result<Value, String> {
    let text = text.trim();
    let inside = text
        .strip_prefix("```json")
        .or_else(|| text.strip_prefix("```"))
        .and_then(|rest| rest.trim_end().strip_suffix("```"))
        .unwrap_or(text);
    serde_json::from_str(inside.trim()).map_err(|error| format!("the answer is no JSON: {error}"))
}

fn again(faults: &[String], schema: &Value) -> String {
    format!(
        "That does not fit. Faults:\n- {}\nAnswer again with nothing but JSON that fits this JSON \
         Schema:\n{schema}",
        faults.join("\n- ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_stands_in_one() {
        let wrapped = Wrapped::new(&json!({ "type": "array", "items": { "type": "string" } }));
        assert_eq!(wrapped.schema["properties"]["value"]["type"], "array");
        assert_eq!(wrapped.unwrap(json!({ "value": ["a"] })), json!(["a"]));
        let plain = Wrapped::new(&json!({ "type": "object", "properties": {} }));
        assert_eq!(plain.unwrap(json!({ "value": 1 })), json!({ "value": 1 }));
    }

    #[test]
    fn strict_only_where_every_field_is_required_and_known() {
        let strict =
            |schema: Value| Wrapped::new(&schema).format()["json_schema"]["strict"].clone();
        let label = json!({ "type": "object", "required": ["a"],
            "properties": { "a": { "enum": ["x", "y"] } } });
        assert_eq!(strict(label), true);
        let optional = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
        assert_eq!(strict(optional), false);
        let anything = json!({ "type": "object", "required": ["a"], "properties": { "a": {} } });
        assert_eq!(strict(anything), false);
        assert_eq!(strict(json!({ "type": "string" })), true);
    }

    #[test]
    fn fences_are_taken_off() {
        assert_eq!(read("```json\n{\"a\": 1}\n```").unwrap(), json!({ "a": 1 }));
        assert_eq!(read(" [1] ").unwrap(), json!([1]));
        assert!(read("Sure! {\"a\": 1}").is_err());
    }
}
