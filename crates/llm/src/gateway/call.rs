//! One call from its reservation to its settlement.

use std::sync::Arc;
use std::time::Duration;

use codex32_identity::random;
use codex32_model::Timestamp;
use codex32_model::ids::{CallId, WorkspaceId};
use codex32_store::budgets::Standing;
use codex32_store::models::Kept;
use codex32_store::spend::{Ending, Hit, Keep, NewCall, Reserved, Settlement};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::vault::{self, Stored};
use super::{Answer, By, Call, Inner, plan};
use crate::chat::{Reply, Usage, canonical_hash};
use crate::definition::Definition;
use crate::error::Error;
use crate::exchange::Ask;
use crate::guardrail::{self, Settings};
use crate::race::{self, Ran};
use crate::semantic::{self, Question};

/// Largest answer that the cache takes, in bytes.
const MOST_CACHED: usize = 1 << 20;
/// Prompts of more tokens are looked at aside: that takes a while.
const LONG: u64 = 50_000;
/// How long an answer is kept under its key: a run may take 30 days.
const KEPT: Duration = Duration::from_secs(35 * 86_400);

pub async fn run(
    inner: Arc<Inner>,
    call: Call,
    pieces: Option<UnboundedSender<Value>>,
) -> Result<Answer, Error> {
    // Under a key there is one call at a time; the second finds the answer of the first.
    let lock = call.caller.key.as_deref();
    let lock = lock.map(|key| inner.key_lock(call.caller.scope.workspace, key));
    let _turn = match &lock {
        Some(lock) => Some(lock.lock().await),
        None => None,
    };
    carry_out(&inner, call, pieces).await
}

/// Where an answer may be kept.
struct Hashes {
    /// Of what is asked.
    request: String,
    key: Option<String>,
    cache: Option<String>,
    /// Where it may also be kept for what means the same.
    question: Option<Question>,
}

async fn carry_out(
    inner: &Arc<Inner>,
    mut call: Call,
    pieces: Option<UnboundedSender<Value>>,
) -> Result<Answer, Error> {
    let at = inner.options.clock.now();
    let scope = call.caller.scope;
    let known =
        inner.options.store.before_call(scope.workspace, call.caller.run, Vec::new(), at).await?;
    let settings: Settings = match &known.settings {
        Some(text) => serde_json::from_str(text)
            .map_err(|error| Error::Definition(format!("the settings for models: {error}")))?,
        None => Settings::default(),
    };
    let (name, definition) = plan::find(&known, &call.name)?;
    call.ask = cleaned(&settings, call.ask).await?;
    let request = match &call.ask {
        Ask::Chat(request) => request.hash(),
        Ask::Embed { texts, rest } => canonical_hash(&json!([texts, rest])),
    };
    let hashes = Hashes {
        key: call.caller.key.as_ref().map(|key| format!("key:{key}#{}", call.round)),
        cache: definition.cache.map(|_| {
            let whole = canonical_hash(&json!([request, definition.targets, call.ask.kind()]));
            format!("cache:{whole}")
        }),
        question: question(inner, &call.ask, &definition),
        request,
    };
    let new = new_call(&call, &name, at)?;
    if let Some(answer) = kept(inner, &call, &hashes, &new, at).await? {
        if let Some(pieces) = pieces {
            for chunk in answer.reply.to_chunks() {
                let _ = pieces.send(chunk);
            }
        }
        return Ok(answer);
    }
    let plan = plan::make(inner, &call, &known, &settings, (name, definition), at).await?;
    let share = plan.worst;
    let new = NewCall { reserve: share, ..new };
    let reserved = inner.options.store.reserve_call(new.clone()).await?;
    granted(reserved, share)?;
    let began = Instant::now();
    let context = race::Context { inner: Arc::clone(inner), new: new.clone(), share };
    let ran = race::run(&context, &plan, pieces).await;
    settle(inner, &settings, &call, &plan, &hashes, new, ran, began.elapsed()).await
}

/// What may leave of it.
async fn cleaned(settings: &Settings, mut ask: Ask) -> Result<Ask, Error> {
    let is_long = ask.input_tokens() > LONG;
    let settings = settings.clone();
    let clean = move || {
        match &mut ask {
            Ask::Chat(request) => settings.apply(request)?,
            Ask::Embed { texts, .. } => {
                texts.iter_mut().try_for_each(|text| settings.apply_text(text))?;
            }
        }
        Ok(ask)
    };
    let cleaned = if is_long {
        let lost = |error: tokio::task::JoinError| Err(error.to_string());
        tokio::task::spawn_blocking(clean).await.unwrap_or_else(lost)
    } else {
        clean()
    };
    cleaned.map_err(Error::Guardrail)
}

fn new_call(call: &Call, name: &str, at: Timestamp) -> Result<NewCall, Error> {
    let random = random::bytes().map_err(|error| Error::Other(error.code(), error.to_string()))?;
    let caller = &call.caller;
    let (day, month) = periods(at);
    Ok(NewCall {
        id: CallId::new(at, random),
        scope: caller.scope,
        bot: caller.bot,
        run: caller.run,
        step: caller.step.clone(),
        evaluation: caller.evaluation,
        key: caller.key.clone(),
        kind: call.ask.kind(),
        asked: name.to_owned(),
        reserve: 0,
        run_limit: caller.run_limit,
        at,
        day,
        month,
    })
}

/// When the day and the month of a time began, in UTC.
pub fn periods(at: Timestamp) -> (Timestamp, Timestamp) {
    let date = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    let begin = |date: jiff::civil::Date| {
        let zoned = date.to_zoned(jiff::tz::TimeZone::UTC);
        zoned.map_or(at, |zoned| Timestamp::from_jiff(zoned.timestamp()))
    };
    (begin(date), begin(date.first_of_month()))
}

/// What is asked, where answers to what means the same will do.
fn question(inner: &Inner, ask: &Ask, definition: &Definition) -> Option<Question> {
    let (embed, Ask::Chat(request)) = (inner.options.meaning.as_deref()?, ask) else { return None };
    let semantic = definition.semantic.filter(|_| definition.cache.is_some())?;
    Question::of(request, &definition.targets, semantic.threshold, embed)
}

/// The answer to the newest question that is nearest to this one, if it means the same.
async fn alike(
    inner: &Inner,
    workspace: WorkspaceId,
    question: &Question,
    at: Timestamp,
) -> Result<Option<Kept>, Error> {
    let store = &inner.options.store;
    let found = store.answers_alike(workspace, question.alike.clone(), at, semantic::MOST).await?;
    let mut best: Option<(f64, String)> = None;
    for alike in found {
        let Some(meaning) = vault::open_meaning(&inner.options.keys, workspace, &alike) else {
            continue;
        };
        let near = question.meaning.nearness(&meaning);
        let near = near.filter(|near| *near >= question.threshold);
        if let Some(near) = near.filter(|near| best.as_ref().is_none_or(|(best, _)| near > best)) {
            best = Some((near, alike.hash));
        }
    }
    match best {
        Some((_, hash)) => Ok(store.kept_answer(workspace, hash, at).await?),
        None => Ok(None),
    }
}

/// The answer that was paid under the same key, or that the cache has.
async fn kept(
    inner: &Arc<Inner>,
    call: &Call,
    hashes: &Hashes,
    new: &NewCall,
    at: Timestamp,
) -> Result<Option<Answer>, Error> {
    let cache = hashes.cache.as_ref().filter(|_| !call.caller.fresh);
    let asked: Vec<String> = hashes.key.iter().chain(cache).cloned().collect();
    if asked.is_empty() {
        return Ok(None);
    }
    let workspace = call.caller.scope.workspace;
    let found = inner.options.store.before_call(workspace, None, asked, at).await?.kept;
    for kept in found {
        let by = if Some(&kept.hash) == hashes.key.as_ref() { By::Key } else { By::Cache };
        if kept.request != hashes.request {
            if by == By::Key {
                return Err(Error::KeyReused);
            }
            continue;
        }
        let Some(stored) = vault::open(&inner.options.keys, workspace, &kept) else { continue };
        return repeat(inner, new, kept, stored, by, at).await.map(Some);
    }
    let question = hashes.question.as_ref().filter(|_| !call.caller.fresh);
    let Some(question) = question else { return Ok(None) };
    let Some(kept) = alike(inner, workspace, question, at).await? else { return Ok(None) };
    match vault::open(&inner.options.keys, workspace, &kept) {
        Some(stored) => repeat(inner, new, kept, stored, By::Semantic, at).await.map(Some),
        None => Ok(None),
    }
}

async fn repeat(
    inner: &Arc<Inner>,
    new: &NewCall,
    kept: Kept,
    stored: Stored,
    by: By,
    at: Timestamp,
) -> Result<Answer, Error> {
    let Stored { body, usage, connection, provider, model, cost } = stored;
    let made_at = Some(kept.made_at);
    let hit = Hit {
        call: new.clone(),
        by: by.as_str(),
        age: at.since(kept.made_at),
        hash: kept.hash,
        connection: Some(connection.clone()),
        provider: Some(provider.clone()),
        model: Some(model.clone()),
        saved: cost,
    };
    inner.options.store.record_hit(hit).await?;
    let usage = usage.unwrap_or_default();
    let reply = Reply { body, usage: Some(usage) };
    Ok(Answer {
        reply,
        call: new.id,
        connection,
        provider,
        model,
        usage,
        cost: 0,
        worth: cost,
        by,
        made_at,
    })
}

/// What a reservation came to, as a call says it.
pub fn granted(reserved: Reserved, worst: i64) -> Result<(), Error> {
    let dollars = |micros: i64| format!("${:.6}", micros as f64 / 1e6);
    match reserved {
        Reserved::Granted => Ok(()),
        Reserved::Over(standing) => {
            let Standing { budget, subject, spent, reserved } = &standing;
            let whose = match budget.scope.as_str() {
                "workspace" => "the workspace".to_owned(),
                scope => format!("the {scope} {subject}"),
            };
            let message = format!(
                "the budget of {whose} for the {} is {}: {} are spent and {} reserved, and this \
                 call could cost {}",
                budget.period,
                dollars(budget.most),
                dollars(*spent),
                dollars(*reserved),
                dollars(worst)
            );
            Err(Error::Budget { message })
        }
        Reserved::OverRun { spent } => Err(Error::Limit(format!(
            "the run has spent {} of its limit, and this call could cost {}",
            dollars(spent),
            dollars(worst)
        ))),
    }
}

#[expect(clippy::too_many_arguments, reason = "everything that a call has come to")]
async fn settle(
    inner: &Arc<Inner>,
    settings: &Settings,
    call: &Call,
    plan: &plan::Plan,
    hashes: &Hashes,
    new: NewCall,
    ran: Ran,
    took: Duration,
) -> Result<Answer, Error> {
    let at = inner.options.clock.now();
    let duration_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    let cost = ran.attempts.iter().fold(0_i64, |sum, attempt| sum.saturating_add(attempt.cost));
    let mut ending = Ending { state: "failed", duration_ms, ..Ending::default() };
    let mut keep = Vec::new();
    let answer = match ran.won {
        Ok(won) => {
            let candidate = &plan.candidates[won.candidate];
            ending.state = "done";
            ending.connection = Some(candidate.connection.clone());
            ending.provider = Some(candidate.provider.clone());
            ending.model = Some(candidate.target.model.clone());
            ending.first_token_ms =
                won.first.map(|first| i64::try_from(first.as_millis()).unwrap_or(i64::MAX));
            let reply = won.done;
            let stored = Stored {
                body: reply.body.clone(),
                usage: reply.usage,
                connection: candidate.connection.clone(),
                provider: candidate.provider.clone(),
                model: candidate.target.model.clone(),
                cost,
            };
            // An answer that was cut off or refused is nothing to repeat to others.
            let whole =
                call.ask.kind() != "chat" || ["stop", "tool_calls"].contains(&reply.finish());
            let key = hashes.key.as_ref().map(|hash| (hash, KEPT));
            let cache = hashes.cache.as_ref().zip(plan.definition.cache).filter(|_| whole);
            for (hash, span) in key.into_iter().chain(cache) {
                let sealed = vault::seal(&inner.options.keys, new.scope.workspace, hash, &stored)?;
                // What was paid under a key is kept whatever its size; the cache is a convenience.
                if hashes.key.as_ref() != Some(hash) && sealed.len() > MOST_CACHED {
                    continue;
                }
                let question =
                    hashes.question.as_ref().filter(|_| hashes.cache.as_ref() == Some(hash));
                let (keys, workspace) = (&inner.options.keys, new.scope.workspace);
                let alike = question.map(|question| {
                    let meaning = vault::seal_meaning(keys, workspace, hash, &question.meaning)?;
                    Ok::<_, Error>((question.alike.clone(), meaning))
                });
                let (alike, expires_at) = (alike.transpose()?, at.plus(span));
                let (hash, request) = (hash.clone(), hashes.request.clone());
                keep.push(Keep { hash, request, sealed, alike, expires_at });
            }
            let usage = reply.usage.unwrap_or_default();
            let Stored { connection, provider, model, .. } = stored;
            let (by, made_at) = (By::Provider, None);
            Ok(Answer {
                reply,
                call: new.id,
                connection,
                provider,
                model,
                usage,
                cost,
                worth: cost,
                by,
                made_at,
            })
        }
        Err(error) => {
            ending.code = Some(error.code().text);
            ending.message = Some(error.to_string().chars().take(2_000).collect());
            Err(error)
        }
    };
    if settings.log_prompts {
        let log = json!({
            "request": logged(&call.ask),
            "reply": answer.as_ref().ok().map(|answer| redacted(answer.reply.body.clone())),
        });
        ending.log = Some(vault::seal_log(&inner.options.keys, new.scope.workspace, new.id, &log)?);
    }
    let late = plan.worst.saturating_mul(ran.running);
    let settlement = Settlement {
        call: new.id,
        scope: new.scope,
        bot: new.bot,
        day: new.day,
        month: new.month,
        release: ran.reserved.saturating_sub(late).max(0),
        attempts: ran.attempts,
        ending: Some(ending),
        keep,
        at,
    };
    warn(&inner.options.store.settle_call(settlement).await?);
    answer
}

/// Budgets that have just passed the share from which on they warn.
pub fn warn(standings: &[Standing]) {
    for Standing { budget, subject, spent, .. } in standings {
        tracing::warn!(
            scope = budget.scope,
            subject,
            period = budget.period,
            spent_micros = spent,
            budget_micros = budget.most,
            "a budget for models passed {} %",
            budget.warn
        );
    }
}

fn logged(ask: &Ask) -> Value {
    match ask {
        Ask::Chat(request) => redacted(json!(request)),
        Ask::Embed { texts, .. } => redacted(json!(texts)),
    }
}

/// Without what the guardrails know, wherever it stands.
fn redacted(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(guardrail::redacted(&text)),
        Value::Array(items) => items.into_iter().map(redacted).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, redacted(value))).collect()
        }
        other => other,
    }
}

/// What an attempt cost: as the provider counted, else an estimate of what came.
pub fn counted(ask: &Ask, usage: Option<Usage>, received: Option<usize>) -> (Usage, &'static str) {
    match (usage, received) {
        (Some(usage), _) => (usage, "provider"),
        (None, Some(bytes)) => {
            let (input, output) = (ask.input_tokens(), crate::tokens::of_text(bytes));
            let output = if ask.kind() == "chat" { output } else { 0 };
            (Usage { input, output, ..Usage::default() }, "estimate")
        }
        (None, None) => (Usage::default(), "nobody"),
    }
}
