//! The documents of knowledge bases: added, watched, removed.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use codex32_model::Timestamp;
use codex32_model::ids::DocumentId;
use codex32_store::knowledge::documents::{About, Document};
use serde::{Deserialize, Serialize};

use crate::auth::{Allowed, ReadKnowledge, WriteKnowledge};
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Body, Path, Query, Raw};
use crate::state::Api;

/// A document of a knowledge base.
#[derive(Serialize, utoipa::ToSchema)]
pub struct KnowledgeDocument {
    #[schema(value_type = String)]
    id: DocumentId,
    name: String,
    title: String,
    /// `text`, `markdown`, `html`, `pdf`, `docx` or `csv`; empty until an address was fetched.
    kind: String,
    source: String,
    tags: Vec<String>,
    /// Whether only its readers see it.
    restricted: bool,
    size: i64,
    /// `queued`, `indexing`, `ready`, `failed` or `cancelled`.
    state: &'static str,
    /// Passages that are ready, and all.
    done: u32,
    total: u32,
    /// Passages embedded since the document was added.
    embedded: i64,
    /// Why it failed, or waits to be tried again.
    code: Option<String>,
    message: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    dated_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    indexed_at: Option<Timestamp>,
}

impl From<Document> for KnowledgeDocument {
    fn from(document: Document) -> Self {
        Self {
            id: document.id,
            name: document.name,
            title: document.title,
            kind: document.kind,
            source: document.source,
            tags: document.tags,
            restricted: document.restricted,
            size: document.size,
            state: document.state.as_str(),
            done: document.done,
            total: document.total,
            embedded: document.embedded,
            code: document.code,
            message: document.message,
            dated_at: document.dated_at,
            created_at: document.created_at,
            indexed_at: document.indexed_at,
        }
    }
}

/// What is told of a document.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AboutQuery {
    /// Unique in its base: a file's path. One that is there is replaced.
    name: String,
    #[serde(default)]
    title: String,
    /// `text`, `markdown`, `html`, `pdf`, `docx` or `csv`; taken from the name and the bytes unless set.
    #[serde(default)]
    kind: String,
    /// What citations name; the name unless set.
    #[serde(default)]
    source: String,
    /// With commas.
    #[serde(default)]
    tags: String,
    /// Ids of the actors and bots that may see it, with commas; unless set, everybody in the workspace.
    readers: Option<String>,
    /// How fresh it is; now unless set.
    #[param(value_type = Option<String>, format = DateTime)]
    dated_at: Option<Timestamp>,
}

fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct AddedDocument {
    document: KnowledgeDocument,
    /// Whether there is anything to do: not for the same bytes under the same name.
    changed: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    /// Fetched now, and whenever the document is looked at anew.
    url: String,
    #[serde(default)]
    title: String,
    /// Taken from what is fetched unless set.
    #[serde(default)]
    kind: String,
    #[serde(default)]
    tags: Vec<String>,
    /// Ids of the actors and bots that may see it; unless set, everybody in the workspace.
    readers: Option<Vec<String>>,
}

fn missing(id: DocumentId) -> Problem {
    Problem::not_found(format!("document `{id}`"))
}

/// List the documents of a knowledge base
#[utoipa::path(get, path = "/knowledge/{base}/documents", operation_id = "list_documents", tag = "Knowledge",
    params(("base" = String, Path), Paging), security(("token" = ["knowledge:read"])),
    responses((status = 200, body = Page<KnowledgeDocument>)))]
pub async fn list(
    allowed: Allowed<ReadKnowledge>,
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<KnowledgeDocument>>> {
    let base = api.options.knowledge.base(allowed.scope, &name).await?;
    let (after, limit) = (paging.after()?, paging.fetch()?);
    let rows = api.options.store.documents(allowed.scope, base.id, after, limit).await?;
    Ok(Json(paging.page(rows, |row| row.id, KnowledgeDocument::from)?))
}

/// Add a document, or replace the one of its name: its bytes as they are, at most 32 MiB
#[utoipa::path(put, path = "/knowledge/{base}/documents", operation_id = "put_document", tag = "Knowledge",
    params(("base" = String, Path), AboutQuery),
    request_body(content = String, content_type = "application/octet-stream"),
    security(("token" = ["knowledge:write"])), responses((status = 202, body = AddedDocument)))]
pub async fn put(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(base): Path<String>,
    Query(about): Query<AboutQuery>,
    Raw(bytes): Raw,
) -> Answer<(StatusCode, Json<AddedDocument>)> {
    let about = About {
        tags: listed(&about.tags),
        readers: about.readers.as_deref().map(listed),
        name: about.name,
        title: about.title,
        kind: about.kind,
        source: about.source,
        dated_at: about.dated_at,
    };
    let knowledge = &api.options.knowledge;
    let (document, changed) = knowledge.put(allowed.scope, &base, about, bytes.to_vec()).await?;
    Ok((StatusCode::ACCEPTED, Json(AddedDocument { document: document.into(), changed })))
}

/// Add the document at an address; it is fetched by the server
#[utoipa::path(post, path = "/knowledge/{base}/addresses", operation_id = "add_address", tag = "Knowledge",
    params(("base" = String, Path)), request_body = NewAddress,
    security(("token" = ["knowledge:write"])), responses((status = 202, body = AddedDocument)))]
pub async fn add_address(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(base): Path<String>,
    Body(new): Body<NewAddress>,
) -> Answer<(StatusCode, Json<AddedDocument>)> {
    let about = About {
        name: new.url,
        title: new.title,
        kind: new.kind,
        tags: new.tags,
        readers: new.readers,
        ..About::default()
    };
    let document = api.options.knowledge.put_address(allowed.scope, &base, about).await?;
    let body = AddedDocument { document: document.into(), changed: true };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// Show a document and how far its indexing is
#[utoipa::path(get, path = "/documents/{document}", operation_id = "show_document", tag = "Knowledge",
    params(("document" = String, Path)), security(("token" = ["knowledge:read"])),
    responses((status = 200, body = KnowledgeDocument)))]
pub async fn show(
    allowed: Allowed<ReadKnowledge>,
    State(api): State<Api>,
    Path(id): Path<DocumentId>,
) -> Answer<Json<KnowledgeDocument>> {
    let found = api.options.store.document(allowed.scope, id).await?;
    Ok(Json(found.ok_or_else(|| missing(id))?.into()))
}

/// Remove a document
#[utoipa::path(delete, path = "/documents/{document}", operation_id = "remove_document", tag = "Knowledge",
    params(("document" = String, Path)), security(("token" = ["knowledge:write"])),
    responses((status = 204)))]
pub async fn remove(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(id): Path<DocumentId>,
) -> Answer<StatusCode> {
    if !api.options.store.remove_document(allowed.scope, id).await? {
        return Err(missing(id));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Look at a document anew; an address is fetched again
#[utoipa::path(post, path = "/documents/{document}/reindex", operation_id = "reindex_document", tag = "Knowledge",
    params(("document" = String, Path)), security(("token" = ["knowledge:write"])),
    responses((status = 202)))]
pub async fn reindex(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(id): Path<DocumentId>,
) -> Answer<StatusCode> {
    if !api.options.store.reindex_document(allowed.scope, id).await? {
        return Err(missing(id));
    }
    api.options.knowledge.wake();
    Ok(StatusCode::ACCEPTED)
}

/// Stop the indexing of a document; what is indexed of it stays
#[utoipa::path(post, path = "/documents/{document}/cancel", operation_id = "cancel_document", tag = "Knowledge",
    params(("document" = String, Path)), security(("token" = ["knowledge:write"])),
    responses((status = 200, body = KnowledgeDocument)))]
pub async fn cancel(
    allowed: Allowed<WriteKnowledge>,
    State(api): State<Api>,
    Path(id): Path<DocumentId>,
) -> Answer<Json<KnowledgeDocument>> {
    api.options.store.cancel_document(allowed.scope, id).await?;
    let found = api.options.store.document(allowed.scope, id).await?;
    Ok(Json(found.ok_or_else(|| missing(id))?.into()))
}
