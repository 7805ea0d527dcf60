//! What is left out, in whatever words: `but not if it comes from x`, `Files whose name begins with draft should
//! be ignored`, `leave out the ones from Testco`. All become a condition that must not hold, in front of what
//! is done.

use super::pattern::fits;
use super::{is_value, opens, said};
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

mod english;
mod german;

/// What must not hold, and on which days nothing is done.
#[derive(Debug, Default)]
pub struct Exceptions {
    pub conditions: Vec<Vec<Token>>,
    pub days: Vec<String>,
}

/// Takes them out of the tokens. `timed`: a schedule starts the bot.
pub fn take(tokens: &mut Vec<Token>, lang: Lang, timed: bool) -> Exceptions {
    let mut out = Exceptions::default();
    if timed && !tokens.iter().any(|token| token.any(&["each", "jede", "jeden", "jedes"])) {
        return out;
    }
    if !timed {
        out.days = days(tokens, lang);
    }
    let branches = tokens.iter().any(|token| {
        token.any(&["otherwise", "else", "sonst", "andernfalls", "ansonsten", "below", "others"])
    });
    if branches {
        return out;
    }
    let mut at = 1;
    while at < tokens.len() {
        let found = match lang {
            Lang::En => english::find(tokens, at),
            Lang::De => german::find(tokens, at),
        };
        let Some(found) = found.filter(|found| !found.condition.is_empty() && found.from > 0)
        else {
            at += 1;
            continue;
        };
        let mut from = found.from;
        while from > 1
            && (tokens[from - 1].is_mark(',')
                || tokens[from - 1].any(&["but", "and", "aber", "und", "please", "bitte"]))
        {
            from -= 1;
        }
        let alone = matches!(tokens[from - 1].kind, Kind::Mark('.' | ';' | '!'));
        let stop = tokens
            .get(found.end)
            .is_some_and(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!')));
        let end = (found.end + usize::from(alone && stop)).min(tokens.len());
        tokens.drain(from..end);
        out.conditions.push(found.condition);
        at = from.max(1);
    }
    out
}

/// An exception: where it stands, and what it comes to.
struct Found {
    from: usize,
    end: usize,
    condition: Vec<Token>,
}

/// `, except on Mondays and on weekends`, as it was put there.
fn days(tokens: &mut Vec<Token>, lang: Lang) -> Vec<String> {
    let Some(at) = tokens.iter().position(|token| token.any(&["except", "ausser"])) else {
        return Vec::new();
    };
    const SHORT: &[(&str, &str)] = &[
        ("mon", "Mon"),
        ("tue", "Tue"),
        ("wed", "Wed"),
        ("thu", "Thu"),
        ("fri", "Fri"),
        ("sat", "Sat"),
        ("sun", "Sun"),
        ("dien", "Tue"),
        ("mitt", "Wed"),
        ("donn", "Thu"),
        ("frei", "Fri"),
        ("sam", "Sat"),
        ("sonn", "Sun"),
    ];
    let mut out = Vec::new();
    let mut end = at + 1;
    while let Some(token) = tokens.get(end) {
        if token.any(&["weekends", "wochenende"]) {
            out.extend(["Sat".to_owned(), "Sun".to_owned()]);
        } else if token.low.ends_with("days")
            || token.low.ends_with("tags")
            || token.low == "mittwochs"
        {
            let day = SHORT.iter().find(|(stem, _)| token.low.starts_with(stem));
            let Some((_, day)) = day else { break };
            out.push((*day).to_owned());
        } else if !token.any(&["on", "and", "und", "am"]) {
            break;
        }
        end += 1;
    }
    let whole = tokens.get(end).is_none_or(|token| matches!(token.kind, Kind::Mark(_)));
    if out.is_empty() || !whole {
        return Vec::new();
    }
    let from = at - usize::from(at > 0 && tokens[at - 1].is_mark(','));
    tokens.drain(from..end);
    let _ = lang;
    out
}

/// Where a sentence or a part behind a comma ends that begins at `at`.
fn segment(tokens: &[Token], at: usize) -> usize {
    tokens[at..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark(',' | '.' | ';' | '!' | '?' | ':')))
        .map_or(tokens.len(), |offset| at + offset)
}

fn words(text: &str) -> Vec<Token> {
    text.split_whitespace().map(said).collect()
}
