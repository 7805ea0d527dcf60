//! App triggers against a server that lists cards: what is new starts runs, once, whatever happens.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex32_connectors::Connectors;
use codex32_model::RunState;
use codex32_store::bots::TriggerRow;
use codex32_store::polls::{PollRow, REMEMBERED};
use codex32_store::runs::{Filter, Run};
use codex32_testkit::place::Place;
use codex32_testkit::sink::{Answer, Sink};

use crate::harness::{World, free};

const MINUTE: Duration = Duration::from_secs(60);

/// Lists cards, the newest first, or answers as it is told.
struct Board {
    sink: Sink,
    cards: Arc<Mutex<Vec<u32>>>,
    trouble: Arc<Mutex<Option<Answer>>>,
}

impl Board {
    async fn start() -> Self {
        let cards: Arc<Mutex<Vec<u32>>> = Arc::default();
        let trouble: Arc<Mutex<Option<Answer>>> = Arc::default();
        let (listed, told) = (Arc::clone(&cards), Arc::clone(&trouble));
        let sink = Sink::start(move |_| {
            if let Some(answer) = told.lock().unwrap().clone() {
                return answer;
            }
            let cards = listed.lock().unwrap().clone();
            let cards: Vec<_> =
                cards.iter().rev().map(|id| format!(r#"{{"id": {id}, "size": {id}}}"#)).collect();
            Answer::json(200, format!("[{}]", cards.join(",")))
        })
        .await;
        Self { sink, cards, trouble }
    }

    fn connectors(&self) -> Arc<Connectors> {
        let manifest = format!(
            r#"
connector: board
title: Board
description: Cards.
base_url: {}
actions: {{}}
triggers:
  new_card:
    title: A card is added
    description: Somebody adds a card.
    params: {{ list: string }}
    event: {{ type: object, properties: {{ size: integer }} }}
    poll:
      request: {{ method: GET, path: "/lists/{{{{ params.list }}}}" }}
      items: "{{{{ response.body }}}}"
      id: "{{{{ item.id }}}}"
      data: {{ size: "{{{{ item.size }}}}" }}
    example: {{ size: 3 }}
"#,
            self.sink.url("")
        );
        Arc::new(Connectors::only([("board.yaml", manifest.as_str())]).unwrap())
    }

    fn add(&self, cards: impl IntoIterator<Item = u32>) {
        self.cards.lock().unwrap().extend(cards);
    }

    fn trouble(&self, answer: Option<Answer>) {
        *self.trouble.lock().unwrap() = answer;
    }
}

const BOT: &str = r#"
bot: sorter
inputs: { size: integer }
triggers: { card: { app: board.new_card, with: { list: todo }, poll: 1m } }
steps: [ { return: "{{ event.id + ':' + inputs.size }}" } ]
"#;

async fn world(board: &Board) -> World {
    World::with(Arc::new(Place::new()), board.connectors()).await
}

impl World {
    async fn trigger(&self) -> TriggerRow {
        let store = self.engine.store();
        let bot = store.bot(self.scope, "sorter".to_owned()).await.unwrap().unwrap();
        store.triggers(self.scope.workspace, bot.id).await.unwrap().remove(0)
    }

    /// Waits until the trigger is as wanted.
    async fn until_poll(&self, good: impl Fn(&PollRow) -> bool) -> TriggerRow {
        // On PostgreSQL a server that died looks until its lease has ended.
        for _ in 0..12_000 {
            let row = self.trigger().await;
            if row.poll.as_ref().is_some_and(&good) {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never came to be: {:?}", self.trigger().await);
    }

    /// Lets the next look come, and waits for its end.
    async fn look(&self) -> TriggerRow {
        let before = self.trigger().await.poll.unwrap().looked_at;
        self.engine.look_now(self.scope, "sorter", "card").await.unwrap();
        self.until_poll(|poll| poll.looked_at > before && poll.waiting == 0).await
    }

    /// All runs, oldest first, once there are so many and all have ended.
    async fn all(&self, count: usize) -> Vec<Run> {
        for _ in 0..4_000 {
            let mut runs: Vec<Run> = Vec::new();
            loop {
                let before = runs.last().map(|run| run.id);
                let filter = Filter { before, limit: 200, ..Filter::default() };
                let page = self.engine.store().runs(self.scope, filter).await.unwrap();
                let last = page.len() < 200;
                runs.extend(page);
                if last {
                    break;
                }
            }
            if runs.len() >= count && runs.iter().all(|run| run.state.is_terminal()) {
                runs.reverse();
                return runs;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("there never were {count} runs that have ended");
    }

    /// What the runs gave, oldest run first.
    async fn outputs(&self, count: usize) -> Vec<String> {
        let mut outputs = Vec::new();
        for run in self.all(count).await {
            outputs.push(self.view(run.id).await.output.to_text());
        }
        outputs
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_look_notes_and_later_ones_start_what_is_new_in_order() {
    let board = Board::start().await;
    board.add([1, 2]);
    let world = world(&board).await;
    let deployed = world.deploy(BOT).await;
    let poll = deployed.triggers[0].poll.clone().unwrap();
    assert_eq!((poll.app.as_str(), poll.every), ("board.new_card", MINUTE));
    world.until_poll(|poll| poll.looked_at.is_some()).await;
    assert!(world.all(0).await.is_empty(), "what was there before the bot starts nothing");
    // The next look comes by itself.
    board.add([3, 4]);
    world.clock.advance(MINUTE);
    assert_eq!(world.outputs(2).await, ["3:3", "4:4"]);
    let row = world.look().await;
    assert_eq!(world.all(2).await.len(), 2, "seen ones start nothing");
    let poll = row.poll.unwrap();
    assert_eq!(row.next_fire.unwrap(), poll.looked_at.unwrap().plus(MINUTE));
    assert_eq!(board.sink.requests()[0].path, "/lists/todo");
    // What the run was started by.
    let run = &world.all(2).await[0];
    assert_eq!(run.trigger, "card");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_and_inputs_decide_for_each_item() {
    let board = Board::start().await;
    let world = world(&board).await;
    let bot = r#"
bot: sorter
inputs: { size: { type: integer, maximum: 10 }, whence: string }
triggers:
  card:
    app: board.new_card
    with: { list: "{{ 'to' + 'do' }}" }
    when: "{{ event.data.size != 7 }}"
    inputs: { whence: "{{ event.type + ' ' + event.source + ' ' + trigger.kind }}" }
steps: [ { return: "{{ inputs.size + ' ' + inputs.whence }}" } ]
"#;
    world.deploy(bot).await;
    world.until_poll(|poll| poll.source.is_some()).await;
    board.add([6, 7, 11, 8]);
    world.look().await;
    let runs = world.all(3).await;
    let states: Vec<_> = runs.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Succeeded, RunState::Failed, RunState::Succeeded]);
    assert_eq!(world.view(runs[0].id).await.output.to_text(), "6 board.new_card board app");
    // An item that does not fit is no item lost: its run says why.
    let failed = world.view(runs[1].id).await;
    assert_eq!(failed.error.as_ref().unwrap().code, "E-RUN-005");
    world.look().await;
    assert_eq!(world.all(3).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_fails_is_shown_waits_longer_and_recovers() {
    let board = Board::start().await;
    let world = world(&board).await;
    world.deploy(BOT).await;
    world.until_poll(|poll| poll.source.is_some()).await;
    board.trouble(Some(Answer::text(503, "gone fishing")));
    let mut waits = Vec::new();
    let mut since = None;
    for count in 1..=3 {
        world.clock.advance(10 * MINUTE);
        let row = world.until_poll(|poll| poll.failures == count).await;
        let poll = row.poll.unwrap();
        let failing = poll.failing.unwrap();
        assert_eq!(failing.code, "E-CONN-024", "{failing:?}");
        assert_eq!(*since.get_or_insert(failing.since), failing.since);
        waits.push(row.next_fire.unwrap().since(poll.looked_at.unwrap()));
    }
    assert_eq!(waits, [MINUTE, 2 * MINUTE, 4 * MINUTE]);
    // The other side says when to come back.
    board.trouble(Some(Answer::text(429, "slow down").header("retry-after", "7200")));
    world.clock.advance(10 * MINUTE);
    let row = world.until_poll(|poll| poll.failures == 4).await;
    let poll = row.poll.unwrap();
    assert_eq!(poll.failing.unwrap().code, "E-CONN-014");
    assert_eq!(row.next_fire.unwrap().since(poll.looked_at.unwrap()), 120 * MINUTE);
    // Mended: what came meanwhile starts, and nothing is failing any more.
    board.add([1]);
    board.trouble(None);
    world.clock.advance(120 * MINUTE);
    let row = world.until_poll(|poll| poll.failures == 0).await;
    assert_eq!(row.poll.unwrap().failing, None);
    assert_eq!(world.outputs(1).await, ["1:1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_keeps_what_was_seen_unless_it_looks_elsewhere() {
    let board = Board::start().await;
    board.add([1]);
    let world = world(&board).await;
    world.deploy(BOT).await;
    world.until_poll(|poll| poll.source.is_some()).await;
    // Between the last look of one version and the first of the next.
    board.add([2]);
    world.deploy(&BOT.replace("return: \"", "return: \"v2 ")).await;
    assert_eq!(world.outputs(1).await, ["v2 2:2"]);
    // Another list: everything there was there before.
    let elsewhere = BOT.replace("todo", "done");
    board.add([3]);
    let looked = world.look().await;
    world.all(2).await;
    board.add([4]);
    world.deploy(&elsewhere).await;
    world.until_poll(|poll| poll.source != looked.poll.as_ref().unwrap().source).await;
    assert_eq!(world.all(2).await.len(), 2);
    board.add([5]);
    world.look().await;
    assert_eq!(world.outputs(3).await[2], "5:5");
    // Withdrawn: forgotten.
    world.engine.withdraw(world.scope, "sorter").await.unwrap();
    let bot = world.engine.store().bot(world.scope, "sorter".to_owned()).await.unwrap().unwrap();
    let seen = world.engine.store().seen_items(bot.id, "card".to_owned()).await.unwrap();
    assert!(seen.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_bot_does_not_look_and_makes_up_for_nothing() {
    let board = Board::start().await;
    let world = world(&board).await;
    world.deploy(BOT).await;
    world.until_poll(|poll| poll.source.is_some()).await;
    world.engine.pause(world.scope, "sorter").await.unwrap();
    let asked = board.sink.requests().len();
    board.add([1]);
    world.clock.advance(60 * MINUTE);
    assert!(world.engine.look_now(world.scope, "sorter", "card").await.is_err());
    world.engine.resume(world.scope, "sorter").await.unwrap();
    world.until_poll(|poll| poll.source.is_some()).await;
    assert_eq!(board.sink.requests().len(), asked + 1, "nobody looked meanwhile");
    board.add([2]);
    world.look().await;
    assert_eq!(world.outputs(1).await, ["2:2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_taken_in_portions_and_in_order() {
    let board = Board::start().await;
    let world = world(&board).await;
    world.deploy(&BOT.replace("steps:", "limits: { concurrency: 1 }\nsteps:")).await;
    world.until_poll(|poll| poll.source.is_some()).await;
    board.add(1..=450);
    world.engine.look_now(world.scope, "sorter", "card").await.unwrap();
    let outputs = world.outputs(450).await;
    let expected: Vec<_> = (1..=450).map(|id| format!("{id}:{id}")).collect();
    assert_eq!(outputs, expected);
    assert_eq!(world.executor.looks.load(Ordering::SeqCst), 4, "one, and three of 200 at most");
    let row = world.until_poll(|poll| poll.waiting == 0).await;
    assert_eq!(row.fired, 450);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_bounded_and_keeps_what_is_still_there() {
    let board = Board::start().await;
    let many = u32::try_from(REMEMBERED).unwrap();
    board.add(1..=many + 5);
    let world = world(&board).await;
    let bot = world.deploy(BOT).await.bot;
    world.until_poll(|poll| poll.source.is_some()).await;
    let seen = || world.engine.store().seen_items(bot.id, "card".to_owned());
    let first = seen().await.unwrap();
    assert_eq!(first.len(), REMEMBERED);
    assert!(!first.contains("5") && first.contains("6"), "the newest are kept");
    // Those that the board does not list any more are forgotten first.
    board.cards.lock().unwrap().drain(..105);
    board.add([many + 6, many + 7]);
    world.look().await;
    assert_eq!(world.outputs(2).await.len(), 2);
    let now = seen().await.unwrap();
    assert_eq!(now.len(), REMEMBERED);
    let listed = board.cards.lock().unwrap().clone();
    assert!(listed.iter().all(|card| now.contains(&card.to_string())));
}

/// A server that dies without a word, as often as asked, at a moment of a look; the items all start
/// one run each.
#[test]
fn an_item_starts_one_run_whenever_the_server_dies() {
    let outside = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let board = outside.block_on(Board::start());
    let mut place = Arc::new(Place::new());
    let mut ahead = 0;
    // Between look and commit, between commit and run, in the middle of the run.
    for moment in 0..6 {
        let life = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (kept, time) = life.block_on(async {
            let world = World::short_lived(place, board.connectors()).await;
            world.clock.ahead.store(ahead, Ordering::SeqCst);
            if moment == 0 {
                world.deploy(&BOT.replace("steps: [", "steps: [ { do: test.read }, ")).await;
                world.until_poll(|poll| poll.source.is_some()).await;
            }
            world.look().await;
            world.executor.stuck.store(moment % 2 == 0, Ordering::SeqCst);
            board.add([moment * 2 + 1, moment * 2 + 2]);
            let looks = world.executor.looks.load(Ordering::SeqCst);
            world.engine.look_now(world.scope, "sorter", "card").await.unwrap();
            while world.executor.looks.load(Ordering::SeqCst) == looks {
                tokio::task::yield_now().await;
            }
            if moment % 2 == 1 {
                let row = world.trigger().await;
                let fired = row.fired;
                // Dies as soon as the look is on disk, or some steps later.
                while world.trigger().await.fired == fired && fired < (moment + 1) * 2 {
                    tokio::task::yield_now().await;
                }
            }
            let World { place, clock, .. } = world;
            (place, clock.ahead.load(Ordering::SeqCst))
        });
        life.shutdown_background();
        outside.block_on(free(&kept));
        (place, ahead) = (kept, time);
    }
    outside.block_on(async {
        let world = World::short_lived(place, board.connectors()).await;
        world.look().await;
        let mut runs: BTreeMap<String, usize> = BTreeMap::new();
        for run in world.all(12).await {
            assert_eq!(run.state, RunState::Succeeded);
            *runs.entry(world.view(run.id).await.output.to_text()).or_default() += 1;
        }
        let expected: BTreeMap<_, _> = (1..=12).map(|id| (format!("{id}:{id}"), 1)).collect();
        assert_eq!(runs, expected);
    });
}
