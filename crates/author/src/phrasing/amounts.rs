//! How much of something, as what must hold: `an amount of 250 or more`, `with 200 employees or more open
//! a deal`, `arrives for the service checkout`.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

pub fn amounts(tokens: &mut Vec<Token>, lang: Lang) {
    of(tokens, lang);
    with_so_many(tokens, lang);
    if lang == Lang::En {
        for_the(tokens);
    }
}

fn divides(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | ';' | ':' | ',' | '!'))
}

/// How a number goes on: `or more`, `and up`, `oder weniger`: how many words, and the sign.
fn tail(tokens: &[Token], at: usize, lang: Lang) -> Option<(usize, &'static str)> {
    let says = |offset: usize, words: &[&str]| {
        tokens.get(at + offset).is_some_and(|token| token.any(words))
    };
    if !says(0, &["or", "and", "oder", "und"]) {
        return None;
    }
    if says(1, &["more", "above", "over", "up", "higher", "upwards", "mehr", "darueber", "hoeher"])
    {
        return Some((2, lang.say("least", "mindestens")));
    }
    if says(1, &["less", "below", "under", "fewer", "lower", "weniger", "darunter"]) {
        return Some((2, lang.say("most", "hoechstens")));
    }
    None
}

/// `brings an amount of 250 or more` → `arrives and amount is at least 250`, behind `when` or `if`.
fn of(tokens: &mut Vec<Token>, lang: Lang) {
    if lang != Lang::En {
        return;
    }
    let found = (2..tokens.len().saturating_sub(2)).find_map(|at| {
        let bound = tokens[at].is("of") && tokens[at + 1].number.is_some();
        let (length, sign) = tail(tokens, at + 2, lang).or_else(|| {
            let unit = tokens.get(at + 2).is_some_and(|token| token.is_word());
            let (length, sign) = tail(tokens, at + 3, lang).filter(|_| unit)?;
            Some((length + 1, sign))
        })?;
        let name = tokens[at - 1].is_word() && tokens[at - 2].any(&["a", "an", "the"]);
        let brings = at.checked_sub(3).filter(|verb| {
            tokens[*verb].any(&[
                "brings", "has", "with", "carries", "contains", "reports", "gets", "shows", "comes",
            ])
        });
        (bound && name).then_some((at, length, sign, brings?))
    });
    let Some((at, length, sign, brings)) = found else { return };
    let begin = tokens[..at].iter().rposition(divides).map_or(0, |mark| mark + 1);
    if !tokens[begin].any(&["when", "if", "whenever", "once"]) {
        return;
    }
    let (name, value, model) = (tokens[at - 1].clone(), tokens[at + 1].clone(), tokens[at].clone());
    let hook = tokens[begin..brings].iter().any(|token| token.any(&["webhook", "event", "form"]));
    let mut words = Vec::new();
    if hook {
        words.extend([made(&model, "arrives"), made(&model, "and")]);
    }
    words.extend([name, made(&model, "is"), made(&model, "at"), made(&model, sign), value]);
    let from = if hook { brings } else { at - 1 };
    tokens.splice(from..at + 2 + length, words);
}

/// `and with 200 employees or more open a deal` → `; if employees is at least 200 , open a deal`.
fn with_so_many(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (0..tokens.len().saturating_sub(4)).find_map(|at| {
        let opens = at == 0
            || divides(&tokens[at - 1])
            || tokens[at - 1].any(&["and", "und", "but", "aber"]);
        let says = tokens[at].any(&["with", "for", "from", "at", "bei", "ab", "mit"]);
        let number = tokens[at + 1].number.is_some() && tokens[at + 1].kind == Kind::Number
            || tokens[at + 1].number.is_some();
        let noun = tokens[at + 2].is_word()
            && crate::values::duration_length(&tokens[at + 1..]).is_none()
            && lexicon::verb(&tokens[at + 2].low, lang).is_none()
            && !tokens[at + 2].any(&[
                "times",
                "tries",
                "retries",
                "attempts",
                "mal",
                "versuchen",
                "percent",
            ]);
        if !(opens && says && number && noun) {
            return None;
        }
        let more = tail(tokens, at + 3, lang);
        let (length, sign) = match more {
            Some(found) => found,
            None if tokens[at].any(&["ab", "from"]) => (0, lang.say("least", "mindestens")),
            None => return None,
        };
        let end = at + 3 + length;
        let next = end + usize::from(tokens.get(end).is_some_and(|token| token.is_mark(',')));
        let goes_on = match lang {
            Lang::En => crate::clauses::can_head(tokens, next) || gets(tokens, next).is_some(),
            Lang::De => tokens.get(next).is_some_and(|token| token.is_word()),
        };
        goes_on.then_some((at, end, next, sign))
    });
    let Some((at, _, next, sign)) = found else { return };
    let (value, noun, model) = (tokens[at + 1].clone(), tokens[at + 2].clone(), tokens[at].clone());
    let words = match lang {
        Lang::En => vec![
            made(&model, "if"),
            noun,
            made(&model, "is"),
            made(&model, "at"),
            made(&model, sign),
            value,
            made(&model, ","),
        ],
        Lang::De => vec![
            made(&model, "wenn"),
            noun,
            made(&model, sign),
            value,
            made(&model, "ist"),
            made(&model, ","),
        ],
    };
    // `also gets a deal`
    let mut words = words;
    let next = match gets(tokens, next).filter(|_| lang == Lang::En) {
        Some(end) => {
            words.push(made(&model, "create"));
            end
        }
        None => next,
    };
    tokens.splice(at..next, words);
    if at > 0 && (tokens[at - 1].any(&["and", "und", "but", "aber"]) || tokens[at - 1].is_mark(','))
    {
        tokens[at - 1] = made(&model, ";");
        if at > 1 && tokens[at - 2].is_mark(',') {
            tokens.remove(at - 2);
        }
    }
}

/// `also gets a deal`: where what is got begins.
fn gets(tokens: &[Token], at: usize) -> Option<usize> {
    let skip = tokens[at.min(tokens.len())..]
        .iter()
        .take_while(|token| token.any(&["also", "it", "they", "additionally"]))
        .count();
    let verb = tokens.get(at + skip).is_some_and(|token| token.any(&["gets", "get", "receives"]));
    let thing = tokens.get(at + skip + 1).is_some_and(|token| token.any(ARTICLES));
    (verb && thing).then_some(at + skip + 1)
}

/// `when event deploy.failed arrives for the service checkout` → `… arrives and service is checkout`.
fn for_the(tokens: &mut Vec<Token>) {
    let found = (3..tokens.len().saturating_sub(3)).find(|at| {
        tokens[*at].any(&["for", "with"])
            && tokens[at - 1].any(&["arrives", "comes", "fires", "happens", "occurs", "called"])
            && tokens[at + 1].any(&["the"])
            && tokens[at + 2].is_word()
            && !tokens[at + 2].any(ARTICLES)
            && matches!(tokens[at + 3].kind, Kind::Word | Kind::Quoted | Kind::Number)
            && !lexicon::is_empty_word(&tokens[at + 3])
            && tokens.get(at + 4).is_none_or(divides)
    });
    let Some(at) = found else { return };
    let begin = tokens[..at].iter().rposition(divides).map_or(0, |mark| mark + 1);
    if !tokens[begin].any(&["when", "if", "whenever", "once"]) {
        return;
    }
    let model = tokens[at].clone();
    let (field, value) = (tokens[at + 2].clone(), tokens[at + 3].clone());
    tokens.splice(at..at + 4, [made(&model, "and"), field, made(&model, "is"), value]);
}
