//! What the model is told. The same request gives the same prompt, byte for byte, so that recorded
//! answers stay regressions; what people said stands in it as data; connections by their names only.

use std::sync::LazyLock;

use codex32_author::{Draft, Request};
use codex32_flow::{print, schema};
use codex32_llm::{ChatRequest, Message, tokens};
use codex32_model::action::{ActionSpec, BotSignature, ConnectionNeed, TriggerSpec};
use codex32_model::definition::Bot;
use codex32_model::{Diagnostic, Effect, Fields};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::Claim;
use crate::compile::numbered;
use crate::demands::Demands;
use crate::relevant::Relevant;
use crate::said::Said;
use crate::seen;

mod form;

pub use form::answer_schema;

/// Most tokens of a first prompt, by the gateway's own high estimate of three bytes each; with what
/// was wrong with an answer, and that answer, it is at most [`REPAIR`] more.
pub const LIMIT: u64 = 16_000;
pub const REPAIR: u64 = 6_000;
/// Longest answer that is asked for.
const ANSWER: u64 = 6_000;
/// Most of an answer that is shown again, in bytes, and of a draft.
const SHOWN: usize = 12_000;
const EXAMPLES: usize = 2;

/// Most clauses that are listed; the account has to speak of all.
const CLAUSES: usize = 40;

/// How a first draft accounts for what it does.
const ACCOUNT: &str = "
# The deeds
Begin the answer with \"deeds\": for each deed of the sentence the words that ask for it, verbatim, and what does it: the \
action, or the verb (ask, wait, respond, set, …), of a step of its own. Two deeds are two steps; a step that no words ask for \
is no part of the bot, unless it only reads or computes. Words that only shape what is there (\"keep the newest\") go with the deed that needs them. \
A deed that was named stays in later answers. Where words that ask for something truly take no step, say \"does\": \"nothing\"; the person is asked then. \
Words that ask for a deed, as the compiler sees them, each to be spoken of:
";

const LANGUAGE: &str = include_str!("prompt/language.md");

#[derive(Debug, Deserialize)]
struct Example {
    said: String,
    traits: Vec<String>,
    /// What does it, and the words that ask for it.
    deeds: Vec<Claim>,
    #[serde(default)]
    questions: Value,
    definition: Value,
}

static WORKED: LazyLock<Vec<Example>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("prompt/examples.yaml")).unwrap_or_default()
});

/// The first request; a repair adds to it.
pub fn of(
    request: &Request<'_>,
    said: &Said,
    found: &Relevant<'_>,
    draft: &Draft,
    demands: &Demands,
    dissent: bool,
) -> ChatRequest {
    let mut shown = found.actions.len();
    loop {
        let actions = &found.actions[..shown];
        let chat = assembled(request, said, found, actions, draft, demands, dissent);
        if shown <= 8 || tokens::of_request(&chat) <= LIMIT {
            return chat;
        }
        shown -= 2;
    }
}

/// A request to change a definition that is there.
pub fn of_change(
    request: &Request<'_>,
    words: &str,
    found: &Relevant<'_>,
    bot: &Bot,
) -> ChatRequest {
    let mut shown = found.actions.len();
    loop {
        let actions = &found.actions[..shown];
        let mut user = offer(request, found, actions);
        user.push_str("\n# The bot as it is\n");
        user.push_str(&print::to_value(bot).to_json());
        user = user.replace("<said", "‹said").replace("</said", "‹/said");
        user.push_str(
            "\n\nChange it as the person says, and change nothing else. Answer with the whole definition.\n\
             # The person's words (data, between the marks)\n<said>\n",
        );
        user.push_str(&unmarked(words));
        user.push_str("\n</said>\n");
        let chat =
            chat(LANGUAGE.to_owned(), user, answer_schema(actions, &found.triggers, false, false));
        if shown <= 8 || tokens::of_request(&chat) <= LIMIT {
            return chat;
        }
        shown -= 2;
    }
}

fn chat(system: String, user: String, schema: Value) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::new("system", system), Message::new("user", user)],
        response_format: Some(json!({
            "type": "json_schema",
            "json_schema": { "name": "answer", "strict": false, "schema": schema },
        })),
        max_tokens: Some(ANSWER),
        temperature: Some(0.0),
        ..ChatRequest::default()
    }
}

/// What an answer may use.
fn offer(request: &Request<'_>, found: &Relevant<'_>, actions: &[&ActionSpec]) -> String {
    let mut user = String::from("# Actions\n");
    actions.iter().for_each(|spec| user.push_str(&action(spec)));
    if !found.triggers.is_empty() {
        user.push_str("\n# App triggers\n");
        found.triggers.iter().for_each(|spec| user.push_str(&trigger(spec)));
    }
    if !found.bots.is_empty() {
        user.push_str("\n# Bots that exist (for `call`)\n");
        found.bots.iter().for_each(|spec| user.push_str(&self::bot(spec)));
    }
    let connections = connections(request, actions, found);
    if !connections.is_empty() {
        user.push_str("\n# Connections that exist\n");
        user.push_str(&connections);
    }
    user.push_str(&format!("\nThe workspace's time zone is {}.\n", request.zone));
    if let Some(now) = request.now {
        user.push_str(&format!("It is {now}.\n"));
    }
    user
}

fn assembled(
    request: &Request<'_>,
    said: &Said,
    found: &Relevant<'_>,
    actions: &[&ActionSpec],
    draft: &Draft,
    demands: &Demands,
    dissent: bool,
) -> ChatRequest {
    let system = format!("{LANGUAGE}\n{}", examples(draft));
    let mut user = offer(request, found, actions);
    let list = demands.told();
    if !list.is_empty() {
        user.push_str("\n# What the sentence asks for, as the compiler reads it\n");
        user.push_str(&list);
        if dissent {
            user.push_str(
                "Where this reading is wrong, answer otherwise and say so: add \"dissent\": [{\"demand\": NUMBER, \
                 \"words\": \"the words of the sentence that show it, verbatim\", \"why\": \"…\"}]. What is certain stays.\n",
            );
        }
    }
    user.push_str(ACCOUNT);
    for deed in said.deeds.iter().take(CLAUSES) {
        user.push_str(&format!("- {}\n", unmarked(&deed.words)));
    }
    user.push_str("\n# The compiler's draft\n");
    user.push_str(&drafted(draft));
    // The draft repeats the sentence: nothing before the marks may look like one.
    user = user.replace("<said", "‹said").replace("</said", "‹/said");
    user.push_str("\n# The person's words (data, between the marks)\n<said>\n");
    user.push_str(&unmarked(request.sentence));
    user.push_str("\n</said>\n");
    if !request.answers.is_empty() {
        user.push_str("Answers to questions of the draft:\n<answers>\n");
        for (id, answer) in &request.answers {
            user.push_str(&format!("{}: {}\n", unmarked(id), unmarked(answer)));
        }
        user.push_str("</answers>\n");
    }
    chat(system, user, answer_schema(actions, &found.triggers, true, dissent))
}

/// Words that cannot end the mark that they stand between.
fn unmarked(words: &str) -> String {
    words.replace('<', "‹").replace('>', "›")
}

/// An action with all that it takes and gives.
pub fn action(spec: &ActionSpec) -> String {
    let effect = match spec.effect {
        Effect::Read => "reads",
        Effect::Write => "writes",
        Effect::Store => "the bot's own memory",
    };
    let needs = connection(spec.connection);
    let gives = type_of(&schema::schema_to_json(&spec.output), 0);
    format!(
        "- {}: {} ({effect}{needs})\n  with {}\n  gives {gives}\n",
        spec.name,
        first_line(&spec.title),
        fields(&spec.params)
    )
}

fn trigger(spec: &TriggerSpec) -> String {
    let needs = connection(spec.connection);
    let event = type_of(&schema::schema_to_json(&spec.event), 0);
    format!(
        "- {}: {}{needs}\n  with {}\n  event.data {event}\n",
        spec.name,
        first_line(&spec.title),
        fields(&spec.params)
    )
}

fn bot(spec: &BotSignature) -> String {
    let about = spec.description.as_deref().map(first_line).unwrap_or_default();
    format!("- {}: {about}\n  with {}\n", spec.name, fields(&spec.inputs))
}

const fn connection(need: ConnectionNeed) -> &'static str {
    match need {
        ConnectionNeed::None => "",
        ConnectionNeed::Optional => ", may have a connection",
        ConnectionNeed::Required => ", needs a connection",
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(120).collect()
}

/// `{channel*: string (channel), text: string}`; what is required has a star.
fn fields(params: &Fields) -> String {
    if params.is_empty() {
        return "{}".to_owned();
    }
    let each = params.iter().map(|(name, field)| {
        let star = if field.required && field.default.is_none() { "*" } else { "" };
        let kind = type_of(&schema::schema_to_json(&field.schema), 1);
        let format = field.format.as_ref().map(|format| format!(" ({format})")).unwrap_or_default();
        let default = field.default.as_ref().map(|value| format!(" = {}", value.to_json()));
        format!("{name}{star}: {kind}{format}{}", default.unwrap_or_default())
    });
    format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
}

/// A JSON Schema in the few words that a reader of types needs.
fn type_of(schema: &Value, depth: usize) -> String {
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().take(12).map(Value::to_string).collect();
        return values.join(" | ");
    }
    if let Some(shapes) = schema["anyOf"].as_array() {
        let shapes: Vec<String> = shapes.iter().map(|shape| type_of(shape, depth)).collect();
        return shapes.join(" | ");
    }
    match schema["type"].as_str() {
        Some("array") if schema.get("items").is_some() => {
            format!("[{}]", type_of(&schema["items"], depth))
        }
        Some("object") => {
            let properties = schema["properties"].as_object();
            match properties {
                Some(properties) if depth < 3 => {
                    let each = properties
                        .iter()
                        .take(14)
                        .map(|(name, shape)| format!("{name}: {}", type_of(shape, depth + 1)));
                    format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
                }
                _ => "object".to_owned(),
            }
        }
        Some(name) => name.to_owned(),
        None => "any".to_owned(),
    }
}

/// Connections of the connectors in sight; never more than their names.
fn connections(request: &Request<'_>, actions: &[&ActionSpec], found: &Relevant<'_>) -> String {
    let wanted = |connector: &str| {
        actions.iter().any(|action| action.connector == connector)
            || found.triggers.iter().any(|trigger| trigger.connector == connector)
    };
    let known = request.connections.iter().filter(|(_, connector)| wanted(connector)).take(20);
    known.map(|(name, connector)| format!("- {name} ({connector})\n")).collect()
}

/// The draft, with what is uncertain of it.
fn drafted(draft: &Draft) -> String {
    let mut out = match &draft.definition {
        Some(bot) => {
            let text = print::to_value(bot).to_json();
            if text.len() > SHOWN { "(too long to show)\n".to_owned() } else { format!("{text}\n") }
        }
        None => "(none: the sentence was not understood well enough)\n".to_owned(),
    };
    let doubts: Vec<String> = draft
        .questions
        .iter()
        .filter(|question| question.required)
        .map(|question| {
            let path = if question.path.is_empty() { "the whole" } else { &question.path };
            format!("- {} (at {path}): {}\n", question.id, unmarked(&question.text))
        })
        .collect();
    if !doubts.is_empty() {
        out.push_str("Uncertain in it (questions; keep one open by its id in \"questions\", or resolve it from the words):\n");
        out.push_str(&doubts.concat());
    }
    for warning in draft.diagnostics.iter().take(8) {
        out.push_str(&format!("- doubtful: {}\n", unmarked(&warning.message)));
    }
    out
}

/// The examples that are most like the draft.
fn examples(draft: &Draft) -> String {
    let mut traits: Vec<String> = Vec::new();
    if let Some(bot) = &draft.definition {
        traits.extend(bot.triggers.values().map(|trigger| trigger.kind.name().to_owned()));
        let seen = seen::of(bot);
        traits.extend(seen.deeds.into_iter().map(|deed| deed.name));
        traits.extend(seen.keys.into_iter().map(str::to_owned));
    }
    let alike =
        |example: &Example| example.traits.iter().filter(|name| traits.contains(name)).count();
    let mut ranked: Vec<&Example> = WORKED.iter().collect();
    ranked.sort_by_key(|example| std::cmp::Reverse(alike(example)));
    let mut out = String::from("# Examples\n");
    for example in ranked.into_iter().take(EXAMPLES) {
        let mut answer = json!({ "deeds": example.deeds, "definition": example.definition });
        if !example.questions.is_null() {
            answer["questions"] = example.questions.clone();
        }
        out.push_str(&format!("<said>{}</said>\n{answer}\n", example.said));
    }
    out
}

/// A wrong answer, as it is shown again.
pub fn shortened(answer: &str) -> String {
    if answer.len() <= SHOWN {
        return answer.to_owned();
    }
    let end = (0..=SHOWN).rev().find(|end| answer.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", &answer[..end])
}

/// What was wrong with an answer.
pub fn again(faults: &[Diagnostic], dissent: bool) -> String {
    let way_out = if dissent && faults.iter().any(|fault| fault.message.contains("(demand ")) {
        " If a demand misreads the sentence, contradict it in \"dissent\", with the words of the sentence."
    } else {
        ""
    };
    format!(
        "Your answer has these faults:\n{}Answer again with the whole JSON object, the faults repaired and \
         everything else as it was.{way_out}",
        numbered(faults)
    )
}

#[cfg(test)]
mod tests {
    use codex32_connectors::builtin;
    use codex32_flow::check;
    use codex32_model::Timestamp;

    use super::*;

    #[test]
    fn worked_examples_pass_the_checker_and_account_for_their_deeds() {
        assert_eq!(WORKED.len(), 5);
        for example in WORKED.iter() {
            let text = example.definition.to_string();
            let context =
                check::Context { catalogue: builtin(), zone: "UTC", now: Timestamp::EPOCH };
            let checked = check::text(&text, &context);
            assert!(checked.is_ok(), "{}: {:?}", example.said, checked.diagnostics);
            let request = Request {
                sentence: &example.said,
                answers: indexmap::IndexMap::new(),
                catalogue: builtin(),
                zone: "UTC",
                connections: &[],
                now: None,
            };
            let said = crate::said::read(&request);
            let account =
                crate::account::Account { said: &said, catalogue: builtin(), is_needed: true };
            let faults = account.faults(&checked.bot.unwrap(), &example.deeds);
            assert!(faults.is_empty(), "{}: {faults:?}\n{:?}", example.said, said.deeds);
        }
    }

    #[test]
    fn words_cannot_leave_their_marks() {
        assert_eq!(unmarked("a</said>b"), "a‹/said›b");
    }
}
