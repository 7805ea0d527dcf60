//! Accounts as an honest model gives them.

use codex32_author::eval::Case;
use codex32_author::text;
use codex32_builder::account::{Account, Claim, is_strong};
use codex32_builder::said::{self, Said};
use codex32_connectors::builtin;
use serde_json::Value;

use crate::{cases, damage};

/// Names each deed of a right answer: its clause, and the step that does it; what the sentence takes in
/// more clauses than steps is quoted in one.
pub fn account(case: &Case, bot: &Value) -> Vec<Claim> {
    let said = said::read(&cases::request(case));
    let mut does = Vec::new();
    damage::each_list(&mut bot.clone(), &mut |list| {
        does.extend(list.iter().filter_map(|step| Some((does_of(step)?, step.to_string()))));
    });
    for key in ["verify", "retry", "limits"] {
        if bot.to_string().contains(&format!("\"{key}\":")) {
            does.push((key.to_owned(), key.to_owned()));
        }
    }
    let judge = Account { said: &said, catalogue: builtin(), is_needed: true };
    let mut clauses: Vec<Option<usize>> = vec![None; does.len()];
    let strong = said.deeds.iter().enumerate().filter(|(_, deed)| is_strong(deed));
    let weak = said.deeds.iter().enumerate().filter(|(_, deed)| !is_strong(deed));
    for (at, deed) in strong.chain(weak) {
        let could = |step: &usize| clauses[*step].is_none() && judge.could(deed, &does[*step].0);
        // Best that which has what only this clause names.
        let names = |step: &usize| deed.own.iter().any(|own| does[*step].1.contains(own.as_str()));
        let free = (0..does.len()).find(|step| could(step) && names(step));
        let free = free.or_else(|| (0..does.len()).find(could));
        if let Some(step) = free {
            clauses[step] = Some(at);
        }
    }
    let source = text::read(&case.text).source;
    let words = |step: usize| {
        let Some(at) = clauses[step].or_else(|| clauses.iter().flatten().copied().next()) else {
            return case.text.clone();
        };
        // Clauses without a step of their own go with the one before.
        let mut last = at;
        while last + 1 < said.deeds.len() && !clauses.contains(&Some(last + 1)) {
            last += 1;
        }
        let is_first = !clauses.iter().flatten().any(|other| *other < at);
        stretch(&said, &source, if is_first { 0 } else { at }, last)
    };
    (0..does.len()).map(|step| Claim { words: words(step), does: does[step].0.clone() }).collect()
}

fn stretch(said: &Said, source: &str, first: usize, last: usize) -> String {
    let ends = said.deeds[first..=last].iter().flat_map(|deed| &deed.at);
    let from = ends.clone().map(|at| at.start).min().unwrap();
    let till = ends.map(|at| at.end).max().unwrap();
    source[from..till].to_owned()
}

/// What does a step; none of what only holds others.
pub fn does_of(step: &Value) -> Option<String> {
    if let Some(action) = step["do"].as_str() {
        return Some(action.to_owned());
    }
    let verbs = [
        "ask", "agent", "approve", "wait", "call", "emit", "respond", "return", "search", "code",
        "set",
    ];
    verbs
        .iter()
        .find(|verb| step.get(**verb).is_some_and(|value| !value.is_null()))
        .map(|verb| (*verb).to_owned())
}
