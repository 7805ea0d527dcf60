//! Signing in with a browser: a one-time link, and the session cookie that it sets.
//!
//! Links live in memory for ten minutes and serve once. A session is stateless: its end and a MAC under
//! a key derived from the owner's token, so that a new token ends every session.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use codex32_identity::random;
use codex32_model::Timestamp;
use codex32_model::codes::server as codes;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::auth::{Allowed, SignIn};
use crate::problem::{Answer, Problem};
use crate::request::Query;
use crate::state::Api;

const COOKIE: &str = "codex32_session";
const LINK: Duration = Duration::from_secs(600);
const SESSION: Duration = Duration::from_secs(7 * 24 * 3600);
/// Links that may be open at once.
const MOST: usize = 100;

/// Open links: hash of the code to its end.
#[derive(Default)]
pub struct Codes(Mutex<HashMap<[u8; 32], Timestamp>>);

impl Codes {
    fn add(&self, code: &str, now: Timestamp) -> bool {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, end| *end > now);
        codes.len() < MOST && codes.insert(hash(code), now.plus(LINK)).is_none()
    }

    fn take(&self, code: &str, now: Timestamp) -> bool {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.remove(&hash(code)).is_some_and(|end| end > now)
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Link {
    /// Opens once, within ten minutes.
    url: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Make a one-time sign-in link
#[utoipa::path(post, path = "/sign-in-links", operation_id = "create_sign_in_link", tag = "Server", security(("token" = ["sign-in:write"])),
    responses((status = 201, body = Link)))]
pub async fn create_link(
    _: Allowed<SignIn>,
    State(api): State<Api>,
) -> Answer<(StatusCode, Json<Link>)> {
    let (url, expires_at) = link(&api)?;
    Ok((StatusCode::CREATED, Json(Link { url, expires_at })))
}

/// A link that signs the owner in, once and until the time beside it.
///
/// # Errors
/// When too many are open.
pub fn link(api: &Api) -> Answer<(String, Timestamp)> {
    let secret: [u8; 32] = random::bytes().map_err(Problem::internal)?;
    let code = BASE64.encode(secret);
    let now = api.now();
    if !api.codes.add(&code, now) {
        let detail = "too many sign-in links are open; use one of them, or wait ten minutes";
        return Err(
            Problem::new(StatusCode::TOO_MANY_REQUESTS, codes::TOO_MANY, detail).retry_after(600)
        );
    }
    Ok((format!("{}/sign-in?code={code}", api.options.public_url), now.plus(LINK)))
}

#[derive(Deserialize, utoipa::IntoParams)]
pub struct SignInQuery {
    /// From a sign-in link.
    code: String,
}

/// Sign in with a one-time link: sets the session cookie
#[utoipa::path(get, path = "/sign-in", operation_id = "sign_in", tag = "Server", params(SignInQuery), security(()),
    responses((status = 303, description = "Signed in; goes to the start page")))]
pub async fn sign_in(State(api): State<Api>, Query(query): Query<SignInQuery>) -> Answer<Response> {
    let now = api.now();
    if !api.codes.take(&query.code, now) {
        let detail = "this link was used before, or is older than ten minutes";
        return Err(Problem::new(StatusCode::GONE, codes::EXPIRED_LINK, detail));
    }
    let cookie = cookie(&api, &session_until(&api, now.plus(SESSION)), SESSION);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// Sign out: the browser forgets its session
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", tag = "Server", security(("token" = ["sign-in:write"])),
    responses((status = 204)))]
pub async fn sign_out(_: Allowed<SignIn>, State(api): State<Api>) -> Response {
    let cookie = cookie(&api, "", Duration::ZERO);
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

fn cookie(api: &Api, value: &str, age: Duration) -> String {
    let secure = if api.options.public_url.starts_with("https://") { "; Secure" } else { "" };
    let age = age.as_secs();
    format!("{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}")
}

/// The session in the request's cookies.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

pub fn is_valid(api: &Api, session: &str) -> bool {
    let Some((end, mac)) = session.split_once('.') else { return false };
    let (Ok(micros), Ok(mac)) = (end.parse::<i64>(), BASE64.decode(mac)) else { return false };
    Timestamp::from_micros(micros) > api.now()
        && signer(api, end).is_some_and(|signer| signer.verify_slice(&mac).is_ok())
}

fn session_until(api: &Api, end: Timestamp) -> String {
    let end = end.micros().to_string();
    let mac = signer(api, &end).map(|signer| signer.finalize().into_bytes());
    format!("{end}.{}", BASE64.encode(mac.unwrap_or_default()))
}

fn signer(api: &Api, end: &str) -> Option<Hmac<Sha256>> {
    // Keys of any length are taken.
    let mut signer = Hmac::<Sha256>::new_from_slice(api.options.token.expose().as_bytes()).ok()?;
    signer.update(b"codex32 session ");
    signer.update(end.as_bytes());
    Some(signer)
}
