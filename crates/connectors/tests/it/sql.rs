//! `sql.*` on real databases: SQLite, PostgreSQL, MariaDB.

use std::time::Duration;

use codex32_connectors::{Credentials, Failure, PollCall};
use codex32_model::Value;

use crate::support::{World, connect, guarded, json, scope, with_files, with_guard, world};
use codex32_testkit::databases::{Database, PASSWORD, mariadb, postgres};

async fn run(world: &World, action: &str, input: &str, to: &Credentials) -> Result<Value, Failure> {
    world.run(&format!("sql.{action}"), json(input), Some(to)).await.map(|done| done.output)
}

#[expect(clippy::panic, reason = "a test that cannot go on fails")]
async fn good(world: &World, action: &str, input: &str, to: &Credentials) -> Value {
    run(world, action, input, to).await.unwrap_or_else(|error| panic!("{input}: {error}"))
}

async fn bad(world: &World, action: &str, input: &str, to: &Credentials) -> Failure {
    run(world, action, input, to).await.expect_err(input)
}

/// What holds on every database alike.
async fn the_same_everywhere(world: &World, db: &Credentials) {
    let make = r#"{"sql": "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer VARCHAR(200), note VARCHAR(200))"}"#;
    good(world, "execute", make, db).await;
    let rows = r#"{"table": "orders", "rows": [
        {"id": 1, "customer": "Ada"}, {"id": 2, "customer": "O'Hara; DROP TABLE orders; --", "note": "?:id $1"}, {"id": 3}]}"#;
    assert_eq!(good(world, "insert_rows", rows, db).await, json(r#"{"affected": 3}"#));
    let one = r#"{"table": "orders", "row": {"id": 4, "customer": "{{ inputs.x }}"}}"#;
    assert_eq!(good(world, "insert_row", one, db).await, json(r#"{"affected": 1}"#));
    let nothing = r#"{"table": "orders", "rows": []}"#;
    assert_eq!(good(world, "insert_rows", nothing, db).await, json(r#"{"affected": 0}"#));

    let ask = r#"{"sql": "SELECT id, customer, note FROM orders WHERE id >= :low AND (id <= :high OR id = :low) -- :no ?\nORDER BY id;", "values": {"low": 2, "high": 3}}"#;
    let wanted = r#"[{"id": 2, "customer": "O'Hara; DROP TABLE orders; --", "note": "?:id $1"},
        {"id": 3, "customer": null, "note": null}]"#;
    assert_eq!(good(world, "query", ask, db).await, json(wanted));
    let text = r#"{"sql": "SELECT id FROM orders WHERE customer = :who", "values": {"who": "x' OR '1'='1"}}"#;
    assert_eq!(good(world, "query", text, db).await, json("[]"), "a value is never a statement");
    let quoted = r#"{"sql": "SELECT ':who' AS a, id AS b FROM orders WHERE id = :id /* :who */", "values": {"id": 1}}"#;
    assert_eq!(good(world, "query", quoted, db).await, json(r#"[{"a": ":who", "b": 1}]"#));

    let change = r#"{"sql": "UPDATE orders SET note = :note WHERE id < :id", "values": {"note": "seen", "id": 3}}"#;
    assert_eq!(good(world, "execute", change, db).await, json(r#"{"affected": 2}"#));
    let cut = r#"{"sql": "SELECT id FROM orders ORDER BY id", "limit": 2, "cut": true}"#;
    assert_eq!(good(world, "query", cut, db).await, json(r#"[{"id": 1}, {"id": 2}]"#));

    // All or none: the second row is there already.
    let twice = r#"{"table": "orders", "rows": [{"id": 9}, {"id": 1}]}"#;
    let refused = bad(world, "insert_rows", twice, db).await;
    assert_eq!((refused.code.text, refused.unknown), ("E-CONN-015", false), "{refused}");
    let count = r#"{"sql": "SELECT count(*) AS n FROM orders"}"#;
    assert_eq!(good(world, "query", count, db).await, json(r#"[{"n": 4}]"#));

    for (action, input, code, part) in [
        ("query", r#"{"sql": "DELETE FROM orders"}"#, "E-CONN-015", "cannot write"),
        ("query", r#"{"sql": "SELECT id FROM orders", "limit": 2}"#, "E-CONN-006", "more than 2"),
        ("query", r#"{"sql": "SELECT 1; SELECT 2"}"#, "E-CONN-009", "one statement"),
        ("query", r#"{"sql": "SELECT :a"}"#, "E-CONN-009", "`a`"),
        ("query", r#"{"sql": "SELECT 1", "values": {"b": 1}}"#, "E-CONN-009", "`:b`"),
        ("query", r#"{"sql": "  "}"#, "E-CONN-009", "empty"),
        ("insert_row", r#"{"table": "orders", "row": {}}"#, "E-CONN-009", "one column"),
        ("insert_row", r#"{"table": "", "row": {"id": 1}}"#, "E-CONN-009", "name of a table"),
        ("insert_row", r#"{"table": "orders (id) VALUES (7) --", "row": {"id": 1}}"#, "", ""),
        ("insert_row", r#"{"table": "orders", "row": {"id\") VALUES (7) --": 1}}"#, "", ""),
        ("execute", r#"{"sql": "DROP TABLE nothing"}"#, "", "nothing"),
    ] {
        let failure = bad(world, action, input, db).await;
        assert!(!failure.unknown && failure.message.contains(part), "{input} {failure}");
        assert!(code.is_empty() || failure.code.text == code, "{input} {failure:?}");
    }
    assert_eq!(good(world, "query", count, db).await, json(r#"[{"n": 4}]"#));
    assert_eq!(looked(world, db, &[]).await, ["4", "3", "2", "1"]);
    // Rows below one that is known came into view, they did not come to be.
    assert_eq!(looked(world, db, &["3"]).await, ["4"]);
    assert!(looked(world, db, &["4", "3"]).await.is_empty());
}

/// What a look finds new when these ids are known.
async fn looked(world: &World, to: &Credentials, known: &[&str]) -> Vec<String> {
    let call = PollCall {
        scope: scope(),
        trigger: "sql.new_row",
        input: json(r#"{"table": "orders"}"#),
        credentials: Some(to),
        is_new: &|id| !known.contains(&id),
        most: 100,
        timeout: Duration::from_secs(10),
    };
    let polled = world.runtime.poll(call).await.expect("a look");
    assert_eq!(polled.ids, ["4", "3", "2", "1"]);
    polled.new.into_iter().map(|(id, _)| id).collect()
}

fn sqlite() -> Credentials {
    connect("sql", "sqlite", r#"{"file": "shops/main.db"}"#)
}

#[tokio::test]
async fn sqlite_files_of_the_folder() {
    let (world, _files) = with_files();
    the_same_everywhere(&world, &sqlite()).await;
    let db = sqlite();
    let make = r#"{"sql": "CREATE TABLE kinds (b BLOB, f BOOLEAN, j JSON, n REAL)"}"#;
    good(&world, "execute", make, &db).await;
    let row = r#"{"table": "kinds", "row": {"b": {"base64": "/wA="}, "f": true, "j": {"a": [1]}, "n": 2.5}}"#;
    good(&world, "insert_row", row, &db).await;
    let all = good(&world, "query", r#"{"sql": "SELECT * FROM kinds"}"#, &db).await;
    assert_eq!(all, json(r#"[{"b": "/wA=", "f": true, "j": {"a": [1]}, "n": 2.5}]"#));
    let tested = world.runtime.test_connection(scope(), &db, Duration::from_secs(5)).await;
    assert!(tested.expect("works").ends_with("has 2 tables."), "orders and kinds");
}

#[tokio::test]
async fn a_statement_reaches_its_own_sqlite_file_only() {
    let (world, files) = with_files();
    let db = sqlite();
    good(&world, "execute", r#"{"sql": "CREATE TABLE t (a)"}"#, &db).await;
    let mine = files.path().join(scope().workspace.to_string());
    let other = files.path().join("other.db");
    std::fs::write(&other, "").expect("a file");
    for sql in [
        format!("ATTACH '{}' AS x", other.display()),
        format!("VACUUM INTO '{}'", files.path().join("copy.db").display()),
        "PRAGMA writable_schema = 1".to_owned(),
        "SELECT load_extension('x')".to_owned(),
        "SELECT zeroblob(100000000)".to_owned(),
    ] {
        let input = Value::object([("sql", Value::from(sql.as_str()))]).to_json();
        let failure = bad(&world, "execute", &input, &db).await;
        assert_eq!(failure.code.text, "E-CONN-015", "{sql} {failure}");
    }
    assert!(!files.path().join("copy.db").exists());
    std::os::unix::fs::symlink(&other, mine.join("link.db")).expect("a link");
    for file in ["link.db", "../other.db", "/tmp/x.db", "shops"] {
        let db = connect("sql", "sqlite", &format!(r#"{{"file": "{file}"}}"#));
        let failure = bad(&world, "query", r#"{"sql": "SELECT 1"}"#, &db).await;
        assert_eq!(failure.code.text, "E-CONN-025", "{file} {failure}");
    }
    let missing = connect("sql", "sqlite", r#"{"file": "none.db"}"#);
    let failure = bad(&world, "query", r#"{"sql": "SELECT 1"}"#, &missing).await;
    assert_eq!(failure.code.text, "E-CONN-013");
    let endless = r#"{"sql": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c", "timeout": "200ms"}"#;
    let failure = bad(&world, "query", endless, &db).await;
    assert_eq!((failure.code.text, failure.retryable), ("E-CONN-004", true), "{failure}");
}

fn to_postgres(database: &Database, fields: &str) -> Credentials {
    let password = Value::from(PASSWORD).to_json();
    let (port, rest) = (database.port, fields);
    connect(
        "sql",
        "postgres",
        &format!(
            r#"{{"host": "localhost", "port": {port}, "database": "postgres", "user": "bots", "password": {password}, {rest}}}"#
        ),
    )
}

#[tokio::test]
async fn postgres_with_its_types() {
    let Some(server) = postgres() else { return };
    let world = world();
    let db = to_postgres(&server, r#""tls": "none""#);
    the_same_everywhere(&world, &db).await;

    let make = r#"{"sql": "CREATE TYPE mood AS ENUM ('fine', 'bad'); "}"#;
    good(&world, "execute", make, &db).await;
    let make = r#"{"sql": "CREATE TABLE kinds (s SMALLINT, i BIGINT, n NUMERIC(30, 10), r REAL, d DOUBLE PRECISION, f BOOLEAN, t TEXT, at TIMESTAMPTZ, local TIMESTAMP, day DATE, clock TIME, j JSONB, b BYTEA, u UUID, words TEXT[], nums INT[], m mood, span INTERVAL)"}"#;
    good(&world, "execute", make, &db).await;
    let row = r#"{"s": -3, "i": 9007199254740991, "n": "1250.50", "r": 0.1, "d": 2.5, "f": true, "t": "grün ☂",
        "at": "2026-11-22T11:00:00+01:00", "local": "2026-11-22T11:00:00", "day": "2026-11-22", "clock": "09:30:00",
        "j": {"a": [1, null, "x"]}, "b": "/wD+", "u": "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "words": ["a \"b\"", "c,d", null, "\\"], "nums": [1, 2], "m": "fine", "span": "1 month 2 days 3 seconds"}"#;
    let input = format!(r#"{{"table": "public.kinds", "row": {row}}}"#);
    good(&world, "insert_row", &input, &db).await;
    let got = good(&world, "query", r#"{"sql": "SELECT * FROM kinds"}"#, &db).await;
    let wanted = row
        .replace(r#""1250.50""#, "1250.5")
        .replace("2026-11-22T11:00:00+01:00", "2026-11-22T10:00:00Z")
        .replace("1 month 2 days 3 seconds", "P1M2DT3S");
    assert_eq!(got.as_list().expect("rows")[0], json(&wanted));

    let ask = r#"{"sql": "SELECT i FROM kinds WHERE n > :n AND at < :at AND i = ANY(:ids) AND j @> :j AND b = :b::bytea AND day = :day::date LIMIT :most",
        "values": {"n": 1250, "at": "2026-11-23T00:00:00Z", "ids": [1, 9007199254740991], "j": {"a": []}, "b": "/wD+", "day": "2026-11-22", "most": 1}}"#;
    assert_eq!(good(&world, "query", ask, &db).await, json(r#"[{"i": 9007199254740991}]"#));
    let exact = r#"{"sql": "SELECT 12345678901234567890.5::numeric AS long, -0.001::numeric AS small, 10000::numeric AS whole, 'NaN'::numeric AS none, 'infinity'::timestamptz AS ever"}"#;
    let wanted = r#"[{"long": "12345678901234567890.5", "small": -0.001, "whole": 10000, "none": "NaN", "ever": "infinity"}]"#;
    assert_eq!(good(&world, "query", exact, &db).await, json(wanted));
    let strings = r#"{"sql": "SELECT $q$:a$q$ AS a, E'it\\':b' AS b, \"t\"::text AS c FROM kinds WHERE t = :t", "values": {"t": "grün ☂"}}"#;
    assert_eq!(
        good(&world, "query", strings, &db).await,
        json(r#"[{"a": ":a", "b": "it':b", "c": "grün ☂"}]"#)
    );
    let point = bad(&world, "query", r#"{"sql": "SELECT point(1, 2) AS p"}"#, &db).await;
    assert!(point.message.contains("`p`") && point.message.contains("::text"), "{point}");
    let own = bad(&world, "query", r#"{"sql": "SELECT $1::int"}"#, &db).await;
    assert!(own.message.contains(":name"), "{own}");
    let slow = r#"{"sql": "SELECT pg_sleep(60)", "timeout": "300ms"}"#;
    let slow = bad(&world, "query", slow, &db).await;
    assert_eq!((slow.code.text, slow.retryable, slow.unknown), ("E-CONN-004", true, false));
}

#[tokio::test]
async fn postgres_is_reached_encrypted_and_guarded() {
    let Some(server) = postgres() else { return };
    let world = world();
    let pem = Value::from(server.certificate.as_str()).to_json();
    let ask = r#"{"sql": "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"}"#;
    for (fields, encrypted) in [
        (format!(r#""ca": {pem}"#), true),
        (r#""tls": "require""#.to_owned(), true),
        (r#""tls": "none""#.to_owned(), false),
    ] {
        let db = to_postgres(&server, &fields);
        let rows = good(&world, "query", ask, &db).await;
        assert_eq!(rows, json(&format!(r#"[{{"ssl": {encrypted}}}]"#)), "{fields}");
    }
    let unknown = to_postgres(&server, r#""tls": "verify""#);
    let failure = bad(&world, "query", ask, &unknown).await;
    assert!(failure.message.contains("ertificate"), "{failure}");
    let wrong = to_postgres(&server, r#""tls": "none", "password": "wr0ng-password""#);
    let failure = bad(&world, "query", ask, &wrong).await;
    assert_eq!(failure.code.text, "E-CONN-012", "{failure}");
    let db = to_postgres(&server, r#""tls": "none""#);
    let tested = world.runtime.test_connection(scope(), &db, Duration::from_secs(5)).await;
    assert_eq!(tested.expect("works"), "Signed in to postgres as bots.");

    let strict = with_guard(guarded(false));
    assert_eq!(bad(&strict, "query", ask, &db).await.code.text, "E-CONN-002");
    let socket = to_postgres(&server, r#""host": "/var/run/postgresql", "tls": "none""#);
    assert_eq!(bad(&world, "query", ask, &socket).await.code.text, "E-CONN-011");
    drop(server);
    let closed = bad(&world, "execute", r#"{"sql": "SELECT 1"}"#, &db).await;
    assert_eq!((closed.code.text, closed.unknown), ("E-CONN-003", false), "{closed}");
}

#[tokio::test]
async fn mariadb_with_its_types() {
    let Some(server) = mariadb() else { return };
    let world = world();
    let password = Value::from(PASSWORD).to_json();
    let fields = format!(
        r#"{{"host": "127.0.0.1", "port": {}, "database": "shop", "user": "bots", "password": {password}, "tls": "none"}}"#,
        server.port
    );
    let db = connect("sql", "mysql", &fields);
    the_same_everywhere(&world, &db).await;
    let make = r#"{"sql": "CREATE TABLE kinds (i BIGINT UNSIGNED, n DECIMAL(30, 4), d DOUBLE, r FLOAT, f BOOLEAN, t TEXT, at TIMESTAMP(3) NULL, local DATETIME, day DATE, clock TIME, b BLOB)"}"#;
    good(&world, "execute", make, &db).await;
    let row = r#"{"i": 42, "n": "1250.5000", "d": 2.5, "r": 0.1, "f": true, "t": "grün ☂", "at": "2026-11-22 10:00:00.250",
        "local": "2026-11-22 11:00:00", "day": "2026-11-22", "clock": "09:30:00", "b": {"base64": "/wD+"}}"#;
    let input = format!(r#"{{"table": "shop.kinds", "row": {row}}}"#);
    good(&world, "insert_row", &input, &db).await;
    let got = good(&world, "query", r#"{"sql": "SELECT * FROM kinds WHERE t = :t AND n > :n", "values": {"t": "grün ☂", "n": 1000}}"#, &db).await;
    let wanted = row
        .replace(r#""1250.5000""#, "1250.5")
        .replace("2026-11-22 10:00:00.250", "2026-11-22T10:00:00.250000Z")
        .replace("2026-11-22 11:00:00", "2026-11-22T11:00:00")
        .replace(r#"{"base64": "/wD+"}"#, r#""/wD+""#);
    assert_eq!(got.as_list().expect("rows")[0], json(&wanted));
    let tested = world.runtime.test_connection(scope(), &db, Duration::from_secs(5)).await;
    assert!(tested.expect("works").starts_with("Signed in to shop as bots@"));
    let strict = with_guard(guarded(false));
    let ask = r#"{"sql": "SELECT 1"}"#;
    assert_eq!(bad(&strict, "query", ask, &db).await.code.text, "E-CONN-002");
    let wrong = connect("sql", "mysql", &fields.replace("pa:ss", "no:ss"));
    assert_eq!(bad(&world, "query", ask, &wrong).await.code.text, "E-CONN-012");
}
