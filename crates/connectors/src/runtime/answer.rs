//! From an answer to a value or a failure.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use codex32_model::codes::connector as codes;
use codex32_model::fact::{LogLevel, LogLine};
use codex32_model::{Code, Object, Timestamp, Value};
use reqwest::header::{self, HeaderMap};

use super::{Context, Runtime};
use crate::failure::Failure;
use crate::http::Response;
use crate::manifest::{BodyForm, ErrorKind, RateForm, RateLimit};
use crate::plan::{Exchange, Names, Rule};

const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// How much of the other side's own words goes into a message, in characters.
const MAX_WORDS: usize = 300;

impl Runtime {
    /// Puts the answer into `names.response` and decides whether it is a success.
    pub(super) fn judge(
        &self,
        exchange: &Exchange,
        names: &mut Names,
        context: &mut Context<'_>,
        response: Response,
    ) -> Result<(), Failure> {
        let status = response.status;
        let body = body(&response, exchange.form, context);
        let (value, encoding) = body.as_ref().ok().cloned().unwrap_or_default();
        let fields = [
            ("status", Value::from(u32::from(status))),
            ("headers", headers(&response.headers)),
            ("body", value),
            ("encoding", Value::from(encoding)),
        ];
        names.response = Value::object(fields);
        let wait = self.retry_after(&context.plan.rate_limit, &response);
        let success = match &exchange.ok {
            // An expression that fails has not found what it looks for.
            Some(ok) => {
                let ok = names.expr(ok).is_ok_and(|ok| ok.truthy());
                if ok {
                    return body.map(|_| ()).map_err(|failure| failure.unknown_if(context.write));
                }
                false
            }
            None => status < 400,
        };
        let rules = exchange.errors.iter().chain(&context.plan.errors);
        for rule in rules {
            if matches(rule, status, names) {
                return Err(self.ruled(rule, names, context, status, wait));
            }
        }
        if success {
            return body.map(|_| ()).map_err(|failure| failure.unknown_if(context.write));
        }
        Err(by_status(names, context, &response, wait))
    }

    fn ruled(
        &self,
        rule: &Rule,
        names: &mut Names,
        context: &Context<'_>,
        status: u16,
        wait: Option<Duration>,
    ) -> Failure {
        let (code, again) = match rule.kind {
            ErrorKind::Auth => (codes::AUTH, false),
            ErrorKind::NotFound => (codes::NOT_FOUND, false),
            ErrorKind::RateLimit => (codes::RATE_LIMITED, true),
            ErrorKind::Refused => (codes::REFUSED, false),
            ErrorKind::Server => (codes::SERVER_ERROR, true),
        };
        let message = rule.message.as_ref().and_then(|message| names.value(message).ok());
        let message = message.map_or_else(|| words(&names.response), |text| text.to_text());
        let told = rule.retry_after.as_ref().and_then(|told| names.expr(told).ok()?.as_f64());
        let told = told.and_then(|told| Duration::try_from_secs_f64(told).ok());
        Failure {
            status: Some(status),
            retryable: rule.retryable.unwrap_or(again),
            retry_after: told.map(|wait| wait.min(LONGEST_WAIT)).or(wait),
            unknown: context.write && rule.kind == ErrorKind::Server,
            ..Failure::new(code, clip(&message))
        }
    }

    fn retry_after(&self, limit: &RateLimit, response: &Response) -> Option<Duration> {
        let now = self.clock.now();
        let text = |name: &str| response.headers.get(name).and_then(|value| value.to_str().ok());
        let limited = response.status == 429 || limit.status.contains(&response.status);
        if (limited || response.status == 503)
            && let Some(wait) = text("retry-after").and_then(|text| after(text, now))
        {
            return Some(wait);
        }
        let spent = limit.remaining.as_deref().is_none_or(|name| text(name) == Some("0"));
        let text = text(limit.header.as_deref()?).filter(|_| limited && spent)?;
        match limit.form {
            RateForm::Seconds => after(text, now),
            RateForm::Epoch => {
                let seconds: i64 = text.trim().parse().ok()?;
                let at = Timestamp::from_millis(seconds.checked_mul(1_000)?);
                Some(at.since(now).min(LONGEST_WAIT))
            }
        }
    }
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds or a date.
fn after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let wait = Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).ok()?;
        return Some(wait);
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Timestamp::from_jiff(at).since(now).min(LONGEST_WAIT))
}

fn matches(rule: &Rule, status: u16, names: &mut Names) -> bool {
    let in_range = |(low, high): &(u16, u16)| (*low..=*high).contains(&status);
    if !rule.status.is_empty() && !rule.status.iter().any(in_range) {
        return false;
    }
    // An expression that fails has not found what it looks for: the answer has another form.
    rule.when.as_ref().is_none_or(|when| names.expr(when).is_ok_and(|value| value.truthy()))
}

fn by_status(
    names: &Names,
    context: &Context<'_>,
    response: &Response,
    wait: Option<Duration>,
) -> Failure {
    let status = response.status;
    let limited = status == 429 || wait.is_some() && status < 500;
    let (code, retryable, unknown): (Code, bool, bool) = match status {
        _ if limited => (codes::RATE_LIMITED, true, false),
        // The service cannot do this at all, and did not.
        501 | 505 => (codes::SERVER_ERROR, false, false),
        500.. => (codes::SERVER_ERROR, true, true),
        408 => (codes::HTTP_STATUS, true, true),
        425 => (codes::HTTP_STATUS, true, false),
        401 | 403 if context.credentials.is_some() => (codes::AUTH, false, false),
        _ => (codes::HTTP_STATUS, false, false),
    };
    let host = response.url.host_str().unwrap_or_default();
    let said = words(&names.response);
    let separator = if said.is_empty() { "" } else { ": " };
    let message = format!("{host} answered with status {status}{separator}{}", clip(&said));
    Failure {
        status: Some(status),
        retryable,
        retry_after: wait,
        unknown: unknown && context.write,
        ..Failure::new(code, message)
    }
}

/// What the other side says about its error, in the places where services say it (RFC 9457 and
/// habits).
fn words(response: &Value) -> String {
    let Some(body) = response.get("body") else { return String::new() };
    let direct = |value: &Value| -> Option<String> {
        let fields = ["detail", "message", "error_description", "title", "error", "description"];
        fields.into_iter().find_map(|name| value.get(name)?.as_str().map(str::to_owned))
    };
    let nested = |name: &str| {
        let value = body.get(name)?;
        direct(value.as_list().and_then(<[Value]>::first).unwrap_or(value))
    };
    if let Some(text) = body.as_str() {
        let markup = text.trim_start().starts_with('<');
        return if markup { String::new() } else { text.trim().to_owned() };
    }
    nested("error").or_else(|| direct(body)).or_else(|| nested("errors")).unwrap_or_default()
}

fn clip(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= MAX_WORDS {
        return line;
    }
    line.chars().take(MAX_WORDS).chain(['…']).collect()
}

/// Names in lower case; repeated headers joined.
fn headers(headers: &HeaderMap) -> Value {
    let mut object = Object::default();
    for name in headers.keys() {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        object.insert(name.as_str().into(), Value::from(values.join(", ")));
    }
    Value::from(object)
}

/// The body and what it is: `json`, `text` or, where it is neither, `base64`.
fn body(
    response: &Response,
    form: BodyForm,
    context: &mut Context<'_>,
) -> Result<(Value, &'static str), Failure> {
    let bytes = &response.body;
    if bytes.is_empty() {
        return Ok((Value::Null, "text"));
    }
    let kind = response.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let says_json = essence.ends_with("/json") || essence.ends_with("+json");
    if form == BodyForm::Json || (form == BodyForm::Auto && says_json) {
        match Value::from_json_slice(bytes) {
            Ok(value) => return Ok((value, "json")),
            Err(error) if form == BodyForm::Json => {
                let message = format!("The answer is not JSON: {error}.");
                return Err(Failure::new(codes::RESPONSE, message));
            }
            Err(error) => context.logs.push(LogLine {
                level: LogLevel::Warn,
                message: format!("The answer says that it is JSON, but is not: {error}."),
            }),
        }
    }
    if kind.contains("charset=iso-8859-1") || kind.contains("charset=latin1") {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        return Ok((Value::from(text), "text"));
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => (Value::from(text), "text"),
        Err(_) if essence.starts_with("text/") => {
            (Value::from(&*String::from_utf8_lossy(bytes)), "text")
        }
        Err(_) => (Value::from(BASE64.encode(bytes)), "base64"),
    })
}
