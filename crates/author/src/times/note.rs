//! What a time phrase left open and how it was filled in, in either language.

use jiff::civil::Time;

use super::words::{Part, Unit};
use crate::text::Lang;

/// Something that the text did not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    At(Vec<Time>),
    /// `morgens` without an hour.
    Part(Part, Time),
    /// "on Monday at 9" is every Monday.
    Repeated,
    EveryDay,
    TimesADay {
        count: u32,
        hours: u32,
    },
    /// Weekday bits, 0 is Sunday.
    TimesAWeek {
        count: u32,
        days: u8,
    },
    TimesAMonth {
        count: u32,
        days: Vec<i32>,
    },
    /// Counted anew each hour or day.
    Anew {
        count: u32,
        unit: Unit,
    },
    LastHour(u32),
    WholeHours {
        first: u32,
        last: u32,
    },
    Means {
        said: u32,
        hour: u32,
    },
    BusinessHours,
    OnMonday,
    OnTheFirst,
    OnTheFirstDay,
    /// Weekdays or workdays: Monday to Friday, holidays included.
    Workdays,
}

impl Note {
    /// A short sentence without its point.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.english(),
            Lang::De => self.german(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::At(times) => format!("at {}", clocks(times)),
            Self::Part(part, time) => {
                let part = match part {
                    Part::Morning => "in the morning",
                    Part::Noon => "at noon",
                    Part::Afternoon => "in the afternoon",
                    Part::Evening => "in the evening",
                    Part::Night => "at night",
                    Part::Midnight => "at midnight",
                };
                format!("{part} is at {}", clock(*time))
            }
            Self::Repeated => "repeated, not just once".to_owned(),
            Self::EveryDay => "every day".to_owned(),
            Self::TimesADay { count, hours } => {
                format!("{count} times a day means every {hours} hours")
            }
            Self::TimesAWeek { count, days } => {
                format!("{count} times a week means {}", weekdays(*days, &ENGLISH, "and"))
            }
            Self::TimesAMonth { count, days } => {
                format!("{count} times a month means the days {}", numbers(days, "and"))
            }
            Self::Anew { count, unit } => {
                let span = if *unit == Unit::Hour { "day" } else { "hour" };
                format!("every {count} {}s, counted anew each {span}", unit.name())
            }
            Self::LastHour(hour) => format!("the last hour begins at {hour:02}:00"),
            Self::WholeHours { first, last } => {
                format!("whole hours from {first:02}:00 to {last:02}:59")
            }
            Self::Means { said, hour } => format!("{said} means {hour}:00"),
            Self::BusinessHours => "business hours are Monday to Friday, 09:00 to 17:00".to_owned(),
            Self::OnMonday => "on Monday".to_owned(),
            Self::OnTheFirst => "on the 1st".to_owned(),
            Self::OnTheFirstDay => "on the first day".to_owned(),
            Self::Workdays => "weekdays are Monday to Friday, holidays included".to_owned(),
        }
    }

    fn german(&self) -> String {
        match self {
            Self::At(times) => format!("um {} Uhr", clocks(times)),
            Self::Part(part, time) => {
                let part = match part {
                    Part::Morning => "morgens",
                    Part::Noon => "mittags",
                    Part::Afternoon => "nachmittags",
                    Part::Evening => "abends",
                    Part::Night => "nachts",
                    Part::Midnight => "um Mitternacht",
                };
                format!("{part} heißt um {} Uhr", clock(*time))
            }
            Self::Repeated => "wiederholt, nicht nur einmal".to_owned(),
            Self::EveryDay => "jeden Tag".to_owned(),
            Self::TimesADay { count, hours } => {
                format!("{count}-mal am Tag heißt alle {hours} Stunden")
            }
            Self::TimesAWeek { count, days } => {
                format!("{count}-mal in der Woche heißt {}", weekdays(*days, &GERMAN, "und"))
            }
            Self::TimesAMonth { count, days } => {
                let days: Vec<String> = days.iter().map(|day| format!("{day}.")).collect();
                format!("{count}-mal im Monat heißt am {}", listed(&days, "und"))
            }
            Self::Anew { count, unit } => {
                let (units, span) = match unit {
                    Unit::Hour => ("Stunden", "jeden Tag"),
                    Unit::Second => ("Sekunden", "jede Stunde"),
                    _ => ("Minuten", "jede Stunde"),
                };
                format!("alle {count} {units}, {span} neu gezählt")
            }
            Self::LastHour(hour) => format!("die letzte Stunde beginnt um {hour:02}:00 Uhr"),
            Self::WholeHours { first, last } => {
                format!("ganze Stunden von {first:02}:00 bis {last:02}:59 Uhr")
            }
            Self::Means { said, hour } => format!("{said} heißt {hour}:00 Uhr"),
            Self::BusinessHours => {
                "Geschäftszeit ist Montag bis Freitag, 09:00 bis 17:00 Uhr".to_owned()
            }
            Self::OnMonday => "am Montag".to_owned(),
            Self::OnTheFirst => "am 1.".to_owned(),
            Self::OnTheFirstDay => "am ersten Tag".to_owned(),
            Self::Workdays => "Werktage sind Montag bis Freitag, auch Feiertage".to_owned(),
        }
    }
}

const ENGLISH: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const GERMAN: [&str; 7] =
    ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"];

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn clocks(times: &[Time]) -> String {
    times.iter().map(|time| clock(*time)).collect::<Vec<_>>().join(", ")
}

fn listed(items: &[String], and: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

fn numbers(list: &[i32], and: &str) -> String {
    listed(&list.iter().map(ToString::to_string).collect::<Vec<_>>(), and)
}

fn weekdays(bits: u8, names: &[&str; 7], and: &str) -> String {
    let order = (1..7).chain([0_usize]).filter(|day| bits & (1 << day) != 0);
    listed(&order.map(|day| names[day].to_owned()).collect::<Vec<_>>(), and)
}
