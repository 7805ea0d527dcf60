//! `approvals`, `approve`, `reject`: what bots ask people.

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::input;
use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

/// List what bots ask people, or show one with who was told and what they said
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 approvals
  codex32 approvals --all --bot orders
  codex32 approvals apr_01a2032eb0757f07a4488f0d371448a2")]
pub struct ApprovalsArgs {
    /// Id of an approval to show; without it those that are open are listed
    approval: Option<String>,
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    /// Only those of this bot
    #[arg(long)]
    bot: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

/// Approve what a bot asks
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 approve apr_01a2032eb0757f07a4488f0d371448a2
  codex32 approve apr_01a2032eb0757f07a4488f0d371448a2 --set reason='stock is there' --comment ok
  codex32 approve apr_01a2032eb0757f07a4488f0d371448a2 --delegate deputy@example.com")]
pub struct ApproveArgs {
    #[command(flatten)]
    answer: AnswerArgs,
    /// Do not decide: hand it on to this email address, which gets a link
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["comment", "set"])]
    delegate: Option<String>,
}

/// Reject what a bot asks
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 reject apr_01a2032eb0757f07a4488f0d371448a2 --comment 'too dear'")]
pub struct RejectArgs {
    #[command(flatten)]
    answer: AnswerArgs,
}

#[derive(Debug, Args)]
struct AnswerArgs {
    /// Id of the approval
    approval: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// A field of its form; JSON where it reads as JSON, else text
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Approval {
    id: String,
    run: String,
    step: String,
    bot: String,
    question: String,
    form: Value,
    state: String,
    asked_at: String,
    expires_at: Option<String>,
    silence: String,
    said: Option<Said>,
    ended_at: Option<String>,
    #[serde(default)]
    log: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Said {
    by: String,
    comment: Option<String>,
    form: Value,
}

#[derive(Debug, Deserialize)]
struct Line {
    at: String,
    what: String,
    who: Option<String>,
    note: Option<String>,
}

pub fn list(args: &ApprovalsArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    if let Some(id) = &args.approval {
        let answer = client.get(&["approvals", id], &[])?;
        if out.json {
            out.document(&answer);
        } else {
            show(out, &view(&answer)?);
        }
        return Ok(Exit::Well);
    }
    let mut query = Vec::new();
    if !args.all {
        query.push(("state", "open".to_owned()));
    }
    query.extend(args.bot.clone().map(|bot| ("bot", bot)));
    let answer = all_pages(&client, &["approvals"], &query, args.limit)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Approval> = view(&answer)?;
    if page.items.is_empty() {
        let open = if args.all { "" } else { " open" };
        out.note(format!("There are no{open} approvals."));
        return Ok(Exit::Well);
    }
    let row = |approval: &Approval| {
        let until = match (&approval.ended_at, &approval.expires_at) {
            (Some(_), _) | (None, None) => String::new(),
            (None, Some(at)) => moment(at),
        };
        vec![
            plain(&approval.id).into_owned(),
            moment(&approval.asked_at),
            short(&approval.bot, 30),
            state(approval),
            until,
            short(&approval.question, 60),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["APPROVAL", "ASKED", "BOT", "STATE", "UNTIL", "QUESTION"], &rows);
    if page.next.is_some() {
        out.note("There are more: see --limit.");
    }
    Ok(Exit::Well)
}

fn state(approval: &Approval) -> String {
    match &approval.said {
        Some(said) if approval.state != "open" => {
            short(&format!("{} by {}", approval.state, said.by), 40)
        }
        Some(_) => "being decided".to_owned(),
        None => approval.state.clone(),
    }
}

pub fn approve(args: &ApproveArgs, settings: &Settings, out: &Output) -> Outcome {
    let Some(to) = &args.delegate else { return answer("approve", &args.answer, settings, out) };
    let client = Client::new(settings)?;
    let id = &args.answer.approval;
    let answer = client.post(&["approvals", id, "delegate"], &json!({ "to": to }))?;
    out.changed(&answer, &answer, &format!("handed on to {}", plain(to)));
    Ok(Exit::Well)
}

pub fn reject(args: &RejectArgs, settings: &Settings, out: &Output) -> Outcome {
    answer("reject", &args.answer, settings, out)
}

fn answer(decision: &str, args: &AnswerArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let form = fields(args, &client)?;
    let body = json!({ "decision": decision, "comment": args.comment, "form": form });
    let answer = client.post(&["approvals", &args.approval, "decide"], &body)?;
    let approval: Approval = view(&answer)?;
    let sentence = if approval.state == "open" {
        "recorded; the run takes it as soon as it can".to_owned()
    } else {
        format!("{} {}", plain(&approval.state), plain(&approval.id))
    };
    out.changed(&answer, &answer, &sentence);
    Ok(Exit::Well)
}

/// What is text in the form stays text, whatever it looks like.
fn fields(args: &AnswerArgs, client: &Client) -> Result<Value, Failure> {
    if args.set.is_empty() {
        return Ok(Value::Null);
    }
    let approval: Approval = view(&client.get(&["approvals", &args.approval], &[])?)?;
    let mut fields = Map::new();
    for pair in &args.set {
        let (name, text) = input::pair("--set", pair)?;
        let kind = approval.form.pointer(&format!("/properties/{name}/type"));
        let read = serde_json::from_str(&text).ok().filter(|_| kind != Some(&json!("string")));
        fields.insert(name, read.unwrap_or(Value::String(text)));
    }
    Ok(Value::Object(fields))
}

fn show(out: &Output, approval: &Approval) {
    let dim = |name: &str| out.paint(Paint::Dim, &format!("{name}:"));
    let line = |name: &str, value: &str| out.line(format!("{} {}", dim(name), plain(value)));
    line("Approval", &approval.id);
    line("Question", &approval.question);
    line("Bot", &approval.bot);
    line("Run", &format!("{}, step {}", approval.run, approval.step));
    line("State", &state(approval));
    if let (Some(at), None) = (&approval.expires_at, &approval.ended_at) {
        line("Until", &format!("{}, then: {}", moment(at), approval.silence));
    }
    if let Some(said) = &approval.said {
        if let Some(comment) = &said.comment {
            line("Comment", comment);
        }
        if !said.form.is_null() {
            line("Form", &said.form.to_string());
        }
    } else if let Some(Value::Object(fields)) = approval.form.get("properties") {
        let names: Vec<_> = fields.keys().map(String::as_str).collect();
        line("Fields", &names.join(", "));
    }
    out.line("");
    let row = |line: &Line| {
        let text = |text: &Option<String>| short(text.as_deref().unwrap_or_default(), 60);
        vec![moment(&line.at), line.what.replace('_', " "), text(&line.who), text(&line.note)]
    };
    let rows: Vec<_> = approval.log.iter().map(row).collect();
    out.table(&["AT", "WHAT", "WHO", "NOTE"], &rows);
}
