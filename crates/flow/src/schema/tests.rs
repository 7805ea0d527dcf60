use codex32_model::Value;
use codex32_model::schema::{Field, Fields, Schema};

use super::*;
use crate::corpus::{BAD, GOOD};
use crate::{parse, print, source};

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&language()).unwrap()
}

fn json(text: &str) -> serde_json::Value {
    let node = source::read(text, &source::Limits::default()).unwrap();
    serde_json::to_value(node.to_value()).unwrap()
}

/// Reasons that a JSON Schema cannot express: a default against the type beside it.
const BEYOND_SCHEMA: &[&str] = &["E-BOT-023"];

#[test]
fn the_schema_accepts_what_the_reader_accepts() {
    let validator = validator();
    for (name, text) in GOOD {
        let value = json(text);
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .map(|e| format!("{} at {}", e, e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let printed = print::to_value(&parse::bot(text).bot.unwrap());
        assert!(validator.is_valid(&serde_json::to_value(printed).unwrap()), "{name}, printed");
    }
    for (code, text) in BAD {
        if !BEYOND_SCHEMA.contains(code) {
            assert!(!validator.is_valid(&json(text)), "{code} {text}");
        }
    }
}

#[test]
fn every_key_is_described_and_every_example_is_good() {
    fn visit(value: &serde_json::Value, path: &str, told: &mut Vec<String>) {
        let Some(map) = value.as_object() else { return };
        for (name, property) in
            map.get("properties").and_then(|p| p.as_object()).into_iter().flatten()
        {
            // The conditions of `if` repeat keys without describing them.
            let shape = ["const", "anyOf", "type", "contains"]
                .iter()
                .any(|key| property.get(*key).is_some());
            if property.is_object()
                && property.get("description").is_none()
                && property.get("$ref").is_none()
                && !shape
            {
                told.push(format!("{path}.{name}"));
            }
        }
        for (key, inner) in map {
            visit(inner, &format!("{path}/{key}"), told);
        }
    }
    let language = language();
    let mut told = Vec::new();
    visit(&language, "", &mut told);
    assert_eq!(told, Vec::<String>::new());
    let validator = validator();
    let mut examples = 0;
    for (name, part) in language["$defs"].as_object().unwrap() {
        for example in part["examples"].as_array().into_iter().flatten() {
            let bot = if name.starts_with("verb_") {
                serde_json::json!({ "bot": "a", "steps": [example] })
            } else if name.starts_with("trigger_") {
                serde_json::json!({ "bot": "a", "triggers": { "t": example }, "steps": [{ "set": 1 }] })
            } else {
                continue;
            };
            examples += 1;
            assert!(validator.is_valid(&bot), "{name} {example}");
            let value: Value = serde_json::from_value(bot).unwrap();
            let parsed = parse::bot_from_value(&value);
            assert!(parsed.bot.is_some(), "{name} {:?}", parsed.diagnostics);
        }
    }
    assert!(examples >= 27, "one for each verb and trigger");
}

#[test]
fn the_reference_shows_every_verb_trigger_and_function() {
    let text = reference_markdown();
    for (verb, _) in parse::VERBS {
        assert!(text.contains(&format!("### `{verb}`")), "{verb}");
    }
    for (kind, keys) in parse::KINDS {
        assert!(text.contains(&format!("### `{kind}`")), "{kind}");
        assert!(keys.iter().all(|key| text.contains(&format!("`{key}`"))), "{kind}");
    }
    for function in crate::expr::STDLIB {
        assert!(text.contains(function.name), "{}", function.name);
    }
    assert!(text.contains("**`webhook.verify.scheme`**"), "nested keys");
}

fn fields(yaml: &str) -> Fields {
    let text = format!("bot: a\nsteps: [{{ set: 1 }}]\ninputs: {yaml}\n");
    let parsed = parse::bot(&text);
    parsed.bot.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)).inputs
}

fn value(json: &str) -> Value {
    Value::from_json(json).unwrap()
}

fn filled(yaml: &str, given: &str, coerce: bool) -> String {
    match check_value(&fields(yaml), value(given), coerce) {
        Ok(value) => value.to_json(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn inputs_are_filled_and_checked() {
    let cases = [
        ("{ a: integer }", r#"{"a":1,"b":2}"#, r#"{"a":1}"#),
        ("{ a: { type: integer, default: 5 } }", "{}", r#"{"a":5}"#),
        ("{ a: { type: integer, default: 5 } }", "null", r#"{"a":5}"#),
        ("{ a: { type: integer, default: 5 } }", r#"{"a":null}"#, r#"{"a":5}"#),
        ("{ a: { type: integer, required: false } }", r#"{"a":null}"#, "{}"),
        (
            "{ a: integer, b: string }",
            "{}",
            "a: is required and was not given; b: is required and was not given",
        ),
        ("{ a: integer }", r#"{"a":"1"}"#, "a: expected a whole number, found a text"),
        ("{ a: integer }", r#"{"a":1.5}"#, "a: expected a whole number, found 1.5"),
        ("{ a: number }", r#"{"a":null}"#, "a: expected a number, found nothing"),
        ("{ a: { enum: [x, y] } }", r#"{"a":"z"}"#, "a: expected one of x, y, found z"),
        (
            "{ a: { type: number, minimum: 1, maximum: 2 } }",
            r#"{"a":3}"#,
            "a: expected at most 2, found 3",
        ),
        (
            "{ a: { type: string, max_length: 2 } }",
            r#"{"a":"äöü"}"#,
            "a: expected at most 2 characters, found 3",
        ),
        (
            "{ a: { type: array, items: { type: object, properties: { n: number } } } }",
            r#"{"a":[{"n":1,"x":2},{"n":"q"}]}"#,
            "a[1].n: expected a number, found a text",
        ),
        (
            "{ a: { type: object, properties: { n: { type: number, default: 3 } }, open: true } }",
            r#"{"a":{"x":1}}"#,
            r#"{"a":{"n":3,"x":1}}"#,
        ),
        ("{ a: object }", r#"{"a":{"x":1}}"#, r#"{"a":{"x":1}}"#),
        ("{ a: any }", "[1]", "expected an object, found a list"),
    ];
    for (yaml, given, expected) in cases {
        assert_eq!(filled(yaml, given, false), expected, "{yaml} {given}");
    }
}

#[test]
fn texts_of_forms_are_read_as_what_is_wanted() {
    let cases = [
        ("{ a: integer }", r#"{"a":" 12 "}"#, r#"{"a":12}"#),
        ("{ a: number }", r#"{"a":"1.5"}"#, r#"{"a":1.5}"#),
        ("{ a: boolean }", r#"{"a":"on"}"#, r#"{"a":true}"#),
        ("{ a: string }", r#"{"a":"12"}"#, r#"{"a":"12"}"#),
        ("{ a: { type: integer, required: false } }", r#"{"a":""}"#, "{}"),
        ("{ a: string }", r#"{"a":""}"#, r#"{"a":""}"#),
        ("{ a: { type: array, items: integer } }", r#"{"a":["1","2"]}"#, r#"{"a":[1,2]}"#),
        ("{ a: { type: array, items: integer } }", r#"{"a":"1"}"#, r#"{"a":[1]}"#),
        ("{ a: { enum: [1, 2] } }", r#"{"a":"2"}"#, r#"{"a":2}"#),
        ("{ a: object }", r#"{"a":"{\"x\":1}"}"#, r#"{"a":{"x":1}}"#),
        ("{ a: integer }", r#"{"a":"lots"}"#, "a: expected a whole number, found a text"),
        ("{ a: number }", r#"{"a":"NaN"}"#, "a: expected a number, found a text"),
    ];
    for (yaml, given, expected) in cases {
        assert_eq!(filled(yaml, given, true), expected, "{yaml} {given}");
    }
}

#[test]
fn fields_become_a_json_schema_that_agrees() {
    let fields = fields(
        "{ a: { type: integer, minimum: 1 }, b: { type: [string, null], default: x }, c: { enum: [1, x] }, d: { type: array, items: number, max_length: 2, required: false } }",
    );
    let validator = jsonschema::draft202012::new(&to_json_schema(&fields)).unwrap();
    for given in [
        r#"{"a":1,"c":1}"#,
        r#"{"a":0,"c":1}"#,
        r#"{"c":1}"#,
        r#"{"a":1,"b":null,"c":"x","d":[1,2]}"#,
        r#"{"a":1,"c":"x","d":[1,2,3]}"#,
        r#"{"a":1,"c":2}"#,
        r#"{"a":1,"c":1,"extra":true}"#,
        r#"{"a":1,"c":1,"b":2}"#,
    ] {
        let value = value(given);
        let ours = check_value(&fields, value.clone(), false).is_ok();
        assert_eq!(validator.is_valid(&serde_json::to_value(value).unwrap()), ours, "{given}");
    }
}

#[test]
fn a_union_tells_what_is_wrong_inside_the_shape_that_was_meant() {
    let schema = Schema::Union(vec![Schema::String, Schema::array(Schema::String)]);
    let problem = fits(&schema, &value("[\"a\",1]")).unwrap_err();
    assert_eq!(problem.to_string(), "[1]: expected a text, found a number");
    let field = Field { maximum: Some(2.0), ..Field::required(Schema::Number) };
    assert!(fits_field(&field, &Value::Int(3)).is_err());
}
