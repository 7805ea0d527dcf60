//! The accuracy table as text.

use std::fmt::Write;

use super::{Demand, Report};

/// A case that is not wholly right: what it misses, the definition, the questions.
pub fn draft(outcome: &super::Outcome) -> String {
    let missed: Vec<&str> = outcome.missed().into_iter().map(Demand::name).collect();
    let mut out = format!("\n=== {} [{}] {}\n", outcome.id, missed.join(", "), outcome.text);
    match &outcome.draft.definition {
        Some(bot) => out.push_str(&codex32_flow::print::to_yaml(bot)),
        None => out.push_str("(no definition)\n"),
    }
    for question in &outcome.draft.questions {
        let need = if question.required { "required" } else { "optional" };
        let _ = writeln!(out, "  {} ({need}): {}", question.id, question.text);
    }
    out
}

pub fn table(report: &Report) -> String {
    let mut out = String::new();
    let mut line = |name: &str, met: usize, all: usize| {
        let share = if all == 0 {
            "–".to_owned()
        } else {
            format!("{:.0} %", met as f64 * 100.0 / all as f64)
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<26}{met:>5} of {all:<5}{share:>6}");
    };
    for demand in Demand::ALL {
        let marks: Vec<bool> = report
            .outcomes
            .iter()
            .flat_map(|outcome| {
                outcome.demands.iter().filter(|(kind, _)| *kind == demand).map(|(_, met)| *met)
            })
            .collect();
        if !marks.is_empty() {
            line(demand.name(), marks.iter().filter(|met| **met).count(), marks.len());
        }
    }
    line("wholly right", report.right(), report.outcomes.len());
    let mut times: Vec<f64> =
        report.outcomes.iter().map(|outcome| outcome.took.as_secs_f64() * 1_000.0).collect();
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let worst = times.last().copied().unwrap_or_default();
    let _ = writeln!(out, "{:<26}{median:.2} (worst {worst:.2})", "ms per sentence");
    let invented: usize = report.outcomes.iter().map(|outcome| outcome.invented.len()).sum();
    let _ = writeln!(out, "{:<26}{invented}", "invented actions");
    let wrong: Vec<_> = report.outcomes.iter().filter(|outcome| !outcome.is_right()).collect();
    if !wrong.is_empty() {
        let _ = writeln!(out, "\nNot wholly right:");
        for outcome in wrong {
            let missed: Vec<&str> = outcome.missed().into_iter().map(Demand::name).collect();
            let _ = writeln!(out, "  {}: {} — {}", outcome.id, missed.join(", "), outcome.text);
        }
    }
    out
}
