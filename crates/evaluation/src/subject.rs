//! What a plan asks: the step as the engine would run it, out of the bot's definition or the suite's own
//! prompt.

use codex32_flow::expr::Compiled;
use codex32_flow::flow::{Flow, Op};
use codex32_flow::parse;
use codex32_model::definition::{Agent, Ask};
use codex32_model::ids::BotId;
use codex32_model::{Catalogue, Value};
use indexmap::IndexMap;

use crate::error::Error;
use crate::plan::{Plan, Variant};
use crate::scope::gives;

/// The id of a suite's own prompt.
const OWN: &str = "answer";

pub struct Subject {
    pub id: String,
    /// Whose step it is; knowledge asks for it.
    pub bot: BotId,
    pub kind: Kind,
    /// As the definition has it.
    pub prompt: Compiled,
    pub system: Option<Compiled>,
    pub bindings: IndexMap<String, String>,
    /// Those of the variants that have one.
    prompts: Vec<Option<Compiled>>,
}

pub enum Kind {
    Ask(Ask),
    Agent(Agent),
}

impl Subject {
    /// # Errors
    /// When the plan names no step that asks a model, or a case does not give what its prompts use.
    pub fn of(plan: &Plan, catalogue: &dyn Catalogue) -> Result<Self, Error> {
        let evaluates = &plan.suite.evaluates;
        let (text, id) = match (&plan.bot, &evaluates.step) {
            (Some(bot), Some(step)) => (bot.definition.clone(), step.clone()),
            _ => (own(plan).to_json(), OWN.to_owned()),
        };
        let value = Value::from_json(&text).map_err(|error| Error::Subject(error.to_string()))?;
        let flow = compiled(&value, catalogue)?;
        let (kind, prompt) = step(&flow, &id)?;
        let text = |text: &str| {
            Compiled::compile(&Value::from(text)).map_err(|error| Error::Subject(error.to_string()))
        };
        let prompt_of =
            |variant: &Variant| variant.prompt.as_ref().map(|(_, prompt)| text(prompt)).transpose();
        let prompts: Result<Vec<_>, Error> = plan.variants.iter().map(prompt_of).collect();
        let (bot, bindings) =
            plan.bot.as_ref().map(|bot| (bot.id, bot.bindings.clone())).unwrap_or_default();
        let subject = Self {
            id,
            bot: bot.unwrap_or(BotId::from_bytes([0; 16])),
            kind,
            prompt,
            system: evaluates.system.as_deref().map(text).transpose()?,
            bindings,
            prompts: prompts?,
        };
        for case in &plan.suite.cases {
            gives(case, subject.prompt.references())?;
            if let Some(system) = &subject.system {
                gives(case, system.references())?;
            }
            for prompt in subject.prompts.iter().flatten() {
                gives(case, prompt.references())?;
            }
        }
        Ok(subject)
    }

    pub fn prompt_of(&self, variant: u32) -> &Compiled {
        let own = self.prompts.get(variant as usize).and_then(Option::as_ref);
        own.unwrap_or(&self.prompt)
    }
}

/// The step of that id, if it asks a model.
pub fn step(flow: &Flow, id: &str) -> Result<(Kind, Compiled), Error> {
    let found = flow.steps.iter().find(|step| step.id.as_deref() == Some(id));
    match found.map(|step| &step.op) {
        Some(Op::Ask { ask, prompt }) => Ok((Kind::Ask(ask.clone()), prompt.clone())),
        Some(Op::Agent(op)) => Ok((Kind::Agent(op.agent.clone()), op.prompt.clone())),
        Some(_) => Err(Error::Subject(format!(
            "the step `{id}` of `{}` asks no language model",
            flow.bot.bot
        ))),
        None => {
            let asks = |op: &Op| matches!(op, Op::Ask { .. } | Op::Agent(_));
            let those: Vec<_> = flow.steps.iter().filter(|step| asks(&step.op)).collect();
            let ids: Vec<&str> = those.iter().filter_map(|step| step.id.as_deref()).collect();
            let there = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            Err(Error::Subject(format!(
                "`{}` has no step `{id}`; those that ask a language model: {there}",
                flow.bot.bot
            )))
        }
    }
}

pub fn compiled(definition: &Value, catalogue: &dyn Catalogue) -> Result<Flow, Error> {
    let parsed = parse::bot_from_value(definition);
    let Some(bot) = parsed.bot else {
        let fault = parsed.diagnostics.into_iter().find(codex32_model::Diagnostic::is_error);
        let said = fault.map(|fault| format!("{}: {}", fault.place.path, fault.message));
        return Err(Error::Subject(said.unwrap_or_else(|| "it cannot be read".to_owned())));
    };
    Flow::compile(&bot, catalogue).map_err(|error| Error::Subject(error.to_string()))
}

/// The suite's own prompt as a bot of one step.
fn own(plan: &Plan) -> Value {
    let evaluates = &plan.suite.evaluates;
    let mut step = vec![
        ("id", Value::from(OWN)),
        ("ask", Value::from(evaluates.prompt.as_deref().unwrap_or_default())),
    ];
    if let Some(model) = &evaluates.model {
        step.push(("model", Value::from(model.as_str())));
    }
    if let Some(output) = &evaluates.output {
        step.push(("output", output.clone()));
    }
    Value::object([
        ("bot", Value::from(plan.suite.name.as_str())),
        ("steps", Value::list([Value::object(step)])),
    ])
}
