//! From a plan and parameters to the request that is sent.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use codex32_flow::expr::Template;
use codex32_model::codes::connector as codes;
use codex32_model::time::parse_duration;
use codex32_model::{Object, Value};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::{Context, sign, unbuildable};
use crate::failure::Failure;
use crate::http::{self, MAX_BYTES, Method, Request, Url};
use crate::plan::{BodyPlan, Exchange, Names, RequestPlan, Target, authority_ends};
use crate::redact::percent;

/// Largest answer that a step may ask for.
const MOST_BYTES: i64 = 100 << 20;

/// Largest body that is sent.
const MOST_SENT: usize = 32 << 20;

/// The client sets these itself; setting them could change whom a request reaches, or where the next
/// one on the connection begins.
const FORBIDDEN: [HeaderName; 7] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
];

pub fn build(
    exchange: &Exchange,
    names: &mut Names,
    context: &Context<'_>,
) -> Result<Request, Failure> {
    build_with(exchange, names, context, &[], &[])
}

/// With more query parameters and fields of the JSON body, for paging.
pub fn build_with(
    exchange: &Exchange,
    names: &mut Names,
    context: &Context<'_>,
    more_query: &[(String, Value)],
    more_json: &[(String, Value)],
) -> Result<Request, Failure> {
    let plan = &exchange.request;
    let method = names.value(&plan.method).map_err(|error| unbuildable(&error))?.to_text();
    let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
        .map_err(|_| Failure::params("The method is not one of HTTP's."))?;
    let mut url = address(plan, names, context)?;
    let query = names.sparse(&plan.query).map_err(|error| unbuildable(&error))?;
    add_query(&mut url, &query)?;
    for (name, value) in more_query {
        set_query(&mut url, name, &value.to_text());
    }
    let mut headers = HeaderMap::new();
    for compiled in &plan.headers {
        let given = names.sparse(compiled).map_err(|error| unbuildable(&error))?;
        add_headers(&mut headers, &given)?;
    }
    let mut body = body(plan, names)?;
    for (name, value) in more_json {
        body.set(name, value.clone());
    }
    if let Some((place, key)) = context.idempotency {
        let key = &*short(key, place.max_length);
        if let Some(name) = &place.header {
            let name = header_name(name)?;
            // One that the step sets itself is meant.
            if !headers.contains_key(&name) {
                headers.insert(name, header_value("the idempotency key", key)?);
            }
        }
        if let Some(name) = &place.body
            && !body.has(name)
        {
            body.set(name, Value::from(key));
        }
        if let Some(name) = &place.query {
            set_query(&mut url, name, key);
        }
    }
    let mut credentials = HeaderMap::new();
    sign::sign(names, context, &mut url, &mut credentials)?;
    let bytes = body.bytes(&mut headers)?;
    if bytes.as_ref().is_some_and(|bytes| bytes.len() > MOST_SENT) {
        return Err(Failure::params(format!("The body is larger than {MOST_SENT} bytes.")));
    }
    Ok(Request {
        method,
        url,
        headers,
        credentials,
        body: bytes.map(Into::into),
        timeout: timeout(plan, names, context)?,
        max_bytes: max_bytes(plan, names)?,
    })
}

/// A key that the service takes: the same key always gives the same.
fn short(key: &str, most: Option<usize>) -> Cow<'_, str> {
    match most {
        Some(most) if key.len() > most => {
            let mut hash: String =
                Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
            hash.truncate(most);
            Cow::Owned(hash)
        }
        _ => Cow::Borrowed(key),
    }
}

fn address(plan: &RequestPlan, names: &mut Names, context: &Context<'_>) -> Result<Url, Failure> {
    let base = base_url(names, context)?;
    let text = match &plan.target {
        Target::Path(template) => {
            let Some(base) = &base else {
                return Err(Failure::params("The connection has no address to append to."));
            };
            let path = names.parts(template, |_, value| segment(value));
            let path = path.map_err(|error| unbuildable(&error))?;
            format!("{}{}", base.trim_end_matches('/'), path.map_err(Failure::params)?)
        }
        Target::Url { template, .. } => {
            let text = names.parts(template, part_of_url).map_err(|error| unbuildable(&error))?;
            let text = text.map_err(Failure::params)?;
            match &base {
                Some(base) if text.starts_with('/') => {
                    format!("{}{text}", base.trim_end_matches('/'))
                }
                _ => text,
            }
        }
    };
    let send = |error: http::SendError| Failure::new(error.code, error.message);
    let url = http::parse_url(&text).map_err(send)?;
    // A connection with an address signs in there, and not where a parameter says.
    if let Some(base) = base.filter(|_| matches!(plan.target, Target::Url { trusted: false, .. })) {
        let base = http::parse_url(&base).map_err(send)?;
        if base.origin() != url.origin() {
            let message = format!(
                "The connection is for {}; its credentials are not sent elsewhere.",
                base.origin().ascii_serialization()
            );
            return Err(Failure::new(codes::BAD_URL, message));
        }
    }
    Ok(url)
}

/// The address of the kind of connection, else of the connector; `None` if it is empty.
fn base_url(names: &mut Names, context: &Context<'_>) -> Result<Option<String>, Failure> {
    let kind = context.credentials.and_then(|c| context.plan.auth.get(c.kind()));
    let template = kind.and_then(|kind| kind.base_url.as_ref()).or(context.plan.base_url.as_ref());
    let Some(template) = template else { return Ok(None) };
    // Without a connection there is nothing that an expression over it could give.
    if names.connection.is_null() && template.exprs().next().is_some() {
        return Ok(None);
    }
    let whole =
        template.exprs().count() == 1 && matches!(template, codex32_flow::expr::Template::Whole(_));
    let text = names.parts(template, |before, value| match before {
        _ if whole => Ok(value.to_text()),
        text if authority_ends(text) => segment(value).map(|text| text.replace("%3A", ":")),
        _ => label(value),
    });
    let text = text.map_err(|error| unbuildable(&error))?.map_err(Failure::params)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// A value inside a whole address, by the text before it: the address itself or its beginning, a part
/// of the server's name, or one segment.
fn part_of_url(before: &str, value: &Value) -> Result<String, String> {
    match before {
        "" => Ok(value.to_text()),
        text if text.contains("://") && !authority_ends(text) => label(value),
        _ => segment(value),
    }
}

/// A value inside a path: one segment.
fn segment(value: &Value) -> Result<String, String> {
    let text = value.to_text();
    match text.as_str() {
        "" => Err("A part of the address is empty.".to_owned()),
        "." | ".." => Err(format!("`{text}` cannot be a part of an address.")),
        text => Ok(percent(text)),
    }
}

/// The address in a template over the connection, for signing in.
pub(crate) fn whole(names: &mut Names, template: &Template) -> Result<Url, Failure> {
    let part = |before: &str, value: &Value| {
        let text = part_of_url(before, value)?;
        Ok(if before.is_empty() { text.trim_end_matches('/').to_owned() } else { text })
    };
    let text = names.parts(template, part).map_err(|error| unbuildable(&error))?;
    let text = text.map_err(Failure::params)?;
    http::parse_url(&text).map_err(|error| Failure::new(error.code, error.message))
}

/// A value inside a base address, such as a subdomain: it cannot name another host.
fn label(value: &Value) -> Result<String, String> {
    let text = value.to_text();
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text.is_empty() || !text.bytes().all(good) || text.contains("..") {
        return Err("A field of the connection cannot be a part of its address.".to_owned());
    }
    Ok(text)
}

fn object<'a>(what: &str, value: &'a Value) -> Result<Option<&'a Object>, Failure> {
    match value {
        Value::Null => Ok(None),
        Value::Object(object) => Ok(Some(object)),
        other => Err(Failure::params(format!("{what} must be an object, not {}.", other.kind()))),
    }
}

/// Lists repeat the name; `null` is left out.
fn add_query(url: &mut Url, query: &Value) -> Result<(), Failure> {
    let Some(query) = object("The query", query)?.filter(|query| !query.is_empty()) else {
        return Ok(());
    };
    let mut pairs = url.query_pairs_mut();
    for (name, value) in query {
        let list = value.as_list().unwrap_or(std::slice::from_ref(value));
        for value in list.iter().filter(|value| !value.is_null()) {
            pairs.append_pair(name, &value.to_text());
        }
    }
    drop(pairs);
    if url.query() == Some("") {
        url.set_query(None);
    }
    Ok(())
}

pub fn set_query(url: &mut Url, name: &str, value: &str) {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(have, _)| have != name)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut pairs = url.query_pairs_mut();
    pairs.clear().extend_pairs(kept).append_pair(name, value);
}

fn add_headers(headers: &mut HeaderMap, given: &Value) -> Result<(), Failure> {
    for (name, value) in object("The headers", given)?.into_iter().flatten() {
        if value.is_null() {
            continue;
        }
        let header = header_name(name)?;
        if FORBIDDEN.contains(&header) {
            return Err(Failure::params(format!("The header `{name}` is set by Codex-32 itself.")));
        }
        headers.insert(header, header_value(name, &value.to_text())?);
    }
    Ok(())
}

pub fn header_name(name: &str) -> Result<HeaderName, Failure> {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| Failure::params(format!("`{shown}` is not the name of a header.")))
}

/// Refuses line breaks: a value cannot become another header.
pub fn header_value(name: &str, value: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        let message = format!("The header `{name}` holds a line break or a control character.");
        Failure::params(message)
    })
}

enum Body {
    None,
    Json(Value),
    Form(Value),
    Text(String),
    Bytes(Vec<u8>),
}

fn body(plan: &RequestPlan, names: &mut Names) -> Result<Body, Failure> {
    let failed = |error| unbuildable(&error);
    Ok(match &plan.body {
        BodyPlan::None => Body::None,
        BodyPlan::Json(value) => Body::Json(names.sparse(value).map_err(failed)?),
        BodyPlan::Form(value) => Body::Form(names.sparse(value).map_err(failed)?),
        BodyPlan::Text(value) => Body::Text(names.value(value).map_err(failed)?.to_text()),
        BodyPlan::Bytes(value) => {
            let text = names.value(value).map_err(failed)?.to_text();
            let bytes = BASE64.decode(text.trim().trim_end_matches('='));
            Body::Bytes(bytes.map_err(|_| Failure::params("The contents are not base64."))?)
        }
        BodyPlan::Any { value, encoding } => {
            let value = names.value(value).map_err(failed)?;
            let encoding = encoding.as_ref().map_or(Ok(Value::Null), |e| names.value(e));
            let encoding = encoding.map_err(failed)?;
            match (encoding.as_str(), value) {
                (None, Value::Null) => Body::None,
                (None, Value::Str(text)) => Body::Text(text.to_string()),
                (Some("text"), value) => Body::Text(value.to_text()),
                (Some("form"), value) => Body::Form(value),
                (_, value) => Body::Json(value),
            }
        }
    })
}

impl Body {
    /// Sets a field, where the body has fields; dots in the name lead into objects within.
    fn set(&mut self, name: &str, value: Value) {
        let (Self::Json(body) | Self::Form(body)) = self else { return };
        let mut place = body;
        for part in name.split('.') {
            if place.is_null() {
                *place = Value::from(Object::default());
            }
            let Value::Object(fields) = place else { return };
            place = Arc::make_mut(fields).entry(part.into()).or_default();
        }
        *place = value;
    }

    /// Whether the step itself has said something there.
    fn has(&self, name: &str) -> bool {
        let (Self::Json(body) | Self::Form(body)) = self else { return false };
        let found = name.split('.').try_fold(body, |place, part| place.get(part));
        found.is_some_and(|value| !value.is_null())
    }

    /// The bytes, and a `Content-Type` unless there is one.
    fn bytes(self, headers: &mut HeaderMap) -> Result<Option<Vec<u8>>, Failure> {
        let (kind, bytes) = match self {
            Self::None => return Ok(None),
            Self::Json(value) => ("application/json", value.to_json().into_bytes()),
            Self::Text(text) => ("text/plain; charset=utf-8", text.into_bytes()),
            Self::Bytes(bytes) => ("application/octet-stream", bytes),
            Self::Form(value) => {
                let mut url = scratch();
                add_query(&mut url, &bracketed(&value))?;
                let form = url.query().unwrap_or_default().to_owned();
                ("application/x-www-form-urlencoded", form.into_bytes())
            }
        };
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        Ok(Some(bytes))
    }
}

/// A form whose objects, and lists of objects, are spelled with brackets: `metadata[order]=7`,
/// `items[0][price]=p1`. Lists of plain values stay and repeat the name.
fn bracketed(form: &Value) -> Value {
    fn add(name: String, value: &Value, out: &mut Object) {
        let nested = |value: &Value| matches!(value, Value::Object(_) | Value::List(_));
        match value {
            Value::Object(fields) => {
                for (field, value) in fields.iter() {
                    add(format!("{name}[{field}]"), value, out);
                }
            }
            Value::List(items) if items.iter().any(nested) => {
                for (index, value) in items.iter().enumerate() {
                    add(format!("{name}[{index}]"), value, out);
                }
            }
            plain => {
                out.insert(name.into(), plain.clone());
            }
        }
    }
    let Some(fields) = form.as_object() else { return form.clone() };
    let mut out = Object::default();
    for (name, value) in fields {
        add(name.to_string(), value, &mut out);
    }
    Value::from(out)
}

/// Forms are encoded like queries; the address itself is not used.
fn scratch() -> Url {
    #[expect(clippy::unwrap_used, reason = "a constant")]
    Url::parse("http://form.invalid").unwrap()
}

fn timeout(
    plan: &RequestPlan,
    names: &mut Names,
    context: &Context<'_>,
) -> Result<Duration, Failure> {
    let left = context.deadline.saturating_duration_since(Instant::now());
    let Some(compiled) = &plan.timeout else { return Ok(left) };
    let own = names.value(compiled).map_err(|error| unbuildable(&error))?;
    if own.is_null() {
        return Ok(left);
    }
    let own = parse_duration(&own.to_text()).map_err(|error| Failure::params(error.to_string()))?;
    Ok(own.min(left))
}

fn max_bytes(plan: &RequestPlan, names: &mut Names) -> Result<usize, Failure> {
    let Some(compiled) = &plan.max_bytes else { return Ok(MAX_BYTES) };
    let value = names.value(compiled).map_err(|error| unbuildable(&error))?;
    let Some(bytes) = value.as_i64() else { return Ok(MAX_BYTES) };
    Ok(usize::try_from(bytes.clamp(1, MOST_BYTES)).unwrap_or(MAX_BYTES))
}
