//! Words that notes cut short, written out: `evt x`, `hook /y`, `tbl z`, `w/ days`, `Mon 09:00`, `stdl.`.
//! What stands in quotes and what is part of an address, a channel or a path is left as it was.

use super::Lang;

/// In any language, by their lower case.
const ANY: &[(&str, &str)] = &[
    ("evt", "event"),
    ("evts", "events"),
    ("tbl", "table"),
    ("gcal", "Google Calendar"),
    ("gdrive", "Google Drive"),
    ("gsheet", "Google Sheet"),
    ("gsheets", "Google Sheet"),
];
const ENGLISH: &[(&str, &str)] = &[
    ("hook", "webhook"),
    ("proj", "project"),
    ("db", "database"),
    ("msg", "message"),
    ("msgs", "messages"),
    ("incl", "including"),
    ("prio", "priority"),
    ("hrs", "hours"),
    ("hr", "hour"),
    ("mins", "minutes"),
    ("secs", "seconds"),
    ("wk", "week"),
    ("wkday", "weekday"),
    ("wkdays", "weekdays"),
    ("exp", "exponential"),
    ("pls", "please"),
    ("plz", "please"),
    ("fwd", "forward"),
    ("sched", "schedule"),
    ("mtg", "meeting"),
    ("approx", "about"),
    ("bday", "birthday"),
];
const GERMAN: &[(&str, &str)] = &[
    ("tab", "Tabelle"),
    ("tbl", "Tabelle"),
    ("taegl", "täglich"),
    ("stdl", "stündlich"),
    ("woechentl", "wöchentlich"),
    ("woech", "wöchentlich"),
    ("monatl", "monatlich"),
    ("std", "Stunden"),
    ("nr", "Nummer"),
    ("prio", "Priorität"),
    ("proj", "Projekt"),
    ("inkl", "mit"),
    ("nix", "nichts"),
    ("sek", "Sekunden"),
    ("msg", "Nachricht"),
    ("rg", "Rechnung"),
    ("bestellg", "Bestellung"),
    ("bzgl", "über"),
    ("betr", "Betreff"),
    ("kd", "Kunde"),
    ("db", "Datenbank"),
    ("hook", "Webhook"),
    ("abt", "Abteilung"),
    ("u", "und"),
    ("od", "oder"),
];
/// Only so, with their capitals.
const CAPITALS: &[(&str, &str)] = &[("PD", "PagerDuty"), ("TG", "Telegram"), ("ZD", "Zendesk")];
/// Days whose short names are other words as well: only in front of a time, or behind a word that wants a day.
const DAYS: &[(&str, &str)] = &[
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Tues", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Thur", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
const DAYS_DE: &[(&str, &str)] = &[
    ("Mo", "Montag"),
    ("Di", "Dienstag"),
    ("Mi", "Mittwoch"),
    ("Do", "Donnerstag"),
    ("Fr", "Freitag"),
    ("Sa", "Samstag"),
    ("So", "Sonntag"),
];
/// Words behind which a short name is a day's.
const WANT_DAY: &[&str] = &[
    "every",
    "each",
    "next",
    "on",
    "first",
    "last",
    "second",
    "third",
    "fourth",
    "1st",
    "2nd",
    "3rd",
    "4th",
    "by",
    "until",
    "jeden",
    "letzter",
    "letzten",
    "am",
    "ersten",
    "naechsten",
    "and",
    "from",
];

/// The sentence with its short words written out.
pub(super) fn spelled_out(source: &str, lang: Lang) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    let mut rest = source;
    let mut before = String::new();
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        if !c.is_alphanumeric() {
            // `a + b`
            let between = rest.starts_with("+ ") && out.ends_with(' ');
            if between {
                out.push_str(lang.say("and", "und"));
            } else {
                out.push(c);
            }
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let glued = out.ends_with(|c: char| "#@/._-:=&~'{".contains(c));
        let next = after.chars().next();
        let joined = next.is_some_and(|c| "@/_-='}".contains(c))
            || after.starts_with('.') && after[1..].starts_with(char::is_alphanumeric)
            || after.starts_with("://");
        let low = super::fold(word);
        if low == "w" && !glued && (after.starts_with("/ ") || after.starts_with("/o ")) {
            let without = after.starts_with("/o");
            out.push_str(if without { "without" } else { "with" });
            rest = &after[if without { 2 } else { 1 }..];
            continue;
        }
        let long = (!glued && !joined).then(|| long(word, &low, lang, &before, after)).flatten();
        match long {
            Some(long) => {
                out.push_str(long);
                // The dot of the short form; one that ends a sentence stands before a capital.
                let dot = after.strip_prefix('.').filter(|_| ends_short(&low));
                let goes_on = dot.is_some_and(|after| !after.trim().is_empty());
                rest = match dot {
                    Some(after) if goes_on => after,
                    _ => after,
                };
            }
            None => {
                out.push_str(word);
                rest = after;
            }
        }
        before = low;
    }
    out
}

fn long(word: &str, low: &str, lang: Lang, before: &str, after: &str) -> Option<&'static str> {
    let of = |rows: &'static [(&str, &'static str)], word: &str| {
        rows.iter().find(|(short, _)| *short == word).map(|(_, long)| *long)
    };
    let own = match lang {
        Lang::En => of(ENGLISH, low),
        Lang::De => of(GERMAN, low)
            .filter(|_| low.len() > 3 || low != word || after.starts_with('.') || low == "nix"),
    };
    if let Some(long) = own.or_else(|| of(ANY, low)).or_else(|| of(CAPITALS, word)) {
        return Some(long);
    }
    let day = of(DAYS, word).or_else(|| of(DAYS_DE, word).filter(|_| lang == Lang::De))?;
    let next = after.trim_start_matches(['.', ',', ' ']);
    let timed = next.starts_with(|c: char| c.is_ascii_digit());
    let noon = ["noon", "midnight", "morning", "at ", "evening", "um "];
    (timed || WANT_DAY.contains(&before) || noon.iter().any(|word| next.starts_with(word)))
        .then_some(day)
}

/// Whether a dot behind the word belongs to it.
fn ends_short(low: &str) -> bool {
    GERMAN.iter().chain(ANY).chain(ENGLISH).any(|(short, _)| *short == low)
        && !["hook", "db", "msg", "evt", "exp", "temp", "prio", "nix"].contains(&low)
}
