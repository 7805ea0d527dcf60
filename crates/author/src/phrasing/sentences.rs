//! Whole sentences turned round: what describes a trigger becomes one, what comes before something
//! else is put before it, a delay becomes a wait.

use super::asides::{after_a_while, by_model, passive_goes_on, remarks, upon};
use super::starters::{have_at, subject_hook, subject_new};
use super::{made, participle};
use crate::lexicon::{self, ARTICLES, PRONOUNS};
use crate::text::{Kind, Lang, Token};

pub fn sentences(tokens: &mut Vec<Token>, lang: Lang, is_name: &dyn Fn(&str) -> bool) {
    numbered(tokens);
    opener(tokens);
    super::shares::shares(tokens, lang);
    super::manners::manners(tokens, lang);
    super::enumerations::enumerations(tokens, lang);
    super::labels::labels(tokens, lang);
    super::mirrors::mirrors(tokens, lang);
    super::batches::batches(tokens, lang);
    super::fielded::fielded(tokens, lang);
    super::choices::choices(tokens, lang);
    super::loops::loops(tokens, lang);
    super::turns::turns(tokens, lang);
    super::subjects::subjects(tokens, lang, is_name);
    super::vetoes::vetoes(tokens, lang);
    super::bounds::needs(tokens, lang);
    super::consent::consent(tokens, lang);
    later(tokens, lang);
    after_a_while(tokens, lang);
    by_model(tokens, lang);
    remarks(tokens);
    match lang {
        Lang::En => passive_goes_on(tokens),
        Lang::De => upon(tokens),
    }
    named(tokens, lang);
    described(tokens, lang);
    by_value(tokens, lang);
    if lang == Lang::De {
        walk_through(tokens);
    }
    if lang == Lang::En {
        before(tokens);
        subject_hook(tokens);
        subject_new(tokens);
        have_at(tokens);
    }
}

/// `1. get it 2. store it`: the numbers of a list only divide.
fn numbered(tokens: &mut [Token]) {
    let places: Vec<usize> = (0..tokens.len())
        .filter(|at| {
            tokens[*at].kind == Kind::Number
                && tokens[*at].text.len() < 3
                && tokens
                    .get(at + 1)
                    .is_some_and(|next| matches!(next.kind, Kind::Mark('.' | ')' | ':')))
        })
        .collect();
    let mut next = 1.0;
    let mut found = Vec::new();
    for at in places {
        if tokens[at].number == Some(next) {
            found.push(at);
            next += 1.0;
        }
    }
    if found.len() < 2 {
        return;
    }
    for at in found {
        for place in [at, at + 1] {
            tokens[place].kind = Kind::Mark(';');
            tokens[place].number = None;
        }
    }
}

/// `Build me an endpoint:`, `I need a small bot.`: says only that something is wanted.
fn opener(tokens: &mut Vec<Token>) {
    let Some(end) = tokens
        .iter()
        .take(10)
        .position(|token| matches!(token.kind, Kind::Mark('.' | ':' | ';' | ',' | '!')))
    else {
        return;
    };
    let only = tokens[..end].iter().all(|token| {
        token.any(ARTICLES)
            || token.any(&[
                "build",
                "make",
                "create",
                "write",
                "i",
                "we",
                "need",
                "want",
                "would",
                "like",
                "me",
                "us",
                "small",
                "simple",
                "endpoint",
                "bot",
                "service",
                "api",
                "automation",
                "workflow",
                "please",
                "have",
                "set",
                "up",
                "baue",
                "bau",
                "brauche",
                "brauchen",
                "ich",
                "wir",
                "mir",
                "kleinen",
                "kleine",
                "bitte",
                "'d",
                "little",
                "erstelle",
                "hey",
                "hi",
                "hello",
                "hallo",
                "quick",
                "kleines",
                "einfachen",
                "dienst",
                "so",
                "ok",
                "there",
                "everyone",
                "team",
                "folks",
                "here",
                "is",
                "what",
                "it",
                "should",
                "do",
                "for",
                "to",
                "tiny",
                "freigabe",
                "noetig",
                "erforderlich",
                "approval",
                "needed",
                "required",
            ])
    });
    if only {
        tokens.drain(..=end);
    }
}

pub(super) fn ends(token: &Token) -> bool {
    matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?' | ':' | ','))
}

pub(super) fn is_hook(token: &Token) -> bool {
    token.any(&["webhook", "hook", "endpoint", "formular", "form"])
        || token.is_word() && token.low.ends_with("webhook")
}

/// `two days later a second one` → `then wait two days then …`.
fn later(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(at) = tokens.iter().position(|token| token.any(&["later", "spaeter"])) else { return };
    let Some(from) = (at.saturating_sub(4)..at).find(|from| {
        crate::values::duration_length(&tokens[*from..at])
            .is_some_and(|(used, _)| from + used == at)
    }) else {
        return;
    };
    let model = tokens[at].clone();
    let then = lang.say("then", "dann");
    tokens[at] = made(&model, then);
    let wait = lang.say("wait", "warte");
    let start = from
        - usize::from(from > 0 && tokens[from - 1].any(&["then", "dann", "and", "und", "another"]));
    tokens.splice(start..from, [made(&model, then), made(&model, wait)]);
}

/// `a webhook, let's call it refunds`: a name said afterwards.
fn named(tokens: &mut Vec<Token>, lang: Lang) {
    let call = tokens.windows(2).position(|pair| {
        pair[0].any(&["call", "name", "nenn", "nennen", "nenne", "called", "named"])
            && pair[1].any(&["it", "ihn", "es", "him", "wir", "this"])
    });
    let Some(call) = call else { return };
    let mut name_at = call + 2;
    while tokens.get(name_at).is_some_and(|token| token.any(&["ihn", "es", "it"])) {
        name_at += 1;
    }
    let Some(name) = tokens.get(name_at).cloned() else { return };
    let plain = matches!(name.kind, Kind::Word | Kind::Quoted | Kind::Path) && !name.any(ARTICLES);
    let hook = tokens[..call].iter().rposition(|token| token.any(&["webhook", "hook", "endpoint"]));
    let (Some(hook), true) = (hook, plain) else { return };
    let mut from = call;
    while from > hook + 1
        && (tokens[from - 1].any(&[
            "let", "lets", "let's", "us", "'s", "we", "can", "and", "und", "i", "will", "please",
        ]) || ends(&tokens[from - 1]))
    {
        from -= 1;
    }
    let mut end = name_at + 1;
    if tokens.get(end).is_some_and(|token| token.is_mark(',')) {
        end += 1;
    }
    let comma = made(&name, ",");
    tokens.splice(from..end, [comma]);
    tokens.insert(hook + 1, name);
    let _ = lang;
}

/// `The webhook X receives a weight`, `our shop pushes every refund to the webhook X`: no deed of the
/// bot's, but what starts it.
fn described(tokens: &mut Vec<Token>, lang: Lang) {
    const BRINGS: &[&str] = &[
        "receives",
        "receive",
        "gets",
        "takes",
        "accepts",
        "delivers",
        "contains",
        "carries",
        "brings",
        "bekommt",
        "liefert",
        "schickt",
        "erhaelt",
        "enthaelt",
        "empfaengt",
        "bringt",
        "uebergibt",
        "sendet",
        "kriegt",
        "hat",
        "has",
        "provides",
        "includes",
    ];
    const PUSHES: &[&str] = &[
        "pushes",
        "posts",
        "sends",
        "calls",
        "hits",
        "delivers",
        "submits",
        "forwards",
        "fires",
        "invokes",
        "triggers",
        "reports",
        "come",
        "comes",
        "arrive",
        "arrives",
        "schickt",
        "sendet",
        "ruft",
        "meldet",
        "kommen",
        "kommt",
        "posten",
        "senden",
        "liefern",
        "uebergibt",
        "post",
        "land",
    ];
    let mut from = 0;
    while from < tokens.len() {
        let end = tokens[from..]
            .iter()
            .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?' | ':')))
            .map_or(tokens.len(), |offset| from + offset);
        let sentence = &tokens[from..end];
        let opens = sentence.first().is_some_and(|token| {
            token.any(&[
                "when", "if", "whenever", "wenn", "falls", "sobald", "bei", "on", "after", "for",
                "nach", "once", "as", "as", "every", "each",
            ])
        });
        let hook = sentence.iter().position(is_hook).filter(|hook| *hook < 8);
        let Some(hook) = hook.filter(|_| !opens) else {
            from = end + 1;
            continue;
        };
        let verb_after = sentence[hook..]
            .iter()
            .take(6)
            .position(|token| token.any(BRINGS))
            .map(|offset| hook + offset)
            .filter(|_| {
                sentence[..hook].iter().all(|token| {
                    token.any(ARTICLES)
                        || token.any(&["my", "our", "i", "have", "der", "a", "named", "called"])
                })
            });
        let verb_before = sentence[..hook]
            .iter()
            .position(|token| token.any(PUSHES))
            .filter(|verb| *verb > 0)
            .filter(|verb| !lexicon_heads(&sentence[..*verb]));
        if let Some(verb) = verb_after {
            let comma = sentence[verb..].iter().position(|token| {
                token.is_mark(',') || token.any(&["and", "und"]) && sentence[verb..].len() > 6
            });
            let model = sentence[verb].clone();
            let next = comma.map_or(end, |offset| from + verb + offset);
            // The fields, without articles.
            if next < tokens.len() && comma.is_none() && tokens[next].is_mark(':') {
                // `: …` introduces the deed.
            }
            if next < tokens.len() && !tokens[next].is_mark('.') {
                tokens[next] = made(&model, ",");
            }
            tokens[from + verb] = made(&model, "brings");
            tokens.insert(from, made(&model, lang.say("when", "wenn")));
            from = next + 2;
            continue;
        }
        if verb_before.is_some() {
            let model = sentence[0].clone();
            let comma = sentence[hook..].iter().position(|token| token.is_mark(','));
            let next = comma.map_or(end, |offset| from + hook + offset);
            if next < tokens.len() {
                tokens[next] = made(&model, ",");
            }
            tokens.insert(from, made(&model, lang.say("when", "wenn")));
            from = next + 2;
            continue;
        }
        from = end + 1;
    }
}

/// Whether the words before a verb hold an imperative of their own.
fn lexicon_heads(before: &[Token]) -> bool {
    before.first().is_some_and(|first| first.is_word() && lexicon::is_base(&first.low))
}

/// `… brings land. Für DE …, für AT …`: the values of the one field that comes.
fn by_value(tokens: &mut Vec<Token>, lang: Lang) {
    let Some(brings) = tokens.iter().position(|token| token.is("brings")) else { return };
    let field = tokens[brings + 1..]
        .iter()
        .take_while(|token| !ends(token))
        .filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted)
                && !token.any(ARTICLES)
                && !token.any(&["field", "feld", "named", "called", "namens", "the"])
        })
        .cloned()
        .collect::<Vec<_>>();
    let [field] = field.as_slice() else { return };
    let field = field.clone();
    let mut at = brings + 2;
    while at + 2 < tokens.len() {
        let opens = ends(&tokens[at - 1]) || tokens[at - 1].any(&["and", "und"]);
        let says = tokens[at].any(&["bei", "fuer", "for", "on", "with", "in"]);
        let value = &tokens[at + 1];
        let plain = matches!(value.kind, Kind::Word | Kind::Quoted | Kind::Number)
            && !value.any(ARTICLES)
            && !value.any(PRONOUNS)
            && !value.any(&[
                "jede",
                "jeden",
                "mehr",
                "weniger",
                "ueber",
                "unter",
                "mindestens",
                "more",
                "less",
                "over",
                "fehler",
                "fehlern",
            ]);
        let goes_on =
            tokens.get(at + 2).is_some_and(|next| !next.any(&["is", "ist", "of", "von", "in"]));
        if opens && says && plain && goes_on {
            let value = value.clone();
            let words = match lang {
                Lang::En => vec![
                    made(&value, "if"),
                    field.clone(),
                    made(&value, "is"),
                    value.clone(),
                    made(&value, ","),
                ],
                Lang::De => vec![
                    made(&value, "wenn"),
                    field.clone(),
                    value.clone(),
                    made(&value, "ist"),
                    made(&value, ","),
                ],
            };
            let length = words.len();
            let skip = usize::from(tokens[at + 2].is_mark(',') || tokens[at + 2].is_mark(':'));
            tokens.splice(at..at + 2 + skip, words);
            at += length;
        } else {
            at += 1;
        }
    }
}

/// `Geh die Liste der Domains durch, …` → `für jede Domains, …`.
fn walk_through(tokens: &mut Vec<Token>) {
    let Some(at) = tokens
        .iter()
        .position(|token| token.any(&["geh", "gehe", "iteriere", "laufe", "durchlaufe"]))
    else {
        return;
    };
    let through = tokens[at..]
        .iter()
        .take(12)
        .position(|token| token.any(&["durch", "ueber"]))
        .map(|offset| at + offset);
    let whole = tokens[at].any(&["durchlaufe"]);
    if through.is_none() && !whole {
        return;
    }
    let model = tokens[at].clone();
    if let Some(through) = through {
        tokens.remove(through);
    }
    let mut next = at + 1;
    while tokens
        .get(next)
        .is_some_and(|token| token.any(ARTICLES) || token.any(&["liste", "der", "von"]))
    {
        next += 1;
    }
    tokens.splice(at..next, [made(&model, "fuer"), made(&model, "jede")]);
}

/// `Before X is posted, Y has to approve` → `Y has to approve, then X is posted`; `… before posting …`
/// → `… then post …`.
fn before(tokens: &mut Vec<Token>) {
    let Some(at) = tokens.iter().position(|token| token.is("before")) else { return };
    let opens = at == 0 || matches!(tokens[at - 1].kind, Kind::Mark('.' | ';' | ':' | '!'));
    if !opens {
        // A gerund: `for approval before POSTing the refund`.
        let gerund = tokens.get(at + 1).and_then(|token| {
            let stem = token.low.strip_suffix("ing")?;
            let base = lexicon::base(stem).or_else(|| lexicon::base(&format!("{stem}e")));
            base.or_else(|| lexicon::base(&stem[..stem.len().saturating_sub(1)]))
        });
        if let Some(base) = gerund {
            let model = tokens[at].clone();
            tokens[at] = made(&model, "then");
            tokens[at + 1] = made(&model, base);
            return;
        }
        // `before you POST it to …`
        let does = tokens.get(at + 2).is_some_and(|verb| {
            tokens[at + 1].any(&["you", "we", "i"]) && verb.is_word() && lexicon::is_base(&verb.low)
        });
        if does {
            let then = made(&tokens[at], "then");
            tokens.splice(at..at + 2, [then]);
            return;
        }
        // `before they are posted to …`, `before it goes to …`
        let is = (at + 2..tokens.len().min(at + 7))
            .find(|next| tokens[*next].any(&["is", "are", "gets", "get", "goes", "go", "being"]));
        let done = is.and_then(|is| {
            if tokens[is].any(&["goes", "go"]) {
                return Some((is + 1, "send"));
            }
            Some((is + 2, participle(&tokens.get(is + 1)?.low)?))
        });
        if let (Some((to, base)), Some(is)) = (done, is) {
            let model = tokens[at].clone();
            let mut words = vec![made(&model, "then"), made(&model, base)];
            // `before a ticket is created`: what it is done with.
            let thing: Vec<Token> = tokens[at + 1..is].to_vec();
            if thing.iter().all(|token| {
                token.any(PRONOUNS)
                    || token.any(&["it", "they", "this", "that", "the", "text", "post"])
            }) {
                words.push(made(&model, "it"));
            } else {
                words.extend(thing);
            }
            tokens.splice(at..to.min(tokens.len()), words);
        }
        return;
    }
    let comma = tokens[at..].iter().position(|token| token.is_mark(',')).map(|offset| at + offset);
    let Some(comma) = comma else { return };
    let end = tokens[comma..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!')))
        .map_or(tokens.len(), |offset| comma + offset);
    let first: Vec<Token> = tokens[at + 1..comma].to_vec();
    let second: Vec<Token> = tokens[comma + 1..end].to_vec();
    let model = tokens[at].clone();
    let mut out = second;
    out.extend([made(&model, ","), made(&model, "then")]);
    out.extend(first);
    tokens.splice(at..end, out);
}
