//! Every action against recorded exchanges: `connectors/exchanges/*.yaml` say what goes over the wire
//! and what comes of it (docs/connector-manifests.md, Tests). `CONNECTOR=slack cargo test -p
//! codex32-connectors exchanges` runs one connector's.

mod file;
mod show;
mod stage;

use std::collections::BTreeSet;

use codex32_connectors::builtin;
use codex32_connectors::http::Guarded;
use codex32_connectors::manifest::Manifest;
use codex32_model::Value;

use file::{Exchange, File};
use stage::{Outcome, Stage};

use crate::support::{fits, guarded};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../connectors");

/// The files, or the one of the connector that the environment names.
fn files() -> Vec<File> {
    #[expect(clippy::disallowed_methods, reason = "a choice of whoever runs the test")]
    let only = std::env::var("CONNECTOR").ok();
    let mut paths: Vec<_> = std::fs::read_dir(format!("{FOLDER}/exchanges"))
        .expect("the folder of exchanges")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let name = |path: &std::path::Path| path.file_stem().unwrap_or_default().display().to_string();
    paths.retain(|path| only.as_ref().is_none_or(|only| name(path) == *only));
    paths.iter().map(|path| File::read(&name(path), path)).collect()
}

#[tokio::test]
async fn every_exchange_goes_over_the_wire_as_written() {
    let http = guarded(true);
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in files() {
        let source = std::fs::read_to_string(format!("{FOLDER}/{}.yaml", file.connector));
        let source = source.unwrap_or_else(|error| panic!("{}.yaml: {error}", file.connector));
        for exchange in &file.exchanges {
            count += 1;
            let problems = check(&http, &file.connector, &source, exchange).await;
            if !problems.is_empty() {
                wrong.push(format!("## {}: {}\n{problems}", file.connector, exchange.title));
            }
        }
    }
    assert!(
        count > 0,
        "no exchange found: is CONNECTOR the name of a file in connectors/exchanges?"
    );
    let shown = wrong.join("\n\n");
    assert!(wrong.is_empty(), "{} of {count} exchanges differ\n\n{shown}\n", wrong.len());
}

/// What differs; empty if all is as written.
async fn check(http: &Guarded, connector: &str, source: &str, exchange: &Exchange) -> String {
    let stage = match Stage::build(http, connector, source, exchange).await {
        Ok(stage) => stage,
        Err(problem) => return problem,
    };
    let outcome = stage.run(exchange).await;
    let different = show::difference(exchange, &stage.sent(), &outcome);
    match (&outcome, stage.output_schema()) {
        (Outcome::Output(output), Some(schema))
            if different.is_empty() && !fits(&schema, output) =>
        {
            format!("the output does not fit what is declared:\n{}", output.to_json())
        }
        _ => different,
    }
}

#[test]
fn every_action_has_an_exchange_and_every_connector_one_that_fails() {
    let files = files();
    let mut missing = Vec::new();
    for manifest in builtin().manifests() {
        let requests: Vec<&String> = manifest
            .actions
            .iter()
            .filter(|(_, action)| !action.native)
            .map(|(name, _)| name)
            .collect();
        let name = &manifest.connector;
        let file = files.iter().find(|file| file.connector == *name);
        if requests.is_empty() {
            continue;
        }
        let Some(file) = file else {
            if std::env::var_os("CONNECTOR").is_none() {
                missing.push(format!("{name}: no file connectors/exchanges/{name}.yaml"));
            }
            continue;
        };
        missing.extend(
            gaps(manifest, &requests, file).into_iter().map(|gap| format!("{name}: {gap}")),
        );
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

/// A rehearsal starts a bot with it.
#[test]
fn every_example_of_a_trigger_fits_its_event() {
    let mut wrong = Vec::new();
    for manifest in builtin().manifests() {
        for (name, trigger) in &manifest.triggers {
            if !fits(&trigger.event, &trigger.example) {
                wrong.push(format!("{}.{name}", manifest.connector));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn of<'a>(file: &'a File, action: Option<&'a str>) -> impl Iterator<Item = &'a Exchange> {
    let told = |exchange: &&Exchange| exchange.trigger.is_none();
    let all = file.exchanges.iter().filter(told);
    all.filter(move |exchange| exchange.action.as_deref() == action)
}

fn gaps(manifest: &Manifest, requests: &[&String], file: &File) -> Vec<String> {
    let mut gaps = Vec::new();
    for action in requests {
        let sent: BTreeSet<&str> = of(file, Some(action))
            .filter(|exchange| !exchange.http.is_empty() && exchange.error.is_none())
            .map(|exchange| exchange.connection.as_ref().map_or("", |given| given.kind.as_str()))
            .collect();
        if sent.is_empty() {
            gaps.push(format!("no exchange of `{action}` that succeeds"));
        }
        for kind in manifest.actions[*action].by_auth.keys() {
            if !sent.contains(kind.as_str()) {
                gaps.push(format!("no exchange of `{action}` with a connection of kind `{kind}`"));
            }
        }
    }
    if manifest.test.is_some() && of(file, None).all(|exchange| exchange.error.is_some()) {
        gaps.push("no exchange without `action`: it tests the connection".to_owned());
    }
    if file.exchanges.iter().all(|exchange| exchange.error.is_none()) {
        gaps.push("no exchange that ends in an error".to_owned());
    }
    gaps
}

/// The runner itself: a test that cannot fail proves nothing.
#[tokio::test]
async fn a_difference_is_shown_in_words_that_can_be_pasted() {
    let source = "connector: shop\ntitle: Shop\ndescription: Orders\nbase_url: https://api.shop.example/v1\nauth: { token: { type: bearer } }\nactions:\n  pay:\n    title: Pay\n    description: Pays an order\n    effect: write\n    params: { id: string }\n    request: { method: POST, path: \"/orders/{{ params.id }}\", query: { way: card }, json: { total: 5, note: \"5: five\" } }\n    idempotency: { header: Idempotency-Key }\n    examples: [{ title: One, with: { id: o1 } }]\n";
    let text = r#"
connector: shop
exchanges:
  - title: Pay
    action: pay
    connection: { kind: token, fields: { token: abc-secret } }
    with: { id: "1" }
    http:
      - request:
          method: PUT
          url: https://api.shop.example/v1/orders/2
          headers: { authorization: Bearer xyz, content-type: application/json, x-old: "1" }
          json: { total: 6, note: "5: five" }
        answer: { status: 404, json: { message: Gone } }
      - request: { method: GET, url: https://api.shop.example/more }
        answer: { status: 200 }
    output: { id: "9" }
  - title: Refused
    action: pay
    connection: { kind: token, fields: { token: abc-secret } }
    with: {}
    error: { code: E-CONN-001, message: money }
"#;
    let file = File::parse("shop", text).expect("a good file");
    let http = guarded(true);
    let mut shown = Vec::new();
    for exchange in &file.exchanges {
        shown.push(check(&http, "shop", source, exchange).await);
    }
    insta::assert_snapshot!(shown.join("\n\n"));
}

/// Hosts are kept apart: what a parameter says never gets another server's credentials.
#[tokio::test]
async fn servers_are_told_apart() {
    let source = "connector: shop\ntitle: Shop\ndescription: Orders\nbase_url: \"https://{{ connection.shop }}.shop.example\"\nauth: { token: { type: bearer, fields: { shop: string } } }\nactions:\n  load:\n    title: Load\n    description: Loads a file\n    effect: read\n    params: { url: string }\n    request: { method: GET, url: \"{{ params.url }}\" }\n    examples: [{ title: One, with: { url: /a } }]\n  store:\n    title: Store\n    description: Stores a file\n    effect: write\n    params: { name: string }\n    request: { method: PUT, url: \"https://files.shop.example/{{ params.name }}\" }\n    examples: [{ title: One, with: { name: a } }]\n";
    let text = r#"
connector: shop
exchanges:
  - title: Elsewhere
    action: load
    connection: &acme { kind: token, fields: { token: abc-secret, shop: acme } }
    with: { url: https://evil.example/x }
    error: { code: E-CONN-008, message: "The connection is for https://acme.shop.example" }
  - title: Where the manifest says
    action: store
    connection: *acme
    with: { name: a/b }
    http:
      - request: { method: PUT, url: https://files.shop.example/a%2Fb, headers: { authorization: Bearer abc-secret } }
        answer: { status: 200, json: { url: https://files.shop.example/a } }
    output: { url: https://files.shop.example/a }
"#;
    let file = File::parse("shop", text).expect("a good file");
    let http = guarded(true);
    for exchange in &file.exchanges {
        assert_eq!(check(&http, "shop", source, exchange).await, "");
    }
    assert_eq!(file.exchanges[0].with.get("url"), Some(&Value::from("https://evil.example/x")));
}
