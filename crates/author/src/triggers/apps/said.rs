//! What is said of the thing that comes: `labelled bug`, `with the label x`, `that mention glaze`.

use std::ops::Range;

use codex32_model::Schema;
use codex32_model::action::TriggerSpec;

use super::Found;
use crate::actions::slots::{self, Role};
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Token};

/// The condition under which a text of what comes holds some words.
pub(crate) const MENTIONS: &str = "mentions";

pub fn qualities(
    trigger: &TriggerSpec,
    tokens: &[Token],
    used: &mut [bool],
    found: &mut Found<'_>,
) {
    labels(trigger, tokens, used, found);
    mentions(trigger, tokens, used, found);
}

fn is_value(token: &Token) -> bool {
    token.kind == Kind::Quoted
        || matches!(token.kind, Kind::Word | Kind::Field | Kind::Dotted)
            && !lexicon::is_empty_word(token)
            && !token.any(ARTICLES)
}

/// `labelled bug`, `tagged vip`, `with the label bug`, `mit dem Label x`.
fn labels(trigger: &TriggerSpec, tokens: &[Token], used: &mut [bool], found: &mut Found<'_>) {
    let Schema::Object { fields, .. } = &trigger.event else { return };
    let own =
        ["labels", "label", "tags", "tag"].into_iter().find(|name| fields.contains_key(*name));
    let by_param = trigger.params.keys().any(|name| name == "label" || name == "labels");
    let Some(own) = own.filter(|_| !by_param) else { return };
    let place = (0..tokens.len().saturating_sub(1)).find_map(|at| {
        let participle = tokens[at].any(&["labelled", "labeled", "tagged", "getaggt", "gelabelt"]);
        let noun = tokens[at].any(&["label", "tag", "schlagwort", "etikett"])
            && at > 0
            && tokens[..at]
                .iter()
                .rev()
                .find(|token| !token.any(ARTICLES))
                .is_some_and(|token| token.any(&["with", "mit", "has", "having", "carries"]));
        let mut value = at + 1;
        while tokens.get(value).is_some_and(|token| token.any(&["as", "with", "als", "mit"])) {
            value += 1;
        }
        let from = if noun {
            at - tokens[..at].iter().rev().take_while(|token| token.any(ARTICLES)).count() - 1
        } else {
            at
        };
        let fits = (participle || noun) && tokens.get(value).is_some_and(is_value) && !used[value];
        fits.then_some((from, value))
    });
    if let Some((from, value)) = place {
        (from..=value).for_each(|at| used[at] = true);
        found.conditions.push((own.to_owned(), tokens[value].text.clone()));
    }
}

/// `that mention glaze`, `mentioning x`, `about x`, `die x erwähnen`.
fn mentions(trigger: &TriggerSpec, tokens: &[Token], used: &mut [bool], found: &mut Found<'_>) {
    // A search of the system's own takes the words; mails have theirs.
    let searched = trigger
        .params
        .iter()
        .any(|(name, field)| field.required && slots::role(name, field) == Role::Query);
    if searched || super::fill::is_mail(trigger) {
        return;
    }
    let Some((from, to, words)) = told(tokens, used) else { return };
    (from..to).for_each(|at| used[at] = true);
    found.conditions.push((MENTIONS.to_owned(), words));
}

/// Where it is said at the end what is mentioned: `… that mention Kubernetes`.
pub fn mentioned(tokens: &[Token]) -> Option<Range<usize>> {
    let (from, to, _) = told(tokens, &vec![false; tokens.len()])?;
    let about = tokens[from].is("about");
    (from > 1 && to == tokens.len() && !about).then_some(from..to)
}

/// Where the words stand, and what is mentioned.
fn told(tokens: &[Token], used: &[bool]) -> Option<(usize, usize, String)> {
    let verb = (0..tokens.len()).find(|at| {
        tokens[*at].any(&[
            "mention",
            "mentions",
            "mentioning",
            "contain",
            "contains",
            "containing",
            "erwaehnen",
            "erwaehnt",
            "enthalten",
            "enthaelt",
        ]) || tokens[*at].is("about") && *at > 0
    })?;
    let german = tokens[verb].any(&["erwaehnen", "erwaehnt", "enthalten", "enthaelt"]);
    let little = |token: &Token| {
        token.any(ARTICLES)
            || token.any(&["word", "words", "wort", "woerter", "term", "text", "that", "which"])
    };
    let (from, range) = if german {
        let open = tokens[..verb]
            .iter()
            .rposition(|token| token.is_mark(',') || token.any(&["die", "das", "der"]))?;
        (open, open + 1..verb)
    } else {
        let open = verb - usize::from(verb > 0 && tokens[verb - 1].any(&["that", "which"]));
        let mut start = verb + 1;
        while tokens.get(start).is_some_and(little) {
            start += 1;
        }
        let end = (start..tokens.len())
            .find(|at| {
                !is_value(&tokens[*at])
                    || used[*at]
                    || tokens[*at].any(lexicon::ARRIVES)
                    || tokens[*at].any(&["reaches", "hits", "is", "are", "gets"])
            })
            .unwrap_or(tokens.len());
        (open, start..end)
    };
    let words: Vec<&str> = tokens[range.clone()]
        .iter()
        .filter(|token| !little(token))
        .map(|token| token.text.as_str())
        .collect();
    let fits = !words.is_empty() && words.len() <= 4;
    fits.then(|| (from, range.end.max(verb + 1), words.join(" ")))
}
