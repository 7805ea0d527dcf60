//! What notes leave out: the verb (`new orders into the sheet X`, `ai picks a, b or c`), the comma
//! (`on board X, list Y`), the opening word (`Gmail: alles, was …`, `mail to our inbox: …`).

use super::made;
use crate::clauses::Vocabulary;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

pub fn notes(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    places(tokens, lang);
    everything(tokens);
    named_first(tokens, lang, known);
    models(tokens, lang);
}

/// Nouns for places that are told after a comma.
const PLACES: &[&str] = &[
    "list",
    "table",
    "board",
    "project",
    "team",
    "channel",
    "folder",
    "sheet",
    "tab",
    "base",
    "label",
    "section",
    "repo",
    "repository",
    "branch",
    "database",
    "calendar",
    "bucket",
    "liste",
    "tabelle",
    "projekt",
    "kanal",
    "ordner",
    "blatt",
    "kalender",
    "datenbank",
    "zweig",
    "abschnitt",
    "spalte",
    "column",
];

/// `on board Fulfilment, list VIP.`: another part of the same place.
fn places(tokens: &mut Vec<Token>, lang: Lang) {
    let mut at = 1;
    while at + 2 < tokens.len() {
        let noun = tokens[at].is_mark(',') && tokens[at + 1].any(PLACES);
        let name = &tokens[at + 2];
        let names = matches!(name.kind, Kind::Quoted | Kind::Path | Kind::Channel | Kind::Dotted)
            || name.is_word()
                && !name.any(ARTICLES)
                && !lexicon::is_empty_word(name)
                && name.number.is_none()
                && (name.is_capital() || lexicon::verb(&name.low, lang).is_none());
        let mut end = at + 3;
        while names && tokens.get(end).is_some_and(|next| next.is_capital()) {
            end += 1;
        }
        let ends = tokens.get(end).is_none_or(|next| {
            matches!(next.kind, Kind::Mark(_))
                || next.any(&["and", "und", "with", "mit", "in", "on", "im"])
                || lang == Lang::De && next.is_word() && lexicon::verb(&next.low, lang).is_some()
        });
        if noun && names && ends {
            tokens.remove(at);
        }
        at += 1;
    }
}

/// `alles, was von X kommt` and `whatever comes from X` are one thing.
fn everything(tokens: &mut Vec<Token>) {
    let found = (0..tokens.len()).find(|at| {
        tokens[*at].any(&["alles", "jede", "jeder"])
            && tokens.get(at + 1).is_some_and(|next| next.is_mark(','))
            && tokens.get(at + 2).is_some_and(|next| next.any(&["was", "die", "der"]))
    });
    if let Some(at) = found {
        tokens.drain(at + 1..at + 3);
    }
}

/// `Gmail: alles von x@y, …`, `Stripe: payment failed, …`: the system comes first.
fn named_first(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    let Some(colon) = tokens.iter().take(4).position(|token| token.is_mark(':')) else { return };
    let name = colon > 0
        && tokens[..colon].iter().any(|token| token.is_word() && known.is_name(&token.low))
        && tokens[..colon].iter().all(|token| {
            token.is_word()
                && (known.is_name(&token.low)
                    || token.any(ARTICLES)
                    || token.is_capital()
                    || token.any(&[
                        "in",
                        "im",
                        "google",
                        "microsoft",
                        "calendar",
                        "sheets",
                        "drive",
                        "kalender",
                    ]))
        });
    let end = tokens[colon + 1..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark(',' | ':' | ';' | '.')))
        .map(|offset| colon + 1 + offset);
    let (true, Some(end)) = (name, end) else { return };
    let mut part: Vec<Token> = tokens[..colon].to_vec();
    part.extend(tokens[colon + 1..end].iter().cloned());
    let opens = tokens[colon + 1]
        .any(&["when", "whenever", "wenn", "sobald", "if", "falls", "every", "jeden"]);
    if !opens
        && end > colon + 1
        && !super::occurrences::orders(&part[colon..], lang)
        && known.happens(&part, tokens)
    {
        tokens.remove(colon);
    }
}

/// `ai picks bug, feature or docs` → `let ai classify it as …`; `claude pulls a, b and c` → `extract a, b
/// and c with claude`.
fn models(tokens: &mut Vec<Token>, lang: Lang) {
    const MODELS: &[&str] = &[
        "ai",
        "ki",
        "claude",
        "gpt",
        "chatgpt",
        "openai",
        "llm",
        "gemini",
        "anthropic",
        "sprachmodell",
    ];
    const PICKS: &[&str] = &[
        "picks",
        "pick",
        "chooses",
        "decides",
        "sorts",
        "labels",
        "tags",
        "rates",
        "judges",
        "classifies",
        "categorises",
        "categorizes",
        "waehlt",
        "entscheidet",
        "sortiert",
        "bestimmt",
        "ordnet",
        "klassifiziert",
    ];
    const PULLS: &[&str] = &[
        "pulls",
        "extracts",
        "reads",
        "gets",
        "finds",
        "takes",
        "picks",
        "zieht",
        "liest",
        "holt",
        "extrahiert",
        "findet",
        "fischt",
    ];
    let mut at = 0;
    while at + 2 < tokens.len() {
        let opens = at == 0
            || matches!(tokens[at - 1].kind, Kind::Mark(_))
            || tokens[at - 1].any(&["then", "and", "und", "dann", "the", "die", "an", "das"]);
        let model = tokens[at].any(MODELS);
        let verb = tokens[at + 1].clone();
        if !opens || !model || !verb.is_word() {
            at += 1;
            continue;
        }
        let end = tokens[at + 2..]
            .iter()
            .position(|token| matches!(token.kind, Kind::Mark(':' | ';' | '.')))
            .map_or(tokens.len(), |offset| at + 2 + offset);
        let choice = tokens[at + 2..end].iter().any(|token| token.any(&["or", "oder"]));
        let with = [made(&verb, lang.say("with", "mit")), tokens[at].clone()];
        let from = at - usize::from(at > 0 && tokens[at - 1].any(&["the", "die", "an", "das"]));
        if verb.any(PICKS) && choice {
            let said = tokens[at + 2..end].iter().position(|token| {
                token.any(&["as", "into", "als", "in", "between", "from", "ob", "whether", "if"])
            });
            // `sorts it into a, b or c` says of what.
            if said.is_none_or(|said| said > 3) {
                let model = tokens[at].clone();
                let words = match lang {
                    Lang::En => ["classify", "it", "with", "", "as"],
                    Lang::De => ["klassifiziere", "es", "mit", "", "als"],
                };
                let words = words
                    .map(|word| if word.is_empty() { model.clone() } else { made(&verb, word) });
                tokens.splice(from..at + 2, words);
                at += 5;
                continue;
            }
            let base = made(&verb, lang.say("classify", "klassifiziere"));
            tokens.splice(from..at + 2, [base, with[0].clone(), with[1].clone()]);
            at += 3;
            continue;
        }
        if verb.any(PULLS) && !choice {
            tokens.splice(
                from..at + 2,
                [made(&verb, lang.say("extract", "extrahiere")), with[0].clone(), with[1].clone()],
            );
            at += 3;
            continue;
        }
        let third = lang == Lang::En
            && !lexicon::is_base(&verb.low)
            && verb.low.ends_with('s')
            && lexicon::verb(&verb.low, lang).is_some();
        if third {
            let base = verb.low.strip_suffix("ies").map(|stem| format!("{stem}y"));
            let base = base
                .or_else(|| {
                    verb.low
                        .strip_suffix("es")
                        .filter(|stem| lexicon::is_base(stem))
                        .map(str::to_owned)
                })
                .unwrap_or_else(|| verb.low.trim_end_matches('s').to_owned());
            tokens[at + 1] = made(&verb, &base);
            tokens.insert(from, made(&verb, "let"));
            at += 2;
        }
        at += 1;
    }
}
