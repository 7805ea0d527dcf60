//! What notes leave out: the verb (`new orders into the sheet X`, `ai picks a, b or c`), the comma
//! (`on board X, list Y`), the opening word (`Gmail: alles, was …`, `mail to our inbox: …`).

use super::made;
use crate::clauses::Vocabulary;
use crate::lexicon::{self, ARTICLES};
use crate::text::{Kind, Lang, Token};

pub fn notes(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    super::agents::agents(tokens, lang);
    labelled(tokens, known);
    places(tokens, lang);
    everything(tokens);
    named_first(tokens, lang, known);
    models(tokens, lang);
    per_item(tokens, lang);
    things(tokens, lang, known);
    skipped(tokens);
    consented(tokens, lang);
}

/// `mails with the Gmail label x`: where they are.
fn labelled(tokens: &mut [Token], known: &dyn Vocabulary) {
    for at in 1..tokens.len().saturating_sub(2) {
        let skip = usize::from(tokens[at + 1].any(ARTICLES));
        let name = tokens.get(at + 1 + skip).is_some_and(|token| known.is_name(&token.low));
        let label = tokens
            .get(at + 2 + skip)
            .is_some_and(|token| token.any(&["label", "folder", "tag", "ordner"]));
        if tokens[at].any(&["with", "mit", "under", "unter"]) && name && label {
            tokens[at] = made(&tokens[at].clone(), "in");
        }
    }
}

/// `je Zeile POST an …` → `für jede Zeile, POST an …`.
fn per_item(tokens: &mut Vec<Token>, lang: Lang) {
    if lang != Lang::De {
        return;
    }
    let found = (0..tokens.len().saturating_sub(2)).find(|at| {
        let opens = *at == 0
            || matches!(tokens[at - 1].kind, Kind::Mark(_))
            || tokens[at - 1].any(&["und", "dann"]);
        let noun = &tokens[at + 1];
        opens
            && tokens[*at].any(&["je", "pro"])
            && noun.is_word()
            && noun.number.is_none()
            && !noun.any(&[
                "nach", "mehr", "weniger", "hoeher", "tag", "stunde", "woche", "monat", "minute",
            ])
            && lexicon::verb(&noun.low, lang).is_none()
    });
    let Some(at) = found else { return };
    let model = tokens[at].clone();
    tokens.insert(at + 2, made(&model, ","));
    tokens.splice(at..=at, [made(&model, "fuer"), made(&model, "jede")]);
}

/// `…, row into postgres table x`: a thing and where it goes, without a verb.
fn things(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    const THINGS: &[&str] = &[
        "row",
        "record",
        "entry",
        "card",
        "ticket",
        "task",
        "issue",
        "zeile",
        "eintrag",
        "karte",
        "aufgabe",
        "datensatz",
    ];
    let mut at = 1;
    while at + 3 < tokens.len() {
        let thing = tokens[at - 1].is_mark(',')
            && tokens[at].any(THINGS)
            && tokens[at + 1].any(&["into", "in", "to", "on", "ins", "auf", "for"])
            && tokens[at + 2..]
                .iter()
                .take(4)
                .any(|token| token.is_word() && known.is_name(&token.low));
        let end = tokens[at..]
            .iter()
            .position(|token| matches!(token.kind, Kind::Mark(_)))
            .map_or(tokens.len(), |offset| at + offset);
        let deed = tokens[at..end].iter().skip(1).any(|token| {
            token.is_word()
                && !token.is_capital()
                && lexicon::verb(&token.low, lang).is_some()
                && !lexicon::is_noun_too(&token.low)
        });
        if thing && !deed {
            let model = tokens[at].clone();
            tokens.insert(at, made(&model, lang.say("add", "erstelle")));
        }
        at += 1;
    }
}

/// `…. skip it when total is 0` → `… unless total is 0`.
fn skipped(tokens: &mut Vec<Token>) {
    let found = (1..tokens.len().saturating_sub(3)).find(|at| {
        matches!(tokens[at - 1].kind, Kind::Mark('.' | ';' | ','))
            && tokens[*at].any(&["skip", "ignore"])
    });
    let Some(at) = found else { return };
    let it = usize::from(tokens[at + 1].any(&["it", "that", "them", "those", "this"]));
    if !tokens.get(at + 1 + it).is_some_and(|token| token.any(&["when", "if", "where"])) {
        return;
    }
    let model = tokens[at].clone();
    tokens.splice(at - 1..=at + 1 + it, [made(&model, "unless")]);
}

/// `amount over 200 needs an ok from x@y first, then …` → `if amount over 200, get approval from x@y. …`;
/// what goes `straight through` needs nothing.
fn consented(tokens: &mut Vec<Token>, lang: Lang) {
    if lang != Lang::En {
        return;
    }
    let Some(needs) =
        tokens.iter().position(|token| token.any(&["needs", "need", "requires", "require"]))
    else {
        return;
    };
    let from = tokens[..needs]
        .iter()
        .rposition(|token| matches!(token.kind, Kind::Mark(_)))
        .map_or(0, |mark| mark + 1);
    let part = &tokens[from..needs];
    let end = mark_after(tokens, needs);
    let asked = tokens[needs..end]
        .iter()
        .any(|token| token.any(&["ok", "okay", "approval", "sign-off", "yes", "blessing"]))
        && tokens[needs..end].iter().any(|token| token.kind == Kind::Email);
    let compares =
        crate::conditions::compares(part) && part.iter().any(|token| token.number.is_some());
    let opened = part.first().is_some_and(|first| first.any(&["if", "when", "every", "each"]));
    let hook = part.iter().any(|token| token.any(&["webhook", "event", "that", "which"]));
    if !asked || !compares || opened || hook {
        return;
    }
    let model = tokens[needs].clone();
    let mut end = end;
    if tokens.get(end).is_some_and(|token| token.is_mark(',')) {
        let then = usize::from(tokens.get(end + 1).is_some_and(|next| next.any(&["then"])));
        tokens.splice(end..end + 1 + then, [made(&model, ".")]);
    }
    if tokens[end - 1].is("first") {
        tokens.remove(end - 1);
        end -= 1;
    }
    let email = tokens[needs..end].iter().find(|token| token.kind == Kind::Email).cloned();
    let mut words: Vec<Token> =
        [",", "get", "approval", "from"].iter().map(|word| made(&model, word)).collect();
    words.extend(email);
    tokens.splice(needs..end, words);
    tokens.insert(from, made(&model, "if"));
    // `200 or less goes straight through`
    let Some(goes) = tokens.windows(2).position(|pair| {
        pair[0].any(&["goes", "go", "passes", "pass"])
            && pair[1].any(&["straight", "through", "directly"])
    }) else {
        return;
    };
    let start =
        tokens[..goes].iter().rposition(|token| matches!(token.kind, Kind::Mark(_))).unwrap_or(0);
    let stop = mark_after(tokens, goes);
    tokens.drain(start..stop);
}

fn mark_after(tokens: &[Token], from: usize) -> usize {
    tokens[from..]
        .iter()
        .position(|token| matches!(token.kind, Kind::Mark(_)))
        .map_or(tokens.len(), |offset| from + offset)
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
        let model = tokens[at].any(MODELS) || lexicon::is_model(&tokens[at]);
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
                // `rates it low, normal or urgent`
                if tokens[at + 2].any(&["it", "them", "this", "es", "sie", "ihn"]) {
                    tokens.remove(at + 2);
                }
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
