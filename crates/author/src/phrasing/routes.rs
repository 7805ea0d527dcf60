//! Cases by a field, each with what becomes of it: `route the webhook ticket by its field kind: bug
//! becomes a GitLab issue in x/y, idea a Notion page, anything else a mail to z`. Put as a chain of
//! conditions.

use std::ops::Range;

use super::made;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

/// Words that lead from a value to what becomes of it, and the deed that they stand for.
const BECOMES: &[&str] = &[
    "becomes", "become", "is", "wird", "werden", "ist", "turns", "makes", "gets", "creates",
    "opens", "means", "bekommt", "ergibt", "zu",
];
const GOES: &[&str] =
    &["goes", "go", "to", "posts", "geht", "gehen", "kommt", "an", "nach", "lands", "into", "in"];
const REST: &[&str] = &[
    "else",
    "anything",
    "everything",
    "other",
    "others",
    "rest",
    "alles",
    "andere",
    "anderes",
    "sonst",
    "uebrige",
    "otherwise",
    "remaining",
    "sonstige",
    "sonstiges",
    "uebrigen",
];

pub fn routes(tokens: &mut Vec<Token>, lang: Lang) {
    let Some((by, field_at)) = by_field(tokens) else { return };
    let field = tokens[field_at].clone();
    // `the field plan of the webhook signup: …`
    if let Some(range) = whose(tokens, field_at + 1) {
        let whose: Vec<Token> = tokens.drain(range).skip(1).collect();
        let length = whose.len();
        tokens.splice(by..by, whose);
        return routed(tokens, lang, by + length, field_at + length, &field);
    }
    routed(tokens, lang, by, field_at, &field);
}

/// `of the webhook signup`, up to its colon.
fn whose(tokens: &[Token], at: usize) -> Option<Range<usize>> {
    let of = tokens.get(at)?.any(&["of", "from", "in", "des", "vom", "von", "im"]);
    let end = (at..tokens.len().min(at + 6)).find(|at| tokens[*at].is_mark(':'))?;
    let hook = tokens[at..end]
        .iter()
        .any(|token| token.any(&["webhook", "webhooks", "event", "ereignisses", "ereignis"]));
    (of && hook).then_some(at..end)
}

fn routed(tokens: &mut Vec<Token>, lang: Lang, by: usize, field_at: usize, field: &Token) {
    let mark = tokens
        .get(field_at + 1)
        .is_some_and(|token| matches!(token.kind, Kind::Mark(':' | ',' | '-' | ';')));
    let from = field_at + 1 + usize::from(mark);
    let end = (from..tokens.len())
        .find(|at| matches!(tokens[*at].kind, Kind::Mark('.' | '!')))
        .unwrap_or(tokens.len());
    let cases = cases(&tokens[from..end], lang);
    let rest = cases.iter().filter(|case| case.value.is_none()).count();
    if cases.len() < 2 || rest > 1 || cases.len() == rest + 1 && rest == 0 {
        return;
    }
    let field = field.clone();
    let model = field.clone();
    let mut out = head(&tokens[..by], lang, &model);
    let mut first = true;
    for case in cases {
        match case.value {
            Some(mut value) => {
                value.kind = Kind::Quoted;
                let open = match (lang, first) {
                    (Lang::En, true) => &["if"][..],
                    (Lang::En, false) => &["otherwise", "if"],
                    (Lang::De, true) => &["wenn"],
                    (Lang::De, false) => &["sonst", "wenn"],
                };
                out.extend(open.iter().map(|word| made(&model, word)));
                out.push(field.clone());
                if lang == Lang::En {
                    out.extend([made(&model, "is"), value]);
                } else {
                    out.extend([value, made(&model, "ist")]);
                }
                out.push(made(&model, ","));
            }
            None => out.push(made(&model, lang.say("otherwise", "sonst"))),
        }
        out.extend(case.deed);
        out.push(made(&model, ";"));
        first = false;
    }
    tokens.splice(..end, out);
}

/// `by its field kind`, `depending on type`, `je nach Feld art`: where it begins, and the field.
fn by_field(tokens: &[Token]) -> Option<(usize, usize)> {
    let word = |at: usize, words: &[&str]| tokens.get(at).is_some_and(|token| token.any(words));
    (0..tokens.len()).find_map(|at| {
        let mut next = if word(at, &["by", "nach"]) && !word(at.wrapping_sub(1), &["je"]) {
            at + 1
        } else if word(at, &["depending", "based", "according"]) && word(at + 1, &["on", "to"])
            || word(at, &["je"]) && word(at + 1, &["nach"])
        {
            at + 2
        } else {
            return None;
        };
        let mut named = false;
        while word(next, ARTICLES)
            || word(
                next,
                &["its", "their", "field", "feld", "value", "of", "dem", "seinem", "ihrem"],
            )
        {
            named |= word(next, &["field", "feld", "its", "seinem", "ihrem"]);
            next += 1;
        }
        tokens.get(next).filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Field)
                && token.number.is_none()
                && !lexicon::is_empty_word(token)
        })?;
        let divided = tokens
            .get(next + 1)
            .is_some_and(|token| matches!(token.kind, Kind::Mark(':' | ',' | ';' | '-')));
        let owned = tokens.get(next).is_some() && whose(tokens, next + 1).is_some();
        if owned {
            return Some((at, next));
        }
        (divided && (named || tokens[next + 1].is_mark(':') || !word(at, &["by", "nach"])))
            .then_some((at, next))
    })
}

struct Case {
    /// None: whatever is left.
    value: Option<Token>,
    deed: Vec<Token>,
}

/// The cases, if every part is one.
fn cases(tokens: &[Token], lang: Lang) -> Vec<Case> {
    let parts = tokens.split(|token| {
        matches!(token.kind, Kind::Mark(',' | ';')) || token.any(&["and", "und", "but"])
    });
    let mut out: Vec<Case> = Vec::new();
    let mut way: Option<bool> = None;
    for part in parts.filter(|part| !part.is_empty()) {
        match case(part, lang, way) {
            Some((case, goes)) => {
                way = Some(goes);
                out.push(case);
            }
            None => return Vec::new(),
        }
    }
    out
}

/// One case, and whether what comes goes somewhere; `way` is how the case before was said.
fn case(part: &[Token], lang: Lang, way: Option<bool>) -> Option<(Case, bool)> {
    let model = part.first()?;
    let part = match part {
        [first, rest @ ..]
            if first.any(&["for", "bei", "a", "an", "the", "ein", "eine", "when", "wenn"]) =>
        {
            rest
        }
        _ => part,
    };
    let rest = part.iter().take(3).take_while(|token| token.any(REST)).count();
    let (value, after) = if rest > 0 && part[..rest].iter().any(|token| token.any(REST)) {
        (None, &part[rest..])
    } else {
        let value = part.first().filter(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Number)
                && !token.any(ARTICLES)
                && !lexicon::is_empty_word(token)
        })?;
        (Some(value.clone()), &part[1..])
    };
    let first = after.first()?;
    let (goes, target) = if first.is_mark('-') || first.is_mark('>') || first.is_mark(';') {
        (true, &after[1..])
    } else if first.any(GOES) {
        let skip = usize::from(after.get(1).is_some_and(|next| {
            next.any(&["to", "into", "an", "in", "nach"]) && !first.any(&["to", "into", "an", "in"])
        }));
        (true, &after[1 + skip..])
    } else if first.any(BECOMES) {
        let skip = usize::from(after.get(1).is_some_and(|next| next.any(&["into", "zu"])));
        (false, &after[1 + skip..])
    } else if first.any(ARTICLES) {
        way?;
        (false, after)
    } else if matches!(first.kind, Kind::Channel | Kind::Email)
        || first.any(&["per", "by", "via", "as"])
    {
        (true, after)
    } else if let Some(base) = third_person(first) {
        // `high pages PagerDuty`
        let mut deed = vec![made(model, base)];
        deed.extend(after[1..].iter().cloned());
        return (after.len() > 1).then_some((Case { value, deed }, true));
    } else {
        return None;
    };
    let target_first = target.first()?;
    let word = |word: &str| made(model, word);
    let mail = target.iter().take(4).any(|token| {
        token.any(&["mail", "email", "e-mail", "message", "nachricht", "sms", "text"])
    });
    // `is logged`, `is ignored`, `wird protokolliert`
    let passive = !goes && !target_first.any(ARTICLES) && target_first.is_word();
    let logged = target.iter().any(|token| {
        token.any(&["logged", "log", "protokolliert", "geloggt", "notiert", "noted", "protokoll"])
    });
    let ignored = target.iter().any(|token| {
        token.any(&["ignored", "ignoriert", "dropped", "skipped", "verworfen", "nothing", "nichts"])
    });
    let mut deed: Vec<Token> = Vec::new();
    if logged {
        deed.push(word(lang.say("log", "protokolliere")));
        deed.push(word(lang.say("it", "es")));
    } else if ignored {
        deed.push(word(lang.say("do", "tue")));
        deed.push(word(lang.say("nothing", "nichts")));
    } else if goes {
        let (send, it) = lang_pair(lang);
        deed.extend([word(send), word(it)]);
        let bound = target_first.any(&["per", "by", "via", "as"]);
        if !bound {
            deed.push(word(lang.say("to", "an")));
        }
        deed.extend(target.iter().cloned());
    } else if passive
        && lexicon::verb(&target_first.low, lang).is_none()
        && super::participle(&target_first.low).is_none()
        && !target_first.is_capital()
    {
        return None;
    } else {
        let verb = match (lang, mail) {
            (Lang::En, true) => "send",
            (Lang::En, false) => "create",
            (Lang::De, true) => "sende",
            (Lang::De, false) => "erstelle",
        };
        deed.push(word(verb));
        deed.extend(target.iter().cloned());
    }
    Some((Case { value, deed }, goes))
}

/// The verb of `pages`, `mails`.
fn third_person(token: &Token) -> Option<&'static str> {
    const VERBS: &[&str] = &[
        "page", "mail", "email", "notify", "message", "text", "alert", "call", "start", "run",
        "ping", "tell", "open", "create", "trigger", "inform",
    ];
    let stem = token.low.strip_suffix('s')?;
    let stem = if stem == "notifie" { "notify" } else { stem };
    VERBS.iter().find(|verb| **verb == stem).copied()
}

const fn lang_pair(lang: Lang) -> (&'static str, &'static str) {
    match lang {
        Lang::En => ("send", "it"),
        Lang::De => ("sende", "es"),
    }
}

/// What comes: `route the webhook ticket` → `when the webhook ticket arrives ,`.
fn head(tokens: &[Token], lang: Lang, model: &Token) -> Vec<Token> {
    let mut tokens = tokens.to_vec();
    while tokens
        .last()
        .is_some_and(|last| matches!(last.kind, Kind::Mark(_)) || last.any(&["and", "und"]))
    {
        tokens.pop();
    }
    let opened = tokens.first().is_some_and(|first| {
        first.any(&["when", "whenever", "wenn", "sobald", "on", "if", "bei", "kommt"])
    });
    let verb = tokens.first().is_some_and(|first| {
        first.any(&[
            "route",
            "sort",
            "dispatch",
            "split",
            "handle",
            "distribute",
            "treat",
            "triage",
            "for",
            "verteile",
            "sortiere",
            "leite",
            "behandle",
            "switch",
            "direct",
            "process",
        ])
    });
    if verb {
        tokens.remove(0);
    }
    let hook = tokens
        .iter()
        .any(|token| token.any(&["webhook", "event", "ereignis"]) || token.kind == Kind::Dotted);
    let mut out = Vec::new();
    if !opened && hook {
        // `what the webhook x brings`, `calls of the webhook x`
        let from = tokens
            .iter()
            .position(|token| {
                token.any(&["webhook", "event", "ereignis"]) || token.kind == Kind::Dotted
            })
            .unwrap_or(0);
        let named = tokens[from..].iter().take(2).cloned();
        out.push(made(model, lang.say("when", "wenn")));
        out.extend(named);
        out.push(made(model, lang.say("arrives", "eintrifft")));
    } else {
        out.extend(tokens);
    }
    if !out.is_empty() {
        out.push(made(model, ","));
    }
    out
}
