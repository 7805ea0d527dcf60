//! What happens in other systems and starts a bot: `when a new issue is opened in the GitHub repo
//! acme/shop`, `New Stripe payment: …`, `copy new files of the Dropbox folder /Scans to …`.
//!
//! Which systems there are and what can happen in them comes from the catalogue.

use std::ops::Range;

use codex32_model::Value;
use codex32_model::action::{ConnectorSpec, TriggerSpec};
use codex32_model::definition::TriggerKind;
use indexmap::IndexMap;

use crate::actions::slots;
use crate::clauses::{Clause, Join, Lead};
use crate::index::{Index, Occurrence, SURE};
use crate::lexicon::{self, ARRIVES, ARTICLES, Op};
use crate::text::{Kind, Lang, Token};

/// Where a clause tells of something that happens in another system.
pub struct Found<'a> {
    pub clause: usize,
    pub connector: &'a ConnectorSpec,
    /// None: the connector has no trigger for it.
    pub trigger: Option<&'a TriggerSpec>,
    /// Tokens of the clause that were the trigger and nothing else.
    pub taken: Vec<usize>,
    /// Of those, the ones that were read as name, parameter or change.
    pub used: Vec<usize>,
    pub with: IndexMap<String, Value>,
    /// Values that are no parameter of the trigger, by what they are called.
    pub conditions: Vec<(String, String)>,
    pub nouns: Vec<String>,
    pub form: Form,
}

mod fill;
mod said;

pub(crate) use said::MENTIONS;

/// How it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A clause of its own, opened by `when`, `for each`.
    Opening,
    /// `New payment in Stripe: …`
    Headline,
    /// The object of a deed: `copy new files to …`.
    Object,
}

pub fn find<'a>(clauses: &[Clause], index: &Index<'a>, lang: Lang) -> Option<Found<'a>> {
    let around: Vec<Token> =
        clauses.iter().flat_map(|clause| clause.tokens.iter().cloned()).collect();
    let found = |opening: bool| {
        clauses.iter().enumerate().find_map(|(at, clause)| {
            let (form, region) = region(clauses, at, index, lang)?;
            if opening && form != Form::Opening {
                return None;
            }
            read(clause, at, form, region, index, lang, &around)
        })
    };
    // A clause that was opened as one comes before what only may be one.
    found(true).filter(|found| found.trigger.is_some()).or_else(|| found(false))
}

/// Whether a clause of its own tells of something that a system of the catalogue reports.
pub fn is_told(clauses: &[Clause], index: &Index<'_>, lang: Lang) -> bool {
    find(clauses, index, lang)
        .is_some_and(|found| found.form == Form::Opening && found.trigger.is_some())
}

/// The part of a clause that may tell of it.
fn region(
    clauses: &[Clause],
    at: usize,
    index: &Index<'_>,
    lang: Lang,
) -> Option<(Form, Range<usize>)> {
    let clause = &clauses[at];
    let tokens = &clause.tokens;
    let fresh = |token: &Token| token.any(FRESH);
    match clause.lead {
        Lead::When => Some((Form::Opening, 0..tokens.len())),
        Lead::ForEach => {
            // `for each new order in …`; without `new` it is a loop, unless nothing else starts it.
            let input = tokens.iter().any(|token| {
                token.kind == Kind::Url || token.any(&["input", "list", "eingabe", "liste", "body"])
            });
            let comes = tokens.iter().any(|token| fresh(token) || token.any(ARRIVES));
            (!input && comes).then_some((Form::Opening, 0..tokens.len()))
        }
        Lead::If => {
            let comes = tokens.iter().any(|token| fresh(token) || token.any(ARRIVES));
            let fetched = clauses[..at].iter().any(|other| {
                matches!(other.verb, Some((_, Op::Fetch))) && other.lead == Lead::None
            });
            (comes && !fetched).then_some((Form::Opening, 0..tokens.len()))
        }
        Lead::None => {
            let verb = clause.verb.map(|(verb, _)| verb);
            let first = at == 0 || clauses[..at].iter().all(|clause| clause.lead == Lead::Not);
            let head = tokens.iter().take(4).any(|token| {
                fresh(token) || token.any(ARTICLES) && tokens.iter().any(|t| t.any(ARRIVES))
            });
            // `Sort every application …` is a deed, whatever else `sort` may be.
            let ordered = verb == Some(0)
                && tokens.get(1).is_some_and(|next| {
                    next.any(ARTICLES) && !next.any(FRESH)
                        || next.any(FRESH) && tokens[0].any(DEEDS)
                });
            let later = verb.is_none_or(|verb| {
                verb > 0 && lang == Lang::En && !crate::clauses::imperative(tokens, verb)
            });
            let orders = tokens.iter().any(|token| {
                token.is_word()
                    && !token.is_capital()
                    && lexicon::verb(&token.low, lang).is_some()
                    && !(lexicon::is_noun_too(&token.low) || token.any(ARRIVES))
            });
            let no_deed = !ordered && (later || !orders);
            let more = clauses.len() > at + 1;
            if first && head && no_deed && more && !index.mentions(tokens).is_empty() {
                return Some((Form::Headline, 0..tokens.len()));
            }
            object(tokens, verb, index).map(|region| (Form::Object, region))
        }
        _ => None,
    }
}

/// Verbs that are nouns, too, but no headline's first word: `Tag new orders as vip`.
const DEEDS: &[&str] = &["tag", "label", "share", "archive", "mark", "flag", "forward", "copy"];

const FRESH: &[&str] = &[
    "new",
    "incoming",
    "fresh",
    "newly",
    "neu",
    "neue",
    "neuer",
    "neues",
    "neuen",
    "neuem",
    "eingehende",
    "eingehenden",
    "eingehender",
    "eingehendes",
    "incomming",
    "failed",
    "received",
];

/// `new files from the Dropbox folder /Scans`: from `new` to where the destination begins.
fn object(tokens: &[Token], verb: Option<usize>, index: &Index<'_>) -> Option<Range<usize>> {
    if let Some(range) = made_from(tokens, index) {
        return Some(range);
    }
    // `every application that arrives in Gmail`
    let each = tokens.iter().enumerate().position(|(at, token)| {
        token.any(&["every", "each", "all", "any", "jede", "jeden", "jedes"])
            && (at + 2..tokens.len().min(at + 5)).any(|next| {
                tokens[next - 1].any(&["that", "which"])
                    && tokens[next]
                        .any(&["arrives", "comes", "lands", "arrive", "come", "appears", "is"])
                    || is_brought(&tokens[next])
            })
    });
    let from = tokens.iter().position(|token| token.any(FRESH)).or(each)?;
    let every = from.checked_sub(1).filter(|before| {
        tokens[*before].any(&[
            "every", "each", "all", "any", "jede", "jeden", "jedes", "alle", "the", "a", "an",
            "ein", "eine", "einen",
        ])
    });
    let ones = tokens.get(from + 1).is_none_or(|next| {
        !next.is_word()
            || next.any(&["ones", "one", "entries", "rows", "items"])
                && index.mentions(tokens).is_empty()
    });
    if ones {
        return None;
    }
    // A name or place is made new, not found: `create a new issue in Jira`.
    let makes = verb.is_some_and(|verb| {
        tokens[verb].any(&[
            "create",
            "creates",
            "creating",
            "open",
            "make",
            "add",
            "adds",
            "insert",
            "file",
            "start",
            "write",
            "append",
            "erstelle",
            "erstellen",
            "lege",
            "anlegen",
            "eroeffne",
            "eroeffnen",
            "fuege",
            "hinzufuegen",
            "schreibe",
            "trage",
            "eintragen",
            "book",
            "schedule",
            "set",
        ])
    });
    // `write a reply to each new mail`: it came before what is made.
    let of = every.unwrap_or(from).checked_sub(1).is_some_and(|before| {
        before > 1
            && tokens[before].any(&["to", "about", "auf", "zu"])
            && tokens[..before].iter().any(|token| {
                token.any(&["reply", "answer", "response", "summary", "antwort", "zusammenfassung"])
            })
    });
    if makes && !of && !tokens[from].any(&["incoming", "eingehende", "eingehenden", "received"]) {
        return None;
    }
    let end = tokens[from..]
        .iter()
        .enumerate()
        .skip(1)
        .find(|(offset, token)| {
            let at = from + offset;
            // `posted to the channel x`: where it comes, not where it goes.
            if is_brought(&tokens[at - 1]) && token.any(&["to", "in", "into", "on"]) {
                return false;
            }
            token.any(&[
                "to", "into", "nach", "zu", "via", "per", "als", "as", "with", "mit", "und", "and",
                "by", "into", "then", "is", "are", "ist", "sind",
            ]) || token.is_mark(',')
                || token.kind == Kind::Channel
                || token.any(&["in", "an", "auf", "ins"])
                    && index.mentions(&tokens[from..at]).len() == 1
        })
        .map_or(tokens.len(), |(offset, _)| from + offset);
    Some(every.unwrap_or(from)..end)
}

/// Whether the word tells that something was put somewhere.
fn is_brought(token: &Token) -> bool {
    token.any(&["posted", "sent", "added", "uploaded", "opened", "created", "written", "filed"])
}

const FROM: &[&str] = &["from", "for", "on", "upon", "aus", "fuer", "bei", "of", "after"];

/// `create a task from new mails in Gmail`, `add a row for every new payment in Stripe`: what comes
/// is told behind what is made of it.
fn made_from(tokens: &[Token], index: &Index<'_>) -> Option<Range<usize>> {
    let mentions = index.mentions(tokens);
    for at in 1..tokens.len() {
        let based =
            tokens[at].any(&["based"]) && tokens.get(at + 1).is_some_and(|next| next.is("on"));
        if !tokens[at].any(FROM) && !based {
            continue;
        }
        let first = at + 1 + usize::from(based);
        let fresh = tokens[first..].iter().take(2).any(|token| {
            token.any(FRESH)
                || token.any(&["every", "each", "jede", "jeden", "jedes", "jeder", "jedem"])
        });
        let end = tokens[first..]
            .iter()
            .position(|token| {
                token.any(&[
                    "to", "into", "nach", "and", "und", "with", "mit", "as", "als", "then", "via",
                    "using",
                ]) || matches!(token.kind, Kind::Mark(_) | Kind::Channel)
                    || token.any(&["ein", "eine", "einen"])
            })
            .map_or(tokens.len(), |offset| first + offset);
        let named = mentions.iter().find(|(range, _)| range.start >= first && range.end <= end);
        let Some((_, connector)) = named else { continue };
        let another =
            mentions.iter().any(|(range, other)| range.end <= at && other.name != connector.name);
        let plain = (tokens[at].any(&["from", "aus"]) || based) && another;
        if (fresh || plain) && best(index, &tokens[first..end], connector).is_some() {
            return Some(at..end);
        }
    }
    None
}

fn read<'a>(
    clause: &Clause,
    at: usize,
    form: Form,
    region: Range<usize>,
    index: &Index<'a>,
    lang: Lang,
    around: &[Token],
) -> Option<Found<'a>> {
    let tokens = &clause.tokens[region.clone()];
    let (place, connector, trigger) = if form == Form::Object {
        let mentions = index.mentions(tokens);
        mentions.into_iter().find_map(|(place, connector)| {
            Some((place, connector, Some(best(index, tokens, connector)?)))
        })?
    } else {
        // What is mentioned tells nothing of the system.
        let head = said::mentioned(tokens).map_or(tokens.len(), |range| range.start);
        match index.occurrence(&tokens[..head], around) {
            Some(Occurrence { place, connector, trigger }) => (place, connector, Some(trigger)),
            None => {
                let (place, connector) = index.named(tokens)?;
                (place, connector, None)
            }
        }
    };
    let mut found = Found {
        clause: at,
        connector,
        trigger,
        taken: Vec::new(),
        used: Vec::new(),
        with: IndexMap::new(),
        conditions: Vec::new(),
        nouns: Vec::new(),
        form,
    };
    let mut used: Vec<bool> = vec![false; tokens.len()];
    if let Some(trigger) = trigger {
        fill::fill(trigger, index, tokens, &place, lang, &mut used, &mut found);
    }
    if let Some(trigger) = trigger {
        said::qualities(trigger, tokens, &mut used, &mut found);
    }
    leftover(tokens, lang, &mut used, &mut found);
    for at in place {
        used[at] = true;
    }
    if let Some(trigger) = trigger {
        let qualities = fill::qualities(trigger, tokens, &mut used);
        change(trigger, index, tokens, &mut used, &mut found);
        found.conditions.extend(qualities);
        if fill::is_mail(trigger) {
            found.conditions.extend(super::mail::mail_conditions(tokens));
        }
    }
    found.nouns = tokens
        .iter()
        .enumerate()
        .filter(|(at, token)| {
            token.is_word()
                && !used[*at]
                && !lexicon::is_empty_word(token)
                && !token.any(ARRIVES)
                && !token.any(ARTICLES)
                && !token.any(FRESH)
                && token.number.is_none()
        })
        .map(|(_, token)| token.low.clone())
        .take(4)
        .collect();
    found.used = (0..tokens.len()).filter(|at| used[*at]).map(|at| region.start + at).collect();
    found.taken = match form {
        Form::Object => region.collect(),
        _ => (0..tokens.len()).filter(|at| used[*at]).map(|at| region.start + at).collect(),
    };
    Some(found)
}

/// The words that tell what happened are the trigger's; one that is more special than the trigger
/// becomes a condition.
fn change(
    trigger: &TriggerSpec,
    index: &Index<'_>,
    tokens: &[Token],
    used: &mut [bool],
    found: &mut Found<'_>,
) {
    let special = index.is_special(trigger, tokens);
    for (at, token) in tokens.iter().enumerate() {
        if !token.is_word() || !crate::index::tells_change(&token.low) {
            continue;
        }
        let helper = at.checked_sub(1).filter(|before| {
            tokens[*before].any(&[
                "is", "are", "was", "gets", "has", "been", "wird", "wurde", "ist", "been", "gets",
            ])
        });
        if special && !used[at] && !token.any(FRESH) && found.conditions.is_empty() {
            found.conditions.push(("status".to_owned(), token.text.clone()));
        }
        used[at] = true;
        if let Some(helper) = helper {
            used[helper] = true;
        }
    }
    let helpers = ["wird", "wurde", "is", "are", "was", "gets"];
    let compares = crate::conditions::compares(tokens);
    for (at, token) in tokens.iter().enumerate() {
        let last = at + 1 == tokens.len() || used.get(at + 1).copied().unwrap_or(true);
        if token.any(&helpers) && last && !compares {
            used[at] = true;
        }
    }
}

fn best<'a>(
    index: &Index<'a>,
    tokens: &[Token],
    connector: &ConnectorSpec,
) -> Option<&'a TriggerSpec> {
    let found = index.happenings(tokens, &connector.name);
    // A service in which one thing only can arrive: whatever it is called, that is meant.
    let only = found.len() == 1
        && tokens.iter().any(|token| {
            token.any(&[
                "arrives", "comes", "lands", "arrive", "come", "eingeht", "ankommt", "landet",
            ])
        });
    found.first().filter(|(_, score)| *score >= SURE || only).map(|(trigger, _)| *trigger)
}

/// `the list Doing` of a trigger that has no parameter for lists: a condition on what comes.
fn leftover(tokens: &[Token], lang: Lang, used: &mut [bool], found: &mut Found<'_>) {
    const THINGS: &[&str] = &[
        "list",
        "board",
        "project",
        "folder",
        "label",
        "tag",
        "status",
        "stage",
        "channel",
        "table",
        "base",
        "database",
        "sheet",
        "repository",
        "team",
        "calendar",
        "priority",
        "branch",
    ];
    for thing in THINGS {
        let Some((range, value)) = slots::named(thing, tokens, lang) else { continue };
        let telling = tokens[range.clone()]
            .iter()
            .any(|token| matches!(token.kind, Kind::Quoted | Kind::Path) || token.is_capital());
        if telling && range.clone().all(|at| !used[at]) {
            range.for_each(|at| used[at] = true);
            found.conditions.push(((*thing).to_owned(), value));
        }
    }
    // `moves to done`, `wird auf erledigt gesetzt`
    let moved = tokens.iter().position(|token| {
        token.any(&[
            "moves",
            "moved",
            "move",
            "changes",
            "changed",
            "set",
            "gesetzt",
            "goes",
            "wechselt",
            "verschoben",
        ])
    });
    if let Some(moved) = moved {
        let to = tokens[moved..]
            .iter()
            .position(|token| token.any(&["to", "into", "auf", "nach", "in"]))
            .map(|offset| moved + offset + 1)
            .or_else(|| {
                tokens[..moved]
                    .iter()
                    .rposition(|token| token.any(&["auf", "nach", "in"]))
                    .map(|at| at + 1)
            });
        if let Some(at) = to.filter(|at| {
            tokens.get(*at).is_some_and(|token| {
                matches!(token.kind, Kind::Word | Kind::Quoted) && !token.any(ARTICLES)
            }) && !used[*at]
        }) {
            used[at] = true;
            found.conditions.push(("status".to_owned(), tokens[at].text.clone()));
        }
    }
}

/// An opening clause that names a service without a connector.
pub fn unknown(clauses: &mut Vec<Clause>, index: &Index<'_>, start: &mut super::Start) {
    let found = clauses.iter().enumerate().find_map(|(at, clause)| {
        let opening = matches!(clause.lead, Lead::When | Lead::ForEach)
            || clause.lead == Lead::None
                && at == 0
                && clauses.len() > 1
                && clause.tokens.first().is_some_and(|token| token.any(FRESH));
        let known = !index.mentions(&clause.tokens).is_empty();
        let (from, length) =
            crate::actions::unknown_app(&clause.tokens).filter(|_| opening && !known)?;
        Some((at, crate::actions::plain(&clause.tokens[from..from + length])))
    });
    let Some((at, name)) = found else { return };
    let mut kind = super::webhook("hook");
    let noun = clauses[at]
        .tokens
        .iter()
        .find(|token| {
            token.is_word()
                && !lexicon::is_empty_word(token)
                && !token.any(FRESH)
                && !token.any(ARTICLES)
                && !token.any(ARRIVES)
        })
        .map(|token| crate::text::slug(&token.low, '-'))
        .filter(|noun| !noun.is_empty());
    if let Some(noun) = &noun {
        kind = super::webhook(noun);
    }
    start.kind = Some(kind);
    start.nouns = noun.into_iter().collect();
    start.source = Some(name);
    start.doubt = Some(super::Doubt::UnknownSource);
    clauses.remove(at);
    if let Some(next) = clauses.get_mut(at).filter(|_| at == 0) {
        next.before = Join::Start;
    }
}

impl Found<'_> {
    pub fn kind(&self, trigger: &TriggerSpec) -> TriggerKind {
        TriggerKind::App {
            event: trigger.name.clone(),
            connection: None,
            with: self.with.clone(),
            poll: None,
        }
    }

    /// Takes the trigger's words out of its clause. What is left is a condition or a deed; with
    /// nothing left the clause goes.
    pub fn cut(&self, clauses: &mut [Clause], lang: Lang) {
        let clause = &mut clauses[self.clause];
        match self.form {
            Form::Object => {
                let (from, to) = (self.taken[0], self.taken[self.taken.len() - 1] + 1);
                if clause.tokens[from].any(FROM) || clause.tokens[from].is("based") {
                    clause.tokens.drain(from..to);
                    clause.verb = crate::clauses::find_verb(&clause.tokens, lang);
                    return;
                }
                let mut it = clause.tokens[from].clone();
                it.kind = Kind::Word;
                lang.say("it", "es").clone_into(&mut it.low);
                lang.say("it", "es").clone_into(&mut it.text);
                it.number = None;
                clause.tokens.splice(from..to, [it]);
                clause.verb = crate::clauses::find_verb(&clause.tokens, lang);
            }
            Form::Opening | Form::Headline => {
                let mut at = 0;
                clause.tokens.retain(|_| {
                    at += 1;
                    !self.taken.contains(&(at - 1))
                });
                if self.form == Form::Headline {
                    clause.lead = Lead::When;
                    if let Some(next) = clauses.get_mut(self.clause + 1) {
                        next.before = Join::Comma;
                    }
                }
            }
        }
    }
}
