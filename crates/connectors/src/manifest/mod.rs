//! What a connector's YAML manifest says: data that the runtime executes, not code.
//!
//! Invariant: everything here is as written. Expressions are kept as text in [`Value`]s and compiled
//! by [`crate::catalogue`], so that a manifest with a mistake never becomes part of the catalogue.
//! docs/connector-manifests.md describes the format for people.

mod fields;
pub mod read;

use codex32_model::action::{ConnectionNeed, Effect, OnUnknown};
use codex32_model::{Fields, Schema, Value};
use indexmap::IndexMap;
use serde::Deserialize;

pub use fields::{ConnectionField, ConnectionFields};

type Map<T> = IndexMap<String, T>;

/// Reads before a request, by the name that their value has in expressions.
pub type Lookups = Map<Lookup>;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The name before the dot: `[a-z][a-z0-9_]*`.
    pub connector: String,
    pub title: String,
    pub description: String,
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// The vendor's documentation.
    pub docs: Option<String>,
    /// Templates for values that are used twice; YAML anchors point in here.
    #[serde(default, rename = "shared")]
    _shared: Option<serde::de::IgnoredAny>,
    /// The kinds of connection, by name. None: the connector takes no connection.
    #[serde(default)]
    pub auth: Map<Auth>,
    /// Fields that every kind of connection has besides those of its kind.
    #[serde(default)]
    pub connection: ConnectionFields,
    /// A step that names no connection uses the workspace's connection that is named like the
    /// connector, if there is one. Only for connectors whose credentials serve one fixed server.
    #[serde(default)]
    pub default_connection: bool,
    /// What `path` of a request is appended to.
    pub base_url: Option<String>,
    /// Sent with every request.
    #[serde(default)]
    pub headers: Map<Value>,
    pub test: Option<Test>,
    /// Tried after those of the action, before the general rules for HTTP statuses.
    #[serde(default)]
    pub errors: Vec<ErrorRule>,
    #[serde(default)]
    pub rate_limit: RateLimit,
    #[serde(default)]
    pub actions: Map<Action>,
    #[serde(default)]
    pub triggers: Map<AppTrigger>,
}

/// One kind of connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    #[serde(rename = "type")]
    pub scheme: AuthScheme,
    pub title: Option<String>,
    /// How to get the credentials. Markdown.
    pub help: Option<String>,
    /// More fields, or other descriptions for those that the type brings.
    #[serde(default)]
    pub fields: ConnectionFields,
    /// `api_key` only: where the key goes.
    #[serde(rename = "in")]
    pub place: Option<KeyPlace>,
    /// `api_key` only: the header or query parameter; a template over `connection`.
    pub name: Option<String>,
    /// `api_key` only: what is sent, `{{ connection.key }}` unless set.
    pub value: Option<String>,
    /// `headers` only: templates over `connection`.
    #[serde(default)]
    pub headers: Map<String>,
    /// Replaces the connector's.
    pub base_url: Option<String>,
    /// `oauth2` only.
    pub authorization_url: Option<String>,
    pub token_url: Option<String>,
    #[serde(default)]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub client_auth: ClientAuth,
}

/// How an OAuth 2 client signs in to the token address (RFC 6749, 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// `client_id` and `client_secret` as fields of the form.
    #[default]
    Form,
    /// HTTP's basic scheme.
    Basic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthScheme {
    /// Nothing is added to requests; the fields serve templates, such as an address that is a secret.
    None,
    ApiKey,
    Bearer,
    Basic,
    Headers,
    Oauth2,
    /// A secret that webhooks are signed with; for `verify`, not for actions.
    SigningSecret,
    Smtp,
}

impl AuthScheme {
    /// As manifests spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ApiKey => "api_key",
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Headers => "headers",
            Self::Oauth2 => "oauth2",
            Self::SigningSecret => "signing_secret",
            Self::Smtp => "smtp",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    Header,
    Query,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub title: String,
    pub description: String,
    #[serde(default)]
    pub synonyms: Vec<String>,
    #[serde(default, deserialize_with = "fields::read_fields")]
    pub params: Fields,
    #[serde(default, deserialize_with = "fields::read_schema")]
    pub output: Schema,
    #[serde(deserialize_with = "fields::read_effect")]
    pub effect: Effect,
    #[serde(default, deserialize_with = "fields::read_on_unknown")]
    pub on_unknown: OnUnknown,
    /// Whether it deletes, pays, or otherwise does what cannot be taken back; a request with the method
    /// DELETE does unless this says no. An agent asks people before it uses it.
    pub destructive: Option<bool>,
    /// By default `required` if the connector has kinds of connection, else `none`.
    #[serde(default, deserialize_with = "fields::read_need")]
    pub connection: Option<ConnectionNeed>,
    /// The kinds of connection that it works with; all that authenticate requests unless said.
    pub auth: Option<Vec<String>>,
    /// Executed by Rust code; there is no `request`.
    #[serde(default)]
    pub native: bool,
    /// Reads before the request, in this order; each gives `lookup.NAME`.
    #[serde(default)]
    pub lookups: Lookups,
    pub request: Option<Request>,
    #[serde(default)]
    pub response: Response,
    /// Another request for connections of some kind.
    #[serde(default)]
    pub by_auth: Map<Variant>,
    pub paging: Option<Paging>,
    /// For reads: another request for each item of the answer.
    pub each: Option<Each>,
    #[serde(default)]
    pub errors: Vec<ErrorRule>,
    /// Where the idempotency key of a write goes.
    pub idempotency: Option<Idempotency>,
    pub examples: Vec<Example>,
}

impl Action {
    /// Whether what it does cannot be taken back.
    pub fn is_destructive(&self) -> bool {
        let deletes = self.request.as_ref().is_some_and(|request| request.method == "DELETE");
        self.destructive.unwrap_or(deletes)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub request: Request,
    #[serde(default)]
    pub response: Response,
    #[serde(default)]
    pub errors: Vec<ErrorRule>,
}

/// What the request needs and people do not know: the id of what they call by its name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// One expression; when it is false, nothing is sent and `lookup.NAME` is `null`.
    pub when: Option<String>,
    /// Without one, the value is computed from what is known already.
    pub request: Option<Request>,
    /// What `lookup.NAME` is: one expression, over `response` too if there is a request.
    pub value: String,
    /// Fails with this if the value is `null`: as `not_found`, or as a parameter that does not fit if
    /// there is no request.
    pub missing: Option<String>,
}

/// A list that names things only: another read for each tells what they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The list; `response.items` unless set, which paging fills.
    pub items: Option<String>,
    /// Sees one of them as `item`.
    pub request: Request,
    /// What takes the item's place in `response.items`; `{{ response.body }}` unless set.
    pub value: Option<String>,
}

/// Templates over `params`, `connection` and `lookup`. Entries whose value is one expression that gives `null`
/// are left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    /// Appended to `base_url`; expressions in it are percent-encoded, each into one segment.
    pub path: Option<String>,
    /// Instead of `path`: a whole address.
    pub url: Option<String>,
    #[serde(default)]
    pub query: Value,
    #[serde(default)]
    pub headers: Value,
    /// One of these five.
    pub json: Option<Value>,
    pub form: Option<Value>,
    pub text: Option<Value>,
    /// Base64 of the bytes that are sent.
    pub bytes: Option<Value>,
    /// A body whose form is known only when it runs: text as it is, anything else as JSON; `encoding`
    /// (`json`, `form`, `text`) may force it.
    pub body: Option<Value>,
    pub encoding: Option<String>,
    /// A duration, shorter than the step's.
    pub timeout: Option<String>,
    /// Largest answer, in bytes.
    pub max_bytes: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// A template over `response` (`{status, headers, body, encoding, items}`), `params` and `connection`;
    /// `{{ response.body }}` unless set.
    pub output: Option<Value>,
    /// Whether the answer is a success, before any error rule; status below 400 unless set.
    pub ok: Option<String>,
    #[serde(default, rename = "as")]
    pub form: BodyForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyForm {
    /// JSON when the content type says so, else text.
    #[default]
    Auto,
    Json,
    Text,
}

/// How to get the next page: exactly one of `cursor`, `next_url`, `link`, `page`, `offset`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// The list within one answer; all pages together are `response.items`.
    pub items: String,
    /// Gives the next cursor; `null` or empty ends.
    pub cursor: Option<String>,
    /// Gives the next address, on the same host; `null` or empty ends.
    pub next_url: Option<String>,
    /// The relation in the `Link` header (RFC 8288), mostly `next`.
    pub link: Option<String>,
    /// The number of the first page; an empty page ends.
    pub page: Option<i64>,
    /// The first offset; it grows by the items read; an empty page ends.
    pub offset: Option<i64>,
    /// Where cursor, page or offset go: `query.NAME` or `json.NAME`.
    pub into: Option<String>,
    /// How many items are wanted in all.
    pub limit: Option<String>,
    #[serde(default = "Paging::default_pages")]
    pub max_pages: u32,
}

impl Paging {
    const fn default_pages() -> u32 {
        20
    }
}

/// The first rule that matches an answer names the failure. A rule with `when` also makes failures
/// of answers with a good status.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorRule {
    /// A status, a list of them, or a class such as `4xx`.
    pub status: Option<Value>,
    /// One expression over `response`.
    pub when: Option<String>,
    pub kind: ErrorKind,
    pub message: Option<String>,
    /// By default only `rate_limit` and `server` are.
    pub retryable: Option<bool>,
    /// One expression: the seconds to wait, where the answer's body says them.
    pub retry_after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    Auth,
    NotFound,
    RateLimit,
    Refused,
    Server,
}

/// How the vendor says when to come back; `Retry-After` (RFC 9110) is always understood.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Statuses besides 429 that mean it, such as GitHub's 403.
    #[serde(default)]
    pub status: Vec<u16>,
    /// Another header; only then are `status` and `remaining` looked at.
    pub header: Option<String>,
    #[serde(default)]
    pub form: RateForm,
    /// A header that is `0` when the limit is reached.
    pub remaining: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateForm {
    /// Seconds from now, or an HTTP date.
    #[default]
    Seconds,
    /// Seconds since 1970.
    Epoch,
}

/// Exactly one place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    pub header: Option<String>,
    /// A field of the JSON or form body.
    pub body: Option<String>,
    pub query: Option<String>,
    /// Longest key that the service takes; a longer one is sent as so much of its SHA-256 in hex.
    pub max_length: Option<usize>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub title: String,
    #[serde(default)]
    pub with: Value,
    #[serde(default)]
    pub output: Value,
}

/// The request that shows whether a connection works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    pub request: Request,
    /// Who one is there; shown when the test passes.
    pub message: Option<String>,
    /// The kinds of connection that it can test; all that authenticate requests unless said.
    pub auth: Option<Vec<String>>,
}

/// Something that happens in the other system and can start a bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppTrigger {
    pub title: String,
    pub description: String,
    #[serde(default)]
    pub synonyms: Vec<String>,
    #[serde(default, deserialize_with = "fields::read_fields")]
    pub params: Fields,
    /// The shape of `event.data`.
    #[serde(default, deserialize_with = "fields::read_schema")]
    pub event: Schema,
    /// Looked for by Rust code; there is no `poll`.
    #[serde(default)]
    pub native: bool,
    pub poll: Option<Poll>,
    #[serde(default)]
    pub example: Value,
}

/// How to look for what is new.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// As those of an action.
    #[serde(default)]
    pub lookups: Lookups,
    pub request: Request,
    /// The list within the answer.
    pub items: String,
    /// The list begins with what happened first; mostly it begins with the newest.
    #[serde(default)]
    pub oldest_first: bool,
    /// What an item is known by; seen ones start nothing.
    pub id: String,
    /// The item as `event.data`; `{{ item }}` unless set.
    pub data: Option<Value>,
    pub paging: Option<Paging>,
    /// For items that were not seen before: `data` sees its value as `item`.
    pub each: Option<Each>,
}
