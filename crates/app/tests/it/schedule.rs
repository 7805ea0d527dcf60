//! `schedule next`.

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
