//! The bots under load: one commit, effects outside, memory and a wait.

use codex32_testkit::sink::{Answer, Recorded, Sink};

/// Answers with its run's id: the whole run is one commit.
pub const PURE: &str = r#"
bot: pure
inputs: { n: number }
triggers: { hook: { webhook: { path: pure, respond: run } } }
steps:
  - { id: more, set: "{{ inputs.n + 1 }}" }
  - { id: twice, set: "{{ steps.more * 2 }}" }
  - return: { run: "{{ run.id }}", twice: "{{ steps.twice }}" }
"#;

/// As `pure`, with an input that is too large for the journal.
pub const LARGE: &str = r#"
bot: large
inputs: { n: number, text: string }
triggers: { hook: { webhook: { path: large, respond: run } } }
steps:
  - { id: more, set: "{{ inputs.text + inputs.text }}" }
  - return: { run: "{{ run.id }}" }
"#;

/// Counts in its memory, writes outside twice with a wait between, and starts once per event id.
pub fn effects(sink: &str) -> String {
    format!(
        r#"
bot: effects
inputs: {{ n: number }}
triggers:
  hook:
    webhook: {{ path: effects, respond: now, dedupe: "{{{{ trigger.headers['x-event-id'] }}}}" }}
steps:
  - {{ id: count, do: state.add, with: {{ key: runs, by: 1 }} }}
  - id: first
    do: http.post
    with: {{ url: "{sink}/first", headers: {{ x-run: "{{{{ run.id }}}}" }}, body: {{ n: "{{{{ inputs.n }}}}", count: "{{{{ steps.count }}}}" }} }}
  - {{ wait: 50ms }}
  - id: second
    do: http.post
    with: {{ url: "{sink}/second", headers: {{ x-run: "{{{{ run.id }}}}" }}, body: {{ n: "{{{{ inputs.n }}}}", first: "{{{{ steps.first.body.got }}}}" }} }}
  - return: {{ n: "{{{{ inputs.n }}}}", count: "{{{{ steps.count }}}}" }}
"#
    )
}

/// Waits as rows only, then ends.
pub const WAITS: &str = r#"
bot: waits
inputs: { n: number }
triggers: { hook: { webhook: { path: waits, respond: now } } }
steps:
  - { wait: 2500ms }
  - return: "{{ inputs.n }}"
"#;

/// Where effects arrive; `look` sees each before it is answered.
pub async fn sink(look: impl Fn(&Recorded) + Send + Sync + 'static) -> Sink {
    Sink::start(move |request| {
        look(request);
        Answer::json(200, format!(r#"{{"got":"{}"}}"#, request.path))
    })
    .await
}
