//! Stages 4b and 7: slots are filled, steps are built, and what is missing becomes questions.

use std::collections::{HashMap, HashSet};

use codex32_model::definition::{OnError, Retry, Step, Verb};
use codex32_model::{Diagnostic, Fields, Place, codes};

use crate::actions::{Intent, Tries};
use crate::clauses::Clause;
use crate::index::Index;
use crate::speech;
use crate::structure::{self, Node};
use crate::text::{self, Lang};
use crate::triggers::{self, Start};
use crate::{ConnectionUse, Draft, Question, QuestionKind, Request};

mod answers;
mod base;
mod blocks;
mod brought;
mod catalogue;
mod compute;
mod copy;
mod data;
mod deeds;
mod drawn;
mod each;
mod figures;
mod filter;
mod finish;
mod fitting;
mod found;
mod given;
mod given_url;
mod lists;
mod logic;
mod loops;
mod mail;
mod message;
mod model;
mod old;
mod query;
mod refusal;
mod remarks;
mod repair;
mod reply;
mod rows;
mod slots;
mod sql;
mod targets;
mod texts;
mod turns;
mod verbs;
mod ways;
mod when;
mod worked;

use data::Data;

/// Answers that mean: leave it out.
const SKIP: &[&str] =
    &["skip", "nothing", "leave it out", "none", "nichts", "weglassen", "leave out", "no"];

/// How deep answers to clarifying questions may ask back.
const MOST_NESTING: usize = 3;

pub(crate) struct Builder<'a> {
    request: &'a Request<'a>,
    lang: Lang,
    source: String,
    index: Index<'a>,
    start: Start,
    inputs: Fields,
    ids: HashSet<String>,
    keys: HashMap<String, u32>,
    prefix: String,
    depth: usize,
    questions: Vec<Question>,
    diagnostics: Vec<Diagnostic>,
    /// What was assumed, for the explanation.
    notes: Vec<String>,
    connections: Vec<ConnectionUse>,
    data: Vec<Data>,
    last_do: Option<String>,
    /// The connector that was used last, other than the built-in ones.
    last_service: Option<String>,
    last_intent: Option<Intent<'a>>,
    /// The last message that was sent.
    last_told: Option<Intent<'a>>,
    /// Tries said before the deed that they are for.
    tries: Option<Tries>,
    retries: Vec<(String, Tries)>,
    /// Steps whose failure is handled by a condition.
    tolerant: HashSet<String>,
    /// Connectors and actions that are not to be used.
    forbidden: Vec<String>,
    /// What the conditions around say, for messages.
    reason: Vec<String>,
    approval: Option<String>,
    /// Pace of the loop that is being built.
    concurrency: Option<u32>,
    /// Requests whose status is compared, so that none of them is a failure.
    accept_any: HashSet<String>,
    on_error: Vec<Step>,
    /// What a language model chose from.
    labels: Vec<String>,
    /// The step that kept what is new; writes after it need something new.
    fresh: Option<String>,
    /// The one word that said what is read from an address, by the data that came of it.
    read_as: Option<(String, String)>,
    /// The approval is asked about later, so that a no does not end the run.
    weighs_approval: bool,
    /// What must hold for the trigger to start the bot.
    trigger_when: Option<String>,
    /// What the placeholders of a statement stand for.
    statement_values: Option<codex32_model::Value>,
    /// The last step that waited for an event.
    waited: Option<String>,
    /// How the webhook is guarded, and whether called bots are waited for.
    guards: triggers::guards::Guards,
    /// Somebody is asked for an approval somewhere in the sentence.
    approves: bool,
    /// Which action each step does.
    acts: HashMap<String, String>,
    /// The list that a loop goes over, by the name of its entries.
    entries: HashMap<String, String>,
    /// The field whose value was compared last.
    compared: Option<String>,
    /// The condition at hand speaks of `it`.
    pronoun: bool,
    /// The step that counted last.
    counted: Option<String>,
    /// What the branches that went on together brought, by name.
    together: Vec<(String, String)>,
    /// A parameter whose value is known already: what an action of a loop works on.
    given_id: Option<(String, codex32_model::Value)>,
    /// What parameters of a service were given: what works on the same goes on with it.
    settled: HashMap<(String, String), codex32_model::Value>,
    understood: u32,
    doubtful: u32,
}

/// Drafts a definition from a sentence.
pub fn draft(request: &Request<'_>) -> Draft {
    let mut text = text::read(request.sentence);
    if text.chars > text::MAX_CHARS || text.tokens.is_empty() {
        return refuse(request, &text);
    }
    if refusal::commands_us(&text) {
        return match request.answers.get("what") {
            // Said anew: the answer is the sentence.
            Some(answer) if !refusal::commands_us(&text::read(answer)) => {
                let mut answers = request.answers.clone();
                answers.shift_remove("what");
                draft(&Request { sentence: answer, answers, ..*request })
            }
            _ => refusal::commanded(&text),
        };
    }
    let index = Index::new(request.catalogue);
    let asked = text.source.clone();
    text = speech::plain(text, &index);
    if speech::vague(&text.tokens, &index) {
        return match request.answers.get("what") {
            Some(answer) if answer != request.sentence => {
                let mut answers = request.answers.clone();
                answers.shift_remove("what");
                draft(&Request { sentence: answer, answers, ..*request })
            }
            _ => refusal::vague(&text),
        };
    }
    let timed = triggers::schedules::find(&text, request.zone, request.now);
    crate::phrasing::statements(&mut text);
    let guards = triggers::guards::Guards::take(&mut text.tokens);
    let exceptions =
        speech::exceptions::take(&mut text.tokens, text.lang, !timed.triggers.is_empty());
    let (clauses, start) = triggers::worded::take(&mut text, &timed, &index);
    let approves = clauses.iter().any(|clause| {
        clause.has(&["approval", "freigabe"])
            && clause.tokens.iter().any(|token| token.kind == text::Kind::Email)
    });
    let mut tree = structure::build(clauses);
    tree.except(exceptions.conditions);
    let mut builder = Builder {
        request,
        lang: text.lang,
        source: text.source.clone(),
        index,
        start,
        inputs: Fields::new(),
        ids: HashSet::new(),
        keys: HashMap::new(),
        prefix: String::new(),
        depth: 0,
        questions: Vec::new(),
        diagnostics: Vec::new(),
        notes: Vec::new(),
        connections: Vec::new(),
        data: Vec::new(),
        last_do: None,
        last_service: None,
        last_intent: None,
        last_told: None,
        tries: None,
        retries: Vec::new(),
        tolerant: HashSet::new(),
        forbidden: Vec::new(),
        reason: Vec::new(),
        approval: None,
        concurrency: None,
        accept_any: HashSet::new(),
        on_error: Vec::new(),
        labels: Vec::new(),
        fresh: None,
        read_as: None,
        weighs_approval: false,
        trigger_when: None,
        statement_values: None,
        waited: None,
        guards,
        approves,
        acts: HashMap::new(),
        entries: HashMap::new(),
        compared: None,
        pronoun: false,
        counted: None,
        together: Vec::new(),
        given_id: None,
        settled: HashMap::new(),
        understood: 0,
        doubtful: 0,
    };
    if matches!(builder.start.kind, Some(codex32_model::definition::TriggerKind::Form { .. })) {
        for field in builder.guards.fields.clone() {
            builder.input(&field, codex32_model::Schema::String, true);
        }
    }
    builder.forbid(&tree.forbidden);
    builder.trigger_questions(&timed);
    builder.rest_on(&exceptions.days);
    let steps = builder.lower(&tree.nodes);
    builder.finish(&text, &asked, steps, &timed)
}

/// No sentence, or far too much of one.
fn refuse(request: &Request<'_>, text: &text::Text) -> Draft {
    let message = if text.chars > text::MAX_CHARS {
        let much = text::MAX_CHARS;
        format!(
            "The text has {} characters. What should the bot do? Say it in at most {much} characters.",
            text.chars
        )
    } else {
        "What should the bot do? For example: “When the webhook order arrives, email sales@example.com”.".to_owned()
    };
    let _ = request;
    let question = Question {
        id: "what".to_owned(),
        kind: QuestionKind::Clarify,
        path: String::new(),
        text: message.clone(),
        required: true,
        default: None,
        choices: None,
    };
    Draft {
        definition: None,
        questions: vec![question],
        connections: Vec::new(),
        diagnostics: Vec::new(),
        explanation: message,
        confidence: 0.0,
    }
}

impl<'a> Builder<'a> {
    fn say<'s>(&self, en: &'s str, de: &'s str) -> &'s str {
        self.lang.say(en, de)
    }

    pub(crate) fn lower(&mut self, nodes: &[Node]) -> Vec<Step> {
        let mut out = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            match node {
                Node::Deed(clause) => {
                    let mut steps = self.deed(clause, &nodes[at + 1..]);
                    out.append(&mut steps);
                }
                Node::If { condition, not, then, otherwise } => {
                    let mut steps = self.branch(condition, *not, then, otherwise);
                    out.append(&mut steps);
                }
                Node::ForEach { header, body } => {
                    let mut steps = self.for_each(header, body);
                    out.append(&mut steps);
                }
                Node::Parallel(clauses) => {
                    let mut steps = self.parallel(clauses);
                    out.append(&mut steps);
                }
            }
        }
        out
    }

    /// Notes which connectors are not to be used.
    fn forbid(&mut self, clauses: &[Clause]) {
        for clause in clauses {
            if let Some((_, connector)) = self.index.named(&clause.tokens) {
                self.forbidden.push(connector.name.clone());
            }
            if clause.has(&["email", "emails", "mail", "mails", "e-mail", "e-mails"]) {
                self.forbidden.push("email".to_owned());
            }
            let words = clause.words(&self.source);
            let note = self.say("left out, as asked", "weggelassen, wie gewünscht");
            self.notes.push(format!("“{words}”: {note}"));
        }
    }

    /// A key for questions about this deed that no answer moves: it counts deeds of the sentence.
    fn key(&mut self, name: &str) -> String {
        let name = format!("{}{name}", self.prefix);
        let count = self.keys.entry(name.clone()).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name}_{count}") }
    }

    /// A step id that is free.
    fn id(&mut self, wish: &str) -> String {
        const RESERVED: &[&str] = &[
            "inputs", "steps", "errors", "trigger", "event", "env", "run", "error", "loop", "now",
            "item",
        ];
        let mut base = text::ident(wish);
        if base.is_empty() || RESERVED.contains(&base.as_str()) {
            base = format!("step_{base}").trim_end_matches('_').to_owned();
        }
        base.truncate(32);
        let mut id = base.clone();
        let mut count = 1;
        while !self.ids.insert(id.clone()) {
            count += 1;
            id = format!("{base}_{count}");
        }
        id
    }

    /// Asks, or gives the answer of an earlier call.
    fn ask(
        &mut self,
        id: &str,
        kind: QuestionKind,
        text: String,
        choices: Option<Vec<String>>,
    ) -> Option<String> {
        self.ask_with(id, kind, text, choices, None)
    }

    fn ask_with(
        &mut self,
        id: &str,
        kind: QuestionKind,
        text: String,
        choices: Option<Vec<String>>,
        default: Option<String>,
    ) -> Option<String> {
        let required = default.is_none();
        if let Some(answer) = self
            .request
            .answers
            .get(id)
            .map(|answer| answer.trim())
            .filter(|answer| !answer.is_empty())
        {
            let fits = choices
                .as_ref()
                .is_none_or(|choices| choices.iter().any(|choice| choice == answer));
            if fits {
                return Some(answer.chars().take(2_000).collect());
            }
        }
        if !self.questions.iter().any(|question| question.id == id) {
            self.questions.push(Question {
                id: id.to_owned(),
                kind,
                path: String::new(),
                text,
                required,
                default: default.clone(),
                choices,
            });
        }
        default
    }

    fn step(&mut self, id: Option<String>, verb: Verb) -> Step {
        Step {
            id,
            name: None,
            note: None,
            when: None,
            retry: None,
            timeout: None,
            on_error: OnError::Fail,
            verb,
        }
    }

    fn warn(&mut self, code: codes::Code, message: String) {
        self.diagnostics.push(Diagnostic::warning(code, Place::default(), message));
    }
}

fn retry(tries: Tries) -> Retry {
    Retry { attempts: tries.attempts, backoff: tries.backoff, ..Retry::default() }
}
