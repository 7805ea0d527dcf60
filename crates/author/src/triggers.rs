//! Stage 3: what starts the bot. Takes trigger phrases out of the clauses, so that only conditions
//! and deeds are left.

use codex32_model::action::TriggerSpec;
use codex32_model::definition::{Respond, ScheduleTrigger, TriggerKind, Webhook};

use crate::clauses::{Clause, Join, Lead};
use crate::conditions;
use crate::index::Index;
use crate::lexicon::{self, ARRIVES, ARTICLES, Op};
use crate::text::{self, Kind, Lang, Token};

mod apps;
pub mod guards;
mod mail;
mod mentions;
mod names;
mod pages;
pub(crate) mod rates;
pub mod schedules;
mod signatures;
pub(crate) mod spans;
mod spelled;
pub(crate) mod worded;

pub(crate) use apps::MENTIONS;
pub use names::event_name;

/// What starts the bot, and how sure that is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Start {
    pub kind: Option<TriggerKind>,
    /// Words for the thing that comes: `order`, `rechnung`.
    pub nouns: Vec<String>,
    pub doubt: Option<Doubt>,
    /// A service that was named as the source.
    pub source: Option<String>,
    /// The trigger of another system, as the catalogue has it.
    pub app: Option<TriggerSpec>,
    /// Fields that it was said to bring.
    pub fields: Vec<String>,
    /// What must hold of what comes: a field's name and its value.
    pub conditions: Vec<(String, String)>,
    /// Words that a part of what comes must hold.
    pub worded: Vec<crate::phrasing::Worded>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Something comes, but not said how: a webhook was assumed.
    Assumed,
    /// A webhook without a name.
    Unnamed,
    /// `when something happens`.
    Vague,
    /// The source is known, but tells nothing of the kind: a webhook was assumed.
    NoTrigger,
    /// There is no connector for the source.
    UnknownSource,
}

impl Start {
    /// Whether something comes with it that was not asked for by name.
    pub fn carries(&self) -> bool {
        !matches!(self.kind, None | Some(TriggerKind::Schedule(_) | TriggerKind::Manual))
    }

    /// Whether data comes with it, so that fields of it can be inputs.
    pub fn brings_data(&self) -> bool {
        !matches!(self.kind, Some(TriggerKind::Schedule(_)))
    }
}

/// Finds the trigger. `schedules` are those that time phrases gave; a webhook or event in the
/// sentence comes besides them.
pub fn take(
    clauses: &mut Vec<Clause>,
    lang: Lang,
    schedules: &[ScheduleTrigger],
    index: &Index<'_>,
) -> Start {
    let mut start = Start::default();
    let timed = !schedules.is_empty();
    // `a file is uploaded to Dropbox under /Scans`: a path of theirs, none of ours.
    if !timed
        && !clauses.iter().any(|clause| ours(clause, index))
        && apps::is_told(clauses, index, lang)
    {
        other_system(clauses, lang, &mut start, index);
    }
    if start.kind.is_none() {
        named(clauses, lang, &mut start, names::find);
    }
    if start.kind.is_none() && !timed {
        other_system(clauses, lang, &mut start, index);
    }
    named(clauses, lang, &mut start, mail::mailbox);
    if !timed {
        named(clauses, lang, &mut start, mentions::find);
    }
    if start.kind.is_none() {
        assume(clauses, lang, &mut start, timed);
    }
    if start.kind.is_none()
        && let Some(first) = schedules.first()
    {
        start.kind = Some(TriggerKind::Schedule(first.clone()));
    }
    // A `when` that compares is a condition; one that does not is none.
    for clause in clauses.iter_mut().filter(|clause| clause.lead == Lead::When) {
        clause.lead = Lead::If;
    }
    start
}

/// Whether a clause speaks of a webhook, event, form or chat of the bot's own. `a calendar event
/// starts` does not.
fn ours(clause: &Clause, index: &Index<'_>) -> bool {
    let theirs = index.occurrence(&clause.tokens, &[]).is_some_and(|found| {
        ["event", "ereignis", "form", "chat", "request", "termin"]
            .iter()
            .any(|word| clause.has(&[word]) && index.speaks_of(found.trigger, word))
    });
    matches!(clause.lead, Lead::When | Lead::If) && names::names_ours(clause) && !theirs
}

/// Takes the first trigger that `find` sees.
fn named(
    clauses: &mut Vec<Clause>,
    lang: Lang,
    start: &mut Start,
    find: fn(&Clause, Lang) -> Option<names::Found>,
) {
    let mut at = 0;
    while at < clauses.len() {
        if start.kind.is_none()
            && clauses[at].lead != Lead::Not
            && let Some(found) = find(&clauses[at], lang)
        {
            apply(clauses, at, found, lang, start);
            continue;
        }
        at += 1;
    }
}

/// What happens in a system that the catalogue knows, or in one that it does not.
fn other_system(clauses: &mut Vec<Clause>, lang: Lang, start: &mut Start, index: &Index<'_>) {
    let Some(found) = apps::find(clauses, index, lang) else {
        apps::unknown(clauses, index, start);
        return;
    };
    start.nouns.clone_from(&found.nouns);
    start.source = Some(found.connector.title.clone());
    match found.trigger {
        Some(trigger) => {
            start.kind = Some(found.kind(trigger));
            start.app = Some(trigger.clone());
            start.conditions.clone_from(&found.conditions);
        }
        None => {
            let path = found.nouns.first().map_or("hook", String::as_str);
            start.kind = Some(webhook(&text::slug(path, '-')));
            start.doubt = Some(Doubt::NoTrigger);
        }
    }
    // `every new deal above 10k`: what it is compared with stays a condition.
    let held: Vec<Token> = if found.form == apps::Form::Object {
        found
            .taken
            .iter()
            .filter(|at| !found.used.contains(at))
            .map(|at| clauses[found.clause].tokens[*at].clone())
            .collect()
    } else {
        Vec::new()
    };
    found.cut(clauses, lang);
    if conditions::compares(&held) {
        let before = clauses[found.clause].before;
        clauses[found.clause].before = Join::Comma;
        let condition = Clause {
            lead: Lead::If,
            before,
            tokens: held,
            verb: None,
            parallel: false,
            leads: false,
        };
        clauses.insert(found.clause, condition);
    }
    if found.form != apps::Form::Object {
        leave_condition(clauses, found.clause, start);
    }
}

/// Records the trigger and leaves of its clause what is not the trigger.
fn apply(clauses: &mut Vec<Clause>, at: usize, found: names::Found, lang: Lang, start: &mut Start) {
    let clause = &mut clauses[at];
    start.kind = Some(found.kind);
    start.doubt = found.doubt;
    start.nouns = found.nouns;
    start.conditions = found.conditions;
    clause.tokens.drain(found.taken);
    if clause.lead == Lead::When || clause.lead == Lead::If {
        leave_condition(clauses, at, start);
        return;
    }
    clause.verb = crate::clauses::find_verb(&clause.tokens, lang);
    let bare = clause.lead == Lead::None
        && clause.verb.is_none_or(|(_, op)| op == Op::Other || op == Op::Fetch)
        && clause.tokens.iter().all(|token| {
            lexicon::is_empty_word(token)
                || token.any(ARRIVES)
                || token.any(&[
                    "listen",
                    "react",
                    "subscribe",
                    "watch",
                    "lausche",
                    "hoere",
                    "reagiere",
                    "auf",
                    "text",
                    "whatever",
                    "everything",
                    "body",
                    "payload",
                    "calls",
                    "requests",
                    "accept",
                    "nimm",
                ])
                || clause.verb.is_some_and(|(verb, _)| clause.tokens[verb] == *token)
        });
    if bare {
        clauses.remove(at);
        let last = at == clauses.len();
        if let Some(next) = clauses.get_mut(at).filter(|_| !last && at == 0) {
            next.before = Join::Start;
        }
    }
}

/// Of `an order over 500 arrives` the condition is left; of `an order arrives` only the noun.
fn leave_condition(clauses: &mut Vec<Clause>, at: usize, start: &mut Start) {
    spelled::spell_out(&mut clauses[at].tokens);
    let clause = &clauses[at];
    let ands = clause
        .tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| {
            token.any(&["and", "und", "whose", "where", "deren", "dessen", "wobei"])
        })
        .map(|(at, _)| at);
    let mut pieces: Vec<&[Token]> = Vec::new();
    let mut from = 0;
    for and in ands {
        pieces.push(&clause.tokens[from..and]);
        from = and + 1;
    }
    pieces.push(&clause.tokens[from.min(clause.tokens.len())..]);
    let holds = |piece: &[Token]| {
        let frequent = piece.iter().any(|token| {
            token.any(&[
                "times",
                "twice",
                "thrice",
                "within",
                "mal",
                "zweimal",
                "dreimal",
                "innerhalb",
            ])
        });
        conditions::compares(piece)
            || frequent && piece.iter().any(|token| token.number.is_some())
            || piece.iter().any(|token| {
                token.any(&[
                    "is", "are", "ist", "sind", "has", "hat", "no", "kein", "keine", "keinen",
                    "lacks", "misses",
                ])
            }) && !piece.iter().any(|token| token.any(ARRIVES))
    };
    let mut kept: Vec<Token> = Vec::new();
    for piece in pieces {
        // `brings a weight`: a field that is declared, not asked for.
        if let Some(at) = piece.iter().position(|token| token.is("brings")) {
            start.fields.extend(
                piece[at + 1..]
                    .iter()
                    .filter(|token| {
                        matches!(token.kind, Kind::Word | Kind::Quoted)
                            && !token.any(ARTICLES)
                            && !lexicon::is_empty_word(token)
                            && !token.any(&["field", "feld", "fields", "felder"])
                    })
                    .map(|token| text::ident(&token.low)),
            );
            continue;
        }
        if holds(piece) {
            if !kept.is_empty() {
                let mut and = piece[0].clone();
                and.kind = Kind::Word;
                "and".clone_into(&mut and.low);
                and.number = None;
                kept.push(and);
            }
            kept.extend(
                piece
                    .iter()
                    .filter(|token| !token.any(ARRIVES) || token.any(&["is", "contains"]))
                    .cloned(),
            );
        }
        for token in piece {
            let plain = token.is_word()
                && !token.any(ARRIVES)
                && !token.any(ARTICLES)
                && !lexicon::is_empty_word(token);
            if plain && !start.nouns.contains(&token.low) && token.number.is_none() && !holds(piece)
            {
                start.nouns.push(token.low.clone());
            }
        }
    }
    let nouns_only = start.nouns.len();
    start.nouns.truncate(nouns_only.min(6));
    if kept.is_empty() {
        clauses.remove(at);
        if let Some(next) = clauses.get_mut(at).filter(|_| at == 0) {
            next.before = Join::Start;
        }
        return;
    }
    let clause = &mut clauses[at];
    clause.tokens = kept;
    clause.lead = Lead::If;
}

/// `when an order comes in`: no source is named.
fn assume(clauses: &mut Vec<Clause>, lang: Lang, start: &mut Start, timed: bool) {
    for at in 0..clauses.len() {
        let clause = &clauses[at];
        if clause.lead != Lead::When || timed {
            continue;
        }
        let special = conditions::parse(&clause.tokens, lang, &[]);
        let failure = matches!(
            special,
            Some(conditions::Condition::Failed { .. } | conditions::Condition::FailuresInRow(_))
        );
        let fetches = clauses.iter().any(|other| {
            let asks = matches!(
                other.verb,
                Some((
                    _,
                    Op::Fetch | Op::Send | Op::Put | Op::Patch | Op::Delete | Op::Run | Op::Other
                ))
            );
            let reads = matches!(other.verb, Some((_, Op::Fetch)))
                || other.tokens.iter().any(|token| token.kind == Kind::Url);
            asks && reads && other.lead == Lead::None
        });
        let arrives = clause.tokens.iter().any(|token| token.any(ARRIVES));
        if failure && fetches || !arrives && conditions::compares(&clause.tokens) && fetches {
            continue;
        }
        // `the number gets too high`, `it goes wrong`: nothing comes, and how it is told was not said.
        let measure = clause.tokens.windows(2).any(|pair| {
            pair[0].any(&["too", "zu"])
                && pair[1].any(&[
                    "high",
                    "low",
                    "big",
                    "small",
                    "much",
                    "many",
                    "long",
                    "slow",
                    "hot",
                    "cold",
                    "few",
                    "large",
                    "expensive",
                    "hoch",
                    "niedrig",
                    "gross",
                    "klein",
                    "viel",
                    "viele",
                    "lang",
                    "lange",
                    "langsam",
                    "heiss",
                    "kalt",
                    "wenig",
                    "wenige",
                    "teuer",
                    "warm",
                    "tief",
                    "voll",
                    "full",
                    "late",
                    "spaet",
                ])
        });
        let nobody = failure
            && clause.tokens.first().is_some_and(|token| {
                token.any(&["it", "this", "that", "es", "das", "dies", "they", "things"])
            });
        if measure || nobody {
            continue;
        }
        // `sobald es fertig ist`: nobody knows what.
        let unsaid = clause.tokens.len() <= 4
            && clause.tokens.iter().any(|token| token.any(&["it", "es", "this", "das", "that"]))
            && clause.tokens.iter().all(|token| {
                lexicon::is_empty_word(token)
                    || token.any(&[
                        "ready",
                        "done",
                        "fertig",
                        "finished",
                        "complete",
                        "completed",
                        "over",
                        "soweit",
                        "available",
                        "vorbei",
                        "erledigt",
                        "weit",
                        "it",
                        "es",
                        "this",
                        "das",
                    ])
            });
        if unsaid && at_alone(clauses, at) {
            start.doubt = Some(Doubt::Vague);
            clauses.remove(at);
            return;
        }
        let tells = clause.tokens.iter().any(|token| token.kind == Kind::Url)
            || conditions::compares(&clause.tokens);
        if !tells
            && clause.tokens.iter().any(|token| {
                token.any(&[
                    "something",
                    "anything",
                    "stuff",
                    "things",
                    "etwas",
                    "irgendwas",
                    "was",
                    "irgendetwas",
                ])
            })
        {
            start.doubt = Some(Doubt::Vague);
            clauses.remove(at);
            return;
        }
        if !arrives && !failure {
            continue;
        }
        let noun = clause
            .tokens
            .iter()
            .find(|token| {
                token.is_word()
                    && !token.any(ARRIVES)
                    && !token.any(ARTICLES)
                    && !lexicon::is_empty_word(token)
                    && !token.any(&[
                        "someone", "somebody", "anyone", "user", "jemand", "we", "i", "people",
                        "customer", "kunde",
                    ])
            })
            .or_else(|| {
                clause.tokens.iter().find(|token| token.any(&["user", "customer", "kunde"]))
            });
        let path = noun.map_or_else(|| "hook".to_owned(), |token| text::slug(&token.low, '-'));
        start.kind = Some(webhook(&path));
        start.doubt = Some(Doubt::Assumed);
        start.nouns = noun.map(|token| token.low.clone()).into_iter().collect();
        start.source = clause
            .tokens
            .iter()
            .find(|token| lexicon::known_app(&token.low))
            .map(|token| token.text.clone());
        leave_condition(clauses, at, start);
        return;
    }
}

/// Whether nothing else in the sentence brings anything that `it` could be.
fn at_alone(clauses: &[Clause], at: usize) -> bool {
    clauses.iter().enumerate().all(|(other, clause)| {
        other == at
            || !clause.tokens.iter().any(|token| matches!(token.kind, Kind::Url | Kind::Dotted))
                && matches!(clause.verb, None | Some((_, Op::Notify | Op::Email | Op::Send)))
    })
}

pub fn webhook(path: &str) -> TriggerKind {
    TriggerKind::Webhook(Webhook {
        path: path.trim_matches('/').to_owned(),
        method: "POST".to_owned(),
        respond: Respond::Now,
        timeout: None,
        max_body: None,
        dedupe: None,
        verify: None,
    })
}
