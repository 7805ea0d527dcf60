//! Webhooks whose calls are signed: `only calls signed by GitHub`, `verify the Slack signature`.

use codex32_model::action::ConnectionNeed;
use codex32_model::definition::{Scheme, Verify};

use super::Builder;
use crate::text;

impl Builder<'_> {
    /// How the signature of a webhook's calls is checked, if the words ask for that.
    pub(super) fn verify(&mut self, path: &str) -> Option<Verify> {
        let read = text::read(&self.source);
        let word = |words: &[&str]| read.tokens.iter().any(|token| token.any(words));
        let signed = word(&[
            "signed",
            "signature",
            "signatures",
            "signatur",
            "signaturen",
            "signierte",
            "signiert",
            "signierten",
            "unsigned",
            "hmac",
            "signiertes",
            "signierter",
        ]);
        let checks = word(&[
            "verify",
            "verified",
            "check",
            "validate",
            "only",
            "accept",
            "accepts",
            "signed",
            "refuse",
            "reject",
            "nur",
            "pruefe",
            "pruefen",
            "signierte",
            "signiert",
            "signierten",
            "unsigned",
            "verifiziere",
            "verifizieren",
            "valid",
            "gueltige",
            "gueltiger",
        ]);
        if !(signed && checks) {
            return None;
        }
        let scheme = if word(&["github"]) {
            Scheme::GitHub
        } else if word(&["stripe"]) {
            Scheme::Stripe
        } else if word(&["slack"]) {
            Scheme::Slack
        } else if word(&["hmac", "sha256", "sha-256", "hmac-sha256"]) {
            Scheme::HmacSha256
        } else {
            Scheme::Standard
        };
        let header = read
            .tokens
            .iter()
            .find(|token| token.low.starts_with("x-"))
            .map_or_else(|| "x-signature".to_owned(), |token| token.low.clone());
        let connection = format!("{}_secret", text::ident(path));
        let known = self.connection_of("webhook", ConnectionNeed::Required);
        let connection = known.unwrap_or(connection);
        let header = (scheme == Scheme::HmacSha256).then_some(header);
        Some(Verify { scheme, connection, header, tolerance: None })
    }
}
