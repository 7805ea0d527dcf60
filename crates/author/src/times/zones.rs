//! Time zones as people name them: IANA names, cities, countries with one zone, abbreviations.
//! A city names a zone only where a zone is expected; that is the grammar's business.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words;

/// Longest name in words.
pub(super) const MOST_WORDS: usize = 4;

/// Cities and countries that the zone database does not list by that name.
const PLACES: &[(&str, &str)] = &[
    // Europe
    ("munich", "Europe/Berlin"),
    ("münchen", "Europe/Berlin"),
    ("hamburg", "Europe/Berlin"),
    ("frankfurt", "Europe/Berlin"),
    ("cologne", "Europe/Berlin"),
    ("köln", "Europe/Berlin"),
    ("stuttgart", "Europe/Berlin"),
    ("düsseldorf", "Europe/Berlin"),
    ("leipzig", "Europe/Berlin"),
    ("dresden", "Europe/Berlin"),
    ("hannover", "Europe/Berlin"),
    ("nuremberg", "Europe/Berlin"),
    ("nürnberg", "Europe/Berlin"),
    ("bremen", "Europe/Berlin"),
    ("germany", "Europe/Berlin"),
    ("german", "Europe/Berlin"),
    ("deutschland", "Europe/Berlin"),
    ("deutscher", "Europe/Berlin"),
    ("lyon", "Europe/Paris"),
    ("marseille", "Europe/Paris"),
    ("toulouse", "Europe/Paris"),
    ("nice", "Europe/Paris"),
    ("bordeaux", "Europe/Paris"),
    ("lille", "Europe/Paris"),
    ("france", "Europe/Paris"),
    ("french", "Europe/Paris"),
    ("frankreich", "Europe/Paris"),
    ("uk", "Europe/London"),
    ("england", "Europe/London"),
    ("britain", "Europe/London"),
    ("british", "Europe/London"),
    ("manchester", "Europe/London"),
    ("birmingham", "Europe/London"),
    ("edinburgh", "Europe/London"),
    ("glasgow", "Europe/London"),
    ("leeds", "Europe/London"),
    ("bristol", "Europe/London"),
    ("ireland", "Europe/Dublin"),
    ("irland", "Europe/Dublin"),
    ("barcelona", "Europe/Madrid"),
    ("valencia", "Europe/Madrid"),
    ("seville", "Europe/Madrid"),
    ("spanien", "Europe/Madrid"),
    ("milan", "Europe/Rome"),
    ("mailand", "Europe/Rome"),
    ("rom", "Europe/Rome"),
    ("naples", "Europe/Rome"),
    ("turin", "Europe/Rome"),
    ("florence", "Europe/Rome"),
    ("italy", "Europe/Rome"),
    ("italien", "Europe/Rome"),
    ("wien", "Europe/Vienna"),
    ("graz", "Europe/Vienna"),
    ("salzburg", "Europe/Vienna"),
    ("austria", "Europe/Vienna"),
    ("österreich", "Europe/Vienna"),
    ("zürich", "Europe/Zurich"),
    ("geneva", "Europe/Zurich"),
    ("genf", "Europe/Zurich"),
    ("basel", "Europe/Zurich"),
    ("bern", "Europe/Zurich"),
    ("switzerland", "Europe/Zurich"),
    ("schweiz", "Europe/Zurich"),
    ("schweizer", "Europe/Zurich"),
    ("swiss", "Europe/Zurich"),
    ("brüssel", "Europe/Brussels"),
    ("antwerp", "Europe/Brussels"),
    ("belgium", "Europe/Brussels"),
    ("rotterdam", "Europe/Amsterdam"),
    ("the hague", "Europe/Amsterdam"),
    ("netherlands", "Europe/Amsterdam"),
    ("dutch", "Europe/Amsterdam"),
    ("kopenhagen", "Europe/Copenhagen"),
    ("denmark", "Europe/Copenhagen"),
    ("sweden", "Europe/Stockholm"),
    ("gothenburg", "Europe/Stockholm"),
    ("norway", "Europe/Oslo"),
    ("finland", "Europe/Helsinki"),
    ("warschau", "Europe/Warsaw"),
    ("krakow", "Europe/Warsaw"),
    ("poland", "Europe/Warsaw"),
    ("prag", "Europe/Prague"),
    ("brno", "Europe/Prague"),
    ("czechia", "Europe/Prague"),
    ("hungary", "Europe/Budapest"),
    ("bukarest", "Europe/Bucharest"),
    ("romania", "Europe/Bucharest"),
    ("bulgaria", "Europe/Sofia"),
    ("belgrad", "Europe/Belgrade"),
    ("athen", "Europe/Athens"),
    ("greece", "Europe/Athens"),
    ("lissabon", "Europe/Lisbon"),
    ("porto", "Europe/Lisbon"),
    ("kiev", "Europe/Kyiv"),
    ("kyiv", "Europe/Kyiv"),
    ("ukraine", "Europe/Kyiv"),
    ("moskau", "Europe/Moscow"),
    ("st petersburg", "Europe/Moscow"),
    ("iceland", "Atlantic/Reykjavik"),
    ("turkey", "Europe/Istanbul"),
    ("ankara", "Europe/Istanbul"),
    // The Americas
    ("nyc", "America/New_York"),
    ("boston", "America/New_York"),
    ("washington", "America/New_York"),
    ("washington dc", "America/New_York"),
    ("miami", "America/New_York"),
    ("atlanta", "America/New_York"),
    ("philadelphia", "America/New_York"),
    ("orlando", "America/New_York"),
    ("montreal", "America/Toronto"),
    ("ottawa", "America/Toronto"),
    ("quebec", "America/Toronto"),
    ("houston", "America/Chicago"),
    ("dallas", "America/Chicago"),
    ("austin", "America/Chicago"),
    ("texas", "America/Chicago"),
    ("minneapolis", "America/Chicago"),
    ("new orleans", "America/Chicago"),
    ("st louis", "America/Chicago"),
    ("salt lake city", "America/Denver"),
    ("san francisco", "America/Los_Angeles"),
    ("sf", "America/Los_Angeles"),
    ("la", "America/Los_Angeles"),
    ("seattle", "America/Los_Angeles"),
    ("san diego", "America/Los_Angeles"),
    ("portland", "America/Los_Angeles"),
    ("las vegas", "America/Los_Angeles"),
    ("california", "America/Los_Angeles"),
    ("silicon valley", "America/Los_Angeles"),
    ("hawaii", "Pacific/Honolulu"),
    ("alaska", "America/Anchorage"),
    ("calgary", "America/Edmonton"),
    ("guadalajara", "America/Mexico_City"),
    ("mexiko-stadt", "America/Mexico_City"),
    ("rio", "America/Sao_Paulo"),
    ("rio de janeiro", "America/Sao_Paulo"),
    ("são paulo", "America/Sao_Paulo"),
    ("brasilia", "America/Sao_Paulo"),
    ("argentina", "America/Argentina/Buenos_Aires"),
    ("colombia", "America/Bogota"),
    ("bogotá", "America/Bogota"),
    ("peru", "America/Lima"),
    ("medellin", "America/Bogota"),
    ("quito", "America/Guayaquil"),
    // Asia and Oceania
    ("tokio", "Asia/Tokyo"),
    ("japan", "Asia/Tokyo"),
    ("osaka", "Asia/Tokyo"),
    ("kyoto", "Asia/Tokyo"),
    ("beijing", "Asia/Shanghai"),
    ("peking", "Asia/Shanghai"),
    ("shenzhen", "Asia/Shanghai"),
    ("guangzhou", "Asia/Shanghai"),
    ("china", "Asia/Shanghai"),
    ("hongkong", "Asia/Hong_Kong"),
    ("korea", "Asia/Seoul"),
    ("busan", "Asia/Seoul"),
    ("india", "Asia/Kolkata"),
    ("indien", "Asia/Kolkata"),
    ("mumbai", "Asia/Kolkata"),
    ("bombay", "Asia/Kolkata"),
    ("delhi", "Asia/Kolkata"),
    ("new delhi", "Asia/Kolkata"),
    ("bangalore", "Asia/Kolkata"),
    ("bengaluru", "Asia/Kolkata"),
    ("chennai", "Asia/Kolkata"),
    ("hyderabad", "Asia/Kolkata"),
    ("pune", "Asia/Kolkata"),
    ("singapur", "Asia/Singapore"),
    ("abu dhabi", "Asia/Dubai"),
    ("doha", "Asia/Qatar"),
    ("israel", "Asia/Jerusalem"),
    ("tel aviv", "Asia/Jerusalem"),
    ("hanoi", "Asia/Ho_Chi_Minh"),
    ("saigon", "Asia/Ho_Chi_Minh"),
    ("vietnam", "Asia/Ho_Chi_Minh"),
    ("thailand", "Asia/Bangkok"),
    ("philippines", "Asia/Manila"),
    ("islamabad", "Asia/Karachi"),
    ("lahore", "Asia/Karachi"),
    ("teheran", "Asia/Tehran"),
    ("kathmandu", "Asia/Kathmandu"),
    ("canberra", "Australia/Sydney"),
    ("wellington", "Pacific/Auckland"),
    ("new zealand", "Pacific/Auckland"),
    ("neuseeland", "Pacific/Auckland"),
    // Africa
    ("cape town", "Africa/Johannesburg"),
    ("kapstadt", "Africa/Johannesburg"),
    ("south africa", "Africa/Johannesburg"),
    ("kairo", "Africa/Cairo"),
    ("egypt", "Africa/Cairo"),
    ("nigeria", "Africa/Lagos"),
    ("kenya", "Africa/Nairobi"),
    ("morocco", "Africa/Casablanca"),
];

/// Abbreviations, and names that stand before `time`. Each is the zone whose clocks are meant, with
/// its daylight saving.
const NAMES: &[(&str, &str)] = &[
    ("utc", "UTC"),
    ("gmt", "UTC"),
    ("z", "UTC"),
    ("zulu", "UTC"),
    ("koordinierter weltzeit", "UTC"),
    ("universal", "UTC"),
    ("greenwich", "UTC"),
    ("cet", "Europe/Berlin"),
    ("cest", "Europe/Berlin"),
    ("mez", "Europe/Berlin"),
    ("mesz", "Europe/Berlin"),
    ("central european", "Europe/Berlin"),
    ("mitteleuropäischer", "Europe/Berlin"),
    ("bst", "Europe/London"),
    ("wet", "Europe/Lisbon"),
    ("west", "Europe/Lisbon"),
    ("eet", "Europe/Athens"),
    ("eest", "Europe/Athens"),
    ("msk", "Europe/Moscow"),
    ("est", "America/New_York"),
    ("edt", "America/New_York"),
    ("et", "America/New_York"),
    ("eastern", "America/New_York"),
    ("us eastern", "America/New_York"),
    ("cst", "America/Chicago"),
    ("cdt", "America/Chicago"),
    ("ct", "America/Chicago"),
    ("central", "America/Chicago"),
    ("us central", "America/Chicago"),
    ("mst", "America/Denver"),
    ("mdt", "America/Denver"),
    ("mt", "America/Denver"),
    ("mountain", "America/Denver"),
    ("pst", "America/Los_Angeles"),
    ("pdt", "America/Los_Angeles"),
    ("pt", "America/Los_Angeles"),
    ("pacific", "America/Los_Angeles"),
    ("us pacific", "America/Los_Angeles"),
    ("akst", "America/Anchorage"),
    ("hst", "Pacific/Honolulu"),
    ("jst", "Asia/Tokyo"),
    ("kst", "Asia/Seoul"),
    ("ist", "Asia/Kolkata"),
    ("sgt", "Asia/Singapore"),
    ("hkt", "Asia/Hong_Kong"),
    ("gst", "Asia/Dubai"),
    ("aest", "Australia/Sydney"),
    ("aedt", "Australia/Sydney"),
    ("acst", "Australia/Adelaide"),
    ("awst", "Australia/Perth"),
    ("nzst", "Pacific/Auckland"),
    ("nzdt", "Pacific/Auckland"),
    ("brt", "America/Sao_Paulo"),
    ("sast", "Africa/Johannesburg"),
];

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

/// Countries with one zone, as German and English adjectives.
const ADJECTIVES: &[(&str, &str)] = &[
    ("kalifornisch", "America/Los_Angeles"),
    ("indisch", "Asia/Kolkata"),
    ("japanisch", "Asia/Tokyo"),
    ("chinesisch", "Asia/Shanghai"),
    ("koreanisch", "Asia/Seoul"),
    ("britisch", "Europe/London"),
    ("englisch", "Europe/London"),
    ("irisch", "Europe/Dublin"),
    ("französisch", "Europe/Paris"),
    ("italienisch", "Europe/Rome"),
    ("spanisch", "Europe/Madrid"),
    ("polnisch", "Europe/Warsaw"),
    ("tschechisch", "Europe/Prague"),
    ("ungarisch", "Europe/Budapest"),
    ("griechisch", "Europe/Athens"),
    ("türkisch", "Europe/Istanbul"),
    ("finnisch", "Europe/Helsinki"),
    ("schwedisch", "Europe/Stockholm"),
    ("norwegisch", "Europe/Oslo"),
    ("dänisch", "Europe/Copenhagen"),
    ("niederländisch", "Europe/Amsterdam"),
    ("belgisch", "Europe/Brussels"),
    ("österreichisch", "Europe/Vienna"),
    ("deutsch", "Europe/Berlin"),
    ("mitteleuropäisch", "Europe/Berlin"),
    ("osteuropäisch", "Europe/Athens"),
    ("westeuropäisch", "Europe/Lisbon"),
    ("ägyptisch", "Africa/Cairo"),
    ("israelisch", "Asia/Jerusalem"),
    ("texanisch", "America/Chicago"),
    ("neuseeländisch", "Pacific/Auckland"),
    ("japanese", "Asia/Tokyo"),
    ("chinese", "Asia/Shanghai"),
    ("indian", "Asia/Kolkata"),
    ("korean", "Asia/Seoul"),
    ("israeli", "Asia/Jerusalem"),
    ("italian", "Europe/Rome"),
    ("spanish", "Europe/Madrid"),
    ("polish", "Europe/Warsaw"),
    ("turkish", "Europe/Istanbul"),
    ("irish", "Europe/Dublin"),
    ("greek", "Europe/Athens"),
    ("austrian", "Europe/Vienna"),
    ("finnish", "Europe/Helsinki"),
    ("swedish", "Europe/Stockholm"),
    ("norwegian", "Europe/Oslo"),
    ("danish", "Europe/Copenhagen"),
    ("californian", "America/Los_Angeles"),
];

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
