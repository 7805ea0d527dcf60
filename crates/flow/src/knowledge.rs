//! Steps that use knowledge bases: `search`, and `ask` with `sources`. A search is a read like that of
//! an action, so that the engine has no second way to read.

use codex32_model::definition::{Ask, Bot, Search, Step, Tool, Verb};
use codex32_model::schema::Schema;
use codex32_model::value::Value;
use indexmap::IndexMap;

/// The action that a `search` step is carried out by. It is in no catalogue: the verb is its spelling.
pub const SEARCH: &str = "knowledge.search";

/// A passage, as a step gets it.
pub fn passage() -> Schema {
    Schema::object([
        ("text", Schema::String),
        ("score", Schema::Number),
        ("title", Schema::String.or_null()),
        ("source", Schema::String.or_null()),
        ("document", Schema::String),
        ("position", Schema::Integer),
    ])
}

/// What an `ask` step gives where anything is said of it: with `sources` the answer and the passages
/// that it cites.
pub fn ask_output(ask: &Ask) -> Option<Schema> {
    if ask.sources.is_empty() {
        return ask.output.clone();
    }
    let citation = Schema::object([
        ("number", Schema::Integer),
        ("text", Schema::String),
        ("score", Schema::Number),
        ("title", Schema::String.or_null()),
        ("source", Schema::String.or_null()),
        ("document", Schema::String),
        ("position", Schema::Integer),
    ]);
    Some(Schema::object([
        ("answer", ask.output.clone().unwrap_or(Schema::String)),
        ("citations", Schema::array(citation)),
    ]))
}

/// The input of the action of a `search` step, before its expressions are evaluated.
pub fn search_input(search: &Search) -> IndexMap<String, Value> {
    IndexMap::from([
        ("base".to_owned(), Value::from(search.base.as_str())),
        ("query".to_owned(), Value::from(search.query.as_str())),
        ("top".to_owned(), Value::Int(i64::from(search.top))),
    ])
}

/// What a rehearsal shows in the place of a search.
pub fn made_up(input: &Value) -> Value {
    let base = input.get("base").map(Value::to_text).unwrap_or_default();
    Value::list([Value::object([
        ("text", Value::from(format!("(a passage of `{base}`)"))),
        ("score", Value::from(1.0)),
        ("title", Value::from("(its title)")),
        ("source", Value::from("(its source)")),
        ("document", Value::from("(its document)")),
        ("position", Value::Int(0)),
    ])])
}

/// The knowledge bases that a bot names, with the places that do, in order.
pub fn bases(bot: &Bot) -> IndexMap<String, String> {
    let mut out = IndexMap::new();
    let mut visit = |path: &str, step: &Step| {
        let named: Vec<String> = match &step.verb {
            Verb::Search(search) => vec![search.base.clone()],
            Verb::Ask(ask) => ask.sources.clone(),
            Verb::Agent(agent) => {
                let base = |tool: &'_ Tool| match tool {
                    Tool::Search { base } => Some(base.clone()),
                    _ => None,
                };
                agent.tools.iter().filter_map(base).collect()
            }
            _ => return,
        };
        for base in named {
            out.entry(base).or_insert_with(|| path.to_owned());
        }
    };
    crate::check::walk(&bot.steps, "steps", &mut visit);
    crate::check::walk(&bot.on_error, "on_error", &mut visit);
    out
}
