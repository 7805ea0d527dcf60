//! What starts a bot, said only in passing, in a sentence that says nothing else about it: `mail ops@x.y
//! about event disk.full`, `add the name from the form at /join to …`.

use codex32_model::definition::{Respond, TriggerKind};

use super::names::{Found, event_name, nouns, plain};
use crate::clauses::{Clause, Lead};
use crate::lexicon::{ARTICLES, Op};
use crate::text::{self, Kind, Lang, Token};

pub(super) fn find(clause: &Clause, _lang: Lang) -> Option<Found> {
    if !matches!(clause.lead, Lead::None | Lead::When | Lead::If | Lead::ForEach) {
        return None;
    }
    event(clause).or_else(|| page(clause))
}

/// Words that bind what is spoken about to what is done with it.
const BINDS: &[&str] = &[
    "about", "of", "from", "for", "on", "via", "through", "in", "with", "vom", "von", "aus", "im",
    "zum", "zu", "ueber", "des", "beim", "per", "am",
];

/// Where the little words before `at` begin, and whether one of them binds.
fn bound(tokens: &[Token], at: usize) -> (usize, bool) {
    let mut from = at;
    while from > 0 && (tokens[from - 1].any(ARTICLES) || tokens[from - 1].any(BINDS)) {
        from -= 1;
    }
    let binds = tokens[from..at].iter().any(|token| token.any(BINDS));
    (from, binds)
}

fn event(clause: &Clause) -> Option<Found> {
    if matches!(clause.verb, Some((_, Op::Emit | Op::Wait | Op::Run))) {
        return None;
    }
    let tokens = &clause.tokens;
    let at = tokens.windows(2).position(|pair| {
        pair[0].any(&["event", "ereignis", "ereignisses", "events"]) && pair[1].kind == Kind::Dotted
    })?;
    let (from, binds) = bound(tokens, at);
    let goes = tokens
        .iter()
        .any(|token| matches!(token.kind, Kind::Url | Kind::Email | Kind::Channel | Kind::Phone));
    if !(binds || goes) {
        return None;
    }
    let name = event_name(&tokens[at + 1].low);
    let nouns = nouns(&name);
    let kind = TriggerKind::Event { event: name };
    Some(Found { kind, taken: from..at + 2, nouns, doubt: None, conditions: Vec::new() })
}

fn page(clause: &Clause) -> Option<Found> {
    let tokens = &clause.tokens;
    let form = |token: &Token| {
        token.any(&["form", "webform"]) || token.is_word() && token.low.ends_with("formular")
    };
    let at = tokens.iter().position(form)?;
    let (from, binds) = bound(tokens, at);
    if !binds {
        return None;
    }
    let mut next = at + 1;
    while tokens.get(next).is_some_and(|token| {
        token.any(&["at", "under", "called", "named", "namens", "unter", "auf", "page"])
    }) {
        next += 1;
    }
    let name = tokens.get(next).filter(|token| match token.kind {
        Kind::Path | Kind::Quoted => true,
        Kind::Word => plain(token) && !token.any(ARTICLES) && !token.any(BINDS),
        _ => false,
    });
    let end = if name.is_some() { next + 1 } else { at + 1 };
    let own = tokens[at].low.strip_suffix("formular").map(|own| own.trim_matches('-'));
    let name = match (name, own.filter(|own| !own.is_empty())) {
        (Some(name), _) => text::slug(name.text.trim_matches('/'), '-'),
        (None, Some(own)) => text::slug(own, '-'),
        (None, None) => return None,
    };
    let nouns = nouns(&name);
    let kind = TriggerKind::Form { path: name, title: None, respond: Respond::Now };
    Some(Found { kind, taken: from..end, nouns, doubt: None, conditions: Vec::new() })
}
