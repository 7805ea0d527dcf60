//! Notes that leave almost everything out: `leave slack out of it`, `else ignore`, `count event x. >10 in 5 min
//! -> …`, `feed https://…: new item mentions y -> …`, `AI says a or b. a -> …`.

use super::made;
use crate::lexicon;
use crate::text::{Kind, Lang, Token};

pub fn terse(tokens: &mut Vec<Token>, lang: Lang, is_name: &dyn Fn(&str) -> bool) {
    things(tokens, lang, is_name);
    bare_service(tokens, lang, is_name);
    equals(tokens, lang);
    left_out(tokens, lang);
    nothing_else(tokens);
    counted(tokens, lang);
    feed(tokens, lang);
    says(tokens, lang);
    given(tokens, lang);
}

/// What is made is named, and nothing else: `-> Notion page in Invoices`, `-> row in the Google Sheet x`.
fn things(tokens: &mut Vec<Token>, lang: Lang, is_name: &dyn Fn(&str) -> bool) {
    const ROWS: &[&str] = &["row", "line", "entry", "zeile", "eintrag", "record", "datensatz"];
    const MADE: &[&str] = &[
        "event", "page", "card", "ticket", "issue", "deal", "contact", "task", "note", "termin",
        "seite", "karte", "vorgang", "aufgabe", "kontakt", "notiz", "incident", "item", "bug",
        "draft",
    ];
    let mut at = 1;
    while at + 1 < tokens.len() {
        let arrow = tokens[at].is_mark(';') && tokens[at - 1].is_mark(';');
        let from = at + 1;
        at += 1;
        if !arrow {
            continue;
        }
        let end = (from..tokens.len())
            .find(|end| ends(&tokens[*end]) || tokens[*end].any(&["and", "und", "then"]))
            .unwrap_or(tokens.len());
        let part = &tokens[from..end];
        let service = part.iter().take(6).any(|token| {
            token.is_word() && (is_name(&token.low) || token.any(&["google", "sheet", "microsoft"]))
        });
        let aimed = part.iter().any(|token| {
            matches!(token.kind, Kind::Channel | Kind::Email | Kind::Phone | Kind::Url)
        });
        let Some(first) = part.first().filter(|_| service && !aimed) else { continue };
        let verb = first.is_word()
            && !is_name(&first.low)
            && lexicon::verb(&first.low, lang).is_some()
            && !lexicon::is_noun_too(&first.low)
            || part.last().is_some_and(|last| {
                lang == Lang::De && lexicon::verb(&last.low, lang).is_some() && !last.is_capital()
            });
        if verb || part.len() < 2 {
            continue;
        }
        let has = |words: &[&str]| part.iter().any(|token| token.any(words));
        let sheet = has(&["sheet", "spreadsheet", "tabelle", "table"]);
        let model = first.clone();
        let words: &[&str] = if has(ROWS) {
            if lang == Lang::De { &["erstelle", "eine"] } else { &["add", "a"] }
        } else if sheet {
            if lang == Lang::De {
                &["erstelle", "eine", "zeile", "in"]
            } else {
                &["add", "a", "row", "to"]
            }
        } else if has(MADE) {
            if lang == Lang::De { &["erstelle"] } else { &["create", "a"] }
        } else {
            continue;
        };
        let article = usize::from(first.any(lexicon::ARTICLES));
        let words: Vec<Token> = words.iter().map(|word| made(&model, word)).collect();
        tokens.splice(from..from + article, words);
    }
}

/// `on failure PagerDuty`, `sonst Telegram`: a service alone is where it is told.
fn bare_service(tokens: &mut Vec<Token>, lang: Lang, is_name: &dyn Fn(&str) -> bool) {
    let mut at = 1;
    while at < tokens.len() {
        let alone = tokens[at].is_word()
            && is_name(&tokens[at].low)
            && tokens
                .get(at + 1)
                .is_none_or(|next| matches!(next.kind, Kind::Mark('.' | ';' | '!')));
        let led = tokens[at - 1].any(&[
            "failure",
            "error",
            "failures",
            "errors",
            "fehler",
            "fehlern",
            "otherwise",
            "else",
            "sonst",
            "misserfolg",
            "ausfall",
        ]) || tokens[at - 1].is_mark(',')
            && at > 1
            && tokens[at - 2].any(&["failure", "error", "fehler", "fehlern", "not", "nicht"]);
        if alone && led {
            let model = tokens[at].clone();
            let words = match lang {
                Lang::En => vec![made(&model, ","), made(&model, "notify")],
                Lang::De => vec![made(&model, ","), made(&model, "benachrichtige")],
            };
            let comma = usize::from(tokens[at - 1].is_mark(','));
            let count = words.len();
            tokens.splice(at - comma..at, words);
            at += count;
        }
        at += 1;
    }
}

fn ends(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | ';' | ':' | ',' | '!'))
}

/// `if tier = gold` → `if tier is gold`.
fn equals(tokens: &mut [Token], lang: Lang) {
    for at in 2..tokens.len().saturating_sub(1) {
        let lone = tokens[at].is_mark('=')
            && !matches!(tokens[at - 1].kind, Kind::Mark(_))
            && matches!(tokens[at + 1].kind, Kind::Word | Kind::Quoted | Kind::Number);
        let asked = tokens[at.saturating_sub(3)..at]
            .iter()
            .any(|token| token.any(&["if", "when", "wenn", "falls", "unless", "where"]));
        if lone && asked {
            tokens[at] = made(&tokens[at].clone(), lang.say("is", "ist"));
        }
    }
}

/// `leave slack out of it` → `not slack`.
fn left_out(tokens: &mut Vec<Token>, lang: Lang) {
    let found = (0..tokens.len().saturating_sub(2)).find_map(|at| {
        let opens =
            at == 0 || ends(&tokens[at - 1]) || tokens[at - 1].any(&["and", "but", "und", "aber"]);
        let leaves = tokens[at].any(&["leave", "keep", "lass", "halte", "lasse"]);
        let end = (at + 2..tokens.len().min(at + 5)).find(|end| {
            tokens[*end].any(&["out", "raus", "draussen", "heraus", "aussen", "weg"])
        })?;
        let mut stop = end + 1;
        while tokens.get(stop).is_some_and(|token| token.any(&["of", "it", "this", "vor"])) {
            stop += 1;
        }
        (opens && leaves).then_some((at, end, stop))
    });
    let Some((at, end, stop)) = found else { return };
    let model = tokens[at].clone();
    let mut words = vec![made(&model, lang.say("not", "nicht"))];
    words.extend(tokens[at + 1..end].iter().cloned());
    tokens.splice(at..stop, words);
}

/// `else ignore`, `sonst nichts`: nothing is done then anyway.
fn nothing_else(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at + 1 < tokens.len() {
        let else_at = tokens[at].any(&["else", "otherwise", "sonst", "ansonsten", "andernfalls"]);
        let mut next = at + 1;
        while tokens
            .get(next)
            .is_some_and(|token| token.any(&["just", "do", "tue", "it", "einfach"]))
        {
            next += 1;
        }
        let nothing = tokens.get(next).is_some_and(|token| {
            token.any(&["ignore", "nothing", "skip", "nichts", "ignorieren", "ignoriere"])
        });
        let ended = tokens.get(next + 1).is_none_or(ends)
            || tokens.get(next + 1).is_some_and(|token| token.any(&["it", "tun", "machen"]))
                && tokens.get(next + 2).is_none_or(ends);
        if !(else_at && nothing && ended) {
            at += 1;
            continue;
        }
        let it = usize::from(
            tokens.get(next + 1).is_some_and(|token| token.any(&["it", "tun", "machen"])),
        );
        let mut from = at;
        while from > 0 && (ends(&tokens[from - 1]) || tokens[from - 1].any(&["and", "und"])) {
            from -= 1;
        }
        tokens.drain(from..next + 1 + it);
        at = from.max(1);
    }
}

/// `count event x . > 10 in 5 min ;; …` → `when event x happens more than 10 times in 5 min , …`.
fn counted(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(first) = tokens.first().filter(|first| first.any(&["count", "zaehle", "zaehl"]))
    else {
        return;
    };
    let model = first.clone();
    let Some(name) = tokens.iter().take(4).position(|token| token.kind == Kind::Dotted) else {
        return;
    };
    if !tokens.get(name + 1).is_some_and(ends) {
        return;
    }
    let mut at = name + 2;
    while tokens.get(at).is_some_and(|token| {
        token.any(&[
            "if", "when", "more", "than", "over", "above", "mehr", "als", "ueber", "bei", "wenn",
            "at",
        ]) || token.is_mark('>')
    }) {
        at += 1;
    }
    let Some(number) = tokens.get(at).filter(|token| token.number.is_some()).cloned() else {
        return;
    };
    if at == name + 2 {
        return;
    }
    let mut span = at + 1;
    while tokens.get(span).is_some_and(|token| token.any(&["times", "mal", "events", "of", "them"]))
    {
        span += 1;
    }
    if !tokens.get(span).is_some_and(|token| token.any(&["in", "within", "innerhalb"])) {
        return;
    }
    let Some((used, _)) = crate::values::duration_length(&tokens[span + 1..]) else { return };
    let within: Vec<Token> = tokens[span..span + 1 + used].to_vec();
    let mut end = span + 1 + used;
    while tokens.get(end).is_some_and(ends) {
        end += 1;
    }
    let word = |word: &str| made(&model, word);
    let event = tokens[name].clone();
    let mut words = match lang {
        Lang::En => vec![
            word("when"),
            word("event"),
            event,
            word("happens"),
            word("more"),
            word("than"),
            number,
            word("times"),
        ],
        Lang::De => vec![
            word("wenn"),
            word("ereignis"),
            event,
            word("mehr"),
            word("als"),
            number,
            word("mal"),
        ],
    };
    words.extend(within);
    if lang == Lang::De {
        words.push(word("kommt"));
    }
    words.push(word(","));
    tokens.splice(..end, words);
}

/// `feed https://… : new item mentions y ;; …` → `when a new item in https://… mentions y , …`.
fn feed(tokens: &mut Vec<Token>, lang: Lang) {
    let named =
        tokens.first().is_some_and(|first| first.any(&["feed", "rss", "atom", "blog", "watch"]));
    let Some(url) = tokens.iter().take(4).position(|token| token.kind == Kind::Url) else { return };
    if !named || !tokens.get(url + 1).is_some_and(ends) {
        return;
    }
    let fresh = tokens.get(url + 2).is_some_and(|token| {
        token.any(&["new", "neue", "neuer", "neues", "neuen", "each", "every", "any"])
    });
    let Some(end) = (url + 3..tokens.len()).find(|at| ends(&tokens[*at])).filter(|_| fresh) else {
        return;
    };
    let mut after = end;
    while tokens.get(after).is_some_and(ends) {
        after += 1;
    }
    let model = tokens[0].clone();
    let address = tokens[url].clone();
    let mut words = vec![made(&model, lang.say("when", "wenn"))];
    let thing = &tokens[url + 2..end];
    let noun = thing.len().min(2);
    words.extend(thing[..noun].iter().cloned());
    words.extend([made(&model, "in"), address]);
    words.extend(thing[noun..].iter().cloned());
    if noun == thing.len() {
        words.push(made(&model, lang.say("appears", "erscheint")));
    }
    words.push(made(&model, ","));
    tokens.splice(..after, words);
}

/// `AI says a or b . a ;; …` → `let AI classify it as a or b ; if it is a , …`.
fn says(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(at) = (0..tokens.len().saturating_sub(4)).find(|at| {
        (lexicon::is_model(&tokens[*at])
            || tokens[*at].any(&["ai", "ki", "claude", "gpt", "openai", "gemini"]))
            && tokens[at + 1].any(&[
                "says",
                "say",
                "sagt",
                "decides",
                "picks",
                "entscheidet",
                "waehlt",
                "judges",
            ])
            && tokens[at + 3].any(&["or", "oder"])
    }) else {
        return;
    };
    let labels = [tokens[at + 2].clone(), tokens[at + 4].clone()];
    if labels.iter().any(|label| !matches!(label.kind, Kind::Word | Kind::Quoted)) {
        return;
    }
    let model = tokens[at].clone();
    let word = |word: &str| made(&model, word);
    // `a -> x`, `a: x`: what is done for it.
    let mut next = at + 5;
    while next + 1 < tokens.len() {
        let opens = ends(&tokens[next - 1]);
        let label = labels.iter().any(|label| label.low == tokens[next].low);
        if opens && label && ends(&tokens[next + 1]) {
            let mut to = next + 1;
            while tokens.get(to).is_some_and(ends) {
                to += 1;
            }
            let named = tokens[next].clone();
            let mut words = match lang {
                Lang::En => vec![word("if"), word("it"), word("is"), named],
                Lang::De => vec![word("wenn"), word("es"), named, word("ist")],
            };
            words.push(word(","));
            let length = words.len();
            tokens[next - 1].kind = Kind::Mark(';');
            tokens.splice(next..to, words);
            next += length;
        }
        next += 1;
    }
    let [first, second] = labels;
    let mut words = match lang {
        Lang::En => vec![word("classify"), word("it"), word("with"), model.clone(), word("as")],
        Lang::De => {
            vec![word("klassifiziere"), word("es"), word("mit"), model.clone(), word("als")]
        }
    };
    words.extend([first, word(lang.say("or", "oder")), second]);
    tokens.splice(at..at + 5, words);
}

/// `input : url . GET it` → `GET the url in the input`.
fn given(tokens: &mut Vec<Token>, lang: Lang) {
    let opens = tokens.first().is_some_and(|first| first.any(&["input", "eingabe", "given"]));
    if !opens
        || tokens.len() < 6
        || !tokens[1].is_mark(':')
        || !tokens[2].is_word()
        || !ends(&tokens[3])
    {
        return;
    }
    let Some(it) = (4..tokens.len()).find(|at| tokens[*at].any(&["it", "es", "sie", "ihn"])) else {
        return;
    };
    let model = tokens[0].clone();
    let name = tokens[2].clone();
    let words = match lang {
        Lang::En => vec![
            made(&model, "the"),
            name,
            made(&model, "in"),
            made(&model, "the"),
            made(&model, "input"),
        ],
        Lang::De => vec![
            made(&model, "die"),
            name,
            made(&model, "in"),
            made(&model, "der"),
            made(&model, "eingabe"),
        ],
    };
    tokens.splice(it..=it, words);
    tokens.drain(..4);
}
