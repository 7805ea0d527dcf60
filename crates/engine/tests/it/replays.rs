//! Replays of events, and dead letters after the bot was mended.

use std::time::Duration;

use codex32_engine::{Ask, Replayed};
use codex32_model::Value;
use codex32_model::time::Timestamp;
use codex32_store::dead_letters::{DeadLetter, Which};
use codex32_store::replays::{Counts, Replay, ReplayState};
use codex32_store::runs::{Filter, Run};

use crate::harness::World;

const CASHIER: &str = "
bot: cashier
inputs: { amount: number }
triggers: { paid: { event: paid, when: '{{ event.data.amount > 10 }}' } }
steps: [ { return: '{{ inputs.amount }}' } ]
";

async fn emit(world: &World, amount: impl Into<Value>) {
    let data = Value::object([("amount", amount.into())]);
    world.engine.emit(world.scope, "paid".to_owned(), data, None).await.unwrap();
}

async fn runs(world: &World, bot: &str) -> Vec<Run> {
    let bot = world.engine.store().bot(world.scope, bot.to_owned()).await.unwrap().unwrap();
    let filter = Filter { bot: Some(bot.id), limit: 500, ..Filter::default() };
    world.engine.store().runs(world.scope, filter).await.unwrap()
}

async fn until(what: &str, mut good: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if good().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never came to be: {what}");
}

/// Waits until every event was brought to those that listen.
async fn dispatched(world: &World) {
    let store = world.engine.store();
    until("the dispatcher has come to the last event", async || {
        let last = store.events(world.scope, None, None, 1).await.unwrap();
        let cursor = store.cursor("dispatcher").await.unwrap();
        last.first().is_none_or(|last| last.seq == cursor.seq)
    })
    .await;
}

async fn letters(world: &World) -> Vec<DeadLetter> {
    let store = world.engine.store();
    store.dead_letters(world.scope, Which::default(), None, 200).await.unwrap()
}

async fn done(world: &World, replay: &Replay) -> Replay {
    let mut found = replay.clone();
    until("the end of the replay", async || {
        found = world.engine.store().replay(world.scope, replay.id).await.unwrap().unwrap();
        found.state == ReplayState::Done
    })
    .await;
    found
}

fn ask(bot: Option<&str>, again: bool) -> Ask {
    let since = Timestamp::from_micros(0);
    Ask { name: "paid".into(), since, until: None, bot: bot.map(str::to_owned), again }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_a_time_are_replayed_to_a_bot_that_came_later_and_once() {
    let world = World::new().await;
    world.deploy(CASHIER).await;
    emit(&world, 50_i64).await;
    world.clock.advance(Duration::from_secs(3_600));
    let since = world.engine.clock().now();
    for amount in [5_i64, 20, 30] {
        emit(&world, amount).await;
    }
    dispatched(&world).await;
    assert_eq!(runs(&world, "cashier").await.len(), 3);
    world.deploy(&CASHIER.replace("cashier", "auditor")).await;

    let to_auditor = Ask { since, ..ask(Some("auditor"), false) };
    let replay = world.engine.replay_events(world.scope, to_auditor.clone()).await.unwrap();
    assert_eq!(replay.total, 3);
    let found = done(&world, &replay).await;
    let wanted = Counts { seen: 3, started: 2, declined: 1, ..Counts::default() };
    assert_eq!(found.counts, wanted);
    let (auditor, cashier) = (runs(&world, "auditor").await, runs(&world, "cashier").await);
    assert_eq!((auditor.len(), cashier.len()), (2, 3), "only to the bot that was asked for");

    // Once more: each event has started each bot already, unless it is said to start again.
    let replay =
        world.engine.replay_events(world.scope, Ask { bot: None, ..to_auditor.clone() }).await;
    let found = done(&world, &replay.unwrap()).await;
    let wanted = Counts { seen: 3, already: 4, declined: 2, ..Counts::default() };
    assert_eq!(found.counts, wanted);
    assert_eq!(runs(&world, "auditor").await.len(), 2);
    let again = Ask { again: true, ..to_auditor };
    let replay = world.engine.replay_events(world.scope, again).await.unwrap();
    let found = done(&world, &replay).await;
    assert_eq!((found.counts.started, runs(&world, "auditor").await.len()), (2, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_goes_on_after_a_restart_and_starts_nothing_twice() {
    let world = World::new().await;
    for number in 0..150_i64 {
        emit(&world, 100 + number).await;
    }
    dispatched(&world).await;
    world.deploy(CASHIER).await;
    let replay = world.engine.replay_events(world.scope, ask(None, true)).await.unwrap();
    assert_eq!(replay.total, 150);
    until("its beginning", async || !runs(&world, "cashier").await.is_empty()).await;
    let world = world.restart().await;
    let found = done(&world, &replay).await;
    let wanted = Counts { seen: 150, started: 150, ..Counts::default() };
    assert_eq!(found.counts, wanted);
    assert_eq!(runs(&world, "cashier").await.len(), 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_that_cannot_be_is_refused_with_the_reason() {
    let world = World::new().await;
    let refused = async |ask: Ask| {
        world.engine.replay_events(world.scope, ask).await.unwrap_err().code().text
    };
    let now = world.engine.clock().now();
    let recent = |bot| Ask { since: now.minus(Duration::from_secs(60)), ..ask(bot, false) };
    assert_eq!(refused(recent(None)).await, "E-RUN-025", "nobody listens");
    assert_eq!(refused(recent(Some("nobody"))).await, "E-RUN-010");
    world.deploy(CASHIER).await;
    assert_eq!(refused(ask(None, false)).await, "E-RUN-027", "too long ago");
    world.engine.pause(world.scope, "cashier").await.unwrap();
    assert_eq!(refused(recent(Some("cashier"))).await, "E-RUN-025", "paused");
    // What matches nothing is done at once.
    world.engine.resume(world.scope, "cashier").await.unwrap();
    let replay = world.engine.replay_events(world.scope, recent(None)).await.unwrap();
    assert_eq!((replay.state, replay.total), (ReplayState::Done, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_replayed_when_the_bot_was_mended() {
    let world = World::new().await;
    world.deploy(&CASHIER.replace("event.data.amount > 10", "event.data.missing.net > 10")).await;
    for amount in [5_i64, 20, 30, 40] {
        emit(&world, amount).await;
    }
    until("the dead letters", async || letters(&world).await.len() == 4).await;
    let kept = letters(&world).await;

    // Before it is mended the letter stays, with one more attempt.
    let refused = world.engine.replay_dead_letter(world.scope, kept[0].id).await.unwrap_err();
    assert!(refused.code().text.starts_with("E-EXPR-"), "{refused}");
    let still = world.engine.store().dead_letter(world.scope, kept[0].id).await.unwrap().unwrap();
    assert_eq!((still.attempts, still.first_at), (2, kept[0].first_at));
    let replay = world.engine.replay_dead_letters(world.scope, None, None).await.unwrap();
    let found = done(&world, &replay).await;
    assert_eq!(found.counts, Counts { seen: 4, failed: 4, ..Counts::default() });
    assert_eq!(letters(&world).await.len(), 4);

    world.deploy(CASHIER).await;
    // The newest one alone, then the rest.
    let one = world.engine.replay_dead_letter(world.scope, kept[0].id).await.unwrap().unwrap();
    let Replayed::Run(run) = one else { panic!("{one:?}") };
    assert_eq!(world.ended(run).await.output, Value::from(40_i64));
    let none = world.engine.replay_dead_letter(world.scope, kept[0].id).await.unwrap();
    assert_eq!(none, None, "it is gone");
    let replay =
        world.engine.replay_dead_letters(world.scope, Some("cashier"), None).await.unwrap();
    assert_eq!(replay.total, 3);
    let found = done(&world, &replay).await;
    assert_eq!(found.counts, Counts { seen: 3, started: 2, declined: 1, ..Counts::default() });
    assert!(letters(&world).await.is_empty());
    assert_eq!(runs(&world, "cashier").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_of_a_circle_counts_hops_anew() {
    let world = World::new().await;
    world
        .deploy("bot: echo\ntriggers: { x: { event: paid } }\nsteps: [ { emit: paid, data: 1 } ]")
        .await;
    emit(&world, 1_i64).await;
    until("the dead letter", async || letters(&world).await.len() == 1).await;
    let letter = letters(&world).await.remove(0);
    assert_eq!((&*letter.code, letter.event.hops), ("E-RUN-024", 33));
    // Mended: it ends by itself now.
    world.deploy("bot: echo\ntriggers: { x: { event: paid } }\nsteps: [ { return: quiet } ]").await;
    let one = world.engine.replay_dead_letter(world.scope, letter.id).await.unwrap().unwrap();
    let Replayed::Run(run) = one else { panic!("{one:?}") };
    assert_eq!(world.ended(run).await.output, Value::from("quiet"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_is_cancelled_and_letters_are_discarded() {
    let world = World::new().await;
    for number in 0..300_i64 {
        emit(&world, number).await;
    }
    dispatched(&world).await;
    world.deploy(&CASHIER.replace("event.data.amount > 10", "event.data.missing.net > 1")).await;
    let since = world.engine.clock().now().minus(Duration::from_secs(600));
    let replay =
        world.engine.replay_events(world.scope, Ask { since, ..ask(None, false) }).await.unwrap();
    assert_eq!(world.engine.cancel_replay(world.scope, replay.id).await.unwrap(), Some(true));
    let found = world.engine.store().replay(world.scope, replay.id).await.unwrap().unwrap();
    assert_eq!(found.state, ReplayState::Cancelled);
    assert_eq!(world.engine.cancel_replay(world.scope, replay.id).await.unwrap(), Some(false));
    // The page that was on its way ends; then nothing comes any more.
    let now = world.engine.clock().now().plus(Duration::from_secs(60));
    until("no letter is left", async || {
        let store = world.engine.store();
        store.discard_dead_letters(world.scope, Which::default(), now).await.unwrap();
        letters(&world).await.is_empty()
    })
    .await;
}
