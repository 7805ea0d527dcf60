//! Ordinary JavaScript: values in, value out, logs, errors with their place.

use codex32_model::Value;
use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language::{self, JavaScript};
use codex32_model::fact::LogLevel::{Debug, Error, Info, Warn};

use crate::{fails, job, json, pool, run, value};

#[tokio::test]
async fn the_text_is_the_body_of_a_function() {
    let pool = pool(1);
    let cases = [
        ("return inputs.days * 2", "60"),
        ("return steps.a.b + item", r#""é😀7""#),
        ("const inputs = 5; return inputs", "5"),
        ("", "null"),
        ("return", "null"),
        ("// only words", "null"),
        ("return [1, undefined, NaN, Infinity, -0, { a: undefined }]", "[1,null,null,null,0,{}]"),
        ("return new Date(0)", r#""1970-01-01T00:00:00.000Z""#),
        ("return await Promise.all([1, Promise.resolve(2)])", "[1,2]"),
        ("return (async () => 3)()", "3"),
        ("return typeof this", r#""undefined""#),
        ("return '\\ud800 \\\\ud800 😀 \\u2028'", "\"\u{fffd} \\\\ud800 😀 \u{2028}\""),
        ("return { 'é': 1, __proto__: null, 2: 3 }", r#"{"2":3,"é":1}"#),
        ("return 9007199254740993", "9007199254740992"),
        ("return 1e300", "1e300"),
        ("return inputs.list.toSorted()", "[1,2,3]"),
        (
            "return Object.groupBy([1, 2, 3], (n) => n % 2 ? 'odd' : 'even')",
            r#"{"odd":[1,3],"even":[2]}"#,
        ),
        ("if (inputs.days > 10) { return 'late' }\nreturn 'early'", r#""late""#),
    ];
    for (code, want) in cases {
        assert_eq!(value(&pool, JavaScript, code).await, json(want), "{code}");
    }
}

#[tokio::test]
async fn what_the_code_sees_cannot_be_changed() {
    let pool = pool(1);
    for code in [
        "inputs.days = 1",
        "inputs.list.push(1)",
        "steps.a.b = 1",
        "inputs = {}",
        "delete steps.a",
        "inputs.list.sort()",
    ] {
        let failure = fails(&pool, JavaScript, code).await;
        assert_eq!(failure.code, codes::THREW, "{code}");
        assert!(failure.message.starts_with("TypeError: "), "{failure:?}");
    }
}

#[tokio::test]
async fn time_stands_still_and_chance_repeats() {
    let pool = pool(2);
    let code = "const a = Date.now(); for (let i = 0; i < 1e5; i++); \
        return [a, Date.now(), new Date().toISOString(), +new Date(0), new Date(2020, 0).toString(), \
        Date().slice(0, 15), new Date() instanceof Date, new Date().constructor === Date, Date.UTC(1970), Date.name, Date.length]";
    let want = r#"[1795000000123,1795000000123,"2026-11-18T11:06:40.123Z",0,"Wed Jan 01 2020 00:00:00 GMT+0000 (UTC)","Wed Nov 18 2026",true,true,0,"Date",7]"#;
    let found = value(&pool, JavaScript, code).await;
    // How QuickJS spells the zone's name is its own affair.
    assert_eq!(
        found.to_json().replace(" (UTC0)", " (UTC)").replace("GMT+0000\"", "GMT+0000 (UTC)\""),
        json(want).to_json()
    );

    let code = "return Array.from({ length: 50 }, Math.random)";
    let first = value(&pool, JavaScript, code).await;
    assert_eq!(first, value(&pool, JavaScript, code).await);
    let mut other = job(JavaScript, code);
    other.seed = [8; 32];
    let other = pool.run(other, None).await.expect("a value").value;
    assert_ne!(first, other);
    let numbers = first.as_list().expect("a list");
    assert!(numbers.iter().all(|n| n.as_f64().is_some_and(|n| (0.0..1.0).contains(&n))));
    let mean = numbers.iter().filter_map(Value::as_f64).sum::<f64>() / 50.0;
    assert!((0.3..0.7).contains(&mean), "{mean}");
}

#[tokio::test]
async fn the_log_is_kept_also_when_the_code_fails() {
    let pool = pool(1);
    let code = "console.log('a', 1, { b: [2] }, null, undefined); console.debug('d'); \
        console.info('i'); console.warn('w', () => 1); console.error(new Error('e')); throw new Error('x')";
    let logs = run(&pool, JavaScript, code).await.expect_err("an error").logs;
    let levels: Vec<_> = logs.iter().map(|line| line.level).collect();
    assert_eq!(levels, [Info, Debug, Info, Warn, Error]);
    assert_eq!(logs[0].message, r#"a 1 {"b":[2]} null undefined"#);
    assert_eq!(logs[3].message, "w [function ]");
    assert!(logs[4].message.starts_with("Error: e"), "{:?}", logs[4]);

    let mut endless = job(JavaScript, "console.log('begun'); for (;;) {}");
    endless.limits.wall = std::time::Duration::from_millis(200);
    let failure = pool.run(endless, None).await.expect_err("an error");
    assert_eq!(failure.code, codes::TIME);
    assert_eq!(failure.logs[0].message, "begun");
}

#[tokio::test]
async fn errors_have_their_place() {
    let pool = pool(1);
    let cases = [
        ("throw new Error('boom')", codes::THREW, "Error: boom", 1, 11),
        ("\n\n  null.x", codes::THREW, "TypeError: cannot read property 'x' of null", 3, 3),
        (
            "const f = () => {\n  throw new RangeError('r')\n}\nf()",
            codes::THREW,
            "RangeError: r",
            2,
            13,
        ),
        ("await 1\nthrow new Error('later')", codes::THREW, "Error: later", 2, 11),
        ("missing", codes::THREW, "ReferenceError: missing is not defined", 1, 1),
        ("let a = 1\nlet a = 2", codes::SYNTAX, "", 2, 5),
        ("return 1 +", codes::SYNTAX, "", 1, 11),
        ("}); globalThis.x = 1; (function () {", codes::SYNTAX, "", 1, 1),
        ("import fs from 'fs'", codes::UNSUPPORTED, "", 1, 1),
    ];
    for (code, expected, message, line, column) in cases {
        let failure = fails(&pool, JavaScript, code).await;
        assert_eq!(failure.code, expected, "{code} {failure:?}");
        assert!(message.is_empty() || failure.message == message, "{failure:?}");
        let place = (failure.line, failure.column);
        assert_eq!(place, (Some(line), Some(column)), "{code} {failure:?}");
    }
    // The interpreter does not know where in the function this is: no place, rather than a wrong one.
    let failure = fails(&pool, JavaScript, "const a = {}\nconst { b: { c } } = a").await;
    assert_eq!((failure.line, failure.column), (None, None));
    let failure = fails(&pool, JavaScript, "throw { code: 7 }").await;
    assert_eq!(failure.message, r#"{"code":7}"#);
    let failure = fails(&pool, JavaScript, "throw new Error('x'.repeat(1e6))").await;
    assert_eq!(failure.message.chars().count(), 2_001);
}

#[tokio::test]
async fn checking_reads_without_running() {
    let pool = pool(1);
    for (language, code) in [
        (JavaScript, "for (;;) {}"),
        (Language::TypeScript, "const a: number = await 1; return a"),
        (Language::Python, "while True:\n  pass"),
    ] {
        pool.check(language, code).await.unwrap_or_else(|failure| panic!("{code} {failure:?}"));
    }
    let failure = pool.check(JavaScript, "let a\nlet a").await.expect_err("an error");
    assert_eq!((failure.code, failure.line, failure.column), (codes::SYNTAX, Some(2), Some(5)));
    let failure = pool.check(Language::TypeScript, "\n enum E {}").await.expect_err("an error");
    assert_eq!(
        (failure.code, failure.line, failure.column),
        (codes::UNSUPPORTED, Some(2), Some(2))
    );
    let failure = pool.check(Language::Python, "x = 1\nreturn (").await.expect_err("an error");
    assert_eq!((failure.code, failure.line), (codes::SYNTAX, Some(2)));
    assert_eq!(failure.to_step_error().code, "E-CODE-001");
}
