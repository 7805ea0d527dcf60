//! English wishes and questions as orders.

use super::pattern::fits;
use super::states::{self, leads};
use super::wishes::{ASKS_EN, DEED_EN, STATE_EN};
use super::{gains, opens, put, said, stops};
use crate::lexicon::{self, ARTICLES};
use crate::phrasing::participle;
use crate::text::{Kind, Lang, Token};

/// How many wishes may stand within one another.
const DEEPEST: usize = 6;

/// Rewrites them; tells whether there was one.
pub fn orders(tokens: &mut Vec<Token>) -> bool {
    states::moments(tokens);
    let mut wished = false;
    for _ in 0..DEEPEST {
        let before = tokens.len();
        let done = inverted(tokens) | wanted(tokens) | gains::gains(tokens) | wishes(tokens);
        wished |= done;
        if !done || tokens.len() == before && tokens.is_empty() {
            break;
        }
    }
    states::states(tokens, wished);
    wished
}

/// Wishes in front of what they wish for.
fn wishes(tokens: &mut Vec<Token>) -> bool {
    let mut done = false;
    let mut at = 0;
    while at < tokens.len() {
        let opening = opens(tokens, at);
        let rest = &tokens[at..];
        let longest =
            |patterns: &[&str]| patterns.iter().filter_map(|pattern| fits(rest, pattern)).max();
        let state = opening.then(|| longest(STATE_EN)).flatten();
        let deed = opening
            .then(|| longest(DEED_EN))
            .flatten()
            .filter(|length| deed_follows(&rest[*length..]));
        let asked = longest(ASKS_EN)
            .filter(|length| deed_follows(&rest[*length..]) && (opening || !rest[0].any(&["you"])));
        let Some(length) = [state, deed, asked].into_iter().flatten().max() else {
            at += 1;
            continue;
        };
        done = true;
        tokens.drain(at..at + length);
        while at < tokens.len() && tokens[at].is_mark(',') {
            tokens.remove(at);
        }
        // `I wish somebody told me`
        if tokens.get(at).is_some_and(|token| token.any(&["somebody", "someone"]))
            && tokens.get(at + 1).is_some_and(|next| participle(&next.low).is_some())
        {
            tokens.remove(at);
        }
        if let Some(told) = tokens.get(at)
            && told.among("told sent informed notified warned reminded posted wrote added created")
            && tokens
                .get(at + 1)
                .is_some_and(|next| next.any(&["me", "us", "a", "an", "the", "it"]))
            && let Some(base) = participle(&told.low)
        {
            put(tokens, at..at + 1, base);
        }
        // `a bot that posts X`
        if let Some(base) = tokens.get(at).and_then(third_person) {
            put(tokens, at..at + 1, base);
        }
        if !opening {
            tokens.insert(at, said(","));
            at += 1;
        }
    }
    done
}

/// `posts`, `creates`: the base, if the word is one of a deed's.
fn third_person(token: &Token) -> Option<&'static str> {
    let stem = token.low.strip_suffix('s').filter(|_| token.is_word())?;
    let stem_es = stem.strip_suffix('e');
    let stem_y = stem.strip_suffix("ie").map(|stem| format!("{stem}y"));
    lexicon::base(stem)
        .or_else(|| stem_es.and_then(lexicon::base))
        .or_else(|| stem_y.and_then(|stem| lexicon::base(&stem)))
}

/// Whether a deed begins here, or what starts one.
fn deed_follows(rest: &[Token]) -> bool {
    let Some(first) = rest.iter().find(|token| {
        !token.is_mark(',')
            && !token.among("also then always immediately automatically please just first kindly")
    }) else {
        return false;
    };
    first.is_word()
        && (lexicon::verb(&first.low, Lang::En).is_some()
            || first.among(
                "when whenever if every each on at once as for have be do not never see pick \
                go look give spot let use figure work receive react respond hear keep leave \
                stay stop become collect gather summarise bring apply run set fill fetch \
                find get turn translate double-check decide rate",
            ))
}

/// `could a card please be created`, `can the total be posted` → `a card should be created`.
fn inverted(tokens: &mut Vec<Token>) -> bool {
    let mut done = false;
    let mut at = 0;
    while at + 3 < tokens.len() {
        let asks = tokens[at].any(&["could", "can", "would", "might", "may", "shall", "should"])
            && !tokens[at + 1].among("you we i u be it they not someone somebody anyone there")
            && opens(tokens, at);
        let thing = asks
            && (tokens[at + 1].any(ARTICLES)
                || tokens[at + 1].among("every each all any that this these new some")
                || !tokens[at + 1].is_word()
                || tokens[at + 1].is_capital());
        let limit = tokens.len().min(at + 16);
        let be = thing
            .then(|| {
                (at + 2..limit)
                    .take_while(|next| {
                        !matches!(tokens[*next].kind, Kind::Mark(',' | '.' | '?' | ';'))
                    })
                    .find(|next| {
                        tokens[*next].any(&["be", "get"])
                            && tokens.get(next + 1).is_some_and(|verb| {
                                verb.is_word() && participle(&verb.low).is_some()
                                    || verb.any(&["also", "then"])
                            })
                            || tokens[*next].any(&["go", "land", "appear"])
                                && tokens.get(next + 1).is_some_and(|to| {
                                    to.any(&["on", "in", "into", "to", "onto", "out"])
                                })
                    })
            })
            .flatten();
        if let Some(be) = be {
            if tokens[be].any(&["be", "get"]) {
                put(tokens, be..be + 1, "should be");
            } else {
                put(tokens, be..be + 1, "should go");
            }
            tokens.remove(at);
            done = true;
        }
        at += 1;
    }
    done
}

/// `I want X posted to`, `I'd like X to be posted`, `could we have X posted` → `X should be posted`.
fn wanted(tokens: &mut Vec<Token>) -> bool {
    const WANTS: &[&str] = &[
        "i|we really|also|just? want|need|like|expect to? have|get|see?",
        "i|we would|'d really|very|also|just? much? like|love|prefer|want|need|appreciate to? have|get|see?",
        "could|can|may|might we|i|you please|kindly|also? have|get",
        "please? have|get",
        "have|get",
        "i|we would|'d? would? rather|prefer",
    ];
    let mut done = false;
    let mut at = 0;
    while at < tokens.len() {
        let length = opens(tokens, at)
            .then(|| WANTS.iter().filter_map(|pattern| fits(&tokens[at..], pattern)).max())
            .flatten();
        let found = length.and_then(|length| {
            let from = at + length;
            let limit = tokens.len().min(from + 18);
            let verb = (from + 1..limit)
                .take_while(|next| {
                    !matches!(tokens[*next].kind, Kind::Mark('.' | '?' | ';' | ':' | ','))
                        && (!leads(&tokens[*next]) || tokens[*next].any(&["that", "which", "who"]))
                })
                .find(|next| is_done(tokens, *next))?;
            // `I need you to`, `have it approved` by somebody.
            (!tokens[from]
                .any(&["you", "to", "receive", "get", "have", "be", "see", "hear", "know"]))
            .then_some((from, verb))
        });
        let Some((from, verb)) = found else {
            at += 1;
            continue;
        };
        let to_be = verb - usize::from(tokens[verb - 1].any(&["be", "get"]));
        let to_be = to_be - usize::from(tokens[to_be - 1].is("to"));
        put(tokens, to_be..verb, "should be");
        if tokens[from].any(&["them"]) {
            put(tokens, from..from + 1, "they");
        }
        tokens.drain(at..from);
        done = true;
    }
    done
}

/// Whether a thing before it is said to be done with, here: `(the total) posted to`.
fn is_done(tokens: &[Token], at: usize) -> bool {
    let token = &tokens[at];
    let before = &tokens[at - 1];
    let base = token.is_word().then(|| states::deed(&token.low)).flatten();
    let helped = before.any(&["be", "get"]) && !tokens[at.saturating_sub(2)].is("to");
    if base.is_none()
        || helped
        || before.any(ARTICLES)
        || before.among(
            "every each all any new is are was not and of recently newly has have were \
                been",
        )
    {
        return false;
    }
    tokens.get(at + 1).is_none_or(|next| {
        stops(next)
            || next.is_mark(',')
            || next.among(
                "to in into on as at via by from through with out off for when whenever once \
                every each and there over using automatically immediately before after only \
                right straight under onto if daily weekly back",
            )
            || matches!(next.kind, Kind::Email | Kind::Channel | Kind::Quoted)
    })
}
