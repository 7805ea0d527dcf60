//! Where a form or chat is named, or that somebody starts the bot by hand.

use codex32_model::definition::{Respond, TriggerKind};

use super::names::{Found, nouns, plain};
use crate::clauses::{Clause, Lead};
use crate::lexicon::{self, ARTICLES};
use crate::text::{self, Kind, Lang, Token};

pub(super) fn form_or_chat(clause: &Clause, opening: bool) -> Option<Found> {
    if !opening {
        return None;
    }
    let tokens = &clause.tokens;
    let form = tokens.iter().position(|token| {
        token.any(&["form", "formular", "kontaktformular", "contact-form", "signup-form"])
    });
    if let Some(at) = form {
        let usable = |token: &&Token| token.is_word() && plain(token) && !token.any(ARTICLES);
        let after = tokens.get(at + 1).filter(usable);
        let before = at
            .checked_sub(1)
            .map(|before| &tokens[before])
            .filter(usable)
            .filter(|_| after.is_none());
        let end = at + 1 + usize::from(after.is_some());
        let name = before.or(after).map_or_else(
            || {
                if tokens[at].low == "kontaktformular" {
                    "kontakt".to_owned()
                } else {
                    "form".to_owned()
                }
            },
            |token| text::slug(&token.low, '-'),
        );
        let from = at - usize::from(before.is_some());
        let kind = TriggerKind::Form { path: name.clone(), title: None, respond: Respond::Now };
        return Some(Found {
            kind,
            taken: from..end,
            nouns: nouns(&name),
            doubt: None,
            conditions: Vec::new(),
        });
    }
    let chat = tokens.iter().position(|token| token.any(&["chat", "helpdesk-chat"]))?;
    let name = tokens.get(chat + 1).filter(|token| {
        matches!(token.kind, Kind::Word | Kind::Quoted)
            && plain(token)
            && !token.any(ARTICLES)
            && !token.any(&["message", "nachricht", "question", "frage"])
    });
    let end = chat + 1 + usize::from(name.is_some());
    let name = name.map_or_else(|| "chat".to_owned(), |token| text::slug(&token.text, '-'));
    let kind = TriggerKind::Chat { path: name };
    Some(Found {
        kind,
        taken: chat..end,
        nouns: vec!["chat".to_owned(), "message".to_owned()],
        doubt: None,
        conditions: Vec::new(),
    })
}

/// `chat page helpdesk: …`, `a form newsletter: …`, `Kontaktformular: …`: a page that begins the sentence.
pub(super) fn page(clause: &Clause) -> Option<Found> {
    if clause.lead != Lead::None || clause.before != crate::clauses::Join::Start {
        return None;
    }
    let tokens = &clause.tokens;
    let little = |token: &Token| {
        token.any(ARTICLES)
            || token.any(&[
                "public",
                "web",
                "simple",
                "online",
                "small",
                "oeffentliche",
                "oeffentliches",
                "bot",
                "build",
                "make",
                "on",
                "for",
            ])
    };
    let chat = |token: &Token| {
        token.any(&["chat", "chatseite", "chat-seite", "chat-page", "chatpage", "chatfenster"])
    };
    let form = |token: &Token| {
        token.any(&["form", "webform"]) || token.is_word() && token.low.ends_with("formular")
    };
    let at = tokens.iter().position(|token| chat(token) || form(token))?;
    let name = |at: usize| {
        tokens.get(at).filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Path)
                && plain(token)
                && !token.any(ARTICLES)
        })
    };
    let mut next = at + 1;
    while tokens.get(next).is_some_and(|token| {
        token.any(&[
            "page", "seite", "window", "called", "named", "namens", "bot", "fenster", "with",
            "mit", "name", "dem", "namen",
        ])
    }) {
        next += 1;
    }
    let before = at.checked_sub(1).and_then(name).filter(|token| !little(token));
    let told = name(next).filter(|token| {
        before.is_none()
            && (token.kind != Kind::Word || lexicon::verb(&token.low, Lang::En).is_none())
    });
    let end = if told.is_some() { next + 1 } else { next };
    let from = at - usize::from(before.is_some());
    let bare = tokens[..from].iter().all(little) && end == tokens.len();
    if !bare {
        return None;
    }
    let noun = if chat(&tokens[at]) { "chat" } else { "form" };
    let own = tokens[at].low.strip_suffix("formular").filter(|stem| !stem.is_empty());
    let name = told.or(before).map(|token| text::slug(token.text.trim_matches('/'), '-'));
    let name =
        name.or_else(|| own.map(|own| text::slug(own, '-'))).unwrap_or_else(|| noun.to_owned());
    let nouns = nouns(&name);
    let kind = if noun == "chat" {
        TriggerKind::Chat { path: name }
    } else {
        TriggerKind::Form { path: name, title: None, respond: Respond::Now }
    };
    Some(Found { kind, taken: 0..tokens.len(), nouns, doubt: None, conditions: Vec::new() })
}

pub(super) fn by_hand(clause: &Clause) -> Option<Found> {
    let tokens = &clause.tokens;
    let pairs: [(&str, &str); 6] = [
        ("on", "demand"),
        ("by", "hand"),
        ("i", "click"),
        ("i", "ask"),
        ("i", "start"),
        ("auf", "knopfdruck"),
    ];
    let pair = tokens
        .windows(2)
        .position(|pair| pairs.iter().any(|(a, b)| pair[0].is(a) && pair[1].is(b)));
    let single = tokens.iter().position(|token| token.any(&["manually", "manuell", "on-demand"]));
    let range = pair.map(|at| at..at + 2).or_else(|| single.map(|at| at..at + 1))?;
    let taken = if clause.lead == Lead::When { 0..tokens.len() } else { range };
    Some(Found {
        kind: TriggerKind::Manual,
        taken,
        nouns: Vec::new(),
        doubt: None,
        conditions: Vec::new(),
    })
}
