//! What a clause says beside its deed: which label it is for, which field holds the address; and
//! clauses that only remark something.

use super::Builder;
use crate::actions::Intent;
use crate::clauses::Clause;
use crate::text::{self, Kind as TokenKind, Token};

impl<'a> Builder<'a> {
    /// `negative ones go to #x`, after a model chose `negative`: the label and the deed without it.
    pub(super) fn labelled(&self, clause: &Clause) -> Option<(String, Clause)> {
        const ONES: &[&str] = &[
            "ones",
            "one",
            "messages",
            "message",
            "mails",
            "emails",
            "tickets",
            "items",
            "feedback",
            "reviews",
            "issues",
            "requests",
            "texts",
            "entries",
            "cases",
            "comments",
            "nachrichten",
            "faelle",
            "anfragen",
            "eintraege",
        ];
        let ended = self.data.last().is_some_and(|data| data.whole.ends_with(".label"));
        let at = clause.tokens.iter().take(4).position(|token| {
            self.labels.iter().any(|label| {
                let label = text::fold(label);
                token.low == label
                    || token.low.strip_suffix('e') == Some(&label)
                    || token.low.strip_suffix("en") == Some(&label)
                    || token.low.strip_suffix('s') == Some(&label)
            })
        })?;
        let next = clause.tokens.get(at + 1)?;
        let says = next.any(ONES) || next.any(&["to", "an", "nach", "in"]) && at <= 1;
        if !ended || !says {
            return None;
        }
        let low = &clause.tokens[at].low;
        let label = self.labels.iter().find(|label| low.starts_with(&text::fold(label)))?.clone();
        let mut rest = clause.clone();
        let end = at + 1 + usize::from(next.any(ONES));
        rest.tokens.drain(at..end);
        rest.verb = crate::clauses::find_verb(&rest.tokens, self.lang);
        Some((label, rest))
    }

    /// `an die Email`, `to that address`: a field that the trigger was said to bring.
    pub(super) fn declared_address(&self, intent: &mut Intent<'a>) {
        if intent.to_field.is_some() || !intent.emails.is_empty() || intent.person.is_some() {
            return;
        }
        let to = intent.tokens.iter().enumerate().any(|(at, token)| {
            token.any(&["email", "mail", "e-mail", "address", "adresse", "mailadresse"])
                && intent.tokens[at.saturating_sub(2)..at]
                    .iter()
                    .any(|before| before.any(&["to", "an"]))
        });
        let field = self.start.fields.iter().find(|field| {
            field.contains("mail") || field.contains("adresse") || field.contains("address")
        });
        if let (true, Some(field)) = (to, field) {
            intent.to_field = Some(field.clone());
            intent.by_mail = true;
        }
    }
}

/// A remark rather than a deed: `it is urgent`, `that would be nice`, `we use it daily`.
pub(super) fn told(tokens: &[Token]) -> bool {
    let Some(first) = tokens.first() else { return true };
    let opens = first.any(&[
        "it", "that", "this", "we", "they", "there", "i", "our", "es", "das", "wir", "dies",
        "unser", "unsere", "ich", "so", "because", "weil", "da", "since", "which", "these",
        "those", "diese", "geprueft",
    ]);
    let opens = opens
        || tokens
            .iter()
            .take(4)
            .any(|token| token.any(&["wants", "want", "likes", "moechte", "wollen", "will"]));
    let states = tokens.iter().take(4).any(|token| {
        token.any(&[
            "wants", "want", "likes", "moechte", "wollen", "is", "are", "was", "would", "use",
            "have", "has", "like", "ist", "sind", "waere", "haben", "nutzen", "hat", "wird",
            "geprueft", "comes", "kommt",
        ])
    });
    opens
        && states
        && !tokens.iter().any(|token| {
            matches!(
                token.kind,
                TokenKind::Url | TokenKind::Email | TokenKind::Channel | TokenKind::Quoted
            )
        })
}
