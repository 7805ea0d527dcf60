//! How often a bot may start at most: `but at most once an hour`, `höchstens zweimal am Tag`. It is
//! said beside what starts it, so it is no schedule.

use std::ops::Range;
use std::time::Duration;

use codex32_model::definition::Rate;

use crate::text::Token;

/// Where it stands and what it says, in a sentence that names what starts the bot.
pub(crate) fn find(tokens: &[Token]) -> Option<(Range<usize>, Rate)> {
    let started = tokens.iter().any(|token| {
        token.any(&["webhook", "event", "ereignis", "when", "whenever", "wenn", "sobald", "form"])
    });
    if !started {
        return None;
    }
    (0..tokens.len()).find_map(|at| {
        let says = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.any(words));
        let from = if says(at, &["at"]) && says(at + 1, &["most"])
            || says(at, &["up"]) && says(at + 1, &["to"])
        {
            at + 2
        } else if says(at, &["no", "not", "nicht", "never"])
            && says(at + 1, &["more", "mehr", "oefter", "haeufiger"])
            && says(at + 2, &["than", "als", "often"])
        {
            at + 3 + usize::from(says(at + 2, &["often"]))
        } else if says(at, &["hoechstens", "maximal", "maximum", "max", "limited", "capped"]) {
            at + 1 + usize::from(says(at + 1, &["to", "at"]))
        } else if says(at, &["limit"]) {
            let it = usize::from(says(at + 1, &["it", "this", "that", "them"]));
            at + 1 + it + usize::from(says(at + 1 + it, &["to"]))
        } else if says(at, &["only", "nur"]) {
            at + 1
        } else {
            return None;
        };
        let (count, behind) = times(tokens, from)?;
        let mut unit = behind;
        while says(
            unit,
            &["a", "an", "per", "each", "every", "pro", "je", "am", "in", "der", "die", "the"],
        ) {
            unit += 1;
        }
        if unit == behind {
            return None;
        }
        // `once per 30 minutes`
        if let Some((used, text)) = crate::values::duration_length(tokens.get(unit..)?)
            && let Ok(within) = codex32_model::time::parse_duration(&text)
        {
            return Some((at..unit + used, Rate { count, within }));
        }
        let within = span(tokens.get(unit)?)?;
        Some((at..unit + 1, Rate { count, within }))
    })
}

/// `once`, `3 times`, `zweimal`: how many, and where it ends.
fn times(tokens: &[Token], at: usize) -> Option<(u32, usize)> {
    const WORDS: &[(&str, u32)] = &[
        ("once", 1),
        ("twice", 2),
        ("einmal", 1),
        ("zweimal", 2),
        ("dreimal", 3),
        ("viermal", 4),
        ("fuenfmal", 5),
        ("zehnmal", 10),
    ];
    let token = tokens.get(at)?;
    if let Some((_, count)) = WORDS.iter().find(|(word, _)| token.is(word)) {
        return Some((*count, at + 1));
    }
    // `3x`, `3-mal`
    let digits: String = token.low.chars().take_while(char::is_ascii_digit).collect();
    let count: u32 = match token.number {
        Some(number) if (1.0..=f64::from(Rate::MOST)).contains(&number) => number as u32,
        _ => digits.parse().ok().filter(|count| (1..=Rate::MOST).contains(count))?,
    };
    let glued = ["x", "-mal", "mal"].contains(&&token.low[digits.len()..]);
    let word = tokens.get(at + 1).is_some_and(|next| next.any(&["times", "time", "mal", "x"]));
    // `5 an hour`, `5 pro Stunde`: of what starts it.
    let per = tokens.get(at + 1).is_some_and(|next| next.any(&["a", "an", "per", "pro", "je"]));
    (glued || word || per).then(|| (count, at + 1 + usize::from(word)))
}

fn span(token: &Token) -> Option<Duration> {
    let seconds = if token.any(&["minute", "minuten"]) {
        60
    } else if token.any(&["hour", "stunde", "stunden"]) {
        3_600
    } else if token.any(&["day", "tag", "tage"]) {
        86_400
    } else if token.any(&["week", "woche", "wochen"]) {
        7 * 86_400
    } else {
        return None;
    };
    Some(Duration::from_secs(seconds))
}
