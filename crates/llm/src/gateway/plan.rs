//! What a call will do: whom it may ask, in which order, and what that can cost at the most.

use std::sync::atomic::Ordering;
use std::time::Duration;

use codex32_connectors::Credentials;
use codex32_model::Timestamp;
use codex32_store::models::Known;

use super::{Call, Inner};
use crate::chat::Usage;
use crate::definition::{Definition, Target};
use crate::error::Error;
use crate::exchange::Ask;
use crate::guardrail::Settings;
use crate::price::{Entry, Price, Prices};
use crate::provider::{self, Adapter};
use crate::replay;

/// Longest answer that is reserved for where nobody says how long it may be.
const USUAL_OUTPUT: u64 = 16_384;
/// An answer shorter than this is none.
const LEAST_OUTPUT: u64 = 16;
/// Names that a step without a model means, in this order.
const DEFAULTS: [&str; 4] = ["default", "smart", "fast", "local"];

/// One provider over one connection.
pub struct Candidate {
    pub connection: String,
    pub target: Target,
    /// The connector of the connection.
    pub provider: String,
    pub price: Option<Price>,
    /// The connection whose answers a `replay` records.
    records: Option<String>,
    pub way: Result<(Credentials, &'static dyn Adapter), String>,
}

impl Candidate {
    /// Costs nothing where no price is known.
    fn is_free(&self) -> bool {
        match self.provider.as_str() {
            "openai_compatible" => true,
            "replay" => self.records.is_none(),
            _ => false,
        }
    }
}

pub struct Plan {
    pub definition: Definition,
    /// The name under which it is found.
    pub name: String,
    pub candidates: Vec<Candidate>,
    /// The request, with its limit.
    pub ask: Ask,
    /// What one attempt can cost.
    pub worst: i64,
    pub total: Duration,
}

/// The definition that a name means.
pub fn find(known: &Known, name: &str) -> Result<(String, Definition), Error> {
    let stored = |name: &str| known.models.iter().find(|model| model.name == name);
    let only = || known.models.first().filter(|_| known.models.len() == 1);
    let found = if name.is_empty() {
        DEFAULTS.iter().find_map(|name| stored(name)).or_else(only)
    } else {
        stored(name)
    };
    if let Some(model) = found {
        let definition = serde_json::from_str(&model.definition).map_err(|error| {
            Error::Definition(format!("the definition of `{}`: {error}", model.name))
        })?;
        return Ok((model.name.clone(), definition));
    }
    if let Some(definition) = Definition::direct(name) {
        return Ok((name.to_owned(), definition));
    }
    let names: Vec<_> = known.models.iter().map(|model| format!("`{}`", model.name)).collect();
    let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(Error::NoModel(if name.is_empty() {
        format!("no model is named, and none is called `default`; there are: {there}")
    } else {
        format!("there is no model `{name}`; there are: {there}")
    }))
}

pub fn prices(known: &Known) -> Prices {
    let own = known.prices.iter().filter_map(|row| {
        Some(Entry {
            provider: row.provider.clone(),
            model: row.model.clone(),
            since: row.since,
            price: serde_json::from_str(&row.price).ok()?,
            source: None,
        })
    });
    Prices::new(own.collect())
}

/// Makes the plan. The guardrails have been applied to the call's request.
pub async fn make(
    inner: &Inner,
    call: &Call,
    known: &Known,
    settings: &Settings,
    (name, definition): (String, Definition),
    at: Timestamp,
) -> Result<Plan, Error> {
    let prices = prices(known);
    let turn = inner.turn.fetch_add(1, Ordering::Relaxed);
    let mut candidates = Vec::new();
    let mut forbidden = None;
    for target in &definition.targets {
        let count = target.connections.len();
        for place in 0..count {
            let connection = &target.connections[(turn + place) % count];
            if !settings.allows(connection, &target.model) {
                forbidden = Some(format!("`{connection}/{}`", target.model));
                continue;
            }
            let candidate = candidate(inner, call, target, connection, &prices, at).await;
            // Who records sends the prompt on.
            let on = candidate.records.as_deref();
            if on.is_some_and(|on| !settings.allows(on, &target.model)) {
                forbidden = Some(format!("`{}/{}`", on.unwrap_or_default(), target.model));
                continue;
            }
            candidates.push(candidate);
        }
    }
    if candidates.is_empty() {
        return Err(Error::NotAllowed(forbidden.unwrap_or(name)));
    }
    let mut ask = call.ask.clone();
    let input = ask.input_tokens();
    let output = limit(call, known, &definition, &candidates, &mut ask, input)?;
    let usage = Usage { input, output, ..Usage::default() };
    let costs = candidates.iter().filter_map(|candidate| Some(candidate.price?.cost(usage)));
    let worst = costs.max().unwrap_or(0);
    let asked = call.caller.timeout.unwrap_or(definition.total);
    let total = definition.total.min(asked);
    Ok(Plan { definition, name, candidates, ask, worst, total })
}

async fn candidate(
    inner: &Inner,
    call: &Call,
    target: &Target,
    connection: &str,
    prices: &Prices,
    at: Timestamp,
) -> Candidate {
    let opened = inner.options.connections.open(call.caller.scope.workspace, connection).await;
    let (mut records, mut paid) = (None, None);
    let (provider, way) = match opened {
        Ok(Some(credentials)) => {
            let provider = credentials.connector().to_owned();
            if provider == "replay"
                && let Some(name) = replay::records(&credentials)
            {
                let opened = inner.options.connections.open(call.caller.scope.workspace, name);
                paid = opened.await.ok().flatten().map(|other| other.connector().to_owned());
                records = Some(name.to_owned());
            }
            let way = provider::adapter(&provider, target.api.as_deref())
                .map(|adapter| (credentials, adapter))
                .ok_or_else(|| format!("`{provider}` is no connector of language models"));
            (provider, way)
        }
        Ok(None) => (String::new(), Err(format!("there is no connection `{connection}`"))),
        Err(failure) => (String::new(), Err(failure.message)),
    };
    let priced = target.priced_as.as_deref().unwrap_or(&target.model);
    let price = prices.find(paid.as_ref().unwrap_or(&provider), priced, at);
    let (connection, target) = (connection.to_owned(), target.clone());
    Candidate { connection, target, provider, price, records, way }
}

/// Longest answer of the request, which it gets where somebody has to pay for it out of a budget.
fn limit(
    call: &Call,
    known: &Known,
    definition: &Definition,
    candidates: &[Candidate],
    ask: &mut Ask,
    input: u64,
) -> Result<u64, Error> {
    let caller = &call.caller;
    // What the run has left bounds the answer, too; whether it is still there is seen as it is reserved.
    let left = caller.run_limit.map(|limit| limit.saturating_sub(known.spent).max(0));
    let most = caller.limit.into_iter().chain(left).min();
    let bounded = known.budgeted || caller.limit.is_some() || caller.run_limit.is_some();
    if bounded {
        // Servers of one's own cost nothing unless somebody says so, and files never do.
        let unknown = candidates.iter().find(|candidate| {
            candidate.price.is_none() && candidate.way.is_ok() && !candidate.is_free()
        });
        if let Some(Candidate { provider, target, .. }) = unknown {
            return Err(Error::NoPrice(format!(
                "nothing is known of what `{}` of {provider} costs",
                target.model
            )));
        }
    }
    let Ask::Chat(request) = ask else {
        let usage = Usage { input, ..Usage::default() };
        let costs = candidates.iter().filter_map(|candidate| Some(candidate.price?.cost(usage)));
        if let (Some(limit), Some(cost)) = (most, costs.max())
            && cost > limit
        {
            return Err(over(limit));
        }
        return Ok(0);
    };
    let longest = candidates.iter().filter_map(|candidate| candidate.price?.max_output).min();
    let usual = longest.unwrap_or(USUAL_OUTPUT).min(USUAL_OUTPUT);
    let mut output = request.limit().or(definition.max_tokens);
    if bounded {
        output = Some(output.unwrap_or(usual));
    }
    if let Some(limit) = most {
        for price in candidates.iter().filter_map(|candidate| candidate.price) {
            let affordable = price.affords(limit, input).filter(|tokens| *tokens >= LEAST_OUTPUT);
            let affordable = affordable.ok_or_else(|| over(limit))?;
            output = output.map(|output| output.min(affordable));
        }
    }
    if let Some(output) = output {
        request.max_tokens = None;
        request.max_completion_tokens = Some(output);
    }
    Ok(output.unwrap_or(usual))
}

fn over(limit: i64) -> Error {
    let limit = limit as f64 / 1e6;
    Error::Limit(format!("${limit} is not enough for this prompt and a short answer"))
}
