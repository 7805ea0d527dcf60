use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use codex32_flow::flow::Flow;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::value::Value;
use proptest::prelude::*;

use super::flows::flows;
use super::simulation::{RUN, World, check_keys, machine};
use crate::run::rerun::address;
use crate::run::{Command, rerun};
use crate::testing::flow;

fn compiled(definition: &Value) -> Arc<Flow> {
    Arc::new(flow(&definition.to_json()))
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, max_shrink_iters: 2_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever happens in whatever order, what is folded equals what is live, nothing is stuck,
    /// nothing is issued twice, and the run ends. See [`World`] for what is checked after each event.
    #[test]
    fn a_run_always_ends(
        definition in flows(),
        schedule in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let flow = compiled(&definition);
        let mut world = World::begin(&flow);
        for byte in schedule {
            if world.ended().is_some() {
                break;
            }
            world.happen(byte);
        }
        world.settle();
        check_keys(&world.journal);
    }

    /// After whichever commit the server dies, the run goes on from there and ends.
    #[test]
    fn every_prefix_of_a_journal_goes_on(
        definition in flows(),
        schedule in prop::collection::vec(any::<u8>(), 0..40),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let flow = compiled(&definition);
        let mut world = World::begin(&flow);
        for byte in schedule {
            if world.ended().is_some() {
                break;
            }
            world.happen(byte);
        }
        world.settle();
        let ends: Vec<usize> = world.ends.iter().copied().collect();
        for cut in cuts {
            let length = *cut.get(&ends);
            let mut again = World::recovered(&flow, world.journal[..length].to_vec());
            again.settle();
            check_keys(&again.journal);
        }
    }

    /// A retry from any step takes over what stands before it, and ends.
    #[test]
    fn a_retry_goes_on_from_any_step(
        definition in flows(),
        schedule in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let flow = compiled(&definition);
        let mut world = World::begin(&flow);
        for byte in schedule {
            if world.ended().is_some() {
                break;
            }
            world.happen(byte);
        }
        world.settle();
        let begun: BTreeSet<_> =
            world.journal.iter().filter_map(|fact| address(&fact.kind)).cloned().collect();
        let at = world.now.plus(Duration::from_secs(1));
        for from in begun {
            if from.starts_with("on_error/") {
                prop_assert!(rerun(&flow, RUN, &world.journal, Some(&from), at).is_err());
                continue;
            }
            let again = rerun(&flow, RUN, &world.journal, Some(&from), at).unwrap();
            let mut folded = machine(&flow);
            for fact in &again.facts {
                prop_assert!(folded.state.apply(&flow, RUN, fact), "from {from}: {fact:?}");
            }
            let taken: BTreeSet<_> =
                again.facts.iter().filter_map(|fact| address(&fact.kind)).cloned().collect();
            prop_assert!(!taken.contains(&from));
            for fact in &world.journal {
                if let FactKind::StepDone { a, .. } = &fact.kind
                    && comes_before(&flow, a, &from)
                {
                    prop_assert!(again.facts.contains(fact), "from {from}: {a} is not taken over");
                }
            }
            let mut world = World::new(&flow, again.facts);
            for command in &world.commands {
                prop_assert!(!is_done(&taken, command), "{command:?}");
            }
            world.settle();
            prop_assert!(world.commands.iter().all(|command| !is_done(&taken, command)));
        }
    }
}

fn is_done(taken: &BTreeSet<codex32_model::fact::Address>, command: &Command) -> bool {
    match command {
        Command::Chunk(chunk) => chunk.turns.iter().any(|turn| taken.contains(&turn.address)),
        _ => command.address().is_some_and(|address| taken.contains(address)),
    }
}

/// Whether `a` is a step of the bot's own list that stands before the one that `from` is in.
fn comes_before(flow: &Flow, a: &str, from: &str) -> bool {
    let steps = &flow.blocks[flow.root].steps;
    let place = |label: &str| steps.iter().position(|step| *flow.steps[*step].label == *label);
    let outer = from.split(['.', '[', '/']).next().unwrap();
    match (place(a), place(outer)) {
        (Some(a), Some(from)) => a < from,
        _ => false,
    }
}

/// Facts after the end change nothing.
#[test]
fn nothing_is_accepted_after_the_end() {
    let flow = Arc::new(flow("bot: b\nsteps:\n  - { id: a, set: 1 }\n"));
    let world = World::begin(&flow);
    let mut machine = machine(&flow);
    machine.fold(&world.journal);
    let late = world.journal.clone();
    for fact in late {
        assert!(!machine.state.apply(&flow, RUN, &fact));
    }
    let cancel = FactKind::CancelRequested { reason: String::new(), by: String::new() };
    assert!(!machine.state.apply(&flow, RUN, &Fact { at: world.now, kind: cancel }));
}
