//! Random definitions. They are JSON, so that a failing one can be read and run.

use codex32_model::value::Value;
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub enum Shape {
    Leaf(u8),
    If(bool, Vec<Gen>, Vec<Gen>),
    Switch(u8, Vec<Gen>, Vec<Gen>),
    ForEach(u8, u8, Vec<Gen>),
    Parallel(Vec<Vec<Gen>>),
    Try(Vec<Gen>, Option<Vec<Gen>>, Option<Vec<Gen>>),
}

#[derive(Debug, Clone)]
pub struct Gen {
    pub shape: Shape,
    /// 0: `when` false, 1: `when` true, else none.
    pub when: u8,
    pub go_on: bool,
    pub attempts: u8,
}

/// Kinds of steps without steps inside.
const LEAVES: u8 = 40;

pub fn flows() -> impl Strategy<Value = Value> {
    let steps = || prop::collection::vec(gen_step(), 1..5);
    (steps(), prop::option::weighted(0.4, prop::collection::vec(gen_step(), 1..3))).prop_map(
        |(steps, on_error)| {
            let mut writer = Writer { ids: 0 };
            let mut fields = vec![("bot", Value::from("random")), ("steps", writer.block(&steps))];
            if let Some(on_error) = on_error {
                fields.push(("on_error", writer.block(&on_error)));
            }
            Value::object(fields)
        },
    )
}

fn gen_step() -> impl Strategy<Value = Gen> {
    let leaf = flagged((0_u8..LEAVES).prop_map(Shape::Leaf));
    leaf.prop_recursive(3, 24, 4, |inner| {
        let block = || prop::collection::vec(inner.clone(), 1..4);
        flagged(prop_oneof![
            (any::<bool>(), block(), block()).prop_map(|(is, a, b)| Shape::If(is, a, b)),
            (0_u8..3, block(), block()).prop_map(|(on, a, b)| Shape::Switch(on, a, b)),
            (0_u8..5, 1_u8..4, block()).prop_map(|(n, width, a)| Shape::ForEach(n, width, a)),
            // Turns that begin with code are computed in chunks.
            (0_u8..10, 1_u8..6, coded(), prop::collection::vec(inner.clone(), 0..2)).prop_map(
                |(n, width, first, mut rest)| {
                    rest.insert(0, first);
                    Shape::ForEach(n, width, rest)
                }
            ),
            prop::collection::vec(block(), 1..4).prop_map(Shape::Parallel),
            (block(), prop::option::of(block()), prop::option::of(block()))
                .prop_filter("a try needs either", |(_, catch, finally)| {
                    catch.is_some() || finally.is_some()
                })
                .prop_map(|(a, b, c)| Shape::Try(a, b, c)),
        ])
    })
}

/// A code step without an effect, mostly without `when`.
fn coded() -> impl Strategy<Value = Gen> {
    flagged(Just(Shape::Leaf(20))).prop_map(|step| Gen { when: step.when.max(1) * 2, ..step })
}

fn flagged(shape: impl Strategy<Value = Shape> + 'static) -> BoxedStrategy<Gen> {
    (shape, 0_u8..10, prop::bool::weighted(0.2), 1_u8..4)
        .prop_map(|(shape, when, go_on, attempts)| Gen { shape, when, go_on, attempts })
        .boxed()
}

fn until(at: &str) -> Value {
    Value::object([("until", Value::from(at))])
}

fn event(matching: &str, timeout: &str) -> Value {
    Value::object([
        ("event", Value::from("it.came")),
        ("match", matching.into()),
        ("timeout", timeout.into()),
    ])
}

/// Tools of an agent.
fn agent_tools(kind: u8) -> Value {
    let tool = |json: &str| Value::from_json(json).unwrap();
    let all = [
        r#"{"do":"test.read"}"#,
        r#"{"do":"test.write","with":{"value":1}}"#,
        r#"{"do":"test.once"}"#,
        r#"{"do":"test.write","approve":true}"#,
        r#"{"call":"other"}"#,
        r#"{"mcp":"files"}"#,
        r#"{"do":"state.add","with":{"key":"k"}}"#,
    ];
    let some = match kind {
        36 => &all[..3],
        37 => &all[2..],
        _ => &all[..0],
    };
    Value::list(some.iter().map(|json| tool(json)).collect::<Vec<_>>())
}

struct Writer {
    ids: u32,
}

impl Writer {
    fn block(&mut self, steps: &[Gen]) -> Value {
        Value::list(steps.iter().map(|step| self.step(step)).collect::<Vec<_>>())
    }

    fn step(&mut self, step: &Gen) -> Value {
        self.ids += 1;
        let id = format!("s{}", self.ids);
        let before = format!("s{}", self.ids - 1);
        let mut fields = vec![("id", Value::from(id))];
        if step.when < 2 {
            fields.push(("when", Value::from(format!("{{{{ {} }}}}", step.when == 1))));
        }
        if step.go_on {
            fields.push(("on_error", Value::from("continue")));
        }
        let seen = format!("{{{{ [steps.{before}, errors.{before}, now] }}}}");
        let with = Value::object([("value", Value::from(seen.as_str())), ("key", "k".into())]);
        let retry = Value::object([
            ("attempts", Value::from(u32::from(step.attempts))),
            ("first", Value::from("1s")),
        ]);
        match &step.shape {
            Shape::Leaf(kind) => match kind {
                0 | 1 => fields.push(("set", Value::from(seen))),
                2 => fields.push(("set", Value::from("{{ null.x.y }}"))),
                3..=10 => {
                    let action = match kind {
                        3 | 4 => "test.read",
                        5..=8 => "test.write",
                        _ => "test.once",
                    };
                    fields.extend([("do", action.into()), ("with", with), ("retry", retry)]);
                }
                11 => fields.extend([("do", "state.add".into()), ("with", with)]),
                12 => {
                    fields.push(("code", Value::from("return 1")));
                    fields.push(("network", Value::list([Value::from("a.example")])));
                }
                20 | 21 => {
                    fields.push(("code", Value::from("return 1")));
                    fields.push(("retry", retry));
                }
                13 => fields.push(("wait", Value::from("15m"))),
                14 => fields.push(("wait", Value::object([("event", Value::from("it.came"))]))),
                15 => fields.push((
                    "wait",
                    Value::object([("event", Value::from("it.came")), ("timeout", "1h".into())]),
                )),
                16 => fields.extend([("call", "other".into()), ("retry", retry)]),
                17 => fields.extend([("call", "other".into()), ("detach", true.into())]),
                18 => fields.push(("return", Value::from(seen))),
                19 => fields.push(("respond", Value::object([("body", Value::from(seen))]))),
                22 => fields.push(("respond", Value::object([("status", Value::from("{{ 7 }}"))]))),
                23 => fields.extend([("emit", "it.went".into()), ("data", Value::from(seen))]),
                24 => fields.push(("wait", until("1970-01-02T10:00"))),
                25 => fields.push(("wait", until("1969-12-31T10:00"))),
                26 => fields.push(("wait", event("{{ event.data == 1 }}", "1h"))),
                27 => fields.push(("wait", event("{{ null.x.y }}", "1h"))),
                28 => fields.push((
                    "wait",
                    Value::object([
                        ("event", Value::from("it.came")),
                        ("since", "1970-01-01T00:00:00Z".into()),
                        ("hold", true.into()),
                        ("timeout", "2h".into()),
                    ]),
                )),
                29 => fields.extend([("do", "state.new_items".into()), ("with", with)]),
                30 => fields.extend([("do", "log.write".into()), ("with", with)]),
                31 => fields.push(("code", Value::from("return 1"))),
                32 => {
                    // Not a list: the loop itself fails.
                    fields.push(("for_each", Value::from("{{ 5 }}")));
                    fields.push(("as", Value::from("it")));
                    fields.push(("steps", Value::list([Value::object([("set", Value::Int(1))])])));
                }
                33..=35 => {
                    let to = Value::list([Value::from("boss@example.com")]);
                    fields.extend([("approve", Value::from("Go on?")), ("to", to)]);
                    if *kind > 33 {
                        fields.extend([("expires", "1h".into()), ("on_reject", "continue".into())]);
                    }
                    if *kind > 34 {
                        fields.push(("default", Value::from("approve")));
                    }
                }
                36..=38 => {
                    fields.extend([("agent", Value::from("Do it.")), ("retry", retry)]);
                    fields.push(("tools", agent_tools(*kind)));
                    let turns = Value::object([("turns", Value::Int(5)), ("timeout", "1h".into())]);
                    fields.push(("limits", turns));
                }
                _ => {
                    fields.retain(|(name, _)| *name != "when");
                    fields.push(("when", Value::from("{{ null.x.y }}")));
                    fields.push(("set", Value::from(seen)));
                }
            },
            Shape::If(is, then, otherwise) => {
                fields.push(("if", Value::from(format!("{{{{ {is} }}}}"))));
                fields.push(("then", self.block(then)));
                fields.push(("else", self.block(otherwise)));
            }
            Shape::Switch(on, one, default) => {
                fields.push(("switch", Value::from(format!("{{{{ {on} }}}}"))));
                fields.push(("cases", Value::object([("1", self.block(one))])));
                if *on != 2 {
                    fields.push(("default", self.block(default)));
                }
            }
            Shape::ForEach(items, width, body) => {
                let list: Vec<_> = (0..*items).map(|item| item.to_string()).collect();
                fields.push(("for_each", Value::from(format!("{{{{ [{}] }}}}", list.join(",")))));
                fields.push(("as", Value::from(format!("item{}", self.ids))));
                fields.push(("concurrency", Value::from(u32::from(*width))));
                fields.push(("steps", self.block(body)));
            }
            Shape::Parallel(branches) => {
                let branches: Vec<_> = branches
                    .iter()
                    .enumerate()
                    .map(|(at, steps)| (format!("b{at}"), self.block(steps)))
                    .collect();
                fields.push(("parallel", Value::object(branches)));
            }
            Shape::Try(body, catch, finally) => {
                fields.push(("try", self.block(body)));
                if let Some(catch) = catch {
                    fields.push(("catch", self.block(catch)));
                }
                if let Some(finally) = finally {
                    fields.push(("finally", self.block(finally)));
                }
            }
        }
        Value::object(fields)
    }
}
