//! What a bot remembers from run to run: a value that it looks up and never keeps is a step left out,
//! which no clause of a sentence tells of ("above the last average").

use codex32_model::codes::builder as codes;
use codex32_model::definition::Bot;
use codex32_model::{Diagnostic, Place, Value};

use crate::seen::{self, Deed};

/// What is looked up in the bot's own memory and kept there by no step; nothing of that where the
/// compiler's draft does the same.
pub fn unkept(bot: &Bot, draft: Option<&Bot>) -> Vec<Diagnostic> {
    let known = draft.map(lookups).unwrap_or_default();
    let new = lookups(bot).into_iter().filter(|(_, key)| !known.iter().any(|(_, old)| old == key));
    new.map(|(path, key)| {
        let message = format!(
            "It looks up {key:?} in its memory, and no step keeps it there: do that, too (`state.set`)."
        );
        Diagnostic::error(codes::MISSING, Place { path, ..Place::default() }, message)
    })
    .collect()
}

/// The places of lookups for which nothing is kept, with their keys.
fn lookups(bot: &Bot) -> Vec<(String, String)> {
    let deeds = seen::of(bot).deeds;
    let is_memory = |deed: &&Deed| deed.name.starts_with("state.");
    let (looks, keeps): (Vec<&Deed>, Vec<&Deed>) =
        deeds.iter().filter(is_memory).partition(|deed| deed.name == "state.get");
    let kept: Vec<&str> = keeps.into_iter().filter_map(key).collect();
    let is_kept = |key: &str| kept.iter().any(|other| *other == key || other.contains("{{"));
    let open =
        looks.into_iter().filter_map(|deed| Some((deed.path.clone(), key(deed)?.to_owned())));
    open.filter(|(_, key)| !key.contains("{{") && !is_kept(key)).collect()
}

fn key(deed: &Deed) -> Option<&str> {
    deed.with.iter().find(|(name, _)| name == "key").and_then(|(_, value)| Value::as_str(value))
}
