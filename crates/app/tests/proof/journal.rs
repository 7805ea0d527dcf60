//! The database behind the server's back, by a connection of its own.

mod postgres;

use std::collections::HashMap;
use std::path::Path;

use codex32_model::fact::{self, Fact, FactKind};
use codex32_model::ids::{RunId, WorkspaceId};
use codex32_model::large::BlobHash;
use codex32_model::run::RunState;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use postgres::Asking;

pub struct Journal(Database);

enum Database {
    Sqlite(Connection),
    Postgres(Asking),
}

type Row = Vec<Value>;

/// All that is stored of a run, to see whether it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub row: String,
    pub facts: Vec<Vec<u8>>,
}

fn bytes(value: &Value) -> &[u8] {
    let Value::Blob(bytes) = value else { panic!("{value:?} for bytes") };
    bytes
}

fn text(value: &Value) -> &str {
    let Value::Text(text) = value else { panic!("{value:?} for a text") };
    text
}

fn id(value: &Value) -> RunId {
    RunId::from_bytes(bytes(value).try_into().expect("16 bytes"))
}

impl Journal {
    pub fn open(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        Self(Database::Sqlite(db))
    }

    /// On a PostgreSQL server, also after it was restarted.
    pub fn connect(url: &str) -> Self {
        Self(Database::Postgres(Asking::new(url)))
    }

    /// What a disk left after a power cut, where recovery has to write.
    pub fn recover(path: &Path) -> Self {
        Self(Database::Sqlite(Connection::open(path).unwrap()))
    }

    /// The rows of a query that SQLite and PostgreSQL both understand.
    fn ask(&self, sql: &'static str, run: Option<RunId>) -> Result<Vec<Row>, String> {
        match &self.0 {
            Database::Sqlite(db) => sqlite(db, sql, run).map_err(|error| error.to_string()),
            Database::Postgres(asking) => asking.ask(sql, run),
        }
    }

    pub fn is_sound(&self) -> bool {
        self.ask("PRAGMA integrity_check", None)
            .is_ok_and(|rows| matches!(&*rows, [row] if row[..] == [Value::Text("ok".to_owned())]))
    }

    pub fn state(&self, run: RunId) -> Option<RunState> {
        let rows = self.ask("SELECT state FROM runs WHERE id = $1", Some(run)).ok()?;
        RunState::parse(text(rows.first()?.first()?))
    }

    pub fn facts(&self, run: RunId) -> Vec<Fact> {
        let sql = "SELECT facts FROM journal WHERE run = $1 ORDER BY seq";
        let rows = self.ask(sql, Some(run)).unwrap_or_default();
        rows.iter().flat_map(|row| fact::decode(bytes(&row[0])).unwrap().facts).collect()
    }

    /// Whether the journal says that the attempt with this idempotency key was begun.
    pub fn began(&self, run: RunId, key: &str) -> bool {
        self.facts(run)
            .iter()
            .any(|fact| matches!(&fact.kind, FactKind::AttemptStarted { key: k, .. } if k == key))
    }

    pub fn runs(&self) -> Vec<(RunId, String, RunState)> {
        let sql =
            "SELECT r.id, b.name, r.state FROM runs r JOIN bots b ON b.id = r.bot ORDER BY r.id";
        let rows = self.ask(sql, None).unwrap();
        rows.iter()
            .map(|row| {
                let state = RunState::parse(text(&row[2])).unwrap();
                (id(&row[0]), text(&row[1]).to_owned(), state)
            })
            .collect()
    }

    /// The large values that a run refers to, below the folder of blob storage.
    pub fn blobs(&self, run: RunId) -> Vec<String> {
        let sql = "SELECT workspace, hash FROM blobs WHERE run = $1";
        let rows = self.ask(sql, Some(run)).unwrap_or_default();
        let name = |row: &Row| {
            let workspace = WorkspaceId::from_bytes(bytes(&row[0]).try_into().unwrap());
            let hash = BlobHash(bytes(&row[1]).try_into().unwrap()).to_string();
            format!("{workspace}/{}/{hash}", &hash[..2])
        };
        rows.iter().map(name).collect()
    }

    /// Everything about the runs that have ended.
    pub fn ended(&self) -> HashMap<RunId, Stored> {
        let sql = "SELECT r.id, j.facts, r.state, r.epoch, r.seq, r.nonce, r.owner, r.ended_at,
                          r.reason, r.error, r.created_at, r.deadline, r.cancel
                   FROM runs r JOIN journal j ON j.run = r.id WHERE r.ended_at IS NOT NULL
                   ORDER BY r.id, j.seq";
        let mut ended: HashMap<RunId, Stored> = HashMap::new();
        for row in self.ask(sql, None).unwrap() {
            let stored = ended
                .entry(id(&row[0]))
                .or_insert_with(|| Stored { row: format!("{:?}", &row[2..]), facts: Vec::new() });
            stored.facts.push(bytes(&row[1]).to_owned());
        }
        ended
    }

    pub fn unfinished(&self) -> i64 {
        let rows = self.ask("SELECT count(*) FROM runs WHERE ended_at IS NULL", None).unwrap();
        let Some(Value::Integer(count)) = rows[0].first() else { panic!("a count: {rows:?}") };
        *count
    }
}

fn sqlite(db: &Connection, sql: &str, run: Option<RunId>) -> rusqlite::Result<Vec<Row>> {
    let mut statement = db.prepare_cached(sql)?;
    let columns = statement.column_count();
    let run = run.map(|run| run.as_bytes().to_vec());
    let rows = statement.query_map(rusqlite::params_from_iter(run), |row| {
        (0..columns).map(|column| row.get(column)).collect()
    })?;
    rows.collect()
}
