//! The vocabulary, English and German side by side: they hardly share a word, and where they do
//! (`am`, `in`, `morgen`) the grammar around it decides.

mod numbers;

pub(super) use numbers::{and_a_half, number, ordinal, tens, times};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Morning,
    Noon,
    Afternoon,
    Evening,
    Night,
    Midnight,
}

pub(super) fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "second" | "seconds" | "sec" | "secs" | "s" | "sekunde" | "sekunden" | "sek" => {
            Unit::Second
        }
        "minute" | "minutes" | "min" | "mins" | "m" | "minuten" => Unit::Minute,
        "hour" | "hours" | "hr" | "hrs" | "h" | "stunde" | "stunden" | "std" => Unit::Hour,
        "day" | "days" | "d" | "tag" | "tage" | "tagen" | "tages" => Unit::Day,
        "week" | "weeks" | "wk" | "wks" | "w" | "woche" | "wochen" => Unit::Week,
        "month" | "months" | "monat" | "monate" | "monaten" | "monats" => Unit::Month,
        "quarter" | "quarters" | "quartal" | "quartale" | "quartals" | "quartalen" => Unit::Quarter,
        "year" | "years" | "yr" | "yrs" | "jahr" | "jahre" | "jahren" | "jahres" => Unit::Year,
        _ => return None,
    })
}

const WEEKDAYS: [(&str, u32); 16] = [
    ("sunday", 0),
    ("monday", 1),
    ("tuesday", 2),
    ("wednesday", 3),
    ("thursday", 4),
    ("friday", 5),
    ("saturday", 6),
    ("sonntag", 0),
    ("montag", 1),
    ("dienstag", 2),
    ("mittwoch", 3),
    ("donnerstag", 4),
    ("freitag", 5),
    ("samstag", 6),
    ("sonnabend", 6),
    ("wednsday", 3),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weekday {
    /// 0 is Sunday.
    pub day: u32,
    /// `fridays`, `freitags`: repeated by its form alone.
    pub repeated: bool,
    /// `fri`, `Fr`: no weekday without others around.
    pub short: bool,
    /// `Montagmorgen`.
    pub part: Option<Part>,
}

pub(super) fn weekday(word: &str) -> Option<Weekday> {
    for (name, day) in WEEKDAYS {
        let Some(rest) = word.strip_prefix(name) else { continue };
        let found = |repeated, part| Some(Weekday { day, repeated, short: false, part });
        return match rest {
            "" => found(false, None),
            "s" | "'s" => found(true, None),
            "e" | "en" if name.ends_with("tag") => found(true, None),
            _ => {
                let bare = rest.strip_suffix('s').unwrap_or(rest);
                part(bare).and_then(|part| found(rest.ends_with('s'), Some(part)))
            }
        };
    }
    let day = match word {
        "sun" | "su" => 0,
        "mon" | "mo" => 1,
        "tue" | "tues" | "tu" | "di" => 2,
        "wed" | "weds" | "we" | "mi" => 3,
        "thu" | "thur" | "thurs" | "th" | "do" => 4,
        "fri" | "fr" => 5,
        "sat" | "sa" => 6,
        "so" => 0,
        _ => return mistyped_weekday(word),
    };
    Some(Weekday { day, repeated: false, short: true, part: None })
}

/// `wendesday`, `saterdays`, `Mitwoch`: one letter wrong, missing, too many or swapped.
fn mistyped_weekday(word: &str) -> Option<Weekday> {
    if matches!(word, "sundry" | "sundae" | "sundays'" | "sonnig") || word.len() < 5 {
        return None;
    }
    let plural = word.strip_suffix('s').filter(|_| word.len() >= 6);
    WEEKDAYS.iter().find_map(|(name, day)| {
        let repeated = plural.is_some_and(|stem| slip(stem, name));
        (repeated || slip(word, name)).then_some(Weekday {
            day: *day,
            repeated,
            short: false,
            part: None,
        })
    })
}

/// Whether one slip of the keyboard makes the one of the other.
pub(super) fn slip(word: &str, name: &str) -> bool {
    let (mut a, mut b): (Vec<char>, Vec<char>) = (word.chars().collect(), name.chars().collect());
    if a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    a.drain(..same);
    b.drain(..same);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    a.truncate(a.len() - end);
    b.truncate(b.len() - end);
    match (&a[..], &b[..]) {
        ([_], [_]) | ([_], []) | ([], [_]) => true,
        ([x, y], [z, w]) => x == w && y == z,
        _ => false,
    }
}

/// 1 to 12.
pub(super) fn month(word: &str) -> Option<u32> {
    Some(match word {
        "january" | "jan" | "januar" | "jänner" => 1,
        "february" | "feb" | "februar" => 2,
        "march" | "mar" | "märz" | "maerz" | "mär" => 3,
        "april" | "apr" => 4,
        "may" | "mai" => 5,
        "june" | "jun" | "juni" => 6,
        "july" | "jul" | "juli" => 7,
        "august" | "aug" => 8,
        "september" | "sept" | "sep" => 9,
        "october" | "oct" | "oktober" | "okt" => 10,
        "november" | "nov" => 11,
        "december" | "dec" | "dezember" | "dez" => 12,
        _ if word.len() >= 7 => {
            let at = LONG_MONTHS.iter().position(|name| slip(word, name))?;
            at as u32 % 12 + 1
        }
        _ => return None,
    })
}

/// Names long enough for a slip in them to be clear.
const LONG_MONTHS: [&str; 24] = [
    "january",
    "february",
    "",
    "",
    "",
    "",
    "",
    "",
    "september",
    "october",
    "november",
    "december",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "oktober",
    "",
    "dezember",
];

/// Days that have the same date each year: month and day.
pub(super) fn feast(words: &[&str]) -> Option<(u32, u32, usize)> {
    let (month, day, length) = match words {
        ["christmas", "eve", ..] => (12, 24, 2),
        ["christmas", "day", ..] | ["xmas", "day", ..] => (12, 25, 2),
        ["christmas" | "xmas" | "weihnachten", ..] => (12, 25, 1),
        ["heiligabend" | "heiligabends" | "weihnachtsabend", ..] => (12, 24, 1),
        ["boxing", "day", ..] => (12, 26, 2),
        ["new", "year's" | "years" | "year’s", "eve", ..] => (12, 31, 3),
        ["new", "year's" | "years" | "year’s", "day", ..] => (1, 1, 3),
        ["silvester", ..] => (12, 31, 1),
        ["neujahr" | "neujahrstag", ..] => (1, 1, 1),
        ["halloween", ..] => (10, 31, 1),
        ["valentine's" | "valentines" | "valentine’s", "day", ..] => (2, 14, 2),
        ["valentinstag", ..] => (2, 14, 1),
        ["nikolaus" | "nikolaustag", ..] => (12, 6, 1),
        ["leap", "day", ..] => (2, 29, 2),
        ["schalttag", ..] => (2, 29, 1),
        _ => return None,
    };
    Some((month, day, length))
}

pub(super) fn part(word: &str) -> Option<Part> {
    Some(match word {
        "morning" | "mornings" | "morgen" | "morgens" | "vormittag" | "vormittags" | "früh"
        | "frühmorgens" => Part::Morning,
        "noon" | "midday" | "noontime" | "lunchtime" | "mittag" | "mittags" | "mittagszeit" => {
            Part::Noon
        }
        "afternoon" | "afternoons" | "nachmittag" | "nachmittags" => Part::Afternoon,
        "evening" | "evenings" | "abend" | "abends" => Part::Evening,
        "night" | "nights" | "nacht" | "nachts" => Part::Night,
        "midnight" | "mitternacht" | "mitternachts" => Part::Midnight,
        _ => return None,
    })
}

/// Adverbs of repetition: how many of which unit.
pub(super) fn adverb(word: &str) -> Option<(u32, Unit)> {
    let ending = ["em", "en", "er", "es", "e"].iter().find_map(|end| word.strip_suffix(end));
    let german = |word: &str| {
        Some(match word {
            "sekündlich" => (1, Unit::Second),
            "minütlich" | "minuetlich" => (1, Unit::Minute),
            "stündlich" | "stuendlich" => (1, Unit::Hour),
            "halbstündlich" => (30, Unit::Minute),
            "viertelstündlich" => (15, Unit::Minute),
            "zweistündlich" => (2, Unit::Hour),
            "täglich" | "taeglich" | "alltäglich" | "taglich" | "tägl" | "allabendlich" => {
                (1, Unit::Day)
            }
            "wöchentlich" | "woechentlich" | "wochentlich" => (1, Unit::Week),
            "zweiwöchentlich" | "vierzehntägig" | "tägig" => (2, Unit::Week),
            "monatlich" | "allmonatlich" => (1, Unit::Month),
            "zweimonatlich" => (2, Unit::Month),
            "vierteljährlich" | "quartalsweise" => (3, Unit::Month),
            "halbjährlich" => (6, Unit::Month),
            "jährlich" | "jaehrlich" | "alljährlich" => (1, Unit::Year),
            _ => return None,
        })
    };
    Some(match word {
        "minutely" => (1, Unit::Minute),
        "hourly" => (1, Unit::Hour),
        "daily" | "dayly" | "dialy" | "everyday" => (1, Unit::Day),
        "weekly" => (1, Unit::Week),
        "biweekly" | "fortnightly" => (2, Unit::Week),
        "monthly" => (1, Unit::Month),
        "bimonthly" => (2, Unit::Month),
        "quarterly" => (3, Unit::Month),
        "semiannually" | "biannually" => (6, Unit::Month),
        "yearly" | "annually" => (1, Unit::Year),
        "tägig" => return None,
        _ => return german(word).or_else(|| ending.and_then(german)),
    })
}

pub(super) fn is_every(word: &str) -> bool {
    matches!(
        word,
        "every"
            | "each"
            | "jeden"
            | "jede"
            | "jeder"
            | "jedes"
            | "jedem"
            | "alle"
            | "evry"
            | "evrey"
            | "evey"
            | "eveyr"
            | "everey"
            | "eevry"
            | "jedn"
            | "jedne"
            | "jdeen"
    )
}

pub(super) fn is_and(word: &str) -> bool {
    matches!(word, "and" | "und" | "sowie" | "plus")
}

/// What may stand in a word with hyphens that is still a time phrase.
pub(super) fn in_hyphens(part: &str) -> bool {
    weekday(part).is_some()
        || month(part).is_some()
        || unit(part).is_some()
        || number(part).is_some()
        || adverb(part).is_some()
        || ordinal(part).is_some()
        || matches!(
            part,
            "f" | "bi"
                | "semi"
                | "mid"
                | "end"
                | "of"
                | "the"
                | "once"
                | "twice"
                | "every"
                | "other"
                | "half"
                | "quarter"
                | "takt"
                | "rhythmus"
                | "intervall"
                | "interval"
                | "intervals"
        )
}
