//! The author as its callers meet it: sentences in, drafts out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, too")]

mod answers;
mod bad_input;
mod cases;
mod drafts;
mod manners;
mod properties;
mod times;

use codex32_author::{Draft, Request, draft};
use indexmap::IndexMap;

fn request<'a>(sentence: &'a str, answers: &[(String, String)]) -> Request<'a> {
    Request {
        sentence,
        answers: answers.iter().cloned().collect::<IndexMap<_, _>>(),
        catalogue: codex32_connectors::builtin(),
        zone: "Europe/Berlin",
        connections: &[],
        now: None,
    }
}

fn drafted(sentence: &str) -> Draft {
    draft(&request(sentence, &[]))
}
