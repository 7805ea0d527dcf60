//! Models whose account of the deeds does not hold.

use codex32_author::eval::Case;
use codex32_builder::account::{Account, Claim};
use codex32_builder::{Built, By, Depth, NoTrial, Options, build, said};
use codex32_connectors::builtin;
use codex32_model::Diagnostic;
use serde_json::{Value, json};

use crate::models::Scripted;
use crate::oracle::right;
use crate::{cases, damage};

async fn answered(case: &Case, answers: Vec<Value>) -> Built {
    let script: Vec<String> = answers.iter().map(Value::to_string).collect();
    let model = Scripted::new(move |at, _| script[at.min(script.len() - 1)].clone());
    let options = Options { depth: Depth::Always, ..Options::default() };
    build(&cases::request(case), &[], Some(&model), &NoTrial, options).await
}

fn is_ready(built: &Built) -> bool {
    built.by == By::Model && !built.draft.questions.iter().any(|question| question.required)
}

fn steps(answer: &Value) -> usize {
    let mut steps = 0;
    damage::each_list(&mut answer["definition"].clone(), &mut |list| steps += list.len());
    steps
}

/// The words of the deed of a step that was taken out, given to the deed before it.
fn stretched(case: &Case, answer: &Value, lies: &mut Value) {
    let told = answer["deeds"].as_array().unwrap();
    let kept = lies["deeds"].as_array_mut().unwrap();
    let Some(gone) = told.iter().position(|deed| !kept.contains(deed)) else { return };
    let Some(before) = gone.checked_sub(1).and_then(|at| kept.get_mut(at)) else { return };
    let (from, till) = (before["words"].as_str().unwrap(), told[gone]["words"].as_str().unwrap());
    let from = case.text.find(from).unwrap();
    let till = case.text.find(till).unwrap() + till.len();
    before["words"] = json!(case.text[from..till.max(from)]);
}

/// Ways to leave a step out: what is answered, time after time.
fn lies(case: &Case, answer: &Value, step: usize) -> Vec<(&'static str, Vec<Value>)> {
    let mut claimed = answer.clone();
    let removed = damage::without(&mut claimed["definition"], step);
    let mut dropped = claimed.clone();
    damage::forget(&mut dropped, removed.as_ref());
    let mut covered = dropped.clone();
    stretched(case, answer, &mut covered);
    let mut first = answer.clone();
    first["definition"]["steps"][0]["when"] = json!("{{ steps.later.ready }}");
    vec![
        ("claims it", vec![claimed.clone()]),
        ("drops its deed, too", vec![dropped.clone()]),
        ("gives its words to the deed before", vec![covered]),
        ("claims it, then drops it", vec![claimed, dropped.clone()]),
        ("names it beside another fault, then drops it", vec![first, dropped]),
    ]
}

/// Tells how many answers with a step left out are shown as ready.
async fn left_out(set: Vec<(Case, Value)>) -> (usize, Vec<String>) {
    let (mut all, mut ready) = (0, Vec::new());
    for (case, answer) in set {
        for step in 0..steps(&answer) {
            for (lie, answers) in lies(&case, &answer, step) {
                all += 1;
                let told = format!("{} {lie}: {}", case.id, answers.last().unwrap());
                let built = answered(&case, answers).await;
                if is_ready(&built) && !cases::missed(&case, &built.draft).is_empty() {
                    ready.push(told);
                }
            }
        }
    }
    (all, ready)
}

#[tokio::test]
async fn a_step_that_is_left_out_is_never_ready_whatever_the_account_says() {
    let (all, ready) = left_out(cases::hard()).await;
    println!("hard: {all} answers with a step left out, {} of them shown as ready", ready.len());
    assert!(ready.is_empty(), "{} of {all}:\n{}", ready.len(), ready.join("\n"));
}

/// Contradicts all that the compiler reads, with words that were said.
fn contradicting((case, mut answer): (Case, Value)) -> (Case, Value) {
    let words: Vec<&str> = case.text.split_whitespace().collect();
    let words = words[..words.len().min(3)].join(" ");
    let each = (1..=8).map(|demand| json!({ "demand": demand, "words": words }));
    answer["dissent"] = each.collect();
    (case, answer)
}

#[tokio::test]
async fn not_even_where_all_of_the_compilers_reading_is_contradicted() {
    let mut set: Vec<_> = cases::beside().into_iter().filter_map(right).collect();
    set.extend(cases::own().into_iter().step_by(12).filter_map(right));
    // Its draft meets what its case demands, and counts what is only a field: who drops that is right.
    set.retain(|(case, _)| case.id != "v158");
    let (all, ready) = left_out(set.into_iter().map(contradicting).collect()).await;
    println!("own: {all} answers with a step left out, {} of them shown as ready", ready.len());
    assert!(ready.is_empty(), "{} of {all}:\n{}", ready.len(), ready.join("\n"));
}

#[test]
fn honest_accounts_of_right_drafts_hold() {
    let mut set = cases::beside();
    set.extend(cases::own().into_iter().step_by(3));
    let (mut all, mut refused) = (0, Vec::new());
    for (case, answer) in set.into_iter().filter_map(right) {
        let said = said::read(&cases::request(&case));
        let account = Account { said: &said, catalogue: builtin(), is_needed: true };
        let text = answer["definition"].to_string();
        let bot = codex32_flow::parse::bot(&text).bot.unwrap();
        let claims: Vec<Claim> = serde_json::from_value(answer["deeds"].clone()).unwrap();
        all += 1;
        let faults = account.faults(&bot, &claims);
        if !faults.is_empty() {
            refused.push(format!("{}: {faults:?}", case.id));
        }
    }
    println!("{all} honest accounts, {} of them refused", refused.len());
    assert!(refused.len() * 100 <= all * 2, "{} of {all}:\n{}", refused.len(), refused.join("\n"));
}

/// A sentence whose deeds are plain, and answers about it that contradict the compiler.
fn plain(deeds: Value, steps: Value) -> (Case, Value) {
    let case = json!({ "id": "x", "text": "When the webhook lead arrives, post its name to #sales and log it" });
    let answer = json!({ "deeds": deeds, "questions": [],
        "definition": { "bot": "lead", "triggers": { "lead": { "webhook": { "path": "lead" } } }, "steps": steps },
        "dissent": [{ "demand": 3, "words": "and log it" }, { "demand": 2, "words": "post its name" }] });
    (serde_json::from_value(case).unwrap(), answer)
}

/// The faults of a lone answer.
async fn faults(case: &Case, answer: Value) -> Vec<String> {
    let built = answered(case, vec![answer]).await;
    let told = |fault: &Diagnostic| format!("{} {}", fault.code.text, fault.message);
    built.rounds[0].faults.iter().map(told).collect()
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_named_by_a_stable_code() {
    let post = json!({ "do": "slack.post_message", "connection": "slack",
        "with": { "channel": "#sales", "text": "{{ trigger.body }}" } });
    let log = json!({ "do": "log.write", "with": { "message": "{{ trigger.body }}" } });
    let named = |words: &str, does: &str| json!({ "words": words, "does": does });
    let posts = named("post its name to #sales", "slack.post_message");
    let logs = named("log it", "log.write");
    let both = json!([post, log]);
    let only = json!([post]);
    let twice = json!([post, post]);
    for (deeds, steps, wanted) in [
        (json!([]), &only, "E-BUILD-011 There is no \"deeds\""),
        (json!([posts, logs]), &only, "E-BUILD-012 Deed 2 (\"log it\") is done by `log.write`"),
        (json!([posts]), &only, "E-BUILD-011 No deed of its own does \"log it\""),
        (
            json!([posts, named("log it", "slack.post_message")]),
            &only,
            "E-BUILD-012 Deed 2 (\"log it\") is done by `slack.post_message`: 2 deeds are",
        ),
        (
            json!([named("post its name to #sales and log it", "slack.post_message")]),
            &only,
            "E-BUILD-011 No deed of its own does",
        ),
        (
            json!([posts, logs, named("tell the boss", "slack.post_message")]),
            &both,
            "E-BUILD-011 Deed 3 quotes",
        ),
        (
            json!([posts, named("log it", "nothing")]),
            &twice,
            "E-BUILD-004 No deed asks for this `slack.post_message`",
        ),
    ] {
        let (case, answer) = plain(deeds, steps.clone());
        // The account is needed: it contradicts something.
        let mut answer = answer;
        answer["definition"]["steps"][0]["when"] = json!("{{ trigger.body != null }}");
        let faults = faults(&case, answer).await;
        assert!(faults.iter().any(|fault| fault.starts_with(wanted)), "{wanted}: {faults:#?}");
    }
}

#[tokio::test]
async fn words_that_take_no_step_are_for_the_person_to_settle() {
    let post = json!({ "do": "slack.post_message", "connection": "slack",
        "with": { "channel": "#sales", "text": "{{ trigger.body }}" } });
    let deeds = json!([
        { "words": "post its name to #sales", "does": "slack.post_message" },
        { "words": "log it", "does": "nothing" }
    ]);
    let (case, answer) = plain(deeds, json!([post]));
    let built = answered(&case, vec![answer.clone()]).await;
    assert_eq!(built.by, By::Model, "{:?}", built.rounds);
    let open: Vec<_> = built.draft.questions.iter().filter(|question| question.required).collect();
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(open[0].text.contains("“log it”"), "{open:?}");
    // Once that is settled, nothing is open any more.
    let id = open[0].id.clone();
    let mut request = cases::request(&case);
    request.answers.insert(id, "Nothing".to_owned());
    let text = answer.to_string();
    let model = Scripted::new(move |_, _| text.clone());
    let options = Options { depth: Depth::Always, ..Options::default() };
    let built = build(&request, &[], Some(&model), &NoTrial, options).await;
    assert!(is_ready(&built), "{:?}", built.draft.questions);
}
