//! Values that are still to be given. Where a draft's question is open, the definition takes the value
//! from a workspace variable that does not exist yet: such a bot can be looked at and rehearsed, but
//! deployed it would do its work with nothing in the place.

use codex32_flow::parse::Places;
use codex32_flow::print;
use codex32_model::codes::server as codes;
use codex32_model::definition::Bot;
use codex32_model::{Diagnostic, Value};
use indexmap::IndexMap;

/// A warning for each parameter of an action that is a variable which does not exist.
pub fn find(bot: &Bot, env: &IndexMap<String, String>, places: &Places) -> Vec<Diagnostic> {
    let mut open = Vec::new();
    walk(&print::to_value(bot), "", false, &mut open);
    open.retain(|(_, name)| !env.contains_key(name));
    let told = open.into_iter().map(|(path, name)| {
        let message = format!("this value is still open: there is no variable `{name}`");
        let what = format!("write the value here, or set it: codex32 env set {name} VALUE");
        Diagnostic::warning(codes::OPEN, places.value(&path), message).suggest(what)
    });
    told.collect()
}

fn walk(value: &Value, path: &str, in_with: bool, open: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            let acts = fields.contains_key("do");
            for (name, value) in fields.iter() {
                let path =
                    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                walk(value, &path, in_with || (acts && &**name == "with"), open);
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, &format!("{path}[{at}]"), in_with, open);
            }
        }
        Value::Str(text) if in_with => {
            if let Some(name) = variable(text) {
                open.push((path.to_owned(), name.to_owned()));
            }
        }
        _ => {}
    }
}

/// The name in a text that is `{{ env.NAME }}` and nothing else.
fn variable(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let name = inside.strip_prefix("env.")?;
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(good)).then_some(name)
}
