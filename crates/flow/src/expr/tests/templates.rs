//! Texts and values with `{{ … }}`.

use super::*;
use codex32_model::codes::expr as codes;

fn give(text: &str) -> Value {
    Template::parse(text).unwrap().eval(&scope(), &mut Budget::default()).unwrap()
}

#[test]
fn whole_keeps_its_type_and_mixed_becomes_text() {
    assert_eq!(give("plain"), Value::str("plain"));
    assert_eq!(give("{{ inputs.total }}"), Value::Int(120));
    assert_eq!(give("{{ inputs.list }}\n"), Value::from_json("[3,1,2]").unwrap());
    assert_eq!(
        give("Total {{ inputs.total }} for {{inputs.name}}"),
        Value::str("Total 120 for Ada")
    );
    assert_eq!(
        give("[{{ inputs.none }}] {{ inputs.list }} {{ {a: 1} }}"),
        Value::str("[] [3,1,2] {\"a\":1}")
    );
    assert_eq!(give("{{ '}}' + '{{' }}"), Value::str("}}{{"));
    assert_eq!(give("{{ {a: {b: 1}} }}"), Value::from_json(r#"{"a":{"b":1}}"#).unwrap());
    assert_eq!(give("{{ {a: {b: 1}}.a.b }}{{`${1}`}}"), Value::str("11"));
    assert_eq!(give("a }} b { c"), Value::str("a }} b { c"));
    assert_eq!(give("write {{ '{{' }} x }}"), Value::str("write {{ x }}"));
}

#[test]
fn errors_carry_their_place() {
    let open = Template::parse("é {{ inputs.total").unwrap_err();
    assert_eq!((open.code, open.span), (codes::UNCLOSED, 2..4));
    let wrong = Template::parse("é {{ inputs. }} {{ x }}").unwrap_err();
    assert_eq!((wrong.code, wrong.span), (codes::SYNTAX, 13..14));
    let empty = Template::parse("{{ }}").unwrap_err();
    assert_eq!(empty.code, codes::SYNTAX);
    let unknown = Template::parse("x {{ inputs.list.fliter(x => x) }}").unwrap_err();
    assert_eq!((unknown.code, unknown.span), (codes::UNKNOWN_METHOD, 17..23));
}

#[test]
fn whole_expressions() {
    assert_eq!(parse_whole("{{ inputs.total > 1 }}").unwrap().source(), "inputs.total > 1");
    let bare = parse_whole("inputs.total > 1").unwrap_err();
    assert_eq!(bare.code, codes::NOT_WHOLE);
    assert_eq!(bare.suggestion.as_deref(), Some("{{ inputs.total > 1 }}"));
    assert_eq!(parse_whole("{{ a }} and {{ b }}").unwrap_err().code, codes::NOT_WHOLE);
    assert_eq!(parse_whole("{{ a }").unwrap_err().code, codes::UNCLOSED);
}

#[test]
fn values_are_compiled_once() {
    let value = Value::from_json(
        r#"{"text": "Hi {{ inputs.name }}", "n": "{{ inputs.total }}", "{{k}}": [1, "{{ steps.first.body }}", "a"], "c": {"d": ["{{ 1 }}"]}}"#,
    )
    .unwrap();
    let compiled = Compiled::compile(&value).unwrap();
    let given = compiled.eval(&scope(), &mut Budget::default()).unwrap();
    let expected =
        r#"{"text":"Hi Ada","n":120,"{{k}}":[1,{"items":[{"n":1},{"n":2}]},"a"],"c":{"d":[1]}}"#;
    assert_eq!(given, Value::from_json(expected).unwrap());
    let paths: Vec<_> = compiled.exprs().into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["text", "n", "{{k}}[1]"]);
    assert_eq!(compiled.references().count(), 3);

    let constant = Compiled::compile(&Value::from_json(r#"{"a": [1, "x"]}"#).unwrap()).unwrap();
    assert!(constant.constant().is_some());

    let broken = Value::from_json(r#"{"query": {"status": ["ok", "{{ 1 + }}"]}}"#).unwrap();
    let error = Compiled::compile(&broken).unwrap_err();
    assert_eq!((error.path.as_str(), error.error.code), ("query.status[1]", codes::SYNTAX));
}
