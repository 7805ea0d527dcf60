use super::strip;
use codex32_model::codes::sandbox as codes;

fn stripped(code: &str) -> String {
    strip(code, true).map(|source| source.text).unwrap_or_else(|failure| panic!("{failure:?}"))
}

#[test]
fn types_become_blanks_and_nothing_moves() {
    let cases = [
        ("let a: number = 1;", "let a         = 1;"),
        (
            "const f = (x: number, y?: string): void => {};",
            "const f = (x        , y         )       => {};",
        ),
        (
            "function g<T>(this: Foo, x: T): T { return x }",
            "function g   (           x   )    { return x }",
        ),
        ("return x as unknown as string", "return x                     "),
        ("return x!.y![0]!", "return x .y [0] "),
        ("foo<string>(1)", "foo        (1)"),
        ("new Map<string, number[]>()", "new Map                  ()"),
        ("interface A { x: 1 }\nlet b", ";                   \nlet b"),
        ("type A = 'é';\nlet b", ";            \nlet b"),
        ("let a!: number", "let a         "),
        ("try {} catch (e: unknown) {}", "try {} catch (e         ) {}"),
        ("declare const z: number;", ";                       "),
        (
            "function f(a: string): void;\nfunction f(a) {}",
            ";                           \nfunction f(a) {}",
        ),
        ("let x = { a: 1 } satisfies T;", "let x = { a: 1 }            ;"),
    ];
    for (code, want) in cases {
        assert_eq!(stripped(code), want, "{code}");
    }
}

#[test]
fn classes_lose_types_and_modifiers() {
    let code = "abstract class A<T> extends B<T> implements C, D<T> {\n  private readonly x: number = 1\n  static readonly y?: string\n  declare z: number\n  [k: string]: unknown\n  abstract m(): void\n  public get [q](): T { return 1 }\n  constructor(a: number);\n  constructor(a) { super() }\n  o?(): void {}\n}";
    let text = stripped(code);
    let want = "         class A    extends B                       {\n  ;                x         = 1\n  static          y         \n  ;                \n  ;                   \n  ;                 \n  ;      get [q]()    { return 1 }\n  ;                      \n  constructor(a) { super() }\n  o ()       {}\n}";
    assert_eq!(text, want);
}

#[test]
fn places_where_a_blank_alone_would_change_the_meaning() {
    // Without the semicolon `a` would be called, or indexed.
    assert_eq!(stripped("let b = a as Foo\n(1)"), "let b = a;      \n(1)");
    assert_eq!(stripped("let b = a as Foo\n[1]"), "let b = a;      \n[1]");
    assert_eq!(stripped("f()\ntype X = 1\n(1)"), "f()\n;         \n(1)");
    assert_eq!(
        stripped("class A { a = 1\n public ['b'] = 2 }"),
        "class A { a = 1\n ;      ['b'] = 2 }"
    );
    // No line may end before `=>`, nor between `async` and its parameters.
    assert_eq!(stripped("let f = (): {\n} => 1"), "let f = (    \n) => 1");
    assert_eq!(stripped("let f = async <\nT\n>(x: T) => x"), "let f = async (\n \n  x   ) => x");
}

#[test]
fn what_needs_code_is_refused_with_its_place() {
    let cases = [
        ("let a = 1\nenum E { A }", 2, 1),
        ("namespace N { export const a = 1 }", 1, 1),
        ("import x from 'y'", 1, 1),
        ("export const a = 1", 1, 1),
        ("class A {\n  constructor(private x: number) {}\n}", 2, 15),
        ("let a = <string>b", 1, 9),
        ("let a = import('fs')", 1, 9),
        ("@dec class A {}", 1, 1),
    ];
    for (code, line, column) in cases {
        let failure = strip(code, true).expect_err(code);
        assert_eq!(failure.code, codes::UNSUPPORTED, "{code}");
        assert_eq!((failure.line, failure.column), (Some(line), Some(column)), "{code}");
    }
}

#[test]
fn syntax_errors_have_their_place() {
    let failure = strip("interface A { x: number }\n\nlet é = = 2;", true).expect_err("no code");
    assert_eq!(failure.code, codes::SYNTAX);
    assert_eq!((failure.line, failure.column), (Some(3), Some(9)));
    assert_eq!(strip("let a: number = 1", false).expect_err("types").code, codes::SYNTAX);
}

#[test]
fn awaiting_at_the_top_is_seen() {
    let is_async = |code: &str| strip(code, true).expect("code").is_async;
    assert!(is_async("return await f()"));
    assert!(!is_async("const f = async () => await 1; return f()"));
    assert!(!is_async("async function f() { await 1 }"));
}
