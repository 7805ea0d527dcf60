//! What the simulated servers run: one commit, effects, memory, waits, calls, limits, events, cancels.

/// All that are deployed; a bot that is called stands before those that call it.
pub const ALL: [&str; 9] =
    [PURE, EFFECTS, WAITER, SLEEPER, CHILD, PARENT, LIMITED, LISTENER, CANCELLED];

/// Accepted and ended by one commit.
const PURE: &str = r#"
bot: pure
inputs: { n: number }
triggers: { hook: { webhook: { path: pure, respond: run } } }
steps: [ { return: { run: "{{ run.id }}", twice: "{{ inputs.n * 2 }}" } } ]
"#;

/// Counts in its memory, and writes twice with a wait between.
const EFFECTS: &str = r#"
bot: effects
inputs: { n: number }
triggers:
  hook: { webhook: { path: effects, respond: now, dedupe: "{{ trigger.headers['x-event-id'] }}" } }
steps:
  - { id: count, do: state.add, with: { key: runs, by: 1 } }
  - { id: first, do: test.write, with: { n: "{{ inputs.n }}" }, retry: { attempts: 20, first: 100ms, most: 1s } }
  - { wait: 50ms }
  - { id: second, do: test.write, with: { n: "{{ inputs.n }}", at: "{{ now }}" }, retry: { attempts: 20, first: 100ms, most: 1s } }
  - return: "{{ steps.count }}"
"#;

/// Waits for its own event.
const WAITER: &str = r#"
bot: waiter
steps:
  - { id: first, do: test.write, with: {}, retry: { attempts: 20, first: 100ms, most: 1s } }
  - { id: heard, wait: { event: go.on, match: "{{ event.data.run == run.id }}", timeout: 2d } }
  - return: "{{ steps.heard.timed_out }}"
"#;

/// Waits as rows only.
const SLEEPER: &str = r#"
bot: sleeper
steps: [ { wait: 12s }, { id: done, do: test.read, with: {} }, { return: 1 } ]
"#;

const CHILD: &str = r#"
bot: child
inputs: { n: number }
steps:
  - { id: write, do: test.write, with: { n: "{{ inputs.n }}" }, retry: { attempts: 20, first: 100ms, most: 1s } }
  - { wait: 3s }
  - return: "{{ inputs.n * 10 }}"
"#;

const PARENT: &str = r#"
bot: parent
steps:
  - id: all
    for_each: "{{ [1, 2, 3] }}"
    as: n
    concurrency: 2
    steps: [ { id: c, call: child, with: { n: "{{ n }}" } } ]
  - return: "{{ steps.c }}"
"#;

/// One at a time on all servers together.
const LIMITED: &str = r#"
bot: limited
limits: { concurrency: 1 }
steps: [ { id: write, do: test.write, with: {}, retry: { attempts: 20, first: 100ms, most: 1s } } ]
"#;

/// Starts once per event.
const LISTENER: &str = r#"
bot: listener
triggers: { ordered: { event: shop.ordered } }
steps: [ { id: write, do: test.write, with: { id: "{{ event.id }}" }, retry: { attempts: 20, first: 100ms, most: 1s } } ]
"#;

/// Somebody cancels each of its runs.
const CANCELLED: &str = r#"
bot: cancelled
steps:
  - try:
      - { id: made, do: test.write, with: {}, retry: { attempts: 20, first: 100ms, most: 1s } }
      - { wait: 20d }
    finally:
      - { id: unmade, do: test.write, with: {}, retry: { attempts: 20, first: 100ms, most: 1s } }
"#;

/// Its one step kills the server that takes it.
pub const POISON: &str = r#"
bot: poison
steps: [ { id: kill, do: test.write, with: { kill: true } } ]
"#;
