//! What only introduces the request: `I want a bot that …`, `please …`.

use crate::text::{Lang, Token};

/// Drops `I want a bot that`, `please make a bot which` and the like from the front.
pub(super) fn strip(tokens: Vec<Token>, lang: Lang) -> Vec<Token> {
    const MAKERS: &[&str] = &[
        "make",
        "create",
        "build",
        "write",
        "want",
        "need",
        "would",
        "like",
        "set",
        "up",
        "can",
        "could",
        "have",
        "give",
        "erstelle",
        "baue",
        "brauche",
        "moechte",
        "will",
        "schreibe",
        "mach",
        "mache",
        "erstell",
        "hey",
        "hi",
        "hello",
        "hallo",
        "i",
        "ich",
        "you",
        "du",
        "me",
        "mir",
        "us",
        "please",
        "bitte",
        "a",
        "an",
        "ein",
        "einen",
        "new",
        "neuen",
        "simple",
        "small",
        "kannst",
        "koenntest",
        "let's",
        "lets",
        "'d",
        "the",
        "automation",
        "workflow",
        "that",
        "to",
        "eine",
    ];
    let Some(bot) = tokens
        .iter()
        .take(10)
        .position(|token| token.any(&["bot", "workflow", "automation", "flow", "automatisierung"]))
    else {
        // `I want to …`, `can you …`
        let lead = tokens.iter().take_while(|token| {
            token.any(&[
                "i", "want", "would", "like", "to", "you", "can", "could", "please", "need", "'d",
                "bitte",
            ])
        });
        let count = lead.count();
        let begins =
            count > 1 || tokens.first().is_some_and(|token| token.any(&["please", "bitte"]));
        return if begins { tokens[count..].to_vec() } else { tokens };
    };
    if !tokens[..bot].iter().all(|token| token.any(MAKERS)) {
        return tokens;
    }
    let mut rest = bot + 1;
    let skip: &[&str] =
        &["that", "which", "who", "to", "for", "der", "die", "das", "should", "soll", "um", "me"];
    while tokens
        .get(rest)
        .is_some_and(|token| token.is_mark(',') || token.is_mark(':') || token.any(skip))
    {
        rest += 1;
    }
    // `make a bot called x …` and a mere `run the bot x` keep all their words.
    if lang == Lang::En && bot == 0 && rest == 1 || rest == bot + 1 && tokens.len() > rest {
        return tokens;
    }
    tokens[rest..].to_vec()
}
