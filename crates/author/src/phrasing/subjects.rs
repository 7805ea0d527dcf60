//! What a sentence speaks about is what starts the bot: `mails from X should be posted to …`,
//! `Bewerbungen, die per E-Mail kommen, sollen …`, `whatever is posted to the webhook X`.

use super::{made, participle};
use crate::lexicon::{self, ARRIVES, ARTICLES};
use crate::text::{Kind, Lang, Token};

/// Words that open a clause of another kind.
const OPENS: &[&str] = &[
    "when", "if", "whenever", "on", "after", "for", "once", "as", "before", "at", "in", "every",
    "each", "only", "unless", "until", "should",
];

const MAILS: &[&str] =
    &["mail", "mails", "email", "emails", "e-mail", "e-mails", "inbox", "postfach", "posteingang"];

fn is_hook(token: &Token) -> bool {
    token.any(&["webhook", "hook", "endpoint"]) || token.is_word() && token.low.ends_with("webhook")
}

pub fn subjects(tokens: &mut Vec<Token>, lang: Lang, is_name: &dyn Fn(&str) -> bool) {
    match lang {
        Lang::En => {
            whatever(tokens);
            english(tokens, is_name);
        }
        Lang::De => {
            relative(tokens);
            german(tokens, is_name);
        }
    }
}

/// `whatever is posted to the webhook X`, `the text that arrives at the webhook X` → `the text
/// posted to the webhook X`.
fn whatever(tokens: &mut Vec<Token>) {
    const COMES: &[&str] = &[
        "posted",
        "sent",
        "submitted",
        "arrives",
        "arrive",
        "comes",
        "come",
        "received",
        "uploaded",
        "pushed",
        "delivered",
        "arriving",
        "coming",
        "land",
        "lands",
        "thrown",
        "in",
        "passed",
        "put",
        "handed",
    ];
    let mut from = 0;
    while let Some(at) = (from..tokens.len()).find(|at| {
        tokens[*at].any(&["whatever", "what", "that", "which", "anything", "everything"])
    }) {
        from = at + 1;
        let open = tokens[at].any(&["whatever", "what", "anything", "everything"]);
        let mut next = at + 1;
        let noun = (open
            && tokens.get(next).is_some_and(|token| {
                token.any(&["text", "comment", "message", "json", "data", "list", "is"])
                    && !token.is("is")
            }))
        .then(|| tokens[next].clone());
        next += usize::from(noun.is_some());
        let helpers = tokens[next.min(tokens.len())..]
            .iter()
            .take_while(|token| {
                token.any(&[
                    "is", "are", "gets", "get", "was", "has", "have", "been", "being", "that",
                    "which", "someone", "people", "somebody", "users", "they",
                ])
            })
            .count();
        next += helpers;
        let comes =
            tokens[next.min(tokens.len())..].iter().take_while(|token| token.any(COMES)).count();
        let to = tokens.get(next + comes).is_some_and(|token| {
            token.any(&["to", "at", "on", "through", "via", "by", "into", "over", "from"])
        });
        let hook = tokens.iter().skip(next + comes).take(4).any(is_hook);
        let opening = tokens[..at]
            .iter()
            .rev()
            .take_while(|token| !matches!(token.kind, Kind::Mark(_)))
            .any(|token| token.any(&["when", "whenever", "if", "once"]));
        if comes == 0 || !to || !hook || opening || at == 0 && !open {
            continue;
        }
        let model = tokens[at].clone();
        let mut words = Vec::new();
        if open {
            words.push(made(&model, "the"));
            words.push(noun.unwrap_or_else(|| made(&model, "text")));
        }
        words.push(made(&model, "posted"));
        tokens.splice(at..next + comes, words);
    }
}

/// Where a sentence that begins at `from` ends.
fn end_of(tokens: &[Token], from: usize) -> usize {
    tokens[from..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?' | ':')))
        .map_or(tokens.len(), |offset| from + offset)
}

/// `mails from X should be posted to …` → `when mails from X come, it should be posted to …`.
fn english(tokens: &mut Vec<Token>, is_name: &dyn Fn(&str) -> bool) {
    let Some(first) = tokens.first() else { return };
    let every = first.any(&["every", "each", "any", "all", "a", "an", "new"]);
    let verb = first.is_word() && lexicon::is_base(&first.low) && !lexicon::is_noun_too(&first.low);
    if first.any(OPENS) && !every || verb || first.any(&["it", "i", "we", "you", "there"]) {
        return;
    }
    let end = end_of(tokens, 0);
    let modal = (1..end).find(|at| {
        let next = |offset: usize| tokens.get(at + offset);
        let helps = |token: &Token| {
            token.any(&["be", "get", "to", "go", "also", "only", "always", "immediately", "first"])
                || token.is_word() && participle(&token.low).is_some()
                || token.is_word() && lexicon::is_base(&token.low)
        };
        tokens[*at].any(&["should", "must", "shall", "will", "may", "needs", "need"])
            && next(1).is_some_and(helps)
            || tokens[*at].any(&["is", "are", "get", "gets", "has", "have"])
                && next(1).is_some_and(|token| {
                    token.any(&["to", "then", "always"])
                        || token.is_word()
                            && participle(&token.low).is_some()
                            && !token.any(&["called", "named"])
                })
                && !tokens[at - 1].any(&["that", "which", "who"])
    });
    let Some(modal) = modal.filter(|modal| *modal > 1 || tokens[0].any(MAILS)) else { return };
    let head = &tokens[..modal];
    if head.iter().any(|token| token.is_mark(',') || token.any(&["then", "when", "if", "of"])) {
        return;
    }
    let mail = head.iter().position(|token| token.any(MAILS)).is_some_and(|at| {
        head.get(at + 1).is_some_and(|next| {
            next.any(&["from", "that", "which", "with", "about", "whose", "containing"])
        }) || head[..at]
            .iter()
            .any(|token| token.any(&["every", "each", "any", "all", "new", "incoming"]))
    });
    let comes = head.iter().any(|token| token.any(ARRIVES));
    let named = head.iter().any(|token| token.is_word() && is_name(&token.low))
        && (every || comes || head[0].any(&["failed", "incoming", "every"]))
        && head
            .iter()
            .any(|token| token.any(&["every", "each", "any", "new", "all"]) || token.any(ARRIVES));
    let hook = head.iter().any(is_hook) && comes;
    if !(mail || named || hook) {
        return;
    }
    let model = tokens[modal].clone();
    let mut words = vec![made(&model, ",")];
    if mail && !comes {
        words.insert(0, made(&model, "arrives"));
    }
    words.push(made(&model, "it"));
    tokens.splice(modal..modal, words);
    tokens.insert(0, made(&model, "when"));
}

/// `den Text, der an den Webhook X geschickt wird, …` → `den Text am Webhook X …`.
fn relative(tokens: &mut Vec<Token>) {
    let mut at = 1;
    while at + 2 < tokens.len() {
        let opens = tokens[at].is_mark(',')
            && tokens[at + 1].any(&["der", "die", "das", "was", "welche", "welcher", "welches"]);
        if !opens {
            at += 1;
            continue;
        }
        let end = tokens[at + 1..]
            .iter()
            .take(14)
            .position(|token| matches!(token.kind, Kind::Mark(_)))
            .map_or(tokens.len(), |offset| at + 1 + offset);
        let inside = &tokens[at + 2..end];
        let last = inside.last().is_some_and(|token| {
            token.any(ARRIVES)
                || token.any(&[
                    "wird",
                    "werden",
                    "wurde",
                    "kommen",
                    "ankommen",
                    "eintreffen",
                    "eingehen",
                    "eingeht",
                    "ankommt",
                    "reinkommen",
                    "hereinkommen",
                    "landen",
                ])
        });
        let hook = inside.iter().position(is_hook);
        let mail = inside.iter().position(|token| token.any(MAILS));
        if !last || hook.is_none() && mail.is_none() {
            at = end;
            continue;
        }
        // A subject with a deed of its own behind it starts the bot.
        let begins = tokens[..at]
            .iter()
            .rposition(|token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | ':')))
            .map_or(0, |mark| mark + 1);
        let subject = !tokens[begins..at].iter().any(|token| {
            token.is_word()
                && !token.is_capital()
                && lexicon::verb(&token.low, Lang::De).is_some()
                && token.at.start > tokens[begins].at.start
        }) && at - begins <= 4
            && !tokens[begins].any(&["wenn", "sobald", "falls", "bei", "fuer"])
            && (lexicon::verb(&tokens[begins].low, Lang::De).is_none()
                || tokens.get(end + 1).is_some_and(|next| {
                    next.any(&["soll", "sollen", "muss", "muessen", "werden", "wird"])
                }));
        let model = tokens[at].clone();
        if subject {
            tokens.drain(at..at + 2);
            tokens.insert(begins, made(&model, "wenn"));
            at = end;
        } else {
            let mut keep: Vec<Token> = inside
                .iter()
                .filter(|token| {
                    !token.any(ARRIVES)
                        && !token.any(&["wird", "werden", "wurde", "geschickt", "gesendet"])
                })
                .cloned()
                .collect();
            keep.retain(|token| !token.any(&["an", "den"]));
            keep.insert(0, made(&model, "am"));
            let to = (end + usize::from(tokens.get(end).is_some_and(|next| next.is_mark(','))))
                .min(tokens.len());
            tokens.splice(at..to, keep);
            at += 1;
        }
    }
}

/// `Rabatte am Webhook X über 20 Prozent muss … genehmigen` → `wenn Rabatte am Webhook X über 20
/// Prozent eingeht, muss …`.
fn german(tokens: &mut Vec<Token>, is_name: &dyn Fn(&str) -> bool) {
    let Some(first) = tokens.first() else { return };
    let lead = first.any(&[
        "wenn", "sobald", "falls", "bei", "nach", "fuer", "kommt", "trifft", "geht", "ist", "wird",
        "am", "im", "um", "ruft", "erst", "nur", "sollte",
    ]);
    let noun = first.text.starts_with(char::is_uppercase);
    if lead || !noun {
        return;
    }
    let end = end_of(tokens, 0);
    let modal = (1..end).find(|at| {
        tokens[*at].any(&[
            "soll",
            "sollen",
            "muss",
            "muessen",
            "brauchen",
            "braucht",
            "benoetigen",
            "benoetigt",
            "werden",
            "wird",
            "duerfen",
            "darf",
            "bekommt",
            "bekommen",
            "erhaelt",
        ])
    });
    let Some(modal) = modal.filter(|modal| *modal > 1) else { return };
    let head = &tokens[..modal];
    let verb = !first.any(ARTICLES)
        && lexicon::verb(&first.low, Lang::De).is_some()
        && !first.any(&["mail", "mails", "email", "e-mail"]);
    if verb || head.iter().any(|token| token.is_mark(',')) {
        return;
    }
    let hook = head.iter().position(is_hook);
    let told = hook.is_some_and(|hook| {
        hook > 1
            && head[..hook]
                .iter()
                .any(|token| token.any(&["am", "an", "beim", "ueber", "auf", "vom", "per"]))
    });
    let mail = head.iter().any(|token| token.any(MAILS))
        && head.iter().any(|token| token.any(&["von", "mit", "jede", "eingehende", "neue"]));
    let named = head.iter().any(|token| token.is_word() && is_name(&token.low))
        && head.iter().any(|token| {
            token.any(&["neue", "neuer", "neues", "jede", "jeder", "jedes", "eingehende"])
        });
    if !(told || mail || named) {
        return;
    }
    let model = tokens[modal].clone();
    let mut words = vec![made(&model, "eingeht"), made(&model, ",")];
    // Who receives something is the one that came.
    let receives = tokens[modal].any(&["bekommt", "bekommen", "erhaelt"])
        || tokens[modal..end].iter().any(|token| token.any(&["bekommen", "erhalten", "kriegen"]));
    if named && receives {
        words.push(made(&model, "kunde"));
    }
    tokens.splice(modal..modal, words);
    tokens.insert(0, made(&model, "wenn"));
}
