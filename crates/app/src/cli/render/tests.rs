use codex32_model::Severity;

use super::{Shown, diagnostic, excerpt, summary};
use crate::output::Output;

fn shown(line: Option<u32>, column: Option<u32>) -> Shown {
    Shown {
        code: "E-BOT-014".to_owned(),
        severity: Severity::Error,
        message: "there is no action `http.gett`".to_owned(),
        path: "steps[0].do".to_owned(),
        line,
        column,
        suggestion: Some("did you mean `http.get`?".to_owned()),
    }
}

#[test]
fn a_place_in_the_text_is_pointed_at() {
    let text = "bot: a\nsteps:\n  - do: http.gett\n";
    let seen = diagnostic(&Output::new(false, true), "a.yaml", text, &shown(Some(3), Some(9)));
    insta::assert_snapshot!(seen, @r"
    error[E-BOT-014]: there is no action `http.gett`
     --> a.yaml:3:9
      |
    3 |   - do: http.gett
      |         ^^^^^^^^^ steps[0].do
      = help: did you mean `http.get`?
    ");
}

#[test]
fn without_a_line_the_path_is_the_place() {
    let seen = diagnostic(&Output::new(false, true), "a.yaml", "", &shown(None, None));
    insta::assert_snapshot!(seen, @r"
    error[E-BOT-014]: there is no action `http.gett`
     --> a.yaml, at steps[0].do
       = help: did you mean `http.get`?
    ");
}

#[test]
fn places_beyond_the_text_do_no_harm() {
    let out = Output::new(false, true);
    for (line, column) in [(1, 1), (1, 900), (9, 1), (u32::MAX, u32::MAX)] {
        diagnostic(&out, "a.yaml", "short", &shown(Some(line), Some(column)));
        diagnostic(&out, "a.yaml", "", &shown(Some(line), Some(column)));
    }
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let line = "x".repeat(5_000);
    let (seen, indent, length) = excerpt(&line, 4_000);
    assert!(seen.chars().count() <= 102 && indent <= 60 && length <= 102, "{seen}");
}

#[test]
fn the_summary_counts() {
    let mut warning = shown(None, None);
    warning.severity = Severity::Warning;
    assert_eq!(summary(&[]), None);
    assert_eq!(
        summary(&[shown(None, None), shown(None, None), warning]).as_deref(),
        Some("2 errors, 1 warning")
    );
}
