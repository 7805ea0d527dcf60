//! Knowledge bases, and what is found in them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_knowledge::{BUILT_IN, Error, Hit, NewBase as New, Query as Asked, Who};
use codex32_model::codes::knowledge as codes;
use codex32_model::definition::Bot;
use codex32_model::{Diagnostic, Place, Scope, Timestamp};
use codex32_store::knowledge::{Base, Holds};
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadKnowledge, WriteKnowledge};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path};
use crate::state::Api;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Store(inner) => return Self::from(inner.clone()),
            Error::NoBase(_) => StatusCode::NOT_FOUND,
            Error::Unfit { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Kind(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::TooLarge(_) | Error::Bounds(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::Unreadable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Fetch { .. } | Error::Model { .. } => StatusCode::BAD_GATEWAY,
        };
        let problem = Self::new(status, error.code(), error.to_string());
        match error {
            Error::Unfit { field, detail } => problem.fault(field, detail),
            _ => problem,
        }
    }
}

/// Documents that are searched together.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KnowledgeBase {
    name: String,
    description: String,
    /// Whose words are stemmed.
    language: String,
    /// Who embeds: `built-in`, or a model of the workspace.
    model: String,
    documents: u32,
    ready: u32,
    failed: u32,
    /// Passages that can be found.
    passages: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<(Base, Holds)> for KnowledgeBase {
    fn from((base, holds): (Base, Holds)) -> Self {
        Self {
            name: base.name,
            description: base.description,
            language: base.language,
            model: base.model,
            documents: holds.documents,
            ready: holds.ready,
            failed: holds.failed,
            passages: holds.chunks,
            created_at: base.created_at,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKnowledgeBase {
    name: String,
    #[serde(default)]
    description: String,
    /// `english` unless set; `none` stems nothing.
    #[serde(default = "english")]
    language: String,
    /// `built-in` unless set, or a model of the workspace that embeds.
    #[serde(default = "built_in")]
    model: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedKnowledgeBase {
    description: Option<String>,
    /// Another one has everything indexed anew.
    language: Option<String>,
    /// Another one has everything embedded anew.
    model: Option<String>,
}

fn english() -> String {
    "english".to_owned()
}

fn built_in() -> String {
    BUILT_IN.to_owned()
}

async fn shown(api: &Api, scope: Scope, name: &str) -> Answer<KnowledgeBase> {
    let bases = api.options.store.bases(scope).await?;
    let found = bases.into_iter().find(|(base, _)| base.name == name);
    Ok(found.ok_or_else(|| Error::NoBase(name.to_owned()))?.into())
}

/// A warning for each base that a bot names and that is not there.
pub async fn missing(api: &Api, scope: Scope, bot: &Bot) -> Answer<Vec<Diagnostic>> {
    let mut out = Vec::new();
    for (name, path) in codex32_flow::knowledge::bases(bot) {
        if api.options.store.base(scope, name.clone()).await?.is_some() {
            continue;
        }
        let message = format!("there is no knowledge base `{name}`; the step fails without it");
        let place = Place { path, ..Place::default() };
        let hint = format!("make it with `codex32 knowledge create {name}`");
        out.push(Diagnostic::warning(codes::NO_BASE, place, message).suggest(hint));
    }
    Ok(out)
}

/// List the knowledge bases
#[utoipa::path(get, path = "/knowledge", operation_id = "list_knowledge_bases", tag = "Knowledge",
    security(("token" = ["knowledge:read"])), responses((status = 200, body = Vec<KnowledgeBase>)))]
pub async fn list(
    allowed: Allowed<ReadKnowledge>,
    State(api): State<Api>,
) -> Answer<Json<Vec<KnowledgeBase>>> {
    let bases = api.options.store.bases(allowed.scope).await?;
    Ok(Json(bases.into_iter().map(KnowledgeBase::from).collect()))
}

/// Create a knowledge base
#[utoipa::path(post, path = "/knowledge", operation_id = "create_knowledge_base", tag = "Knowledge",
    request_body = NewKnowledgeBase, security(("token" = ["knowledge:write"])),
    responses((status = 201, body = KnowledgeBase)))]
pub async fn create(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Body(new): Body<NewKnowledgeBase>,
) -> Answer<(StatusCode, Json<KnowledgeBase>)> {
    let NewKnowledgeBase { name, description, language, model } = new;
    let new = New { name, description, language, model };
    let base = api.options.knowledge.create(allowed.scope, new).await?;
    Ok((StatusCode::CREATED, Json((base, Holds::default()).into())))
}

/// Show a knowledge base
#[utoipa::path(get, path = "/knowledge/{base}", operation_id = "show_knowledge_base", tag = "Knowledge",
    params(("base" = String, Path)), security(("token" = ["knowledge:read"])),
    responses((status = 200, body = KnowledgeBase)))]
pub async fn show(
    allowed: Allowed<ReadKnowledge>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Json<KnowledgeBase>> {
    Ok(Json(shown(&api, allowed.scope, &name).await?))
}

/// Change a knowledge base; everything in it is looked at anew
#[utoipa::path(put, path = "/knowledge/{base}", operation_id = "change_knowledge_base", tag = "Knowledge",
    params(("base" = String, Path)), request_body = ChangedKnowledgeBase,
    security(("token" = ["knowledge:write"])), responses((status = 200, body = KnowledgeBase)))]
pub async fn change(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(new): Body<ChangedKnowledgeBase>,
) -> Answer<Json<KnowledgeBase>> {
    let knowledge = &api.options.knowledge;
    let mut base = knowledge.base(allowed.scope, &name).await?;
    base.description = new.description.unwrap_or(base.description);
    base.language = new.language.unwrap_or(base.language);
    base.model = new.model.unwrap_or(base.model);
    knowledge.change(allowed.scope, base).await?;
    Ok(Json(shown(&api, allowed.scope, &name).await?))
}

/// Remove a knowledge base with all that is in it
#[utoipa::path(delete, path = "/knowledge/{base}", operation_id = "remove_knowledge_base", tag = "Knowledge",
    params(("base" = String, Path)), security(("token" = ["knowledge:write"])),
    responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    if !api.options.store.remove_base(allowed.scope, name.clone()).await? {
        return Err(Error::NoBase(name).into());
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Look at all documents of a knowledge base anew; addresses are fetched again
#[utoipa::path(post, path = "/knowledge/{base}/reindex", operation_id = "reindex_knowledge_base",
    tag = "Knowledge", params(("base" = String, Path)), security(("token" = ["knowledge:write"])),
    responses((status = 202)))]
pub async fn reindex(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    let knowledge = &api.options.knowledge;
    let base = knowledge.base(allowed.scope, &name).await?;
    api.options.store.reindex_base(allowed.scope, base.id).await?;
    knowledge.wake();
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeQuery {
    query: String,
    /// 1 to 100; 5 unless set.
    top: Option<u32>,
    /// Only documents of this kind.
    kind: Option<String>,
    /// Only documents with this tag.
    tag: Option<String>,
    /// Only the document of this name.
    document: Option<String>,
    /// Only documents dated since then.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// After so many days a passage counts half as much.
    half_life_days: Option<f64>,
    /// What the actor or bot of this id would find; unless set, everything.
    reader: Option<String>,
}

/// A passage with where it stands.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FoundPassage {
    text: String,
    /// Above 0, at most 1; comparable within one answer.
    score: f64,
    /// The document's title and the headings above the passage.
    title: String,
    /// What a citation names: an address, a file.
    source: String,
    /// The document's id.
    document: String,
    /// The document's name.
    name: String,
    /// Which of the document's passages it is, from 0.
    position: u32,
    #[schema(value_type = String, format = DateTime)]
    dated_at: Timestamp,
}

impl From<Hit> for FoundPassage {
    fn from(hit: Hit) -> Self {
        Self {
            text: hit.text,
            score: hit.score,
            title: hit.title,
            source: hit.source,
            document: hit.document.to_string(),
            name: hit.name,
            position: hit.position,
            dated_at: hit.dated_at,
        }
    }
}

/// Search a knowledge base
#[utoipa::path(post, path = "/knowledge/{base}/search", operation_id = "search_knowledge_base", tag = "Knowledge",
    params(("base" = String, Path)), request_body = KnowledgeQuery,
    security(("token" = ["knowledge:read"])), responses((status = 200, body = Vec<FoundPassage>)))]
pub async fn search(
    allowed: Allowed<ReadKnowledge>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Body(asked): Body<KnowledgeQuery>,
) -> Answer<Json<Vec<FoundPassage>>> {
    let days = asked.half_life_days.map(|days| {
        let fits = (0.01..=100_000.0).contains(&days);
        let half = std::time::Duration::from_secs_f64(if fits { days * 86_400.0 } else { 0.0 });
        fits.then_some(half).ok_or_else(|| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                codes::UNFIT,
                "`half_life_days` is 0.01 to 100000",
            )
        })
    });
    let query = Asked {
        text: asked.query,
        top: asked.top.unwrap_or(5),
        kind: asked.kind,
        tag: asked.tag,
        document: asked.document,
        since: asked.since,
        half_life: days.transpose()?,
    };
    let who = asked.reader.map_or(Who::Keeper, Who::Reader);
    let hits = api.options.knowledge.search(allowed.scope, who, &name, query).await?;
    Ok(Json(hits.into_iter().map(FoundPassage::from).collect()))
}
