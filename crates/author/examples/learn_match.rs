//! Learns the weights by which titles and descriptions are matched with a catalogue, or says by
//! cross-validation how good such weights are: `learn_match CASES CATALOGUE [WEIGHTS]`. Without a
//! file for the weights it validates.
#![expect(clippy::print_stdout, reason = "a report for the terminal")]

use std::collections::{HashMap, HashSet};
use std::process::ExitCode;

use codex32_author::retrieval::{Candidate, Listing, Names, Reading, Side, Weights, key};

/// A feature of a candidate's own words counts from so many cases on in which it was right.
const SEEN: u32 = 2;
const EPOCHS: usize = 8;
const RATE: f32 = 0.1;
const DECAY: f32 = 0.001;
/// How often a case is learned from without what is known of its own words, so that the weights of
/// what holds of any app learn to stand alone.
const BLIND: u64 = 25;
const FOLDS: u64 = 5;
const SEEDS: u64 = 3;

#[derive(serde::Deserialize)]
struct Row {
    title: String,
    description: String,
    event_channel: String,
    event: String,
    action_channel: String,
    action: String,
}

impl Row {
    fn right(&self, side: Side) -> (&str, &str) {
        match side {
            Side::Trigger => (&self.event_channel, &self.event),
            Side::Action => (&self.action_channel, &self.action),
        }
    }

    fn read(&self, names: &Names, view: View) -> Reading {
        let title = if view == View::Both { &self.title } else { "" };
        Reading::new(title, &self.description, names)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum View {
    Both,
    Description,
}

const VIEWS: [View; 2] = [View::Both, View::Description];

/// Keys of the features of each candidate.
type Keys = Vec<Vec<u32>>;

/// One side of the task over all rows.
struct Task<'a> {
    candidates: Vec<(Candidate, &'a str, &'a str)>,
    right: Vec<Option<usize>>,
    /// By view, then row.
    own: Vec<Vec<Keys>>,
}

impl<'a> Task<'a> {
    fn new(rows: &[Row], listing: &'a Listing, side: Side) -> Self {
        let candidates: Vec<_> = listing.candidates(side).collect();
        let place = |row: &Row| {
            let right = row.right(side);
            candidates.iter().position(|(_, app, id)| (*app, *id) == right)
        };
        let right: Vec<_> = rows.iter().map(place).collect();
        let own = VIEWS.iter().map(|view| own(rows, &candidates, &right, *view)).collect();
        Self { candidates, right, own }
    }

    fn general(&self, rows: &[Row], names: &Names, view: View) -> Vec<Keys> {
        let of = |row: &Row| {
            let reading = row.read(names, view);
            let keys = |candidate: &(Candidate, &str, &str)| {
                let mut out = Vec::new();
                reading.general(&candidate.0, &mut out);
                out.into_iter().map(key).collect()
            };
            self.candidates.iter().map(keys).collect()
        };
        rows.iter().map(of).collect()
    }
}

/// The features of own words that some right answer has often enough.
fn own(
    rows: &[Row],
    candidates: &[(Candidate, &str, &str)],
    right: &[Option<usize>],
    view: View,
) -> Vec<Keys> {
    let names = Names::default();
    let keys = |reading: &Reading, candidate: &Candidate, out: &mut Vec<u64>| {
        out.clear();
        reading.own(candidate, out);
    };
    let mut features = Vec::new();
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for (row, right) in rows.iter().zip(right) {
        let Some(right) = right else { continue };
        keys(&row.read(&names, view), &candidates[*right].0, &mut features);
        let each: HashSet<u32> = features.iter().map(|feature| key(*feature)).collect();
        each.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
    }
    counts.retain(|_, count| *count >= SEEN);
    // A table that says quickly which are there.
    let some = Weights::pack(counts.keys().map(|key| (*key, 1.0)).collect());
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let reading = row.read(&names, view);
        let mut of_row = Vec::with_capacity(candidates.len());
        for (candidate, ..) in candidates {
            keys(&reading, candidate, &mut features);
            let there = features.iter().map(|feature| key(*feature));
            of_row.push(there.filter(|key| some.at(*key) != 0.0).collect());
        }
        out.push(of_row);
    }
    out
}

/// A case to learn from.
struct Case<'a> {
    own: &'a Keys,
    general: &'a Keys,
    right: usize,
}

/// Softmax over the candidates of each case, by AdaGrad; the weights of the later half of the
/// epochs are averaged.
fn learn(cases: &[Case], random: &mut Random) -> Vec<(u32, f32)> {
    let mut seen: HashMap<u32, u32> = HashMap::new();
    for case in cases {
        let each: HashSet<u32> = case.own[case.right].iter().copied().collect();
        each.into_iter().for_each(|key| *seen.entry(key).or_default() += 1);
    }
    seen.retain(|_, count| *count >= SEEN);
    let general = cases.iter().flat_map(|case| case.general.iter().flatten().copied());
    let mut keys: Vec<u32> = seen.into_keys().chain(general.collect::<HashSet<_>>()).collect();
    keys.sort_unstable();
    keys.dedup();
    let places: HashMap<u32, usize> = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
    let placed = |all: &Keys| -> Vec<Vec<usize>> {
        let one =
            |keys: &Vec<u32>| keys.iter().filter_map(|key| places.get(key).copied()).collect();
        all.iter().map(one).collect()
    };
    let placed: Vec<_> =
        cases.iter().map(|case| (placed(case.own), placed(case.general), case.right)).collect();
    let mut weights = vec![0.0_f32; keys.len()];
    let mut squares = vec![1e-2_f32; keys.len()];
    let mut sums = vec![0.0_f32; keys.len()];
    let mut order: Vec<usize> = (0..placed.len()).collect();
    for epoch in 0..EPOCHS {
        random.shuffle(&mut order);
        for at in &order {
            let (own, general, right) = &placed[*at];
            let blind = random.below(100) < BLIND;
            let sum = |places: &[usize]| places.iter().map(|place| weights[*place]).sum::<f32>();
            let score = |(own, general): (&Vec<usize>, &Vec<usize>)| {
                sum(general) + if blind { 0.0 } else { sum(own) }
            };
            let scores: Vec<f32> = own.iter().zip(general).map(score).collect();
            let most = scores.iter().copied().fold(f32::MIN, f32::max);
            let odds: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
            let all: f32 = odds.iter().sum();
            for (candidate, odds) in odds.iter().enumerate() {
                let error = odds / all - f32::from(u8::from(candidate == *right));
                if error.abs() < 1e-3 {
                    continue;
                }
                let own = if blind { &[] } else { own[candidate].as_slice() };
                for place in own.iter().chain(&general[candidate]) {
                    let slope = error + DECAY * weights[*place];
                    squares[*place] += slope * slope;
                    weights[*place] -= RATE * slope / squares[*place].sqrt();
                }
            }
        }
        if epoch * 2 >= EPOCHS {
            sums.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += weight);
        }
    }
    let later = (EPOCHS - EPOCHS / 2) as f32;
    keys.into_iter().zip(sums).map(|(key, sum)| (key, sum / later)).collect()
}

/// How the rows are divided for validation.
#[derive(Debug, Clone, Copy)]
enum Apart {
    Rows,
    Titles,
    /// Trigger and action: none of what is tested was seen together.
    Pairs,
    /// The two apps likewise.
    Apps,
    /// The app of the action: of what is tested, it was never seen there.
    ActionApps,
}

impl Apart {
    fn fold(self, at: usize, row: &Row, seed: u64) -> u64 {
        let text = match self {
            Self::Rows => at.to_string(),
            Self::Titles => row.title.to_lowercase(),
            Self::Pairs => {
                [&*row.event_channel, &row.event, &row.action_channel, &row.action].join(" ")
            }
            Self::Apps => format!("{} {}", row.event_channel, row.action_channel),
            Self::ActionApps => row.action_channel.clone(),
        };
        let start = Random::new(seed).next();
        let hash = text.bytes().fold(start, |hash, byte| Random(hash ^ u64::from(byte)).next());
        (hash >> 20) % FOLDS
    }
}

/// Right apps, right first choices, right within five; of the cases.
fn validate(
    rows: &[Row],
    listing: &Listing,
    tasks: &[Task],
    apart: Apart,
    seed: u64,
) -> [[f64; 3]; 2] {
    let mut random = Random::new(seed);
    let mut counts = [[0_usize; 3]; 2];
    for fold in 0..FOLDS {
        let is_tested = |at: &usize| apart.fold(*at, &rows[*at], seed) == fold;
        let (tested, taught): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(is_tested);
        // The name of an app whose id says nothing is known only from cases.
        let known: HashSet<&str> = taught
            .iter()
            .flat_map(|at| [&*rows[*at].event_channel, &*rows[*at].action_channel])
            .collect();
        let hidden = |id: &str| {
            let opaque = id
                .strip_prefix("App")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            opaque && !known.contains(id)
        };
        let names = Names::new(listing.apps.keys().map(String::as_str), &hidden);
        let general: Vec<Vec<Vec<Keys>>> = tasks
            .iter()
            .map(|task| VIEWS.iter().map(|view| task.general(rows, &names, *view)).collect())
            .collect();
        let weights: Vec<Weights> = tasks
            .iter()
            .zip(&general)
            .map(|(task, general)| {
                Weights::pack(learn(&cases(task, general, &taught), &mut random))
            })
            .collect();
        for at in &tested {
            for (view, counts) in counts.iter_mut().enumerate() {
                let lists =
                    tasks.iter().zip(&general).zip(&weights).map(|((task, general), weights)| {
                        five(&task.own[view][*at], &general[view][*at], weights)
                    });
                let sides = lists.zip(tasks).map(|(list, task)| {
                    let right = task.right[*at];
                    let app = |place: usize| task.candidates[place].1;
                    let apps = right.is_some_and(|right| app(list[0]) == app(right));
                    [apps, right == Some(list[0]), right.is_some_and(|right| list.contains(&right))]
                });
                let all = sides.fold([true; 3], |all, one| [0, 1, 2].map(|at| all[at] && one[at]));
                counts.iter_mut().zip(all).for_each(|(count, right)| *count += usize::from(right));
            }
        }
    }
    counts.map(|view| view.map(|count| count as f64 * 100.0 / rows.len() as f64))
}

fn cases<'a>(task: &'a Task, general: &'a [Vec<Keys>], rows: &[usize]) -> Vec<Case<'a>> {
    let case = |at: &usize| {
        let right = task.right[*at];
        let view = move |view: usize| {
            Some(Case { own: &task.own[view][*at], general: &general[view][*at], right: right? })
        };
        (0..VIEWS.len()).filter_map(view).collect::<Vec<_>>()
    };
    rows.iter().flat_map(case).collect()
}

fn five(own: &Keys, general: &Keys, weights: &Weights) -> Vec<usize> {
    let score = |keys: (&Vec<u32>, &Vec<u32>)| -> f32 {
        keys.0.iter().chain(keys.1).map(|key| weights.at(*key)).sum()
    };
    let mut scores: Vec<(f32, usize)> = own.iter().zip(general).map(score).zip(0..).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    scores.into_iter().take(5).map(|(_, at)| at).collect()
}

/// The same numbers on every machine.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for at in (1..order.len()).rev() {
            let other = self.below(at as u64 + 1) as usize;
            order.swap(at, other);
        }
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [cases_file, catalogue, rest @ ..] = args.as_slice() else {
        println!("learn_match CASES CATALOGUE [WEIGHTS]");
        return ExitCode::FAILURE;
    };
    match run(cases_file, catalogue, rest.first()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    cases_file: &str,
    catalogue: &str,
    out: Option<&String>,
) -> Result<(), Box<dyn std::error::Error>> {
    let lines = std::fs::read_to_string(cases_file)?;
    let rows: Vec<Row> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let listing: Listing = serde_json::from_str(&std::fs::read_to_string(catalogue)?)?;
    let tasks = [Side::Trigger, Side::Action].map(|side| Task::new(&rows, &listing, side));
    let Some(out) = out else {
        println!(
            "cases kept apart by: both apps, first, first five; then by the description alone"
        );
        for apart in [Apart::Rows, Apart::Titles, Apart::Pairs, Apart::Apps, Apart::ActionApps] {
            for seed in 1..=SEEDS {
                let shares = validate(&rows, &listing, &tasks, apart, seed);
                let all: Vec<String> =
                    shares.iter().flatten().map(|share| format!("{share:5.1}")).collect();
                println!("{:<12}{}", format!("{apart:?}"), all.join(" "));
            }
        }
        return Ok(());
    };
    let names = Names::new(listing.apps.keys().map(String::as_str), &|_| false);
    let all: Vec<usize> = (0..rows.len()).collect();
    let mut random = Random::new(1);
    let mut learned = Vec::new();
    for task in &tasks {
        let general: Vec<_> = VIEWS.iter().map(|view| task.general(&rows, &names, *view)).collect();
        learned.extend(learn(&cases(task, &general, &all), &mut random));
    }
    let weights = Weights::pack(learned);
    std::fs::write(out, weights.write())?;
    println!("{} weights", weights.len());
    Ok(())
}
