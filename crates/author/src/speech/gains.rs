//! What is wanted as a thing: `I'd like to get an SMS and a note in Notion when …` → `send me an SMS and
//! create a note in Notion when …`.

use super::pattern::fits;
use super::{opens, put, stops};
use crate::text::{Kind, Token};

const GAINS: &[&str] = &[
    "i|we would|'d really|also|just|very? much? like|love|want|prefer to? get|receive|have|see",
    "i|we would|'d really|also|just|very? much? like|love|want|prefer",
    "i|we really|also|just? want|need|wish for|to? get|receive|have|see?",
    "could|can|may|might i|we please|kindly|also? get|have|receive",
    "receive|get",
    "please? make|be sure that? i|we get|receive",
    "give|get me|us",
    "i|we should|must get|receive|have",
    "it|that would|'d be @good to|if i|we? get|receive|have|got|received|could get|receive|have?",
];
/// What is told, and gets an address.
const TOLD: &[&str] = &[
    "sms",
    "email",
    "e-mail",
    "mail",
    "message",
    "alert",
    "notification",
    "ping",
    "reminder",
    "summary",
    "report",
    "digest",
    "text",
    "warning",
    "dm",
    "heads-up",
    "overview",
    "notice",
    "texts",
    "emails",
    "whatsapp",
];
/// What is made.
const MADE: &[(&str, &[&str])] = &[
    (
        "create",
        &[
            "note",
            "task",
            "card",
            "ticket",
            "event",
            "issue",
            "deal",
            "page",
            "contact",
            "record",
            "draft",
            "invoice",
            "to-do",
            "todo",
            "folder",
            "file",
            "lead",
            "incident",
            "item",
            "story",
            "appointment",
        ],
    ),
    ("add", &["row", "line", "entry", "label", "comment", "tag", "reaction"]),
    ("post", &["post", "tweet"]),
    ("make", &["call"]),
];

pub fn gains(tokens: &mut Vec<Token>) -> bool {
    let mut at = 0;
    let mut done = false;
    while at < tokens.len() {
        let length = opens(tokens, at)
            .then(|| GAINS.iter().filter_map(|pattern| fits(&tokens[at..], pattern)).max())
            .flatten();
        let things = length.and_then(|length| things(tokens, at + length));
        let (Some(length), Some(things)) = (length, things) else {
            at += 1;
            continue;
        };
        for (place, words) in things.iter().rev() {
            put(tokens, *place..*place, words);
        }
        tokens.drain(at..at + length);
        done = true;
        at += 1;
    }
    done
}

/// Where each thing begins and what is done to get it; none when something else is wanted.
fn things(tokens: &[Token], from: usize) -> Option<Vec<(usize, String)>> {
    let mut out = Vec::new();
    let mut at = from;
    while at < tokens.len() {
        let also = fits(&tokens[at..], "also|then|as? well|in? addition|additionally?")
            .filter(|_| !tokens[at].is("as"));
        let start = at + also.unwrap_or(0);
        out.push((start, deed(tokens, start)?));
        let next = (start + 1..tokens.len()).find(|next| {
            let divides = tokens[*next].is("and") || tokens[*next].is_mark(',');
            divides
                && thing(
                    tokens,
                    next + 1
                        + usize::from(
                            tokens.get(next + 1).is_some_and(|token| token.any(&["and", "also"])),
                        ),
                )
                .is_some()
                && !tokens[start..*next]
                    .iter()
                    .any(|token| stops(token) || token.any(&["when", "whenever", "if"]))
        });
        let Some(next) = next else { break };
        at = next
            + 1
            + usize::from(tokens.get(next + 1).is_some_and(|token| token.any(&["and", "also"])));
    }
    Some(out)
}

fn deed(tokens: &[Token], at: usize) -> Option<String> {
    let verb = thing(tokens, at)?;
    if verb != "send" {
        return Some(verb.to_owned());
    }
    let end = tokens[at..]
        .iter()
        .position(|token| {
            stops(token)
                || token.is_mark(',')
                || token.any(&["when", "whenever", "if", "every", "each", "as"])
        })
        .map_or(tokens.len(), |offset| at + offset);
    let aimed = tokens[at..end]
        .iter()
        .any(|token| matches!(token.kind, Kind::Email | Kind::Channel | Kind::Phone))
        || tokens[at..end].windows(2).any(|pair| {
            pair[0].any(&["to", "in", "at"])
                && (pair[1].any(&["the", "our", "my", "teams", "slack", "discord", "telegram"]))
        });
    Some(if aimed { "send".to_owned() } else { "send me".to_owned() })
}

/// What is done for the thing that begins here.
fn thing(tokens: &[Token], at: usize) -> Option<&'static str> {
    let first = tokens.get(at)?;
    if !first.among("a an one another the my some new both") {
        return None;
    }
    // The head of what is wanted, before anything that is said of it.
    let mut head = None;
    for token in &tokens[at + 1..tokens.len().min(at + 7)] {
        let ends = !token.is_word()
            || token.among(
                "to in on with of about for when whenever and from via by that if saying at \
                into every each as per through over containing sent posted should would \
                which called named",
            );
        if ends {
            break;
        }
        head = Some(token);
    }
    let head = head?;
    if head.any(TOLD) {
        return Some("send");
    }
    MADE.iter().find(|(_, things)| head.any(things)).map(|(verb, _)| *verb)
}
