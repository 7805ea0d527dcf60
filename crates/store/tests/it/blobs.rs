//! Large values: where they are, that they are there before what names them, and when they go.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use codex32_model::fact::{Fact, FactKind};
use codex32_model::ids::ActorId;
use codex32_model::run::RunState;
use codex32_model::{Scope, Timestamp, Value};
use codex32_store::blobs::Collected;
use codex32_store::{BlobPlace, LARGE, Outcome, Store, StoreError, params};
use codex32_testkit::place::Place;
use codex32_testkit::sink::{Answer, Sink};
use futures::TryStreamExt;

use crate::entries::{NOW, WORKSPACE, accept, hold, new_run, on_disk, run_id};

const SCOPE: Scope = Scope::new(WORKSPACE, ActorId::from_bytes([3; 16]));
/// Long after all blobs of these tests were written.
const LATER: Timestamp = Timestamp::from_millis(9_000_000_000_000);
const DAY: Duration = Duration::from_secs(86_400);

/// A text that is too large for the journal.
pub fn large(letter: &str) -> Value {
    Value::from(letter.repeat(LARGE + 1))
}

fn gives(output: Value) -> Fact {
    let (i, logs) = (Value::Null, Vec::new());
    Fact { at: NOW, kind: FactKind::StepDone { a: "a".into(), o: output, i, s: None, logs } }
}

/// Accepts a run with these outputs.
pub async fn run_with(store: &Store, number: u32, outputs: &[Value]) -> Outcome {
    let mut entry = accept(new_run(number), number);
    entry.facts = outputs.iter().cloned().map(gives).collect();
    store.committer().commit(entry).await.unwrap()
}

async fn outputs(store: &Store, number: u32) -> Result<Vec<Value>, StoreError> {
    let facts = store.journal(SCOPE, run_id(number)).await?;
    Ok(facts
        .into_iter()
        .filter_map(|fact| match fact.kind {
            FactKind::StepDone { o, .. } => Some(o),
            _ => None,
        })
        .collect())
}

async fn journal_bytes(store: &Store) -> i64 {
    let sql = "SELECT sum(length(facts)) FROM journal";
    store.read(move |reader| reader.first(sql, &[], |row| row.get(0))).await.unwrap().unwrap()
}

async fn count(store: &Store) -> u64 {
    store.blobs().figures().await.unwrap().0
}

/// The bots of runs are joined to them.
async fn with_bot() -> (Place, Store) {
    let place = Place::new();
    let store = place.open();
    store
        .write(|tx| {
            tx.execute(
                "INSERT INTO workspaces (id, name, timezone, created_at) VALUES (?1, 'w', 'UTC', 0)",
                params![WORKSPACE],
            )?;
            tx.execute(
                "INSERT INTO bots (id, workspace, name, state, version, created_at, updated_at)
                 VALUES (?1, ?2, 'b', 'active', 1, 0, 0)",
                params![crate::entries::BOT, WORKSPACE],
            )
        })
        .await
        .unwrap();
    (place, store)
}

#[tokio::test]
async fn large_values_leave_the_journal_and_come_back() {
    let (place, store) = with_bot().await;
    let given = [large("a"), Value::from("small"), large("b"), large("a")];
    assert!(matches!(run_with(&store, 1, &given).await, Outcome::Done { .. }));
    assert!(journal_bytes(&store).await < 4_000, "the journal is compact");
    assert_eq!(count(&store).await, 2, "content is kept once");
    assert_eq!(outputs(&store, 1).await.unwrap(), given);

    let rows = store.journal_rows(SCOPE, run_id(1)).await.unwrap();
    let kept = &rows[0].kept;
    assert_eq!(kept.iter().map(|kept| kept.fact).collect::<Vec<_>>(), [0, 2, 3]);
    assert_eq!(kept[0].size, LARGE as u64 + 3);
    assert!(kept[0].preview.starts_with("\"aaa") && kept[0].preview.len() == 200);
    let whole = store.large_value(SCOPE, run_id(1), kept[0].hash).await.unwrap().unwrap();
    assert_eq!(Value::from_json_slice(&whole).unwrap(), large("a"));
    let other = Scope::new(codex32_model::ids::WorkspaceId::from_bytes([8; 16]), SCOPE.actor);
    assert!(store.large_value(other, run_id(1), kept[0].hash).await.unwrap().is_none());

    // Another server reads the same.
    store.close().await;
    drop(store);
    let store = reopened(&place).await;
    assert_eq!(outputs(&store, 1).await.unwrap(), given);
}

/// The folder's lock is let go when the last handle is.
pub async fn reopened(place: &Place) -> Store {
    let mut tries = 0;
    loop {
        match place.open_with(codex32_store::Options::default()) {
            Ok(store) => return store,
            Err(error) => assert!(tries < 400, "somebody keeps the store: {error}"),
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_blob_is_on_the_disk_before_the_commit_that_names_it() {
    let (_place, store) = with_bot().await;
    let held = hold(&store).await;
    let owned = store.clone();
    let commit = tokio::spawn(async move { run_with(&owned, 1, &[large("a")]).await });
    while store.committer().waiting() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(count(&store).await, 1, "the commit waits, the blob is there");
    assert!(on_disk(&store).await.is_empty());
    held.let_go().await;
    assert!(matches!(commit.await.unwrap(), Outcome::Done { .. }));
    assert_eq!(outputs(&store, 1).await.unwrap(), [large("a")]);
}

#[tokio::test]
async fn what_nothing_names_goes_once_it_is_old() {
    let (place, store) = with_bot().await;
    // A server died while it wrote a blob, and another between that and its commit.
    let BlobPlace::Folder(folder) = place.blobs() else { panic!("a folder") };
    let unfinished = folder.join(format!("{}#1", "a".repeat(64)));
    std::fs::write(&unfinished, "\"unf").unwrap();
    let json = Bytes::from(large("lost").to_json());
    store.blobs().put(WORKSPACE, json.clone()).await.unwrap();
    run_with(&store, 1, &[large("a")]).await;

    let young = store.all_collect_blobs(Timestamp::from_micros(0), DAY, || true).await.unwrap();
    assert_eq!(young, Collected::default(), "the young are spared");
    assert_eq!(count(&store).await, 2);
    assert!(unfinished.exists());
    let gone = store.all_collect_blobs(LATER, DAY, || true).await.unwrap();
    assert_eq!(gone, Collected { blobs: 1, bytes: json.len() as u64 });
    assert!(!unfinished.exists());
    assert_eq!(outputs(&store, 1).await.unwrap(), [large("a")]);

    // The run goes: its blob stays for a while, for a backup that is being made.
    let until = LATER.plus(DAY);
    let sql = "UPDATE blobs SET until = ?1";
    store.write(move |tx| tx.execute(sql, params![until])).await.unwrap();
    assert_eq!(store.all_collect_blobs(LATER, DAY, || true).await.unwrap(), Collected::default());
    let gone = store.all_collect_blobs(until, DAY, || true).await.unwrap();
    assert_eq!(gone.blobs, 1);
    assert_eq!(count(&store).await, 0);
    // And the same content may come again.
    run_with(&store, 2, &[large("a")]).await;
    assert_eq!(outputs(&store, 2).await.unwrap(), [large("a")]);
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_run_does_not_refer_to_a_blob_that_is_being_removed() {
    let (_place, store) = with_bot().await;
    let json = Bytes::from(large("a").to_json());
    let hash = store.blobs().put(WORKSPACE, json).await.unwrap();
    // A server has decided to remove it, and has not come to it yet.
    store
        .write(move |tx| {
            tx.execute(
                "INSERT INTO blobs_leaving (workspace, hash, at) VALUES (?1, ?2, ?3)",
                params![WORKSPACE, hash, NOW],
            )
        })
        .await
        .unwrap();
    let given = [large("a"), large("b")];
    assert!(matches!(run_with(&store, 1, &given).await, Outcome::Done { .. }));
    // The removal is another server's to end, since that one is gone.
    let gone = store.all_collect_blobs(LATER, DAY, || true).await.unwrap();
    assert_eq!(gone.blobs, 1, "nothing refers to the other value either");
    assert_eq!(count(&store).await, 0);
    assert_eq!(outputs(&store, 1).await.unwrap(), given, "the journal has them");
    run_with(&store, 2, &given).await;
    assert_eq!(count(&store).await, 2);
}

#[tokio::test]
async fn a_value_that_comes_again_while_it_is_collected_is_not_lost() {
    let (place, store) = with_bot().await;
    let BlobPlace::Folder(folder) = place.blobs() else { panic!("a folder") };
    let now = Timestamp::from_micros(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as i64);
    let mut removed = 0;
    for number in 1..=40 {
        // What the run before gave is old, and nothing refers to it.
        store.write(|tx| tx.execute("UPDATE blobs SET until = 0", &[])).await.unwrap();
        make_old(&folder);
        let value = large("a");
        let (gone, _) = tokio::join!(
            store.all_collect_blobs(now, DAY, || true),
            run_with(&store, number, std::slice::from_ref(&value))
        );
        removed += gone.unwrap().blobs;
        assert_eq!(outputs(&store, number).await.unwrap(), [value], "run {number}");
    }
    assert!(removed > 0, "some were removed meanwhile");
}

/// As if all blobs had been written days ago.
fn make_old(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            make_old(&path);
        } else {
            let at = std::time::UNIX_EPOCH + DAY;
            std::fs::File::open(&path).unwrap().set_modified(at).unwrap();
        }
    }
}

#[tokio::test]
async fn a_value_that_was_changed_is_not_taken_for_what_was_written() {
    let (place, store) = with_bot().await;
    run_with(&store, 1, &[large("a")]).await;
    let blob = Box::pin(store.blobs().list()).try_next().await.unwrap().unwrap();
    let BlobPlace::Folder(folder) = place.blobs() else { panic!("a folder") };
    let (hash, workspace) = (blob.hash.to_string(), blob.workspace.to_string());
    let file = folder.join(workspace).join(&hash[..2]).join(&hash);
    std::fs::write(&file, "\"something else\"").unwrap();
    let error = outputs(&store, 1).await.unwrap_err();
    assert_eq!(error.code().text, "E-STORE-019", "{error}");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(outputs(&store, 1).await.unwrap_err().code().text, "E-STORE-019");
}

#[tokio::test]
async fn a_database_knows_its_blobs() {
    let (place, store) = with_bot().await;
    store.own_blobs([1; 16], false).await.unwrap();
    store.own_blobs([2; 16], false).await.unwrap();
    run_with(&store, 1, &[large("a")]).await;

    // Another database comes to the same storage.
    let other = Place::new();
    let options = codex32_store::Options::default();
    let beside = Store::open_with(other.folder.path(), &place.blobs(), options).unwrap();
    assert_eq!(beside.own_blobs([3; 16], false).await.unwrap_err().code().text, "E-STORE-018");
    // It takes them over while the first one goes on, which removes nothing any more.
    let BlobPlace::Folder(folder) = place.blobs() else { panic!("a folder") };
    let mark = std::fs::read(folder.join("codex32-blobs")).unwrap();
    std::fs::write(folder.join("codex32-blobs"), "another\n").unwrap();
    let refused = store.all_collect_blobs(LATER, DAY, || true).await.unwrap_err();
    assert_eq!(refused.code().text, "E-STORE-018");
    std::fs::write(folder.join("codex32-blobs"), mark).unwrap();
    // The same database comes to another storage.
    store.close().await;
    drop(store);
    std::fs::rename(&folder, place.folder.path().join("elsewhere")).unwrap();
    let store = reopened(&place).await;
    assert_eq!(store.own_blobs([4; 16], false).await.unwrap_err().code().text, "E-STORE-018");
    store.own_blobs([4; 16], true).await.unwrap();
    store.own_blobs([4; 16], false).await.unwrap();
}

#[tokio::test]
async fn children_and_ended_runs_carry_large_values() {
    let (_place, store) = with_bot().await;
    let mut parent = accept(new_run(1), 1);
    let facts = vec![gives(large("c"))];
    let child = new_run(2);
    parent.rows.children = vec![codex32_store::Child { run: child, facts }];
    let outcome = store.committer().commit(parent).await.unwrap();
    assert!(matches!(outcome, Outcome::Done { .. }));
    assert_eq!(outputs(&store, 2).await.unwrap(), [large("c")]);
    assert!(store.output(SCOPE, run_id(2)).await.unwrap().is_none(), "it goes on");

    let mut ended = crate::entries::go_on(2, 1, 1, 7, RunState::Succeeded);
    let kind = FactKind::Ended { state: RunState::Succeeded, output: large("d"), error: None };
    ended.facts = vec![Fact { at: NOW, kind }];
    store.committer().commit(ended).await.unwrap();
    assert_eq!(store.output(SCOPE, run_id(2)).await.unwrap(), Some(large("d")));
}

#[test]
fn places_are_folders_or_buckets() {
    let named = |text: &str| BlobPlace::parse(text, Vec::new()).map(|place| place.name());
    assert_eq!(named("s3://bots/prod/").unwrap(), "s3://bots/prod");
    let minio = "s3://bots?endpoint=http://127.0.0.1:9000&region=eu-1";
    assert_eq!(named(minio).unwrap(), "s3://bots at http://127.0.0.1:9000");
    assert!(named("blobs").unwrap().ends_with("blobs"));
    for wrong in ["gs://bots/x", "s3://", "s3://bots?secret=1", "s3://me:secret@bots"] {
        let error = named(wrong).unwrap_err();
        assert_eq!(error.code().text, "E-STORE-018", "{wrong}: {error}");
    }
}

/// As much of S3 as blobs need: objects in a bucket, listed, written only if new where asked.
async fn bucket() -> Sink {
    let objects = Mutex::new(BTreeMap::<String, Vec<u8>>::new());
    Sink::start(move |request| {
        let signed = request.header("authorization").unwrap_or_default();
        if !signed.starts_with("AWS4-HMAC-SHA256 Credential=me/") {
            return Answer::status(403);
        }
        let mut objects = objects.lock().unwrap();
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let name = path.trim_start_matches("/bots/").to_owned();
        let found = |bytes: &Vec<u8>| {
            Answer::status(200)
                .header("etag", "\"1\"")
                .header("last-modified", "Mon, 30 Nov 2026 00:00:00 GMT")
                .body(bytes.clone())
        };
        match request.method.as_str() {
            "GET" if query.contains("list-type=2") => {
                let entry = |(name, bytes): (&String, &Vec<u8>)| {
                    format!(
                        "<Contents><Key>{name}</Key><Size>{}</Size><ETag>\"1\"</ETag>\
                         <LastModified>2026-11-30T00:00:00.000Z</LastModified></Contents>",
                        bytes.len()
                    )
                };
                let entries: String = objects.iter().map(entry).collect();
                let list = format!(
                    "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
                );
                Answer::status(200).header("content-type", "application/xml").body(list)
            }
            "GET" => objects.get(&name).map_or(Answer::status(404), found),
            "PUT" if request.header("if-none-match").is_some() && objects.contains_key(&name) => {
                Answer::status(412)
            }
            "PUT" => {
                objects.insert(name, request.body.clone());
                Answer::status(200).header("etag", "\"1\"")
            }
            "DELETE" => {
                objects.remove(&name);
                Answer::status(204)
            }
            _ => Answer::status(405),
        }
    })
    .await
}

#[tokio::test]
async fn a_bucket_holds_blobs_too() {
    let bucket = bucket().await;
    let credentials = [("AWS_ACCESS_KEY_ID", "me"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let credentials = credentials.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let named = format!("s3://bots/prod?endpoint={}&region=eu-1", bucket.url(""));
    let blobs = BlobPlace::parse(&named, credentials.into()).unwrap();
    assert!(!format!("{blobs:?}").contains("secret"), "{blobs:?}");
    let (place, store) = with_bot().await;
    store.close().await;
    drop(store);
    let options = codex32_store::Options::default();
    let store = match &place.server {
        None => {
            drop(reopened(&place).await);
            loop {
                match Store::open_with(place.folder.path(), &blobs, options) {
                    Ok(store) => break store,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        }
        Some(server) => {
            Store::connect(codex32_store::Server::parse(&server.url()).unwrap(), &blobs, options)
                .unwrap()
        }
    };
    store.own_blobs([1; 16], false).await.unwrap();
    store.own_blobs([2; 16], false).await.unwrap();
    run_with(&store, 1, &[large("a"), large("b")]).await;
    assert_eq!(outputs(&store, 1).await.unwrap(), [large("a"), large("b")]);
    assert_eq!(count(&store).await, 2);
    store.write(|tx| tx.execute("UPDATE blobs SET until = 0", &[])).await.unwrap();
    assert_eq!(store.all_collect_blobs(LATER, DAY, || true).await.unwrap().blobs, 2);
    assert_eq!(outputs(&store, 1).await.unwrap_err().code().text, "E-STORE-019");
}
