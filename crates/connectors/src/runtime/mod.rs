//! Executing an action: the manifest's request is built, signed in, sent through the guard, and its
//! answer read; Rust actions are called.

mod answer;
mod pages;
mod poll;
mod request;
mod sign;

pub(crate) use request::whole as address;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use codex32_model::action::{ActionSpec, Catalogue, ConnectionNeed};
use codex32_model::codes::connector as codes;
use codex32_model::fact::LogLine;
use codex32_model::{Clock, Effect, Scope, Timestamp, Value};
use tokio::time::Instant;

use crate::catalogue::{Connectors, shared};
use crate::credentials::Credentials;
use crate::email::{self, Outbox};
use crate::failure::{Done, Failure};
use crate::http::{Guarded, SendError};
use crate::manifest::AuthScheme;
use crate::native::mcp::Programs;
use crate::native::{self, Native};
use crate::params;
use crate::plan::{EachPlan, Exchange, Failed, Idempotency, LookupFrom, LookupPlan, Names, Plan};
use crate::redact::Redactor;

/// Most requests for the items of one list.
const MAX_EACH: usize = 500;

pub(crate) use poll::brought;
pub use poll::{MOST_ITEMS, PollCall, Polled};

/// Executes actions. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    connectors: Arc<Connectors>,
    http: Guarded,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    /// The folder of files of all workspaces.
    files: Option<Arc<Path>>,
    programs: Arc<Programs>,
}

/// One attempt of one action. Dropping the future cancels it.
#[derive(Clone)]
pub struct ActionCall<'a> {
    pub scope: Scope,
    /// `connector.action`.
    pub action: &'a str,
    /// The resolved parameters.
    pub input: Value,
    pub credentials: Option<&'a Credentials>,
    /// The idempotency key; for writes.
    pub key: Option<&'a str>,
    /// For the whole attempt.
    pub timeout: Duration,
}

/// What one exchange needs to know besides its plan.
struct Context<'a> {
    plan: &'a Plan,
    credentials: Option<&'a Credentials>,
    idempotency: Option<(&'a Idempotency, &'a str)>,
    write: bool,
    deadline: Instant,
    logs: Vec<LogLine>,
}

impl Runtime {
    /// With the built-in connectors.
    pub fn new(http: Guarded, outbox: Arc<dyn Outbox>, clock: Arc<dyn Clock>) -> Self {
        Self {
            connectors: Arc::clone(shared()),
            http,
            outbox,
            clock,
            files: None,
            programs: Arc::default(),
        }
    }

    pub(crate) fn http(&self) -> &Guarded {
        &self.http
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// With a folder of files, in which each workspace gets one of its own.
    #[must_use]
    pub fn with_files(mut self, folder: PathBuf) -> Self {
        self.files = Some(folder.into());
        self
    }

    /// With programs that connections to MCP servers may name.
    #[must_use]
    pub fn with_programs(mut self, programs: Programs) -> Self {
        self.programs = Arc::new(programs);
        self
    }

    #[must_use]
    pub fn with_connectors(mut self, connectors: Arc<Connectors>) -> Self {
        self.connectors = connectors;
        self
    }

    pub fn connectors(&self) -> &Connectors {
        &self.connectors
    }

    /// Executes an action of effect read or write; those of effect store are the engine's.
    pub async fn execute(&self, call: ActionCall<'_>) -> Result<Done, Failure> {
        let redactor = call.credentials.map(Redactor::new).unwrap_or_default();
        let result = self.run(call).await;
        redactor.result(result)
    }

    async fn run(&self, call: ActionCall<'_>) -> Result<Done, Failure> {
        let spec = self.connectors.action(call.action).ok_or_else(|| {
            Failure::new(codes::UNKNOWN_ACTION, format!("There is no action `{}`.", call.action))
        })?;
        if spec.effect == Effect::Store {
            let message = format!("`{}` is executed by the engine itself.", spec.name);
            return Err(Failure::new(codes::UNKNOWN_ACTION, message));
        }
        self.check_connection(spec, call.credentials)?;
        let params = params::prepare(&spec.params, &call.input).map_err(Failure::params)?;
        let deadline = Instant::now() + call.timeout;
        if spec.name == email::SEND {
            let sending = email::Sending {
                http: &self.http,
                outbox: &*self.outbox,
                scope: call.scope,
                credentials: call.credentials,
                key: call.key,
                now: self.clock.now(),
                deadline,
            };
            return sending.send(&params).await;
        }
        if native::has(&spec.connector) {
            let native = self.native(call.scope, call.credentials, deadline);
            return native.run(&spec.name, &params).await;
        }
        let name = spec.name.split_once('.').map_or("", |(_, name)| name);
        let plan = self.connectors.plan(&spec.connector);
        let action = plan.and_then(|plan| plan.actions.get(name).map(|action| (plan, action)));
        let (plan, action) = action.ok_or_else(|| {
            Failure::new(codes::UNKNOWN_ACTION, format!("`{}` cannot be executed.", spec.name))
        })?;
        let write = spec.effect == Effect::Write;
        let connection = call.credentials.map_or(Value::Null, Credentials::to_value);
        let mut names = Names::new(params, connection, self.clock.now());
        let mut context = Context {
            plan,
            credentials: call.credentials,
            idempotency: action.idempotency.as_ref().zip(call.key.filter(|_| write)),
            write,
            deadline,
            logs: Vec::new(),
        };
        if let Some(credentials) = call.credentials
            && !action.kinds.iter().any(|kind| kind == credentials.kind())
        {
            return Err(wrong_kind(spec, credentials));
        }
        self.look_up(&action.lookups, &mut names, &mut context).await?;
        let kind = call.credentials.map(Credentials::kind);
        let exchange = kind.and_then(|kind| action.by_auth.get(kind)).unwrap_or(&action.exchange);
        match &action.paging {
            Some(paging) => self.pages(exchange, paging, &mut names, &mut context).await?,
            None => self.exchange(exchange, &mut names, &mut context).await?,
        }
        if let Some(each) = &action.each {
            self.each(each, &mut names, &mut context).await?;
        }
        let output = names.value(&exchange.output);
        let output = output.map_err(|error| unreadable(&error, context.write))?;
        Ok(Done { output, logs: context.logs })
    }

    fn native<'a>(
        &'a self,
        scope: Scope,
        credentials: Option<&'a Credentials>,
        deadline: Instant,
    ) -> Native<'a> {
        let (files, now) = (self.files.as_deref(), self.clock.now());
        let (http, programs) = (&self.http, &*self.programs);
        Native { http, files, programs, scope, credentials, now, deadline }
    }

    fn check_connection(
        &self,
        spec: &ActionSpec,
        credentials: Option<&Credentials>,
    ) -> Result<(), Failure> {
        match (spec.connection, credentials) {
            (ConnectionNeed::Required, None) => {
                let message =
                    format!("`{}` needs a connection of `{}`.", spec.name, spec.connector);
                Err(Failure::new(codes::NO_CONNECTION, message))
            }
            (_, Some(credentials)) if credentials.connector() != spec.connector => {
                Err(wrong_kind(spec, credentials))
            }
            _ => Ok(()),
        }
    }

    /// Asks, and puts a good answer into `names.response`.
    async fn exchange(
        &self,
        exchange: &Exchange,
        names: &mut Names,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let request = request::build(exchange, names, context)?;
        let response = self.send(request, context).await?;
        self.judge(exchange, names, context, response)
    }

    async fn once(
        &self,
        exchange: &Exchange,
        names: &mut Names,
        context: &mut Context<'_>,
    ) -> Result<Value, Failure> {
        self.exchange(exchange, names, context).await?;
        names.value(&exchange.output).map_err(|error| unreadable(&error, context.write))
    }

    /// Fills `names.lookup`. Nothing is written yet, whatever the action does.
    async fn look_up(
        &self,
        lookups: &[LookupPlan],
        names: &mut Names,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let write = std::mem::replace(&mut context.write, false);
        let key = context.idempotency.take();
        for lookup in lookups {
            let wanted = match &lookup.when {
                Some(when) => names.expr(when).map_err(|error| unbuildable(&error))?.truthy(),
                None => true,
            };
            let mut value = Value::Null;
            if wanted {
                value = match &lookup.from {
                    LookupFrom::Exchange(exchange) => self.once(exchange, names, context).await?,
                    LookupFrom::Value(expr) => {
                        names.expr(expr).map_err(|error| unbuildable(&error))?
                    }
                };
                if let Some(missing) = lookup.missing.as_ref().filter(|_| value.is_null()) {
                    let message = names.value(missing).map_err(|error| unbuildable(&error))?;
                    return Err(match lookup.from {
                        LookupFrom::Exchange(_) => {
                            Failure::new(codes::NOT_FOUND, message.to_text())
                        }
                        LookupFrom::Value(_) => Failure::params(message.to_text()),
                    });
                }
            }
            if let Value::Object(values) = &mut names.lookup {
                Arc::make_mut(values).insert(lookup.name.as_str().into(), value);
            }
        }
        names.response = Value::Null;
        (context.write, context.idempotency) = (write, key);
        Ok(())
    }

    /// Asks for each item, one after the other; the answers are `response.items` then.
    async fn each(
        &self,
        each: &EachPlan,
        names: &mut Names,
        context: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let items = names.expr(&each.items).map_err(|error| unreadable(&error, false))?;
        let listed = std::mem::take(&mut names.response);
        let mut found = Vec::new();
        for item in items.as_list().unwrap_or_default().iter().take(MAX_EACH) {
            names.item = item.clone();
            found.push(self.once(&each.exchange, names, context).await?);
        }
        names.item = Value::Null;
        names.response = listed;
        if let Value::Object(response) = &mut names.response {
            Arc::make_mut(response).insert("items".into(), Value::from(found));
        }
        Ok(())
    }

    async fn send(
        &self,
        request: crate::http::Request,
        context: &Context<'_>,
    ) -> Result<crate::http::Response, Failure> {
        let sent = self.http.send(request).await;
        sent.map_err(|error: SendError| Failure::from_send(error, context.write))
    }

    /// Tries a connection before it is saved. The text says who one is there.
    pub async fn test_connection(
        &self,
        scope: Scope,
        credentials: &Credentials,
        timeout: Duration,
    ) -> Result<String, Failure> {
        let redactor = Redactor::new(credentials);
        match self.test(scope, credentials, timeout).await {
            Ok(message) => Ok(redactor.text(&message).unwrap_or(message)),
            Err(failure) => Err(redactor.failure(failure)),
        }
    }

    async fn test(
        &self,
        scope: Scope,
        credentials: &Credentials,
        timeout: Duration,
    ) -> Result<String, Failure> {
        let unknown = || {
            let message = format!("There is no connector `{}`.", credentials.connector());
            Failure::new(codes::CONNECTION_FIELDS, message)
        };
        let connector = credentials.connector();
        let manifest = self.connectors.manifest(connector).ok_or_else(unknown)?;
        let plan = self.connectors.plan(connector).ok_or_else(unknown)?;
        let auth = manifest.auth.get(credentials.kind()).ok_or_else(unknown)?;
        let deadline = Instant::now() + timeout;
        if auth.scheme == AuthScheme::Smtp {
            return email::test(&self.http, credentials, deadline).await;
        }
        if native::has(connector) {
            return self.native(scope, Some(credentials), deadline).test().await;
        }
        let test = plan.test.as_ref();
        let test = test.filter(|test| test.kinds.iter().any(|kind| kind == credentials.kind()));
        let Some(test) = test else {
            return Ok("Nothing to test: it is used as it is.".to_owned());
        };
        let mut names = Names::new(Value::Null, credentials.to_value(), self.clock.now());
        let mut context = Context {
            plan,
            credentials: Some(credentials),
            idempotency: None,
            write: false,
            deadline,
            logs: Vec::new(),
        };
        let message = self.once(&test.exchange, &mut names, &mut context).await?;
        Ok(if message.is_null() { "It works.".to_owned() } else { message.to_text() })
    }
}

fn wrong_kind(spec: &ActionSpec, credentials: &Credentials) -> Failure {
    let message = format!(
        "`{}` does not work with a connection of kind {}.{}.",
        spec.name,
        credentials.connector(),
        credentials.kind()
    );
    Failure::new(codes::CONNECTION_KIND, message)
}

/// An expression that builds the request failed: nothing was sent.
fn unbuildable(error: &Failed) -> Failure {
    Failure::new(codes::MAPPING, format!("The request cannot be built: {error}."))
}

/// An expression that reads a good answer failed: a write was done.
fn unreadable(error: &Failed, write: bool) -> Failure {
    let message = format!("The answer has another form than expected: {error}.");
    Failure::new(codes::RESPONSE, message).unknown_if(write)
}
