//! What changes between two definitions, in pieces that a person takes or leaves one by one.
//!
//! Both are compared in their JSON spelling. Steps are matched by id, else by what they do; a block that is
//! there in both is looked into. [`merge`] applies only the pieces that were taken: the result is between
//! the two, and may need the checker, because one piece can need another.

use codex32_flow::print;
use codex32_model::Value;
use codex32_model::definition::Bot;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Removed,
    Changed,
    /// The same step at another place.
    Moved,
}

/// A piece of a difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hunk {
    /// From 1, in the order of the definition.
    pub number: usize,
    pub change: Change,
    /// Where: in the new definition, of what is removed in the old one.
    pub path: String,
    /// What it is about, such as "step `mail`".
    pub title: String,
    /// The part before and after, as YAML; empty where there is none.
    pub before: String,
    pub after: String,
}

/// All pieces between two definitions.
pub fn diff(before: &Bot, after: &Bot) -> Vec<Hunk> {
    let mut walk = Walk { hunks: Vec::new(), taken: &|_| true };
    walk.bot(&spelled(before), &spelled(after));
    walk.hunks
}

/// The definition before with those pieces applied that were taken.
pub fn merge(before: &Bot, after: &Bot, taken: &[usize]) -> Value {
    let mut walk = Walk { hunks: Vec::new(), taken: &|number| taken.contains(&number) };
    let merged = walk.bot(&spelled(before), &spelled(after));
    Value::from_json(&merged.to_string()).unwrap_or_default()
}

fn spelled(bot: &Bot) -> Json {
    json!(print::to_value(bot))
}

struct Walk<'t> {
    hunks: Vec<Hunk>,
    taken: &'t dyn Fn(usize) -> bool,
}

const LISTS: &[&str] = &["steps", "then", "else", "default", "try", "catch", "finally"];
const NAMED: &[&str] = &["cases", "parallel"];

impl Walk<'_> {
    /// Notes a piece; whether it is taken.
    fn hunk(
        &mut self,
        change: Change,
        path: &str,
        title: String,
        before: Option<&Json>,
        after: Option<&Json>,
    ) -> bool {
        let number = self.hunks.len() + 1;
        let yaml = |part: Option<&Json>| part.map(yaml).unwrap_or_default();
        self.hunks.push(Hunk {
            number,
            change,
            path: path.to_owned(),
            title,
            before: yaml(before),
            after: yaml(after),
        });
        (self.taken)(number)
    }

    fn bot(&mut self, before: &Json, after: &Json) -> Json {
        let mut out = Map::new();
        let keys =
            ["bot", "description", "inputs", "output", "triggers", "steps", "on_error", "limits"];
        for key in keys {
            let (old, new) = (before.get(key), after.get(key));
            let merged = match key {
                "triggers" | "inputs" => self.named(key, old, new),
                "steps" | "on_error" => {
                    let list = self.list(key, list_of(old), list_of(new));
                    (!list.is_empty() || key == "steps").then(|| Json::Array(list))
                }
                _ => self.whole(key, key.to_owned(), old, new),
            };
            if let Some(value) = merged {
                out.insert(key.to_owned(), value);
            }
        }
        Json::Object(out)
    }

    /// A part that is taken or left as one.
    fn whole(
        &mut self,
        path: &str,
        title: String,
        old: Option<&Json>,
        new: Option<&Json>,
    ) -> Option<Json> {
        let change = match (old, new) {
            (old, new) if old == new => return old.cloned(),
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            _ => Change::Changed,
        };
        let taken = self.hunk(change, path, title, old, new);
        if taken { new.cloned() } else { old.cloned() }
    }

    /// Triggers and inputs, by their names.
    fn named(&mut self, key: &str, old: Option<&Json>, new: Option<&Json>) -> Option<Json> {
        let empty = Map::new();
        let old = old.and_then(Json::as_object).unwrap_or(&empty);
        let new = new.and_then(Json::as_object).unwrap_or(&empty);
        let mut out = Map::new();
        let what = key.trim_end_matches('s');
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        for name in new.keys().chain(gone) {
            let title = format!("{what} `{name}`");
            let path = format!("{key}.{name}");
            if let Some(value) = self.whole(&path, title, old.get(name), new.get(name)) {
                out.insert(name.clone(), value);
            }
        }
        (!out.is_empty()).then_some(Json::Object(out))
    }

    fn list(&mut self, path: &str, old: &[Json], new: &[Json]) -> Vec<Json> {
        let pairs = aligned(old, new);
        // Each with where it was.
        let mut out: Vec<(Option<usize>, Json)> = Vec::new();
        let mut from = 0;
        for (at, step) in new.iter().enumerate() {
            let place = format!("{path}[{at}]");
            let Some(was) = pairs[at] else {
                let title = format!("step {}", name_of(step));
                if self.hunk(Change::Added, &place, title, None, Some(step)) {
                    out.push((None, step.clone()));
                }
                continue;
            };
            // What stood before it and is gone comes first, where it was.
            for gone in (from..was).filter(|gone| !pairs.contains(&Some(*gone))) {
                self.removed(path, gone, &old[gone], &mut out);
            }
            from = from.max(was + 1);
            let step = self.step(&place, &old[was], step);
            out.push((Some(was), step));
        }
        for gone in (from..old.len()).filter(|gone| !pairs.contains(&Some(*gone))) {
            self.removed(path, gone, &old[gone], &mut out);
        }
        self.order(path, new, &pairs, &mut out);
        out.into_iter().map(|(_, step)| step).collect()
    }

    /// Steps that are there in both, in another order: one piece for the list.
    fn order(
        &mut self,
        path: &str,
        new: &[Json],
        pairs: &[Option<usize>],
        out: &mut [(Option<usize>, Json)],
    ) {
        let early = (0..new.len()).find(|at| {
            pairs[*at].is_some_and(|was| pairs[at + 1..].iter().flatten().any(|later| *later < was))
        });
        let Some(early) = early else { return };
        let title = format!("step {}", name_of(&new[early]));
        let place = format!("{path}[{early}]");
        if self.hunk(Change::Moved, &place, title, Some(&new[early]), Some(&new[early])) {
            return;
        }
        let slots: Vec<usize> = (0..out.len()).filter(|slot| out[*slot].0.is_some()).collect();
        let mut kept: Vec<(Option<usize>, Json)> =
            slots.iter().map(|slot| out[*slot].clone()).collect();
        kept.sort_by_key(|(was, _)| *was);
        for (slot, step) in slots.into_iter().zip(kept) {
            out[slot] = step;
        }
    }

    fn removed(
        &mut self,
        path: &str,
        at: usize,
        step: &Json,
        out: &mut Vec<(Option<usize>, Json)>,
    ) {
        let title = format!("step {}", name_of(step));
        if !self.hunk(Change::Removed, &format!("{path}[{at}]"), title, Some(step), None) {
            out.push((Some(at), step.clone()));
        }
    }

    fn step(&mut self, path: &str, old: &Json, new: &Json) -> Json {
        if old == new {
            return old.clone();
        }
        let (Some(before), Some(after)) = (old.as_object(), new.as_object()) else {
            return new.clone();
        };
        if !has_blocks(before) || !has_blocks(after) {
            let title = format!("step {}", name_of(new));
            let taken = self.hunk(Change::Changed, path, title, Some(old), Some(new));
            return if taken { new.clone() } else { old.clone() };
        }
        // A block: its own keys are one piece, what is in it is looked into.
        let own = |fields: &Map<String, Json>| -> Map<String, Json> {
            let own = fields.iter().filter(|(key, _)| !is_block(key));
            own.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let (own_before, own_after) = (Json::Object(own(before)), Json::Object(own(after)));
        let mut out = own(before);
        if own_before != own_after {
            let title = format!("step {}", name_of(new));
            if self.hunk(Change::Changed, path, title, Some(&own_before), Some(&own_after)) {
                out = own(after);
            }
        }
        for key in
            LISTS.iter().filter(|key| before.contains_key(**key) || after.contains_key(**key))
        {
            let inner = format!("{path}.{key}");
            let list = self.list(&inner, list_of(before.get(*key)), list_of(after.get(*key)));
            if !list.is_empty() {
                out.insert((*key).to_owned(), Json::Array(list));
            }
        }
        for key in
            NAMED.iter().filter(|key| before.contains_key(**key) || after.contains_key(**key))
        {
            let merged = self.branches(path, key, before.get(*key), after.get(*key));
            out.insert((*key).to_owned(), merged);
        }
        Json::Object(out)
    }

    fn branches(&mut self, path: &str, key: &str, old: Option<&Json>, new: Option<&Json>) -> Json {
        let empty = Map::new();
        let old = old.and_then(Json::as_object).unwrap_or(&empty);
        let new = new.and_then(Json::as_object).unwrap_or(&empty);
        let mut out = Map::new();
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        for name in new.keys().chain(gone) {
            let inner = format!("{path}.{key}.{name}");
            let list = self.list(&inner, list_of(old.get(name)), list_of(new.get(name)));
            if !list.is_empty() {
                out.insert(name.clone(), Json::Array(list));
            }
        }
        Json::Object(out)
    }
}

fn list_of(value: Option<&Json>) -> &[Json] {
    value.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn is_block(key: &str) -> bool {
    LISTS.contains(&key) || NAMED.contains(&key)
}

fn has_blocks(step: &Map<String, Json>) -> bool {
    step.keys().any(|key| is_block(key))
}

type Alike<'a> = &'a dyn Fn(&Json, &Json) -> bool;

/// For each new step the old one that it was: the same id, else the same text, else the same action.
fn aligned(old: &[Json], new: &[Json]) -> Vec<Option<usize>> {
    let mut pairs: Vec<Option<usize>> = vec![None; new.len()];
    let alike: [Alike<'_>; 3] =
        [&|a, b| a == b, &|a, b| a["id"].is_string() && a["id"] == b["id"], &|a, b| {
            (a["id"].is_null() || b["id"].is_null()) && verb_of(a) == verb_of(b)
        }];
    for fits in alike {
        for (at, step) in new.iter().enumerate() {
            if pairs[at].is_none() {
                let free = |was: &usize| !pairs.contains(&Some(*was));
                pairs[at] = (0..old.len()).filter(free).find(|was| fits(&old[*was], step));
            }
        }
    }
    pairs
}

const VERBS: &[&str] = &[
    "do", "code", "set", "if", "switch", "for_each", "parallel", "try", "wait", "approve", "ask",
    "agent", "search", "call", "emit", "respond", "return",
];

/// The verb, with the action of a `do`.
fn verb_of(step: &Json) -> Option<String> {
    let verb = VERBS.iter().find(|verb| step.get(**verb).is_some())?;
    let action = if *verb == "do" { step["do"].as_str().unwrap_or_default() } else { "" };
    Some(format!("{verb} {action}").trim().to_owned())
}

fn name_of(step: &Json) -> String {
    match (step["id"].as_str(), verb_of(step)) {
        (Some(id), _) => format!("`{id}`"),
        (None, Some(verb)) => format!("`{verb}`"),
        (None, None) => "without a verb".to_owned(),
    }
}

fn yaml(part: &Json) -> String {
    let value = Value::from_json(&part.to_string()).unwrap_or_default();
    print::fragment(&value)
}

#[cfg(test)]
mod tests;
