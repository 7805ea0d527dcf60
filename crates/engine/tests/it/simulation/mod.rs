//! Several servers on one database, everything that can befall them, and a seed that decides all of it
//! (docs/adr/0013). The servers are real engines on real stores; simulated are the clocks, the way to
//! the database (`codex32_store::simulation`), the systems outside, and who is killed or frozen when.
//!
//! `SEEDS=2000 cargo test -p codex32-engine --test it simulation` looks at more of them (`make torture`).

mod bots;
mod checks;
mod clock;
mod node;
mod outside;
mod world;

use std::panic::AssertUnwindSafe;

use world::{Told, World};

/// Unless `SEEDS` says otherwise, for each of the tests below.
const SEEDS: u64 = 30;

fn seeds() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how many is asked for by `make torture`")]
    let asked = std::env::var("SEEDS");
    asked.map_or(SEEDS, |text| text.parse().expect("SEEDS is a number"))
}

/// Simulates each seed; those that fail are told together, with how to see one alone.
#[expect(
    clippy::print_stdout,
    reason = "what was simulated is for those who read the tests' output"
)]
fn all_hold(seeds: impl Iterator<Item = u64>, world: impl Fn(u64) -> World) {
    let mut told = Told::default();
    let mut failed = Vec::new();
    for seed in seeds {
        match std::panic::catch_unwind(AssertUnwindSafe(|| world(seed).live())) {
            Ok(of_this) => told.add(&of_this),
            Err(_) => failed.push(seed),
        }
    }
    assert!(failed.is_empty(), "seeds that fail: {failed:?}");
    println!("{told}");
    let befell = [told.kills, told.freezes, told.faults, told.outages];
    assert!(befell.iter().all(|count| *count > 0), "nothing befell anybody: {told}");
}

#[test]
fn whatever_befalls_the_servers_nothing_is_lost_and_nothing_happens_twice() {
    all_hold(0..seeds(), World::new);
}

#[test]
fn when_clocks_jump_too_every_run_ends_and_nothing_happens_twice() {
    all_hold(1_000_000..1_000_000 + seeds(), |seed| World::new(seed).with_clocks_that_jump());
}

#[test]
fn a_run_that_kills_its_servers_is_ended_and_no_other_is() {
    all_hold(2_000_000..2_000_000 + seeds() / 2, |seed| World::new(seed).with_poison());
}

/// What waits for a store that is away must not be given up: a call failed, an event or a cancel never
/// came to its run.
#[test]
fn the_database_goes_away_at_any_moment_and_nothing_is_given_up() {
    for bot in ["parent", "waiter", "cancelled", "limited", "sleeper"] {
        for after in 0..12 {
            World::new(3_000_000 + u64::from(after)).live_without_the_database(bot, 3 * after);
        }
    }
}

#[test]
fn a_seed_decides_everything() {
    for seed in [7, 8] {
        let (first, second) = (World::new(seed).live(), World::new(seed).live());
        assert_eq!(first, second);
    }
}
