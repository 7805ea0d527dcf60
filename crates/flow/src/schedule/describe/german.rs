//! A schedule in plain German: `jeden Werktag um 09:00 Uhr (Europe/Berlin)`.

use std::time::Duration;

use super::shape::{Beat, Day, Field, Hours, Joints, bits, picked};
use super::{ALL_MONTHS, Times, WEEKEND, WORKDAYS, clock};
use crate::schedule::calendar::{Civil, DAY, Date};
use crate::schedule::cron::Cron;
use crate::schedule::rrule::{Freq, Rrule};
use crate::schedule::{Pattern, Schedule};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const WEEKDAYS: [&str; 7] =
    ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"];

const JOINTS: Joints = Joints { and: "und", to: "bis" };

/// `ersten`, `vorletzten`, `5.`.
fn position(nth: i64) -> String {
    match nth {
        1 => "ersten".to_owned(),
        2 => "zweiten".to_owned(),
        3 => "dritten".to_owned(),
        4 => "vierten".to_owned(),
        5 => "fünften".to_owned(),
        -1 => "letzten".to_owned(),
        -2 => "vorletzten".to_owned(),
        -3 => "drittletzten".to_owned(),
        ..=-4 => format!("{}.-letzten", -nth),
        _ => format!("{nth}."),
    }
}

fn weekdays(set: u8) -> String {
    match set {
        WORKDAYS => "Werktag".to_owned(),
        WEEKEND => "Samstag und Sonntag".to_owned(),
        _ => JOINTS.weekdays(set, &WEEKDAYS),
    }
}

/// ` im März`, ` von Juni bis August`.
fn months(set: u16) -> String {
    let set = set & ALL_MONTHS;
    if set == ALL_MONTHS {
        return String::new();
    }
    let name = |month: u32| MONTHS[month as usize - 1].to_owned();
    let (first, last) = (set.trailing_zeros(), 15 - set.leading_zeros());
    if set.count_ones() > 2 && set.count_ones() == last - first + 1 {
        return format!(" von {} bis {}", name(first), name(last));
    }
    format!(" im {}", JOINTS.runs(u64::from(set), name))
}

/// Times of day, and whether they are points.
fn times(times: &Times, open: bool) -> (String, bool) {
    let (beat, hours) = match Day::of(times, open) {
        Day::Points(points) => return (format!("um {} Uhr", JOINTS.list(&points)), true),
        Day::Repeats(beat, hours) => (beat, hours),
    };
    let within = match hours {
        Hours::All => String::new(),
        Hours::Step(step) => format!(" in jeder {step}. Stunde"),
        Hours::Span(first, last) => format!(" von {first:02}:00 bis {last:02}:59 Uhr"),
        Hours::Some(set) => {
            let hour = |hour: u32| format!("{hour:02}:00");
            format!(" in den Stunden ab {} Uhr", JOINTS.runs(set, hour))
        }
    };
    let beat = match beat {
        Beat::Hourly { minute } => {
            let past = if minute == 0 { String::new() } else { format!(" zur Minute {minute}") };
            return match hours {
                Hours::Step(step) => (format!("alle {step} Stunden{past}"), false),
                _ => (format!("jede Stunde{past}{within}"), false),
            };
        }
        Beat::Minutes(Field::All) => "jede Minute".to_owned(),
        Beat::Minutes(Field::Step(step)) => format!("alle {step} Minuten"),
        Beat::Minutes(Field::Some(set)) => {
            format!("jede Stunde zur Minute {}", JOINTS.numbers(set))
        }
        Beat::Seconds { second, minute } => {
            let second = match second {
                Field::All => "jede Sekunde".to_owned(),
                Field::Step(step) => format!("alle {step} Sekunden"),
                Field::Some(set) => format!("zur Sekunde {}", JOINTS.numbers(set)),
            };
            let minute = match minute {
                Field::All => String::new(),
                Field::Step(step) => format!(" in jeder {step}. Minute"),
                Field::Some(set) => format!(" in Minute {}", JOINTS.numbers(set)),
            };
            format!("{second}{minute}")
        }
    };
    (format!("{beat}{within}"), false)
}

/// The days of a cron pattern; empty for every day.
fn cron_days(cron: &Cron) -> Vec<String> {
    let days = &cron.days;
    let mut on = Vec::new();
    if !days.any_day {
        if days.of_month != 0 {
            on.push(JOINTS.runs(u64::from(days.of_month), |day| format!("{day}.")));
        }
        on.extend(days.from_last.iter().map(|back| match back {
            0 => "letzten Tag".to_owned(),
            1 => "vorletzten Tag".to_owned(),
            back => format!("{}.-letzten Tag", back + 1),
        }));
        on.extend(days.nearest.iter().map(|day| match day {
            1 => "ersten Werktag".to_owned(),
            day => format!("Werktag, der dem {day}. am nächsten ist,"),
        }));
        if days.last_workday {
            on.push("letzten Werktag".to_owned());
        }
    }
    if !days.any_weekday {
        on.extend(days.nth.iter().map(|(day, nth)| {
            format!("{} {}", position(i64::from(*nth)), WEEKDAYS[*day as usize])
        }));
        on.extend(
            bits(u64::from(days.last_of_week))
                .map(|day| format!("letzten {}", WEEKDAYS[day as usize])),
        );
    }
    let mut out = Vec::new();
    if !on.is_empty() {
        out.push(format!("am {} jedes Monats", JOINTS.list(&on)));
    }
    if !days.any_weekday && days.of_week != 0 {
        out.push(format!("jeden {}", weekdays(days.of_week)));
    }
    out
}

/// The one day of the year that a pattern names.
fn yearly(cron: &Cron) -> Option<String> {
    let (days, months) = (&cron.days, cron.months & ALL_MONTHS);
    let plain = days.from_last.is_empty() && days.nearest.is_empty() && !days.last_workday;
    (plain && days.any_weekday && days.of_month.count_ones() == 1 && months.count_ones() == 1).then(
        || {
            let (day, month) = (days.of_month.trailing_zeros(), months.trailing_zeros());
            format!("jedes Jahr am {day}. {}", MONTHS[month as usize - 1])
        },
    )
}

fn cron(cron: &Cron) -> String {
    let months = months(cron.months);
    let clock = times(&cron.times, cron.open);
    if let Some(day) = yearly(cron) {
        return match clock {
            (points, true) => format!("{day} {points}"),
            (text, false) => format!("{day}, {text}"),
        };
    }
    let days = cron_days(cron);
    match clock {
        (points, true) if days.is_empty() => format!("täglich{months} {points}"),
        (points, true) => format!("{}{months} {points}", days.join(" und ")),
        (text, false) if days.is_empty() => format!("{text}{months}"),
        (text, false) => format!("{text}, {}{months}", days.join(" und ")),
    }
}

fn rrule(rule: &Rrule) -> String {
    let (one, many) = match rule.freq {
        Freq::Yearly => ("jedes Jahr", "Jahre"),
        Freq::Monthly => ("jeden Monat", "Monate"),
        Freq::Weekly => ("jede Woche", "Wochen"),
        Freq::Daily => ("täglich", "Tage"),
        Freq::Hourly => ("jede Stunde", "Stunden"),
        Freq::Minutely => ("jede Minute", "Minuten"),
        Freq::Secondly => ("jede Sekunde", "Sekunden"),
    };
    let mut out = match rule.interval {
        1 => one.to_owned(),
        interval => format!("alle {interval} {many}"),
    };
    let mut days = Vec::new();
    if rule.month_days != 0 {
        days.push(JOINTS.runs(u64::from(rule.month_days), |day| format!("{day}.")));
    }
    days.extend(bits(u64::from(rule.month_days_back)).map(|day| match day {
        1 => "letzten Tag".to_owned(),
        2 => "vorletzten Tag".to_owned(),
        day => format!("{day}.-letzten Tag"),
    }));
    days.extend(rule.year_days.iter().map(|day| format!("{day}. Tag des Jahres")));
    let mut named: Vec<String> = rule
        .nth
        .iter()
        .map(|(day, nth)| format!("{} {}", position(*nth), WEEKDAYS[*day as usize]))
        .collect();
    let named_by = rule.freq == Freq::Monthly && !rule.set_pos.is_empty() && rule.nth.is_empty();
    if named_by && rule.weekdays != 0 && days.is_empty() {
        // `of all workdays the last` is the last workday.
        named = rule
            .set_pos
            .iter()
            .map(|nth| format!("{} {}", position(*nth), weekdays(rule.weekdays)))
            .collect();
    } else if rule.weekdays != 0 {
        named.push(weekdays(rule.weekdays));
    }
    if rule.freq == Freq::Daily && rule.interval == 1 && days.is_empty() && !named.is_empty() {
        out = format!("jeden {}", JOINTS.list(&named));
        named.clear();
    }
    if !days.is_empty() || !named.is_empty() {
        let both = !days.is_empty() && !named.is_empty();
        let join = if both { ", wenn das ein " } else { "" };
        let tail = if both { " ist," } else { "" };
        out.push_str(&format!(" am {}{join}{}{tail}", JOINTS.list(&days), JOINTS.list(&named)));
    }
    out.push_str(&months(rule.months));
    if !rule.weeks.is_empty() {
        let weeks: Vec<String> = rule.weeks.iter().map(ToString::to_string).collect();
        out.push_str(&format!(" in Woche {}", JOINTS.list(&weeks)));
    }
    if let Some(times) = picked(rule) {
        return match &times[..] {
            [first, .., last] if times.len() > 8 => {
                format!("{out} zu {} Zeiten von {first} bis {last} Uhr", times.len())
            }
            _ => format!("{out} um {} Uhr", JOINTS.list(&times)),
        };
    }
    if !rule.set_pos.is_empty() && !named_by {
        let picked: Vec<String> = rule.set_pos.iter().map(|nth| position(*nth)).collect();
        out.push_str(&format!(", davon den {}", JOINTS.list(&picked)));
    }
    match (times(&rule.times, false), rule.freq.is_open()) {
        ((points, true), _) => out.push_str(&format!(" {points}")),
        ((text, false), false) => out.push_str(&format!(", {text}")),
        ((_, false), true) => {}
    }
    out
}

/// `90 Sekunden`, `1 Stunde 30 Minuten`.
fn span(span: Duration) -> String {
    let all = span.as_secs();
    if all < 120 || !all.is_multiple_of(60) {
        return format!("{all} Sekunden");
    }
    let pieces = [
        (all / 86_400, "Tag", "Tage"),
        (all / 3_600 % 24, "Stunde", "Stunden"),
        (all / 60 % 60, "Minute", "Minuten"),
    ];
    let shown: Vec<String> = pieces
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    shown.join(" ")
}

fn day(civil: Civil) -> String {
    let date = Date::of_day(civil.div_euclid(DAY));
    format!("{}. {} {}", date.day, MONTHS[date.month as usize - 1], date.year)
}

pub(in crate::schedule) fn describe(schedule: &Schedule) -> String {
    let out = match &schedule.pattern {
        Pattern::Cron(pattern) => cron(pattern),
        Pattern::Rrule(rule) => rrule(rule),
        Pattern::Every { step, .. } => {
            format!("alle {}", span(Duration::from_micros(step.unsigned_abs())))
        }
        Pattern::Once(at) => {
            let civil = schedule.zone.civil(at.div_euclid(1_000_000));
            format!("einmal am {} um {} Uhr", day(civil), clock(civil.rem_euclid(DAY)))
        }
    };
    bounded(format!("{out} ({})", schedule.zone()), schedule)
}

fn bounded(mut out: String, schedule: &Schedule) -> String {
    let written = &schedule.written;
    if let Some(start) = &written.start {
        out.push_str(&format!(", ab {start}"));
    }
    if let Some(end) = &written.end {
        out.push_str(&format!(", bis {end}"));
    }
    match written.count {
        Some(1) => out.push_str(", einmal"),
        Some(count) => out.push_str(&format!(", {count}-mal")),
        None => {}
    }
    match &written.except[..] {
        [] => {}
        dates if dates.len() <= 5 => out.push_str(&format!(", außer am {}", JOINTS.list(dates))),
        dates => out.push_str(&format!(", außer an {} Tagen", dates.len())),
    }
    out
}
