//! Chunks: many turns of one code step in one child, each as if it were alone.

use std::time::{Duration, Instant};

use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language::{self, JavaScript, Python, TypeScript};
use codex32_model::{Timestamp, Value};
use codex32_sandbox::{Chunk, ChunkItem, Done, Failure, Job, Limits, Pool};

use crate::{json, pool, value};

const LONG: Duration = Duration::from_secs(30);

fn chunk(language: Language, code: &str, items: impl IntoIterator<Item = Value>) -> Chunk {
    let item = |(number, item): (usize, Value)| ChunkItem {
        scope: Value::object([("item", item)]),
        now: Timestamp::from_millis(1_795_000_000_000 + number as i64),
        seed: [number as u8; 32],
    };
    Chunk {
        language,
        code: code.to_owned(),
        scope: json(r#"{"inputs":{"days":30,"list":[3,1,2]},"steps":{"a":{"b":"é😀"}}}"#),
        items: items.into_iter().enumerate().map(item).collect(),
        limits: Limits { wall: Duration::from_secs(20), ..Limits::default() },
        budget: LONG,
    }
}

fn numbers(most: i64) -> impl Iterator<Item = Value> {
    (0..most).map(Value::from)
}

async fn outcomes(pool: &Pool, chunk: Chunk) -> Vec<Result<Done, Failure>> {
    pool.run_chunk(chunk).await.outcomes
}

async fn values(pool: &Pool, chunk: Chunk) -> Vec<Value> {
    let code = chunk.code.clone();
    let of = |outcome: Result<Done, Failure>| match outcome {
        Ok(done) => done.value,
        Err(failure) => panic!("{code}\n{failure:?}"),
    };
    outcomes(pool, chunk).await.into_iter().map(of).collect()
}

/// One item of a chunk as a job of its own.
fn alone(chunk: &Chunk, item: &ChunkItem) -> Job {
    let mut scope = chunk.scope.as_object().cloned().expect("an object");
    scope.extend(item.scope.as_object().cloned().expect("an object"));
    Job {
        language: chunk.language,
        code: chunk.code.clone(),
        scope: Value::from(scope),
        now: item.now,
        seed: item.seed,
        limits: chunk.limits,
        network: Vec::new(),
    }
}

/// Everything that one turn could leave behind for the next, one piece of code each: it tells what it
/// found, then leaves something.
const LEAVING: &[&str] = &[
    "const seen = globalThis.left ?? 0; globalThis.left = seen + 1; return seen",
    "const seen = Object.keys(globalThis).length; globalThis['g' + item] = item; return seen",
    "const seen = [].left ?? 0; Array.prototype.left = seen + 1; return seen",
    "const seen = ({}).left ?? 0; Object.prototype.left = seen + 1; return seen",
    "const seen = Object.getPrototypeOf(function* () {}).left ?? 0; Object.getPrototypeOf(function* () {}).left = seen + 1; return seen",
    "const p = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())); const seen = p.left ?? 0; p.left = seen + 1; return seen",
    "const seen = Math.random(); Math.random = () => 7; return seen",
    "const seen = [Date.now(), new Date().getTime()]; Date.now = () => 7; globalThis.Date = class { getTime() { return 7 } }; return seen",
    "const seen = JSON.stringify([1]); JSON.stringify = () => '7'; JSON.parse = () => 7; return seen",
    "const seen = typeof console.log; delete globalThis.console; return seen",
    "const seen = [1, 2].map(x => x); Array.prototype.map = () => 7; return seen",
    "const seen = `${[1].includes(1)}`; delete Array.prototype.includes; return seen",
    "const seen = String(Symbol.for('left').description) + (Symbol.prototype.left ?? 0); Symbol.prototype.left = 7; return seen",
    "Error.stackTraceLimit = (Error.stackTraceLimit ?? 10) + 1; return Error.stackTraceLimit",
    "const seen = typeof Error.prepareStackTrace; Error.prepareStackTrace = () => 7; return seen",
    // The function that is called, by way of a stack.
    "const old = Error.prepareStackTrace; let f; Error.prepareStackTrace = (e, sites) => { f = sites[0]?.getFunction?.(); return 7 }; void new Error('x').stack; Error.prepareStackTrace = old; const seen = f?.left ?? 0; if (f) f.left = seen + 1; return seen",
    "const tag = (strings) => strings; const s = tag`a`; const seen = Object.isExtensible(s); globalThis.kept ??= new WeakMap(); const before = kept.get(s) ?? 0; kept.set(s, before + 1); return [seen, before]",
    "const r = /a/g; const seen = r.lastIndex; r.test('a'); RegExp.prototype.left = (RegExp.prototype.left ?? 0) + 1; return [seen, RegExp.prototype.left]",
    // What is still to happen when the turn is over.
    "const seen = globalThis.later ?? 0; Promise.resolve().then(() => { globalThis.later = 1 }); return seen",
    "const seen = globalThis.later ?? 0; (async () => { for (;;) { await null; globalThis.later = (globalThis.later ?? 0) + 1 } })(); return seen",
    "Promise.prototype.then = () => 7; return item",
    "Object.defineProperty(globalThis, 'undefinedName', { value: 7 }); try { other } catch (e) { return e.message } finally { globalThis.other = 1 }",
    "const seen = new Function('return typeof sloppy')(); new Function('sloppy = 1')(); return seen",
    "const seen = (0, eval)('typeof left'); (0, eval)('var left = 1; function made() {}'); return [seen, typeof made]",
    "class Named extends Error { constructor() { super('x'); this.name = 'Named' } } const seen = String(new Named()); Error.prototype.name = 'Other'; return seen",
    "Object.freeze(Object.prototype); Object.freeze(Array.prototype); let seen = 'written'; try { const o = {}; o.toString = () => 'mine' } catch { seen = 'read-only' } return seen",
    "Object.setPrototypeOf(Array.prototype, { left: 7 }); return item",
    "const seen = [].concat([1]).length; Object.defineProperty(Array, Symbol.species, { value: null }); return seen",
    "globalThis.big = new Array(1000).fill(item).map(n => ({ n, text: 'x'.repeat(100) })); return big.length",
    "const m = new Map([[1, { a: item }]]); globalThis.m = m; const cycle = {}; cycle.m = m; m.set(2, cycle); return m.size",
    "globalThis.buffer = new Uint8Array(100_000).fill(item); return buffer.length",
    "try { inputs.list.push(4) } catch {} try { inputs.days = 31 } catch {} try { inputs = 1 } catch {} return inputs",
    "return [typeof left, typeof g0, Object.keys(inputs), steps.a.b, item]",
];

#[tokio::test]
async fn no_turn_sees_what_another_has_done() {
    let pool = pool(1);
    for code in LEAVING {
        // Each item is the same, so that each has to give the same.
        let mut twenty = chunk(JavaScript, code, (0..20).map(|_| Value::Int(5)));
        for item in &mut twenty.items {
            (item.now, item.seed) = (Timestamp::from_millis(1_795_000_000_000), [3; 32]);
        }
        let first = pool.run(alone(&twenty, &twenty.items[0]), None).await;
        let first = first.unwrap_or_else(|failure| panic!("{code}\n{failure:?}")).value;
        for seen in values(&pool, twenty).await {
            assert_eq!(seen, first, "{code}");
        }
    }
    // Nor does the next job of another step.
    let untouched = "return [typeof left, [].left, ({}).left, [1].map(x => x + 1), typeof console.log, Math.random() < 1]";
    let untouched = value(&pool, JavaScript, untouched).await;
    assert_eq!(untouched.to_json(), r#"["undefined",null,null,[2],"function",true]"#);
}

#[tokio::test]
async fn a_turn_gives_what_it_would_give_alone() {
    let pool = pool(2);
    for (language, code) in [
        (JavaScript, "return item * 2"),
        (
            TypeScript,
            "const n: number = item; return { n, days: inputs.days, text: `${steps.a.b}` }",
        ),
        (JavaScript, "return [Date.now(), new Date().toISOString(), Math.random(), Math.random()]"),
        (JavaScript, "await null; return item"),
        (JavaScript, "if (item % 3 === 1) throw new TypeError(`no ${item}`); return item"),
        (
            JavaScript,
            "if (item % 3 === 1) return () => 1; if (item % 3 === 2) await new Promise(() => {}); return item",
        ),
        (JavaScript, "return item === 4 ? 'x'.repeat(5e6) : 'y'"),
        (JavaScript, "return unknownName"),
        (JavaScript, "return ("),
        (TypeScript, "enum E { A }; return 1"),
        (Python, "return item * 2 + inputs['days']"),
        (Python, "if item == 3:\n  raise ValueError('three')\nreturn item"),
    ] {
        let ten = chunk(language, code, numbers(10));
        let mut each = Vec::new();
        for item in &ten.items {
            each.push(pool.run(alone(&ten, item), None).await);
        }
        let together = outcomes(&pool, ten).await;
        assert_eq!(together.len(), 10, "{code}");
        for (mine, other) in together.into_iter().zip(each) {
            match (mine, other) {
                (Ok(mine), Ok(other)) => assert_eq!(mine.value, other.value, "{code}"),
                (mine, other) => assert_eq!(mine.err(), other.err(), "{code}"),
            }
        }
    }
}

#[tokio::test]
async fn lines_are_logged_by_the_turn_that_wrote_them() {
    let pool = pool(1);
    let code = "if (item !== 2) console.log('item', item); if (item === 3) throw new Error('x'); return item";
    let lines = |outcome: &Result<Done, Failure>| {
        let logs = match outcome {
            Ok(done) => &done.logs,
            Err(failure) => &failure.logs,
        };
        logs.iter().map(|line| line.message.clone()).collect::<Vec<_>>().join("|")
    };
    let outcomes = outcomes(&pool, chunk(JavaScript, code, numbers(5))).await;
    let told: Vec<String> = outcomes.iter().map(lines).collect();
    assert_eq!(told, ["item 0", "item 1", "", "item 3", "item 4"]);
    // Each has the room of one.
    let code = "for (let i = 0; i < 2000; i++) console.log(i); return item";
    for outcome in self::outcomes(&pool, chunk(JavaScript, code, numbers(3))).await {
        let logs = outcome.expect("a value").logs;
        assert_eq!(logs.len(), 1_000);
        assert!(logs.last().is_some_and(|line| line.message.contains("left out")));
    }
}

/// The one that does not end is named, the ones before it have their values, and those after it are
/// as if they had never been asked for.
#[tokio::test]
async fn the_turn_that_is_stopped_is_the_right_one() {
    let pool = pool(1);
    for (code, expected) in [
        ("if (item === 7) for (;;) {} return item", &[codes::TIME][..]),
        (
            "if (item === 7) { const f = () => Promise.resolve().then(f); await f() } return item",
            &[codes::TIME],
        ),
        // Inside one call that looks at no clock: the child is killed.
        (
            "if (item === 7) return new Array(300_000_000) + ''; return item",
            &[codes::TIME, codes::MEMORY],
        ),
        (
            "if (item === 7) { const a = []; for (;;) a.push('x'.repeat(1e6) + a.length) } return item",
            &[codes::TIME, codes::MEMORY],
        ),
        (
            "if (item === 7) { let s = 'x'; for (;;) s += s } return item",
            &[codes::TIME, codes::MEMORY],
        ),
    ] {
        let mut twenty = chunk(JavaScript, code, numbers(20));
        twenty.limits.wall = Duration::from_millis(400);
        let begun = Instant::now();
        let outcomes = outcomes(&pool, twenty).await;
        assert!(begun.elapsed() < Duration::from_secs(20), "{code}");
        assert_eq!(outcomes.len(), 8, "{code}\n{outcomes:?}");
        for (number, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(done) => assert_eq!(done.value, Value::from(number), "{code}"),
                Err(failure) => {
                    assert_eq!(number, 7, "{code}\n{failure:?}");
                    assert!(expected.contains(&failure.code), "{code}\n{failure:?}");
                }
            }
        }
    }
    let mut python = chunk(Python, "while item == 3:\n  pass\nreturn item", numbers(6));
    python.limits.wall = Duration::from_millis(300);
    let outcomes = outcomes(&pool, python).await;
    let failed = outcomes.iter().position(Result::is_err);
    assert_eq!((outcomes.len(), failed), (4, Some(3)));
}

#[tokio::test]
async fn a_chunk_ends_when_its_time_is_over_and_never_without_an_outcome() {
    let pool = pool(1);
    let code = "for (let i = 0, x = 0; i < 3e6; i++) x += i; return item";
    let mut many = chunk(JavaScript, code, numbers(200));
    many.budget = Duration::from_millis(20);
    let done = pool.run_chunk(many.clone()).await;
    let count = done.outcomes.len();
    assert!((1..200).contains(&count), "{count}");
    many.budget = Duration::ZERO;
    assert_eq!(outcomes(&pool, many).await.len(), 1);
    // Much that is returned ends it, too.
    let large = chunk(JavaScript, "return 'x'.repeat(300_000)", numbers(10));
    assert_eq!(values(&pool, large).await.len(), 4);
}

#[tokio::test]
async fn much_that_is_shared_or_sent_goes_item_by_item() {
    let pool = pool(1);
    let mut shared = chunk(JavaScript, "return inputs.length + item", numbers(3));
    shared.scope = Value::object([("inputs", Value::str("x".repeat(3 << 20)))]);
    assert_eq!(
        values(&pool, shared).await,
        numbers(3).map(|n| Value::Int(n.as_i64().unwrap_or(0) + (3 << 20))).collect::<Vec<_>>()
    );
    let items = (0..3).map(|_| Value::str("x".repeat(12 << 20)));
    let sent = chunk(JavaScript, "return item.length", items);
    assert_eq!(values(&pool, sent).await, vec![Value::Int(12 << 20); 3]);
    let long = chunk(JavaScript, &format!("return {}1", "1+".repeat(200_000)), numbers(2));
    for outcome in outcomes(&pool, long).await {
        assert_eq!(outcome.expect_err("too long").code, codes::INPUT);
    }
}

#[tokio::test]
async fn a_chunk_that_nobody_waits_for_is_killed_and_its_place_is_free() {
    let pool = pool(1);
    let endless = chunk(JavaScript, "for (;;) {}", numbers(5));
    let left = tokio::time::timeout(Duration::from_millis(200), pool.run_chunk(endless)).await;
    assert!(left.is_err());
    assert_eq!(value(&pool, JavaScript, "return 1").await, Value::Int(1));
}
