//! Services that no connector serves, by how they are named.

use crate::lexicon;
use crate::text::{Kind, Token};

/// A service that no connector serves: a well-known name, or a capitalised word after `in`, `via`.
pub fn unknown_app(rest: &[Token]) -> Option<(usize, usize)> {
    // What the weather is asked for is a place.
    let weather = rest.iter().any(|token| {
        token.any(&[
            "weather",
            "forecast",
            "temperature",
            "wetter",
            "wettervorhersage",
            "temperatur",
            "time",
        ])
    });
    for at in 0..rest.len() {
        if let Some(next) = rest.get(at + 1)
            && lexicon::known_app(&format!("{} {}", rest[at].low, next.low))
        {
            return Some((at, 2));
        }
        let token = &rest[at];
        let name =
            (token.is_word() || token.kind == Kind::Dotted) && lexicon::known_app(&token.low);
        let everyday = [
            "line", "signal", "matrix", "linear", "notion", "zoom", "square", "ghost", "teams",
            "apple", "oracle", "sap", "excel", "sms", "rss", "ftp", "matrix",
        ];
        if name
            && (!everyday.contains(&token.low.as_str())
                || token.text.starts_with(char::is_uppercase))
        {
            return Some((at, 1));
        }
        // `the CRM Brixo`, `in der Kassensoftware Kassomat`
        let sort = token.is_word()
            && (token.any(&["tool", "crm", "erp", "software", "platform", "plattform"])
                || ["software", "plattform", "programm"]
                    .iter()
                    .any(|end| token.low.len() > end.len() && token.low.ends_with(end)));
        if sort
            && let Some(next) = rest.get(at + 1)
            && next.is_capital()
            && !everyday_capital(next)
            && next.text.len() > 3
        {
            return Some((at + 1, 1));
        }
        let placed = at > 0
            && rest[at - 1].any(&["in", "into", "via", "through", "using", "on"])
            && !rest[at - 1].is_capital();
        let capital =
            token.is_word() && token.text.starts_with(char::is_uppercase) && token.text.len() > 2;
        let follows_noun = rest
            .get(at + 1)
            .is_none_or(|next| !next.is_word() || next.any(&["and", "to", "with", "for", "as"]));
        // `in Zorbex CRM`, `in Hotelmax 3000`
        let more = rest[at + 1..]
            .iter()
            .take_while(|next| {
                next.is_capital() && next.is_word() && !everyday_capital(next)
                    || next.kind == Kind::Number
                    || next.any(&["crm", "erp", "app"])
            })
            .count();
        if placed && !weather && capital && (follows_noun || more > 0) && !everyday_capital(token) {
            return Some((at, 1 + more));
        }
    }
    None
}

/// A source that is surely a service: two names after `from`, or a kind of program and its name.
pub fn unknown_source(rest: &[Token]) -> Option<String> {
    let at = rest.iter().position(|token| token.any(&["from", "aus", "of"]))?;
    let name = |token: &Token| {
        token.is_capital()
            && token.text.len() > 2
            && !everyday_capital(token)
            && token.number.is_none()
    };
    let first = rest.get(at + 1).filter(|token| name(token))?;
    let second = rest.get(at + 2)?;
    let pair = second
        .any(&["pro", "plus", "crm", "erp", "cloud", "hub", "suite", "one", "app", "desk"])
        && second.is_capital()
        || second.kind == Kind::Number;
    pair.then(|| format!("{} {}", first.text, second.text))
}

fn everyday_capital(token: &Token) -> bool {
    const WORDS: &[&str] = &[
        "english",
        "german",
        "french",
        "spanish",
        "italian",
        "json",
        "xml",
        "csv",
        "html",
        "markdown",
        "utc",
        "ai",
        "ki",
        "euro",
        "eur",
        "usd",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "berlin",
        "london",
        "paris",
        "tokyo",
        "europe",
        "germany",
        "url",
        "api",
        "http",
        "post",
        "get",
        "put",
        "patch",
        "delete",
        "deutsch",
        "englisch",
        "claude",
        "gpt",
        "gemini",
        "llm",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "rest",
        "yaml",
        "sla",
        "crm",
        "portuguese",
        "dutch",
        "polish",
        "japanese",
        "chinese",
        "russian",
        "turkish",
        "openai",
        "body",
        "text",
        "log",
    ];
    token.any(WORDS)
        || token.text.chars().any(char::is_lowercase)
            && token.text.chars().any(|c| matches!(c, 'ä' | 'ö' | 'ü' | 'ß'))
}
