//! Whether a step could do what a clause asks for, and whether it does.

use codex32_author::lexicon::Op;
use codex32_author::text::{self, Kind};
use codex32_model::Effect;
use codex32_model::definition::{Bot, TriggerKind};

use super::steps::Doer;
use super::{Account, Claim, NOTHING};
use crate::said;
use crate::seen::Seen;

/// Verbs that shape what others do; one of them may serve several deeds.
pub(super) const SHAPES: &[&str] =
    &["if", "switch", "when", "for_each", "parallel", "try", "catch", "retry", "on_error"];
/// What starts a bot, where a clause speaks of it: "accept calls on the webhook orders".
const STARTS: &[&str] = &["webhook", "event", "form", "email", "chat", "schedule"];
/// Verbs that reach nobody, and are deeds all the same.
const AIDS: &[&str] = &["ask", "search", "wait"];
/// Verbs that reach somebody or something.
const REACHES: &[&str] =
    &["approve", "agent", "call", "emit", "respond", "return", "code", "answer"];

impl Account<'_> {
    /// Whether it is an app's trigger: "watch the folder" is done by what starts the bot.
    fn starts(&self, does: &str) -> bool {
        self.catalogue.triggers().iter().any(|trigger| trigger.name == does)
    }

    /// Whether what is claimed could be what a clause asks for.
    pub fn could(&self, deed: &said::Deed, does: &str) -> bool {
        if does == NOTHING {
            return true;
        }
        if SHAPES.contains(&does) && does != "retry" {
            return false;
        }
        let action = self.catalogue.action(does);
        let effect = action.map(|action| action.effect);
        let is_of = |names: &[String]| {
            action.is_some_and(|action| {
                names.contains(&action.connector) || action.connector == "http"
            })
        };
        // Who is named does it, unless it is told somebody: "mail boss@example.com the GitLab issues".
        let told = deed.is_addressed || matches!(deed.op, Some(Op::Email | Op::Notify));
        let by_other = action.is_some() && !deed.services.is_empty() && !is_of(&deed.services);
        if by_other && !(told && effect == Some(Effect::Write)) {
            return false;
        }
        let reaches = effect == Some(Effect::Write)
            || action.is_none() && REACHES.contains(&does)
            || deed.ai && does == "ask";
        let keeps = effect == Some(Effect::Store);
        let starts = || self.starts(does) || STARTS.contains(&does) && deed.words.contains(does);
        match deed.op {
            Some(Op::Ai(_)) => action.is_some() || ["ask", "agent", "code"].contains(&does),
            Some(Op::Wait) => ["wait", "approve", "retry"].contains(&does),
            Some(Op::Log | Op::Remember) => reaches || keeps,
            // Whatever the method of a request, it brings something there.
            Some(Op::Send | Op::Put | Op::Patch | Op::Delete) => {
                reaches || is_of(&[]) || does.starts_with("log.")
            }
            Some(Op::Notify) => reaches || does.starts_with("log."),
            Some(Op::Email | Op::Emit | Op::Approve) => reaches,
            Some(Op::Respond | Op::Return) => reaches || does == "ask",
            Some(Op::Fetch | Op::Run) if starts() => true,
            None | Some(Op::Fetch | Op::Other) if does == "set" => !deed.is_named() && !deed.ai,
            None | Some(Op::Fetch | Op::Other) if ["verify", "retry", "limits"].contains(&does) => {
                true
            }
            _ => action.is_some() || REACHES.contains(&does) || AIDS.contains(&does),
        }
    }
}

/// A clause that takes a step of its own; what only brings things into another form may be done in passing.
pub const fn is_strong(deed: &said::Deed) -> bool {
    !deed.shapes
}

/// Whether a step that does another deed does this one, too: a value that only this clause names stands
/// in it, or a language model does both.
pub(super) fn shares(deed: &said::Deed, claim: &Claim, doers: &[Doer], seen: &Seen) -> bool {
    if matches!(deed.op, Some(Op::Ai(_))) && ["ask", "agent"].contains(&claim.does.as_str()) {
        return true;
    }
    let mut steps = doers.iter().filter(|doer| is_same(&claim.does, &doer.name));
    steps.any(|doer| deed.own.iter().any(|value| holds(doer, seen, value)))
}

/// Whether a step reaches one of the people and places that its deed names.
pub(super) fn reaches(claim: &Claim, doer: &Doer, seen: &Seen) -> bool {
    if !doer.writes {
        return true;
    }
    let tokens = text::read(&claim.words).tokens;
    let is_whom = |kind: Kind| matches!(kind, Kind::Email | Kind::Channel | Kind::Phone);
    let mut whom = tokens.iter().filter(|token| is_whom(token.kind)).peekable();
    whom.peek().is_none() || whom.any(|token| holds(doer, seen, &token.text))
}

/// Whether a text stands in a step, or in what the step may take it from.
pub(super) fn holds(doer: &Doer, seen: &Seen, value: &str) -> bool {
    let low = value.to_lowercase();
    let own = |path: &str| {
        path == doer.path || path.strip_prefix(&doer.path).is_some_and(|rest| rest.starts_with('.'))
    };
    let mut takes = false;
    for (_, text) in seen.texts.iter().filter(|(path, _)| own(path)) {
        if text.to_lowercase().contains(&low) {
            return true;
        }
        takes |= text.contains("{{");
    }
    let source = |path: &str| {
        path.starts_with("inputs.")
            || [".set", ".for_each", ".code"].iter().any(|end| path.contains(end))
    };
    takes
        && seen.texts.iter().any(|(path, text)| source(path) && text.to_lowercase().contains(&low))
}

pub(super) fn is_same(does: &str, name: &str) -> bool {
    let plain = |name: &str| match name {
        "respond" | "return" => "answer".to_owned(),
        name => name.to_owned(),
    };
    plain(does) == plain(name)
}

/// Whether a definition has the shape, or the trigger, that a deed names.
pub(super) fn shapes(does: &str, bot: &Bot, seen: &Seen) -> bool {
    let key = match does {
        "if" | "switch" | "when" => "condition",
        "try" | "catch" => "on_error",
        other => other,
    };
    let starts = |kind: &TriggerKind| match kind {
        TriggerKind::App { event, .. } if event == does => true,
        kind => kind.name() == does || does == "trigger",
    };
    let limits = bot.limits.rate.is_some() || bot.limits.concurrency.is_some();
    does == "limits" && limits
        || seen.keys.contains(&key)
        || bot.triggers.values().any(|trigger| starts(&trigger.kind))
}
