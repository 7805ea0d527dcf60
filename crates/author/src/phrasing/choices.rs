//! Cases side by side: `severity critical → …; severity warning → …`, `for s post to #a, for m to
//! #b`, `depending on the field x post to #a for A, to #b for B`.

use super::made;
use crate::conditions;
use crate::lexicon::{self, ARTICLES, PRONOUNS};
use crate::text::{Kind, Lang, Token};

pub fn choices(tokens: &mut Vec<Token>, lang: Lang) {
    bare(tokens, lang);
    means(tokens, lang);
    arrows(tokens, lang);
    depending(tokens, lang);
    by_hook(tokens, lang);
}

fn is_end(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?' | ':' | ','))
}

/// Words for whatever is left.
fn is_rest(part: &[Token]) -> bool {
    part.iter().any(|token| {
        token.any(&[
            "else",
            "otherwise",
            "rest",
            "other",
            "others",
            "sonst",
            "andere",
            "anderen",
            "default",
            "anything",
        ])
    }) && part.len() <= 3
}

/// `field is value` as a clause, from `field value` or from words that compare.
fn condition(part: &[Token], lang: Lang) -> Option<Vec<Token>> {
    let model = part.first()?;
    let plain = |token: &Token| {
        matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Number)
            && !token.any(ARTICLES)
            && !token.any(PRONOUNS)
    };
    let part = if part[0].any(ARTICLES) { &part[1..] } else { part };
    let mut out = vec![made(model, lang.say("if", "wenn"))];
    if conditions::compares(part) {
        out.extend(part.iter().cloned());
        return Some(out);
    }
    match part {
        [field, eq, value]
            if eq.any(&["is", "ist", "equals"]) || matches!(eq.kind, Kind::Mark('=' | ':')) =>
        {
            (plain(field) && plain(value)).then(|| {
                out.extend([field.clone(), made(model, "is"), value.clone()]);
                out
            })
        }
        [field, value] if plain(field) && plain(value) && field.is_word() => {
            let is = made(model, lang.say("is", "ist"));
            match lang {
                Lang::En => out.extend([field.clone(), is, value.clone()]),
                Lang::De => out.extend([field.clone(), value.clone(), is]),
            }
            Some(out)
        }
        _ => None,
    }
}

/// `below 1000 email x, above 5000 email y`: a measure and a deed without a word between them.
fn bare(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 1;
    while at + 2 < tokens.len() {
        let opens = is_end(&tokens[at - 1]);
        let measure =
            tokens[at].any(&["below", "above", "over", "under"]) && tokens[at + 1].number.is_some();
        let unit = usize::from(tokens[at + 2].is_word() && !lexicon::is_base(&tokens[at + 2].low));
        let deed = tokens
            .get(at + 2 + unit)
            .is_some_and(|next| next.is_word() && lexicon::is_base(&next.low));
        if lang == Lang::En && opens && measure && deed {
            let model = tokens[at].clone();
            tokens.insert(at + 2 + unit, made(&model, ","));
            tokens[at - 1].kind = Kind::Mark(';');
            tokens.insert(at, made(&model, "if"));
            at += 3;
        }
        at += 1;
    }
}

/// An arrow behind a field and its value.
fn arrows(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    let mut from = 0;
    let mut found = 0;
    while at < tokens.len() {
        let arrow =
            tokens[at].is_mark(';') && tokens.get(at + 1).is_some_and(|next| next.is_mark(';'));
        if !arrow {
            if is_end(&tokens[at]) {
                from = at + 1;
            }
            at += 1;
            continue;
        }
        let part = tokens[from..at].to_vec();
        let model = tokens[at].clone();
        let service = part.iter().any(|token| {
            token.any(&[
                "new", "neue", "neuer", "neues", "when", "wenn", "every", "if", "webhook", "event",
            ]) || token.any(lexicon::ARRIVES)
        });
        if is_rest(&part) && found > 0 {
            let rest = made(&model, lang.say("otherwise", "sonst"));
            tokens.splice(from..at + 2, [rest]);
            at = from + 1;
        } else if let Some(words) = (!service).then(|| condition(&part, lang)).flatten() {
            found += 1;
            let mut words = words;
            words.push(made(&model, ","));
            let length = words.len();
            // A sentence of its own, whatever stood before.
            if from > 0 && tokens[from - 1].is_mark(',') {
                tokens[from - 1].kind = Kind::Mark(';');
            }
            tokens.splice(from..at + 2, words);
            at = from + length;
        } else {
            tokens.remove(at + 1);
            at += 1;
        }
        from = at;
    }
}

/// `over 8 guests means a mail to x, fewer means …`, `above 5 goes to x`.
fn means(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 1;
    while at < tokens.len() {
        let says = tokens[at].any(&["means", "mean", "heisst", "bedeutet"]);
        let goes = tokens[at].any(&["goes", "go", "geht", "gehen"])
            && tokens.get(at + 1).is_some_and(|next| next.any(&["to", "into", "an", "nach", "in"]));
        if !says && !goes {
            at += 1;
            continue;
        }
        let from = tokens[..at]
            .iter()
            .rposition(|token| is_end(token) || token.any(&["and", "und", "but", "while"]))
            .map_or(0, |end| end + 1);
        let part = tokens[from..at].to_vec();
        let lead =
            part.first().is_some_and(|first| first.any(&["when", "if", "wenn", "bei", "for"]));
        let compares =
            conditions::compares(&part) && part.iter().any(|token| token.number.is_some());
        let model = tokens[at].clone();
        let fewer = part.len() <= 2
            && part.iter().any(|token| {
                token.any(&[
                    "fewer",
                    "less",
                    "more",
                    "below",
                    "otherwise",
                    "weniger",
                    "mehr",
                    "else",
                    "smaller",
                    "anything",
                ])
            });
        if !lead && compares && part.len() <= 8 {
            let mut words = vec![made(&model, lang.say("if", "wenn"))];
            words.extend(part);
            words.push(made(&model, ","));
            if goes {
                words.push(made(&model, lang.say("it", "es")));
                words.push(tokens[at].clone());
            } else {
                words.push(made(&model, lang.say("send", "sende")));
            }
            let length = words.len();
            tokens.splice(from..=at, words);
            at = from + length;
        } else if says && fewer {
            let words = vec![
                made(&model, lang.say("otherwise", "sonst")),
                made(&model, lang.say("send", "sende")),
            ];
            tokens.splice(from..=at, words);
            at = from + 2;
        } else {
            at += 1;
        }
    }
}

/// `depending on the field x post to #a for A, to #b for B`.
fn depending(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(at) = tokens
        .windows(2)
        .position(|pair| pair[0].any(&["depending", "je"]) && pair[1].any(&["on", "nach"]))
    else {
        return;
    };
    let skip = |token: &Token| {
        token.any(ARTICLES) || token.any(&["field", "feld", "value", "wert", "of", "von"])
    };
    let mut field_at = at + 2;
    while tokens.get(field_at).is_some_and(skip) {
        field_at += 1;
    }
    let Some(field) = tokens.get(field_at).filter(|token| token.is_word()).cloned() else { return };
    // The deed, with its verb; what comes before belongs to the field.
    let verb = (field_at + 1..tokens.len()).find(|at| {
        tokens[*at].is_word()
            && lexicon::verb(&tokens[*at].low, lang).is_some()
            && (lang == Lang::De || lexicon::is_base(&tokens[*at].low))
            && !tokens[at - 1].any(&["webhook", "the", "event"])
    });
    let Some(verb) = verb else { return };
    let end = tokens[verb..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!')))
        .map_or(tokens.len(), |offset| verb + offset);
    // `… for VALUE`, up to the next comma or `and`.
    let mut out: Vec<Token> = Vec::new();
    let model = field.clone();
    let word = tokens[verb].clone();
    let mut part: Vec<Token> = Vec::new();
    let mut cases = 0;
    let mut tail: Vec<Token> = tokens[verb + 1..end].to_vec();
    tail.push(made(&model, ","));
    for token in tail {
        if !(token.is_mark(',') || token.any(&["and", "und"])) {
            part.push(token);
            continue;
        }
        let by = part.iter().rposition(|token| token.any(&["for", "fuer", "bei", "if", "when"]));
        match by.filter(|by| part.len() == by + 2) {
            Some(by) => {
                cases += 1;
                out.push(made(&model, lang.say("if", "wenn")));
                out.push(field.clone());
                if lang == Lang::En {
                    out.push(made(&model, "is"));
                }
                out.push(part[by + 1].clone());
                if lang == Lang::De {
                    out.push(made(&model, "ist"));
                }
                out.push(made(&model, ","));
                out.push(word.clone());
                out.extend(part[..by].iter().cloned());
                out.push(made(&model, ";"));
            }
            None if !part.is_empty() => {
                out.append(&mut part);
                out.push(made(&model, ";"));
            }
            None => {}
        }
        part.clear();
    }
    if cases < 2 {
        return;
    }
    // `of the webhook sale` stays, as what starts the bot.
    let between: Vec<Token> = tokens[field_at + 1..verb].to_vec();
    let mut front: Vec<Token> = Vec::new();
    if between
        .iter()
        .any(|token| token.any(&["webhook", "event"]) || token.low.ends_with("webhook"))
    {
        front.push(made(&model, lang.say("when", "wenn")));
        front.extend(
            between.into_iter().filter(|token| !token.any(&["of", "in", "from", "at", ","])),
        );
        front.push(made(&model, lang.say("arrives", "kommt")));
        front.push(made(&model, ";"));
    }
    front.extend(out);
    tokens.splice(at..end, front);
}

/// `webhook size: for s post to #small, for m to #medium`: the webhook is named as its one field.
fn by_hook(tokens: &mut Vec<Token>, lang: Lang) {
    if tokens.iter().any(|token| token.is("brings")) {
        return;
    }
    let Some(hook) = tokens.iter().position(|token| token.any(&["webhook", "hook"])) else {
        return;
    };
    let Some(name) = tokens.get(hook + 1).filter(|token| token.is_word()).cloned() else { return };
    let heads = tokens.get(hook + 2).is_some_and(|next| next.is_mark(':'));
    let value = |at: usize| {
        tokens[at].any(&["for", "fuer", "bei"])
            && (is_end(&tokens[at - 1]) || tokens[at - 1].any(&["and", "und"]))
            && tokens.get(at + 1).is_some_and(|value| {
                matches!(value.kind, Kind::Word | Kind::Quoted)
                    && !value.any(ARTICLES)
                    && !value.any(PRONOUNS)
                    && !value.any(&["anything", "everything", "other", "others", "failure", "mehr"])
                    && value.number.is_none()
            })
            && tokens.get(at + 2).is_some_and(|next| {
                next.any(&["to", "an", "in", "nach"])
                    || next.is_word() && lexicon::verb(&next.low, lang).is_some()
                    || matches!(next.kind, Kind::Mark(',' | ':'))
            })
    };
    let places: Vec<usize> = (hook + 2..tokens.len()).filter(|at| value(*at)).collect();
    if !heads || places.len() < 2 {
        return;
    }
    for at in places.into_iter().rev() {
        let value = tokens[at + 1].clone();
        let skip = usize::from(matches!(tokens[at + 2].kind, Kind::Mark(',' | ':')));
        let mut words = vec![made(&value, ";"), made(&value, lang.say("if", "wenn")), name.clone()];
        match lang {
            Lang::En => words.extend([made(&value, "is"), value.clone()]),
            Lang::De => words.extend([value.clone(), made(&value, "ist")]),
        }
        words.push(made(&value, ","));
        let from =
            if is_end(&tokens[at - 1]) && !tokens[at - 1].is_mark(':') { at - 1 } else { at };
        tokens.splice(from..at + 2 + skip, words);
    }
}
