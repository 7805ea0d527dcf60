//! Words that open a clause of its own kind: `when`, `if`, `otherwise`, `bei`, `für jede`.

use super::Lead;
use super::scan::Pieces;
use crate::lexicon::PLEASE;
use crate::text::{Kind, Lang, Token};

/// A word that opens a clause of its own kind, and how many tokens it takes.
pub(super) fn marker(
    tokens: &[Token],
    at: usize,
    lang: Lang,
    pieces: &Pieces,
) -> Option<(Lead, usize)> {
    let word = |offset: usize, words: &[&str]| {
        tokens.get(at + offset).is_some_and(|token| token.any(words))
    };
    let opens = pieces.current.iter().all(|token| token.any(PLEASE));
    let comparing = |offset: usize| {
        word(
            offset,
            &[
                "mehr",
                "weniger",
                "ueber",
                "unter",
                "mindestens",
                "hoechstens",
                "more",
                "less",
                "fewer",
                "over",
            ],
        )
    };
    match lang {
        Lang::En => {
            if word(0, &["otherwise"])
                || word(0, &["else"])
                || word(0, &["or"]) && word(1, &["else"])
            {
                let from = if word(0, &["or"]) { 2 } else { 1 };
                return Some(if word(from, &["if", "when"]) {
                    (Lead::ElseIf, from + 1)
                } else {
                    (Lead::Else, from)
                });
            }
            if word(0, &["if"]) && word(1, &["not", "no"]) && !word(2, &["empty"]) {
                return Some((Lead::Else, 2));
            }
            if word(0, &["in"]) && word(1, &["all"]) && word(2, &["other"]) && word(3, &["cases"]) {
                return Some((Lead::Else, 4));
            }
            if word(0, &["only"]) && word(1, &["if", "when"]) {
                return Some((Lead::If, 2));
            }
            if word(0, &["as"]) && word(1, &["soon", "long"]) && word(2, &["as"]) {
                return Some((if word(1, &["soon"]) { Lead::When } else { Lead::If }, 3));
            }
            if word(0, &["in"]) && word(1, &["case"]) {
                return Some((Lead::If, if word(2, &["of"]) { 3 } else { 2 }));
            }
            if word(0, &["any", "every", "each"]) && word(1, &["time"]) {
                return Some((Lead::When, 2));
            }
            if word(0, &["when", "whenever"]) {
                return Some((Lead::When, 1));
            }
            let judges = pieces.current.iter().any(|token| {
                crate::lexicon::is_model(token)
                    || token.any(&[
                        "ai",
                        "gpt",
                        "claude",
                        "llm",
                        "decide",
                        "decides",
                        "classify",
                        "model",
                        "judge",
                        "determine",
                        "openai",
                        "gemini",
                        "chatgpt",
                        "anthropic",
                        "let",
                    ])
            });
            // `return whether both are equal`: what is answered.
            let told = word(0, &["whether"])
                && pieces.current.last().is_some_and(|last| {
                    last.any(&[
                        "return", "answer", "respond", "reply", "tell", "say", "with", "back",
                    ])
                });
            // `asking if help is still needed`: what is said.
            let asked = word(0, &["if", "whether"])
                && pieces
                    .current
                    .last()
                    .is_some_and(|last| last.any(&["asking", "wondering", "inquiring"]));
            if told || asked || word(0, &["if", "whether"]) && judges && pieces.lead == Lead::None {
                return None;
            }
            if word(0, &["if"]) || word(0, &["whether"]) {
                return Some((Lead::If, 1));
            }
            let thing = tokens
                .get(at + 1)
                .is_some_and(|next| next.kind == Kind::Url || next.any(&["the", "it", "its"]));
            let compared = word(0, &["once"]) && {
                let part: Vec<Token> = tokens[at + 1..]
                    .iter()
                    .take(8)
                    .take_while(|token| !matches!(token.kind, Kind::Mark(_)))
                    .cloned()
                    .collect();
                crate::conditions::compares(&part)
                    && part.iter().any(|token| token.number.is_some())
                    && !part[0].any(&["a", "an", "every"])
            };
            if compared || word(0, &["once"]) && thing && !opens {
                return Some((Lead::If, 1));
            }
            if word(0, &["unless"]) {
                return Some((Lead::Unless, 1));
            }
            if opens
                && word(0, &["loop", "iterate", "go", "run"])
                && word(1, &["over", "through"])
                && word(2, &["the", "all", "every", "each", "its", "their"])
            {
                return Some((Lead::ForEach, 3));
            }
            if word(0, &["for", "with"]) && opens && word(1, &["each", "every", "all"]) {
                return Some((Lead::ForEach, if word(2, &["of"]) { 3 } else { 2 }));
            }
            if opens
                && word(0, &["once", "upon", "after"])
                && follows(
                    tokens,
                    at,
                    &[
                        "arrives",
                        "comes",
                        "received",
                        "happens",
                        "fires",
                        "called",
                        "failures",
                        "failed",
                        "errors",
                        "arrived",
                        "arrival",
                        "attempts",
                        "receiving",
                        "moved",
                        "created",
                        "paid",
                        "closed",
                        "added",
                        "uploaded",
                        "merged",
                        "signed",
                        "opened",
                    ],
                )
            {
                return Some((Lead::When, 1));
            }
            let named = |offset: usize| {
                tokens.get(at + offset).is_some_and(|token| token.kind == Kind::Dotted)
                    || word(offset, &["event", "webhook", "error", "failure"])
                    || word(offset, &["new", "incoming", "every", "each", "receiving"])
            };
            let dotted = tokens.get(at + 2).is_some_and(|token| token.kind == Kind::Dotted);
            if word(0, &["on", "upon", "after"]) && word(1, &["event"]) && dotted {
                return Some((Lead::When, 1));
            }
            if opens
                && word(0, &["on", "upon", "after"])
                && (named(1) || word(1, &["the", "an", "a"]) && named(2))
            {
                return Some((Lead::When, 1));
            }
        }
        Lang::De => {
            if word(0, &["sonst", "andernfalls", "ansonsten"]) {
                return Some(if word(1, &["wenn", "falls"]) {
                    (Lead::ElseIf, 2)
                } else {
                    (Lead::Else, 1)
                });
            }
            if word(0, &["wenn", "falls"])
                && word(1, &["nicht"])
                && tokens.get(at + 2).is_none_or(|next| !next.is_word())
            {
                return Some((Lead::Else, 2));
            }
            if word(0, &["nur", "immer", "jedes"]) && word(1, &["wenn", "mal"]) {
                let length = if word(2, &["wenn"]) { 3 } else { 2 };
                return Some((if word(0, &["nur"]) { Lead::If } else { Lead::When }, length));
            }
            if word(0, &["ausgenommen"]) {
                return Some((Lead::Unless, 1));
            }
            if word(0, &["wenn", "sobald"]) {
                return Some((Lead::When, 1));
            }
            let judges = pieces.current.iter().any(|token| {
                crate::lexicon::is_model(token)
                    || token.any(&[
                        "ki",
                        "ai",
                        "gpt",
                        "claude",
                        "llm",
                        "entscheiden",
                        "entscheide",
                        "einordnen",
                        "beurteilen",
                        "lass",
                        "openai",
                        "sprachmodell",
                    ])
            });
            if word(0, &["ob"]) && judges && pieces.lead == Lead::None {
                return None;
            }
            if word(0, &["falls", "sofern"]) || word(0, &["ob"]) {
                return Some((Lead::If, 1));
            }
            if word(0, &["bei", "beim"]) && opens && retried(tokens, at) {
                return None;
            }
            if word(0, &["bei", "beim"]) && opens {
                let measure: Vec<Token> = tokens[at + 1..]
                    .iter()
                    .take(6)
                    .take_while(|token| !matches!(token.kind, Kind::Mark(_) | Kind::Channel))
                    .cloned()
                    .collect();
                let states = measure.iter().any(|token| token.number.is_some())
                    && crate::conditions::compares(&measure)
                    && !measure
                        .iter()
                        .any(|token| token.low.ends_with("webhook") || token.kind == Kind::Dotted)
                    && !pieces.out.is_empty();
                if states
                    || comparing(1)
                    || (1..4).any(|offset| {
                        word(
                            offset,
                            &[
                                "fehler",
                                "fehlern",
                                "misserfolg",
                                "ausfall",
                                "fehlschlag",
                                "scheitern",
                                "fehlschlaegen",
                            ],
                        )
                    })
                {
                    return Some((Lead::If, 1));
                }
                return Some((Lead::When, 1));
            }
            if word(0, &["fuer"]) && opens && word(1, &["jede", "jeden", "jedes", "alle"]) {
                return Some((Lead::ForEach, 2));
            }
            if word(0, &["nach"])
                && opens
                && (1..3).any(|offset| {
                    word(offset, &["ereignis", "event", "eingang"])
                        || tokens
                            .get(at + offset)
                            .is_some_and(|token| token.low.ends_with("webhook"))
                })
            {
                return Some((Lead::When, 1));
            }
            if word(0, &["nach"])
                && opens
                && follows(tokens, at, &["fehlern", "fehlschlaegen", "fehlversuchen", "ausfaellen"])
            {
                return Some((Lead::If, 1));
            }
        }
    }
    None
}

/// `bei Fehlern bis zu dreimal wiederholen`: how it is tried, and no condition.
fn retried(tokens: &[Token], at: usize) -> bool {
    let part = tokens[at..].iter().take(14).take_while(|token| {
        !matches!(token.kind, Kind::Mark(_)) && !token.any(&["und", "sonst", "oder"])
    });
    part.clone().take(4).any(|token| token.any(&["fehler", "fehlern", "fehlschlag", "misserfolg"]))
        && part.clone().any(|token| {
            token.low.starts_with("wiederhol")
                || token.low.starts_with("versuch")
                || token.any(&["wiederholungen", "erneut", "nochmal"])
        })
}

/// Whether one of the words comes before the piece ends.
fn follows(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    tokens[at..]
        .iter()
        .take(10)
        .take_while(|token| !token.is_mark(','))
        .any(|token| token.any(words))
}
