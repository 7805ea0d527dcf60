//! The built-in manifests, and what the reader says about bad ones.

use codex32_connectors::{Connectors, builtin};
use codex32_model::action::{Catalogue, ConnectionNeed, OnUnknown};
use codex32_model::{Effect, Schema};

use crate::support::fits;

#[test]
fn every_example_fits_its_action() {
    for spec in builtin().actions() {
        assert!(!spec.examples.is_empty(), "{}", spec.name);
        for example in &spec.examples {
            let params = Schema::Object { fields: spec.params.clone(), open: false };
            assert!(fits(&params, &example.with), "{} {:?}", spec.name, example.with);
            assert!(fits(&spec.output, &example.output), "{} {:?}", spec.name, example.output);
        }
    }
}

#[test]
fn every_manifest_of_the_folder_is_built_in_under_the_name_of_its_file() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../connectors");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of manifests")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    let mut known: Vec<String> =
        builtin().connectors().iter().map(|connector| connector.name.clone()).collect();
    files.sort();
    known.sort();
    assert_eq!(files, known);
}

#[test]
fn a_mistake_in_a_manifest_is_shown_at_its_place() {
    let load = |text: &str| {
        let problems = Connectors::load([("bad.yaml", text)]).expect_err("a mistake");
        problems
            .into_iter()
            .map(|p| format!("{} {}:{} {}", p.place.path, p.place.line, p.place.column, p.message))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let head = "connector: x\ntitle: X\ndescription: X\n";
    let go =
        format!("{head}actions:\n  go:\n    title: Go\n    description: Go\n    examples: []\n");
    let request = "    effect: read\n    request: { method: GET, path: a, json: 1, form: {} }\n";
    let found = [
        load(&format!("{head}actoins: {{}}\n")),
        load(&head.replace(": x", ": slack")),
        load(&format!("{go}    effect: raed\n")),
        load(&format!("{go}    effect: read\n    params: {{ a: strin }}\n")),
        load(&format!("{go}{request}    idempotency: {{ header: Key }}\n")),
        load("connector: [\n"),
    ];
    insta::assert_snapshot!(found.join("\n\n"));
}

#[test]
fn lookups() {
    let post = builtin().action("slack.post_message").expect("slack.post_message");
    assert_eq!(post.effect, Effect::Write);
    assert_eq!(post.on_unknown, OnUnknown::Repeat);
    assert_eq!(post.connection, ConnectionNeed::Required);
    assert!(builtin().action("slack.nothing").is_none());
    assert!(builtin().bot("x").is_none());
}

#[test]
fn every_trigger_shows_an_event_of_its_own_form() {
    for manifest in builtin().manifests() {
        for (name, trigger) in &manifest.triggers {
            let fitting = fits(&trigger.event, &trigger.example);
            assert!(fitting, "{}.{name} {:?}", manifest.connector, trigger.example);
        }
    }
}
