//! The bot definition as written: plain data with one meaning for both spellings (YAML and JSON).
//!
//! Templates (`{{ … }}`) are kept as text here; `flow` parses and checks them. Reading, checking and
//! printing live in `flow` too. The language itself: docs/language.md.

use std::time::Duration;

use indexmap::IndexMap;

use crate::schema::{Fields, Schema};
use crate::value::Value;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bot {
    /// The slug, unique in its workspace: `[a-z][a-z0-9-]{0,62}`.
    pub bot: String,
    pub description: Option<String>,
    pub inputs: Fields,
    /// What `return` gives.
    pub output: Option<Schema>,
    pub triggers: IndexMap<String, Trigger>,
    pub steps: Vec<Step>,
    /// Steps that run when the bot fails or times out; `error` is in scope.
    pub on_error: Vec<Step>,
    pub limits: Limits,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Longest time from start to end, waits included; 30 days unless set.
    pub timeout: Option<Duration>,
    /// Runs of this bot at once; the rest queue.
    pub concurrency: Option<u32>,
    /// Whole expression over the inputs: `concurrency` counts the runs with the same key.
    pub concurrency_key: Option<String>,
    /// Starts of this bot; those beyond wait in the queue.
    pub rate: Option<Rate>,
    pub cost_usd: Option<f64>,
    /// Of an agent: how often it may ask its model.
    pub turns: Option<u32>,
    /// Of an agent: how many tokens one of its turns may read and write.
    pub tokens: Option<u32>,
}

/// At most `count` within any span of this length: `10/1m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub count: u32,
    pub within: Duration,
}

impl Rate {
    /// Most starts that a rate may allow within its span.
    pub const MOST: u32 = 10_000;
    /// Longest span.
    pub const LONGEST: Duration = Duration::from_secs(31 * 86_400);
}

impl std::fmt::Display for Rate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.count, crate::time::format_duration(self.within))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub id: Option<String>,
    /// For people.
    pub name: Option<String>,
    pub note: Option<String>,
    /// Whole expression; a step whose `when` is false is skipped and its value is `null`.
    pub when: Option<String>,
    pub retry: Option<Retry>,
    /// Per attempt.
    pub timeout: Option<Duration>,
    pub on_error: OnError,
    pub verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    #[default]
    Fail,
    /// The step's value becomes `null` and `errors.<id>` tells why.
    Continue,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How many tries in all, the first one included; 1 to 100.
    pub attempts: u32,
    pub backoff: Backoff,
    /// The pause before the second try.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 1,
            backoff: Backoff::Exponential,
            first: Duration::from_secs(1),
            most: Duration::from_secs(300),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backoff {
    Constant,
    Linear,
    #[default]
    Exponential,
}

impl Bot {
    /// Shows every step, also those inside blocks and of `on_error`, in the order written.
    pub fn each_step<'a>(&'a self, show: &mut dyn FnMut(&'a Step)) {
        each_of(&self.steps, show);
        each_of(&self.on_error, show);
    }
}

fn each_of<'a>(steps: &'a [Step], show: &mut dyn FnMut(&'a Step)) {
    for step in steps {
        show(step);
        for block in step.verb.blocks() {
            each_of(block, show);
        }
    }
}

impl Verb {
    /// The steps inside, block by block.
    pub fn blocks(&self) -> Vec<&[Step]> {
        match self {
            Self::If { then, otherwise, .. } => vec![then, otherwise],
            Self::Switch { cases, default, .. } => {
                cases.values().chain(default).map(Vec::as_slice).collect()
            }
            Self::ForEach { steps, .. } => vec![steps],
            Self::Parallel(branches) => branches.values().map(Vec::as_slice).collect(),
            Self::Try { body, catch, finally } => {
                std::iter::once(body).chain(catch).chain(finally).map(Vec::as_slice).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The one verb of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    Do(Do),
    Code(CodeStep),
    /// A value with templates inside.
    Set(Value),
    If {
        condition: String,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    /// Cases are compared as text.
    Switch {
        on: String,
        cases: IndexMap<String, Vec<Step>>,
        default: Option<Vec<Step>>,
    },
    ForEach {
        items: String,
        bind: String,
        concurrency: u32,
        steps: Vec<Step>,
    },
    Parallel(IndexMap<String, Vec<Step>>),
    Try {
        body: Vec<Step>,
        catch: Option<Vec<Step>>,
        finally: Option<Vec<Step>>,
    },
    Wait(Wait),
    Approve(Approve),
    Ask(Ask),
    Agent(Agent),
    Search(Search),
    Call(Call),
    Emit {
        event: String,
        data: Value,
        key: Option<String>,
    },
    Respond {
        status: Value,
        headers: IndexMap<String, Value>,
        body: Value,
    },
    /// Ends the run with this value.
    Return(Value),
}

/// `for_each` without `as`.
pub const DEFAULT_BINDING: &str = "item";

#[derive(Debug, Clone, PartialEq)]
pub struct Do {
    /// `connector.action`.
    pub action: String,
    /// A name that is bound to a connection at deploy.
    pub connection: Option<String>,
    /// Parameters; values with templates.
    pub with: IndexMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CodeStep {
    /// Verbatim, never interpolated.
    pub code: String,
    pub language: Language,
    /// Hosts that the code may reach; with any the step is an effect.
    pub network: Vec<String>,
    pub output: Option<Schema>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    TypeScript,
    JavaScript,
    Python,
}

impl Language {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeScript => "typescript",
            Self::JavaScript => "javascript",
            Self::Python => "python",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// A duration, or a template that gives one (or a number of seconds).
    For(String),
    /// A civil time with `timezone`, an RFC 3339 time, or a template that gives either.
    Until { at: String, timezone: Option<String> },
    Event {
        event: String,
        /// Whole expression over `event`.
        matching: Option<String>,
        timeout: Option<Duration>,
        /// Also events since this time (template or RFC 3339); default: since the run began.
        since: Option<String>,
        /// Keep the bot's concurrency slot while waiting.
        hold: bool,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Approve {
    pub text: String,
    pub to: Vec<String>,
    pub form: Fields,
    pub expires: Option<Duration>,
    pub default: Option<Decision>,
    pub on_reject: OnReject,
}

impl Approve {
    /// Whether the run ends there when the answer is this one.
    pub fn ends_with(&self, approved: bool) -> bool {
        !approved && self.on_reject == OnReject::Stop
    }

    /// What is taken for the answer when nobody gave one in time.
    pub fn silence(&self) -> Decision {
        self.default.unwrap_or(Decision::Reject)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Reject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnReject {
    #[default]
    Stop,
    Continue,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    pub prompt: String,
    pub model: Option<String>,
    pub sources: Vec<String>,
    pub output: Option<Schema>,
    pub limits: Limits,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    pub prompt: String,
    pub model: Option<String>,
    pub tools: Vec<Tool>,
    pub output: Option<Schema>,
    pub limits: Limits,
}

impl Agent {
    /// Turns unless `limits.turns` says, and the most that it may say.
    pub const TURNS: u32 = 20;
    pub const MOST_TURNS: u32 = 200;
    /// Time unless `limits.timeout` says; what people take to approve tools does not count.
    pub const TIMEOUT: Duration = Duration::from_secs(30 * 60);
    /// Tokens of what a turn reads and writes unless `limits.tokens` says, and the most that it may.
    pub const TOKENS: u32 = 200_000;
    pub const MOST_TOKENS: u32 = 2_000_000;

    pub fn turns(&self) -> u32 {
        self.limits.turns.unwrap_or(Self::TURNS)
    }

    pub fn timeout(&self) -> Duration {
        self.limits.timeout.unwrap_or(Self::TIMEOUT)
    }

    pub fn tokens(&self) -> u32 {
        self.limits.tokens.unwrap_or(Self::TOKENS)
    }
}

/// Something that an agent may use. `with` fixes values that the model then does not choose; with
/// `approve` people are asked before each use, without it they are where the tool destroys.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool {
    Do {
        action: String,
        connection: Option<String>,
        with: IndexMap<String, Value>,
        approve: Option<bool>,
    },
    Call {
        bot: String,
        with: IndexMap<String, Value>,
        approve: Option<bool>,
    },
    /// Tools of the MCP server that a connection names; without `allow` all but those that destroy.
    Mcp {
        server: String,
        allow: Vec<String>,
        approve: Option<bool>,
    },
    Search {
        base: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    pub base: String,
    pub query: String,
    /// How many results; 1 to 100, 5 unless set.
    pub top: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub bot: String,
    pub with: IndexMap<String, Value>,
    /// Do not wait for the child; the value is `{run}`.
    pub detach: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Whole expression; false means no run.
    pub when: Option<String>,
    /// Input name to a value with templates.
    pub inputs: IndexMap<String, Value>,
    pub kind: TriggerKind,
}

/// How often an app trigger looks, unless it says so.
pub const POLL: Duration = Duration::from_secs(300);
/// The shortest time between two looks of an app trigger.
pub const LEAST_POLL: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, PartialEq)]
pub enum TriggerKind {
    Schedule(ScheduleTrigger),
    Webhook(Webhook),
    Event {
        event: String,
    },
    App {
        event: String,
        connection: Option<String>,
        with: IndexMap<String, Value>,
        /// From look to look; [`POLL`] unless set, at least [`LEAST_POLL`].
        poll: Option<Duration>,
    },
    Form {
        path: String,
        title: Option<String>,
        respond: Respond,
    },
    Email {
        connection: Option<String>,
        folder: Option<String>,
    },
    Chat {
        path: String,
    },
    Manual,
}

impl TriggerKind {
    /// The key that the definition spells it with; `every` and `once` are schedules.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Schedule(_) => "schedule",
            Self::Webhook(_) => "webhook",
            Self::Event { .. } => "event",
            Self::App { .. } => "app",
            Self::Form { .. } => "form",
            Self::Email { .. } => "email",
            Self::Chat { .. } => "chat",
            Self::Manual => "manual",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleTrigger {
    pub rule: Rule,
    /// An IANA zone; none means the workspace's.
    pub timezone: Option<String>,
    /// A date, civil time or RFC 3339 time, as written.
    pub start: Option<String>,
    pub end: Option<String>,
    pub count: Option<u32>,
    /// Dates on which it does not fire (`2027-12-24`).
    pub except: Vec<String>,
    pub missed: Missed,
    pub overlap: Overlap,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// `schedule:` with 5 or 6 cron fields, a nickname (`@daily`), or an RFC 5545 RRULE (`FREQ=…`).
    Calendar(String),
    /// `every:` elapsed time.
    Every(Duration),
    /// `once:` a civil time in the zone, or an RFC 3339 time.
    Once(String),
}

/// What to do with fires that came more than 60 s late because the server was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missed {
    Skip,
    #[default]
    Last,
    /// At most 1,000.
    All,
}

/// What to do when the last run of this trigger has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlap {
    #[default]
    Queue,
    Skip,
    /// Cancel the run that goes on, start the new one.
    Cancel,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Without a leading slash; segments of `[A-Za-z0-9._~-]`.
    pub path: String,
    /// Upper case; POST unless set. `ANY` takes every method.
    pub method: String,
    pub respond: Respond,
    /// How long the caller waits with `respond: run`; 30 s unless set.
    pub timeout: Option<Duration>,
    /// Bytes; 1 MiB unless set, at most 32 MiB.
    pub max_body: Option<u64>,
    /// Whole expression over `trigger`; equal keys within 24 h start one run.
    pub dedupe: Option<String>,
    pub verify: Option<Verify>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Respond {
    /// 202 with the run's id, at once.
    #[default]
    Now,
    /// What the run answers.
    Run,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Verify {
    pub scheme: Scheme,
    /// The connection that holds the signing secret.
    pub connection: String,
    /// Only for `hmac-sha256`; the header with the hex or base64 signature.
    pub header: Option<String>,
    /// Oldest timestamp accepted, where the scheme has one; 5 m unless set.
    pub tolerance: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Standard,
    GitHub,
    Stripe,
    Slack,
    HmacSha256,
}
