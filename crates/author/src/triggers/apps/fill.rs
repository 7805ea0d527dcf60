//! The parameters of a trigger from the words that tell what happens.

use std::ops::Range;

use codex32_model::Value;
use codex32_model::action::TriggerSpec;
use codex32_model::{Field, Schema};

use super::Found;
use crate::actions::slots::{self, Role};
use crate::index::Index;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};
use crate::values;

/// Whether a word speaks of something.
type Tells<'t> = &'t dyn Fn(&str) -> bool;
type Said = (Range<usize>, String);

pub fn fill(
    trigger: &TriggerSpec,
    index: &Index<'_>,
    tokens: &[Token],
    mention: &Range<usize>,
    lang: Lang,
    used: &mut [bool],
    found: &mut Found<'_>,
) {
    let own = |low: &str| index.speaks_of(trigger, low);
    for (name, field) in &trigger.params {
        let role = slots::role(name, field);
        let one = |kind: Kind| tokens.iter().position(|token| token.kind == kind);
        let whole = |at: usize| (at..at + 1, tokens[at].text.clone());
        if role == Role::Number {
            if let Some((range, number)) = span(name, tokens) {
                range.for_each(|at| used[at] = true);
                found.with.insert(name.clone(), Value::Int(number));
            }
            continue;
        }
        let value: Option<Said> = match role {
            Role::Url => one(Kind::Url).map(whole),
            Role::Channel => one(Kind::Channel)
                .map(whole)
                .or_else(|| slots::named(name, tokens, lang))
                .or_else(|| room(tokens, used, &own)),
            Role::Email => one(Kind::Email).map(whole),
            Role::Query if field.required => sought(tokens, mention),
            Role::Data | Role::Time | Role::Query => None,
            _ if name == "branch" => branch(tokens, index, &own),
            _ if field.format.as_deref() == Some("repository") => {
                path(tokens, used).or_else(|| slots::named(name, tokens, lang))
            }
            _ => slots::named(name, tokens, lang)
                // `the Teams channel` is no team.
                .filter(|(range, _)| !range.clone().any(|at| mention.contains(&at)))
                .filter(|(range, _)| {
                    !tokens[range.clone()].iter().skip(1).any(|token| own(&token.low))
                }),
        };
        if let Some((range, value)) = value.filter(|(range, _)| !used[range.start]) {
            range.for_each(|at| used[at] = true);
            found.with.insert(name.clone(), Value::str(crate::text::literal(&value)));
        }
    }
    // A name may be a word for a change: `the Google Sheet Orders`.
    let named = |low: &str| index.is_about(trigger, low);
    place(trigger, tokens, mention, used, found, (&own, &named));
}

/// A name without a noun goes to the first parameter that lacks a value.
fn place(
    trigger: &TriggerSpec,
    tokens: &[Token],
    mention: &Range<usize>,
    used: &mut [bool],
    found: &mut Found<'_>,
    (own, about): (Tells<'_>, Tells<'_>),
) {
    let open = |(name, field): &(&String, &Field)| {
        !found.with.contains_key(*name)
            && matches!(slots::role(name, field), Role::Container | Role::Existing)
            && field.format.as_deref() != Some("channel")
            && *name != "branch"
    };
    let paths = path(tokens, used);
    let named = trigger.params.iter().filter(open).find(|(name, field)| {
        field.default.is_none() || paths.is_some() && ["path", "folder"].contains(&name.as_str())
    });
    let Some((name, _)) = named else { return };
    let plain = |tokens: &[Token]| {
        !tokens.iter().any(|token| match token.is_capital() && token.low.ends_with('s') {
            true => about(&token.low),
            false => own(&token.low),
        })
    };
    let value = paths
        .or_else(|| {
            slots::beside(tokens, mention).filter(|(range, _)| {
                range.clone().all(|at| !used[at]) && plain(&tokens[range.clone()])
            })
        })
        .or_else(|| inside(tokens, mention, used, own));
    if let Some((range, value)) = value {
        range.for_each(|at| used[at] = true);
        found.with.insert(name.clone(), Value::str(crate::text::literal(&value)));
    }
}

/// A path that is none of the system's other values.
fn path(tokens: &[Token], used: &[bool]) -> Option<Said> {
    let at = tokens.iter().position(|token| token.kind == Kind::Path).filter(|at| !used[*at])?;
    Some((at..at + 1, tokens[at].text.clone()))
}

/// `in LOGI`, `im Team PLAT`: a name with capitals behind a preposition.
fn inside(
    tokens: &[Token],
    mention: &Range<usize>,
    used: &[bool],
    own: &dyn Fn(&str) -> bool,
) -> Option<Said> {
    let at = (1..tokens.len()).find(|at| {
        let token = &tokens[*at];
        let mut before = at - 1;
        while before > 0 && tokens[before].any(ARTICLES) {
            before -= 1;
        }
        let bound =
            tokens[before].any(&["in", "im", "of", "von", "vom", "to", "for", "fuer", "into"]);
        bound
            && !used[*at]
            && !mention.contains(at)
            && (token.kind == Kind::Quoted
                || token.is_capital() && !own(&token.low) && !lexicon::is_empty_word(token))
    })?;
    Some((at..at + 1, tokens[at].text.clone()))
}

/// `in support`: a room that ends the words.
fn room(tokens: &[Token], used: &[bool], own: &dyn Fn(&str) -> bool) -> Option<Said> {
    let at = tokens.len().checked_sub(1).filter(|at| *at > 1 && !used[*at])?;
    let token = &tokens[at];
    let fits = tokens[at - 1].any(&["in", "im"])
        && token.is_word()
        && !own(&token.low)
        && !token.any(ARTICLES)
        && !lexicon::is_empty_word(token);
    fits.then(|| (at..at + 1, token.text.clone()))
}

/// `on main`, `to the branch release`.
fn branch(tokens: &[Token], index: &Index<'_>, own: &dyn Fn(&str) -> bool) -> Option<Said> {
    let names = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            (token.is_word() && !lexicon::is_empty_word(token) && !token.any(ARTICLES)
                || token.kind == Kind::Quoted)
                && !own(&token.low)
                && !index.is_name(&token.low)
                && token.number.is_none()
                && !token.any(&["someone", "somebody", "jemand", "our", "unser", "actions"])
        })
    };
    if let Some(noun) = tokens.iter().position(|token| token.any(&["branch", "zweig"])) {
        if names(noun + 1) {
            return Some((noun..noun + 2, tokens[noun + 1].text.clone()));
        }
        if noun > 0 && names(noun - 1) {
            return Some((noun - 1..noun + 1, tokens[noun - 1].text.clone()));
        }
    }
    let at = (0..tokens.len()).find(|at| {
        tokens[*at].any(&["on", "auf", "to", "against", "into", "onto"]) && names(at + 1)
    })?;
    let goes_on = tokens.get(at + 2).is_some_and(|next| {
        next.is_word() && !lexicon::is_empty_word(next) && !own(&next.low) && !next.any(&["bei"])
    });
    (!goes_on).then(|| (at..at + 2, tokens[at + 1].text.clone()))
}

/// `15 minutes`, `a quarter of an hour`, for a parameter that is called after a unit.
fn span(name: &str, tokens: &[Token]) -> Option<(Range<usize>, i64)> {
    let unit = match name {
        "seconds" => 1.0,
        "minutes" => 60.0,
        "hours" => 3_600.0,
        "days" => 86_400.0,
        _ => return None,
    };
    let quarter = (0..tokens.len()).find(|at| {
        tokens[*at].any(&["quarter", "viertelstunde", "half", "halbe"])
            && (tokens[*at].is("viertelstunde")
                || tokens.iter().skip(at + 1).take(3).any(|token| token.any(&["hour", "stunde"])))
    });
    if let Some(at) = quarter {
        let minutes = if tokens[at].any(&["half", "halbe"]) { 30.0 } else { 15.0 };
        let end = tokens[at..]
            .iter()
            .take(4)
            .position(|token| token.any(&["hour", "stunde", "viertelstunde"]))
            .map_or(at + 1, |offset| at + offset + 1);
        return Some((at..end, (minutes * 60.0 / unit) as i64));
    }
    (0..tokens.len()).find_map(|at| {
        let (length, text) = values::duration_length(&tokens[at..])?;
        let span = codex32_model::time::parse_duration(&text).ok()?;
        Some((at..at + length, (span.as_secs_f64() / unit) as i64))
    })
}

/// What is looked for: `@acme`, `#launch`, a quoted text, the words behind `about`.
fn sought(tokens: &[Token], mention: &Range<usize>) -> Option<Said> {
    let one = |kind: Kind| tokens.iter().position(|token| token.kind == kind);
    let handle = tokens.iter().position(|token| token.text.starts_with(['@', '#']));
    if let Some(at) = handle {
        return Some((at..at + 1, tokens[at].text.clone()));
    }
    if let Some(at) = one(Kind::Quoted) {
        return Some((at..at + 1, format!("\"{}\"", tokens[at].text)));
    }
    let about = tokens.iter().position(|token| {
        token.any(&[
            "about",
            "mentioning",
            "mentions",
            "containing",
            "with",
            "ueber",
            "zu",
            "mit",
            "erwaehnt",
        ])
    })?;
    let end = (about + 1..tokens.len())
        .find(|at| {
            mention.contains(at)
                || !matches!(tokens[*at].kind, Kind::Word | Kind::Dotted | Kind::Number)
                || tokens[*at].any(&["on", "in", "auf", "bei"])
        })
        .unwrap_or(tokens.len());
    let words: Vec<&str> = tokens[about + 1..end]
        .iter()
        .filter(|token| !token.any(ARTICLES))
        .map(|token| token.text.as_str())
        .collect();
    (!words.is_empty()).then(|| (about..end, words.join(" ")))
}

/// Whether what comes has a sender and a subject.
pub fn is_mail(trigger: &TriggerSpec) -> bool {
    matches!(&trigger.event, Schema::Object { fields, .. } if fields.contains_key("subject") && fields.contains_key("from"))
}

/// Words for how pressing something is.
const PRESSING: &[(&str, &[&str])] = &[
    (
        "urgent",
        &[
            "urgent",
            "dringend",
            "dringende",
            "dringender",
            "dringendes",
            "dringenden",
            "eilig",
            "eilige",
        ],
    ),
    ("high", &["high-priority", "hochpriore", "hohe", "wichtige", "wichtiges", "wichtiger"]),
    ("critical", &["critical", "kritisch", "kritische", "kritischer", "kritisches"]),
    ("low", &["low-priority"]),
];

/// `urgent ticket`, `draft pull request`: a word beside what comes that is a value or a yes of one of its
/// fields.
pub fn qualities(
    trigger: &TriggerSpec,
    tokens: &[Token],
    used: &mut [bool],
) -> Vec<(String, String)> {
    let Schema::Object { fields, .. } = &trigger.event else { return Vec::new() };
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if used[at] || !token.is_word() || lexicon::is_empty_word(token) {
            continue;
        }
        let pressing = PRESSING.iter().find(|(_, words)| token.any(words)).map(|(value, _)| *value);
        let said = pressing.unwrap_or(token.low.as_str());
        let holds = |schema: &Schema| match schema {
            Schema::Enum(choices) => choices.iter().any(|choice| {
                choice.as_str().is_some_and(|choice| crate::text::fold(choice) == said)
            }),
            _ => false,
        };
        let any_of = |schema: &Schema| match schema {
            Schema::Union(shapes) => shapes.iter().any(holds),
            other => holds(other),
        };
        let by_value = fields.iter().find(|(_, field)| any_of(&field.schema));
        let by_kind = pressing.and_then(|_| {
            ["priority", "urgency", "severity"].into_iter().find(|name| fields.contains_key(*name))
        });
        if let Some((name, _)) = by_value {
            out.push((name.clone(), said.to_owned()));
            used[at] = true;
        } else if let Some(name) = by_kind {
            out.push((name.to_owned(), said.to_owned()));
            used[at] = true;
        }
    }
    out
}
