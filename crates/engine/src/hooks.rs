//! Webhooks: from a request to an accepted run, and from its answer to HTTP.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use codex32_flow::flow::FlowTrigger;
use codex32_flow::schema::check_value;
use codex32_model::Code;
use codex32_model::codes::run as codes;
use codex32_model::definition::{Respond, Verify, Webhook};
use codex32_model::ids::{BotId, RunId, WorkspaceId};
use codex32_model::schema::Fields;
use codex32_model::value::{Object, Value};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use tokio::sync::oneshot;

use crate::accept::{Accepted, Start};
use crate::answer::Answer;
use crate::dispatch::merge;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::executor::Signed;
use crate::routes::{Found, Route};
use crate::run::StartScope;

/// Body limits: unless set, and at most.
const BODY: u64 = 1 << 20;
const MOST_BODY: u64 = 32 << 20;
/// How long a caller waits with `respond: run`, unless set.
const PATIENCE: Duration = Duration::from_secs(30);
const MOST_KEY: usize = 512;
/// Headers that carry credentials: they do not go into a run.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];

/// A request to a webhook.
#[derive(Debug, Clone)]
pub struct HookRequest {
    pub method: String,
    /// Without a leading slash.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl HookRequest {
    /// Names in lower case, as they are in HTTP/2; bytes that are not text are replaced.
    fn headers(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Said in place of a body, which is empty then.
    pub refusal: Option<Box<Refusal>>,
}

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    /// What happened this time.
    pub detail: String,
    /// The places of the input that do not fit: path and reason.
    pub places: Vec<(String, String)>,
    /// The run that failed, if there is one.
    pub run: Option<RunId>,
}

/// Who listens at a webhook's address.
#[derive(Debug, Clone)]
pub struct Listener {
    pub bot: BotId,
    pub name: String,
    pub trigger: String,
    pub method: String,
    pub inputs: Fields,
    pub paused: bool,
}

/// What is known of a webhook before its body is read.
#[derive(Debug, Clone)]
pub struct HookRoute {
    route: Arc<Route>,
    /// Bytes.
    pub max_body: u64,
}

impl Engine {
    /// Looks a webhook up; the answer to give if nobody takes the request.
    ///
    /// # Errors
    /// 404, 405 or 503, ready to be sent.
    pub fn hook_route(
        &self,
        workspace: WorkspaceId,
        method: &str,
        path: &str,
    ) -> Result<HookRoute, HookAnswer> {
        let route = self.inner.route(workspace, method, path)?;
        let limit = route.webhook().and_then(|hook| hook.max_body).unwrap_or(BODY).min(MOST_BODY);
        Ok(HookRoute { route, max_body: limit })
    }

    /// Who listens at this address, with any method.
    pub fn hook_listeners(&self, workspace: WorkspaceId, path: &str) -> Vec<Listener> {
        let listener = |route: Arc<Route>| {
            let bot = &route.live.flow.bot;
            let method = route.webhook()?.method.clone();
            Some(Listener {
                bot: route.live.bot,
                name: bot.bot.clone(),
                inputs: bot.inputs.clone(),
                method,
                trigger: route.trigger.clone(),
                paused: route.paused,
            })
        };
        self.inner.routes.at(workspace, path).into_iter().filter_map(listener).collect()
    }

    /// The answer to a body that is larger than its webhook takes.
    pub fn hook_too_large(limit: u64) -> HookAnswer {
        problem(
            413,
            codes::BODY_TOO_LARGE,
            &format!("this webhook takes at most {limit} bytes"),
            None,
        )
    }

    /// Serves a webhook. Every 2xx is given after the commit that accepts the run.
    pub async fn webhook(&self, found: HookRoute, request: HookRequest) -> HookAnswer {
        let mut route = found.route;
        for _ in 0..5 {
            match self.inner.serve_hook(&route, &request).await {
                Ok(Some(answer)) | Err(answer) => return answer,
                Ok(None) => {}
            }
            // A deploy between look-up and acceptance: look again.
            route = match self.inner.route(route.live.workspace, &request.method, &request.path) {
                Ok(route) => route,
                Err(answer) => return answer,
            };
        }
        problem(503, codes::PAUSED, "the bot is being deployed; try again in a moment", None)
            .retry_after(1)
    }
}

/// What a request brought.
struct Read {
    body: Value,
    /// Whether fields of the body are texts that may spell numbers.
    texts: bool,
}

impl Inner {
    fn route(
        &self,
        workspace: WorkspaceId,
        method: &str,
        path: &str,
    ) -> Result<Arc<Route>, HookAnswer> {
        match self.routes.find(workspace, method, path) {
            Found::Route(route) if route.paused => {
                let detail = format!(
                    "the bot `{}` is paused; nothing was accepted",
                    route.live.flow.bot.bot
                );
                Err(problem(503, codes::PAUSED, &detail, None).retry_after(60))
            }
            Found::Route(route) => Ok(route),
            Found::OtherMethod(methods) => {
                let allow = methods.join(", ");
                let detail = format!("this webhook takes {allow}, not {method}");
                let mut answer = problem(405, codes::METHOD, &detail, None);
                answer.headers.push(("allow".to_owned(), allow));
                Err(answer)
            }
            Found::Nothing => {
                Err(problem(404, codes::NO_HOOK, "no bot listens at this address", None))
            }
        }
    }

    /// `None`: the version is not live any more.
    async fn serve_hook(
        self: &Arc<Self>,
        route: &Route,
        request: &HookRequest,
    ) -> Result<Option<HookAnswer>, HookAnswer> {
        let (Some(hook), Some(trigger)) =
            (route.webhook(), route.live.flow.triggers.get(&route.trigger))
        else {
            return Ok(None);
        };
        if let Some(verify) = &hook.verify {
            Box::pin(self.verify_hook(route, verify, request)).await?;
        }
        let read = read_body(request)?;
        let (input, about, key, wanted) = self.prepare(route, hook, trigger, request, read).await?;
        if !wanted {
            return Ok(Some(json(200, &Value::object([("run", Value::Null)]))));
        }
        let (answer, waiting) = match hook.respond {
            Respond::Run => {
                let (answer, waiting) = oneshot::channel();
                (Some(answer), Some(waiting))
            }
            Respond::Now => (None, None),
        };
        let start = Start {
            live: Arc::clone(&route.live),
            trigger: route.trigger.clone(),
            input,
            about_trigger: about,
            event: Value::Null,
            hops: 0,
            key,
            schedule: None,
            queue: false,
            must_be_live: true,
            answer,
            retry: None,
        };
        let accepted = self.accept(start).await.map_err(|error| refusal(&error))?;
        let patience = hook.timeout.unwrap_or(PATIENCE);
        Ok(match (accepted, waiting) {
            (Accepted::Gone, _) => {
                // Deployed anew, perhaps by another server.
                let _ = Box::pin(self.read_changed_bots()).await;
                None
            }
            (Accepted::Run(run), Some(waiting)) => {
                let answer =
                    tokio::time::timeout(patience, waiting).await.ok().and_then(Result::ok);
                Some(answer.map_or_else(|| accepted_answer(run), to_http))
            }
            (Accepted::Duplicate(run), Some(_)) => {
                Some(Box::pin(self.first_answer(route, run, patience)).await)
            }
            (Accepted::Run(run) | Accepted::Duplicate(run), None) => Some(accepted_answer(run)),
        })
    }

    async fn verify_hook(
        &self,
        route: &Route,
        verify: &Verify,
        request: &HookRequest,
    ) -> Result<(), HookAnswer> {
        let connection = route.live.bound(&verify.connection);
        let headers: Vec<_> =
            request.headers().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
        let signed = Signed { headers: &headers, body: &request.body, now: self.now() };
        let scope = self.scope(route.live.workspace);
        self.executor
            .verify(scope, verify, &connection, signed)
            .await
            .map_err(|why| problem(401, codes::SIGNATURE, &why, None))
    }

    /// Inputs, `trigger`, the dedupe key, and whether `when` lets it through.
    async fn prepare(
        &self,
        route: &Route,
        hook: &Webhook,
        trigger: &FlowTrigger,
        request: &HookRequest,
        read: Read,
    ) -> Result<(Value, Value, Option<String>, bool), HookAnswer> {
        let flow = &route.live.flow;
        let now = self.now();
        let query = texts(&request.query);
        let mut about = vec![
            ("name", Value::from(route.trigger.as_str())),
            ("kind", Value::from("webhook")),
            ("time", Value::from(now.to_string())),
        ];
        // Mostly nobody refers to the rest, and copies of headers are many.
        let mut add = |name, value: &dyn Fn() -> Value| {
            if trigger.needs(name) {
                about.push((name, value()));
            }
        };
        add("method", &|| Value::from(request.method.as_str()));
        add("path", &|| Value::from(hook.path.as_str()));
        add("query", &|| query.clone());
        add("headers", &|| {
            let shown = request.headers().filter(|(name, _)| !SECRET_HEADERS.contains(name));
            Value::object(shown.map(|(name, value)| (name, Value::from(&*value))))
        });
        add("body", &|| read.body.clone());
        add("raw", &|| std::str::from_utf8(&request.body).map_or(Value::Null, Value::from));
        let about = Value::object(about);
        let env = self.env_of(&route.live).await.map_err(|error| refusal(&error))?;
        let given = hook_inputs(&flow.bot.inputs, &query, &read.body);
        let scope =
            StartScope { inputs: &given, trigger: &about, event: &Value::Null, env: &env, now };
        let bad = |error: &codex32_model::StepError| {
            let code = codex32_model::codes::find(&error.code).unwrap_or(codes::INPUT);
            problem(400, code, &error.message, None)
        };
        let mapped =
            self.inputs_of(&route.live, trigger, &scope).map_err(|error| refusal(&error))?;
        let mapped_all = merge(&given, &mapped);
        let input = check_value(&flow.bot.inputs, mapped_all, read.texts).map_err(|problems| {
            let list = problems.into_iter().map(|p| (p.path, p.message)).collect();
            refusal(&EngineError::Input(list))
        })?;
        let scope = StartScope { inputs: &input, ..scope };
        let wanted = match &trigger.when {
            Some(when) => self.evaluate(when, &scope).map_err(|error| bad(&error))?.truthy(),
            None => true,
        };
        let key = match &trigger.dedupe {
            Some(dedupe) => {
                let text = self.evaluate(dedupe, &scope).map_err(|error| bad(&error))?.to_text();
                if text.len() > MOST_KEY {
                    let detail = format!("the dedupe key has more than {MOST_KEY} bytes");
                    return Err(problem(400, codes::INPUT, &detail, None));
                }
                (!text.is_empty()).then(|| format!("dedupe:{text}"))
            }
            None => None,
        };
        Ok((input, flow.trigger_kept(&about), key, wanted))
    }

    /// The answer that the first request with this key got, or gets.
    async fn first_answer(
        self: &Arc<Self>,
        route: &Route,
        run: RunId,
        patience: Duration,
    ) -> HookAnswer {
        let scope = self.scope(route.live.workspace);
        let until = tokio::time::Instant::now() + patience;
        loop {
            let mut watching = self.watcher(run);
            let facts = self.store.journal(scope, run).await.unwrap_or_default();
            if let Some(answer) = Answer::of(run, &facts) {
                return to_http(answer);
            }
            loop {
                match tokio::time::timeout_at(until, watching.recv()).await {
                    Ok(Ok(committed)) => {
                        if let Some(answer) = Answer::of(run, &committed.facts) {
                            return to_http(answer);
                        }
                    }
                    Ok(Err(_)) => break,
                    Err(_) => return accepted_answer(run),
                }
            }
        }
    }
}

fn read_body(request: &HookRequest) -> Result<Read, HookAnswer> {
    let kind = request
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    let bad = |what: &str| problem(400, codes::BODY, what, None);
    if request.body.is_empty() {
        return Ok(Read { body: Value::Null, texts: true });
    }
    let text = std::str::from_utf8(&request.body);
    let raw = || text.map_or(Value::Null, Value::from);
    // What looks like JSON is JSON also without its content type, and with the one that `curl -d`
    // sends of itself: that is what its users mean.
    let is_form = kind == "application/x-www-form-urlencoded";
    let looks_like = text.is_ok_and(|text| text.trim_start().starts_with(['{', '[']));
    let not_text = |error: std::str::Utf8Error| {
        bad(&format!("the body is not UTF-8: byte {} is not", error.valid_up_to()))
    };
    if kind.ends_with("json")
        || (looks_like && (is_form || kind.is_empty() || kind == "text/plain"))
    {
        return match Value::from_json(text.map_err(not_text)?) {
            Ok(body) => Ok(Read { body, texts: false }),
            Err(_) if kind == "text/plain" => Ok(Read { body: raw(), texts: true }),
            Err(error) => Err(bad(&format!("the body is not JSON: {error}"))),
        };
    }
    if is_form {
        return Ok(Read { body: texts(&form(text.map_err(not_text)?)), texts: true });
    }
    if kind.starts_with("text/") || kind.is_empty() {
        text.map_err(not_text)?;
    }
    Ok(Read { body: raw(), texts: true })
}

/// `a=1&b=x%20y` into pairs.
fn form(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let mut bytes = Vec::with_capacity(part.len());
        let mut rest = part.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let digits: Vec<u8> = rest.clone().take(2).collect();
                    let value = std::str::from_utf8(&digits)
                        .ok()
                        .filter(|d| d.len() == 2)
                        .and_then(|d| u8::from_str_radix(d, 16).ok());
                    match value {
                        Some(value) => {
                            bytes.push(value);
                            rest.nth(1);
                        }
                        None => bytes.push(b'%'),
                    }
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

/// Pairs as an object of texts; a name that comes more than once is a list.
fn texts(pairs: &[(String, String)]) -> Value {
    let mut fields = Object::default();
    for (key, value) in pairs {
        let value = Value::from(value.as_str());
        let both = match fields.get(key.as_str()) {
            None => value,
            Some(Value::List(list)) => Value::list(list.iter().cloned().chain([value])),
            Some(first) => Value::list([first.clone(), value]),
        };
        fields.insert(key.as_str().into(), both);
    }
    Value::from(fields)
}

/// What a request to a webhook gives for the bot's inputs: its query, where the texts spell what the
/// inputs are, and over it the fields of its body.
pub fn hook_inputs(inputs: &Fields, query: &Value, body: &Value) -> Value {
    merge(&coerced(inputs, query), body)
}

/// Query fields in the types that the inputs have, where their texts spell them.
fn coerced(inputs: &Fields, query: &Value) -> Value {
    let mut fields = query.as_object().cloned().unwrap_or_default();
    for (name, value) in &mut fields {
        if let Some((name, field)) = inputs.get_key_value(&**name) {
            let one = Fields::from_iter([(name.clone(), field.clone())]);
            let given = Value::object([(name.as_str(), value.clone())]);
            if let Some(read) =
                check_value(&one, given, true).ok().and_then(|read| read.get(name).cloned())
            {
                *value = read;
            }
        }
    }
    Value::from(fields)
}

fn to_http(answer: Answer) -> HookAnswer {
    match answer {
        Answer::Responded { status, headers, body } => {
            let mut http = value(status, &body);
            for (name, header) in headers.as_object().into_iter().flatten() {
                let name = name.to_ascii_lowercase();
                let text: String = header.to_text().chars().filter(|c| !c.is_control()).collect();
                http.headers.retain(|(other, _)| *other != name);
                http.headers.push((name, text));
            }
            http
        }
        Answer::Returned(output) => value(200, &output),
        Answer::Ended { run, error, state } => {
            let detail = error
                .map_or_else(|| format!("the run ended {}", state.as_str()), |error| error.message);
            problem(500, codes::HOOK_FAILED, &detail, Some(run))
        }
    }
}

/// Objects and lists as JSON, text as text, nothing as 204.
fn value(status: u16, body: &Value) -> HookAnswer {
    match body {
        Value::Null => {
            let status = if status == 200 { 204 } else { status };
            HookAnswer { status, headers: Vec::new(), body: Vec::new(), refusal: None }
        }
        Value::Str(text) => HookAnswer {
            status,
            headers: vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())],
            body: text.as_bytes().to_vec(),
            refusal: None,
        },
        other => json(status, other),
    }
}

fn json(status: u16, body: &Value) -> HookAnswer {
    HookAnswer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_json().into_bytes(),
        refusal: None,
    }
}

fn accepted_answer(run: RunId) -> HookAnswer {
    json(202, &Value::object([("run", Value::from(run.to_string()))]))
}

fn refusal(error: &EngineError) -> HookAnswer {
    let mut answer = problem(error.status(), error.code(), &error.to_string(), None);
    if let (EngineError::Input(places), Some(refusal)) = (error, &mut answer.refusal) {
        refusal.places.clone_from(places);
    }
    if matches!(error.status(), 429 | 503) { answer.retry_after(1) } else { answer }
}

impl HookAnswer {
    fn retry_after(mut self, seconds: u32) -> Self {
        self.headers.push(("retry-after".to_owned(), seconds.to_string()));
        self
    }
}

fn problem(status: u16, code: Code, detail: &str, run: Option<RunId>) -> HookAnswer {
    let refusal = Refusal { code, detail: detail.to_owned(), places: Vec::new(), run };
    HookAnswer { status, headers: Vec::new(), body: Vec::new(), refusal: Some(Box::new(refusal)) }
}
