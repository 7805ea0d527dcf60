//! Stage 8: the checker's word on the draft. What it refuses is mended ([`crate::assembly`]) or never
//! leaves the author.

use codex32_flow::{check, parse, print};
use codex32_model::definition::Bot;
use codex32_model::{Diagnostic, Timestamp, codes};

use crate::Request;

/// Checks the bot as if it had been written by hand: printed, read back, checked.
pub fn look(bot: &Bot, request: &Request<'_>) -> Vec<Diagnostic> {
    // Whether a time lies in the past is for those who have a clock.
    let context =
        check::Context { catalogue: request.catalogue, zone: request.zone, now: Timestamp::EPOCH };
    let read = parse::bot_from_value(&print::to_value(bot));
    check::parsed(read, &context).diagnostics
}

/// What is found joins the diagnostics; an error means that the draft is not handed out.
pub fn settle(found: Vec<Diagnostic>, diagnostics: &mut Vec<Diagnostic>) {
    let refused = found.iter().any(Diagnostic::is_error);
    // What this version cannot run yet has been said in the words of the request.
    let news = found
        .into_iter()
        .filter(|found| !diagnostics.iter().any(|known| known.message == found.message));
    let news: Vec<Diagnostic> = news.collect();
    diagnostics.extend(news);
    if refused {
        let message = "The sentence was understood, but the definition made of it is not valid.";
        let place = codex32_model::Place::default();
        diagnostics.push(Diagnostic::error(codes::author::REFUSED, place, message));
    }
}
