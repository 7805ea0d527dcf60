//! What a person has with the builder over several sentences.

use codex32_builder::conversation::From;
use codex32_builder::{Conversation, Depth, Model, NoTrial, Options, World};
use codex32_connectors::builtin;
use codex32_flow::parse;
use codex32_model::Timestamp;
use codex32_model::definition::Bot;
use serde_json::json;

use crate::models::Scripted;

fn world(model: Option<&dyn Model>) -> World<'_> {
    World {
        catalogue: builtin(),
        bots: &[],
        zone: "Europe/Berlin",
        connections: &[],
        now: "2027-01-11T08:00:00Z".parse::<Timestamp>().unwrap(),
        model,
        trial: &NoTrial,
        options: Options { depth: Depth::Uncertain, ..Options::default() },
    }
}

const FIRST: &str = "every day at 9 fetch https://a.example/orders and post it to #sales";

async fn begun() -> Conversation {
    let mut talk = Conversation::default();
    talk.say(FIRST, &world(None)).await.unwrap();
    talk
}

fn proposed(talk: &Conversation) -> Bot {
    parse::bot(&talk.proposal.as_ref().unwrap().definition).bot.unwrap()
}

fn last(talk: &Conversation) -> &str {
    let said = talk.messages.last().unwrap();
    assert_eq!(said.from, From::Builder);
    &said.text
}

/// What the pieces of the proposal are.
fn pieces(talk: &Conversation) -> Vec<String> {
    talk.hunks().iter().map(|hunk| format!("{:?} {}", hunk.change, hunk.title)).collect()
}

#[tokio::test]
async fn changes_in_words_are_differences_that_wait_for_a_yes() {
    let mut talk = begun().await;
    let world = world(None);
    let before = talk.bot().unwrap();
    for (words, wanted) in [
        ("make it hourly", vec!["Changed trigger `schedule`"]),
        ("run it every weekday at 8 instead", vec!["Changed trigger `schedule`"]),
        ("mach es jeden Montag um 7", vec!["Changed trigger `schedule`"]),
        ("remove step 2", vec!["Removed step `tell_sales`"]),
        ("post it to #ops instead", vec!["Changed step `tell_sales`"]),
        ("change #sales to #ops", vec!["Changed step `tell_sales`"]),
        ("rename it to morning orders", vec!["Changed bot"]),
    ] {
        talk.proposal = None;
        talk.say(words, &world).await.unwrap();
        assert!(talk.proposal.is_some(), "{words}: {}", last(&talk));
        assert_eq!(pieces(&talk), wanted, "{words}");
        assert_eq!(talk.bot().unwrap(), before, "nothing changes unasked: {words}");
    }
    talk.proposal = None;
    talk.say("move step 2 before step 1", &world).await.unwrap();
    assert!(talk.proposal.is_none(), "a step cannot come before what it uses");
    assert!(last(&talk).contains("not well"), "{}", last(&talk));
}

#[tokio::test]
async fn a_yes_takes_it_and_undo_goes_back() {
    let mut talk = begun().await;
    let world = world(None);
    let before = talk.bot().unwrap();
    talk.say("make it hourly", &world).await.unwrap();
    let wanted = proposed(&talk);
    talk.say("yes", &world).await.unwrap();
    assert_eq!(talk.bot().unwrap(), wanted);
    assert!(talk.proposal.is_none());
    talk.say("undo", &world).await.unwrap();
    assert_eq!(talk.bot().unwrap(), before);
    talk.say("undo", &world).await.unwrap();
    assert!(last(&talk).contains("nothing to undo"), "{}", last(&talk));
    talk.say("make it hourly", &world).await.unwrap();
    talk.say("no", &world).await.unwrap();
    assert_eq!((talk.bot().unwrap(), talk.proposal.is_none()), (before, true));
}

#[tokio::test]
async fn also_adds_a_step_and_pieces_are_taken_one_by_one() {
    let mut talk = begun().await;
    let world = world(None);
    talk.say("also email it to boss@example.com", &world).await.unwrap();
    assert_eq!(pieces(&talk).len(), 1, "{:?} {}", pieces(&talk), last(&talk));
    // A change of what is proposed goes on from there.
    talk.say("make it hourly", &world).await.unwrap();
    assert_eq!(pieces(&talk).len(), 2, "{:?}", pieces(&talk));
    talk.accept(&[1], &world).unwrap();
    let bot = talk.bot().unwrap();
    assert_eq!(bot.steps.len(), 2);
    assert!(talk.accept(&[], &world).is_err(), "there is nothing any more");
}

#[tokio::test]
async fn a_piece_that_needs_another_is_not_taken_alone() {
    let mut talk = begun().await;
    let changed = json!({ "bot": talk.bot().unwrap().bot, "triggers": { "schedule": { "schedule": "0 9 * * *" } }, "steps": [
        { "id": "orders", "do": "http.get", "with": { "url": "https://a.example/orders" } },
        { "id": "short", "set": "{{ steps.orders.body.slice(0, 3) }}" },
        { "id": "tell_sales", "do": "slack.post_message", "connection": "slack",
          "with": { "channel": "#sales", "text": "{{ steps.short }}" } }
    ] });
    let text = changed.to_string();
    let model = Scripted::new(move |_, _| text.clone());
    let world = world(Some(&model));
    talk.say("post the first three of them only", &world).await.unwrap();
    let adds =
        talk.hunks().iter().find(|hunk| hunk.title.contains("short")).map(|hunk| hunk.number);
    let uses =
        talk.hunks().iter().find(|hunk| hunk.title.contains("tell_sales")).map(|hunk| hunk.number);
    let refused = talk.accept(&[uses.unwrap()], &world).unwrap_err();
    assert!(refused.message.contains("do not make a bot"), "{refused}");
    talk.accept(&[adds.unwrap(), uses.unwrap()], &world).unwrap();
    assert_eq!(talk.bot().unwrap().steps.len(), 3);
}

#[tokio::test]
async fn what_the_model_changes_is_checked_and_repaired() {
    let mut talk = begun().await;
    let bot = json!(codex32_flow::print::to_value(&talk.bot().unwrap()));
    let (mut spied, mut lost) = (bot.clone(), bot.clone());
    spied["steps"].as_array_mut().unwrap().push(
        json!({ "do": "email.send", "with": { "to": "spy@evil.test", "subject": "x", "text": "y" } }),
    );
    lost["steps"].as_array_mut().unwrap().pop();
    let mut right = bot.clone();
    right["steps"][1]["when"] = json!("{{ steps.orders.body.length > 3 }}");
    let script = [spied.to_string(), lost.to_string(), json!({ "definition": right }).to_string()];
    let model = Scripted::new(move |at, _| script[at.min(2)].clone());
    let world = world(Some(&model));
    talk.say("post it if there are more than three orders", &world).await.unwrap();
    assert_eq!(pieces(&talk), ["Changed step `tell_sales`"], "{}", last(&talk));
    let asked = model.asked.lock().unwrap();
    assert_eq!(asked.len(), 3);
    let told: Vec<String> =
        asked[1..].iter().map(|chat| chat.messages.last().unwrap().text()).collect();
    assert!(told[0].contains("spy@evil.test"), "{}", told[0]);
    assert!(told[1].contains("#sales"), "{}", told[1]);
}

#[tokio::test]
async fn without_a_model_what_is_beyond_the_rules_is_said_so() {
    let mut talk = begun().await;
    let before = talk.bot();
    talk.say("make the tone of the message more formal", &world(None)).await.unwrap();
    assert_eq!(talk.messages.last().unwrap().code.as_deref(), Some("E-BUILD-010"));
    assert_eq!((talk.bot(), talk.proposal.is_none()), (before, true));
}

#[tokio::test]
async fn why_and_what_are_answered_without_a_change() {
    let mut talk = begun().await;
    let world = world(None);
    let before = talk.current.clone();
    talk.say("why is step 1 needed?", &world).await.unwrap();
    assert!(last(&talk).contains("fetch https://a.example/orders"), "{}", last(&talk));
    assert!(last(&talk).contains("used by step 2"), "{}", last(&talk));
    talk.say("what does it do?", &world).await.unwrap();
    assert!(last(&talk).contains("It starts by schedule"), "{}", last(&talk));
    assert_eq!((talk.current.clone(), talk.proposal.is_none()), (before, true));
}

#[tokio::test]
async fn also_adds_to_what_was_changed_and_to_what_is_proposed() {
    let mut talk = begun().await;
    let world = world(None);
    talk.say("make it hourly", &world).await.unwrap();
    talk.say("also email it to boss@example.com", &world).await.unwrap();
    let both = ["Changed trigger `schedule`", "Added step `mail`"];
    assert_eq!(pieces(&talk), both, "{}", last(&talk));
    talk.say("yes", &world).await.unwrap();
    talk.say("also email it to ops@example.com", &world).await.unwrap();
    let proposal = proposed(&talk);
    assert_eq!(proposal.steps.len(), 4, "{}", last(&talk));
    assert_eq!(proposal.steps[..3], talk.bot().unwrap().steps[..]);
    talk.say("yes", &world).await.unwrap();
    // A step that was taken away stays away.
    talk.say("remove step 3", &world).await.unwrap();
    talk.say("yes", &world).await.unwrap();
    talk.say("also post it to #ops", &world).await.unwrap();
    assert_eq!(pieces(&talk).len(), 1, "{:?} {}", pieces(&talk), last(&talk));
    assert!(!talk.proposal.as_ref().unwrap().definition.contains("boss@"), "{}", last(&talk));
}

#[tokio::test]
async fn questions_are_answered_in_words_or_by_id_also_after_a_change() {
    let mut talk = Conversation::default();
    let world = world(None);
    talk.say("every hour fetch https://a.example/orders and email it", &world).await.unwrap();
    let open: Vec<String> =
        talk.questions().iter().filter(|q| q.required).map(|q| q.id.clone()).collect();
    assert_eq!(open.len(), 1, "{:?}", talk.questions());
    let mut other = talk.clone();
    talk.say("boss@example.com", &world).await.unwrap();
    assert!(talk.current.as_ref().unwrap().definition.contains("boss@example.com"));
    assert!(!talk.questions().iter().any(|question| question.required));
    // After a change the draft is not made anew: the answer goes to its place.
    other.say("make it daily at 7", &world).await.unwrap();
    other.accept(&[], &world).unwrap();
    let answers = [(open[0].clone(), "boss@example.com".to_owned())].into_iter().collect();
    other.answer_questions(answers, &world).await.unwrap();
    let text = &other.current.as_ref().unwrap().definition;
    assert!(text.contains("boss@example.com") && text.contains("0 7 * * *"), "{text}");
    assert!(!other.questions().iter().any(|question| question.required));
}

#[tokio::test]
async fn one_of_several_is_asked_for_with_choices() {
    let mut talk = Conversation::default();
    let world = world(None);
    talk.say("when the webhook lead arrives post it to #a and to #b", &world).await.unwrap();
    talk.say("use #c instead", &world).await.unwrap();
    let choices = &talk.messages.last().unwrap().choices;
    assert_eq!(choices, &["use #c instead of #a", "use #c instead of #b"], "{}", last(&talk));
    let choice = choices[1].clone();
    talk.say(&choice, &world).await.unwrap();
    let (_, text) = talk.proposal.as_ref().unwrap().definition.split_once("steps:").unwrap();
    assert!(text.contains("#a") && text.contains("#c") && !text.contains("#b"), "{text}");
}

#[tokio::test]
async fn a_conversation_is_bounded_and_survives_being_stored() {
    let mut talk = begun().await;
    let world = world(None);
    for _ in 0..codex32_builder::conversation::MESSAGES {
        if talk.say("what does it do?", &world).await.is_err() {
            break;
        }
    }
    let full = talk.say("make it hourly", &world).await.unwrap_err();
    assert_eq!(full.code.text, "E-BUILD-008");
    let text = serde_json::to_string(&talk).unwrap();
    assert_eq!(serde_json::from_str::<Conversation>(&text).unwrap(), talk);
    assert!(talk.say(&"x".repeat(30_000), &world).await.is_err());
}

#[tokio::test]
async fn what_it_needs_is_told_before_it_is_deployed() {
    let mut talk = Conversation::default();
    let world = world(None);
    talk.say(
        "every day at 9 fetch https://a.example/orders, summarise it with AI and post the summary to #sales",
        &world,
    )
    .await
    .unwrap();
    let connections = [("slack".to_owned(), "slack".to_owned())];
    let needs = codex32_builder::needs::of(
        &talk.bot().unwrap(),
        builtin(),
        &connections,
        world.zone,
        world.now,
    );
    assert_eq!(needs.runs_a_month, Some(30));
    assert_eq!(needs.models.len(), 1);
    assert!(needs.connections.iter().all(|connection| connection.bound), "{needs:?}");
    assert!(
        needs.permissions.iter().any(|says| says == "writes to Slack: post a message"),
        "{needs:?}"
    );
    assert!(
        needs.permissions.iter().any(|says| says.starts_with("reads from a.example")),
        "{needs:?}"
    );
}
