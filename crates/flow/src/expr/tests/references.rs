//! Which names of the scope an expression uses.

use super::*;

fn of(source: &str) -> Vec<(String, Option<String>)> {
    let expr = Expr::parse(source).unwrap();
    expr.references().iter().map(|found| (found.root.clone(), found.key.clone())).collect()
}

fn named(pairs: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    pairs.iter().map(|(root, key)| ((*root).to_owned(), key.map(str::to_owned))).collect()
}

#[test]
fn roots_and_keys() {
    assert_eq!(
        of("steps.late.length > inputs.days"),
        named(&[("steps", Some("late")), ("inputs", Some("days"))])
    );
    assert_eq!(of("steps['late']"), named(&[("steps", Some("late"))]));
    assert_eq!(of("steps?.late"), named(&[("steps", Some("late"))]));
    assert_eq!(of("steps[inputs.which]"), named(&[("steps", None), ("inputs", Some("which"))]));
    assert_eq!(of("steps"), named(&[("steps", None)]));
    assert_eq!(
        of("steps.a.map(steps => steps.x + item.y)"),
        named(&[("steps", Some("a")), ("item", Some("y"))])
    );
    assert_eq!(of("{invoice, n: 1}"), named(&[("invoice", None)]));
    assert_eq!(of("`${env.HOST}`"), named(&[("env", Some("HOST"))]));
    assert_eq!(of("daysSince(invoice.due)"), named(&[("invoice", Some("due")), ("now", None)]));
    assert_eq!(of("[1].map(round)"), named(&[]));
    assert_eq!(
        of("first.x + first(inputs.list)"),
        named(&[("first", Some("x")), ("inputs", Some("list"))])
    );
}

#[test]
fn spans_count_characters() {
    let expr = Expr::parse("  'é' + steps.late.x").unwrap();
    assert_eq!(expr.source(), "'é' + steps.late.x");
    assert_eq!(expr.offset(), 2);
    assert_eq!(expr.references()[0].span, 6..16);
}
