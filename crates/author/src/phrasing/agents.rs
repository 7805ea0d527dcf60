//! A model or a person that is had to do something: `have Claude rate each … as a, b or c`, `ask OpenAI
//! and Claude to translate …`, `get it approved by x@y`, `von x@y freigeben lassen`.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

/// Words that name a language model.
pub(super) const MODELS: &[&str] = &[
    "ai",
    "ki",
    "claude",
    "gpt",
    "chatgpt",
    "openai",
    "llm",
    "gemini",
    "anthropic",
    "sprachmodell",
];

/// Verbs for giving one of several names.
const JUDGES: &[&str] = &[
    "rate",
    "label",
    "tag",
    "judge",
    "grade",
    "assess",
    "sort",
    "mark",
    "score",
    "rank",
    "decide",
    "class",
    "group",
    "sort",
    "evaluate",
    "bewerten",
    "beurteilen",
    "einschaetzen",
    "sortieren",
    "labeln",
    "taggen",
    "markieren",
    "einteilen",
];

pub fn agents(tokens: &mut Vec<Token>, lang: Lang) {
    several(tokens, lang);
    one(tokens, lang);
    if lang == Lang::En {
        judged_by(tokens);
    }
    judged(tokens, lang);
    tagged(tokens, lang);
    approved(tokens, lang);
}

/// `write the label into its tags`, `put the result on it as a tag` → `set that as a tag`.
fn tagged(tokens: &mut Vec<Token>, lang: Lang) {
    let puts: &[&str] = match lang {
        Lang::En => &["write", "put", "save", "store", "add", "use", "set", "attach", "apply"],
        Lang::De => &["schreibe", "setze", "speichere", "trage", "nutze", "verwende"],
    };
    let what: &[&str] = &[
        "label",
        "rating",
        "result",
        "category",
        "verdict",
        "class",
        "answer",
        "choice",
        "that",
        "it",
        "this",
        "ergebnis",
        "einstufung",
        "kategorie",
        "urteil",
        "das",
        "es",
        "dies",
    ];
    let found = (0..tokens.len().saturating_sub(2)).find_map(|at| {
        let skip = usize::from(tokens[at + 1].any(ARTICLES) && !tokens[at + 2].any(&["as", "als"]));
        let thing = at + 1 + skip;
        let to = thing + 1;
        let bound = tokens.get(to).is_some_and(|token| {
            token.any(&["as", "into", "in", "to", "onto", "among", "als", "zu"])
        });
        let mut noun = to + 1;
        while tokens.get(noun).is_some_and(|token| {
            token.any(ARTICLES) || token.any(&["its", "their", "seine", "ihre", "seinen"])
        }) {
            noun += 1;
        }
        let tag = tokens.get(noun).is_some_and(|token| {
            token.any(&["tag", "tags", "label", "labels", "schlagwort", "schlagworte"])
        });
        // `set the matching label`, `das passende Label setzen`
        let fits = tokens[at + 1..].iter().take(2).any(|token| {
            token.any(&[
                "matching",
                "right",
                "corresponding",
                "appropriate",
                "resulting",
                "fitting",
                "correct",
                "passende",
                "richtige",
                "entsprechende",
                "jeweilige",
                "zugehoerige",
            ])
        });
        let end = (at + 1..tokens.len().min(at + 5)).find(|at| {
            tokens[*at].any(&["label", "labels", "tag", "tags", "schlagwort", "etikett"])
        });
        if let Some(end) = end.filter(|_| fits && begins(tokens, at)) {
            let gives = tokens[at].any(&["set", "apply", "add", "give", "assign", "attach", "put"]);
            let german = tokens[at].any(&["das", "ein", "setze", "vergib"])
                && tokens.get(end + 1).is_none_or(|verb| {
                    verb.any(&["setzen", "vergeben", "anbringen", "zuweisen"]) || ends(verb)
                });
            if gives {
                return Some((at, end));
            }
            if lang == Lang::De && german {
                return Some((at, (end + 1).min(tokens.len() - 1)));
            }
        }
        // `label it accordingly`
        let accordingly = tokens[at].any(&["label", "tag", "mark", "labele", "tagge", "markiere"])
            && tokens.get(at + 2).is_some_and(|next| next.any(&["accordingly", "entsprechend"]))
            && tokens[at + 1].any(&["it", "them", "this", "sie", "es", "ihn"]);
        if accordingly && begins(tokens, at) {
            return Some((at, at + 2));
        }
        // `add it as the tag vip` names one.
        let bare = tokens
            .get(noun + 1)
            .is_none_or(|next| ends(next) || next.any(&["and", "und", "of", "on", "in", "then"]));
        (begins(tokens, at)
            && tokens[at].any(puts)
            && tokens[thing].any(what)
            && bound
            && tag
            && bare)
            .then_some((at, noun))
    });
    if let Some((at, noun)) = found {
        let model = tokens[at].clone();
        let words: &[&str] = match lang {
            Lang::En => &["set", "that", "as", "a", "tag"],
            Lang::De => &["setze", "das", "als", "tag"],
        };
        let words: Vec<Token> = words.iter().map(|word| made(&model, word)).collect();
        tokens.splice(at..=noun, words);
    }
}

fn is_model(token: &Token) -> bool {
    token.any(MODELS) || lexicon::is_model(token)
}

fn ends(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!'))
}

fn begins(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        matches!(tokens[before].kind, Kind::Mark(_))
            || tokens[before].any(&["and", "then", "und", "dann", "please", "bitte", "parallel"])
    })
}

/// Where what is to be done ends: before a mark, or before an `and` with another deed.
fn stretch(tokens: &[Token], from: usize, lang: Lang) -> usize {
    (from..tokens.len())
        .find(|at| {
            let and = tokens[*at].any(&["and", "then", "und", "dann"]);
            let next = at + 1;
            ends(&tokens[*at])
                || and
                    && match lang {
                        Lang::En => crate::clauses::can_head(tokens, next),
                        Lang::De => tokens.get(next).is_some_and(|next| {
                            next.is_word()
                                && !next.is_capital()
                                && (next.any(&["beide", "dann", "das"])
                                    || lexicon::verb(&next.low, lang).is_some())
                        }),
                    }
        })
        .unwrap_or(tokens.len())
}

/// `ask OpenAI and Claude to translate x` → `in parallel translate x with OpenAI and translate x with
/// Claude`.
fn several(tokens: &mut Vec<Token>, lang: Lang) {
    let asks: &[&str] = match lang {
        Lang::En => &["ask", "let", "have", "get", "make", "use", "tell"],
        Lang::De => &["frage", "frag", "lass", "lasse", "bitte", "nutze"],
    };
    let Some(at) = (0..tokens.len().saturating_sub(4)).find(|at| {
        tokens[*at].any(asks)
            && begins(tokens, *at)
            && tokens[at + 1..].iter().take(3).any(is_model)
    }) else {
        return;
    };
    let mut next = at + 1;
    while tokens.get(next).is_some_and(|token| token.any(&["both", "beide", "all"])) {
        next += 1;
    }
    let mut models: Vec<Token> = Vec::new();
    while let Some(token) = tokens.get(next) {
        if is_model(token) {
            models.push(token.clone());
        } else if !(token.any(&["and", "und", "as", "well", "sowie"]) || token.is_mark(',')) {
            break;
        }
        next += 1;
    }
    if models.len() < 2 {
        return;
    }
    while tokens.get(next).is_some_and(|token| {
        token.any(&["both", "each", "to", "beide", "jeweils", "zu", "parallel", "gleichzeitig"])
            || token.is("in") && tokens.get(next + 1).is_some_and(|next| next.any(&["parallel"]))
    }) {
        next += 1;
    }
    let end = stretch(tokens, next, lang);
    let mut what: Vec<Token> = tokens[next..end].to_vec();
    let together =
        ["at", "the", "same", "time", "in", "parallel", "simultaneously", "gleichzeitig"];
    while what.last().is_some_and(|last| last.any(&together)) {
        what.pop();
    }
    let Some(first) = what.first().filter(|_| what.len() > 1) else { return };
    let model = first.clone();
    let mut words: Vec<Token> = Vec::new();
    let from = if at > 1 && tokens[at - 1].any(&["parallel"]) && tokens[at - 2].is("in") {
        at - 2
    } else {
        at - usize::from(at > 0 && tokens[at - 1].any(&["parallel", "gleichzeitig"]))
    };
    match lang {
        Lang::En => words.extend([made(&model, "in"), made(&model, "parallel")]),
        Lang::De => words.push(made(&model, "parallel")),
    }
    for (count, named) in models.iter().enumerate() {
        if count > 0 {
            words.push(made(&model, lang.say("and", "und")));
        }
        let verb = what.last().filter(|last| {
            lang == Lang::De && lexicon::verb(&last.low, lang).is_some() && !last.is_capital()
        });
        match verb {
            // The German verb comes last; put first it needs no comma.
            Some(verb) => {
                words.push(verb.clone());
                words.extend(what[..what.len() - 1].iter().cloned());
            }
            None => words.extend(what.iter().cloned()),
        }
        words.extend([made(&model, lang.say("with", "mit")), named.clone()]);
    }
    tokens.splice(from..end, words);
}

/// `have Claude rate each …` → `rate with Claude each …`.
fn one(tokens: &mut Vec<Token>, lang: Lang) {
    if lang == Lang::De {
        return;
    }
    let mut at = 0;
    while at + 3 < tokens.len() {
        let opens =
            tokens[at].any(&["have", "let", "make", "get", "ask", "use"]) && begins(tokens, at);
        let named = at + 1 + usize::from(tokens[at + 1].any(ARTICLES));
        let model = tokens.get(named).is_some_and(is_model);
        let to = tokens.get(named + 1).is_some_and(|next| next.is("to"));
        let verb = named + 1 + usize::from(to);
        let deed = tokens.get(verb).is_some_and(|verb| {
            verb.is_word() && (lexicon::is_base(&verb.low) || verb.any(JUDGES))
        });
        // `let AI decide whether …` is read elsewhere.
        let whether = tokens.iter().skip(verb + 1).take(2).any(|next| next.any(&["whether", "if"]));
        let works = tokens
            .get(verb)
            .is_some_and(|verb| matches!(lexicon::verb(&verb.low, lang), Some(lexicon::Op::Ai(_))));
        let let_on = tokens[at].is("let")
            && !works
            && !(tokens.get(verb).is_some_and(|verb| verb.any(JUDGES))
                && tokens[at..].iter().any(|token| token.any(&["or", "oder"])));
        if !opens || !model || !deed || whether || let_on {
            at += 1;
            continue;
        }
        let (name, verb_token) = (tokens[named].clone(), tokens[verb].clone());
        let with = made(&name, "with");
        tokens.splice(at..=verb, [verb_token, with, name]);
        at += 3;
    }
}

/// `rate with claude x as a, b or c` gives one of several names: `classify …`.
fn judged(tokens: &mut Vec<Token>, lang: Lang) {
    for at in 0..tokens.len() {
        let next_model = tokens.get(at + 1).is_some_and(|next| next.any(&["with", "mit"]))
            && tokens.get(at + 2).is_some_and(is_model);
        if !(tokens[at].any(JUDGES) && next_model && begins(tokens, at)) {
            continue;
        }
        let end = (at..tokens.len())
            .find(|at| matches!(tokens[*at].kind, Kind::Mark('.' | ';' | ':')))
            .unwrap_or(tokens.len());
        let said = tokens[at..end].iter().position(|token| token.any(&["as", "into", "als"]));
        let choice = tokens[at..end].iter().any(|token| token.any(&["or", "oder"]));
        // `sort … into praise, complaint and spam`
        let listed = said.is_some_and(|said| {
            tokens[at + said].is("into")
                && tokens[at + said..end].iter().any(|token| token.any(&["and", "und"]))
                && tokens[at + said..end].iter().any(|token| token.is_mark(','))
        });
        if said.is_some() && (choice || listed) {
            let marks = tokens[at].any(&["tag", "label", "mark", "taggen", "labeln", "markieren"]);
            tokens[at] = made(&tokens[at].clone(), lang.say("classify", "klassifiziere"));
            if marks {
                mark_with_it(tokens, at, lang);
            }
        }
    }
}

/// What was chosen is put on the thing itself: `, then set that as a tag`.
fn mark_with_it(tokens: &mut Vec<Token>, at: usize, lang: Lang) {
    let end = (at..tokens.len())
        .find(|at| matches!(tokens[*at].kind, Kind::Mark('.' | ';' | ':')))
        .unwrap_or(tokens.len());
    let model = tokens[at].clone();
    let words: &[&str] = match lang {
        Lang::En => &[",", "then", "set", "that", "as", "a", "tag"],
        Lang::De => &[",", "dann", "setze", "das", "als", "tag"],
    };
    // What follows the list may go on with another deed.
    let or = tokens[at..end].iter().rposition(|token| token.any(&["or", "oder"])).map(|or| at + or);
    let Some(or) = or else { return };
    let stop = stretch(tokens, or + 1, lang).min(end);
    tokens.splice(stop..stop, words.iter().map(|word| made(&model, word)));
}

/// `every new ticket should be tagged by Claude as a, b or c` → `every new ticket , tag with Claude it as a,
/// b or c`.
fn judged_by(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(3)).find(|at| {
        tokens[*at].any(&["be", "gets", "get", "is", "are"])
            && super::participle(&tokens[at + 1].low).is_some_and(|base| {
                JUDGES.contains(&base)
                    || matches!(lexicon::verb(base, Lang::En), Some(lexicon::Op::Ai(_)))
            })
            && tokens[at + 2].any(&["by", "with", "using"])
            && (is_model(&tokens[at + 3])
                || tokens[at + 3].any(ARTICLES) && tokens.get(at + 4).is_some_and(is_model))
    });
    let Some(at) = found else { return };
    let from =
        at - usize::from(tokens[at - 1].any(&["should", "must", "shall", "will", "to", "can"]));
    let named = at + 3 + usize::from(tokens[at + 3].any(ARTICLES));
    let (model, name) = (tokens[at].clone(), tokens[named].clone());
    let base = super::participle(&tokens[at + 1].low).unwrap_or_default();
    let words =
        [made(&model, ","), made(&model, base), made(&model, "with"), name, made(&model, "it")];
    tokens.splice(from..=named, words);
}

fn is_who(token: &Token) -> bool {
    token.kind == Kind::Email || token.any(lexicon::people::OUTSIDE)
}

/// `get them approved by x@y`, `have x@y approve it`, `von x@y freigeben lassen` → `ask x@y for
/// approval`.
fn approved(tokens: &mut Vec<Token>, lang: Lang) {
    match lang {
        Lang::En => {
            passive(tokens);
            active(tokens);
        }
        Lang::De => german(tokens),
    }
}

const APPROVED: &[&str] = &[
    "approved",
    "confirmed",
    "signed",
    "okayed",
    "cleared",
    "authorised",
    "authorized",
    "accepted",
    "greenlit",
    "reviewed",
];

fn passive(tokens: &mut Vec<Token>) {
    let Some(at) = (0..tokens.len().saturating_sub(3))
        .find(|at| tokens[*at].any(&["get", "have", "getting", "having"]) && begins(tokens, *at))
    else {
        return;
    };
    let end = stretch(tokens, at + 1, Lang::En);
    let Some(done) = (at + 1..end).find(|at| tokens[*at].any(APPROVED)) else { return };
    let Some(who) = (done + 1..end).find(|at| is_who(&tokens[*at])) else { return };
    let off = tokens[done + 1..who]
        .iter()
        .all(|token| token.any(&["by", "off", "from"]) || token.any(ARTICLES));
    if !off {
        return;
    }
    ask(tokens, at, who + 1, who, Lang::En);
}

fn active(tokens: &mut Vec<Token>) {
    let Some(at) = (0..tokens.len().saturating_sub(2)).find(|at| {
        let who = at + 1 + usize::from(tokens[at + 1].any(ARTICLES));
        let verb = who + 1 + usize::from(tokens.get(who + 1).is_some_and(|next| next.is("to")));
        tokens[*at].any(&["have", "let", "get", "make", "ask"])
            && begins(tokens, *at)
            && tokens.get(who).is_some_and(is_who)
            && tokens.get(verb).is_some_and(|verb| {
                verb.any(&["approve", "confirm", "okay", "authorise", "authorize", "sign"])
            })
    }) else {
        return;
    };
    let who = at + 1 + usize::from(tokens[at + 1].any(ARTICLES));
    let end = stretch(tokens, who + 1, Lang::En);
    ask(tokens, at, end, who, Lang::En);
}

fn german(tokens: &mut Vec<Token>) {
    const DONE: &[&str] =
        &["freigeben", "genehmigen", "absegnen", "bestaetigen", "abnicken", "abnehmen"];
    // `von x@y freigeben lassen`, `lass x@y es freigeben`
    let Some(verb) = (1..tokens.len()).find(|at| tokens[*at].any(DONE)) else { return };
    let lets = tokens.get(verb + 1).is_some_and(|next| next.any(&["lassen", "laesst", "lass"]));
    let from = tokens[..verb].iter().rposition(ends).map_or(0, |mark| mark + 1);
    let head = tokens[from].any(&["lass", "lasse"]);
    if !lets && !head {
        return;
    }
    let Some(who) = (from..verb).rev().find(|at| is_who(&tokens[*at])) else { return };
    let start =
        (from..who).rev().find(|at| tokens[*at].any(&["und", "dann"])).map_or(from, |and| and + 1);
    ask(tokens, start, verb + 1 + usize::from(lets), who, Lang::De);
}

fn ask(tokens: &mut Vec<Token>, from: usize, to: usize, who: usize, lang: Lang) {
    let person = tokens[who].clone();
    let model = tokens[from].clone();
    let words = match lang {
        Lang::En => {
            vec![made(&model, "ask"), person, made(&model, "for"), made(&model, "approval")]
        }
        Lang::De => {
            vec![made(&model, "frage"), person, made(&model, "um"), made(&model, "freigabe")]
        }
    };
    tokens.splice(from..to, words);
}
