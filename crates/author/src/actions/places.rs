//! Where something goes and where it comes from: addresses, channels, services.

use super::unknown::{unknown_app, unknown_source};
use super::{App, Intent, MAIL};
use crate::index::Index;
use crate::lexicon::{self, Op};
use crate::text::{Kind, Token};

/// Words that bind a destination to its verb.
const BEFORE: &[&str] = &[
    "to",
    "at",
    "from",
    "in",
    "on",
    "into",
    "via",
    "through",
    "using",
    "with",
    "by",
    "the",
    "channel",
    "channels",
    "an",
    "auf",
    "von",
    "bei",
    "nach",
    "ueber",
    "mit",
    "den",
    "dem",
    "kanal",
    "zu",
    "zum",
    "zur",
    "im",
    "address",
    "url",
    "adresse",
    "page",
    "endpoint",
    "website",
    "site",
    "api",
    "against",
    "under",
    "of",
    "die",
    "der",
    "webhook",
    "a",
    "slack-kanal",
    "slack-channel",
    "seite",
    "aus",
    "vom",
    "unter",
    "add",
];

pub(super) fn destinations<'a>(rest: &mut Vec<Token>, intent: &mut Intent<'a>, index: &Index<'a>) {
    let other_target = intent.by_mail
        || intent.op == Op::Email
        || rest
            .iter()
            .any(|token| matches!(token.kind, Kind::Email | Kind::Channel) || token.any(MAIL));
    let brings = matches!(
        intent.op,
        Op::Send
            | Op::Notify
            | Op::Email
            | Op::Other
            | Op::Put
            | Op::Patch
            | Op::Log
            | Op::Emit
            | Op::Remember
    );
    let mut at = 0;
    while at < rest.len() {
        let before = at.checked_sub(1).map(|before| &rest[before]);
        let of = before.is_some_and(|before| before.any(&["of", "from", "von", "aus", "unter"]));
        let to = before.is_some_and(|before| {
            before.any(&["to", "an", "at", "nach", "into", "auf", "in", "with"])
        });
        let read = before.is_some_and(|before| before.any(&["in", "at", "auf", "unter"]));
        let source = brings
            && rest[at].kind == Kind::Url
            && (of || other_target && !to || read && intent.op == Op::Email);
        let into = match rest[at].kind {
            Kind::Url if source => &mut intent.sources,
            Kind::Url => &mut intent.urls,
            Kind::Email => &mut intent.emails,
            Kind::Channel => &mut intent.channels,
            Kind::Phone => {
                at = cut(rest, at, 1);
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        into.push(rest[at].text.clone());
        at = cut(rest, at, 1);
    }
    // `the channel ops`, `Kanal einkauf`
    let channel = rest
        .iter()
        .position(|token| token.any(&["channel", "kanal", "slack-kanal", "slack-channel"]));
    if intent.channels.is_empty()
        && let Some(at) = channel
    {
        let plain = |token: &&Token| {
            token.is_word() && !lexicon::is_empty_word(token) && token.number.is_none()
        };
        let after = rest.get(at + 1).filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted) && !lexicon::is_empty_word(token)
        });
        let before =
            at.checked_sub(1).and_then(|before| rest.get(before)).filter(plain).filter(|token| {
                !index.is_name(&token.low) && !token.any(&["slack", "discord", "teams"])
            });
        match (before, after) {
            (Some(name), _) => {
                intent.channels.push(format!("#{}", name.low));
                cut(rest, at - 1, 2);
            }
            (None, Some(name)) => {
                // `the Telegram channel @news` has its mark already.
                let mark = if name.text.starts_with('@') { "" } else { "#" };
                intent.channels.push(format!("{mark}{}", name.text.trim_start_matches('#')));
                cut(rest, at, 2);
            }
            (None, None) => {}
        }
    }
    let mentions = index.mentions(rest);
    let elsewhere =
        !intent.channels.is_empty() || !intent.emails.is_empty() || !intent.urls.is_empty();
    let reads = matches!(intent.op, Op::Fetch | Op::Ai(_));
    // `from the Postgres table x to the bucket y`: read there, brought here.
    let from = mentions.iter().position(|(range, _)| {
        (mentions.len() > 1 || elsewhere && !reads) && comes_from(rest, range.start)
    });
    // `export the Postgres table x to S3`: the first is read, the one behind `to` written.
    let from = from.or_else(|| {
        let to = |range: &std::ops::Range<usize>| {
            rest[..range.start].iter().rev().take(3).any(|token| {
                token.any(&["to", "into", "nach", "in", "im", "ins", "auf", "onto", "an"])
            })
        };
        let moves = intent.op == Op::Other
            && intent.tokens.iter().any(|token| {
                token.any(&[
                    "export",
                    "back",
                    "backup",
                    "copy",
                    "archive",
                    "dump",
                    "sichere",
                    "sichern",
                    "exportiere",
                    "exportieren",
                    "kopiere",
                    "kopieren",
                    "archiviere",
                    "archivieren",
                    "sync",
                    "transfer",
                    "move",
                    "save",
                    "store",
                    "speichere",
                    "speichern",
                    "legen",
                    "ablegen",
                    "hochladen",
                    "upload",
                    "uebertragen",
                ])
            });
        // `everything in Dropbox to Drive`: what is in the first is what is moved.
        let goal = |range: &std::ops::Range<usize>| {
            rest[..range.start]
                .iter()
                .rev()
                .take(3)
                .any(|token| token.any(&["to", "into", "nach", "ins", "onto"]))
        };
        // `send today's Google Calendar events to my Telegram`
        let tells = matches!(intent.op, Op::Send | Op::Notify)
            && mentions.len() == 2
            && mentions[0].1.name != mentions[1].1.name
            && !index.sends(&mentions[0].1.name, "channel")
            && rest.get(mentions[0].0.end).is_some_and(|token| {
                token.is_word()
                    && !token.any(&["and", "und", "to", "in"])
                    && !token.any(crate::lexicon::ARTICLES)
            });
        let moves = moves || tells;
        (moves && mentions.len() == 2 && !goal(&mentions[0].0) && to(&mentions[1].0)).then_some(0)
    });
    // `mail x@y the open GitLab issues`: a system that sends no mail is read from.
    let from = from.or_else(|| {
        let [(_, spec)] = mentions.as_slice() else { return None };
        let mails = !intent.emails.is_empty()
            && (intent.op == Op::Email || rest.iter().any(|token| token.any(MAIL)))
            && !index.sends(&spec.name, "email");
        let posts = !intent.channels.is_empty()
            && matches!(intent.op, Op::Send | Op::Notify)
            && !index.sends(&spec.name, "channel");
        (mails || posts).then_some(0)
    });
    let source = from.filter(|from| mentions.len() > 1 || mentions[*from].1.name != "slack");
    if let Some(source) = source {
        intent.source_app = Some(mentions[source].1);
    }
    let target = (0..mentions.len()).find(|at| Some(*at) != source);
    if let Some(target) = target {
        intent.app = App::Known(mentions[target].1);
    }
    // `on call (pagerduty)`: one service, named twice.
    let again = target.and_then(|target| {
        (0..mentions.len())
            .find(|at| *at != target && mentions[*at].1.name == mentions[target].1.name)
            .filter(|at| Some(*at) != source)
    });
    let mut ranges: Vec<std::ops::Range<usize>> =
        [source, target, again].into_iter().flatten().map(|at| mentions[at].0.clone()).collect();
    ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
    let any = !ranges.is_empty();
    for range in ranges {
        cut(rest, range.start, range.len());
    }
    if let Some(name) = unknown_source(rest) {
        // Nothing comes from there, wherever it should go.
        intent.source_app = None;
        intent.app = App::Unknown(name);
    } else if any {
        // A service was named.
    } else if let Some((at, length)) = unknown_app(rest) {
        let name = rest[at..at + length]
            .iter()
            .map(|token| token.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        intent.app = App::Unknown(name);
        cut(rest, at, length);
    }
}

/// Whether what stands at `at` is where something comes from.
fn comes_from(tokens: &[Token], at: usize) -> bool {
    let skip = tokens[..at]
        .iter()
        .rev()
        .take(4)
        .take_while(|token| {
            !token
                .any(&["to", "into", "nach", "ins", "zu", "an", "als", "via", "per", "with", "mit"])
        })
        .position(|token| token.any(&["from", "of", "out", "aus", "von", "vom"]));
    skip.is_some()
}

/// Takes `length` tokens at `at` out together with the little words before; gives where it went on.
pub(super) fn cut(rest: &mut Vec<Token>, at: usize, length: usize) -> usize {
    let mut from = at;
    while from > 0 && rest[from - 1].any(BEFORE) {
        from -= 1;
    }
    // `#a and #b`: the `and` goes too.
    if from == at
        && from > 0
        && (rest[from - 1].any(&["and", "und"]) || rest[from - 1].is_mark(','))
    {
        from -= 1;
    }
    rest.drain(from..at + length);
    from
}
