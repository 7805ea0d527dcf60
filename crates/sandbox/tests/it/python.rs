//! The Python subset.

use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language::Python;

use crate::{fails, json, pool, run, value};

#[tokio::test]
async fn the_text_is_the_body_of_a_function() {
    let pool = pool(1);
    let cases = [
        ("v = inputs[\"list\"]\nreturn sum(v) / len(v)", "2"),
        ("return steps['a']['b'] * 2", r#""é😀é😀""#),
        ("return item + 1", "8"),
        ("item", "null"),
        ("", "null"),
        ("# only words", "null"),
        ("if item > 3:\n    return 'big'\nreturn 'small'", r#""big""#),
        ("def double(x):\n    return x * 2\nreturn [double(x) for x in inputs['list']]", "[6,2,4]"),
        ("return {'a': (1, 2.5, None, True), 3: 'x'}", r#"{"a":[1,2.5,null,true],"3":"x"}"#),
        ("return float('nan')", "null"),
        ("text = '''a\n  b'''\nreturn text", r#""a\n  b""#),
        ("import json\nreturn json.loads('[1]')", "[1]"),
        ("import math\nreturn math.floor(2.7)", "2"),
        ("import re\nreturn re.findall(r'\\d+', 'a1b22')", r#"["1","22"]"#),
        (
            "from datetime import datetime, date\nreturn [datetime.now().isoformat(), str(date.today())]",
            r#"["2026-11-18T11:06:40.123000","2026-11-18"]"#,
        ),
        ("inputs['list'].append(4)\nreturn inputs['list']", "[3,1,2,4]"),
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    return str(e)",
            r#""division by zero""#,
        ),
    ];
    for (code, want) in cases {
        assert_eq!(value(&pool, Python, code).await, json(want), "{code}");
    }
}

#[tokio::test]
async fn prints_are_log_lines() {
    let pool = pool(1);
    let done = run(
        &pool,
        Python,
        "print('a', 1)\nprint('b\\nc', end='')\nprint('d')\nprint('open', end='')",
    )
    .await;
    let lines: Vec<_> = done.expect("a value").logs.into_iter().map(|line| line.message).collect();
    assert_eq!(lines, ["a 1", "b", "cd", "open"]);
}

#[tokio::test]
async fn errors_have_their_place() {
    let pool = pool(1);
    let cases = [
        ("x = 1\ny = x / 0", codes::THREW, "ZeroDivisionError: division by zero", 2, Some(5)),
        ("\nraise ValueError('no')", codes::THREW, "ValueError: no", 2, None),
        ("return missing", codes::THREW, "NameError: name 'missing' is not defined", 1, Some(8)),
        ("x = 1\nreturn x +", codes::SYNTAX, "", 2, None),
        ("def f(:\n  pass", codes::SYNTAX, "", 1, None),
        ("x = [1,\n", codes::SYNTAX, "", 1, None),
        ("import numpy", codes::UNSUPPORTED, "", 1, None),
    ];
    for (code, expected, message, line, column) in cases {
        let failure = fails(&pool, Python, code).await;
        assert_eq!(failure.code, expected, "{code} {failure:?}");
        assert!(message.is_empty() || failure.message == message, "{code} {failure:?}");
        assert_eq!(failure.line, Some(line), "{code} {failure:?}");
        assert!(column.is_none() || failure.column == column, "{code} {failure:?}");
    }
}

#[tokio::test]
async fn what_is_no_data_is_not_returned() {
    let pool = pool(1);
    for (code, part) in [
        ("return {1, 2}", "list("),
        ("return lambda: 1", "not data"),
        ("return 2**80", "str("),
        ("a = []\na.append(a)\nreturn a", "contains itself"),
        ("from datetime import date\nreturn date.today()", "isoformat"),
        ("return {(1, 2): 3}", "keys"),
    ] {
        let failure = fails(&pool, Python, code).await;
        assert_eq!(failure.code, codes::RESULT, "{code} {failure:?}");
        assert!(failure.message.contains(part), "{code} {failure:?}");
    }
}
