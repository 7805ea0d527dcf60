//! What came of an evaluation in figures, and whether it is worse than another.
//!
//! pass@1 is the share of right answers, each case weighing the same. pass^k is how often all of `k` answers to
//! one case are right: for `c` right ones of `n`, the share C(c, k) / C(n, k) of the choices of `k`
//! that are all right, which estimates it without bias (Yao et al., τ-bench, 2024).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One answer, as far as figures go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    pub variant: String,
    pub case: String,
    pub passed: bool,
    /// Nobody answered.
    pub error: bool,
    /// In micro-dollars.
    pub cost: i64,
    pub judging: i64,
    pub input: i64,
    pub output: i64,
    pub duration_ms: i64,
}

/// One variant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub variant: String,
    /// Answers so far, and how many of them were right or were none.
    pub answers: usize,
    pub passed: usize,
    pub errors: usize,
    pub pass_at_1: f64,
    /// pass^k for k = 1, 2, …, the repeats.
    pub pass_hat: Vec<f64>,
    /// Of one answer, in dollars, without what judges cost.
    pub cost_usd: f64,
    pub judging_usd: f64,
    /// Of one answer.
    pub input_tokens: f64,
    pub output_tokens: f64,
    pub p50_ms: i64,
    pub p95_ms: i64,
    /// The share of right answers, by case.
    pub cases: BTreeMap<String, f64>,
}

/// The share of the choices of `k` of `n` answers, `right` of them right, that are all right.
pub fn pass_hat(right: usize, n: usize, k: usize) -> f64 {
    if k == 0 || k > n || right > n {
        return 0.0;
    }
    // C(c, k) / C(n, k) as a product, so that nothing overflows.
    (0..k).map(|i| right.saturating_sub(i) as f64 / (n - i) as f64).product()
}

/// The value that so many percent of them do not exceed: the nearest rank.
pub fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

/// The figures of each variant, in the order in which `variants` names them.
pub fn figures(variants: &[String], samples: &[Sample]) -> Vec<Figures> {
    variants.iter().map(|variant| of(variant, samples)).collect()
}

fn of(variant: &str, samples: &[Sample]) -> Figures {
    let own: Vec<&Sample> = samples.iter().filter(|sample| sample.variant == variant).collect();
    let mut cases: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for sample in &own {
        let (right, all) = cases.entry(&sample.case).or_default();
        *right += usize::from(sample.passed);
        *all += 1;
    }
    let answers = own.len();
    if answers == 0 {
        return Figures { variant: variant.to_owned(), ..Figures::default() };
    }
    // A case that has not been asked as often as others says nothing about more answers than it has.
    let repeats = cases.values().map(|(_, all)| *all).max().unwrap_or(0);
    let hat = |k: usize| {
        let known: Vec<f64> = cases
            .values()
            .filter(|(_, all)| *all >= k)
            .map(|(right, all)| pass_hat(*right, *all, k))
            .collect();
        mean(&known)
    };
    let sum = |of: fn(&Sample) -> i64| own.iter().map(|sample| of(sample)).sum::<i64>() as f64;
    let each = |of: fn(&Sample) -> i64| sum(of) / answers as f64;
    let mut times: Vec<i64> =
        own.iter().filter(|sample| !sample.error).map(|sample| sample.duration_ms).collect();
    times.sort_unstable();
    Figures {
        variant: variant.to_owned(),
        answers,
        passed: own.iter().filter(|sample| sample.passed).count(),
        errors: own.iter().filter(|sample| sample.error).count(),
        pass_at_1: hat(1),
        pass_hat: (1..=repeats).map(hat).collect(),
        cost_usd: each(|sample| sample.cost) / 1e6,
        judging_usd: each(|sample| sample.judging) / 1e6,
        input_tokens: each(|sample| sample.input),
        output_tokens: each(|sample| sample.output),
        p50_ms: percentile(&times, 50),
        p95_ms: percentile(&times, 95),
        cases: cases
            .into_iter()
            .map(|(case, (right, all))| (case.to_owned(), right as f64 / all as f64))
            .collect(),
    }
}

fn mean(shares: &[f64]) -> f64 {
    if shares.is_empty() { 0.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 }
}

/// How a variant stands to a baseline, over the cases that both have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    pub variant: String,
    /// The baseline's variant.
    pub with: String,
    pub cases: usize,
    pub before: f64,
    pub after: f64,
    /// Cases that were right more often before.
    pub worse: Vec<String>,
}

impl Compared {
    /// Whether it lost more than `tolerance` of pass@1.
    pub fn is_worse(&self, tolerance: f64) -> bool {
        self.after < self.before - tolerance - 1e-9
    }
}

/// Compares each variant with the baseline's of the same name, else with its only one.
pub fn compare(now: &[Figures], baseline: &[Figures]) -> Vec<Compared> {
    let compared = now.iter().filter_map(|figures| {
        let same = baseline.iter().find(|before| before.variant == figures.variant);
        let only = (baseline.len() == 1).then(|| baseline.first()).flatten();
        let before = same.or(only)?;
        let common = figures.cases.iter().filter_map(|(case, share)| {
            before.cases.get(case).map(|before| (case, *before, *share))
        });
        let common: Vec<_> = common.collect();
        let share = |of: fn(&(&String, f64, f64)) -> f64| {
            mean(&common.iter().map(of).collect::<Vec<f64>>())
        };
        Some(Compared {
            variant: figures.variant.clone(),
            with: before.variant.clone(),
            cases: common.len(),
            before: share(|(_, before, _)| *before),
            after: share(|(_, _, after)| *after),
            worse: common
                .iter()
                .filter(|(_, before, after)| after < before)
                .map(|(case, ..)| (*case).clone())
                .collect(),
        })
    });
    compared.collect()
}

#[cfg(test)]
mod tests;
