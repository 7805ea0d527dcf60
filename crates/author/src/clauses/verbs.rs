//! Which word of a clause is its verb.

use crate::lexicon::{self, ARRIVES, ARTICLES, Op, PLEASE};
use crate::text::{Kind, Lang, Token};

/// The verb of a deed: in English the first word that can be one, in German the most telling.
pub fn find_verb(tokens: &[Token], lang: Lang) -> Option<(usize, Op)> {
    let verbs = || {
        tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.is_word())
            .filter_map(|(at, token)| Some((at, lexicon::verb(&token.low, lang)?)))
    };
    match lang {
        Lang::En => verbs().find(|(at, _)| can_head(tokens, *at)).or_else(|| {
            let noun = |at: usize| {
                let token = &tokens[at];
                lexicon::is_noun_too(&token.low)
                    && at.checked_sub(1).is_some_and(|before| {
                        tokens[before].any(ARTICLES)
                            || tokens[before].any(&["and", "fields", "field", "or", "no"])
                    })
            };
            verbs().find(|(at, op)| *op != Op::Other && !noun(*at))
        }),
        Lang::De => {
            let noun = |at: usize| {
                tokens[at].any(&[
                    "email", "mail", "e-mail", "post", "feed", "update", "report", "log", "tag",
                ]) && (at > 0 || tokens.len() > 1 && tokens[at].is_capital())
                    // `als Frage, Lob oder Beschwerde`, `als versendet markieren`
                    || at > 0
                        && (tokens[at - 1].is("als")
                            || tokens[at].is_capital()
                                && tokens[at].any(&["frage", "antwort", "bitte"]))
            };
            let plain = || verbs().filter(move |(at, _)| !noun(*at));
            plain()
                .filter(|(at, _)| !tokens[*at].is_capital())
                .find(|(_, op)| *op != Op::Other)
                .or_else(|| plain().find(|(at, _)| !tokens[*at].is_capital()))
                .or_else(|| {
                    plain()
                        .filter(|(at, _)| *at == 0 || *at + 1 == tokens.len())
                        .find(|(_, op)| *op != Op::Other)
                })
        }
    }
}

/// Whether the verb at `at` begins its clause, but for words such as `please`.
pub(crate) fn imperative(tokens: &[Token], at: usize) -> bool {
    tokens[..at].iter().all(|token| token.any(PLEASE)) && can_head(tokens, at)
}

/// Whether the English word at `at` stands where an imperative can: not after an article, and with
/// an object behind it if it is also a noun.
pub fn can_head(tokens: &[Token], at: usize) -> bool {
    let Some(token) = tokens.get(at).filter(|token| token.is_word()) else { return false };
    if lexicon::verb(&token.low, Lang::En).is_none() {
        return false;
    }
    // `merge request opened in …`: a thing.
    if token.any(&["merge", "pull"])
        && tokens.get(at + 1).is_some_and(|next| next.any(&["request", "requests"]))
    {
        return false;
    }
    let requested = token.any(&["request", "requests"])
        && at
            .checked_sub(1)
            .is_some_and(|before| tokens[before].any(&["merge", "pull", "feature", "change"]));
    if requested {
        return false;
    }
    let shouts = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&token.text.as_str());
    if shouts
        && tokens
            .get(at + 1)
            .is_some_and(|next| next.kind == Kind::Url || next.any(&["it", "them", "to", "each"]))
    {
        return true;
    }
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    // `comes in wait …`: the `in` belongs to the verb before it.
    let particle = at > 1
        && tokens[at - 1].any(&["in", "by", "on", "up"])
        && tokens[at - 2]
            .any(&["comes", "come", "came", "drops", "rolls", "gets", "goes", "turns"]);
    let barred = !particle
        && before.is_some_and(|before| {
            before.any(ARTICLES)
                || before.any(&[
                    "'s", "of", "for", "via", "by", "from", "in", "as", "with", "is", "are", "be",
                    "or", "on", "webhook", "event", "bot", "field", "key",
                ])
                || before.any(&["called", "named", "titled"])
                    && !(at > 1 && tokens[at - 2].any(&["is", "are", "gets", "was", "been", "get"]))
                || before.is("to")
                    && lexicon::is_noun_too(&token.low)
                    && tokens.get(at + 1).is_none()
        });
    let noun = lexicon::is_noun_too(&token.low)
        && before.is_some_and(|before| {
            before.any(&["todo", "mailing", "price", "no"])
                || before.any(&["actions", "workflow", "pipeline", "test", "ci", "job", "failed"])
                    && token
                        .any(&["run", "runs", "build", "builds", "test", "tests", "call", "calls"])
                || before.is("input") && token.any(&["list", "lists", "file", "data"])
        });
    // `on board Fulfilment list VIP`: a place and its name.
    let place = at > 0
        && token
            .any(&["list", "label", "tag", "file", "page", "record", "name", "project", "report"])
        && before.is_some_and(|before| {
            before.is_word() && !before.any(PLEASE) && !before.any(&["and", "then", "to", "row"])
        })
        && tokens.get(at + 1).is_some_and(|next| next.is_capital() || next.kind == Kind::Quoted)
        && tokens[..at]
            .iter()
            .any(|token| token.any(&["board", "project", "base", "team", "space", "in", "on"]));
    if barred || noun || place {
        return false;
    }
    if !lexicon::is_noun_too(&token.low) {
        return !token.is_capital() || before.is_none_or(|before| !before.is_word());
    }
    match tokens.get(at + 1) {
        None => at == 0 && token.low != "summary",
        Some(next) => match next.kind {
            Kind::Mark(mark) => mark == '"',
            Kind::Word => {
                let spans = ["pause", "delay"].contains(&token.low.as_str()) && next.is("for");
                spans
                    || !next.any(&[
                        "and", "or", "is", "are", "was", "of", "from", "arrives", "address",
                        "field", "fields", "contains", "for", "comes", "equals", "exceeds", "has",
                        "'s",
                    ]) && (!next.is("to")
                        || [
                            "post", "posts", "reply", "replies", "forward", "push", "answer",
                            "ping",
                        ]
                        .contains(&token.low.as_str())
                        || at == 0)
            }
            _ => true,
        },
    }
}

/// Whether the words before tell that something has come or holds, so that a deed may follow.
pub(crate) fn is_predicate(token: &Token) -> bool {
    token.any(ARRIVES)
        || token.any(&[
            "fails",
            "works",
            "work",
            "succeeds",
            "row",
            "failures",
            "errors",
            "consecutive",
            "approved",
            "rejected",
            "declined",
            "approves",
            "responding",
            "lacks",
            "misses",
            "pays",
            "buys",
            "subscribes",
            "unsubscribes",
            "cancels",
            "upgrades",
            "rains",
            "snows",
            "freezes",
            "expected",
            "working",
            "fail",
            "failed",
            "down",
            "unreachable",
            "empty",
            "missing",
            "over",
            "above",
            "below",
            "under",
            "least",
            "most",
            "than",
            "exceeds",
            "equals",
            "is",
            "are",
            "contains",
            "reached",
            "happens",
            "true",
            "false",
            "changes",
            "changed",
            "offline",
            "drops",
        ])
        || matches!(token.kind, Kind::Mark('<' | '>' | '='))
}
