//! What is known before the run.

use codex32_model::codes::expr as codes;
use codex32_model::{Field, Schema, Severity};

use super::*;

struct Types;

impl Types {
    fn inputs() -> Schema {
        let customer = Schema::object([("name", Schema::String), ("email", Schema::String)]);
        let order = Schema::object([
            ("id", Schema::String),
            ("total", Schema::Number),
            ("customer", customer.or_null()),
            ("tags", Schema::array(Schema::String)),
        ]);
        let Schema::Object { mut fields, .. } = Schema::object([
            ("days", Schema::Integer),
            ("name", Schema::String),
            ("kind", Schema::Enum(vec![Value::str("bug"), Value::str("feature")])),
            ("orders", Schema::array(order)),
            ("any", Schema::Any),
            ("open", Schema::any_object()),
        ]) else {
            unreachable!()
        };
        fields.insert("note".to_owned(), Field::optional(Schema::String));
        Schema::Object { fields, open: false }
    }
}

impl TypeEnv for Types {
    fn root(&self, name: &str) -> Option<Schema> {
        match name {
            "inputs" => Some(Self::inputs()),
            "now" => Some(Schema::String),
            "steps" | "event" => Some(Schema::any_object()),
            _ => None,
        }
    }

    fn field(&self, root: &str, key: &str) -> FieldType {
        match (root, Self::inputs()) {
            ("inputs", Schema::Object { fields, .. }) => match fields.get(key) {
                Some(field) if field.required => FieldType::Known(field.schema.clone()),
                Some(field) => FieldType::Known(field.schema.clone().or_null()),
                None => FieldType::Unknown {
                    nearest: nearest(key, fields.keys().map(String::as_str)).map(str::to_owned),
                    why: format!("The bot has no input `{key}`"),
                },
            },
            ("steps", _) if key == "got" => FieldType::Known(Schema::object([
                ("status", Schema::Integer),
                ("body", Schema::Any),
            ])),
            ("steps", _) if key == "gone" => FieldType::Known(Schema::Null),
            ("event", _) => FieldType::Known(Schema::Any),
            _ => FieldType::Unknown { nearest: None, why: format!("There is no step `{key}`") },
        }
    }
}

fn typed(source: &str) -> Typed {
    infer(&Expr::parse(source).unwrap_or_else(|error| panic!("{source}: {error}")), &Types)
}

#[test]
fn results_have_types() {
    let number_or_null = || Schema::Number.or_null();
    for (source, schema) in [
        ("inputs.days * 2 > 100", Schema::Boolean),
        ("inputs.days + 1", Schema::Integer),
        ("inputs.days / 2", Schema::Number),
        ("inputs.name + 1", Schema::String),
        ("`${inputs.days}`", Schema::String),
        ("inputs.orders.map(o => o.total)", Schema::array(Schema::Number)),
        ("inputs.orders.filter(o => o.total > 1).length", Schema::Integer),
        ("inputs.orders[0].customer.name", Schema::String),
        ("inputs.orders.find(o => o.id == 'x')?.total", number_or_null()),
        ("inputs.orders.find(o => o.id == 'x')?.total ?? 0", Schema::Union(vec![Schema::Number])),
        ("inputs.orders.flatMap(o => o.tags).join(', ')", Schema::String),
        ("inputs.orders.reduce((sum, o) => sum + o.total, 0)", Schema::Number),
        (
            "inputs.orders.map(({id, total}) => ({id, double: total * 2}))",
            Schema::array(Schema::object([("id", Schema::String), ("double", Schema::Number)])),
        ),
        ("{...inputs.orders[0], extra: true}.extra", Schema::Boolean),
        ("inputs.orders.map(o => o.id).map(Number)", Schema::array(Schema::Number)),
        ("inputs.note", Schema::String.or_null()),
        ("inputs.note ?? ''", Schema::String),
        ("steps.got.body.whatever.x", Schema::Any),
        ("sum(inputs.orders, 'total')", Schema::Number),
        ("sortBy(inputs.orders, o => o.total)[0].id", Schema::String),
        ("inputs.days > 1 ? 'a' : 'b'", Schema::Enum(vec![Value::str("a"), Value::str("b")])),
        ("inputs.name.split(',').map(x => x.trim())", Schema::array(Schema::String)),
        ("Object.entries(inputs.open).map(([k, v]) => k)", Schema::array(Schema::Any)),
    ] {
        let found = typed(source);
        assert!(found.problems.is_empty(), "{source}: {:?}", found.problems);
        let schema = if let Schema::Union(shapes) = &schema
            && shapes.len() == 1
        {
            shapes[0].clone()
        } else {
            schema
        };
        assert_eq!(found.schema, schema, "{source}");
    }
}

#[test]
fn problems_name_what_was_meant() {
    for (source, code, part) in [
        ("inputs.dayz", codes::UNKNOWN_NAME, "`inputs.days`"),
        ("nope.x", codes::UNKNOWN_NAME, "no `nope`"),
        ("days + 1", codes::UNKNOWN_NAME, "`inputs.days`"),
        ("stepz.got", codes::UNKNOWN_NAME, "`steps`"),
        ("steps.lost", codes::UNKNOWN_NAME, "no step `lost`"),
        ("steps.got.bdy", codes::UNKNOWN_FIELD, "`body`"),
        ("steps.got.nothing_like_it", codes::UNKNOWN_FIELD, "it has status, body"),
        ("inputs.orders.map(o => o.totl)", codes::UNKNOWN_FIELD, "`total`"),
        ("inputs.orders.map(({totl}) => totl)", codes::UNKNOWN_FIELD, "`total`"),
        ("inputs.orders.filter(o => o.customer.nam == 'x')", codes::UNKNOWN_FIELD, "`name`"),
        ("inputs.orders.total", codes::UNKNOWN_FIELD, ".map(item => item.total)"),
        ("inputs.orders.lenght", codes::UNKNOWN_FIELD, "`length`"),
        ("inputs.name.trim", codes::UNKNOWN_FIELD, "`.trim()`"),
        ("inputs.days.length", codes::UNKNOWN_FIELD, "no field `length`"),
        ("sum(inputs.orders, 'totl')", codes::UNKNOWN_FIELD, "\"total\""),
        ("inputs.days.trim()", codes::TYPE, "String(inputs.days)"),
        ("inputs.name.map(x => x)", codes::TYPE, "split"),
        ("inputs.orders * 2", codes::TYPE, "a number is needed"),
        ("sum(inputs.name)", codes::TYPE, "needs a list"),
        ("min(1, 2)", codes::TYPE, "min([a, b])"),
        ("steps.gone.x", codes::ALWAYS_NULL, "always null"),
        ("inputs.kind == 'bugg'", codes::ODD_COMPARISON, "\"bug\""),
        ("inputs.orders == 3", codes::ODD_COMPARISON, "never equal"),
        ("inputs.days === '3'", codes::ODD_COMPARISON, "never equal"),
    ] {
        let found = typed(source).problems;
        let [problem] = found.as_slice() else { panic!("{source}: {found:?}") };
        let all = format!("{} {}", problem.message, problem.suggestion.clone().unwrap_or_default());
        assert_eq!(problem.code, code, "{source}: {all}");
        assert!(all.contains(part), "{source}: {all}");
        let warning = matches!(code, codes::ALWAYS_NULL | codes::ODD_COMPARISON);
        assert_eq!(problem.severity == Severity::Warning, warning, "{source}");
        assert!(problem.span.end <= source.chars().count(), "{source}");
    }
}

#[test]
fn what_is_not_known_is_never_wrong() {
    for source in [
        "inputs.any.x.y[0].map(z => z.q.trim())",
        "inputs.open.anything.at.all",
        "steps.got.body.items.filter(i => daysSince(i.due) > inputs.days)",
        "event.data.amount > 0",
        "inputs.note.trim()",
        "inputs.orders.map(o => o.customer.name)",
        "inputs.orders[inputs.days]?.id",
        "inputs.orders.reduce((acc, o) => ({...acc, [o.id]: o}), {}).x.total",
        "inputs.orders.reduce((acc, o) => acc.ids ? acc : {ids: [o.id]}, 0).ids.length",
        "inputs.kind == 'bug' || inputs.kind != 'feature'",
        "inputs.note == null && inputs.days != null",
        "inputs.days == '3'",
        "(inputs.any ? inputs.name : inputs.orders).length",
        "(inputs.any ? inputs.name : null)?.length",
        "[].concat(inputs.orders).map(x => x.anything)",
        "[1, 'a', null].map(x => x.length)",
        "groupBy(inputs.orders, 'id').x.map(o => o.y)",
        "new Date(now) - new Date(inputs.name) > 5",
        "inputs.name.match(/x/)?.[1]",
        "{a: 1, ...inputs.open}.b",
        "[[1, 'a']].map(([n, s]) => s.length)",
        "inputs.orders.sort((a, b) => b.total - a.total).slice(0, 3).map((o, i) => `${i}: ${o.id}`)",
        "inputs.days.toFixed(2) + inputs.name.getFullYear()",
    ] {
        assert_eq!(typed(source).problems, [], "{source}");
    }
}

#[test]
fn places_in_templates_count_from_the_text() {
    let template = Template::parse("é {{ inputs.name }} and {{ inputs.dayz }}").unwrap();
    let problems = template.infer(&Types).problems;
    assert_eq!(problems[0].span, 27..38);
    let value =
        Value::from_json(r#"{"a": ["{{ inputs.dayz }}"], "n": "{{ inputs.days }}"}"#).unwrap();
    let (schema, problems) = Compiled::compile(&value).unwrap().infer(&Types);
    assert_eq!((problems[0].0.as_str(), problems[0].1.span.clone()), ("a[0]", 3..14));
    assert_eq!(schema, Schema::object([("a", Schema::array(Schema::Any)), ("n", Schema::Integer)]));
}
