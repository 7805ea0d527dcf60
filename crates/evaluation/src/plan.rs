//! A suite with what is compared: kept as it was, so that whoever goes on with it asks the same.

use codex32_model::ids::BotId;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::suite::{MOST_REPEATS, MOST_VARIANTS, Suite};

/// Most questions of one evaluation.
pub const MOST_QUESTIONS: usize = 10_000;
/// Questions at once, unless said otherwise, and at most.
const AT_ONCE: u32 = 4;
pub const MOST_AT_ONCE: u32 = 16;

/// What somebody asks for; what is not set is as the suite has it.
#[derive(Debug, Clone, Default)]
pub struct NewPlan {
    pub bot: Option<PlanBot>,
    pub models: Vec<String>,
    pub prompts: IndexMap<String, String>,
    pub repeat: Option<u32>,
    pub at_once: Option<u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub suite: Suite,
    /// The bot as it was.
    #[serde(default)]
    pub bot: Option<PlanBot>,
    pub variants: Vec<Variant>,
    pub repeat: u32,
    pub at_once: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanBot {
    /// None: it is not deployed.
    pub id: Option<BotId>,
    pub version: u32,
    /// JSON.
    pub definition: String,
    /// Connection names of the definition to names of the workspace's connections.
    pub bindings: IndexMap<String, String>,
}

/// A model with a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// What it is called in tables.
    pub name: String,
    /// The step's own unless set.
    pub model: Option<String>,
    /// Name and text of a prompt in place of the step's own.
    pub prompt: Option<(String, String)>,
}

/// One question of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    pub variant: u32,
    pub number: u32,
    pub repeat: u32,
}

impl Plan {
    /// # Errors
    /// When it is more than may be asked.
    pub fn new(suite: Suite, new: NewPlan) -> Result<Self, Error> {
        let chosen = |given: Vec<String>, own: &[String]| {
            if given.is_empty() { own.to_vec() } else { given }
        };
        let models = chosen(new.models, &suite.models);
        let prompts = if new.prompts.is_empty() { suite.prompts.clone() } else { new.prompts };
        if models.len() > MOST_VARIANTS || prompts.len() > MOST_VARIANTS {
            let message =
                format!("at most {MOST_VARIANTS} models and as many prompts are compared");
            return Err(Error::suite("models", message));
        }
        for (name, prompt) in &prompts {
            codex32_flow::expr::Template::parse(prompt)
                .map_err(|error| Error::suite(format!("prompts.{name}"), error.to_string()))?;
        }
        let repeat = new.repeat.or(suite.repeat).unwrap_or(1);
        if repeat == 0 || repeat > MOST_REPEATS {
            return Err(Error::suite("repeat", format!("it is 1 to {MOST_REPEATS}")));
        }
        let at_once = new.at_once.unwrap_or(AT_ONCE).clamp(1, MOST_AT_ONCE);
        let mut named: Vec<Option<String>> = Vec::new();
        for model in models {
            if !named.contains(&Some(model.clone())) {
                named.push(Some(model));
            }
        }
        if named.is_empty() {
            named.push(None);
        }
        let mut variants = Vec::new();
        for model in named {
            let base = model.clone().unwrap_or_else(|| "as it is".to_owned());
            variants.push(Variant { name: base.clone(), model: model.clone(), prompt: None });
            for (name, text) in &prompts {
                variants.push(Variant {
                    name: format!("{base} + {name}"),
                    model: model.clone(),
                    prompt: Some((name.clone(), text.clone())),
                });
            }
        }
        let plan = Self { suite, bot: new.bot, variants, repeat, at_once };
        if plan.suite.cases.is_empty() {
            return Err(Error::suite("cases", "there is no case"));
        }
        let size = plan.size();
        if size > MOST_QUESTIONS { Err(Error::Size(size)) } else { Ok(plan) }
    }

    /// How many questions it has.
    pub fn size(&self) -> usize {
        self.suite.cases.len() * self.variants.len() * self.repeat as usize
    }

    /// All of them. Variants stand side by side, so that those of a part can be compared.
    pub fn questions(&self) -> impl Iterator<Item = Question> {
        let (cases, variants) = (self.suite.cases.len() as u32, self.variants.len() as u32);
        (0..self.repeat).flat_map(move |repeat| {
            (0..cases).flat_map(move |number| {
                (0..variants).map(move |variant| Question { variant, number, repeat })
            })
        })
    }

    pub fn names(&self) -> Vec<String> {
        self.variants.iter().map(|variant| variant.name.clone()).collect()
    }
}
