//! What a sentence asks for, as a list that an answer is held against.
//!
//! The checker knows whether a definition can run, not whether it is what was wanted: a step left out
//! passes it. So what the compiler read with certainty becomes demands: what starts the bot, its deeds
//! in their order, literal values, questions that are open. Where the compiler was uncertain (a clause it
//! asks about, low confidence) it demands nothing.
//!
//! A model may contradict the compiler's reading of deeds, but has to do so expressly: it names the
//! demand and quotes the words of the sentence ([`Dissent`]). Literal addresses, times that were read
//! with certainty and what the sentence rules out cannot be contradicted.

use codex32_author::{Draft, QuestionKind, Request};
use codex32_model::codes::builder as codes;
use codex32_model::definition::{Bot, TriggerKind};
use codex32_model::{Diagnostic, Effect, Place, Value};
use serde::{Deserialize, Serialize};

use crate::said::Said;
use crate::seen::{self, Seen};

mod starts;

/// Below this the compiler's order of deeds is a guess.
const SURE: f64 = 0.5;
/// Fewest words of a quotation, and most dissents that are looked at.
const QUOTED: usize = 2;
const DISSENTS: usize = 8;

/// One thing that an answer has to have.
#[derive(Debug, Clone)]
pub struct Demand {
    pub what: What,
    /// For the model, and for the person if it stays unmet.
    pub says: String,
    /// Whether a model may contradict it.
    pub may_dissent: bool,
}

#[derive(Debug, Clone)]
pub enum What {
    /// What starts it, as the compiler has it.
    Start,
    /// A deed of this name after those of the demands before.
    Deed(String),
    Key(&'static str),
    Text(String),
    Number(f64),
    Seconds(f64),
    /// A question of the compiler's, by its id, and the placeholder and parameter that stand for it.
    Question {
        id: String,
        placeholder: Option<String>,
        action: String,
        slot: String,
    },
}

/// A model's contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dissent {
    /// The number of the demand, from 1.
    pub demand: usize,
    /// Words of the sentence.
    pub words: String,
    #[serde(default)]
    pub why: String,
}

/// What is demanded of answers to one request.
pub struct Demands {
    pub list: Vec<Demand>,
    forbidden: Vec<String>,
    /// Writes that the compiler's draft does; there only when it was sure of the whole.
    writes: Option<Vec<String>>,
    /// The compiler's draft starts by itself.
    draft: Option<Bot>,
}

/// The compiler could not make out its whole meaning.
pub fn is_unsure(draft: &Draft) -> bool {
    draft.definition.is_none()
        || draft.confidence < SURE
        || draft
            .questions
            .iter()
            .any(|question| question.required && question.kind == QuestionKind::Clarify)
}

/// Words that set cases apart, and those that go through a list: where the draft has nothing of the kind,
/// it has not understood them, however sure it is of the rest.
const APART: &[&str] = &[
    "if",
    "unless",
    "otherwise",
    "else",
    "others",
    "whose",
    "whichever",
    "depending",
    "except",
    "falls",
    "sonst",
    "andernfalls",
    "anderen",
    "ausser",
    "deren",
    "dessen",
    "je",
];
const EACH: &[&str] = &["each", "jede", "jeden", "jeder", "jedes", "jedem"];

/// Whether it is worth asking a model: the compiler says that it is uncertain, or something that was said
/// has left no trace.
pub fn is_worth_asking(said: &Said, draft: &Draft) -> bool {
    if is_unsure(draft) {
        return true;
    }
    let Some(seen) = draft.definition.as_ref().map(seen::of) else { return true };
    let spoken = |known: &[&str]| said.clauses.iter().flatten().any(|token| token.any(known));
    let condition = ["condition", "on_error", "retry", "verify"];
    let splits = seen.keys.iter().any(|key| condition.contains(key))
        || seen.has(".filter(")
        || seen.deeds.iter().any(|deed| deed.name == "approve");
    if !splits && spoken(APART) {
        return true;
    }
    let goes_through = seen.keys.contains(&"for_each")
        || [".map(", ".join(", ".reduce(", ".filter("].iter().any(|call| seen.has(call));
    !goes_through && spoken(EACH)
}

/// Draws up the list.
pub fn of(said: &Said, draft: &Draft) -> Demands {
    let mut list = Vec::new();
    let seen = draft.definition.as_ref().map(seen::of);
    let mut demand =
        |what, says: String, may_dissent| list.push(Demand { what, says, may_dissent });
    if let (Some(bot), Some(seen)) = (&draft.definition, &seen) {
        let about_start = |question: &codex32_author::Question| {
            question.required
                && (question.path.starts_with("triggers") || question.id.starts_with("trigger"))
        };
        if !draft.questions.iter().any(about_start) {
            // A time is read with certainty; that nothing was said of a start is a reading.
            demand(What::Start, starts::says(bot), bot.triggers.is_empty());
        }
        if draft.confidence >= SURE {
            for deed in seen.deeds.iter().filter(|deed| !in_doubt(draft, &deed.path)) {
                let says = format!("a step `{}`", deed.name);
                demand(What::Deed(deed.name.clone()), says, true);
            }
            for key in &seen.keys {
                demand(What::Key(key), key_says(key).to_owned(), true);
            }
        }
    }
    literals(said, seen.as_ref(), draft, &mut demand);
    for question in draft.questions.iter().filter(|question| question.required) {
        let open = placeholder(draft, &question.path);
        let (action, slot) = match (&seen, question.path.rsplit_once(".with.")) {
            (Some(seen), Some((step, slot))) => {
                let deed = seen.deeds.iter().find(|deed| deed.path == step);
                (deed.map(|deed| deed.name.clone()).unwrap_or_default(), slot.to_owned())
            }
            _ => (String::new(), String::new()),
        };
        let what = What::Question { id: question.id.clone(), placeholder: open, action, slot };
        demand(what, format!("the open question `{}`: {}", question.id, question.text), true);
    }
    let sure = !is_unsure(draft);
    Demands {
        list,
        forbidden: said.forbidden.clone(),
        writes: seen.filter(|_| sure).map(|seen| names(&seen)),
        draft: draft.definition.clone(),
    }
}

/// Whether the compiler asks what a step is for.
fn in_doubt(draft: &Draft, path: &str) -> bool {
    draft.questions.iter().any(|question| {
        question.required && !question.path.is_empty() && path.starts_with(&question.path)
    })
}

fn names(seen: &Seen) -> Vec<String> {
    seen.deeds.iter().map(|deed| deed.name.clone()).collect()
}

fn key_says(key: &str) -> &'static str {
    match key {
        "condition" => "a condition (`if`, `switch` or `when`)",
        "retry" => "tries after a failure (`retry`)",
        "on_error" => "something for the case of failure (`on_error`, `try`)",
        "verify" => "a check of the webhook's signature (`verify`)",
        "for_each" => "a loop (`for_each`)",
        _ => "steps at the same time (`parallel`)",
    }
}

/// Literal values of the sentence: addresses whatever the compiler made of them, all others where they
/// stand in what its draft does.
fn literals(
    said: &Said,
    seen: Option<&Seen>,
    draft: &Draft,
    demand: &mut impl FnMut(What, String, bool),
) {
    let drafted = |text: &str| seen.is_some_and(|seen| seen.has(text));
    let mut texts: Vec<(String, bool)> = Vec::new();
    let mut add = |text: &str, may: bool| {
        let text = text.trim_start_matches('/').trim();
        if !text.is_empty() && !texts.iter().any(|(known, _)| known.eq_ignore_ascii_case(text)) {
            texts.push((text.to_owned(), may));
        }
    };
    for literal in &said.literals {
        if drafted(literal) {
            add(literal, false);
        } else if seen.is_none() || is_unsure(draft) {
            add(literal, true);
        }
    }
    for name in said.names.iter().filter(|name| drafted(name)) {
        add(name, true);
    }
    // Parameters that were taken over word for word.
    for deed in seen.iter().flat_map(|seen| &seen.deeds) {
        for (_, value) in &deed.with {
            if let Value::Str(text) = value
                && text.len() <= 80
                && !text.contains("{{")
                && said.holds(text)
            {
                add(text, true);
            }
        }
    }
    for (text, may) in texts {
        let says = format!("the text {text:?} in what runs");
        demand(What::Text(text), says, may);
    }
    let Some(seen) = seen else { return };
    let mut numbers: Vec<f64> = Vec::new();
    for number in said.numbers.iter().filter(|number| seen.numbers.contains(*number)) {
        if !numbers.contains(number) {
            numbers.push(*number);
        }
    }
    // A number of a span may be spelled in another unit.
    for span in &seen.seconds {
        demand(What::Seconds(*span), format!("a span of {span} seconds"), true);
    }
    let spelled = |number: &f64| {
        let unit = |by: f64| seen.seconds.contains(&(number * by));
        [1.0, 60.0, 3_600.0, 86_400.0, 604_800.0].into_iter().any(unit)
    };
    for number in numbers.into_iter().filter(|number| !spelled(number)) {
        demand(What::Number(number), format!("the number {number}"), true);
    }
}

/// The workspace variable that stands for a missing value.
fn placeholder(draft: &Draft, path: &str) -> Option<String> {
    let seen = seen::of(draft.definition.as_ref()?);
    let text = seen.texts.iter().find(|(place, text)| place == path && text.contains("{{ env."));
    let (_, text) = text?;
    let from = text.find("{{ env.")?;
    let till = text[from..].find("}}")? + from + 2;
    Some(text[from..till].to_owned())
}

impl Demands {
    /// For the prompt: numbered as dissents name them.
    pub fn told(&self) -> String {
        let lines = self.list.iter().enumerate().map(|(at, demand)| {
            let firm = if demand.may_dissent { "" } else { " (certain)" };
            format!("{}. {}{firm}\n", at + 1, demand.says)
        });
        lines.collect()
    }

    /// What of it an answer does not meet, and what it does beyond; and the dissents that were heard.
    pub fn unmet(
        &self,
        bot: &Bot,
        kept: &[String],
        dissents: &[Dissent],
        said: &Said,
        request: &Request<'_>,
    ) -> (Vec<Diagnostic>, Vec<Dissent>) {
        let seen = seen::of(bot);
        let mut heard = Vec::new();
        let mut faults = Vec::new();
        let mut from = 0;
        for (at, demand) in self.list.iter().enumerate() {
            let place = Place::default();
            let message = match &demand.what {
                What::Deed(name) => {
                    let next = seen.deeds[from..].iter().position(|deed| deed.name == *name);
                    match next {
                        Some(next) => {
                            from += next + 1;
                            continue;
                        }
                        None if seen.deeds.iter().any(|deed| deed.name == *name) => {
                            format!("asks for {} after the steps named before it", demand.says)
                        }
                        None => format!("asks for {}, and there is none", demand.says),
                    }
                }
                _ if self.meets(&demand.what, bot, &seen, kept, said) => continue,
                _ => format!("asks for {}, and it is missing", demand.says),
            };
            let number = at + 1;
            let dissent = dissents.iter().take(DISSENTS).find(|dissent| {
                demand.may_dissent
                    && dissent.demand == number
                    && dissent.words.split_whitespace().count() >= QUOTED
                    && said.holds(&dissent.words)
            });
            if let Some(dissent) = dissent {
                heard.push(dissent.clone());
                continue;
            }
            let message = format!("The sentence {message} (demand {number}).");
            faults.push(Diagnostic::error(codes::MISSING, place, message));
        }
        self.beyond(&seen, &heard, request, &mut faults);
        (faults, heard)
    }

    fn meets(&self, what: &What, bot: &Bot, seen: &Seen, kept: &[String], said: &Said) -> bool {
        match what {
            What::Start => self.draft.as_ref().is_none_or(|draft| starts::same(draft, bot)),
            What::Deed(name) => seen.deeds.iter().any(|deed| deed.name == *name),
            What::Key(key) => seen.keys.contains(key),
            What::Text(text) => {
                let told = bot.triggers.values().any(|trigger| match &trigger.kind {
                    TriggerKind::Webhook(hook) => hook.path.contains(text.as_str()),
                    _ => false,
                });
                told || seen.has(text)
            }
            What::Number(number) => seen.numbers.contains(number),
            What::Seconds(span) => seen.seconds.contains(span),
            What::Question { id, placeholder, action, slot } => {
                let stays = placeholder
                    .as_ref()
                    .is_some_and(|open| seen.texts.iter().any(|(_, text)| text.contains(open)));
                let said_so = || {
                    let values = seen.deeds.iter().filter(|deed| deed.name == *action);
                    let mut values = values.flat_map(|deed| &deed.with);
                    values.any(|(name, value)| name == slot && is_grounded(value, said))
                };
                kept.contains(id) || stays || !slot.is_empty() && said_so()
            }
        }
    }

    /// What it does that nobody asked for.
    fn beyond(
        &self,
        seen: &Seen,
        heard: &[Dissent],
        request: &Request<'_>,
        faults: &mut Vec<Diagnostic>,
    ) {
        let place = |path: &str| Place { path: path.to_owned(), ..Place::default() };
        let mut planned = self.writes.clone();
        for deed in &seen.deeds {
            let connector = deed.name.split('.').next().unwrap_or_default();
            if deed.name.contains('.') && self.forbidden.iter().any(|name| name == connector) {
                let message = format!("The sentence rules out `{connector}`.");
                faults.push(Diagnostic::error(codes::UNASKED, place(&deed.path), message));
                continue;
            }
            let Some(planned) = &mut planned else { continue };
            if let Some(at) = planned.iter().position(|name| *name == deed.name) {
                planned.remove(at);
                continue;
            }
            let writes = match request.catalogue.action(&deed.name) {
                Some(action) => action.effect == Effect::Write,
                None => ["emit", "call", "approve", "agent"].contains(&deed.name.as_str()),
            };
            // Who contradicts the reading of deeds may put others in their place.
            if writes && heard.is_empty() {
                let message =
                    format!("The sentence does not ask for `{}`: leave it out.", deed.name);
                faults.push(Diagnostic::error(codes::UNASKED, place(&deed.path), message));
            }
        }
        let new = seen.placeholders.iter().filter(|_| {
            self.draft.as_ref().is_none_or(|draft| seen::of(draft).placeholders.is_empty())
        });
        for path in new {
            let message = "A step `set: null` does nothing: leave it out, or do what is asked.";
            faults.push(Diagnostic::error(codes::UNASKED, place(path), message));
        }
    }
}

/// Whether a value is computed, or was said.
fn is_grounded(value: &Value, said: &Said) -> bool {
    match value {
        Value::Str(text) if text.contains("{{") => !text.contains("env."),
        Value::Str(text) => said.holds(text),
        Value::Int(_) | Value::Float(_) => {
            value.as_f64().is_some_and(|number| said.numbers.contains(&number))
        }
        Value::List(items) => items.iter().all(|item| is_grounded(item, said)),
        _ => false,
    }
}

/// Addresses in what runs that neither the sentence nor the compiler's draft names.
pub fn invented(bot: &Bot, said: &Said, draft: &Draft, answers: &[String]) -> Vec<Diagnostic> {
    let drafted = draft.definition.as_ref().map(seen::of);
    let known = |text: &str| {
        let low = text.to_lowercase();
        said.tokens.iter().any(|token| token.text.to_lowercase().contains(&low))
            || drafted.as_ref().is_some_and(|seen| seen.has(text))
            || answers.iter().any(|answer| answer.to_lowercase().contains(&low))
    };
    let mut faults = Vec::new();
    for (path, text) in seen::of(bot).texts {
        // Code and prompts speak of much; what leaves are parameters, people and channels.
        if path.ends_with(".code") || path.ends_with(".ask") || path.ends_with(".agent") {
            continue;
        }
        for token in codex32_author::text::read(&plain(&text)).tokens {
            use codex32_author::text::Kind;
            let whole = token.text.as_str();
            let unknown = match token.kind {
                Kind::Email | Kind::Phone => !known(whole),
                Kind::Channel => {
                    // In the middle of a text a `#1` is no channel.
                    text.trim() == whole && !known(whole)
                }
                Kind::Url => host(whole).is_some_and(|host| !known(host)),
                _ => false,
            };
            if unknown {
                let message = format!(
                    "Nobody named {whole:?}. Put `{{{{ env.NAME }}}}` in its place, and ask for it in `questions`."
                );
                let place = Place { path: path.clone(), ..Place::default() };
                faults.push(Diagnostic::error(codes::INVENTED, place, message));
            }
        }
    }
    faults
}

/// A text without its expressions.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(from) = rest.find("{{") {
        out.push_str(&rest[..from]);
        out.push('x');
        rest = rest[from..].find("}}").map_or("", |till| &rest[from + till + 2..]);
    }
    out.push_str(rest);
    out
}

fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    host.contains('.').then_some(host)
}
