//! Where a webhook or event is named, or one of the pages of the bot.

use std::ops::Range;

use codex32_model::definition::TriggerKind;

use super::{Doubt, pages, webhook};
use crate::clauses::{Clause, Lead};
use crate::lexicon::{self, ARRIVES, ARTICLES, Op, PLEASE};
use crate::text::{self, Kind, Lang, Token};

pub struct Found {
    pub kind: TriggerKind,
    /// Tokens that were the trigger and nothing else.
    pub taken: Range<usize>,
    pub nouns: Vec<String>,
    pub doubt: Option<Doubt>,
    /// What must hold of what comes: a field and a value.
    pub conditions: Vec<(String, String)>,
}

pub fn find(clause: &Clause, _lang: Lang) -> Option<Found> {
    let opening = clause.lead == Lead::When || clause.lead == Lead::If;
    hook(clause, opening)
        .or_else(|| event(clause, opening))
        .or_else(|| pages::form_or_chat(clause, opening))
        .or_else(|| pages::page(clause))
        .or_else(|| pages::by_hand(clause))
}

/// Whether a clause speaks of a webhook, an event, a form or a chat of the bot's own.
pub fn names_ours(clause: &Clause) -> bool {
    clause.tokens.iter().any(|token| {
        is_hook(token)
            || token.kind == Kind::Dotted && !is_domain(&token.low)
            || token.any(&[
                "event",
                "events",
                "ereignis",
                "form",
                "formular",
                "kontaktformular",
                "contact-form",
                "signup-form",
                "chat",
                "request",
                "anfrage",
            ])
    })
}

fn is_hook(token: &Token) -> bool {
    token.any(&["webhook", "webhooks", "hook", "endpoint", "webhook-endpoint"])
        || token.is_word() && (token.low.ends_with("-webhook") || token.low.ends_with("webhook"))
}

fn hook(clause: &Clause, opening: bool) -> Option<Found> {
    let tokens = &clause.tokens;
    let word = tokens.iter().position(is_hook);
    let Some(at) = word else {
        // `a POST to /lead`, `someone calls /price`
        let path = tokens
            .iter()
            .position(|token| token.kind == Kind::Path && token.text.starts_with('/'))?;
        let folder = path.checked_sub(1).is_some_and(|before| {
            tokens[before].any(&[
                "folder",
                "ordner",
                "directory",
                "verzeichnis",
                "file",
                "datei",
                "bucket",
                "dropbox",
                "drive",
                "storage",
                "folders",
                "s3",
                "disk",
            ])
        });
        if folder {
            return None;
        }
        let asked = tokens[..path].iter().any(|token| {
            token.any(&[
                "request",
                "requests",
                "post",
                "get",
                "call",
                "calls",
                "posts",
                "hits",
                "call",
                "anfrage",
                "aufruf",
                "aufgerufen",
                "requested",
            ])
        });
        let answered = tokens.iter().any(|token| token.any(&["to", "an"]))
            && clause.verb.is_some_and(|(_, op)| op == Op::Respond);
        if !opening && !(asked && (answered || clause.lead == Lead::ForEach)) {
            return None;
        }
        let name = tokens[path].text.trim_matches('/').to_owned();
        let mut from = path;
        while from > 0
            && tokens[from - 1].is_word()
            && (tokens[from - 1].any(&[
                "to", "at", "on", "an", "request", "requests", "a", "post", "auf", "the", "path",
                "every", "each", "http",
            ]))
        {
            from -= 1;
        }
        let method = method(&tokens[..path]);
        return Some(Found {
            kind: with_method(&name, method),
            taken: from..path + 1,
            nouns: nouns(&name),
            doubt: None,
            conditions: Vec::new(),
        });
    };
    // A webhook of somebody else, to which something is sent.
    let next = tokens.get(at + 1);
    let theirs = next.is_some_and(|next| next.kind == Kind::Url)
        || at > 0 && tokens[at - 1].any(&["discord", "slack", "teams", "mattermost", "outgoing"])
        || tokens.get(at + 2).is_some_and(|next| next.kind == Kind::Url)
            && tokens[at + 1].any(&["at", "url", "on", "unter"]);
    if theirs {
        return None;
    }
    let mut to = at + 1;
    let name = said_after(tokens, &mut to).or_else(|| said_before(tokens, at)).or_else(|| {
        // `a webhook arrives from Stripe`, `a webhook hits /lead`
        let from = tokens[at..]
            .iter()
            .position(|token| token.any(&["from", "von", "by"]))
            .map(|offset| at + offset + 1);
        let path = tokens.iter().position(|token| token.kind == Kind::Path);
        path.map(|path| tokens[path].text.trim_matches('/').to_owned()).or_else(|| {
            let token = tokens.get(from?)?;
            let token = if token.any(ARTICLES) { tokens.get(from? + 1)? } else { token };
            (token.is_word() && opening).then(|| text::slug(&token.low, '-'))
        })
    });
    if opening && let Some(path) = tokens.iter().position(|token| token.kind == Kind::Path) {
        to = to.max(path + 1);
    }
    let mut from = at;
    while from > 0 && joins(&tokens[from - 1], name.as_deref()) {
        from -= 1;
    }
    let doubt = name.is_none().then_some(Doubt::Unnamed);
    let noun = |token: &&Token| {
        token.is_word()
            && !token.any(ARRIVES)
            && !token.any(ARTICLES)
            && !lexicon::is_empty_word(token)
            && !is_hook(token)
            && opening
    };
    let name = name.unwrap_or_else(|| {
        tokens
            .iter()
            .find(noun)
            .map_or_else(|| "hook".to_owned(), |token| text::slug(&token.low, '-'))
    });
    Some(Found {
        kind: with_method(&name, method(tokens)),
        taken: from..to,
        nouns: nouns(&name),
        doubt,
        conditions: Vec::new(),
    })
}

/// Words before the webhook that belong to its mention: `posted to the`, `über den`.
fn joins(token: &Token, name: Option<&str>) -> bool {
    token.any(&[
        "to",
        "the",
        "a",
        "an",
        "on",
        "at",
        "from",
        "of",
        "via",
        "through",
        "by",
        "over",
        "posted",
        "sent",
        "coming",
        "uploaded",
        "received",
        "ueber",
        "den",
        "dem",
        "der",
        "das",
        "ein",
        "einen",
        "eine",
        "am",
        "an",
        "auf",
        "per",
        "vom",
        "von",
        "im",
        "in",
        "incoming",
        "new",
        "our",
        "my",
        "beim",
        "bei",
        "into",
        "every",
        "each",
        "gesendeten",
        "calls",
        "hits",
        "post",
        "when",
        "data",
        "request",
        "requests",
        "get",
        "call",
        "zum",
        "geschickten",
        "eingehenden",
    ]) || name.is_some_and(|name| token.is_word() && text::slug(&token.low, '-') == name)
}

fn method(tokens: &[Token]) -> Option<&'static str> {
    ["GET", "PUT", "PATCH", "DELETE"].into_iter().find(|method| {
        tokens.iter().any(|token| token.text == *method)
            || tokens.windows(2).any(|pair| {
                pair[0].low.eq_ignore_ascii_case(method)
                    && pair[1].any(&["request", "requests", "anfrage"])
            })
    })
}

fn with_method(name: &str, method: Option<&str>) -> TriggerKind {
    let mut kind = webhook(name);
    if let (TriggerKind::Webhook(hook), Some(method)) = (&mut kind, method) {
        method.clone_into(&mut hook.method);
    }
    kind
}

pub(super) fn nouns(name: &str) -> Vec<String> {
    name.split(['/', '-', '_', '.']).filter(|word| word.len() > 1).map(str::to_owned).collect()
}

/// `webhook order`, `webhook called "orders/new"`, `webhook at /lead`.
fn said_after(tokens: &[Token], to: &mut usize) -> Option<String> {
    let mut at = *to;
    let mut named = false;
    while tokens.get(at).is_some_and(|token| {
        token.any(&["called", "named", "name", "namens", "path", "pfad", "url", "id"])
            || token.any(&[
                "with", "at", "under", "on", "the", "mit", "dem", "unter", "namen", "auf", "by",
            ]) && tokens[at + 1..].iter().take(3).any(|next| {
                next.any(&["called", "named", "name", "path", "namens", "namen", "pfad"])
                    || next.kind == Kind::Path
            })
            || token.is_mark(':')
    }) {
        named |= tokens[at].any(&["called", "named", "name", "namens", "path", "pfad", "namen"]);
        at += 1;
    }
    let token = tokens.get(at)?;
    let name = match token.kind {
        Kind::Path | Kind::Quoted => text::fold(token.text.trim_matches('/')),
        Kind::Dotted => token.low.clone(),
        Kind::Word if named || plain(token) => text::slug(&token.low, '-'),
        _ => return None,
    };
    let clean: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "/._~-".contains(c) { c } else { '-' })
        .collect();
    *to = at + 1;
    (!clean.is_empty()).then_some(clean)
}

pub(super) fn plain(token: &Token) -> bool {
    const NOT: &[&str] = &[
        "request", "requests", "url", "data", "body", "payload", "event", "trigger", "which",
        "who", "not", "over", "at", "within", "more", "than", "mit", "respond", "answer", "return",
        "also", "but", "without", "once", "after", "where", "whose", "while", "until", "before",
        "because", "per", "about", "message", "messages", "und",
    ];
    !token.any(ARRIVES)
        && !lexicon::is_empty_word(token)
        && !token.any(PLEASE)
        && !token.any(NOT)
        && token.number.is_none()
}

/// `the order webhook`, `Bestell-Webhook`.
fn said_before(tokens: &[Token], at: usize) -> Option<String> {
    let hook = &tokens[at].low;
    if let Some(head) = hook
        .strip_suffix("webhook")
        .map(|head| head.trim_end_matches('-'))
        .filter(|head| head.len() > 1)
    {
        return Some(text::slug(head, '-'));
    }
    let before = tokens.get(at.checked_sub(1)?)?;
    let fits = matches!(before.kind, Kind::Word | Kind::Quoted | Kind::Dotted)
        && plain(before)
        && !before.any(ARTICLES)
        && !before.any(&[
            "post",
            "get",
            "put",
            "http",
            "https",
            "json",
            "answer",
            "call",
            "calls",
            "expose",
            "hits",
            "to",
            "posted",
            "own",
            "public",
            "simple",
            "use",
            "create",
            "offer",
            "provide",
            "same",
            "ueber",
            "eingehenden",
        ])
        && (before.kind != Kind::Word
            || lexicon::verb(&before.low, Lang::En)
                .is_none_or(|_| lexicon::is_noun_too(&before.low)));
    fits.then(|| text::slug(&before.low, '-')).filter(|name| !name.is_empty())
}

fn event(clause: &Clause, opening: bool) -> Option<Found> {
    if !opening && matches!(clause.verb, Some((_, Op::Wait))) {
        return None;
    }
    let tokens = &clause.tokens;
    // `emit the event …` is a deed.
    let of_it =
        tokens.iter().position(|token| token.any(&["event", "ereignis"])).is_some_and(|at| {
            let before = tokens[..at].iter().rev().find(|token| !token.any(ARTICLES));
            before.is_some_and(|before| before.any(&["of", "from", "on", "bei", "von"]))
                || at > 0 && tokens[at - 1].any(&["every", "each", "jedes"])
        });
    // `POST the event x to https://…`: what is sent is what came.
    let goes = tokens
        .iter()
        .any(|token| matches!(token.kind, Kind::Url | Kind::Email | Kind::Channel | Kind::Phone))
        && clause.verb.is_some_and(|(_, op)| op == Op::Send)
        && tokens
            .windows(2)
            .any(|pair| pair[0].any(&["event", "ereignis"]) && pair[1].kind == Kind::Dotted);
    let deed = clause.lead == Lead::None
        && !goes
        && clause.verb.is_some_and(|(_, op)| {
            op == Op::Emit || !of_it && matches!(op, Op::Send | Op::Other | Op::Run)
        })
        && !(tokens.len() <= 3 && of_name(tokens));
    if deed && !opening {
        return None;
    }
    let word = tokens
        .iter()
        .position(|token| token.any(&["event", "events", "ereignis", "ereignisse", "ereignisses"]));
    let dotted = tokens.iter().position(|token| {
        token.kind == Kind::Dotted
            && !is_domain(&token.low)
            && !["event.", "data.", "body.", "inputs.", "input.", "payload.", "trigger.", "steps."]
                .iter()
                .any(|path| token.low.starts_with(path))
    });
    let (from, name_at) = match (word, dotted) {
        (Some(word), Some(dotted)) if dotted > word => (word, dotted),
        (Some(word), Some(dotted)) => (dotted.min(word), dotted),
        (None, Some(dotted))
            if opening
                || tokens[..dotted].iter().any(|token| {
                    token.any(&[
                        "listen",
                        "listens",
                        "react",
                        "subscribe",
                        "lausche",
                        "hoere",
                        "reagiere",
                    ])
                }) =>
        {
            (dotted, dotted)
        }
        (Some(word), None) => {
            let mut next = word + 1;
            while tokens.get(next).is_some_and(|token| {
                token.any(&["called", "named", "namens", "mit", "dem", "namen"])
            }) {
                next += 1;
            }
            let token = tokens.get(next)?;
            let name = token.kind == Kind::Quoted || token.is_word() && plain(token);
            let before = word.checked_sub(1).filter(|before| {
                tokens[*before].is_word()
                    && plain(&tokens[*before])
                    && !tokens[*before].any(ARTICLES)
            });
            match (name, before) {
                (true, _) => (word, next),
                (false, Some(before)) if opening => (before, before),
                _ => return None,
            }
        }
        _ => return None,
    };
    let hears = tokens[..from].iter().any(|token| {
        token.any(&[
            "on",
            "each",
            "every",
            "jedes",
            "jedem",
            "all",
            "alle",
            "for",
            "bei",
            "from",
            "of",
            "listen",
            "react",
            "subscribe",
            "watch",
            "auf",
            "lausche",
            "hoere",
            "reagiere",
        ])
    });
    // `count the login.failed events`
    let several = word == Some(name_at + 1)
        && tokens.get(name_at + 1).is_some_and(|token| token.any(&["events", "ereignisse"]));
    if !opening && !several && !goes && !hears && (from > 0 || tokens.len() > 3) {
        return None;
    }
    let name = event_name(&tokens[name_at].low);
    let mut start = from;
    while start > 0
        && tokens[start - 1].any(&[
            "the", "an", "a", "event", "das", "ein", "every", "each", "on", "bei", "from", "of",
            "dem", "jedem", "new",
        ])
    {
        start -= 1;
    }
    let end = (name_at + 1).max(word.map_or(0, |word| word + 1));
    let nouns = nouns(&name);
    Some(Found {
        kind: TriggerKind::Event { event: name },
        taken: start..end,
        nouns,
        doubt: None,
        conditions: Vec::new(),
    })
}

/// `event payment.received`, with nothing else: a headline.
fn of_name(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| token.kind == Kind::Dotted)
        && tokens.iter().all(|token| {
            token.kind == Kind::Dotted
                || token.any(&["event", "ereignis", "the", "das", "on", "bei"])
        })
}

/// An event's name as the language writes it: `[a-z0-9._-]`.
pub fn event_name(text: &str) -> String {
    let folded = text::fold(text);
    let clean: String = folded
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
        .collect();
    clean.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

fn is_domain(low: &str) -> bool {
    let last = low.rsplit('.').next().unwrap_or_default();
    [
        "com", "org", "net", "io", "de", "dev", "example", "at", "ch", "eu", "csv", "json", "xml",
        "txt", "pdf", "g", "b",
    ]
    .contains(&last)
}
