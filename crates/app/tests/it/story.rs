//! What a newcomer does, with a real server and the command line beside it.

use codex32_testkit::smtp::Smtp;
use serde_json::{Value, json};

use crate::server::{Server, open_to_others, post};

const HELLO: &str = "\
bot: hello
inputs:
  name: { type: string, default: world }
triggers:
  call: { webhook: { path: hello, respond: run } }
steps:
  - id: greeting
    set: \"Hello, {{ inputs.name }}!\"
  - id: shout
    code: return steps.greeting.toUpperCase();
  - return: { message: \"{{ steps.shout }}\" }
";

const FAILS: &str = "\
bot: fails
inputs: { ok: { type: boolean, default: false } }
steps:
  - { id: first, set: done }
  - { id: second, code: \"if (!inputs.ok) { throw new Error('no luck'); } return 1;\" }
";

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn from_a_sentence_to_an_answered_webhook() {
    let server = Server::start();
    let sentence = "When the webhook greet arrives, answer thanks";
    let drafted = server.cli(&["draft", sentence]);
    assert_eq!(drafted.code, 0, "{}", drafted.err);
    server.write("greet.yaml", &drafted.out);
    assert_eq!(server.cli(&["check", "greet.yaml"]).code, 0);
    assert_eq!(server.cli(&["try", "greet.yaml"]).code, 0);
    let deployed = server.cli(&["deploy", "greet.yaml", "--json"]);
    assert_eq!(deployed.code, 0, "{}", deployed.err);
    let url = deployed.json()["triggers"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(post(&url, "{}"), (200, "thanks".to_owned()));
    let runs = server.cli(&["runs", "--json"]).json();
    let run = runs["items"][0]["id"].as_str().unwrap();
    let shown = server.cli(&["run", "show", run]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("succeeded") && shown.out.contains("respond#1"), "{}", shown.out);
}

#[test]
fn the_json_shapes_are_stable() {
    let server = Server::start();
    server.write("hello.yaml", HELLO);
    let deployed = server.cli(&["deploy", "hello.yaml", "--json"]).json();
    assert_eq!((&deployed["bot"], &deployed["version"]), (&json!("hello"), &json!(1)));
    let trigger = &deployed["triggers"][0];
    assert_eq!((&trigger["name"], &trigger["kind"]), (&json!("call"), &json!("webhook")));
    assert!(trigger["url"].as_str().unwrap().ends_with("/hooks/hello"));

    let args = ["trigger", "hello", "--input", r#"{"name": "Ada"}"#, "--wait", "--json"];
    let ran = server.cli(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let run = ran.json();
    let first = ["id", "bot", "version", "state", "input", "output", "error", "steps"];
    assert_eq!(keys(&run)[..8], first);
    assert_eq!(run["state"], "succeeded");
    assert_eq!(run["output"], json!({ "message": "HELLO, ADA!" }));
    let step =
        ["address", "state", "attempt", "input", "output", "error", "started_at", "ended_at"];
    assert_eq!(keys(&run["steps"][0])[..8], step);
    let shown = server.cli(&["run", "show", run["id"].as_str().unwrap(), "--json"]).json();
    assert_eq!(shown, run);

    for list in [&["bots"] as &[&str], &["runs"], &["connections", "list"], &["env", "list"]] {
        let listed = server.cli(&[list, &["--json"]].concat()).json();
        assert_eq!(keys(&listed), ["items", "next"], "{list:?}");
    }
}

#[test]
fn a_failed_run_ends_the_command_with_1_and_can_go_on_from_a_step() {
    let server = Server::start();
    server.write("fails.yaml", FAILS);
    assert_eq!(server.cli(&["deploy", "fails.yaml"]).code, 0);
    let failed = server.cli(&["trigger", "fails", "--wait"]);
    assert_eq!(failed.code, 1);
    assert!(failed.out.contains("no luck") && failed.out.contains("second"), "{}", failed.out);
    let runs = server.cli(&["runs", "--bot", "fails", "--state", "failed", "--json"]).json();
    let run = runs["items"][0]["id"].as_str().unwrap().to_owned();
    let retried = server.cli(&["run", "retry", &run, "--from", "second", "--json"]);
    assert_eq!(retried.code, 0, "{}", retried.err);
    let again = retried.json()["id"].as_str().unwrap().to_owned();
    let watched = server.cli(&["run", "watch", &again]);
    assert_eq!(watched.code, 1, "{}", watched.out);
    assert!(watched.err.contains("second") && watched.err.contains("ended"), "{}", watched.err);
    let missing = server.cli(&["run", "show", "run_00000000000000000000000000000000"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("E-RUN-017"), "{}", missing.err);
}

#[test]
fn events_start_bots_and_variables_reach_them() {
    let server = Server::start();
    let bot = "bot: paid\ninputs: { amount: number }\ntriggers: { paid: { event: invoice.paid, when: \"{{ event.data.amount > 0 }}\" } }\nsteps:\n  - return: \"{{ inputs.amount }} {{ env.CURRENCY }}\"\n";
    server.write("paid.yaml", bot);
    assert_eq!(server.cli(&["deploy", "paid.yaml"]).code, 0);
    assert_eq!(server.cli(&["env", "set", "CURRENCY", "EUR"]).code, 0);
    assert!(server.cli(&["env", "list"]).out.contains("EUR"));
    for data in ["{\"amount\": 0}", "{\"amount\": 7}"] {
        assert_eq!(server.cli(&["emit", "invoice.paid", "--data", data]).code, 0);
    }
    let run = wait_for(|| {
        let runs = server.cli(&["runs", "--bot", "paid", "--state", "succeeded", "--json"]).json();
        runs["items"][0]["id"].as_str().map(ToOwned::to_owned)
    });
    assert_eq!(server.cli(&["run", "show", &run, "--json"]).json()["output"], "7 EUR");
    assert_eq!(server.cli(&["runs", "--json"]).json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.cli(&["env", "unset", "CURRENCY"]).code, 0);
    assert!(!server.cli(&["env", "list"]).out.contains("EUR"));
}

/// Asks again until there is an answer; each asking is a command of its own, which takes its time.
fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(answer) = ask() {
            return answer;
        }
    }
    panic!("it did not happen");
}

#[test]
fn a_bot_is_paused_withdrawn_exported_and_deleted() {
    let server = Server::start();
    server.write("hello.yaml", HELLO);
    let deployed = server.cli(&["deploy", "hello.yaml", "--json"]).json();
    let url = deployed["triggers"][0]["url"].as_str().unwrap().to_owned();
    assert!(server.cli(&["bot", "show", "hello"]).out.contains(&url));
    assert_eq!(server.cli(&["bot", "export", "hello"]).out, HELLO);
    let as_json = server.cli(&["bot", "export", "hello", "--format", "json"]).json();
    assert_eq!(as_json["bot"], "hello");
    assert_eq!(server.cli(&["bot", "pause", "hello"]).code, 0);
    assert_ne!(post(&url, "{}").0, 200);
    assert_eq!(server.cli(&["bot", "resume", "hello"]).code, 0);
    assert_eq!(post(&url, "{}").0, 200);
    server.write("hello.yaml", &HELLO.replace("Hello", "Good day"));
    assert_eq!(server.cli(&["deploy", "hello.yaml", "--json"]).json()["version"], 2);
    let versions = server.cli(&["bot", "versions", "hello", "--json"]).json();
    assert_eq!(versions["items"].as_array().unwrap().len(), 2);
    assert_eq!(server.cli(&["bot", "export", "hello", "--version", "1"]).out, HELLO);
    assert_eq!(server.cli(&["bot", "withdraw", "hello"]).code, 0);
    assert_eq!(post(&url, "{}").0, 404);
    assert_eq!(server.cli(&["bot", "delete", "hello"]).code, 2, "nobody was asked");
    assert_eq!(server.cli(&["bot", "delete", "hello", "--yes"]).code, 0);
    assert_eq!(server.cli(&["bot", "show", "hello"]).code, 1);
}

#[test]
fn what_cannot_run_is_refused_with_one_clear_error() {
    let server = Server::start();
    server.write("wrong.yaml", "bot: wrong\nsteps:\n  - id: a\n    do: http.gett\n    with: {}\n");
    let wrong = server.cli(&["deploy", "wrong.yaml"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("wrong.yaml:4:") && wrong.err.contains("http.get"), "{}", wrong.err);
    server.write(
        "later.yaml",
        "bot: later\ntriggers:\n  contact: { form: { path: contact } }\nsteps:\n  - return: 1\n",
    );
    let later = server.cli(&["deploy", "later.yaml"]);
    assert_eq!(later.code, 1);
    assert!(later.err.contains("form"), "{}", later.err);
    let tried = server.cli(&["try", "later.yaml"]);
    assert!(tried.err.contains("`form` triggers"), "{}", tried.err);
    assert_eq!(server.cli(&["bots", "--json"]).json()["items"], json!([]));
}

#[test]
fn a_secret_goes_in_and_never_comes_out() {
    let server = Server::start();
    server.write("token.txt", "very-secret-token\n");
    let add = [
        "connections",
        "add",
        "erp",
        "--connector",
        "http",
        "--auth",
        "bearer",
        "--set",
        "base_url=https://erp.example.com",
        "--secret",
        "token=@token.txt",
        "--no-test",
    ];
    let added = server.cli(&add);
    assert_eq!(added.code, 0, "{}", added.err);
    let listed = server.cli(&["connections", "list", "--json"]);
    assert!(listed.out.contains("erp"), "{}", listed.out);
    for ran in [&added, &listed, &server.cli(&["connections", "list"])] {
        assert!(!ran.out.contains("very-secret") && !ran.err.contains("very-secret"));
    }
    for file in ["secrets.key", "owner-token"] {
        assert!(!open_to_others(&server.data().join(file)), "{file}");
    }
    for entry in std::fs::read_dir(server.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(path).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"very-secret"));
    }
    assert_eq!(server.cli(&["connections", "remove", "erp"]).code, 0);
    assert!(!server.cli(&["connections", "list"]).out.contains("erp"));
}

#[test]
fn mail_without_a_mail_server_is_kept_and_read() {
    let server = Server::start();
    let bot = "bot: tells\nsteps:\n  - do: email.send\n    with: { to: [ada@example.com, bob@example.com], subject: Nightly, text: All is well. }\n";
    server.write("tells.yaml", bot);
    assert_eq!(server.cli(&["deploy", "tells.yaml"]).code, 0);
    assert!(server.cli(&["outbox"]).err.contains("empty"));
    assert_eq!(server.cli(&["trigger", "tells", "--wait"]).code, 0);
    let listed = server.cli(&["outbox"]);
    assert!(listed.out.contains("ada@example.com, bob@example.com"), "{}", listed.out);
    let id = server.cli(&["outbox", "--json"]).json()["items"][0]["id"].clone();
    let shown = server.cli(&["outbox", id.as_str().unwrap()]);
    assert!(shown.out.contains("Subject: Nightly") && shown.out.contains("All is well."));
}

#[test]
fn mail_goes_over_the_connection_named_email_once_there_is_one() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let smtp = runtime.block_on(Smtp::start());
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_in(folder, &["--allow-private-networks"]);
    let step =
        "  - do: email.send\n    with: { to: ada@example.com, subject: Hi, text: Here I am. }\n";
    server.write("tells.yaml", &format!("bot: tells\nsteps:\n{step}"));
    server.write("keeps.yaml", &format!("bot: keeps\nsteps:\n{step}    connection: outbox\n"));
    assert_eq!(server.cli(&["deploy", "tells.yaml"]).code, 0);
    assert_eq!(server.cli(&["trigger", "tells", "--wait"]).code, 0);
    assert_eq!(smtp.mails().len(), 0, "there is no connection yet");

    let port = format!("port={}", smtp.address().port());
    let added = server.cli(&[
        "connections",
        "add",
        "email",
        "--connector",
        "email",
        "--auth",
        "smtp",
        "--set",
        "host=127.0.0.1",
        "--set",
        &port,
        "--set",
        "security=none",
        "--set",
        "from=bot@example.org",
    ]);
    assert_eq!(added.code, 0, "{}", added.err);
    let ran = server.cli(&["trigger", "tells", "--wait"]);
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
    let mails = smtp.mails();
    assert_eq!((mails.len(), mails[0].to.as_slice()), (1, &["ada@example.com".to_owned()][..]));

    assert_eq!(server.cli(&["deploy", "keeps.yaml"]).code, 0);
    assert_eq!(server.cli(&["trigger", "keeps", "--wait"]).code, 0);
    assert_eq!(smtp.mails().len(), 1, "what names the outbox stays inside");
    assert_eq!(server.cli(&["outbox", "--json"]).json()["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_sign_in_link_is_printed() {
    let server = Server::start();
    let ran = server.cli(&["sign-in-link"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with(&format!("{}/", server.url)), "{}", ran.out);
}

#[test]
fn commands_that_need_no_server_know_it_when_asked() {
    let server = Server::start();
    server.write("hello.yaml", HELLO);
    assert_eq!(server.cli(&["deploy", "hello.yaml"]).code, 0);
    let caller = "bot: caller\nsteps:\n  - { id: x, call: hello, with: { nam: Ada } }\n  - return: \"{{ steps.x }}\"\n";
    server.write("caller.yaml", caller);
    let alone = server.cli(&["check", "caller.yaml", "--json"]).json();
    let together = server.cli(&["check", "caller.yaml", "--with-server", "--json"]).json();
    assert_eq!((&alone["ok"], &together["ok"]), (&json!(true), &json!(false)), "{together}");
    // A recorded run answers a rehearsal.
    let run = server.cli(&["trigger", "hello", "--wait", "--json"]).json();
    let id = run["id"].as_str().unwrap();
    let again = server.cli(&["try", "hello.yaml", "--from-run", id, "--json"]);
    assert_eq!(again.code, 0, "{}", again.err);
}

#[test]
fn a_wrong_token_is_told_apart_from_none() {
    let server = Server::start();
    let wrong = server.cli(&["--token", "c32_wrong", "bots"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("E-CLI-002") && !wrong.err.contains("c32_wrong"), "{}", wrong.err);
    let none = server.cli(&["--data", "elsewhere", "bots"]);
    assert_eq!(none.code, 1);
    assert!(none.err.contains("elsewhere"), "{}", none.err);
}

#[test]
fn a_run_that_waits_goes_on_after_the_plug_was_pulled() {
    let server = Server::start();
    let bot = "bot: waits\nsteps:\n  - { id: before, set: 1 }\n  - { id: paid, wait: { event: invoice.paid, timeout: 1h } }\n  - return: \"{{ steps.before + steps.paid.event.data.amount }}\"\n";
    server.write("waits.yaml", bot);
    assert_eq!(server.cli(&["deploy", "waits.yaml"]).code, 0);
    let started = server.cli(&["trigger", "waits"]);
    let run = started.out.trim().to_owned();
    wait_for(|| {
        let state = server.cli(&["run", "show", &run, "--json"]).json()["state"].clone();
        (state == "waiting").then_some(())
    });
    let server = Server::start_in(server.kill(), &[]);
    let emitted = server.cli(&["emit", "invoice.paid", "--data", "{\"amount\": 6}"]);
    assert_eq!(emitted.code, 0, "{}", emitted.err);
    let watched = server.cli(&["run", "watch", &run, "--json"]);
    assert_eq!((watched.code, &watched.json()["output"]), (0, &json!(7)), "{}", watched.err);
}

#[test]
fn a_cancelled_run_ends() {
    let server = Server::start();
    server.write("waits.yaml", "bot: waits\nsteps:\n  - wait: 1h\n");
    assert_eq!(server.cli(&["deploy", "waits.yaml"]).code, 0);
    let run = server.cli(&["trigger", "waits"]).out.trim().to_owned();
    assert_eq!(server.cli(&["run", "cancel", &run]).code, 0);
    let watched = server.cli(&["run", "watch", &run, "--json"]);
    assert_eq!((watched.code, &watched.json()["state"]), (1, &json!("cancelled")));
}

#[test]
fn doctor_finds_a_running_server_well() {
    let server = Server::start();
    let doctor = server.cli(&["doctor", "--json"]);
    assert_eq!((doctor.code, &doctor.json()["ok"]), (0, &json!(true)), "{}", doctor.out);
    assert!(doctor.out.contains("same version"), "{}", doctor.out);
}

#[test]
fn dead_letters_and_events_are_replayed_from_the_command_line() {
    let server = Server::start();
    let cashier = "bot: cashier\ninputs: { amount: number }\ntriggers: { paid: { event: paid } }\nsteps: [ { return: '{{ inputs.amount }}' } ]\n";
    server.write("cashier.yaml", cashier);
    assert_eq!(server.cli(&["deploy", "cashier.yaml"]).code, 0);
    let emitted = server.cli(&["emit", "paid", "--data", r#"{"amount": "many"}"#]);
    assert_eq!(emitted.code, 0, "{}", emitted.err);
    let letter = loop {
        let listed = server.cli(&["dead-letters", "list", "--json"]).json();
        if let Some(id) = listed["items"][0]["id"].as_str() {
            break id.to_owned();
        }
    };
    let shown = server.cli(&["dead-letters", "show", &letter]);
    assert!(shown.out.contains("E-RUN-005") && shown.out.contains("\"many\""), "{}", shown.out);
    let refused = server.cli(&["dead-letters", "replay", &letter]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("E-RUN-005"), "{}", refused.err);
    let failed = server.cli(&["dead-letters", "replay", "--all", "--wait"]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.out.contains("1 of 1 dead letters") && failed.out.contains("1 failed"),
        "{}",
        failed.out
    );

    server.write("cashier.yaml", &cashier.replace("amount: number", "amount: any"));
    assert_eq!(server.cli(&["deploy", "cashier.yaml"]).code, 0);
    let mended = server.cli(&["dead-letters", "replay", "--all", "--bot", "cashier", "--wait"]);
    assert_eq!(mended.code, 0, "{}", mended.err);
    assert!(mended.out.contains("done, 1 of 1 dead letters, 1 run started"), "{}", mended.out);

    let once = ["events", "replay", "paid", "--since", "1h", "--wait"];
    let nothing = server.cli(&once);
    assert!(nothing.out.contains("1 had started before"), "{} {}", nothing.out, nothing.err);
    let again = server.cli(&[&once as &[&str], &["--again", "--bot", "cashier"]].concat());
    assert!(again.out.contains("1 of 1 events, 1 run started"), "{} {}", again.out, again.err);
    let replays = server.cli(&["events", "replays", "--json"]).json();
    assert_eq!(replays["items"].as_array().unwrap().len(), 4);
    let nodes = server.cli(&["nodes"]);
    assert!(
        nodes.out.contains("good, renewed") && nodes.out.contains("fires schedules"),
        "{}",
        nodes.out
    );
}
