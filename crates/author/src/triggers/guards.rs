//! What a sentence says about how its webhook is guarded and how its bots are called, rather than about
//! deeds: `signed with hmac-sha256 in header x-sig`, `the same x-event-id counts once`, `don't wait for
//! it`. It is taken out before the words are divided into clauses.

use std::ops::Range;
use std::time::Duration;

use codex32_model::definition::{Rate, Scheme, TriggerKind, Verify};

use super::signatures;
use super::spans::For;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Token};

/// What was said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Guards {
    pub verify: Option<(Scheme, Option<String>)>,
    /// The expression that tells requests apart.
    pub dedupe: Option<String>,
    /// Called bots are not waited for.
    pub detach: bool,
    /// What a form asks for.
    pub fields: Vec<String>,
    /// The field by which emitted events are told apart.
    pub key: Option<String>,
    /// In a loop, what fails for one item does not end it.
    pub tolerant: bool,
    /// How often the bot may start.
    pub rate: Option<Rate>,
    /// The pause between tries.
    pub pause: Option<Duration>,
    /// How long an answer may take.
    pub timeout: Option<Duration>,
    /// How long somebody may take to agree.
    pub expires: Option<Duration>,
}

impl Guards {
    /// Takes what is said about guards out of the tokens.
    pub fn take(tokens: &mut Vec<Token>) -> Self {
        let mut guards = Self::default();
        if let Some((range, rate)) = super::rates::find(tokens) {
            guards.rate = Some(rate);
            drop(tokens, range);
        }
        for (range, what, span) in super::spans::find(tokens).into_iter().rev() {
            let place = match what {
                For::Pause => &mut guards.pause,
                For::Timeout => &mut guards.timeout,
                For::Approval => &mut guards.expires,
            };
            *place = Some(span);
            drop(tokens, range);
        }
        let hook = tokens.iter().any(|token| {
            token.any(&["webhook", "webhooks", "hook", "endpoint"])
                || token.is_word() && token.low.ends_with("webhook")
        });
        if hook {
            signatures::accepting(tokens);
            guards.dedupe = dedupe(tokens);
            guards.verify = signatures::verify(tokens);
        }
        guards.tolerant = crate::phrasing::passes_over(tokens);
        guards.fields = form_fields(tokens);
        chat_page(tokens);
        let emits = tokens.iter().any(|token| {
            token.any(&[
                "emit",
                "emits",
                "fire",
                "raise",
                "publish",
                "ausloesen",
                "loese",
                "ausloest",
                "emittiere",
                "emittieren",
                "feuern",
                "feuere",
            ])
        });
        if emits {
            guards.key = key(tokens);
        }
        if tokens.iter().any(|token| token.any(&["bot", "bots"])) {
            guards.detach = detach(tokens);
        }
        guards
    }

    /// Puts them on the webhook; `connection` names the one that holds the secret.
    pub fn put(&self, kind: &mut TriggerKind, connection: impl FnOnce() -> String) {
        let TriggerKind::Webhook(hook) = kind else { return };
        hook.dedupe = self.dedupe.as_ref().map(|key| format!("{{{{ {key} }}}}"));
        if let Some((scheme, header)) = &self.verify {
            hook.verify = Some(Verify {
                scheme: *scheme,
                connection: connection(),
                header: header.clone(),
                tolerance: None,
            });
        }
    }
}

pub(super) fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!' | '?' | '(' | ')'))
}

/// The stretches between marks, with `and` and `but` dividing as well.
fn pieces(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut from = 0;
    for at in 0..=tokens.len() {
        let ends = tokens
            .get(at)
            .is_none_or(|token| divides(token) || token.any(&["and", "und", "but", "aber"]));
        if ends {
            if at > from {
                out.push(from..at);
            }
            from = at + 1;
        }
    }
    out
}

/// Takes a stretch out, and the mark or `and` that led to it.
pub(super) fn drop(tokens: &mut Vec<Token>, range: Range<usize>) {
    let bracketed = range.start > 0
        && tokens[range.start - 1].is_mark('(')
        && tokens.get(range.end).is_some_and(|token| token.is_mark(')'));
    if bracketed {
        tokens.drain(range.start - 1..=range.end);
        return;
    }
    let mut from = range.start;
    while from > 0
        && (tokens[from - 1].is_mark(',')
            || tokens[from - 1].any(&["and", "und", "but", "aber", "which", "are", "is", "that"]))
    {
        from -= 1;
    }
    // A colon behind what begins the sentence stays, so that the deeds are told from the trigger.
    tokens.drain(from..range.end);
}

/// A name such as `x-event-id`, `delivery_id`, `orderId`.
fn is_key(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Dotted)
        && (token.text.contains(['-', '_', '.'])
            || token.low == "id"
            || token.low.ends_with("id") && token.low.len() > 3 && token.text != token.low
            || token.kind == Kind::Quoted)
        && !token.low.starts_with("hmac")
        && !token.low.starts_with("sha")
}

/// `the same x-event-id twice counts once`, `ignore duplicates by delivery_id`, `gleiche bestell_id nur
/// einmal`.
fn dedupe(tokens: &mut Vec<Token>) -> Option<String> {
    const TWICE: &[&str] = &[
        "twice",
        "duplicate",
        "duplicates",
        "dedupe",
        "deduplicate",
        "deduplicated",
        "dedup",
        "repeats",
        "repeated",
        "zweimal",
        "doppelt",
        "doppelte",
        "doppelten",
        "doppelter",
        "duplikate",
        "mehrfach",
        "idempotent",
        "once",
        "einmal",
        "retries",
        "redelivered",
        "redeliveries",
        "wiederholte",
    ];
    const SAME: &[&str] = &[
        "same",
        "by",
        "on",
        "per",
        "each",
        "every",
        "gleiche",
        "gleicher",
        "gleichem",
        "gleichen",
        "selbe",
        "selben",
        "dieselbe",
        "denselben",
        "derselben",
        "dasselbe",
        "anhand",
        "nach",
        "jede",
        "jeden",
        "jedes",
        "header",
        "field",
        "feld",
        "key",
        "schluessel",
    ];
    let found = pieces(tokens).into_iter().find_map(|range| {
        let piece = &tokens[range.clone()];
        let twice = piece.iter().any(|token| token.any(TWICE));
        let same = piece.iter().any(|token| token.any(SAME));
        let condition = piece[0].any(&["if", "when", "wenn", "falls", "sobald"]);
        // The webhook itself stands in the piece: only what is said behind its name is meant.
        let hook = piece.iter().position(|token| {
            token.any(&["webhook", "hook", "endpoint"]) || token.low.ends_with("webhook")
        });
        let from = hook.map_or(0, |hook| hook + 2).min(piece.len());
        let key = piece[from..].iter().position(is_key).map(|at| from + at).or_else(|| {
            let named = piece
                .iter()
                .position(|token| token.any(&["field", "feld", "key", "header", "schluessel"]))?;
            piece
                .get(named + 1)
                .filter(|token| token.is_word() && !token.any(TWICE) && !token.any(ARTICLES))
                .map(|_| named + 1)
        })?;
        let ignores = piece.iter().any(|token| {
            token.any(&[
                "ignore",
                "ignored",
                "skip",
                "drop",
                "dropped",
                "ignorieren",
                "ignoriere",
                "verwerfen",
                "ueberspringen",
            ])
        });
        (twice && (same || ignores) && !condition).then(|| {
            let name = piece[key].text.clone();
            let header = name.to_lowercase().starts_with("x-")
                || piece.iter().any(|token| token.any(&["header", "kopfzeile", "headers"]));
            let start = if hook.is_some() {
                let words = piece
                    .get(from..key)
                    .unwrap_or_default()
                    .iter()
                    .position(|token| token.any(TWICE) || token.any(SAME));
                range.start + words.map_or(key, |at| from + at)
            } else {
                range.start
            };
            (start..range.end, name, header)
        })
    });
    let (range, name, header) = found?;
    drop(tokens, range);
    Some(if header {
        format!("trigger.headers['{}']", name.to_lowercase().replace('\'', ""))
    } else {
        let path = name.strip_prefix("body.").unwrap_or(&name);
        format!("trigger.body{}", access(path))
    })
}

/// A field by its name: `.id`, `['order-id']`.
fn access(path: &str) -> String {
    path.split('.')
        .map(|name| {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit());
            if plain { format!(".{name}") } else { format!("['{}']", name.replace('\'', "")) }
        })
        .collect()
}

/// `don't wait for it`, `without waiting`, `in the background`, `nicht darauf warten`.
fn detach(tokens: &mut Vec<Token>) -> bool {
    let found = pieces(tokens).into_iter().find_map(|range| {
        let piece = &tokens[range.clone()];
        let says = |words: &[&str]| piece.iter().position(|token| token.any(words));
        let waits = says(&["wait", "waiting", "warten", "warte", "abwarten", "awaiting"]);
        let not = says(&["not", "without", "no", "never", "ohne", "nicht"]);
        if let (Some(waits), Some(not)) = (waits, not)
            && (not < waits || waits + 3 > piece.len())
        {
            let from = if piece[not].any(&["not"])
                && not > 0
                && piece[not - 1].any(&["do", "does", "need", "should"])
            {
                not - 1
            } else {
                not.min(waits)
            };
            // German puts what is waited for before: `das Ergebnis nicht abwarten`.
            let whole = !piece.iter().any(|token| token.any(&["bot", "bots"]));
            let from = if whole { 0 } else { from };
            return Some(range.start + from..range.end);
        }
        let phrase = |words: &[&str]| {
            piece
                .windows(words.len())
                .position(|window| window.iter().zip(words).all(|(token, word)| token.is(word)))
                .map(|at| range.start + at..range.start + at + words.len())
        };
        phrase(&["fire", "and", "forget"])
            .or_else(|| phrase(&["in", "the", "background"]))
            .or_else(|| phrase(&["im", "hintergrund"]))
            .or_else(|| phrase(&["detached"]))
            .or_else(|| phrase(&["asynchronously"]))
            .or_else(|| phrase(&["asynchron"]))
    });
    let fire = tokens
        .windows(3)
        .position(|window| window[0].is("fire") && window[1].is("and") && window[2].is("forget"))
        .map(|at| at..at + 3);
    match found.or(fire) {
        Some(range) => {
            drop(tokens, range);
            true
        }
        None => false,
    }
}

/// `a form newsletter with one field, email:`, `Formular kontakt (name, email):`.
fn form_fields(tokens: &mut Vec<Token>) -> Vec<String> {
    let form = tokens.iter().take(6).position(|token| {
        token.any(&["form"]) || token.is_word() && token.low.ends_with("formular")
    });
    let Some(form) = form else { return Vec::new() };
    let ends = |token: &Token| matches!(token.kind, Kind::Mark(':' | ';' | '.' | ')'));
    let within = form + 4;
    let bracket = (form + 1..tokens.len().min(within)).find(|at| tokens[*at].is_mark('('));
    let noun = (form + 1..tokens.len().min(form + 7))
        .find(|at| tokens[*at].any(&["field", "fields", "feld", "felder", "feldern"]));
    let with = (form + 1..tokens.len().min(within))
        .find(|at| tokens[*at].any(&["with", "mit", "asking", "fragt"]));
    let (from, list) = match (bracket, noun, with) {
        (Some(bracket), _, _) => (bracket, bracket + 1),
        (None, Some(noun), Some(with)) if with < noun => (with, noun + 1),
        (None, None, Some(with)) => (with, with + 1),
        _ => return Vec::new(),
    };
    let mut list = list;
    while tokens.get(list).is_some_and(|token| token.is_mark(',') || token.is_mark(':')) {
        list += 1;
    }
    let Some(end) = tokens[list..].iter().position(ends).map(|offset| list + offset) else {
        return Vec::new();
    };
    let plain = tokens[list..end]
        .iter()
        .all(|token| matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Mark(',' | '/')));
    if !plain || end - list > 16 {
        return Vec::new();
    }
    let fields: Vec<String> = tokens[list..end]
        .iter()
        .filter(|token| !matches!(token.kind, Kind::Mark(_)))
        .filter(|token| {
            !token.any(ARTICLES)
                && !token.any(&[
                    "and", "und", "field", "fields", "feld", "felder", "for", "optional", "an",
                    "or",
                ])
        })
        .map(|token| crate::text::ident(&token.low))
        .filter(|name| !name.is_empty())
        .collect();
    let to = end + usize::from(tokens[end].is_mark(')'));
    tokens.drain(from..to);
    fields
}

/// `schlüssel ist das feld barcode`, `keyed by order_id`, `with the key sku`.
fn key(tokens: &mut Vec<Token>) -> Option<String> {
    let found = pieces(tokens).into_iter().find_map(|range| {
        let piece = &tokens[range.clone()];
        let at = piece.iter().position(|token| token.any(&["key", "keyed", "schluessel"])).filter(
            |at| *at <= 3 || piece[at - 1].any(&["with", "the", "as", "mit", "als", "dem"]),
        )?;
        let name = piece[at + 1..].iter().find(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Dotted)
                && !token.any(ARTICLES)
                && !token.any(&[
                    "is", "ist", "by", "on", "field", "feld", "from", "of", "aus", "value", "the",
                    "as",
                ])
        })?;
        let name = crate::text::ident(name.low.rsplit('.').next().unwrap_or_default());
        // `set the key visits` speaks of the bot's memory.
        let memory = piece.iter().any(|token| {
            token.any(&["set", "get", "state", "store", "remember", "reset", "setze", "merke"])
        });
        let from = if at <= 3 && !piece.iter().any(|token| token.kind == Kind::Dotted) {
            range.start
        } else {
            let before = piece[..at].iter().rev().take_while(|token| {
                token.any(ARTICLES) || token.any(&["with", "and", "mit", "as", "als"])
            });
            range.start + at - before.count()
        };
        (!memory && !name.is_empty()).then_some((from..range.end, name))
    });
    let (range, name) = found?;
    drop(tokens, range);
    Some(name)
}

/// `chat page helpdesk: …`: the page is the chat itself.
fn chat_page(tokens: &mut Vec<Token>) {
    let chat = tokens.iter().take(4).position(|token| {
        token.any(&["chat", "chatseite", "chat-seite", "chat-page", "chatpage", "chatfenster"])
    });
    let Some(chat) = chat else { return };
    while tokens.get(chat + 1).is_some_and(|next| next.any(&["page", "seite", "window", "fenster"]))
    {
        tokens.remove(chat + 1);
    }
}
