//! `check FILE`: is the definition right?

use clap::Args;
use codex32_flow::parse::{self, Parsed};
use codex32_model::Diagnostic;
use codex32_rehearsal::code_steps;
use serde_json::json;

use super::input;
use super::known::Known;
use super::render::{self, Shown};
use crate::config::{Settings, Zone};
use crate::failure::{Exit, Outcome};
use crate::output::{Output, Paint, plain};
use crate::sandboxed;

/// Check a definition: places, what is wrong, what to write instead
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 check order.yaml
  codex32 check order.yaml --json | jq .diagnostics
  cat order.yaml | codex32 check -")]
pub struct CheckArgs {
    /// Definition, YAML or JSON; `-` for standard input
    file: String,
    /// Also know the bots and connections of the server
    #[arg(long)]
    with_server: bool,
    #[command(flatten)]
    zone: Zone,
}

pub fn run(args: &CheckArgs, settings: &Settings, out: &Output) -> Outcome {
    let source = input::definition(&args.file)?;
    let known = Known::load(args.with_server, settings)?;
    let parsed = parse::bot_from_bytes(&source.bytes);
    let in_code = in_code(&parsed);
    let mut diagnostics = known.check(parsed, &args.zone.name()?).diagnostics;
    diagnostics.extend(in_code);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.place.line, diagnostic.place.column));
    let ok = !diagnostics.iter().any(Diagnostic::is_error);
    if out.json {
        out.document(&json!({ "ok": ok, "diagnostics": diagnostics }));
    } else {
        let shown: Vec<_> = diagnostics.iter().map(Shown::from).collect();
        render::diagnostics(out, &source, &shown);
        let count = render::summary(&shown).map(|count| format!(", {count}")).unwrap_or_default();
        let name = plain(&source.name);
        out.note(if ok {
            format!("{name}: {}{count}", out.paint_err(Paint::Green, "well"))
        } else {
            format!("{name}: {}{count}", out.paint_err(Paint::Red, "not well"))
        });
    }
    Ok(if ok { Exit::Well } else { Exit::No })
}

/// What is wrong in the code of code steps; nothing where no sandbox can be started.
fn in_code(parsed: &Parsed) -> Vec<Diagnostic> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (Ok(runtime), Ok(pool)) = (runtime, sandboxed::pool(0)) else { return Vec::new() };
    runtime.block_on(async {
        let diagnostics = code_steps::check(&pool, parsed).await;
        pool.shutdown().await;
        diagnostics
    })
}
