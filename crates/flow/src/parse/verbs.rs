//! What each verb takes.

use codex32_model::Value;
use codex32_model::codes::bot as codes;
use codex32_model::definition::{
    Agent, Approve, Ask, Call, CodeStep, DEFAULT_BINDING, Decision, Do, Language, Limits, OnReject,
    Search, Step, Tool, Verb, Wait,
};
use codex32_model::schema::{Fields, Schema};
use codex32_model::time::parse_duration;
use indexmap::IndexMap;

use super::bot::{AGENT_LIMITS, ASK_LIMITS};
use super::places::Path;
use super::reader::{Reader, get};
use super::words;
use crate::source::{Entry, Kind, Node};

const TOOLS: &[(&str, &[&str])] = &[
    ("do", &["connection", "with", "approve"]),
    ("call", &["with", "approve"]),
    ("mcp", &["allow", "approve"]),
    ("search", &[]),
];
const WAIT_KEYS: &[&str] = &["until", "timezone", "event", "match", "timeout", "since", "hold"];
const RESPOND_KEYS: &[&str] = &["status", "headers", "body"];

/// Whether a text has a template in it, so that its value is known only at run time.
pub fn has_template(text: &str) -> bool {
    text.contains("{{")
}

impl Reader {
    /// Reads the verb; `value` stands beside its key.
    pub fn verb(
        &mut self,
        verb: &str,
        node: &Node,
        value: &Node,
        entries: &[Entry],
        path: &Path<'_>,
    ) -> Option<Verb> {
        let here = path.key(verb);
        Some(match verb {
            "do" => Verb::Do(self.action_step(value, entries, path)),
            "code" => self.code(value, entries, path)?,
            "set" => Verb::Set(value.to_value()),
            "if" => {
                if get(entries, "then").is_none() {
                    self.missing(node, path, "then", "the steps to run if the condition holds");
                }
                Verb::If {
                    condition: self
                        .expression(value, &here, "the condition")
                        .unwrap_or_else(harmless),
                    then: self.branch(entries, "then", path).unwrap_or_default(),
                    otherwise: self.branch(entries, "else", path).unwrap_or_default(),
                }
            }
            "switch" => {
                let cases = match get(entries, "cases") {
                    Some(cases) => self.branches(cases, &path.key("cases"), "cases"),
                    None => {
                        self.missing(node, path, "cases", "the steps for each value");
                        IndexMap::new()
                    }
                };
                Verb::Switch {
                    on: self
                        .expression(value, &here, "the value to switch on")
                        .unwrap_or_else(harmless),
                    cases,
                    default: self.branch(entries, "default", path),
                }
            }
            "for_each" => self.for_each(node, value, entries, path),
            "parallel" => {
                let branches = self.branches(value, &here, "branches");
                for entry in value.entries() {
                    if !words::is_id(&entry.key) {
                        let rule = (words::ID_RULE, '_');
                        self.bad_name(
                            entry.at,
                            &here.key(&entry.key),
                            &entry.key,
                            "name of a branch",
                            rule,
                        );
                    }
                }
                Verb::Parallel(branches)
            }
            "try" => {
                if get(entries, "catch").is_none() && get(entries, "finally").is_none() {
                    self.missing(node, path, "catch", "a `try` needs `catch`, `finally` or both");
                }
                Verb::Try {
                    body: self.some_steps(value, &here),
                    catch: self.branch(entries, "catch", path),
                    finally: self.branch(entries, "finally", path),
                }
            }
            "wait" => Verb::Wait(self.wait(value, &here)?),
            "approve" => self.approve(value, entries, path),
            "ask" => self.ask(value, entries, path),
            "agent" => self.agent(value, entries, path),
            "search" => self.search(node, value, entries, path),
            "call" => {
                let rule = (words::is_slug as fn(&str) -> bool, words::SLUG_RULE, '-');
                let with = get(entries, "with");
                let detach = get(entries, "detach");
                Verb::Call(Call {
                    bot: self.name(value, &here, "name of a bot", rule)?,
                    with: with
                        .map(|node| self.values(node, &path.key("with"), "the inputs"))
                        .unwrap_or_default(),
                    detach: detach
                        .and_then(|node| self.flag(node, &path.key("detach")))
                        .unwrap_or(false),
                })
            }
            "emit" => Verb::Emit {
                event: self.event(value, &here)?,
                data: get(entries, "data").map(Node::to_value).unwrap_or_default(),
                key: get(entries, "key")
                    .and_then(|node| self.filled(node, &path.key("key"), "the key")),
            },
            "respond" => self.respond(value, &here)?,
            _ => Verb::Return(value.to_value()),
        })
    }

    fn action_step(&mut self, value: &Node, entries: &[Entry], path: &Path<'_>) -> Do {
        let connection = get(entries, "connection");
        let with = get(entries, "with");
        Do {
            action: self.action(value, &path.key("do")).unwrap_or_default(),
            connection: connection.and_then(|node| {
                self.reference(node, &path.key("connection"), "name of a connection")
            }),
            with: with
                .map(|node| self.values(node, &path.key("with"), "the parameters"))
                .unwrap_or_default(),
        }
    }

    fn code(&mut self, value: &Node, entries: &[Entry], path: &Path<'_>) -> Option<Verb> {
        let mut step = CodeStep {
            code: self.filled(value, &path.key("code"), "the code")?,
            language: Language::default(),
            network: Vec::new(),
            output: None,
        };
        if let Some(node) = get(entries, "language") {
            let words = [
                ("typescript", Language::TypeScript),
                ("javascript", Language::JavaScript),
                ("python", Language::Python),
            ];
            step.language = self.choice(node, &path.key("language"), &words).unwrap_or_default();
        }
        if let Some(node) = get(entries, "network") {
            let path = path.key("network");
            step.network = self.texts(node, &path, "hosts");
            for (index, item) in list(node).iter().enumerate() {
                if let Some(host) = item.as_str().filter(|host| !words::is_host(host)) {
                    let message = format!("`{host}` is no host name.");
                    let bare = host.split("://").last().unwrap_or(host);
                    let bare = bare.split(['/', ':', '?']).next().unwrap_or(bare);
                    let at = path.index(index);
                    if words::is_host(bare) {
                        self.fix(codes::NETWORK, item.at, &at, message, format!("write {bare}"));
                    } else {
                        self.error(codes::NETWORK, item.at, &at, message);
                    }
                }
            }
        }
        step.output = self.declared(entries, path);
        Some(Verb::Code(step))
    }

    fn declared(&mut self, entries: &[Entry], path: &Path<'_>) -> Option<Schema> {
        get(entries, "output").map(|node| self.output(node, &path.key("output")))
    }

    /// Named lists of steps.
    fn branches(
        &mut self,
        node: &Node,
        path: &Path<'_>,
        what: &str,
    ) -> IndexMap<String, Vec<Step>> {
        let entries = self.open_map(node, path, what).unwrap_or_default();
        if entries.is_empty() && matches!(node.kind, Kind::Map(_)) {
            self.error(codes::EMPTY, node.at, path, "Expected at least one branch.");
        }
        let branches = entries.iter();
        branches.map(|e| (e.key.to_string(), self.steps(&e.value, &path.key(&e.key)))).collect()
    }

    fn for_each(&mut self, node: &Node, value: &Node, entries: &[Entry], path: &Path<'_>) -> Verb {
        let rule = (words::is_id as fn(&str) -> bool, words::ID_RULE, '_');
        let bind = get(entries, "as");
        let concurrency = get(entries, "concurrency");
        let steps = match get(entries, "steps") {
            Some(steps) => self.some_steps(steps, &path.key("steps")),
            None => {
                self.missing(node, path, "steps", "the steps to run for each item");
                Vec::new()
            }
        };
        let items = self.expression(value, &path.key("for_each"), "the list to loop over");
        Verb::ForEach {
            items: items.unwrap_or_else(|| "{{ [] }}".to_owned()),
            bind: bind
                .and_then(|node| self.name(node, &path.key("as"), "name of a loop variable", rule))
                .unwrap_or_else(|| DEFAULT_BINDING.to_owned()),
            concurrency: concurrency
                .and_then(|node| self.whole(node, &path.key("concurrency"), 1, 1_000))
                .unwrap_or(1),
            steps,
        }
    }

    fn wait(&mut self, node: &Node, path: &Path<'_>) -> Option<Wait> {
        match &node.kind {
            Kind::Str(text, _) if has_template(text) => return Some(Wait::For(text.to_string())),
            Kind::Str(text, _) => {
                if let Err(error) = parse_duration(text) {
                    if words::is_time(text) {
                        let message = format!("`{text}` is a time, not a duration.");
                        let suggestion = format!("write {{ until: \"{text}\" }}");
                        self.fix(codes::DURATION, node.at, path, message, suggestion);
                    } else {
                        self.bad_duration(node, path, text, error.suggestion);
                    }
                }
                return Some(Wait::For(text.to_string()));
            }
            Kind::Int(_) => {
                self.duration(node, path);
                return None;
            }
            _ => {}
        }
        let entries = self.map(node, path, "a wait", WAIT_KEYS)?;
        let stray = |reader: &mut Self, keys: &[&str], owner: &str| {
            for entry in entries.iter().filter(|entry| keys.contains(&&*entry.key)) {
                let message = format!("`{}` belongs to a wait for {owner}.", entry.key);
                reader.error(codes::FOREIGN_KEY, entry.at, &path.key(&entry.key), message);
            }
        };
        if let Some(node) = get(entries, "event") {
            stray(self, &["until", "timezone"], "a time");
            let event = self.event(node, &path.key("event"));
            let mut wait = (None, None, None, false);
            for Entry { key, value, .. } in entries {
                let path = path.key(key);
                match &**key {
                    "match" => wait.0 = self.expression(value, &path, "the condition"),
                    "timeout" => wait.1 = self.duration(value, &path),
                    "since" => wait.2 = self.moment(value, &path, "the time"),
                    "hold" => wait.3 = self.flag(value, &path).unwrap_or(false),
                    _ => {}
                }
            }
            let (matching, timeout, since, hold) = wait;
            return Some(Wait::Event { event: event?, matching, timeout, since, hold });
        }
        let Some(at) = get(entries, "until") else {
            let message =
                "A wait is a duration (`wait: 15m`), or an object with `until` or `event`.";
            self.error(codes::MISSING_KEY, node.at, path, message);
            return None;
        };
        stray(self, &["match", "timeout", "since", "hold"], "an event");
        let timezone = get(entries, "timezone")
            .and_then(|node| self.filled(node, &path.key("timezone"), "the time zone"));
        Some(Wait::Until { at: self.moment(at, &path.key("until"), "the time")?, timezone })
    }

    /// A time as text: a template, a civil time, or RFC 3339.
    pub fn moment(&mut self, node: &Node, path: &Path<'_>, what: &str) -> Option<String> {
        let text = self.filled(node, path, what)?;
        if !has_template(&text) && !words::is_time(&text) {
            let message = format!(
                "`{text}` is no time; write 2027-03-01T10:00, or with an offset 2027-03-01T10:00:00+01:00."
            );
            self.error(codes::TIME, node.at, path, message);
        }
        Some(text)
    }

    fn approve(&mut self, value: &Node, entries: &[Entry], path: &Path<'_>) -> Verb {
        let mut approve = Approve {
            text: self.filled(value, &path.key("approve"), "the question").unwrap_or_default(),
            to: Vec::new(),
            form: Fields::new(),
            expires: None,
            default: None,
            on_reject: OnReject::Stop,
        };
        for Entry { key, value, .. } in entries {
            let path = path.key(key);
            match &**key {
                "to" => approve.to = self.texts(value, &path, "people"),
                "form" => approve.form = self.inputs(value, &path),
                "expires" => approve.expires = self.duration(value, &path),
                "default" => {
                    let words = [("approve", Decision::Approve), ("reject", Decision::Reject)];
                    approve.default = self.choice(value, &path, &words);
                }
                "on_reject" => {
                    let words = [("stop", OnReject::Stop), ("continue", OnReject::Continue)];
                    approve.on_reject = self.choice(value, &path, &words).unwrap_or_default();
                }
                _ => {}
            }
        }
        Verb::Approve(approve)
    }

    fn some_limits(
        &mut self,
        entries: &[Entry],
        path: &Path<'_>,
        what: &str,
        known: &[&str],
    ) -> Limits {
        let node = get(entries, "limits");
        node.map(|node| self.limits(node, &path.key("limits"), what, known)).unwrap_or_default()
    }

    fn model(&mut self, entries: &[Entry], path: &Path<'_>) -> Option<String> {
        get(entries, "model").and_then(|node| self.filled(node, &path.key("model"), "the model"))
    }

    fn ask(&mut self, value: &Node, entries: &[Entry], path: &Path<'_>) -> Verb {
        let sources = get(entries, "sources");
        Verb::Ask(Ask {
            prompt: self.filled(value, &path.key("ask"), "the question").unwrap_or_default(),
            model: self.model(entries, path),
            sources: sources
                .map(|node| self.texts(node, &path.key("sources"), "knowledge bases"))
                .unwrap_or_default(),
            output: self.declared(entries, path),
            limits: self.some_limits(entries, path, "the limits of `ask`", ASK_LIMITS),
        })
    }

    fn agent(&mut self, value: &Node, entries: &[Entry], path: &Path<'_>) -> Verb {
        let tools = get(entries, "tools").map(|node| self.tools(node, &path.key("tools")));
        Verb::Agent(Agent {
            prompt: self.filled(value, &path.key("agent"), "the task").unwrap_or_default(),
            model: self.model(entries, path),
            tools: tools.unwrap_or_default(),
            output: self.declared(entries, path),
            limits: self.some_limits(entries, path, "the limits of `agent`", AGENT_LIMITS),
        })
    }

    fn tools(&mut self, node: &Node, path: &Path<'_>) -> Vec<Tool> {
        let items = self.list(node, path, "tools").unwrap_or_default();
        let tools = items.iter().enumerate();
        tools.filter_map(|(index, item)| self.tool(item, &path.index(index))).collect()
    }

    fn tool(&mut self, node: &Node, path: &Path<'_>) -> Option<Tool> {
        let entries = self.open_map(node, path, "a tool")?;
        let (kind, value) = self.which(node, entries, path, "tool", "kind", &[], TOOLS)?;
        let here = path.key(kind);
        let with = |reader: &mut Self, what: &str| {
            let node = get(entries, "with");
            node.map(|node| reader.values(node, &path.key("with"), what)).unwrap_or_default()
        };
        let approve =
            get(entries, "approve").and_then(|node| self.flag(node, &path.key("approve")));
        Some(match kind {
            "do" => Tool::Do {
                action: self.action(value, &here)?,
                connection: get(entries, "connection").and_then(|node| {
                    self.reference(node, &path.key("connection"), "name of a connection")
                }),
                with: with(self, "the parameters"),
                approve,
            },
            "call" => {
                let rule = (words::is_slug as fn(&str) -> bool, words::SLUG_RULE, '-');
                let bot = self.name(value, &here, "name of a bot", rule)?;
                Tool::Call { bot, with: with(self, "the inputs"), approve }
            }
            "mcp" => {
                let allow = get(entries, "allow");
                Tool::Mcp {
                    server: self.reference(value, &here, "name of an MCP server")?,
                    allow: allow
                        .map(|node| self.texts(node, &path.key("allow"), "tools"))
                        .unwrap_or_default(),
                    approve,
                }
            }
            _ => Tool::Search { base: self.reference(value, &here, "name of a knowledge base")? },
        })
    }

    fn search(&mut self, node: &Node, value: &Node, entries: &[Entry], path: &Path<'_>) -> Verb {
        let query = match get(entries, "query") {
            Some(query) => {
                self.filled(query, &path.key("query"), "the question").unwrap_or_default()
            }
            None => {
                self.missing(node, path, "query", "what to search for");
                String::new()
            }
        };
        let top = get(entries, "top").and_then(|node| self.whole(node, &path.key("top"), 1, 100));
        Verb::Search(Search {
            base: self
                .reference(value, &path.key("search"), "name of a knowledge base")
                .unwrap_or_default(),
            query,
            top: top.unwrap_or(5),
        })
    }

    fn respond(&mut self, node: &Node, path: &Path<'_>) -> Option<Verb> {
        if let Kind::Str(text, _) = &node.kind {
            let message = "Expected the answer as an object, found a text.";
            let text = serde_json::Value::from(&**text);
            self.fix(
                codes::WRONG_TYPE,
                node.at,
                path,
                message,
                format!("write {{ body: {text} }}"),
            );
            return None;
        }
        let entries = self.map(node, path, "an answer", RESPOND_KEYS)?;
        let status = match get(entries, "status") {
            None => Value::Int(200),
            Some(node) => match &node.kind {
                Kind::Str(text, _) if has_template(text) => node.to_value(),
                _ => self
                    .whole(node, &path.key("status"), 200, 599)
                    .map_or(Value::Int(200), Value::from),
            },
        };
        let mut headers = IndexMap::new();
        if let Some(node) = get(entries, "headers") {
            let path = path.key("headers");
            headers = self.values(node, &path, "the headers");
            for Entry { key, value, at } in node.entries() {
                if !words::is_header(key) {
                    let message = format!("`{key}` is no name of a header.");
                    self.error(codes::NAME, *at, &path.key(key), message);
                }
                if matches!(value.kind, Kind::List(_) | Kind::Map(_) | Kind::Null) {
                    self.wrong(value, &path.key(key), "a text");
                }
            }
        }
        let body = get(entries, "body").map(Node::to_value).unwrap_or_default();
        Some(Verb::Respond { status, headers, body })
    }
}

/// Stands for an expression that could not be read.
fn harmless() -> String {
    "{{ null }}".to_owned()
}

fn list(node: &Node) -> &[Node] {
    if let Kind::List(items) = &node.kind { items } else { &[] }
}
