//! OAuth 2: where to sign in, and tokens for a code or a refresh token (RFC 6749, PKCE of RFC 7636).
//!
//! Only what goes over the wire is here; who keeps tokens and renews them when is the server's
//! business. A token, code or secret is in no message.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use codex32_model::codes::connector as codes;
use codex32_model::{Timestamp, Value};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};

use crate::credentials::{Credentials, EXPIRES_AT as EXPIRES};
use crate::failure::Failure;
use crate::http::Request;
use crate::manifest::AuthScheme;
use crate::plan::{Names, OauthPlan};
use crate::redact::{Redactor, percent};
use crate::runtime::{Runtime, address};

/// A token is renewed so long before it ends: clocks differ, and a request takes time.
const MARGIN: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(20);
/// Largest answer of a token endpoint.
const MAX_BYTES: usize = 64 * 1024;

const ACCESS: &str = "access_token";
const REFRESH: &str = "refresh_token";

/// One way back from signing in.
pub struct Return<'a> {
    /// Where the browser comes back to.
    pub redirect: &'a str,
    pub code: &'a str,
    /// The secret of PKCE.
    pub verifier: &'a str,
}

impl Credentials {
    pub fn access_token(&self) -> Option<&str> {
        self.get(ACCESS)
    }

    pub fn can_renew(&self) -> bool {
        self.get(REFRESH).is_some()
    }

    /// Whether the access token is missing, or ends at this time or within a minute.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let ends = self.get(EXPIRES).and_then(|text| text.parse::<Timestamp>().ok());
        self.access_token().is_none() || ends.is_some_and(|ends| now.plus(MARGIN) >= ends)
    }
}

impl Runtime {
    /// Whether the connection signs in by OAuth 2.
    pub fn is_oauth(&self, credentials: &Credentials) -> bool {
        self.oauth(credentials).is_ok()
    }

    fn oauth(&self, credentials: &Credentials) -> Result<&OauthPlan, Failure> {
        let plan = self.connectors().plan(credentials.connector());
        let kind = plan.and_then(|plan| plan.auth.get(credentials.kind()));
        let kind = kind.filter(|kind| kind.scheme == AuthScheme::Oauth2);
        kind.and_then(|kind| kind.oauth.as_ref()).ok_or_else(|| {
            let message = "This kind of connection does not sign in with a browser.";
            Failure::new(codes::CONNECTION_KIND, message)
        })
    }

    /// The page of the other side on which a person agrees. `challenge` is the SHA-256 of the secret of
    /// PKCE, in base64 for addresses.
    pub fn authorization_url(
        &self,
        credentials: &Credentials,
        redirect: &str,
        state: &str,
        challenge: &str,
    ) -> Result<Url, Failure> {
        let plan = self.oauth(credentials)?;
        let mut names = Names::new(Value::Null, credentials.to_value(), self.now());
        let mut url = address(&mut names, &plan.authorization)?;
        let client = client_id(credentials)?;
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code");
        query.append_pair("client_id", client);
        query.append_pair("redirect_uri", redirect);
        if !plan.scopes.is_empty() {
            query.append_pair("scope", &plan.scopes.join(" "));
        }
        query.append_pair("state", state);
        query.append_pair("code_challenge", challenge);
        query.append_pair("code_challenge_method", "S256");
        drop(query);
        Ok(url)
    }

    /// Exchanges what the browser brought back for tokens.
    pub async fn sign_in(
        &self,
        credentials: &Credentials,
        back: Return<'_>,
    ) -> Result<Credentials, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", back.code),
            ("redirect_uri", back.redirect),
            ("code_verifier", back.verifier),
        ];
        self.tokens(credentials, &form).await
    }

    /// A new access token for the refresh token, which may come back changed.
    pub async fn renew(&self, credentials: &Credentials) -> Result<Credentials, Failure> {
        let refresh = credentials.get(REFRESH).ok_or_else(sign_in_again)?;
        self.tokens(credentials, &[("grant_type", "refresh_token"), (REFRESH, refresh)]).await
    }

    async fn tokens(
        &self,
        credentials: &Credentials,
        form: &[(&str, &str)],
    ) -> Result<Credentials, Failure> {
        let asked = self.ask(credentials, form).await;
        asked.map_err(|failure| Redactor::new(credentials).failure(failure))
    }

    async fn ask(
        &self,
        credentials: &Credentials,
        form: &[(&str, &str)],
    ) -> Result<Credentials, Failure> {
        let plan = self.oauth(credentials)?;
        let mut names = Names::new(Value::Null, credentials.to_value(), self.now());
        let url = address(&mut names, &plan.token)?;
        let client = client_id(credentials)?;
        let secret = credentials.get("client_secret");
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, kind);
        let mut signed = HeaderMap::new();
        let mut pairs = form.to_vec();
        match secret {
            Some(secret) if plan.basic => {
                // Each encoded by itself first (RFC 6749, 2.3.1).
                let pair = format!("{}:{}", percent(client), percent(secret));
                let value = HeaderValue::try_from(format!("Basic {}", BASE64.encode(pair)));
                let mut value = value.map_err(|_| Failure::params("The client cannot be sent."))?;
                value.set_sensitive(true);
                signed.insert(AUTHORIZATION, value);
            }
            Some(secret) => pairs.extend([("client_id", client), ("client_secret", secret)]),
            None => pairs.push(("client_id", client)),
        }
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = Request {
            method: Method::POST,
            url,
            headers,
            credentials: signed,
            body: Some(body.join("&").into_bytes().into()),
            timeout: TIMEOUT,
            max_bytes: MAX_BYTES,
        };
        // A redirect would carry the client's secret elsewhere.
        let response = self.http().send_once(request).await;
        let response = response.map_err(|error| Failure::from_send(error, false))?;
        let answer = Value::from_json_slice(&response.body).unwrap_or_default();
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let good = (200..300).contains(&response.status);
        let Some(access) = text(ACCESS).filter(|token| good && !token.is_empty()) else {
            return Err(refused(&host, response.status, text("error"), text("error_description")));
        };
        let mut fresh = credentials.clone();
        fresh.put(ACCESS, Some(access.to_owned()));
        // Those that do not send another one mean that the old one stays.
        if let Some(refresh) = text(REFRESH).filter(|token| !token.is_empty()) {
            fresh.put(REFRESH, Some(refresh.to_owned()));
        }
        let lives = answer.get("expires_in").map(Value::to_text);
        let lives = lives.and_then(|text| text.parse::<f64>().ok()).filter(|lives| *lives > 0.0);
        let lives = lives.and_then(|lives| Duration::try_from_secs_f64(lives).ok());
        fresh.put(EXPIRES, lives.map(|lives| self.now().plus(lives).to_string()));
        Ok(fresh)
    }
}

fn client_id(credentials: &Credentials) -> Result<&str, Failure> {
    credentials
        .get("client_id")
        .ok_or_else(|| Failure::new(codes::CONNECTION_FIELDS, "The connection lacks `client_id`."))
}

pub fn sign_in_again() -> Failure {
    let message = "The connection has to be signed in: `codex32 connections authorize NAME`, or the button on its page.";
    Failure::new(codes::SIGN_IN_AGAIN, message)
}

fn refused(host: &str, status: u16, error: Option<&str>, about: Option<&str>) -> Failure {
    let clip = |text: &str| -> String {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
    };
    let said = match (error, about) {
        (Some(error), Some(about)) => format!(": {} ({})", clip(about), clip(error)),
        (Some(text), None) | (None, Some(text)) => format!(": {}", clip(text)),
        (None, None) => format!(" with status {status}"),
    };
    let message = format!("{host} gave no token{said}.");
    if error == Some("invalid_grant") {
        return Failure::new(codes::SIGN_IN_AGAIN, message);
    }
    let again = status == 429 || status >= 500;
    let code = if again { codes::SERVER_ERROR } else { codes::AUTH };
    Failure { status: Some(status), retryable: again, ..Failure::new(code, message) }
}
