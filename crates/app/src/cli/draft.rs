//! `draft "SENTENCE"`: a sentence becomes a definition, with questions about what is missing.

use std::io::{IsTerminal, Read};

use clap::Args;
use codex32_author::{Draft, Question, Request};
use codex32_flow::print;
use codex32_model::{Clock, Value};
use indexmap::IndexMap;
use serde_json::json;

use super::input::{self, Source};
use super::known::Known;
use super::remote::{self, Remote};
use super::render::{self, Shown};
use crate::clock::SystemClock;
use crate::config::{Settings, Zone};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain};

/// Turn a sentence into a bot
#[derive(Debug, Args)]
#[command(
    after_help = "The definition goes to standard output; the explanation, questions and what is doubtful to
standard error. On a terminal the questions can be answered at once.

Examples:
  codex32 draft \"when the webhook order arrives, answer thanks\" > order.yaml
  codex32 draft \"every weekday at 9 post the weather to Slack\" --answer channel='#general'
  codex32 draft \"every hour fetch https://example.com/\" --json | jq .questions"
)]
pub struct DraftArgs {
    /// What the bot should do, in your words (English or German); `-` reads standard input
    sentence: String,
    /// Answer a question of the draft by its id
    #[arg(long, value_name = "ID=VALUE")]
    answer: Vec<String>,
    /// Also know the bots and connections of the server
    #[arg(long)]
    with_server: bool,
    /// Ask this language model of the server (a named model, or CONNECTION/MODEL)
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// With --model: ask it only where the compiler is uncertain
    #[arg(long, requires = "model")]
    if_uncertain: bool,
    #[command(flatten)]
    zone: Zone,
}

/// Longer sentences are no sentences.
const MAX_SENTENCE: u64 = 20_000;

pub fn run(args: &DraftArgs, settings: &Settings, out: &Output) -> Outcome {
    let sentence = sentence(&args.sentence)?;
    let answers = args.answer.iter().map(|pair| input::pair("--answer", pair));
    let mut answers = answers.collect::<Result<IndexMap<_, _>, _>>()?;
    let known = Known::load(args.with_server, settings)?;
    let zone = args.zone.name()?;
    let connections: Vec<_> =
        known.connections.iter().map(|c| (c.name.clone(), c.connector.clone())).collect();
    let draft_with = |answers: &IndexMap<String, String>| {
        codex32_author::draft(&Request {
            sentence: &sentence,
            answers: answers.clone(),
            catalogue: &known,
            zone: &zone,
            connections: &connections,
            now: Some(SystemClock.now()),
        })
    };
    if let Some(model) = &args.model {
        let remote = Remote::new(settings, model, args.if_uncertain)?;
        return by_model(&remote, &known, &sentence, &zone, answers, out);
    }
    let mut draft = draft_with(&answers);
    if out.json {
        out.document(&document(&draft));
        return Ok(exit(&draft));
    }
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        while let Some((id, answer)) = ask(&draft, &answers, out) {
            answers.insert(id, answer);
            draft = draft_with(&answers);
        }
    }
    present(&draft, out);
    Ok(exit(&draft))
}

/// A draft made on the server, with a language model.
fn by_model(
    remote: &Remote,
    known: &Known,
    sentence: &str,
    zone: &str,
    mut answers: IndexMap<String, String>,
    out: &Output,
) -> Outcome {
    let mut reply = remote.draft(sentence, &answers, zone, None)?;
    if out.json {
        let there = !reply["definition"].is_null();
        out.document(&reply);
        return Ok(if there { Exit::Well } else { Exit::No });
    }
    let mut draft = remote::read(&reply, known, zone)?;
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        while let Some((id, answer)) = ask(&draft, &answers, out) {
            answers.insert(id, answer);
            reply = remote.draft(sentence, &answers, zone, None)?;
            draft = remote::read(&reply, known, zone)?;
        }
    }
    present(&draft, out);
    let tries = reply["tries"].as_u64().unwrap_or(0);
    let by = reply["by"].as_str().unwrap_or("compiler");
    out.note(format!("Made by the {}; the model gave {tries} answer(s).", plain(by)));
    if let Some(note) = reply["note"].as_str() {
        out.note(plain(note));
    }
    Ok(exit(&draft))
}

/// No definition means that the sentence was not understood well enough.
const fn exit(draft: &Draft) -> Exit {
    if draft.definition.is_some() { Exit::Well } else { Exit::No }
}

fn sentence(given: &str) -> Result<String, Failure> {
    let mut text = given.to_owned();
    if given == "-" {
        text.clear();
        let read = std::io::stdin().lock().take(MAX_SENTENCE + 1).read_to_string(&mut text);
        read.map_err(|error| Failure::misused(format!("standard input: {error}")))?;
    }
    if text.len() as u64 > MAX_SENTENCE {
        return Err(Failure::misused(format!("the sentence is longer than {MAX_SENTENCE} bytes")));
    }
    if text.trim().is_empty() {
        return Err(Failure::misused("there is no sentence")
            .help("say what the bot should do: codex32 draft \"every day at 9 …\""));
    }
    Ok(text)
}

/// The stable shape of `draft --json`.
fn document(draft: &Draft) -> serde_json::Value {
    let definition = draft.definition.as_ref().map_or(Value::Null, print::to_value);
    json!({
        "definition": definition,
        "questions": draft.questions,
        "connections": draft.connections,
        "diagnostics": draft.diagnostics,
        "explanation": draft.explanation,
        "confidence": draft.confidence,
    })
}

/// Asks the first required question that has no answer yet; none when nothing is left to ask, or the
/// person leaves it open.
fn ask(
    draft: &Draft,
    answers: &IndexMap<String, String>,
    out: &Output,
) -> Option<(String, String)> {
    let open = |question: &&Question| question.required && !answers.contains_key(&question.id);
    let question = draft.questions.iter().find(open)?;
    out.note(out.paint_err(Paint::Bold, &plain(&question.text)));
    for choice in question.choices.iter().flatten() {
        out.note(format!("  - {}", plain(choice)));
    }
    if let Some(default) = &question.default {
        out.note(format!("  (return takes {})", plain(default)));
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok()?;
    let given = line.trim();
    let answer = if given.is_empty() { question.default.clone()? } else { given.to_owned() };
    Some((question.id.clone(), answer))
}

fn present(draft: &Draft, out: &Output) {
    let text = draft.definition.as_ref().map(print::to_yaml);
    if let Some(text) = &text {
        out.raw(text);
    }
    if !draft.explanation.is_empty() {
        out.note(plain(&draft.explanation));
    }
    let source = Source { name: "draft".to_owned(), bytes: text.unwrap_or_default().into_bytes() };
    let shown: Vec<_> = draft.diagnostics.iter().map(Shown::from).collect();
    render::diagnostics(out, &source, &shown);
    for connection in draft.connections.iter().filter(|connection| !connection.bound) {
        let (name, connector) = (plain(&connection.name), plain(&connection.connector));
        out.note(format!(
            "It uses a connection `{name}`: codex32 connections add {name} --connector {connector} …"
        ));
    }
    questions(draft, out);
    if draft.definition.is_none() {
        out.note("There is no draft: say it in other words, or begin with `codex32 new TEMPLATE`.");
    }
}

fn questions(draft: &Draft, out: &Output) {
    for question in &draft.questions {
        let (paint, word) =
            if question.required { (Paint::Yellow, "question") } else { (Paint::Dim, "perhaps") };
        out.note(format!("{}: {}", out.paint_err(paint, word), plain(&question.text)));
        let choices = question.choices.as_deref().unwrap_or_default().join(" | ");
        let value = match (&question.default, choices.is_empty()) {
            (_, false) => choices,
            (Some(default), true) => default.clone(),
            (None, true) => "…".to_owned(),
        };
        out.note(format!("  --answer {}='{}'", plain(&question.id), plain(&value)));
    }
}
