//! Amazon's signature over a request, version 4.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use codex32_connectors::Credentials;
use codex32_connectors::http::Url;
use codex32_model::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{Malformed, Sign};

/// Who signs.
struct Keys<'a> {
    id: &'a str,
    secret: &'a str,
    /// Of credentials that end.
    session: Option<&'a str>,
}

/// The headers that sign a POST of JSON.
///
/// # Errors
/// When the connection holds no keys.
pub fn headers(
    how: &Sign,
    credentials: &Credentials,
    url: &Url,
    body: &[u8],
    at: Timestamp,
) -> Result<Vec<(&'static str, String)>, Malformed> {
    let field = |name: &str| credentials.get(name).filter(|value| !value.is_empty());
    let missing = |name: &str| Malformed(format!("the connection has no `{name}`"));
    let keys = Keys {
        id: field("access_key_id").ok_or_else(|| missing("access_key_id"))?,
        secret: field("secret_access_key").ok_or_else(|| missing("secret_access_key"))?,
        session: field("session_token"),
    };
    let mut signed = vec![("content-type", "application/json".to_owned())];
    signed.extend(keys.session.map(|token| ("x-amz-security-token", token.to_owned())));
    let mut out = sign(how, &keys, "POST", url, &signed, body, at);
    out.extend(keys.session.map(|token| ("x-amz-security-token", token.to_owned())));
    Ok(out)
}

/// `authorization` and `x-amz-date` for a request with these headers besides `host`.
fn sign(
    how: &Sign,
    keys: &Keys<'_>,
    method: &str,
    url: &Url,
    headers: &[(&str, String)],
    body: &[u8],
    at: Timestamp,
) -> Vec<(&'static str, String)> {
    let time = at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = &time[..8];
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let mut all: Vec<(&str, &str)> = headers.iter().map(|(name, v)| (*name, v.trim())).collect();
    all.extend([("host", host.as_str()), ("x-amz-date", time.as_str())]);
    all.sort_unstable();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = all.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let mut query: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (encoded(name.as_bytes()), encoded(value.as_bytes())))
        .collect();
    query.sort_unstable();
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    // The path is encoded once by whoever made the address, and once more here, as all services but
    // S3 want it.
    let path: Vec<String> = url.path().split('/').map(|part| encoded(part.as_bytes())).collect();
    let request = format!(
        "{method}\n{}\n{}\n{lines}\n{names}\n{}",
        path.join("/"),
        query.join("&"),
        hex(&Sha256::digest(body))
    );
    let scope = format!("{day}/{}/{}/aws4_request", how.region, how.service);
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request)));
    let key = [day, &how.region, how.service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{}", keys.secret).into_bytes(), |key, part| mac(&key, part.as_bytes()));
    let signature = hex(&mac(&key, text.as_bytes()));
    let credential = format!("{}/{scope}", keys.id);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    );
    vec![("authorization", authorization), ("x-amz-date", time)]
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // Keys of any length are taken.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Percent-encoded but for the unreserved characters of RFC 3986.
pub fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of Amazon's documentation.
    #[test]
    fn the_documented_example_has_the_documented_signature() {
        let how = Sign { region: "us-east-1".into(), service: "iam" };
        let keys = Keys {
            id: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            session: None,
        };
        let url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
        let kind =
            [("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
        let at = Timestamp::from_jiff("2015-08-30T12:36:00Z".parse().unwrap());
        let signed = sign(&how, &keys, "GET", &url.parse().unwrap(), &kind, b"", at);
        assert_eq!(
            signed[0].1,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, \
             Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
        assert_eq!(signed[1].1, "20150830T123600Z");
    }
}
