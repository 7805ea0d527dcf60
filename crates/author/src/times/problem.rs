//! What is wrong with a time phrase, so that it is asked about and never guessed.

use jiff::civil::DateTime;

use crate::text::Lang;

/// English and German, counted from 1.
const MONTHS: [(&str, &str); 13] = [
    ("", ""),
    ("January", "Januar"),
    ("February", "Februar"),
    ("March", "März"),
    ("April", "April"),
    ("May", "Mai"),
    ("June", "Juni"),
    ("July", "Juli"),
    ("August", "August"),
    ("September", "September"),
    ("October", "Oktober"),
    ("November", "November"),
    ("December", "Dezember"),
];

/// Why a phrase gives no schedule that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// `25:00`, `12:75`, `13pm`.
    Clock(String),
    /// `32 January`.
    Date(String),
    /// `30 February`, a day that no year or not that year has.
    NoDay { year: Option<i32>, month: u32, day: u32 },
    /// `yesterday at 9`.
    Past(String),
    /// A zone that nobody knows, with zones whose names are near.
    Zone { said: String, near: Vec<String> },
    /// `05/03/2027`: two readings.
    Ambiguous { said: String, readings: Vec<DateTime> },
    /// `at 9 or at 10`.
    Either,
    /// Days or times that exclude each other.
    Contradiction,
    /// An exception that a schedule cannot say.
    Exception,
    /// Public holidays are in no calendar that a schedule knows.
    Holidays,
    /// `every 0 minutes`.
    Zero,
    /// `at sunset`.
    Sun(String),
    /// `shortly before midnight`.
    Near(String),
    /// `at the end of the fiscal year`: it differs from company to company.
    Fiscal(String),
    /// `regularly`, `from time to time`.
    Vague(String),
}

impl Problem {
    /// One sentence without the final point.
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Clock(said), Lang::En) => format!("There is no time of day “{said}”"),
            (Self::Clock(said), Lang::De) => format!("Die Uhrzeit „{said}“ gibt es nicht"),
            (Self::Date(said), Lang::En) => format!("There is no date “{said}”"),
            (Self::Date(said), Lang::De) => format!("Das Datum „{said}“ gibt es nicht"),
            (Self::NoDay { year, month, day }, Lang::En) => {
                let year = year.map(|year| format!(" {year}")).unwrap_or_default();
                format!("There is no {day} {}{year}", MONTHS[*month as usize % 13].0)
            }
            (Self::NoDay { year, month, day }, Lang::De) => {
                let year = year.map(|year| format!(" {year}")).unwrap_or_default();
                format!("Einen {day}. {}{year} gibt es nicht", MONTHS[*month as usize % 13].1)
            }
            (Self::Past(said), Lang::En) => format!("“{said}” is in the past"),
            (Self::Past(said), Lang::De) => format!("„{said}“ ist schon vorbei"),
            (Self::Zone { said, .. }, Lang::En) => format!("There is no time zone “{said}”"),
            (Self::Zone { said, .. }, Lang::De) => format!("Die Zeitzone „{said}“ gibt es nicht"),
            (Self::Ambiguous { said, .. }, Lang::En) => {
                format!("“{said}” can be read with the day or with the month first")
            }
            (Self::Ambiguous { said, .. }, Lang::De) => {
                format!("Bei „{said}“ kann der Tag oder der Monat vorn stehen")
            }
            (Self::Contradiction, Lang::En) => {
                "What was said about the time contradicts itself".to_owned()
            }
            (Self::Contradiction, Lang::De) => "Die Angaben zur Zeit widersprechen sich".to_owned(),
            (Self::Either, Lang::En) => "Two times are named with “or”".to_owned(),
            (Self::Either, Lang::De) => "Zwei Zeiten sind mit „oder“ genannt".to_owned(),
            (Self::Exception, Lang::En) => "A schedule cannot say this exception".to_owned(),
            (Self::Exception, Lang::De) => {
                "Diese Ausnahme lässt sich in einem Zeitplan nicht sagen".to_owned()
            }
            (Self::Holidays, Lang::En) => {
                "Which days are holidays differs from place to place, so a schedule needs dates"
                    .to_owned()
            }
            (Self::Holidays, Lang::De) => {
                "Feiertage sind überall andere, darum braucht ein Zeitplan Daten".to_owned()
            }
            (Self::Zero, Lang::En) => "An interval must be longer than nothing".to_owned(),
            (Self::Zero, Lang::De) => "Ein Abstand muss länger als nichts sein".to_owned(),
            (Self::Sun(said), Lang::En) => {
                format!("“{said}” has another time each day, and a schedule needs one")
            }
            (Self::Sun(said), Lang::De) => {
                format!("„{said}“ ist jeden Tag zu einer anderen Zeit, ein Zeitplan braucht eine")
            }
            (Self::Near(said), Lang::En) => format!("“{said}” does not say exactly when"),
            (Self::Near(said), Lang::De) => format!("„{said}“ sagt nicht genau, wann"),
            (Self::Fiscal(said), Lang::En) => {
                format!("“{said}” differs from company to company, and a schedule needs dates")
            }
            (Self::Fiscal(said), Lang::De) => {
                format!("„{said}“ ist in jeder Firma anders, ein Zeitplan braucht Daten")
            }
            (Self::Vague(said), Lang::En) => format!("“{said}” does not say how often"),
            (Self::Vague(said), Lang::De) => format!("„{said}“ sagt nicht, wie oft"),
        }
    }
}
