//! `rss.read_feed`: RSS, Atom, RDF and JSON Feed as one list of items.

use codex32_model::codes::connector as codes;
use codex32_model::{Timestamp, Value};
use feed_rs::model::{Entry, Link, Text};
use feed_rs::parser;
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::{MOST_BYTES, Native, blocking};
use crate::failure::Failure;
use crate::http::{self, Request};

const KINDS: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1";

pub async fn read(native: &Native<'_>, params: &Value) -> Result<Value, Failure> {
    let text = params.get("url").map(Value::to_text).unwrap_or_default();
    let url = http::parse_url(&text).map_err(|error| Failure::from_send(error, false))?;
    let limit = params.get("limit").and_then(Value::as_i64).unwrap_or(100);
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(KINDS));
    let request = Request {
        method: Method::GET,
        url,
        headers,
        credentials: HeaderMap::new(),
        body: None,
        timeout: native.deadline.saturating_duration_since(Instant::now()),
        max_bytes: MOST_BYTES,
    };
    let response = native.http.send(request).await;
    let response = response.map_err(|error| Failure::from_send(error, false))?;
    let host = response.url.host_str().unwrap_or_default().to_owned();
    if response.status >= 400 {
        let message = format!("{host} answered with status {}.", response.status);
        let code = match response.status {
            404 | 410 => codes::NOT_FOUND,
            429 => codes::RATE_LIMITED,
            500.. => codes::SERVER_ERROR,
            _ => codes::HTTP_STATUS,
        };
        let retryable = matches!(response.status, 408 | 425 | 429 | 500..);
        let status = Some(response.status);
        return Err(Failure { status, retryable, ..Failure::new(code, message) });
    }
    blocking(native.deadline, move || {
        let parser = parser::Builder::new().base_uri(Some(response.url.as_str())).build();
        let feed = parser.parse(response.body.as_slice()).map_err(|_| {
            let message = format!("What {host} gave is no feed in RSS, Atom, RDF or JSON Feed.");
            Failure::new(codes::RESPONSE, message)
        })?;
        Ok(Value::list(feed.entries.into_iter().take(limit).map(item)))
    })
    .await
}

fn item(entry: Entry) -> Value {
    let link = entry.links.iter().find(|link| is_page(link)).or_else(|| entry.links.first());
    let link = link.map(|link| link.href.clone());
    let text = |text: Option<Text>| text.map(|text| text.content.trim().to_owned());
    let published = entry.published.or(entry.updated);
    let published = published.map(|at| Timestamp::from_micros(at.timestamp_micros()).to_string());
    let authors: Vec<String> =
        entry.authors.into_iter().filter_map(|author| author.name.or(author.email)).collect();
    let author = (!authors.is_empty()).then(|| authors.join(", "));
    let content = entry.content.and_then(|content| content.body);
    let summary = text(entry.summary).or(content).unwrap_or_default();
    let categories =
        entry.categories.into_iter().map(|category| category.label.unwrap_or(category.term));
    Value::object([
        ("id", Value::from(entry.id)),
        ("title", Value::from(text(entry.title).unwrap_or_default())),
        ("link", Value::from(link)),
        ("summary", Value::from(summary)),
        ("published", Value::from(published)),
        ("author", Value::from(author)),
        ("categories", Value::list(categories.map(Value::from))),
    ])
}

/// The article itself, not its comments or the sound file.
fn is_page(link: &Link) -> bool {
    link.rel.as_deref().is_none_or(|rel| rel == "alternate")
}
