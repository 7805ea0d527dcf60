use reqwest::{StatusCode, Url};

use super::{Problem, Refusal, is_this_machine};
use crate::failure::Exit;

#[test]
fn the_token_file_is_for_this_machine_only() {
    let local = |url: &str| is_this_machine(&Url::parse(url).unwrap());
    assert!(local("http://127.0.0.1:8032/"));
    assert!(local("http://localhost/"));
    assert!(local("http://[::1]:1/"));
    assert!(!local("http://example.com/"));
    assert!(!local("http://127.0.0.1.example.com/"));
    assert!(!local("http://192.168.1.4/"));
}

#[test]
fn a_problem_says_what_happened_and_what_to_do() {
    let problem: Problem = serde_json::from_str(
        r#"{"type":"about:blank","title":"Not found","status":404,"code":"E-API-404",
            "detail":"there is no bot `x`"}"#,
    )
    .unwrap();
    let failure = Refusal::Problem(StatusCode::NOT_FOUND, problem).into_failure();
    assert_eq!(failure.exit, Exit::No);
    assert_eq!(failure.message, "there is no bot `x`");
    assert!(failure.help.is_some_and(|help| help.contains("deleted")));
}

#[test]
fn an_answer_that_is_no_problem_document_still_has_a_message() {
    let failure = Refusal::Problem(StatusCode::BAD_GATEWAY, Problem::default()).into_failure();
    assert!(failure.message.contains("502"), "{}", failure.message);
}
