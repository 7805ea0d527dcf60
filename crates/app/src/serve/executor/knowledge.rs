//! `search` steps, and the passages for `ask` steps with `sources`.

use codex32_engine::{Task, TaskOutcome};
use codex32_knowledge::{Error, Hit, Knowledge, Query, Who};
use codex32_model::{StepError, Value};

/// Passages of each base, and of all together, for an `ask` step.
const OF_EACH: u32 = 6;
const OF_ALL: usize = 10;

/// A bot sees what everybody may, and what its id was given.
fn who(task: &Task) -> Who {
    Who::Reader(task.bot.to_string())
}

/// A `search` step: a read.
pub async fn search(knowledge: &Knowledge, task: &Task, input: &Value) -> TaskOutcome {
    let text = |name: &str| input.get(name).map(Value::to_text).unwrap_or_default();
    let top = input.get("top").and_then(Value::as_f64).unwrap_or(5.0);
    let query = Query::new(text("query"), top as u32);
    match knowledge.search(task.scope, who(task), &text("base"), query).await {
        Ok(hits) => {
            let output = Value::list(hits.iter().map(|hit| passage(hit, None)));
            TaskOutcome::Done { output, logs: Vec::new() }
        }
        Err(error) => failed(&error),
    }
}

/// What is found for a prompt in all of its sources, best first.
pub async fn passages(
    knowledge: &Knowledge,
    task: &Task,
    sources: &[String],
    prompt: &str,
) -> Result<Vec<Hit>, Error> {
    let mut all: Vec<Hit> = Vec::new();
    for base in sources {
        let query = Query::new(prompt, OF_EACH);
        all.extend(knowledge.search(task.scope, who(task), base, query).await?);
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all.truncate(OF_ALL);
    Ok(all)
}

/// A passage as a step gets it; with a number as a citation.
pub fn passage(hit: &Hit, number: Option<i64>) -> Value {
    let number = number.map(|number| ("number", Value::Int(number)));
    let fields = [
        ("text", Value::from(hit.text.as_str())),
        ("score", Value::from(hit.score)),
        ("title", Value::from(hit.title.as_str())),
        ("source", Value::from(hit.source.as_str())),
        ("document", Value::from(hit.document.to_string())),
        ("position", Value::Int(i64::from(hit.position))),
    ];
    Value::object(number.into_iter().chain(fields))
}

pub fn failed(error: &Error) -> TaskOutcome {
    TaskOutcome::Failed {
        error: StepError::new(error.code(), error.to_string()),
        retryable: error.may_pass(),
        retry_after: None,
        unknown: false,
        logs: Vec::new(),
    }
}
