//! A page for each connector: how to connect, its actions, examples to paste.

use std::path::PathBuf;

use codex32_connectors::manifest::Manifest;
use codex32_connectors::{builtin, fields_of};
use codex32_model::action::{ActionSpec, Catalogue, ConnectionNeed, Effect, OnUnknown};
use codex32_model::{Fields, Schema};

use super::Page;
use crate::{paste, spelling};

/// `docs/connectors/NAME.md` for each, and the index `docs/connectors.md`.
pub fn pages() -> Vec<Page> {
    let mut index = String::from(
        "# Connectors\n\nWhat bots can do, built in. The same is in the terminal: `codex32 connectors`.\n\n",
    );
    let mut pages = Vec::new();
    for manifest in builtin().manifests() {
        let actions: Vec<_> = builtin()
            .actions()
            .iter()
            .filter(|action| action.connector == manifest.connector)
            .collect();
        let name = &manifest.connector;
        let (title, about) = (&manifest.title, &manifest.description);
        index.push_str(&format!("- [{title}](connectors/{name}.md) {about}\n"));
        pages.push((PathBuf::from(format!("docs/connectors/{name}.md")), page(manifest, &actions)));
    }
    pages.push((PathBuf::from("docs/connectors.md"), index));
    pages
}

fn page(manifest: &Manifest, actions: &[&ActionSpec]) -> String {
    let mut text = format!("# {}\n\n{}\n", manifest.title, manifest.description);
    if let Some(docs) = &manifest.docs {
        text.push_str(&format!("\nThe service's own documentation: <{docs}>\n"));
    }
    if !manifest.auth.is_empty() {
        text.push_str("\n## Connecting\n");
    }
    for (kind, auth) in &manifest.auth {
        let title = auth.title.as_deref().unwrap_or(kind);
        text.push_str(&format!("\n### {title} (`--auth {kind}`)\n"));
        if let Some(help) = &auth.help {
            text.push_str(&format!("\n{}\n", help.trim()));
        }
        let fields = fields_of(manifest, kind).unwrap_or_default();
        if !fields.is_empty() {
            text.push_str("\n| field | what | |\n|---|---|---|\n");
        }
        for (name, field) in fields {
            let about = field.field.description.as_deref().or(field.title.as_deref());
            let secret = if field.secret { "secret" } else { "" };
            let rules = spelling::rules(&field.field);
            let rules: Vec<_> =
                [rules.as_str(), secret].into_iter().filter(|r| !r.is_empty()).collect();
            text.push_str(&format!(
                "| `{name}` | {} | {} |\n",
                cell(about.unwrap_or_default()),
                rules.join(", ")
            ));
        }
    }
    if !actions.is_empty() {
        text.push_str("\n## Actions\n");
    }
    for action in actions {
        push_action(&mut text, action);
    }
    text
}

fn push_action(text: &mut String, action: &ActionSpec) {
    text.push_str(&format!(
        "\n### `{}`: {}\n\n{}\n\n",
        action.name, action.title, action.description
    ));
    text.push_str(match action.effect {
        Effect::Store => "Writes rows of Codex-32 itself, in the same transaction as the step.",
        Effect::Read => "Reads; may be repeated freely.",
        Effect::Write if action.on_unknown == OnUnknown::Fail => {
            "Writes; is not repeated when its outcome is unknown after a crash."
        }
        Effect::Write => "Writes; repeated with the same idempotency key when its outcome is unknown after a crash.",
    });
    text.push_str(match action.connection {
        ConnectionNeed::None => "\n",
        ConnectionNeed::Optional => " A connection may be given.\n",
        ConnectionNeed::Required => " Needs a connection.\n",
    });
    if !action.params.is_empty() {
        text.push_str("\n| parameter | type | what | |\n|---|---|---|---|\n");
        push_fields(text, &action.params);
    }
    text.push_str(&format!("\nGives: {}.\n", spelling::schema(&action.output)));
    if let Schema::Object { fields, .. } = &action.output
        && !fields.is_empty()
    {
        text.push_str("\n| field | type | what | |\n|---|---|---|---|\n");
        push_fields(text, fields);
    }
    for example in &action.examples {
        text.push_str(&format!(
            "\n{}:\n\n```yaml\n{}```\n",
            example.title,
            paste::step(action, example)
        ));
    }
}

fn push_fields(text: &mut String, fields: &Fields) {
    let (required, others): (Vec<_>, Vec<_>) = fields.iter().partition(|(_, field)| field.required);
    for (name, field) in required.into_iter().chain(others) {
        let kind = cell(&spelling::schema(&field.schema));
        let about = cell(field.description.as_deref().unwrap_or_default());
        let rules = cell(&spelling::rules(field));
        text.push_str(&format!("| `{name}` | {kind} | {about} | {rules} |\n"));
    }
}

/// Text that does not break a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
