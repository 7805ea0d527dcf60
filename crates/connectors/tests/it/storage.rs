//! Files in a folder and in a bucket.

use std::time::Duration;

use codex32_connectors::Credentials;
use codex32_model::Value;
use codex32_testkit::sink::{Answer, Recorded, Sink};

use crate::support::{World, connect, json, scope, with_files};

const S3: &str = r#""bucket": "reports", "region": "eu-central-1", "prefix": "bots", "access_key_id": "AKIDEXAMPLE", "secret_access_key": "s3cr3t-key""#;

async fn run(world: &World, action: &str, input: &str, to: &Credentials) -> Result<Value, String> {
    let result = world.run(&format!("storage.{action}"), json(input), Some(to)).await;
    result.map(|done| done.output).map_err(|failure| format!("{} {failure}", failure.code))
}

#[tokio::test]
async fn a_folder_keeps_files_of_its_workspace() {
    let (world, files) = with_files();
    let root = connect("storage", "folder", "{}");
    let below = connect("storage", "folder", r#"{"folder": "reports/"}"#);
    let put = run(&world, "put_file", r#"{"path": "reports/a.csv", "content": "x,y\n"}"#, &root);
    assert_eq!(put.await, Ok(json(r#"{"path": "reports/a.csv", "size": 4}"#)));
    let file = files.path().join(scope().workspace.to_string()).join("reports/a.csv");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "x,y\n");

    run(&world, "put_file", r#"{"path": "b.bin", "base64": "/wD+"}"#, &below).await.expect("put");
    run(&world, "put_file", r#"{"path": "b.bin", "base64": "/wD/"}"#, &below).await.expect("put");
    let got = run(&world, "get_file", r#"{"path": "b.bin"}"#, &below).await.expect("got");
    assert_eq!(got.get("base64"), Some(&Value::from("/wD/")), "replaced");
    assert_eq!(got.get("content"), Some(&Value::Null));
    let got = run(&world, "get_file", r#"{"path": "a.csv"}"#, &below).await.expect("got");
    assert_eq!(got.get("content"), Some(&Value::from("x,y\n")));
    assert!(got.get("modified").expect("a time").to_text().starts_with("20"));

    let paths = |list: Value| -> Vec<String> {
        let items = list.as_list().expect("a list").iter();
        items.map(|file| file.get("path").expect("a path").to_text()).collect()
    };
    let all = run(&world, "list_files", "{}", &root).await.expect("a list");
    assert_eq!(paths(all), ["reports/a.csv", "reports/b.bin"]);
    let some = run(&world, "list_files", r#"{"folder": "reports", "limit": 1}"#, &root).await;
    assert_eq!(paths(some.expect("a list")), ["reports/a.csv"]);

    for _ in 0..2 {
        let gone = run(&world, "delete_file", r#"{"path": "a.csv"}"#, &below).await;
        assert_eq!(gone, Ok(json(r#"{"path": "a.csv"}"#)));
    }
    let missing = run(&world, "get_file", r#"{"path": "a.csv"}"#, &below).await.expect_err("gone");
    assert!(missing.starts_with("E-CONN-013"), "{missing}");
    let tested = world.runtime.test_connection(scope(), &below, Duration::from_secs(5)).await;
    assert!(tested.expect("works").contains("reports"), "says where");
}

#[tokio::test]
async fn nothing_leads_out_of_the_folder() {
    let (world, files) = with_files();
    let root = connect("storage", "folder", "{}");
    let mine = files.path().join(scope().workspace.to_string());
    std::fs::create_dir_all(&mine).expect("a folder");
    std::fs::write(files.path().join("secret"), "no").expect("a file");
    std::os::unix::fs::symlink(files.path().join("secret"), mine.join("link")).expect("a link");
    std::os::unix::fs::symlink(files.path(), mine.join("up")).expect("a link");
    for path in ["../secret", "/etc/passwd", "a/../../secret", "link", "up/secret", "a\\\\b", ""] {
        for action in ["get_file", "delete_file"] {
            let input = format!(r#"{{"path": "{path}"}}"#);
            let result = run(&world, action, &input, &root).await;
            // Removing a link removes the link.
            if path == "link" && action == "delete_file" {
                continue;
            }
            assert!(
                result.as_ref().is_err_and(|e| e.starts_with("E-CONN-025")),
                "{path} {result:?}"
            );
        }
        let input = format!(r#"{{"path": "{path}", "content": "x"}}"#);
        let _ = run(&world, "put_file", &input, &root).await;
    }
    let list = run(&world, "list_files", r#"{"folder": "up"}"#, &root).await;
    assert!(list.is_err(), "{list:?}");
    let up = connect("storage", "folder", r#"{"folder": "up"}"#);
    assert!(run(&world, "list_files", "{}", &up).await.is_err());
    assert_eq!(std::fs::read_to_string(files.path().join("secret")).expect("there"), "no");
    assert_eq!(std::fs::read_dir(files.path()).expect("a folder").count(), 2, "nothing beside");

    let both = r#"{"path": "x", "content": "a", "base64": "YQ=="}"#;
    assert!(run(&world, "put_file", both, &root).await.expect_err("both").contains("E-CONN-009"));
    run(&world, "put_file", r#"{"path": "x", "content": "12345"}"#, &root).await.expect("put");
    let large = run(&world, "get_file", r#"{"path": "x", "max_bytes": 4}"#, &root).await;
    assert!(large.expect_err("large").contains("E-CONN-006"));
    let none = crate::support::world();
    let refused = run(&none, "get_file", r#"{"path": "x"}"#, &root).await.expect_err("none");
    assert!(refused.contains("no folder"), "{refused}");
}

fn list_page(keys: &[&str], next: Option<&str>) -> String {
    let one = |key: &&str| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2026-11-22T10:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>"
        )
    };
    let contents: String = keys.iter().map(one).collect();
    let more = next.is_some();
    let next = next.map_or(String::new(), |token| {
        format!("<NextContinuationToken>{token}</NextContinuationToken>")
    });
    format!(
        r#"<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>reports</Name><Prefix>bots/</Prefix><MaxKeys>1000</MaxKeys><IsTruncated>{more}</IsTruncated>{next}{contents}</ListBucketResult>"#
    )
}

fn s3(request: &Recorded) -> Answer {
    let path = request.path.as_str();
    if !path.contains("X-Amz-Signature=") || !path.contains("X-Amz-Credential=AKIDEXAMPLE") {
        return Answer::status(403);
    }
    let place = path.split('?').next().unwrap_or_default();
    match (request.method.as_str(), place) {
        ("PUT" | "DELETE", "/reports/bots/a%20b.csv") => Answer::status(204),
        ("GET", "/reports/bots/a%20b.csv") => Answer::status(200)
            .header("last-modified", "Sun, 22 Nov 2026 10:00:00 GMT")
            .body("x,y\n"),
        ("GET", "/reports/") if path.contains("continuation-token=t2") => {
            Answer::status(200).body(list_page(&["bots/c/d.csv"], None))
        }
        ("GET", "/reports/") => {
            Answer::status(200).body(list_page(&["bots/a b.csv", "bots/c/"], Some("t2")))
        }
        ("GET", "/reports/bots/denied") => Answer::status(403)
            .body("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
        ("PUT", "/reports/bots/busy") => Answer::status(503)
            .body("<Error><Code>SlowDown</Code><Message>Slow down</Message></Error>"),
        _ => Answer::status(404).body("<Error><Code>NoSuchKey</Code></Error>"),
    }
}

#[tokio::test]
async fn a_bucket_is_asked_with_signed_addresses() {
    let sink = Sink::start(s3).await;
    let world = crate::support::world();
    let fields = format!(r#"{{"endpoint": "{}", {S3}}}"#, sink.url(""));
    let store = connect("storage", "s3", &fields);
    let path = r#"{"path": "a b.csv"}"#;
    let put = run(&world, "put_file", r#"{"path": "a b.csv", "content": "x,y\n"}"#, &store);
    put.await.expect("put");
    assert_eq!(sink.requests()[0].body, b"x,y\n");
    let got = run(&world, "get_file", path, &store).await.expect("got");
    assert_eq!(got.get("modified"), Some(&Value::from("2026-11-22T10:00:00Z")));
    assert_eq!(got.get("content"), Some(&Value::from("x,y\n")));
    let list = run(&world, "list_files", "{}", &store).await.expect("a list");
    let wanted = r#"[{"path": "a b.csv", "size": 3, "modified": "2026-11-22T10:00:00Z"},
        {"path": "c/d.csv", "size": 3, "modified": "2026-11-22T10:00:00Z"}]"#;
    assert_eq!(list, json(wanted), "both pages, without the empty object of a folder");
    run(&world, "delete_file", path, &store).await.expect("deleted");
    run(&world, "delete_file", r#"{"path": "never"}"#, &store).await.expect("as good as deleted");

    let denied = run(&world, "get_file", r#"{"path": "denied"}"#, &store).await;
    assert!(denied.expect_err("denied").contains("E-CONN-012"));
    let busy = json(r#"{"path": "busy", "content": "x"}"#);
    let busy = world.run("storage.put_file", busy, Some(&store)).await.expect_err("busy");
    assert_eq!((busy.code.text, busy.retryable, busy.unknown), ("E-CONN-024", true, true));
    assert!(busy.message.contains("Slow down (SlowDown)"), "{busy}");
    let signed = sink.requests().iter().all(|request| {
        request.path.contains("X-Amz-Date=20261122T") && !request.path.contains("s3cr3t")
    });
    assert!(signed, "signed at the time of the clock, without the secret");
    let tested = world.runtime.test_connection(scope(), &store, Duration::from_secs(5)).await;
    assert_eq!(tested.expect("works"), "The bucket reports can be listed.");
    let strict = crate::support::with_guard(crate::support::guarded(false));
    let inside = run(&strict, "get_file", path, &store).await.expect_err("private");
    assert!(inside.contains("E-CONN-002"), "{inside}");
}
