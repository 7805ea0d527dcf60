//! `outbox`: mail that was kept inside instead of sent.

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

/// Read mail that was kept inside because no mail server is connected
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 outbox
  codex32 outbox mail_01a2032eb0757f07a4488f0d371448a2")]
pub struct OutboxArgs {
    /// Id of a mail to show; without it they are listed
    mail: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

#[derive(Debug, Deserialize)]
struct Kept {
    id: String,
    at: String,
    mail: Mail,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mail {
    from: String,
    to: Vec<String>,
    subject: String,
    text: String,
}

pub fn run(args: &OutboxArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let answer: Value = match &args.mail {
        Some(mail) => client.get(&["outbox", mail], &[])?,
        None => all_pages(&client, &["outbox"], &[], args.limit)?,
    };
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    if args.mail.is_some() {
        show(out, &view(&answer)?);
        return Ok(Exit::Well);
    }
    let page: Page<Kept> = view(&answer)?;
    let row = |kept: &Kept| {
        let to = short(&kept.mail.to.join(", "), 40);
        vec![plain(&kept.id).into_owned(), moment(&kept.at), to, short(&kept.mail.subject, 60)]
    };
    if page.items.is_empty() {
        out.note("The outbox is empty.");
        return Ok(Exit::Well);
    }
    out.table(&["MAIL", "KEPT", "TO", "SUBJECT"], &page.items.iter().map(row).collect::<Vec<_>>());
    if page.next.is_some() {
        out.note("There are more: see --limit.");
    }
    Ok(Exit::Well)
}

fn show(out: &Output, kept: &Kept) {
    let Mail { from, to, subject, text } = &kept.mail;
    for (name, value) in [("From", from), ("To", &to.join(", ")), ("Subject", subject)] {
        out.line(format!("{} {}", out.paint(Paint::Dim, &format!("{name}:")), short(value, 500)));
    }
    out.line("");
    out.line(plain(text));
}
