//! `build`: a conversation that ends in a bot. On a terminal line by line; with `--say`, `--accept` and
//! the like as a script.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use serde_json::{Value, json};

use super::input;
use crate::client::Client;
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain};

/// Build a bot in a conversation, with a language model where it is needed
#[derive(Debug, Args)]
#[command(
    after_help = "The definition goes to standard output at the end, all else to standard error. In the conversation: a
change in words, an answer to a question, `yes`, `accept 1 and 3`, `no`, `undo`, `why is step 2 needed?`;
an empty line ends it. It is kept on the server: go on with --session.

Examples:
  codex32 build \"every day at 9 fetch https://example.com/orders and post it to #sales\"
  codex32 build --bot orders --say \"make it hourly\" --accept > orders.yaml
  codex32 build --session talk_0198… --undo --json"
)]
pub struct BuildArgs {
    /// What the bot should do
    sentence: Option<String>,
    /// Go on with a conversation
    #[arg(long, value_name = "ID", conflicts_with_all = ["sentence", "bot"])]
    session: Option<String>,
    /// Begin from a bot that is deployed
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// The language model to ask (a named model, or CONNECTION/MODEL)
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// When it is asked
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = ["offline", "auto", "always"])]
    effort: String,
    /// Answer an open question by its id
    #[arg(long, value_name = "ID=VALUE")]
    answer: Vec<String>,
    /// Say this; several are said one after the other
    #[arg(long, value_name = "WORDS")]
    say: Vec<String>,
    /// Accept the proposal, or only these pieces of it
    #[arg(long, value_name = "NUMBERS", num_args = 0..=1, value_delimiter = ',', default_missing_value = "0")]
    accept: Option<Vec<usize>>,
    /// Undo the last change
    #[arg(long)]
    undo: bool,
}

pub fn run(args: &BuildArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let mut talk = match &args.session {
        Some(id) => client.get(&["builder", "sessions", id], &[])?,
        None => {
            let terminal = std::io::stdin().is_terminal();
            if args.sentence.is_none() && args.bot.is_none() && !terminal && args.say.is_empty() {
                return Err(Failure::misused("there is no sentence")
                    .help("say what the bot should do: codex32 build \"every day at 9 …\""));
            }
            let body = json!({ "sentence": args.sentence, "bot": args.bot, "model": args.model, "effort": args.effort });
            client.post_patiently(&["builder", "sessions"], &body)?
        }
    };
    let id = talk["id"].as_str().unwrap_or_default().to_owned();
    let path = |end: &'static str| ["builder", "sessions", id.as_str(), end];
    if !args.answer.is_empty() {
        let pairs = args.answer.iter().map(|pair| input::pair("--answer", pair));
        let answers = pairs.collect::<Result<indexmap::IndexMap<_, _>, _>>()?;
        let body = json!({ "answers": answers, "model": args.model, "effort": args.effort });
        talk = client.post_patiently(&path("messages"), &body)?;
    }
    for words in &args.say {
        let body = json!({ "text": words, "model": args.model, "effort": args.effort });
        talk = client.post_patiently(&path("messages"), &body)?;
    }
    if let Some(pieces) = &args.accept {
        let pieces: Vec<usize> = pieces.iter().copied().filter(|piece| *piece > 0).collect();
        talk = client.post(&path("accept"), &json!({ "pieces": pieces }))?;
    }
    if args.undo {
        talk = client.post(&path("undo"), &json!({}))?;
    }
    let scripted = out.json
        || !args.say.is_empty()
        || !args.answer.is_empty()
        || args.accept.is_some()
        || args.undo;
    if out.json {
        out.document(&talk);
        return Ok(exit(&talk));
    }
    let mut told = 0;
    tell(&talk, &mut told, out);
    if !scripted && std::io::stdin().is_terminal() {
        for line in std::io::stdin().lock().lines() {
            let Some(words) = line.ok().filter(|line| !line.trim().is_empty()) else { break };
            let body = json!({ "text": words, "model": args.model, "effort": args.effort });
            match client.post_patiently(&path("messages"), &body) {
                Ok(next) => talk = next,
                Err(failure) => out.failure(&failure),
            }
            tell(&talk, &mut told, out);
        }
    }
    out.note(format!("Go on with: codex32 build --session {}", plain(&id)));
    if let Some(text) = talk["text"].as_str() {
        out.raw(text);
    }
    Ok(exit(&talk))
}

fn exit(talk: &Value) -> Exit {
    if talk["definition"].is_null() { Exit::No } else { Exit::Well }
}

/// What was said since, what is proposed, what is open.
fn tell(talk: &Value, told: &mut usize, out: &Output) {
    let messages = talk["messages"].as_array().map_or(&[][..], Vec::as_slice);
    for said in messages.iter().skip(*told).filter(|said| said["from"] == "builder") {
        out.note(plain(said["text"].as_str().unwrap_or_default()));
        for choice in said["choices"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            out.note(format!("  - {}", plain(choice)));
        }
    }
    *told = messages.len();
    let pieces = talk["proposal"]["pieces"].as_array();
    for piece in pieces.into_iter().flatten() {
        let text = |name: &str| piece[name].as_str().unwrap_or_default();
        let head = format!("{}. {} {}", piece["number"], text("change"), text("title"));
        out.note(out.paint_err(Paint::Bold, &plain(&head)));
        if text("change") == "moved" {
            continue;
        }
        for line in text("before").lines() {
            out.note(out.paint_err(Paint::Red, &plain(&format!("  - {line}"))));
        }
        for line in text("after").lines() {
            out.note(out.paint_err(Paint::Green, &plain(&format!("  + {line}"))));
        }
    }
    if pieces.is_some() {
        out.note("Accept it with `yes`, or pieces of it with `accept 1 and 3`.");
    }
    for question in talk["questions"].as_array().into_iter().flatten() {
        if question["required"] == true {
            let text = question["text"].as_str().unwrap_or_default();
            out.note(format!("{}: {}", out.paint_err(Paint::Yellow, "question"), plain(text)));
        }
    }
}
