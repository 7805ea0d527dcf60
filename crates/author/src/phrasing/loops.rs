//! Loops in other words: `go through the list of …`, `each of the orders in https://… is sent to …`,
//! `create … for each service in the input`.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

/// Words for what a bot is given when it is started.
const INPUT: &[&str] = &["input", "eingabe", "inputs", "eingaben"];

pub fn loops(tokens: &mut Vec<Token>, lang: Lang) {
    if lang == Lang::En {
        walk(tokens);
        each_of(tokens);
    }
    if lang == Lang::De {
        gone_through(tokens);
    }
    bare(tokens, lang);
    behind(tokens, lang);
    addressed(tokens, lang);
    super::tolerance::tolerant(tokens);
}

fn begins(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        matches!(tokens[before].kind, Kind::Mark(_)) || tokens[before].any(&["and", "then", "und"])
    })
}

/// `die Hosts aus der Eingabe durchgehen, 8 gleichzeitig: …` → `für jede Hosts in der Eingabe, 8 gleichzeitig, …`.
fn gone_through(tokens: &mut Vec<Token>) {
    let Some(verb) = tokens.iter().position(|token| {
        token.any(&["durchgehen", "durchlaufen", "abarbeiten", "durcharbeiten", "iterieren"])
    }) else {
        return;
    };
    let from = tokens[..verb]
        .iter()
        .rposition(|token| matches!(token.kind, Kind::Mark(_)))
        .map_or(0, |mark| mark + 1);
    let part = &tokens[from..verb];
    let given = part.iter().any(|token| token.any(INPUT));
    let noun = part.iter().find(|token| {
        token.is_word()
            && !token.any(INPUT)
            && !token.any(ARTICLES)
            && !lexicon::is_empty_word(token)
            && !token.any(&["alle", "liste", "jeden", "jede"])
    });
    let Some(noun) = noun.filter(|_| given && part.len() <= 7).cloned() else { return };
    let model = tokens[verb].clone();
    let words = vec![
        made(&model, "fuer"),
        made(&model, "jede"),
        noun,
        made(&model, "in"),
        made(&model, "der"),
        made(&model, "eingabe"),
    ];
    let end = from + words.len();
    tokens.splice(from..=verb, words);
    // Its colon divides no more than a comma would.
    let colon = (end..tokens.len().min(end + 6)).find(|at| tokens[*at].is_mark(':'));
    if let Some(colon) = colon {
        tokens[colon].kind = Kind::Mark(',');
    }
    let each = tokens.windows(2).position(|pair| pair[0].is("je") && pair[1].is_capital());
    if let Some(each) = each {
        tokens.drain(each..each + 2);
    }
}

/// `list the issues and for each post the title to #x`: each of what was listed.
fn bare(tokens: &mut Vec<Token>, lang: Lang) {
    let (word, every): (&str, &[&str]) = match lang {
        Lang::En => ("for", &["each", "every"]),
        Lang::De => ("fuer", &["jede", "jeden", "jedes"]),
    };
    let found = (1..tokens.len().saturating_sub(2)).find_map(|at| {
        if !tokens[at].is(word) || !tokens[at + 1].any(every) || !begins(tokens, at) {
            return None;
        }
        let mut end = at + 2;
        if tokens[end].any(&["one", "davon", "einzelne", "einzelnen"]) {
            end += 1;
        }
        if tokens.get(end).is_some_and(|of| of.is("of"))
            && tokens.get(end + 1).is_some_and(|of| of.any(&["them", "those", "these"]))
        {
            end += 2;
        }
        let (first, next) = (tokens.get(end)?, tokens.get(end + 1)?);
        let aims = next.any(ARTICLES)
            || next.any(lexicon::PRONOUNS)
            || next.any(&["to", "its", "their", "via", "in", "by"])
            || matches!(next.kind, Kind::Quoted | Kind::Channel | Kind::Email | Kind::Url);
        let deed = match lang {
            Lang::En => {
                first.is_word() && lexicon::is_base(&first.low) && aims || first.is_mark(',')
            }
            Lang::De => {
                first.any(&["einen", "eine", "ein", "per", "in", "an"]) || first.is_mark(',')
            }
        };
        deed.then_some((at, end))
    });
    let Some((at, end)) = found else { return };
    let model = tokens[at].clone();
    let mark = !tokens[end].is_mark(',');
    let mut words =
        vec![model.clone(), made(&model, every[0]), made(&model, lang.say("item", "eintrag"))];
    if mark {
        words.push(made(&model, ","));
    }
    tokens.splice(at..end, words);
}

/// `walk through the domains in the input, …`, `take every sku in the input, …` → `for each …, …`.
fn walk(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 3 < tokens.len() {
        if !begins(tokens, at) {
            at += 1;
            continue;
        }
        let through = tokens[at].any(&[
            "go", "walk", "run", "loop", "step", "iterate", "cycle", "work", "gehe", "move",
        ]) && tokens[at + 1].any(&["through", "over", "down", "along", "across"]);
        let takes = tokens[at].any(&["take", "takes"]);
        let end = (at + 2..tokens.len().min(at + 14)).find(|end| tokens[*end].any(INPUT));
        // `work through the rows of the table x, …`
        let end = end.or_else(|| {
            let stop = (at + 2..tokens.len().min(at + 18))
                .find(|stop| tokens[*stop].is_mark(',') || tokens[*stop].any(&["and", "then"]))?;
            (through && stop > at + 3).then_some(stop - 1)
        });
        let clean = end.filter(|end| {
            !tokens[at..*end].iter().any(|token| matches!(token.kind, Kind::Mark(_)))
        });
        let listed = takes
            && tokens[at + 1..].iter().take(2).any(|token| {
                token.any(&["every", "each", "all", "list"])
                    || token.is_word() && token.low.ends_with('s') && token.low.len() > 3
            });
        let Some(end) = clean.filter(|_| through || listed) else {
            at += 1;
            continue;
        };
        let mut from = at + 1 + usize::from(through);
        while from < end
            && (tokens[from].any(ARTICLES) || tokens[from].any(&["list", "of", "lists"]))
        {
            from += 1;
        }
        let model = tokens[at].clone();
        let mut to = end + 1;
        while tokens.get(to).is_some_and(|token| token.any(&["and", "then"])) {
            to += 1;
        }
        if !tokens.get(to).is_some_and(|token| matches!(token.kind, Kind::Mark(_))) {
            tokens.insert(to, made(&model, ","));
        }
        tokens.drain(end + 1..to);
        tokens.splice(at..from, [made(&model, "for"), made(&model, "each")]);
        at += 3;
    }
}

/// `each of the orders in https://… is sent to …` → `get https://…, for each orders, it is sent to …`.
fn each_of(tokens: &mut Vec<Token>) {
    let Some(first) = tokens.first() else { return };
    let of = usize::from(tokens.get(1).is_some_and(|token| token.is("of")));
    if !first.any(&["each", "every", "all"])
        || first.any(&["each", "every"]) && of == 0 && tokens.len() < 4
    {
        return;
    }
    let end = tokens
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | ',')))
        .unwrap_or(tokens.len());
    let modal = (1..end).find(|at| {
        tokens[*at].any(&["is", "are", "gets", "get", "should", "must", "shall", "has"])
    });
    let Some(modal) = modal else { return };
    let Some(url) = tokens[..modal].iter().position(|token| token.kind == Kind::Url) else {
        return;
    };
    let telling =
        |token: &&Token| token.is_word() && !token.any(ARTICLES) && !lexicon::is_empty_word(token);
    let noun = tokens[1 + of..url].iter().find(telling).cloned();
    let Some(noun) = noun else { return };
    let model = tokens[0].clone();
    let words = vec![
        made(&model, "get"),
        tokens[url].clone(),
        made(&model, ","),
        made(&model, "for"),
        made(&model, "each"),
        noun,
        made(&model, ","),
        made(&model, "it"),
    ];
    tokens.splice(..modal, words);
}

/// `create … for each service in the input` → `for each service in the input, create …`.
fn behind(tokens: &mut Vec<Token>, lang: Lang) {
    let (word, every): (&str, &[&str]) = match lang {
        Lang::En => ("for", &["each", "every", "all"]),
        Lang::De => ("fuer", &["jede", "jeden", "jedes", "jeder", "alle"]),
    };
    let found = (1..tokens.len().saturating_sub(2))
        .find(|at| tokens[*at].is(word) && tokens[at + 1].any(every) && !begins(tokens, *at));
    let Some(at) = found else { return };
    let end = (at + 2..tokens.len().min(at + 10)).find(|end| tokens[*end].any(INPUT));
    let Some(end) = end.filter(|end| {
        !tokens[at..*end].iter().any(|token| matches!(token.kind, Kind::Mark(_) | Kind::Url))
    }) else {
        return;
    };
    let start = tokens[..at]
        .iter()
        .rposition(|token| matches!(token.kind, Kind::Mark('.' | ';' | ':' | '!' | ',')))
        .map_or(0, |mark| mark + 1);
    let deed = tokens
        .get(start)
        .is_some_and(|first| first.is_word() && lexicon::verb(&first.low, lang).is_some());
    if !deed {
        return;
    }
    let mut header: Vec<Token> = tokens.drain(at..=end).collect();
    let model = header[0].clone();
    header.push(made(&model, ","));
    if lang == Lang::De {
        header[1] = made(&model, "jede");
    }
    tokens.splice(start..start, header);
}

/// `email each address in the input …` → `for each address in the input , email it …`.
fn addressed(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (0..tokens.len().saturating_sub(3)).find(|at| {
        begins(tokens, *at)
            && tokens[*at].is_word()
            && lexicon::verb(&tokens[*at].low, lang).is_some()
            && tokens[at + 1].any(&["each", "every", "jede", "jeden", "jedes", "jeder", "jedem"])
    });
    let Some(at) = found else { return };
    let end = (at + 2..tokens.len().min(at + 8)).find(|end| tokens[*end].any(INPUT));
    let Some(end) = end.filter(|end| {
        !tokens[at..*end].iter().any(|token| matches!(token.kind, Kind::Mark(_) | Kind::Url))
    }) else {
        return;
    };
    let end = end
        + usize::from(tokens.get(end + 1).is_some_and(|next| next.any(&["list", "array", "data"])));
    // `each entry of the input people`: what the input is called.
    let called = tokens
        .get(end + 1)
        .is_some_and(|next| next.is_word() && next.number.is_none() && !next.is_capital())
        && tokens.get(end + 2).is_some_and(|next| {
            next.any(&["into", "to", "in", "with", "as", "from", "on", "at", "via", "by"])
                || matches!(next.kind, Kind::Mark(_))
        })
        && !tokens[end + 1]
            .any(&["into", "to", "in", "with", "as", "from", "on", "at", "via", "by", "and"]);
    let end = end + usize::from(called);
    let model = tokens[at].clone();
    let what: Vec<Token> = tokens[at + 2..=end].to_vec();
    let mut words = match lang {
        Lang::En => vec![made(&model, "for"), made(&model, "each")],
        Lang::De => vec![made(&model, "fuer"), made(&model, "jede")],
    };
    words.extend(what);
    words.extend([made(&model, ","), model.clone(), made(&model, lang.say("it", "es"))]);
    tokens.splice(at..=end, words);
}
