//! Suites of cases for the AI steps of bots.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_engine::EngineError;
use codex32_evaluation::case::{Expect, recorded};
use codex32_evaluation::suite::Evaluates;
use codex32_evaluation::{Error, Suite};
use codex32_model::codes::evaluation as codes;
use codex32_model::ids::RunId;
use codex32_model::{Scope, Timestamp, Value};
use codex32_store::evaluations::Suite as Row;
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadEvaluations, ReadRuns, WriteEvaluations};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), error.to_string());
        match error {
            Error::Store(inner) => inner.into(),
            Error::Suite { path, message } => problem.fault(path, message),
            Error::Other(..) => Self::internal(error),
            _ => problem,
        }
    }
}

/// A suite of cases, as it is written; `docs/evaluations.md` tells all of it.
#[derive(utoipa::ToSchema)]
#[schema(as = EvaluationSuiteDefinition)]
#[expect(dead_code, reason = "describes `codex32_evaluation::Suite`")]
pub struct SuiteShape {
    /// Its name: lower-case letters, digits and hyphens.
    suite: String,
    description: Option<String>,
    evaluates: EvaluatesShape,
    /// Models that are compared; the step's own unless set.
    models: Option<Vec<String>>,
    /// Prompts that are compared with the step's own, by name.
    #[schema(value_type = Option<Object>)]
    prompts: Option<Value>,
    /// How often each question is asked; once unless set.
    repeat: Option<u32>,
    /// The share of right answers below which `codex32 eval suite` ends with 1.
    fail_under: Option<f64>,
    /// For every case, besides its own.
    checks: Option<Vec<CheckShape>>,
    cases: Vec<CaseShape>,
}

/// `bot` and `step`, or a prompt of the suite's own.
#[derive(utoipa::ToSchema)]
#[schema(as = EvaluationSubject)]
#[expect(dead_code, reason = "describes `codex32_evaluation::suite::Evaluates`")]
pub struct EvaluatesShape {
    bot: Option<String>,
    /// The id of an `ask` or `agent` step.
    step: Option<String>,
    prompt: Option<String>,
    system: Option<String>,
    model: Option<String>,
    /// As in a step.
    #[schema(value_type = Option<Object>)]
    output: Option<Value>,
}

#[derive(utoipa::ToSchema)]
#[schema(as = EvaluationCase)]
#[expect(dead_code, reason = "describes `codex32_evaluation::Case`")]
pub struct CaseShape {
    /// Unique in its suite.
    name: String,
    /// What the run would have been started with.
    #[schema(value_type = Option<Object>)]
    inputs: Option<Value>,
    /// The other names that the prompt uses: `steps`, `item`, …
    #[schema(value_type = Option<Object>)]
    values: Option<Value>,
    /// What the tools of an agent give.
    tools: Option<Vec<ToolGivesShape>>,
    checks: Option<Vec<CheckShape>>,
}

#[derive(utoipa::ToSchema)]
#[schema(as = EvaluationToolAnswer)]
#[expect(dead_code, reason = "describes `codex32_evaluation::suite::ToolGives`")]
pub struct ToolGivesShape {
    tool: String,
    /// For this use of it: fields of the arguments.
    #[schema(value_type = Option<Object>)]
    with: Option<Value>,
    #[schema(value_type = serde_json::Value)]
    gives: Value,
}

/// One thing that an answer has to keep: exactly one of `exact`, `schema`, `contains`, `not_contains`, `matches`,
/// `expression`, `code` and `judge`.
#[derive(utoipa::ToSchema)]
#[schema(as = EvaluationCheck)]
#[expect(dead_code, reason = "describes `codex32_evaluation::Check`")]
pub struct CheckShape {
    /// The part of the answer that is meant, such as `label` or `items[0].name`.
    at: Option<String>,
    #[schema(value_type = Option<serde_json::Value>)]
    exact: Option<Value>,
    /// A JSON Schema.
    #[schema(value_type = Option<Object>)]
    schema: Option<Value>,
    /// A text or several.
    #[schema(value_type = Option<serde_json::Value>)]
    contains: Option<Value>,
    #[schema(value_type = Option<serde_json::Value>)]
    not_contains: Option<Value>,
    /// A regular expression.
    matches: Option<String>,
    /// Over `answer`, `uses`, `inputs` and the values of the case.
    expression: Option<String>,
    /// TypeScript that returns true or a text that says what is wrong.
    code: Option<String>,
    judge: Option<JudgeShape>,
}

#[derive(utoipa::ToSchema)]
#[schema(as = EvaluationJudge)]
#[expect(dead_code, reason = "describes `codex32_evaluation::suite::Judge`")]
pub struct JudgeShape {
    model: Option<String>,
    rubric: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct EvaluationSuiteSummary {
    name: String,
    /// Counts from 1.
    version: u32,
    description: Option<String>,
    /// The bot and step that it evaluates; null: a prompt of its own.
    bot: Option<String>,
    step: Option<String>,
    cases: usize,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct EvaluationSuite {
    #[serde(flatten)]
    summary: EvaluationSuiteSummary,
    #[schema(value_type = SuiteShape)]
    definition: Value,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvaluationSuite {
    /// The suite: its text (YAML or JSON), or its JSON spelling as an object.
    #[schema(value_type = serde_json::Value)]
    definition: Value,
    /// The version that it was made of, 0 where there was none; unless set, whichever is there.
    #[serde(default)]
    after: Option<u32>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichVersion {
    /// The newest unless set.
    version: Option<u32>,
}

fn parsed(row: &Row) -> Answer<Suite> {
    serde_json::from_str(&row.definition).map_err(Problem::internal)
}

fn summary(row: &Row, suite: &Suite) -> EvaluationSuiteSummary {
    EvaluationSuiteSummary {
        name: row.name.clone(),
        version: row.version,
        description: suite.description.clone(),
        bot: suite.evaluates.bot.clone(),
        step: suite.evaluates.step.clone(),
        cases: suite.cases.len(),
        changed_at: row.created_at,
    }
}

fn body(row: &Row) -> Answer<EvaluationSuite> {
    let definition = Value::from_json(&row.definition).map_err(Problem::internal)?;
    Ok(EvaluationSuite { summary: summary(row, &parsed(row)?), definition })
}

/// A suite as somebody wrote it.
pub(super) fn read(definition: &Value) -> Answer<Suite> {
    let suite = match definition {
        Value::Str(text) => Suite::read(text),
        other => Suite::from_value(other),
    };
    suite.map_err(Problem::from)
}

/// A stored suite.
pub(super) async fn stored(
    api: &Api,
    scope: Scope,
    name: &str,
    version: Option<u32>,
) -> Answer<(Suite, Row)> {
    let found = api.options.store.evaluation_suite(scope, name.to_owned(), version).await?;
    let row = found.ok_or_else(|| Problem::not_found(format!("suite `{name}`")))?;
    Ok((parsed(&row)?, row))
}

async fn keep(api: &Api, scope: Scope, suite: &Suite, after: Option<u32>) -> Answer<Row> {
    let (name, text) = (suite.name.clone(), suite.to_json());
    let store = &api.options.store;
    let kept = store.set_evaluation_suite(scope, (name.clone(), text), after, api.now()).await?;
    let Some(version) = kept else {
        let detail = format!("the suite `{name}` was changed meanwhile: read it again");
        return Err(Problem::new(StatusCode::CONFLICT, codes::CHANGED, detail));
    };
    Ok(stored(api, scope, &name, Some(version)).await?.1)
}

/// List the suites, by name
#[utoipa::path(get, path = "/evaluations/suites", operation_id = "list_evaluation_suites", tag = "Evaluations", params(Paging),
    security(("token" = ["evaluations:read"])), responses((status = 200, body = Page<EvaluationSuiteSummary>)))]
pub async fn list(
    allowed: Allowed<ReadEvaluations>,
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<EvaluationSuiteSummary>>> {
    let store = &api.options.store;
    let rows = store.evaluation_suites(allowed.scope, paging.after()?, paging.fetch()?).await?;
    let read: Answer<Vec<_>> =
        rows.into_iter().map(|row| parsed(&row).map(|suite| summary(&row, &suite))).collect();
    paging.page(read?, |item| item.name.clone(), |item| item).map(Json)
}

/// Show a suite
#[utoipa::path(get, path = "/evaluations/suites/{name}", operation_id = "show_evaluation_suite", tag = "Evaluations",
    params(("name" = String, Path), WhichVersion), security(("token" = ["evaluations:read"])),
    responses((status = 200, body = EvaluationSuite)))]
pub async fn show(
    allowed: Allowed<ReadEvaluations>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(which): Query<WhichVersion>,
) -> Answer<Json<EvaluationSuite>> {
    let (_, row) = stored(&api, allowed.scope, &name, which.version).await?;
    body(&row).map(Json)
}

/// Store a version of a suite
///
/// What is the same as the newest version is none of its own.
#[utoipa::path(put, path = "/evaluations/suites/{name}", operation_id = "set_evaluation_suite", tag = "Evaluations",
    params(("name" = String, Path)), request_body = NewEvaluationSuite, security(("token" = ["evaluations:write"])),
    responses((status = 200, body = EvaluationSuite)))]
pub async fn set(
    allowed: Allowed<WriteEvaluations>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(new): Body<NewEvaluationSuite>,
) -> Answer<Json<EvaluationSuite>> {
    let suite = read(&new.definition)?;
    if suite.name != name {
        let message = format!("the suite is called `{}`, and not `{name}`", suite.name);
        return Err(Error::Suite { path: "suite".to_owned(), message }.into());
    }
    let row = keep(&api, allowed.scope, &suite, new.after).await?;
    body(&row).map(Json)
}

/// Remove a suite with all its versions; what came of it stays
#[utoipa::path(delete, path = "/evaluations/suites/{name}", operation_id = "remove_evaluation_suite", tag = "Evaluations",
    params(("name" = String, Path)), security(("token" = ["evaluations:write"])), responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteEvaluations>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    if api.options.store.remove_evaluation_suite(allowed.scope, name.clone()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("suite `{name}`")))
    }
}

/// What becomes the expectation of a case.
#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedAnswer {
    /// The recorded answer, exactly.
    #[default]
    Exact,
    /// Nothing yet: the checks are written afterwards.
    Open,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseOfRun {
    #[schema(value_type = String)]
    run: RunId,
    /// The address of an `ask` or `agent` step, such as `label` or `issues[2]/label`.
    step: String,
    /// Of the case; unless set, of the run and the step.
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    expect: ExpectedAnswer,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct AddedCase {
    /// The suite as it is now.
    suite: EvaluationSuite,
    /// The name of the case.
    case: String,
}

/// Make a case of what a step of a run saw and answered
///
/// The suite is begun if it is not there.
#[utoipa::path(post, path = "/evaluations/suites/{name}/cases", operation_id = "add_evaluation_case", tag = "Evaluations",
    params(("name" = String, Path)), request_body = CaseOfRun, security(("token" = ["evaluations:write"])),
    responses((status = 201, body = AddedCase)))]
pub async fn add_case(
    allowed: Allowed<WriteEvaluations>,
    _: Allowed<ReadRuns>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(new): Body<CaseOfRun>,
) -> Answer<(StatusCode, Json<AddedCase>)> {
    let (scope, engine) = (allowed.scope, &api.options.engine);
    let moment = engine.moment(scope, new.run, &new.step).await.map_err(|error| match error {
        EngineError::NoStep(why) => Problem::from(Error::Case(why)),
        other => other.into(),
    })?;
    let transcript = engine.transcript(scope, new.run, &new.step).await.ok();
    let found = api.options.store.evaluation_suite(scope, name.clone(), None).await?;
    let (mut suite, version) = match &found {
        Some(row) => (parsed(row)?, row.version),
        None => (begun(&name, &moment.bot, &moment.id), 0),
    };
    let of = (suite.evaluates.bot.as_deref(), suite.evaluates.step.as_deref());
    if of != (Some(moment.bot.as_str()), Some(moment.id.as_str())) {
        let detail = format!(
            "the suite `{name}` evaluates something else than the step `{}` of `{}`",
            moment.id, moment.bot
        );
        return Err(Error::Case(detail).into());
    }
    let wanted = new.name.unwrap_or_else(|| {
        let run = new.run.to_string();
        format!("{} of …{}", new.step, &run[run.len() - 8..])
    });
    let mut case = wanted.clone();
    let mut number = 1;
    while suite.cases.iter().any(|other| other.name == case) {
        number += 1;
        case = format!("{wanted} ({number})");
    }
    let expect = match new.expect {
        ExpectedAnswer::Exact => Expect::Exact,
        ExpectedAnswer::Open => Expect::Open,
    };
    suite.cases.push(recorded(&moment, transcript.as_ref(), case.clone(), expect)?);
    // What was recorded has to do as what somebody writes.
    let suite = Suite::read(&suite.to_json())?;
    let row = keep(&api, scope, &suite, Some(version)).await?;
    Ok((StatusCode::CREATED, Json(AddedCase { suite: body(&row)?, case })))
}

/// A suite without cases.
fn begun(name: &str, bot: &str, step: &str) -> Suite {
    Suite {
        name: name.to_owned(),
        description: None,
        evaluates: Evaluates {
            bot: Some(bot.to_owned()),
            step: Some(step.to_owned()),
            ..Evaluates::default()
        },
        models: Vec::new(),
        prompts: indexmap::IndexMap::new(),
        repeat: None,
        fail_under: None,
        checks: Vec::new(),
        cases: Vec::new(),
    }
}
