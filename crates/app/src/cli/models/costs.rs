//! `models costs|calls|budget|price|settings|cache`: what models may cost, and what they did.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use codex32_model::time::format_duration;
use serde_json::{Map, Value, json};

use crate::client::{Client, all_pages};
use crate::failure::{Exit, Outcome};
use crate::output::{Output, moment, plain, short};

#[derive(Debug, Args)]
pub struct CostsArgs {
    /// By what to sum: day, bot, run, step, evaluation, actor, name, provider, model or connection
    #[arg(long, default_value = "day")]
    by: String,
    /// Only of this bot
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// Only of this run
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// From this time on, such as 2027-03-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// A table for a spreadsheet
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, Args)]
pub struct CallsArgs {
    /// Only of this bot
    #[arg(long, value_name = "NAME")]
    bot: Option<String>,
    /// Only of this run
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Args)]
pub struct LogArgs {
    /// Id of the call
    #[arg(value_name = "CALL")]
    id: String,
}

#[derive(Debug, Subcommand)]
pub enum BudgetCommand {
    /// Set a budget: for the workspace, or with --bot or --actor
    Set(BudgetArgs),
    /// List the budgets and where they stand
    List(NoArgs),
    /// Remove a budget
    Remove(WhoseArgs),
}

#[derive(Debug, Args)]
pub struct NoArgs {}

#[derive(Debug, Args)]
pub struct WhoseArgs {
    /// For which period, in UTC
    #[arg(value_enum)]
    period: Period,
    /// Of this bot; `*` for each bot that has none of its own
    #[arg(long, value_name = "NAME", conflicts_with = "actor")]
    bot: Option<String>,
    /// Of this actor; `*` for each
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
}

#[derive(Debug, Args)]
pub struct BudgetArgs {
    #[command(flatten)]
    whose: WhoseArgs,
    /// Most, in dollars
    #[arg(value_name = "USD")]
    limit: f64,
    /// From how many percent on it warns
    #[arg(long, value_name = "PERCENT", default_value_t = 80)]
    warn: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Period {
    Day,
    Month,
}

impl WhoseArgs {
    fn fields(&self) -> [(&'static str, String); 3] {
        let period = match self.period {
            Period::Day => "day",
            Period::Month => "month",
        };
        let (scope, subject) = match (&self.bot, &self.actor) {
            (Some(bot), _) => ("bot", bot.clone()),
            (None, Some(actor)) => ("actor", actor.clone()),
            (None, None) => ("workspace", String::new()),
        };
        [("scope", scope.to_owned()), ("subject", subject), ("period", period.to_owned())]
    }
}

#[derive(Debug, Subcommand)]
pub enum PriceCommand {
    /// Set a price of the workspace's own, in dollars for a million tokens
    Set(PriceArgs),
    /// List the prices, the workspace's own first
    List(NoArgs),
    /// Remove the workspace's own prices of a model
    Remove(PricedArgs),
}

#[derive(Debug, Args)]
pub struct PricedArgs {
    /// The connector: openai, anthropic, gemini, …
    provider: String,
    /// As the provider calls it; `*` for all
    model: String,
}

#[derive(Debug, Args)]
pub struct PriceArgs {
    #[command(flatten)]
    of: PricedArgs,
    /// For what is read
    #[arg(long, value_name = "USD")]
    input: f64,
    /// For what is written
    #[arg(long, value_name = "USD", default_value_t = 0.0)]
    output: f64,
    /// For what the provider had in its cache
    #[arg(long, value_name = "USD")]
    cached: Option<f64>,
    /// From when on [default: now]
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Prompts with keys, tokens, passwords
    #[arg(long, value_enum)]
    secrets: Option<Guard>,
    /// Prompts with mail addresses, telephone, card and account numbers
    #[arg(long, value_enum)]
    personal_data: Option<Guard>,
    /// Models that prompts may go to, `*` standing for any text; none given: all
    #[arg(long, value_name = "CONNECTION/MODEL", num_args = 0..)]
    allow: Option<Vec<String>>,
    /// Keep prompts and answers, redacted and sealed
    #[arg(long, value_name = "BOOL")]
    log_prompts: Option<bool>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Guard {
    Allow,
    Mask,
    Refuse,
}

impl Guard {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Mask => "mask",
            Self::Refuse => "refuse",
        }
    }
}

#[derive(Debug, Args)]
pub struct CacheArgs {
    /// Forget the cached answers
    #[arg(long)]
    clear: bool,
}

fn text(row: &Value, name: &str) -> String {
    match &row[name] {
        Value::Null => String::new(),
        Value::String(text) => short(text, 60),
        other => other.to_string(),
    }
}

fn dollars(row: &Value, name: &str) -> String {
    format!("${:.6}", row[name].as_f64().unwrap_or(0.0))
}

/// The rows of an answer that is a list.
fn table(out: &Output, answer: &Value, heads: &[&str], row: impl Fn(&Value) -> Vec<String>) {
    if out.json {
        out.document(answer);
        return;
    }
    let items = answer.as_array().or_else(|| answer["items"].as_array());
    let rows: Vec<_> = items.into_iter().flatten().map(row).collect();
    out.table(heads, &rows);
}

fn given(pairs: &[(&'static str, &Option<String>)]) -> Vec<(&'static str, String)> {
    pairs.iter().filter_map(|(name, value)| Some((*name, (*value).clone()?))).collect()
}

pub fn costs(args: &CostsArgs, client: &Client, out: &Output) -> Outcome {
    let CostsArgs { by, bot, run, from, to, csv } = args;
    let mut query = given(&[("bot", bot), ("run", run), ("from", from), ("to", to)]);
    query.push(("by", by.clone()));
    if *csv {
        query.push(("format", "csv".to_owned()));
        out.raw(&client.get_text(&["costs"], &query)?);
        return Ok(Exit::Well);
    }
    let answer = client.get(&["costs"], &query)?;
    let by = by.to_uppercase();
    let heads = [by.as_str(), "CALLS", "FAILED", "KEPT", "IN", "OUT", "COST", "SAVED"];
    table(out, &answer, &heads, |row| {
        let of = row["of"].as_str().map_or_else(|| "-".to_owned(), |of| short(of, 60));
        let counts = ["calls", "failed", "hits", "input_tokens", "output_tokens"];
        let mut cells = vec![of];
        cells.extend(counts.map(|name| text(row, name)));
        cells.extend(["cost_usd", "saved_usd"].map(|name| dollars(row, name)));
        cells
    });
    Ok(Exit::Well)
}

pub fn calls(args: &CallsArgs, client: &Client, out: &Output) -> Outcome {
    let query = given(&[("bot", &args.bot), ("run", &args.run)]);
    let answer = all_pages(client, &["model-calls"], &query, args.limit)?;
    let heads = ["STARTED", "ASKED", "ANSWERED", "STATE", "IN", "OUT", "COST", "TIME", "STEP"];
    table(out, &answer, &heads, |row| {
        let answered = match (row["connection"].as_str(), row["model"].as_str()) {
            (Some(connection), Some(model)) => short(&format!("{connection}/{model}"), 50),
            _ => text(row, "code"),
        };
        let time = row["duration_ms"].as_i64().map(|ms| format!("{ms} ms"));
        vec![
            moment(row["started_at"].as_str().unwrap_or_default()),
            text(row, "asked"),
            answered,
            text(row, "state"),
            text(row, "input_tokens"),
            text(row, "output_tokens"),
            dollars(row, "cost_usd"),
            time.unwrap_or_default(),
            text(row, "step"),
        ]
    });
    Ok(Exit::Well)
}

pub fn budget(command: &BudgetCommand, client: &Client, out: &Output) -> Outcome {
    match command {
        BudgetCommand::Set(args) => {
            let mut body: Map<String, Value> = Map::new();
            for (name, value) in args.whose.fields() {
                body.insert(name.to_owned(), json!(value));
            }
            body.insert("limit_usd".to_owned(), json!(args.limit));
            body.insert("warn_percent".to_owned(), json!(args.warn));
            let answer = client.put(&["budgets"], &Value::Object(body.clone()))?;
            out.changed(&answer, &Value::Object(body), "The budget is set.");
        }
        BudgetCommand::Remove(whose) => {
            let query = whose.fields();
            let answer = client.delete_with(&["budgets"], &query)?;
            out.changed(&answer, &json!({ "removed": true }), "The budget is removed.");
        }
        BudgetCommand::List(_) => {
            let answer = client.get(&["budgets"], &[])?;
            let heads = ["OF", "PERIOD", "LIMIT", "SPENT", "RESERVED", "STATE"];
            table(out, &answer, &heads, |row| {
                let of = format!("{} {}", text(row, "scope"), text(row, "subject"));
                let mut cells = vec![plain(of.trim()).into_owned(), text(row, "period")];
                let sums = ["limit_usd", "spent_usd", "reserved_usd"];
                cells.extend(sums.map(|name| dollars(row, name)));
                cells.push(text(row, "state").replace('_', " "));
                cells
            });
        }
    }
    Ok(Exit::Well)
}

pub fn price(command: &PriceCommand, client: &Client, out: &Output) -> Outcome {
    match command {
        PriceCommand::Set(args) => {
            let body = json!({
                "provider": args.of.provider, "model": args.of.model, "since": args.since,
                "input_usd": args.input, "output_usd": args.output, "cached_usd": args.cached,
            });
            let answer = client.put(&["model-prices"], &body)?;
            out.changed(&answer, &body, "The price is set.");
        }
        PriceCommand::Remove(PricedArgs { provider, model }) => {
            let query = [("provider", provider.clone()), ("model", model.clone())];
            let answer = client.delete_with(&["model-prices"], &query)?;
            out.changed(&answer, &json!({ "removed": true }), "The price is removed.");
        }
        PriceCommand::List(_) => {
            let answer = client.get(&["model-prices"], &[])?;
            let heads = ["PROVIDER", "MODEL", "SINCE", "INPUT", "OUTPUT", "CACHED", "SOURCE"];
            table(out, &answer, &heads, |row| {
                let since: String = text(row, "since").chars().take(10).collect();
                let source = row["source"].as_str().map_or("your own", |_| "the program's");
                vec![
                    text(row, "provider"),
                    text(row, "model"),
                    since,
                    text(row, "input_usd"),
                    text(row, "output_usd"),
                    text(row, "cached_usd"),
                    source.to_owned(),
                ]
            });
        }
    }
    Ok(Exit::Well)
}

pub fn settings(args: &SettingsArgs, client: &Client, out: &Output) -> Outcome {
    let mut body = Map::new();
    let guards = [("secrets", args.secrets), ("personal_data", args.personal_data)];
    for (name, guard) in guards {
        body.extend(guard.map(|guard| (name.to_owned(), json!(guard.as_str()))));
    }
    body.extend(args.allow.as_ref().map(|list| ("allowed".to_owned(), json!(list))));
    body.extend(args.log_prompts.map(|on| ("log_prompts".to_owned(), json!(on))));
    let answer = if body.is_empty() {
        client.get(&["model-settings"], &[])?
    } else {
        client.put(&["model-settings"], &Value::Object(body))?
    };
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let fields = answer.as_object().into_iter().flatten();
    let rows: Vec<_> = fields.map(|(name, _)| vec![name.clone(), text(&answer, name)]).collect();
    out.table(&["SETTING", "VALUE"], &rows);
    Ok(Exit::Well)
}

/// What was said, one message after the other.
pub fn log(args: &LogArgs, client: &Client, out: &Output) -> Outcome {
    let answer = client.get(&["model-calls", &args.id, "log"], &[])?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let asked = answer["request"]["messages"].as_array().into_iter().flatten();
    let choices = answer["reply"]["choices"].as_array().into_iter().flatten();
    let said = asked.chain(choices.map(|choice| &choice["message"]));
    let rows: Vec<_> = said
        .map(|message| {
            let content = &message["content"];
            let content = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
            vec![text(message, "role"), plain(&content).into_owned()]
        })
        .collect();
    out.table(&["ROLE", "SAID"], &rows);
    Ok(Exit::Well)
}

pub fn cache(args: &CacheArgs, client: &Client, out: &Output) -> Outcome {
    if args.clear {
        let answer = client.delete(&["model-cache"])?;
        out.changed(&answer, &json!({ "cleared": true }), "The cache is empty.");
        return Ok(Exit::Well);
    }
    let answer = client.get(&["model-cache"], &[])?;
    if out.json {
        out.document(&answer);
        return Ok(Exit::Well);
    }
    let kept = format!("Kept: {} answers, {} bytes", answer["answers"], answer["bytes"]);
    let oldest = answer["oldest"].as_str();
    let oldest = oldest.map(|at| format!(", the oldest from {}", moment(at))).unwrap_or_default();
    out.line(format!("{kept}{oldest}"));
    let kinds = [
        ("the same request", &answer["exact"]),
        ("what means the same", &answer["semantic"]),
        ("under a key", &answer["key"]),
    ];
    let rows: Vec<_> = kinds
        .into_iter()
        .map(|(kind, again)| {
            let age = |name: &str| match again[name].as_u64() {
                Some(seconds) if again["hits"] != 0 => {
                    format_duration(Duration::from_secs(seconds))
                }
                _ => "-".to_owned(),
            };
            let (hits, saved) = (text(again, "hits"), dollars(again, "saved_usd"));
            vec![kind.to_owned(), hits, saved, age("age_s"), age("oldest_s")]
        })
        .collect();
    out.table(&["GIVEN AGAIN FOR", "HITS", "SAVED", "AGE", "OLDEST"], &rows);
    Ok(Exit::Well)
}
