use proptest::prelude::*;

use super::*;

fn sample(case: &str, passed: bool, duration_ms: i64) -> Sample {
    Sample {
        variant: "fast".into(),
        case: case.into(),
        passed,
        error: false,
        cost: 30,
        judging: 0,
        input: 10,
        output: 2,
        duration_ms,
    }
}

/// How many choices of `k` answers there are, and how many are right throughout, by trying them all.
fn counted(right: usize, n: usize, k: usize) -> f64 {
    let (mut all, mut well) = (0_u32, 0_u32);
    for chosen in 0_u32..1 << n {
        if chosen.count_ones() as usize == k {
            all += 1;
            // The first `right` answers are the right ones.
            well += u32::from(chosen >> right == 0);
        }
    }
    f64::from(well) / f64::from(all)
}

proptest! {
    #[test]
    fn pass_hat_is_the_share_of_choices_that_are_right_throughout(
        n in 1_usize..=9, right in 0_usize..=9, k in 1_usize..=9
    ) {
        prop_assume!(right <= n && k <= n);
        prop_assert!((pass_hat(right, n, k) - counted(right, n, k)).abs() < 1e-12);
    }

    #[test]
    fn pass_hat_is_a_share_that_falls_with_k_and_rises_with_right_answers(
        n in 1_usize..=100, right in 0_usize..=100, k in 1_usize..=100
    ) {
        prop_assume!(right <= n && k <= n);
        let share = pass_hat(right, n, k);
        prop_assert!((0.0..=1.0).contains(&share));
        prop_assert!((pass_hat(right, n, 1) - right as f64 / n as f64).abs() < 1e-12);
        if k < n {
            prop_assert!(pass_hat(right, n, k + 1) <= share + 1e-12);
        }
        if right < n {
            prop_assert!(pass_hat(right + 1, n, k) >= share - 1e-12);
        }
        prop_assert_eq!(pass_hat(right, n, n), if right == n { 1.0 } else { 0.0 });
    }

    #[test]
    fn a_percentile_is_one_of_them_that_so_many_do_not_exceed(
        mut times in prop::collection::vec(0_i64..10_000, 1..60), percent in 1_usize..=100
    ) {
        times.sort_unstable();
        let found = percentile(&times, percent);
        prop_assert!(times.contains(&found));
        let below = times.iter().filter(|time| **time <= found).count();
        prop_assert!(below * 100 >= percent * times.len());
    }
}

#[test]
fn each_case_weighs_the_same_and_all_of_k_have_to_be_right() {
    let samples = [
        sample("a", true, 100),
        sample("a", true, 300),
        sample("b", true, 200),
        sample("b", false, 400),
    ];
    let all = figures(&["fast".into(), "smart".into()], &samples);
    let fast = &all[0];
    assert_eq!((fast.answers, fast.passed), (4, 3));
    assert_eq!(fast.pass_hat, [0.75, 0.5]);
    assert_eq!((fast.p50_ms, fast.p95_ms), (200, 400));
    assert_eq!((fast.cost_usd, fast.input_tokens), (0.000_03, 10.0));
    assert_eq!(all[1].answers, 0, "nothing was asked of it yet");
}

#[test]
fn a_comparison_names_what_is_worse_and_looks_at_common_cases_alone() {
    let before = figures(&["fast".into()], &[sample("a", true, 1), sample("b", true, 1)]);
    let now = [sample("a", true, 1), sample("b", false, 1), sample("new", false, 1)];
    let now = figures(&["fast".into()], &now);
    let compared = compare(&now, &before);
    assert_eq!((compared[0].before, compared[0].after, compared[0].cases), (1.0, 0.5, 2));
    assert_eq!(compared[0].worse, ["b"]);
    assert!(compared[0].is_worse(0.4) && !compared[0].is_worse(0.5));
    // A baseline of one variant stands for every variant.
    let other = Figures { variant: "smart".into(), ..now[0].clone() };
    assert_eq!(compare(&[other], &before)[0].with, "fast");
    assert!(!compare(&before, &now)[0].is_worse(0.0), "it is better");
}
