//! Who may do what. A handler takes [`Allowed<P>`] as its first argument, so that a route without a
//! permission is one that visibly reaches nothing of a workspace.
//!
//! The owner may do everything. Every refusal names the permission that was missing (`scope` of
//! `WWW-Authenticate`, RFC 6750), which is also how the matrix test reads them.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use codex32_model::Scope;
use codex32_model::codes::server as codes;

use crate::problem::Problem;
use crate::sign_in;
use crate::state::Api;

/// A permission, by its name in the API.
pub trait Permission: Send + Sync + 'static {
    const NAME: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl Permission for $name {
            const NAME: &'static str = $text;
        }
    )*};
}

permissions! {
    ReadBots = "bots:read";
    /// Deploy, pause, resume, withdraw, delete.
    WriteBots = "bots:write";
    ReadRuns = "runs:read";
    /// Start, cancel, retry.
    WriteRuns = "runs:write";
    ReadApprovals = "approvals:read";
    /// Decide, and hand on.
    DecideApprovals = "approvals:decide";
    ReadEvents = "events:read";
    WriteEvents = "events:write";
    /// Replay events; replay and discard dead letters.
    ReplayEvents = "events:replay";
    ReadConnections = "connections:read";
    WriteConnections = "connections:write";
    ReadEnv = "env:read";
    WriteEnv = "env:write";
    ReadKnowledge = "knowledge:read";
    WriteKnowledge = "knowledge:write";
    ReadOutbox = "outbox:read";
    /// Named models, prices, budgets, and what calls came to.
    ReadModels = "models:read";
    WriteModels = "models:write";
    ReadEvaluations = "evaluations:read";
    /// Suites of cases, and carrying them out.
    WriteEvaluations = "evaluations:write";
    /// Ask models.
    UseModels = "models:use";
    /// Connectors, and what can be made of them: drafts and checks.
    ReadCatalogue = "catalogue:read";
    ReadServer = "server:read";
    /// Release a held store.
    WriteServer = "server:write";
    /// Make links that sign in as oneself.
    SignIn = "sign-in:write";
}

/// Proof that who asks has the permission `P`; carries in whose name the handler acts.
pub struct Allowed<P> {
    pub scope: Scope,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequestParts<Api> for Allowed<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let refuse = |detail: &str| {
            let scheme = format!("Bearer realm=\"codex32\", scope=\"{}\"", P::NAME);
            Problem::new(StatusCode::UNAUTHORIZED, codes::UNAUTHENTICATED, detail)
                .header(header::WWW_AUTHENTICATE, &scheme)
        };
        match authenticate(api, &parts.method, &parts.headers) {
            Who::Owner => Ok(Self { scope: api.owner(), permission: PhantomData }),
            Who::Nobody => Err(refuse("the request carries no token")),
            Who::Unknown => Err(refuse("the server does not know this token")),
            Who::Elsewhere => Err(Problem::new(
                StatusCode::FORBIDDEN,
                codes::FORBIDDEN,
                "a change made with a browser's session has to come from a page of this server",
            )),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Owner,
    Nobody,
    /// A token or session that is not valid.
    Unknown,
    /// A session's change that another site may have caused.
    Elsewhere,
}

/// Reads the bearer token, else the session cookie.
pub fn authenticate(api: &Api, method: &Method, headers: &HeaderMap) -> Who {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        let known = token.is_some_and(|token| api.options.token.matches(token));
        return if known { Who::Owner } else { Who::Unknown };
    }
    let Some(session) = sign_in::session(headers) else { return Who::Nobody };
    if !sign_in::is_valid(api, session) {
        Who::Unknown
    } else if !method.is_safe() && !same_origin(headers) {
        Who::Elsewhere
    } else {
        Who::Owner
    }
}

/// Whether a browser says that the request comes from a page of this very server. The cookie is
/// `SameSite=Strict` already; other ports of the same host count as the same site there.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), ..) => site == "same-origin",
        (None, Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
        }
        _ => false,
    }
}
