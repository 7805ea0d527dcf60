//! German exceptions: their conditions have the verb at the end.

use super::{ARTICLES, Found, Kind, Token, fits, is_value, opens, segment, words};

const IF: &[&str] = &[
    "nicht|nie|niemals jedoch|aber? , wenn|falls",
    "nicht|nie|niemals jedoch|aber? wenn|falls",
    "ausser , wenn|falls",
    "ausser wenn|falls",
    "nur|bloss nicht , wenn|falls",
    "es sei denn ,",
    "ausgenommen , wenn",
    "mit ausnahme von",
];
const THINGS: &[&str] = &[
    "ignoriere|ueberspringe|uebergehe bitte?",
    "lass|lasse bitte?",
    "nicht bei|fuer|von",
    "nie bei|fuer|von",
    "ausser bei|fuer|von|es|sie|die? kommt|kommen? von?",
    "ausser",
    "ausgenommen",
    "abgesehen von",
    "bis auf",
    "nichts bei|fuer",
    "keine fuer|von|bei",
    "mit ausnahme von|der|des",
];
const IGNORED: &[&str] = &[
    "sollen|soll|duerfen|koennen|kann|darf|muessen dabei|hier|jedoch? aber|jedoch? nicht beachtet|beruecksichtigt|gezaehlt|aufgenommen|gemeldet|eingetragen|behandelt|angefasst? werden",
    "sollen|soll|koennen|kann|duerfen|bitte dabei? aber? ignoriert|uebersprungen|ausgelassen|weggelassen|aussen|draussen vor? werden|bleiben",
    "bitte? dabei|aber? ignorieren|auslassen|weglassen|ueberspringen|aussparen|uebergehen",
    "bitte? gar? nicht beachten|beruecksichtigen?",
    "zaehlen|zaehlt nicht|nie mit?",
    "interessieren|interessiert|betrifft|betreffen uns|mich|das? nicht|nie?",
    "gar nicht",
    "lieber|bitte nicht",
];

pub fn find(tokens: &[Token], at: usize) -> Option<Found> {
    if !opens(tokens, at) && !tokens[at].any(&["ausser", "aber", "jedoch"]) {
        return None;
    }
    let at = at + usize::from(tokens[at].any(&["aber", "jedoch"]));
    let part = tokens.get(at..)?;
    if let Some(length) = longest(part, IF) {
        let end = segment(tokens, at + length);
        let condition = clause(&tokens[at + length..end])?;
        return Some(Found { from: at, end, condition });
    }
    let end = segment(tokens, at);
    let part = tokens.get(at..end)?;
    if let Some(length) = longest(part, THINGS) {
        let lets = part[0].any(&["lass", "lasse"]);
        let closes = part.last().is_some_and(|last| last.any(&["weg", "aus", "liegen"]));
        if lets && !closes
            || part.get(length).is_some_and(|next| next.any(&["es", "das", "den", "wenn", "sie"]))
        {
            return None;
        }
        // `…, deren Name mit draft beginnt`
        let (things_end, end) = relative(tokens, end);
        let condition = things(&tokens[at + length..things_end - usize::from(lets)])?;
        return Some(Found { from: at, end, condition });
    }
    let (from, length) =
        (1..part.len()).find_map(|from| Some((from, longest(&part[from..], IGNORED)?)))?;
    if from + length != part.len() {
        return None;
    }
    let condition = things(&part[..from])?;
    Some(Found { from: at, end, condition })
}

/// A relative clause behind a comma belongs to the things.
fn relative(tokens: &[Token], end: usize) -> (usize, usize) {
    let goes_on = tokens.get(end).is_some_and(|token| token.is_mark(','))
        && tokens.get(end + 1).is_some_and(|token| token.any(&["deren", "die", "dessen", "bei"]));
    if goes_on {
        let last = segment(tokens, end + 1);
        return (last, last);
    }
    (end, end)
}

fn longest(tokens: &[Token], patterns: &[&str]) -> Option<usize> {
    patterns.iter().filter_map(|pattern| fits(tokens, pattern)).max()
}

fn clause(part: &[Token]) -> Option<Vec<Token>> {
    let results = part.iter().any(|token| {
        token.among("freigabe fehlschlaegt scheitert antwort gefunden leer zustimmt bereits schon")
    });
    if part.is_empty() || results {
        return None;
    }
    // `er von labor.example kommt`
    let comes = part.last().is_some_and(|last| last.any(&["kommt", "kommen", "stammt", "stammen"]))
        || part.len() > 1
            && part[0].any(&["sie", "er", "es"])
            && part[1].any(&["kommt", "kommen", "stammt"]);
    if comes {
        return origin(part);
    }
    Some(part.to_vec())
}

fn things(part: &[Token]) -> Option<Vec<Token>> {
    let mut from = 0;
    while part.get(from).is_some_and(|token| {
        token.any(ARTICLES)
            || token.among("alle alles solche jene von bei fuer was es sie kommt solchen")
    }) {
        from += 1;
    }
    let part = part.get(from..).filter(|part| !part.is_empty())?;
    if let Some(at) = part.iter().position(|token| token.any(&["deren", "dessen"])) {
        return Some(part[at + 1..].to_vec());
    }
    if let Some(at) = part.iter().position(|token| token.is("ohne")) {
        let mut out: Vec<Token> =
            part[at + 1..].iter().filter(|token| !token.any(ARTICLES)).cloned().collect();
        out.extend(words("fehlt"));
        return Some(out);
    }
    if let Some(at) = part.iter().position(|token| token.any(&["von", "vom", "aus"])) {
        return origin(&part[at + 1..]);
    }
    if let Some(at) = part.iter().position(|token| token.is("mit")) {
        let rest: Vec<Token> =
            part[at + 1..].iter().filter(|token| !token.any(ARTICLES)).cloned().collect();
        if let Some(place) = rest.iter().position(|token| token.any(&["im", "in"])) {
            let mut out = rest[place + 1..].to_vec();
            out.extend(rest[..place].iter().cloned());
            out.extend(words("enthält"));
            return Some(fold(out));
        }
        let [field, value @ ..] = rest.as_slice() else { return None };
        if value.is_empty() {
            return Some(fold([words("es"), vec![field.clone()], words("enthält")].concat()));
        }
        if field.any(&["label", "tag", "schlagwort", "etikett"]) {
            let name = if field.any(&["tag", "schlagwort"]) { "tags" } else { "labels" };
            let mut value = value[0].clone();
            value.kind = Kind::Quoted;
            return Some(fold([words(name), vec![value], words("enthält")].concat()));
        }
        return Some([vec![field.clone()], value.to_vec(), words("ist")].concat());
    }
    if let Some(at) = part.iter().position(|token| token.any(&["unter", "ueber", "ab"])) {
        return Some(fold([words("der Betrag"), part[at..].to_vec(), words("liegt")].concat()));
    }
    let first = part.first()?;
    if part.len() == 1 && (is_value(first) || first.is_capital()) {
        return Some(fold([words("es"), vec![first.clone()], words("enthält")].concat()));
    }
    None
}

fn origin(part: &[Token]) -> Option<Vec<Token>> {
    let value = part
        .iter()
        .rfind(|token| matches!(token.kind, Kind::Email | Kind::Dotted | Kind::Quoted | Kind::Url))
        .or_else(|| part.iter().rfind(|token| token.is_capital()))?;
    let address = matches!(value.kind, Kind::Email | Kind::Dotted | Kind::Url);
    let field = if address { "der Absender" } else { "es" };
    let mut value = value.clone();
    value.kind = Kind::Quoted;
    Some(fold([words(field), vec![value], words("enthält")].concat()))
}

fn fold(mut tokens: Vec<Token>) -> Vec<Token> {
    for token in &mut tokens {
        if token.at.is_empty() {
            token.low = crate::text::fold(&token.text);
        }
    }
    tokens
}
