//! What a journal and a state say, for the checks of a simulated run.

use super::*;

/// Steps that ask people.
pub fn asked(state: &State) -> BTreeSet<Address> {
    let of = |current: &Current| match current {
        Current::Asking { address, .. } => Some(address.clone()),
        _ => None,
    };
    state.frames().filter_map(|(_, frame)| of(&frame.current)).collect()
}

pub fn is_once(flow: &Flow, address: &str) -> bool {
    let op = crate::run::op_at(flow, address);
    matches!(op, Some(Op::Action { on_unknown: OnUnknown::Fail, .. }))
}

pub type Begun = BTreeMap<(Address, u32), (String, Value)>;

/// Attempts that a journal begins and does not end.
pub fn begun(journal: &[Fact]) -> Begun {
    let mut begun = Begun::new();
    for fact in journal {
        match &fact.kind {
            FactKind::AttemptStarted { a, n, key, input } => {
                begun.insert((a.clone(), *n), (key.clone(), input.clone()));
            }
            FactKind::StepDone { a, .. } => begun.retain(|(address, _), _| address != a),
            FactKind::AttemptFailed { a, n, .. } => {
                begun.remove(&(a.clone(), *n));
            }
            FactKind::Ended { .. } => begun.clear(),
            _ => {}
        }
    }
    begun
}

pub fn begun_again(journal: &[Fact]) -> BTreeSet<(Address, u32)> {
    let of = |fact: &Fact| match &fact.kind {
        FactKind::AttemptStarted { a, n, .. } => Some((a.clone(), *n)),
        _ => None,
    };
    journal.iter().filter_map(of).collect()
}

/// An attempt whose outcome was unknown is repeated with its key and input; after a definite outcome
/// the key is another.
pub fn check_keys(journal: &[Fact]) {
    let mut last: HashMap<&Address, (&str, &Value, bool)> = HashMap::new();
    for fact in journal {
        match &fact.kind {
            FactKind::AttemptStarted { a, key, input, .. } => {
                assert!(key.len() <= 64 && key.is_ascii());
                if let Some((before, sent, unknown)) = last.get(a) {
                    assert_eq!(*unknown, key == before, "the key of {a}");
                    assert!(!unknown || input == *sent, "the input of {a}");
                }
                last.insert(a, (key, input, true));
            }
            FactKind::AttemptFailed { a, unknown, .. } => {
                if let Some(last) = last.get_mut(a) {
                    last.2 = *unknown;
                }
            }
            _ => {}
        }
    }
}

/// What of a state does not depend on how it came about: reads that are on their way are not
/// journaled, so a folded state has them still to begin.
pub fn shown(state: &State) -> String {
    let mut out = String::new();
    let mut frames: Vec<_> = state.frames().collect();
    frames.sort_by_key(|(id, _)| *id);
    for (id, frame) in frames {
        let current = match &frame.current {
            Current::Ready => "open 1 0".to_owned(),
            Current::Running(attempt) | Current::Again(attempt) if attempt.key.is_none() => {
                format!("open {} {}", attempt.number, attempt.generation)
            }
            other => format!("{other:?}"),
        };
        writeln!(
            out,
            "{id} {:?} {} {:?} {:?} {} {current} {:?} {:?} {:?} {:?} {}",
            frame.parent,
            frame.block,
            frame.prefix,
            frame.role,
            frame.position,
            frame.outputs,
            frame.errors,
            frame.bindings,
            frame.last,
            frame.ready_at,
        )
        .unwrap();
    }
    write!(
        out,
        "{:?} {:?} {} {:?} {:?} {} {} {:?}",
        state.ending,
        state.closing,
        state.closing_running,
        state.closing_until,
        state.on_error,
        state.handled,
        state.responded,
        state.ended,
    )
    .unwrap();
    out
}
