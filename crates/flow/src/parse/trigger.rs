//! Triggers.

use codex32_model::codes::bot as codes;
use codex32_model::definition::{
    Missed, Overlap, Respond, Rule, ScheduleTrigger, Scheme, Trigger, TriggerKind, Verify, Webhook,
};
use indexmap::IndexMap;

use super::places::Path;
use super::reader::{Reader, get};
use super::words;
use crate::source::{Entry, Kind, Node};

const COMMON: &[&str] = &["when", "inputs"];
const CALENDAR: &[&str] = &["timezone", "start", "end", "count", "except", "missed", "overlap"];

/// The kinds of triggers, each with the keys that stand beside it.
pub(crate) const KINDS: &[(&str, &[&str])] = &[
    ("schedule", CALENDAR),
    ("every", CALENDAR),
    ("once", &["timezone", "missed", "overlap"]),
    ("webhook", &[]),
    ("event", &[]),
    ("app", &["connection", "with", "poll"]),
    ("form", &[]),
    ("email", &[]),
    ("chat", &[]),
    ("manual", &[]),
];

const WEBHOOK_KEYS: &[&str] =
    &["path", "method", "respond", "timeout", "max_body", "dedupe", "verify"];
const METHODS: &[(&str, &str)] = &[
    ("GET", "GET"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("PATCH", "PATCH"),
    ("DELETE", "DELETE"),
    ("HEAD", "HEAD"),
    ("OPTIONS", "OPTIONS"),
    ("ANY", "ANY"),
];
const SCHEMES: &[(&str, Scheme)] = &[
    ("standard", Scheme::Standard),
    ("github", Scheme::GitHub),
    ("stripe", Scheme::Stripe),
    ("slack", Scheme::Slack),
    ("hmac-sha256", Scheme::HmacSha256),
];
const RESPOND: &[(&str, Respond)] = &[("now", Respond::Now), ("run", Respond::Run)];

impl Reader {
    pub fn triggers(&mut self, node: &Node, path: &Path<'_>) -> IndexMap<String, Trigger> {
        if let Kind::List(_) = node.kind {
            let message = "Expected the triggers as an object, found a list.";
            self.fix(
                codes::WRONG_TYPE,
                node.at,
                path,
                message,
                "give each trigger a name: `name: { … }`",
            );
            return IndexMap::new();
        }
        let entries = self.open_map(node, path, "the triggers").unwrap_or_default();
        let mut triggers = IndexMap::new();
        for Entry { key, at, value } in entries {
            let path = path.key(key);
            if !words::is_id(key) {
                self.bad_name(*at, &path, key, "name of a trigger", (words::ID_RULE, '_'));
            }
            if let Some(trigger) = self.trigger(value, &path) {
                triggers.insert(key.to_string(), trigger);
            }
        }
        triggers
    }

    fn trigger(&mut self, node: &Node, path: &Path<'_>) -> Option<Trigger> {
        let entries = self.open_map(node, path, "a trigger")?;
        let (kind, value) = self.which(node, entries, path, "trigger", "kind", COMMON, KINDS)?;
        let when = get(entries, "when")
            .and_then(|node| self.expression(node, &path.key("when"), "the condition"));
        let inputs = get(entries, "inputs")
            .map(|node| self.values(node, &path.key("inputs"), "the inputs"))
            .unwrap_or_default();
        let here = path.key(kind);
        let kind = match kind {
            "schedule" => {
                let rule = Rule::Calendar(self.filled(value, &here, "a cron text or RRULE")?);
                self.schedule(rule, entries, path)
            }
            "every" => {
                let rule = Rule::Every(self.duration(value, &here)?);
                self.schedule(rule, entries, path)
            }
            "once" => {
                let rule = Rule::Once(self.filled(value, &here, "the time")?);
                self.schedule(rule, entries, path)
            }
            "webhook" => TriggerKind::Webhook(self.webhook(value, &here)?),
            "event" => TriggerKind::Event { event: self.event(value, &here)? },
            "app" => self.app(value, entries, path)?,
            "form" => self.form(value, &here)?,
            "email" => {
                let entries =
                    self.map(value, &here, "an email trigger", &["connection", "folder"])?;
                TriggerKind::Email {
                    connection: self.connection(entries, &here),
                    folder: get(entries, "folder")
                        .and_then(|node| self.filled(node, &here.key("folder"), "the folder")),
                }
            }
            "chat" => {
                let entries = self.map(value, &here, "a chat trigger", &["path"])?;
                TriggerKind::Chat { path: self.path(value, entries, &here)? }
            }
            _ => {
                if value.kind != Kind::Null {
                    self.map(value, &here, "a manual trigger", &[]);
                }
                TriggerKind::Manual
            }
        };
        Some(Trigger { when, inputs, kind })
    }

    fn connection(&mut self, entries: &[Entry], path: &Path<'_>) -> Option<String> {
        get(entries, "connection")
            .and_then(|node| self.reference(node, &path.key("connection"), "name of a connection"))
    }

    fn app(&mut self, value: &Node, entries: &[Entry], path: &Path<'_>) -> Option<TriggerKind> {
        let event = self.action(value, &path.key("app"))?;
        Some(TriggerKind::App {
            event,
            connection: self.connection(entries, path),
            with: get(entries, "with")
                .map(|node| self.values(node, &path.key("with"), "the parameters"))
                .unwrap_or_default(),
            poll: get(entries, "poll").and_then(|node| self.duration(node, &path.key("poll"))),
        })
    }

    fn form(&mut self, value: &Node, path: &Path<'_>) -> Option<TriggerKind> {
        let entries = self.map(value, path, "a form trigger", &["path", "title", "respond"])?;
        Some(TriggerKind::Form {
            path: self.path(value, entries, path)?,
            title: get(entries, "title")
                .and_then(|node| self.text(node, &path.key("title"), "the title")),
            respond: get(entries, "respond")
                .and_then(|node| self.choice(node, &path.key("respond"), RESPOND))
                .unwrap_or_default(),
        })
    }

    fn path(&mut self, node: &Node, entries: &[Entry], path: &Path<'_>) -> Option<String> {
        let Some(value) = get(entries, "path") else {
            self.missing(node, path, "path", "where callers reach it, such as `orders/new`");
            return None;
        };
        let text = self.filled(value, &path.key("path"), "a path")?;
        if !words::is_path(&text) {
            let message = format!(
                "`{text}` is no path: segments of letters, digits, `.`, `_`, `~`, `-`, joined by `/`."
            );
            let better = text.trim().trim_matches('/');
            let path = path.key("path");
            if words::is_path(better) {
                self.fix(codes::WEBHOOK_PATH, value.at, &path, message, format!("write {better}"));
            } else {
                self.error(codes::WEBHOOK_PATH, value.at, &path, message);
            }
        }
        Some(text)
    }

    fn webhook(&mut self, node: &Node, path: &Path<'_>) -> Option<Webhook> {
        if let Some(text) = node.as_str() {
            let message = "Expected the webhook as an object, found a text.";
            self.fix(
                codes::WRONG_TYPE,
                node.at,
                path,
                message,
                format!("write {{ path: {text} }}"),
            );
            return None;
        }
        let entries = self.map(node, path, "a webhook", WEBHOOK_KEYS)?;
        let mut hook = Webhook {
            path: self.path(node, entries, path)?,
            method: "POST".to_owned(),
            respond: Respond::Now,
            timeout: None,
            max_body: None,
            dedupe: None,
            verify: None,
        };
        for Entry { key, value, .. } in entries {
            let path = path.key(key);
            match &**key {
                "method" => {
                    hook.method = self.choice(value, &path, METHODS).unwrap_or("POST").to_owned();
                }
                "respond" => hook.respond = self.choice(value, &path, RESPOND).unwrap_or_default(),
                "timeout" => hook.timeout = self.duration(value, &path),
                "max_body" => hook.max_body = self.size(value, &path, words::MAX_BODY),
                "dedupe" => hook.dedupe = self.expression(value, &path, "the key"),
                "verify" => hook.verify = self.verify(value, &path),
                _ => {}
            }
        }
        Some(hook)
    }

    fn verify(&mut self, node: &Node, path: &Path<'_>) -> Option<Verify> {
        let known = ["scheme", "connection", "header", "tolerance"];
        let entries = self.map(node, path, "a signature check", &known)?;
        let scheme = match get(entries, "scheme") {
            Some(node) => self.choice(node, &path.key("scheme"), SCHEMES),
            None => {
                self.missing(node, path, "scheme", "how the sender signs");
                None
            }
        };
        if get(entries, "connection").is_none() {
            self.missing(node, path, "connection", "the connection that holds the signing secret");
        }
        let connection = self.connection(entries, path);
        let header = get(entries, "header").and_then(|node| {
            let path = path.key("header");
            let name = self.filled(node, &path, "the name of a header")?;
            if !words::is_header(&name) {
                self.error(
                    codes::NAME,
                    node.at,
                    &path,
                    format!("`{name}` is no name of a header."),
                );
            }
            Some(name)
        });
        match (scheme, get(entries, "header")) {
            (Some(Scheme::HmacSha256), None) => {
                self.missing(node, path, "header", "the header that holds the signature");
            }
            (Some(scheme), Some(node)) if scheme != Scheme::HmacSha256 => {
                let message = "`header` belongs to the scheme `hmac-sha256`; this one has its own.";
                self.error(codes::VERIFY, node.at, &path.key("header"), message);
            }
            _ => {}
        }
        let tolerance =
            get(entries, "tolerance").and_then(|node| self.duration(node, &path.key("tolerance")));
        Some(Verify { scheme: scheme?, connection: connection?, header, tolerance })
    }

    fn schedule(&mut self, rule: Rule, entries: &[Entry], path: &Path<'_>) -> TriggerKind {
        let mut schedule = ScheduleTrigger {
            rule,
            timezone: None,
            start: None,
            end: None,
            count: None,
            except: Vec::new(),
            missed: Missed::Last,
            overlap: Overlap::Queue,
        };
        for Entry { key, value, .. } in entries {
            let path = path.key(key);
            match &**key {
                "timezone" => schedule.timezone = self.filled(value, &path, "the time zone"),
                "start" => schedule.start = self.filled(value, &path, "the first time"),
                "end" => schedule.end = self.filled(value, &path, "the last time"),
                "count" => schedule.count = self.whole(value, &path, 1, u32::MAX),
                "except" => schedule.except = self.texts(value, &path, "dates"),
                "missed" => {
                    let words =
                        [("skip", Missed::Skip), ("last", Missed::Last), ("all", Missed::All)];
                    schedule.missed = self.choice(value, &path, &words).unwrap_or_default();
                }
                "overlap" => {
                    let words = [
                        ("queue", Overlap::Queue),
                        ("skip", Overlap::Skip),
                        ("cancel", Overlap::Cancel),
                    ];
                    schedule.overlap = self.choice(value, &path, &words).unwrap_or_default();
                }
                _ => {}
            }
        }
        TriggerKind::Schedule(schedule)
    }
}
