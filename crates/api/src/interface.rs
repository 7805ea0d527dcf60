//! The web interface: files built from `ui/` and embedded by `build.rs`. Whatever address no route takes
//! and a browser asks for as a page gets `index.html`, whose script knows the addresses of the interface.
//!
//! Names under `assets/` hold a hash of their content, so they are kept forever; everything else is
//! asked for again with its tag.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest, Sha256};

/// One file of the interface.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Without a leading slash.
    pub path: &'static str,
    pub plain: &'static [u8],
    /// Compressed ahead.
    pub br: Option<&'static [u8]>,
    pub gzip: Option<&'static [u8]>,
}

/// What the build found in `ui/dist`; empty when the interface was not built.
pub static EMBEDDED: &[File] = include!(concat!(env!("OUT_DIR"), "/interface.rs"));

/// Scripts from here only, none inline. The editor and the canvas set styles from scripts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
    manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const FOREVER: &str = "public, max-age=31536000, immutable";
const INDEX: &str = "index.html";
/// First parts of paths that are never the interface's.
const OTHERS: [&str; 6] = ["api", "hooks", "health", "sign-in", "oauth", "docs"];

/// The files by path, each with its tag.
#[derive(Clone, Default)]
pub struct Interface(Arc<HashMap<&'static str, (File, HeaderValue)>>);

impl Interface {
    pub fn new(files: &[File]) -> Self {
        let tagged = files.iter().filter_map(|file| {
            let hash = BASE64.encode(&Sha256::digest(file.plain)[..12]);
            let tag = HeaderValue::from_str(&format!("\"{hash}\"")).ok()?;
            Some((file.path, (*file, tag)))
        });
        Self(Arc::new(tagged.collect()))
    }

    /// Whether the interface was built.
    pub fn is_there(&self) -> bool {
        self.0.contains_key(INDEX)
    }

    /// The answer to a request that no route took; none when it is not one for the interface.
    pub fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let path = path.trim_start_matches('/');
        if OTHERS.contains(&path.split('/').next().unwrap_or_default()) {
            return None;
        }
        let (file, tag) = match self.0.get(path) {
            Some(found) => found,
            None if is_page(path, headers) => self.0.get(INDEX)?,
            None => return None,
        };
        Some(serve(file, tag, headers))
    }
}

/// Whether a browser wants to show it, rather than load it for a page.
fn is_page(path: &str, headers: &HeaderMap) -> bool {
    !path.starts_with("assets/") && (path.is_empty() || wants_html(headers))
}

/// Whether the request comes from somebody who looks at a browser.
pub fn wants_html(headers: &HeaderMap) -> bool {
    let text = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    text.is_some_and(|text| text.split(',').any(|kind| kind.trim().starts_with("text/html")))
}

fn serve(file: &File, tag: &HeaderValue, asked: &HeaderMap) -> Response {
    let (bytes, encoding) = encoded(file, asked);
    let unchanged = asked.get_all(header::IF_NONE_MATCH).iter().any(|value| value == tag);
    let mut response = if unchanged {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(Body::from(bytes))
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_TYPE, kind(file.path));
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::VARY, "accept, accept-encoding");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    let forever = file.path.starts_with("assets/");
    set(header::CACHE_CONTROL, if forever { FOREVER } else { "no-cache" });
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    headers.insert(header::ETAG, tag.clone());
    response
}

/// The smallest spelling that the other side reads.
fn encoded(file: &File, asked: &HeaderMap) -> (&'static [u8], Option<&'static str>) {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let reads = |name: &str| {
        let mut parts = accepted.unwrap_or_default().split(',');
        parts.any(|part| {
            let (encoding, weight) = part.split_once(';').unwrap_or((part, ""));
            encoding.trim() == name && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00")
        })
    };
    match (file.br.filter(|_| reads("br")), file.gzip.filter(|_| reads("gzip"))) {
        (Some(bytes), _) => (bytes, Some("br")),
        (None, Some(bytes)) => (bytes, Some("gzip")),
        (None, None) => (file.plain, None),
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
