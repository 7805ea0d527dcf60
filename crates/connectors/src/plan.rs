//! A manifest's actions with all expressions compiled, ready to run.

mod compile;
mod names;

use std::collections::HashMap;

use codex32_flow::expr::{Compiled, Expr, Template};

pub use crate::manifest::Idempotency;
use crate::manifest::{AuthScheme, BodyForm, ErrorKind, KeyPlace, Manifest, RateLimit};

pub use compile::{authority_ends, compile};
pub use names::{Failed, Names};

/// One connector.
#[derive(Debug)]
pub struct Plan {
    pub base_url: Option<Template>,
    pub auth: HashMap<String, AuthPlan>,
    pub actions: HashMap<String, ActionPlan>,
    pub triggers: HashMap<String, TriggerPlan>,
    pub test: Option<TestPlan>,
    /// Rules of the connector, after those of the action.
    pub errors: Vec<Rule>,
    pub rate_limit: RateLimit,
}

#[derive(Debug)]
pub struct AuthPlan {
    pub scheme: AuthScheme,
    pub base_url: Option<Template>,
    /// Place, name and value of an API key.
    pub key: Option<(KeyPlace, Template, Template)>,
    pub headers: Vec<(String, Template)>,
    pub oauth: Option<OauthPlan>,
}

/// Where a kind of connection signs in by OAuth 2.
#[derive(Debug)]
pub struct OauthPlan {
    pub authorization: Template,
    pub token: Template,
    pub scopes: Vec<String>,
    /// The client signs in with HTTP's basic scheme instead of fields of the form.
    pub basic: bool,
}

#[derive(Debug)]
pub struct ActionPlan {
    /// Before the exchange, in this order.
    pub lookups: Vec<LookupPlan>,
    pub exchange: Exchange,
    pub by_auth: HashMap<String, Exchange>,
    pub paging: Option<PagingPlan>,
    pub each: Option<EachPlan>,
    pub idempotency: Option<Idempotency>,
    /// The kinds of connection that it works with.
    pub kinds: Vec<String>,
}

/// A read whose value later expressions see as `lookup.NAME`.
#[derive(Debug)]
pub struct LookupPlan {
    pub name: String,
    pub when: Option<Expr>,
    pub from: LookupFrom,
    pub missing: Option<Compiled>,
}

#[derive(Debug)]
pub enum LookupFrom {
    /// Its output is the value.
    Exchange(Box<Exchange>),
    Value(Expr),
}

/// Another read for each item; its output takes the item's place.
#[derive(Debug)]
pub struct EachPlan {
    pub items: Expr,
    pub exchange: Exchange,
}

/// A request and what its answer means.
#[derive(Debug)]
pub struct Exchange {
    pub request: RequestPlan,
    pub output: Compiled,
    pub ok: Option<Expr>,
    pub form: BodyForm,
    pub errors: Vec<Rule>,
}

/// How to look for what happened.
#[derive(Debug)]
pub struct TriggerPlan {
    pub lookups: Vec<LookupPlan>,
    pub exchange: Exchange,
    pub paging: Option<PagingPlan>,
    /// The list within the answer.
    pub items: Expr,
    pub oldest_first: bool,
    pub each: Option<EachPlan>,
    pub id: Expr,
    pub data: Compiled,
}

#[derive(Debug)]
pub struct TestPlan {
    pub exchange: Exchange,
    pub kinds: Vec<String>,
}

#[derive(Debug)]
pub struct RequestPlan {
    pub method: Compiled,
    pub target: Target,
    pub query: Compiled,
    /// Those of the connector first.
    pub headers: Vec<Compiled>,
    pub body: BodyPlan,
    pub timeout: Option<Compiled>,
    pub max_bytes: Option<Compiled>,
}

#[derive(Debug)]
pub enum Target {
    Path(Template),
    Url {
        template: Template,
        /// The manifest or the connection says which server it is, not a parameter: it may be another
        /// than that of `base_url`.
        trusted: bool,
    },
}

#[derive(Debug)]
pub enum BodyPlan {
    None,
    Json(Compiled),
    Form(Compiled),
    Text(Compiled),
    Bytes(Compiled),
    Any { value: Compiled, encoding: Option<Compiled> },
}

#[derive(Debug)]
pub struct PagingPlan {
    pub items: Expr,
    pub next: Next,
    pub limit: Option<Expr>,
    pub max_pages: u32,
}

#[derive(Debug)]
pub enum Next {
    Cursor(Expr, Slot),
    Url(Expr),
    Link(String),
    Page(i64, Slot),
    Offset(i64, Slot),
}

/// Where cursor, page or offset go.
#[derive(Debug, Clone)]
pub enum Slot {
    Query(String),
    Json(String),
}

#[derive(Debug)]
pub struct Rule {
    /// Inclusive ranges of statuses; empty means any.
    pub status: Vec<(u16, u16)>,
    pub when: Option<Expr>,
    pub kind: ErrorKind,
    pub message: Option<Compiled>,
    pub retryable: Option<bool>,
    pub retry_after: Option<Expr>,
}

/// The kinds of connection that sign in to the service.
fn signing_in(manifest: &Manifest) -> Vec<String> {
    let kinds = manifest.auth.iter();
    let kinds = kinds.filter(|(_, auth)| auth.scheme != AuthScheme::SigningSecret);
    kinds.map(|(name, _)| name.clone()).collect()
}
