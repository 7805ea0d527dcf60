//! `fetch` for code with `network:`. The child has no network: the server checks the host and asks
//! a [`Fetch`], which is the guarded client in production.

use codex32_model::codes::sandbox as codes;

use crate::Failure;

/// How the message about a host that may not be reached ends.
pub const NOT_LISTED: &str = " is not listed under `network:` of this step";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Upper case.
    pub method: String,
    /// Parsed and printed again by this crate, so that what was checked is what is fetched.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// At most 8 MiB reach the code; a longer one is an error there.
    pub body: Vec<u8>,
}

/// Does the request. It must not follow a redirect to a host that [`allowed`] refuses; simplest is
/// to follow none. The error is shown to the code and in the run, so it holds no secret.
#[async_trait::async_trait]
pub trait Fetch: Send + Sync {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, String>;
}

/// The address in its one spelling if `network` lists its host. An entry is a host, `host:port`, or
/// `*.` and a domain (which does not stand for the domain itself). Without a port in the entry only
/// the scheme's own port is meant.
pub fn allowed(network: &[String], address: &str) -> Result<url::Url, Failure> {
    let refuse = |why: String| Failure::new(codes::NETWORK, why);
    let url = url::Url::parse(address)
        .map_err(|error| refuse(format!("`{}` is not an address: {error}", short(address))))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse(format!("`{}:` cannot be fetched, only http and https", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("an address must not hold a password: use a connection".to_owned()));
    }
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let listed = network.iter().any(|entry| {
        let entry = entry.trim().to_ascii_lowercase();
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                (name, port.parse::<u16>().ok())
            }
            _ => (entry.as_str(), None),
        };
        let same_port = match port {
            Some(port) => url.port_or_known_default() == Some(port),
            None => url.port().is_none(),
        };
        let same_host = match name.strip_prefix("*.") {
            Some(domain) => {
                host.strip_suffix(domain).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.'))
            }
            None => host == name,
        };
        same_port && same_host
    });
    if listed {
        return Ok(url);
    }
    let shown = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
    Err(refuse(format!("`{shown}`{NOT_LISTED}")))
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests;
