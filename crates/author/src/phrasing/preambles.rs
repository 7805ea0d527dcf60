//! Talk before what is wanted: `Hi there`, `we run a small bakery, and …`, `my colleague keeps forgetting it, so
//! …`, `could you set something up so that …`, `there is a form called x on our site.`. What says only why, or that
//! something is wanted, is left out; what names the start becomes one.

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

pub fn preambles(tokens: &mut Vec<Token>, lang: Lang, is_name: &dyn Fn(&str) -> bool) {
    greeting(tokens);
    reason(tokens, lang);
    statement(tokens, lang, is_name);
    wanted(tokens);
    there_is(tokens, lang);
    from_people(tokens);
}

fn stops(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | '!' | '?' | ';'))
}

/// `Hi there, …`, `Hello everyone! …`
fn greeting(tokens: &mut Vec<Token>) {
    let greets = tokens.first().is_some_and(|first| {
        first.any(&["hi", "hello", "hey", "hallo", "moin", "servus", "dear", "liebe", "lieber"])
    });
    if !greets {
        return;
    }
    let end = tokens
        .iter()
        .take(5)
        .position(|token| matches!(token.kind, Kind::Mark(',' | '.' | '!' | '-' | ';' | ':')));
    if let Some(end) = end.filter(|end| end + 1 < tokens.len()) {
        tokens.drain(..=end);
    }
}

/// Whether the words speak of somebody's lot, and not of a deed.
fn tells_of_us(token: &Token) -> bool {
    token.any(&[
        "we",
        "i",
        "my",
        "our",
        "they",
        "people",
        "customers",
        "nobody",
        "everybody",
        "wir",
        "ich",
        "mein",
        "meine",
        "unser",
        "unsere",
        "kunden",
        "niemand",
        "leider",
    ])
}

/// `my colleague keeps forgetting to answer, so when …` → `when …`.
fn reason(tokens: &mut Vec<Token>, lang: Lang) {
    if !tokens.first().is_some_and(tells_of_us) {
        return;
    }
    let so = (3..tokens.len().min(30)).find(|at| {
        let divided = matches!(tokens[at - 1].kind, Kind::Mark(_));
        match lang {
            Lang::En => divided && tokens[*at].any(&["so", "therefore", "hence"]),
            Lang::De => {
                divided && tokens[*at].any(&["daher", "deshalb", "darum", "also", "deswegen"])
            }
        }
    });
    let Some(so) = so else { return };
    // `so that` says what for.
    if tokens.get(so + 1).is_some_and(|next| next.any(&["that", "far"])) {
        return;
    }
    let mut end = so + 1;
    while tokens.get(end).is_some_and(|token| token.is_mark(',')) {
        end += 1;
    }
    tokens.drain(..end);
}

/// `We run a small bakery, and …`, `We use Stripe. …`: nothing to do in it.
fn statement(tokens: &mut Vec<Token>, lang: Lang, is_name: &dyn Fn(&str) -> bool) {
    if !tokens.first().is_some_and(tells_of_us) {
        return;
    }
    let second = tokens.iter().take(4).any(|token| {
        token.any(&[
            "run",
            "use",
            "have",
            "are",
            "sell",
            "own",
            "work",
            "am",
            "manage",
            "keep",
            "keeps",
            "get",
            "lose",
            "forget",
            "forgets",
            "haben",
            "sind",
            "nutzen",
            "verkaufen",
            "betreiben",
            "arbeiten",
            "bin",
            "habe",
            "vergisst",
            "vergessen",
            "bekommen",
            "operate",
            "struggle",
        ])
    });
    let end = (2..tokens.len().min(24)).find(|at| {
        stops(&tokens[*at])
            || tokens[*at].is_mark(',')
                && tokens.get(at + 1).is_some_and(|next| next.any(&["and", "und", "but", "aber"]))
    });
    let Some(end) = end.filter(|end| second && end + 3 < tokens.len()) else { return };
    let part = &tokens[..end];
    let aims = part.iter().any(|token| {
        matches!(
            token.kind,
            Kind::Email | Kind::Channel | Kind::Url | Kind::Phone | Kind::Dotted | Kind::Quoted
        ) || token.any(&[
            "webhook", "event", "ereignis", "form", "formular", "want", "need", "like", "would",
            "when", "if", "every", "moechte", "will", "brauche", "gern",
        ])
    });
    // `we use Stripe and Slack`: services that are named only in passing.
    let named = part.iter().any(|token| token.is_word() && is_name(&token.low));
    let uses = part.iter().take(4).any(|token| token.any(&["use", "have", "nutzen", "haben"]));
    if aims || named && !uses {
        return;
    }
    let mut from = end + 1;
    while tokens
        .get(from)
        .is_some_and(|token| token.any(&["and", "und", "but", "aber", "so"]) || token.is_mark(','))
    {
        from += 1;
    }
    let _ = lang;
    tokens.drain(..from);
}

/// `could you set something up so that …`, `what I 'd love is a bot that …`.
fn wanted(tokens: &mut Vec<Token>) {
    const THING: &[&str] =
        &["something", "bot", "automation", "workflow", "flow", "rule", "job", "thing", "way"];
    let so_that = (3..tokens.len().min(14)).find(|at| {
        tokens[*at].is("that")
            && tokens[at - 1].is("so")
            && tokens[..*at].iter().any(|token| token.any(THING) || token.is("it"))
            && tokens[..*at].iter().any(|token| {
                token.any(&["set", "build", "make", "create", "arrange", "sort", "need", "want"])
            })
            && !tokens[..*at]
                .iter()
                .any(|token| !token.is_word() && !matches!(token.kind, Kind::Mark(_)))
    });
    if let Some(at) = so_that {
        tokens.drain(..=at);
        return;
    }
    // `what i would love is a bot that looks at …`
    let what = tokens.first().is_some_and(|first| first.any(&["what", "all"]));
    let is = (2..tokens.len().min(8)).find(|at| tokens[*at].any(&["is", "are"]));
    if let Some(is) = is.filter(|_| what && tokens[1].any(&["i", "we"])) {
        let model = tokens[0].clone();
        tokens.splice(..=is, [made(&model, "i"), made(&model, "want")]);
    }
}

/// `There is a form called feedback on our site. …` → `when the form feedback is submitted , …`.
fn there_is(tokens: &mut Vec<Token>, lang: Lang) {
    let word = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.any(words));
    let opens = word(0, &["there"]) && word(1, &["is", "'s"])
        || word(0, &["we", "i", "wir", "ich"]) && word(1, &["have", "haben", "habe"])
        || word(0, &["es"]) && word(1, &["gibt"]);
    if !opens {
        return;
    }
    let Some(end) = tokens.iter().take(16).position(stops) else { return };
    let hook = (2..end)
        .find(|at| tokens[*at].any(&["form", "webhook", "formular"]) && !word(at + 1, ARTICLES));
    let Some(hook) = hook.filter(|_| end + 2 < tokens.len()) else { return };
    let mut name = hook + 1;
    while word(name, &["called", "named", "namens", "that", "which", "is", "mit", "dem", "namen"]) {
        name += 1;
    }
    let Some(named) = tokens.get(name).filter(|token| {
        matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Path)
            && !lexicon::is_empty_word(token)
            && !token.any(&["on", "at", "in", "auf", "for", "where"])
    }) else {
        return;
    };
    let model = tokens[0].clone();
    let form = !tokens[hook].is("webhook");
    let words = match (lang, form) {
        (Lang::En, true) => vec![
            made(&model, "when"),
            made(&model, "the"),
            tokens[hook].clone(),
            named.clone(),
            made(&model, "is"),
            made(&model, "submitted"),
            made(&model, ","),
        ],
        (Lang::En, false) => vec![
            made(&model, "when"),
            made(&model, "the"),
            tokens[hook].clone(),
            named.clone(),
            made(&model, "arrives"),
            made(&model, ","),
        ],
        (Lang::De, _) => vec![
            made(&model, "wenn"),
            made(&model, "das"),
            tokens[hook].clone(),
            named.clone(),
            made(&model, "eingeht"),
            made(&model, ","),
        ],
    };
    tokens.splice(..=end, words);
}

/// `take what people write there, …`: what came is at hand anyway.
fn from_people(tokens: &mut Vec<Token>) {
    let found = (0..tokens.len().saturating_sub(4)).find_map(|at| {
        let opens = at == 0 || matches!(tokens[at - 1].kind, Kind::Mark(_));
        let takes = tokens[at].any(&["take", "use", "read", "nimm"])
            && tokens[at + 1].any(&["what", "whatever", "was"]);
        let end = (at + 2..tokens.len().min(at + 8)).find(|end| {
            matches!(tokens[*end].kind, Kind::Mark(',' | '.' | ';')) || tokens[*end].any(&["and"])
        })?;
        let writes = tokens[at + 2..end].iter().any(|token| {
            token.any(&[
                "write",
                "writes",
                "enter",
                "enters",
                "type",
                "submit",
                "send",
                "say",
                "fill",
                "schreiben",
                "eingeben",
                "schreibt",
            ])
        });
        (opens && takes && writes).then_some((at, end))
    });
    if let Some((at, end)) = found {
        tokens.drain(at..=end);
    }
}
