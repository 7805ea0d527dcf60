//! What the world would say: samples, a recorded run, examples, or with [`Live`] the world itself.

use std::collections::HashMap;
use std::time::Duration;

use codex32_connectors::{builtin, prepare};
use codex32_engine::run::Failure as StepFailure;
use codex32_engine::{Briefing, Wanted};
use codex32_flow::flow::agent::MCP_CALL;
use codex32_model::action::Catalogue;
use codex32_model::codes::connector;
use codex32_model::definition::{Agent, Ask, CodeStep};
use codex32_model::fact::LogLine;
use codex32_model::{Field, Fields, Schema, StepError, Timestamp, Value};
use codex32_sandbox::{Job, Limits, Pool};

/// The longest that a code step of a rehearsal may take.
const CODE: Duration = Duration::from_secs(10);
/// Texts in the place of those that a model or a person would give.
const MODEL: &str = "(an answer of the model)";
const PERSON: &str = "(what somebody fills in)";

/// Who gave a step's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Sample,
    Run,
    Example,
    Live,
    /// A write that was not done.
    Shown,
    /// Made up, in the place of a language model's.
    MadeUp,
}

impl By {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Run => "run",
            Self::Example => "example",
            Self::Live => "live",
            Self::Shown => "shown",
            Self::MadeUp => "made_up",
        }
    }
}

/// A step that cannot go on without a sample.
#[derive(Debug, Clone)]
pub struct Need {
    pub step: String,
    pub why: String,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub enum Came {
    Done { output: Value, logs: Vec<LogLine> },
    Failed(StepFailure),
}

impl Came {
    pub const fn done(output: Value) -> Self {
        Self::Done { output, logs: Vec::new() }
    }
}

/// Does actions for real.
#[async_trait::async_trait]
pub trait World: Send + Sync {
    async fn action(&self, action: &str, input: &Value, key: Option<&str>) -> Came;

    /// Asks a language model.
    async fn ask(&self, ask: &Ask, prompt: &str) -> Came;
}

/// Lets agents work: their models are asked, and something stands for their tools.
#[async_trait::async_trait]
pub trait Agents: Send + Sync {
    /// What the tools are, as their model is told.
    async fn listing(&self, tools: Vec<Wanted>) -> Came;

    async fn turn(&self, briefing: Briefing) -> Came;

    /// What a tool gives, by the name that stands in the address of its use, or by its name on an MCP server.
    async fn tool(&self, name: &str, with: &Value) -> Came;
}

/// What is done for real.
pub struct Live {
    pub world: Box<dyn World>,
    /// Not the reads only.
    pub writes: bool,
}

/// Who answers for the world, in the order of the fields.
pub struct Answers {
    /// By address, or by the id at its end.
    pub samples: HashMap<String, Value>,
    /// Outputs of a run, by address.
    pub recorded: HashMap<String, Value>,
    pub live: Option<Live>,
    /// None: an agent gives its sample at once, or something of the right shape.
    pub agents: Option<Box<dyn Agents>>,
    /// Runs code without network: it touches nothing outside.
    pub pool: Pool,
    /// Seeds the code's randomness.
    pub seed: [u8; 32],
}

type Answer = Result<(Came, By), Need>;

impl Answers {
    /// A sample for an address, or for the id at its end.
    pub(crate) fn sample(&self, address: &str) -> Option<Value> {
        let id = address.rsplit('/').next().unwrap_or(address);
        self.samples.get(address).or_else(|| self.samples.get(id)).cloned()
    }

    /// What a step gives without the world.
    pub(crate) fn given(&self, address: &str) -> Option<(Value, By)> {
        let sample = self.sample(address).map(|value| (value, By::Sample));
        sample.or_else(|| self.recorded.get(address).map(|value| (value.clone(), By::Run)))
    }

    /// What a use of an agent's tool gives, where something stands for its tools.
    pub(crate) async fn tool(&self, address: &str, action: &str, input: &Value) -> Option<Came> {
        let agents = self.agents.as_ref()?;
        // `brief[2].web-lookup.0/call`
        let (place, _) = address.rsplit_once('/')?;
        let (_, use_) = place.rsplit_once("].")?;
        let (name, _) = use_.rsplit_once('.')?;
        if action != MCP_CALL {
            return Some(agents.tool(name, input).await);
        }
        let name = input.get("name").map(Value::to_text).unwrap_or_default();
        let with = input.get("arguments").cloned().unwrap_or_default();
        Some(agents.tool(&name, &with).await)
    }

    pub(crate) async fn action(
        &self,
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
        if let Some(live) = self.live.as_ref().filter(|live| live.writes || !writes) {
            if let Some(connection) = connection {
                let why = format!(
                    "it uses the connection `{connection}`, whose secret only the server has"
                );
                return Err(Need { step: address.to_owned(), why });
            }
            return Ok((live.world.action(action, input, key).await, By::Live));
        }
        if action == codex32_flow::knowledge::SEARCH {
            return Ok((Came::done(codex32_flow::knowledge::made_up(input)), By::MadeUp));
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

    /// Code without network runs in the sandbox; code with network does not run.
    pub(crate) async fn code(
        &self,
        address: &str,
        code: &CodeStep,
        scope: Value,
        now: Timestamp,
    ) -> Result<(Came, Option<By>), Need> {
        if let Some((value, by)) = self.given(address) {
            return Ok((Came::done(value), Some(by)));
        }
        if code.network.is_empty() {
            return Ok((self.run(code, scope, now).await, None));
        }
        let why = "its code reaches the network, which a rehearsal does not let it".to_owned();
        Err(Need { step: address.to_owned(), why })
    }

    async fn run(&self, step: &CodeStep, scope: Value, now: Timestamp) -> Came {
        let job = Job {
            language: step.language,
            code: step.code.clone(),
            scope,
            now,
            seed: self.seed,
            limits: Limits { wall: CODE, cpu: CODE, ..Limits::default() },
            network: Vec::new(),
        };
        match self.pool.run(job, None).await {
            Ok(done) => Came::Done { output: done.value, logs: done.logs },
            Err(failure) => Came::Failed(StepFailure {
                error: failure.to_step_error(),
                retryable: false,
                retry_after: None,
                unknown: false,
                logs: failure.logs,
            }),
        }
    }

    /// A language model is asked only where everything is done for real: it costs money.
    pub(crate) async fn ask(&self, address: &str, ask: &Ask, prompt: &str) -> (Came, By) {
        if let Some((value, by)) = self.given(address) {
            return (Came::done(value), by);
        }
        match self.live.as_ref().filter(|live| live.writes) {
            Some(live) => (live.world.ask(ask, prompt).await, By::Live),
            None => (Came::done(made_up(ask.output.as_ref(), MODEL)), By::MadeUp),
        }
    }

    /// What the model of an agent says at once, without a tool: the sample, or something of the right shape.
    pub(crate) fn agent(&self, address: &str, agent: &Agent) -> (Value, By) {
        let (result, by) = self
            .given(address)
            .unwrap_or_else(|| (made_up(agent.output.as_ref(), MODEL), By::MadeUp));
        let text = match (&agent.output, &result) {
            (None | Some(Schema::String), _) => result.to_text(),
            _ => result.to_json(),
        };
        let message =
            Value::object([("role", Value::from("assistant")), ("content", Value::from(text))]);
        (Value::object([("message", message), ("finish", Value::from("stop"))]), by)
    }

    /// What somebody would say to an approval: as the sample or the recorded run has it, else a yes.
    /// None: nobody says anything in time.
    pub(crate) fn approval(
        &self,
        address: &str,
        form: &Fields,
        at: Timestamp,
    ) -> (Option<Value>, By) {
        let (given, by) = self.given(address).unwrap_or((Value::from(true), By::MadeUp));
        let field = |name: &str| given.get(name).cloned();
        if field("expired").is_some_and(|expired| expired.truthy()) {
            return (None, by);
        }
        let approved = match &given {
            Value::Bool(approved) => *approved,
            _ => field("approved").is_none_or(|approved| approved.truthy()),
        };
        let shape = Schema::Object { fields: form.clone(), open: false };
        let filled = if approved { made_up(Some(&shape), PERSON) } else { Value::Null };
        let said = Value::object([
            ("approved", Value::Bool(approved)),
            ("by", field("by").unwrap_or_else(|| Value::from("(somebody)"))),
            ("at", field("at").unwrap_or_else(|| Value::from(at.to_string()))),
            ("comment", field("comment").unwrap_or_default()),
            ("form", field("form").unwrap_or(filled)),
        ]);
        (Some(said), by)
    }

    pub(crate) fn call(&self, address: &str, bot: &str) -> Result<(Value, By), Need> {
        self.given(address).ok_or_else(|| Need {
            step: address.to_owned(),
            why: format!("it calls the bot `{bot}`, which is not rehearsed with this one"),
        })
    }
}

/// Something of that shape, with `text` for its texts.
fn made_up(schema: Option<&Schema>, text: &str) -> Value {
    match schema {
        None | Some(Schema::String) => Value::from(text),
        Some(Schema::Any | Schema::Null) => Value::Null,
        Some(Schema::Boolean) => Value::from(true),
        Some(Schema::Integer | Schema::Number) => Value::Int(1),
        Some(Schema::Array(item)) => Value::list([made_up(Some(item), text)]),
        Some(Schema::Object { fields, .. }) => Value::object(fields.iter().map(|(name, field)| {
            let example = field.default.clone().or_else(|| field.examples.first().cloned());
            (name.as_str(), example.unwrap_or_else(|| within(field, text)))
        })),
        Some(Schema::Enum(values)) => values.first().cloned().unwrap_or_default(),
        Some(Schema::Union(shapes)) => made_up(shapes.first(), text),
    }
}

/// A number between the bounds of its field, a text that is not too long.
fn within(field: &Field, text: &str) -> Value {
    match made_up(Some(&field.schema), text) {
        Value::Int(number) => {
            let least = field.minimum.map_or(number, |least| least.ceil() as i64).max(number);
            Value::Int(field.maximum.map_or(least, |most| least.min(most.floor() as i64)))
        }
        Value::Str(text) => {
            let most = field.max_length.unwrap_or(usize::MAX);
            Value::from(text.chars().take(most).collect::<String>())
        }
        other => other,
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
