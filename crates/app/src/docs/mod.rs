//! The generated pages of the repository: `codex32 docs` writes them, a test finds stale ones.

mod connectors;
mod errors;
mod expressions;

use std::path::{Path, PathBuf};

use codex32_flow::schema::{language, reference_markdown};

/// A page, by its path in the repository.
pub type Page = (PathBuf, String);

/// Folders that hold generated pages only.
const FOLDERS: [&str; 2] = ["docs/errors", "docs/connectors"];

/// Every generated page.
pub fn pages() -> Vec<Page> {
    let mut pages = errors::pages();
    pages.extend(connectors::pages());
    pages.push(expressions::page());
    pages.push((PathBuf::from("docs/language-reference.md"), reference_markdown()));
    pages.push((PathBuf::from("docs/bot.schema.json"), schema()));
    pages.push((PathBuf::from("openapi/v1.json"), codex32_api::openapi_text().to_owned()));
    pages
}

/// The JSON Schema of the language.
pub fn schema() -> String {
    // A value has string keys, so writing it cannot fail.
    serde_json::to_string_pretty(&language()).unwrap_or_default() + "\n"
}

/// Files that nothing generates any more.
pub fn left_over(root: &Path, pages: &[Page]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let path = Path::new(folder).join(entry.file_name());
            if !pages.iter().any(|(page, _)| *page == path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
