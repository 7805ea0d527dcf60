//! `connections …`: credentials by name. A secret is never an argument (other users of the machine
//! can read those) unless the person insists; it is read from a file or standard input.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::input;
use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

/// Add, test, list and remove connections
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  codex32 connections add erp --connector http --set base_url=https://erp.example.com --secret token=@token.txt
  codex32 connections test erp
  codex32 connections list")]
pub enum ConnectionsCommand {
    /// Add a connection; it is tested first
    Add(AddArgs),
    /// Change fields of a connection; those that are not given stay
    Change(ChangeArgs),
    /// Sign a connection in with a browser (OAuth 2): prints the address to open
    Authorize(NameArgs),
    /// Test a connection
    Test(NameArgs),
    /// List the connections, without their secrets
    List(ListArgs),
    /// Remove a connection
    Remove(NameArgs),
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Name of the connection, as `deploy --bind` uses it
    name: String,
    /// Which connector it is for (`codex32 connectors`)
    #[arg(long)]
    connector: String,
    /// How to sign in, where the connector knows several ways
    #[arg(long, value_name = "KIND")]
    auth: Option<String>,
    /// A setting that is no secret
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A secret: NAME=@FILE reads a file, NAME=- standard input
    #[arg(long, value_name = "NAME=@FILE")]
    secret: Vec<String>,
    /// Save it without testing
    #[arg(long)]
    no_test: bool,
}

#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// Name of the connection
    name: String,
    /// A setting that is no secret
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A secret: NAME=@FILE reads a file, NAME=- standard input
    #[arg(long, value_name = "NAME=@FILE")]
    secret: Vec<String>,
    /// A field that is no longer wanted
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
    /// Save it without testing
    #[arg(long)]
    no_test: bool,
}

#[derive(Debug, Args)]
pub struct NameArgs {
    /// Name of the connection
    name: String,
}

#[derive(Debug, Args)]
pub struct ListArgs {}

#[derive(Debug, Deserialize)]
struct Connection {
    name: String,
    connector: String,
    #[serde(default)]
    auth: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Authorization {
    url: String,
    redirect_url: String,
}

#[derive(Debug, Deserialize)]
struct Tested {
    ok: bool,
    #[serde(default)]
    message: Option<String>,
}

pub fn run(command: ConnectionsCommand, settings: &Settings, out: &Output) -> Outcome {
    match command {
        ConnectionsCommand::Add(args) => add(&args, settings, out),
        ConnectionsCommand::Change(args) => change(&args, settings, out),
        ConnectionsCommand::Authorize(NameArgs { name }) => authorize(&name, settings, out),
        ConnectionsCommand::Test(NameArgs { name }) => {
            let answer =
                Client::new(settings)?.post(&["connections", &name, "test"], &json!({}))?;
            tested(out, &name, &answer)
        }
        ConnectionsCommand::List(_) => list(settings, out),
        ConnectionsCommand::Remove(NameArgs { name }) => {
            let answer = Client::new(settings)?.delete(&["connections", &name])?;
            let done = json!({ "name": name, "removed": true });
            out.changed(&answer, &done, &format!("{} is removed.", plain(&name)));
            Ok(Exit::Well)
        }
    }
}

fn add(args: &AddArgs, settings: &Settings, out: &Output) -> Outcome {
    let fields = fields(&args.set, &args.secret)?;
    let body = json!({
        "name": args.name,
        "connector": args.connector,
        "auth": args.auth,
        "fields": fields,
        "test": !args.no_test,
    });
    let answer = Client::new(settings)?.post(&["connections"], &body)?;
    if out.json {
        out.document(&answer);
    } else {
        out.line(format!("{} {}", out.paint(Paint::Green, "added"), plain(&args.name)));
    }
    Ok(Exit::Well)
}

fn fields(set: &[String], secrets: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    for pair in set {
        let (name, value) = input::pair("--set", pair)?;
        fields.insert(name, Value::from(value));
    }
    for pair in secrets {
        let (name, value) = input::pair("--secret", pair)?;
        fields.insert(name, Value::from(secret(&value)?));
    }
    Ok(fields)
}

fn change(args: &ChangeArgs, settings: &Settings, out: &Output) -> Outcome {
    let mut fields = fields(&args.set, &args.secret)?;
    fields.extend(args.unset.iter().map(|name| (name.clone(), Value::Null)));
    if fields.is_empty() {
        return Err(Failure::misused("nothing to change")
            .help("say what: --set NAME=VALUE, --secret NAME=@FILE or --unset NAME"));
    }
    let body = json!({ "fields": fields, "test": !args.no_test });
    let answer = Client::new(settings)?.put(&["connections", &args.name], &body)?;
    if out.json {
        out.document(&answer);
    } else {
        out.line(format!("{} {}", out.paint(Paint::Green, "changed"), plain(&args.name)));
    }
    Ok(Exit::Well)
}

fn authorize(name: &str, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let answer = client.post(&["connections", name, "authorize"], &json!({}))?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let way: Authorization = view(&answer)?;
    out.note("Open this address within ten minutes, in a browser that is signed in to Codex-32:");
    out.line(plain(&way.url));
    out.note(format!(
        "The other side has to know the redirect address {}",
        plain(&way.redirect_url)
    ));
    Ok(Exit::Well)
}

fn secret(value: &str) -> Result<String, Failure> {
    match value.strip_prefix('@') {
        Some(file) => input::secret(file),
        None if value == "-" => input::secret("-"),
        None => Err(Failure::misused("a secret on the command line can be read by other users")
            .help("put it in a file: --secret NAME=@FILE, or pipe it: --secret NAME=-")),
    }
}

fn tested(out: &Output, name: &str, answer: &Value) -> Outcome {
    let tested: Tested = view(answer)?;
    if out.json {
        out.document(answer);
    } else {
        let (paint, word) = if tested.ok { (Paint::Green, "works") } else { (Paint::Red, "fails") };
        let why = tested.message.map(|why| format!(": {why}")).unwrap_or_default();
        out.line(format!("{} {}{}", plain(name), out.paint(paint, word), plain(&why)));
    }
    Ok(if tested.ok { Exit::Well } else { Exit::No })
}

fn list(settings: &Settings, out: &Output) -> Outcome {
    let answer = all_pages(&Client::new(settings)?, &["connections"], &[], 1000)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Connection> = view(&answer)?;
    let row = |connection: &Connection| {
        vec![
            plain(&connection.name).into_owned(),
            short(&connection.connector, 30),
            short(connection.auth.as_deref().unwrap_or_default(), 30),
            moment(connection.created_at.as_deref().unwrap_or_default()),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["NAME", "CONNECTOR", "AUTH", "CREATED"], &rows);
    Ok(Exit::Well)
}
