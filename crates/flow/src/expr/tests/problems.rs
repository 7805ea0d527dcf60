//! What is refused when read, and what fails when evaluated.

use super::*;
use codex32_model::codes::expr as codes;

#[track_caller]
fn refused(source: &str, code: Code, part: &str) -> SyntaxError {
    let error = Expr::parse(source).expect_err(source);
    assert_eq!(error.code, code, "{source}: {error}");
    let all = format!("{} {}", error.message, error.suggestion.clone().unwrap_or_default());
    assert!(all.contains(part), "{source}: {all}");
    assert!(
        error.span.end <= source.chars().count() && error.span.start <= error.span.end,
        "{source}: {:?}",
        error.span
    );
    error
}

#[track_caller]
fn fails(source: &str, code: Code, part: &str) {
    let error = run(source).expect_err(source);
    assert_eq!(error.code, code, "{source}: {error}");
    assert!(error.message.contains(part), "{source}: {}", error.message);
}

#[test]
fn unreadable() {
    for (source, part) in [
        ("", "no expression"),
        ("1 +", "a value"),
        ("(1", "`)`"),
        ("[1, 2", "`,`"),
        ("{a 1}", "`:`"),
        ("'abc", "closing '"),
        ("`abc", "closing `"),
        ("/abc", "closing /"),
        ("1 2", "the end of the expression"),
        ("a..b", "name of a field"),
        ("12abc", "not a number"),
        ("a # b", "`#`"),
        ("daysSince()", "takes 1 argument, not 0"),
        ("round(1, 2, 3)", "takes 1 to 2 arguments"),
        ("/* x", "comment"),
    ] {
        refused(source, codes::SYNTAX, part);
    }
}

#[test]
fn not_part_of_the_language() {
    for (source, part) in [
        ("a = 1", "`==`"),
        ("a += 1", "assign"),
        ("a++", "assign"),
        ("a; b", "statements"),
        ("this.x", "no `this`"),
        ("new Map()", "new Date"),
        ("function () {}", "define"),
        ("await x", "wait"),
        ("a & b", "operator `&`"),
        ("x => x", "list.map"),
        ("a.trim()()", "called"),
        ("[1].map(x => { const y = x; return y })", "statements"),
        ("{a() { return 1 }}", "methods"),
        ("[1].map((...a) => a)", "rest"),
    ] {
        let error = refused(source, codes::UNSUPPORTED, part);
        assert!(error.suggestion.is_some(), "{source}");
    }
}

#[test]
fn unknown_methods_and_functions_name_the_nearest() {
    refused("x.fliter(y => y)", codes::UNKNOWN_METHOD, "`filter`");
    refused("x.push(1)", codes::UNKNOWN_METHOD, "[...list, item]");
    refused("x.toLowercase()", codes::UNKNOWN_METHOD, "`toLowerCase`");
    refused("dayssince(x)", codes::UNKNOWN_FUNCTION, "`daysSince`");
    refused("Math.rond(1)", codes::UNKNOWN_FUNCTION, "`Math.round`");
    refused("Date.now()", codes::UNKNOWN_FUNCTION, "`now`");
    refused("Math.random()", codes::UNKNOWN_FUNCTION, "same value");
    refused("eval('1')", codes::UNKNOWN_FUNCTION, "code");
    refused("[1].map(x => x(1))", codes::UNKNOWN_FUNCTION, "not a function");
    refused("'a'.constructor('b')", codes::UNKNOWN_METHOD, "constructor");
    refused("'a'.includes(x => x)", codes::TYPE, "no function");
}

#[test]
fn patterns_stay_linear() {
    refused("/(a)\\1/.test('aa')", codes::PATTERN, "back-references");
    refused("/a(?=b)/.test('ab')", codes::PATTERN, "look-around");
    refused("/a{1000}{1000}{1000}/.test('a')", codes::PATTERN, "");
    assert_eq!(
        run("/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')").unwrap(),
        Value::Bool(false)
    );
}

#[test]
fn null_is_named() {
    fails("inputs.none.x", codes::NULL, "`inputs.none` is null, so it has no field `x`");
    fails("steps.skipped.body.items", codes::NULL, "`steps.skipped` is null");
    fails("inputs.none.map(x => x)", codes::NULL, "`.map` cannot be called");
    fails("inputs.none * 2", codes::NULL, "`inputs.none` is null, where a number is needed");
    fails("inputs.orders.reduce((sum, o) => sum + o.total, 0)", codes::NULL, "`o.total` is null");
    fails("event.data", codes::NULL, "`event` is null");
    let error = run("1 + inputs.none.x").unwrap_err();
    assert_eq!(error.span, 4..17);
}

#[test]
fn wrong_types_are_named() {
    fails(
        "inputs.name.map(x => x)",
        codes::WRONG_TYPE,
        "`map` is a method of lists, but `inputs.name` is the text \"Ada\"",
    );
    fails("inputs.list * 2", codes::WRONG_TYPE, "a list of 3");
    fails("'12,50' * 2", codes::WRONG_TYPE, "\"12,50\"");
    fails("[...invoice]", codes::WRONG_TYPE, "a list");
    fails("sum([1, 'x'])", codes::WRONG_TYPE, "`sum` needs numbers");
    fails("addDays('soon', 1)", codes::DATE, "needs a date");
    fails("daysSince(null)", codes::NULL, "needs a date");
    fails("parseJson('{')", codes::BAD_ARGUMENT, "not JSON");
    fails("'a'.repeat(-1)", codes::BAD_ARGUMENT, "repeat");
    fails("(1).toFixed(101)", codes::BAD_ARGUMENT, "0 to 100");
    fails("formatDate(now, 'YYYY', 'Mars/Base')", codes::BAD_ARGUMENT, "time zone");
    fails("parseDate('x', 'YYYY')", codes::DATE, "cannot read");
    fails("nobody.x", codes::UNKNOWN_NAME, "`nobody`");
    fails("[].reduce((a, b) => a)", codes::BAD_ARGUMENT, "first value");
    fails("[null].map(({a}) => a)", codes::NULL, "takes an object apart");
}
