//! Notes that begin with what happens: `gitlab pipeline fails on main -> …`, `PR opened in x/y: …`,
//! `neue Zeile im Google Sheet X: …`, and `as soon as … page whoever is on call` without a comma. What
//! happens becomes a clause with its own opening word and an end.

use super::made;
use crate::clauses::{Vocabulary, can_head};
use crate::lexicon::{self, ARTICLES, PLEASE, PRONOUNS};
use crate::text::{Kind, Lang, Token};

pub fn occurrences(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    let from = tokens.iter().take_while(|token| token.any(PLEASE)).count();
    trailing(tokens, known);
    let lead = opening(&tokens[from..], lang).or_else(|| doubtful(tokens, from, lang, known));
    match lead {
        Some(length) => {
            // `every time` is one word for it.
            let model = tokens[from].clone();
            let word = match (&tokens[from], lang) {
                (first, _) if length == 1 && first.any(&["when", "whenever", "wenn", "sobald"]) => {
                    first.low.clone()
                }
                (_, Lang::En) => "whenever".to_owned(),
                (_, Lang::De) => "sobald".to_owned(),
            };
            tokens.splice(from..from + length, [made(&model, &word)]);
            close(tokens, from + 1, lang, known);
        }
        None => {
            if !brought(tokens, from, lang, known) && !ahead(tokens, from, lang, known) {
                open(tokens, from, lang, known);
            }
        }
    }
}

/// `new shopify orders into the google sheet Orders`, `neue Issues aus x/y nach #dev`: what comes is
/// brought somewhere, without a verb.
fn brought(tokens: &mut Vec<Token>, from: usize, lang: Lang, known: &dyn Vocabulary) -> bool {
    let end = (from..tokens.len())
        .find(|at| matches!(tokens[*at].kind, Kind::Mark(':' | ';' | '.' | '!' | '?')))
        .unwrap_or(tokens.len());
    let part = &tokens[from..end];
    // `Tag new orders as vip` is a deed, whatever else `tag` may be.
    let deed = part.first().is_some_and(|first| {
        first.any(&["tag", "label", "mark", "flag", "share", "archive", "copy", "forward"])
    });
    if part.len() < 4 || deed || orders(part, lang) || !part[0].is_word() || part[0].any(LEADS) {
        return false;
    }
    let words: &[&str] = match lang {
        Lang::En => &["into", "to", "onto", "as"],
        Lang::De => &["ins", "nach", "an", "in", "auf", "als"],
    };
    let found = (2..part.len() - 1).find(|at| {
        let goal = part[at + 1..].iter().take(4).any(|token| {
            matches!(token.kind, Kind::Channel | Kind::Email)
                || token.is_word() && known.is_name(&token.low)
        });
        // A verb of its own behind it is a deed already.
        let deed = part[at + 1..].iter().any(|token| {
            token.is_word()
                && !token.text.starts_with(char::is_uppercase)
                && lexicon::verb(&token.low, lang).is_some()
                && !lexicon::is_noun_too(&token.low)
        });
        let plain = !part[..*at]
            .iter()
            .any(|token| token.any(&["if", "whether", "ob", "and", "und", "then", "when"]));
        part[*at].any(words)
            && goal
            && plain
            && !deed
            && !part[..*at].iter().any(|token| token.is_mark(','))
            && known.happens(&part[..*at], tokens)
    });
    let Some(at) = found.map(|at| from + at) else { return false };
    let model = tokens[at].clone();
    let mut words = vec![made(&model, ",")];
    words.extend(match lang {
        Lang::En => ["send", "it"].map(|word| made(&model, word)),
        Lang::De => ["sende", "es"].map(|word| made(&model, word)),
    });
    tokens.splice(at..at, words);
    tokens.insert(from, made(&model, lang.say("when", "wenn")));
    true
}

/// `30 min before each event in our calendar remind #x …`: how long before is said first.
fn ahead(tokens: &mut Vec<Token>, from: usize, lang: Lang, known: &dyn Vocabulary) -> bool {
    let quarter = tokens[from..]
        .iter()
        .take(6)
        .position(|token| token.any(&["hour", "viertelstunde", "stunde"]))
        .map(|at| at + 1);
    let length = crate::values::duration_length(&tokens[from..]).map(|(used, _)| used).or(quarter
        .filter(|_| {
            tokens[from..]
                .iter()
                .take(2)
                .any(|token| token.any(&["quarter", "half", "viertelstunde", "halbe"]))
        }));
    let Some(length) = length else { return false };
    if !tokens.get(from + length).is_some_and(|token| token.any(&["before", "vor", "ahead"])) {
        return false;
    }
    let end = mark(tokens, from).unwrap_or(tokens.len());
    let at = (from + length + 2..end).find(|at| {
        let begins = match lang {
            Lang::En => {
                begins_deed(tokens, *at)
                    || tokens[*at].is_word()
                        && lexicon::is_base(&tokens[*at].low)
                        && tokens.get(at + 1).is_some_and(is_object)
            }
            Lang::De => {
                matches!(tokens[*at].kind, Kind::Channel | Kind::Email | Kind::Url)
                    || tokens[*at].any(&[
                        "eine", "einen", "ein", "mich", "mir", "uns", "an", "per", "in", "das",
                        "den", "die",
                    ]) && !tokens[at - 1].any(&["jedem", "jeder"])
            }
        };
        begins && known.happens(&tokens[from..*at], tokens)
    });
    let model = tokens[from].clone();
    match at {
        Some(at) => tokens.insert(at, made(&model, ",")),
        None if end < tokens.len() && known.happens(&tokens[from..end], tokens) => {
            comma(tokens, end)
        }
        None => return false,
    }
    tokens.insert(from, made(&model, lang.say("when", "wenn")));
    true
}

/// How many words open a clause that tells what happens.
fn opening(tokens: &[Token], lang: Lang) -> Option<usize> {
    const EN: &[&str] = &[
        "as soon as",
        "every time",
        "each time",
        "any time",
        "everytime",
        "anytime",
        "whenever",
        "when",
        "once",
    ];
    const DE: &[&str] =
        &["immer wenn", "jedes mal wenn", "jedesmal wenn", "sobald", "wenn", "falls"];
    let rows = match lang {
        Lang::En => EN,
        Lang::De => DE,
    };
    rows.iter().find_map(|row| super::matches(tokens, row))
}

/// Words that open a condition as well, or say `each`: they open what happens when what follows tells of
/// it. `if`, `once`, `falls`, `on every`, `for each`.
fn doubtful(tokens: &[Token], from: usize, lang: Lang, known: &dyn Vocabulary) -> Option<usize> {
    let first = tokens.get(from)?;
    let each = tokens.get(from + 1).is_some_and(|next| {
        next.any(&[
            "every", "each", "any", "new", "a", "an", "incoming", "jedem", "jeder", "neuem",
            "neuer", "neuen",
        ])
    });
    let opens = match lang {
        Lang::En => {
            first.any(&["once", "if", "after", "anytime"])
                || first.any(&["on", "upon", "for"]) && each
        }
        Lang::De => first.any(&["falls", "nachdem", "bei"]) && (!first.is("bei") || each),
    };
    let end = mark(tokens, from).unwrap_or(tokens.len());
    if !opens || end <= from + 2 {
        return None;
    }
    let mut part = &tokens[from + 1..end];
    if lang == Lang::En
        && let Some(at) = (from + 3..end)
            .find(|at| begins_deed(tokens, *at) && known.happens(&tokens[from + 1..*at], tokens))
    {
        part = &tokens[from + 1..at];
    }
    let ours = part.iter().any(|token| {
        token.any(&[
            "webhook", "hook", "endpoint", "event", "ereignis", "it", "input", "list", "eingabe",
            "liste",
        ]) || token.kind == Kind::Dotted
            || token.low.ends_with("webhook")
    }) && !part.iter().any(|token| token.is_word() && known.is_name(&token.low));
    let tells = part.iter().any(|token| token.is_word() && crate::index::tells_change(&token.low));
    (!ours && tells && known.happens(part, tokens)).then_some(1)
}

/// `… for every new pull request in x/y`: what comes is told last.
fn trailing(tokens: &mut [Token], known: &dyn Vocabulary) {
    let found = (1..tokens.len().saturating_sub(3)).find(|at| {
        let each = tokens[*at].any(&["for", "on", "upon", "fuer", "bei"])
            && tokens[at + 1]
                .any(&["every", "each", "any", "jede", "jeden", "jedes", "jedem", "jeder"])
            && tokens[at + 2]
                .any(&["new", "incoming", "neue", "neuen", "neues", "neuem", "neuer", "failed"]);
        let end = mark(tokens, at + 1).unwrap_or(tokens.len());
        let names = tokens[at + 1..end]
            .iter()
            .filter(|token| token.is_word() && known.is_name(&token.low))
            .count();
        each && names < 2
            && !matches!(tokens[at - 1].kind, Kind::Mark(_))
            && end + 1 >= tokens.len()
            && known.happens(&tokens[at + 1..end], tokens)
    });
    if let Some(at) = found {
        let german = tokens[at].any(&["fuer", "bei"]);
        tokens[at] = made(&tokens[at].clone(), if german { "wenn" } else { "whenever" });
    }
}

/// Ends the opening clause where its deed begins.
fn close(tokens: &mut Vec<Token>, from: usize, lang: Lang, known: &dyn Vocabulary) {
    let end = mark(tokens, from).unwrap_or(tokens.len());
    if lang == Lang::En
        && let Some(at) = (from + 2..end)
            .find(|at| begins_deed(tokens, *at) && known.happens(&tokens[from..*at], tokens))
    {
        let model = tokens[at].clone();
        tokens.insert(at, made(&model, ","));
        return;
    }
    let divides = tokens.get(end).is_some_and(|token| matches!(token.kind, Kind::Mark(':' | ';')));
    if divides && known.happens(&tokens[from..end], tokens) {
        comma(tokens, end);
    }
}

/// Words that open a clause of another kind.
const LEADS: &[&str] = &[
    "if",
    "unless",
    "otherwise",
    "for",
    "on",
    "after",
    "before",
    "until",
    "while",
    "should",
    "at",
    "with",
    "from",
    "bei",
    "nach",
    "fuer",
    "sonst",
    "ist",
    "wird",
    "kommt",
    "nicht",
    "kein",
    "keine",
    "do",
    "don't",
    "never",
    "no",
    "not",
    "mit",
    "von",
    "aus",
    "using",
    "by",
    "via",
    "per",
];

/// Gives the opening clause its word.
fn open(tokens: &mut Vec<Token>, from: usize, lang: Lang, known: &dyn Vocabulary) {
    let Some(end) = mark(tokens, from).filter(|end| *end > from + 1 && end + 1 < tokens.len())
    else {
        return;
    };
    let part = &tokens[from..end];
    let then = tokens.get(end + 1).is_some_and(|next| next.any(&["then", "dann"]));
    let strong = !tokens[end].is_mark(',') || then;
    let other = part.iter().enumerate().any(|(at, token)| {
        token.any(&["webhook", "hook", "endpoint", "formular"])
            || token.is_word() && token.low.ends_with("webhook")
            // `our Telegram bot` is no bot of ours.
            || token.is("bot") && !(at > 0 && known.is_name(&part[at - 1].low))
    });
    let leads = part[0].any(LEADS);
    // `could you add a row …?` asks for a deed.
    let asks = part.iter().take(2).any(|token| {
        token.any(&[
            "could",
            "can",
            "would",
            "want",
            "need",
            "like",
            "koenntest",
            "kannst",
            "koennen",
            "moechte",
            "haette",
            "wuerdest",
            "will",
            "soll",
            "should",
            "let",
        ])
    });
    // `each new row has to be approved` is more than what happens.
    let asks =
        asks || part.iter().any(|token| {
            token.any(&[
                "must", "should", "shall", "needs", "need", "requires", "soll", "muss", "braucht",
            ])
        }) || part
            .windows(2)
            .any(|pair| pair[0].any(&["has", "have", "is", "are"]) && pair[1].is("to"));
    // A statement that was written out is a deed.
    let asks =
        asks || part.windows(2).any(|pair| pair[0].is("run") && pair[1].kind == Kind::Quoted);
    if other || leads || asks || orders(part, lang) {
        return;
    }
    // `mail to our invoice inbox: …`, `mail from x@y -> …`
    let mail = part
        .iter()
        .take(3)
        .position(|token| token.any(&["mail", "mails", "email", "emails", "e-mail", "e-mails"]));
    if strong
        && let Some(mail) = mail
        && part.get(mail + 1).is_some_and(|next| {
            next.any(&["to", "from", "in", "an", "von", "im", "about", "with", "mit", "at", "auf"])
        })
        && !part.iter().any(|token| token.is_word() && known.is_name(&token.low))
    {
        let model = tokens[from].clone();
        comma(tokens, end);
        let comes = lang.say("arrives", "eingeht");
        tokens.insert(end, made(&model, comes));
        tokens.insert(from, made(&model, lang.say("when", "wenn")));
        return;
    }
    let tells = part.iter().any(|token| token.is_word() && crate::index::tells_change(&token.low));
    if !(strong || tells) || !known.happens(part, tokens) {
        return;
    }
    let model = tokens[from].clone();
    comma(tokens, end);
    tokens.insert(from, made(&model, lang.say("when", "wenn")));
}

/// The first mark that ends a clause.
fn mark(tokens: &[Token], from: usize) -> Option<usize> {
    (from..tokens.len())
        .find(|at| matches!(tokens[*at].kind, Kind::Mark(',' | ':' | ';' | '.' | '!' | '?')))
}

/// An arrow or colon becomes a comma.
fn comma(tokens: &mut Vec<Token>, at: usize) {
    let model = tokens[at].clone();
    let count = tokens[at..]
        .iter()
        .take_while(|token| matches!(token.kind, Kind::Mark(',' | ':' | ';' | '.')))
        .count();
    tokens.splice(at..at + count, [made(&model, ",")]);
}

/// What a verb takes: a thing, a person, a place.
fn is_object(token: &Token) -> bool {
    !matches!(token.kind, Kind::Word | Kind::Mark(_) | Kind::Number)
        || token.any(ARTICLES)
        || token.any(PRONOUNS)
        || token.any(&["me", "us", "whoever", "him", "her", "someone", "somebody"])
}

/// Whether an English deed begins here, after what happened.
fn begins_deed(tokens: &[Token], at: usize) -> bool {
    let token = &tokens[at];
    if token.any(&["please"]) {
        return tokens.get(at + 1).is_some();
    }
    token.is_word()
        && lexicon::is_base(&token.low)
        && can_head(tokens, at)
        && tokens.get(at + 1).is_some_and(|next| {
            is_object(next) || !lexicon::is_noun_too(&token.low) && next.is_word()
        })
}

/// Whether the words are a deed rather than something that happens.
pub(super) fn orders(part: &[Token], lang: Lang) -> bool {
    let head = &part[0];
    match lang {
        Lang::En => {
            if !head.is_word() || !lexicon::is_base(&head.low) {
                return false;
            }
            // `merge request opened in …`
            if head.any(&["merge", "pull"])
                && part.get(1).is_some_and(|next| next.any(&["request", "requests"]))
            {
                return false;
            }
            let Some(next) = part.get(1).filter(|_| lexicon::is_noun_too(&head.low)) else {
                return true;
            };
            let placed = next.any(&["in", "on", "from", "at"])
                && !head.any(&["post", "reply", "answer", "look", "check", "log", "watch"]);
            let to = next.is("to")
                && head.any(&["push", "message", "mail", "email", "text", "call", "comment"])
                && !part.iter().any(|token| {
                    matches!(token.kind, Kind::Url | Kind::Email | Kind::Channel | Kind::Phone)
                });
            let done = next.is_word() && crate::index::tells_change(&next.low);
            let thing = next.any(&["message", "request", "failed"]);
            !(placed || to || done || thing)
        }
        Lang::De => {
            let noun = |token: &Token| {
                token.any(&[
                    "mail", "email", "e-mail", "post", "feed", "update", "report", "log", "tag",
                    "antwort", "pull", "merge",
                ])
            };
            let first = head.is_word()
                && lexicon::verb(&head.low, lang).is_some()
                && !noun(head)
                && !crate::index::tells_change(&head.low);
            // `neue Bestellungen in Slack posten: …`
            let last = part.last().is_some_and(|token| {
                token.is_word()
                    && !token.text.starts_with(char::is_uppercase)
                    && token.low.ends_with('n')
                    && lexicon::verb(&token.low, lang).is_some()
                    && !crate::index::tells_change(&token.low)
                    && !token.any(lexicon::ARRIVES)
            });
            first || last
        }
    }
}
