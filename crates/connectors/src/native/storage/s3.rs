//! Files in an S3 bucket. Addresses are signed by `rusty-s3` and sent through the guarded client.

use std::time::Duration;

use codex32_model::Timestamp;
use codex32_model::codes::connector as codes;
use reqwest::header::{HeaderMap, LAST_MODIFIED};
use reqwest::{Method, Url};
use rusty_s3::actions::{ListObjectsV2, S3Action};
use rusty_s3::{Bucket, UrlStyle};
use tokio::time::Instant;

use super::{Content, Found};
use crate::failure::Failure;
use crate::http::{self, Request, Response};
use crate::native::files::clean;
use crate::native::{MOST_BYTES, Native, field};

/// How long a signed address is good: for one request, and clocks that differ a little.
const GOOD_FOR: Duration = Duration::from_secs(300);
/// What one page of a list holds at most.
const PAGE: usize = 1_000;

struct Store {
    bucket: Bucket,
    credentials: rusty_s3::Credentials,
    /// Empty, or ends with `/`.
    prefix: String,
}

fn store(native: &Native<'_>) -> Result<Store, Failure> {
    let connection = native.credentials()?;
    let name = field(connection, "bucket")?.to_owned();
    let region = connection.get("region").unwrap_or("us-east-1").to_owned();
    let (endpoint, style) = match connection.get("endpoint") {
        Some(endpoint) => (endpoint.to_owned(), UrlStyle::Path),
        // A certificate for `*.s3.…` does not cover names with dots.
        None if name.contains('.') => (amazon(&region), UrlStyle::Path),
        None => (amazon(&region), UrlStyle::VirtualHost),
    };
    let endpoint = http::parse_url(&endpoint).map_err(|error| Failure::from_send(error, false))?;
    let bucket = Bucket::new(endpoint, style, name, region).map_err(|error| {
        let message = format!("The connection's bucket cannot be addressed: {error}.");
        Failure::new(codes::CONNECTION_FIELDS, message)
    })?;
    let prefix = connection.get("prefix").unwrap_or_default().trim_matches('/');
    let prefix = if prefix.is_empty() { String::new() } else { format!("{}/", clean(prefix)?) };
    let credentials = rusty_s3::Credentials::new(
        field(connection, "access_key_id")?,
        field(connection, "secret_access_key")?,
    );
    Ok(Store { bucket, credentials, prefix })
}

fn amazon(region: &str) -> String {
    format!("https://s3.{region}.amazonaws.com")
}

impl Store {
    fn key(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

fn sign<'a>(native: &Native<'_>, action: &impl S3Action<'a>) -> Url {
    action.sign_with_time(GOOD_FOR, &native.now.to_jiff())
}

pub async fn put(native: &Native<'_>, path: &str, bytes: Vec<u8>) -> Result<(), Failure> {
    let store = store(native)?;
    let key = store.key(path);
    let url = sign(native, &store.bucket.put_object(Some(&store.credentials), &key));
    send(native, Method::PUT, url, Some(bytes), MOST_BYTES).await.map(drop)
}

pub async fn get(native: &Native<'_>, path: &str, most: usize) -> Result<Content, Failure> {
    let store = store(native)?;
    let key = store.key(path);
    let url = sign(native, &store.bucket.get_object(Some(&store.credentials), &key));
    let response = send(native, Method::GET, url, None, most).await?;
    let modified = response.headers.get(LAST_MODIFIED).and_then(|value| value.to_str().ok());
    let modified = modified.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    let modified = modified.map(|at| Timestamp::from_jiff(at.timestamp()));
    Ok(Content { bytes: response.body, modified })
}

pub async fn delete(native: &Native<'_>, path: &str) -> Result<(), Failure> {
    let store = store(native)?;
    let key = store.key(path);
    let url = sign(native, &store.bucket.delete_object(Some(&store.credentials), &key));
    match send(native, Method::DELETE, url, None, MOST_BYTES).await {
        Err(failure) if failure.code == codes::NOT_FOUND => Ok(()),
        other => other.map(drop),
    }
}

pub async fn list(native: &Native<'_>, folder: &str, limit: usize) -> Result<Vec<Found>, Failure> {
    let store = store(native)?;
    let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let prefix = store.key(&below);
    let mut found: Vec<Found> = Vec::new();
    let mut next: Option<String> = None;
    while found.len() < limit {
        let mut action = store.bucket.list_objects_v2(Some(&store.credentials));
        action.with_prefix(prefix.clone());
        action.with_max_keys((limit - found.len()).min(PAGE));
        if let Some(token) = next.take() {
            action.with_continuation_token(token);
        }
        let url = sign(native, &action);
        let response = send(native, Method::GET, url, None, MOST_BYTES).await?;
        let text = String::from_utf8_lossy(&response.body);
        let page = ListObjectsV2::parse_response(&text).map_err(|_| {
            Failure::new(codes::RESPONSE, "The store's list of files cannot be understood.")
        })?;
        let objects = page.contents.into_iter().filter_map(|object| {
            // Consoles make such empty objects to show a folder.
            let path = object.key.strip_prefix(&store.prefix)?.to_owned();
            let modified = object.last_modified.and_then(|text| text.parse().ok());
            let size = object.size.unwrap_or_default();
            (!path.ends_with('/')).then_some(Found { path, size, modified })
        });
        found.extend(objects);
        next = page.next_continuation_token.filter(|token| !token.is_empty());
        if next.is_none() {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    list(native, "", 1).await?;
    let name = field(native.credentials()?, "bucket")?;
    Ok(format!("The bucket {name} can be listed."))
}

async fn send(
    native: &Native<'_>,
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    max_bytes: usize,
) -> Result<Response, Failure> {
    let write = method != Method::GET;
    let request = Request {
        method,
        url,
        headers: HeaderMap::new(),
        credentials: HeaderMap::new(),
        body: body.map(Into::into),
        timeout: native.deadline.saturating_duration_since(Instant::now()),
        max_bytes,
    };
    // A redirect would need another signature.
    let response = native.http.send_once(request).await;
    let response = response.map_err(|error| Failure::from_send(error, write))?;
    if response.status < 300 {
        return Ok(response);
    }
    let text = String::from_utf8_lossy(&response.body);
    let part = |name: &str| {
        let rest = text.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once('<')?.0.chars().take(300).collect::<String>())
    };
    let said = match (part("Code"), part("Message")) {
        (Some(code), Some(message)) => format!(": {message} ({code})"),
        (Some(code), None) => format!(": {code}"),
        _ => String::new(),
    };
    let (code, retryable) = match response.status {
        401 | 403 => (codes::AUTH, false),
        404 => (codes::NOT_FOUND, false),
        429 => (codes::RATE_LIMITED, true),
        500.. => (codes::SERVER_ERROR, true),
        _ => (codes::REFUSED, false),
    };
    let host = response.url.host_str().unwrap_or_default();
    let message = format!("{host} answered with status {}{said}.", response.status);
    let unknown = write && response.status >= 500;
    let status = Some(response.status);
    Err(Failure { status, retryable, unknown, ..Failure::new(code, message) })
}
