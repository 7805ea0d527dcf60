use codex32_model::action::{BotSignature, ConnectionNeed, ConnectorSpec, OnUnknown, TriggerSpec};
use codex32_model::schema::{Field, Fields};
use codex32_model::{ActionSpec, Catalogue, Effect, Value};

use super::*;
use crate::corpus::GOOD;

struct Shelf {
    actions: Vec<ActionSpec>,
    connectors: Vec<ConnectorSpec>,
    bots: Vec<BotSignature>,
    triggers: Vec<TriggerSpec>,
}

impl Catalogue for Shelf {
    fn action(&self, name: &str) -> Option<&ActionSpec> {
        self.actions.iter().find(|action| action.name == name)
    }
    fn actions(&self) -> &[ActionSpec] {
        &self.actions
    }
    fn connectors(&self) -> &[ConnectorSpec] {
        &self.connectors
    }
    fn triggers(&self) -> &[TriggerSpec] {
        &self.triggers
    }
    fn bot(&self, name: &str) -> Option<&BotSignature> {
        self.bots.iter().find(|bot| bot.name == name)
    }
}

fn fields(fields: &[(&str, Field)]) -> Fields {
    fields.iter().map(|(name, field)| ((*name).to_owned(), field.clone())).collect()
}

fn shelf() -> Shelf {
    let action = |name: &str, params: Fields, output: Schema, connection| ActionSpec {
        name: name.to_owned(),
        connector: name.split('.').next().unwrap().to_owned(),
        title: String::new(),
        description: String::new(),
        params,
        output,
        effect: Effect::Read,
        on_unknown: OnUnknown::Repeat,
        destructive: false,
        connection,
        synonyms: Vec::new(),
        examples: Vec::new(),
    };
    let text = || Field::required(Schema::String);
    let answer = Schema::object([
        ("status", Schema::Integer),
        ("headers", Schema::any_object()),
        ("body", Schema::Any),
    ]);
    let get = fields(&[
        ("url", text()),
        ("query", Field::optional(Schema::any_object())),
        ("accept", Field::optional(Schema::Enum(vec!["ok".into(), "any".into()]))),
        ("redirects", Field { maximum: Some(10.0), ..Field::optional(Schema::Integer) }),
    ]);
    let post = fields(&[("channel", text()), ("text", text())]);
    let mail = fields(&[
        ("to", Field::required(Schema::Union(vec![Schema::String, Schema::array(Schema::String)]))),
        ("subject", text()),
        ("text", text()),
    ]);
    let sql = fields(&[
        ("sql", Field { format: Some("sql".to_owned()), ..text() }),
        ("values", Field::optional(Schema::any_object())),
    ]);
    let sent = Schema::object([("id", Schema::String)]);
    let bot = |name: &str, inputs: Fields, calls: &[&str]| BotSignature {
        name: name.to_owned(),
        description: None,
        inputs,
        output: Schema::object([("score", Schema::Number)]),
        calls: calls.iter().map(|name| (*name).to_owned()).collect(),
    };
    let lead = fields(&[
        ("lead", Field::required(Schema::any_object())),
        ("weight", Field::optional(Schema::Number)),
    ]);
    let connector = |name: &str| ConnectorSpec {
        name: name.to_owned(),
        title: String::new(),
        description: String::new(),
        synonyms: Vec::new(),
    };
    Shelf {
        actions: vec![
            action("http.get", get, answer, ConnectionNeed::Optional),
            action("slack.post_message", post, sent.clone(), ConnectionNeed::Required),
            action("email.send", mail, sent, ConnectionNeed::Optional),
            action("sql.query", sql, Schema::Any, ConnectionNeed::Required),
            action("log.write", fields(&[("message", text())]), Schema::Null, ConnectionNeed::None),
            action(
                "hubspot.search_companies",
                Fields::new(),
                Schema::Any,
                ConnectionNeed::Required,
            ),
        ],
        connectors: ["http", "slack", "email", "log", "hubspot"].map(connector).into(),
        triggers: vec![TriggerSpec {
            name: "github.issue_opened".to_owned(),
            connector: "github".to_owned(),
            title: String::new(),
            description: String::new(),
            params: fields(&[("repository", text())]),
            event: Schema::Any,
            synonyms: Vec::new(),
            connection: ConnectionNeed::Required,
            example: Value::Null,
        }],
        bots: vec![
            bot("lead-score", lead, &["helper"]),
            bot("helper", Fields::new(), &[]),
            bot("web-lookup", Fields::new(), &[]),
            bot("ping", Fields::new(), &["pong"]),
            bot("pong", Fields::new(), &["a"]),
        ],
    }
}

fn checked(text: &str) -> Checked {
    let shelf = shelf();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    super::text(text, &Context { catalogue: &shelf, zone: "UTC", now })
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    diagnostics
        .iter()
        .map(|d| {
            let hint = d.suggestion.as_deref().map_or(String::new(), |s| format!(" => {s}"));
            let severity = if d.is_error() { "" } else { " (warning)" };
            let place = &d.place;
            format!(
                "{}{severity} {} {}:{} {}{hint}\n",
                d.code, place.path, place.line, place.column, d.message
            )
        })
        .collect()
}

/// What is told about a bot with these steps (and whatever follows them).
fn steps(steps: &str) -> String {
    let text = format!("bot: a\nsteps:\n{steps}");
    lines(&checked(&text).diagnostics)
}

#[test]
fn the_corpus_has_no_errors() {
    for (name, text) in GOOD {
        let checked = checked(text);
        let errors: Vec<_> = checked.diagnostics.iter().filter(|d| d.is_error()).cloned().collect();
        assert_eq!(lines(&errors), "", "{name}");
    }
}

#[test]
fn what_this_server_cannot_run_yet_is_told_once_each() {
    let wanted = ["triggers.contact", "triggers.inbox", "triggers.helpdesk"];
    let told = checked(GOOD[2].1);
    let later: Vec<_> = told.diagnostics.iter().filter(|d| d.code.text == "E-BOT-057").collect();
    let paths: Vec<_> = later.iter().map(|d| d.place.path.as_str()).collect();
    assert_eq!(paths, wanted);
    assert!(later.iter().all(|d| !d.is_error()));
    let triggers = needs_later(&told.bot.unwrap());
    let paths: Vec<_> = triggers.iter().map(|(place, _)| place.path.as_str()).collect();
    assert_eq!(paths, wanted);
    assert_eq!(triggers[0].1, "`form` triggers");
    assert!(needs_later(&checked(GOOD[1].1).bot.unwrap()).is_empty());
}

#[test]
fn app_triggers_are_checked_as_actions_are() {
    let told = |trigger: &str| {
        let text = format!("bot: a\ntriggers:\n  t: {{ {trigger} }}\nsteps:\n  - set: 1\n");
        lines(&checked(&text).diagnostics)
    };
    insta::assert_snapshot!(
        [
            "app: github.issue_opend, with: { repository: a/b }",
            "app: githib.issue_opened",
            "app: github.issue_opened",
            "app: github.issue_opened, with: { repository: a/b, repo: a/b }, poll: 5s",
            "app: github.issue_opened, with: { repository: \"{{ event.id }}\" }",
        ]
        .map(told)
        .concat()
    );
}

#[test]
fn references_to_steps_that_cannot_be_seen_say_why() {
    let told = steps(
        r#"  - { id: first, set: "{{ steps.frist }}{{ steps.later }}{{ steps.first }}" }
  - id: fork
    if: "{{ true }}"
    then: [{ id: big, set: 1 }]
    else: [{ set: "{{ steps.big }}" }]
  - id: both
    parallel:
      left: [{ id: x, set: 1 }]
      right: [{ set: "{{ steps.x }}" }]
  - { id: later, set: "{{ steps.big }} {{ steps.x }} {{ steps.nowhere }}" }
  - set: "{{ errors.first }}"
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn names_that_exist_elsewhere_only() {
    let told = steps(
        r#"  - set: "{{ error.message }} {{ loop.index }} {{ event.data }} {{ row }}"
  - for_each: "{{ [1, 2] }}"
    as: row
    steps: [{ set: "{{ loop.index }} {{ row }}" }]
  - try: [{ set: 1 }]
    catch: [{ set: "{{ error.message }}" }]
  - wait: { event: x, match: "{{ event.data.a == 1 }}" }
on_error:
  - set: "{{ error.step }}"
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn ids_are_unique_but_for_exclusive_branches() {
    let told = steps(
        r#"  - { id: a, set: 1 }
  - { id: a, set: 2 }
  - if: "{{ true }}"
    then: [{ id: b, set: 1 }, { id: b, set: 1 }]
    else: [{ id: b, set: 2 }]
  - { id: b, set: 3 }
  - try: [{ id: c, set: 1 }]
    catch: [{ id: c, set: 2 }]
  - { id: steps, set: 1 }
  - for_each: "{{ [1] }}"
    as: inputs
    steps: [{ for_each: "{{ [2] }}", steps: [{ for_each: "{{ [2] }}", steps: [{ set: 1 }] }] }]
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn actions_and_their_parameters() {
    let told = steps(
        r#"  - { id: g, do: http.gett, with: { url: x } }
  - { do: htp.get }
  - { do: salesforce.query }
  - { do: http.get, with: { urll: "https://x.example" } }
  - { do: http.get, with: { url: 5, accept: anyy, redirects: 11 } }
  - { id: got, do: http.get, with: { url: "https://x.example" } }
  - { do: slack.post_message, with: { channel: general, text: "{{ steps.got }}" } }
  - { do: email.send, with: { to: [1], subject: "{{ steps.got.status }} is fine", text: "a" } }
  - { do: log.write, connection: x, with: { message: "{{ 'ok' }}" } }
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn a_statement_is_never_put_together_from_values() {
    let told = steps(
        r#"  - { do: sql.query, with: { sql: "SELECT 1 WHERE id = :id", values: { id: "{{ inputs.total }}" } } }
  - { do: sql.query, with: { sql: "SELECT 1 WHERE id = {{ inputs.total }}" } }
  - { do: sql.query, with: { sql: "{{ inputs.statement }}" } }
"#,
    );
    assert_eq!(told.matches("E-BOT-063").count(), 2, "{told}");
    assert!(told.contains(":name") && told.contains("steps[1].with.sql"), "{told}");
}

#[test]
fn fields_and_names_inside_expressions() {
    let told = steps(
        r#"  - { id: got, do: http.get, with: { url: "https://x.example" } }
  - set: "{{ steps.got.bdy }} {{ inputs.total }} {{ trigger.body }} {{ nonsense }}"
  - { do: http.get, with: { url: "{{ steps.got.status }}" } }
  - { id: soft, do: http.get, with: { url: "https://x.example" }, on_error: continue }
  - set: "{{ errors.soft.mesage }}"
  - for_each: "{{ [{ a: 1 }] }}"
    steps: [{ set: "{{ item.b }}" }]
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn after_a_loop_errors_are_a_list_like_the_values() {
    let told = steps(
        r#"  - for_each: "{{ [1, 2] }}"
    steps: [{ id: soft, do: http.get, with: { url: "https://x.example" }, on_error: continue }]
  - set: "{{ errors.soft.filter(e => e).length }}"
"#,
    );
    assert_eq!(told, "");
    let told = steps(
        r#"  - for_each: "{{ [1, 2] }}"
    steps: [{ id: soft, do: http.get, with: { url: "https://x.example" }, on_error: continue }]
  - set: "{{ errors.soft.message }}"
"#,
    );
    assert!(told.contains("errors.soft"), "{told}");
}

#[test]
fn calls_between_bots() {
    let told = steps(
        r#"  - { id: s, call: lead-score, with: { lead: { a: 1 }, wieght: 2 } }
  - { call: lead-score }
  - { call: nobody }
  - { call: a }
  - { call: ping }
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn triggers_and_inputs() {
    let text = r#"bot: a
inputs: { days: integer, name: { type: string, default: x } }
triggers:
  daily: { schedule: "0 9 * * *", timezone: Europe/Berln }
  never: { schedule: "0 0 30 2 *", inputs: { days: 1 } }
  past: { once: "2026-01-01T10:00", inputs: { days: 1 } }
  bad: { schedule: "61 * * * *", inputs: { days: few, nam: x } }
  one: { webhook: { path: a/b } }
  two: { webhook: { path: a/b, method: ANY } }
  three: { webhook: { path: c, dedupe: "{{ trigger.headers['x'] }}" }, when: "inputs.days > 3" }
  event: { event: x, inputs: { days: "{{ event.data.days }}" } }
steps:
  - respond: { body: hi }
  - return: 1
  - set: 2
"#;
    insta::assert_snapshot!(lines(&checked(text).diagnostics));
}

#[test]
fn keys_that_do_nothing_or_harm_beside_a_verb() {
    let told = steps(
        r#"  - { wait: 5m, timeout: 1m }
  - { wait: { event: x }, timeout: 1m }
  - { set: 1, retry: { attempts: 3 } }
  - { wait: { until: "2027-03-01T10:00", timezone: Europe/Berlim } }
  - { for_each: "{{ 'text' }}", steps: [{ set: 1 }] }
  - { if: "inputs.x", then: [{ set: "{{ 1 + }}" }] }
  - set: "a {{ never closed"
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn a_return_must_fit_the_declared_output() {
    let told = lines(
        &checked("bot: a\noutput: { total: number }\nsteps:\n  - return: { totl: 1 }\n")
            .diagnostics,
    );
    assert!(told.starts_with("E-BOT-056 steps[0].return 4:13 "), "{told}");
    let told = lines(
        &checked("bot: a\noutput: { total: number }\nsteps:\n  - return: { total: 1 }\n")
            .diagnostics,
    );
    assert_eq!(told, "");
}

#[test]
fn types_follow_blocks() {
    let checked = checked(
        r#"bot: a
inputs: { n: number, maybe: { type: string, required: false } }
steps:
  - { id: got, do: http.get, with: { url: "https://x.example" } }
  - if: "{{ inputs.n > 1 }}"
    then: [{ id: both, set: big }, { id: only, set: 1 }]
    else: [{ id: both, set: 2 }]
  - id: list
    for_each: "{{ [1] }}"
    steps: [{ id: inner, for_each: "{{ [2] }}", as: two, steps: [{ id: deep, do: http.get, with: { url: x } }] }]
  - { id: par, parallel: { l: [{ id: x, set: true }], r: [{ id: y, set: null }] } }
  - { id: skipped, set: true, when: "{{ false }}" }
  - { id: soft, do: http.get, with: { url: x }, on_error: continue }
  - { id: ended, if: "{{ true }}", then: [{ return: 1 }], else: [{ id: sure, set: true }] }
  - { set: "{{ errors.soft }}" }
"#,
    );
    assert_eq!(lines(&checked.diagnostics), "");
    let types: String = checked
        .types
        .ids
        .iter()
        .map(|(id, schema)| format!("{id}: {}\n", crate::print::schema(schema).to_json()))
        .collect();
    insta::assert_snapshot!(types);
    assert_eq!(checked.types.steps.len(), 17);
    assert_eq!(checked.types.steps["steps[2].steps[0].steps[0]"], shelf().actions[0].output);
}

#[test]
fn a_text_with_errors_is_checked_as_far_as_it_was_understood() {
    let checked = checked(
        "bot: a\nsteps:\n  - { id: x, sett: 1 }\n  - { id: y, set: '{{ steps.x.a }} {{ steps.z }}' }\n",
    );
    let codes: Vec<_> = checked.diagnostics.iter().map(|d| d.code.text).collect();
    assert_eq!(codes, ["E-BOT-010", "E-BOT-032"]);
    assert!(!checked.is_ok());
}

#[test]
fn a_diagnostic_in_json() {
    let checked = checked("bot: a\nsteps:\n  - { do: http.gett, with: { url: x } }\n");
    insta::assert_snapshot!(serde_json::to_string_pretty(&checked.diagnostics).unwrap());
}

#[test]
fn a_check_of_five_thousand_steps_is_quick_enough_to_type_along() {
    let mut text = "bot: a\nsteps:\n".to_owned();
    for n in 0..1_600 {
        text.push_str(&format!("  - id: s{n}\n    if: \"{{{{ true }}}}\"\n    then: [{{ id: t{n}, set: 1 }}, {{ set: '{{{{ steps.t{n} }}}}' }}]\n"));
    }
    assert_eq!(lines(&checked(&text).diagnostics), "");
}
