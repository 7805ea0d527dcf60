//! Code steps as the server meets them: a pool of real child processes.

#![expect(clippy::panic, reason = "helpers of tests fail by panicking")]

mod chunk;
mod hostile;
mod javascript;
mod network;
mod pool;
mod python;
mod typescript;

use std::time::Duration;

use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language;
use codex32_model::{Code, Timestamp, Value};
use codex32_sandbox::{Done, Failure, Job, Limits, Options, Pool};

pub fn pool(max_children: usize) -> Pool {
    let program = env!("CARGO_BIN_EXE_codex32-sandbox-child").into();
    Pool::new(Options { program, args: Vec::new(), warm: 0, max_children })
}

pub fn json(text: &str) -> Value {
    Value::from_json(text).expect("JSON")
}

pub fn job(language: Language, code: &str) -> Job {
    Job {
        language,
        code: code.to_owned(),
        scope: json(r#"{"inputs":{"days":30,"list":[3,1,2]},"steps":{"a":{"b":"é😀"}},"item":7}"#),
        now: Timestamp::from_millis(1_795_000_000_123),
        seed: [7; 32],
        limits: Limits { wall: Duration::from_secs(20), ..Limits::default() },
        network: Vec::new(),
    }
}

pub async fn run(pool: &Pool, language: Language, code: &str) -> Result<Done, Failure> {
    pool.run(job(language, code), None).await
}

pub async fn value(pool: &Pool, language: Language, code: &str) -> Value {
    match run(pool, language, code).await {
        Ok(done) => done.value,
        Err(failure) => panic!("{code}\n{failure:?}"),
    }
}

pub async fn fails(pool: &Pool, language: Language, code: &str) -> Failure {
    match run(pool, language, code).await {
        Ok(done) => panic!("{code}\ngave {:?}", done.value),
        Err(failure) => failure,
    }
}

/// That it failed with one of `codes`, and that the next job is well.
pub async fn stopped(pool: &Pool, mut job: Job, wall: Duration, expected: &[Code]) -> Failure {
    job.limits.wall = wall;
    let code = job.code.clone();
    let failure = match pool.run(job, None).await {
        Ok(done) => panic!("{code}\ngave {:?}", done.value.to_json().get(..100)),
        Err(failure) => failure,
    };
    assert!(expected.contains(&failure.code), "{code}\n{failure:?}");
    assert_eq!(
        value(pool, Language::JavaScript, "return 1 + 1").await,
        Value::Int(2),
        "after {code}"
    );
    assert_ne!(failure.code, codes::UNAVAILABLE);
    failure
}
