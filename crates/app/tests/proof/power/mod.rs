//! The power is cut under load. The server runs on a recorded disk (shim.c); afterwards the folder is
//! rebuilt as the disk would have it at many moments of that recording (disk.rs), and whatever had been
//! answered, or had been sent outside, by then must be known.
//!
//! The counter-proof: with `synchronous=OFF`, and on a disk that lies about flushing, the same check
//! must find a loss.

mod disk;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use codex32_model::fact::FactKind;
use codex32_model::ids::RunId;
use codex32_model::large::BlobHash;
use codex32_model::run::RunState;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::bots;
use crate::journal::Journal;
use crate::load::Load;
use crate::server::Server;

/// Acceptances to wait for under load.
const LOAD: usize = 300;
/// Moments at which the power is cut.
const CUTS: u64 = 40;
/// Cuts after which the whole server is started again.
const RESTARTS: u64 = 3;

/// What the test saw from outside, as notes in the recording.
const ANSWERED: u8 = b'a';
const EFFECT: u8 = b'e';

struct Recording {
    /// What was in the folder before.
    base: BTreeMap<String, Vec<u8>>,
    log: Vec<u8>,
    /// Keeps the sink and the folder.
    home: tempfile::TempDir,
    _sink: codex32_testkit::sink::Sink,
}

pub fn shim(home: &Path) -> PathBuf {
    let library = home.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proof/power/shim.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .status();
    assert!(built.expect("a C compiler, `cc`").success());
    library
}

/// Runs the server under load on a recorded disk until it is killed.
async fn record(flags: &[&str], lies: bool) -> Recording {
    let home = tempfile::tempdir().unwrap();
    let library = shim(home.path());
    let (data, log) = (home.path().join("data"), home.path().join("disk.log"));
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let notes = Arc::new(File::options().create(true).append(true).open(&log).unwrap());
    let note = move |kind: u8, what: &str| {
        let record = disk::note(kind, what);
        // In one piece, so that it lies whole between two records of the server.
        assert_eq!((&*notes).write(&record).unwrap(), record.len());
    };
    let noted = note.clone();
    let sink = bots::sink(move |request| {
        let told = |name| request.header(name).expect("the run and the key travel along");
        noted(EFFECT, &format!("{} {}", told("x-run"), told("idempotency-key")));
    })
    .await;

    // Bots are there before the recording begins, and on a sound disk: the load is what is in question.
    let server = Server::start(&data, &[], &[]);
    server.deploy(bots::PURE);
    server.deploy(bots::LARGE);
    server.deploy(&bots::effects(&sink.url("")));
    drop(server);
    let base = disk::read_folder(&data);

    let lie = Path::new(if lies { "1" } else { "0" });
    let environment: [(&str, &Path); 4] = [
        ("LD_PRELOAD", &library),
        ("POWER_FOLDER", &data),
        ("POWER_LOG", &log),
        ("POWER_LIES", lie),
    ];
    let server = Server::start(&data, flags, &environment);
    let mut load = Load::start(&["pure", "effects", "large"], 4, move |accepted| {
        note(ANSWERED, &format!("{} {}", accepted.run, accepted.bot));
    });
    load.server_at(Some(&server.url));
    tokio::time::timeout(Duration::from_secs(60), async {
        while load.accepted() < LOAD {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("the load gets its answers");
    server.kill();
    load.server_at(None);
    load.stop().await;
    let log = std::fs::read(&log).unwrap();
    Recording { base, log, home, _sink: sink }
}

/// Rebuilds the folder at a moment of the recording and tells what it lost.
fn cut(
    recording: &Recording,
    records: &[disk::Record<'_>],
    seed: u64,
    folder: &Path,
) -> Vec<String> {
    disk::write_folder(folder, &disk::after_cut(&recording.base, records, seed));
    let journal = Journal::recover(&folder.join("codex32.db"));
    let mut lost = Vec::new();
    if !journal.is_sound() {
        lost.push("the database is damaged".to_owned());
    }
    for record in records {
        let Some((run, more)) = record.path.split_once(' ') else { continue };
        match record.kind {
            ANSWERED => {
                lost.extend(answered(&journal, run.parse().unwrap(), more));
                lost.extend(values(&journal, run.parse().unwrap(), more, folder));
            }
            EFFECT if !journal.began(run.parse().unwrap(), more) => {
                lost.push(format!("{run}: an effect left, and the journal does not know of it"));
            }
            _ => {}
        }
    }
    lost
}

fn answered(journal: &Journal, run: RunId, bot: &str) -> Option<String> {
    let Some(state) = journal.state(run) else {
        return Some(format!("{run} of {bot} was answered and is not there"));
    };
    let facts = journal.facts(run);
    let started = matches!(facts.first().map(|fact| &fact.kind), Some(FactKind::Started { .. }));
    let ended = matches!(facts.last().map(|fact| &fact.kind), Some(FactKind::Ended { .. }));
    if !started {
        return Some(format!("{run} of {bot} has no beginning in its journal"));
    }
    // Its answer was its end.
    (bot != "effects" && !(ended && state == RunState::Succeeded))
        .then(|| format!("{run} of {bot} was answered with its end and is {}", state.as_str()))
}

/// What is not there of the large values that a run refers to.
fn values(journal: &Journal, run: RunId, bot: &str, folder: &Path) -> Option<String> {
    let blobs = journal.blobs(run);
    if bot == "large" && blobs.len() != 2 {
        return Some(format!("{run} refers to {} large values", blobs.len()));
    }
    let whole = |name: &&String| {
        let bytes = std::fs::read(folder.join("blobs").join(name)).unwrap_or_default();
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        !name.ends_with(&BlobHash(hash).to_string())
    };
    let lost = blobs.iter().find(whole)?;
    Some(format!("{run} refers to {lost}, and that is lost"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_loses_nothing_that_was_answered_or_sent() {
    let recording = record(&[], false).await;
    let records = disk::records(&recording.log);
    let notes = records.iter().filter(|record| matches!(record.kind, ANSWERED | EFFECT)).count();
    let flushes = records.iter().filter(|record| record.kind == b's').count();
    assert!(notes >= LOAD, "{notes} answers and effects were noted");
    assert!(flushes > 10, "the load takes many flushes: {flushes}");

    let mut random = StdRng::seed_from_u64(8032);
    for seed in 0..CUTS {
        // The last cut is at the kill itself.
        let end =
            if seed + 1 == CUTS { records.len() } else { random.random_range(1..records.len()) };
        let folder = recording.home.path().join(format!("cut-{seed}"));
        let lost = cut(&recording, &records[..end], seed, &folder);
        assert!(lost.is_empty(), "cut {seed} behind record {end}: {lost:#?}");
        if seed + RESTARTS >= CUTS {
            everything_ends(&folder, &records[..end]).await;
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

/// The server starts on what the disk kept, and every accepted run comes to its end.
async fn everything_ends(folder: &Path, records: &[disk::Record<'_>]) {
    let server = Server::start(folder, &[], &[]);
    let journal = Journal::open(&server.database());
    tokio::time::timeout(Duration::from_secs(60), async {
        while journal.unfinished() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("every run ends");
    for record in records.iter().filter(|record| record.kind == ANSWERED) {
        let (run, _) = record.path.split_once(' ').unwrap();
        assert_eq!(journal.state(run.parse().unwrap()), Some(RunState::Succeeded), "{run}");
    }
}

/// How many of the cuts lost something.
async fn cuts_with_loss(flags: &[&str], lies: bool) -> u64 {
    let recording = record(flags, lies).await;
    let records = disk::records(&recording.log);
    let mut losing = 0;
    for seed in 0..10 {
        let folder = recording.home.path().join("cut");
        losing += u64::from(!cut(&recording, &records, seed, &folder).is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }
    losing
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_flushes_the_same_check_finds_a_loss() {
    let losing = cuts_with_loss(&["--unsafe-no-flush"], false).await;
    assert!(losing >= 5, "only {losing} of 10 cuts lost something with synchronous=OFF");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_disk_that_lies_the_same_check_finds_a_loss() {
    let losing = cuts_with_loss(&[], true).await;
    assert!(losing >= 5, "only {losing} of 10 cuts lost something on a disk that lies");
}
