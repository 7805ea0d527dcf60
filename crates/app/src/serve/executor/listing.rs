//! What an agent's tools are, as its model is told: actions by the catalogue, bots by their live versions,
//! MCP servers by what they say of themselves, knowledge bases by their descriptions.

use codex32_connectors::ActionCall;
use codex32_engine::{Task, TaskOutcome, Wanted};
use codex32_flow::schema::schema_to_json;
use codex32_model::action::Catalogue;
use codex32_model::codes::connector as codes;
use codex32_model::{Fields, Schema, StepError, Value};
use serde_json::{Value as Json, json};

use super::{Executor, failed, knowledge};

/// Most tools of an agent: models lose their way among more.
const MOST_TOOLS: usize = 128;
/// Longest name that providers take, and longest description, in characters.
const MOST_NAME: usize = 64;
const MOST_TEXT: usize = 2_000;
/// Largest description of one tool's parameters, in bytes of JSON.
const MOST_SCHEMA: usize = 64 << 10;

/// Tools with names of their own.
#[derive(Default)]
struct Listed(Vec<Json>);

impl Listed {
    fn add(&mut self, name: &str, about: &str, parameters: Json, to: &str, tool: Option<&str>) {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let plain: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        let mut name: String = plain.chars().take(MOST_NAME).collect();
        let mut number = 1;
        while self.0.iter().any(|tool| tool["name"] == name.as_str()) {
            number += 1;
            let end = format!("_{number}");
            let begin: String = plain.chars().take(MOST_NAME - end.len()).collect();
            name = begin + &end;
        }
        let about: String = about.chars().take(MOST_TEXT).collect();
        let mut listed =
            json!({ "name": name, "description": about, "parameters": parameters, "to": to });
        if let Some(tool) = tool {
            listed["tool"] = json!(tool);
        }
        self.0.push(listed);
    }
}

/// What the model may choose: the fields without those that the definition fixes.
fn parameters(fields: &Fields, fixed: &[String]) -> Json {
    let free = fields.iter().filter(|(name, _)| !fixed.contains(name));
    let fields: Fields = free.map(|(name, field)| (name.clone(), field.clone())).collect();
    let mut schema = schema_to_json(&Schema::Object { fields, open: false });
    if schema.get("properties").is_none() {
        schema["properties"] = json!({});
    }
    schema
}

/// What the model may choose of a search.
fn search_parameters() -> Json {
    json!({
        "type": "object",
        "properties": {
            "query": {
                "type": "string",
                "minLength": 1,
                "maxLength": 2_000,
                "description": "What to look for: a question, or the words of the matter.",
            },
            "top": {
                "type": "integer",
                "minimum": 1,
                "maximum": 20,
                "description": "How many passages; 5 unless set.",
            },
        },
        "required": ["query"],
        "additionalProperties": false,
    })
}

fn refused(code: codex32_model::Code, message: String) -> TaskOutcome {
    TaskOutcome::Failed {
        error: StepError::new(code, message),
        retryable: false,
        retry_after: None,
        unknown: false,
        logs: Vec::new(),
    }
}

impl Executor {
    pub(super) async fn list_tools(&self, task: &Task, tools: Vec<Wanted>) -> TaskOutcome {
        let mut listed = Listed::default();
        for tool in tools {
            match tool {
                Wanted::Action { action, fixed, to } => {
                    let Some(spec) = self.connectors.connectors().action(&action) else {
                        let message = format!("There is no action `{action}`.");
                        return refused(codes::UNKNOWN_ACTION, message);
                    };
                    let about = format!("{}. {}", spec.title, spec.description);
                    listed.add(&to, &about, parameters(&spec.params, &fixed), &to, None);
                }
                Wanted::Bot { bot, fixed, to, about } => {
                    let Some((about, inputs)) = about else {
                        let message = format!("there is no bot `{bot}` to call");
                        return refused(codex32_model::codes::run::NO_BOT, message);
                    };
                    let about = about.unwrap_or_else(|| format!("The bot {bot}."));
                    listed.add(&to, &about, parameters(&inputs, &fixed), &to, None);
                }
                Wanted::Mcp { server, allow, approve, to } => {
                    let server = Server { name: &server, allow: &allow, approve, to: &to };
                    if let Err(outcome) = self.list_server(task, server, &mut listed).await {
                        return outcome;
                    }
                }
                Wanted::Search { base, to } => {
                    let found = match self.knowledge.base(task.scope, &base).await {
                        Ok(found) => found,
                        Err(error) => return knowledge::failed(&error),
                    };
                    let mut about = format!("Searches the knowledge base `{base}`");
                    if !found.description.is_empty() {
                        about.push_str(&format!(" ({})", found.description));
                    }
                    about.push_str(
                        ". Gives passages, the best first, with their titles and sources.",
                    );
                    listed.add(&to, &about, search_parameters(), &to, None);
                }
            }
        }
        if listed.0.len() > MOST_TOOLS {
            let message = format!(
                "the agent has {} tools, and at most {MOST_TOOLS} are told to a model; name those \
                 of an MCP server that it needs with `allow`",
                listed.0.len()
            );
            return refused(codex32_model::codes::run::TOOLS, message);
        }
        let output = Value::from_json(&Json::from(listed.0).to_string()).unwrap_or_default();
        TaskOutcome::Done { output, logs: Vec::new() }
    }

    async fn list_server(
        &self,
        task: &Task,
        server: Server<'_>,
        listed: &mut Listed,
    ) -> Result<(), TaskOutcome> {
        let credentials = self.credentials(task.scope.workspace, server.name).await;
        let credentials = credentials.map_err(failed)?;
        let call = ActionCall {
            scope: task.scope,
            action: "mcp.list_tools",
            input: Value::object::<&str>([]),
            credentials: Some(&credentials),
            key: None,
            timeout: task.timeout,
        };
        let done = self.tokens.execute(Some(server.name), call).await.map_err(failed)?;
        let tools: Json = serde_json::from_str(&done.output.to_json()).unwrap_or_default();
        let tools = tools["tools"].as_array().map_or(&[][..], Vec::as_slice);
        let has = |name: &String| tools.iter().any(|tool| tool["name"] == name.as_str());
        if let Some(missing) = server.allow.iter().find(|name| !has(name)) {
            let there: Vec<_> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
            let message = format!(
                "the MCP server `{}` has no tool `{missing}`; it has {}",
                server.name,
                there.join(", ")
            );
            return Err(refused(codex32_model::codes::run::TOOLS, message));
        }
        for tool in tools {
            let name = tool["name"].as_str().unwrap_or_default();
            let Some(to) = server.way(name, tool) else { continue };
            let parameters = match &tool["input_schema"] {
                schema if schema.is_object() && schema.to_string().len() <= MOST_SCHEMA => {
                    schema.clone()
                }
                _ => json!({ "type": "object", "properties": {} }),
            };
            let about = tool["description"].as_str().unwrap_or_default();
            listed.add(&format!("{}-{name}", server.name), about, parameters, to, Some(name));
        }
        Ok(())
    }
}

/// An MCP server and what an agent may do with it.
struct Server<'a> {
    name: &'a str,
    allow: &'a [String],
    approve: Option<bool>,
    /// For tools that only read, for those that write, and for those that people approve.
    to: &'a [String; 3],
}

impl Server<'_> {
    /// How one of its tools is used; `None`: not at all.
    fn way(&self, name: &str, tool: &Json) -> Option<&str> {
        let reads = tool["read_only"] == true;
        let destroys = tool["destructive"] == true;
        let harmless = reads || tool["destructive"] == false;
        let allowed = match self.allow {
            [] => reads || !destroys,
            allow => allow.iter().any(|allowed| allowed == name),
        };
        let [read, write, ask] = self.to;
        let way = match self.approve {
            Some(true) => ask,
            Some(false) if reads => read,
            Some(false) => write,
            None if reads => read,
            None if harmless => write,
            // It does not say that it spares what is there.
            None => ask,
        };
        allowed.then_some(way.as_str())
    }
}

#[cfg(test)]
mod tests;
