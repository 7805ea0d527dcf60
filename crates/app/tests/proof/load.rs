//! Callers that never stop: each sends the next webhook as soon as the last is answered, waits while
//! the servers are away, and keeps what was answered.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex32_model::ids::RunId;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// A webhook that was answered 2xx.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub bot: &'static str,
    pub run: RunId,
    pub n: u64,
}

type Told = Box<dyn Fn(&Accepted) + Send + Sync>;

struct Shared {
    /// Where each server listens now; it changes with every start.
    urls: Mutex<Vec<Option<String>>>,
    stop: AtomicBool,
    next: AtomicU64,
    accepted: Mutex<Vec<Accepted>>,
    refused: AtomicU64,
    told: Told,
}

pub struct Load {
    shared: Arc<Shared>,
    callers: JoinSet<()>,
}

impl Load {
    /// `callers` per bot; `told` hears of every acceptance at once.
    pub fn start(
        bots: &[&'static str],
        callers: usize,
        told: impl Fn(&Accepted) + Send + Sync + 'static,
    ) -> Self {
        // A second installation is refused, and then the first one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let shared = Arc::new(Shared {
            urls: Mutex::default(),
            stop: AtomicBool::new(false),
            next: AtomicU64::new(1),
            accepted: Mutex::default(),
            refused: AtomicU64::new(0),
            told: Box::new(told),
        });
        let mut tasks = JoinSet::new();
        for bot in bots {
            for _ in 0..callers {
                tasks.spawn(call(bot, Arc::clone(&shared)));
            }
        }
        Self { shared, callers: tasks }
    }

    /// The server is at this address now, or away.
    pub fn server_at(&self, url: Option<&str>) {
        self.node_at(0, url);
    }

    /// One of several servers is at this address now, or away. Callers go to any that is there, with
    /// what another did not answer, too.
    pub fn node_at(&self, node: usize, url: Option<&str>) {
        let mut urls = self.shared.urls.lock().unwrap();
        if urls.len() <= node {
            urls.resize(node + 1, None);
        }
        urls[node] = url.map(str::to_owned);
    }

    /// How many were accepted so far.
    pub fn accepted(&mut self) -> usize {
        if let Some(ended) = self.callers.try_join_next() {
            ended.unwrap();
        }
        self.shared.accepted.lock().unwrap().len()
    }

    /// Lets open requests end and gives what was accepted, and how many requests were refused with an
    /// answer.
    pub async fn stop(mut self) -> (Vec<Accepted>, u64) {
        self.shared.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.callers.join_next().await {
            ended.unwrap();
        }
        let accepted = self.shared.accepted.lock().unwrap().clone();
        (accepted, self.shared.refused.load(Ordering::SeqCst))
    }
}

async fn call(bot: &'static str, shared: Arc<Shared>) {
    let client =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    let mut n = shared.next.fetch_add(1, Ordering::SeqCst);
    // Who gets no answer sends the same event again, with the same id; only the bot that knows ids
    // makes one run of it. After the load's end nobody begins anew.
    while !shared.stop.load(Ordering::SeqCst) {
        let there: Vec<String> = shared.urls.lock().unwrap().iter().flatten().cloned().collect();
        let Some(url) = there.choose(&mut rand::rng()) else {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        let sent = client
            .post(format!("{url}/hooks/{bot}"))
            .header("x-event-id", n.to_string())
            .json(&body(bot, n))
            .send()
            .await;
        let Ok(answer) = sent else {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        };
        if answer.status().is_success() {
            let Ok(body) = answer.json::<Value>().await else { continue };
            let run = body["run"].as_str().unwrap_or_else(|| panic!("no run in {body}"));
            let accepted = Accepted { bot, run: run.parse().unwrap(), n };
            (shared.told)(&accepted);
            shared.accepted.lock().unwrap().push(accepted);
        } else {
            let status = answer.status();
            assert!(status.as_u16() == 503, "{bot}: {status} {:?}", answer.text().await);
            shared.refused.fetch_add(1, Ordering::SeqCst);
            continue;
        }
        n = shared.next.fetch_add(1, Ordering::SeqCst);
    }
}

/// What a bot is sent; nothing twice.
fn body(bot: &str, n: u64) -> Value {
    match bot {
        "large" => json!({ "n": n, "text": format!("{n} ").repeat(40_000) }),
        _ => json!({ "n": n }),
    }
}
