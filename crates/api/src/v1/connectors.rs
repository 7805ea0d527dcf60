//! What bots can do: connectors, their actions and their kinds of connection.

use axum::Json;
use axum::extract::State;
use codex32_connectors::manifest::AuthScheme;
use codex32_connectors::{Connectors, fields_of};
use codex32_flow::schema::{schema_to_json, to_json_schema};
use codex32_model::Value as Sample;
use codex32_model::action::{
    ActionExample, ActionSpec, Catalogue, ConnectionNeed, ConnectorSpec, Effect,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::{Allowed, ReadCatalogue};
use crate::oauth;
use crate::page::{Page, Paging};
use crate::problem::{Answer, Problem};
use crate::request::{Path, Query};
use crate::state::Api;

#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorRow {
    name: String,
    title: String,
    description: String,
    /// Names of its actions.
    actions: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ConnectorDetail {
    name: String,
    title: String,
    description: String,
    actions: Vec<ActionBody>,
    /// Kinds of connection; none if it takes no connection.
    connections: Vec<Kind>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ActionBody {
    /// `connector.action`.
    name: String,
    title: String,
    description: String,
    /// `read`, `write`, or `store` (rows of our own database).
    effect: &'static str,
    /// `none`, `optional` or `required`.
    connection: &'static str,
    /// JSON Schema of `with`.
    #[schema(value_type = Object)]
    params: Value,
    /// JSON Schema of the output.
    #[schema(value_type = Object)]
    output: Value,
    examples: Vec<Example>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Example {
    title: String,
    #[schema(value_type = Object)]
    with: Sample,
    #[schema(value_type = Value)]
    output: Sample,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Kind {
    name: String,
    /// `none`, `api_key`, `bearer`, `basic`, `headers`, `oauth2`, `signing_secret` or `smtp`.
    #[serde(rename = "type")]
    scheme: &'static str,
    title: Option<String>,
    /// How to get the credentials. Markdown.
    help: Option<String>,
    /// `oauth2` only: the address to register with the other side.
    redirect_url: Option<String>,
    fields: Vec<KindField>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct KindField {
    name: String,
    title: Option<String>,
    description: Option<String>,
    required: bool,
    secret: bool,
    /// JSON Schema of its value.
    #[schema(value_type = Object)]
    schema: Value,
}

impl From<&ActionSpec> for ActionBody {
    fn from(action: &ActionSpec) -> Self {
        Self {
            name: action.name.clone(),
            title: action.title.clone(),
            description: action.description.clone(),
            effect: match action.effect {
                Effect::Store => "store",
                Effect::Read => "read",
                Effect::Write => "write",
            },
            connection: match action.connection {
                ConnectionNeed::None => "none",
                ConnectionNeed::Optional => "optional",
                ConnectionNeed::Required => "required",
            },
            params: to_json_schema(&action.params),
            output: schema_to_json(&action.output),
            examples: action.examples.iter().map(Example::from).collect(),
        }
    }
}

impl From<&ActionExample> for Example {
    fn from(example: &ActionExample) -> Self {
        let ActionExample { title, with, output } = example.clone();
        Self { title, with, output }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Words: only connectors with actions that fit them, the best first.
    q: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// List or search the connectors
#[utoipa::path(get, path = "/connectors", operation_id = "list_connectors", tag = "Authoring", params(ListQuery),
    security(("token" = ["catalogue:read"])), responses((status = 200, body = Page<ConnectorRow>)))]
pub async fn list(
    _: Allowed<ReadCatalogue>,
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<ConnectorRow>>> {
    let paging = Paging { limit: query.limit, cursor: query.cursor };
    let connectors = api.options.connectors.connectors();
    let rows = match query.q.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        Some(words) => found(connectors, words),
        None => {
            connectors.connectors().iter().map(|spec| row(connectors, spec, |_| true)).collect()
        }
    };
    let after: u32 = paging.after()?.unwrap_or(0);
    let most = paging.fetch()? as usize;
    let rows = rows.into_iter().zip(1_u32..).skip(after as usize).take(most).collect::<Vec<_>>();
    paging.page(rows, |(_, place)| *place, |(row, _)| row).map(Json)
}

/// Show a connector: actions with parameters and examples, kinds of connection with fields
#[utoipa::path(get, path = "/connectors/{name}", operation_id = "show_connector", tag = "Authoring", params(("name" = String, Path)),
    security(("token" = ["catalogue:read"])), responses((status = 200, body = ConnectorDetail)))]
pub async fn show(
    _: Allowed<ReadCatalogue>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Json<ConnectorDetail>> {
    let connectors = api.options.connectors.connectors();
    let spec = connectors.connectors().iter().find(|spec| spec.name == name);
    let spec = spec.ok_or_else(|| Problem::not_found(format!("connector `{name}`")))?;
    let actions = connectors.actions().iter().filter(|action| action.connector == name);
    Ok(Json(ConnectorDetail {
        name: spec.name.clone(),
        title: spec.title.clone(),
        description: spec.description.clone(),
        actions: actions.map(ActionBody::from).collect(),
        connections: kinds(connectors, &name, &oauth::redirect_url(&api)),
    }))
}

fn row(
    connectors: &Connectors,
    spec: &ConnectorSpec,
    shown: impl Fn(&ActionSpec) -> bool,
) -> ConnectorRow {
    let own = |action: &&ActionSpec| action.connector == spec.name && shown(action);
    ConnectorRow {
        name: spec.name.clone(),
        title: spec.title.clone(),
        description: spec.description.clone(),
        actions: connectors
            .actions()
            .iter()
            .filter(own)
            .map(|action| action.name.clone())
            .collect(),
    }
}

/// Connectors by the rank of their best action, with the actions that fit.
fn found(connectors: &Connectors, words: &str) -> Vec<ConnectorRow> {
    let best = codex32_connectors::search(connectors, words, 50);
    let mut order: Vec<&str> = Vec::new();
    for action in &best {
        if !order.contains(&action.connector.as_str()) {
            order.push(&action.connector);
        }
    }
    let spec = |name: &&str| connectors.connectors().iter().find(|spec| spec.name == **name);
    let fits = |action: &ActionSpec| best.iter().any(|found| found.name == action.name);
    order.iter().filter_map(spec).map(|spec| row(connectors, spec, fits)).collect()
}

fn kinds(connectors: &Connectors, name: &str, redirect_url: &str) -> Vec<Kind> {
    let Some(manifest) = connectors.manifest(name) else { return Vec::new() };
    let kind = |(kind, auth): (&String, &codex32_connectors::manifest::Auth)| Kind {
        name: kind.clone(),
        scheme: auth.scheme.name(),
        title: auth.title.clone(),
        help: auth.help.clone(),
        redirect_url: (auth.scheme == AuthScheme::Oauth2).then(|| redirect_url.to_owned()),
        fields: fields_of(manifest, kind)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, field)| KindField {
                name,
                title: field.title,
                description: field.field.description.clone(),
                required: field.field.required,
                secret: field.secret,
                schema: schema_to_json(&field.field.schema),
            })
            .collect(),
    };
    manifest.auth.iter().map(kind).collect()
}
