//! `ask` steps: a question to a language model, through the gateway.

use codex32_engine::{Task, TaskOutcome};
use codex32_flow::schema::schema_to_json;
use codex32_llm::{Answer, Asked, By, Caller, Error, Gateway};
use codex32_model::definition::Ask;
use codex32_model::fact::{LogLevel, LogLine};
use codex32_model::{StepError, Value};

/// Dollars as the gateway counts them.
pub(super) fn micros(dollars: f64) -> i64 {
    (dollars * 1e6).floor() as i64
}

pub async fn ask(
    gateway: &Gateway,
    task: &Task,
    ask: Ask,
    prompt: String,
    run_limit: Option<f64>,
) -> TaskOutcome {
    let caller = Caller {
        bot: Some(task.bot),
        run: Some(task.run),
        step: Some(task.address.to_string()),
        key: task.key.clone(),
        limit: ask.limits.cost_usd.map(micros),
        run_limit: run_limit.map(micros),
        timeout: Some(ask.limits.timeout.map_or(task.timeout, |most| most.min(task.timeout))),
        ..Caller::new(task.scope)
    };
    let schema = ask.output.as_ref().map(schema_to_json);
    let asked = gateway.ask(caller, ask.model.unwrap_or_default(), prompt, schema).await;
    match asked {
        Ok(Asked { output, answer }) => {
            let output = Value::from_json(&output.to_string()).unwrap_or_default();
            TaskOutcome::Done { output, logs: vec![told(&answer)] }
        }
        Err(error) => failed(&error),
    }
}

/// Who answered, and what it cost, for whoever looks at the step.
pub(super) fn told(answer: &Answer) -> LogLine {
    let Answer { connection, model, usage, cost, by, .. } = answer;
    let how = match by {
        By::Provider => "",
        By::Cache => ", from the cache",
        By::Key => ", paid before",
    };
    let message = format!(
        "{connection}/{model}: {} tokens in, {} out, ${:.6}{how}",
        usage.input,
        usage.output,
        *cost as f64 / 1e6
    );
    LogLine { level: LogLevel::Info, message }
}

pub(super) fn failed(error: &Error) -> TaskOutcome {
    let retry_after = match error {
        Error::AllFailed { retry_after, .. } => *retry_after,
        _ => None,
    };
    TaskOutcome::Failed {
        error: StepError::new(error.code(), error.to_string()),
        retryable: error.is_retryable(),
        retry_after,
        // The gateway knows what was spent: the next attempt is a new question.
        unknown: false,
        logs: Vec::new(),
    }
}
