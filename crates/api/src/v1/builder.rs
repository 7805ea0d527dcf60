//! Conversations that build bots.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_author::Question;
use codex32_builder::conversation::{From as Speaker, Refused, Said};
use codex32_builder::diff::{Change, Hunk};
use codex32_builder::needs::{self, Needs};
use codex32_builder::{Conversation, Options, World};
use codex32_flow::parse;
use codex32_identity::random;
use codex32_model::codes::builder as codes;
use codex32_model::ids::BuilderSessionId;
use codex32_model::{Scope, Timestamp};
use codex32_store::builder_sessions::BuilderSession;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::checks::{Known, zone};
use super::drafts::{Desk, Effort, builder_connections};
use super::shapes::QuestionShape;
use super::spelled::Spelled;
use crate::auth::{Allowed, ReadBots, WriteBots};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query};
use crate::state::Api;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// What the bot should do; with `bot` what should change.
    #[serde(default)]
    sentence: Option<String>,
    /// A bot that is there, to begin from its newest version.
    #[serde(default)]
    bot: Option<String>,
    /// A named model of the workspace, or `CONNECTION/MODEL`; the workspace's default unless set.
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    effort: Effort,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Saying {
    /// In words: a change, a question, an answer, `yes`, `undo`.
    #[serde(default)]
    text: Option<String>,
    /// Answers to open questions, by their ids.
    #[serde(default)]
    answers: IndexMap<String, String>,
    /// A definition that was changed by hand takes the place of the one that is.
    #[serde(default)]
    definition: Option<String>,
    /// The revision that this is said about; without it the newest.
    #[serde(default)]
    revision: Option<i64>,
    /// A named model of the workspace, or `CONNECTION/MODEL`; the workspace's default unless set.
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    effort: Effort,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accepting {
    /// The numbers of the pieces that are taken; all unless set.
    #[serde(default)]
    pieces: Vec<usize>,
    /// The revision whose proposal is meant.
    #[serde(default)]
    revision: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionSummary {
    #[schema(value_type = String)]
    id: BuilderSessionId,
    /// The first words.
    title: String,
    /// The bot that it began from.
    bot: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct MessageBody {
    /// `person` or `builder`.
    from: &'static str,
    text: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who made what it tells of: `compiler` or `model`.
    by: Option<&'static str>,
    /// The code of a refusal.
    code: Option<String>,
    /// Answers to choose from.
    choices: Vec<String>,
}

/// A piece of a proposal.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HunkBody {
    /// From 1.
    number: usize,
    /// `added`, `removed`, `changed` or `moved`.
    change: &'static str,
    path: String,
    title: String,
    /// As YAML; empty where there is nothing.
    before: String,
    after: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ProposalBody {
    /// The definition with all of it taken, as YAML.
    text: String,
    by: &'static str,
    pieces: Vec<HunkBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct NeededConnection {
    name: String,
    connector: String,
    bound: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct NeededModel {
    step: String,
    /// Empty for the workspace's default.
    model: String,
    /// For one call, estimated.
    input_tokens: u64,
    output_tokens: u64,
    for_each: bool,
}

/// What it will need and may cost.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NeedsBody {
    connections: Vec<NeededConnection>,
    permissions: Vec<String>,
    /// Starts in the next 30 days by its schedules; `null` when only others start it.
    runs_a_month: Option<u64>,
    models: Vec<NeededModel>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionBody {
    #[serde(flatten)]
    summary: SessionSummary,
    /// Counts changes.
    revision: i64,
    messages: Vec<MessageBody>,
    #[serde(flatten)]
    spelled: Spelled,
    #[schema(value_type = Vec<QuestionShape>)]
    questions: Vec<Question>,
    proposal: Option<ProposalBody>,
    can_undo: bool,
    needs: Option<NeedsBody>,
    /// What language models took for it.
    cost_usd: f64,
}

/// A conversation that was read, with what it may do.
struct Open {
    row: BuilderSession,
    talk: Conversation,
}

async fn open(
    api: &Api,
    scope: Scope,
    id: BuilderSessionId,
    revision: Option<i64>,
) -> Answer<Open> {
    let row = api.options.store.builder_session(scope, id).await?;
    let row = row.ok_or_else(|| Problem::not_found("such conversation"))?;
    if revision.is_some_and(|revision| revision != row.revision) {
        return Err(moved_on());
    }
    let talk = serde_json::from_str(&row.state).map_err(Problem::internal)?;
    Ok(Open { row, talk })
}

fn moved_on() -> Problem {
    let detail = "something was said in this conversation meanwhile: read it again";
    Problem::new(StatusCode::CONFLICT, codes::MOVED_ON, detail)
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, refused.code, refused.message);
        problem.more.diagnostics = refused.diagnostics;
        problem
    }
}

impl Open {
    /// Writes it down, and shows it.
    async fn keep(mut self, api: &Api, scope: Scope) -> Answer<Json<SessionBody>> {
        self.row.state = serde_json::to_string(&self.talk).map_err(Problem::internal)?;
        self.row.title = self.talk.title();
        self.row.changed_at = api.now();
        if !api.options.store.change_builder_session(scope, self.row.clone()).await? {
            return Err(moved_on());
        }
        self.row.revision += 1;
        self.shown(api, scope).await
    }

    async fn shown(self, api: &Api, scope: Scope) -> Answer<Json<SessionBody>> {
        let zone = zone(api, scope).await?;
        let known = Known::of(api, scope).await?;
        let connections = builder_connections(api, scope).await?;
        let Self { row, talk } = self;
        let bot = talk.bot();
        let text = talk.current.as_ref().map(|current| current.definition.as_str());
        let needs = bot.as_ref().map(|bot| needs::of(bot, &known, &connections, &zone, api.now()));
        let pieces = talk.hunks().into_iter().map(hunk).collect();
        let proposal = talk.proposal.as_ref().map(|proposal| ProposalBody {
            text: proposal.definition.clone(),
            by: by(proposal.by),
            pieces,
        });
        Ok(Json(SessionBody {
            revision: row.revision,
            summary: summary(row),
            messages: talk.messages.iter().map(message).collect(),
            spelled: bot.map(|bot| Spelled::of(&bot, text, &zone, api.now())).unwrap_or_default(),
            questions: talk.questions().to_vec(),
            proposal,
            can_undo: !talk.past.is_empty() || talk.proposal.is_some(),
            needs: needs.map(needed),
            cost_usd: talk.cost as f64 / 1e6,
        }))
    }
}

const fn by(by: codex32_builder::By) -> &'static str {
    match by {
        codex32_builder::By::Compiler => "compiler",
        codex32_builder::By::Model => "model",
    }
}

fn message(said: &Said) -> MessageBody {
    MessageBody {
        from: match said.from {
            Speaker::Person => "person",
            Speaker::Builder => "builder",
        },
        text: said.text.clone(),
        at: said.at,
        by: said.by.map(by),
        code: said.code.clone(),
        choices: said.choices.clone(),
    }
}

fn hunk(hunk: Hunk) -> HunkBody {
    HunkBody {
        number: hunk.number,
        change: match hunk.change {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
            Change::Moved => "moved",
        },
        path: hunk.path,
        title: hunk.title,
        before: hunk.before,
        after: hunk.after,
    }
}

fn needed(needs: Needs) -> NeedsBody {
    let connections = needs.connections.into_iter().map(|used| NeededConnection {
        name: used.name,
        connector: used.connector,
        bound: used.bound,
    });
    let models = needs.models.into_iter().map(|used| NeededModel {
        step: used.step,
        model: used.model,
        input_tokens: used.input_tokens,
        output_tokens: used.output_tokens,
        for_each: used.for_each,
    });
    NeedsBody {
        connections: connections.collect(),
        permissions: needs.permissions,
        runs_a_month: needs.runs_a_month,
        models: models.collect(),
    }
}

fn summary(row: BuilderSession) -> SessionSummary {
    SessionSummary {
        id: row.id,
        title: row.title,
        bot: row.bot,
        created_at: row.created_at,
        changed_at: row.changed_at,
    }
}

/// Carries out something in the world of the workspace.
macro_rules! in_world {
    ($api:expr, $scope:expr, $name:expr, $effort:expr, |$world:ident| $body:expr) => {{
        let desk = Desk::of($api, $scope, $name, $effort).await?;
        let model = desk.model();
        let $world = World {
            catalogue: &desk.known,
            bots: &desk.bots,
            zone: &desk.zone,
            connections: &desk.connections,
            now: $api.now(),
            model: model.as_ref().map(|model| model as &dyn codex32_builder::Model),
            trial: &desk.trial,
            options: Options { depth: desk.depth, ..Options::default() },
        };
        $body
    }};
}

/// Begin a conversation that builds a bot
#[utoipa::path(post, path = "/builder/sessions", operation_id = "begin_builder_session", tag = "Authoring", request_body = NewSession,
    security(("token" = ["bots:write"])), responses((status = 201, body = SessionBody)))]
pub async fn begin(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Body(new): Body<NewSession>,
) -> Answer<(StatusCode, Json<SessionBody>)> {
    let scope = allowed.scope;
    let mut talk = match &new.bot {
        Some(name) => {
            let live = api.options.store.live_definitions(scope).await?;
            let text = live.into_iter().find(|(live, _)| live == name).map(|(_, text)| text);
            let bot = text.and_then(|text| parse::bot(&text).bot);
            Conversation::about(&bot.ok_or_else(|| Problem::not_found(format!("bot `{name}`")))?)
        }
        None => Conversation::default(),
    };
    if let Some(sentence) = &new.sentence {
        in_world!(&api, scope, new.model, new.effort, |world| talk.say(sentence, &world).await)?;
    }
    let now = api.now();
    let row = BuilderSession {
        id: BuilderSessionId::new(now, random::bytes().map_err(Problem::internal)?),
        workspace: scope.workspace,
        title: talk.title(),
        bot: new.bot,
        state: serde_json::to_string(&talk).map_err(Problem::internal)?,
        revision: 0,
        created_at: now,
        changed_at: now,
    };
    api.options.store.begin_builder_session(scope, row.clone()).await?;
    Ok((StatusCode::CREATED, Open { row, talk }.shown(&api, scope).await?))
}

/// List the conversations, the newest first
#[utoipa::path(get, path = "/builder/sessions", operation_id = "list_builder_sessions", tag = "Authoring", params(Paging),
    security(("token" = ["bots:read"])), responses((status = 200, body = Page<SessionSummary>)))]
pub async fn list(
    allowed: Allowed<ReadBots>,
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<SessionSummary>>> {
    let before = paging.after()?;
    let rows = api.options.store.builder_sessions(allowed.scope, before, paging.fetch()?).await?;
    Ok(Json(paging.page(rows, |row| row.id, summary)?))
}

/// Show a conversation
#[utoipa::path(get, path = "/builder/sessions/{id}", operation_id = "show_builder_session", tag = "Authoring",
    params(("id" = String, Path)), security(("token" = ["bots:read"])), responses((status = 200, body = SessionBody)))]
pub async fn show(
    allowed: Allowed<ReadBots>,
    State(api): State<Api>,
    Path(id): Path<BuilderSessionId>,
) -> Answer<Json<SessionBody>> {
    open(&api, allowed.scope, id, None).await?.shown(&api, allowed.scope).await
}

/// Say something
///
/// A change becomes a proposal, in pieces that are accepted together or one by one; an answer to a question goes to
/// its place at once.
#[utoipa::path(post, path = "/builder/sessions/{id}/messages", operation_id = "say_to_builder", tag = "Authoring",
    params(("id" = String, Path)), request_body = Saying, security(("token" = ["bots:write"])), responses((status = 200, body = SessionBody)))]
pub async fn say(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(id): Path<BuilderSessionId>,
    Body(saying): Body<Saying>,
) -> Answer<Json<SessionBody>> {
    let scope = allowed.scope;
    let mut found = open(&api, scope, id, saying.revision).await?;
    in_world!(&api, scope, saying.model, saying.effort, |world| {
        if let Some(definition) = &saying.definition {
            found.talk.replace(definition, &world)?;
        }
        if !saying.answers.is_empty() {
            found.talk.answer_questions(saying.answers, &world).await?;
        }
        if let Some(text) = &saying.text {
            found.talk.say(text, &world).await?;
        }
    });
    found.keep(&api, scope).await
}

/// Accept a proposal, whole or in pieces
#[utoipa::path(post, path = "/builder/sessions/{id}/accept", operation_id = "accept_proposal", tag = "Authoring",
    params(("id" = String, Path)), request_body = Accepting, security(("token" = ["bots:write"])), responses((status = 200, body = SessionBody)))]
pub async fn accept(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(id): Path<BuilderSessionId>,
    Body(accepting): Body<Accepting>,
) -> Answer<Json<SessionBody>> {
    let scope = allowed.scope;
    let mut found = open(&api, scope, id, accepting.revision).await?;
    in_world!(&api, scope, None, Effort::Offline, |world| found
        .talk
        .accept(&accepting.pieces, &world))?;
    found.keep(&api, scope).await
}

/// Undo the last change, or drop the proposal
#[utoipa::path(post, path = "/builder/sessions/{id}/undo", operation_id = "undo_in_builder", tag = "Authoring",
    params(("id" = String, Path)), security(("token" = ["bots:write"])), responses((status = 200, body = SessionBody)))]
pub async fn undo(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(id): Path<BuilderSessionId>,
) -> Answer<Json<SessionBody>> {
    let scope = allowed.scope;
    let mut found = open(&api, scope, id, None).await?;
    in_world!(&api, scope, None, Effort::Offline, |world| found.talk.undo(&world))?;
    found.keep(&api, scope).await
}

/// Delete a conversation; its bot stays
#[utoipa::path(delete, path = "/builder/sessions/{id}", operation_id = "delete_builder_session", tag = "Authoring",
    params(("id" = String, Path)), security(("token" = ["bots:write"])), responses((status = 204)))]
pub async fn delete(
    allowed: Allowed<WriteBots>,
    State(api): State<Api>,
    Path(id): Path<BuilderSessionId>,
) -> Answer<StatusCode> {
    if api.options.store.delete_builder_session(allowed.scope, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("such conversation"))
    }
}
