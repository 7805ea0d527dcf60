//! TypeScript: types go, lines stay.

use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language::TypeScript;

use crate::{fails, json, pool, value};

#[tokio::test]
async fn types_are_left_out() {
    let pool = pool(1);
    let code = "interface Invoice { number: string; total: number }\n\
        type Line = `${string}: ${number}`;\n\
        class Sum<T extends Invoice> implements Iterable<T> {\n\
          private readonly items: T[] = [];\n\
          static of<T extends Invoice>(this: void, ...items: T[]): Sum<T> { const s = new Sum<T>(); s.items.push(...items); return s }\n\
          *[Symbol.iterator](): Iterator<T> { yield* this.items }\n\
          get total(): number { return this.items.reduce((sum: number, i): number => sum + i!.total, 0) }\n\
        }\n\
        const sum = Sum.of<Invoice>({ number: 'a', total: 1.5 } as Invoice, { number: 'b', total: 2 });\n\
        function isBig(x: unknown): x is number { return typeof x === 'number' && x > 3 }\n\
        return { total: sum.total, numbers: [...sum].map(i => i.number), big: isBig(sum.total) } satisfies object;";
    let want = json(r#"{"total":3.5,"numbers":["a","b"],"big":true}"#);
    assert_eq!(value(&pool, TypeScript, code).await, want);
}

#[tokio::test]
async fn an_error_under_interfaces_is_reported_where_it_is() {
    let pool = pool(1);
    let code = "interface A { x: number }\ntype B = A & { y: string };\nconst a: A = null as any; throw new Error('no')";
    let failure = fails(&pool, TypeScript, code).await;
    assert_eq!(failure.message, "Error: no");
    assert_eq!((failure.line, failure.column), (Some(3), Some(37)));

    let code = "interface A {\n  x: number\n}\nconst a = null as unknown as A; return a.x";
    let failure = fails(&pool, TypeScript, code).await;
    assert_eq!((failure.code, failure.line), (codes::THREW, Some(4)));

    let failure = fails(&pool, TypeScript, "interface A {\n x: number\n}\nlet a: = 1").await;
    assert_eq!((failure.code, failure.line, failure.column), (codes::SYNTAX, Some(4), Some(8)));
}
