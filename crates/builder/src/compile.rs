//! Compile, diagnose, repair.
//!
//! The compiler's draft comes first and is what remains when a model does no better. A model's answer
//! takes its place only without any fault: it can be read, the checker and the sandbox find nothing, it
//! names no address that nobody named, and it has what the sentence asks for ([`crate::demands`]).

use codex32_author::{ConnectionUse, Draft, Question, QuestionKind, Request, draft};
use codex32_flow::check;
use codex32_llm::{ChatRequest, Message};
use codex32_model::action::{BotSignature, ConnectionNeed};
use codex32_model::codes::builder as codes;
use codex32_model::definition::{Bot, TriggerKind, Verb};
use codex32_model::{Catalogue, Code, Diagnostic, Place, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::{self, Account, Claim};
use crate::answer::{self, Read};
use crate::demands::{self, Demands, Dissent};
use crate::model::{Model, ModelError};
use crate::said::{self, Said};
use crate::trial::Trial;
use crate::{memory, prompt, relevant};

/// When the model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Never.
    Offline,
    /// Where the compiler is uncertain.
    #[default]
    Uncertain,
    /// Whatever the compiler says: somebody wants it.
    Always,
}

#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub depth: Depth,
    /// How often an answer is repaired; 0 to 5.
    pub repairs: u32,
    /// A model may contradict the compiler's reading of deeds, if it does so expressly.
    pub dissent: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { depth: Depth::default(), repairs: 2, dissent: true }
    }
}

/// Who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Compiler,
    Model,
}

/// One answer of the model, and what was wrong with it.
#[derive(Debug, Clone, Serialize)]
pub struct Round {
    pub faults: Vec<Diagnostic>,
    /// In micro-dollars.
    pub cost: i64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Built {
    pub draft: Draft,
    pub by: By,
    /// The answers of the model; none when it was not asked.
    pub rounds: Vec<Round>,
    /// Why the model's part is not what one would wish, for the person.
    pub note: Option<(Code, String)>,
    /// Where the model contradicts the compiler, and was heard.
    pub dissents: Vec<Dissent>,
    /// What the model says of its answer.
    pub says: String,
}

impl Built {
    /// What all answers cost, in micro-dollars.
    pub fn cost(&self) -> i64 {
        self.rounds.iter().map(|round| round.cost).sum()
    }
}

/// Drafts a bot from a sentence.
pub async fn build(
    request: &Request<'_>,
    bots: &[BotSignature],
    model: Option<&dyn Model>,
    trial: &dyn Trial,
    options: Options,
) -> Built {
    let offline = draft(request);
    let mut built = Built {
        draft: offline,
        by: By::Compiler,
        rounds: Vec::new(),
        note: None,
        dissents: Vec::new(),
        says: String::new(),
    };
    let Some(model) = model.filter(|_| options.depth != Depth::Offline) else { return built };
    if is_no_order(&built.draft) {
        return built;
    }
    let said = said::read(request);
    if options.depth == Depth::Uncertain && !demands::is_worth_asking(&said, &built.draft) {
        return built;
    }
    let demands = demands::of(&said, &built.draft);
    let found = relevant::find(request, &said, &built.draft, bots);
    let first = prompt::of(request, &said, &found, &built.draft, &demands, options.dissent);
    let desk = Desk {
        request,
        said: &said,
        demands: &demands,
        trial,
        dissent: options.dissent,
        is_unsure: demands::is_worth_asking(&said, &built.draft),
    };
    repair(&desk, first, model, options.repairs.min(5), &mut built).await;
    built
}

/// What orders the program about, or says nothing at all, is no sentence for a model either.
fn is_no_order(draft: &Draft) -> bool {
    draft.definition.is_none() && matches!(draft.questions.as_slice(), [only] if only.id == "what")
}

struct Desk<'a> {
    request: &'a Request<'a>,
    said: &'a Said,
    demands: &'a Demands,
    trial: &'a dyn Trial,
    dissent: bool,
    /// What the compiler demands may not be the whole.
    is_unsure: bool,
}

async fn repair(
    desk: &Desk<'_>,
    first: ChatRequest,
    model: &dyn Model,
    repairs: u32,
    built: &mut Built,
) {
    let offline = built.draft.clone();
    let mut asked = first.clone();
    // What would do if nothing better comes, where the compiler has nothing at all.
    let mut spare: Option<(usize, Looked)> = None;
    // The deeds that answers have named.
    let mut named: Vec<Claim> = Vec::new();
    for round in 0..=repairs {
        let completion = match model.complete(asked.clone()).await {
            Ok(completion) => completion,
            Err(ModelError { code, message }) => {
                built.note =
                    Some((code, format!("The language model was not asked to the end: {message}")));
                break;
            }
        };
        let looked = desk.look(&completion.text, completion.cut, &offline, &named).await;
        let Looked { bot, read, .. } = &looked;
        account::remember(&mut named, &read.deeds, &looked.faults, bot.as_ref(), desk.said);
        let faults = looked.faults.clone();
        built.rounds.push(Round { faults: faults.clone(), cost: completion.cost });
        // What failed with made-up data is told once; the data may be at fault.
        let blocking = faults.iter().any(Diagnostic::is_error);
        if looked.bot.is_some() && (faults.is_empty() || !blocking && round > 0) {
            take(desk, looked, &offline, built);
            return;
        }
        let unmet = faults.iter().filter(|fault| fault.is_error()).count();
        let leaves_out = [codes::MISSING, codes::UNCOVERED, codes::UNDONE];
        let harmless =
            faults.iter().all(|fault| !fault.is_error() || leaves_out.contains(&fault.code));
        if looked.bot.is_some()
            && harmless
            && spare.as_ref().is_none_or(|(least, _)| unmet < *least)
        {
            spare = Some((unmet, looked));
        }
        asked = first.clone();
        asked.messages.push(Message::new("assistant", prompt::shortened(&completion.text)));
        asked.messages.push(Message::new("user", prompt::again(&faults, desk.dissent)));
    }
    let may_stand = |unmet: usize| offline.definition.is_none() || unmet == 0;
    if let Some((unmet, looked)) = spare
        && may_stand(unmet)
    {
        let missing = looked.faults.iter().filter(|fault| fault.is_error());
        let missing: Vec<Diagnostic> = missing
            .map(|fault| Diagnostic { severity: codex32_model::Severity::Warning, ..fault.clone() })
            .collect();
        take(desk, looked, &offline, built);
        built.draft.diagnostics.extend(missing);
        if unmet > 0 {
            built.draft.questions.push(left_out());
        }
        return;
    }
    if built.note.is_none() {
        let remains = if offline.definition.is_some() {
            "the offline draft stays"
        } else {
            "there is no draft"
        };
        let tries = built.rounds.len();
        let message = format!(
            "None of the language model's {tries} answers was without faults, so {remains}."
        );
        built.note = Some((codes::GAVE_UP, message));
    }
}

/// What is not wholly there is not ready.
fn left_out() -> Question {
    Question {
        id: "model.left_out".to_owned(),
        kind: QuestionKind::Clarify,
        path: String::new(),
        text: "Something that you said is not in this draft (see the warnings). What should it do about that?"
            .to_owned(),
        required: true,
        default: None,
        choices: None,
    }
}

/// An answer that was looked at.
struct Looked {
    bot: Option<Bot>,
    read: Read,
    faults: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    dissents: Vec<Dissent>,
}

impl Desk<'_> {
    async fn look(&self, text: &str, cut: bool, offline: &Draft, named: &[Claim]) -> Looked {
        let mut looked = Looked {
            bot: None,
            read: Read::default(),
            faults: Vec::new(),
            warnings: Vec::new(),
            dissents: Vec::new(),
        };
        match answer::read(text, cut) {
            Ok(read) => looked.read = read,
            Err(message) => {
                let place = Place::default();
                looked.faults.push(Diagnostic::error(codes::UNREADABLE, place, message));
                return looked;
            }
        }
        let request = self.request;
        // Whether a time lies in the past is for those who have a clock.
        let now = request.now.unwrap_or(Timestamp::EPOCH);
        let context = check::Context { catalogue: request.catalogue, zone: request.zone, now };
        let tried = self.trial.faults(&looked.read.parsed, request.catalogue).await;
        let checked = check::parsed(looked.read.parsed.clone(), &context);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            checked.diagnostics.into_iter().partition(Diagnostic::is_error);
        looked.faults.extend(errors);
        looked.faults.extend(tried);
        looked.warnings = warnings;
        if let Some(bot) = &checked.bot {
            let kept: Vec<String> =
                looked.read.questions.iter().map(|question| question.id.clone()).collect();
            let dissents = if self.dissent { &looked.read.dissents[..] } else { &[] };
            let (unmet, heard) = self.demands.unmet(bot, &kept, dissents, self.said, request);
            let answers: Vec<String> = request.answers.values().cloned().collect();
            looked.faults.extend(demands::invented(bot, self.said, offline, &answers));
            looked.faults.extend(unmet);
            looked.faults.extend(memory::unkept(bot, offline.definition.as_ref()));
            let account = Account {
                said: self.said,
                catalogue: request.catalogue,
                is_needed: self.is_unsure || !heard.is_empty(),
            };
            looked.faults.extend(account.faults(bot, &looked.read.deeds));
            looked.faults.extend(account::vanished(named, &looked.read.deeds, self.said));
            looked.dissents = heard;
        }
        looked.bot = checked.bot;
        looked
    }
}

/// The model's answer takes the place of the draft.
fn take(desk: &Desk<'_>, looked: Looked, offline: &Draft, built: &mut Built) {
    let Some(bot) = looked.bot else { return };
    let request = desk.request;
    let mut questions: Vec<Question> = Vec::new();
    for question in &offline.questions {
        let asked = looked.read.questions.iter().any(|asked| asked.id == question.id);
        let open = stands_open(&bot, question, offline);
        if question.required && (asked || open.is_some()) {
            questions.push(Question { path: open.unwrap_or_default(), ..question.clone() });
        }
    }
    for (at, asked) in looked.read.questions.iter().enumerate() {
        if offline.questions.iter().any(|known| known.id == asked.id) {
            continue;
        }
        let choices = (!asked.choices.is_empty()).then(|| asked.choices.clone());
        questions.push(Question {
            id: format!("model.{}", at + 1),
            kind: if choices.is_some() { QuestionKind::Choice } else { QuestionKind::Value },
            path: asked.path.clone(),
            text: asked.text.chars().take(400).collect(),
            required: true,
            default: None,
            choices,
        });
    }
    questions.extend(account::left(&looked.read.deeds, &request.answers));
    built.draft = Draft {
        connections: uses(&bot, request.catalogue, request.connections),
        explanation: codex32_author::explain::explain(
            &bot,
            codex32_author::text::read(request.sentence).lang,
            request,
            &[],
            &questions,
        ),
        confidence: if questions.is_empty() { 0.9 } else { 0.7 },
        diagnostics: looked.warnings,
        definition: Some(bot),
        questions,
    };
    built.by = By::Model;
    built.dissents = looked.dissents;
    built.says = looked.read.says;
}

/// Where a question's placeholder stands now.
fn stands_open(bot: &Bot, question: &Question, offline: &Draft) -> Option<String> {
    let drafted = crate::seen::of(offline.definition.as_ref()?);
    let open = drafted
        .texts
        .iter()
        .find(|(path, text)| *path == question.path && text.contains("{{ env."))?;
    let seen = crate::seen::of(bot);
    seen.texts.iter().find(|(_, text)| text.contains(&open.1)).map(|(path, _)| path.clone())
}

/// The connections that a definition uses, whether they exist or not.
pub fn uses(
    bot: &Bot,
    catalogue: &dyn Catalogue,
    connections: &[(String, String)],
) -> Vec<ConnectionUse> {
    let mut found: Vec<ConnectionUse> = Vec::new();
    let mut add = |name: &str, connector: &str| {
        if !found.iter().any(|used| used.name == name && used.connector == connector) {
            let bound = connections.iter().any(|(known, of)| known == name && of == connector);
            found.push(ConnectionUse {
                name: name.to_owned(),
                connector: connector.to_owned(),
                bound,
            });
        }
    };
    for trigger in bot.triggers.values() {
        match &trigger.kind {
            TriggerKind::App { event, connection, .. } => {
                let connector = event.split('.').next().unwrap_or_default();
                connection.iter().for_each(|name| add(name, connector));
            }
            TriggerKind::Webhook(hook) => {
                hook.verify.iter().for_each(|verify| add(&verify.connection, "webhook"));
            }
            _ => {}
        }
    }
    bot.each_step(&mut |step| {
        if let Verb::Do(call) = &step.verb
            && let Some(name) = &call.connection
            && let Some(action) = catalogue.action(&call.action)
            && action.connection != ConnectionNeed::None
        {
            add(name, &action.connector);
        }
    });
    found
}

/// The faults of a definition as the repair prompt numbers them.
pub fn numbered(faults: &[Diagnostic]) -> String {
    let line = |(at, fault): (usize, &Diagnostic)| {
        let Place { path, .. } = &fault.place;
        let place = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
        let help = fault.suggestion.as_ref().map(|help| format!(" {help}")).unwrap_or_default();
        format!("{}. {}{place}: {}{help}\n", at + 1, fault.code.text, fault.message)
    };
    faults.iter().take(12).enumerate().map(line).collect()
}
