use super::*;

#[test]
fn reads_a_path() {
    assert_eq!(
        Expr::parse("inputs.total * 2 > 100").unwrap().references()[0].key.as_deref(),
        Some("total")
    );
}
