//! A system that is looked at for what is new in it: `poll the repo x for new issues and …`, `watch
//! the feed https://… for posts that mention y and …`, `das Repo x auf neue Issues prüfen und …`. That
//! is something that happens: `whenever new issues in the repo x, …`.

use super::made;
use crate::clauses::{Vocabulary, can_head};
use crate::lexicon::{self, ARTICLES, PLEASE};
use crate::text::{Kind, Lang, Token};

const LOOKS: &[&str] = &[
    "watch", "poll", "monitor", "observe", "follow", "track", "check", "scan", "look", "listen",
    "keep", "search", "query", "inspect",
];

const LOOKS_DE: &[&str] = &[
    "ueberwache",
    "ueberwachen",
    "beobachte",
    "beobachten",
    "pruefe",
    "pruefen",
    "durchsuche",
    "durchsuchen",
    "kontrolliere",
    "kontrollieren",
    "checke",
    "checken",
    "schaue",
    "schau",
    "abfragen",
    "frage",
    "scanne",
    "scannen",
];

const FRESH: &[&str] = &[
    "new",
    "fresh",
    "incoming",
    "unseen",
    "neue",
    "neuen",
    "neuer",
    "neues",
    "eingehende",
    "eingehenden",
    "failed",
];

/// For sentences that name no time of their own: then the system itself tells.
pub fn watches(tokens: &mut Vec<Token>, lang: Lang, known: &dyn Vocabulary) {
    let from = tokens.iter().take_while(|token| token.any(PLEASE)).count();
    let found = match lang {
        Lang::En => english(tokens, from),
        Lang::De => german(tokens, from),
    };
    let Some(Looked { place, things, end }) = found else { return };
    let model = tokens[from].clone();
    let mut told: Vec<Token> = Vec::new();
    let fresh = things
        .iter()
        .any(|token| token.any(FRESH) || token.is_word() && crate::index::tells_change(&token.low));
    if !fresh {
        told.push(made(&model, lang.say("new", "neue")));
    }
    let wanted = things
        .iter()
        .position(|token| token.any(&["that", "which", "mentioning", "containing", "about"]))
        .or_else(|| things.iter().position(|token| token.is_mark(',')));
    let (kind, quality) = things.split_at(wanted.unwrap_or(things.len()));
    told.extend(kind.iter().cloned());
    told.push(made(&model, "in"));
    let address = place.first().filter(|first| first.kind == Kind::Url);
    if let Some(address) = address {
        // A page that is watched is no feed.
        let posts = kind.iter().any(|token| {
            token.any(&[
                "posts",
                "post",
                "articles",
                "entries",
                "episodes",
                "headlines",
                "news",
                "stories",
                "items",
                "beitraege",
                "artikel",
                "eintraege",
                "folgen",
                "meldungen",
            ])
        });
        let feed = ["rss", "feed", "atom"].iter().any(|word| address.low.contains(word));
        if !posts && !feed {
            return;
        }
        told.extend([made(&model, "the"), made(&model, "feed")]);
    }
    told.extend(place.iter().cloned());
    if !known.happens(&told, tokens) {
        return;
    }
    told.extend(quality.iter().cloned());
    let mut words = vec![made(&model, lang.say("whenever", "sobald"))];
    words.append(&mut told);
    words.push(made(&model, ","));
    tokens.splice(from..end, words);
}

/// The parts of such a sentence: where is looked, for what, and where the deed begins.
struct Looked {
    place: Vec<Token>,
    things: Vec<Token>,
    end: usize,
}

/// Where the next deed begins: behind the mark or the `and` that divides.
fn deed(tokens: &[Token], from: usize, lang: Lang) -> Option<(usize, usize)> {
    (from..tokens.len()).find_map(|at| {
        let token = &tokens[at];
        let mark = matches!(token.kind, Kind::Mark(',' | ':' | ';' | '.'));
        let and = token.any(&["and", "then", "und", "dann"]);
        if !mark && !and {
            return None;
        }
        let mut next = at + 1;
        while tokens.get(next).is_some_and(|next| {
            next.any(&["and", "then", "und", "dann"])
                || next.any(PLEASE)
                || matches!(next.kind, Kind::Mark('>' | '-'))
        }) {
            next += 1;
        }
        let begins = match lang {
            Lang::En => can_head(tokens, next),
            Lang::De => !mark || !tokens.get(next).is_some_and(|next| next.any(&["die", "der"])),
        };
        (begins && next < tokens.len()).then_some((at, next))
    })
}

fn english(tokens: &[Token], from: usize) -> Option<Looked> {
    let first = tokens.get(from).filter(|token| token.any(LOOKS))?;
    let mut at = from + 1;
    if first.is("keep") {
        let eye = tokens[at..].iter().take(3).position(|token| token.any(&["eye", "watch"]))?;
        at += eye + 1;
    }
    while tokens.get(at).is_some_and(|token| {
        token.any(&["at", "in", "on", "to", "through", "over", "out", "inside", "into"])
    }) {
        at += 1;
    }
    let (stop, end) = deed(tokens, at + 1, Lang::En)?;
    let wanted = (at..stop).find(|at| tokens[*at].is("for"))?;
    // `look for new rows in the table x and …`
    let (place, things) = if wanted == at {
        let inside = (at + 2..stop).find(|at| tokens[*at].any(&["in", "on", "at", "from"]))?;
        (tokens[inside + 1..stop].to_vec(), tokens[at + 1..inside].to_vec())
    } else {
        (tokens[at..wanted].to_vec(), tokens[wanted + 1..stop].to_vec())
    };
    let things: Vec<Token> =
        things.into_iter().skip_while(|token| token.any(ARTICLES) && !token.any(FRESH)).collect();
    let plain = !things.is_empty()
        && !things.iter().any(|token| token.any(&["if", "whether", "changes", "minutes", "hours"]));
    plain.then_some(Looked { place, things, end })
}

fn german(tokens: &[Token], from: usize) -> Option<Looked> {
    let (stop, end) = deed(tokens, from + 2, Lang::De)?;
    let part = &tokens[from..stop];
    let verb = part.iter().position(|token| token.any(LOOKS_DE))?;
    let wanted = part.iter().rposition(|token| token.any(&["auf", "nach"]))?;
    let last = verb + 1 == part.len();
    if verb != 0 && !last || wanted < usize::from(verb == 0) + 1 {
        return None;
    }
    let place = &part[usize::from(verb == 0)..wanted];
    let until = if last && verb > wanted { verb } else { part.len() };
    let things = part[wanted + 1..until].to_vec();
    let place: Vec<Token> = place
        .iter()
        .skip_while(|token| token.any(&["in", "im", "bei", "auf"]))
        .filter(|token| !token.any(&["ab", "durch"]))
        .cloned()
        .collect();
    let fresh = things.iter().any(|token| token.any(FRESH));
    let said = things.iter().all(|token| lexicon::verb(&token.low, Lang::De).is_none());
    (fresh && said && !place.is_empty()).then_some(Looked { place, things, end })
}
