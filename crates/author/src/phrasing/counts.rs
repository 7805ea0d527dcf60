//! Counting what comes: `count how often the webhook vote is called`, `at the fifth time within an hour
//! tell …`, `Mehr als drei Mal login.failed in fünf Minuten: …`.

use super::made;
use crate::text::{Kind, Lang, Token};

pub fn counts(tokens: &mut Vec<Token>, lang: Lang) {
    often(tokens, lang);
    headline(tokens, lang);
}

fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | ';' | ':' | ',' | '!'))
}

/// `count how often the webhook x is called` → `when the webhook x is called , count it`.
fn often(tokens: &mut Vec<Token>, lang: Lang) {
    // `count across runs how often`
    if let Some(count) = tokens.iter().position(|token| token.any(&["count", "zaehle"]))
        && let Some(how) =
            (count + 2..tokens.len().min(count + 5)).find(|at| tokens[*at].any(&["how", "wie"]))
        && tokens[count + 1..how].iter().all(|token| {
            token.any(&["across", "over", "all", "runs", "calls", "ueber", "alle", "hinweg"])
                || token.is_mark(',')
        })
    {
        tokens.drain(count + 1..how);
    }
    let Some(at) = (0..tokens.len().saturating_sub(4)).find(|at| {
        tokens[*at].any(&["count", "zaehle", "zaehl"]) && {
            let comma = usize::from(tokens[at + 1].is_mark(','));
            tokens[at + 1 + comma].any(&["how", "wie"])
                && tokens[at + 2 + comma].any(&["often", "many", "oft"])
        }
    }) else {
        return;
    };
    let comma = usize::from(tokens[at + 1].is_mark(','));
    let from = at + 3 + comma;
    let end = (from..tokens.len())
        .find(|at| divides(&tokens[*at]) || tokens[*at].any(&["and", "und"]))
        .unwrap_or(tokens.len());
    let source = tokens[from..end].iter().any(|token| {
        token.any(&["webhook", "event", "ereignis", "form", "formular"])
            || token.kind == Kind::Dotted
    });
    if !source || tokens[..at].iter().any(|token| token.any(&["when", "wenn", "if"])) {
        return;
    }
    let model = tokens[at].clone();
    let fifth = nth(tokens, end);
    let mut words = vec![made(&model, lang.say("when", "wenn"))];
    words.extend(tokens[from..end].iter().cloned());
    match fifth {
        // The bot tells it at the so-and-so-manieth time: that is what starts the deed.
        Some((to, times, span)) => {
            words.retain(|token| {
                !token.any(&[
                    "comes", "happens", "fires", "occurs", "kommt", "eintritt", "is", "called",
                    "arrives",
                ])
            });
            words.push(made(&model, lang.say("happens", "kommt")));
            if lang == Lang::De {
                words.pop();
            }
            words.push(times);
            words.push(made(&model, lang.say("times", "mal")));
            words.extend(span);
            if lang == Lang::De {
                words.push(made(&model, "kommt"));
            }
            words.push(made(&model, ","));
            tokens.splice(at..to, words);
        }
        None => {
            words.extend([
                made(&model, ","),
                made(&model, lang.say("count", "zaehle")),
                made(&model, lang.say("it", "es")),
            ]);
            tokens.splice(at..end, words);
        }
    }
}

/// `; at the fifth time within an hour tell …`: where the deed begins, how many, and within what.
fn nth(tokens: &[Token], from: usize) -> Option<(usize, Token, Vec<Token>)> {
    let end = (from + 1..tokens.len()).find(|at| divides(&tokens[*at])).unwrap_or(tokens.len());
    let time = (from..end).find(|at| tokens[*at].any(&["time", "mal"]))?;
    let number = ordinal(&tokens[time.checked_sub(1)?])?;
    let mut stop = time + 1;
    let mut span = Vec::new();
    if tokens.get(stop).is_some_and(|token| token.any(&["within", "in", "innerhalb"])) {
        let skip = usize::from(tokens.get(stop + 1).is_some_and(|token| token.any(&["von"])));
        if let Some((used, _)) = crate::values::duration_length(&tokens[stop + 1 + skip..]) {
            span = tokens[stop..stop + 1 + skip + used].to_vec();
            stop += 1 + skip + used;
        }
    }
    let model = tokens[time].clone();
    let mut times = made(&model, &number.to_string());
    times.kind = Kind::Number;
    times.number = Some(f64::from(number));
    Some((stop, times, span))
}

fn ordinal(token: &Token) -> Option<u32> {
    const WORDS: &[(&[&str], u32)] = &[
        (&["second", "zweiten"], 2),
        (&["third", "dritten"], 3),
        (&["fourth", "vierten"], 4),
        (&["fifth", "fuenften"], 5),
        (&["sixth", "sechsten"], 6),
        (&["seventh", "siebten"], 7),
        (&["eighth", "achten"], 8),
        (&["ninth", "neunten"], 9),
        (&["tenth", "zehnten"], 10),
    ];
    WORDS.iter().find(|(words, _)| token.any(words)).map(|(_, number)| *number).or_else(|| {
        let digits: String = token.low.chars().take_while(char::is_ascii_digit).collect();
        let tail = &token.low[digits.len()..];
        digits.parse().ok().filter(|_| ["th", "nd", "rd", "st", "."].contains(&tail))
    })
}

/// `Mehr als drei Mal login.failed in fünf Minuten: …` → `wenn login.failed mehr als drei mal in fünf
/// Minuten kommt , …`.
fn headline(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(colon) = tokens.iter().take(16).position(|token| token.is_mark(':')) else { return };
    let part = &tokens[..colon];
    let Some(event) = part.iter().position(|token| token.kind == Kind::Dotted) else { return };
    let often =
        part.iter().any(|token| token.any(&["times", "mal", "twice", "zweimal", "dreimal"]))
            || part.iter().any(|token| token.low.ends_with("mal"));
    let spans = part.iter().any(|token| token.any(&["in", "within", "innerhalb"]));
    let opens = part[0].any(&["when", "if", "wenn", "falls", "sobald", "bei", "on"]);
    if !often || !spans || opens || !part.iter().all(|token| !matches!(token.kind, Kind::Mark(_))) {
        return;
    }
    let model = tokens[0].clone();
    let mut rest: Vec<Token> = part.to_vec();
    let name = rest.remove(event);
    rest.retain(|token| !token.any(&["event", "ereignis", "the", "das"]));
    let mut words = vec![
        made(&model, lang.say("when", "wenn")),
        made(&model, lang.say("event", "ereignis")),
        name,
    ];
    if lang == Lang::En {
        words.push(made(&model, "happens"));
    }
    words.extend(rest);
    if lang == Lang::De {
        words.push(made(&model, "kommt"));
    }
    words.push(made(&model, ","));
    tokens.splice(..=colon, words);
}
