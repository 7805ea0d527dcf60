//! A small authorization server (RFC 6749 with PKCE, RFC 7636) and the resource that it guards.
//!
//! It is strict where real ones are: a code serves once, for the client, redirect address and secret of
//! PKCE that it was made for; a refresh token serves once and brings the next one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::sink::{Answer, Recorded, Sink};

pub const CLIENT: &str = "client-7";
pub const SECRET: &str = "cl1ent/s3cret";

/// Listens until it is dropped.
pub struct Authority {
    pub sink: Sink,
    state: Arc<Mutex<State>>,
}

struct State {
    /// What a code was given out for: redirect address and challenge.
    codes: HashMap<String, (String, String)>,
    /// The access token that is taken, and the refresh token that serves next.
    access: Option<String>,
    refresh: Option<String>,
    /// Seconds that an access token lives, as the server says.
    lives: u64,
    /// The client signs in with HTTP's basic scheme.
    basic: bool,
    issued: usize,
    renewals: usize,
}

impl Authority {
    /// `basic`: how clients sign in.
    pub async fn start(basic: bool) -> Self {
        let state = State {
            codes: HashMap::new(),
            access: None,
            refresh: None,
            lives: 3_600,
            basic,
            issued: 0,
            renewals: 0,
        };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let sink = Sink::start(move |request| lock(&shared).answer(request)).await;
        Self { sink, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// From now on no access token that was given out is taken.
    pub fn revoke_access(&self) {
        self.state().access = None;
    }

    /// From now on no refresh token that was given out is taken either.
    pub fn revoke_all(&self) {
        self.state().refresh = None;
        self.revoke_access();
    }

    pub fn set_lives(&self, seconds: u64) {
        self.state().lives = seconds;
    }

    /// How often a refresh token was exchanged.
    pub fn renewals(&self) -> usize {
        self.state().renewals
    }

    /// The tokens that are good now.
    pub fn tokens(&self) -> Vec<String> {
        let state = self.state();
        [&state.access, &state.refresh].into_iter().flatten().cloned().collect()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pairs(text: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn refuse(status: u16, error: &str) -> Answer {
    let body = serde_json::json!({ "error": error, "error_description": format!("no: {error}") });
    Answer::json(status, body.to_string())
}

impl State {
    fn answer(&mut self, request: &Recorded) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        match (request.method.as_str(), path) {
            ("GET", "/authorize") => self.authorize(&pairs(query)),
            ("POST", "/token") => self.token(request),
            (_, "/me") => match request.header("authorization").zip(self.access.as_deref()) {
                Some((given, good)) if given == format!("Bearer {good}") => {
                    Answer::json(200, r#"{"name": "Ada"}"#)
                }
                _ => refuse(401, "invalid_token"),
            },
            _ => Answer::status(404),
        }
    }

    /// The person agrees at once.
    fn authorize(&mut self, query: &HashMap<String, String>) -> Answer {
        let get = |name: &str| query.get(name).cloned().unwrap_or_default();
        let wanted = get("client_id") == CLIENT
            && get("response_type") == "code"
            && get("code_challenge_method") == "S256"
            && get("scope") == "read write"
            && get("prompt") == "consent";
        if !wanted {
            return refuse(400, "invalid_request");
        }
        self.issued += 1;
        let code = format!("code/{}+x", self.issued);
        let redirect = get("redirect_uri");
        let back = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &get("state"))
            .finish();
        let location = format!("{redirect}?{back}");
        self.codes.insert(code, (redirect, get("code_challenge")));
        Answer::redirect(302, &location)
    }

    fn token(&mut self, request: &Recorded) -> Answer {
        let form = pairs(&request.text());
        let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let known = if self.basic {
            let pair = "client-7:cl1ent%2Fs3cret";
            let wanted = format!("Basic {}", STANDARD.encode(pair));
            request.header("authorization") == Some(wanted.as_str())
                && !form.contains_key("client_secret")
        } else {
            get("client_id") == CLIENT && get("client_secret") == SECRET
        };
        if !known {
            return refuse(401, "invalid_client");
        }
        match get("grant_type") {
            "authorization_code" => {
                let Some((redirect, challenge)) = self.codes.remove(get("code")) else {
                    return refuse(400, "invalid_grant");
                };
                let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier")));
                if proof != challenge || get("redirect_uri") != redirect {
                    return refuse(400, "invalid_grant");
                }
            }
            "refresh_token" => {
                if self.refresh.as_deref() != Some(get("refresh_token")) {
                    // As real ones do when a token is used twice: somebody has a copy.
                    (self.access, self.refresh) = (None, None);
                    return refuse(400, "invalid_grant");
                }
                self.renewals += 1;
            }
            _ => return refuse(400, "unsupported_grant_type"),
        }
        self.issued += 1;
        let (access, refresh) =
            (format!("access-{}-token", self.issued), format!("refresh-{}-token", self.issued));
        let body = serde_json::json!({
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": self.lives,
        });
        (self.access, self.refresh) = (Some(access), Some(refresh));
        Answer::json(200, body.to_string())
    }
}
