//! What is new at an address, said inside a deed: `put each new article from https://…/rss into …`,
//! `jeden neuen Artikel aus https://…/rss in … posten`. What comes starts the bot, in a sentence without
//! times of its own.

use super::made;
use crate::clauses::Vocabulary;
use crate::lexicon;
use crate::text::{Kind, Lang, Token};

const EVERY: &[&str] =
    &["each", "every", "any", "all", "the", "jeden", "jede", "jedes", "alle", "die", "jeweils"];
const FRESH: &[&str] = &["new", "neue", "neuen", "neues", "latest", "neueste", "neuesten", "neuer"];
const THINGS: &[&str] = &[
    "article",
    "articles",
    "entry",
    "entries",
    "post",
    "posts",
    "item",
    "items",
    "episode",
    "episodes",
    "headline",
    "headlines",
    "story",
    "stories",
    "news",
    "release",
    "releases",
    "artikel",
    "eintrag",
    "eintraege",
    "beitrag",
    "beitraege",
    "meldung",
    "meldungen",
    "folge",
    "folgen",
    "nachricht",
    "nachrichten",
    "schlagzeile",
    "schlagzeilen",
    "publication",
    "video",
    "videos",
    "job",
    "jobs",
    "press",
];

/// `add every Stripe payment to …`: of a system, without times, what is new of it.
pub fn every_thing(tokens: &mut Vec<Token>, known: &dyn Vocabulary) {
    let started = tokens.iter().any(|token| {
        token.any(&[
            "when", "whenever", "webhook", "event", "wenn", "sobald", "input", "new", "neue",
            "neuen",
        ])
    });
    if started {
        return;
    }
    let found = (1..tokens.len().saturating_sub(2)).find(|at| {
        tokens[*at].any(&["each", "every"])
            && !tokens[at - 1].any(&["for", "in", "of", "from"])
            && tokens[at + 1].is_word()
            && known.is_name(&tokens[at + 1].low)
            && tokens[at + 2].is_word()
            && !lexicon::is_empty_word(&tokens[at + 2])
    });
    if let Some(at) = found {
        let new = made(&tokens[at], "new");
        tokens.insert(at + 1, new);
    }
}

pub fn feeds(tokens: &mut Vec<Token>, lang: Lang) {
    let started =
        tokens.iter().any(|token| {
            token.any(&[
                "when", "whenever", "webhook", "event", "wenn", "sobald", "falls", "ereignis",
                "once", "watch",
            ])
        }) || tokens.windows(2).any(|pair| pair[0].any(&["each", "every"]) && pair[1].is("time"));
    if started {
        return;
    }
    let found = (1..tokens.len()).find_map(|at| {
        if !tokens[at].any(FRESH) {
            return None;
        }
        let thing = (at + 1..tokens.len().min(at + 4)).find(|at| tokens[*at].any(THINGS))?;
        let address = (thing + 1..tokens.len().min(thing + 7))
            .find(|at| tokens[*at].kind == Kind::Url)
            .filter(|address| {
                tokens[thing + 1..*address].iter().all(|token| {
                    token.is_word() && lexicon::verb(&token.low, Lang::En).is_none()
                        || lexicon::is_noun_too(&token.low)
                })
            })?;
        tokens[thing + 1]
            .any(&[
                "from",
                "of",
                "in",
                "on",
                "at",
                "aus",
                "von",
                "im",
                "auf",
                "unter",
                "vom",
                "published",
            ])
            .then_some((at, address))
    });
    let Some((at, address)) = found else { return };
    let mut from = at;
    while from > 0 && tokens[from - 1].any(EVERY) {
        from -= 1;
    }
    // A deed stands before it (English) or behind it (German).
    let divides = |token: &Token| matches!(token.kind, Kind::Mark('.' | ';' | ':' | ','));
    let begin = tokens[..from].iter().rposition(divides).map_or(0, |mark| mark + 1);
    let deed = match lang {
        Lang::En => {
            tokens[begin..from].iter().any(|token| lexicon::verb(&token.low, lang).is_some())
                && !tokens[begin]
                    .any(&["read", "fetch", "get", "check", "poll", "look", "pull", "scan"])
        }
        Lang::De => {
            tokens[address + 1..].iter().any(|token| lexicon::verb(&token.low, lang).is_some())
                || tokens[begin..from].iter().any(|token| lexicon::verb(&token.low, lang).is_some())
        }
    };
    if !deed {
        return;
    }
    let model = tokens[at].clone();
    let place = tokens[address].clone();
    let it = made(&model, lang.say("it", "ihn"));
    tokens.splice(from..=address, [it]);
    let mut words: Vec<Token> = match lang {
        Lang::En => vec!["when", "a", "new"],
        Lang::De => vec!["wenn", "ein", "neuer"],
    }
    .into_iter()
    .map(|word| made(&model, word))
    .collect();
    words.push(made(&model, lang.say("article", "artikel")));
    words.push(made(&model, "in"));
    words.push(place);
    words.push(made(&model, lang.say("appears", "erscheint")));
    words.push(made(&model, ","));
    tokens.splice(begin..begin, words);
}
