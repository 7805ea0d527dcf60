//! Stage 2: tokens become clauses: what starts the bot, what must hold, what is done, what is done
//! otherwise, what is not to be done.
//!
//! Time phrases have been found before and are cut out, so that their commas and `and`s do not
//! divide anything.

use std::ops::Range;

use crate::lexicon::{ARTICLES, Op, PLEASE};
use crate::phrasing;
use crate::text::{Kind, Lang, Text, Token};

mod marker;
mod measures;
mod opening;
mod scan;
#[cfg(test)]
mod tests;
mod verbs;
mod vocabulary;

pub use verbs::{can_head, find_verb};
pub(crate) use verbs::{imperative, is_predicate};
#[cfg(test)]
pub(crate) use vocabulary::Bare;
pub use vocabulary::Vocabulary;

/// What a clause begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// A deed.
    None,
    /// `when`, `as soon as`, `on`: a trigger, or a condition said so.
    When,
    If,
    Unless,
    Else,
    /// `else if`, `if not but …`: a condition that counts when the last one did not hold.
    ElseIf,
    /// `do not …`.
    Not,
    /// `for each …`.
    ForEach,
}

/// What stands between a clause and the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    Start,
    /// Nothing: `email me when …`.
    Direct,
    Comma,
    And,
    Then,
    Colon,
    /// A full stop or semicolon.
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub lead: Lead,
    pub before: Join,
    pub tokens: Vec<Token>,
    /// Where the verb of a deed stands, and what it asks for.
    pub verb: Option<(usize, Op)>,
    /// Said to go on at the same time as others.
    pub parallel: bool,
    /// That was said in front, so that it holds for the whole list.
    pub leads: bool,
}

impl Clause {
    pub fn has(&self, words: &[&str]) -> bool {
        self.tokens.iter().any(|token| token.any(words))
    }

    pub fn find(&self, words: &[&str]) -> Option<usize> {
        self.tokens.iter().position(|token| token.any(words))
    }

    /// The words as written, for questions and notes.
    pub fn words(&self, source: &str) -> String {
        crate::text::words(source, &self.tokens)
    }
}

/// Splits a sentence. `taken` are the byte ranges of time phrases.
pub fn split(text: &Text, taken: &[Range<usize>], known: &dyn Vocabulary) -> Vec<Clause> {
    let is_name = &|low: &str| known.is_name(low);
    // `#heute` is a channel, whatever day it is called after.
    let inside = |token: &Token| {
        token.kind != Kind::Channel
            && taken.iter().any(|range| token.at.start >= range.start && token.at.end <= range.end)
    };
    let tokens: Vec<Token> = text.tokens.iter().filter(|token| !inside(token)).cloned().collect();
    let mut tokens = tokens;
    crate::text::spelling::mend(&mut tokens, text.lang, known);
    phrasing::unite(&mut tokens);
    phrasing::split_compounds(&mut tokens, is_name);
    phrasing::open_brackets(&mut tokens, is_name);
    phrasing::preambles(&mut tokens, text.lang, is_name);
    phrasing::terse(&mut tokens, text.lang, is_name);
    phrasing::fronts(&mut tokens, text.lang);
    phrasing::routes(&mut tokens, text.lang);
    phrasing::further(&mut tokens, text.lang);
    phrasing::verdicts(&mut tokens, text.lang);
    phrasing::answers(&mut tokens, text.lang);
    phrasing::exceptions(&mut tokens, text.lang);
    phrasing::arriving(&mut tokens, text.lang);
    phrasing::absences(&mut tokens, text.lang);
    phrasing::models(&mut tokens, text.lang);
    phrasing::logged(&mut tokens);
    phrasing::becomes(&mut tokens, text.lang);
    phrasing::weather(&mut tokens, text.lang);
    phrasing::counts(&mut tokens, text.lang);
    phrasing::amounts(&mut tokens, text.lang);
    if taken.is_empty() {
        phrasing::feeds(&mut tokens, text.lang);
        phrasing::every_thing(&mut tokens, known);
    }
    phrasing::reports(&mut tokens, text.lang);
    phrasing::notes(&mut tokens, text.lang, known);
    if taken.is_empty() {
        phrasing::watches(&mut tokens, text.lang, known);
        phrasing::carried(&mut tokens, text.lang, known, false);
        phrasing::occurrences(&mut tokens, text.lang, known);
    } else {
        phrasing::carried(&mut tokens, text.lang, known, true);
    }
    phrasing::sentences(&mut tokens, text.lang, is_name);
    let mut tokens = opening::strip(tokens, text.lang);
    phrasing::set_phrases(&mut tokens, text.lang);
    let delay = delay(&mut tokens);
    let mut clauses = merge(scan::pieces(&tokens, text.lang), text.lang, is_name);
    if let Some(mut delay) = delay {
        let first = clauses.first().is_some_and(|first| first.lead == Lead::When);
        delay.before = if first { Join::Comma } else { Join::Start };
        clauses.insert(usize::from(first), delay);
    }
    clauses
}

/// `two hours after event …`: the span is a wait that follows the trigger.
fn delay(tokens: &mut Vec<Token>) -> Option<Clause> {
    let after = tokens.iter().position(|token| token.any(&["after", "nach", "nachdem"]))?;
    let from = (after.saturating_sub(4)..after).find(|from| {
        crate::values::duration_length(&tokens[*from..after])
            .is_some_and(|(used, _)| from + used == after)
    })?;
    // `wait 10 minutes after event …`
    let waits = from > 0 && tokens[from - 1].any(&["wait", "warte", "pause"]);
    let mut span: Vec<Token> = tokens.drain(from..after).collect();
    if waits {
        tokens.remove(from - 1);
    }
    let mut wait = span.first()?.clone();
    "wait".clone_into(&mut wait.low);
    "wait".clone_into(&mut wait.text);
    wait.kind = Kind::Word;
    wait.number = None;
    span.insert(0, wait);
    Some(Clause {
        lead: Lead::None,
        before: Join::Comma,
        tokens: span,
        verb: Some((0, Op::Wait)),
        parallel: false,
        leads: false,
    })
}

/// Joins pieces that are no clauses of their own: further items of a list, added remarks.
fn merge(pieces: Vec<Clause>, lang: Lang, is_name: &dyn Fn(&str) -> bool) -> Vec<Clause> {
    let mut out: Vec<Clause> = Vec::new();
    let pieces = pieces.into_iter().flat_map(|piece| two_services(piece, is_name));
    for mut piece in pieces {
        trim(&mut piece.tokens);
        if piece.tokens.is_empty() && !matches!(piece.lead, Lead::Else) {
            continue;
        }
        if piece.lead == Lead::None {
            negation(&mut piece, lang);
        }
        // `…, dass der Strom abgestellt wird`: told, and no deed.
        let told = piece.tokens.first().is_some_and(|token| token.is("dass"));
        if matches!(piece.lead, Lead::None | Lead::Else) && !told {
            phrasing::plainer(&mut piece.tokens, lang);
            if piece.lead == Lead::None {
                negation(&mut piece, lang);
            }
        }
        parallel(&mut piece);
        piece.verb = find_verb(&piece.tokens, lang);
        let said = piece.tokens.first().is_some_and(|token| token.any(&["dass", "that"]))
            || out.last().filter(|last| last.lead == Lead::None).is_some_and(|last| {
                last.tokens.iter().rev().take(3).any(|token| {
                    token.any(&["daran", "darum", "dazu", "darueber", "daraufhin", "darauf"])
                })
            });
        // `mail them and ask how it was`: the words of the same message.
        let asks = piece.tokens.first().is_some_and(|token| token.any(&["ask", "asking"]))
            && piece.tokens.get(1).is_some_and(|token| {
                token.any(&["how", "whether", "if", "what", "for", "why", "them", "him", "her"])
            })
            && !piece.tokens.iter().any(|token| {
                matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url)
                    || token.any(&["approval", "permission", "confirmation", "ai", "claude"])
            });
        if asks
            && piece.lead == Lead::None
            && let Some(last) = out.last_mut().filter(|last| {
                says(last)
                    && matches!(last.verb, Some((_, Op::Send | Op::Email | Op::Notify)))
                    && !last.tokens.iter().any(|token| token.kind == Kind::Url)
            })
        {
            let mut told: Vec<Token> = piece.tokens.clone();
            "asking".clone_into(&mut told[0].low);
            "asking".clone_into(&mut told[0].text);
            told.retain(|token| !token.any(&["them", "him", "her"]));
            last.tokens.extend(told);
            last.verb = find_verb(&last.tokens, lang);
            continue;
        }
        if let Some(last) = out
            .last_mut()
            .filter(|last| says(last) && piece.before == Join::Colon && piece.lead == Lead::None)
        {
            quote(last, &piece.tokens);
            continue;
        }
        // `als Anfrage, Reklamation oder Spam einordnen`: the list goes on, its verb comes last.
        let listed = lang == Lang::De
            && piece.lead == Lead::None
            && piece.before == Join::Comma
            && piece.tokens.iter().any(|token| token.any(&["oder"]))
            && !piece
                .tokens
                .iter()
                .any(|token| matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url))
            && out.last().is_some_and(|last| {
                last.lead == Lead::None
                    && last.verb.is_none()
                    && last.tokens.iter().rev().take(3).any(|token| token.any(&["als", "in"]))
            });
        // `both`, said of what was told already.
        if piece.lead == Lead::None
            && !out.is_empty()
            && piece.tokens.len() <= 2
            && piece
                .tokens
                .iter()
                .all(|token| token.any(&["both", "beides", "beide", "all", "alles", "daily"]))
        {
            continue;
        }
        // `…, 5 files at a time`: how many, and no deed.
        let paced = phrasing::pace(&piece.tokens)
            .is_some_and(|(range, _)| range.len() == piece.tokens.len());
        let loose = piece.lead == Lead::None
            && (listed || paced || piece.verb.is_none() || said || !heads(&piece, lang))
            && matches!(piece.before, Join::Comma | Join::And | Join::Direct);
        // `…, eine Mail an x@y.de`, `… and a Jira ticket`: a deed whose verb is left out.
        let aims = |tokens: &[Token]| {
            tokens.iter().any(|token| {
                matches!(token.kind, Kind::Email | Kind::Channel | Kind::Phone)
                    || token.is_word() && is_name(&token.low)
            })
        };
        let after_condition = out.last().is_some_and(|last| {
            matches!(
                last.lead,
                Lead::If | Lead::When | Lead::Unless | Lead::ElseIf | Lead::Else | Lead::Not
            )
        });
        let elliptic = loose
            && !said
            && piece.verb.is_none()
            && aims(&piece.tokens)
            && (after_condition && matches!(piece.before, Join::Comma | Join::Direct)
                || piece.before == Join::And
                    && piece.tokens.iter().any(|token| token.is_word() && is_name(&token.low))
                    && out.last().is_some_and(|last| {
                        last.lead == Lead::None
                            && last.tokens.iter().any(|token| {
                                token.is_word() && is_name(&token.low)
                                    || token.kind == Kind::Channel
                            })
                    }));
        // `melde nur, wenn …, in #x`: where the deed before the condition goes.
        if elliptic
            && out.last().is_some_and(|last| last.lead == Lead::If && last.before == Join::Direct)
            && let Some(at) = out.len().checked_sub(2)
            && out[at].lead == Lead::None
            && matches!(out[at].verb, Some((_, Op::Notify | Op::Send | Op::Email)))
            && !out[at].tokens.iter().any(|token| token.kind == Kind::Url)
            && !aims(&out[at].tokens)
        {
            out[at].tokens.append(&mut piece.tokens);
            out[at].verb = find_verb(&out[at].tokens, lang);
            continue;
        }
        let own_service = piece.before == Join::And
            && piece.verb.is_none()
            && piece.tokens.iter().take(4).any(|token| token.is_word() && is_name(&token.low));
        let loose = loose && !elliptic && !own_service;
        match out.last_mut() {
            Some(last) if loose && (last.lead != Lead::Not || piece.verb.is_none()) => {
                let at = piece.tokens.first().map_or(0, |token| token.at.start);
                let mark = if piece.before == Join::And { "and" } else { "," };
                last.tokens.push(Token {
                    kind: if mark == "," { Kind::Mark(',') } else { Kind::Word },
                    text: mark.to_owned(),
                    low: mark.to_owned(),
                    number: None,
                    money: false,
                    at: at..at,
                });
                last.tokens.append(&mut piece.tokens);
                last.parallel |= piece.parallel;
                last.verb = find_verb(&last.tokens, lang);
            }
            _ => {
                let follows = out.iter().any(|clause| {
                    matches!(clause.verb, Some((_, Op::Fetch | Op::Ai(_) | Op::Run | Op::Remember)))
                        || clause
                            .tokens
                            .iter()
                            .any(|token| token.any(&["rate", "score", "ai", "claude", "gpt", "ki"]))
                });
                if piece.lead == Lead::None
                    && let Some(condition) = measures::lift(&mut piece, lang, follows)
                {
                    piece.verb = find_verb(&piece.tokens, lang);
                    out.push(condition);
                }
                out.push(piece);
            }
        }
    }
    out
}

/// `a Telegram message to the team and a Jira ticket`: two deeds.
fn two_services(piece: Clause, is_name: &dyn Fn(&str) -> bool) -> Vec<Clause> {
    let named = |token: &Token| token.is_word() && is_name(&token.low) && !token.is("x");
    let and = piece.tokens.iter().enumerate().position(|(at, token)| {
        token.any(&["and", "und"])
            && piece.tokens[..at].iter().any(|before| named(before) || before.kind == Kind::Channel)
            && piece.tokens[at + 1..].iter().take(4).any(named)
            && piece.tokens.get(at + 1).is_some_and(|next| {
                named(next)
                    || next.any(ARTICLES)
                    || next.any(&["in", "to", "on", "via", "per", "auf", "nach"])
            })
    });
    let Some(and) = and.filter(|_| matches!(piece.lead, Lead::None | Lead::Else)) else {
        return vec![piece];
    };
    let mut first = piece.clone();
    let mut second = piece;
    first.tokens.truncate(and);
    second.tokens.drain(..=and);
    second.lead = Lead::None;
    second.before = Join::And;
    vec![first, second]
}

/// Whether the clause tells something, so that what follows a colon is its text.
fn says(clause: &Clause) -> bool {
    clause.lead == Lead::None
        && matches!(
            clause.verb,
            Some((_, Op::Notify | Op::Send | Op::Email | Op::Respond | Op::Log | Op::Return))
        )
        && !clause.tokens.iter().any(|token| token.kind == Kind::Quoted)
}

/// Appends words to a clause as a quoted text.
fn quote(clause: &mut Clause, words: &[Token]) {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
    if let [one] = words
        && one.kind != Kind::Word
    {
        clause.tokens.push(one.clone());
        return;
    }
    let text = crate::actions::plain(words);
    clause.tokens.push(Token {
        kind: Kind::Quoted,
        low: crate::text::fold(&text),
        text,
        number: None,
        money: false,
        at: first.at.start..last.at.end,
    });
}

/// Whether the piece's verb makes it a clause rather than the next item of a list.
fn heads(piece: &Clause, lang: Lang) -> bool {
    match piece.verb {
        None => false,
        // `wie oft er …`: told, not asked for.
        Some(_) if lang == Lang::De => !piece.tokens.first().is_some_and(|token| {
            token.any(&[
                "wie", "was", "welche", "welcher", "welches", "wer", "warum", "die", "der", "das",
            ]) && !token.is_capital()
                && piece.before != Join::And
                && !piece
                    .tokens
                    .iter()
                    .skip(1)
                    .any(|token| matches!(token.kind, Kind::Email | Kind::Channel | Kind::Url))
                && token.any(&["wie", "was", "welche", "welcher", "welches", "wer", "warum"])
        }),
        Some((at, _)) => {
            at == 0
                || piece.tokens[..at].iter().all(|token| {
                    token.any(PLEASE)
                        || token.any(&[
                            "to", "should", "must", "will", "it", "bot", "the", "and", "which",
                            "that", "by",
                        ])
                        || !token.is_word()
                })
        }
    }
}

fn trim(tokens: &mut Vec<Token>) {
    let edge = |token: &Token| {
        matches!(token.kind, Kind::Mark(mark) if !"<>=!".contains(mark))
            || token.any(&["and", "und", "but", "aber"])
    };
    while tokens.last().is_some_and(edge) {
        tokens.pop();
    }
    let lead = tokens.iter().take_while(|token| edge(token) || token.any(PLEASE)).count();
    tokens.drain(..lead);
}

/// `do not post …`, `poste nichts …`, `no email`.
fn negation(piece: &mut Clause, lang: Lang) {
    // `Slack must not be used`
    let barred = piece.tokens.windows(3).any(|window| {
        window[0].any(&["not", "never"])
            && window[1].any(&["be", "to", "get"])
            && window[2].any(&["used", "sent", "touched", "involved", "contacted", "be"])
    });
    if lang == Lang::En && barred {
        piece.lead = Lead::Not;
        return;
    }
    // `not more than two in parallel`
    if phrasing::pace(&piece.tokens).is_some_and(|(range, _)| range.start == 0) {
        return;
    }
    let first =
        |at: usize, words: &[&str]| piece.tokens.get(at).is_some_and(|token| token.any(words));
    let skip = match lang {
        Lang::En if first(0, &["do", "does", "should", "must", "will"]) && first(1, &["not"]) => 2,
        Lang::En if first(0, &["never", "not", "no", "without"]) => 1,
        Lang::De if first(0, &["nicht", "kein", "keine", "keinen", "ohne", "nichts"]) => 1,
        Lang::De => {
            let words = ["nicht", "kein", "keine", "keinen", "nichts", "niemals", "weder"];
            let found = piece.tokens.iter().any(|token| token.any(&words));
            if !found {
                return;
            }
            piece.lead = Lead::Not;
            return;
        }
        Lang::En => return,
    };
    piece.lead = Lead::Not;
    piece.tokens.drain(..skip);
}

/// `in parallel`, `at the same time`, `gleichzeitig`.
fn parallel(piece: &mut Clause) {
    // `four in parallel` is a pace, which the deed reads.
    if phrasing::pace(&piece.tokens).is_some() {
        return;
    }
    let words = ["parallel", "simultaneously", "concurrently", "gleichzeitig", "zeitgleich"];
    if let Some(at) = piece.tokens.iter().position(|token| token.any(&words)) {
        piece.parallel = true;
        piece.leads = at <= 1;
        let from = if at > 0 && piece.tokens[at - 1].any(&["in", "im"]) { at - 1 } else { at };
        piece.tokens.drain(from..=at);
    }
    let same = |window: &[Token]| window[0].is("same") && window[1].is("time");
    if let Some(at) = piece.tokens.windows(2).position(same) {
        piece.parallel = true;
        piece.leads = at <= 3;
        piece.tokens.drain(at.saturating_sub(2)..at + 2);
    }
    trim(&mut piece.tokens);
}
