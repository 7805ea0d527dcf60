//! The database behind the server's back, by a second connection.

use std::collections::HashMap;
use std::path::Path;

use codex32_model::fact::{self, Fact, FactKind};
use codex32_model::ids::RunId;
use codex32_model::run::RunState;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

pub struct Journal(Connection);

/// All that is stored of a run, to see whether it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub row: String,
    pub facts: Vec<Vec<u8>>,
}

impl Journal {
    pub fn open(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        Self(db)
    }

    /// What a disk left after a power cut, where recovery has to write.
    pub fn recover(path: &Path) -> Self {
        Self(Connection::open(path).unwrap())
    }

    pub fn is_sound(&self) -> bool {
        let told: Result<String, _> =
            self.0.query_row("PRAGMA integrity_check", [], |row| row.get(0));
        told.is_ok_and(|told| told == "ok")
    }

    pub fn state(&self, run: RunId) -> Option<RunState> {
        let state: Option<String> = self
            .0
            .query_row("SELECT state FROM runs WHERE id = ?1", [run.as_bytes()], |row| row.get(0))
            .optional()
            .ok()?;
        RunState::parse(&state?)
    }

    pub fn facts(&self, run: RunId) -> Vec<Fact> {
        let Ok(mut statement) =
            self.0.prepare_cached("SELECT facts FROM journal WHERE run = ?1 ORDER BY seq")
        else {
            return Vec::new();
        };
        let rows = statement.query_map([run.as_bytes()], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        rows.flat_map(|blob| fact::decode(&blob.unwrap()).unwrap()).collect()
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
        let mut statement = self.0.prepare_cached(sql).unwrap();
        let rows = statement.query_map([], |row| {
            Ok((RunId::from_bytes(row.get(0)?), row.get(1)?, row.get::<_, String>(2)?))
        });
        rows.unwrap()
            .map(|row| row.unwrap())
            .map(|(id, bot, state)| (id, bot, RunState::parse(&state).unwrap()))
            .collect()
    }

    /// Everything about the runs that have ended.
    pub fn ended(&self) -> HashMap<RunId, Stored> {
        let sql =
            "SELECT r.id, json_array(r.state, r.epoch, r.seq, r.nonce, hex(r.owner), r.ended_at,
                     r.reason, r.error, r.created_at, r.deadline, r.cancel), j.facts
                   FROM runs r JOIN journal j ON j.run = r.id WHERE r.ended_at IS NOT NULL
                   ORDER BY r.id, j.seq";
        let mut statement = self.0.prepare_cached(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut ended: HashMap<RunId, Stored> = HashMap::new();
        while let Some(row) = rows.next().unwrap() {
            let id = RunId::from_bytes(row.get(0).unwrap());
            let stored = ended
                .entry(id)
                .or_insert_with(|| Stored { row: row.get(1).unwrap(), facts: Vec::new() });
            stored.facts.push(row.get(2).unwrap());
        }
        ended
    }

    pub fn unfinished(&self) -> u32 {
        self.0
            .query_row("SELECT count(*) FROM runs WHERE ended_at IS NULL", [], |row| row.get(0))
            .unwrap()
    }
}
