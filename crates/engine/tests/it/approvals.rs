//! Approvals on a real store: waiting as rows, answers, the end of their time, restarts, other servers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use codex32_engine::{EngineError, Identity, Verdict};
use codex32_model::ids::RunId;
use codex32_model::{RunState, Value};
use codex32_store::approvals::{Approval, ApprovalState, Filter, NoticeState};
use codex32_testkit::place::Place;

use crate::harness::World;

const ORDER: &str = r#"
bot: order
inputs: { id: integer }
steps:
  - id: ok
    approve: "Fulfil order {{ inputs.id }}?"
    to: [boss@example.com, '#orders']
    form: { reason: string, days: { type: integer, required: false } }
    expires: 24h
    default: reject
    on_reject: continue
  - return: "{{ steps.ok }}"
"#;

fn verdict(approved: bool, by: &str, form: &str) -> Verdict {
    Verdict {
        approved,
        by: by.to_owned(),
        via: "api",
        comment: String::new(),
        form: Value::from_json(form).unwrap(),
        coerce: false,
    }
}

async fn approvals(world: &World, run: RunId) -> Vec<Approval> {
    let filter = Filter { run: Some(run), limit: 10, ..Filter::default() };
    world.engine.store().approvals(world.scope, filter).await.unwrap()
}

/// Starts the bot and waits until it asks and is out of memory.
async fn asked(world: &World, bot: &str, input: &str) -> Approval {
    let run = world.start(bot, input).await;
    world.until(run, |run| run.state == RunState::Waiting).await;
    while world.engine.active() > 0 {
        tokio::task::yield_now().await;
    }
    approvals(world, run).await.remove(0)
}

async fn log(world: &World, approval: &Approval) -> Vec<String> {
    let log = world.engine.store().approval_log(world.scope, approval.id).await.unwrap();
    let line = |entry: codex32_store::approvals::LogEntry| {
        let parts = [Some(entry.what), entry.who, entry.note];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    log.into_iter().map(line).collect()
}

async fn until_told(world: &World, approval: &Approval) {
    for _ in 0..2_000 {
        let notices = world.engine.store().notices(world.scope, approval.id).await.unwrap();
        if notices.iter().all(|notice| notice.state == NoticeState::Sent) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("somebody was not told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_recorded_and_taken_once() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    let approval = asked(&world, "order", r#"{"id": 7}"#).await;
    assert_eq!(
        (&*approval.text, &*approval.address, approval.state),
        ("Fulfil order 7?", "ok", ApprovalState::Open)
    );
    until_told(&world, &approval).await;
    // What does not fit the form decides nothing.
    for (form, place) in [
        ("{}", "form.reason"),
        (r#"{"reason": "new", "days": "soon"}"#, "form.days"),
        ("[1]", "form"),
    ] {
        let refused =
            world.engine.answer(world.scope, approval.id, verdict(true, "ann", form)).await;
        let Err(EngineError::Form(places)) = refused else { panic!("{form}: {refused:?}") };
        assert_eq!(places[0].0, place);
    }
    // Of many who answer at once one is first, and the others learn who it was.
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    let all = (0..8).map(|number| {
        let form = format!(r#"{{"reason": "no {number}", "more": 1}}"#);
        let verdict = verdict(true, &format!("person {number}"), &form);
        world.engine.answer(world.scope, approval.id, verdict)
    });
    for result in futures::future::join_all(all).await {
        match result {
            Ok(approval) => taken.push(approval),
            Err(error) => refused.push(error.to_string()),
        }
    }
    assert_eq!((taken.len(), refused.len()), (1, 7), "{refused:?}");
    let first = taken[0].decision.clone().unwrap();
    let by = first.get("by").unwrap().to_text();
    assert!(refused.iter().all(|why| why.contains(&by)), "{refused:?}");
    assert_eq!(taken[0].state, ApprovalState::Approved);
    let output = world.ended(approval.run).await.output;
    assert_eq!(output.get("by").unwrap().to_text(), by);
    let number = by.trim_start_matches("person ");
    assert_eq!(
        output.get("form").unwrap().to_json(),
        format!(r#"{{"reason":"no {number}","days":null}}"#)
    );
    let told = log(&world, &approval).await;
    assert_eq!(told[0], "asked");
    assert!(told.contains(&"sent boss@example.com told".to_owned()), "{told:?}");
    assert!(told.contains(&"sent #orders told".to_owned()), "{told:?}");
    assert_eq!(told[3..], [format!("approved {by}")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_waits_over_a_restart_and_its_time_ends_it() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    let answered = asked(&world, "order", r#"{"id": 1}"#).await;
    let silent = asked(&world, "order", r#"{"id": 2}"#).await;
    until_told(&world, &silent).await;
    let world = world.restart().await;
    let refuse =
        Verdict { comment: "too dear".to_owned(), ..verdict(false, "ann", r#"{"days": 3}"#) };
    let now = world.engine.answer(world.scope, answered.id, refuse).await.unwrap();
    assert_eq!(now.state, ApprovalState::Rejected);
    let output = world.ended(answered.run).await.output;
    assert_eq!(output.get("form").unwrap().to_json(), r#"{"reason":null,"days":3}"#);
    assert!(log(&world, &answered).await.contains(&"rejected ann too dear".to_owned()));

    world.clock.advance(Duration::from_secs(86_401));
    let output = world.ended(silent.run).await.output;
    assert_eq!(output.get("expired"), Some(&Value::Bool(true)));
    let late = world.engine.answer(world.scope, silent.id, verdict(false, "bob", "null")).await;
    assert!(
        late.unwrap_err().to_string().starts_with("nobody answered in time; it counts as rejected")
    );
    // Nobody was told twice over the restart.
    assert_eq!(world.executor.notices.lock().unwrap().len(), 0);
}

/// An answer and the end of the time meet in the store; what the journal says is what the row says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_written_down_in_time_counts_and_one_after_it_does_not() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    let store = world.engine.store().clone();
    let early = asked(&world, "order", r#"{"id": 1}"#).await;
    let late = asked(&world, "order", r#"{"id": 2}"#).await;
    let said = Value::from_json(r#"{"approved": true, "by": "ann", "at": "then"}"#).unwrap();
    // Written down, and the server that took it died before it told the run.
    let now = world.engine.clock().now();
    assert!(store.answer_approval(world.scope, early.id, said.clone(), now).await.unwrap());
    world.clock.advance(Duration::from_secs(86_401));
    let output = world.ended(early.run).await.output;
    assert_eq!(output.get("by"), Some(&Value::from("ann")));
    // Its time is over, whether the run knows by now or not.
    let now = world.engine.clock().now();
    assert!(!store.answer_approval(world.scope, late.id, said, now).await.unwrap());
    assert_eq!(world.ended(late.run).await.output.get("expired"), Some(&Value::Bool(true)));
    let rows = [&early, &late].map(|approval| store.approval(world.scope, approval.id));
    let [early, late] = futures::future::join_all(rows).await.try_into().unwrap();
    assert_eq!(early.unwrap().unwrap().state, ApprovalState::Approved);
    assert_eq!(late.unwrap().unwrap().state, ApprovalState::Expired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answer_and_cancel_in_both_orders() {
    let world = World::new().await;
    world
        .deploy(
            r#"
bot: pay
steps:
  - parallel:
      a: [ { id: ok, approve: "Pay?", to: [boss@example.com] } ]
      b: [ { id: paid, wait: { event: paid.late, timeout: 9d } } ]
"#,
        )
        .await;
    let first = asked(&world, "pay", "{}").await;
    world.engine.cancel(world.scope, first.run, "enough".to_owned()).await.unwrap();
    assert_eq!(world.ended(first.run).await.error.unwrap().code, "E-RUN-004");
    let refused = world.engine.answer(world.scope, first.id, verdict(true, "ann", "null")).await;
    assert!(refused.unwrap_err().to_string().starts_with("its run ended"));
    assert_eq!(log(&world, &first).await.last().unwrap(), "cancelled");

    let second = asked(&world, "pay", "{}").await;
    let approved = world.engine.answer(world.scope, second.id, verdict(true, "ann", "null")).await;
    assert_eq!(approved.unwrap().state, ApprovalState::Approved);
    world.engine.cancel(world.scope, second.run, "enough".to_owned()).await.unwrap();
    let view = world.ended(second.run).await;
    assert_eq!(view.state, RunState::Cancelled);
    let row = approvals(&world, second.run).await.remove(0);
    assert_eq!(row.state, ApprovalState::Approved);

    // A no is an end of its own.
    let third = asked(&world, "pay", "{}").await;
    world.engine.answer(world.scope, third.id, verdict(false, "ann", "null")).await.unwrap();
    let view = world.ended(third.run).await;
    let error = view.error.unwrap();
    assert_eq!(
        (view.state, &*error.code, &*error.message, error.step.as_deref()),
        (RunState::Cancelled, "E-RUN-013", "rejected by ann", Some("parallel#1.a/ok"))
    );
    // Asked again as a new run.
    let again = world.engine.retry(world.scope, third.run, None).await.unwrap();
    world.until(again.run, |run| run.state == RunState::Waiting).await;
    assert_eq!(approvals(&world, again.run).await[0].state, ApprovalState::Open);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_once_also_after_failures_and_whoever_it_is_handed_on_to() {
    let world = World::new().await;
    world.deploy(ORDER).await;
    world.executor.unwilling.store(3, Ordering::SeqCst);
    let approval = asked(&world, "order", r#"{"id": 7}"#).await;
    let engine = &world.engine;
    let hand_on = |to: &str| {
        engine.hand_on(world.scope, approval.id, to.to_owned(), "boss@example.com".to_owned())
    };
    hand_on("deputy@example.com").await.unwrap();
    for (to, why) in [
        ("deputy@example.com", "asked already"),
        ("boss@example.com", "asked already"),
        ("nobody", "no email address"),
        ("a@x.example, b@x.example", "no email address"),
    ] {
        let refused = hand_on(to).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{to}: {refused}");
    }
    // The pauses between attempts are the engine's, by its clock.
    for _ in 0..200 {
        world.clock.advance(Duration::from_secs(60));
        let notices = engine.store().notices(world.scope, approval.id).await.unwrap();
        if notices.iter().all(|notice| notice.state == NoticeState::Sent) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until_told(&world, &approval).await;
    let told = world.executor.notices.lock().unwrap().clone();
    assert_eq!(told.len(), 6, "three refused attempts, and one for each of three");
    for recipient in ["boss@example.com", "#orders", "deputy@example.com"] {
        let keys: Vec<_> =
            told.iter().filter(|notice| notice.recipient == recipient).map(|it| &it.key).collect();
        assert!(!keys.is_empty() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }
    let named = told.iter().find(|notice| notice.recipient == "deputy@example.com").unwrap();
    assert_eq!(named.named_by.as_deref(), Some("boss@example.com"));
    assert_eq!((&*named.bot, &*named.question), ("order", "Fulfil order 7?"));
    let log = log(&world, &approval).await;
    assert!(log.contains(&"handed_on boss@example.com deputy@example.com".to_owned()), "{log:?}");
}

/// The server that an answer reaches is not the one that has the run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_answered_on_another_server() {
    let Some(place) = Place::postgres() else { return };
    let place = Arc::new(place);
    let one = World::beside(Arc::clone(&place), Identity::default()).await;
    let two = World::beside(Arc::clone(&place), Identity::default()).await;
    one.deploy(ORDER).await;
    // Out of every memory.
    let approval = asked(&one, "order", r#"{"id": 1}"#).await;
    let now = two.engine.answer(two.scope, approval.id, verdict(true, "ann", r#"{"reason": "x"}"#));
    assert_eq!(now.await.unwrap().state, ApprovalState::Approved);
    assert_eq!(one.ended(approval.run).await.state, RunState::Succeeded);
    // In the memory of the first, which reads meanwhile.
    one.deploy(
        r#"
bot: busy
steps:
  - parallel:
      a: [ { id: ok, approve: "Pay?", to: [boss@example.com] } ]
      b: [ { do: test.read, with: { sleep: 60000 } } ]
  - return: 1
"#,
    )
    .await;
    let run = one.start("busy", "{}").await;
    one.until(run, |run| run.steps.iter().any(|step| step.detail.is_some())).await;
    let approval = loop {
        if let Some(found) = approvals(&one, run).await.pop() {
            break found;
        }
        tokio::task::yield_now().await;
    };
    let now =
        two.engine.answer(two.scope, approval.id, verdict(true, "ann", "null")).await.unwrap();
    assert_eq!(now.state, ApprovalState::Approved);
    // Everybody was told once, whichever server leads.
    until_told(&one, &approval).await;
    let told = |world: &World| world.executor.notices.lock().unwrap().len();
    assert_eq!(told(&one) + told(&two), 3);
    one.engine.cancel(one.scope, run, "enough".to_owned()).await.unwrap();
}
