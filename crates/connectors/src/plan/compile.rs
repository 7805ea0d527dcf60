//! Compiling a manifest, and finding what its expressions have wrong.

use codex32_flow::expr::{Compiled, Expr, Part, Reference, Template, parse_whole};
use codex32_model::{Diagnostic, Fields, Value};

use super::{
    ActionPlan, AuthPlan, BodyPlan, EachPlan, Exchange, LookupFrom, LookupPlan, Next, OauthPlan,
    PagingPlan, Plan, RequestPlan, Rule, Slot, Target, TestPlan, TriggerPlan, signing_in,
};
use crate::credentials::fields_of;
use crate::manifest::{
    Action, BodyForm, ClientAuth, Each, ErrorRule, Lookups, Manifest, Paging, Poll, Request,
    Response, read,
};

/// Compiles everything that runs; every mistake is told with its path.
pub fn compile(source: &str, manifest: &Manifest) -> Result<Plan, Vec<Diagnostic>> {
    let mut compiler = Compiler {
        source,
        manifest,
        params: None,
        kind: None,
        lookups: vec![],
        item: false,
        response: false,
        problems: vec![],
    };
    let plan = compiler.plan();
    if compiler.problems.is_empty() { Ok(plan) } else { Err(compiler.problems) }
}

struct Compiler<'a> {
    source: &'a str,
    manifest: &'a Manifest,
    /// Those that `params.x` may name.
    params: Option<&'a Fields>,
    /// The kind of connection, where it is one only.
    kind: Option<&'a str>,
    /// Those that `lookup.x` may name.
    lookups: Vec<String>,
    /// Whether there is an `item`, one of what a trigger found.
    item: bool,
    /// Whether `response` exists yet.
    response: bool,
    problems: Vec<Diagnostic>,
}

/// What stands for an expression that cannot be read; its diagnostic refuses the manifest.
fn broken() -> Expr {
    Expr::parse("null").expect("`null` is an expression")
}

impl<'a> Compiler<'a> {
    fn add(&mut self, path: &str, message: &str) {
        self.problems.push(read::problem(self.source, path, message));
    }

    fn plan(&mut self) -> Plan {
        let manifest = self.manifest;
        let base_url = manifest.base_url.as_deref().map(|text| self.template("base_url", text));
        let mut auth = std::collections::HashMap::new();
        for (name, kind) in &manifest.auth {
            self.kind = Some(name);
            let path = format!("auth.{name}");
            let key = kind.place.zip(kind.name.as_deref()).map(|(place, key)| {
                let value = kind.value.as_deref().unwrap_or("{{ connection.key }}");
                (
                    place,
                    self.template(&format!("{path}.name"), key),
                    self.template(&format!("{path}.value"), value),
                )
            });
            let headers = kind.headers.iter().map(|(header, value)| {
                (header.clone(), self.template(&format!("{path}.headers.{header}"), value))
            });
            let headers = headers.collect();
            let base_url = kind.base_url.as_deref();
            let base_url = base_url.map(|text| self.template(&format!("{path}.base_url"), text));
            let addresses = kind.authorization_url.as_deref().zip(kind.token_url.as_deref());
            let oauth = addresses.map(|(authorization, token)| OauthPlan {
                authorization: self.template(&format!("{path}.authorization_url"), authorization),
                token: self.template(&format!("{path}.token_url"), token),
                scopes: kind.scopes.clone(),
                basic: kind.client_auth == ClientAuth::Basic,
            });
            auth.insert(
                name.clone(),
                AuthPlan { scheme: kind.scheme, base_url, key, headers, oauth },
            );
        }
        self.kind = None;
        let mut actions = std::collections::HashMap::new();
        for (name, action) in &manifest.actions {
            if let Some(request) = &action.request {
                let path = format!("actions.{name}");
                actions.insert(name.clone(), self.action(&path, action, request));
            }
        }
        self.params = None;
        let errors = self.rules("errors", &manifest.errors);
        let test = manifest.test.as_ref().map(|test| {
            let kinds = test.auth.clone().unwrap_or_else(|| signing_in(manifest));
            let output = test.message.as_deref().map_or(Value::Null, Value::from);
            let response = Response { output: Some(output), ok: None, form: BodyForm::Auto };
            TestPlan { exchange: self.exchange("test", &test.request, &response, &[]), kinds }
        });
        let mut triggers = std::collections::HashMap::new();
        for (name, trigger) in &manifest.triggers {
            if let Some(poll) = &trigger.poll {
                self.params = Some(&trigger.params);
                triggers.insert(name.clone(), self.trigger(&format!("triggers.{name}.poll"), poll));
            }
        }
        let rate_limit = manifest.rate_limit.clone();
        Plan { base_url, auth, actions, triggers, test, errors, rate_limit }
    }

    fn trigger(&mut self, path: &str, poll: &Poll) -> TriggerPlan {
        let lookups = self.lookups(path, &poll.lookups);
        let exchange = self.exchange(path, &poll.request, &Response::default(), &[]);
        let paging =
            poll.paging.as_ref().map(|paging| self.paging(&format!("{path}.paging"), paging));
        self.response = true;
        let items = self.expr(&format!("{path}.items"), &poll.items);
        let each = poll.each.as_ref().map(|each| self.each(path, each));
        (self.item, self.response) = (true, true);
        let id = self.expr(&format!("{path}.id"), &poll.id);
        let whole = Value::from("{{ item }}");
        let data = self.value(&format!("{path}.data"), poll.data.as_ref().unwrap_or(&whole));
        (self.item, self.response) = (false, false);
        self.lookups.clear();
        TriggerPlan {
            lookups,
            exchange,
            paging,
            items,
            oldest_first: poll.oldest_first,
            each,
            id,
            data,
        }
    }

    fn action(&mut self, path: &str, action: &'a Action, request: &Request) -> ActionPlan {
        self.params = Some(&action.params);
        let lookups = self.lookups(path, &action.lookups);
        let exchange = self.exchange(path, request, &action.response, &action.errors);
        let mut by_auth = std::collections::HashMap::new();
        for (kind, variant) in &action.by_auth {
            self.kind = Some(kind);
            let path = format!("{path}.by_auth.{kind}");
            let exchange =
                self.exchange(&path, &variant.request, &variant.response, &variant.errors);
            by_auth.insert(kind.clone(), exchange);
        }
        self.kind = None;
        let paging =
            action.paging.as_ref().map(|paging| self.paging(&format!("{path}.paging"), paging));
        let each = action.each.as_ref().map(|each| self.each(path, each));
        let kinds = action.auth.clone().unwrap_or_else(|| signing_in(self.manifest));
        self.lookups.clear();
        ActionPlan {
            lookups,
            exchange,
            by_auth,
            paging,
            each,
            idempotency: action.idempotency.clone(),
            kinds,
        }
    }

    fn lookups(&mut self, path: &str, lookups: &Lookups) -> Vec<LookupPlan> {
        let mut plans = Vec::with_capacity(lookups.len());
        for (name, lookup) in lookups {
            let path = format!("{path}.lookups.{name}");
            let when = lookup.when.as_deref();
            let when = when.map(|text| self.expr(&format!("{path}.when"), text));
            let missing = lookup.missing.as_deref().map(Value::from);
            let missing = missing.map(|text| self.value(&format!("{path}.missing"), &text));
            let from = match &lookup.request {
                Some(request) => {
                    let output = Some(Value::from(lookup.value.as_str()));
                    let response = Response { output, ok: None, form: BodyForm::Auto };
                    LookupFrom::Exchange(self.exchange(&path, request, &response, &[]).into())
                }
                None => LookupFrom::Value(self.expr(&format!("{path}.value"), &lookup.value)),
            };
            self.lookups.push(name.clone());
            plans.push(LookupPlan { name: name.clone(), when, from, missing });
        }
        plans
    }

    fn each(&mut self, path: &str, each: &Each) -> EachPlan {
        let path = format!("{path}.each");
        self.response = true;
        let items = each.items.as_deref().unwrap_or("{{ response.items }}");
        let items = self.expr(&format!("{path}.items"), items);
        (self.response, self.item) = (false, true);
        let output = each.value.as_deref().map(Value::from);
        let response = Response { output, ok: None, form: BodyForm::Auto };
        let exchange = self.exchange(&path, &each.request, &response, &[]);
        self.item = false;
        EachPlan { items, exchange }
    }

    fn exchange(
        &mut self,
        path: &str,
        request: &Request,
        response: &Response,
        errors: &[ErrorRule],
    ) -> Exchange {
        let request = self.request(&format!("{path}.request"), request);
        self.response = true;
        let body = Value::from("{{ response.body }}");
        let output = response.output.as_ref().unwrap_or(&body);
        let output = self.value(&format!("{path}.response.output"), output);
        let ok = response.ok.as_deref();
        let ok = ok.map(|text| self.expr(&format!("{path}.response.ok"), text));
        self.response = false;
        let errors = self.rules(&format!("{path}.errors"), errors);
        Exchange { request, output, ok, form: response.form, errors }
    }

    fn request(&mut self, path: &str, request: &Request) -> RequestPlan {
        let at = |name: &str| format!("{path}.{name}");
        let target = match (&request.path, &request.url) {
            (Some(text), _) => Target::Path(self.template(&at("path"), text)),
            (None, url) => {
                let template = self.template(&at("url"), url.as_deref().unwrap_or_default());
                Target::Url { trusted: names_own_server(&template), template }
            }
        };
        let body = match request {
            Request { json: Some(value), .. } => BodyPlan::Json(self.value(&at("json"), value)),
            Request { form: Some(value), .. } => BodyPlan::Form(self.value(&at("form"), value)),
            Request { text: Some(value), .. } => BodyPlan::Text(self.value(&at("text"), value)),
            Request { bytes: Some(value), .. } => BodyPlan::Bytes(self.value(&at("bytes"), value)),
            Request { body: Some(value), .. } => BodyPlan::Any {
                value: self.value(&at("body"), value),
                encoding: request
                    .encoding
                    .as_deref()
                    .map(|text| self.value(&at("encoding"), &Value::from(text))),
            },
            _ => BodyPlan::None,
        };
        let common = self.manifest.headers.iter();
        let common = Value::object(common.map(|(name, value)| (name.as_str(), value.clone())));
        RequestPlan {
            method: self.value(&at("method"), &Value::from(request.method.as_str())),
            target,
            query: self.value(&at("query"), &request.query),
            headers: vec![
                self.value("headers", &common),
                self.value(&at("headers"), &request.headers),
            ],
            body,
            timeout: request
                .timeout
                .as_deref()
                .map(|text| self.value(&at("timeout"), &Value::from(text))),
            max_bytes: request.max_bytes.as_ref().map(|value| self.value(&at("max_bytes"), value)),
        }
    }

    fn paging(&mut self, path: &str, paging: &Paging) -> PagingPlan {
        self.response = true;
        let at = |name: &str| format!("{path}.{name}");
        let into = || match paging.into.as_deref().and_then(|into| into.split_once('.')) {
            Some(("json", name)) => Slot::Json(name.to_owned()),
            Some((_, name)) => Slot::Query(name.to_owned()),
            None => Slot::Query(String::new()),
        };
        let next = if let Some(text) = &paging.cursor {
            Next::Cursor(self.expr(&at("cursor"), text), into())
        } else if let Some(text) = &paging.next_url {
            Next::Url(self.expr(&at("next_url"), text))
        } else if let Some(relation) = &paging.link {
            Next::Link(relation.clone())
        } else if let Some(first) = paging.page {
            Next::Page(first, into())
        } else {
            Next::Offset(paging.offset.unwrap_or(0), into())
        };
        let plan = PagingPlan {
            items: self.expr(&at("items"), &paging.items),
            next,
            limit: paging.limit.as_deref().map(|text| self.expr(&at("limit"), text)),
            max_pages: paging.max_pages,
        };
        self.response = false;
        plan
    }

    fn rules(&mut self, path: &str, rules: &[ErrorRule]) -> Vec<Rule> {
        self.response = true;
        let mut plans = Vec::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            let path = format!("{path}[{index}]");
            if rule.status.is_none() && rule.when.is_none() {
                self.add(&path, "a rule has `status` or `when`");
            }
            let status = rule.status.as_ref().map_or(Ok(Vec::new()), statuses);
            let status = status.unwrap_or_else(|problem| {
                self.add(&format!("{path}.status"), &problem);
                Vec::new()
            });
            let when = rule.when.as_deref();
            let retry_after = rule.retry_after.as_deref();
            let message = rule.message.as_deref().map(Value::from);
            plans.push(Rule {
                status,
                when: when.map(|text| self.expr(&format!("{path}.when"), text)),
                kind: rule.kind,
                message: message.map(|text| self.value(&format!("{path}.message"), &text)),
                retryable: rule.retryable,
                retry_after: retry_after
                    .map(|text| self.expr(&format!("{path}.retry_after"), text)),
            });
        }
        self.response = false;
        plans
    }

    fn value(&mut self, path: &str, value: &Value) -> Compiled {
        match Compiled::compile(value) {
            Ok(compiled) => {
                for (inner, expr) in compiled.exprs() {
                    let at =
                        if inner.is_empty() { path.to_owned() } else { format!("{path}.{inner}") };
                    self.references(&at, expr.references());
                }
                compiled
            }
            Err(error) => {
                let at = if error.path.is_empty() {
                    path.to_owned()
                } else {
                    format!("{path}.{}", error.path)
                };
                self.add(&at, &error.error.message);
                Compiled::Const(Value::Null)
            }
        }
    }

    fn template(&mut self, path: &str, text: &str) -> Template {
        match Template::parse(text) {
            Ok(template) => {
                for expr in template.exprs() {
                    self.references(path, expr.references());
                }
                template
            }
            Err(error) => {
                self.add(path, &error.message);
                Template::Literal("".into())
            }
        }
    }

    fn expr(&mut self, path: &str, text: &str) -> Expr {
        match parse_whole(text) {
            Ok(expr) => {
                self.references(path, expr.references());
                expr
            }
            Err(error) => {
                self.add(path, &error.message);
                broken()
            }
        }
    }

    fn references(&mut self, path: &str, references: &[Reference]) {
        for reference in references {
            let key = reference.key.as_deref();
            match (reference.root.as_str(), key) {
                ("params", Some(key)) => {
                    if self.params.is_none_or(|params| !params.contains_key(key)) {
                        self.add(path, &format!("there is no parameter `{key}`"));
                    }
                }
                ("connection", Some(key)) => {
                    let manifest = self.manifest;
                    let known = key == "kind"
                        || manifest
                            .auth
                            .keys()
                            .filter(|kind| self.kind.is_none_or(|k| k == **kind))
                            .any(|kind| {
                                fields_of(manifest, kind).is_some_and(|f| f.contains_key(key))
                            });
                    if !known {
                        self.add(path, &format!("no connection has a field `{key}`"));
                    }
                }
                ("lookup", Some(key)) if !self.lookups.iter().any(|name| name == key) => {
                    self.add(path, &format!("there is no lookup `{key}` before this"));
                }
                ("params" | "connection" | "lookup", _) => {}
                ("item", _) if self.item => {}
                ("now", _) => {}
                ("response", key) if self.response => {
                    let known = ["status", "headers", "body", "encoding", "items"];
                    if key.is_some_and(|key| !known.contains(&key)) {
                        self.add(path, "`response` has status, headers, body, encoding and items");
                    }
                }
                ("response", _) => self.add(path, "there is no `response` before the request"),
                (root, _) => self.add(
                    path,
                    &format!(
                        "`{root}` is not known here: there are params, connection, lookup, response, now"
                    ),
                ),
            }
        }
    }
}

/// Whether nothing but the manifest's text and the connection decides which server an address is at.
fn names_own_server(template: &Template) -> bool {
    let own = |expr: &Expr| {
        let references = expr.references();
        !references.is_empty() && references.iter().all(|name| name.root == "connection")
    };
    match template {
        Template::Literal(text) => text.contains("://"),
        Template::Whole(expr) => own(expr),
        Template::Mixed(parts) => {
            let mut text = String::new();
            for part in parts {
                match part {
                    Part::Text(more) => text.push_str(more),
                    Part::Expr(expr) if !own(expr) => return false,
                    // A whole address, or a part of the server's name.
                    Part::Expr(_) if text.is_empty() => return true,
                    Part::Expr(_) => {}
                }
                if authority_ends(&text) {
                    return true;
                }
            }
            false
        }
    }
}

/// Whether the text of an address has gone past its server.
pub fn authority_ends(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?', '#']))
}

/// `404`, `[401, 403]`, `4xx`.
fn statuses(value: &Value) -> Result<Vec<(u16, u16)>, String> {
    let one = |value: &Value| -> Option<(u16, u16)> {
        if let Some(status) = value.as_i64() {
            let status = u16::try_from(status).ok().filter(|status| (100..600).contains(status))?;
            return Some((status, status));
        }
        let class = value.as_str()?.strip_suffix("xx")?.parse::<u16>().ok()?;
        (1..=5).contains(&class).then(|| (class * 100, class * 100 + 99))
    };
    let list = value.as_list().unwrap_or(std::slice::from_ref(value));
    list.iter()
        .map(|value| one(value).ok_or_else(|| format!("{} is not a status", value.to_json())))
        .collect()
}
