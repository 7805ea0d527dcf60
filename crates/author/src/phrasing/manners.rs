//! How something is tried and sent, in words that say nothing else: growing pauses, methods written
//! as verbs, what a webhook should do.

use super::{made, replace};
use crate::lexicon;
use crate::text::{Kind, Lang, Token};

pub fn manners(tokens: &mut Vec<Token>, lang: Lang) {
    methods(tokens);
    plus(tokens, lang);
    together(tokens);
    tries(tokens);
    pauses(tokens);
    hook_answers(tokens, lang);
    sums(tokens, lang);
    says(tokens);
}

/// `POSTen`, `PATCHing`: a method with an ending is the verb.
fn methods(tokens: &mut [Token]) {
    for token in tokens.iter_mut().filter(|token| token.is_word()) {
        let stem: String = token.text.chars().take_while(char::is_ascii_uppercase).collect();
        let end = &token.text[stem.len()..];
        let method = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&stem.as_str());
        if method && ["en", "e", "t", "ten", "n", "ing", "s", "es"].contains(&end) {
            let word = match stem.as_str() {
                "GET" => "get",
                other => other,
            };
            // `before POSTing it` keeps its form.
            let end = if end == "ing" { "ing" } else { "" };
            token.text = format!("{}{end}", word.to_lowercase());
            token.low = token.text.clone();
        }
    }
}

/// `a ticket + a mail to …`: an `and`.
fn plus(tokens: &mut [Token], lang: Lang) {
    for at in 1..tokens.len().saturating_sub(1) {
        let words = tokens[at - 1].is_word() && tokens[at + 1].is_word();
        if tokens[at].is_mark('+') && words && tokens[at + 1].number.is_none() {
            let model = tokens[at].clone();
            tokens[at] = made(&model, lang.say("and", "und"));
        }
    }
}

/// `and, in parallel, text …`: the commas divide nothing.
fn together(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len()).find(|at| {
        tokens[*at].is_mark(',')
            && tokens[at - 1].any(&["and", "und"])
            && tokens[at + 1..].iter().take(4).any(|token| {
                token.any(&["parallel", "simultaneously", "gleichzeitig", "zeitgleich", "same"])
            })
    });
    let Some(first) = found else { return };
    let second = tokens[first + 1..].iter().take(5).position(|token| token.is_mark(','));
    if let Some(second) = second {
        tokens.remove(first + 1 + second);
        tokens.remove(first);
        // `and in parallel text …` → `and text in parallel …`, so that the verb heads.
        let verb = first + second;
        if tokens.get(verb).is_some_and(Token::is_word) {
            let verb = tokens.remove(verb);
            tokens.insert(first, verb);
        }
    }
}

/// `try to run … up to 3 times` → `run … with 3 attempts`.
fn tries(tokens: &mut Vec<Token>) {
    let Some(at) = tokens.windows(3).position(|three| {
        three[0].any(&["try"]) && three[1].is("to") && lexicon::is_base(&three[2].low)
    }) else {
        return;
    };
    let times = (at + 3..tokens.len().saturating_sub(1)).find(|place| {
        tokens[*place].number.is_some() && tokens[place + 1].any(&["times"])
            || tokens[*place].any(&["twice", "thrice"])
    });
    if let Some(times) = times {
        let mut from = times;
        while tokens[from - 1].any(&["up", "to", "at", "most", "for"]) {
            from -= 1;
        }
        let (model, number) = (tokens[times].clone(), tokens[times].clone());
        let end =
            times + 1 + usize::from(tokens.get(times + 1).is_some_and(|next| next.is("times")));
        tokens.splice(from..end, [made(&model, "with"), number, made(&model, "attempts")]);
    }
    tokens.drain(at..at + 2);
}

/// `doubling the pause each time`, `mit doppelter Pause jedes Mal`: tries grow apart anyway.
fn pauses(tokens: &mut Vec<Token>) {
    const WAITS: &[&str] = &[
        "pause",
        "pauses",
        "delay",
        "delays",
        "wait",
        "waits",
        "interval",
        "intervals",
        "gap",
        "backoff",
        "pausen",
        "wartezeit",
        "wartezeiten",
        "abstand",
        "abstaende",
        "abstaenden",
        "verzoegerung",
        "waiting",
    ];
    const GROWS: &[&str] = &[
        "doubling",
        "doubled",
        "double",
        "doubles",
        "increasing",
        "growing",
        "longer",
        "rising",
        "expanding",
        "lengthening",
        "increase",
        "doppelter",
        "doppelten",
        "wachsender",
        "wachsenden",
        "steigender",
        "steigenden",
        "laengerer",
        "laengeren",
        "zunehmender",
        "zunehmenden",
        "verdoppelter",
        "verdoppeln",
        "verdopple",
        "verdoppelt",
        "verdoppelnder",
        "verlaengerte",
        "doppelt",
    ];
    let found = (0..tokens.len()).find_map(|at| {
        if !tokens[at].any(WAITS) {
            return None;
        }
        let from = at.saturating_sub(4);
        let grows = (from..tokens.len().min(at + 5))
            .find(|near| tokens[*near].any(GROWS) && *near != at)?;
        Some((at.min(grows), at.max(grows)))
    });
    let Some((mut from, last)) = found else { return };
    if tokens[from..last].iter().any(|token| matches!(token.kind, Kind::Mark(_))) {
        return;
    }
    let mut to = last + 1;
    while tokens.get(to).is_some_and(|token| {
        token.any(&[
            "each",
            "every",
            "between",
            "after",
            "per",
            "time",
            "try",
            "attempt",
            "tries",
            "attempts",
            "retry",
            "retries",
            "them",
            "jedes",
            "mal",
            "nach",
            "jedem",
            "versuch",
            "versuchen",
            "zwischen",
            "den",
            "pro",
            "jeweils",
            "dabei",
            "of",
            "failed",
            "again",
            "longer",
            "failure",
        ]) || token.is("and")
            && tokens.get(to + 1).is_some_and(|next| next.any(&["longer", "again"]))
    }) {
        to += 1;
    }
    while from > 0
        && tokens[from - 1].any(&[
            "with", "mit", "while", "and", "und", "the", "a", "an", "ever", "immer", "always",
            "each", "time", "using", "die", "dabei", "je", "jeweils", "every", "jedes", "mal",
            "einer", "in",
        ])
    {
        from -= 1;
    }
    // One of the two commas around goes, too.
    let comma = |at: usize| tokens.get(at).is_some_and(|token| token.is_mark(','));
    if from > 0 && comma(from - 1) && (comma(to) || to >= tokens.len()) {
        from -= 1;
    }
    tokens.drain(from..to);
}

/// `the webhook x should answer with …` → `when webhook x comes , answer with …`.
fn hook_answers(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(hook) = tokens.iter().take(4).position(|token| token.any(&["webhook", "endpoint"]))
    else {
        return;
    };
    let before = tokens[..hook].iter().all(|token| {
        token.any(&["the", "a", "der", "ein", "my", "our", "mein", "unser", "have", "let"])
    });
    let Some(name) = tokens.get(hook + 1) else { return };
    let named = matches!(name.kind, Kind::Word | Kind::Quoted | Kind::Path | Kind::Dotted)
        && !lexicon::is_empty_word(name)
        && !name.any(lexicon::PLEASE);
    if !before || !named {
        return;
    }
    const MODALS: &[&str] = &[
        "should", "must", "shall", "will", "has", "needs", "to", "always", "just", "simply",
        "soll", "muss",
    ];
    let mut verb = hook + 2;
    while tokens.get(verb).is_some_and(|token| token.any(MODALS)) {
        verb += 1;
    }
    let modal = verb > hook + 2;
    let Some(deed) = tokens.get(verb).filter(|token| token.is_word()) else { return };
    let base = match lang {
        Lang::En => {
            let low = deed.low.as_str();
            let bare = low
                .strip_suffix("es")
                .and_then(lexicon::base)
                .or_else(|| low.strip_suffix('s').and_then(lexicon::base));
            let base = lexicon::base(low).filter(|_| modal).or(bare);
            // `the webhook x receives …` tells of what comes.
            base.filter(|base| {
                modal
                    || [
                        "answer", "respond", "reply", "return", "give", "emit", "accept", "post",
                        "log",
                    ]
                    .contains(base)
            })
        }
        Lang::De => {
            deed.any(&["antwortet", "beantwortet"]).then_some("antworte").filter(|_| !modal)
        }
    };
    if lang == Lang::De && modal {
        let model = tokens[hook].clone();
        let words = [made(&model, "kommt"), made(&model, ",")];
        tokens.splice(hook + 2..verb, words);
        tokens.insert(0, made(&model, "wenn"));
        return;
    }
    let Some(base) = base else { return };
    let model = tokens[hook].clone();
    let words = match lang {
        Lang::En => [made(&model, "arrives"), made(&model, ","), made(&model, base)],
        Lang::De => [made(&model, "kommt"), made(&model, ","), made(&model, base)],
    };
    tokens.splice(hook + 2..=verb, words);
    tokens.insert(0, made(&model, lang.say("when", "wenn")));
    // `the name it was sent`: which name is clear.
    let told = tokens.windows(3).position(|three| {
        three[0].any(&["it", "that"])
            && three[1].any(&["was", "is", "gets", "got", "were", "has"])
            && three[2].any(&["sent", "given", "passed", "received", "posted", "called", "got"])
    });
    if let Some(at) = told {
        let with = tokens.get(at + 3).is_some_and(|next| next.is("with"));
        tokens.drain(at..at + 3 + usize::from(with));
    }
}

/// `add up their counts`, `zähle die Mengen zusammen`: a sum.
fn sums(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 0;
    while at < tokens.len() {
        let end = tokens[at..]
            .iter()
            .position(|token| {
                matches!(token.kind, Kind::Mark(_)) || token.any(&["and", "und", "then", "dann"])
            })
            .map_or(tokens.len(), |offset| at + offset);
        match lang {
            Lang::En
                if tokens[at].any(&["add", "total", "tot", "sum", "tally"])
                    && tokens.get(at + 1).is_some_and(|next| next.is("up")) =>
            {
                replace(tokens, at..at + 2, "sum");
            }
            Lang::De if tokens[at].any(&["zaehle", "zaehl", "rechne", "addiere", "fasse"]) => {
                let tail = (at + 1..end).find(|place| tokens[*place].is("zusammen"));
                let text = tokens[at].is("fasse");
                if let Some(tail) = tail.filter(|_| !text) {
                    tokens.remove(tail);
                    replace(tokens, at..at + 1, "summiere");
                }
            }
            Lang::De if tokens[at].any(&["zusammenzaehlen", "aufaddieren", "zusammenrechnen"]) => {
                replace(tokens, at..at + 1, "summieren");
            }
            _ => {}
        }
        at += 1;
    }
}

/// `call +1… and say "…"`: the words of the same call.
fn says(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(1)).find(|at| {
        tokens[*at].any(&["say", "sag", "sage", "saying", "tell"])
            && tokens[at + 1].kind == Kind::Quoted
            && tokens[at - 1].any(&["and", "und"])
            && tokens[..*at].iter().rev().take(12).any(|token| token.kind == Kind::Phone)
    });
    if let Some(at) = found {
        let model = tokens[at].clone();
        tokens.splice(at - 1..=at, [made(&model, "saying")]);
    }
}
