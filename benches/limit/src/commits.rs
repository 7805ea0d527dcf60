//! What the benchmark W4 measures runs one by one against: one transaction after the other, each with
//! its flush, from the thread that waits for it.

use std::path::PathBuf;
use std::time::Instant;

use rusqlite::params;
use uuid::Uuid;

use crate::Fault;

/// Commits `count` times what a step of a run comes to: the run's row moved on, a row of the journal.
/// Writes the milliseconds that it took.
pub(crate) fn measure(folder: &str, count: u32) -> Result<(), Fault> {
    let mut db = crate::sqlite(folder)?;
    let run = Uuid::now_v7();
    db.execute("INSERT INTO runs (id, state) VALUES (?1, '0')", [run.as_bytes()])?;
    let facts = vec![b'x'; 100];
    let began = Instant::now();
    for seq in 1..=count {
        let tx = db.transaction()?;
        tx.prepare_cached("UPDATE runs SET state = ?2 WHERE id = ?1")?
            .execute(params![run.as_bytes(), seq.to_string()])?;
        tx.prepare_cached("INSERT INTO journal (run, seq, facts) VALUES (?1, ?2, ?3)")?
            .execute(params![run.as_bytes(), seq, facts])?;
        tx.commit()?;
    }
    let took = began.elapsed();
    drop(db);
    std::fs::remove_dir_all(PathBuf::from(folder))?;
    let out = format!("{:.1}\n", took.as_secs_f64() * 1000.0);
    std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes())?;
    Ok(())
}
