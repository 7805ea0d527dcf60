//! Entries as the engine makes them.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::{BotId, RunId, WorkspaceId};
use codex32_model::run::RunState;
use codex32_model::{Timestamp, Value};
use codex32_store::{Entry, NewRun, Outcome, Rows, Store, StoreError, Summary, Target};
use tokio::task::JoinHandle;

pub const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
pub const BOT: BotId = BotId::from_bytes([2; 16]);
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

pub fn run_id(number: u32) -> RunId {
    RunId::new(NOW, [&number.to_be_bytes()[..], &[0; 6]].concat().try_into().unwrap())
}

pub fn new_run(number: u32) -> NewRun {
    NewRun {
        workspace: WORKSPACE,
        id: run_id(number),
        bot: BOT,
        version: 1,
        trigger: "hook".into(),
        state: RunState::Running,
        owner: None,
        created_at: NOW,
        deadline: NOW,
        parent: None,
        retry_of: None,
        depth: 0,
        key: None,
        must_be_live: false,
        schedule: None,
        concurrency_key: None,
    }
}

pub fn summary(state: RunState) -> Summary {
    let ended_at = state.is_terminal().then_some(NOW);
    Summary { state, ended_at, error: None, reason: None, wake_at: None, release: false }
}

fn entry(target: Target, nonce: u32, state: RunState) -> Entry {
    let kind = FactKind::StepDone {
        a: "a".into(),
        o: Value::from(nonce),
        i: Value::Null,
        s: None,
        logs: Vec::new(),
    };
    Entry {
        target,
        bot: BOT,
        nonce: i64::from(nonce),
        facts: vec![Fact { at: NOW, kind }],
        summary: summary(state),
        rows: Rows::default(),
    }
}

/// Accepts a run; the nonce is its number.
pub fn accept(run: NewRun, number: u32) -> Entry {
    let state = run.state;
    entry(Target::New(Box::new(run)), number, state)
}

pub fn go_on(number: u32, epoch: u32, seq: u32, nonce: u32, state: RunState) -> Entry {
    let target = Target::Existing { workspace: WORKSPACE, id: run_id(number), epoch, seq };
    entry(target, nonce, state)
}

/// Runs in the database, by a connection that is not the writer's.
pub async fn on_disk(store: &Store) -> Vec<RunId> {
    let runs =
        store.read(|reader| reader.query("SELECT id FROM runs ORDER BY id", &[], |row| row.get(0)));
    runs.await.unwrap()
}

/// Keeps the committer inside a transaction until it is dropped or told to go on, so that what is
/// committed meanwhile comes into one batch.
pub struct Held {
    go_on: Sender<()>,
    done: JoinHandle<Result<(), StoreError>>,
}

impl Held {
    pub async fn let_go(self) {
        self.go_on.send(()).unwrap();
        self.done.await.unwrap().unwrap();
    }
}

pub async fn hold(store: &Store) -> Held {
    let (go_on, wait) = channel();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let wait = Mutex::new(wait);
    let begun = Arc::new(Mutex::new(Some(begun)));
    let store = store.clone();
    let done = tokio::spawn(async move {
        store
            .write(move |_| {
                if let Some(begun) = begun.lock().unwrap().take() {
                    begun.send(()).unwrap();
                    // Not once more when a neighbour's fault has it repeated.
                    let _ = wait.lock().unwrap().recv();
                }
                Ok(())
            })
            .await
    });
    has_begun.await.unwrap();
    Held { go_on, done }
}

/// Commits all of them in one batch; their outcomes in order.
pub async fn commit_together(
    store: &Store,
    entries: Vec<Entry>,
) -> Vec<Result<Outcome, StoreError>> {
    let held = hold(store).await;
    let mut commits = Vec::new();
    for (place, entry) in entries.into_iter().enumerate() {
        let owned = store.clone();
        commits.push(tokio::spawn(async move { owned.committer().commit(entry).await }));
        // One after the other, so that the batch has their order.
        while store.committer().waiting() <= place {
            tokio::task::yield_now().await;
        }
    }
    held.let_go().await;
    let mut outcomes = Vec::new();
    for commit in commits {
        outcomes.push(commit.await.unwrap());
    }
    outcomes
}
