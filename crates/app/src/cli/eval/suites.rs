//! `eval suite` and what belongs to it: suites of cases for the AI steps of bots, carried out by the server.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use codex32_evaluation::figures::{Compared, Figures, compare};
use codex32_evaluation::suite::Suite;
use codex32_flow::print;
use codex32_model::Value as Plain;
use codex32_model::codes::evaluation as codes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::table::{failures, figures_table};
use crate::cli::input;
use crate::client::{Client, Page, all_pages, view};
use crate::config::Settings;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::{Output, Paint, moment, plain, short};

const MAX_SUITE: u64 = 4 << 20;
/// How often it is looked whether an evaluation is over.
const LOOK: Duration = Duration::from_millis(300);

#[derive(Debug, Args)]
#[command(
    after_help = "Ends with 1 when a variant is below --fail-under (or the suite's fail_under), or worse than
the baseline over the cases that both have. What is asked is never answered from the cache."
)]
pub struct SuiteArgs {
    /// A file, YAML or JSON, `-` for standard input; or the name of a stored suite
    suite: String,
    /// Ask this model (a named model, or CONNECTION/MODEL); several are compared
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// Compare with this prompt, too: @FILE, NAME=@FILE or NAME=TEXT
    #[arg(long = "prompt", value_name = "@FILE")]
    prompts: Vec<String>,
    /// Evaluate the step as this definition has it, and not as it is deployed
    #[arg(long, value_name = "FILE")]
    bot: Option<String>,
    /// Ask each question so often
    #[arg(long, value_name = "K")]
    repeat: Option<u32>,
    /// Questions at once, at most 16 [default: 4]
    #[arg(long, value_name = "N")]
    at_once: Option<u32>,
    /// End with 1 when fewer answers than this share are right: 0 to 1
    #[arg(long, value_name = "SHARE")]
    fail_under: Option<f64>,
    /// End with 1 when it is worse than this: a file that --json wrote, or an evaluation's id
    #[arg(long, value_name = "FILE|ID")]
    baseline: Option<String>,
    /// With --baseline: how much worse it may be
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    tolerance: f64,
}

#[derive(Debug, Args)]
pub struct SaveArgs {
    /// The suite, YAML or JSON; `-` for standard input
    file: String,
}

#[derive(Debug, Args)]
pub struct ListArgs {}

#[derive(Debug, Args)]
pub struct NameArgs {
    /// Name of the suite
    name: String,
}

#[derive(Debug, Args)]
pub struct CaseArgs {
    /// The run
    run: String,
    /// The address of its `ask` or `agent` step
    step: String,
    /// The suite that gets the case; it is begun if it is not there
    #[arg(long, value_name = "NAME")]
    suite: String,
    /// Name of the case
    #[arg(long)]
    name: Option<String>,
    /// Do not expect the recorded answer: the checks are written afterwards
    #[arg(long)]
    open: bool,
}

#[derive(Debug, Args)]
pub struct RunsArgs {
    /// Only those of this suite
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The evaluation
    id: String,
}

/// An evaluation as the server shows it.
#[derive(Debug, Deserialize)]
pub struct Shown {
    pub id: String,
    pub suite: String,
    pub version: Option<u32>,
    pub state: String,
    pub message: Option<String>,
    pub total: u32,
    pub answered: u32,
    pub passed: u32,
    pub created_at: String,
    #[serde(default)]
    pub repeat: u32,
    pub fail_under: Option<f64>,
    #[serde(default)]
    pub cost_usd: f64,
    #[serde(default)]
    pub figures: Vec<Figures>,
}

pub fn suite(args: &SuiteArgs, settings: &Settings, out: &Output) -> Outcome {
    if args.fail_under.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        return Err(Failure::misused("--fail-under is a share: 0 to 1, such as 0.9"));
    }
    let client = Client::new(settings)?;
    let baseline = args.baseline.as_deref().map(|of| baseline(of, &client)).transpose()?;
    let mut body = json!({ "models": args.models, "prompts": prompts(&args.prompts)? });
    if is_file(&args.suite) {
        body["definition"] = json!(local(&args.suite)?);
    } else {
        body["suite"] = json!(args.suite);
    }
    if let Some(file) = &args.bot {
        body["bot"] = json!(input::definition(file)?.text()?);
    }
    for (name, number) in [("repeat", args.repeat), ("at_once", args.at_once)] {
        if let Some(number) = number {
            body[name] = json!(number);
        }
    }
    let mut answer = client.post(&["evaluations", "runs"], &body)?;
    let id = answer["id"].as_str().unwrap_or_default().to_owned();
    if !out.json {
        let total = answer["total"].as_u64().unwrap_or(0);
        out.note(format!(
            "{total} questions are asked; `codex32 eval show {id}` follows them, too."
        ));
    }
    while answer["state"] == "running" {
        std::thread::sleep(LOOK);
        answer = client.get(&["evaluations", "runs", &id], &[])?;
    }
    let shown: Shown = view(&answer)?;
    let wrong = wrong(&client, &id)?;
    let compared = baseline.map(|before| compare(&shown.figures, &before)).unwrap_or_default();
    let least = args.fail_under.or(shown.fail_under);
    let shut = gate(&shown, least, &compared, args.tolerance);
    if out.json {
        answer["compared"] = json!(compared);
        answer["wrong"] = json!(wrong);
        answer["gate"] = json!({ "open": shut.is_empty(), "why": shut });
        out.document(&answer);
    } else {
        figures_table(&shown, out);
        failures(&wrong, out);
        for line in &compared {
            out.line(told(line));
        }
        for why in &shut {
            out.line(format!("{} {}", out.paint(Paint::Red, "No:"), plain(why)));
        }
    }
    Ok(if shut.is_empty() { Exit::Well } else { Exit::No })
}

/// Why an evaluation does not do; nothing where it does.
fn gate(shown: &Shown, least: Option<f64>, compared: &[Compared], tolerance: f64) -> Vec<String> {
    let mut why = Vec::new();
    if shown.state != "done" {
        let said = shown.message.as_deref().map(|said| format!(": {said}")).unwrap_or_default();
        why.push(format!(
            "it was not carried out to its end ({} of {} questions){said}",
            shown.answered, shown.total
        ));
    }
    for figures in &shown.figures {
        if let Some(least) = least
            && figures.pass_at_1 < least - 1e-9
        {
            why.push(format!(
                "{}: {} of the answers are right, and not {}",
                figures.variant,
                percent(figures.pass_at_1),
                percent(least)
            ));
        }
    }
    for line in compared.iter().filter(|line| line.is_worse(tolerance)) {
        why.push(format!(
            "{}: worse than the baseline, {} after {}",
            line.variant,
            percent(line.after),
            percent(line.before)
        ));
    }
    why
}

fn told(line: &Compared) -> String {
    let worse = match line.worse.as_slice() {
        [] => String::new(),
        cases => format!("; worse: {}", cases.join(", ")),
    };
    plain(&format!(
        "{} against {} of the baseline, {} cases: {} after {}{worse}",
        line.variant,
        line.with,
        line.cases,
        percent(line.after),
        percent(line.before)
    ))
    .into_owned()
}

pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn is_file(name: &str) -> bool {
    name == "-" || name.contains(['.', '/', '\\']) || Path::new(name).is_file()
}

/// The text of a suite, read here first: what is wrong is said with the file's name.
fn local(file: &str) -> Result<String, Failure> {
    let bytes = input::read(file, MAX_SUITE)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::misused(format!("{file} is not UTF-8 text")).code(codes::SUITE))?;
    let suite = Suite::read(&text).map_err(|error| {
        Failure::no(format!("{file}: {error}")).code(error.code()).help(error.code().help)
    })?;
    Ok(suite.to_json())
}

fn prompts(given: &[String]) -> Result<Value, Failure> {
    let mut all = serde_json::Map::new();
    for text in given {
        let (name, text) = match text.split_once('=').filter(|(name, _)| !name.starts_with('@')) {
            Some((name, text)) => (name.trim().to_owned(), text),
            None => {
                let file = text.strip_prefix('@').ok_or_else(|| {
                    Failure::misused("--prompt takes @FILE, NAME=@FILE or NAME=TEXT")
                })?;
                let stem = Path::new(file).file_stem().unwrap_or_default();
                (stem.to_string_lossy().into_owned(), text.as_str())
            }
        };
        let text = match text.strip_prefix('@') {
            Some(file) => input::secret(file)?,
            None => text.to_owned(),
        };
        all.insert(name, json!(text));
    }
    Ok(Value::Object(all))
}

/// The figures of an evaluation, or of a file that holds one.
fn baseline(of: &str, client: &Client) -> Result<Vec<Figures>, Failure> {
    let answer: Value = if of.starts_with("eval_") {
        client.get(&["evaluations", "runs", of], &[])?
    } else {
        let bytes = input::read(of, MAX_SUITE * 8)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::misused(format!("{of} is no baseline: {error}")))?
    };
    serde_json::from_value(answer["figures"].clone()).map_err(|_| {
        Failure::misused(format!("{of} is no baseline"))
            .help("write one with `codex32 eval suite … --json > FILE`")
    })
}

fn wrong(client: &Client, id: &str) -> Result<Vec<Value>, Failure> {
    let query = [("verdict", "wrong".to_owned())];
    let answer = all_pages(client, &["evaluations", "runs", id, "results"], &query, 1_000)?;
    Ok(answer["items"].as_array().cloned().unwrap_or_default())
}

pub fn save(args: &SaveArgs, settings: &Settings, out: &Output) -> Outcome {
    let text = local(&args.file)?;
    let name = Suite::read(&text).map(|suite| suite.name).unwrap_or_default();
    let client = Client::new(settings)?;
    let answer = client.put(&["evaluations", "suites", &name], &json!({ "definition": text }))?;
    let sentence = format!("{} is stored, version {}.", plain(&name), answer["version"]);
    out.changed(&answer, &json!({ "name": name }), &sentence);
    Ok(Exit::Well)
}

#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    version: u32,
    bot: Option<String>,
    step: Option<String>,
    cases: usize,
    changed_at: String,
}

pub fn list(settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let answer = all_pages(&client, &["evaluations", "suites"], &[], 1_000)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Listed> = view(&answer)?;
    let row = |suite: &Listed| {
        let of = match (&suite.bot, &suite.step) {
            (Some(bot), Some(step)) => format!("{bot}, {step}"),
            _ => "a prompt of its own".to_owned(),
        };
        vec![
            plain(&suite.name).into_owned(),
            suite.version.to_string(),
            short(&plain(&of), 50),
            suite.cases.to_string(),
            moment(&suite.changed_at),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["NAME", "VERSION", "EVALUATES", "CASES", "CHANGED"], &rows);
    Ok(Exit::Well)
}

pub fn export(args: &NameArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let answer = client.get(&["evaluations", "suites", &args.name], &[])?;
    if out.json {
        out.document(&answer["definition"]);
        return Ok(Exit::Well);
    }
    let value = Plain::from_json(&answer["definition"].to_string()).unwrap_or_default();
    out.raw(&print::fragment(&value));
    Ok(Exit::Well)
}

pub fn remove(args: &NameArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let answer = client.delete(&["evaluations", "suites", &args.name])?;
    let done = json!({ "name": args.name, "removed": true });
    out.changed(&answer, &done, &format!("{} is removed.", plain(&args.name)));
    Ok(Exit::Well)
}

pub fn case(args: &CaseArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let mut body = json!({ "run": args.run, "step": args.step });
    body["expect"] = json!(if args.open { "open" } else { "exact" });
    if let Some(name) = &args.name {
        body["name"] = json!(name);
    }
    let answer = client.post(&["evaluations", "suites", &args.suite, "cases"], &body)?;
    let case = answer["case"].as_str().unwrap_or_default().to_owned();
    let sentence = format!("“{}” is a case of {}.", plain(&case), plain(&args.suite));
    out.changed(&answer, &json!({ "case": case }), &sentence);
    Ok(Exit::Well)
}

pub fn runs(args: &RunsArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let query: Vec<_> = args.suite.iter().map(|suite| ("suite", suite.clone())).collect();
    let answer = all_pages(&client, &["evaluations", "runs"], &query, 200)?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let page: Page<Shown> = view(&answer)?;
    let row = |shown: &Shown| {
        let version = shown.version.map_or(String::new(), |version| version.to_string());
        vec![
            shown.id.clone(),
            plain(&shown.suite).into_owned(),
            version,
            plain(&shown.state).into_owned(),
            format!("{}/{}", shown.answered, shown.total),
            shown.passed.to_string(),
            moment(&shown.created_at),
        ]
    };
    let rows: Vec<_> = page.items.iter().map(row).collect();
    out.table(&["ID", "SUITE", "VERSION", "STATE", "ANSWERED", "RIGHT", "BEGAN"], &rows);
    Ok(Exit::Well)
}

pub fn show(args: &ShowArgs, settings: &Settings, out: &Output) -> Outcome {
    let client = Client::new(settings)?;
    let mut answer = client.get(&["evaluations", "runs", &args.id], &[])?;
    let wrong = wrong(&client, &args.id)?;
    if out.json {
        answer["wrong"] = json!(wrong);
        out.document(&answer);
        return Ok(Exit::Well);
    }
    figures_table(&view(&answer)?, out);
    failures(&wrong, out);
    Ok(Exit::Well)
}
