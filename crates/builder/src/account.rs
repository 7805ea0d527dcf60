//! The model's account of what it does: for each deed the words of the sentence that ask for it, and the
//! action or verb of the step that does it.
//!
//! The list of demands ([`crate::demands`]) tells of a missing step only as far as the compiler's reading
//! goes, and no further than a model lets it stand. The account does not come from that reading, so it
//! tells the rest. It is held against three things that the model cannot talk away: the definition (each
//! deed has a step of its own), the sentence (each clause that asks for a deed is spoken of, by a step that
//! could do it, and each write is asked for by some words), and the account before it (what was named once
//! stays). Where a model says that words ask for no step, the person is asked.

use codex32_author::{Question, QuestionKind, text};
use codex32_model::codes::builder as codes;
use codex32_model::definition::{Bot, TriggerKind};
use codex32_model::{Catalogue, Diagnostic, Place};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::said::{self, Said};
use crate::seen::{self, Seen};

mod fits;
mod history;
mod matching;
mod steps;

pub use fits::is_strong;
use fits::{is_same, reaches, shapes, shares};
pub use history::{remember, vanished};
use steps::{Doer, doers, hollow};

/// Most deeds that are looked at.
pub const DEEDS: usize = 40;
/// What does words that ask for no step.
pub const NOTHING: &str = "nothing";

/// Answers that mean: it takes no step.
const AGREED: &[&str] =
    &["nothing", "no step", "yes", "right", "skip", "none", "nichts", "ja", "richtig", "stimmt"];

/// One deed, as the model tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Words of the sentence.
    pub words: String,
    /// The action or verb that does it; [`NOTHING`] where it takes no step.
    pub does: String,
}

/// What is wrong with an account.
pub struct Account<'a> {
    pub said: &'a Said,
    pub catalogue: &'a dyn Catalogue,
    /// Nothing else tells whether the answer is whole: the compiler was unsure, or is contradicted.
    pub is_needed: bool,
}

impl Account<'_> {
    /// The faults of an account of a definition.
    pub fn faults(&self, bot: &Bot, claims: &[Claim]) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        hollow("steps", &bot.steps, &mut faults);
        hollow("on_error", &bot.on_error, &mut faults);
        let seen = seen::of(bot);
        let doers = doers(bot, self.catalogue);
        if claims.is_empty() {
            let does = !doers.is_empty() || seen.placeholders.is_empty();
            if self.is_needed && !self.said.deeds.is_empty() && does {
                let message = "There is no \"deeds\" in the answer. Name each deed of the sentence: its words, and the \
                               action or verb of the step that does it.";
                faults.push(uncovered(message.to_owned()));
            }
            return faults;
        }
        self.claimed(bot, &seen, &doers, claims, &mut faults);
        if self.is_needed {
            self.covered(&seen, &doers, claims, &mut faults);
            self.served(bot, &doers, &mut faults);
            self.unclaimed(&doers, claims, &mut faults);
        }
        faults
    }

    /// Each deed is quoted from the sentence and has a step of its own.
    fn claimed(
        &self,
        bot: &Bot,
        seen: &Seen,
        doers: &[Doer],
        claims: &[Claim],
        faults: &mut Vec<Diagnostic>,
    ) {
        for (at, claim) in claims.iter().enumerate() {
            if !self.said.holds(&claim.words) {
                let message = format!(
                    "Deed {} quotes {:?}, which is not in the sentence. Quote it word for word.",
                    at + 1,
                    claim.words
                );
                faults.push(uncovered(message));
            }
        }
        let fits = |claim: usize, doer: usize| {
            let (claim, doer) = (&claims[claim], &doers[doer]);
            let named = claims.iter().filter(|other| is_same(&other.does, &doer.name)).count();
            is_same(&claim.does, &doer.name) && (named < 2 || reaches(claim, doer, seen))
        };
        let matched = matching::most(claims.len(), doers.len(), &fits);
        for (at, claim) in claims.iter().enumerate() {
            if matched[at].is_some() || claim.does == NOTHING || shapes(&claim.does, bot, seen) {
                continue;
            }
            let (number, words, does) = (at + 1, &claim.words, &claim.does);
            let steps = doers.iter().filter(|doer| is_same(does, &doer.name)).count();
            let named = claims.iter().filter(|other| is_same(&other.does, does)).count();
            let message = if steps == 0 {
                format!("Deed {number} ({words:?}) is done by `{does}`, and there is no such step.")
            } else if named > steps {
                format!(
                    "Deed {number} ({words:?}) is done by `{does}`: {named} deeds are, and there are {steps} such steps."
                )
            } else {
                format!(
                    "Deed {number} ({words:?}) is done by `{does}`, and no such step of its own reaches whom it names."
                )
            };
            faults.push(Diagnostic::error(codes::UNDONE, Place::default(), message));
        }
    }

    /// Each clause that asks for a deed is spoken of by one that could do it.
    fn covered(&self, seen: &Seen, doers: &[Doer], claims: &[Claim], faults: &mut Vec<Diagnostic>) {
        let deeds = &self.said.deeds;
        let spoken: Vec<Vec<_>> =
            claims.iter().map(|claim| self.said.places(&claim.words)).collect();
        let touches = |deed: &said::Deed, claim: usize| {
            let inside = |at: &std::ops::Range<usize>| {
                spoken[claim].iter().any(|place| place.start <= at.start && at.end <= place.end)
            };
            deed.at.iter().any(inside)
        };
        let strong: Vec<&said::Deed> = deeds.iter().filter(|deed| is_strong(deed)).collect();
        let could = |deed: usize, claim: usize| {
            touches(strong[deed], claim) && self.could(strong[deed], &claims[claim].does)
        };
        let matched = matching::most(strong.len(), claims.len(), &could);
        // A step that holds a place stands for a deed that the person is asked about.
        let mut open = seen.placeholders.len();
        for (at, deed) in strong.iter().enumerate() {
            let shared = || {
                (0..claims.len())
                    .any(|claim| could(at, claim) && shares(deed, &claims[claim], doers, seen))
            };
            if matched[at].is_none() && !shared() {
                if open > 0 {
                    open -= 1;
                    continue;
                }
                let message = format!(
                    "No deed of its own does {:?}, as the sentence asks. Name it in \"deeds\" with the step that does it.",
                    deed.words
                );
                faults.push(uncovered(message));
            }
        }
        for deed in deeds.iter().filter(|deed| !is_strong(deed)) {
            if !(0..claims.len()).any(|claim| touches(deed, claim)) {
                let message =
                    format!("No deed speaks of {:?}. Name what does it in \"deeds\".", deed.words);
                faults.push(uncovered(message));
            }
        }
    }

    /// Each service that a deed names has a part in it.
    fn served(&self, bot: &Bot, doers: &[Doer], faults: &mut Vec<Diagnostic>) {
        let of = |name: &str, service: &str| name.split('.').next() == Some(service);
        for deed in &self.said.deeds {
            for service in &deed.services {
                let does = doers.iter().any(|doer| {
                    of(&doer.name, service)
                        || doer.writes && of(&doer.name, "http")
                        || ["ask", "agent"].contains(&doer.name.as_str())
                });
                let starts = bot.triggers.values().any(|trigger| match &trigger.kind {
                    TriggerKind::App { event, .. } => of(event, service),
                    // Whose requests are signed.
                    TriggerKind::Webhook(hook) if hook.verify.is_some() => true,
                    kind => kind.name() == service,
                });
                if !does && !starts {
                    let message = format!(
                        "{:?} names `{service}`, and nothing in the bot is done or started by it.",
                        deed.words
                    );
                    faults.push(uncovered(message));
                }
            }
        }
    }

    /// Each write is asked for by some words.
    fn unclaimed(&self, doers: &[Doer], claims: &[Claim], faults: &mut Vec<Diagnostic>) {
        let fits = |doer: usize, claim: usize| {
            is_same(&claims[claim].does, &doers[doer].name) && self.said.holds(&claims[claim].words)
        };
        let matched = matching::most(doers.len(), claims.len(), &fits);
        for (at, doer) in doers.iter().enumerate() {
            if doer.writes && matched[at].is_none() {
                let place = Place { path: doer.path.clone(), ..Place::default() };
                let message = format!(
                    "No deed asks for this `{}`: leave it out, or name in \"deeds\" the words that ask for it.",
                    doer.name
                );
                faults.push(Diagnostic::error(codes::UNASKED, place, message));
            }
        }
    }
}

/// Questions about words that the model says take no step: it is for the person to say so.
pub fn left(claims: &[Claim], answers: &IndexMap<String, String>) -> Vec<Question> {
    let mut questions: Vec<Question> = Vec::new();
    for claim in claims.iter().filter(|claim| claim.does == NOTHING) {
        let id = format!("model.nothing.{}", text::ident(&claim.words));
        let agreed = answers
            .get(&id)
            .is_some_and(|answer| AGREED.contains(&text::fold(answer.trim()).as_str()));
        if agreed || questions.iter().any(|known| known.id == id) {
            continue;
        }
        questions.push(Question {
            id,
            kind: QuestionKind::Clarify,
            path: String::new(),
            text: format!(
                "The language model has no step for “{}”. If that is right, answer “nothing”; else say what should be done.",
                claim.words
            ),
            required: true,
            default: None,
            choices: None,
        });
    }
    questions
}

fn uncovered(message: String) -> Diagnostic {
    Diagnostic::error(codes::UNCOVERED, Place::default(), message)
}
