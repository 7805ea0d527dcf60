//! Help, completions and wrong use.

use crate::command::codex32;

#[test]
fn the_help_shows_the_commands_by_what_they_are_for() {
    let folder = tempfile::tempdir().unwrap();
    let ran = codex32(folder.path(), &["--help"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn the_help_of_a_command_has_examples() {
    let folder = tempfile::tempdir().unwrap();
    let ran = codex32(folder.path(), &["trigger", "--help"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn wrong_use_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["no-such-command"] as &[&str],
        &["check"],
        &["check", "missing.yaml"],
        &["deploy", "."],
        &["trigger", "x", "--input", "{not json"],
        &["emit", "x", "--data", "@missing.json"],
        &["runs", "--state", "nonsense"],
        &["events", "replay", "x", "--since", "yesterdayish"],
        &["dead-letters", "replay"],
        &["dead-letters", "replay", "dead_1", "--all"],
        &["schedule", "next", "x.yaml", "--count", "0"],
        &["connections", "add", "x", "--connector", "http", "--secret", "token=visible"],
        &["new", "no-such-template"],
        &["--url", "not a url", "bots"],
    ] {
        let ran = codex32(folder.path(), args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{args:?}: {}", ran.out);
    }
}

#[test]
fn a_token_in_the_environment_is_not_shown_in_the_help() {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_codex32"))
        .args(["bots", "--help"])
        .env("CODEX32_TOKEN", "c32_very_secret")
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.contains("CODEX32_TOKEN") && !text.contains("c32_very_secret"), "{text}");
}

#[test]
fn every_shell_gets_completions() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = codex32(folder.path(), &["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("sign-in-link"), "{shell}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let done = std::process::Command::new("sh")
        .args(["-c", "\"$BIN\" completions zsh | head -n 1"])
        .env("BIN", env!("CARGO_BIN_EXE_codex32"))
        .output()
        .unwrap();
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}
