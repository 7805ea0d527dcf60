//! Sentences that speak to the program instead of telling a bot: they are answered, never followed.

use crate::text::{Lang, Text, Token};
use crate::{Draft, Question, QuestionKind};

/// Whether the sentence tells the program to change its rules or to give away what it keeps.
pub(super) fn commands_us(text: &Text) -> bool {
    let near = |first: &[&str], second: &[&str], within: usize| {
        text.tokens.iter().enumerate().any(|(at, token)| {
            token.any(first)
                && text.tokens.iter().skip(at + 1).take(within).any(|next| next.any(second))
        })
    };
    let word = |words: &[&str]| text.tokens.iter().any(|token: &Token| token.any(words));
    let rules = near(
        &[
            "ignore",
            "disregard",
            "forget",
            "override",
            "bypass",
            "ignoriere",
            "ignorier",
            "vergiss",
            "missachte",
            "umgehe",
            "vergesse",
        ],
        &[
            "rules",
            "rule",
            "instructions",
            "instruction",
            "prompt",
            "guidelines",
            "restrictions",
            "safety",
            "regeln",
            "anweisungen",
            "anweisung",
            "vorgaben",
            "beschraenkungen",
        ],
        5,
    );
    let role = near(&["you"], &["developer", "root", "admin", "dan", "jailbroken"], 6)
        && near(&["you"], &["are", "now"], 2)
        || near(&["du"], &["entwicklermodus", "root", "admin"], 6)
        || near(&["developer", "debug", "god"], &["mode"], 1);
    let prompt = near(&["system"], &["prompt"], 1) || word(&["systemprompt", "system-prompt"]);
    let secrets = near(
        &[
            "all",
            "stored",
            "the",
            "every",
            "your",
            "alle",
            "gespeicherten",
            "saemtliche",
            "deine",
            "die",
        ],
        &[
            "secrets",
            "passwords",
            "credentials",
            "tokens",
            "geheimnisse",
            "passwoerter",
            "zugangsdaten",
            "kennwoerter",
        ],
        3,
    ) && word(&[
        "connection",
        "connections",
        "stored",
        "workspace",
        "verbindungen",
        "gespeicherten",
        "server",
        "codex",
        "your",
        "deine",
        "secrets",
    ]) && word(&[
        "print", "show", "reveal", "email", "mail", "send", "post", "dump", "tell", "list", "give",
        "leak", "export", "zeige", "sende", "schicke", "maile", "poste", "verrate", "gib", "nenne",
        "drucke",
    ]);
    rules || role || prompt || secrets
}

/// One clear answer: what is asked for is no bot.
pub(super) fn commanded(text: &Text) -> Draft {
    let message = text.lang.say(
        "This speaks to the program, and a sentence here only describes a bot: rules stay, and secrets are never given out. What should the bot do? For example: “When the webhook order arrives, email sales@example.com”.",
        "Das richtet sich an das Programm, und ein Satz beschreibt hier nur einen Bot: Regeln bleiben, und Geheimnisse werden nie herausgegeben. Was soll der Bot tun? Zum Beispiel: „Wenn der Webhook bestellung kommt, maile an vertrieb@example.de“.",
    );
    ask(message, text.lang)
}

/// What is wished for names no deed.
pub(super) fn vague(text: &Text) -> Draft {
    let message = text.lang.say(
        "What starts it, and what should the bot do then? For example: “When a new ticket arrives in Zendesk, post it to #support in Slack”.",
        "Was stößt es an, und was soll der Bot dann tun? Zum Beispiel: „Wenn in Zendesk ein neues Ticket eingeht, poste es in #support in Slack“.",
    );
    ask(message, text.lang)
}

/// A draft without a definition that asks one question.
fn ask(message: &str, _lang: Lang) -> Draft {
    Draft {
        definition: None,
        questions: vec![Question {
            id: "what".to_owned(),
            kind: QuestionKind::Clarify,
            path: String::new(),
            text: message.to_owned(),
            required: true,
            default: None,
            choices: None,
        }],
        connections: Vec::new(),
        diagnostics: Vec::new(),
        explanation: message.to_owned(),
        confidence: 0.0,
    }
}

/// `keep HubSpot and our spreadsheet in step`, `make sure both lists match`: two places that are to be the
/// same, without a word on which way and by what.
pub(super) fn is_sync(tokens: &[crate::text::Token]) -> bool {
    let says = |words: &[&str]| tokens.iter().any(|token| token.any(words));
    let pair = |first: &[&str], second: &[&str]| {
        tokens.windows(2).any(|pair| pair[0].any(first) && pair[1].any(second))
    };
    let keeps = says(&["keep", "make", "ensure", "halte", "halten", "sorge", "keeps"]);
    let same = pair(&["in"], &["step", "sync", "line", "agreement"])
        || pair(&["the"], &["same"])
        || says(&[
            "identical",
            "aligned",
            "consistent",
            "synchron",
            "synced",
            "match",
            "synchronised",
            "synchronized",
            "gleich",
            "abgeglichen",
            "einklang",
        ]);
    let syncs = tokens.iter().take(2).any(|token| {
        token.any(&["sync", "synchronise", "synchronize", "reconcile", "synchronisiere", "align"])
    }) || tokens
        .last()
        .is_some_and(|last| last.any(&["synchronisieren", "abgleichen"]));
    let told = says(&["from", "to", "into", "aus", "nach", "every", "when", "input", "webhook"]);
    (keeps && same || syncs) && !told
}
