//! From YAML text to a [`Manifest`]: reading, and the checks that need no compiled expressions.

use codex32_model::action::Effect;
use codex32_model::codes::connector::MANIFEST;
use codex32_model::{Diagnostic, Place};

use super::{Action, AuthScheme, ClientAuth, Lookups, Manifest, Paging, Request};

/// Longest manifest, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Each is one more request of every attempt.
const MAX_LOOKUPS: usize = 8;

/// Reads one manifest. `source` names it in messages, such as `slack.yaml`.
pub fn manifest(source: &str, text: &str) -> Result<Manifest, Vec<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let message = format!("A manifest has at most {MAX_BYTES} bytes.");
        return Err(vec![problem(source, "", &message)]);
    }
    let manifest: Manifest = serde_saphyr::from_str(text).map_err(|error| {
        let location = error.location();
        let place = Place {
            path: source.to_owned(),
            line: location.map_or(0, |at| u32::try_from(at.line()).unwrap_or(0)),
            column: location.map_or(0, |at| u32::try_from(at.column()).unwrap_or(0)),
        };
        let text = error.without_snippet().to_string();
        // The place says it already.
        let text = text.split(" at line ").next().unwrap_or_default().to_owned();
        vec![Diagnostic::error(MANIFEST, place, text)]
    })?;
    let mut problems = Problems { source, list: Vec::new() };
    problems.manifest(&manifest);
    if problems.list.is_empty() { Ok(manifest) } else { Err(problems.list) }
}

/// A mistake at a path of a manifest.
pub fn problem(source: &str, path: &str, message: &str) -> Diagnostic {
    let path = if path.is_empty() { source.to_owned() } else { format!("{source}: {path}") };
    Diagnostic::error(MANIFEST, Place { path, ..Place::default() }, message)
}

/// `[a-z][a-z0-9_]*`, at most 64 characters.
fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

struct Problems<'a> {
    source: &'a str,
    list: Vec<Diagnostic>,
}

impl Problems<'_> {
    fn add(&mut self, path: &str, message: impl AsRef<str>) {
        self.list.push(problem(self.source, path, message.as_ref()));
    }

    fn name(&mut self, path: &str, name: &str) {
        if !is_name(name) {
            self.add(path, format!("`{name}` is not a name: lower-case letters, digits and `_`"));
        }
    }

    fn manifest(&mut self, manifest: &Manifest) {
        self.name("connector", &manifest.connector);
        for (name, auth) in &manifest.auth {
            let path = format!("auth.{name}");
            self.name(&path, name);
            let key = auth.scheme == AuthScheme::ApiKey;
            if key && (auth.place.is_none() || auth.name.is_none()) {
                self.add(&path, "an api_key needs `in` and `name`");
            }
            if !key && (auth.place.is_some() || auth.name.is_some() || auth.value.is_some()) {
                self.add(&path, "`in`, `name` and `value` belong to the type api_key");
            }
            if (auth.scheme == AuthScheme::Headers) == auth.headers.is_empty() {
                self.add(&path, "`headers` belong to the type headers, which needs them");
            }
            let urls = auth.authorization_url.is_some() && auth.token_url.is_some();
            let basic = auth.client_auth == ClientAuth::Basic;
            if auth.scheme != AuthScheme::Oauth2 && (basic || !auth.scopes.is_empty()) {
                self.add(&path, "`scopes` and `client_auth` belong to the type oauth2");
            }
            if auth.scheme == AuthScheme::Oauth2 && !urls {
                self.add(&path, "oauth2 needs `authorization_url` and `token_url`");
            }
        }
        for (name, action) in &manifest.actions {
            let path = format!("actions.{name}");
            self.name(&path, name);
            self.action(manifest, &path, action);
        }
        for (name, trigger) in &manifest.triggers {
            let path = format!("triggers.{name}");
            self.name(&path, name);
            match &trigger.poll {
                Some(poll) if !trigger.native => {
                    self.lookups(manifest, &format!("{path}.poll"), &poll.lookups);
                    self.request(manifest, &format!("{path}.poll.request"), &poll.request);
                    if let Some(each) = &poll.each {
                        let path = format!("{path}.poll.each.request");
                        self.request(manifest, &path, &each.request);
                    }
                }
                None if trigger.native => {}
                _ => self.add(&path, "a trigger has either `poll` or `native: true`"),
            }
        }
        if let Some(test) = &manifest.test {
            self.request(manifest, "test.request", &test.request);
            self.kinds(manifest, "test.auth", test.auth.as_deref());
        }
    }

    fn action(&mut self, manifest: &Manifest, path: &str, action: &Action) {
        if action.examples.is_empty() {
            self.add(path, "an action needs at least one example");
        }
        if action.native != action.request.is_none() {
            self.add(path, "an action has either `request` or `native: true`");
        }
        if action.effect == Effect::Store && !action.native {
            self.add(path, "the effect `store` is for built-in actions only");
        }
        self.kinds(manifest, &format!("{path}.auth"), action.auth.as_deref());
        self.lookups(manifest, path, &action.lookups);
        if let Some(request) = &action.request {
            self.request(manifest, &format!("{path}.request"), request);
        }
        for (kind, variant) in &action.by_auth {
            let path = format!("{path}.by_auth.{kind}");
            self.kinds(manifest, &path, Some(std::slice::from_ref(kind)));
            self.request(manifest, &format!("{path}.request"), &variant.request);
        }
        if let Some(paging) = &action.paging {
            self.paging(&format!("{path}.paging"), paging, action.effect);
        }
        if let Some(each) = &action.each {
            self.request(manifest, &format!("{path}.each.request"), &each.request);
            if action.effect != Effect::Read {
                self.add(path, "only reads have `each`");
            }
            if each.items.is_none() && action.paging.is_none() {
                self.add(path, "`each` needs `items` where there is no paging");
            }
        }
        if let Some(key) = &action.idempotency {
            if key.max_length.is_some_and(|most| !(16..=64).contains(&most)) {
                self.add(&format!("{path}.idempotency"), "`max_length` lies between 16 and 64");
            }
            let places = [&key.header, &key.body, &key.query].into_iter().flatten().count();
            if places != 1 || action.effect != Effect::Write {
                self.add(
                    &format!("{path}.idempotency"),
                    "a write says one of `header`, `body`, `query`; a read has no key",
                );
            }
        }
    }

    fn lookups(&mut self, manifest: &Manifest, path: &str, lookups: &Lookups) {
        if lookups.len() > MAX_LOOKUPS {
            self.add(path, format!("at most {MAX_LOOKUPS} lookups"));
        }
        for (name, lookup) in lookups {
            let path = format!("{path}.lookups.{name}");
            self.name(&path, name);
            if let Some(request) = &lookup.request {
                self.request(manifest, &format!("{path}.request"), request);
            }
        }
    }

    fn kinds(&mut self, manifest: &Manifest, path: &str, kinds: Option<&[String]>) {
        for kind in kinds.unwrap_or_default() {
            if !manifest.auth.contains_key(kind) {
                self.add(path, format!("`{kind}` is not among the kinds under `auth`"));
            }
        }
    }

    fn request(&mut self, manifest: &Manifest, path: &str, request: &Request) {
        if request.path.is_some() == request.url.is_some() {
            self.add(path, "a request has either `path` or `url`");
        }
        let base = manifest.base_url.is_some()
            || manifest.auth.values().any(|auth| auth.base_url.is_some());
        if request.path.is_some() && !base {
            self.add(path, "`path` needs a `base_url`");
        }
        if request.path.as_deref().is_some_and(|path| !path.starts_with('/')) {
            self.add(path, "`path` begins with `/`");
        }
        let bodies = [&request.json, &request.form, &request.text, &request.bytes, &request.body];
        if bodies.into_iter().flatten().count() > 1 {
            self.add(path, "a request has one of `json`, `form`, `text`, `bytes`, `body`");
        }
        if request.encoding.is_some() && request.body.is_none() {
            self.add(path, "`encoding` belongs to `body`");
        }
    }

    fn paging(&mut self, path: &str, paging: &Paging, effect: Effect) {
        let ways = [
            paging.cursor.is_some(),
            paging.next_url.is_some(),
            paging.link.is_some(),
            paging.page.is_some(),
            paging.offset.is_some(),
        ];
        if ways.into_iter().filter(|way| *way).count() != 1 {
            self.add(path, "paging is one of `cursor`, `next_url`, `link`, `page`, `offset`");
        }
        let into = paging.into.as_deref();
        let places = ["query.", "json."];
        let known = into.is_none_or(|into| places.iter().any(|place| into.starts_with(place)));
        if into.is_some() == (paging.next_url.is_some() || paging.link.is_some()) || !known {
            self.add(
                path,
                "`into` (`query.NAME` or `json.NAME`) goes with cursor, page and offset",
            );
        }
        if !(1..=1000).contains(&paging.max_pages) {
            self.add(path, "`max_pages` lies between 1 and 1000");
        }
        if effect != Effect::Read {
            self.add(path, "only reads have pages");
        }
    }
}
