//! Dependencies point down only. The order is that of ARCHITECTURE.md.

use std::collections::BTreeMap;
use std::process::Command;

/// What each crate may use. `testkit` is for tests, so it is no part of the order.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("flow", &["model"]),
    ("sandbox", &["model"]),
    ("store", &["model", "flow"]),
    ("connectors", &["model", "flow"]),
    ("identity", &["model", "flow", "store"]),
    ("llm", &["model", "flow", "store", "connectors", "identity"]),
    ("knowledge", &["model", "store", "connectors", "llm"]),
    ("engine", &["model", "flow", "store"]),
    ("author", &["model", "flow", "connectors"]),
    ("rehearsal", &["model", "flow", "store", "sandbox", "connectors", "engine"]),
    (
        "evaluation",
        &["model", "flow", "store", "sandbox", "connectors", "identity", "engine", "rehearsal"],
    ),
    ("builder", BUILDER),
    ("api", API),
    (
        "app",
        &[
            "model",
            "flow",
            "store",
            "sandbox",
            "connectors",
            "identity",
            "llm",
            "knowledge",
            "engine",
            "author",
            "rehearsal",
            "builder",
            "evaluation",
            "api",
        ],
    ),
];

const API: &[&str] = &[
    "model",
    "flow",
    "store",
    "sandbox",
    "connectors",
    "identity",
    "llm",
    "knowledge",
    "engine",
    "author",
    "rehearsal",
    "builder",
    "evaluation",
];

const BUILDER: &[&str] = &[
    "model",
    "flow",
    "store",
    "sandbox",
    "connectors",
    "identity",
    "llm",
    "engine",
    "author",
    "rehearsal",
];

#[test]
fn no_dependency_points_up() {
    let done = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let order: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let ours = |name: &serde_json::Value| {
        name.as_str().unwrap().strip_prefix("codex32-").map(ToOwned::to_owned)
    };
    let mut seen = 0;
    let mut wrong = Vec::new();
    let product = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for package in metadata["packages"].as_array().unwrap() {
        // Benchmarks and the like beside the product are free to use what they measure.
        if !std::path::Path::new(package["manifest_path"].as_str().unwrap()).starts_with(product) {
            continue;
        }
        let Some(name) = ours(&package["name"]).filter(|name| name != "testkit") else { continue };
        let Some(allowed) = order.get(name.as_str()) else {
            wrong.push(format!("`{name}` has no place in the order"));
            continue;
        };
        seen += 1;
        let dependencies = package["dependencies"].as_array().unwrap();
        // Tests may use more (kind `dev`).
        for dependency in dependencies.iter().filter(|dependency| dependency["kind"].is_null()) {
            let Some(used) = ours(&dependency["name"]) else { continue };
            if !allowed.contains(&used.as_str()) {
                wrong.push(format!("`{name}` may not use `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen, MAY_USE.len(), "the order names crates that do not exist");
}
