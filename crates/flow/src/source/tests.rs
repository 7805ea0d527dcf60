use super::*;

fn yaml(text: &str) -> String {
    match read(text, &Limits::default()) {
        Ok(node) => node.to_value().to_json(),
        Err(error) => format!(
            "{} {}:{} {}{}",
            error.code,
            error.place.line,
            error.place.column,
            error.message,
            error.suggestion.map_or(String::new(), |hint| format!(" => {hint}"))
        ),
    }
}

#[test]
fn the_core_schema_decides_what_a_plain_scalar_is() {
    let cases = [
        ("yes", r#""yes""#),
        ("no", r#""no""#),
        ("on", r#""on""#),
        ("true", "true"),
        ("False", "false"),
        ("null", "null"),
        ("~", "null"),
        ("", "null"),
        ("0o17", "15"),
        ("017", "17"),
        ("0x1f", "31"),
        ("+12", "12"),
        ("-7", "-7"),
        ("1_000", r#""1_000""#),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("1.", "1"),
        (".", r#"".""#),
        ("-", "[null]"),
        ("1.5e-3", "0.0015"),
        ("1e999", r#""1e999""#),
        ("9223372036854775807", "9223372036854775807"),
        ("2027-01-05", r#""2027-01-05""#),
        ("12:30:45", r#""12:30:45""#),
        ("'12'", r#""12""#),
        ("\"a\\u00e9\"", r#""aé""#),
        ("a # b", r#""a""#),
        ("a#b", r##""a#b""##),
    ];
    for (text, value) in cases {
        assert_eq!(yaml(text), value, "{text}");
    }
}

#[test]
fn json_is_read_exactly() {
    let cases = [
        (
            r#"{"a": [1, 2.5, -3e2, true, null, "x\n\u00e9\ud83d\ude00\/"]}"#,
            "{\"a\":[1,2.5,-300,true,null,\"x\\né😀/\"]}",
        ),
        ("[]", "[]"),
        (" {\n} ", "{}"),
        ("\u{feff}[1]", "[1]"),
    ];
    for (text, value) in cases {
        assert_eq!(yaml(text), value, "{text}");
    }
}

#[test]
fn broken_texts_say_where_and_what_to_do() {
    let cases = [
        "a: [1, 2",
        "a: \"b",
        "a:\n\t- b",
        "a: b: c",
        "a: &x 1\nb: *x",
        "b: *x",
        "a: !!binary aGk=",
        "a: 1\nb: 2\na: 3",
        "base: {a: 1}\nderived:\n  <<: {a: 2}",
        "a: .inf",
        "a: {{ x }}",
        "a: {{ x.filter(i => i > 2) }}",
        "steps:\n  - set: {{ a }} and {{ b }}",
        "a: {{ \"x\" + y }}",
        "- { text: hi {{ x }} }",
        "a: {{ steps.a[0] }}",
        "a: {b: {{ x }}}",
        "? [a]\n: b",
        "a: 1\n---\nb: 2",
        "{\"a\": 1,}",
        "{\"a\": 1, \"a\": 2}",
        "{\"a\": \"b}",
        "{\"a\": 01}",
        "{\"a\": \"\\x\"}",
        "{\"a\": \"\\ud83d\"}",
        "[1, 2",
        "[1] 2",
        "{\"a\": nope}",
        "a: b\u{0}c",
        "a\n b: c",
    ];
    let told: String = cases.iter().map(|text| format!("{text:?}\n  {}\n", yaml(text))).collect();
    insta::assert_snapshot!(told);
}

#[test]
fn doubtful_texts_get_a_warning() {
    let tree = tree(
        "channel: #finance\nzip: 01234\nempty:   # a comment\nfine: \"#x\"\ntext: Tell #all of it\nalso: fine # so\n",
        &Limits::default(),
    );
    let told: Vec<_> = tree
        .unwrap()
        .diagnostics
        .into_iter()
        .map(|d| {
            format!(
                "{} {}:{} {}",
                d.code,
                d.place.line,
                d.place.column,
                d.suggestion.unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "E-BOT-008 1:1 channel: \"#finance\"",
            "E-BOT-009 2:6 \"01234\" keeps it as a text",
            "E-BOT-008 5:11 put quotes around it: \"Tell #all of it\""
        ]
    );
}

#[test]
fn size_depth_and_number_of_values_are_bounded() {
    let code = |text: &str| tree(text, &Limits::default()).unwrap_err().code.text;
    assert_eq!(code(&"[".repeat(1 << 20)), "E-BOT-002");
    assert_eq!(code(&"[".repeat(2 << 20)), "E-BOT-002");
    assert_eq!(code(&format!("a: {}", "[".repeat(1000))), "E-BOT-002");
    assert_eq!(code(&"- ".repeat(200_000)), "E-BOT-002");
    assert_eq!(code(&format!("[{}1]", "1,".repeat(200_001))), "E-BOT-002");
    assert_eq!(code(&"- 1\n".repeat(200_001)), "E-BOT-002");
    assert_eq!(code(&"{\"a\":".repeat(100_000)), "E-BOT-002");
}

#[test]
fn bytes_that_are_not_text_are_refused_with_their_place() {
    let at = |bytes: &[u8]| {
        let error = text(bytes).unwrap_err();
        (error.code.text, error.place.line, error.place.column)
    };
    assert_eq!(at(b"a: b\n\xc3\xa9x\xff"), ("E-BOT-006", 2, 3));
    assert_eq!(at(b"\xff\xfea\0"), ("E-BOT-006", 1, 1));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let plain = "bot: a\nsteps:\n  - code: |\n      x\n      y\n";
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    assert_eq!(yaml(plain), yaml(&windows));
    let node = read(&windows, &Limits::default()).unwrap();
    let first = &node.get("steps").unwrap().kind;
    let Kind::List(items) = first else { panic!() };
    assert_eq!(items[0].at, Position { line: 3, column: 5 });
}
