//! What is generated from the program.

use std::path::Path;

use crate::command::codex32;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn the_generated_pages_are_fresh() {
    let folder = root().to_str().unwrap();
    let ran = codex32(root(), &["docs", folder, "--check"]);
    assert_eq!(ran.code, 0, "run `make docs` and look at the difference:\n{}", ran.err);
}

#[test]
fn pages_are_written_once_and_left_over_ones_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(codex32(folder.path(), &["docs", path, "--check"]).code, 1);
    assert_eq!(codex32(folder.path(), &["docs", path]).code, 0);
    let stray = folder.path().join("docs/errors/E-GONE-001.md");
    std::fs::write(&stray, "old").unwrap();
    assert_eq!(codex32(folder.path(), &["docs", path, "--check"]).code, 1);
    assert!(codex32(folder.path(), &["docs", path]).err.contains("E-GONE-001"));
    assert!(!stray.exists());
    assert_eq!(codex32(folder.path(), &["docs", path, "--check"]).code, 0);
}

#[test]
fn every_link_between_the_papers_leads_somewhere() {
    let mut papers: Vec<_> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                papers.push(path);
            }
        }
    }
    let mut broken = Vec::new();
    for paper in papers {
        let text = std::fs::read_to_string(&paper).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            let outside = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if !outside && !paper.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {link}", paper.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_schema_is_json_and_names_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let ran = codex32(folder.path(), &["schema"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.json()["$schema"].as_str().is_some_and(|draft| draft.contains("2020-12")));
    for verb in ["do", "code", "for_each", "parallel", "wait", "emit", "respond", "return"] {
        assert!(ran.out.contains(&format!("\"{verb}\"")), "{verb}");
    }
}

#[test]
fn the_openapi_document_names_the_routes() {
    let folder = tempfile::tempdir().unwrap();
    let ran = codex32(folder.path(), &["openapi"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let document = ran.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.keys().any(|path| path.ends_with("/bots/{bot}/runs")), "{:?}", paths.keys());
}
