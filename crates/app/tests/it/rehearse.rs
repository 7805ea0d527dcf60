//! `try`: rehearsals.

use serde_json::json;

use crate::command::{Ran, with_stdin};

const ORDER: &str = "\
bot: order
inputs:
  total: number
triggers:
  order: { webhook: { path: order, respond: run }, when: \"{{ inputs.total > 0 }}\" }
steps:
  - id: rate
    do: http.get
    with: { url: https://rates.example.com/ }
  - id: sum
    code: return inputs.total * steps.rate.body.rate;
  - if: \"{{ steps.sum > 1000 }}\"
    then:
      - id: big
        do: http.post
        with: { url: https://fulfil.example.com/big, body: { sum: \"{{ steps.sum }}\" } }
  - wait: 30d
  - respond: { body: thanks }
  - return: \"{{ steps.sum }}\"
limits: { timeout: 60d }
";

fn rehearse(text: &str, args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("rate.json"),
        r#"{"status": 200, "headers": {}, "body": {"rate": 2}}"#,
    )
    .unwrap();
    with_stdin(folder.path(), &[&["try", "-"], args].concat(), text.as_bytes())
}

#[test]
fn reads_are_answered_by_samples_writes_are_shown_and_waits_take_no_time() {
    let args = ["--input", "{\"total\": 600}", "--sample", "rate=@rate.json", "--json"];
    let ran = rehearse(ORDER, &args);
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
    let report = ran.json();
    assert_eq!((&report["state"], &report["output"]), (&json!("succeeded"), &json!(1200)));
    assert_eq!(report["answer"]["body"], "thanks");
    let step = |address: &str| {
        let steps = report["steps"].as_array().unwrap();
        steps.iter().find(|step| step["address"] == address).unwrap().clone()
    };
    assert_eq!(step("rate")["answered_by"], "sample");
    let big = step("if#1.then/big");
    assert_eq!(
        (&big["answered_by"], &big["input"]["body"]["sum"]),
        (&json!("shown"), &json!(1200))
    );
}

#[test]
fn people_see_what_would_be_done() {
    let args = ["--input", "{\"total\": 600}", "--sample", "rate=@rate.json"];
    let out = rehearse(ORDER, &args).out;
    // The time until which it waits is another one each time.
    let lines: Vec<_> = out.lines().filter(|line| !line.contains("wait#1")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn without_a_sample_the_connectors_example_answers_and_a_failure_says_so() {
    let text = "bot: a\nsteps:\n  - { id: rate, do: http.get, with: { url: https://rates.example.com/ } }\n  - set: \"{{ steps.rate.body.rate * 2 }}\"\n";
    let ran = rehearse(text, &[]);
    assert_eq!(ran.code, 1, "{} {}", ran.out, ran.err);
    assert!(ran.err.contains("--sample rate=@file.json"), "{}", ran.err);
}

#[test]
fn a_trigger_fills_the_inputs_and_may_say_no() {
    let sample = ["--sample", "rate=@rate.json", "--json", "--trigger", "order"];
    let ran = rehearse(ORDER, &[&sample[..], &["--input", "{\"total\": 1}"]].concat());
    assert_eq!((ran.code, &ran.json()["output"]), (0, &json!(2)), "{}", ran.err);
    let none = rehearse(ORDER, &[&sample[..], &["--input", "{\"total\": 0}"]].concat());
    assert_eq!((none.code, &none.json()["state"]), (0, &json!(null)), "{}", none.err);
    let unknown = rehearse(ORDER, &["--trigger", "paid", "--input", "{\"total\": 1}"]);
    assert_eq!(unknown.code, 2);
}

#[test]
fn input_that_does_not_fit_is_told_with_its_places() {
    let ran = rehearse(ORDER, &["--input", "{\"total\": \"many\"}"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("E-RUN-005") && ran.err.contains("total"), "{}", ran.err);
}

#[test]
fn what_has_no_answer_stops_the_rehearsal_and_asks() {
    let text = "bot: a\nsteps:\n  - { id: paid, wait: { event: invoice.paid } }\n  - return: \"{{ steps.paid.event.data.amount }}\"\n";
    let ran = rehearse(text, &["--json"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert_eq!(ran.json()["needs"]["step"], "paid");
    assert!(ran.err.contains("E-CLI-005") && ran.err.contains("--sample paid="), "{}", ran.err);
    let given = rehearse(text, &["--json", "--sample", "paid={\"amount\": 7}"]);
    assert_eq!((given.code, &given.json()["output"]), (0, &json!(7)), "{}", given.err);
}

#[test]
fn a_wait_for_an_event_that_never_comes_times_out() {
    let text = "bot: a\nsteps:\n  - { id: paid, wait: { event: invoice.paid, timeout: 2d } }\n  - return: \"{{ steps.paid.timed_out }}\"\n";
    let ran = rehearse(text, &["--json"]);
    assert_eq!((ran.code, &ran.json()["output"]), (0, &json!(true)), "{} {}", ran.out, ran.err);
}

#[test]
fn the_bots_memory_lasts_for_one_rehearsal() {
    let text = "\
bot: a
steps:
  - { do: state.set, with: { key: seen, value: 3 } }
  - { id: seen, do: state.get, with: { key: seen } }
  - { id: sum, do: state.add, with: { key: seen, by: 2 } }
  - { do: state.new_items, with: { key: n, items: [1, 2] } }
  - { id: fresh, do: state.new_items, with: { key: n, items: [2, 3] } }
  - return: \"{{ [steps.seen, steps.sum, steps.fresh] }}\"
";
    let ran = rehearse(text, &["--json"]);
    assert_eq!((ran.code, &ran.json()["output"]), (0, &json!([3, 5, [3]])), "{}", ran.err);
}

#[test]
fn parameters_that_do_not_fit_fail_the_step_as_they_would_for_real() {
    let text = "bot: a\ninputs: { to: { type: string, required: false } }\nsteps:\n  - { id: mail, do: email.send, with: { to: \"{{ inputs.to }}\", subject: a, text: b } }\n";
    let ran = rehearse(text, &["--json"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert_eq!(ran.json()["steps"][0]["state"], "failed");
    assert!(
        ran.json()["error"]["message"].as_str().is_some_and(|m| m.contains("`to`")),
        "{}",
        ran.out
    );
}

#[test]
fn a_wrong_definition_is_not_rehearsed() {
    let ran = rehearse("bot: a\nsteps:\n  - set: \"{{ steps.b }}\"\n", &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("E-BOT-032"), "{}", ran.err);
}

#[test]
fn live_reads_are_really_done_and_the_guard_holds() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = server.accept().unwrap();
        let mut head = [0; 1024];
        let read = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{\"rate\": 2.5}").unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let text = format!(
        "bot: a\nsteps:\n  - {{ id: x, do: http.get, with: {{ url: \"http://{address}/rate\" }} }}\n  - return: \"{{{{ steps.x.body.rate }}}}\"\n"
    );
    let refused = rehearse(&text, &["--live=reads", "--json"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.out.contains("CODEX32_ALLOW_PRIVATE_NETWORKS"), "{}", refused.out);
    let ran = rehearse(&text, &["--live=reads", "--allow-private-networks", "--json"]);
    assert_eq!((ran.code, &ran.json()["output"]), (0, &json!(2.5)), "{} {}", ran.out, ran.err);
    assert!(serving.join().unwrap().starts_with("GET /rate"));
}

const ASKS: &str = "\
bot: asks
inputs: { id: integer }
steps:
  - id: ok
    approve: \"Fulfil order {{ inputs.id }}?\"
    to: [boss@example.com]
    form: { reason: string }
    expires: 2d
    on_reject: continue
  - return: \"{{ steps.ok }}\"
";

#[test]
fn an_approval_shows_what_would_be_asked_and_takes_a_sample_for_the_answer() {
    let report = |sample: &str| {
        let mut args = vec!["--input", "{\"id\": 7}", "--json"];
        if !sample.is_empty() {
            args.extend(["--sample", sample]);
        }
        let ran = rehearse(ASKS, &args);
        assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
        ran.json()
    };
    let made_up = report("");
    let step = &made_up["steps"][0];
    assert_eq!(step["input"], json!({ "question": "Fulfil order 7?", "to": ["boss@example.com"] }));
    assert_eq!(step["answered_by"], "made_up");
    assert_eq!(made_up["output"]["approved"], true);
    let no = report("ok={\"approved\": false, \"by\": \"boss@example.com\"}");
    assert_eq!(
        (&no["output"]["approved"], &no["output"]["by"]),
        (&json!(false), &json!("boss@example.com"))
    );
    let silence = report("ok={\"expired\": true}");
    assert_eq!(
        (&silence["output"]["approved"], &silence["output"]["expired"]),
        (&json!(false), &json!(true))
    );
}
