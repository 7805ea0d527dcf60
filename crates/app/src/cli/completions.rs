//! `completions SHELL`.

use clap::Args;
use clap_complete::Shell;

use crate::failure::{Exit, Outcome};
use crate::output::Output;

/// Print completions for your shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  codex32 completions bash > ~/.local/share/bash-completion/completions/codex32
  codex32 completions zsh > ~/.zfunc/_codex32
  codex32 completions fish > ~/.config/fish/completions/codex32.fish")]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, out: &Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::tree(), "codex32", &mut script);
    out.raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Well)
}
