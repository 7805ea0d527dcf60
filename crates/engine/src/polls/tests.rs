//! How long failures make a trigger wait.

use std::time::Duration;

use super::pause;

#[test]
fn failures_double_the_interval_up_to_an_hour() {
    let minutes = |failures| pause(Duration::from_secs(300), failures, None).as_secs() / 60;
    let waits: Vec<_> = (0..6).map(minutes).collect();
    assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
    assert_eq!(minutes(u32::MAX), 60);
}

#[test]
fn a_longer_interval_and_the_other_side_have_their_way() {
    let day = Duration::from_secs(86_400);
    assert_eq!(pause(day, 3, None), day);
    assert_eq!(pause(Duration::from_secs(30), 0, Some(day)), day);
    assert_eq!(pause(Duration::from_secs(30), 1, Some(Duration::from_secs(5))).as_secs(), 60);
}
