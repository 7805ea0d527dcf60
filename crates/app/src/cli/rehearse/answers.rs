//! What the world would say: samples, a recorded run, examples, or the world itself with `--live`.

use std::collections::HashMap;

use codex32_connectors::{builtin, prepare};
use codex32_engine::run::Failure as StepFailure;
use codex32_model::action::Catalogue;
use codex32_model::codes::connector;
use codex32_model::definition::CodeStep;
use codex32_model::{StepError, Timestamp, Value};
use serde::Deserialize;

use super::outside::{Came, Outside};
use super::{Live, TryArgs};
use crate::cli::input;
use crate::client::{Client, view};
use crate::config::Settings;
use crate::failure::Failure;

/// Who gave a step's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Sample,
    Run,
    Example,
    Live,
    /// A write that was not done.
    Shown,
}

impl By {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Run => "run",
            Self::Example => "example",
            Self::Live => "live",
            Self::Shown => "shown",
        }
    }
}

/// A step that cannot go on without a sample.
#[derive(Debug, Clone)]
pub struct Need {
    pub step: String,
    pub why: String,
}

pub type Answer = Result<(Came, By), Need>;

pub struct Answers {
    samples: HashMap<String, Value>,
    /// Outputs of a run, by address.
    recorded: HashMap<String, Value>,
    live: Option<Live>,
    outside: Outside,
}

#[derive(Deserialize)]
struct Recorded {
    steps: Vec<RecordedStep>,
}

#[derive(Deserialize)]
struct RecordedStep {
    address: String,
    state: String,
    #[serde(default)]
    output: Value,
}

impl Answers {
    pub fn new(args: &TryArgs, settings: &Settings, now: Timestamp) -> Result<Self, Failure> {
        let mut samples = HashMap::new();
        for pair in &args.sample {
            let (step, value) = input::pair("--sample", pair)?;
            samples.insert(step, input::json("--sample", &value)?);
        }
        let recorded = match &args.from_run {
            Some(run) => recorded(run, settings)?,
            None => HashMap::new(),
        };
        let outside = Outside::new(args.network.allow_private_networks, now)?;
        Ok(Self { samples, recorded, live: args.live, outside })
    }

    /// A sample for an address, or for the id at its end.
    pub fn sample(&self, address: &str) -> Option<Value> {
        let id = address.rsplit('/').next().unwrap_or(address);
        self.samples.get(address).or_else(|| self.samples.get(id)).cloned()
    }

    fn given(&self, address: &str) -> Option<(Value, By)> {
        let sample = self.sample(address).map(|value| (value, By::Sample));
        sample.or_else(|| self.recorded.get(address).map(|value| (value.clone(), By::Run)))
    }

    pub fn action(
        &mut self,
        address: &str,
        action: &str,
        connection: Option<&str>,
        input: &Value,
        key: Option<&str>,
    ) -> Answer {
        let writes = key.is_some();
        let spec = builtin().action(action);
        if let Some(Err(problem)) = spec.map(|spec| prepare(&spec.params, input)) {
            let failure = refused(format!("`{action}`: {problem}"));
            return Ok((Came::Failed(failure), By::Shown));
        }
        if let Some((value, by)) = self.given(address) {
            return Ok((Came::done(value), by));
        }
        let live = matches!((self.live, writes), (Some(Live::All), _) | (Some(Live::Reads), false));
        if live {
            if let Some(connection) = connection {
                let why = format!(
                    "it uses the connection `{connection}`, whose secret only the server has"
                );
                return Err(Need { step: address.to_owned(), why });
            }
            return Ok((self.outside.action(action, input, key), By::Live));
        }
        let example = spec.and_then(|spec| spec.examples.first());
        match example {
            Some(example) if writes => Ok((Came::done(example.output.clone()), By::Shown)),
            Some(example) => Ok((Came::done(example.output.clone()), By::Example)),
            None if writes => Ok((Came::done(Value::Null), By::Shown)),
            None => {
                let why = format!("`{action}` reads, and has no example");
                Err(Need { step: address.to_owned(), why })
            }
        }
    }

    /// Code without network touches nothing outside, so it runs; code with network does not.
    pub fn code(
        &mut self,
        address: &str,
        code: &CodeStep,
        scope: Value,
        now: Timestamp,
    ) -> Result<(Came, Option<By>), Need> {
        if let Some((value, by)) = self.given(address) {
            return Ok((Came::done(value), Some(by)));
        }
        if code.network.is_empty() {
            return Ok((self.outside.code(code, scope, now), None));
        }
        let why = "its code reaches the network, which a rehearsal does not let it".to_owned();
        Err(Need { step: address.to_owned(), why })
    }

    pub fn call(&self, address: &str, bot: &str) -> Result<(Value, By), Need> {
        self.given(address).ok_or_else(|| Need {
            step: address.to_owned(),
            why: format!("it calls the bot `{bot}`, which is not rehearsed with this one"),
        })
    }
}

/// What the connector would say of parameters that do not fit.
fn refused(message: String) -> StepFailure {
    StepFailure {
        error: StepError::new(connector::INVALID_PARAMS, message),
        retryable: false,
        retry_after: None,
        unknown: false,
        logs: Vec::new(),
    }
}

fn recorded(run: &str, settings: &Settings) -> Result<HashMap<String, Value>, Failure> {
    let answer = Client::new(settings)?.get(&["runs", run], &[])?;
    let recorded: Recorded = view(&answer)?;
    let done = recorded.steps.into_iter().filter(|step| step.state == "succeeded");
    Ok(done.map(|step| (step.address, step.output)).collect())
}
