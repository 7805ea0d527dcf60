//! Where one piece ends and the next begins.

use super::{Clause, Join, Lead, can_head, is_predicate};
use crate::lexicon::{self, PLEASE};
use crate::text::{Kind, Lang, Token};

struct Pieces {
    out: Vec<Clause>,
    current: Vec<Token>,
    lead: Lead,
    before: Join,
}

impl Pieces {
    fn flush(&mut self, before: Join) {
        let empty = self.current.is_empty() && self.lead == Lead::None;
        if empty {
            // The stronger of two joins that meet (`, and`, `; then`) stands.
            let keep = before == Join::Direct
                || matches!(self.before, Join::End | Join::Start | Join::Colon)
                || self.before == Join::And && before != Join::End;
            if !keep {
                self.before = before;
            }
            return;
        }
        self.out.push(Clause {
            lead: self.lead,
            before: self.before,
            tokens: std::mem::take(&mut self.current),
            verb: None,
            parallel: false,
        });
        self.lead = Lead::None;
        self.before = before;
    }
}

pub(super) fn pieces(tokens: &[Token], lang: Lang) -> Vec<Clause> {
    let mut pieces =
        Pieces { out: Vec::new(), current: Vec::new(), lead: Lead::None, before: Join::Start };
    // `Kommt ein Auftrag herein, …`: German conditions may begin with their verb.
    let inverted = |at: usize| {
        let opens =
            at == 0 || matches!(tokens[at - 1].kind, Kind::Mark('.' | ';' | '!' | '?' | ':'));
        let comma = tokens[at..]
            .iter()
            .take_while(|token| !matches!(token.kind, Kind::Mark('.' | ';' | '!')))
            .any(|token| token.is_mark(','));
        lang == Lang::De
            && opens
            && comma
            && tokens[at].any(&[
                "kommt",
                "trifft",
                "geht",
                "liegt",
                "ist",
                "wird",
                "steigt",
                "faellt",
                "sinkt",
                "enthaelt",
                "hat",
                "uebersteigt",
                "meldet",
                "tritt",
                "erreicht",
                "schlaegt",
                "wurde",
                "liefert",
                "antwortet",
                "scheitert",
                "gibt",
                "landet",
                "erscheint",
                "fehlt",
                "bestellt",
            ])
    };
    // `Ruft jemand … auf, …`, with somebody who does it.
    let someone = |at: usize| {
        let opens =
            at == 0 || matches!(tokens[at - 1].kind, Kind::Mark('.' | ';' | '!' | '?' | ':'));
        lang == Lang::De
            && opens
            && tokens[at].any(&[
                "ruft",
                "schickt",
                "sendet",
                "bekommt",
                "erhaelt",
                "oeffnet",
                "schreibt",
                "kauft",
                "kommentiert",
                "storniert",
                "bucht",
                "legt",
                "laedt",
                "zahlt",
            ])
            && tokens.get(at + 1).is_some_and(|next| {
                next.any(&["jemand", "man", "wer", "ein", "eine", "der", "die", "das"])
            })
            && tokens[at..]
                .iter()
                .take_while(|token| !matches!(token.kind, Kind::Mark('.' | ';' | '!')))
                .any(|token| token.is_mark(','))
    };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if inverted(at) || someone(at) {
            pieces.flush(Join::Direct);
            pieces.lead = Lead::When;
        }
        if trailing_else(tokens, at, &mut pieces) {
            at += 1;
            continue;
        }
        if let Some((lead, length)) = marker(tokens, at, lang, &pieces) {
            pieces.flush(Join::Direct);
            pieces.lead = match (lead, pieces.out.last().map(|last| last.lead)) {
                // `otherwise, if …`
                (Lead::If, Some(Lead::Else))
                    if pieces.out.last().is_some_and(|last| last.tokens.is_empty())
                        && pieces.before != Join::End =>
                {
                    pieces.out.pop();
                    Lead::ElseIf
                }
                (lead, _) => lead,
            };
            at += length;
            continue;
        }
        match token.kind {
            Kind::Mark(',' | '(' | ')') => pieces.flush(Join::Comma),
            Kind::Mark('.' | '!' | '?' | ';') if !is_not_equal(tokens, at) => {
                pieces.flush(Join::End)
            }
            Kind::Mark(':') => pieces.flush(Join::Colon),
            _ if token.any(&["and", "und", "but", "aber", "sowie"])
                && splits(tokens, at, lang, &pieces) =>
            {
                pieces.flush(Join::And);
            }
            // `try up to 4 times | to post …`
            _ if token.is("to")
                && pieces
                    .current
                    .last()
                    .is_some_and(|last| last.any(&["times", "attempts", "twice"]))
                && can_head(tokens, at + 1) =>
            {
                pieces.flush(Join::Colon);
            }
            _ if token.any(&["then", "dann"]) => pieces.flush(Join::Then),
            _ => {
                if ends_lead(tokens, at, lang, &pieces) {
                    pieces.flush(Join::Direct);
                }
                pieces.current.push(token.clone());
            }
        }
        at += 1;
    }
    pieces.flush(Join::End);
    pieces.out
}

/// `answer a if …, and b otherwise`: what stands before is what is done otherwise.
fn trailing_else(tokens: &[Token], at: usize, pieces: &mut Pieces) -> bool {
    let ends =
        tokens.get(at + 1).is_none_or(|next| matches!(next.kind, Kind::Mark('.' | ';' | '!')));
    if !tokens[at].any(&["otherwise", "else", "sonst", "andernfalls", "ansonsten"]) || !ends {
        return false;
    }
    let and =
        pieces.current.iter().rposition(|token| token.any(&["and", "und", "but", "or", "oder"]));
    let after = pieces
        .out
        .last()
        .is_some_and(|last| matches!(last.lead, Lead::If | Lead::When | Lead::Unless));
    match and {
        Some(and) if pieces.lead != Lead::None => {
            let rest = pieces.current.split_off(and);
            pieces.flush(Join::And);
            pieces.lead = Lead::Else;
            pieces.current = rest.into_iter().skip(1).collect();
        }
        _ if pieces.lead == Lead::None && after && !pieces.current.is_empty() => {
            pieces.lead = Lead::Else
        }
        _ => return false,
    }
    pieces.flush(Join::End);
    true
}

fn is_not_equal(tokens: &[Token], at: usize) -> bool {
    tokens[at].is_mark('!') && tokens.get(at + 1).is_some_and(|next| next.is_mark('='))
}

/// A word that opens a clause of its own kind, and how many tokens it takes.
fn marker(tokens: &[Token], at: usize, lang: Lang, pieces: &Pieces) -> Option<(Lead, usize)> {
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
                token.any(&[
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
            if told || word(0, &["if", "whether"]) && judges && pieces.lead == Lead::None {
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
            if word(0, &["wenn", "sobald"]) {
                return Some((Lead::When, 1));
            }
            let judges = pieces.current.iter().any(|token| {
                token.any(&[
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
            if word(0, &["bei"]) && opens && retried(tokens, at) {
                return None;
            }
            if word(0, &["bei"]) && opens {
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

/// Whether an `and` divides deeds rather than items of a list.
fn splits(tokens: &[Token], at: usize, lang: Lang, pieces: &Pieces) -> bool {
    let mut next = at + 1;
    while tokens.get(next).is_some_and(|token| token.any(PLEASE)) {
        next += 1;
    }
    if marker(
        tokens,
        next,
        lang,
        &Pieces { out: Vec::new(), current: Vec::new(), lead: Lead::None, before: Join::And },
    )
    .is_some()
    {
        return true;
    }
    let word = |offset: usize, words: &[&str]| {
        tokens.get(next + offset).is_some_and(|token| token.any(words))
    };
    if word(0, &["do", "does"]) && word(1, &["not"]) || word(0, &["never"]) {
        return true;
    }
    match lang {
        Lang::En => {
            // `, and its total is over …` goes on with the condition.
            let held = matches!(pieces.lead, Lead::When | Lead::If | Lead::ElseIf | Lead::Unless);
            can_head(tokens, next)
                && !(held
                    && tokens
                        .get(next + 1)
                        .is_some_and(|token| token.any(&["is", "are", "contains", "has"])))
        }
        Lang::De => {
            let end = |token: &Token| {
                matches!(token.kind, Kind::Mark(',' | ';' | '.'))
                    || token.any(&["und", "wenn", "falls", "sonst"])
            };
            let verb = |token: &Token| {
                token.is_word() && !token.is_capital() && lexicon::verb(&token.low, lang).is_some()
            };
            let rest = tokens.get(next..).unwrap_or_default();
            let right = rest.iter().take_while(|token| !end(token)).any(verb);
            right
                && (pieces.current.iter().any(verb)
                    || pieces.lead != Lead::None && pieces.lead != Lead::Else)
                && !matches!(pieces.lead, Lead::When | Lead::If)
                || tokens.get(next).is_some_and(|token| {
                    token.is_word()
                        && !token.is_capital()
                        && !token.low.ends_with("en")
                        && lexicon::verb(&token.low, lang).is_some()
                })
        }
    }
}

/// `when the order arrives | email …`: the deed begins without a comma.
fn ends_lead(tokens: &[Token], at: usize, lang: Lang, pieces: &Pieces) -> bool {
    if pieces.lead == Lead::None || pieces.lead == Lead::Else || pieces.current.is_empty() {
        return false;
    }
    if lang == Lang::De {
        // `bei weniger als 5 Stück | #einkauf benachrichtigen`
        let number = pieces.current.iter().rposition(|token| token.number.is_some());
        let begins = tokens.get(at).is_some_and(|token| {
            matches!(token.kind, Kind::Channel | Kind::Email | Kind::Url | Kind::Quoted)
                || token.is_word()
                    && !token.is_capital()
                    && token.any(&[
                        "per", "an", "in", "mich", "mir", "eine", "einen", "die", "das", "den",
                        "mit", "dem", "der",
                    ])
                    && !tokens.get(at + 1).is_some_and(|next| next.any(&["folge", "reihe"]))
        });
        // `bei einer neuen Bestellung | soll …`
        if tokens.get(at).is_some_and(|token| {
            token.any(&["soll", "sollen", "muss", "muessen", "bitte"]) && pieces.current.len() > 1
        }) {
            let ends = tokens[at + 1..]
                .iter()
                .take_while(|token| !token.is_mark(',') && !token.is_mark('.'))
                .any(|token| {
                    token.is_word()
                        && !token.is_capital()
                        && lexicon::verb(&token.low, lang).is_some()
                });
            if ends {
                return true;
            }
        }
        // `bei jedem neuen Kontakt | eine Nachricht …`: what follows is no dative.
        if pieces.lead == Lead::When
            && pieces.current.len() > 1
            && pieces.current[0].any(&[
                "jedem",
                "jeder",
                "neuem",
                "neuen",
                "neuer",
                "einem",
                "einer",
                "eingehenden",
                "eingehender",
            ])
            && tokens[at].any(&["eine", "einen", "mich"])
        {
            return true;
        }
        if pieces.lead == Lead::ForEach {
            let address = matches!(tokens[at].kind, Kind::Url | Kind::Email | Kind::Channel);
            let object = address
                || tokens.get(at).is_some_and(|token| {
                    token.is_word()
                        && token.any(&[
                            "eine", "einen", "ein", "per", "an", "jeweils", "bitte", "mich", "mir",
                            "die", "das", "den", "soll", "einmal",
                        ])
                });
            let bound = pieces.current.last().is_some_and(|last| {
                last.any(&[
                    "aus", "in", "von", "der", "dem", "die", "im", "vom", "und", "mit", "auf",
                    "unter",
                ])
            });
            return object && !bound;
        }
        // `nach Eingang des Webhooks x | 2 Tage warten`
        let waits = crate::values::duration_length(&tokens[at..]).is_some_and(|(used, _)| {
            tokens.get(at + used).is_some_and(|next| {
                next.any(&["warten", "warte", "abwarten", "pausieren", "gewartet"])
            })
        });
        if waits && pieces.current.len() > 1 {
            return true;
        }
        let failed = pieces.lead == Lead::If
            && pieces.current.last().is_some_and(|last| {
                last.any(&[
                    "fehler",
                    "fehlern",
                    "misserfolg",
                    "ausfall",
                    "fehlschlag",
                    "scheitern",
                    "fehlschlaegen",
                ])
            });
        if failed
            && (begins
                || matches!(tokens[at].kind, Kind::Channel | Kind::Email | Kind::Url)
                || tokens[at].is_word() && lexicon::verb(&tokens[at].low, lang).is_some())
        {
            return true;
        }
        let named = pieces.current.last().is_some_and(|last| last.kind == Kind::Dotted);
        return begins
            && (number.is_some()
                && pieces.before != Join::Start
                && (pieces.lead == Lead::If
                    || pieces.lead == Lead::When
                        && crate::conditions::compares(&pieces.current)
                        && pieces.current.last().is_some_and(|last| {
                            last.any(&["ist", "liegt", "sind", "hat", "steigt", "faellt"])
                        }))
                || named && pieces.lead == Lead::When);
    }
    let token = &tokens[at];
    // `for each new order … | i want a message`
    if token.any(&["i", "we", "please", "kindly"])
        && (tokens.get(at + 1).is_some_and(|next| next.any(&["want", "need", "would", "'d"]))
            || token.any(&["please", "kindly"]) && can_head(tokens, at + 1))
    {
        return true;
    }
    if token.any(lexicon::ARRIVES)
        && !token.any(&["posts", "calls", "sends"])
        && lexicon::verb(&token.low, lang).is_none()
    {
        return false;
    }
    let last = pieces.current.last();
    if last.is_some_and(|last| {
        last.any(&[
            "is", "are", "and", "or", "than", "least", "not", "does", "someone", "somebody",
            "anyone", "who",
        ])
    }) {
        return false;
    }
    // A name, not a deed: `the webhook scans`.
    if last.is_some_and(|last| {
        last.any(&["webhook", "event", "bot", "named", "titled", "field", "key", "table"])
    }) {
        return false;
    }
    if pieces.lead == Lead::ForEach {
        return pieces.current.len() > 1 && can_head(tokens, at)
            || last.is_some_and(|_| {
                token.any(&["call", "fetch", "get", "send", "email", "post"])
                    && can_head(tokens, at)
            });
    }
    // `on event order.paid | send …`, `after webhook order | wait …`
    let current = &pieces.current;
    let named = last.is_some_and(|last| matches!(last.kind, Kind::Dotted | Kind::Path))
        || current.len() > 1 && current[current.len() - 2].any(&["webhook", "event"]);
    let answers = current.iter().any(|token| {
        token.number.is_some()
            || token.any(&[
                "respond",
                "reply",
                "available",
                "reachable",
                "ok",
                "up",
                "running",
                "answer",
                "there",
                "green",
                "red",
                "so",
            ])
    }) && current.len() > 1;
    (current.iter().any(is_predicate)
        || answers
        || named && !token.any(lexicon::ARRIVES) && lexicon::is_base(&token.low))
        && can_head(tokens, at)
}
