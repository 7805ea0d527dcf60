//! Numbers that moved since the last time: `it moved by more than 3 percent`, `fell by at least 20`,
//! `um mehr als 5 Prozent gestiegen`.

use super::{Condition, Way, subject_of};
use crate::text::{Kind, Lang, Token};

const UP: &[&str] = &[
    "rose",
    "rises",
    "risen",
    "increased",
    "increases",
    "grew",
    "grown",
    "grows",
    "jumped",
    "jumps",
    "climbed",
    "climbs",
    "gained",
    "gestiegen",
    "steigt",
    "gewachsen",
    "waechst",
    "zugenommen",
    "zunimmt",
];

const DOWN: &[&str] = &[
    "fell",
    "falls",
    "fallen",
    "dropped",
    "drops",
    "decreased",
    "decreases",
    "declined",
    "sank",
    "shrank",
    "lost",
    "gefallen",
    "faellt",
    "gesunken",
    "sinkt",
    "abgenommen",
    "abnimmt",
    "geschrumpft",
];

const ANY: &[&str] = &[
    "moved",
    "moves",
    "changed",
    "changes",
    "differs",
    "differed",
    "shifted",
    "shifts",
    "varies",
    "deviates",
    "geaendert",
    "aendert",
    "veraendert",
    "verschoben",
    "bewegt",
    "schwankt",
    "abweicht",
];

pub(super) fn moved(tokens: &[Token], lang: Lang) -> Option<Condition> {
    let says = |words: &[&str]| tokens.iter().position(|token| token.any(words));
    let gone = |word: &str| {
        tokens.windows(2).position(|pair| {
            pair[0].any(&["went", "goes", "gone", "has", "is"]) && pair[1].is(word)
        })
    };
    let (verb, way) = says(UP)
        .or_else(|| gone("up"))
        .map(|at| (at, Way::Up))
        .or_else(|| says(DOWN).or_else(|| gone("down")).map(|at| (at, Way::Down)))
        .or_else(|| says(ANY).map(|at| (at, Way::Any)))?;
    let by = says(&["by", "um"])?;
    let number = (by + 1..tokens.len().min(by + 6)).find(|at| tokens[*at].number.is_some())?;
    let between = tokens[by + 1..number].iter().all(|token| {
        token.any(&[
            "more",
            "than",
            "at",
            "least",
            "over",
            "mehr",
            "als",
            "mindestens",
            "ueber",
            "wenigstens",
            "minimum",
        ])
    });
    if !between {
        return None;
    }
    let percent = tokens.get(number + 1).is_some_and(|next| {
        next.any(&["percent", "prozent", "pct"]) || matches!(next.kind, Kind::Mark('%'))
    }) || tokens[number].text.ends_with('%');
    let told = match lang {
        Lang::En => &tokens[..verb],
        Lang::De => &tokens[..by],
    };
    let told: Vec<Token> = told
        .iter()
        .filter(|token| !token.any(&["has", "have", "hat", "sich", "ist", "is"]))
        .cloned()
        .collect();
    let field = subject_of(&told, &[]).field;
    let by = tokens[number].number?;
    Some(Condition::Moved { field, by, percent, way })
}
