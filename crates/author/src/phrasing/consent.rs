//! Somebody has to agree, said after the deed or around it: `publish it once X has approved`,
//! `nothing is sent without X saying yes`, `… erst, wenn X zugestimmt hat`. Put in order: the
//! question first, then the deed.

use super::bounds::Bound;
use super::made;
use crate::lexicon::people;
use crate::text::{Kind, Lang, Token};

const AGREES: &[&str] = &[
    "approved",
    "approves",
    "approve",
    "agreed",
    "agrees",
    "agree",
    "confirmed",
    "confirms",
    "confirm",
    "signed",
    "signs",
    "okayed",
    "okays",
    "ok'd",
    "accepted",
    "accepts",
    "approval",
    "yes",
    "ok",
    "okay",
    "go-ahead",
    "blessing",
    "permission",
    "consent",
    "sign-off",
    "consents",
    "consented",
    "nods",
    "authorised",
    "authorized",
    "authorises",
    "authorizes",
    "green",
    "signoff",
];

const STIMMT: &[&str] = &[
    "zugestimmt",
    "zustimmt",
    "genehmigt",
    "freigegeben",
    "freigibt",
    "okay",
    "ok",
    "ja",
    "freigabe",
    "zustimmung",
    "genehmigung",
    "bestaetigt",
    "einverstanden",
    "abgesegnet",
    "abgenickt",
    "gruenes",
    "einverstaendnis",
    "erlaubt",
];

fn is_who(token: &Token) -> bool {
    token.kind == Kind::Email || token.any(people::OUTSIDE)
}

pub fn consent(tokens: &mut Vec<Token>, lang: Lang) {
    let mut from = 0;
    while from < tokens.len() {
        let end = tokens[from..]
            .iter()
            .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?')))
            .map_or(tokens.len(), |offset| from + offset);
        let changed = sentence(tokens, from, end, lang);
        from = changed.unwrap_or(end + 1);
    }
}

/// The stretch of a sentence that tells who has to agree.
struct Span {
    from: usize,
    to: usize,
    who: Vec<Token>,
    /// `without`, `until`: the deed is denied, and allowed by this.
    denies: bool,
}

/// Puts one sentence in order; gives where the next one begins.
fn sentence(tokens: &mut Vec<Token>, from: usize, end: usize, lang: Lang) -> Option<usize> {
    let span = match lang {
        Lang::En => english(&tokens[from..end]),
        Lang::De => german(&tokens[from..end]),
    }?;
    let model = tokens[from].clone();
    let mut rest: Vec<Token> = tokens[from..end].to_vec();
    rest.drain(span.from..span.to);
    // A comma that is left at the edge, and `only`, `erst` before the span.
    while rest
        .get(span.from)
        .is_some_and(|token| token.is_mark(',') || token.any(&["then", "dann"]))
        && span.from == 0
    {
        rest.remove(0);
    }
    let mut at = span.from.min(rest.len());
    while at > 0
        && (rest[at - 1].is_mark(',')
            || rest[at - 1].any(&["only", "erst", "nur", "but", "aber", "dann", "just"]))
    {
        rest.remove(at - 1);
        at -= 1;
    }
    let negated = rest.iter().any(|token| {
        token.any(&[
            "not", "never", "nothing", "no", "nicht", "nichts", "nie", "kein", "keine", "niemals",
            "cannot",
        ])
    });
    if span.denies && !negated && lang == Lang::En {
        return None;
    }
    if negated && span.denies {
        undo(&mut rest, lang);
    }
    rest.retain(|token| {
        !token.any(&["may", "duerfen", "darf"]) || lang == Lang::En && !token.is("may")
    });
    let mut only = 0;
    while only < rest.len() {
        let drop = rest[only].any(&["only", "erst", "nur"])
            && rest.get(only + 1).is_none_or(|next| !next.any(&["if", "when", "wenn", "the"]));
        if drop {
            rest.remove(only);
        } else {
            only += 1;
        }
    }
    // The deed begins behind what starts the bot.
    let opens = rest.first().is_some_and(|first| {
        first.any(&[
            "when", "whenever", "if", "on", "wenn", "sobald", "falls", "bei", "as", "once",
            "kommt", "trifft", "geht",
        ]) || first.any(&["every", "each", "jeden"])
    });
    let start = if opens {
        rest.iter().position(|token| token.is_mark(',')).map_or(0, |comma| comma + 1)
    } else {
        rest.iter().take(8).position(|token| token.is_mark(':')).map_or(0, |colon| colon + 1)
    };
    let (ask, nach, word, then) = match lang {
        Lang::En => ("ask", "for", "approval", "then"),
        Lang::De => ("frage", "nach", "freigabe", "dann"),
    };
    let (held, apart) = bounded(&mut rest, lang);
    let mut words = held;
    words.push(made(&model, ask));
    words.extend(span.who);
    let mark = if apart { ";" } else { "," };
    words.extend([made(&model, nach), made(&model, word), made(&model, mark), made(&model, then)]);
    rest.splice(start..start, words);
    let length = rest.len();
    tokens.splice(from..end, rest);
    Some(from + length + 1)
}

/// Takes an amount from which on it holds out of the deed and makes a condition of it; tells whether it
/// was said apart, so that only the question is under it: `fulfil orders, those above 300 only once …`.
fn bounded(rest: &mut Vec<Token>, lang: Lang) -> (Vec<Token>, bool) {
    // `when more than 20 are ordered` holds already.
    let opens = rest.first().is_some_and(|first| {
        first.any(&["when", "whenever", "if", "wenn", "sobald", "falls", "once"])
    });
    let Some(bound) = Bound::find(rest, lang).filter(|_| !opens) else {
        return (Vec::new(), false);
    };
    let condition = bound.condition(lang);
    let divides = |token: &Token| matches!(token.kind, Kind::Mark(','));
    let from = rest[..bound.range.start].iter().rposition(divides).map_or(0, |mark| mark + 1);
    let end = (bound.range.end..rest.len()).find(|at| divides(&rest[*at])).unwrap_or(rest.len());
    let apart = from > 0 && bound.range.start - from <= 2;
    // `…, amounts under 20 right away`: all others are asked about.
    let free = rest[bound.range.end..end].iter().any(|token| {
        token.any(&[
            "right",
            "away",
            "immediately",
            "directly",
            "once",
            "sofort",
            "direkt",
            "without",
            "ohne",
        ])
    });
    let apart = apart && (end == bound.range.end || free);
    let condition = if apart && free { bound.turned(lang).condition(lang) } else { condition };
    match apart {
        true => rest.drain(from - 1..end),
        false => rest.drain(bound.range),
    };
    (condition, apart)
}

/// Takes the denial out of a deed: `do not send it`, `nothing should be sent`.
fn undo(rest: &mut Vec<Token>, lang: Lang) {
    for token in rest.iter_mut() {
        if token.any(&["nothing", "nichts"]) {
            let word = lang.say("it", "es");
            word.clone_into(&mut token.low);
            word.clone_into(&mut token.text);
        }
    }
    let mut at = 0;
    while at < rest.len() {
        let helper = rest[at].any(&["do", "does"])
            && rest.get(at + 1).is_some_and(|next| next.any(&["not", "never"]));
        let no = rest[at].any(&["not", "never", "nicht", "nie", "niemals"]);
        if helper || no {
            rest.remove(at);
            continue;
        }
        // `no tweet goes out`
        if rest[at].any(&["no", "kein", "keine", "keinen"]) {
            let word = lang.say("the", "die");
            word.clone_into(&mut rest[at].low);
            word.clone_into(&mut rest[at].text);
        }
        if rest[at].is("cannot") {
            "can".clone_into(&mut rest[at].low);
            "can".clone_into(&mut rest[at].text);
        }
        at += 1;
    }
}

fn english(part: &[Token]) -> Option<Span> {
    for at in 0..part.len() {
        let word = |offset: usize, words: &[&str]| {
            part.get(at + offset).is_some_and(|token| token.any(words))
        };
        let denies = word(0, &["without", "until", "unless", "before"]);
        let soon = word(0, &["as"]) && word(1, &["soon"]) && word(2, &["as"]);
        let joins = denies || soon || word(0, &["after", "once", "when", "if"]);
        if !joins {
            continue;
        }
        let first = at + if soon { 3 } else { 1 };
        let who_at = (first..part.len().min(first + 5)).find(|at| is_who(&part[*at]));
        let Some(who_at) = who_at else { continue };
        let between = &part[first..who_at];
        let plain = between.iter().all(|token| {
            token.any(&[
                "that",
                "the",
                "our",
                "my",
                "an",
                "explicit",
                "approval",
                "of",
                "from",
                "by",
                "ok",
                "okay",
                "consent",
                "has",
                "permission",
                "a",
                "go-ahead",
                "sign-off",
            ])
        });
        if !plain {
            continue;
        }
        let stop = part[who_at + 1..]
            .iter()
            .take(9)
            .position(|token| matches!(token.kind, Kind::Mark(_)) || token.any(&["and", "then"]))
            .map_or(part.len().min(who_at + 10), |offset| who_at + 1 + offset);
        let agrees = (who_at + 1..stop).rev().find(|at| part[*at].any(AGREES));
        let named_before = between.iter().any(|token| token.any(AGREES));
        let not =
            part[who_at + 1..stop].iter().any(|token| token.any(&["not", "rejects", "never"]));
        if not || agrees.is_none() && !named_before {
            continue;
        }
        // `if X approves, …` has an `otherwise` and weighs the answer.
        if word(0, &["when", "if"]) && !(at > 0 && part[at - 1].is("only")) {
            continue;
        }
        // Asked before already: this only says what comes of it.
        let asked =
            part[..at].iter().any(|token| token.any(&["ask", "asks", "approval", "request"]));
        if asked {
            return None;
        }
        let mut to = agrees.unwrap_or(who_at) + 1;
        while part.get(to).is_some_and(|token| {
            token.any(&["it", "them", "this", "that", "off", "on", "to", "light", "the"])
        }) {
            to += 1;
        }
        let from = if at > 0 && part[at - 1].any(&["only", "but", "and"]) { at - 1 } else { at };
        return Some(Span { from, to, who: vec![part[who_at].clone()], denies });
    }
    None
}

fn german(part: &[Token]) -> Option<Span> {
    for at in 0..part.len() {
        let word = |offset: usize, words: &[&str]| {
            part.get(at + offset).is_some_and(|token| token.any(words))
        };
        let denies = word(0, &["ohne", "bevor", "bis", "solange"]);
        let clause = word(0, &["wenn", "sobald", "nachdem", "bevor", "bis"]);
        let with = word(0, &["nach", "mit", "ohne"]);
        let needs = word(0, &["brauchen", "braucht", "benoetigen", "benoetigt", "muss", "muessen"]);
        if !(clause || with || needs) {
            continue;
        }
        let who_at = (at + 1..part.len().min(at + 9)).find(|at| is_who(&part[*at]));
        let Some(who_at) = who_at.filter(|who| part[*who].kind == Kind::Email) else { continue };
        if part[at..who_at].iter().any(|token| matches!(token.kind, Kind::Mark(_))) {
            continue;
        }
        let stop = part[who_at + 1..]
            .iter()
            .take(8)
            .position(|token| matches!(token.kind, Kind::Mark(_)) || token.any(&["und", "dann"]))
            .map_or(part.len().min(who_at + 9), |offset| who_at + 1 + offset);
        let behind = (who_at + 1..stop).rev().find(|at| {
            part[*at].any(STIMMT)
                || needs
                    && part[*at].any(&[
                        "genehmigen",
                        "freigeben",
                        "zustimmen",
                        "bestaetigen",
                        "absegnen",
                    ])
        });
        let before = part[at + 1..who_at].iter().any(|token| token.any(STIMMT));
        let fits = if clause {
            behind.is_some()
        } else if needs {
            behind.is_some() || before
        } else {
            before
        };
        let not = part[who_at + 1..stop].iter().any(|token| token.any(&["nicht", "ablehnt"]));
        let asked =
            part[..at].iter().any(|token| token.any(&["frage", "freigabe", "hole", "hol", "frag"]));
        if !fits || not || asked {
            continue;
        }
        // `wenn X zustimmt, …` weighs the answer, unless nothing is done before it.
        if word(0, &["wenn"]) && !part[..at].iter().any(|token| token.any(&["erst", "nur"])) {
            continue;
        }
        let mut to = if clause || needs { behind.unwrap_or(who_at) + 1 } else { who_at + 1 };
        while part.get(to).is_some_and(|token| {
            token.any(&[
                "hat", "haben", "ist", "gegeben", "gibt", "erteilt", "wird", "sagt", "gesagt",
                "wurde",
            ])
        }) {
            to += 1;
        }
        let mut from = at;
        while from > 0 && part[from - 1].any(&["erst", "nur"]) {
            from -= 1;
        }
        return Some(Span { from, to, who: vec![part[who_at].clone()], denies });
    }
    None
}
