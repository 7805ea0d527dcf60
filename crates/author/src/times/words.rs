//! The vocabulary, English and German side by side: they hardly share a word, and where they do
//! (`am`, `in`, `morgen`) the grammar around it decides.

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
pub(super) enum Part {
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
        _ => return None,
    };
    Some(Weekday { day, repeated: false, short: true, part: None })
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
        _ => return None,
    })
}

pub(super) fn number(word: &str) -> Option<u32> {
    Some(match word {
        "one" | "a" | "an" | "ein" | "eine" | "einen" | "einer" | "einem" | "eins" => 1,
        "two" | "zwei" | "couple" => 2,
        "three" | "drei" => 3,
        "four" | "vier" => 4,
        "five" | "fünf" | "fuenf" => 5,
        "six" | "sechs" => 6,
        "seven" | "sieben" => 7,
        "eight" | "acht" => 8,
        "nine" | "neun" => 9,
        "ten" | "zehn" => 10,
        "eleven" | "elf" => 11,
        "twelve" | "zwölf" | "zwoelf" => 12,
        "fourteen" | "vierzehn" => 14,
        "fifteen" | "fünfzehn" | "fuenfzehn" => 15,
        "sixteen" | "sechzehn" => 16,
        "eighteen" | "achtzehn" => 18,
        "twenty" | "zwanzig" => 20,
        "thirty" | "dreißig" | "dreissig" => 30,
        "forty" | "vierzig" => 40,
        "fortyfive" | "fünfundvierzig" => 45,
        "fifty" | "fünfzig" => 50,
        "sixty" | "sechzig" => 60,
        "ninety" | "neunzig" => 90,
        _ => return None,
    })
}

/// `twice` is 2.
pub(super) fn times(word: &str) -> Option<u32> {
    Some(match word {
        "once" | "einmal" => 1,
        "twice" | "zweimal" => 2,
        "thrice" | "dreimal" => 3,
        "viermal" => 4,
        "fünfmal" => 5,
        "sechsmal" => 6,
        "zehnmal" => 10,
        _ => return None,
    })
}

/// Spelled-out ordinals; -1 is last.
pub(super) fn ordinal(word: &str) -> Option<i32> {
    let stem = ["ens", "en", "er", "es", "em", "e"].iter().find_map(|end| word.strip_suffix(end));
    let german = match stem {
        Some("erst") => Some(1),
        Some("zweit") => Some(2),
        Some("dritt") => Some(3),
        Some("viert") => Some(4),
        Some("fünft") => Some(5),
        Some("sechst") => Some(6),
        Some("siebt") => Some(7),
        Some("acht") => Some(8),
        Some("zehnt") => Some(10),
        Some("letzt") => Some(-1),
        Some("vorletzt") => Some(-2),
        _ => None,
    };
    if german.is_some() {
        return german;
    }
    Some(match word {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "fifth" => 5,
        "sixth" => 6,
        "seventh" => 7,
        "eighth" => 8,
        "ninth" => 9,
        "tenth" => 10,
        "twelfth" => 12,
        "fifteenth" => 15,
        "twentieth" => 20,
        "thirtieth" => 30,
        "last" | "final" => -1,
        "penultimate" => -2,
        _ => return None,
    })
}

pub(super) fn part(word: &str) -> Option<Part> {
    Some(match word {
        "morning" | "mornings" | "morgen" | "morgens" | "vormittag" | "vormittags" | "früh" => {
            Part::Morning
        }
        "noon" | "midday" | "noontime" | "mittag" | "mittags" => Part::Noon,
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
            "minütlich" => (1, Unit::Minute),
            "stündlich" => (1, Unit::Hour),
            "halbstündlich" => (30, Unit::Minute),
            "viertelstündlich" => (15, Unit::Minute),
            "zweistündlich" => (2, Unit::Hour),
            "täglich" | "taeglich" | "alltäglich" => (1, Unit::Day),
            "wöchentlich" | "woechentlich" => (1, Unit::Week),
            "zweiwöchentlich" | "vierzehntägig" | "tägig" => (2, Unit::Week),
            "monatlich" => (1, Unit::Month),
            "zweimonatlich" => (2, Unit::Month),
            "vierteljährlich" | "quartalsweise" => (3, Unit::Month),
            "halbjährlich" => (6, Unit::Month),
            "jährlich" | "jaehrlich" => (1, Unit::Year),
            _ => return None,
        })
    };
    Some(match word {
        "minutely" => (1, Unit::Minute),
        "hourly" => (1, Unit::Hour),
        "daily" => (1, Unit::Day),
        "weekly" => (1, Unit::Week),
        "biweekly" | "fortnightly" => (2, Unit::Week),
        "monthly" => (1, Unit::Month),
        "bimonthly" => (2, Unit::Month),
        "quarterly" => (3, Unit::Month),
        "yearly" | "annually" => (1, Unit::Year),
        "tägig" => return None,
        _ => return german(word).or_else(|| ending.and_then(german)),
    })
}

pub(super) fn is_every(word: &str) -> bool {
    matches!(word, "every" | "each" | "jeden" | "jede" | "jeder" | "jedes" | "jedem" | "alle")
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
        )
}
