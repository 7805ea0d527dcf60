//! The migrations of the two databases make the same tables, and old databases come to the present.

use std::collections::BTreeMap;

use codex32_store::migrate::{Versions, migrate, versions};
use codex32_store::{Store, StoreError};
use codex32_testkit::place::Place;

use crate::backup::{blocking, location, postgres, sqlite};

/// `table.column` with type, whether it may be empty, and its place in the primary key.
type Columns = BTreeMap<String, (String, bool, i64)>;
/// `table.index` with the columns and whether it is unique.
type Indexes = BTreeMap<String, (Vec<String>, bool)>;

async fn rows<const N: usize>(store: &Store, sql: &'static str) -> Vec<[String; N]> {
    let read = move |reader: &codex32_store::sql::Reader<'_>| {
        reader.query(sql, &[], |row| {
            let mut cells = [const { String::new() }; N];
            for (index, cell) in cells.iter_mut().enumerate() {
                *cell = row.get(index)?;
            }
            Ok(cells)
        })
    };
    store.read(read).await.unwrap()
}

async fn columns(place: &Place) -> Columns {
    let store = place.open();
    let sql = if place.is_sqlite() {
        "SELECT t.name || '.' || c.name,
                CASE c.type WHEN 'BLOB' THEN 'bytea' WHEN 'INTEGER' THEN 'bigint'
                  WHEN 'REAL' THEN 'double precision' WHEN 'TEXT' THEN 'text' ELSE c.type END,
                (c.\"notnull\" = 0 AND c.pk = 0) || '', c.pk || ''
         FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'knowledge_text%'"
    } else {
        "SELECT t.relname || '.' || c.attname, format_type(c.atttypid, c.atttypmod),
                (NOT c.attnotnull)::int || '',
                coalesce(array_position(k.indkey::int2[], c.attnum) + 1, 0) || ''
         FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0
         LEFT JOIN pg_index k ON k.indrelid = t.oid AND k.indisprimary
         WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace
           AND NOT c.attisdropped AND c.attgenerated = '' AND t.relname <> 'migrations'"
    };
    let rows = rows::<4>(&store, sql).await;
    store.close().await;
    rows.into_iter()
        .map(|[name, kind, empty, key]| (name, (kind, empty == "1", key.parse().unwrap())))
        .collect()
}

async fn indexes(place: &Place) -> Indexes {
    let store = place.open();
    let sql = if place.is_sqlite() {
        "SELECT t.name || '.' || i.name, group_concat(c.name, ' '), i.\"unique\" || ''
         FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
         WHERE t.type = 'table' AND i.origin = 'c' GROUP BY t.name, i.name"
    } else {
        "SELECT t.relname || '.' || i.relname, string_agg(c.attname, ' ' ORDER BY c.place),
                x.indisunique::int || ''
         FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
         CROSS JOIN LATERAL (
           SELECT a.attname, k.place FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (number, place)
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) c
         WHERE t.relnamespace = current_schema()::regnamespace
           AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.oid)
           AND i.relname <> 'knowledge_chunks_lexemes'
         GROUP BY t.relname, i.relname, x.indisunique"
    };
    let rows = rows::<3>(&store, sql).await;
    store.close().await;
    rows.into_iter()
        .map(|[name, columns, unique]| {
            (name, (columns.split(' ').map(str::to_owned).collect(), unique == "1"))
        })
        .collect()
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let Some(server) = postgres() else { return };
    let folder = sqlite();
    let (here, there) = (columns(&folder).await, columns(&server).await);
    assert!(here.len() > 100, "the catalogue was read: {here:?}");
    assert_eq!(here, there);
    let (here, there) = (indexes(&folder).await, indexes(&server).await);
    assert!(here.len() > 10, "{here:?}");
    assert_eq!(here, there);
}

#[tokio::test]
async fn an_old_database_is_brought_to_the_present_and_says_so() {
    let place = sqlite();
    let file = place.folder.path().join("codex32.db");
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute_batch(include_str!("../../migrations/sqlite/0001_first.sql")).unwrap();
    old.execute_batch("PRAGMA user_version = 1; INSERT INTO cursors VALUES ('a', 7)").unwrap();
    drop(old);
    let found = versions(&location(&place)).unwrap();
    assert!(found.from == 1 && found.to > 1 && found.differ(), "{found:?}");
    assert_eq!(versions(&location(&place)).unwrap(), found, "looking changes nothing");
    assert_eq!(migrate(&location(&place)).unwrap(), found);
    assert_eq!(versions(&location(&place)).unwrap(), Versions { from: found.to, ..found });

    let store = place.open();
    let told = migrate(&location(&place)).unwrap_err();
    assert!(matches!(told, StoreError::DataFolder(_)), "a server has it: {told}");
    let kept = store.read(|reader| reader.first("SELECT seq FROM cursors", &[], |row| row.get(0)));
    assert_eq!(kept.await.unwrap(), Some(7_i64));
}

#[tokio::test]
async fn an_empty_postgresql_database_is_migrated_once() {
    let Some(place) = postgres() else { return };
    let at = location(&place);
    let (before, done, after) =
        blocking(move || (versions(&at).unwrap(), migrate(&at).unwrap(), migrate(&at).unwrap()))
            .await;
    assert_eq!((before.from, done.from), (0, 0));
    assert_eq!(after, Versions { from: before.to, to: before.to });
    place.open().close().await;
}
