//! Steps as people speak of them: "step 3", "the last step", "the email", by its name.

use codex32_author::text;
use codex32_model::Catalogue;
use codex32_model::definition::{Bot, Step, Verb};

use crate::seen::branches;

/// A step with its number as people count: from the top, blocks and what is in them one after the other.
#[derive(Debug, Clone)]
pub struct Numbered<'a> {
    pub number: usize,
    pub path: String,
    pub step: &'a Step,
}

/// Every step of the bot's main part, from top to bottom.
pub fn numbered(bot: &Bot) -> Vec<Numbered<'_>> {
    fn walk<'a>(steps: &'a [Step], path: &str, out: &mut Vec<Numbered<'a>>) {
        for (at, step) in steps.iter().enumerate() {
            let path = format!("{path}[{at}]");
            out.push(Numbered { number: out.len() + 1, path: path.clone(), step });
            for (branch, inner) in branches(&step.verb) {
                walk(inner, &format!("{path}.{branch}"), out);
            }
        }
    }
    let mut out = Vec::new();
    walk(&bot.steps, "steps", &mut out);
    out
}

const ORDINALS: [&[&str]; 9] = [
    &["first", "erste", "ersten", "erster"],
    &["second", "zweite", "zweiten"],
    &["third", "dritte", "dritten"],
    &["fourth", "vierte", "vierten"],
    &["fifth", "fuenfte", "fuenften"],
    &["sixth", "sechste", "sechsten"],
    &["seventh", "siebte", "siebten"],
    &["eighth", "achte", "achten"],
    &["ninth", "neunte", "neunten"],
];

/// The step that words name; none when they name none, or more than one.
pub fn named<'a>(bot: &'a Bot, words: &str, catalogue: &dyn Catalogue) -> Option<Numbered<'a>> {
    let all = numbered(bot);
    let tokens = text::read(words).tokens;
    let low: Vec<&str> = tokens.iter().map(|token| token.low.as_str()).collect();
    let is_step = |word: &str| ["step", "schritt", "steps", "schritts"].contains(&word);
    let number = low.iter().enumerate().find_map(|(at, word)| {
        if !is_step(word) {
            return None;
        }
        low.get(at + 1).and_then(|next| next.parse::<usize>().ok())
    });
    if let Some(number) = number {
        return all.into_iter().find(|step| step.number == number);
    }
    if low.iter().any(|word| ["last", "letzte", "letzten"].contains(word)) {
        return all.into_iter().last();
    }
    let ordinal = ORDINALS.iter().position(|names| low.iter().any(|word| names.contains(word)));
    if let Some(at) = ordinal
        && low.iter().any(|word| is_step(word))
    {
        return all.into_iter().nth(at);
    }
    let by_id = all.iter().find(|found| {
        found
            .step
            .id
            .as_deref()
            .is_some_and(|id| low.contains(&id) || words.contains(&format!("`{id}`")))
    });
    if let Some(found) = by_id {
        return Some(found.clone());
    }
    // `the email`, `the Slack message`: words of its action.
    let telling: Vec<&str> =
        low.iter().copied().filter(|word| word.len() > 2 && !is_step(word)).collect();
    let score = |step: &Step| {
        let about = text::fold(&about(step, catalogue));
        telling.iter().filter(|word| about.contains(word.trim_end_matches('s'))).count()
    };
    let best = all.iter().map(|found| score(found.step)).max().unwrap_or(0);
    let mut of_best = all.into_iter().filter(|found| best > 0 && score(found.step) == best);
    match (of_best.next(), of_best.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The words for a step.
fn about(step: &Step, catalogue: &dyn Catalogue) -> String {
    let verb = codex32_flow::flow::verb_name(&step.verb);
    match &step.verb {
        Verb::Do(call) => {
            let action = catalogue.action(&call.action);
            let more =
                action.map(|action| format!("{} {}", action.title, action.synonyms.join(" ")));
            format!("{} mail {}", call.action, more.unwrap_or_default()).replace(
                " mail ",
                if call.action.starts_with("email.") { " mail e-mail " } else { " " },
            )
        }
        Verb::Wait(_) => "wait pause warten".to_owned(),
        Verb::Approve(_) => "approve approval freigabe".to_owned(),
        Verb::If { .. } | Verb::Switch { .. } => "if condition bedingung".to_owned(),
        Verb::ForEach { .. } => "loop for each schleife".to_owned(),
        _ => verb.to_owned(),
    }
}
