//! Where one piece ends and the next begins.

use super::marker::marker;
use super::{Clause, Join, Lead, can_head, is_predicate};
use crate::lexicon::{self, PLEASE};
use crate::text::{Kind, Lang, Token};

pub(super) struct Pieces {
    pub(super) out: Vec<Clause>,
    pub(super) current: Vec<Token>,
    pub(super) lead: Lead,
    pub(super) before: Join,
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
            leads: false,
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
        // `…, kommt nichts, …`
        let nothing = at > 0
            && tokens[at - 1].is_mark(',')
            && tokens.get(at + 1).is_some_and(|next| {
                next.any(&[
                    "nichts", "keine", "kein", "keiner", "keines", "nicht", "er", "sie", "es",
                    "sonst",
                ])
            });
        let opens = at == 0
            || nothing
            || matches!(tokens[at - 1].kind, Kind::Mark('.' | ';' | '!' | '?' | ':'));
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
                "mailt",
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
            pieces.lead = if pieces.out.is_empty() { Lead::When } else { Lead::If };
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
    // `and at the same time announce it`
    let together = if word(0, &["at"]) && word(1, &["the"]) && word(2, &["same"]) {
        4
    } else if word(0, &["in"]) && word(1, &["parallel"]) {
        2
    } else {
        usize::from(word(0, &["simultaneously", "concurrently", "meanwhile", "also", "afterwards"]))
    };
    if lang == Lang::En && together > 0 && can_head(tokens, next + together) {
        return true;
    }
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
            && (tokens[at].any(&["eine", "einen", "mich"])
                || tokens[at].is("den") && pieces.current.last().is_some_and(Token::is_capital))
        {
            return true;
        }
        // `beim Ereignis x | gleichzeitig …`
        if pieces.lead == Lead::When
            && pieces.current.len() > 1
            && tokens[at].any(&["gleichzeitig", "zeitgleich", "parallel", "zugleich"])
        {
            return true;
        }
        if pieces.lead == Lead::ForEach {
            let address = matches!(tokens[at].kind, Kind::Url | Kind::Email | Kind::Channel);
            let shouted = ["GET", "POST", "PUT", "PATCH", "DELETE"]
                .contains(&tokens[at].text.as_str())
                && tokens
                    .get(at + 1)
                    .is_some_and(|next| next.kind == Kind::Url || next.any(&["an", "auf", "to"]));
            let object = address
                || shouted
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
        // `bis zu 2 Stunden auf zahlung.eingegangen warten`
        let span = tokens[at].any(&["bis", "hoechstens", "maximal", "laengstens"])
            || crate::values::duration_length(&tokens[at..]).is_some();
        let awaits = span
            && tokens[at..]
                .iter()
                .take_while(|token| !matches!(token.kind, Kind::Mark(_)))
                .any(|token| token.any(&["warten", "warte", "abwarten"]));
        if (waits || awaits) && pieces.current.len() > 1 {
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
        // `beim Webhook x | einen Termin …`
        let current = &pieces.current;
        let skip =
            usize::from(current[0].any(&["dem", "jedem", "der", "das"]) && current.len() == 3);
        let hooked = current.len() == 2 + skip
            && pieces.lead == Lead::When
            && current[skip].any(&["webhook", "ereignis", "event"])
            && (skip == 0 || current[0].any(&["dem", "jedem"]));
        if hooked && (begins || matches!(tokens[at].kind, Kind::Url | Kind::Email | Kind::Channel))
        {
            return true;
        }
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
    // `on event x | at the same time …`, `on failure | log …`
    let named_last = pieces.current.last().is_some_and(|last| {
        last.kind == Kind::Dotted
            || pieces.current.len() > 1
                && pieces.current[pieces.current.len() - 2].any(&["webhook", "event"])
    });
    let together = token.any(&["simultaneously", "concurrently"])
        || token.is("at") && tokens.get(at + 2).is_some_and(|next| next.is("same"))
        || token.is("in") && tokens.get(at + 1).is_some_and(|next| next.is("parallel"));
    let failed = pieces.current.len() == 1
        && pieces.current[0].any(&["failure", "error", "errors", "failures"])
        && can_head(tokens, at);
    if named_last && together || failed {
        return true;
    }
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
    // `has level critical | create a …`
    let held = current.iter().position(|token| token.any(&["has", "have", "carries", "says"]));
    let held = held.is_some_and(|at| at > 0 && at + 2 < current.len())
        && tokens.get(at + 1).is_some_and(|next| {
            next.any(lexicon::ARTICLES)
                || next.any(lexicon::PRONOUNS)
                || !matches!(next.kind, Kind::Word | Kind::Mark(_))
        });
    (current.iter().any(is_predicate)
        || answers
        || held
        || named && !token.any(lexicon::ARRIVES) && lexicon::is_base(&token.low))
        && can_head(tokens, at)
}
