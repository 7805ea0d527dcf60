//! The checker: a definition against what it may refer to. Everything that can be known to be wrong
//! before a run is an error here, each with its place; what may be right is left alone.

mod actions;
mod expressions;
mod later;
mod names;
mod steps;
mod triggers;
mod types;

#[cfg(test)]
mod tests;

use codex32_model::definition::Bot;
use codex32_model::{Catalogue, Diagnostic, Schema, Timestamp};
use indexmap::IndexMap;

use crate::parse::{self, Places};

pub use later::needs_later;
pub(crate) use later::walk;

/// What a definition is checked against.
pub struct Context<'a> {
    pub catalogue: &'a dyn Catalogue,
    /// The workspace's time zone.
    pub zone: &'a str,
    /// For schedules that lie in the past.
    pub now: Timestamp,
}

/// What each step gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Types {
    /// By path (`steps[2].then[0]`), in the order of the definition.
    pub steps: IndexMap<String, Schema>,
    /// By id, as seen after the whole bot.
    pub ids: IndexMap<String, Schema>,
}

/// Everything that is known of a text.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The definition, if there is no error at all.
    pub bot: Option<Bot>,
    /// Sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    pub places: Places,
    pub types: Types,
}

impl Checked {
    /// Whether the bot may be deployed as far as its text is concerned: no error.
    pub const fn is_ok(&self) -> bool {
        self.bot.is_some()
    }
}

/// Reads and checks a text in either spelling; what could be understood is checked also when
/// reading found errors.
pub fn text(text: &str, context: &Context<'_>) -> Checked {
    parsed(parse::bot(text), context)
}

/// Goes on from what was read.
pub fn parsed(parsed: parse::Parsed, context: &Context<'_>) -> Checked {
    let mut checked = Checked {
        bot: parsed.bot,
        diagnostics: parsed.diagnostics,
        places: parsed.places,
        types: Types::default(),
    };
    if let Some(bot) = &parsed.partial {
        let (found, types) = check_typed(bot, &checked.places, context);
        checked.types = types;
        checked.diagnostics.extend(found);
        parse::sort(&mut checked.diagnostics);
        if checked.diagnostics.iter().any(Diagnostic::is_error) {
            checked.bot = None;
        }
    }
    checked
}

/// Checks a definition that was read without errors. Sorted by place.
pub fn check(bot: &Bot, places: &Places, context: &Context<'_>) -> Vec<Diagnostic> {
    check_typed(bot, places, context).0
}

/// [`check`], and what each step gives.
pub fn check_typed(bot: &Bot, places: &Places, context: &Context<'_>) -> (Vec<Diagnostic>, Types) {
    let mut checker = steps::Checker::new(bot, places, context);
    checker.run();
    let mut diagnostics = checker.diagnostics;
    parse::sort(&mut diagnostics);
    (diagnostics, checker.types)
}
