//! The pool: many jobs, few children, and what becomes of them.

use std::collections::HashSet;
use std::time::Duration;

use codex32_model::Value;
use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language::{JavaScript, Python, TypeScript};
use codex32_sandbox::{Limits, Options, Pool};

use crate::{fails, job, pool, run, value};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_jobs_sixteen_at_a_time() {
    let pool = pool(3);
    let mut jobs = tokio::task::JoinSet::new();
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(16));
    for number in 0..200 {
        let (pool, gate) = (pool.clone(), std::sync::Arc::clone(&gate));
        jobs.spawn(async move {
            let _open = gate.acquire().await;
            let code = match number % 4 {
                0 => format!("return {number} * 2"),
                1 => format!("const n: number = {number}; return n * 2"),
                2 => format!("throw new Error('{number}')"),
                _ => format!("return {number} * 2"),
            };
            let language = [JavaScript, TypeScript, JavaScript, Python][number % 4];
            (number, run(&pool, language, &code).await)
        });
    }
    let mut seen = HashSet::new();
    while let Some(result) = jobs.join_next().await {
        let (number, result) = result.expect("no panic");
        seen.insert(number);
        match result {
            Ok(done) => assert_eq!(done.value, Value::from(number * 2)),
            Err(failure) => {
                assert_eq!(number % 4, 2, "{failure:?}");
                assert_eq!(failure.message, format!("Error: {number}"));
            }
        }
    }
    assert_eq!(seen.len(), 200);
}

#[tokio::test]
async fn every_layer_of_defence_is_on() {
    let defences = pool(1).defences().await.expect("a child");
    assert!(defences.limits);
    assert!(!cfg!(target_os = "linux") || defences.seccomp);
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_is_killed_and_its_place_is_free() {
    let pool = pool(1);
    let mut endless = job(JavaScript, "for (;;) {}");
    endless.limits.wall = Duration::from_secs(60);
    let left = tokio::time::timeout(Duration::from_millis(100), pool.run(endless, None)).await;
    assert!(left.is_err());
    assert_eq!(value(&pool, JavaScript, "return 1").await, Value::Int(1));
}

/// The processes that this one has started and that live.
fn children(of: u32) -> Vec<i32> {
    let stat = |dir: std::fs::DirEntry| std::fs::read_to_string(dir.path().join("stat")).ok();
    let dirs = std::fs::read_dir("/proc").expect("/proc");
    dirs.flatten()
        .filter_map(stat)
        .filter_map(|stat| {
            // pid (name) state parent …; the name may hold anything.
            let pid = stat.split(' ').next()?.parse().ok()?;
            let mut rest = stat.rsplit_once(") ")?.1.split(' ');
            let (state, parent) = (rest.next()?, rest.next()?);
            (parent.parse() == Ok(of) && state != "Z").then_some(pid)
        })
        .collect()
}

/// In a process of its own, so that all its children are known.
fn alone(name: &str) {
    let itself = std::env::current_exe().expect("this program");
    let output = std::process::Command::new(itself).args(["--exact", name, "--ignored"]).output();
    let output = output.expect("started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_child_outlives_ordinary_failures_and_is_replaced_when_it_dies() {
    alone("pool::alone_children_live_and_die");
}

#[tokio::test]
#[ignore = "run by a_child_outlives_ordinary_failures_and_is_replaced_when_it_dies"]
async fn alone_children_live_and_die() {
    let pool = pool(1);
    value(&pool, JavaScript, "return 1").await;
    let first = children(std::process::id());
    assert_eq!(first.len(), 1);
    for (language, code) in [
        (JavaScript, "throw new Error('x')"),
        (JavaScript, "const a = []; a.push(a); const f = () => f(); return f()"),
        (JavaScript, "return ("),
        (JavaScript, "return () => 1"),
        (JavaScript, "await new Promise(() => {})"),
        (JavaScript, "return 'x'.repeat(40e6).split('')"),
        (Python, "raise ValueError('x')"),
        (Python, "return ("),
    ] {
        let mut job = job(language, code);
        job.limits =
            Limits { wall: Duration::from_secs(60), memory: 32 << 20, ..Limits::default() };
        pool.run(job, None).await.expect_err(code);
        assert_eq!(children(std::process::id()), first, "after {code}");
    }
    // Killed while idle: the next job does not notice.
    let victim = nix::unistd::Pid::from_raw(first[0]);
    nix::sys::signal::kill(victim, nix::sys::signal::Signal::SIGKILL).expect("killed");
    while children(std::process::id()) == first {
        tokio::task::yield_now().await;
    }
    assert_eq!(value(&pool, JavaScript, "return 2").await, Value::Int(2));
    let second = children(std::process::id());
    assert!(second.len() == 1 && second != first);
    // Grown too large: replaced.
    value(&pool, JavaScript, "return 'x'.repeat(115e6).length").await;
    value(&pool, JavaScript, "return 3").await;
    assert_ne!(children(std::process::id()), second);
    pool.shutdown().await;
    assert_eq!(children(std::process::id()), [] as [i32; 0]);
}

#[test]
fn children_die_with_the_server() {
    use std::io::{BufRead, BufReader};
    let itself = std::env::current_exe().expect("this program");
    let name = "pool::alone_a_server_that_is_killed";
    let mut server = std::process::Command::new(itself)
        .args(["--exact", name, "--ignored", "--nocapture"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    let mut lines = BufReader::new(server.stdout.take().expect("its output")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("busy"))));
    let theirs = children(server.id());
    assert_eq!(theirs.len(), 1);
    server.kill().expect("killed");
    server.wait().expect("ended");
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while std::path::Path::new(&format!("/proc/{}/exe", theirs[0])).read_link().is_ok() {
        assert!(std::time::Instant::now() < deadline, "the child lives on");
        std::thread::yield_now();
    }
}

#[tokio::test]
#[ignore = "run by children_die_with_the_server"]
async fn alone_a_server_that_is_killed() {
    let pool = pool(1);
    value(&pool, JavaScript, "return 1").await;
    let mut endless = job(JavaScript, "for (;;) {}");
    endless.limits.wall = Duration::from_secs(60);
    println!("busy");
    let _ = pool.run(endless, None).await;
}

#[tokio::test]
async fn a_program_that_is_no_child_is_a_clear_failure() {
    for program in ["/nonexistent", "/bin/false", "/bin/ls", "/usr/bin/yes"] {
        let (program, args) = (program.into(), Vec::new());
        let pool = Pool::new(Options { program, args, warm: 1, max_children: 1 });
        assert_eq!(pool.warm_up().await.expect_err("no child").code, codes::UNAVAILABLE);
        for _ in 0..3 {
            let failure = fails(&pool, JavaScript, "return 1").await;
            assert_eq!(failure.code, codes::UNAVAILABLE);
        }
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    let pool = pool(1);
    let failure = fails(&pool, JavaScript, &format!("return {}", "1+".repeat(200_000))).await;
    assert_eq!(failure.code, codes::INPUT);
    let mut large = job(JavaScript, "return inputs.length");
    large.scope = Value::object([("inputs", Value::str("x".repeat(33 << 20)))]);
    assert_eq!(pool.run(large, None).await.expect_err("too large").code, codes::INPUT);
    // What the code does not name is not sent.
    let mut large = job(JavaScript, "return 1");
    large.scope = Value::object([("inputs", Value::str("x".repeat(33 << 20)))]);
    assert_eq!(pool.run(large, None).await.expect("a value").value, Value::Int(1));
    // Large, but not too large.
    let mut large = job(JavaScript, "return inputs.length");
    large.scope = Value::object([("inputs", Value::str("x".repeat(20 << 20)))]);
    assert_eq!(pool.run(large, None).await.expect("a value").value, Value::Int(20 << 20));
}

#[tokio::test]
async fn limits_are_those_of_the_job() {
    let pool = pool(1);
    let code = "return 'x'.repeat(inputs.days * 1e6).length";
    let mut small = job(JavaScript, code);
    small.limits = Limits { memory: 16 << 20, ..Limits::default() };
    assert_eq!(pool.run(small, None).await.expect_err("too much").code, codes::MEMORY);
    assert_eq!(value(&pool, JavaScript, code).await, Value::Int(30_000_000));
    let mut terse = job(JavaScript, "return 'x'.repeat(2000)");
    terse.limits.output = 1000;
    assert_eq!(pool.run(terse, None).await.expect_err("too much").code, codes::OUTPUT);
    let mut quick = job(JavaScript, "for (;;) {}");
    quick.limits =
        Limits { wall: Duration::from_secs(30), cpu: Duration::ZERO, ..Limits::default() };
    assert_eq!(pool.run(quick, None).await.expect_err("too long").code, codes::TIME);
}

#[tokio::test]
async fn after_shutdown_jobs_are_refused() {
    let pool = pool(1);
    value(&pool, JavaScript, "return 1").await;
    pool.shutdown().await;
    assert_eq!(fails(&pool, JavaScript, "return 1").await.code, codes::UNAVAILABLE);
}
