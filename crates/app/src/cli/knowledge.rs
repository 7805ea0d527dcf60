//! `knowledge …`: the workspace's documents, and what is found in them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, plain, short};

/// Documents of a folder that are added at most.
const MOST: usize = 10_000;
/// How often it is looked how far the indexing is.
const LOOK: Duration = Duration::from_millis(300);

/// Keep documents that bots search and answer from
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 knowledge create handbook
  codex32 knowledge add handbook docs/ https://example.com/terms --wait
  codex32 knowledge search handbook 'how many days of leave are there?'
  codex32 knowledge documents handbook")]
pub enum KnowledgeCommand {
    /// Create a knowledge base
    Create(CreateArgs),
    /// List the knowledge bases
    List(ListArgs),
    /// Add files, folders and addresses; what has not changed is no work
    Add(AddArgs),
    /// List the documents of a knowledge base, with their states
    Documents(BaseArgs),
    /// Search a knowledge base
    Search(SearchArgs),
    /// Look at all documents anew; addresses are fetched again
    Reindex(BaseArgs),
    /// Remove a knowledge base, or one document of it
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Name of the knowledge base: letters a to z, digits and hyphens
    name: String,
    /// What is in it
    #[arg(long, default_value = "")]
    description: String,
    /// Whose words are stemmed: english, german, french, …; none
    #[arg(long, default_value = "english")]
    language: String,
    /// Who embeds: built-in, or a model of the workspace
    #[arg(long, default_value = "built-in")]
    model: String,
}

#[derive(Debug, Args)]
pub struct ListArgs {}

#[derive(Debug, Args)]
pub struct BaseArgs {
    /// Name of the knowledge base
    base: String,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Name of the knowledge base
    base: String,
    /// Files, folders (all in them that can be read) and addresses
    #[arg(required = true, value_name = "FILE|DIR|URL")]
    what: Vec<String>,
    /// A tag for each of them; may be given again
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only this actor or bot (by its id) may see them; may be given again
    #[arg(long = "reader", value_name = "ID")]
    readers: Vec<String>,
    /// Wait until everything in the base is indexed
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Args)]
pub struct SearchArgs {
    /// Name of the knowledge base
    base: String,
    /// What is looked for
    query: String,
    /// How many passages
    #[arg(long, default_value_t = 5)]
    top: u32,
    /// Only documents with this tag
    #[arg(long)]
    tag: Option<String>,
    /// What this actor or bot (by its id) would find
    #[arg(long)]
    reader: Option<String>,
}

#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// Name of the knowledge base
    base: String,
    /// Only the document of this name
    #[arg(long)]
    document: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Base {
    name: String,
    description: String,
    model: String,
    documents: u32,
    ready: u32,
    failed: u32,
    passages: u32,
}

#[derive(Debug, Deserialize)]
struct Document {
    id: String,
    name: String,
    kind: String,
    state: String,
    done: u32,
    total: u32,
    message: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Found {
    text: String,
    score: f64,
    title: String,
    source: String,
    position: u32,
}

pub fn run(command: KnowledgeCommand, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    match command {
        KnowledgeCommand::Create(args) => {
            let CreateArgs { name, description, language, model } = args;
            let body = json!({
                "name": name, "description": description, "language": language, "model": model
            });
            let answer = client.post(&["knowledge"], &body)?;
            out.changed(&answer, &Value::Null, &format!("{} is there.", plain(&name)));
        }
        KnowledgeCommand::List(_) => {
            let answer = client.get(&["knowledge"], &[])?;
            if out.json {
                out.document(&answer);
                return Ok(Exit::Well);
            }
            let bases: Vec<Base> = view(&answer)?;
            let row = |base: &Base| {
                vec![
                    plain(&base.name).into_owned(),
                    base.documents.to_string(),
                    base.ready.to_string(),
                    base.failed.to_string(),
                    base.passages.to_string(),
                    plain(&base.model).into_owned(),
                    short(&plain(&base.description), 40),
                ]
            };
            let heads =
                ["NAME", "DOCUMENTS", "READY", "FAILED", "PASSAGES", "EMBEDS", "DESCRIPTION"];
            out.table(&heads, &bases.iter().map(row).collect::<Vec<_>>());
        }
        KnowledgeCommand::Add(args) => return add(&args, &client, out),
        KnowledgeCommand::Documents(BaseArgs { base }) => {
            let answer = all_pages(&client, &["knowledge", &base, "documents"], &[], MOST)?;
            if out.json {
                out.document(&answer);
                return Ok(Exit::Well);
            }
            let page: Page<Document> = view(&answer)?;
            let row = |document: &Document| {
                vec![
                    plain(&document.name).into_owned(),
                    plain(&document.kind).into_owned(),
                    plain(&document.state).into_owned(),
                    format!("{}/{}", document.done, document.total),
                    short(&plain(document.message.as_deref().unwrap_or_default()), 60),
                ]
            };
            let rows: Vec<_> = page.items.iter().map(row).collect();
            out.table(&["NAME", "KIND", "STATE", "PASSAGES", "WHY"], &rows);
        }
        KnowledgeCommand::Search(args) => return search(&args, &client, out),
        KnowledgeCommand::Reindex(BaseArgs { base }) => {
            let answer = client.post(&["knowledge", &base, "reindex"], &json!({}))?;
            let done = json!({ "name": base, "reindexed": true });
            out.changed(&answer, &done, &format!("{} is looked at anew.", plain(&base)));
        }
        KnowledgeCommand::Remove(RemoveArgs { base, document: None }) => {
            let answer = client.delete(&["knowledge", &base])?;
            let done = json!({ "name": base, "removed": true });
            out.changed(&answer, &done, &format!("{} is removed.", plain(&base)));
        }
        KnowledgeCommand::Remove(RemoveArgs { base, document: Some(name) }) => {
            let answer = all_pages(&client, &["knowledge", &base, "documents"], &[], usize::MAX)?;
            let page: Page<Document> = view(&answer)?;
            let found = page.items.into_iter().find(|document| document.name == name);
            let Some(found) = found else {
                return Err(Failure::no(format!("there is no document `{name}` in `{base}`")));
            };
            let answer = client.delete(&["documents", &found.id])?;
            let done = json!({ "name": name, "removed": true });
            out.changed(&answer, &done, &format!("{} is removed.", plain(&name)));
        }
    }
    Ok(Exit::Well)
}

fn add(args: &AddArgs, client: &Client, out: &Output) -> Outcome {
    let mut added = Vec::new();
    for what in &args.what {
        if what.starts_with("http://") || what.starts_with("https://") {
            let readers = (!args.readers.is_empty()).then_some(&args.readers);
            let body = json!({ "url": what, "tags": args.tags, "readers": readers });
            added.push(client.post(&["knowledge", &args.base, "addresses"], &body)?);
            continue;
        }
        for (name, file) in files(Path::new(what))? {
            let bytes = std::fs::read(&file)
                .map_err(|error| Failure::misused(format!("{}: {error}", file.display())))?;
            let mut query = vec![("name", name), ("tags", args.tags.join(","))];
            if !args.readers.is_empty() {
                query.push(("readers", args.readers.join(",")));
            }
            added.push(client.put_bytes(&["knowledge", &args.base, "documents"], &query, bytes)?);
        }
    }
    let changed = added.iter().filter(|answer| answer["changed"] == true).count();
    let all = added.len();
    let mut unread = Vec::new();
    if args.wait {
        unread = wait(&args.base, client)?;
    }
    if out.json {
        out.document(&json!({ "added": added, "failed": unread }));
    } else {
        out.note(format!("{all} given, {changed} of them new or changed."));
        for document in &unread {
            let why = document["message"].as_str().unwrap_or_default();
            let name = document["name"].as_str().unwrap_or_default();
            out.note(format!("{}: {}", plain(name), plain(why)));
        }
    }
    Ok(if unread.is_empty() { Exit::Well } else { Exit::No })
}

/// Until nothing is queued or worked on; what failed.
fn wait(base: &str, client: &Client) -> Result<Vec<Value>, Failure> {
    loop {
        let answer = all_pages(client, &["knowledge", base, "documents"], &[], usize::MAX)?;
        let documents = answer["items"].as_array().cloned().unwrap_or_default();
        let busy = documents.iter().any(|document| {
            ["queued", "indexing"].contains(&document["state"].as_str().unwrap_or_default())
        });
        if !busy {
            let failed = |document: &Value| document["state"] == "failed";
            return Ok(documents.into_iter().filter(failed).collect());
        }
        std::thread::sleep(LOOK);
    }
}

/// A file, or all files of a folder that can be read, each with its name in the base.
fn files(what: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let unread = |path: &Path, error: std::io::Error| {
        Failure::misused(format!("{}: {error}", path.display()))
    };
    let name = |path: &Path| path.to_string_lossy().replace('\\', "/");
    if !what.is_dir() {
        let last = what.file_name().map(|last| name(Path::new(last)));
        return Ok(vec![(last.unwrap_or_else(|| name(what)), what.to_owned())]);
    }
    let (mut out, mut folders) = (Vec::new(), vec![what.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| unread(&folder, error))?;
        for entry in entries {
            let path = entry.map_err(|error| unread(&folder, error))?.path();
            let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
            if hidden || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if known(&path) {
                let inside = path.strip_prefix(what).unwrap_or(&path);
                out.push((name(inside), path.clone()));
            }
            if out.len() > MOST {
                return Err(Failure::misused(format!("there are more than {MOST} documents")));
            }
        }
    }
    out.sort();
    Ok(out)
}

/// Whether a file of a folder is a document, by its name.
fn known(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
    let known = ["md", "markdown", "txt", "html", "htm", "pdf", "docx", "csv", "tsv", "rst"];
    end.is_some_and(|end| known.contains(&end.as_str()))
}

fn search(args: &SearchArgs, client: &Client, out: &Output) -> Outcome {
    let body = json!({
        "query": args.query, "top": args.top, "tag": args.tag, "reader": args.reader
    });
    let answer = client.post(&["knowledge", &args.base, "search"], &body)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let found: Vec<Found> = view(&answer)?;
    if found.is_empty() {
        out.note("Nothing was found.");
    }
    for (number, hit) in (1..).zip(&found) {
        out.line(format!("{number}. {}", out.paint(Paint::Bold, &plain(&hit.title))));
        out.line(format!(
            "   {} · passage {} · {:.3}",
            plain(&hit.source),
            hit.position,
            hit.score
        ));
        for line in hit.text.lines() {
            out.line(format!("   {}", plain(line)));
        }
        out.line("");
    }
    Ok(Exit::Well)
}
