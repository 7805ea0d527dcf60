//! Whole stores: backups, restores and copies between SQLite and PostgreSQL, and what they refuse.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use codex32_model::Scope;
use codex32_model::ids::{ActorId, EventId};
use codex32_model::run::RunState;
use codex32_store::backup::{self, Manifest};
use codex32_store::copy;
use codex32_store::meta::Workspace;
use codex32_store::{
    Arrival, Counted, Location, NewEvent, Options, Outcome, Store, StoreError, params,
};
use codex32_testkit::databases;
use codex32_testkit::place::Place;

use crate::blobs::{large, run_with};
use crate::entries::{BOT, NOW, WORKSPACE, accept, new_run, on_disk};

const SCOPE: Scope = Scope::new(WORKSPACE, ActorId::from_bytes([3; 16]));

pub fn sqlite() -> Place {
    Place { folder: tempfile::tempdir().unwrap(), server: None }
}

/// None where PostgreSQL is not installed; the test then says so.
pub fn postgres() -> Option<Place> {
    let server = Some(databases::postgres()?);
    Some(Place { folder: tempfile::tempdir().unwrap(), server })
}

pub fn location(place: &Place) -> Location {
    match &place.server {
        Some(server) => Location::parse(&server.url()).unwrap(),
        None => Location::Sqlite(place.folder.path().to_owned()),
    }
}

fn arrival(replace: bool) -> Arrival {
    Arrival { replace, at: NOW, incarnation: [7; 16] }
}

/// These commands block, and drive their connections themselves.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

async fn back_up(place: &Place, name: &str) -> (PathBuf, Manifest) {
    let (from, file) = (location(place), place.folder.path().join(name));
    let (to, blobs) = (file.clone(), place.blobs());
    let made = blocking(move || backup::backup(&from, &blobs, &to, NOW, "0.0.0")).await.unwrap();
    (file, made)
}

async fn restore(file: &Path, to: &Place, replace: bool) -> Result<backup::Restored, StoreError> {
    let (file, blobs, to) = (file.to_owned(), to.blobs(), location(to));
    blocking(move || backup::restore(&file, &to, &blobs, &arrival(replace))).await
}

async fn copy(from: &Place, to: &Place) -> Result<copy::Copied, StoreError> {
    let (from_blobs, to_blobs) = (from.blobs(), to.blobs());
    let (from, to) = (location(from), location(to));
    blocking(move || {
        let storages = copy::Storages { from: &from_blobs, to: &to_blobs };
        copy::copy(&from, &to, storages, &arrival(false))
    })
    .await
}

async fn emit(store: &Store, number: u8) {
    let event = NewEvent {
        id: EventId::from_bytes([number; 16]),
        kind: "order.paid".into(),
        source: "api".into(),
        data: codex32_model::Value::from("naïve\u{1F600}"),
        key: number.is_multiple_of(2).then(|| "k".into()),
        hops: 0,
        at: NOW,
    };
    store.emit(SCOPE, event).await.unwrap();
}

/// Rows of every type, empty values, and a count that is beyond its rows.
async fn fill(store: &Store) {
    let workspace =
        Workspace { id: WORKSPACE, name: "main".into(), timezone: "UTC".into(), created_at: NOW };
    store.first_workspace(workspace).await.unwrap();
    store.set_env(SCOPE, "EMPTY".into(), String::new()).await.unwrap();
    store.set_env(SCOPE, "QUOTED".into(), "a'b\"c\\d\n\t\u{7f}ü".into()).await.unwrap();
    for number in 0..30 {
        let state = if number % 3 == 0 { RunState::Queued } else { RunState::Running };
        let run = codex32_store::NewRun { state, ..new_run(number) };
        store.committer().commit(accept(run, number)).await.unwrap();
    }
    store.own_blobs([5; 16], false).await.unwrap();
    for (number, letters) in [(40, &["a", "b"][..]), (41, &["a"])] {
        let values: Vec<_> = letters.iter().map(|letter| large(letter)).collect();
        run_with(store, number, &values).await;
    }
    for number in 1..=3 {
        emit(store, number).await;
    }
    store
        .write(|tx| {
            tx.execute("DELETE FROM events WHERE seq = 3", &[])?;
            for (at, by) in [(1_i64, 2.0), (2, -0.25), (3, 1e300)] {
                tx.execute(
                    "INSERT INTO state_counts (bot, key, at, run, address, by)
                     VALUES (?1, 'seen', ?2, ?3, '', ?4)",
                    params![BOT, at, &[0_u8, 255, 10][..], by],
                )?;
            }
            for _ in 0..2 {
                tx.execute(
                    "INSERT INTO late_results (run, address, attempt, at, result)
                     VALUES (?1, 'a', 1, ?2, 'null')",
                    params![&[][..] as &[u8], i64::MIN],
                )?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

/// All but `meta`, which says what the store went through.
fn contents(manifest: &Manifest) -> Vec<Counted> {
    manifest.tables.iter().filter(|table| table.table != "meta").cloned().collect()
}

#[tokio::test]
async fn a_backup_of_either_database_is_restored_into_either() {
    let Some(server) = postgres() else { return };
    for from in [sqlite(), server] {
        let store = from.open();
        fill(&store).await;
        let runs = on_disk(&store).await;
        // The store is open all the while.
        let (file, made) = back_up(&from, "first.c32").await;
        let rows = |name: &str| made.tables.iter().find(|table| table.table == name).unwrap().rows;
        assert_eq!((rows("runs"), rows("journal"), rows("events"), rows("env")), (32, 32, 2, 2));
        assert_eq!((rows("blobs"), made.blobs.blobs), (3, 2));
        assert_eq!((rows("queue"), rows("state_counts"), rows("late_results")), (10, 3, 2));
        store.close().await;

        for to in [sqlite(), postgres().unwrap()] {
            let restored = restore(&file, &to, false).await.unwrap();
            assert_eq!((restored.manifest, restored.aside), (made.clone(), None));
            let there = to.open();
            let held = there.held().await.unwrap().expect("it is held");
            assert!(held.why.contains("backup"), "{held:?}");
            assert_eq!(on_disk(&there).await, runs);
            assert_eq!(there.blobs().figures().await.unwrap().0, made.blobs.blobs);
            there.own_blobs([6; 16], false).await.expect("they are its own");
            assert_eq!(there.env(WORKSPACE).await.unwrap()["QUOTED"], "a'b\"c\\d\n\t\u{7f}ü");
            // The same by another way: a backup of what was restored.
            let (_, again) = back_up(&to, "second.c32").await;
            assert_eq!(contents(&again), contents(&made));
            assert_eq!(again.incarnation.as_deref(), Some("07".repeat(16).as_str()));

            assert!(there.release_hold().await.unwrap());
            assert_eq!(there.held().await.unwrap(), None);
            // It counts on where the original was, also past rows that are gone.
            emit(&there, 9).await;
            let last = "SELECT max(seq) FROM events";
            let last = there.read(|reader| reader.first(last, &[], |row| row.get::<i64>(0))).await;
            assert_eq!(last.unwrap(), Some(4));
            there.close().await;
        }
    }
}

#[tokio::test]
async fn a_restored_store_does_not_share_the_large_values_of_one_that_lives() {
    let from = sqlite();
    let store = from.open();
    fill(&store).await;
    let (file, made) = back_up(&from, "first.c32").await;
    let (to, blobs) = (sqlite(), from.blobs());
    let place = location(&to);
    let beside = move |replace| backup::restore(&file, &place, &blobs, &arrival(replace));
    let (beside, refused) = blocking(move || (beside.clone(), beside(false))).await;
    assert_eq!(refused.unwrap_err().code().text, "E-STORE-018");
    assert_eq!(store.blobs().figures().await.unwrap().0, made.blobs.blobs, "nothing was changed");
    // Its database is lost, and its values are not.
    store.close().await;
    blocking(move || beside(true)).await.unwrap();
    let options = Options::default();
    let there = Store::open_with(to.folder.path(), &from.blobs(), options).unwrap();
    there.own_blobs([6; 16], false).await.unwrap();
}

#[tokio::test]
async fn a_backup_under_load_is_of_one_moment() {
    let Some(server) = postgres() else { return };
    for place in [sqlite(), server] {
        let store = place.open();
        store.committer().commit(accept(new_run(0), 0)).await.unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (writer, told) = (store.clone(), Arc::clone(&stop));
        let load = tokio::spawn(async move {
            let mut number = 1;
            while !told.load(Ordering::SeqCst) {
                let state = RunState::Queued;
                let run = codex32_store::NewRun { state, ..new_run(number) };
                let done = writer.committer().commit(accept(run, number)).await;
                assert!(matches!(done, Ok(Outcome::Done { .. })), "{done:?}");
                number += 1;
            }
            number
        });
        let mut seen = Vec::new();
        for name in ["a.c32", "b.c32", "c.c32"] {
            let (file, made) = back_up(&place, name).await;
            let rows =
                |name: &str| made.tables.iter().find(|table| table.table == name).unwrap().rows;
            // One commit writes a run, its first journal row and its place in the queue.
            assert_eq!((rows("runs"), rows("runs")), (rows("journal"), rows("queue") + 1));
            assert_eq!(backup::check(&file).unwrap(), made);
            seen.push(rows("runs"));
            let now = on_disk(&store).await.len();
            while on_disk(&store).await.len() == now && !load.is_finished() {
                tokio::task::yield_now().await;
            }
        }
        stop.store(true, Ordering::SeqCst);
        let accepted = u64::from(load.await.unwrap());
        assert!(seen[0] < seen[1] && seen[1] < seen[2] && seen[2] <= accepted, "{seen:?}");
        assert_eq!(on_disk(&store).await.len() as u64, accepted, "the load lost nothing");
        store.close().await;
    }
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_nothing_changes() {
    let place = sqlite();
    let store = place.open();
    fill(&store).await;
    let (file, made) = back_up(&place, "good.c32").await;
    let good = std::fs::read(&file).unwrap();
    let broken = place.folder.path().join("broken.c32");

    // A byte that no table uses may be anything; every other change is noticed.
    let mut refused = 0;
    for at in (0..good.len()).step_by(good.len() / 300) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&broken, &bytes).unwrap();
        match backup::check(&broken) {
            Ok(read) => assert_eq!(read, made),
            Err(StoreError::DamagedBackup(_) | StoreError::NoBackup(_)) => refused += 1,
            Err(other) => panic!("byte {at}: {other:?}"),
        }
    }
    assert!(refused >= 10, "{refused}");

    let change = |sql: &str| {
        std::fs::write(&broken, &good).unwrap();
        rusqlite::Connection::open(&broken).unwrap().execute_batch(sql).unwrap();
        backup::check(&broken).unwrap_err()
    };
    for (sql, told) in [
        ("DELETE FROM runs WHERE id = (SELECT max(id) FROM runs)", "31 rows"),
        ("UPDATE env SET value = 'x' WHERE name = 'EMPTY'", "env: the checksum"),
        ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'events'", "events: it counts"),
        ("UPDATE backup SET manifest = replace(manifest, '30', '31')", "manifest was changed"),
        ("DELETE FROM backup", "no manifest"),
        ("DROP TABLE env", "env"),
        (
            "UPDATE blob_data SET bytes = x'2222' WHERE hash = (SELECT max(hash) FROM blob_data)",
            "changed",
        ),
        ("DELETE FROM blob_data WHERE hash = (SELECT max(hash) FROM blob_data)", "is not there"),
    ] {
        let error = change(sql);
        assert!(matches!(&error, StoreError::DamagedBackup(why) if why.contains(told)), "{error}");
    }
    assert!(matches!(change("DROP TABLE backup"), StoreError::NoBackup(_)));
    std::fs::write(&broken, &good[..good.len() / 2]).unwrap();

    let to = sqlite();
    let there = to.open();
    there.set_env(SCOPE, "MINE".into(), "kept".into()).await.unwrap();
    there.close().await;
    drop(there);
    let error = restore(&broken, &to, true).await.unwrap_err();
    assert_eq!(error.code().text, "E-STORE-011", "{error}");
    assert_eq!(to.open().env(WORKSPACE).await.unwrap()["MINE"], "kept");
    assert_eq!(files(&to), ["blobs", "codex32.db", "lock"], "nothing is left behind");
}

fn files(place: &Place) -> Vec<String> {
    let names = std::fs::read_dir(place.folder.path()).unwrap();
    let mut names: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    names.sort();
    names
}

#[tokio::test]
async fn a_store_that_is_not_empty_gives_way_only_when_told() {
    let Some(server) = postgres() else { return };
    let source = sqlite();
    let store = source.open();
    fill(&store).await;
    let (file, made) = back_up(&source, "backup.c32").await;
    assert!(matches!(
        backup::backup(&location(&source), &source.blobs(), &file, NOW, "0").unwrap_err(),
        StoreError::BackupFile(_)
    ));

    for to in [sqlite(), server] {
        let there = to.open();
        there.set_env(SCOPE, "MINE".into(), "kept".into()).await.unwrap();
        // A server that runs keeps its store.
        let error = restore(&file, &to, true).await.unwrap_err();
        let code = if to.is_sqlite() { "E-STORE-006" } else { "E-STORE-015" };
        assert_eq!(error.code().text, code, "{error}");
        there.close().await;
        drop(there);
        let error = restore(&file, &to, false).await.unwrap_err();
        assert_eq!(error.code().text, "E-STORE-013", "{error}");
        let there = to.open();
        assert_eq!(there.env(WORKSPACE).await.unwrap()["MINE"], "kept");
        there.close().await;
        drop(there);

        let restored = restore(&file, &to, true).await.unwrap();
        let there = to.open();
        assert_eq!(there.env(WORKSPACE).await.unwrap().len(), 2);
        assert_eq!(on_disk(&there).await.len(), 32);
        there.close().await;
        let (_, again) = back_up(&to, "again.c32").await;
        assert_eq!(contents(&again), contents(&made));
        assert_eq!(restored.aside.is_some(), to.is_sqlite());
        if let Some(aside) = restored.aside {
            let old = sqlite();
            std::fs::copy(aside, old.folder.path().join("codex32.db")).unwrap();
            assert_eq!(old.open().env(WORKSPACE).await.unwrap()["MINE"], "kept");
        }
    }
}

#[tokio::test]
async fn a_copy_leaves_its_original_sealed() {
    let Some(server) = postgres() else { return };
    let first = sqlite();
    let store = first.open();
    fill(&store).await;
    let runs = on_disk(&store).await;
    assert_eq!(copy(&first, &server).await.unwrap_err().code().text, "E-STORE-006", "it runs");
    store.close().await;
    drop(store);

    let (_, made) = back_up(&first, "before.c32").await;
    let copied = copy(&first, &server).await.unwrap();
    assert_eq!((&copied.tables, copied.blobs), (&made.tables, made.blobs));
    let sealed = first.open_with(Options::default()).err().unwrap();
    assert_eq!(sealed.code().text, "E-STORE-016");
    assert!(sealed.to_string().contains("/postgres"), "it says where the data went: {sealed}");
    assert_eq!(copy(&first, &server).await.unwrap_err().code().text, "E-STORE-016");

    let there = server.open();
    assert!(there.held().await.unwrap().is_some());
    assert_eq!(on_disk(&there).await, runs);
    there.release_hold().await.unwrap();
    there.close().await;
    drop(there);

    // And back, from PostgreSQL.
    let third = sqlite();
    copy(&server, &third).await.unwrap();
    let sealed = server.open_with(Options::default()).err().unwrap();
    assert_eq!(sealed.code().text, "E-STORE-016");
    let there = third.open();
    assert!(there.held().await.unwrap().is_some());
    assert_eq!(on_disk(&there).await, runs);

    for place in [&first, &server] {
        let location = location(place);
        assert!(blocking(move || copy::unseal(&location)).await.unwrap());
        assert_eq!(on_disk(&place.open()).await, runs);
    }
}

#[tokio::test]
async fn an_event_that_was_not_read_yet_is_read_in_the_copy() {
    let Some(server) = postgres() else { return };
    let store = server.open();
    for number in 1..=3 {
        emit(&store, number).await;
    }
    // Number 2 committed last: PostgreSQL reads 1, 3, 2.
    store
        .write(|tx| {
            for (seq, order) in [(1_i64, 10_i64), (2, 12), (3, 11)] {
                tx.execute("UPDATE events SET tx = ?2 WHERE seq = ?1", params![seq, order])?;
            }
            tx.execute(
                "INSERT INTO cursors (name, tx, seq) VALUES
                   ('before 2', 11, 3), ('all', 12, 2), ('none', 0, 0)",
                &[],
            )
        })
        .await
        .unwrap();
    let (file, _) = back_up(&server, "events.c32").await;
    let to = sqlite();
    restore(&file, &to, false).await.unwrap();
    let there = to.open();
    let cursors = there.read(|reader| {
        reader.query("SELECT name, tx, seq FROM cursors ORDER BY name", &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?))
        })
    });
    let wanted = [("all", 0, 3), ("before 2", 0, 1), ("none", 0, 0)];
    assert_eq!(cursors.await.unwrap(), wanted.map(|(name, tx, seq)| (name.to_owned(), tx, seq)));
}
