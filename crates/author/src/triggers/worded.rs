//! Words that what comes must hold, said of it in passing, become a condition of the trigger; where the
//! trigger can have none, one around all that is done.

use codex32_model::definition::TriggerKind;

use super::schedules::Timed;
use super::{Start, take as take_start};
use crate::clauses::{self, Clause, Join, Lead};
use crate::index::Index;
use crate::phrasing::{self, Worded, made};
use crate::text::{Kind, Lang, Text};

/// The clauses of a text and what starts the bot.
pub(crate) fn take(text: &mut Text, timed: &Timed, index: &Index<'_>) -> (Vec<Clause>, Start) {
    if timed.triggers.is_empty() {
        let mut bare = text.clone();
        let worded = phrasing::worded(&mut bare.tokens);
        if !worded.is_empty() {
            let mut clauses = clauses::split(&bare, &timed.taken, index);
            let mut start = take_start(&mut clauses, bare.lang, &timed.triggers, index);
            // With something for all others, nothing is kept from starting.
            let others = bare.tokens.iter().any(|token| {
                token.any(&[
                    "otherwise",
                    "else",
                    "others",
                    "other",
                    "rest",
                    "sonst",
                    "andere",
                    "anderen",
                    "uebrigen",
                    "andernfalls",
                    "ansonsten",
                ])
            });
            let filters = start.kind.as_ref().is_some_and(filters) && !others;
            let held = filters
                || matches!(
                    start.kind,
                    Some(
                        TriggerKind::App { .. }
                            | TriggerKind::Email { .. }
                            | TriggerKind::Webhook(_)
                            | TriggerKind::Event { .. }
                            | TriggerKind::Form { .. },
                    )
                );
            if held {
                if filters {
                    start.worded = worded;
                } else {
                    around(&mut clauses, &worded, &bare);
                }
                *text = bare;
                return (clauses, start);
            }
        }
    }
    let mut clauses = clauses::split(text, &timed.taken, index);
    let start = take_start(&mut clauses, text.lang, &timed.triggers, index);
    (clauses, start)
}

fn filters(kind: &TriggerKind) -> bool {
    matches!(kind, TriggerKind::App { .. } | TriggerKind::Email { .. })
}

/// `if title contains "x" , …` in front of all deeds.
fn around(clauses: &mut Vec<Clause>, worded: &[Worded], text: &Text) {
    let Some(model) = clauses.iter().flat_map(|clause| clause.tokens.first()).next().cloned()
    else {
        return;
    };
    for worded in worded {
        let field = worded.field.unwrap_or("text");
        let mut tokens = vec![made(&model, field)];
        if text.lang == Lang::En {
            tokens.push(made(&model, "contains"));
        }
        for (at, value) in worded.values.iter().enumerate() {
            if at > 0 {
                tokens.push(made(&model, text.lang.say("or", "oder")));
            }
            let mut value = made(&model, value);
            value.kind = Kind::Quoted;
            tokens.push(value);
        }
        if text.lang == Lang::De {
            tokens.push(made(&model, "enthaelt"));
        }
        if let Some(first) = clauses.first_mut() {
            first.before = Join::Comma;
        }
        let lead = if worded.not { Lead::Unless } else { Lead::If };
        let condition =
            Clause { lead, before: Join::Start, tokens, verb: None, parallel: false, leads: false };
        clauses.insert(0, condition);
    }
}
