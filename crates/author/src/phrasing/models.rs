//! Language models in whatever words: `our Azure OpenAI deployment`, `the model on our own Ollama
//! server`, `Llama auf unserem Server` become one name; `lass Gemini … schreiben`, `von Claude
//! zusammengefasst in … posten` say with which model what is done.

use super::made;
use crate::lexicon::{self, ARTICLES, Op};
use crate::text::{Kind, Lang, Token};

/// What may stand around a model's name and says nothing more of it.
const AROUND: &[&str] = &[
    "local",
    "own",
    "self-hosted",
    "private",
    "hosted",
    "internal",
    "lokale",
    "lokales",
    "lokalen",
    "lokaler",
    "lokalem",
    "eigene",
    "eigenen",
    "eigener",
    "eigenem",
    "eigenes",
    "new",
];
const THINGS: &[&str] = &[
    "deployment",
    "model",
    "server",
    "instance",
    "endpoint",
    "modell",
    "instanz",
    "llm",
    "models",
    "deployments",
];

/// Makes one name of the words for a model.
pub fn unite(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at < tokens.len() {
        let Some((length, name)) = named(tokens, at) else {
            at += 1;
            continue;
        };
        // `the webhook gemini`, `the table claude` have only the name.
        let other = at.checked_sub(1).is_some_and(|before| {
            tokens[before].any(&[
                "webhook", "event", "bot", "channel", "table", "list", "called", "named", "namens",
                "tabelle", "project", "projekt", "sheet", "team", "folder", "ordner", "label",
            ])
        });
        if other {
            at += length;
            continue;
        }
        let mut end = at + length;
        while tokens.get(end).is_some_and(|token| token.any(THINGS)) {
            end += 1;
        }
        // `Llama on our own Ollama server`: where it runs.
        let from = place(tokens, at).unwrap_or(at);
        let kept =
            from.checked_sub(1).filter(|kept| from < at && lexicon::is_model_name(&tokens[*kept]));
        let range = tokens[from].at.start..tokens[end - 1].at.end;
        match kept {
            Some(_) => {
                tokens.drain(from..end);
                at = from;
            }
            None => {
                let mut one = made(&tokens[at].clone(), &name);
                one.text = name;
                one.at = range;
                tokens.splice(from..end, [one]);
                at = from + 1;
            }
        }
    }
}

/// A model's name at `at`, how many tokens it takes, and what it is called.
fn named(tokens: &[Token], at: usize) -> Option<(usize, String)> {
    let joined = lexicon::JOINED.iter().find(|(words, _)| {
        words
            .iter()
            .enumerate()
            .all(|(offset, word)| tokens.get(at + offset).is_some_and(|token| token.is(word)))
    });
    if let Some((words, name)) = joined {
        return Some((words.len(), (*name).to_owned()));
    }
    let token = &tokens[at];
    let word = matches!(token.kind, Kind::Word | Kind::Dotted);
    let bare = THINGS
        .iter()
        .find_map(|thing| token.low.strip_suffix(thing)?.strip_suffix('-'))
        .unwrap_or(&token.low);
    let mut plain = token.clone();
    plain.kind = Kind::Word;
    bare.clone_into(&mut plain.low);
    (word && lexicon::is_model_name(&plain)).then(|| (1, bare.to_owned()))
}

/// Where the words before a name that only say whose it is begin: `the model on our own`.
fn place(tokens: &[Token], at: usize) -> Option<usize> {
    let mut from = at;
    while from > 0 && (tokens[from - 1].any(AROUND) || tokens[from - 1].any(ARTICLES)) {
        from -= 1;
    }
    let on = from.checked_sub(2).filter(|_| {
        tokens[from - 1].any(&["on", "at", "from", "of", "auf", "von", "via", "in", "by"])
    });
    if let Some(thing) = on {
        if lexicon::is_model_name(&tokens[thing]) {
            return Some(thing + 1);
        }
        if tokens[thing].any(THINGS) {
            let mut from = thing;
            while from > 0 && (tokens[from - 1].any(AROUND) || tokens[from - 1].any(ARTICLES)) {
                from -= 1;
            }
            return Some(from);
        }
    }
    (from < at).then_some(from)
}

/// Says the model beside what it does.
pub fn models(tokens: &mut Vec<Token>, lang: Lang) {
    if lang == Lang::De {
        let_do(tokens);
        with_first(tokens);
        done_by(tokens);
    } else {
        done_on_the_way(tokens);
    }
}

fn ends(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark(',' | '.' | ';' | ':' | '!'))
}

/// `lass Gemini die Nachricht beantworten` → `die Nachricht mit Gemini beantworten`.
fn let_do(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 2 < tokens.len() {
        let opens = at == 0 || ends(&tokens[at - 1]) || tokens[at - 1].any(&["und", "dann"]);
        let lets = tokens[at].any(&["lass", "lasse", "lasst", "lassen"]);
        let model = at + 1 + usize::from(tokens[at + 1].any(ARTICLES));
        let end = (model..tokens.len())
            .find(|end| ends(&tokens[*end]) || tokens[*end].any(&["und", "dann"]))
            .unwrap_or(tokens.len());
        let verb = end.checked_sub(1).filter(|verb| *verb > model).filter(|verb| {
            lexicon::verb(&tokens[*verb].low, Lang::De).is_some() && !tokens[*verb].is_capital()
        });
        if let (true, true, Some(verb)) =
            (opens && lets, tokens.get(model).is_some_and(lexicon::is_model), verb)
        {
            let name = tokens[model].clone();
            let with = made(&name, "mit");
            tokens.splice(verb..verb, [with, name]);
            tokens.drain(at..=model);
        }
        at += 1;
    }
}

/// `mit Mistral neue Nachrichten … einteilen` → `neue Nachrichten … mit Mistral einteilen`.
fn with_first(tokens: &mut Vec<Token>) {
    let opens = tokens.first().is_some_and(|first| first.any(&["mit", "per", "durch"]))
        && tokens.get(1).is_some_and(lexicon::is_model);
    if !opens {
        return;
    }
    let end = (2..tokens.len())
        .find(|end| {
            matches!(tokens[*end].kind, Kind::Mark('.' | ';' | ':'))
                || tokens[*end].any(&["und", "dann"])
        })
        .unwrap_or(tokens.len());
    let infinitive = end.checked_sub(1).filter(|verb| {
        *verb > 2
            && !tokens[*verb].is_capital()
            && tokens[*verb].low.ends_with('n')
            && lexicon::verb(&tokens[*verb].low, Lang::De).is_some()
    });
    // `neue Mails in A, B oder C einteilen`: what comes, then what it is.
    let sorts = infinitive.filter(|verb| {
        tokens[*verb].any(&[
            "einteilen",
            "einsortieren",
            "sortieren",
            "einordnen",
            "einstufen",
            "klassifizieren",
            "unterteilen",
        ])
    });
    let list = sorts.and_then(|verb| {
        let or = tokens[..verb].iter().rposition(|token| token.any(&["oder"]))?;
        let into = tokens[..or].iter().rposition(|token| token.any(&["in", "als"]))?;
        (into > 3).then_some((into, verb))
    });
    if let Some((into, verb)) = list {
        let model = tokens[1].clone();
        let mut words: Vec<Token> = tokens[2..into].to_vec();
        words.push(made(&model, ","));
        words.extend(["klassifiziere", "es", "mit"].map(|word| made(&model, word)));
        words.push(model.clone());
        words.push(made(&model, "als"));
        words.extend(tokens[into + 1..verb].iter().cloned());
        tokens.splice(..=verb, words);
        return;
    }
    if let Some(verb) = infinitive {
        let by: Vec<Token> = tokens[..2].to_vec();
        tokens.splice(verb..verb, by);
        tokens.drain(..2);
    }
}

/// What a participle asks of a model.
fn judged(token: &Token, lang: Lang) -> Option<&'static str> {
    let rows: &[(&str, &'static str)] = match lang {
        Lang::De => &[
            ("zusammengefasst", "zusammenfassen"),
            ("uebersetzt", "uebersetzen"),
            ("klassifiziert", "klassifizieren"),
        ],
        Lang::En => &[
            ("summarised", "summarise"),
            ("summarized", "summarise"),
            ("condensed", "condense"),
            ("translated", "translate"),
        ],
    };
    rows.iter().find(|(form, _)| token.is(form)).map(|(_, verb)| *verb)
}

/// `neue Meldungen von Claude in einem Satz zusammengefasst in Discord posten` → `neue Meldungen mit
/// Claude in einem Satz zusammenfassen , dann in Discord posten`.
fn done_by(tokens: &mut Vec<Token>) {
    let Some(at) = (1..tokens.len()).find(|at| judged(&tokens[*at], Lang::De).is_some()) else {
        return;
    };
    let end = (at..tokens.len())
        .find(|end| ends(&tokens[*end]) || tokens[*end].any(&["und", "dann"]))
        .unwrap_or(tokens.len());
    let acts = end.checked_sub(1).is_some_and(|verb| {
        verb > at + 1
            && !tokens[verb].is_capital()
            && tokens[verb].low.ends_with('n')
            && lexicon::verb(&tokens[verb].low, Lang::De).is_some()
    });
    if !acts {
        return;
    }
    for by in 0..at {
        if tokens[by].is("von") && lexicon::is_model(&tokens[by + 1]) {
            tokens[by] = made(&tokens[by].clone(), "mit");
        }
    }
    let model = tokens[at].clone();
    let verb = judged(&model, Lang::De).unwrap_or_default();
    tokens.splice(at..=at, [made(&model, verb), made(&model, ","), made(&model, "dann")]);
}

/// `post the new ones summarised by Claude to #x` → `summarise the new ones by Claude , then post it
/// to #x`.
fn done_on_the_way(tokens: &mut Vec<Token>) {
    let Some(at) = (2..tokens.len()).find(|at| {
        judged(&tokens[*at], Lang::En).is_some()
            && !tokens[*at - 1]
                .any(&["is", "are", "be", "get", "gets", "been", "them", "it", "being", "and"])
    }) else {
        return;
    };
    let from = tokens[..at]
        .iter()
        .rposition(|token| ends(token) || token.any(&["and", "then"]))
        .map_or(0, |mark| mark + 1);
    let sends = from < at
        && matches!(
            lexicon::verb(&tokens[from].low, Lang::En),
            Some(Op::Send | Op::Notify | Op::Email)
        )
        && crate::clauses::can_head(tokens, from);
    if !sends {
        return;
    }
    // `by Claude`, `into German`, `in two sentences` belong to it.
    let mut end = at + 1;
    loop {
        let length = match tokens.get(end) {
            Some(by) if by.any(&["by", "with", "using", "via"]) => {
                let model = tokens.get(end + 1).is_some_and(lexicon::is_model);
                if model { 2 } else { break }
            }
            Some(into) if into.any(&["in", "into", "to", "as"]) => {
                let counted = tokens.get(end + 1).is_some_and(|next| {
                    next.number.is_some() || next.any(&["a", "one", "few", "short", "bullet"])
                });
                let unit = (end + 1..end + 5).find(|at| {
                    tokens.get(*at).is_some_and(|token| {
                        token.any(&[
                            "sentence",
                            "sentences",
                            "words",
                            "points",
                            "line",
                            "lines",
                            "paragraph",
                            "bullets",
                        ])
                    })
                });
                let language = tokens.get(end + 1).is_some_and(|next| {
                    [
                        "english",
                        "german",
                        "french",
                        "spanish",
                        "italian",
                        "dutch",
                        "polish",
                        "portuguese",
                        "japanese",
                    ]
                    .contains(&next.low.as_str())
                });
                match unit.filter(|_| counted) {
                    Some(unit) => unit + 1 - end,
                    None if language => 2,
                    None => break,
                }
            }
            _ => break,
        };
        end += length;
    }
    let how: Vec<Token> = tokens[at + 1..end].to_vec();
    let what: Vec<Token> = tokens[from + 1..at].to_vec();
    let (sent, model) = (tokens[from].clone(), tokens[at].clone());
    let mut words = vec![made(&model, judged(&model, Lang::En).unwrap_or_default())];
    words.extend(what);
    words.extend(how);
    words.extend([made(&model, ","), made(&model, "then"), sent, made(&model, "it")]);
    tokens.splice(from..end, words);
}
