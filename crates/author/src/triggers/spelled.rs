//! What must hold of what comes, in other words: `with a status of failed`, `with level error`, `without a
//! name`, `with amount over 50`.

use crate::conditions;
use crate::lexicon::ARTICLES;
use crate::text::{Kind, Token};

/// `with a status of failed` and `without a name` are comparisons in other words.
pub(super) fn spell_out(tokens: &mut Vec<Token>) {
    let becomes = |token: &mut Token, word: &str| {
        token.kind = Kind::Word;
        word.clone_into(&mut token.low);
        word.clone_into(&mut token.text);
        token.number = None;
    };
    let with = tokens.iter().position(|token| token.any(&["with", "having", "mit", "has"]));
    if let Some(with) = with
        && let Some(of) = tokens[with..].iter().position(|token| token.any(&["of", "von"]))
        && !conditions::compares(&tokens[with..])
    {
        becomes(&mut tokens[with + of], "is");
        tokens.drain(..=with);
        return;
    }
    // `with level error`: a field of that kind and its value.
    const FIELDS: &[&str] = &[
        "level",
        "status",
        "state",
        "type",
        "priority",
        "plan",
        "kind",
        "category",
        "role",
        "severity",
        "country",
        "stufe",
        "typ",
        "art",
        "prioritaet",
        "kategorie",
        "rolle",
        "land",
        "level",
        "stage",
        "phase",
        "topic",
        "thema",
        "method",
        "currency",
        "source",
        "quelle",
        "tier",
        "result",
    ];
    if let Some(with) = with
        && tokens.get(with + 1).is_some_and(|token| token.any(FIELDS))
        && tokens.get(with + 2).is_some_and(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Number)
                && !token.any(&["of", "is", "von", "ist", "and", "und"])
        })
        && tokens.len() == with + 3
        && !conditions::compares(&tokens[with..])
    {
        let mut is = tokens[with + 1].clone();
        becomes(&mut is, "is");
        tokens.insert(with + 2, is);
        tokens.drain(..=with);
        return;
    }
    // `over 1000 in the`: where it comes from was taken.
    while tokens.len() > 2
        && conditions::compares(tokens)
        && tokens.last().is_some_and(|last| {
            last.any(ARTICLES) || last.any(&["in", "on", "at", "to", "from", "into", "im", "aus"])
        })
    {
        tokens.pop();
    }
    // `a record with amount over 50`
    if let Some(with) = with
        && with > 0
        && with + 2 < tokens.len()
        && tokens[with + 1..]
            .iter()
            .take(2)
            .any(|token| token.is_word() && token.number.is_none() && !token.any(ARTICLES))
        && conditions::compares(&tokens[with..])
        && !conditions::compares(&tokens[..with])
    {
        tokens.drain(..=with);
        return;
    }
    let without = tokens.iter().position(|token| token.any(&["without", "ohne"]));
    if let Some(without) = without
        && let Some(last) = tokens.last().cloned()
        && without + 1 < tokens.len()
    {
        let (mut is, mut missing) = (last.clone(), last);
        becomes(&mut is, "is");
        becomes(&mut missing, "missing");
        tokens.extend([is, missing]);
        tokens.drain(..=without);
    }
}
