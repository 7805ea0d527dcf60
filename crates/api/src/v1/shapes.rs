//! How types of `model` and `engine` look in the OpenAPI document; they are serialised by their own
//! crates, and a test compares the two.

use utoipa::ToSchema;

macro_rules! described {
    ($($(#[$meta:meta])* $name:ident as $shown:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(ToSchema)]
        #[schema(as = $shown)]
        #[expect(dead_code, reason = "only described")]
        pub struct $name { $($(#[$field_meta])* $field: $type,)* }
    )*};
}

#[derive(ToSchema)]
#[schema(as = RunState, rename_all = "snake_case")]
#[expect(dead_code, reason = "only described")]
pub enum StateShape {
    Queued,
    Running,
    Waiting,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
}

#[derive(ToSchema)]
#[schema(as = StepState, rename_all = "snake_case")]
#[expect(dead_code, reason = "only described")]
pub enum StepStateShape {
    Running,
    Waiting,
    Retrying,
    Succeeded,
    Failed,
    Skipped,
}

#[derive(ToSchema)]
#[schema(as = Severity, rename_all = "snake_case")]
#[expect(dead_code, reason = "only described")]
pub enum SeverityShape {
    Error,
    Warning,
}

described! {
    /// Why a step or a run failed.
    ErrorShape as StepError {
        /// A stable code, such as `E-RUN-001`.
        code: String,
        message: String,
        /// The HTTP status of the other side, where there was one.
        status: Option<u16>,
        attempts: u32,
        /// The address of the step that failed first.
        step: Option<String>,
    }

    /// A line that a step logged.
    LogShape as LogLine {
        /// `debug`, `info`, `warn` or `error`.
        level: String,
        message: String,
    }

    /// What an agent and its tools said to each other.
    TranscriptShape as Transcript {
        /// The agent's address.
        step: String,
        state: StepStateShape,
        task: String,
        /// What its model was offered.
        tools: Vec<OfferedShape>,
        turns: Vec<TurnShape>,
        /// What it came to.
        output: serde_json::Value,
        error: Option<ErrorShape>,
        tokens: TokensShape,
        cost_usd: f64,
    }

    /// A tool as a model is told of it.
    OfferedShape as OfferedTool {
        name: String,
        description: String,
    }

    /// As the provider counted them.
    TokensShape as Tokens {
        input: i64,
        output: i64,
    }

    /// A turn of an agent's model.
    TurnShape as AgentTurn {
        /// From 1.
        number: u32,
        /// Of the step that asked the model.
        address: String,
        state: StepStateShape,
        /// Who answered: connection and model.
        model: Option<String>,
        /// What it said besides using tools.
        text: String,
        calls: Vec<ToolCallShape>,
        /// Why its answer did not do, as it was told.
        note: Option<String>,
        tokens: TokensShape,
        cost_usd: f64,
        error: Option<ErrorShape>,
        logs: Vec<LogShape>,
        #[schema(format = DateTime)]
        started_at: Option<String>,
        #[schema(format = DateTime)]
        ended_at: Option<String>,
    }

    /// A use of a tool.
    ToolCallShape as ToolCall {
        tool: String,
        /// As the model gave them; a text, if they are no JSON.
        arguments: serde_json::Value,
        /// Of the step that it was; none: it was not carried out.
        address: Option<String>,
        state: StepStateShape,
        result: serde_json::Value,
        error: Option<ErrorShape>,
        /// What people said, where they were asked: `{approved, by, at, …}`; `approved` is null while they are.
        approval: Option<serde_json::Value>,
        /// The called run, and the like.
        detail: Option<String>,
    }

    /// A step of a run.
    StepShape as Step {
        /// Such as `lines[3]/line`.
        address: String,
        state: StepStateShape,
        attempt: u32,
        input: serde_json::Value,
        output: serde_json::Value,
        error: Option<ErrorShape>,
        #[schema(format = DateTime)]
        started_at: Option<String>,
        #[schema(format = DateTime)]
        ended_at: Option<String>,
        logs: Vec<LogShape>,
        /// The branch taken, the number of items, the child run, the time waited for.
        detail: Option<String>,
        /// The idempotency key of a write.
        key: Option<String>,
    }

    /// What the waiting webhook was answered.
    AnswerShape as HookAnswer {
        status: u16,
        headers: serde_json::Value,
        body: serde_json::Value,
    }

    /// A run with its steps.
    RunShape as Run {
        id: String,
        /// The bot's name.
        bot: String,
        version: u32,
        state: StateShape,
        input: serde_json::Value,
        output: serde_json::Value,
        error: Option<ErrorShape>,
        steps: Vec<StepShape>,
        /// The trigger's name; empty for a run started by hand, by a call or by a retry.
        trigger: String,
        /// Why it waits.
        reason: Option<String>,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        ended_at: Option<String>,
        #[schema(format = DateTime)]
        deadline: String,
        parent: Option<String>,
        /// The run that this one repeats.
        retry_of: Option<String>,
        answer: Option<AnswerShape>,
        /// Values that are too large to be shown here; `null` stands in their places.
        large: Vec<LargeShape>,
    }

    /// A value that is not shown as a whole.
    LargeShape as LargeValue {
        /// The address of the step that it belongs to; none: the run.
        step: Option<String>,
        /// `input`, `output`, `trigger`, `event`, `env`, or `answer`.
        field: String,
        /// Bytes of its JSON.
        size: u64,
        /// The beginning of its JSON.
        preview: String,
        /// Its name: `GET /runs/{id}/values/{sha256}` gives it as a whole.
        sha256: String,
    }

    /// What is wrong, or doubtful, in a definition.
    DiagnosticShape as Diagnostic {
        /// A stable code, such as `E-BOT-014`.
        code: String,
        severity: SeverityShape,
        message: String,
        /// Such as `steps[2].with.text`.
        path: String,
        line: Option<u32>,
        column: Option<u32>,
        /// What to write instead.
        suggestion: Option<String>,
    }

    /// A draft of a definition.
    DraftShape as Draft {
        /// In its JSON spelling; `null` when the sentence is not understood well enough.
        definition: Option<serde_json::Value>,
        /// As YAML.
        text: Option<String>,
        /// When its schedules fire.
        fires: Vec<super::spelled::Fires>,
        questions: Vec<QuestionShape>,
        connections: Vec<ConnectionUseShape>,
        diagnostics: Vec<DiagnosticShape>,
        /// What starts the bot, each step, what was assumed.
        explanation: String,
        /// 0 to 1.
        confidence: f64,
        /// Who made it: `compiler` or `model`.
        by: String,
        /// How many answers the model gave; 0 when it was not asked.
        tries: usize,
        /// What was wrong with each answer.
        faults: Vec<Vec<DiagnosticShape>>,
        /// Why the model's part is not what one would wish.
        note: Option<String>,
        /// What the model took.
        cost_usd: f64,
    }

    /// What a draft asks.
    QuestionShape as Question {
        /// Stays the same from call to call.
        id: String,
        /// `value`, `choice` or `clarify`.
        kind: String,
        /// Where in the definition the answer goes.
        path: String,
        text: String,
        required: bool,
        default: Option<String>,
        choices: Option<Vec<String>>,
    }

    /// A connection that a draft uses.
    ConnectionUseShape as ConnectionUse {
        name: String,
        connector: String,
        /// Whether a connection of that name and connector exists already.
        bound: bool,
    }
}
