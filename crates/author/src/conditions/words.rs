//! Comparing words, English and German (folded).

use super::Cmp;
use crate::text::{Lang, Token};

pub struct Row {
    pub words: &'static str,
    pub cmp: Cmp,
    /// `is` gives way to anything more telling.
    pub weight: u8,
}

impl Row {
    /// How many tokens the phrase takes at the front of `tokens`.
    pub fn matches(&self, tokens: &[Token]) -> Option<usize> {
        let mut count = 0;
        for word in self.words.split(' ') {
            if !tokens.get(count).is_some_and(|token| token.is(word)) {
                return None;
            }
            count += 1;
        }
        // `over` and `ab` compare only with a number behind them.
        let needs_number = self.weight == 2;
        (!needs_number || tokens[count..].iter().take(3).any(|token| token.number.is_some()))
            .then_some(count)
    }
}

const fn row(words: &'static str, cmp: Cmp, weight: u8) -> Row {
    Row { words, cmp, weight }
}

pub const COMPARATORS: &[Row] = &[
    row("greater than or equal to", Cmp::Ge, 3),
    row("at least", Cmp::Ge, 3),
    row("no less than", Cmp::Ge, 3),
    row("minimum of", Cmp::Ge, 3),
    row("more than", Cmp::Gt, 3),
    row("greater than", Cmp::Gt, 3),
    row("higher than", Cmp::Gt, 3),
    row("larger than", Cmp::Gt, 3),
    row("bigger than", Cmp::Gt, 3),
    row("longer than", Cmp::Gt, 3),
    row("older than", Cmp::Gt, 3),
    row("slower than", Cmp::Gt, 3),
    row("later than", Cmp::Gt, 3),
    row("warmer than", Cmp::Gt, 3),
    row("hotter than", Cmp::Gt, 3),
    row("heavier than", Cmp::Gt, 3),
    row("faster than", Cmp::Lt, 3),
    row("earlier than", Cmp::Lt, 3),
    row("colder than", Cmp::Lt, 3),
    row("cooler than", Cmp::Lt, 3),
    row("shorter than", Cmp::Lt, 3),
    row("younger than", Cmp::Lt, 3),
    row("newer than", Cmp::Lt, 3),
    row("lighter than", Cmp::Lt, 3),
    row("more then", Cmp::Gt, 3),
    row("greater then", Cmp::Gt, 3),
    row("higher then", Cmp::Gt, 3),
    row("bigger then", Cmp::Gt, 3),
    row("larger then", Cmp::Gt, 3),
    row("less then", Cmp::Lt, 3),
    row("lower then", Cmp::Lt, 3),
    row("smaller then", Cmp::Lt, 3),
    row("fewer then", Cmp::Lt, 3),
    row("goes over", Cmp::Gt, 3),
    row("goes above", Cmp::Gt, 3),
    row("rises above", Cmp::Gt, 3),
    row("climbs above", Cmp::Gt, 3),
    row("goes below", Cmp::Lt, 3),
    row("goes under", Cmp::Lt, 3),
    row("falls below", Cmp::Lt, 3),
    row("falls under", Cmp::Lt, 3),
    row("drops below", Cmp::Lt, 3),
    row("drops under", Cmp::Lt, 3),
    row("matches", Cmp::Eq, 3),
    row("reaches", Cmp::Ge, 2),
    row("hits", Cmp::Ge, 2),
    row("surpasses", Cmp::Gt, 3),
    row("hoeher ist als", Cmp::Gt, 4),
    row("groesser ist als", Cmp::Gt, 4),
    row("kleiner ist als", Cmp::Lt, 4),
    row("niedriger ist als", Cmp::Lt, 4),
    row("waermer als", Cmp::Gt, 3),
    row("kaelter als", Cmp::Lt, 3),
    row("teurer als", Cmp::Gt, 3),
    row("billiger als", Cmp::Lt, 3),
    row("guenstiger als", Cmp::Lt, 3),
    row("schwerer als", Cmp::Gt, 3),
    row("spaeter als", Cmp::Gt, 3),
    row("frueher als", Cmp::Lt, 3),
    row("langsamer als", Cmp::Gt, 3),
    row("schneller als", Cmp::Lt, 3),
    row("juenger als", Cmp::Lt, 3),
    row("steigt ueber", Cmp::Gt, 4),
    row("faellt unter", Cmp::Lt, 4),
    row("sinkt unter", Cmp::Lt, 4),
    row("erreicht", Cmp::Ge, 2),
    row("exceeds", Cmp::Gt, 3),
    row("exceed", Cmp::Gt, 3),
    row("exceeding", Cmp::Gt, 3),
    row("above", Cmp::Gt, 2),
    row("over", Cmp::Gt, 2),
    row("beyond", Cmp::Gt, 2),
    row("at most", Cmp::Le, 3),
    row("no more than", Cmp::Le, 4),
    row("not more than", Cmp::Le, 4),
    row("up to", Cmp::Le, 2),
    row("less than or equal to", Cmp::Le, 3),
    row("less than", Cmp::Lt, 3),
    row("lower than", Cmp::Lt, 3),
    row("fewer than", Cmp::Lt, 3),
    row("smaller than", Cmp::Lt, 3),
    row("cheaper than", Cmp::Lt, 3),
    row("below", Cmp::Lt, 2),
    row("under", Cmp::Lt, 2),
    row("not equal to", Cmp::Ne, 3),
    row("does not equal", Cmp::Ne, 3),
    row("differs from", Cmp::Ne, 3),
    row("other than", Cmp::Ne, 3),
    row("anything but", Cmp::Ne, 3),
    row("not return", Cmp::Ne, 4),
    row("not respond with", Cmp::Ne, 4),
    row("not answer with", Cmp::Ne, 4),
    row("not give", Cmp::Ne, 4),
    row("responds with", Cmp::Eq, 3),
    row("answers with", Cmp::Eq, 3),
    row("antwortet nicht mit", Cmp::Ne, 4),
    row("antwortet mit", Cmp::Eq, 3),
    row("equal to", Cmp::Eq, 2),
    row("equals", Cmp::Eq, 3),
    row("contains", Cmp::Contains, 3),
    row("contain", Cmp::Contains, 3),
    row("containing", Cmp::Contains, 3),
    row("includes", Cmp::Contains, 3),
    row("include", Cmp::Contains, 3),
    row("mentions", Cmp::Contains, 3),
    row("starts with", Cmp::Starts, 3),
    row("begins with", Cmp::Starts, 3),
    row("ends with", Cmp::Ends, 3),
    row("is not empty", Cmp::Filled, 4),
    row("is not missing", Cmp::Filled, 4),
    row("empty", Cmp::Empty, 3),
    row("missing", Cmp::Empty, 3),
    row("blank", Cmp::Empty, 3),
    row("not set", Cmp::Empty, 4),
    row("not given", Cmp::Empty, 4),
    row("exists", Cmp::Filled, 3),
    row("present", Cmp::Filled, 3),
    row("is set", Cmp::Filled, 3),
    row("is given", Cmp::Filled, 3),
    row("groesser oder gleich", Cmp::Ge, 3),
    row("groesser gleich", Cmp::Ge, 3),
    row("mindestens", Cmp::Ge, 3),
    row("wenigstens", Cmp::Ge, 3),
    row("nicht weniger als", Cmp::Ge, 4),
    row("ab", Cmp::Ge, 2),
    row("mehr als", Cmp::Gt, 3),
    row("groesser als", Cmp::Gt, 3),
    row("hoeher als", Cmp::Gt, 3),
    row("laenger als", Cmp::Gt, 3),
    row("aelter als", Cmp::Gt, 3),
    row("uebersteigt", Cmp::Gt, 3),
    row("ueberschreitet", Cmp::Gt, 3),
    row("ueber", Cmp::Gt, 2),
    row("oberhalb von", Cmp::Gt, 3),
    row("hoechstens", Cmp::Le, 3),
    row("maximal", Cmp::Le, 3),
    row("nicht mehr als", Cmp::Le, 4),
    row("bis zu", Cmp::Le, 2),
    row("kleiner oder gleich", Cmp::Le, 3),
    row("weniger als", Cmp::Lt, 3),
    row("kleiner als", Cmp::Lt, 3),
    row("niedriger als", Cmp::Lt, 3),
    row("geringer als", Cmp::Lt, 3),
    row("unterschreitet", Cmp::Lt, 3),
    row("unter", Cmp::Lt, 2),
    row("ungleich", Cmp::Ne, 3),
    row("gleich", Cmp::Eq, 3),
    row("lautet", Cmp::Eq, 3),
    row("enthaelt", Cmp::Contains, 3),
    row("beginnt mit", Cmp::Starts, 3),
    row("endet mit", Cmp::Ends, 3),
    row("endet auf", Cmp::Ends, 3),
    row("leer", Cmp::Empty, 3),
    row("fehlt", Cmp::Empty, 3),
    row("vorhanden", Cmp::Filled, 3),
    row("betraegt", Cmp::Eq, 1),
    row("is", Cmp::Eq, 0),
    row("are", Cmp::Eq, 0),
    row("was", Cmp::Eq, 0),
    row("ist", Cmp::Eq, 0),
    row("sind", Cmp::Eq, 0),
    row("returns", Cmp::Eq, 0),
    row("answers", Cmp::Eq, 0),
    row("responds", Cmp::Eq, 0),
    row("gives", Cmp::Eq, 0),
    row("says", Cmp::Eq, 0),
    row("has", Cmp::Eq, 0),
];

pub const SYMBOLS: &[Row] = &[
    row(">=", Cmp::Ge, 3),
    row("<=", Cmp::Le, 3),
    row("!=", Cmp::Ne, 3),
    row("===", Cmp::Eq, 3),
    row("==", Cmp::Eq, 3),
    row(">", Cmp::Gt, 3),
    row("<", Cmp::Lt, 3),
    row("=", Cmp::Eq, 3),
];

/// Phrases for a step that failed.
pub const FAILED: &[&str] = &[
    "fails",
    "stops responding",
    "stops working",
    "stops answering",
    "dies",
    "not load",
    "not reply",
    "fail",
    "failed",
    "failures",
    "failure",
    "failing",
    "down",
    "unreachable",
    "offline",
    "unavailable",
    "error",
    "errors",
    "times out",
    "timed out",
    "not reachable",
    "not available",
    "not respond",
    "not answer",
    "not up",
    "not ok",
    "not work",
    "goes wrong",
    "went wrong",
    "broken",
    "not succeed",
    "not successful",
    "unsuccessful",
    "not healthy",
    "fehlschlaegt",
    "scheitert",
    "fehler",
    "fehlern",
    "nicht erreichbar",
    "unerreichbar",
    "ausfaellt",
    "schiefgeht",
    "schief geht",
    "nicht geht",
    "nicht laeuft",
    "nicht mehr geht",
    "nicht da ist",
    "not load",
    "not come back",
    "nicht antwortet",
    "nicht klappt",
    "nicht funktioniert",
    "nicht verfuegbar",
    "fehlgeschlagen",
    "fehlschlaegen",
    "fehlversuchen",
    "misslingt",
    "ausgefallen",
    "not responding",
    "unhealthy",
    "no response",
    "misserfolg",
    "ausfall",
    "fehlschlag",
    "scheitern",
    "not be delivered",
    "not delivered",
    "not be reached",
    "not be sent",
    "not be posted",
    "not go through",
    "not get through",
    "not come through",
    "not arrive",
    "never works",
    "never succeeds",
    "never goes through",
    "without success",
    "no luck",
    "no success",
    "keeps failing",
    "stays down",
    "gives up",
    "give up",
    "out of tries",
    "in vain",
    "nicht zugestellt",
    "nicht durchgeht",
    "nicht durchkommt",
    "nicht gelingt",
    "nie klappt",
    "nicht ankommt",
    "klappt nicht",
    "klappt es nicht",
    "klappt das nicht",
    "klappt es trotzdem nicht",
    "klappt es immer noch nicht",
    "funktioniert es nicht",
    "geht es nicht",
    "gelingt es nicht",
    "ohne erfolg",
    "vergeblich",
    "erfolglos",
    "schlaegt fehl",
    "schlaegt es fehl",
];

pub const WORKED: &[&str] = &[
    "succeeds",
    "succeeded",
    "works",
    "worked",
    "successful",
    "is up",
    "is ok",
    "is reachable",
    "klappt",
    "gelingt",
    "erfolgreich",
    "erreichbar ist",
    "funktioniert",
    "is healthy",
    "is back",
];

/// Whether the phrase occurs as whole words.
pub fn contains(tokens: &[Token], phrase: &str) -> bool {
    let words: Vec<&str> = phrase.split(' ').collect();
    tokens
        .windows(words.len())
        .any(|window| window.iter().zip(&words).all(|(token, word)| token.is(word)))
}

/// `… or more`, `… or less`, as part of a comparison.
pub fn is_postfix(tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|token| token.any(&["or", "oder", "and", "und"]))
        && tokens.get(1).is_some_and(|token| {
            token.any(&[
                "more",
                "less",
                "above",
                "below",
                "higher",
                "lower",
                "fewer",
                "over",
                "under",
                "mehr",
                "weniger",
                "hoeher",
                "niedriger",
                "greater",
                "darueber",
                "darunter",
                "equal",
                "gleich",
                "up",
                "larger",
            ])
        })
}

pub fn postfix(tokens: &[Token]) -> Option<Cmp> {
    let at = (0..tokens.len()).find(|at| is_postfix(&tokens[*at..]) && *at > 0)?;
    Some(match tokens[at + 1].low.as_str() {
        "less" | "below" | "lower" | "fewer" | "under" | "weniger" | "niedriger" | "darunter" => {
            Cmp::Le
        }
        "equal" | "gleich" => return None,
        _ => Cmp::Ge,
    })
}

/// The field that a unit of measure speaks of.
pub fn unit_field(unit: &str, money: bool, percent: bool, lang: Lang) -> Option<&'static str> {
    Some(match unit {
        "euro" | "euros" | "eur" | "dollar" | "dollars" | "usd" | "pound" | "pounds" | "chf"
        | "gbp" | "bucks" => lang.say("amount", "betrag"),
        _ if money => lang.say("amount", "betrag"),
        "stueck" | "piece" | "pieces" | "unit" | "units" | "pcs" => lang.say("quantity", "menge"),
        "degree" | "degrees" | "grad" | "celsius" | "fahrenheit" => {
            lang.say("temperature", "temperatur")
        }
        "percent" | "prozent" => lang.say("percentage", "prozent"),
        "ms" | "milliseconds" | "seconds" | "sekunden" | "millisekunden" => {
            lang.say("duration", "dauer")
        }
        _ if percent => lang.say("percentage", "prozent"),
        _ => return None,
    })
}
