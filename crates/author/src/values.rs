//! Stage 4a: amounts, spans of time and lists inside a clause.

use crate::text::{Kind, Token, number_word};
#[cfg(test)]
mod tests;

/// A number at the front, in digits or words (`two hundred`, `5 million`): tokens used and value.
pub fn number(tokens: &[Token]) -> Option<(usize, f64)> {
    let first = tokens.first()?;
    let mut value = match first.number {
        Some(value) => value,
        None if first
            .any(&["a", "one", "ein", "eine", "einen", "einer", "einem", "an", "half"]) =>
        {
            let scale = tokens.get(1).and_then(|next| scale(&next.low))?;
            return Some((2, scale));
        }
        None => return None,
    };
    let mut used = 1;
    if let Some(scale) = tokens.get(1).and_then(|next| scale(&next.low)) {
        value *= scale;
        used = 2;
    }
    Some((used, value))
}

fn scale(low: &str) -> Option<f64> {
    Some(match low {
        "hundred" | "hundert" => 100.0,
        "thousand" | "tausend" | "k" => 1_000.0,
        "million" | "millionen" | "mio" => 1_000_000.0,
        "dozen" | "dutzend" => 12.0,
        _ => return None,
    })
}

/// A span at the front: `ten minutes`, `3 days`, `an hour`, `30s`, `1h30m`; in the definition's spelling.
pub fn duration(tokens: &[Token]) -> Option<String> {
    duration_length(tokens).map(|(_, text)| text)
}

/// Like [`duration`], with how many tokens it takes.
pub fn duration_length(tokens: &[Token]) -> Option<(usize, String)> {
    let skip = tokens
        .iter()
        .take_while(|token| {
            token.any(&[
                "for", "about", "another", "the", "next", "ca", "etwa", "der", "den", "up", "to",
            ])
        })
        .count();
    let tokens = &tokens[skip..];
    let first = tokens.first()?;
    if first.is_word() && codex32_model::time::parse_duration(&first.low).is_ok() {
        return Some((skip + 1, first.low.clone()));
    }
    let (used, count) = match number(tokens) {
        Some(found) => found,
        None if first.any(&["a", "an", "one", "ein", "eine", "einen", "einer", "einem"]) => {
            (1, 1.0)
        }
        None if first.any(&["half"]) => {
            let unit =
                tokens.iter().position(|token| unit(&token.low).is_some()).filter(|at| *at <= 2)?;
            return Some((skip + unit + 1, spell(0.5, unit_of(tokens, unit)?)));
        }
        None if unit(&first.low).is_some() && skip > 0 => (0, 1.0),
        None => return None,
    };
    let seconds = unit_of(tokens, used)?;
    Some((skip + used + 1, spell(count, seconds)))
}

fn unit_of(tokens: &[Token], at: usize) -> Option<f64> {
    tokens.get(at).and_then(|token| unit(&token.low))
}

fn unit(low: &str) -> Option<f64> {
    Some(match low {
        "ms" | "millisecond" | "milliseconds" | "millisekunden" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" | "sekunde" | "sekunden" | "sek" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" | "stunde" | "stunden" | "std" => 3_600.0,
        "d" | "day" | "days" | "tag" | "tage" | "tagen" => 86_400.0,
        "w" | "week" | "weeks" | "woche" | "wochen" => 604_800.0,
        _ => return None,
    })
}

/// `10m` rather than `600s`, `3d` rather than `259200s`.
fn spell(count: f64, seconds: f64) -> String {
    let (mark, size) = match seconds as u64 {
        0 => ("ms", 0.001),
        1 => ("s", 1.0),
        60 => ("m", 60.0),
        3_600 => ("h", 3_600.0),
        86_400 => ("d", 86_400.0),
        _ => ("w", 604_800.0),
    };
    if count.fract() == 0.0 && count >= 0.0 {
        return format!("{}{mark}", count as u64);
    }
    let span = std::time::Duration::try_from_secs_f64(count.max(0.0) * size).unwrap_or_default();
    codex32_model::time::format_duration(span)
}

/// The items of `a, b or c` as written, quotes taken off.
pub fn list(tokens: &[Token]) -> Vec<String> {
    let mut items: Vec<String> = vec![String::new()];
    for token in tokens {
        let divides = matches!(token.kind, Kind::Mark(',' | '/' | ';'))
            || token.any(&["or", "and", "oder", "und"]);
        if divides {
            items.push(String::new());
        } else if let Some(item) = items.last_mut()
            && !token.any(&["either", "the", "a", "entweder"])
            && !matches!(token.kind, Kind::Mark(_))
        {
            if !item.is_empty() {
                item.push(' ');
            }
            item.push_str(&token.text);
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

/// A whole number that counts repetitions: `5`, `three`, `twice`, `3x`.
pub fn count(tokens: &[Token]) -> Option<u32> {
    tokens.iter().find_map(|token| {
        let number = token.number.or_else(|| {
            let digits = token.low.strip_suffix("mal").or_else(|| token.low.strip_suffix('x'))?;
            digits.parse().ok().or_else(|| number_word(digits))
        })?;
        (1.0..=1_000.0).contains(&number).then_some(number as u32)
    })
}
