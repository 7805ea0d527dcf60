//! Signing a connection in with a browser: the way there, and the way back.
//!
//! A way is open for ten minutes, serves once, and only whoever opened it may come back: otherwise
//! somebody could have another person's account signed in to a connection of their own. Its secrets (the
//! state, PKCE's verifier) are in memory only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use codex32_identity::random;
use codex32_model::codes::{connector, server as codes};
use codex32_model::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::auth::{Allowed, Who, WriteConnections, authenticate};
use crate::problem::{Answer, Problem};
use crate::request::{Path, Query};
use crate::state::Api;
use crate::tokens::Back;
use crate::v1::connections::{find, open};

const OPEN_FOR: Duration = Duration::from_secs(600);
/// Ways that may be open at once.
const MOST: usize = 1_000;

/// Open ways, by the hash of their state.
#[derive(Default)]
pub struct Ways(Mutex<HashMap<[u8; 32], Way>>);

struct Way {
    scope: Scope,
    connection: String,
    verifier: String,
    end: Timestamp,
}

impl Ways {
    fn add(&self, state: &str, way: Way, now: Timestamp) -> bool {
        let mut ways = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ways.retain(|_, way| way.end > now);
        ways.len() < MOST && ways.insert(hash(state), way).is_none()
    }

    fn take(&self, state: &str, scope: Scope, now: Timestamp) -> Option<Way> {
        let mut ways = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = hash(state);
        let mine = |way: &Way| way.scope == scope && way.end > now;
        if ways.get(&key).is_some_and(mine) { ways.remove(&key) } else { None }
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The address to register with the other side.
pub fn redirect_url(api: &Api) -> String {
    format!("{}/oauth/callback", api.options.public_url)
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Authorization {
    /// Where a person agrees; serves once, within ten minutes.
    url: String,
    /// Where the browser comes back to: the other side has to know it.
    redirect_url: String,
}

/// Begin to sign a connection in with a browser (OAuth 2)
#[utoipa::path(post, path = "/connections/{name}/authorize", operation_id = "authorize_connection", tag = "Connections", params(("name" = String, Path)),
    security(("token" = ["connections:write"])), responses((status = 200, body = Authorization)))]
pub async fn authorize(
    allowed: Allowed<WriteConnections>,
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Answer<Json<Authorization>> {
    let row = find(&api, allowed.scope, &name).await?;
    let credentials = open(&api, allowed.scope, &row)?;
    let secret = || random::bytes::<32>().map(|bytes| BASE64.encode(bytes));
    let state = secret().map_err(Problem::internal)?;
    let verifier = secret().map_err(Problem::internal)?;
    let challenge = BASE64.encode(Sha256::digest(&verifier));
    let redirect_url = redirect_url(&api);
    let url =
        api.options.connectors.authorization_url(&credentials, &redirect_url, &state, &challenge);
    let url = url.map_err(|failure| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, failure.code, failure.message)
    })?;
    let now = api.now();
    let way = Way { scope: allowed.scope, connection: name, verifier, end: now.plus(OPEN_FOR) };
    if !api.ways.add(&state, way, now) {
        let detail = "too many connections are being signed in; try again in ten minutes";
        return Err(
            Problem::new(StatusCode::TOO_MANY_REQUESTS, codes::TOO_MANY, detail).retry_after(600)
        );
    }
    Ok(Json(Authorization { url: url.into(), redirect_url }))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CallbackQuery {
    /// What `authorize` began with.
    #[serde(default)]
    state: String,
    /// What is exchanged for tokens.
    code: Option<String>,
    /// Why there is none.
    error: Option<String>,
    error_description: Option<String>,
    /// Set by this page when it comes back to itself.
    #[serde(default)]
    again: bool,
}

/// Where the other side sends the browser back to
#[utoipa::path(get, path = "/oauth/callback", operation_id = "oauth_callback", tag = "Connections", params(CallbackQuery), security(()),
    responses((status = 303, description = "Signed in; goes to the connection's page")))]
pub async fn callback(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(query): Query<CallbackQuery>,
) -> Answer<Response> {
    if authenticate(&api, &Method::GET, &headers) != Who::Owner {
        // Coming from another site, the browser keeps the session's cookie back. It sends it when this
        // page itself goes on.
        if !query.again {
            return Ok(once_more(&query));
        }
        let detail = "sign in to Codex-32 in this browser (`codex32 sign-in-link`), then load this page again";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, codes::UNAUTHENTICATED, detail));
    }
    let scope = api.owner();
    let Some(way) = api.ways.take(&query.state, scope, api.now()) else {
        let detail = "this way back was used before, is older than ten minutes, or was opened by somebody else; authorize the connection again";
        return Err(Problem::new(StatusCode::GONE, codes::EXPIRED_LINK, detail));
    };
    let refused =
        |detail: String| Problem::new(StatusCode::BAD_GATEWAY, connector::SIGN_IN_AGAIN, detail);
    let Some(code) = query.code else {
        let why = query.error_description.or(query.error).unwrap_or_default();
        let why: String = why.chars().filter(|c| !c.is_control()).take(300).collect();
        return Err(refused(format!("the other side did not agree: {why}")));
    };
    let back = Back { redirect: redirect_url(&api), code, verifier: way.verifier };
    let done = api.options.tokens.sign_in(scope, &way.connection, back).await;
    done.map_err(|failure| Problem::new(StatusCode::BAD_GATEWAY, failure.code, failure.message))?;
    api.options.engine.connections_changed(scope).await;
    let place = format!("/connections/{}", way.connection);
    Ok(Redirect::to(&place).into_response())
}

/// A page that loads the same address anew. Nothing on the way is kept: every answer of this server
/// says `no-store` and `no-referrer`.
fn once_more(query: &CallbackQuery) -> Response {
    let mut url = String::from("/oauth/callback?again=true");
    let pairs = [
        ("state", Some(query.state.as_str())),
        ("code", query.code.as_deref()),
        ("error", query.error.as_deref()),
        ("error_description", query.error_description.as_deref()),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            // Letters, digits, `-._~` and `%` only: nothing that means something in HTML.
            url.push_str(&format!("&amp;{name}={}", encode(value)));
        }
    }
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=\"0; url={url}\"><title>Signing in …</title><p>Signing in … <a href=\"{url}\">Go on</a></p></html>"
    );
    // The usual policy takes the page's origin away, and with it the cookie.
    let policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
