use std::time::Duration;

use codex32_model::definition::*;
use codex32_model::schema::{Field, Fields, Schema};
use codex32_model::{Object, Value};
use indexmap::IndexMap;
use proptest::prelude::*;

use super::*;
use crate::corpus::GOOD;
use crate::parse;

fn reads_back(bot: &Bot) {
    let value = to_value(bot);
    let told = |parsed: &parse::Parsed| format!("{:?}\n{}", parsed.diagnostics, to_yaml(bot));
    let parsed = parse::bot_from_value(&value);
    assert_eq!(parsed.bot.as_ref(), Some(bot), "value: {}", told(&parsed));
    let parsed = parse::bot(&value.to_json());
    assert_eq!(parsed.bot.as_ref(), Some(bot), "JSON: {}", told(&parsed));
    let parsed = parse::bot(&to_yaml(bot));
    assert_eq!(parsed.bot.as_ref(), Some(bot), "YAML: {}", told(&parsed));
}

#[test]
fn the_corpus_reads_back() {
    for (_, text) in GOOD {
        reads_back(&parse::bot(text).bot.unwrap());
    }
}

#[test]
fn yaml_looks_as_a_person_would_write_it() {
    let yaml = to_yaml(&parse::bot(GOOD[0].1).bot.unwrap());
    insta::assert_snapshot!(yaml);
    assert_eq!(to_yaml(&parse::bot(&yaml).bot.unwrap()), yaml, "printing again changes nothing");
}

#[test]
fn texts_of_every_kind_survive_yaml() {
    let texts = [
        "",
        " ",
        "yes",
        "no",
        "r -",
        "r ?",
        "null",
        "~",
        "1",
        "01",
        "1e3",
        "0x1f",
        ".5",
        "-",
        "- a",
        "a: b",
        "a:",
        ": a",
        "a #b",
        "#a",
        "{{ x }}",
        "a, b",
        "[x]",
        "'",
        "\"",
        "a'b\"c",
        "\\",
        "\\n",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n\n",
        "\na",
        " a\nb",
        "a \n b",
        "a\n \nb",
        "a\tb",
        "\ta",
        "a\r\nb",
        "é😀",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "\u{0}",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "? a",
        "<<",
        "=",
        "---",
        "...",
        "--- a",
        "a\n---\nb",
        "a\n...\n",
        "2027-01-05",
        "12:30",
        "true",
        "TRUE",
        ".inf",
        "+.inf",
        "a\n# b\nc",
        "a  ",
        "x\n  indented\n",
        "a\n\tb\n",
    ];
    for text in texts {
        let fields: Object =
            [(Value::str(text).to_text().as_str().into(), Value::str(text))].into_iter().collect();
        for value in [Value::str(text), Value::list([Value::str(text)]), Value::from(fields)] {
            reads_back(&bot(vec![plain(Verb::Set(value))]));
        }
    }
}

fn bot(steps: Vec<Step>) -> Bot {
    Bot { bot: "a".into(), steps, ..Bot::default() }
}

fn plain(verb: Verb) -> Step {
    Step {
        id: None,
        name: None,
        note: None,
        when: None,
        retry: None,
        timeout: None,
        on_error: OnError::Fail,
        verb,
    }
}

fn id() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{0,6}"
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{1,20}", "\\PC{1,10}", "[a-z \n:#\"'{}-]{1,20}"]
        .prop_filter("not blank", |t| !t.trim().is_empty())
}

fn span() -> impl Strategy<Value = Duration> {
    (1..10_000_000_000u64).prop_map(Duration::from_millis)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::number),
        ".{0,12}".prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
            prop::collection::vec((".{0,6}", inner), 0..4).prop_map(|fields| Value::object(
                fields.into_iter().map(|(k, v)| (k.as_str().to_owned(), v))
            )),
        ]
    })
}

fn schemas() -> impl Strategy<Value = Schema> {
    let leaf = prop_oneof![
        Just(Schema::Any),
        Just(Schema::Null),
        Just(Schema::Boolean),
        Just(Schema::Integer),
        Just(Schema::Number),
        Just(Schema::String),
        Just(Schema::any_object()),
        Just(Schema::Object { fields: Fields::new(), open: false }),
        prop::collection::vec(any::<i64>().prop_map(Value::Int), 1..3).prop_map(Schema::Enum),
        prop::collection::vec(words().prop_map(Value::from), 1..3).prop_map(Schema::Enum),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(Schema::array),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Schema::Union),
            (prop::collection::vec((words(), inner, any::<bool>()), 0..3), any::<bool>()).prop_map(
                |(fields, open)| {
                    let field = |(name, schema, required)| {
                        (name, Field { schema, required, ..Field::default() })
                    };
                    Schema::Object { fields: fields.into_iter().map(field).collect(), open }
                }
            ),
        ]
    })
}

fn inputs() -> impl Strategy<Value = Fields> {
    let field = (
        schemas(),
        any::<bool>(),
        prop::option::of(words()),
        prop::option::of(0..9u32),
        any::<bool>(),
    );
    let field = field.prop_map(|(schema, required, description, most, default)| Field {
        default: (default && schema == Schema::Any).then_some(Value::Int(7)),
        schema,
        required,
        description,
        maximum: most.map(|most| f64::from(most) + 7.0),
        ..Field::default()
    });
    prop::collection::vec(("[a-zA-Z_$][a-zA-Z0-9_$]{0,5}", field), 0..4)
        .prop_map(|fields| fields.into_iter().collect())
}

fn named(values: impl Strategy<Value = Value>) -> impl Strategy<Value = IndexMap<String, Value>> {
    prop::collection::vec((words(), values), 0..3).prop_map(|fields| fields.into_iter().collect())
}

fn leaf_verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        value().prop_map(Verb::Set),
        value().prop_map(Verb::Return),
        (id(), prop::option::of(id()), named(value())).prop_map(|(name, connection, with)| {
            Verb::Do(Do { action: format!("{name}.go"), connection, with })
        }),
        (words(), prop::option::of(schemas())).prop_map(|(code, output)| {
            Verb::Code(CodeStep {
                code,
                language: Language::Python,
                network: vec!["a.example".into()],
                output,
            })
        }),
        span().prop_map(|span| Verb::Wait(Wait::For(format_duration(span)))),
        (id(), prop::option::of(words()), prop::option::of(span()), any::<bool>()).prop_map(
            |(event, m, timeout, hold)| {
                Verb::Wait(Wait::Event { event, matching: m, timeout, since: None, hold })
            }
        ),
        (words(), inputs(), prop::option::of(span())).prop_map(|(text, form, expires)| {
            let (default, on_reject) = (Some(Decision::Reject), OnReject::Continue);
            Verb::Approve(Approve { text, to: vec!["x".into()], form, expires, default, on_reject })
        }),
        (id(), value(), prop::option::of(words())).prop_map(|(event, data, key)| Verb::Emit {
            event,
            data,
            key
        }),
        (200..600i64, value()).prop_map(|(status, body)| Verb::Respond {
            status: Value::Int(status),
            headers: IndexMap::from([("x-a".to_owned(), Value::Int(1))]),
            body,
        }),
        (id(), named(value()), any::<bool>()).prop_map(|(bot, with, detach)| Verb::Call(Call {
            bot: bot.replace('_', "-"),
            with,
            detach
        })),
        (id(), words(), 1..100u32).prop_map(|(base, query, top)| Verb::Search(Search {
            base,
            query,
            top
        })),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let wrap = |verb: BoxedStrategy<Verb>| {
        let retry = (1..100u32, span(), span()).prop_map(|(attempts, a, b)| Retry {
            attempts,
            backoff: Backoff::Linear,
            first: a.min(b),
            most: a.max(b),
        });
        let common = (prop::option::of(id()), prop::option::of(words()), prop::option::of(words()));
        let more = (
            prop::option::of(words()),
            prop::option::of(retry),
            prop::option::of(span()),
            any::<bool>(),
        );
        (common, more, verb).prop_map(|((id, name, note), (when, retry, timeout, go_on), verb)| {
            Step {
                id,
                name,
                note,
                when,
                retry,
                timeout,
                on_error: if go_on { OnError::Continue } else { OnError::Fail },
                verb,
            }
        })
    };
    wrap(leaf_verb().boxed()).prop_recursive(3, 12, 3, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..3);
        let full = prop::collection::vec(inner.clone(), 1..3);
        let branches = prop::collection::vec((id(), prop::collection::vec(inner, 0..3)), 1..3);
        let branches =
            branches.prop_map(|branches| branches.into_iter().collect::<IndexMap<_, _>>()).boxed();
        let verb = prop_oneof![
            (words(), list.clone(), list.clone())
                .prop_map(|(condition, then, otherwise)| Verb::If { condition, then, otherwise }),
            (words(), branches.clone(), prop::option::of(list.clone()))
                .prop_map(|(on, cases, default)| Verb::Switch { on, cases, default }),
            (words(), id(), 1..9u32, full.clone()).prop_map(|(items, bind, concurrency, steps)| {
                Verb::ForEach { items, bind, concurrency, steps }
            }),
            branches.prop_map(Verb::Parallel),
            (full, list.clone(), prop::option::of(list))
                .prop_map(|(body, catch, finally)| Verb::Try { body, catch: Some(catch), finally }),
        ];
        wrap(verb.boxed())
    })
}

fn triggers() -> impl Strategy<Value = IndexMap<String, Trigger>> {
    let schedule = |rule| ScheduleTrigger {
        rule,
        timezone: Some("Europe/Berlin".into()),
        start: None,
        end: Some("2030-01-01".into()),
        count: Some(3),
        except: vec!["2027-12-24".into()],
        missed: Missed::All,
        overlap: Overlap::Skip,
    };
    let kind = prop_oneof![
        words().prop_map(move |text| TriggerKind::Schedule(schedule(Rule::Calendar(text)))),
        span().prop_map(move |span| TriggerKind::Schedule(schedule(Rule::Every(span)))),
        (id(), prop::option::of(1..33_554_432u64), prop::option::of(words())).prop_map(
            |(path, max_body, dedupe)| {
                let verify = Verify {
                    scheme: Scheme::HmacSha256,
                    connection: "c".into(),
                    header: Some("x-s".into()),
                    tolerance: Some(Duration::from_secs(60)),
                };
                let (method, respond) = ("ANY".to_owned(), Respond::Run);
                TriggerKind::Webhook(Webhook {
                    path,
                    method,
                    respond,
                    timeout: None,
                    max_body,
                    dedupe,
                    verify: Some(verify),
                })
            }
        ),
        id().prop_map(|event| TriggerKind::Event { event }),
        id().prop_map(|path| TriggerKind::Chat { path }),
        Just(TriggerKind::Email { connection: None, folder: Some("INBOX".into()) }),
        Just(TriggerKind::Manual),
    ];
    let trigger = (prop::option::of(words()), named(value()), kind)
        .prop_map(|(when, inputs, kind)| Trigger { when, inputs, kind });
    prop::collection::vec((id(), trigger), 0..3).prop_map(|list| list.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn what_is_printed_reads_back(
        steps in prop::collection::vec(step(), 1..4),
        inputs in inputs(),
        output in prop::option::of(schemas()),
        triggers in triggers(),
        description in prop::option::of(words()),
        timeout in prop::option::of(span()),
    ) {
        let rate = timeout.map(|within| Rate { count: 7, within: within.min(Rate::LONGEST) });
        let concurrency_key = description.as_ref().map(|_| "{{ inputs.a }}".to_owned());
        let concurrency = Some(3);
        let limits = Limits { timeout, cost_usd: Some(0.5), rate, concurrency, concurrency_key, turns: None, tokens: None };
        reads_back(&Bot { bot: "a-b".into(), description, inputs, output, triggers, steps, on_error: vec![], limits });
    }
}
