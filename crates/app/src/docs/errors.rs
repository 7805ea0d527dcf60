//! A page for each error code, and their index.

use std::path::PathBuf;

use codex32_model::{Code, codes};

use super::Page;

/// The areas of codes, in the order of the index.
const AREAS: [(&str, &str); 13] = [
    ("E-BOT", "Reading and checking definitions"),
    ("E-EXPR", "Expressions"),
    ("E-CODE", "Code steps"),
    ("E-RUN", "Runs and triggers"),
    ("E-CONN", "Connectors and connections"),
    ("E-LLM", "Language models"),
    ("E-KNOW", "Knowledge"),
    ("E-EVAL", "Evaluations"),
    ("E-AUTHOR", "Drafting"),
    ("E-API", "The API"),
    ("E-CLI", "The command line"),
    ("E-SERVE", "Starting the server"),
    ("E-STORE", "Storage"),
];

/// `docs/errors/CODE.md` for every code, and the index `docs/errors.md`.
pub fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = codes::all().map(error_page).collect();
    pages.push((PathBuf::from("docs/errors.md"), error_index()));
    pages
}

fn error_page(code: Code) -> Page {
    let text = format!("# {}: {}\n\n{}\n", code.text, code.title, code.help.trim());
    (PathBuf::from(format!("docs/errors/{}.md", code.text)), text)
}

fn error_index() -> String {
    let mut text = String::from(
        "# Errors\n\nEvery error that you can meet has a code that never changes its meaning. \
         The page of a code says what it means and what to do.\n",
    );
    let all: Vec<Code> = codes::all().collect();
    let area_of = |code: &Code| code.text.rsplit_once('-').map_or("", |(area, _)| area);
    let mut push = |title: &str, area: &str| {
        let mut codes: Vec<_> = all.iter().filter(|code| area_of(code) == area).collect();
        if codes.is_empty() {
            return;
        }
        codes.sort_by_key(|code| code.text);
        text.push_str(&format!("\n## {title}\n\n"));
        for code in codes {
            text.push_str(&format!("- [{0}](errors/{0}.md) {1}\n", code.text, code.title));
        }
    };
    for (area, title) in AREAS {
        push(title, area);
    }
    let mut others: Vec<&str> = all.iter().map(area_of).collect();
    others.sort_unstable();
    others.dedup();
    for area in others {
        if !AREAS.iter().any(|(known, _)| *known == area) {
            push(area, area);
        }
    }
    text
}
