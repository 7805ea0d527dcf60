use codex32_model::definition::{Missed, Overlap, Rule, ScheduleTrigger};

use super::*;

fn every(seconds: u64) -> Schedule {
    let rule = Rule::Every(Duration::from_secs(seconds));
    let trigger = ScheduleTrigger {
        rule,
        timezone: None,
        start: None,
        end: None,
        count: None,
        except: Vec::new(),
        missed: Missed::Last,
        overlap: Overlap::Queue,
    };
    codex32_flow::schedule::parse(&trigger, "UTC").unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

#[test]
fn a_fire_in_time_fires_once_and_moves_on() {
    let plan = plan(&every(30), at(90), at(91), Missed::Last, None);
    assert_eq!(plan.fires, [Fire { nominal: at(90), expected: at(90), next: Some(at(120)) }]);
    assert_eq!(plan.skip_to, None);
}

#[test]
fn missed_fires_follow_their_policy() {
    let schedule = every(30);
    let skip = plan(&schedule, at(90), at(1_000), Missed::Skip, None);
    assert!(skip.fires.is_empty());
    assert_eq!(skip.skip_to, Some((at(90), Some(at(960)))));

    let last = plan(&schedule, at(90), at(1_000), Missed::Last, None);
    assert_eq!(last.fires, [Fire { nominal: at(990), expected: at(90), next: Some(at(1_020)) }]);

    let all = plan(&schedule, at(90), at(200), Missed::All, None);
    let nominal: Vec<_> = all.fires.iter().map(|fire| fire.nominal).collect();
    assert_eq!(nominal, [at(90), at(120), at(150), at(180)]);
    assert_eq!(all.fires.last().unwrap().next, Some(at(210)));
}

#[test]
fn all_is_bounded() {
    let plan = plan(&every(1), at(0), at(5_000_000), Missed::All, None);
    assert_eq!(plan.fires.len(), MOST_MISSED);
    assert_eq!(plan.skip_to, Some((at(1_000), Some(at(5_000_001)))));
}

#[test]
fn a_year_of_missed_seconds_is_found_quickly() {
    assert_eq!(last_before(&every(1), at(0), at(31_536_000)), at(31_536_000));
}

#[test]
fn a_count_ends_the_schedule() {
    let plan_one = plan(&every(30), at(90), at(91), Missed::Last, Some(1));
    assert_eq!(plan_one.fires[0].next, None);
    assert_eq!(
        plan(&every(30), at(90), at(91), Missed::Last, Some(0)).skip_to,
        Some((at(90), None))
    );
}
