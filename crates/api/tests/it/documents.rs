//! The OpenAPI document and the pages made from it.

use std::collections::HashSet;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;

use crate::server::{Answer, Server};

/// A changed API shows in review. `codex32 docs` writes the file.
#[test]
fn the_document_is_the_one_checked_in() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/v1.json");
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == codex32_api::openapi_text(), "openapi/v1.json is stale: run `codex32 docs`");
}

#[test]
fn operations_are_named_once_and_explained() {
    let document: Value = serde_json::from_str(codex32_api::openapi_text()).unwrap();
    let mut ids = HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id}");
            assert!(operation["responses"].get("default").is_some(), "{method} {path}");
        }
    }
}

/// Every reference leads somewhere.
#[test]
fn the_document_is_whole() {
    let document: Value = serde_json::from_str(codex32_api::openapi_text()).unwrap();
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = target.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{target}");
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_page_names_every_operation_and_loads_nothing() {
    let server = Server::start().await;
    let page = Answer::of(server.bare(Method::GET, "/api/v1/docs")).await;
    let text = page.body.as_str().unwrap();
    let document: Value = serde_json::from_str(codex32_api::openapi_text()).unwrap();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(text.contains(&format!("<details id='{id}'>")), "{id}");
        }
    }
    for loaded in ["<script", "src=", "@import", "<link"] {
        assert!(!text.contains(loaded), "{loaded}");
    }
}
