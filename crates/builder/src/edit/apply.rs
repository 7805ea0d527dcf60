//! A wish carried out on a definition. The result is a proposal: the checker and a person come after.

use codex32_author::{Draft, Question, Request, draft, text};
use codex32_flow::{parse, print};
use codex32_model::definition::{Bot, Step, Trigger, TriggerKind};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::Wish;
use crate::{diff, seen, steps};

/// What came of it.
#[derive(Debug)]
pub enum Applied {
    /// The definition as it would be, and what is open in it.
    Changed { bot: Box<Bot>, says: String, questions: Vec<Question> },
    /// One of several is meant: a question with choices.
    Which { text: String, choices: Vec<String> },
    /// It cannot be done, and why.
    Not(String),
    /// Beyond these rules.
    Beyond,
}

/// What a definition was made of.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub sentence: &'a str,
    pub answers: &'a IndexMap<String, String>,
    /// Whether it is still as it was made.
    pub as_made: bool,
}

/// Carries out a wish.
pub fn apply(wish: &Wish, bot: &Bot, origin: Option<Origin<'_>>, request: &Request<'_>) -> Applied {
    let changed = |bot: Bot, says: String| Applied::Changed {
        bot: Box::new(bot),
        says,
        questions: Vec::new(),
    };
    match wish {
        Wish::Rename(name) => {
            let renamed = Bot { bot: name.clone(), ..bot.clone() };
            changed(renamed, format!("It would be called `{name}`."))
        }
        Wish::Schedule(schedules) => {
            let mut new = bot.clone();
            let at = new
                .triggers
                .values()
                .position(|trigger| matches!(trigger.kind, TriggerKind::Schedule(_)));
            let old: Option<Trigger> =
                at.and_then(|at| new.triggers.get_index(at)).map(|(_, old)| old.clone());
            new.triggers.retain(|_, trigger| !matches!(trigger.kind, TriggerKind::Schedule(_)));
            for (number, schedule) in schedules.iter().enumerate() {
                let name = if number == 0 {
                    "schedule".to_owned()
                } else {
                    format!("schedule_{}", number + 1)
                };
                let mut schedule = schedule.clone();
                let mut trigger =
                    Trigger { when: None, inputs: IndexMap::new(), kind: TriggerKind::Manual };
                if let Some(Trigger { when, inputs, kind: TriggerKind::Schedule(was) }) = &old {
                    (trigger.when, trigger.inputs) = (when.clone(), inputs.clone());
                    (schedule.missed, schedule.overlap) = (was.missed, was.overlap);
                    schedule.timezone = schedule.timezone.or_else(|| was.timezone.clone());
                }
                trigger.kind = TriggerKind::Schedule(schedule);
                new.triggers.insert(name, trigger);
            }
            let said = schedules.first().and_then(|schedule| {
                codex32_flow::schedule::parse(schedule, request.zone)
                    .ok()
                    .map(|parsed| parsed.describe())
            });
            changed(
                new,
                format!("It would run {}.", said.unwrap_or_else(|| "at these times".to_owned())),
            )
        }
        Wish::Remove(words) => match steps::named(bot, words, request.catalogue) {
            Some(found) => {
                let mut tree = json!(print::to_value(bot));
                if take_out(&mut tree, &found.path).is_none() {
                    return Applied::Beyond;
                }
                let users = users(bot, found.step.id.as_deref());
                let mut says = format!("Step {} would go.", found.number);
                if !users.is_empty() {
                    says.push_str(&format!(
                        " What it gives is used by {}; that would have to change, too.",
                        users.join(", ")
                    ));
                }
                read_back(&tree, says)
            }
            None => which(bot, "Which step shall go?"),
        },
        Wish::Move { step, after, other } => {
            move_step(bot, step, *after, other.as_deref(), request)
        }
        Wish::Receiver { from, to, kind } => replace(bot, from.as_deref(), to, *kind),
        Wish::Add(sentence) => add(sentence, bot, origin, request),
        _ => Applied::Beyond,
    }
}

/// Steps that refer to what a step gives.
pub(crate) fn users(bot: &Bot, id: Option<&str>) -> Vec<String> {
    let Some(id) = id else { return Vec::new() };
    let wanted = format!("steps.{id}");
    let uses = |text: &str| {
        text.match_indices(&wanted).any(|(at, _)| {
            let next = text[at + wanted.len()..].chars().next();
            !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
        })
    };
    let seen = seen::of(bot);
    let paths: Vec<&String> =
        seen.texts.iter().filter(|(_, text)| uses(text)).map(|(path, _)| path).collect();
    let all = steps::numbered(bot);
    let mut out = Vec::new();
    for found in &all {
        let here = paths.iter().any(|path| {
            path.strip_prefix(&found.path).is_some_and(|rest| {
                [
                    "",
                    ".with",
                    ".set",
                    ".if",
                    ".switch",
                    ".for_each",
                    ".when",
                    ".ask",
                    ".data",
                    ".to",
                    ".code",
                ]
                .iter()
                .any(|part| {
                    rest == *part || !part.is_empty() && rest.starts_with(&format!("{part}."))
                })
            })
        });
        if here {
            out.push(format!("step {}", found.number));
        }
    }
    out
}

fn which(bot: &Bot, text: &str) -> Applied {
    let choices = steps::numbered(bot).into_iter().map(|found| {
        let verb = codex32_flow::flow::verb_name(&found.step.verb);
        let name = found.step.id.clone().unwrap_or_else(|| verb.to_owned());
        format!("step {} ({name})", found.number)
    });
    Applied::Which { text: text.to_owned(), choices: choices.take(20).collect() }
}

/// The definition out of its JSON spelling; whether it is well is for the checker.
fn read_back(tree: &Json, says: String) -> Applied {
    let value = codex32_model::Value::from_json(&tree.to_string()).unwrap_or_default();
    match parse::bot_from_value(&value).partial {
        Some(bot) if !bot.steps.is_empty() => {
            Applied::Changed { bot: Box::new(bot), says, questions: Vec::new() }
        }
        _ => Applied::Not("Then nothing would be left to do.".to_owned()),
    }
}

/// The list and the place in it that a path (`steps[2].then[0]`) names.
fn list_at<'t>(tree: &'t mut Json, path: &str) -> Option<(&'t mut Vec<Json>, usize)> {
    let mut here = tree;
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let (key, at) = match part.split_once('[') {
            Some((key, at)) => (key, Some(at.strip_suffix(']')?.parse::<usize>().ok()?)),
            None => (part, None),
        };
        here = here.get_mut(key)?;
        match at {
            Some(at) if parts.peek().is_none() => return Some((here.as_array_mut()?, at)),
            Some(at) => here = here.get_mut(at)?,
            None => {}
        }
    }
    None
}

fn take_out(tree: &mut Json, path: &str) -> Option<Json> {
    let (list, at) = list_at(tree, path)?;
    (at < list.len()).then(|| list.remove(at))
}

fn move_step(
    bot: &Bot,
    step: &str,
    after: bool,
    other: Option<&str>,
    request: &Request<'_>,
) -> Applied {
    let Some(found) = steps::named(bot, step, request.catalogue) else {
        return which(bot, "Which step shall move?");
    };
    let target = match other {
        Some(words) => match steps::named(bot, words, request.catalogue) {
            Some(target) if target.path == found.path => {
                return Applied::Not("It is there.".to_owned());
            }
            Some(target) if target.path.starts_with(&found.path) => {
                return Applied::Not("A step cannot move into itself.".to_owned());
            }
            Some(target) => Some(target),
            None => return which(bot, "Before or after which step?"),
        },
        None => None,
    };
    let mut tree = json!(print::to_value(bot));
    // A mark keeps the place while the step is taken out.
    let mark = json!({ "mark": true });
    let put = match &target {
        Some(target) => list_at(&mut tree, &target.path).map(|(list, at)| {
            list.insert(if after { at + 1 } else { at }, mark.clone());
            target.path.as_str()
        }),
        None => tree["steps"].as_array_mut().map(|list| {
            list.insert(if after { list.len() } else { 0 }, mark.clone());
            "steps"
        }),
    };
    if put.is_none() {
        return Applied::Beyond;
    }
    let Some(wanted) = find_step(&json!(print::to_value(bot)), &found.path) else {
        return Applied::Beyond;
    };
    if !swap(&mut tree, &wanted, &mark) {
        return Applied::Beyond;
    }
    read_back(&tree, format!("Step {} would move.", found.number))
}

fn find_step(tree: &Json, path: &str) -> Option<Json> {
    let mut tree = tree.clone();
    take_out(&mut tree, path)
}

/// Removes the first step that is `wanted`, then puts it where the mark stands.
fn swap(tree: &mut Json, wanted: &Json, mark: &Json) -> bool {
    fn cut(value: &mut Json, wanted: &Json) -> bool {
        match value {
            Json::Array(items) => match items.iter().position(|item| item == wanted) {
                Some(at) => {
                    items.remove(at);
                    true
                }
                None => items.iter_mut().any(|item| cut(item, wanted)),
            },
            Json::Object(fields) => fields.values_mut().any(|value| cut(value, wanted)),
            _ => false,
        }
    }
    fn fill(value: &mut Json, mark: &Json, with: &Json) -> bool {
        if value == mark {
            *value = with.clone();
            return true;
        }
        match value {
            Json::Array(items) => items.iter_mut().any(|item| fill(item, mark, with)),
            Json::Object(fields) => fields.values_mut().any(|value| fill(value, mark, with)),
            _ => false,
        }
    }
    cut(tree, wanted) && fill(tree, mark, wanted)
}

/// An address in place of another, wherever it stands.
fn replace(bot: &Bot, from: Option<&str>, to: &str, kind: text::Kind) -> Applied {
    let mut known: Vec<String> = Vec::new();
    for (_, value) in seen::of(bot).texts {
        if value.contains("{{") && !value.contains("{{ env.") {
            continue;
        }
        for token in text::read(&value).tokens {
            if token.kind == kind && !known.contains(&token.text) && token.text != to {
                known.push(token.text);
            }
        }
    }
    let old = match (from, known.as_slice()) {
        (Some(from), _) if known.iter().any(|name| name == from) => from.to_owned(),
        (Some(from), _) => return Applied::Not(format!("{from} does not stand in the bot.")),
        (None, [only]) => only.clone(),
        (None, []) => return Applied::Beyond,
        (None, _) => {
            let choices = known.iter().map(|old| format!("use {to} instead of {old}"));
            return Applied::Which {
                text: format!("In place of which one shall {to} stand?"),
                choices: choices.collect(),
            };
        }
    };
    fn swap(value: &mut Json, old: &str, new: &str) {
        match value {
            Json::String(text) => *text = text.replace(old, new),
            Json::Array(items) => items.iter_mut().for_each(|item| swap(item, old, new)),
            Json::Object(fields) => fields.values_mut().for_each(|value| swap(value, old, new)),
            _ => {}
        }
    }
    let mut tree = json!(print::to_value(bot));
    for part in ["steps", "on_error", "triggers", "inputs"] {
        swap(&mut tree[part], &old, to);
    }
    if let Some(fields) = tree.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    read_back(&tree, format!("{to} would stand in place of {old}."))
}

/// A deed more: the whole said again with it where the bot is still as it was made; else what that adds to
/// the first draft; else the deed drafted alone. The last two are put at the end.
fn add(sentence: &str, bot: &Bot, origin: Option<Origin<'_>>, request: &Request<'_>) -> Applied {
    if sentence.trim().is_empty() {
        return Applied::Beyond;
    }
    let drafted = |sentence: &str, answers: IndexMap<String, String>| {
        draft(&Request { sentence, answers, ..*request })
    };
    if let Some(origin) = origin {
        let before = origin.sentence.trim().trim_end_matches(['.', ',']);
        let new = drafted(&format!("{before}, and {sentence}"), origin.answers.clone());
        if !crate::demands::is_unsure(&new) {
            if origin.as_made
                && let Some(mut after) = new.definition.clone()
            {
                // Its name and description stay: it is still the same bot.
                after.bot.clone_from(&bot.bot);
                after.description.clone_from(&bot.description);
                let hunks = diff::diff(bot, &after);
                if !hunks.is_empty() && hunks.iter().all(|hunk| hunk.change == diff::Change::Added)
                {
                    let says = ADDED.to_owned();
                    return Applied::Changed {
                        bot: Box::new(after),
                        says,
                        questions: new.questions,
                    };
                }
            }
            let first = drafted(origin.sentence, origin.answers.clone());
            if let Some(added) = more_than(&first, &new).and_then(|more| at_end(bot, more)) {
                return added;
            }
        }
    }
    let alone = drafted(sentence, IndexMap::new());
    let Some(more) = alone.definition.filter(|more| more.triggers.is_empty()) else {
        return Applied::Beyond;
    };
    if !more.inputs.is_empty() || more.steps.is_empty() {
        return Applied::Beyond;
    }
    let more = More { steps: more.steps, from: 0, questions: alone.questions };
    at_end(bot, more).unwrap_or(Applied::Beyond)
}

const ADDED: &str = "This would be added.";

/// Steps of a draft that are to be put into another definition.
struct More {
    steps: Vec<Step>,
    /// Where the first of them stands in the draft.
    from: usize,
    questions: Vec<Question>,
}

/// What a draft has at its end that an earlier one, otherwise the same, does not.
fn more_than(first: &Draft, new: &Draft) -> Option<More> {
    let (old, all) = (first.definition.as_ref()?, new.definition.as_ref()?);
    let from = old.steps.len();
    let same = all.triggers == old.triggers && all.inputs == old.inputs;
    if !same || all.steps.len() <= from || !all.steps.starts_with(&old.steps) {
        return None;
    }
    let questions = new.questions.iter().filter(|question| question.path.starts_with("steps["));
    Some(More { steps: all.steps[from..].to_vec(), from, questions: questions.cloned().collect() })
}

/// The steps at the end of a bot, under ids that it does not have; nothing where they do not read.
fn at_end(bot: &Bot, more: More) -> Option<Applied> {
    let known: Vec<String> =
        steps::numbered(bot).iter().filter_map(|found| found.step.id.clone()).collect();
    let alone = Bot { steps: more.steps, ..bot.clone() };
    let taken: Vec<String> = steps::numbered(&alone)
        .iter()
        .filter_map(|found| found.step.id.clone())
        .filter(|id| known.contains(id))
        .collect();
    let mut added = json!(print::to_value(&alone));
    for id in &taken {
        rename_id(&mut added["steps"], id, &format!("{id}_more"));
    }
    let mut tree = json!(print::to_value(bot));
    let (list, new) = (tree["steps"].as_array_mut()?, added["steps"].as_array()?);
    // What ends the run stays at the end.
    let ends = list.last().is_some_and(|last| last.get("return").is_some());
    let at = list.len() - usize::from(ends);
    list.splice(at..at, new.iter().cloned());
    let Applied::Changed { bot, says, .. } = read_back(&tree, ADDED.to_owned()) else {
        return None;
    };
    let place = |number: usize| format!("steps[{number}]");
    let moved = |question: Question| {
        let number = (0..new.len()).find(|n| question.path.starts_with(&place(more.from + n)))?;
        let path = question.path.replacen(&place(more.from + number), &place(at + number), 1);
        Some(Question { path, ..question })
    };
    let questions = more.questions.into_iter().filter_map(moved).collect();
    Some(Applied::Changed { bot, says, questions })
}

fn rename_id(value: &mut Json, id: &str, new: &str) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(|item| rename_id(item, id, new)),
        Json::Object(fields) => {
            if fields.get("id").and_then(Json::as_str) == Some(id) {
                fields.insert("id".to_owned(), json!(new));
            }
            fields.values_mut().for_each(|value| rename_id(value, id, new));
        }
        Json::String(text) => {
            *text = text.replace(&format!("steps.{id}."), &format!("steps.{new}."));
            *text = text.replace(&format!("steps.{id} "), &format!("steps.{new} "));
        }
        _ => {}
    }
}
