//! Approvals: what `approve` steps ask people, and the answers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_engine::Verdict;
use codex32_model::ids::{ApprovalId, RunId};
use codex32_model::{Scope, Timestamp, Value};
use codex32_store::approvals::{Approval, ApprovalState, Filter, LogEntry, Notice};
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, DecideApprovals, ReadApprovals};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

/// What people call the holder of the owner's token, until there are people.
const OWNER: &str = "owner";

#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApprovalState)]
pub enum StateShape {
    Open,
    Approved,
    Rejected,
    /// Nobody answered in time: `silence` counts.
    Expired,
    /// The run went another way, or ended.
    Cancelled,
}

impl From<ApprovalState> for StateShape {
    fn from(state: ApprovalState) -> Self {
        match state {
            ApprovalState::Open => Self::Open,
            ApprovalState::Approved => Self::Approved,
            ApprovalState::Rejected => Self::Rejected,
            ApprovalState::Expired => Self::Expired,
            ApprovalState::Cancelled => Self::Cancelled,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApprovalDecision)]
pub enum Choice {
    Approve,
    Reject,
}

/// What somebody said.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SaidBody {
    approved: bool,
    /// Who: an address, a channel, or `owner`.
    by: String,
    /// `api` (also the interface and the command line) or `link` (a message's page).
    via: String,
    at: String,
    comment: Option<String>,
    /// The form as it was filled in.
    #[schema(value_type = Option<Object>)]
    form: Value,
}

/// An approval in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ApprovalBody {
    #[schema(value_type = String)]
    id: ApprovalId,
    #[schema(value_type = String)]
    run: RunId,
    /// The address of the step that asks.
    step: String,
    /// The bot's name.
    bot: String,
    question: String,
    /// JSON Schema of the fields that are filled in with a yes.
    #[schema(value_type = Object)]
    form: serde_json::Value,
    state: StateShape,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// When `silence` counts.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// What counts when nobody answers in time.
    silence: Choice,
    /// The answer; while the state is `open`, it is on its way to the run.
    said: Option<SaidBody>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl From<Approval> for ApprovalBody {
    fn from(approval: Approval) -> Self {
        let Approval { id, run, address, bot_name, text, form, state, .. } = approval;
        let Approval { asked_at, expires_at, silence, decision, ended_at, .. } = approval;
        Self {
            id,
            run,
            step: address,
            bot: bot_name,
            question: text,
            form: serde_json::from_str(&form).unwrap_or_default(),
            state: state.into(),
            asked_at,
            expires_at,
            silence: if silence { Choice::Approve } else { Choice::Reject },
            said: decision.as_ref().map(said),
            ended_at,
        }
    }
}

fn said(decision: &Value) -> SaidBody {
    let text = |name: &str| decision.get(name).map(Value::to_text).unwrap_or_default();
    SaidBody {
        approved: decision.get("approved").is_some_and(Value::truthy),
        by: text("by"),
        via: text("via"),
        at: text("at"),
        comment: Some(text("comment")).filter(|comment| !comment.is_empty()),
        form: decision.get("form").cloned().unwrap_or_default(),
    }
}

/// Somebody who is told of an approval.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NoticeBody {
    /// An email address, or a channel that begins with `#`.
    recipient: String,
    /// Who handed it on to them; none: the step names them.
    named_by: Option<String>,
    /// `due`, `sent`, `failed`, or `dropped`: it was over before.
    state: &'static str,
    attempts: u32,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How it went.
    note: Option<String>,
}

impl From<Notice> for NoticeBody {
    fn from(notice: Notice) -> Self {
        let Notice { recipient, named_by, state, attempts, at, note, .. } = notice;
        Self { recipient, named_by, state: state.as_str(), attempts, at, note }
    }
}

/// Something that happened to an approval.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LogBody {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `asked`, `sent`, `failed`, `handed_on`, `approved`, `rejected`, `expired`, `cancelled`, or `late`:
    /// an answer that came too late.
    what: String,
    /// Who did it, or who was told.
    who: Option<String>,
    note: Option<String>,
}

impl From<LogEntry> for LogBody {
    fn from(entry: LogEntry) -> Self {
        let LogEntry { at, what, who, note } = entry;
        Self { at, what, who, note }
    }
}

/// An approval with everything that happened to it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WholeApproval {
    #[serde(flatten)]
    approval: ApprovalBody,
    people: Vec<NoticeBody>,
    log: Vec<LogBody>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those in this state.
    #[param(value_type = Option<StateShape>)]
    state: Option<String>,
    /// Only those of this run.
    #[param(value_type = Option<String>)]
    run: Option<RunId>,
    /// Only those of the bot of this name.
    bot: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List approvals, newest first
#[utoipa::path(get, path = "/approvals", operation_id = "list_approvals", tag = "Approvals", params(ListQuery),
    security(("token" = ["approvals:read"])), responses((status = 200, body = Page<ApprovalBody>)))]
pub async fn list(
    allowed: Allowed<ReadApprovals>,
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<ApprovalBody>>> {
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let bot = match query.bot {
        Some(name) => Some(super::bots::find(&api, allowed.scope, &name).await?.id),
        None => None,
    };
    let state = query.state.as_deref().map(state).transpose()?;
    let (before, limit) = (paging.after()?, paging.fetch()?);
    let filter = Filter { state, run: query.run, bot, before, limit };
    let approvals = api.options.store.approvals(allowed.scope, filter).await?;
    paging.page(approvals, |approval| approval.id, ApprovalBody::from).map(Json)
}

fn state(text: &str) -> Answer<ApprovalState> {
    ApprovalState::parse(text).ok_or_else(|| {
        let states = ApprovalState::ALL.map(ApprovalState::as_str).join(", ");
        Problem::bad_request(format!("`{text}` is not the state of an approval"))
            .fault("query.state", format!("one of {states}"))
    })
}

/// Show an approval: who was told of it, who answered, and all that happened to it
#[utoipa::path(get, path = "/approvals/{id}", operation_id = "show_approval", tag = "Approvals",
    params(("id" = String, Path)), security(("token" = ["approvals:read"])),
    responses((status = 200, body = WholeApproval)))]
pub async fn show(
    allowed: Allowed<ReadApprovals>,
    State(api): State<Api>,
    Path(id): Path<ApprovalId>,
) -> Answer<Json<WholeApproval>> {
    let approval = api.options.engine.approval(allowed.scope, id).await?;
    whole(&api, allowed.scope, approval).await.map(Json)
}

async fn whole(api: &Api, scope: Scope, approval: Approval) -> Answer<WholeApproval> {
    let store = &api.options.store;
    let people = store.notices(scope, approval.id).await?;
    let log = store.approval_log(scope, approval.id).await?;
    Ok(WholeApproval {
        approval: approval.into(),
        people: people.into_iter().map(NoticeBody::from).collect(),
        log: log.into_iter().map(LogBody::from).collect(),
    })
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DecideApproval)]
pub struct Decide {
    decision: Choice,
    /// Why, at most 2,000 characters.
    #[serde(default)]
    comment: Option<String>,
    /// The fields of the approval's form; may be left out with a no.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    form: Value,
}

/// Approve or reject; the first answer counts
#[utoipa::path(post, path = "/approvals/{id}/decide", operation_id = "decide_approval", tag = "Approvals",
    params(("id" = String, Path)), request_body = Decide, security(("token" = ["approvals:decide"])),
    responses((status = 200, description = "Decided", body = WholeApproval),
        (status = 202, description = "Recorded; the run takes it as soon as it can", body = WholeApproval)))]
pub async fn decide(
    allowed: Allowed<DecideApprovals>,
    State(api): State<Api>,
    Path(id): Path<ApprovalId>,
    Body(decide): Body<Decide>,
) -> Answer<(StatusCode, Json<WholeApproval>)> {
    let verdict = Verdict {
        approved: matches!(decide.decision, Choice::Approve),
        by: OWNER.to_owned(),
        via: "api",
        comment: decide.comment.unwrap_or_default(),
        form: decide.form,
        coerce: false,
    };
    let approval = api.options.engine.answer(allowed.scope, id, verdict).await?;
    let open = approval.state == ApprovalState::Open;
    let status = if open { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(whole(&api, allowed.scope, approval).await?)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DelegateApproval)]
pub struct Delegate {
    /// An email address that was not asked yet.
    to: String,
}

/// Hand an approval on to another address, which gets a link of its own
#[utoipa::path(post, path = "/approvals/{id}/delegate", operation_id = "delegate_approval", tag = "Approvals",
    params(("id" = String, Path)), request_body = Delegate, security(("token" = ["approvals:decide"])),
    responses((status = 202, body = WholeApproval)))]
pub async fn delegate(
    allowed: Allowed<DecideApprovals>,
    State(api): State<Api>,
    Path(id): Path<ApprovalId>,
    Body(delegate): Body<Delegate>,
) -> Answer<(StatusCode, Json<WholeApproval>)> {
    let engine = &api.options.engine;
    engine.hand_on(allowed.scope, id, delegate.to, OWNER.to_owned()).await?;
    let approval = engine.approval(allowed.scope, id).await?;
    Ok((StatusCode::ACCEPTED, Json(whole(&api, allowed.scope, approval).await?)))
}
