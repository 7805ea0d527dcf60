//! Commands that need a server, where none is.

use crate::command::codex32;

#[test]
fn without_a_server_the_exit_code_is_3_and_the_error_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["bots"] as &[&str],
        &["bot", "show", "x"],
        &["trigger", "x"],
        &["emit", "x", "--data", "{}"],
        &["runs"],
        &["run", "watch", "x"],
        &["connections", "list"],
        &["env", "list"],
        &["events", "list"],
        &["events", "replay", "x", "--since", "2h"],
        &["dead-letters", "list"],
        &["dead-letters", "discard", "--all"],
        &["sign-in-link"],
    ] {
        let ran = codex32(folder.path(), args);
        assert_eq!(ran.code, 3, "{args:?}: {}", ran.err);
        assert!(ran.err.contains("E-CLI-001") && ran.err.contains("codex32 serve"), "{}", ran.err);
    }
}

#[test]
fn doctor_says_what_is_missing_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let ran = codex32(folder.path(), &["doctor", "--listen", "127.0.0.1:0", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report = ran.json();
    let state = |check: &str| {
        let items = report["items"].as_array().unwrap();
        items.iter().find(|item| item["check"] == check).map(|item| item["state"].clone()).unwrap()
    };
    assert_eq!(state("data folder"), "warning");
    assert_eq!(state("server"), "warning");
    assert_eq!(state("port"), "good");
    let bad_zone = codex32(
        folder.path(),
        &["doctor", "--listen", "127.0.0.1:0", "--timezone", "Mars/Olympus"],
    );
    assert_eq!(bad_zone.code, 1);
    assert!(bad_zone.out.contains("Mars/Olympus"), "{}", bad_zone.out);
}

#[cfg(unix)]
#[test]
fn doctor_finds_a_token_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let token = data.join("owner-token");
    std::fs::write(&token, "c32_secret").unwrap();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = codex32(folder.path(), &["doctor", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("chmod 600"), "{}", ran.out);
    assert!(!ran.out.contains("c32_secret") && !ran.err.contains("c32_secret"));
}
