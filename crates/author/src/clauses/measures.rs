//! A condition inside a deed becomes a clause of its own: `warn #x above 25`, `schreibe bei mehr
//! als 30 Grad in …`, `maile bei einem Fehler an …`.

use std::ops::Range;

use super::{Clause, Join, Lead};
use crate::lexicon::{ARTICLES, Op};
use crate::text::{Lang, Token};

/// Takes the condition out of the piece. `follows`: something was read or judged before.
pub(super) fn lift(piece: &mut Clause, lang: Lang, follows: bool) -> Option<Clause> {
    match lang {
        Lang::En => english(piece, follows),
        Lang::De => german(piece),
    }
}

fn condition(piece: &mut Clause, tokens: Vec<Token>) -> Clause {
    let before = std::mem::replace(&mut piece.before, Join::Comma);
    Clause { lead: Lead::If, before, tokens, verb: None, parallel: false, leads: false }
}

/// `… above 25` at the end; `… for a 5`, `… from 8 up`, `4 and above …` after a rating.
fn english(piece: &mut Clause, follows: bool) -> Option<Clause> {
    let tells = matches!(
        piece.verb,
        Some((_, Op::Notify | Op::Email | Op::Send | Op::Other | Op::Emit | Op::Run | Op::Log))
    );
    if !tells || !follows {
        return None;
    }
    let tokens = &piece.tokens;
    // `on failure`
    let fails = tokens.windows(2).position(|pair| {
        pair[0].any(&["on", "upon"]) && pair[1].any(&["failure", "error", "errors", "failures"])
    });
    if let Some(at) = fails.filter(|at| *at > 0) {
        let mut taken: Vec<Token> = piece.tokens.drain(at..at + 2).collect();
        "fails".clone_into(&mut taken[1].low);
        return Some(condition(piece, vec![taken.remove(1)]));
    }
    let number = (1..tokens.len()).rev().find(|at| tokens[*at].number.is_some())?;
    let units = tokens.len() - number - 1;
    let up = tokens[number + 1..].iter().any(|token| {
        token.any(&["up", "upwards", "more", "above", "higher", "onwards", "over", "on", "greater"])
    });
    let down = tokens[number + 1..]
        .iter()
        .any(|token| token.any(&["down", "downwards", "less", "below", "lower", "fewer", "under"]));
    let before = &tokens[number - 1];
    let compares = before.any(&["above", "over", "below", "under", "exceeding", "beyond"])
        || before.is("than");
    if compares && units <= 2 {
        let from = (0..number)
            .rev()
            .find(|at| {
                !tokens[*at].any(&[
                    "above",
                    "over",
                    "below",
                    "under",
                    "exceeding",
                    "beyond",
                    "than",
                    "more",
                    "less",
                    "fewer",
                    "higher",
                    "lower",
                    "at",
                ])
            })
            .map_or(0, |at| at + 1);
        // `about orders over 500` is what is told.
        let about = from.checked_sub(1).is_some_and(|at| {
            tokens[at].is_word()
                && tokens[at].low.ends_with('s')
                && tokens[at].low.len() > 3
                && !tokens[..at].last().is_some_and(|token| token.any(&["channel", "to", "in"]))
        });
        if about || from < 2 {
            return None;
        }
        let taken = piece.tokens.drain(from..).collect();
        return Some(condition(piece, taken));
    }
    // A rating: `for a 5`, `from 8`, `for 4 and above`, `if 5`.
    let rated = before.any(&["for", "from", "at", "on"])
        || before.any(&["a", "an"])
            && number > 1
            && tokens[number - 2].any(&["for", "on", "at", "with"]);
    let opens = number == 1 && (up || down);
    if !opens && (!rated || number < 2) {
        return None;
    }
    let word = tokens[number + 1..].iter().all(|token| {
        token.any(&[
            "and",
            "or",
            "up",
            "upwards",
            "more",
            "above",
            "higher",
            "onwards",
            "over",
            "on",
            "greater",
            "down",
            "downwards",
            "less",
            "below",
            "lower",
            "fewer",
            "under",
            "points",
            "stars",
        ])
    });
    let leads =
        opens && tokens[number + 1..].iter().take(2).any(|token| token.any(&["and", "or", "up"]));
    if !word && !leads {
        return None;
    }
    let at_least = up || before.any(&["from", "at"]) && !down;
    let from = if before.any(&["a", "an"]) {
        number - 2
    } else if rated {
        number - 1
    } else {
        number
    };
    let to = if leads && !word {
        // `post 4 and above to …`
        number
            + 1
            + tokens[number + 1..]
                .iter()
                .take_while(|token| {
                    token.any(&[
                        "and", "or", "up", "upwards", "more", "above", "higher", "below", "less",
                        "lower",
                    ])
                })
                .count()
    } else {
        tokens.len()
    };
    let value = tokens[number].clone();
    let sign = if down {
        "below"
    } else if at_least {
        "least"
    } else {
        "equals"
    };
    let mut words = Vec::new();
    if sign == "least" {
        words.push(crate::phrasing::made(&value, "at"));
    }
    words.push(crate::phrasing::made(&value, sign));
    if down {
        // `2 and below` holds for 2.
        words = ["at", "most"].map(|word| crate::phrasing::made(&value, word)).to_vec();
    }
    words.push(value.clone());
    let it = crate::phrasing::made(&value, "it");
    piece.tokens.splice(from..to, opens.then_some(it));
    Some(condition(piece, words))
}

/// `schreibe bei mehr als 30 Grad in …`.
fn german(piece: &mut Clause) -> Option<Clause> {
    if let Some(range) = failing(&piece.tokens) {
        let mut tokens: Vec<Token> = piece.tokens.drain(range).collect();
        tokens.retain(|token| !token.any(&["bei", "nur", "im"]));
        if let Some(last) = tokens.last_mut()
            && last.any(&["aenderung", "aenderungen", "veraenderung"])
        {
            "geaendert".clone_into(&mut last.low);
        }
        return Some(condition(piece, tokens));
    }
    // `ab einem Index von 4`
    let of = piece.tokens.windows(5).position(|five| {
        five[0].any(&["ab", "bei", "ueber", "unter"])
            && five[1].any(ARTICLES)
            && five[2].is_capital()
            && five[3].any(&["von", "ueber", "unter"])
            && five[4].number.is_some()
    });
    if let Some(at) = of {
        let taken: Vec<Token> = piece.tokens.drain(at..at + 5).collect();
        let sign = match taken[0].low.as_str() {
            "ueber" => "ueber",
            "unter" => "unter",
            _ if taken[3].is("von") => "mindestens",
            _ => taken[3].low.as_str(),
        };
        let words =
            vec![taken[2].clone(), crate::phrasing::made(&taken[0], sign), taken[4].clone()];
        return Some(condition(piece, words));
    }
    let bare = |token: &Token| token.any(&["ab", "ueber", "unter", "oberhalb", "unterhalb"]);
    let at = piece
        .tokens
        .iter()
        .position(|token| token.any(&["bei", "ab"]))
        .filter(|at| *at > 0 || piece.tokens[0].is("ab") && piece.tokens.len() > 4)
        .or_else(|| {
            let opens = bare(&piece.tokens[0])
                && piece.tokens.len() > 4
                && piece.tokens.get(1).is_some_and(|next| next.number.is_some());
            opens.then_some(0)
        })?;
    let from = bare(&piece.tokens[at]);
    let compares = piece.tokens.get(at + 1).is_some_and(|token| {
        from && at == 0 && token.number.is_some()
            || token.any(&[
                "mehr",
                "weniger",
                "ueber",
                "unter",
                "mindestens",
                "hoechstens",
                "werten",
            ])
    });
    let number = piece.tokens[at..].iter().take(6).position(|token| token.number.is_some())?;
    if !compares {
        return None;
    }
    let mut end = at + number + 1;
    if piece.tokens.get(end).is_some_and(Token::is_capital) {
        end += 1;
    }
    let skip = usize::from(!(from && at == 0));
    let tokens: Vec<Token> = piece.tokens.drain(at..end).skip(skip).collect();
    Some(condition(piece, tokens))
}

/// `bei einem Fehler`, `nur bei einer Änderung` inside a deed.
fn failing(tokens: &[Token]) -> Option<Range<usize>> {
    let at = tokens.iter().position(|token| token.is("bei"))?;
    let mut end = at + 1;
    while tokens.get(end).is_some_and(|token| token.any(ARTICLES)) {
        end += 1;
    }
    let told = tokens.get(end)?.any(&[
        "fehler",
        "fehlern",
        "misserfolg",
        "fehlschlag",
        "scheitern",
        "aenderung",
        "aenderungen",
        "veraenderung",
        "fehlschlaegen",
        "ausfall",
    ]);
    let again = tokens.iter().any(|token| {
        token.low.starts_with("wiederhol") || token.low.starts_with("versuch") || token.is("erneut")
    });
    let from = at - usize::from(at > 0 && tokens[at - 1].is("nur"));
    (told && !again && tokens.len() > end + 1 - from + 1).then_some(from..end + 1)
}
