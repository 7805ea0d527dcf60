//! What answers named before: a deed that was named once stays.

use codex32_model::Diagnostic;
use codex32_model::codes::builder as codes;
use codex32_model::definition::Bot;

use super::{Claim, DEEDS, NOTHING, matching, uncovered};
use crate::said::Said;
use crate::seen;

/// What was named in an earlier answer and is gone from this one.
pub fn vanished(earlier: &[Claim], claims: &[Claim], said: &Said) -> Vec<Diagnostic> {
    let matched = kept(earlier, claims, said);
    let gone = earlier.iter().zip(matched).filter(|(_, matched)| matched.is_none());
    gone.map(|(claim, _)| {
        uncovered(format!(
            "An earlier answer named the deed {:?} (by `{}`), and this one does not. Do it and name it, or say that it \
             takes no step: \"does\": \"{NOTHING}\".",
            claim.words, claim.does
        ))
    })
    .collect()
}

/// Adds what is new in an answer to what earlier ones named; what is no quotation, and what was refused in
/// it as unasked, is not kept.
pub fn remember(
    earlier: &mut Vec<Claim>,
    claims: &[Claim],
    refused: &[Diagnostic],
    bot: Option<&Bot>,
    said: &Said,
) {
    let paths: Vec<&str> = refused
        .iter()
        .filter(|fault| fault.code == codes::UNASKED)
        .map(|fault| fault.place.path.as_str())
        .collect();
    let refused: Vec<String> = bot.map_or_else(Vec::new, |bot| {
        seen::of(bot)
            .deeds
            .into_iter()
            .filter(|deed| paths.contains(&deed.path.as_str()))
            .map(|deed| deed.name)
            .collect()
    });
    let known = earlier.clone();
    let named: Vec<&Claim> = claims
        .iter()
        .filter(|claim| {
            claim.does != NOTHING && said.holds(&claim.words) && !refused.contains(&claim.does)
        })
        .collect();
    let matched = matching::most(named.len(), known.len(), &|new, old| {
        is_near(named[new], &known[old], said)
    });
    for (claim, matched) in named.into_iter().zip(matched) {
        if matched.is_none() && earlier.len() < DEEDS {
            earlier.push(claim.clone());
        }
    }
}

fn kept(earlier: &[Claim], claims: &[Claim], said: &Said) -> Vec<Option<usize>> {
    matching::most(earlier.len(), claims.len(), &|old, new| {
        is_near(&earlier[old], &claims[new], said)
    })
}

/// Whether two deeds speak of the same words.
fn is_near(one: &Claim, other: &Claim, said: &Said) -> bool {
    let others = said.places(&other.words);
    said.places(&one.words)
        .iter()
        .any(|at| others.iter().any(|other| at.start < other.end && other.start < at.end))
}
