//! What becomes of each label: `Problems should become an issue, and ideas a page` → `problem becomes an issue, and
//! idea becomes a page`, where a model was told to choose between problem and idea.

use super::pattern::fits;
use super::{opens, put};
use crate::text::{Kind, Token};

pub fn labels(tokens: &mut Vec<Token>) {
    modelled(tokens);
    let Some((labels, end)) = chosen(tokens) else { return };
    // `let the AI label it as …`: no label is set by that.
    let model = (0..end).find(|at| crate::lexicon::is_model(&tokens[*at]));
    if let Some(model) = model
        && let Some(used) = fits(&tokens[model + 1..], "to? label|tag|mark|sort")
    {
        put(tokens, model + 1..model + 1 + used, "classify");
    }
    let mut at = end;
    let mut became = false;
    while at < tokens.len() {
        let label = opens(tokens, at)
            .then(|| {
                labels.iter().find(|label| tokens[at].is_word() && same(&tokens[at].low, label))
            })
            .flatten()
            .cloned();
        let Some(label) = label else {
            at += 1;
            continue;
        };
        let rest = &tokens[at + 1..];
        let nothing = fits(rest, "needs|need nothing|no done|action|reply?")
            .or_else(|| fits(rest, "can|should|may be ignored|skipped"))
            .filter(|used| rest.get(*used).is_none_or(|next| matches!(next.kind, Kind::Mark(_))));
        let turns = fits(
            rest,
            "should|must|shall|will? become|becomes|turn|turns|be into|made|turned? into?",
        );
        let article = rest.first().is_some_and(|next| next.any(&["a", "an"]));
        if let Some(used) = nothing {
            let stop = usize::from(tokens.get(at + 1 + used).is_some());
            tokens.drain(at..at + 1 + used + stop);
        } else if let Some(used) = turns {
            put(tokens, at..at + 1 + used, &format!("{label} becomes"));
            became = true;
            at += 2;
        } else if became && article {
            put(tokens, at..at + 1, &format!("{label} becomes"));
            at += 2;
        } else {
            at += 1;
        }
    }
}

/// `as praise, idea or problem`: the labels, and where they end.
fn chosen(tokens: &[Token]) -> Option<(Vec<String>, usize)> {
    (1..tokens.len()).find_map(|at| {
        if !tokens[at - 1].any(&["as", "into", "between", "either"]) {
            return None;
        }
        let mut out = Vec::new();
        let mut next = at;
        let mut last = false;
        while let Some(token) = tokens.get(next) {
            let begun = next;
            let plain =
                matches!(token.kind, Kind::Word | Kind::Quoted) && !token.any(&["a", "an", "the"]);
            if plain && !token.any(&["or", "and"]) {
                out.push(token.low.clone());
                next += 1;
                if last {
                    break;
                }
            }
            match tokens.get(next) {
                Some(token) if token.is_mark(',') => next += 1,
                Some(token) if token.any(&["or", "and"]) => {
                    last = true;
                    next += 1;
                }
                _ if last && !out.is_empty() => {}
                _ => break,
            }
            if tokens.get(next).is_some_and(|token| token.any(&["or", "and"])) {
                last = true;
                next += 1;
            }
            if next == begun {
                break;
            }
        }
        (out.len() > 1 && last).then_some((out, next))
    })
}

fn same(low: &str, label: &str) -> bool {
    low == label
        || low.strip_suffix('s').is_some_and(|stem| {
            stem == label || stem.strip_suffix('e').is_some_and(|stem| stem == label)
        })
        || low.strip_suffix("ies").is_some_and(|stem| label.strip_suffix('y') == Some(stem))
}

/// `let OpenAI decide`: its model does, whatever else that service offers.
fn modelled(tokens: &mut [Token]) {
    for at in 1..tokens.len() {
        let told = tokens[at - 1].any(&["let", "have", "ask"]);
        let name = match tokens[at].low.as_str() {
            "openai" => "ChatGPT",
            "anthropic" => "Claude",
            _ => continue,
        };
        if told {
            tokens[at] = super::said(name);
            tokens[at].low = name.to_lowercase();
        }
    }
}
