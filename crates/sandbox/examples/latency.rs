//! How long a job takes, from the server's side: `cargo run --release --example latency`.
//!
//! The program is its own child, as the product's binary is.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use codex32_model::definition::Language::{self, JavaScript, Python, TypeScript};
use codex32_model::{Timestamp, Value};
use codex32_sandbox::{Job, Limits, Options, Pool};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("child") {
        return codex32_sandbox::child_main();
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match (runtime, std::env::current_exe()) {
        (Ok(runtime), Ok(program)) => runtime.block_on(measure(Pool::new(Options {
            program,
            args: vec![OsString::from("child")],
            warm: 2,
            max_children: 2,
        }))),
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

async fn measure(pool: Pool) {
    let begun = Instant::now();
    let started = pool.warm_up().await;
    eprintln!("two children started in {:?} {started:?}", begun.elapsed());
    let small = r#"{"inputs":{"days":30},"steps":{"a":[1,2,3]}}"#;
    let rows: Vec<String> =
        (0..20_000).map(|i| format!(r#"{{"id":{i},"name":"name {i}","total":{i}.5}}"#)).collect();
    let large = format!(r#"{{"inputs":{{"rows":[{}]}}}}"#, rows.join(","));
    let cases: [(&str, Language, &str, &str, u32); 5] = [
        ("JavaScript, small", JavaScript, "return inputs.days * 2", small, 2_000),
        (
            "TypeScript, small",
            TypeScript,
            "const n: number = inputs.days; return n * 2",
            small,
            2_000,
        ),
        ("Python, small", Python, "return inputs['days'] * 2", small, 2_000),
        ("JavaScript, 1 MB in", JavaScript, "return inputs.rows.length", &large, 50),
        (
            "JavaScript, 1 MB in and out",
            JavaScript,
            "return inputs.rows.map(r => ({ ...r, x: 1 }))",
            &large,
            50,
        ),
    ];
    for (name, language, code, scope, times) in cases {
        let Ok(scope) = Value::from_json(scope) else { return };
        let job = Job {
            language,
            code: code.to_owned(),
            scope,
            now: Timestamp::EPOCH,
            seed: [0; 32],
            limits: Limits::default(),
            network: Vec::new(),
        };
        let mut each = Vec::new();
        for _ in 0..times {
            let begun = Instant::now();
            let done = pool.run(job.clone(), None).await;
            each.push(begun.elapsed());
            if let Err(failure) = done {
                eprintln!("{name}: {failure:?}");
            }
        }
        each.sort_unstable();
        let mean = each.iter().sum::<Duration>() / times;
        let (median, last) = (each[each.len() / 2], each[each.len() * 99 / 100]);
        eprintln!("{name:30} median {median:>10.1?}  p99 {last:>10.1?}  mean {mean:>10.1?}");
    }
    for (name, language, code) in [
        (
            "JavaScript, endless growth",
            JavaScript,
            "const a = []; for (;;) a.push('x'.repeat(1e6) + a.length)",
        ),
        ("Python, endless growth", Python, "a = []\nwhile True:\n  a.append('x' * 100000)"),
        ("Python, endless doubling", Python, "a = [0]\nwhile True:\n  a = a + a"),
    ] {
        let (code, limits) = (code.to_owned(), Limits::default());
        let (scope, now, seed) = (Value::object::<&str>([]), Timestamp::EPOCH, [0; 32]);
        let begun = Instant::now();
        let job = Job { language, code, scope, now, seed, limits, network: Vec::new() };
        let ended = pool.run(job, None).await.map(|_| ()).map_err(|failure| failure.message);
        eprintln!("{name:30} {:>10.1?}  {ended:?}", begun.elapsed());
    }
    pool.shutdown().await;
}
