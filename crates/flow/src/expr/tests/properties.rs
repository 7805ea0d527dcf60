//! For any text and any value.

use proptest::prelude::*;

use super::*;

/// Pieces that make expressions, put together at random.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "1",
        "2.5",
        "'a'",
        "inputs",
        ".total",
        "steps.first",
        "now",
        "null",
        "true",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ",",
        ":",
        "?",
        "?.",
        "??",
        "+",
        "-",
        "*",
        "/",
        "%",
        "**",
        "==",
        "<",
        ">=",
        "&&",
        "||",
        "!",
        "=>",
        "x",
        "...",
        "`",
        "${",
        "}",
        ".map(",
        ".filter(x => x)",
        ".sort()",
        ".reduce((a, b) => a + b, 0)",
        "[0]",
        ".length",
        "range(3)",
        "sum(",
        "Math.max(",
        "JSON.stringify(",
        "new Date(",
        "typeof ",
        " in ",
        "/a/g",
        ".replace(",
        "'x'.repeat(",
        "parseJson(",
        "sortBy(",
        "unique(",
        "{a: 1}",
        "[1, 2]",
        "inputs.list",
        "inputs.orders",
        ".split('')",
        ".join(',')",
        ".slice(1)",
        ".toFixed(2)",
        "formatDate(",
        "daysSince(",
        "'2027-01-01'",
        "-1",
        "1e9",
    ]);
    prop::collection::vec(pieces, 1..16).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-(1_i64 << 53)..(1 << 53)).prop_map(Value::Int),
        any::<f64>().prop_map(Value::number),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..6).prop_map(Value::object),
        ]
    })
}

fn small_budget(source: &str) {
    if let Ok(expr) = Expr::parse(source) {
        let mut budget = Budget::new(20_000, 1 << 20);
        let first = eval(&expr, &scope(), &mut budget);
        assert!(budget.fuel_left() <= 20_000 && budget.memory_left() <= 1 << 20);
        if let Ok(value) = &first {
            assert!(value.weight() <= 1 << 20 || expr.references().len() == 1, "{source}");
        }
        // The same again.
        assert_eq!(first, eval(&expr, &scope(), &mut Budget::new(20_000, 1 << 20)), "{source}");
        let outside =
            expr.references().iter().all(|found| found.span.end <= expr.source().chars().count());
        assert!(outside, "{source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        small_budget(&text);
        drop(Template::parse(&text));
        drop(Template::parse(&format!("{{{{{text}}}}}")));
    }

    #[test]
    fn any_soup_of_pieces_is_harmless(text in soup()) {
        small_budget(&text);
    }

    #[test]
    fn json_is_an_expression_and_comes_back(value in value()) {
        let json = value.to_json();
        let read = run(&json).unwrap();
        prop_assert_eq!(&read, &value);
        let budget = &mut Budget::default();
        let text = eval(&Expr::parse(&format!("toJson({json})")).unwrap(), &scope(), budget).unwrap();
        prop_assert_eq!(Value::from_json(text.as_str().unwrap()).unwrap(), value);
    }

    #[test]
    fn sorting_sorts(items in prop::collection::vec(-100_i64..100, 0..60)) {
        let list = Value::from(items.iter().copied().map(Value::Int).collect::<Vec<_>>());
        let sorted = run(&format!("{}.sort((a, b) => a - b)", list.to_json())).unwrap();
        let mut expected = items;
        expected.sort_unstable();
        prop_assert_eq!(sorted, Value::from(expected.into_iter().map(Value::Int).collect::<Vec<_>>()));
    }

    #[test]
    fn nearest_finds_one_wrong_letter(name in "[a-z]{5,12}", at in 0_usize..5, letter in "[a-z]") {
        let mut wrong = name.clone();
        wrong.replace_range(at..=at, &letter);
        if wrong != name {
            prop_assert_eq!(nearest(&wrong, [name.as_str()].into_iter()), Some(name.as_str()));
        }
    }
}
