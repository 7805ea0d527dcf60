use super::{Node, build};
use crate::clauses::{Bare, split};
use crate::text::read;

/// The tree as a short text: deeds by their first word.
fn shape(sentence: &str) -> String {
    fn show(nodes: &[Node]) -> String {
        let parts: Vec<String> = nodes
            .iter()
            .map(|node| match node {
                Node::Deed(clause) => {
                    clause.tokens.first().map(|token| token.low.clone()).unwrap_or_default()
                }
                Node::If { then, otherwise, .. } if otherwise.is_empty() => {
                    format!("if({})", show(then))
                }
                Node::If { then, otherwise, .. } => {
                    format!("if({} | {})", show(then), show(otherwise))
                }
                Node::ForEach { body, .. } => format!("each({})", show(body)),
                Node::Parallel(clauses) => format!("parallel[{}]", clauses.len()),
            })
            .collect();
        parts.join(" ")
    }
    show(&build(split(&read(sentence), &[], &Bare)).nodes)
}

#[test]
fn a_leading_condition_governs_its_sentence() {
    assert_eq!(
        shape(
            "get https://a.example, if total is over 5, post it to #a and email b@c.example, otherwise log it. return ok"
        ),
        "get if(post email | log) return"
    );
}

#[test]
fn a_trailing_condition_governs_the_last_deed() {
    assert_eq!(shape("get https://a.example and alert #ops if it is down"), "get if(alert)");
    assert_eq!(shape("alert #ops if total is over 5, otherwise log it"), "if(alert | log)");
}

#[test]
fn chains_nest() {
    assert_eq!(
        shape("if kind is bug post it to #a, else if kind is idea post it to #b, otherwise log it"),
        "if(post | if(post | log))"
    );
}

#[test]
fn a_loop_ends_where_something_is_returned() {
    assert_eq!(
        shape("for each user in the input get https://a.example/{id} and return their names"),
        "each(get) return"
    );
}

#[test]
fn deeds_at_the_same_time() {
    assert_eq!(
        shape("in parallel get https://a.example and post to https://b.example, then return ok"),
        "parallel[2] return"
    );
}
