//! Time zones as people name them: IANA names, cities, countries with one zone, abbreviations.
//! A city names a zone only where a zone is expected; that is the grammar's business.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words;

mod places;

use places::{ADJECTIVES, NAMES, PLACES};

/// Longest name in words.
pub(super) const MOST_WORDS: usize = 4;

static BY_CITY: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut cities = HashMap::new();
    for zone in jiff::tz::db().available() {
        let parts: Vec<&str> = zone.as_str().split('/').collect();
        let known = matches!(
            parts[0],
            "Africa"
                | "America"
                | "Antarctica"
                | "Asia"
                | "Atlantic"
                | "Australia"
                | "Europe"
                | "Indian"
                | "Pacific"
        );
        let city = match parts[..] {
            [_, city] if known => city,
            ["America", "Argentina", city] => city,
            _ => continue,
        };
        // Old names that mean something else today.
        if !matches!(city, "North" | "South" | "West" | "Easter" | "Center" | "General" | "ACT") {
            cities.insert(city.replace('_', " ").to_lowercase(), zone.as_str().to_owned());
        }
    }
    for (place, zone) in PLACES {
        cities.insert((*place).to_owned(), (*zone).to_owned());
    }
    cities
});

static BY_IANA: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let all = jiff::tz::db().available();
    let named = all.filter(|zone| zone.as_str().contains('/') || zone.as_str() == "UTC");
    named.map(|zone| (zone.as_str().to_lowercase(), zone.as_str().to_owned())).collect()
});

/// `Europe/Berlin` in any case.
pub(super) fn iana(text: &str) -> Option<&'static str> {
    if text.len() > 40 || !text.contains('/') {
        return None;
    }
    BY_IANA.get(&text.to_lowercase()).map(String::as_str)
}

/// A city or country.
pub(super) fn place(name: &str) -> Option<&'static str> {
    BY_CITY.get(name).map(String::as_str)
}

/// German words that name a zone and say `Zeit` in one.
pub(super) fn whole(word: &str) -> Option<&'static str> {
    let stem = word.strip_suffix("zeit").filter(|stem| stem.len() > 2)?;
    match stem {
        "welt" => Some("UTC"),
        "pazifik" | "westküsten" => Some("America/Los_Angeles"),
        "ostküsten" => Some("America/New_York"),
        "mitteleuropa" => Some("Europe/Berlin"),
        "moskau" => Some("Europe/Moscow"),
        _ => place(stem),
    }
}

/// An abbreviation, or what stands before `time`.
pub(super) fn named(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, zone)| *zone)
}

/// `Berliner`, `Tokioter`, `Zürcher`, `Münchner`, `Bremer` before `Zeit`.
pub(super) fn of_inhabitant(name: &str) -> Option<&'static str> {
    let exact = ["er", "ter", "ner", "r"].iter().find_map(|end| place(name.strip_suffix(end)?));
    if exact.is_some() {
        return exact;
    }
    // `kalifornischer`, `indischer`.
    let stem = name.strip_suffix("er").or_else(|| name.strip_suffix("en")).unwrap_or(name);
    if let Some((_, zone)) = ADJECTIVES.iter().find(|(adjective, _)| *adjective == stem) {
        return Some(zone);
    }
    let stem = name.strip_suffix("er").filter(|stem| stem.chars().count() >= 4)?;
    let near = |place: &str| {
        let longer = place.strip_prefix(stem).is_some_and(|rest| rest.chars().count() <= 2);
        longer || place.chars().next() == stem.chars().next() && words::slip(stem, place)
    };
    let mut found: Vec<(&String, &String)> =
        BY_CITY.iter().filter(|(place, _)| near(place)).collect();
    found.sort();
    found.first().map(|(_, zone)| zone.as_str())
}

/// A zone without daylight saving for an offset with minutes.
pub(super) fn of_offset(east: bool, hours: u32, minutes: u32) -> Option<&'static str> {
    Some(match (east, hours, minutes) {
        (true, 3, 30) => "Asia/Tehran",
        (true, 4, 30) => "Asia/Kabul",
        (true, 5, 30) => "Asia/Kolkata",
        (true, 5, 45) => "Asia/Kathmandu",
        (true, 6, 30) => "Asia/Yangon",
        (true, 8, 45) => "Australia/Eucla",
        (true, 9, 30) => "Australia/Darwin",
        (false, 9, 30) => "Pacific/Marquesas",
        _ => return None,
    })
}

/// At most four zones whose name or city is a slip or two away.
pub(super) fn near(said: &str) -> Vec<String> {
    let low = said.to_lowercase().replace('_', " ");
    let city = low.rsplit('/').next().unwrap_or(&low).trim();
    if city.chars().count() > 40 || city.chars().count() < 4 {
        return Vec::new();
    }
    let slack = if city.chars().count() >= 9 { 2 } else { 1 };
    let mut found: Vec<(usize, &String)> = BY_CITY
        .iter()
        .filter_map(|(name, zone)| {
            let off = distance(city, name)
                .min(city.strip_suffix("er").map_or(usize::MAX, |stem| distance(stem, name)));
            (off <= slack).then_some((off, zone))
        })
        .collect();
    found.sort();
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().take(4).map(|(_, zone)| zone.clone()).collect()
}

/// Edits between two short texts, a swap of neighbours being one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            next[j] = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}
