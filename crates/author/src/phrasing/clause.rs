//! One clause in plainer words: who does it left out, the passive turned round.

use super::{is_article, made, participle};
use crate::lexicon::{self, ARTICLES, PLEASE, people};
use crate::text::{Kind, Lang, Token};

/// Rewrites a clause that tells a deed.
pub fn plainer(tokens: &mut Vec<Token>, lang: Lang) {
    match lang {
        Lang::En => english(tokens),
        Lang::De => german(tokens),
    }
}

const MODALS: &[&str] = &[
    "should", "shall", "must", "will", "would", "can", "may", "ought", "needs", "need", "has",
    "have", "is", "are", "gets", "get", "got", "be",
];

fn english(tokens: &mut Vec<Token>) {
    let leading = tokens.iter().take_while(|token| token.any(PLEASE)).count();
    tokens.drain(..leading);
    if approval(tokens) || receives(tokens) || wants(tokens) || passive(tokens) || goes(tokens) {
        return;
    }
    subject(tokens);
}

/// `boss@example.com must approve`, `need an ok from the boss`: someone is asked.
fn approval(tokens: &mut Vec<Token>) -> bool {
    let modal = tokens.iter().position(|token| {
        token.any(&[
            "must", "should", "has", "have", "needs", "need", "requires", "require", "shall", "to",
        ])
    });
    let approves = tokens.iter().position(|token| {
        token.any(&[
            "approve",
            "confirm",
            "ok",
            "okay",
            "sign",
            "approval",
            "go-ahead",
            "sign-off",
            "permission",
            "consent",
        ])
    });
    let (Some(modal), Some(approves)) = (modal, approves) else { return false };
    if approves < modal
        || approves - modal > 4
        || modal == 0
            && !tokens[0].any(&["needs", "need", "requires"])
            // `have ada@example.com approve it`
            && !(tokens[0].is("have") && tokens[..approves].iter().any(|token| token.kind == Kind::Email))
    {
        return false;
    }
    let who: Vec<Token> = tokens
        .iter()
        .filter(|token| token.kind == Kind::Email || token.any(people::OUTSIDE))
        .cloned()
        .collect();
    let model = tokens[0].clone();
    let mut out = vec![made(&model, "ask")];
    out.extend(who);
    out.extend([made(&model, "for"), made(&model, "approval")]);
    out.extend(source(tokens));
    *tokens = out;
    true
}

/// Where what is spoken about comes from, so that it still starts the bot: `from the form leave`.
fn source(tokens: &[Token]) -> Vec<Token> {
    let at = tokens.iter().position(|token| {
        token.any(&["webhook", "form", "event", "ereignis"])
            || token.is_word()
                && (token.low.ends_with("formular") || token.low.ends_with("webhook"))
    });
    let Some(at) = at else { return Vec::new() };
    let mut end = at + 1;
    while tokens
        .get(end)
        .is_some_and(|token| token.any(&["at", "called", "named", "namens", "unter"]))
    {
        end += 1;
    }
    let named = tokens.get(end).is_some_and(|token| {
        matches!(token.kind, Kind::Word | Kind::Path | Kind::Quoted | Kind::Dotted)
            && !token.any(ARTICLES)
            && !crate::lexicon::is_empty_word(token)
    });
    if !named {
        return Vec::new();
    }
    let mut out = vec![made(&tokens[at], "from")];
    out.extend(tokens[at..=end].iter().cloned());
    out
}

/// `finance@example.com should get an email about it`, `the team is to be told`.
fn receives(tokens: &mut Vec<Token>) -> bool {
    let Some(verb) = tokens.iter().position(|token| {
        token.any(&["get", "gets", "receive", "receives", "got", "getting", "receiving"])
    }) else {
        return false;
    };
    let who = &tokens[..verb];
    let person = who.iter().any(|token| {
        matches!(token.kind, Kind::Email | Kind::Channel)
            || token.any(people::OUTSIDE)
            || token.any(people::IN_DATA)
            || token.any(&["i", "we", "someone", "everyone", "they"])
    });
    if !person || verb == 0 {
        return false;
    }
    let rest = &tokens[verb + 1..];
    let mail = rest.iter().any(|token| token.any(&["email", "mail", "e-mail"]));
    let note = rest.iter().any(|token| {
        token.any(&[
            "message",
            "note",
            "notification",
            "alert",
            "notified",
            "informed",
            "told",
            "text",
            "sms",
            "reminder",
            "reminded",
            "warning",
            "alerted",
            "warned",
            "pinged",
            "dm",
            "heads-up",
            "copy",
            "summary",
            "report",
            "list",
            "link",
            "it",
            "them",
        ])
    });
    if !mail && !note {
        return false;
    }
    let model = tokens[verb].clone();
    let verb_word = if mail { "email" } else { "tell" };
    let mut out = vec![made(&model, verb_word)];
    out.extend(
        who.iter()
            .filter(|token| {
                !token.any(MODALS) && !token.any(&["to", "want", "i", "'d", "like", "also", "then"])
            })
            .cloned()
            .map(|mut token| {
                if token.any(&["we"]) {
                    "us".clone_into(&mut token.low);
                    "us".clone_into(&mut token.text);
                }
                token
            }),
    );
    if who.iter().any(|token| token.is("i")) && out.len() == 1 {
        out.push(made(&model, "me"));
    }
    out.extend(
        rest.iter()
            .filter(|token| {
                let drop = token.any(&[
                    "email",
                    "mail",
                    "e-mail",
                    "notified",
                    "informed",
                    "told",
                    "notification",
                    "an",
                ]) || !mail && token.any(&["message", "note", "alert"]);
                !drop
            })
            .cloned(),
    );
    // `tell X a about it`
    let mut at = 1;
    while at + 1 < out.len() {
        let bare = is_article(&out[at])
            && out[at].any(&["a", "an"])
            && out[at + 1]
                .any(&["about", "with", "that", "saying", "when", "in", "on", "by", "via"]);
        if bare {
            out.remove(at);
        } else {
            at += 1;
        }
    }
    if out.last().is_some_and(|last| last.any(&["a", "an"])) {
        out.pop();
    }
    *tokens = out;
    true
}

/// `I want a message in …`, `we need a ticket in …`.
fn wants(tokens: &mut Vec<Token>) -> bool {
    let length = if tokens.first().is_some_and(|token| token.any(&["i", "we"])) {
        match tokens.get(1) {
            Some(next) if next.any(&["want", "need", "expect"]) => 2,
            Some(next)
                if next.any(&["'d", "would"])
                    && tokens.get(2).is_some_and(|next| next.any(&["like", "love"])) =>
            {
                3
            }
            _ => return false,
        }
    } else {
        return false;
    };
    let rest = &tokens[length..];
    let verb = rest.first().is_some_and(|token| {
        token.is("to") || !token.any(ARTICLES) && lexicon::verb(&token.low, Lang::En).is_some()
    });
    let model = tokens[0].clone();
    if verb {
        let skip = usize::from(rest.first().is_some_and(|token| token.is("to")));
        tokens.drain(..length + skip);
        return true;
    }
    let message = rest.iter().take(5).any(|token| {
        token.any(&[
            "message",
            "email",
            "mail",
            "note",
            "alert",
            "notification",
            "reminder",
            "sms",
            "report",
            "summary",
            "digest",
            "warning",
            "ping",
            "e-mail",
            "post",
        ])
    });
    let word = if message { "send" } else { "create" };
    if rest.first().is_some_and(|token| token.any(&["a", "an", "the", "one", "new"])) {
        tokens.splice(..length, [made(&model, word)]);
        // What is wanted may be said to be done: `I want the file stored in …`.
        passive(tokens);
        return true;
    }
    false
}

/// `an incident should be opened in …` → `open an incident in …`.
fn passive(tokens: &mut Vec<Token>) -> bool {
    let found = tokens.iter().enumerate().find_map(|(at, token)| {
        if at == 0 || !token.any(MODALS) {
            return None;
        }
        // `tell them that the office is closed`: told, and not asked for.
        let told = tokens[..at].iter().skip(1).position(|token| token.is("that"));
        if told.is_some_and(|that| that + 3 < at) {
            return None;
        }
        let mut next = at + 1;
        let mut not = false;
        while tokens.get(next).is_some_and(|token| {
            token.any(&[
                "be",
                "to",
                "then",
                "also",
                "been",
                "get",
                "not",
                "never",
                "only",
                "immediately",
                "automatically",
                "always",
                "being",
                "first",
            ])
        }) {
            not |= tokens[next].any(&["not", "never"]);
            next += 1;
        }
        let base = participle(&tokens.get(next)?.low)?;
        // `is sent`, `are stored` in a deed of its own; `has created` is none.
        let had = token.any(&["has", "have", "need", "needs", "can", "may"]) && next == at + 1;
        (!had && tokens[next].is_word()).then_some((at, next, base, not))
    });
    let found = found.or_else(|| caused(tokens));
    let Some((modal, verb, base, not)) = found else { return false };
    // The subject must be a thing, not the doer: `the bot should …` is no passive.
    if tokens[..modal].iter().all(|token| token.any(PLEASE)) {
        return false;
    }
    let model = tokens[verb].clone();
    let subject: Vec<Token> = tokens[..modal].to_vec();
    let rest: Vec<Token> = tokens[verb + 1..].to_vec();
    let mut out = Vec::new();
    if not {
        out.extend([made(&model, "do"), made(&model, "not")]);
    }
    out.push(made(&model, base));
    let told = ["tell", "notify", "inform", "alert", "warn", "remind", "ask", "ping", "email"];
    let _ = told;
    out.extend(subject);
    out.extend(rest);
    *tokens = out;
    true
}

/// `mails should have their attachment stored in …`: where the modal and the participle stand.
fn caused(tokens: &mut Vec<Token>) -> Option<(usize, usize, &'static str, bool)> {
    let modal = tokens
        .iter()
        .position(|token| token.any(&["should", "shall", "must"]))
        .filter(|at| *at > 0)?;
    let have = tokens.get(modal + 1).filter(|token| token.any(&["have", "get"]))?.clone();
    let verb = (modal + 2..tokens.len().min(modal + 8))
        .find(|at| tokens[*at].is_word() && participle(&tokens[*at].low).is_some())?;
    let base = participle(&tokens[verb].low)?;
    // The thing goes before the modal: `the attachment of mails should be stored`.
    let thing: Vec<Token> = tokens.drain(modal + 2..verb).collect();
    let subject: Vec<Token> = tokens.drain(..modal).collect();
    let mut front = thing;
    front.push(made(&have, "of"));
    front.extend(subject);
    let modal = front.len();
    tokens.splice(..0, front);
    Some((modal, modal + 2, base, false))
}

/// `the summary goes to #x` → `send the summary to #x`.
fn goes(tokens: &mut Vec<Token>) -> bool {
    let Some(at) = tokens.iter().position(|token| token.any(&["goes", "go", "belongs", "belong"]))
    else {
        return false;
    };
    let to = tokens.get(at + 1).is_some_and(|next| next.any(&["to", "into", "in", "out", "on"]));
    if !to {
        return false;
    }
    let model = tokens[at].clone();
    let mut out = Vec::new();
    if at > 0 {
        out.push(made(&model, "send"));
    }
    out.extend(tokens[..at].iter().filter(|token| !token.any(MODALS)).cloned());
    out.extend(tokens[at + 1..].iter().filter(|token| !token.is("out")).cloned());
    *tokens = out;
    true
}

/// `the bot should post …`, `it then answers …`: the doer is left out.
fn subject(tokens: &mut Vec<Token>) {
    const DOERS: &[&str] = &[
        "bot",
        "it",
        "you",
        "we",
        "i",
        "he",
        "she",
        "automation",
        "workflow",
        "system",
        "codex",
        "endpoint",
        "flow",
        "they",
        "webhook",
    ];
    let article = usize::from(
        tokens.first().is_some_and(|token| token.any(&["the", "this", "that", "my", "our"])),
    );
    let Some(doer) = tokens.get(article).filter(|token| token.any(DOERS)) else { return };
    let hook = doer.is("webhook");
    let mut next = article + 1;
    if hook {
        return;
    }
    while tokens.get(next).is_some_and(|token| {
        token.any(&[
            "should", "shall", "must", "will", "would", "has", "have", "to", "needs", "need",
            "want", "then", "also", "can", "could", "just", "simply", "please", "like", "'d", "be",
            "able",
        ])
    }) {
        next += 1;
    }
    let verb = tokens
        .get(next)
        .is_some_and(|token| token.is_word() && lexicon::verb(&token.low, Lang::En).is_some());
    if verb {
        tokens.drain(..next);
    }
}

fn german(tokens: &mut Vec<Token>) {
    let leading = tokens.iter().take_while(|token| token.any(PLEASE)).count();
    tokens.drain(..leading);
    german_approval(tokens);
    // Helping verbs say nothing of the deed, which stands beside them as infinitive or participle.
    let helps = |token: &Token| {
        token.any(&[
            "soll", "sollen", "sollte", "sollten", "muss", "muessen", "werden", "wird", "kann",
            "lassen", "werde", "moege", "moechte", "wollen",
        ])
    };
    let has_verb = tokens.iter().any(|token| {
        token.is_word() && !helps(token) && lexicon::verb(&token.low, Lang::De).is_some()
    });
    if has_verb {
        tokens.retain(|token| !helps(token));
    } else if let Some(at) = tokens.iter().position(helps) {
        // `… soll eine Mail an …`: the verb is left out altogether.
        let model = tokens[at].clone();
        let receives = tokens.iter().any(|token| token.any(&["bekommen", "erhalten", "kriegen"]));
        tokens.retain(|token| {
            !helps(token) && !token.any(&["bekommen", "erhalten", "kriegen", "gehen"])
        });
        let first = usize::from(receives);
        let _ = first;
        tokens.insert(0, made(&model, "sende"));
    }
    // `X bekommt eine Mail`
    if let Some(at) = tokens
        .iter()
        .position(|token| token.any(&["bekommt", "erhaelt", "kriegt", "bekommen", "erhalten"]))
        && tokens.iter().any(|token| {
            token.kind == Kind::Email || token.any(people::OUTSIDE) || token.any(people::IN_DATA)
        })
        && tokens.iter().any(|token| {
            token.any(&[
                "mail",
                "email",
                "e-mail",
                "nachricht",
                "info",
                "hinweis",
                "sms",
                "meldung",
            ])
        })
    {
        let model = tokens[at].clone();
        tokens[at] = made(&model, "an");
        let verb = made(&model, "sende");
        let who = tokens[..at].to_vec();
        let rest = tokens[at + 1..].to_vec();
        *tokens = vec![verb];
        tokens.extend(rest);
        tokens.push(made(&model, "an"));
        tokens.extend(who);
    }
    // `… geht an #x`
    if let Some(at) = tokens.iter().position(|token| token.any(&["geht", "gehen"]))
        && tokens.iter().skip(at).any(|token| token.any(&["an", "nach", "in", "zu"]))
    {
        let model = tokens[at].clone();
        tokens.remove(at);
        if at > 0 || !tokens.is_empty() {
            tokens.insert(0, made(&model, "sende"));
        }
    }
}

/// `chef@example.de gibt frei`, `muss zustimmen`, `die Freigabe von …`.
fn german_approval(tokens: &mut Vec<Token>) {
    let frees = tokens.iter().any(|token| {
        token.any(&[
            "freigeben",
            "zustimmen",
            "genehmigen",
            "freigabe",
            "genehmigung",
            "zustimmung",
            "freigibt",
            "zustimmt",
            "genehmigt",
            "abnicken",
            "absegnen",
            "ok",
        ])
    }) || tokens.iter().any(|token| token.any(&["gibt", "geben"]))
        && tokens.iter().any(|token| token.any(&["frei", "okay"]));
    let who: Vec<Token> =
        tokens.iter().filter(|token| token.kind == Kind::Email).cloned().collect();
    let asks =
        tokens.iter().any(|token| lexicon::verb(&token.low, Lang::De) == Some(lexicon::Op::Notify));
    if !frees || who.is_empty() || asks {
        return;
    }
    let model = tokens[0].clone();
    let mut out = vec![made(&model, "frage")];
    out.extend(who);
    out.extend([made(&model, "nach"), made(&model, "freigabe")]);
    out.extend(source(tokens));
    *tokens = out;
}
