//! Evaluations: suites carried out with some models and prompts, and what came of them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_evaluation::figures::{Figures, figures};
use codex32_evaluation::{Error, Fault, NewPlan, PlanBot, Use};
use codex32_model::ids::EvaluationId;
use codex32_model::{Scope, Timestamp, Value};
use codex32_store::evaluations::Evaluation as Row;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::checks;
use super::suites::{read, stored};
use crate::auth::{Allowed, ReadEvaluations, UseModels, WriteEvaluations};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvaluation {
    /// A stored suite.
    #[serde(default)]
    suite: Option<String>,
    /// Its newest unless set.
    #[serde(default)]
    version: Option<u32>,
    /// A suite that is not stored: its text (YAML or JSON), or its JSON spelling as an object.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    definition: Option<Value>,
    /// A definition in place of the deployed bot: its text, or its JSON spelling.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    bot: Option<Value>,
    /// In place of the suite's.
    #[serde(default)]
    models: Vec<String>,
    /// In place of the suite's, by name; the step's own prompt is asked as well.
    #[serde(default)]
    #[schema(value_type = Object)]
    prompts: IndexMap<String, String>,
    #[serde(default)]
    repeat: Option<u32>,
    /// Questions at once: 1 to 16, 4 unless set.
    #[serde(default)]
    at_once: Option<u32>,
}

#[derive(Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationState {
    Running,
    Done,
    Cancelled,
    /// It could not go on.
    Failed,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct EvaluationSummary {
    #[schema(value_type = String)]
    id: EvaluationId,
    suite: String,
    /// Of the suite; null: it was not stored.
    version: Option<u32>,
    state: EvaluationState,
    /// Why it did not go on.
    message: Option<String>,
    /// Questions, those that were answered, and the right answers.
    total: u32,
    answered: u32,
    passed: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

/// What came of one model with one prompt.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VariantFigures {
    variant: String,
    answers: usize,
    passed: usize,
    /// Questions that nobody answered.
    errors: usize,
    /// The share of right answers, each case weighing the same.
    pass_at_1: f64,
    /// How often all of k answers to a case are right, for k = 1, 2, …
    pass_hat: Vec<f64>,
    /// Of one answer, without what judges cost.
    cost_usd: f64,
    judging_usd: f64,
    /// Of one answer.
    input_tokens: f64,
    output_tokens: f64,
    p50_ms: i64,
    p95_ms: i64,
    /// The share of right answers of each case.
    #[schema(value_type = Object)]
    cases: BTreeMap<String, f64>,
}

impl From<Figures> for VariantFigures {
    fn from(figures: Figures) -> Self {
        Self {
            variant: figures.variant,
            answers: figures.answers,
            passed: figures.passed,
            errors: figures.errors,
            pass_at_1: figures.pass_at_1,
            pass_hat: figures.pass_hat,
            cost_usd: figures.cost_usd,
            judging_usd: figures.judging_usd,
            input_tokens: figures.input_tokens,
            output_tokens: figures.output_tokens,
            p50_ms: figures.p50_ms,
            p95_ms: figures.p95_ms,
            cases: figures.cases,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct EvaluationBody {
    #[serde(flatten)]
    summary: EvaluationSummary,
    repeat: u32,
    /// The suite's, below which its gate is shut.
    fail_under: Option<f64>,
    /// What all of it cost so far, judges included.
    cost_usd: f64,
    figures: Vec<VariantFigures>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct EvaluationFault {
    /// The kind of the check; `answer`: nobody answered.
    check: String,
    reason: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ToolUse {
    tool: String,
    #[schema(value_type = serde_json::Value)]
    with: Value,
}

/// What came of one question.
#[derive(Serialize, utoipa::ToSchema)]
pub struct EvaluationResult {
    variant: String,
    case: String,
    /// From 1.
    repeat: u32,
    /// `passed`, `failed`, or `error` where nobody answered.
    verdict: String,
    /// Null where it was sealed with a key that is gone.
    prompt: Option<String>,
    #[schema(value_type = serde_json::Value)]
    answer: Value,
    faults: Vec<EvaluationFault>,
    uses: Vec<ToolUse>,
    cost_usd: f64,
    judging_usd: f64,
    input_tokens: i64,
    output_tokens: i64,
    duration_ms: i64,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichEvaluations {
    /// Of this suite.
    suite: Option<String>,
    /// How many at most: 1 to 200, 50 unless set.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichResults {
    /// Only `passed`, `failed` or `error`; `wrong`: the last two.
    verdict: Option<String>,
    variant: Option<String>,
    case: Option<String>,
    /// How many at most: 1 to 200, 50 unless set.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

fn summary(row: &Row) -> EvaluationSummary {
    EvaluationSummary {
        id: row.id,
        suite: row.suite.clone(),
        version: row.version,
        state: match row.state.as_str() {
            "running" => EvaluationState::Running,
            "done" => EvaluationState::Done,
            "cancelled" => EvaluationState::Cancelled,
            _ => EvaluationState::Failed,
        },
        message: row.message.clone(),
        total: row.total,
        answered: row.answered,
        passed: row.passed,
        created_at: row.created_at,
        ended_at: row.ended_at,
    }
}

async fn found(api: &Api, scope: Scope, id: EvaluationId) -> Answer<Row> {
    let row = api.options.store.evaluation(scope, id).await?;
    row.ok_or_else(|| Problem::not_found(format!("evaluation `{id}`")))
}

async fn body(api: &Api, scope: Scope, row: &Row) -> Answer<EvaluationBody> {
    let (plan, kept) = api.options.evaluations.kept(scope, row).await?;
    let samples: Vec<_> = kept.iter().map(codex32_evaluation::Kept::sample).collect();
    let cost: i64 = samples.iter().map(|sample| sample.cost + sample.judging).sum();
    let figures = figures(&plan.names(), &samples);
    Ok(EvaluationBody {
        summary: summary(row),
        repeat: plan.repeat,
        fail_under: plan.suite.fail_under,
        cost_usd: cost as f64 / 1e6,
        figures: figures.into_iter().map(VariantFigures::from).collect(),
    })
}

/// The bot whose step is evaluated, as it is now.
async fn bot(api: &Api, scope: Scope, name: &str, given: Option<&Value>) -> Answer<PlanBot> {
    let store = &api.options.store;
    let row = store.bot(scope, name.to_owned()).await?;
    if let Some(given) = given {
        let reading = checks::read(api, scope, given).await?;
        let Some(bot) = reading.bot else {
            let mut problem = Problem::from(Error::Subject(format!(
                "the definition that is given for `{name}` has errors"
            )));
            problem.more.diagnostics = reading.diagnostics;
            return Err(problem);
        };
        return Ok(PlanBot {
            id: row.map(|row| row.id),
            version: 0,
            definition: codex32_flow::print::to_value(&bot).to_json(),
            bindings: IndexMap::new(),
        });
    }
    let no = || Problem::from(Error::Subject(format!("no bot `{name}` is deployed")));
    let row = row.ok_or_else(no)?;
    let version = store.version(scope.workspace, row.id, row.version).await?.ok_or_else(no)?;
    Ok(PlanBot {
        id: Some(row.id),
        version: row.version,
        definition: version.definition,
        bindings: version.bindings,
    })
}

/// Begin an evaluation: every case with every model and prompt
///
/// It goes on by itself, and through restarts; what it costs counts in the budgets as `evaluation`.
#[utoipa::path(post, path = "/evaluations/runs", operation_id = "begin_evaluation", tag = "Evaluations", request_body = NewEvaluation,
    security(("token" = ["evaluations:write"])), responses((status = 201, body = EvaluationBody)))]
pub async fn begin(
    allowed: Allowed<WriteEvaluations>,
    _: Allowed<UseModels>,
    State(api): State<Api>,
    Body(new): Body<NewEvaluation>,
) -> Answer<(StatusCode, Json<EvaluationBody>)> {
    let scope = allowed.scope;
    let (suite, version) = match (&new.suite, &new.definition) {
        (Some(name), None) => {
            let (suite, row) = stored(&api, scope, name, new.version).await?;
            (suite, Some(row.version))
        }
        (None, Some(definition)) => (read(definition)?, None),
        _ => return Err(Problem::bad_request("it takes either `suite` or `definition`")),
    };
    let bot = match &suite.evaluates.bot {
        Some(name) => Some(bot(&api, scope, name, new.bot.as_ref()).await?),
        None => None,
    };
    let plan = NewPlan {
        bot,
        models: new.models,
        prompts: new.prompts,
        repeat: new.repeat,
        at_once: new.at_once,
    };
    let row = api.options.evaluations.begin(scope, (suite, version), plan).await?;
    Ok((StatusCode::CREATED, Json(body(&api, scope, &row).await?)))
}

/// List the evaluations, the newest first
#[utoipa::path(get, path = "/evaluations/runs", operation_id = "list_evaluations", tag = "Evaluations", params(WhichEvaluations),
    security(("token" = ["evaluations:read"])), responses((status = 200, body = Page<EvaluationSummary>)))]
pub async fn list(
    allowed: Allowed<ReadEvaluations>,
    State(api): State<Api>,
    Query(which): Query<WhichEvaluations>,
) -> Answer<Json<Page<EvaluationSummary>>> {
    let paging = Paging { limit: which.limit, cursor: which.cursor };
    let (before, most) = (paging.after()?, paging.fetch()?);
    let rows = api.options.store.evaluations(allowed.scope, which.suite, before, most).await?;
    Ok(Json(paging.page(rows, |row| row.id, |row| summary(&row))?))
}

/// Show an evaluation with its figures
#[utoipa::path(get, path = "/evaluations/runs/{id}", operation_id = "show_evaluation", tag = "Evaluations",
    params(("id" = String, Path)), security(("token" = ["evaluations:read"])),
    responses((status = 200, body = EvaluationBody)))]
pub async fn show(
    allowed: Allowed<ReadEvaluations>,
    State(api): State<Api>,
    Path(id): Path<EvaluationId>,
) -> Answer<Json<EvaluationBody>> {
    let row = found(&api, allowed.scope, id).await?;
    body(&api, allowed.scope, &row).await.map(Json)
}

/// List what came of the questions: prompts, answers, and what is wrong with them
#[utoipa::path(get, path = "/evaluations/runs/{id}/results", operation_id = "list_evaluation_results", tag = "Evaluations",
    params(("id" = String, Path), WhichResults), security(("token" = ["evaluations:read"])),
    responses((status = 200, body = Page<EvaluationResult>)))]
pub async fn results(
    allowed: Allowed<ReadEvaluations>,
    State(api): State<Api>,
    Path(id): Path<EvaluationId>,
    Query(which): Query<WhichResults>,
) -> Answer<Json<Page<EvaluationResult>>> {
    let evaluations = &api.options.evaluations;
    let row = found(&api, allowed.scope, id).await?;
    let (_, kept) = evaluations.kept(allowed.scope, &row).await?;
    let paging = Paging { limit: which.limit, cursor: which.cursor };
    let after: Option<(u32, u32, u32)> = paging.after()?;
    let place = |kept: &codex32_evaluation::Kept| {
        let question = kept.question;
        (question.variant, question.number, question.repeat)
    };
    let meant = kept.into_iter().filter(|kept| {
        let verdict = kept.outcome.verdict.as_str();
        after.is_none_or(|after| place(kept) > after)
            && which.variant.as_ref().is_none_or(|variant| *variant == kept.variant)
            && which.case.as_ref().is_none_or(|case| *case == kept.case)
            && match which.verdict.as_deref() {
                None => true,
                Some("wrong") => verdict != "passed",
                Some(wanted) => verdict == wanted,
            }
    });
    let rows = meant.take(paging.fetch()? as usize).collect();
    let page = paging.page(rows, place, |kept| {
        let told = evaluations.open(id, &kept);
        let (prompt, told) =
            (told.as_ref().map(|told| told.prompt.clone()), told.unwrap_or_default());
        let fault = |Fault { check, reason }| EvaluationFault { check, reason };
        let used = |Use { tool, with }| ToolUse { tool, with };
        EvaluationResult {
            variant: kept.variant,
            case: kept.case,
            repeat: kept.question.repeat + 1,
            verdict: kept.outcome.verdict,
            prompt,
            answer: told.answer,
            faults: told.faults.into_iter().map(fault).collect(),
            uses: told.uses.into_iter().map(used).collect(),
            cost_usd: kept.outcome.cost as f64 / 1e6,
            judging_usd: kept.outcome.judging as f64 / 1e6,
            input_tokens: kept.outcome.input,
            output_tokens: kept.outcome.output,
            duration_ms: kept.outcome.duration_ms,
        }
    });
    page.map(Json)
}

/// Cancel an evaluation; what was answered stays
#[utoipa::path(post, path = "/evaluations/runs/{id}/cancel", operation_id = "cancel_evaluation", tag = "Evaluations",
    params(("id" = String, Path)), security(("token" = ["evaluations:write"])),
    responses((status = 200, body = EvaluationBody)))]
pub async fn cancel(
    allowed: Allowed<WriteEvaluations>,
    State(api): State<Api>,
    Path(id): Path<EvaluationId>,
) -> Answer<Json<EvaluationBody>> {
    api.options.store.cancel_evaluation(allowed.scope, id, api.now()).await?;
    let row = found(&api, allowed.scope, id).await?;
    body(&api, allowed.scope, &row).await.map(Json)
}

/// Remove an evaluation that is over
#[utoipa::path(delete, path = "/evaluations/runs/{id}", operation_id = "remove_evaluation", tag = "Evaluations",
    params(("id" = String, Path)), security(("token" = ["evaluations:write"])), responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteEvaluations>,
    State(api): State<Api>,
    Path(id): Path<EvaluationId>,
) -> Answer<StatusCode> {
    if api.options.store.remove_evaluation(allowed.scope, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("evaluation `{id}` that is over")))
    }
}
