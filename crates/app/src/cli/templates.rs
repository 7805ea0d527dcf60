//! `templates` and `new TEMPLATE`: bots to begin with, from the repository's folder `bots/`.

use clap::Args;
use codex32_api::templates::{TEMPLATES, Template};
use serde_json::json;

use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, short};

/// List the templates
#[derive(Debug, Args)]
pub struct TemplatesArgs {}

/// Start a bot from a template: prints its definition
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 templates
  codex32 new uptime-check > uptime.yaml
  codex32 new uptime-check --name shop-is-up > shop-is-up.yaml")]
pub struct NewArgs {
    /// Name of the template
    template: String,
    /// Name of the new bot [default: the template's]
    #[arg(long)]
    name: Option<String>,
}

pub fn list(out: &Output) -> Outcome {
    if out.json {
        let item = |t: &Template| json!({ "name": t.name, "description": t.description() });
        let items: Vec<_> = TEMPLATES.iter().map(item).collect();
        out.document(&json!({ "items": items, "next": null }));
        return Ok(Exit::Well);
    }
    let row =
        |template: &Template| vec![template.name.to_owned(), short(template.description(), 90)];
    out.table(&["TEMPLATE", "WHAT IT DOES"], &TEMPLATES.iter().map(row).collect::<Vec<_>>());
    out.note("Write one to a file: codex32 new TEMPLATE > bot.yaml");
    Ok(Exit::Well)
}

pub fn new(args: &NewArgs, out: &Output) -> Outcome {
    let found = TEMPLATES.iter().find(|template| template.name == args.template);
    let Some(template) = found else {
        let names: Vec<_> = TEMPLATES.iter().map(|template| template.name).collect();
        return Err(Failure::misused(format!("there is no template `{}`", args.template))
            .help(format!("these are there: {}", names.join(", "))));
    };
    let text = match &args.name {
        Some(name) => renamed(template, name)?,
        None => template.text.to_owned(),
    };
    if out.json {
        out.document(&json!({ "name": template.name, "definition": text }));
    } else {
        out.raw(&text);
        out.note("Next: codex32 check FILE, codex32 try FILE, codex32 deploy FILE");
    }
    Ok(Exit::Well)
}

fn renamed(template: &Template, name: &str) -> Result<String, Failure> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty()
        || name.len() > 63
        || !name.chars().all(good)
        || !name.starts_with(|c: char| c.is_ascii_lowercase())
    {
        return Err(Failure::misused(format!("`{name}` cannot name a bot"))
            .help("use small letters, digits and dashes, a letter first, at most 63"));
    }
    let line = format!("bot: {}\n", template.name);
    Ok(template.text.replacen(&line, &format!("bot: {name}\n"), 1))
}
