//! Expressions that mean harm: each ends soon, within its memory, on a small stack.

use super::*;
use codex32_model::codes::expr as codes;

/// On the stack of an ordinary thread, so that an overflow would abort the tests.
fn on_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn nesting_is_bounded() {
    on_small_stack(|| {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{a:", "}"),
            ("- ", ""),
            ("!", ""),
            ("typeof ", ""),
            ("`${", "}`"),
            ("[1].map(x=>", ")"),
            ("1?", ":1"),
            ("f?.[", "]"),
            ("1**", ""),
            ("Number(", ")"),
            ("new Date(", ")"),
        ] {
            for count in [50, 5_000] {
                let source = format!("{}1{}", open.repeat(count), close.repeat(count));
                match Expr::parse(&source) {
                    // What can be read can be evaluated, whatever it gives.
                    Ok(expr) => drop(eval(&expr, &scope(), &mut Budget::default())),
                    Err(error) => assert_eq!(error.code, codes::TOO_LARGE, "{open}: {error}"),
                }
                if count == 5_000 {
                    Expr::parse(&source).expect_err(open);
                }
            }
        }
        for chain in ["+1", "||a", ".a", "?.a", ".trim()", "[0]", "??a", "&&a"] {
            let error = Expr::parse(&format!("a{}", chain.repeat(2_000))).expect_err(chain);
            assert_eq!(error.code, codes::TOO_LARGE, "{chain}");
            let fine = Expr::parse(&format!("inputs{}", chain.repeat(100))).expect(chain);
            drop(eval(&fine, &scope(), &mut Budget::default()));
        }
        let params = format!("[1].map(({}a{}) => a)", "[".repeat(500), "]".repeat(500));
        Expr::parse(&params).unwrap_err();
        Expr::parse(&format!("'{}'", "a".repeat(20_000))).unwrap_err();
    });
}

#[test]
fn the_deepest_expressions_fit_the_stack() {
    on_small_stack(|| {
        // Every kind of nesting inside the next, as deep as the parser lets it be.
        for pieces in [
            vec![("[1].map(a => a ?? (", "))")],
            vec![("[1].reduce((a, b = [", "]) => a)")],
            vec![
                ("`${1 + (", ")}`"),
                ("{a: 1 || [", "]}"),
                ("Math.max(1, 2 ** ", ")"),
                ("(1 ? 2 == ", " : 3)"),
            ],
            vec![("sortBy([1], (x = ", ") => x)"), ("'a'.replace('a', y => ", ")")],
        ] {
            let mut last = None;
            for depth in 1..80 {
                let (mut open, mut close) = (String::new(), String::new());
                for level in 0..depth {
                    let (a, b) = pieces[level % pieces.len()];
                    open.push_str(a);
                    close.insert_str(0, b);
                }
                if let Ok(expr) = Expr::parse(&format!("{open}1{close}")) {
                    last = Some(expr);
                }
            }
            drop(eval(&last.expect("some depth is allowed"), &scope(), &mut Budget::default()));
        }
    });
}

#[test]
fn large_values_are_refused_before_they_are_built() {
    for source in [
        "'x'.repeat(1e9)",
        "'x'.repeat(1e300)",
        "'x'.padStart(1e12, 'ab')",
        "'x'.padEnd(9007199254740991)",
        "Array.from({length: 1e15})",
        "range(1e12)",
        "range(0, 9e15, 1e-3 + 1)",
        "range(40).reduce(s => s + s, 'abcdefgh')",
        "range(40).reduce(s => `${s}${s}`, 'abcdefgh')",
        "range(40).reduce(s => s.concat(s), 'abcdefgh')",
        "range(40).reduce(s => [...s, ...s], [1])",
        "range(40).reduce(s => s.concat(s), [1])",
        "range(40).reduce(s => [s, s].flat(), [1])",
        "range(60).reduce(s => [s, s], 1)",
        "range(60).reduce(s => ({a: s, b: s}), 1)",
        "'x'.repeat(1e6).replaceAll('x', 'y'.repeat(1e4))",
        "'x'.repeat(1e6).replace(/x/g, '$&$&$&$&'.repeat(100))",
        "'x'.repeat(5e6).split('')",
        "range(1e5).join('z'.repeat(1e4))",
        "range(2000).map(a => range(2000).map(b => range(2000)))",
        "JSON.stringify(range(1e5).map(x => 'a'.repeat(1000)), null, 10)",
    ] {
        let started = std::time::Instant::now();
        let error = run(source).expect_err(source);
        assert!(started.elapsed().as_secs() < 10, "{source} took {:?}", started.elapsed());
        assert!([codes::MEMORY, codes::FUEL].contains(&error.code), "{source}: {error}");
    }
}

#[test]
fn sharing_does_not_hide_size() {
    // Small in memory, 2^40 items when written out.
    let source = format!("[1]{}", ".map(a => [a, a])".repeat(40));
    assert_eq!(run(&source).unwrap_err().code, codes::MEMORY);
    for walk in [
        "JSON.stringify(X)",
        "X == Y",
        "`${X}`",
        "X.flat(100)",
        "unique([X])",
        "[X].includes(Y)",
        "sha256(X)",
    ] {
        let twin = source.replace("[1]", "[1, 2].slice(0, 1)");
        let source = walk.replace('X', &source).replace('Y', &twin);
        let error = run(&source).expect_err(walk);
        assert!([codes::MEMORY, codes::FUEL].contains(&error.code), "{walk}: {error}");
    }
}

#[test]
fn depth_does_not_grow_in_loops() {
    on_small_stack(|| {
        for source in [
            "range(100000).reduce(a => [a], 1)",
            "range(100000).reduce(a => ({a}), 1)",
            "range(100000).reduceRight(a => [[[[[[a]]]]]], 1)",
            "range(50).reduce(a => range(50).reduce(b => [b], a), 1)",
            "parseJson('['.repeat(5000))",
        ] {
            let error = run(source).expect_err(source);
            assert!(
                [codes::TOO_DEEP, codes::BAD_ARGUMENT].contains(&error.code),
                "{source}: {error}"
            );
        }
    });
}

#[test]
fn endless_work_runs_out_of_fuel() {
    for source in [
        "range(1000).map(a => range(1000).map(b => range(1000).filter(c => false)))",
        "range(100000).filter(a => range(100000).some(b => false))",
        "range(100000).sort((a, b) => range(100000).every(c => true) ? 1 : -1)",
        "range(1000).filter(a => 'x'.repeat(1000000).includes('y'))",
        "range(100000).filter(a => /(x+x+)+y/.test('x'.repeat(100000)))",
    ] {
        let started = std::time::Instant::now();
        let error = run(source).expect_err(source);
        assert!([codes::FUEL, codes::MEMORY].contains(&error.code), "{source}: {error}");
        assert!(started.elapsed().as_secs() < 10, "{source} took {:?}", started.elapsed());
    }
}

#[test]
fn building_text_in_a_loop_is_ordinary_work() {
    let value = run("range(2000).reduce((s, i) => s + 'line ' + i + '; ', '').length").unwrap();
    assert_eq!(value, Value::Int(20_890));
    let value =
        run("Object.keys(range(300).reduce((o, i) => ({...o, [`k${i}`]: i}), {})).length").unwrap();
    assert_eq!(value, Value::Int(300));
}

#[test]
fn inconsistent_comparisons_do_no_harm() {
    for source in [
        "range(1000).sort((a, b) => 1).length",
        "range(1000).sort((a, b) => -1).length",
        "range(1000).sort((a, b) => a % 2 ? 1 : -1).length",
        "range(1000).sort((a, b) => null).length",
        "range(1000).sort((a, b) => 'x').length",
        "sortBy(range(1000), x => x % 3 == 0 ? null : x % 3 == 1 ? 'a' : [x]).length",
    ] {
        assert_eq!(run(source).unwrap(), Value::Int(1000), "{source}");
    }
}

#[test]
fn nothing_outside_is_reachable() {
    for source in [
        "inputs.constructor.constructor",
        "[].map.constructor",
        "''.__proto__.x",
        "inputs.__proto__.polluted",
        "process.env",
        "globalThis.process",
        "window.x",
        "global.x",
        "require",
        "Function",
        "Object",
        "Math",
    ] {
        if let Ok(expr) = Expr::parse(source) {
            eval(&expr, &scope(), &mut Budget::default()).expect_err(source);
        }
    }
    for source in [
        "constructor('x')",
        "require('fs')",
        "Function('x')()",
        "[].map.constructor('x')",
        "import('fs')",
        "fetch('x')",
        "Object.getPrototypeOf(1)",
        "Object.defineProperty({}, 'a', {})",
        "Reflect.ownKeys({})",
    ] {
        Expr::parse(source).expect_err(source);
    }
    assert_eq!(run("{__proto__: 1, constructor: 2}.constructor").unwrap(), Value::Int(2));
}
