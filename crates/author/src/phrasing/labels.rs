//! What a language model chose decides later: `whether it is spam; if so …`, `als dringend oder
//! normal einstufen und bei dringend …`. The label is put into the condition.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

pub fn labels(tokens: &mut Vec<Token>, lang: Lang) {
    let judges = tokens.iter().any(|token| {
        token.any(&[
            "ai",
            "ki",
            "claude",
            "gpt",
            "llm",
            "classify",
            "openai",
            "chatgpt",
            "klassifiziere",
            "model",
            "sprachmodell",
            "gemini",
            "categorise",
            "categorize",
            "anthropic",
        ]) || lexicon::is_model(token)
    });
    if !judges {
        return;
    }
    if_so(tokens, lang);
    by_label(tokens, lang);
}

fn condition(model: &Token, label: &Token, lang: Lang) -> Vec<Token> {
    match lang {
        Lang::En => {
            vec![
                made(model, "if"),
                made(model, "it"),
                made(model, "is"),
                label.clone(),
                made(model, ","),
            ]
        }
        Lang::De => {
            vec![
                made(model, "wenn"),
                made(model, "es"),
                label.clone(),
                made(model, "ist"),
                made(model, ","),
            ]
        }
    }
}

/// `decide whether it is spam; if so …` → `…; if it is spam , …`.
fn if_so(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(whether) = tokens.iter().position(|token| token.any(&["whether", "if", "ob"])) else {
        return;
    };
    let end = tokens[whether..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark(_)) || token.any(&["and", "und"]))
        .map_or(tokens.len(), |offset| whether + offset);
    let label = match lang {
        Lang::En => {
            tokens[whether..end].iter().rposition(|token| token.any(&["is", "are"])).map(|is| {
                whether
                    + is
                    + 1
                    + usize::from(
                        tokens.get(whether + is + 1).is_some_and(|next| next.any(ARTICLES)),
                    )
            })
        }
        Lang::De => tokens[whether..end]
            .iter()
            .rposition(|token| token.any(&["ist", "sind"]))
            .map(|is| (whether + is).saturating_sub(1)),
    };
    let Some(label) = label.filter(|at| *at < end && *at > whether).map(|at| tokens[at].clone())
    else {
        return;
    };
    let so = (end..tokens.len().saturating_sub(1)).find(|at| {
        tokens[*at].any(&["if", "falls", "wenn"])
            && tokens[at + 1].any(&["so", "yes", "ja", "true"])
    });
    // `…, and if it is alert #pr`
    let is = (end..tokens.len().saturating_sub(3)).find(|at| {
        tokens[*at].is("if")
            && tokens[at + 1].any(&["it", "they"])
            && tokens[at + 2].any(&["is", "are"])
            && (tokens[at + 3].is_mark(',') || lexicon::is_base(&tokens[at + 3].low))
    });
    if let (None, Some(is)) = (so, is) {
        let model = tokens[is].clone();
        let comma = usize::from(tokens[is + 3].is_mark(','));
        tokens.splice(is..is + 3 + comma, condition(&model, &label, lang));
        return;
    }
    let Some(so) = so else { return };
    let model = tokens[so].clone();
    let comma = usize::from(tokens.get(so + 2).is_some_and(|next| next.is_mark(',')));
    tokens.splice(so..so + 2 + comma, condition(&model, &label, lang));
}

/// `as urgent or normal and … for urgent …` → `… if it is urgent , …`.
fn by_label(tokens: &mut Vec<Token>, lang: Lang) {
    let or = tokens.iter().position(|token| token.any(&["or", "oder"]));
    let Some(or) = or.filter(|or| *or > 0) else { return };
    let plain = |token: &Token| {
        matches!(token.kind, Kind::Word | Kind::Quoted)
            && !lexicon::is_empty_word(token)
            && !token.any(ARTICLES)
    };
    let mut names: Vec<String> = Vec::new();
    let mut at = or - 1;
    loop {
        if !plain(&tokens[at]) {
            break;
        }
        names.push(tokens[at].low.clone());
        if at < 2 || !tokens[at - 1].is_mark(',') {
            break;
        }
        at -= 2;
    }
    let Some(last) = tokens.get(or + 1).filter(|token| plain(token)) else { return };
    names.push(last.low.clone());
    let mut at = or + 2;
    while at + 2 < tokens.len() {
        let opens = matches!(tokens[at - 1].kind, Kind::Mark(_))
            || tokens[at - 1].any(&["and", "und", "only", "nur"]);
        let says = match lang {
            Lang::En => tokens[at].any(&["for", "on", "if", "when", "with"]),
            Lang::De => tokens[at].any(&["bei", "fuer", "wenn", "falls"]),
        };
        let label = names.contains(&tokens[at + 1].low);
        let goes_on = tokens.get(at + 2).is_some_and(|next| {
            !next.any(&["is", "ist", "or", "oder", "and", "und"])
                && !matches!(next.kind, Kind::Mark('.' | ';'))
        });
        if opens && says && label && goes_on {
            let (model, name) = (tokens[at].clone(), tokens[at + 1].clone());
            let comma = usize::from(tokens[at + 2].is_mark(',') || tokens[at + 2].is_mark(':'));
            let ones =
                usize::from(tokens[at + 2].any(&["ones", "cases", "faellen", "mails", "tickets"]));
            let words = condition(&model, &name, lang);
            let length = words.len();
            tokens.splice(at..at + 2 + comma.max(ones), words);
            if tokens[at - 1].any(&["only", "nur"]) {
                tokens[at - 1].kind = Kind::Mark(';');
                if tokens[at - 2].any(&["and", "und"]) {
                    tokens.remove(at - 2);
                }
            } else if tokens[at - 1].any(&["and", "und"]) {
                tokens[at - 1].kind = Kind::Mark(';');
            }
            at += length;
        }
        at += 1;
    }
}
