//! Code that means harm: none of it reaches the server or the next job.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::{Duration, Instant};

use codex32_model::Value;
use codex32_model::codes::sandbox::{CRASHED, MEMORY, OUTPUT, PENDING, RESULT, THREW, TIME};
use codex32_model::definition::Language::{JavaScript, Python};

use crate::{fails, job, json, pool, run, stopped, value};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn loops_that_do_not_end() {
    let pool = pool(1);
    for code in [
        "for (;;) {}",
        "while (true) { try { for (;;) {} } catch {} }",
        "const f = () => Promise.resolve().then(f); await f(); await new Promise(() => {})",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "return { toJSON() { for (;;) {} } }",
        "return { get a() { for (;;) {} } }",
        "throw { toJSON() { for (;;) {} } }",
        "class E extends Error { get name() { for (;;) {} } }; throw new E()",
        // Runs for half a minute inside one call that looks at no clock.
        "return new Array(300_000_000) + ''",
    ] {
        let begun = Instant::now();
        stopped(&pool, job(JavaScript, code), SHORT, &[TIME, MEMORY]).await;
        assert!(begun.elapsed() < Duration::from_secs(20), "{code} took {:?}", begun.elapsed());
    }
    for code in ["while True:\n  pass", "x = 0\nfor i in range(10**12):\n  x += i\nreturn x"] {
        stopped(&pool, job(Python, code), SHORT, &[TIME]).await;
    }
}

#[tokio::test]
async fn memory_bombs() {
    let pool = pool(1);
    for code in [
        "let s = 'x'; for (;;) s += s",
        "const a = []; for (;;) a.push([1].concat(a))",
        "const a = []; for (;;) a.push(new Array(1000).fill(1))",
        "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))",
        "const a = []; for (;;) { const b = a.length; a.push(() => b) }",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })",
        "return 'x'.repeat(1 << 29)",
        "return new ArrayBuffer(1 << 30).byteLength",
        "let a = []; for (;;) { try { a.push('x'.repeat(1e6) + a.length) } catch { a.push(1) } }",
    ] {
        stopped(&pool, job(JavaScript, code), LONG, &[MEMORY]).await;
    }
    for code in [
        "a = [0]\nwhile True:\n  a = a + a",
        "s = 'x'\nwhile True:\n  s += s",
        "return 'x' * 10**12",
        "return 9**9**9",
        "return [0] * 10**11",
        "d = {}\ni = 0\nwhile True:\n  d[i] = [i]\n  i += 1",
    ] {
        stopped(&pool, job(Python, code), LONG, &[MEMORY]).await;
    }
}

#[tokio::test]
async fn depth_without_end() {
    let pool = pool(1);
    let nested = format!("return {}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let brackets = format!("return {}1{}", "(".repeat(50_000), ")".repeat(50_000));
    for code in [
        "const f = () => f() + 1; return f()",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a",
        "let a = {}; for (let i = 0; i < 300; i++) a = { a }; return a",
        "return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))",
        "return new RegExp('('.repeat(1e5) + ')'.repeat(1e5))",
        "return eval('('.repeat(1e6))",
        &nested,
        &brackets,
    ] {
        let failure = fails(&pool, JavaScript, code).await;
        assert!([THREW, RESULT, OUTPUT, CRASHED].contains(&failure.code), "{failure:?}");
        assert_eq!(value(&pool, JavaScript, "return 1").await, Value::Int(1));
    }
    for code in [
        "def f():\n  return f()\nreturn f()",
        "a = []\nfor i in range(100000):\n  a = [a]\nreturn a",
        &nested,
    ] {
        fails(&pool, Python, code).await;
        assert_eq!(value(&pool, JavaScript, "return 1").await, Value::Int(1));
    }
}

#[tokio::test]
async fn too_much_output_and_too_many_logs() {
    let pool = pool(1);
    let failure = fails(&pool, JavaScript, "return 'x'.repeat(5 << 20)").await;
    assert_eq!(failure.code, OUTPUT);
    let failure = fails(&pool, Python, "return 'x' * (5 * 2**20)").await;
    assert_eq!(failure.code, OUTPUT);

    let code = "for (let i = 0; i < 1e5; i++) console.log('line ' + i); return 1";
    let logs = run(&pool, JavaScript, code).await.expect("a value").logs;
    assert_eq!(logs.len(), 1_000);
    assert!(logs[999].message.contains("the log is full"), "{:?}", logs[999]);
    let logs = run(&pool, JavaScript, "console.log('é'.repeat(1e6)); console.log('more')").await;
    let logs = logs.expect("a value").logs;
    assert_eq!(logs.len(), 2, "the line cut short, and the note");
    assert!(logs[0].message.len() <= 64 << 10 && logs[0].message.len() > 60 << 10);
}

#[tokio::test]
async fn nothing_of_the_system_is_there() {
    let pool = pool(1);
    let names = [
        "process",
        "require",
        "module",
        "fetch",
        "setTimeout",
        "setInterval",
        "std",
        "os",
        "Deno",
        "Bun",
        "XMLHttpRequest",
        "WebSocket",
        "performance",
        "scriptArgs",
        "print",
        "WeakRef",
    ];
    for name in names {
        let code = format!(
            "return typeof globalThis[{name:?}] + typeof ({{}}).constructor.constructor('return typeof ' + {name:?})()"
        );
        let kinds = value(&pool, JavaScript, &code).await;
        assert_eq!(kinds, Value::str("undefinedstring"), "{name}");
    }
    let failure =
        fails(&pool, JavaScript, "return ({}).constructor.constructor('return process')()").await;
    assert_eq!(failure.message, "ReferenceError: process is not defined");
    let listed = value(&pool, JavaScript, "return Object.keys(globalThis)").await;
    assert_eq!(listed, json(r#"["console","inputs","steps","item"]"#));

    for code in [
        "import os\nreturn os.listdir('/')",
        "import os\nreturn os.system('id')",
        "import os\nreturn os.getenv('PATH')",
        "import os\nreturn dict(os.environ)",
        "import subprocess\nreturn subprocess.run(['id'])",
        "import socket\nreturn socket.socket()",
        "import ctypes",
        "return open('/etc/passwd').read()",
        "import pathlib\nreturn pathlib.Path('/etc/passwd').read_text()",
        "return __import__('os').system('id')",
        "return ().__class__.__bases__[0].__subclasses__()",
        "return eval('1')",
        "exec('import os')",
    ] {
        fails(&pool, Python, code).await;
        assert_eq!(value(&pool, Python, "return 1").await, Value::Int(1), "{code}");
    }
}

#[tokio::test]
async fn one_job_leaves_nothing_to_the_next() {
    let pool = pool(1);
    for code in [
        "Object.prototype.polluted = 1; Array.prototype.push = () => 'mine'; globalThis.left = 1; JSON.stringify = () => '\"mine\"'; return 0",
        "Object.defineProperty(Object.prototype, 'toJSON', { value: () => 'mine' }); return {}",
        "Object.freeze(Object.prototype); String.prototype.toWellFormed = 1; Promise.prototype.then = 1; delete globalThis.JSON; return 0",
        "Math.random = () => 4; Date.now = () => 0; console.log = 0; Function.prototype.call = 0; Function.prototype.apply = 0; return 0",
    ] {
        run(&pool, JavaScript, code).await.expect("a value");
        let next = "const a = [1]; a.push(2); ({}).own = 1; \
            return [({}).polluted ?? null, a, typeof left, JSON.stringify({ a: 1 }), Date.now(), typeof console.log, 'a'.toWellFormed()]";
        let found = value(&pool, JavaScript, next).await;
        let want = r#"[null,[1,2],"undefined","{\"a\":1}",1795000000123,"function","a"]"#;
        assert_eq!(found, json(want), "after {code}");
    }
    run(&pool, Python, "left = 1\nreturn left").await.expect("a value");
    let failure = fails(&pool, Python, "return left").await;
    assert!(failure.message.contains("NameError"), "{failure:?}");
}

#[tokio::test]
async fn tricks_in_the_returned_value() {
    let pool = pool(1);
    let cases = [
        ("return () => 1", "function"),
        ("return { a: { f() {} } }", "at \"f\""),
        ("return Symbol('x')", "symbol"),
        ("return 1n", "big integer"),
        ("return new Map([[1, 2]])", "Object.fromEntries"),
        ("return { a: new Set([1]) }", "[...set]"),
        ("return [Promise.resolve(1)]", "await"),
        ("const a = {}; a.a = a; return a", "circular"),
        ("return { toJSON() { throw new Error('no') } }", "no"),
        ("return new Proxy({}, { ownKeys() { throw new Error('trap') } })", "trap"),
    ];
    for (code, part) in cases {
        let failure = fails(&pool, JavaScript, code).await;
        assert_eq!(failure.code, RESULT, "{code} {failure:?}");
        assert!(failure.message.contains(part), "{code} {failure:?}");
    }
    let failure = fails(&pool, JavaScript, "await new Promise(() => {})").await;
    assert_eq!(failure.code, PENDING);
    let failure = fails(&pool, JavaScript, "return new Promise(() => {})").await;
    assert_eq!(failure.code, PENDING);
}

/// In a process of its own, since the other tests of this one use memory too.
#[test]
fn the_server_stays_small_whatever_the_code_does() {
    let itself = std::env::current_exe().expect("this program");
    let name = "hostile::alone_the_server_stays_small";
    let output = Command::new(itself).args(["--exact", name, "--ignored"]).output();
    let output = output.expect("started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "run by the_server_stays_small_whatever_the_code_does"]
async fn alone_the_server_stays_small() {
    let pool = pool(2);
    let run = async |language, code: &str| {
        let mut job = job(language, code);
        job.limits.wall = Duration::from_millis(500);
        pool.run(job, None).await
    };
    let _ = run(JavaScript, "return 1").await;
    let before = resident_kib();
    for _ in 0..5 {
        let _ = run(JavaScript, "return 'x'.repeat(30 << 20)").await;
        let _ = run(JavaScript, "for (;;) console.log('x'.repeat(1e4))").await;
        let _ = run(JavaScript, "const a = []; for (;;) a.push('x'.repeat(1e6) + a.length)").await;
        let _ = run(Python, "return 'x' * (100 * 2**20)").await;
    }
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < 24 << 10, "the server grew by {grown} KiB");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
    line.split_ascii_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
}

#[test]
fn the_process_cannot_do_what_code_could_only_dream_of() {
    // Signal 31 is SIGSYS: seccomp killed it. The others are refused with an error.
    let deeds = [
        ("nothing", Some(0), None),
        ("read a file", Some(1), None),
        ("write a file", Some(1), None),
        ("list a folder", Some(1), None),
        ("use much memory", Some(1), None),
        ("connect", None, Some(31)),
        ("start a process", None, Some(31)),
        ("start a thread", None, Some(31)),
    ];
    for (deed, code, signal) in deeds {
        let program = env!("CARGO_BIN_EXE_codex32-sandbox-child");
        let output = Command::new(program).arg(deed).env_clear().output().expect("started");
        let status = output.status;
        assert_eq!((status.code(), status.signal()), (code, signal), "{deed}: {output:?}");
    }
}
