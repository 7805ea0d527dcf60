//! One exchange on this machine: each server that it names becomes a port, and is shown by its name
//! again in everything that was sent or said.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex32_connectors::http::Guarded;
use codex32_connectors::{Connectors, Credentials, Failure, PollCall, validate_connection};
use codex32_flow::expr::{Budget, Expr, Scope, eval};
use codex32_model::action::Catalogue;
use codex32_model::{Field, Object, Schema, Value};
use codex32_testkit::sink::{Answer, Recorded, Sink};

use super::file::{self, Exchange};
use crate::support::{World, with_guard};

const HTTPS: &str = "https://";

/// What came of it, with the servers' own names.
pub enum Outcome {
    Output(Value),
    Failed(Failure),
}

pub struct Stage {
    world: World,
    action: Option<String>,
    trigger: Option<String>,
    credentials: Option<Credentials>,
    servers: Servers,
    sent: Arc<Mutex<Vec<Recorded>>>,
}

impl Stage {
    /// `http` is the client of all exchanges: making one takes longer than using it.
    pub async fn build(
        http: &Guarded,
        connector: &str,
        source: &str,
        exchange: &Exchange,
    ) -> Result<Self, String> {
        let told = |problems: Vec<codex32_model::Diagnostic>| {
            let line = |p: &codex32_model::Diagnostic| {
                format!("{} {}:{} {}", p.place.path, p.place.line, p.place.column, p.message)
            };
            problems.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        let mut source = source.to_owned();
        if source.contains("https://{{")
            && let Some(connection) = &exchange.connection
        {
            // Fields with their defaults name servers too.
            let real = Connectors::only([(connector, source.as_str())]).map_err(told)?;
            let fields = credentials(&real, connector, &connection.kind, &connection.fields)?;
            source = named(&source, &fields);
        }

        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut servers = Servers::default();
        let answers: Arc<Mutex<Vec<Answer>>> = Arc::default();
        let given = exchange.connection.as_ref().map(|c| Value::from(c.fields.clone()).to_json());
        let wire =
            exchange.http.iter().map(|http| format!("{:?} {}", http.answer, http.request.url));
        let texts = [source.clone(), given.clone().unwrap_or_default(), exchange.with.to_json()];
        for text in texts.into_iter().chain(wire) {
            for authority in authorities(&text) {
                if let Entry::Vacant(place) = servers.0.entry(authority) {
                    let sink = server(place.key(), &sent, &answers).await;
                    place.insert(sink);
                }
            }
        }
        let script = exchange.http.iter().rev().map(|http| servers.answer(&http.answer));
        *answers.lock().expect("lock") = script.collect();

        let source = servers.local(&source);
        let connectors = Connectors::only([(connector, source.as_str())]).map_err(told)?;
        let credentials = match (&exchange.connection, given) {
            (Some(connection), Some(given)) => {
                let fields = Value::from_json(&servers.local(&given)).expect("an object");
                let fields = fields.as_object().cloned().unwrap_or_default();
                Some(credentials(&connectors, connector, &connection.kind, &fields)?)
            }
            _ => None,
        };
        let mut world = with_guard(http.clone());
        world.runtime = world.runtime.with_connectors(Arc::new(connectors));
        let action = exchange.action.as_ref().map(|name| format!("{connector}.{name}"));
        let trigger = exchange.trigger.as_ref().map(|name| format!("{connector}.{name}"));
        Ok(Self { world, action, trigger, credentials, servers, sent })
    }

    pub async fn run(&self, exchange: &Exchange) -> Outcome {
        let input = self.servers.local(&exchange.with.to_json());
        let input = Value::from_json(&input).expect("still JSON");
        let credentials = self.credentials.as_ref();
        let result = match (&self.action, &self.trigger) {
            (Some(action), _) => {
                self.world.run(action, input, credentials).await.map(|done| done.output)
            }
            (None, Some(trigger)) => self.look(trigger, input, &exchange.seen).await,
            (None, None) => {
                let credentials = credentials.expect("a test is of a connection");
                let tested = self.world.runtime.test_connection(
                    crate::support::scope(),
                    credentials,
                    Duration::from_secs(5),
                );
                tested.await.map(Value::from)
            }
        };
        match result {
            Ok(output) => {
                let output = self.servers.real(&output.to_json());
                Outcome::Output(Value::from_json(&output).expect("still JSON"))
            }
            Err(failure) => {
                let message = self.servers.real(&failure.message);
                let sent = self.sent.lock().expect("lock");
                let asked = sent.last().and_then(|request| request.header("host"));
                let asked = asked.map(|host| self.servers.real(&format!("http://{host}")));
                let asked = asked.as_deref().and_then(|url| url.strip_prefix(HTTPS));
                let message = message.replace("127.0.0.1", asked.unwrap_or("127.0.0.1"));
                Outcome::Failed(Failure { message, ..failure })
            }
        }
    }

    async fn look(&self, trigger: &str, input: Value, seen: &[String]) -> Result<Value, Failure> {
        let credentials = self.credentials.as_ref();
        let is_new = |id: &str| !seen.iter().any(|seen| seen == id);
        let timeout = Duration::from_secs(5);
        let scope = crate::support::scope();
        let most = 200;
        let call = PollCall { scope, trigger, input, credentials, is_new: &is_new, most, timeout };
        let polled = self.world.runtime.poll(call).await?;
        let new = polled.new.into_iter();
        let new = new.map(|(id, data)| Value::object([("id", Value::from(id)), ("data", data)]));
        Ok(Value::list(new))
    }

    /// What the action or trigger declares to give.
    pub fn output_schema(&self) -> Option<Schema> {
        let all = self.world.runtime.connectors();
        if let Some(action) = &self.action {
            return all.action(action).map(|spec| spec.output.clone());
        }
        let name = self.trigger.as_deref()?;
        let event = all.triggers().iter().find(|spec| spec.name == name)?.event.clone();
        let fields = [("id", Schema::String), ("data", event)];
        let fields = fields.map(|(name, schema)| (name.to_owned(), Field::required(schema)));
        Some(Schema::array(Schema::Object { fields: fields.into_iter().collect(), open: false }))
    }

    /// The requests in order, as they would be sent to the real servers.
    pub fn sent(&self) -> Vec<Recorded> {
        let mut sent = self.sent.lock().expect("lock").clone();
        for request in &mut sent {
            let host = request.header("host").unwrap_or_default();
            request.path = self.servers.real(&format!("http://{host}{}", request.path));
            if let Ok(body) = std::str::from_utf8(&request.body) {
                request.body = self.servers.real(body).into_bytes();
            }
            for (_, value) in &mut request.headers {
                *value = self.servers.real(value);
            }
        }
        sent
    }
}

fn credentials(
    all: &Connectors,
    connector: &str,
    kind: &str,
    fields: &Object,
) -> Result<Credentials, String> {
    validate_connection(all, connector, kind, fields).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        format!("The connection: {}", problems.join("; "))
    })
}

async fn server(
    authority: &str,
    sent: &Arc<Mutex<Vec<Recorded>>>,
    answers: &Arc<Mutex<Vec<Answer>>>,
) -> Sink {
    let (sent, answers) = (Arc::clone(sent), Arc::clone(answers));
    let authority = authority.to_owned();
    Sink::start(move |request| {
        sent.lock().expect("lock").push(request.clone());
        let next = answers.lock().expect("lock").pop();
        next.unwrap_or_else(|| Answer::text(599, format!("{authority} was not to be asked")))
    })
    .await
}

/// What an expression over `connection` alone gives.
fn of_connection(expression: &str, fields: &Credentials) -> Option<String> {
    struct Connection<'a>(&'a Credentials);
    impl Scope for Connection<'_> {
        fn root(&self, _: &str) -> Option<Value> {
            None
        }

        fn field(&self, root: &str, key: &str) -> Option<Value> {
            (root == "connection").then(|| self.0.get(key).map(Value::from).unwrap_or_default())
        }
    }
    let expr = Expr::parse(expression).ok()?;
    let alone = expr.references().iter().all(|reference| reference.root == "connection");
    let value = alone.then(|| eval(&expr, &Connection(fields), &mut Budget::new(100_000, 1 << 20)));
    value?.ok().map(|value| value.to_text())
}

/// The manifest with the connection's own fields in the names of servers:
/// `https://{{ connection.shop }}.example.com` becomes `https://acme.example.com`.
fn named(source: &str, fields: &Credentials) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once(HTTPS) {
        out.push_str(before);
        out.push_str(HTTPS);
        rest = after;
        while let Some(end) = rest.find(|c: char| "{/\"' \n".contains(c))
            && rest[end..].starts_with("{{")
            && let Some((expression, after)) = rest[end + 2..].split_once("}}")
            && let Some(value) = of_connection(expression, fields)
        {
            out.push_str(&rest[..end]);
            out.push_str(&value);
            rest = after;
        }
    }
    out + rest
}

/// The servers that a text names.
fn authorities(text: &str) -> Vec<String> {
    let rests = text.split(HTTPS).skip(1);
    let name = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-:".contains(*c)).collect()
    };
    let names = rests.map(name).map(|name| name.trim_end_matches(['.', ':']).to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// The servers by name.
#[derive(Default)]
struct Servers(BTreeMap<String, Sink>);

impl Servers {
    /// Longest names first: one may begin with another.
    fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, sink)| (format!("{HTTPS}{name}"), sink.url("")))
            .flat_map(|(real, local)| [(encode(&real), encode(&local)), (real, local)])
            .collect();
        pairs.sort_by_key(|(real, _)| std::cmp::Reverse(real.len()));
        pairs
    }

    fn local(&self, text: &str) -> String {
        self.pairs().iter().fold(text.to_owned(), |text, (real, local)| text.replace(real, local))
    }

    fn real(&self, text: &str) -> String {
        self.pairs().iter().fold(text.to_owned(), |text, (real, local)| text.replace(local, real))
    }

    fn answer(&self, answer: &file::Answer) -> Answer {
        let kind = if answer.json.is_some() { "application/json" } else { "text/plain" };
        let body = answer.json.as_ref().map(Value::to_json).or(answer.text.clone());
        let typed = answer.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        let mut reply = Answer::status(answer.status);
        if body.is_some() && !typed {
            reply = reply.header("content-type", kind);
        }
        for (name, value) in &answer.headers {
            reply = reply.header(name, &self.local(value));
        }
        reply.body(self.local(&body.unwrap_or_default()))
    }
}

/// As in a query.
fn encode(url: &str) -> String {
    url.replace(':', "%3A").replace('/', "%2F")
}
