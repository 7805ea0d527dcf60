//! What is left out, said of the things themselves: `except those tagged spam`, `unless labelled internal`,
//! `außer solchen mit Label wontfix`. Cut out and put at the end as what must not hold.

use super::made;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Lang, Token};

const LABELS: &[&str] =
    &["label", "labels", "tag", "tags", "etikett", "schlagwort", "kennzeichen", "flag"];
const LABELLED: &[&str] = &[
    "labelled",
    "labeled",
    "tagged",
    "flagged",
    "marked",
    "markiert",
    "gelabelt",
    "getaggt",
    "gekennzeichnet",
    "versehen",
    "markierte",
    "markierten",
];

pub fn exceptions(tokens: &mut Vec<Token>, lang: Lang) {
    let ends = |token: &Token| matches!(token.kind, Kind::Mark('.' | ';' | '!' | '?'));
    let found = (1..tokens.len()).find_map(|at| {
        let length = opens(tokens, at)?;
        let next = at + length;
        let (end, held) = label(tokens, next, lang)
            .or_else(|| draft(tokens, next, lang))
            .or_else(|| valued(tokens, next, lang))?;
        Some((at, end, held))
    });
    let Some((at, end, held)) = found else { return };
    let from = at - usize::from(tokens[at - 1].is_mark(','));
    // A comma behind it belongs to it where one stood before it.
    let comma = from < at && tokens.get(end).is_some_and(|token| token.is_mark(','));
    let mut tail = end + usize::from(comma);
    // `…, out they stay`: nothing more.
    tail = tail.min(tokens.len());
    tokens.drain(from..tail);
    let stop = (from..tokens.len()).find(|at| ends(&tokens[*at])).unwrap_or(tokens.len());
    tokens.splice(stop..stop, held);
}

/// How many words open an exception at `at`.
fn opens(tokens: &[Token], at: usize) -> Option<usize> {
    let says = |offset: usize, words: &[&str]| {
        tokens.get(at + offset).is_some_and(|token| token.any(words))
    };
    let mut length =
        if says(0, &["except", "excluding", "unless", "ausser", "ausgenommen", "excepting"]) {
            1
        } else if says(0, &["but", "aber", "apart", "other"])
            && says(1, &["not", "nicht", "from", "than", "keine"])
            || says(0, &["nur", "only"]) && says(1, &["nicht", "not"])
        {
            2
        } else {
            return None;
        };
    // Whose they are is clear.
    while says(
        length,
        &[
            "for",
            "if",
            "when",
            "those",
            "ones",
            "the",
            "they",
            "it",
            "that",
            "which",
            "are",
            "is",
            "sie",
            "solche",
            "solchen",
            "jene",
            "jenen",
            "diejenigen",
            "denen",
            "die",
            "wenn",
            "von",
            "has",
            "have",
            "carry",
            "carries",
            "with",
            "mit",
            "tragen",
            "traegt",
            "haben",
            "hat",
            "bei",
            "having",
            "carrying",
            "already",
            "a",
            "an",
            "das",
            "dem",
            "als",
            "been",
            "sind",
            "ist",
            "bereits",
            "schon",
            "issues",
            "tickets",
            "mails",
            "ein",
            "eine",
        ],
    ) {
        length += 1;
    }
    Some(length)
}

/// `(the label) X`, `labelled X`: where it ends, and what must not hold.
fn label(tokens: &[Token], at: usize, lang: Lang) -> Option<(usize, Vec<Token>)> {
    let model = tokens.get(at)?.clone();
    let is_name = |token: &Token| {
        matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Dotted)
            && !token.any(ARTICLES)
            && !crate::lexicon::is_empty_word(token)
    };
    let noun = model.any(LABELS);
    let verb = model.any(LABELLED);
    let (name_at, end) = if noun {
        (at + 1, at + 2)
    } else if verb {
        let skip = usize::from(
            tokens.get(at + 1).is_some_and(|token| token.any(&["as", "with", "mit", "als"])),
        );
        (at + 1 + skip, at + 2 + skip)
    } else if tokens.get(at + 1).is_some_and(|next| next.any(LABELLED)) && is_name(&model) {
        // `als intern markiert`
        (at, at + 2)
    } else {
        return None;
    };
    let name = tokens.get(name_at).filter(|token| is_name(token))?.clone();
    // `mit dem Label intern versehen`
    let end = end
        + usize::from(
            noun && tokens
                .get(end)
                .is_some_and(|next| next.any(LABELLED) || next.any(&["tragen", "haben", "hat"])),
        );
    let field = match noun && model.any(&["tag", "tags", "schlagwort"])
        || model.any(&["tagged", "getaggt"])
    {
        true => "tags",
        false => "labels",
    };
    Some((end, not_held(&model, field, name, lang)))
}

/// `not the ones with severity low`: a field of few values.
fn valued(tokens: &[Token], at: usize, lang: Lang) -> Option<(usize, Vec<Token>)> {
    let with = tokens.get(at.checked_sub(1)?)?.any(&["with", "mit", "has", "have"]);
    let field = tokens.get(at).filter(|token| {
        token.any(&[
            "status",
            "state",
            "severity",
            "priority",
            "level",
            "type",
            "plan",
            "country",
            "category",
            "kind",
            "stage",
            "stufe",
            "prioritaet",
            "typ",
            "land",
            "kategorie",
            "art",
        ])
    })?;
    let value = tokens.get(at + 1).filter(|token| {
        matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Number)
            && !crate::lexicon::is_empty_word(token)
    })?;
    let ended = tokens.get(at + 2).is_none_or(|next| matches!(next.kind, Kind::Mark(_)));
    let word = |word: &str| made(field, word);
    let words = match lang {
        Lang::En => vec![word(","), word("unless"), field.clone(), word("is"), value.clone()],
        Lang::De => vec![word(","), word("ausgenommen"), field.clone(), value.clone(), word("ist")],
    };
    (with && ended).then_some((at + 2, words))
}

/// `except drafts`
fn draft(tokens: &[Token], at: usize, lang: Lang) -> Option<(usize, Vec<Token>)> {
    let model = tokens
        .get(at)
        .filter(|token| token.any(&["drafts", "draft", "entwuerfe", "entwuerfen", "entwurf"]))?;
    let word = |word: &str| made(model, word);
    let words = match lang {
        Lang::En => vec![word(","), word("unless"), word("draft"), word("is"), word("true")],
        Lang::De => vec![word(","), word("ausgenommen"), word("draft"), word("wahr"), word("ist")],
    };
    Some((at + 1, words))
}

fn not_held(model: &Token, field: &str, mut name: Token, lang: Lang) -> Vec<Token> {
    name.kind = Kind::Quoted;
    let word = |word: &str| made(model, word);
    match lang {
        Lang::En => vec![word(","), word("unless"), word(field), word("contains"), name],
        Lang::De => vec![word(","), word("ausgenommen"), word(field), name, word("enthaelt")],
    }
}
