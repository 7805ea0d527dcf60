//! Random patterns against a search that looks at every minute.

use codex32_model::Timestamp;
use codex32_model::definition::Rule;
use proptest::prelude::*;

use super::super::{Schedule, parse};
use super::trigger;

/// A field and the values that it stands for.
fn field(min: u32, max: u32) -> impl Strategy<Value = (String, Vec<u32>)> {
    let number = min..=max;
    prop_oneof![
        2 => Just(("*".to_owned(), (min..=max).collect())),
        3 => prop::collection::btree_set(number.clone(), 1..4).prop_map(|set| {
            let text: Vec<String> = set.iter().map(ToString::to_string).collect();
            (text.join(","), set.into_iter().collect())
        }),
        1 => (2..=6_u32).prop_map(move |n| {
            (format!("*/{n}"), (min..=max).step_by(n as usize).collect())
        }),
        2 => (number.clone(), number).prop_map(|(a, b)| {
            let (a, b) = (a.min(b), a.max(b));
            (format!("{a}-{b}"), (a..=b).collect())
        }),
    ]
}

#[derive(Debug, Clone)]
struct Pattern {
    text: String,
    fields: [Vec<u32>; 5],
    any_day: bool,
    any_weekday: bool,
    open: bool,
}

fn pattern() -> impl Strategy<Value = Pattern> {
    (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)).prop_map(
        |(m, h, d, mo, w)| Pattern {
            text: format!("{} {} {} {} {}", m.0, h.0, d.0, mo.0, w.0),
            any_day: d.0 == "*",
            any_weekday: w.0 == "*",
            open: m.0.starts_with('*') || h.0.starts_with('*'),
            fields: [m.1, h.1, d.1, mo.1, w.1],
        },
    )
}

impl Pattern {
    fn matches(&self, at: jiff::civil::DateTime) -> bool {
        let has = |field: usize, value: i8| self.fields[field].contains(&(value as u32));
        let day = has(2, at.day());
        let weekday = has(4, at.weekday().to_sunday_zero_offset());
        let date = match (self.any_day, self.any_weekday) {
            (false, false) => day || weekday,
            _ => day && weekday,
        };
        date && has(0, at.minute()) && has(1, at.hour()) && has(3, at.month())
    }
}

/// Every fire in the month, minute by minute: straight from the words of the rule.
fn brute(pattern: &Pattern, zone: &jiff::tz::TimeZone, first: jiff::civil::Date) -> Vec<i64> {
    let start = first.to_zoned(zone.clone()).unwrap().timestamp().as_second();
    let end = start + 31 * 86_400;
    let mut out = Vec::new();
    let mut seen_until = first.at(0, 0, 0, 0);
    let mut minute = start;
    while minute < end {
        let civil = jiff::Timestamp::from_second(minute).unwrap().to_zoned(zone.clone()).datetime();
        if pattern.open {
            if pattern.matches(civil) {
                out.push(minute);
            }
        } else {
            // The wall clock's minutes up to here that were not seen yet: one in the usual case,
            // none in a second pass, those skipped and this one after a gap.
            let mut fires = false;
            while seen_until <= civil {
                fires |= pattern.matches(seen_until);
                seen_until = seen_until.checked_add(jiff::Span::new().minutes(1)).unwrap();
            }
            if fires {
                out.push(minute);
            }
        }
        minute += 60;
    }
    out
}

/// None when the day does not exist in the months.
fn schedule(pattern: &Pattern, zone: &str) -> Option<Schedule> {
    match parse(&trigger(Rule::Calendar(pattern.text.clone()), zone), "UTC") {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            assert_eq!(error.code, codex32_model::codes::bot::NEVER, "{error}");
            None
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn fires_are_those_of_the_minute_by_minute_search(
        pattern in pattern(),
        month in prop::sample::select(vec![(2026, 3), (2026, 4), (2026, 10), (2026, 11), (2027, 2)]),
        zone in prop::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "America/Santiago",
        ]),
    ) {
        let Some(schedule) = schedule(&pattern, zone) else { return Ok(()) };
        let tz = jiff::tz::TimeZone::get(zone).unwrap();
        let first = jiff::civil::date(month.0, month.1, 1);
        let want = brute(&pattern, &tz, first);
        let start = first.to_zoned(tz).unwrap().timestamp().as_second();
        let end = Timestamp::from_millis((start + 31 * 86_400) * 1000);
        let got: Vec<i64> = schedule
            .from(Timestamp::from_millis(start * 1000))
            .take_while(|at| *at < end)
            .map(|at| at.millis() / 1000)
            .collect();
        prop_assert_eq!(got, want, "{} in {}", pattern.text, zone);
    }

    #[test]
    fn the_next_fire_is_later_and_nothing_lies_between(
        pattern in pattern(),
        at in 0_i64..4_000_000_000,
        back in 1_i64..200_000,
    ) {
        let Some(schedule) = schedule(&pattern, "Europe/Berlin") else { return Ok(()) };
        let at = Timestamp::from_millis(at * 1000);
        if let Some(next) = schedule.next_after(at) {
            prop_assert!(next > at);
            // From anywhere between, the same fire comes next.
            let between = Timestamp::from_micros((next.micros() - back * 1_000_000).max(at.micros()));
            prop_assert_eq!(schedule.next_after(between), Some(next));
            let after = schedule.next_after(next);
            prop_assert!(after.is_none_or(|after| after > next));
        }
    }

    #[test]
    fn any_text_gives_a_schedule_or_an_error(text in "[-@*/0-9,LW#?A-Z=; a-z]{0,40}") {
        if let Ok(schedule) = parse(&trigger(Rule::Calendar(text), "UTC"), "UTC") {
            prop_assert!(schedule.next_after(Timestamp::EPOCH).is_some());
        }
    }
}
