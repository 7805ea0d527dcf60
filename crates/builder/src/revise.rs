//! A change in words by the model: the same loop as a first draft, held against the definition as it is.
//!
//! What the words do not speak of stays: an address that stood there and is gone without being named is a
//! fault, as is one that nobody named.

use codex32_author::{Question, QuestionKind, Request};
use codex32_flow::{check, parse, print};
use codex32_llm::{ChatRequest, Message};
use codex32_model::codes::builder as codes;
use codex32_model::definition::Bot;
use codex32_model::{Code, Diagnostic, Place, Value};
use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use crate::answer;
use crate::conversation::World;
use crate::model::Model;
use crate::{demands, prompt, relevant, said, seen};

/// What came of it.
pub struct Revised {
    pub outcome: Result<Bot, (Code, String)>,
    pub questions: Vec<Question>,
    pub says: String,
    pub cost: i64,
}

/// Asks the model for the definition with the change in it.
pub async fn revise(
    words: &str,
    earlier: &[String],
    bot: &Bot,
    model: &dyn Model,
    world: &World<'_>,
) -> Revised {
    // Services are found by what was said before as well.
    let all = format!("{}. {words}", earlier.join(". "));
    let all: String = all.chars().take(codex32_author::text::MAX_CHARS).collect();
    let request = Request {
        sentence: &all,
        answers: IndexMap::new(),
        catalogue: world.catalogue,
        zone: world.zone,
        connections: world.connections,
        now: Some(world.now),
    };
    let said = said::read(&request);
    let standing = codex32_author::Draft {
        definition: Some(bot.clone()),
        questions: Vec::new(),
        connections: Vec::new(),
        diagnostics: Vec::new(),
        explanation: String::new(),
        confidence: 1.0,
    };
    let found = relevant::find(&request, &said, &standing, world.bots);
    let first = prompt::of_change(&request, words, &found, bot);
    let mut revised = Revised {
        outcome: Err((codes::GAVE_UP, String::new())),
        questions: Vec::new(),
        says: String::new(),
        cost: 0,
    };
    let mut asked = first.clone();
    for round in 0..=world.options.repairs.min(5) {
        let completion = match model.complete(asked.clone()).await {
            Ok(completion) => completion,
            Err(error) => {
                revised.outcome = Err((error.code, error.message));
                return revised;
            }
        };
        revised.cost = revised.cost.saturating_add(completion.cost);
        let faults = match answer::read(&completion.text, completion.cut) {
            Err(message) => {
                vec![Diagnostic::error(codes::UNREADABLE, Place::default(), message)]
            }
            Ok(read) => {
                let tried = world.trial.faults(&read.parsed, world.catalogue).await;
                let context =
                    check::Context { catalogue: world.catalogue, zone: world.zone, now: world.now };
                let checked = check::parsed(read.parsed.clone(), &context);
                let mut faults: Vec<Diagnostic> =
                    checked.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
                faults.extend(tried.into_iter().filter(|found| found.is_error() || round == 0));
                if let Some(new) = checked.bot {
                    faults.extend(demands::invented(&new, &said, &standing, &[]));
                    faults.extend(lost(bot, &new, words));
                    if faults.is_empty() {
                        revised.questions = questions(&read.questions);
                        revised.says = read.says;
                        revised.outcome = if new == *bot {
                            Err((
                                codes::GAVE_UP,
                                "The language model would change nothing.".to_owned(),
                            ))
                        } else {
                            Ok(new)
                        };
                        return revised;
                    }
                }
                faults
            }
        };
        asked = again(&first, &completion.text, &faults);
    }
    let message = "None of the language model's answers was without faults, so the bot stays as it is. Say it in other \
                   words, or in smaller steps.";
    revised.outcome = Err((codes::GAVE_UP, message.to_owned()));
    revised
}

fn again(first: &ChatRequest, answer: &str, faults: &[Diagnostic]) -> ChatRequest {
    let mut asked = first.clone();
    asked.messages.push(Message::new("assistant", prompt::shortened(answer)));
    asked.messages.push(Message::new("user", prompt::again(faults, false)));
    asked
}

/// Addresses that were there and are gone, although the words take nothing away.
fn lost(before: &Bot, after: &Bot, words: &str) -> Vec<Diagnostic> {
    use codex32_author::text::{self, Kind};
    let low = text::fold(words);
    let takes = [
        "remove",
        "delete",
        "drop",
        "instead",
        "replace",
        "without",
        "change",
        "stop",
        "no longer",
        "only",
        "switch",
        "entfern",
        "loesch",
        "statt",
        "ersetz",
        "ohne",
        "aender",
        "nur",
        "nicht mehr",
        "rather",
    ];
    if takes.iter().any(|word| low.contains(word)) {
        return Vec::new();
    }
    let after = seen::of(after);
    let mut faults = Vec::new();
    for (path, value) in seen::of(before).texts {
        for token in text::read(&value).tokens {
            let address = matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url);
            if address && !after.has(&token.text) {
                let message = format!("{:?} is gone, and the words do not say so.", token.text);
                let place = Place { path: path.clone(), ..Place::default() };
                faults.push(Diagnostic::error(codes::MISSING, place, message));
            }
        }
    }
    faults
}

fn questions(asked: &[answer::Asked]) -> Vec<Question> {
    let question = |(at, asked): (usize, &answer::Asked)| Question {
        id: format!("model.{}", at + 1),
        kind: if asked.choices.is_empty() { QuestionKind::Value } else { QuestionKind::Choice },
        path: asked.path.clone(),
        text: asked.text.chars().take(400).collect(),
        required: true,
        default: None,
        choices: (!asked.choices.is_empty()).then(|| asked.choices.clone()),
    };
    asked.iter().enumerate().map(question).collect()
}

/// Questions whose places are still open.
pub fn still_open(bot: &Bot, old: &[Question], new: &[Question]) -> Vec<Question> {
    let seen = seen::of(bot);
    let stays = |question: &&Question| {
        let open =
            |(path, text): &(String, String)| *path == question.path && text.contains("{{ env.");
        seen.texts.iter().any(open) || seen.placeholders.contains(&question.path)
    };
    let mut out: Vec<Question> = old.iter().filter(stays).cloned().collect();
    for question in new.iter().filter(stays) {
        if !out.iter().any(|known| known.path == question.path) {
            out.push(question.clone());
        }
    }
    out
}

/// The definition with answers in the places of their questions, and the questions that are left.
pub fn filled(
    bot: &Bot,
    questions: &[Question],
    answers: &IndexMap<String, String>,
) -> (Bot, Vec<Question>) {
    let mut tree = json!(print::to_value(bot));
    let mut left = Vec::new();
    for question in questions {
        match answers.get(&question.id) {
            Some(answer) if fill(&mut tree, &question.path, answer) => {}
            _ => left.push(question.clone()),
        }
    }
    let value = Value::from_json(&tree.to_string()).unwrap_or_default();
    (parse::bot_from_value(&value).bot.unwrap_or_else(|| bot.clone()), left)
}

/// Puts an answer where a placeholder stands.
fn fill(tree: &mut Json, path: &str, answer: &str) -> bool {
    let mut here = tree;
    for part in path.split('.') {
        let (key, rest) = part.split_once('[').map_or((part, ""), |(key, rest)| (key, rest));
        let Some(next) = here.get_mut(key) else { return false };
        here = next;
        for at in rest.split('[').filter(|at| !at.is_empty()) {
            let Ok(at) = at.trim_end_matches(']').parse::<usize>() else { return false };
            let Some(next) = here.get_mut(at) else { return false };
            here = next;
        }
    }
    let Some(text) = here.as_str() else { return false };
    let (Some(from), Some(till)) = (text.find("{{ env."), text.find("}}")) else { return false };
    if till < from {
        return false;
    }
    // What a person says is no template.
    let plain = codex32_author::text::literal(answer);
    *here = json!(format!("{}{plain}{}", &text[..from], &text[till + 2..]));
    true
}
