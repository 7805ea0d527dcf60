//! Approvals end to end: mail over a real SMTP session, the page behind its link, the command line.

use std::process::Stdio;
use std::time::Duration;

use codex32_testkit::sink::{Answer, Sink};
use codex32_testkit::smtp::{Received, Smtp};
use reqwest::Url;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::server::Server;

const ORDER: &str = "\
bot: order
inputs: { id: integer }
steps:
  - id: ok
    approve: \"Fulfil <order> {{ inputs.id }}?\"
    to: [boss@example.com, '#orders', nobody]
    form:
      reason: { type: string, description: Why it may go out }
      parts: { type: integer, minimum: 1, required: false }
      way: { enum: [truck, bike], required: false }
    expires: 2d
  - return: \"{{ steps.ok }}\"
";

/// A browser that keeps nothing and follows no redirect by itself.
struct Browser {
    runtime: Runtime,
    http: reqwest::Client,
}

impl Browser {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { runtime: Runtime::new().unwrap(), http }
    }

    fn get(&self, url: &Url) -> (u16, String) {
        self.send(self.http.get(url.clone()))
    }

    /// Presses a button on the page of a link; the page that it leads to.
    fn press(&self, link: &Url, fields: &[(&str, &str)]) -> (u16, String) {
        let token = link.query_pairs().find(|(name, _)| name == "t").unwrap().1.into_owned();
        let mut form = vec![("t", &*token)];
        form.extend(fields);
        let mut page = link.clone();
        page.set_query(None);
        let (status, text) = self.send(self.http.post(page).form(&form));
        if status == 303 { self.get(link) } else { (status, text) }
    }

    fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let policy = answer.headers().get("content-security-policy").cloned();
            let text = answer.text().await.unwrap();
            if status != 303 {
                let policy = policy.unwrap();
                assert!(policy.to_str().unwrap().starts_with("default-src 'none'"), "{policy:?}");
                assert!(!text.contains("<script"), "{text}");
            }
            (status, text)
        })
    }
}

/// The link in a mail, whose lines SMTP broke.
fn link(mail: &Received) -> Url {
    let text = mail.body().replace("=\n", "").replace("=3D", "=");
    let at = text.find("http://").unwrap_or_else(|| panic!("no link in {text}"));
    Url::parse(text[at..].split_whitespace().next().unwrap()).unwrap()
}

fn connect_mail(server: &Server, smtp: &Smtp) {
    let port = format!("port={}", smtp.address().port());
    let mut args = vec!["connections", "add", "email", "--connector", "email", "--auth", "smtp"];
    for set in ["host=127.0.0.1", &port, "security=none", "from=bot@example.org"] {
        args.extend(["--set", set]);
    }
    assert_eq!(server.cli(&args).code, 0);
}

fn start(server: &Server, input: &str) -> String {
    let ran = server.cli(&["trigger", "order", "--input", input, "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.json()["id"].as_str().unwrap().to_owned()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("never: {what}");
}

#[test]
fn a_mail_brings_a_link_whose_page_decides() {
    let browser = Browser::new();
    let smtp = browser.runtime.block_on(Smtp::start());
    let slack = browser.runtime.block_on(Sink::start(|_| Answer::text(200, "ok")));
    let folder = tempfile::tempdir().unwrap();
    let log_file = folder.path().join("server.log");
    let file = std::fs::File::create(&log_file).unwrap();
    let args = ["--allow-private-networks", "--log-level", "debug"];
    let server = Server::start_logging(folder, &args, Stdio::from(file));
    connect_mail(&server, &smtp);
    server.write("hook.txt", &format!("http://{}/services/T/B/x", slack.address()));
    let added = server.cli(&[
        "connections",
        "add",
        "slack",
        "--connector",
        "slack",
        "--auth",
        "incoming_webhook",
        "--secret",
        "url=@hook.txt",
    ]);
    assert_eq!(added.code, 0, "{}", added.err);
    server.write("order.yaml", ORDER);
    let deployed = server.cli(&["deploy", "order.yaml"]);
    assert_eq!(deployed.code, 0, "{}", deployed.err);
    let run = start(&server, "{\"id\": 7}");

    let wait = |count| {
        let mails = smtp.wait_for(count);
        browser
            .runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(20), mails).await })
    };
    let mail = wait(1).unwrap().remove(0);
    assert_eq!(mail.to, ["boss@example.com"]);
    assert_eq!(mail.header("subject").unwrap(), "Please decide: Fulfil <order> 7? (order)");
    let url = link(&mail);
    assert!(url.as_str().starts_with(&format!("{}/approvals/apr_", server.url)), "{url}");

    // Whoever opens the link, however often, decides nothing.
    for _ in 0..3 {
        let (status, page) = browser.get(&url);
        assert_eq!(status, 200, "{page}");
        for part in [
            "Fulfil &lt;order&gt; 7?",
            "You are asked as boss@example.com.",
            "Why it may go out",
            "<input type=number step=1 min=1 id='f-parts'",
            "<option value='bike'>",
            "<button class=yes name=decision value=approve>",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }
    let open = server.cli(&["approvals", "--json"]).json();
    let id = open["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&open["items"][0]["run"], &open["items"][0]["state"]),
        (&json!(run), &json!("open"))
    );

    // A link that was changed is nobody's.
    let token = url.query_pairs().next().unwrap().1.into_owned();
    let (head, last) = token.split_at(token.len() - 1);
    let other = if last == "A" { "E" } else { "A" };
    for wrong in [format!("{head}{other}"), String::new(), "x".repeat(66)] {
        let mut wrong_url = url.clone();
        wrong_url.query_pairs_mut().clear().append_pair("t", &wrong);
        assert_eq!(browser.get(&wrong_url).0, 404, "{wrong}");
        assert_eq!(browser.press(&wrong_url, &[("decision", "approve")]).0, 404, "{wrong}");
    }

    // It is handed on: one more mail, with a link of its own.
    let (status, page) =
        browser.press(&url, &[("decision", "delegate"), ("to", "deputy@example.com")]);
    assert!(status == 200 && page.contains("You handed this on to deputy@example.com"), "{page}");
    let (status, page) =
        browser.press(&url, &[("decision", "delegate"), ("to", "boss@example.com")]);
    assert!(status == 400 && page.contains("asked already"), "{page}");
    let mails = wait(2).unwrap();
    assert_eq!(mails[1].to, ["deputy@example.com"]);
    assert!(mails[1].body().contains("boss@example.com handed this on to you."), "{:?}", mails[1]);
    let deputy = link(&mails[1]);
    assert_ne!(deputy, url);
    let (_, page) = browser.get(&deputy);
    assert!(page.contains(" UTC</time> it counts as rejected."), "{page}");

    // What does not fit the form decides nothing, and what was written stays.
    let (status, page) = browser.press(
        &deputy,
        &[
            ("decision", "approve"),
            ("form.reason", "sto\"ck"),
            ("form.parts", "none"),
            ("comment", "c"),
        ],
    );
    assert_eq!(status, 400);
    assert!(page.contains("Nothing was decided") && page.contains("value='sto&quot;ck'"), "{page}");
    for (name, text, why) in [
        ("form.reason", "€".repeat(17_000), "the form has more than 48 KiB"),
        ("comment", "c".repeat(2_001), "is longer than 2000 characters"),
    ] {
        let (status, page) = browser.press(&deputy, &[("decision", "reject"), (name, &text)]);
        assert!(status == 400 && page.contains(why), "{why} is not in {page}");
    }
    let (status, page) = browser.press(&deputy, &[("comment", &"c".repeat(300_000))]);
    assert!(status == 413 && page.contains("too large"), "{page}");

    let fields = [
        ("decision", "approve"),
        ("form.reason", "stock"),
        ("form.parts", "3"),
        ("form.way", ""),
        ("comment", "go <on>"),
    ];
    let (status, page) = browser.press(&deputy, &fields);
    assert_eq!(status, 200);
    for part in ["<h1>Approved</h1>", "Approved by deputy@example.com at ", "go &lt;on&gt;"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    // Whoever comes later, by either link, is told what was decided, and changes nothing.
    let (status, page) = browser.press(&url, &[("decision", "reject")]);
    assert!(status == 200 && page.contains("Approved by deputy@example.com at "), "{page}");
    assert!(!page.contains("<form"), "{page}");

    let ended = server.cli(&["run", "show", &run, "--json"]).json();
    assert_eq!(ended["state"], "succeeded");
    assert_eq!(
        (&ended["output"]["approved"], &ended["output"]["by"], &ended["output"]["form"]),
        (
            &json!(true),
            &json!("deputy@example.com"),
            &json!({ "reason": "stock", "parts": 3, "way": null })
        )
    );
    // Slack was told once, by a link of its own; who is no address is said, and nobody twice.
    until("Slack was told", || slack.requests().len() == 1);
    let text = serde_json::from_slice::<Value>(&slack.requests()[0].body).unwrap();
    let text = text["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("*order* asks: Fulfil &lt;order&gt; 7?\n<http://"), "{text}");
    assert_eq!(smtp.mails().len(), 2);
    let shown = server.cli(&["approvals", &id, "--json"]).json();
    let log = shown["log"].as_array().unwrap();
    let told = |what: &str, who: &str| {
        let found = log.iter().find(|entry| entry["what"] == what && entry["who"] == who);
        found.unwrap_or_else(|| panic!("{what} {who} is not in {log:#?}"))["note"].clone()
    };
    assert_eq!(told("sent", "boss@example.com"), "by mail");
    assert_eq!(told("sent", "#orders"), "in Slack");
    assert!(told("failed", "nobody").as_str().unwrap().contains("neither an email address"));
    assert_eq!(told("handed_on", "boss@example.com"), "deputy@example.com");
    assert_eq!(told("approved", "deputy@example.com"), "go <on>");

    // The log of the server, which tells much at this level, tells no token.
    let log = std::fs::read_to_string(&log_file).unwrap();
    assert!(log.contains(&format!("/approvals/{id}")), "the pages were opened");
    for link in [&url, &deputy] {
        let token = link.query_pairs().next().unwrap().1.into_owned();
        assert!(!log.contains(&token[..20]), "a token is in the log");
    }
}

#[test]
fn it_is_asked_told_and_answered_over_a_kill() {
    let browser = Browser::new();
    let smtp = browser.runtime.block_on(Smtp::start());
    let server = Server::start_in(tempfile::tempdir().unwrap(), &["--allow-private-networks"]);
    connect_mail(&server, &smtp);
    server.write("order.yaml", ORDER);
    assert_eq!(server.cli(&["deploy", "order.yaml"]).code, 0);
    let run = start(&server, "{\"id\": 1}");
    let told = || {
        let shown = server.cli(&["approvals", "--json"]).json();
        let id = shown["items"][0]["id"].as_str().unwrap_or_default().to_owned();
        (id.clone(), server.cli(&["approvals", &id, "--json"]).json()["people"][0]["state"].clone())
    };
    until("the boss was told", || told().1 == "sent");
    let id = told().0;
    let server = Server::start_in(server.kill(), &["--allow-private-networks"]);

    let listed = server.cli(&["approvals"]);
    assert!(listed.out.contains(&id) && listed.out.contains("Fulfil <order> 1?"), "{}", listed.out);
    let refused = server.cli(&["approve", &id]);
    assert!(refused.code == 1 && refused.err.contains("E-RUN-053"), "{}", refused.err);
    let rejected = server.cli(&["reject", &id, "--set", "reason=7", "--comment", "too dear"]);
    assert_eq!(rejected.code, 0, "{}", rejected.err);
    let ended = server.cli(&["run", "show", &run, "--json"]).json();
    assert_eq!(
        (&ended["state"], &ended["error"]["code"], &ended["error"]["message"]),
        (&json!("cancelled"), &json!("E-RUN-013"), &json!("rejected by owner: too dear"))
    );
    let shown = server.cli(&["approvals", &id]);
    for part in ["rejected by owner", "too dear", "{\"reason\":\"7\"", "sent"] {
        assert!(shown.out.contains(part), "{part} is not in {}", shown.out);
    }
    let again = server.cli(&["approve", &id, "--set", "reason=x"]);
    assert!(again.code == 1 && again.err.contains("rejected by owner at"), "{}", again.err);
    // The link was made before the kill, and says what was decided.
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1, "told once");
    let url = link(&mails[0]);
    let old = url.as_str().replacen(
        &url.as_str()[..url.as_str().find("/approvals").unwrap()],
        &server.url,
        1,
    );
    let (status, page) = browser.get(&Url::parse(&old).unwrap());
    assert!(status == 200 && page.contains("Rejected by owner at"), "{page}");
}
