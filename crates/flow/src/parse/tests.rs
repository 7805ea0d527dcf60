use codex32_model::definition::*;
use codex32_model::{Diagnostic, Value};

use crate::corpus::{BAD, GOOD};

fn lines(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(|d| {
            let hint = d.suggestion.as_deref().map_or(String::new(), |s| format!(" => {s}"));
            let place = &d.place;
            format!(
                "{} {} {}:{} {}{hint}\n",
                d.code, place.path, place.line, place.column, d.message
            )
        })
        .collect()
}

fn told(text: &str) -> String {
    lines(&super::bot(text).diagnostics)
}

#[test]
fn good_definitions_are_read_without_a_word() {
    for (name, text) in GOOD {
        let parsed = super::bot(text);
        assert_eq!(lines(&parsed.diagnostics), "", "{name}");
        assert!(parsed.bot.is_some(), "{name}");
    }
}

#[test]
fn both_spellings_mean_the_same() {
    for (name, text) in GOOD {
        let node = crate::source::read(text, &Default::default()).unwrap();
        let value = node.to_value();
        let yaml = super::bot(text).bot.unwrap();
        let json = super::bot(&serde_json::to_string_pretty(&value).unwrap()).bot.unwrap();
        assert_eq!(yaml, json, "{name}");
        assert_eq!(super::bot_from_value(&value).bot.unwrap(), yaml, "{name}");
    }
}

#[test]
fn bad_definitions_are_refused_for_the_right_reason() {
    for (code, text) in BAD {
        let parsed = super::bot(text);
        let codes: Vec<_> = parsed.diagnostics.iter().map(|d| d.code.text).collect();
        assert_eq!(codes, [*code], "{text}\n{}", lines(&parsed.diagnostics));
        assert!(parsed.bot.is_none() && parsed.diagnostics[0].place.line > 0, "{text}");
    }
}

#[test]
fn a_definition_becomes_what_it_says() {
    let bot = super::bot(GOOD[0].1).bot.unwrap();
    assert_eq!(bot.bot, "overdue-invoices");
    assert_eq!(bot.inputs["days"].default, Some(Value::Int(30)));
    assert!(!bot.inputs["days"].required);
    assert_eq!(bot.limits.timeout, Some(std::time::Duration::from_secs(300)));
    let step = &bot.steps[0];
    assert_eq!(step.retry.as_ref().unwrap().attempts, 5);
    let Verb::Do(action) = &step.verb else { panic!("{step:?}") };
    assert_eq!((action.action.as_str(), action.connection.as_deref()), ("http.get", Some("erp")));
    let Verb::If { then, otherwise, .. } = &bot.steps[2].verb else { panic!() };
    assert!(otherwise.is_empty());
    let Verb::ForEach { bind, concurrency: 4, steps, .. } = &then[0].verb else { panic!() };
    assert_eq!(bind, "invoice");
    let Verb::Code(code) = &steps[0].verb else { panic!() };
    assert_eq!(code.code, "return `${invoice.number}: ${invoice.total.toFixed(2)} €`;\n");
    let TriggerKind::Webhook(hook) = &bot.triggers["on_demand"].kind else { panic!() };
    assert_eq!((hook.method.as_str(), hook.respond), ("POST", Respond::Run));
}

#[test]
fn all_errors_come_in_one_pass_with_their_places() {
    let text = r#"bot: Overdue Invoices
inputs:
  days: int
triggers:
  morning: { schedul: "0 9 * * *" }
steps:
  - id: a
    do: http.get
    set: 5
  - id: B
    wait: PT1H30M
  - if: "{{ true }}"
    than: []
  - with: { url: x }
  - do: http.get
    cases: {}
    timeout: 90
"#;
    insta::assert_snapshot!(told(text));
}

#[test]
fn what_was_understood_is_kept_beside_errors() {
    let parsed =
        super::bot("bot: a\nsteps:\n  - id: x\n    sett: 1\n  - return: '{{ steps.x }}'\n");
    let partial = parsed.partial.unwrap();
    assert!(parsed.bot.is_none());
    assert_eq!(partial.steps.len(), 2);
    assert_eq!(partial.steps[0].id.as_deref(), Some("x"));
}

#[test]
fn places_are_found_by_path_and_inside_texts() {
    let text = "bot: a\nsteps:\n  - set: \"ab {{ x }}\"\n  - code: |\n      one\n      two\n  - set: 'a\n\n      b'\n";
    let places = super::bot(text).places;
    let at = |place: codex32_model::Place| (place.line, place.column);
    assert_eq!(at(places.value("steps[0].set")), (3, 10));
    assert_eq!(at(places.key("steps[0].set")), (3, 5));
    assert_eq!(at(places.inside("steps[0].set", 6)), (3, 17));
    assert_eq!(at(places.inside("steps[1].code", 4)), (6, 7));
    assert_eq!(at(places.inside("steps[2].set", 3)), (7, 10));
    assert_eq!(at(places.value("steps[0].with.url")), (3, 5), "the nearest around it");
    assert_eq!(places.value("steps[0].with.url").path, "steps[0].with.url");
}

#[test]
fn keys_that_are_no_names_are_quoted_in_paths() {
    let text = "bot: a\nsteps: [{ respond: { headers: { 'a b': x } } }]\n";
    assert!(told(text).contains("steps[0].respond.headers[\"a b\"]"), "{}", told(text));
}

#[test]
fn depth_is_bounded_for_values_too() {
    let mut value = Value::Null;
    for _ in 0..100 {
        value = Value::list([value]);
    }
    let bot = Value::object([
        ("bot", Value::from("a")),
        ("steps", Value::list([Value::object([("set", value)])])),
    ]);
    let parsed = super::bot_from_value(&bot);
    assert!(parsed.bot.is_none() && told_codes(&parsed).contains(&"E-BOT-002"));
}

fn told_codes(parsed: &super::Parsed) -> Vec<&'static str> {
    parsed.diagnostics.iter().map(|d| d.code.text).collect()
}

#[test]
fn no_more_than_five_thousand_steps() {
    let many = |count| format!("bot: a\nsteps:\n{}", "  - set: 1\n".repeat(count));
    assert!(super::bot(&many(5_000)).bot.is_some());
    assert_eq!(told_codes(&super::bot(&many(5_001))), ["E-BOT-002"]);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "(bot|steps|if|[-:{}\\[\\]\"'|>&*!#% \n\ta-z0-9.~<?,@`])*") {
        super::bot(&text);
    }

    #[test]
    fn no_bytes_break_the_reader(bytes: Vec<u8>) {
        super::bot_from_bytes(&bytes);
    }

    #[test]
    fn no_cut_of_a_definition_breaks_the_reader(at in 0..4000usize, which in 0..GOOD.len()) {
        let text = GOOD[which].1;
        super::bot(text.get(..at).unwrap_or(text));
    }
}
