//! Checking the signatures of webhooks, in constant time.
//!
//! - `standard`: Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature`; also
//!   with the prefix `svix-`). Base64 secret, mostly after `whsec_`.
//! - `github`: `x-hub-signature-256: sha256=HEX` over the body.
//! - `stripe`: `stripe-signature: t=TIME,v1=HEX,…` over `TIME.BODY`.
//! - `slack`: `x-slack-signature: v0=HEX` over `v0:TIME:BODY`, `x-slack-request-timestamp`.
//! - `hmac-sha256`: hex or base64 in a header of the sender's choice, `x-signature` unless named,
//!   after an optional `sha256=`, over the body; with `x-timestamp` over `TIME.BODY`.

#[cfg(test)]
mod tests;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use codex32_model::codes::connector as codes;
use codex32_model::definition::Scheme;
use codex32_model::{Code, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far the signed time may be from now unless the trigger says otherwise.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// The header of `hmac-sha256` unless the trigger names one.
pub const DEFAULT_HEADER: &str = "x-signature";

/// The header with the signed time that senders with `hmac-sha256` may add.
pub const TIME_HEADER: &str = "x-timestamp";

/// Most signatures in one header: rotation needs two.
const MAX_SIGNATURES: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("the request lacks the header `{0}`")]
    Missing(String),
    #[error("the header `{0}` cannot be read")]
    Unreadable(String),
    #[error("the signature does not fit")]
    Wrong,
    #[error("the signed time is too far from now")]
    Old,
    #[error("the signing secret of the connection cannot be used: {0}")]
    Secret(&'static str),
}

impl VerifyError {
    pub const fn code(&self) -> Code {
        match self {
            Self::Missing(_) | Self::Unreadable(_) => codes::SIGNATURE_MISSING,
            Self::Wrong => codes::SIGNATURE_WRONG,
            Self::Old => codes::SIGNATURE_OLD,
            Self::Secret(_) => codes::SIGNATURE_SECRET,
        }
    }
}

/// What is signed and with what.
pub struct Signed<'a> {
    pub scheme: Scheme,
    /// As in the connection.
    pub secret: &'a str,
    /// Only for `hmac-sha256`: the header with the signature.
    pub header: Option<&'a str>,
    /// The bytes as they arrived.
    pub body: &'a [u8],
}

/// Whether the request was signed with the secret not longer than `tolerance` ago. `headers` gives a
/// header by its name in lower case.
pub fn check<'h>(
    signed: &Signed<'_>,
    headers: impl Fn(&str) -> Option<&'h str>,
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), VerifyError> {
    if signed.secret.trim().is_empty() {
        return Err(VerifyError::Secret("it is empty"));
    }
    let need = |name: &str| headers(name).ok_or_else(|| VerifyError::Missing(name.to_owned()));
    let secret = signed.secret.as_bytes();
    let body = signed.body;
    match signed.scheme {
        Scheme::Standard => {
            // Svix sent these before the standard had its name.
            let prefix = if headers("webhook-signature").is_some() { "webhook" } else { "svix" };
            let name = |part: &str| format!("{prefix}-{part}");
            let given = need(&name("signature")).map_err(|error| match error {
                VerifyError::Missing(_) => VerifyError::Missing("webhook-signature".to_owned()),
                other => other,
            })?;
            let id = need(&name("id"))?;
            let time = need(&name("timestamp"))?;
            let secret = standard_secret(signed.secret)?;
            let signature = mac(&secret, &[id.as_bytes(), b".", time.as_bytes(), b".", body]);
            let given = given.split_whitespace().filter_map(|part| part.strip_prefix("v1,"));
            any(given.map(from_base64), &signature, &name("signature"))?;
            fresh(time, &name("timestamp"), now, tolerance)
        }
        Scheme::GitHub => {
            let header = "x-hub-signature-256";
            let given = need(header)?.strip_prefix("sha256=").map(from_hex);
            any(given.into_iter(), &mac(secret, &[body]), header)
        }
        Scheme::Stripe => {
            let header = "stripe-signature";
            let parts: Vec<_> =
                need(header)?.split(',').filter_map(|part| part.trim().split_once('=')).collect();
            let time = parts.iter().find(|(name, _)| *name == "t").map(|(_, time)| *time);
            let time = time.ok_or_else(|| VerifyError::Unreadable(header.to_owned()))?;
            let signature = mac(secret, &[time.as_bytes(), b".", body]);
            let given = parts.iter().filter(|(name, _)| *name == "v1");
            any(given.map(|(_, hex)| from_hex(hex)), &signature, header)?;
            fresh(time, header, now, tolerance)
        }
        Scheme::Slack => {
            let (header, clock) = ("x-slack-signature", "x-slack-request-timestamp");
            let time = need(clock)?;
            let signature = mac(secret, &[b"v0:", time.as_bytes(), b":", body]);
            let given = need(header)?.strip_prefix("v0=").map(from_hex);
            any(given.into_iter(), &signature, header)?;
            fresh(time, clock, now, tolerance)
        }
        Scheme::HmacSha256 => {
            let header = signed.header.unwrap_or(DEFAULT_HEADER).to_ascii_lowercase();
            let given = need(&header)?.trim();
            let given = given.strip_prefix("sha256=").unwrap_or(given);
            let readings = || [from_hex(given), from_base64(given)].into_iter();
            if let Some(time) = headers(TIME_HEADER) {
                let signature = mac(secret, &[time.as_bytes(), b".", body]);
                if any(readings(), &signature, &header).is_ok() {
                    return fresh(time, TIME_HEADER, now, tolerance);
                }
                // A sender that does not sign its time: the header says nothing.
            }
            any(readings(), &mac(secret, &[body]), &header)
        }
    }
}

fn mac(secret: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::unwrap_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn standard_secret(secret: &str) -> Result<Vec<u8>, VerifyError> {
    let secret = secret.trim();
    let base64 = secret.strip_prefix("whsec_").unwrap_or(secret);
    from_base64(base64)
        .filter(|key| !key.is_empty())
        .ok_or(VerifyError::Secret("it is not base64, as Standard Webhooks has it"))
}

/// Whether one of the signatures fits. Compares all, each in constant time.
fn any(
    given: impl Iterator<Item = Option<Vec<u8>>>,
    right: &[u8; 32],
    header: &str,
) -> Result<(), VerifyError> {
    let mut read = false;
    let mut fits = subtle::Choice::from(0);
    for signature in given.take(MAX_SIGNATURES).flatten() {
        read |= signature.len() == right.len();
        fits |= signature.as_slice().ct_eq(right);
    }
    match (bool::from(fits), read) {
        (true, _) => Ok(()),
        (false, true) => Err(VerifyError::Wrong),
        (false, false) => Err(VerifyError::Unreadable(header.to_owned())),
    }
}

/// Seconds since 1970; milliseconds are told by their size.
fn fresh(time: &str, header: &str, now: Timestamp, tolerance: Duration) -> Result<(), VerifyError> {
    let number: i64 =
        time.trim().parse().map_err(|_| VerifyError::Unreadable(header.to_owned()))?;
    let millis =
        if number.unsigned_abs() < 100_000_000_000 { number.saturating_mul(1_000) } else { number };
    let at = Timestamp::from_millis(millis);
    let apart = now.since(at).max(at.since(now));
    if apart > tolerance { Err(VerifyError::Old) } else { Ok(()) }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if text.len() != 64 {
        return None;
    }
    text.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| engine.decode(text).ok())
}
