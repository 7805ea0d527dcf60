//! `schedule next` and `schedule parse`.

use serde_json::json;

use crate::command::{codex32, with_stdin};

fn next(triggers: &str, args: &[&str]) -> crate::command::Ran {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("bot: a\ntriggers:\n{triggers}\nsteps:\n  - set: 1\n");
    let args = [&["schedule", "next", "-"], args].concat();
    with_stdin(folder.path(), &args, text.as_bytes())
}

#[test]
fn the_next_times_of_all_schedules_come_in_order_and_from_is_inclusive() {
    let triggers =
        "  a: { schedule: \"0 9 * * 1-5\", timezone: Europe/Berlin }\n  b: { every: 12h }";
    let ran = next(triggers, &["--count", "4", "--from", "2027-01-04T08:00:00Z", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let want = json!([
        "2027-01-04T08:00:00Z",
        "2027-01-04T12:00:00Z",
        "2027-01-05T00:00:00Z",
        "2027-01-05T08:00:00Z",
    ]);
    assert_eq!(ran.json(), want);
}

#[test]
fn the_zone_of_the_workspace_counts_where_the_trigger_names_none() {
    let args =
        ["--count", "1", "--from", "2027-07-01T00:00:00Z", "--json", "--timezone", "Asia/Tokyo"];
    let ran = next("  a: { schedule: \"0 9 * * *\" }", &args);
    assert_eq!(ran.json(), json!(["2027-07-01T00:00:00Z"]));
    assert_eq!(next("  a: { schedule: \"0 9 * * *\" }", &["--timezone", "Nowhere"]).code, 2);
}

#[test]
fn people_see_the_local_time_and_what_the_schedule_means() {
    let args = ["--count", "2", "--from", "2027-03-27T00:00:00Z"];
    let ran = next("  night: { schedule: \"30 2 * * *\", timezone: Europe/Berlin }", &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(format!("{}\n{}", ran.err, ran.out));
}

#[test]
fn a_schedule_that_never_fires_is_an_error_at_its_place() {
    let ran = next("  a: { schedule: \"0 0 30 2 *\" }", &["--json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.is_empty(), "{}", ran.out);
    assert!(ran.err.contains("E-BOT-084") && ran.err.contains("<stdin>:3:"), "{}", ran.err);
}

#[test]
fn no_schedule_means_no_times() {
    let folder = tempfile::tempdir().unwrap();
    let text = b"bot: a\nsteps:\n  - set: 1\n";
    let ran = with_stdin(folder.path(), &["schedule", "next", "-", "--json"], text);
    assert_eq!((ran.code, ran.json()), (0, json!([])));
    let missing = codex32(folder.path(), &["schedule", "next", "missing.yaml"]);
    assert_eq!(missing.code, 2);
}

fn parse(phrase: &str, args: &[&str]) -> crate::command::Ran {
    let folder = tempfile::tempdir().unwrap();
    codex32(folder.path(), &[&["schedule", "parse", phrase], args].concat())
}

#[test]
fn words_become_the_trigger_that_they_mean_and_its_next_times() {
    let args = ["--from", "2027-01-01T00:00:00Z", "--count", "2", "--json"];
    let ran = parse("every other Friday at 5pm until March 2027, Berlin time", &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let want = json!({
        "schedule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=17;BYMINUTE=0",
        "timezone": "Europe/Berlin",
        "end": "2027-03-01",
    });
    assert_eq!(ran.json()["trigger"], want);
    assert_eq!(ran.json()["next"].as_array().unwrap().len(), 2);
    let beat = parse("every 90 minutes", &args).json();
    assert_eq!(beat["trigger"], json!({ "every": "1h30m" }));
    let once = parse("in 4 hours", &args).json();
    assert_eq!(once["next"], json!(["2027-01-01T04:00:00Z"]));
}

#[test]
fn people_see_what_was_assumed() {
    let ran = parse("täglich", &["--from", "2027-01-01T00:00:00Z", "--count", "1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("{\"schedule\":\"0 0 * * *\"}"), "{}", ran.out);
    assert!(ran.out.contains("Fri 2027-01-01 00:00:00 UTC"), "{}", ran.out);
}

#[test]
fn what_is_no_schedule_is_refused_with_a_stable_code() {
    for (phrase, code) in [
        ("blue cheese", "E-BOT-087"),
        ("after 5 hours", "E-BOT-087"),
        ("every minute, only in 2013", "E-BOT-087"),
        ("every 8 hours except tomorrow at 8am", "E-BOT-088"),
        ("every Monday at 9, Atlantis time", "E-BOT-081"),
        ("every 0 minutes", "E-BOT-086"),
        ("every 30 February", "E-BOT-084"),
    ] {
        let ran = parse(phrase, &["--from", "2027-01-01T00:00:00Z", "--json"]);
        assert_eq!(ran.code, 1, "{phrase}: {}", ran.out);
        assert!(ran.err.contains(code), "{phrase}: {}", ran.err);
        assert!(ran.out.is_empty(), "{phrase}: {}", ran.out);
    }
}
