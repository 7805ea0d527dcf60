//! Comparing what was sent and what came of it with what is written, and showing it as YAML.

use codex32_model::Value;
use codex32_testkit::sink::Recorded;
use indexmap::IndexMap;

use super::Outcome;
use super::file::{Error, Exchange, Request};

/// The HTTP client's own, or without meaning for the service.
const UNTOLD: [&str; 7] = [
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "content-length",
    "connection",
    "traceparent",
];

/// The idempotency key of the tests, and how files write it.
const KEY: (&str, &str) = ("key-0001", "<key>");

/// What differs, with what to paste; empty if nothing does.
pub fn difference(exchange: &Exchange, sent: &[Recorded], outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    let sent: Vec<Request> = sent.iter().map(|request| as_written(request, exchange)).collect();
    for index in 0..sent.len().max(exchange.http.len()) {
        let expected = exchange.http.get(index).map(|http| lower(&http.request));
        let sent = sent.get(index);
        if expected.as_ref() == sent {
            continue;
        }
        lines.push(format!("request {}: written (-) and sent (+)", index + 1));
        lines.extend(lines_of_difference(
            &expected.as_ref().map(yaml).unwrap_or_default(),
            &sent.map(yaml).unwrap_or_default(),
        ));
    }
    match (outcome, &exchange.output, &exchange.error) {
        (Outcome::Output(output), Some(expected), _) if output == expected => {}
        (Outcome::Failed(failure), _, Some(error)) if same(error, &failed(failure)) => {}
        (outcome, expected, error) => {
            let expected = expected.as_ref().map(|value| vec![format!("output: {}", flow(value))]);
            let expected = expected.or_else(|| error.as_ref().map(|error| vec![told(error)]));
            let found = match outcome {
                Outcome::Output(value) => format!("output: {}", flow(value)),
                Outcome::Failed(failure) => told(&failed(failure)),
            };
            lines.push("the outcome: written (-) and found (+)".to_owned());
            lines.extend(lines_of_difference(&expected.unwrap_or_default(), &[found]));
        }
    }
    lines.join("\n")
}

fn same(expected: &Error, found: &Error) -> bool {
    let message = found.message.as_deref().unwrap_or_default();
    expected.code == found.code
        && expected.message.as_deref().is_none_or(|part| message.contains(part))
        && expected.retryable.is_none_or(|again| found.retryable == Some(again))
        && expected.unknown.is_none_or(|unknown| found.unknown == Some(unknown))
        && expected.retry_after.is_none_or(|wait| found.retry_after == Some(wait))
}

fn failed(failure: &codex32_connectors::Failure) -> Error {
    Error {
        code: failure.code.text.to_owned(),
        message: Some(failure.message.clone()),
        retryable: Some(failure.retryable),
        unknown: Some(failure.unknown),
        retry_after: failure.retry_after.map(|wait| wait.as_secs()),
    }
}

fn told(error: &Error) -> String {
    let mut fields = vec![("code", Value::from(error.code.as_str()))];
    fields.extend(error.message.as_deref().map(|text| ("message", Value::from(text))));
    fields.extend(error.retryable.map(|again| ("retryable", Value::from(again))));
    fields.extend(error.unknown.map(|unknown| ("unknown", Value::from(unknown))));
    let wait = error.retry_after.and_then(|wait| i64::try_from(wait).ok());
    fields.extend(wait.map(|wait| ("retry_after", Value::from(wait))));
    format!("error: {}", flow(&Value::object(fields)))
}

/// The request in the format of the files; the body in the form that the file expects, if it can.
fn as_written(request: &Recorded, exchange: &Exchange) -> Request {
    let unkeyed = |text: &str| text.replace(KEY.0, KEY.1);
    let headers = request.headers.iter().filter(|(name, _)| !UNTOLD.contains(&name.as_str()));
    let headers: IndexMap<String, String> =
        headers.map(|(name, value)| (name.clone(), unkeyed(value))).collect();
    let kind = headers.get("content-type").map_or("", String::as_str);
    let text = unkeyed(&request.text());
    let wants_text = exchange.http.iter().any(|http| http.request.text.is_some());
    let json = kind.contains("json").then(|| Value::from_json(&text).ok()).flatten();
    let form = kind.contains("form-urlencoded").then(|| form(&text));
    let (json, form) = if wants_text { (None, None) } else { (json, form) };
    let rest = json.is_none() && form.is_none() && !text.is_empty();
    Request {
        method: request.method.clone(),
        url: unkeyed(&request.path),
        headers,
        json,
        form,
        text: rest.then_some(text),
    }
}

/// As it is compared: header names do not care for case, form values are text.
fn lower(request: &Request) -> Request {
    let mut request = request.clone();
    let headers = request.headers.into_iter();
    request.headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    request.form = request.form.map(|form| {
        let fields = form.as_object().cloned().unwrap_or_default();
        let text = |value: &Value| match value {
            Value::List(items) => Value::list(items.iter().map(|item| Value::from(item.to_text()))),
            one => Value::from(one.to_text()),
        };
        Value::object(fields.iter().map(|(name, value)| (&**name, text(value))))
    });
    request
}

/// Names that repeat become lists.
fn form(text: &str) -> Value {
    let url = codex32_connectors::http::Url::parse(&format!("http://form.invalid/?{text}"));
    let mut fields: IndexMap<String, Vec<Value>> = IndexMap::new();
    for (name, value) in url.expect("a form").query_pairs() {
        fields.entry(name.into_owned()).or_default().push(Value::from(&*value));
    }
    Value::object(fields.into_iter().map(|(name, mut values)| {
        let one = values.len() == 1;
        (name, if one { values.remove(0) } else { Value::list(values) })
    }))
}

/// The lines of `request:` in a file.
fn yaml(request: &Request) -> Vec<String> {
    let mut lines = vec![format!("method: {}", request.method), format!("url: {}", request.url)];
    let headers =
        request.headers.iter().map(|(name, value)| (name.as_str(), Value::from(value.as_str())));
    if !request.headers.is_empty() {
        lines.push(format!("headers: {}", flow(&Value::object(headers))));
    }
    lines.extend(request.json.as_ref().map(|value| format!("json: {}", flow(value))));
    lines.extend(request.form.as_ref().map(|value| format!("form: {}", flow(value))));
    let text = request.text.as_deref();
    lines.extend(text.map(|text| format!("text: {}", Value::from(text).to_json())));
    lines
}

fn lines_of_difference(expected: &[String], found: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for line in expected.iter().filter(|line| !found.contains(line)) {
        lines.push(format!("        - {line}"));
    }
    for line in found {
        let mark = if expected.contains(line) { ' ' } else { '+' };
        lines.push(format!("        {mark} {line}"));
    }
    lines
}

/// One line of YAML.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields =
                fields.iter().map(|(name, value)| format!("{}: {}", plain(name), flow(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::List(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Str(text) => plain(text),
        other => other.to_json(),
    }
}

/// Text without quotes where YAML reads it as text.
fn plain(text: &str) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric() || " -_./@+".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = word.iter().any(|word| text.eq_ignore_ascii_case(word));
    if starts && !is_word && !text.ends_with(' ') && text.chars().all(inside) {
        return text.to_owned();
    }
    Value::from(text).to_json()
}
