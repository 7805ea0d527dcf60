//! What befalls SQLite: a full disk, a locked database, a folder that is taken, a database from the future.

use std::time::Duration;

use codex32_store::{BlobPlace, Options, Outcome, Store, StoreError};

use crate::entries::{accept, new_run, on_disk};

#[tokio::test]
async fn a_full_disk_refuses_without_losing_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { patience: Duration::from_millis(50), ..Options::default() };
    let store =
        Store::open_with(folder.path(), &BlobPlace::in_data(folder.path()), options).unwrap();
    let pages = |pages: u32| {
        store.write(move |tx| {
            tx.reader()
                .first(&format!("PRAGMA max_page_count = {pages}"), &[], |row| row.get::<i64>(0))
        })
    };
    pages(1).await.unwrap().expect("the present size is the least");

    let mut accepted = Vec::new();
    let refused = loop {
        let number = u32::try_from(accepted.len()).unwrap();
        match store.committer().commit(accept(new_run(number), number)).await {
            Ok(Outcome::Done { .. }) => accepted.push(new_run(number).id),
            other => break other,
        }
    };
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(!accepted.is_empty(), "the last page had room for some");
    assert_eq!(on_disk(&store).await, accepted);

    // Room again, and the very entry that was refused is taken.
    let number = u32::try_from(accepted.len()).unwrap();
    pages(100_000).await.unwrap();
    let done = store.committer().commit(accept(new_run(number), number)).await;
    assert!(matches!(done, Ok(Outcome::Done { .. })), "{done:?}");
    accepted.push(new_run(number).id);
    drop(store);
    assert_eq!(on_disk(&Store::open(folder.path()).unwrap()).await, accepted);
}

#[tokio::test]
async fn a_write_waits_for_a_database_that_another_program_locks() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let other = rusqlite::Connection::open(store.path().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut commit = std::pin::pin!(store.committer().commit(accept(new_run(1), 1)));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut commit).await;
    assert!(early.is_err(), "answered before it was written: {early:?}");
    other.execute_batch("COMMIT").unwrap();
    let done = commit.await;
    assert!(matches!(done, Ok(Outcome::Done { .. })), "{done:?}");
    assert_eq!(on_disk(&store).await.len(), 1);
}

#[tokio::test]
async fn a_database_that_stays_locked_is_said_to_be_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { patience: Duration::from_millis(50), ..Options::default() };
    let store =
        Store::open_with(folder.path(), &BlobPlace::in_data(folder.path()), options).unwrap();
    let other = rusqlite::Connection::open(store.path().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.committer().commit(accept(new_run(1), 1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    // Reading goes on meanwhile.
    let read = store.read(|reader| reader.first("SELECT 1", &[], |row| row.get::<i64>(0))).await;
    assert_eq!(read.unwrap(), Some(1));
    other.execute_batch("COMMIT").unwrap();
    assert!(on_disk(&store).await.is_empty());
    let done = store.committer().commit(accept(new_run(1), 1)).await;
    assert!(matches!(done, Ok(Outcome::Done { .. })), "{done:?}");
}

#[tokio::test]
async fn one_folder_takes_one_server() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path()).unwrap();
    let second = Store::open(folder.path()).err().map(|error| error.to_string());
    let told = second.expect("the folder is taken");
    assert!(told.contains("another Codex-32 server uses it"), "{told}");
    assert!(told.contains("--data"), "{told}");
    let done = first.committer().commit(accept(new_run(1), 1)).await;
    assert!(matches!(done, Ok(Outcome::Done { .. })), "the first one is not disturbed: {done:?}");
    first.close().await;
    drop(first);
    Store::open(folder.path()).unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = {
        let store = Store::open(folder.path()).unwrap();
        store.close().await;
        store.path().unwrap().to_owned()
    };
    let known: u32 = {
        let db = rusqlite::Connection::open(&path).unwrap();
        let known: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        db.pragma_update(None, "user_version", known + 1).unwrap();
        known
    };
    let before = std::fs::read(&path).unwrap();
    match Store::open(folder.path()) {
        Err(StoreError::Newer { found, known: told }) => {
            assert_eq!((found, told), (known + 1, known));
        }
        other => panic!("opened: {}", other.is_ok()),
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said_to_be_damaged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("codex32.db"), "this is not a database at all".repeat(99))
        .unwrap();
    let told = Store::open(folder.path()).err().expect("it cannot be opened");
    assert_eq!(told.code().text, "E-STORE-008", "{told}");
    let kept = std::fs::read_to_string(folder.path().join("codex32.db")).unwrap();
    assert!(kept.starts_with("this is not"), "nobody's file is overwritten");
}
