//! `check`: right and wrong definitions, and files that are none.

use std::path::Path;

use crate::command::{Ran, codex32, with_stdin};

fn check(text: &[u8], args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    with_stdin(folder.path(), &[&["check", "-"], args].concat(), text)
}

#[test]
fn a_right_definition_is_well() {
    let text = b"bot: a\nsteps:\n  - id: x\n    set: 1\n  - return: \"{{ steps.x }}\"\n";
    let ran = check(text, &["--json"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(ran.json(), serde_json::json!({ "ok": true, "diagnostics": [] }));
}

#[test]
fn errors_are_shown_at_their_places_with_what_to_do() {
    let text = "\
bot: Overdue
steps:
  - id: page
    do: http.gett
    with: { url: https://example.com }
  - id: late
    set: \"{{ steps.pages.body }}\"
  - when: true
    wait: PT5M
";
    let ran = check(text.as_bytes(), &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.is_empty());
    insta::assert_snapshot!(ran.err);
}

#[test]
fn the_json_of_a_diagnostic_has_its_stable_shape() {
    let ran = check(b"bot: a\nsteps:\n  - id: x\n    sett: 1\n", &["--json"]);
    assert_eq!(ran.code, 1);
    let report = ran.json();
    assert_eq!(report["ok"], false);
    let first = report["diagnostics"][0].as_object().unwrap();
    let keys: Vec<_> = first.keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "severity", "message", "path", "line", "column", "suggestion"]);
    assert_eq!(first["severity"], "error");
    assert!(first["line"].is_number() && first["code"].as_str().unwrap().starts_with("E-"));
}

#[test]
fn what_is_no_definition_is_refused_with_a_place_and_never_breaks_the_program() {
    let deep = "[".repeat(100_000);
    let long = "a".repeat(900_000);
    let bomb = "a: &a [1,1,1,1,1,1,1,1,1]\n".to_owned()
        + &(0..30).map(|n| format!("b{n}: &b{n} [*a,*a,*a,*a,*a,*a,*a]\n")).collect::<String>();
    let cases: &[&[u8]] = &[
        b"",
        b"\n\n",
        b"\xff\xfe\x00",
        b"bot: \"never closed",
        b"{\"bot\": ",
        b"- just\n- a list\n",
        b"42",
        b"null",
        b"\tbot: a",
        b"bot: a\nbot: b\nsteps: []\n",
        b"bot: a\nsteps:\n  - set: \"{{ 1 +\"\n",
        b"bot: a\nsteps:\n  - set: \"{{ ((((((((((\"\n",
        b"bot: a\ntriggers: { t: { schedule: \"61 * * * *\" } }\nsteps: [ { set: 1 } ]\n",
        b"bot: a\ntriggers: { t: { schedule: \"* * * * *\", timezone: Mars/Base } }\nsteps: [ { set: 1 } ]\n",
        b"bot: a\nsteps: 7\ntriggers: x\ninputs: [1]\n",
        b"bot: a\nsteps:\n  - { }\n  - { do: x, set: 1 }\n  - 3\n",
        "bot: ä\u{202e}\u{0}\nsteps: []\n".as_bytes(),
        deep.as_bytes(),
        long.as_bytes(),
        bomb.as_bytes(),
    ];
    for text in cases {
        let shown = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        let ran = check(text, &["--json"]);
        assert_eq!(ran.code, 1, "{shown:?}: {} {}", ran.out, ran.err);
        let report = ran.json();
        assert_eq!(report["ok"], false, "{shown:?}");
        assert!(report["diagnostics"].as_array().is_some_and(|list| !list.is_empty()), "{shown:?}");
        let people = check(text, &[]);
        assert_eq!(people.code, 1, "{shown:?}");
        assert!(people.err.len() < 100_000 && !people.err.contains('\u{202e}'), "{shown:?}");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.yaml");
    std::fs::write(&file, vec![b' '; 3 << 20]).unwrap();
    let ran = codex32(folder.path(), &["check", "large.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("E-CLI-003"), "{}", ran.err);
}

#[test]
fn a_code_step_that_cannot_be_read_is_an_error_at_its_line() {
    let text = b"bot: a\nsteps:\n  - id: x\n    code: |\n      const a = 1;\n      return a +;\n";
    let ran = check(text, &["--json"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let first = &ran.json()["diagnostics"][0];
    assert_eq!((&first["code"], &first["line"]), (&"E-CODE-001".into(), &6.into()), "{first}");
}

#[test]
fn every_template_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let bots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bots");
    for entry in std::fs::read_dir(bots).unwrap() {
        let file = entry.unwrap().path();
        let ran = codex32(folder.path(), &["check", file.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
}
