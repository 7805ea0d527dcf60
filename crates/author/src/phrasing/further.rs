//! A further condition on a further deed: `…, and with a total over 5000 also a deal`, `; ab 5000 Euro auch
//! #chef informieren` → `; if total is over 5000 , create a deal`.

use super::made;
use crate::conditions;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

const ALSO: &[&str] = &["also", "additionally", "auch", "ausserdem", "zusaetzlich", "too"];

pub fn further(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 1;
    while at < tokens.len() {
        let Some(found) = find(tokens, at, lang) else {
            at += 1;
            continue;
        };
        let model = tokens[at].clone();
        let mut words = vec![made(&model, ";"), made(&model, lang.say("if", "wenn"))];
        words.extend(found.condition);
        words.push(made(&model, ","));
        words.extend(found.verb.map(|verb| made(&model, verb)));
        let length = words.len();
        tokens.splice(at..found.end, words);
        at += length;
    }
}

struct Found {
    condition: Vec<Token>,
    verb: Option<&'static str>,
    end: usize,
}

fn find(tokens: &[Token], at: usize, lang: Lang) -> Option<Found> {
    let word = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.any(words));
    // `, and`, `;`, `and`
    let mut from = at;
    while tokens.get(from).is_some_and(|token| {
        matches!(token.kind, Kind::Mark(',' | ';' | '.'))
            || token.any(&["and", "und", "but", "aber"])
    }) {
        from += 1;
    }
    if from == at {
        return None;
    }
    // The amount before is of what field?
    let bound =
        word(from, &["with", "mit", "for", "bei", "over", "above", "from", "ab", "ueber", "at"]);
    if !bound {
        return None;
    }
    let also = (from + 1..tokens.len().min(from + 9)).find(|at| tokens[*at].any(ALSO))?;
    let part = &tokens[from..also];
    if part.iter().any(|token| matches!(token.kind, Kind::Mark(_)))
        || !part.iter().any(|token| token.number.is_some())
        || !conditions::compares(part) && !part[0].any(&["from", "ab"])
    {
        return None;
    }
    let skip = usize::from(part[0].any(&["with", "mit", "for", "bei"]));
    let mut condition: Vec<Token> =
        part[skip..].iter().filter(|token| !token.any(ARTICLES)).cloned().collect();
    let first = condition.first()?.clone();
    let named = first.is_word()
        && first.number.is_none()
        && !first.any(&["over", "above", "from", "ab", "ueber", "more", "mehr", "at", "least"]);
    if !named {
        let field = field_before(&tokens[..at], lang, &first);
        condition.insert(0, field);
    }
    if condition.get(1).is_some_and(|token| token.any(&["from", "ab", "of", "von"])) {
        condition.splice(
            1..2,
            lang.say("is at least", "mindestens").split(' ').map(|word| made(&first, word)),
        );
    } else if lang == Lang::En {
        condition.insert(1, made(&first, "is"));
    }
    if lang == Lang::De {
        condition.push(made(&first, "ist"));
    }
    let next = tokens.get(also + 1)?;
    let mail = tokens[also + 1..]
        .iter()
        .take(4)
        .any(|token| token.any(&["mail", "email", "e-mail", "message", "nachricht", "sms"]));
    let verb = if next.any(ARTICLES) && (lang == Lang::En || !last_verb(&tokens[also + 1..], lang))
    {
        Some(match (lang, mail) {
            (Lang::En, true) => "send",
            (Lang::En, false) => "create",
            (Lang::De, true) => "sende",
            (Lang::De, false) => "erstelle",
        })
    } else if next.any(&["to", "an", "in"])
        || matches!(next.kind, Kind::Channel | Kind::Email) && lang == Lang::En
    {
        Some(lang.say("send it to", "sende es"))
    } else {
        None
    };
    Some(Found { condition, verb, end: also + 1 })
}

/// A German clause whose verb comes last.
fn last_verb(tokens: &[Token], lang: Lang) -> bool {
    let end = tokens
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark(_)) || token.is("und"))
        .unwrap_or(tokens.len());
    end.checked_sub(1).is_some_and(|last| {
        tokens[last].is_word() && lexicon::verb(&tokens[last].low, lang).is_some()
    })
}

/// `a total over 100` said before: the same field.
fn field_before(tokens: &[Token], lang: Lang, model: &Token) -> Token {
    let compared = (1..tokens.len()).rev().find(|at| {
        tokens[*at]
            .any(&["over", "above", "ueber", "least", "ab", "more", "below", "under", "is", "of"])
            && tokens[*at..].iter().take(4).any(|token| token.number.is_some())
            && tokens[at - 1].is_word()
            && !lexicon::is_empty_word(&tokens[at - 1])
            && !tokens[at - 1].any(ARTICLES)
            && lexicon::verb(&tokens[at - 1].low, lang).is_none()
    });
    match compared {
        Some(at) => tokens[at - 1].clone(),
        None => made(model, lang.say("amount", "betrag")),
    }
}
