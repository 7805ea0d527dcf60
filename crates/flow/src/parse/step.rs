//! Steps: the keys that all share, and which verb it is.

use codex32_model::codes::bot as codes;
use codex32_model::definition::{Backoff, CodeStep, Language, OnError, Retry, Step, Verb};

use super::places::Path;
use super::reader::{Reader, entry, get};
use super::words;
use crate::expr::nearest;
use crate::source::{Entry, Kind, Node};

/// Keys of every step.
pub(crate) const COMMON: &[&str] = &["id", "name", "when", "retry", "timeout", "on_error", "note"];

/// The verbs, each with the keys that only it has.
pub(crate) const VERBS: &[(&str, &[&str])] = &[
    ("do", &["connection", "with"]),
    ("code", &["language", "network", "output"]),
    ("set", &[]),
    ("if", &["then", "else"]),
    ("switch", &["cases", "default"]),
    ("for_each", &["as", "concurrency", "steps"]),
    ("parallel", &[]),
    ("try", &["catch", "finally"]),
    ("wait", &[]),
    ("approve", &["to", "form", "expires", "default", "on_reject"]),
    ("ask", &["model", "sources", "output", "limits"]),
    ("agent", &["model", "tools", "output", "limits"]),
    ("search", &["query", "top"]),
    ("call", &["with", "detach"]),
    ("emit", &["data", "key"]),
    ("respond", &[]),
    ("return", &[]),
];

const RETRY_KEYS: &[&str] = &["attempts", "backoff", "first", "most"];

impl Reader {
    /// A list of steps that may be empty.
    pub fn steps(&mut self, node: &Node, path: &Path<'_>) -> Vec<Step> {
        let items = self.list(node, path, "steps").unwrap_or_default();
        let steps = items.iter().enumerate();
        steps.map(|(index, item)| self.step(item, &path.index(index))).collect()
    }

    /// A list of steps with at least one.
    pub fn some_steps(&mut self, node: &Node, path: &Path<'_>) -> Vec<Step> {
        if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
            self.error(codes::EMPTY, node.at, path, "Expected at least one step.");
        }
        self.steps(node, path)
    }

    /// The steps under that key, if it is there.
    pub fn branch(&mut self, entries: &[Entry], key: &str, path: &Path<'_>) -> Option<Vec<Step>> {
        get(entries, key).map(|node| self.steps(node, &path.key(key)))
    }

    fn step(&mut self, node: &Node, path: &Path<'_>) -> Step {
        self.steps += 1;
        let mut step = unreadable();
        let Some(entries) = self.open_map(node, path, "a step") else { return step };
        let verb = self.which(node, entries, path, "step", "verb", COMMON, VERBS);
        for Entry { key, value, .. } in entries {
            let path = path.key(key);
            match &**key {
                "id" => {
                    let rule = (words::is_id as fn(&str) -> bool, words::ID_RULE, '_');
                    step.id = self.name(value, &path, "id", rule);
                }
                "name" => step.name = self.text(value, &path, "the name"),
                "note" => step.note = self.text(value, &path, "the note"),
                "when" => step.when = self.expression(value, &path, "the condition"),
                "retry" => step.retry = self.retry(value, &path),
                "timeout" => step.timeout = self.duration(value, &path),
                "on_error" => {
                    let words = [("fail", OnError::Fail), ("continue", OnError::Continue)];
                    step.on_error = self.choice(value, &path, &words).unwrap_or_default();
                }
                _ => {}
            }
        }
        if let Some((verb, value)) = verb
            && let Some(verb) = self.verb(verb, node, value, entries, path)
        {
            step.verb = verb;
        }
        step
    }

    /// Finds the one verb (or kind of trigger) and reports the keys that do not go with it.
    #[expect(clippy::too_many_arguments, reason = "steps and triggers share it, word for word")]
    pub fn which<'n>(
        &mut self,
        node: &Node,
        entries: &'n [Entry],
        path: &Path<'_>,
        thing: &str,
        role: &str,
        common: &[&str],
        verbs: &[(&'static str, &'static [&'static str])],
    ) -> Option<(&'static str, &'n Node)> {
        let found: Vec<_> = verbs
            .iter()
            .filter_map(|verb| entry(entries, verb.0).map(|entry| (verb, entry)))
            .collect();
        let names = || verbs.iter().map(|(name, _)| *name);
        if let [_, (second, entry), ..] = &found[..] {
            let list: Vec<_> = found.iter().map(|((name, _), _)| format!("`{name}`")).collect();
            let message =
                format!("A {thing} has exactly one {role}; this one has {}.", list.join(" and "));
            let path = path.key(second.0);
            self.fix(
                codes::TWO_VERBS,
                entry.at,
                &path,
                message,
                format!("make a {thing} of its own of each"),
            );
        }
        let own: &[&str] = found.first().map_or(&[], |((_, own), _)| own);
        let mut guessed = false;
        for entry in entries {
            let key = &*entry.key;
            if common.contains(&key) || own.contains(&key) || names().any(|name| name == key) {
                continue;
            }
            if found.len() > 1 && found.iter().any(|((_, own), _)| own.contains(&key)) {
                continue;
            }
            let owners: Vec<_> = verbs
                .iter()
                .filter(|(_, own)| own.contains(&key))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let path = path.key(key);
            match (found.first(), owners.is_empty()) {
                (Some(((name, _), _)), false) => {
                    let message =
                        format!("`{key}` belongs to {}, not to `{name}`.", owners.join(" and "));
                    self.error(codes::FOREIGN_KEY, entry.at, &path, message);
                }
                // Which verb it goes with is told by the missing verb.
                (None, false) => {}
                (found, true) => {
                    let known: Vec<_> = match found {
                        Some(_) => common.iter().chain(own).copied().chain(names()).collect(),
                        None => names().chain(common.iter().copied()).collect(),
                    };
                    let what = match found {
                        Some(((name, _), _)) => format!("a {thing} with `{name}`"),
                        None => format!("a {thing}"),
                    };
                    let message = format!("`{key}` is no key of {what}.");
                    let suggestion = match nearest(key, known.iter().copied()) {
                        Some(name) => {
                            guessed |= names().any(|verb| verb == name);
                            format!("did you mean `{name}`?")
                        }
                        None => {
                            let known: Vec<_> = common.iter().chain(own).copied().collect();
                            format!("known keys: {}", known.join(", "))
                        }
                    };
                    self.fix(codes::UNKNOWN_KEY, entry.at, &path, message, suggestion);
                }
            }
        }
        let Some(((name, _), entry)) = found.first() else {
            if !guessed {
                let message = format!("The {thing} has no {role}; exactly one is needed.");
                let hint = entries.iter().find_map(|entry| {
                    let owners: Vec<_> = verbs
                        .iter()
                        .filter(|(_, own)| own.contains(&&*entry.key))
                        .map(|(name, _)| format!("`{name}`"))
                        .collect();
                    (!owners.is_empty())
                        .then(|| format!("`{}` goes with {}", entry.key, owners.join(" or ")))
                });
                let all = || format!("one of {}", names().collect::<Vec<_>>().join(", "));
                self.fix(codes::NO_VERB, node.at, path, message, hint.unwrap_or_else(all));
            }
            return None;
        };
        Some((name, &entry.value))
    }

    fn retry(&mut self, node: &Node, path: &Path<'_>) -> Option<Retry> {
        if let Kind::Int(number) = node.kind {
            let message = "Expected the retry as an object, found a number.";
            self.fix(
                codes::WRONG_TYPE,
                node.at,
                path,
                message,
                format!("write {{ attempts: {number} }}"),
            );
            return None;
        }
        let entries = self.map(node, path, "a retry", RETRY_KEYS)?;
        let mut retry = Retry::default();
        if get(entries, "attempts").is_none() {
            self.missing(node, path, "attempts", "how many tries in all, the first one included");
        }
        for Entry { key, value, .. } in entries {
            let path = path.key(key);
            match &**key {
                "attempts" => retry.attempts = self.whole(value, &path, 1, 100).unwrap_or(1),
                "backoff" => {
                    let words = [
                        ("constant", Backoff::Constant),
                        ("linear", Backoff::Linear),
                        ("exponential", Backoff::Exponential),
                    ];
                    retry.backoff = self.choice(value, &path, &words).unwrap_or_default();
                }
                "first" => retry.first = self.duration(value, &path).unwrap_or(retry.first),
                "most" => retry.most = self.duration(value, &path).unwrap_or(retry.most),
                _ => {}
            }
        }
        // A longer first pause than the default ceiling raises the ceiling.
        if get(entries, "most").is_none() {
            retry.most = retry.most.max(retry.first);
        } else if retry.first > retry.most
            && let Some(node) = get(entries, "most")
        {
            let message = "The longest pause (`most`) is shorter than the first one.";
            self.error(codes::RANGE, node.at, &path.key("most"), message);
        }
        Some(retry)
    }
}

/// Stands for a step that could not be read: it may give anything.
fn unreadable() -> Step {
    let code = CodeStep {
        code: String::new(),
        language: Language::default(),
        network: Vec::new(),
        output: None,
    };
    Step {
        id: None,
        name: None,
        note: None,
        when: None,
        retry: None,
        timeout: None,
        on_error: OnError::Fail,
        verb: Verb::Code(code),
    }
}
