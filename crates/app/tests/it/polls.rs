//! A bot on a feed, as its users meet it: also when the server is killed in the middle of its looks.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use codex32_testkit::sink::{Answer, Sink};
use serde_json::Value;

use crate::server::{Server, post_as};

/// How often the server is killed.
const KILLS: u32 = 8;
const FLAGS: [&str; 1] = ["--allow-private-networks"];

fn feed(items: u32) -> Answer {
    let items: String = (1..=items)
        .rev()
        .map(|id| format!("<item><guid>n-{id}</guid><title>Number {id}</title></item>"))
        .collect();
    let text = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Numbers</title>{items}</channel></rss>"
    );
    Answer::status(200).header("content-type", "application/rss+xml").body(text)
}

impl Server {
    fn look_now(&self) {
        let token = std::fs::read_to_string(self.data().join("owner-token")).unwrap();
        let url = format!("{}/api/v1/bots/reader/triggers/post/look", self.url);
        let (status, answer) = post_as(&url, "{}", Some(token.trim()));
        assert_eq!(status, 202, "{answer}");
    }

    /// Waits until the answer to a command is as wanted.
    fn until(&self, args: &[&str], good: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let answer = self.cli(args).json();
            if good(&answer) {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "never came to be: {answer}");
        }
    }
}

#[test]
fn each_item_of_a_feed_starts_one_run_however_often_the_server_is_killed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let items = Arc::new(Mutex::new(3));
    let there = Arc::clone(&items);
    let sink = runtime.block_on(Sink::start(move |_| feed(*there.lock().unwrap())));
    let mut server = Server::start_in(tempfile::tempdir().unwrap(), &FLAGS);
    let bot = format!(
        "bot: reader\ntriggers: {{ post: {{ app: rss.new_item, with: {{ url: '{}' }}, poll: 30s }} }}\nsteps:\n  - return: '{{{{ event.data.title }}}}'\n",
        sink.url("/feed")
    );
    server.write("reader.yaml", &bot);
    let deployed = server.cli(&["deploy", "reader.yaml", "--json"]).json();
    assert_eq!(deployed["triggers"][0]["every"], "30s", "{deployed}");
    let show = ["bot", "show", "reader", "--json"];
    server.until(&show, |bot| bot["triggers"][0]["last_looked_at"].is_string());

    for kill in 0..KILLS {
        *items.lock().unwrap() += 2;
        let asked = sink.requests().len();
        server.look_now();
        runtime.block_on(sink.wait_for(asked + 1));
        // From before the answer has left to after the runs.
        std::thread::sleep(Duration::from_millis(u64::from(kill) * 4));
        let folder = server.kill();
        server = Server::start_in(folder, &FLAGS);
    }
    let asked = sink.requests().len();
    server.look_now();
    runtime.block_on(sink.wait_for(asked + 1));
    let wanted = (KILLS * 2) as usize;
    let done = |runs: &Value| {
        let runs = runs["items"].as_array().unwrap();
        runs.len() >= wanted && runs.iter().all(|run| run["state"] == "succeeded")
    };
    let runs = server.until(&["runs", "--limit", "100", "--json"], done);
    let runs = runs["items"].as_array().unwrap();
    let title = |run: &Value| {
        let run = server.cli(&["run", "show", run["id"].as_str().unwrap(), "--json"]).json();
        run["output"].as_str().unwrap().to_owned()
    };
    // In the order of the feed, the newest first: each once, none of the three from before.
    let titles: Vec<_> = runs.iter().map(title).collect();
    let expected: Vec<_> = (4..4 + KILLS * 2).rev().map(|id| format!("Number {id}")).collect();
    assert_eq!(titles, expected);

    let shown = server.cli(&["bot", "show", "reader"]).out;
    assert!(shown.contains("app rss.new_item every 30s  looked "), "{shown}");
}

#[test]
fn a_feed_that_is_none_is_shown_as_what_keeps_the_bot_from_looking() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sink = runtime.block_on(Sink::always(Answer::text(200, "no feed")));
    let server = Server::start_in(tempfile::tempdir().unwrap(), &FLAGS);
    let bot = format!(
        "bot: reader\ntriggers: {{ post: {{ app: rss.new_item, with: {{ url: '{}' }} }} }}\nsteps:\n  - set: 1\n",
        sink.url("/feed")
    );
    server.write("reader.yaml", &bot);
    assert_eq!(server.cli(&["deploy", "reader.yaml"]).code, 0);
    let show = ["bot", "show", "reader", "--json"];
    server.until(&show, |bot| bot["triggers"][0]["last_error"]["code"] == "E-CONN-016");
    let shown = server.cli(&["bot", "show", "reader"]).out;
    assert!(
        shown.contains("cannot look") && shown.contains("E-CONN-016, failed once since"),
        "{shown}"
    );
}
