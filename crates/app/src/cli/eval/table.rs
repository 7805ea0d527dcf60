//! Evaluations as tables for people.

use serde_json::Value;

use super::suites::{Shown, percent};
use crate::output::{Output, Paint, plain, short};

/// Wrong answers that are shown.
const MOST: usize = 50;

pub fn figures_table(shown: &Shown, out: &Output) {
    let last = format!("PASS^{}", shown.repeat);
    let mut heads = vec!["VARIANT", "PASS@1"];
    if shown.repeat > 1 {
        heads.push(&last);
    }
    heads.extend(["RIGHT", "NO ANSWER", "$ A CASE", "P50", "P95", "TOKENS IN", "OUT"]);
    let rows = shown.figures.iter().map(|figures| {
        let mut row = vec![plain(&figures.variant).into_owned(), percent(figures.pass_at_1)];
        if shown.repeat > 1 {
            row.push(percent(figures.pass_hat.last().copied().unwrap_or(0.0)));
        }
        row.extend([
            format!("{}/{}", figures.passed, figures.answers),
            figures.errors.to_string(),
            format!("{:.6}", figures.cost_usd),
            format!("{} ms", figures.p50_ms),
            format!("{} ms", figures.p95_ms),
            format!("{:.0}", figures.input_tokens),
            format!("{:.0}", figures.output_tokens),
        ]);
        row
    });
    out.table(&heads, &rows.collect::<Vec<_>>());
    let Shown { id, state, answered, total, cost_usd, .. } = shown;
    if state != "done" {
        let why = shown.message.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        out.line(plain(&format!("It is {state}, with {answered} of {total} answers{why}")));
    }
    out.note(format!("{id} cost ${cost_usd:.6}."));
}

/// What is wrong with answers.
pub fn failures(wrong: &[Value], out: &Output) {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    for result in wrong.iter().take(MOST) {
        let head = format!(
            "{}: {} #{}",
            text(&result["variant"]),
            text(&result["case"]),
            text(&result["repeat"])
        );
        out.line(out.paint(Paint::Bold, &plain(&head)));
        for fault in result["faults"].as_array().into_iter().flatten() {
            let line = format!("{}: {}", text(&fault["check"]), text(&fault["reason"]));
            out.line(format!("  {}", short(&plain(&line), 400)));
        }
        let answer = text(&result["answer"]);
        if !answer.is_empty() {
            out.line(format!("  answered: {}", short(&plain(&answer), 400)));
        }
    }
    if wrong.len() > MOST {
        out.note(format!("{} more are wrong; --json has them all.", wrong.len() - MOST));
    }
}
