//! What one run may hold. A run that passes a bound ends with the bound's code, or the step does that
//! would have passed it; none of them makes a run hang.

use std::collections::HashSet;

use codex32_model::codes;
use codex32_model::run::StepError;
use codex32_model::value::Value;

use super::state::{Current, Progress, State};

/// Sizes are bytes as held in memory ([`Value::weight`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Of what a run is started with.
    pub input: usize,
    /// Of one value: a step's output, what it is given, the list of a loop.
    pub output: usize,
    /// Turns of one loop.
    pub items: usize,
    /// What all values in a run's journal come to, and its facts.
    pub history: u64,
    pub facts: u64,
    /// What a run holds at once.
    pub memory: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            input: 64 << 20,
            output: 16 << 20,
            items: 100_000,
            history: 1 << 30,
            facts: 1_000_000,
            memory: 256 << 20,
        }
    }
}

/// A size for people.
pub(crate) fn told(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

impl Bounds {
    /// # Errors
    /// When a value is larger than one may be.
    pub fn fits(&self, value: &Value) -> Result<(), StepError> {
        if value.is_within(self.output) {
            return Ok(());
        }
        let message = format!("a value has more than {}", told(self.output as u64));
        Err(StepError::new(codes::run::OUTPUT_SIZE, message))
    }

    /// Why a run in this state has to end.
    pub fn passed(&self, state: &mut State) -> Option<StepError> {
        let history = |what: String| {
            StepError::new(
                codes::run::HISTORY,
                format!("the history of the run has more than {what}"),
            )
        };
        if state.facts > self.facts {
            return Some(history(format!("{} facts", self.facts)));
        }
        if state.bytes > self.history {
            return Some(history(told(self.history)));
        }
        // All is added up only when so much came that it could have passed the bound.
        let grown = usize::try_from(state.bytes - state.measured).unwrap_or(usize::MAX);
        if grown > self.memory / 8 {
            state.measured = state.bytes;
            if state.held() > self.memory {
                let message = format!("the run holds more than {}", told(self.memory as u64));
                return Some(StepError::new(codes::run::MEMORY, message));
            }
        }
        None
    }
}

/// Texts are looked for again only if they are longer than that.
const SHORT: usize = 1_024;

/// Adds values up; what is shared counts once.
#[derive(Default)]
struct Sum {
    seen: HashSet<usize>,
    bytes: usize,
}

impl Sum {
    fn add(&mut self, value: &Value) {
        let shared = match value {
            Value::Str(text) if text.len() > SHORT => Some(text.as_ptr() as usize),
            Value::List(items) => Some(std::sync::Arc::as_ptr(items) as usize),
            Value::Object(fields) => Some(std::sync::Arc::as_ptr(fields) as usize),
            _ => None,
        };
        if shared.is_some_and(|place| !self.seen.insert(place)) {
            return;
        }
        match value {
            Value::List(items) => {
                self.bytes += 40;
                items.iter().for_each(|item| self.add(item));
            }
            Value::Object(fields) => {
                self.bytes += 64;
                for (key, value) in fields.iter() {
                    self.bytes += 40 + key.len();
                    self.add(value);
                }
            }
            other => self.bytes += other.weight(),
        }
    }

    fn add_all<'a, K: 'a>(&mut self, values: impl IntoIterator<Item = &'a (K, Value)>) {
        values.into_iter().for_each(|(_, value)| self.add(value));
    }
}

impl State {
    /// Bytes of the values that the run holds.
    pub fn held(&self) -> usize {
        let mut sum = Sum::default();
        if let Some(started) = &self.started {
            for value in [&started.input, &started.trigger, &started.event, &started.env] {
                sum.add(value);
            }
        }
        for (_, frame) in self.frames() {
            sum.bytes += 256;
            sum.add_all(&frame.outputs);
            sum.add_all(&frame.errors);
            sum.add_all(&frame.bindings);
            sum.add(&frame.last);
            if let Some(input) = frame.begun().and_then(|attempt| attempt.input.as_ref()) {
                sum.add(input);
            }
            match &frame.current {
                Current::Block(Progress::ForEach { items, results, .. }) => {
                    items.iter().for_each(|item| sum.add(item));
                    for (value, exports) in results.iter().flatten() {
                        sum.add(value);
                        sum.add_all(&exports.outputs);
                        sum.add_all(&exports.errors);
                    }
                }
                Current::Block(Progress::Parallel { results, .. }) => sum.add_all(results),
                Current::Agent(agent) => agent.values().for_each(|value| sum.add(value)),
                Current::Block(Progress::Try { pending: Some(Ok(value)) }) => sum.add(value),
                _ => {}
            }
        }
        sum.bytes
    }
}
