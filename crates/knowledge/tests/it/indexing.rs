//! Indexing goes on where it was, whatever happens, and does no work twice.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use codex32_knowledge::{Knowledge, Query, Who};
use codex32_model::Scope;
use codex32_model::ids::KnowledgeBaseId;
use codex32_store::Store;
use codex32_store::knowledge::documents::{Document, State};
use codex32_testkit::place::Place;

use crate::world::{TestClock, World, knowledge, world, world_at};

fn text(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok())
}

/// So many paragraphs, each of about a passage.
fn long(paragraphs: usize, seed: usize) -> String {
    let mut out = String::from("# A long story\n\n");
    for number in 0..paragraphs {
        out.push_str(&format!("## Part {number} of {seed}\n\n"));
        for word in 0..60 {
            let salt = (number * 31 + word * 17 + seed * 7) % 997;
            out.push_str(&format!("word{salt} says something about thing{} and ", salt % 83));
        }
        out.push_str("\n\n");
    }
    out
}

async fn counted(world: &World, of: &Document) -> (u32, u32, i64) {
    let (all, twice) = world.store.count_chunks(of.base).await.unwrap();
    (all, twice, world.document(of).await.embedded)
}

#[tokio::test]
async fn only_what_changed_is_embedded_again() {
    let world = world().await;
    world.base("story").await;
    let text = long(100, 1);
    let (document, changed) = world.put("story", "story.md", text.as_bytes()).await;
    assert!(changed);
    world.knowledge.index_all().await;
    let (all, twice, embedded) = counted(&world, &document).await;
    assert!(all >= 100 && twice == 0, "{all} {twice}");
    assert_eq!(i64::from(all), embedded);

    // The same bytes are no work at all.
    let (_, changed) = world.put("story", "story.md", text.as_bytes()).await;
    assert!(!changed);
    assert_eq!(world.document(&document).await.state, State::Ready);

    // One part is other, one is new at the beginning, one is gone.
    let mut other = text.replace("## Part 50 of 1", "## Part fifty of 1");
    other = other.replace("# A long story\n", "# A long story\n\nOnce upon a time.\n");
    let (from, to) = (other.find("## Part 70 ").unwrap(), other.find("## Part 71 ").unwrap());
    other.replace_range(from..to, "");
    let (document, changed) = world.put("story", "story.md", other.as_bytes()).await;
    assert!(changed);
    world.knowledge.index_all().await;
    let (now, twice, again) = counted(&world, &document).await;
    assert_eq!(twice, 0);
    assert!(again - embedded <= 8, "{} embedded anew", again - embedded);
    assert!(again > embedded && now.abs_diff(all) <= 4, "{now} of {all}");
    let query = Query::new("part seventy 70", 50);
    let hits = world.knowledge.search(world.scope, Who::Keeper, "story", query).await.unwrap();
    assert!(hits.iter().all(|hit| !hit.title.contains("Part 70 ")), "what is gone is not found");

    // Other stems: everything is made anew, and nothing is there twice.
    let mut base = world.knowledge.base(world.scope, "story").await.unwrap();
    base.language = "german".to_owned();
    world.knowledge.change(world.scope, base).await.unwrap();
    world.knowledge.index_all().await;
    let (anew, twice, embedded) = counted(&world, &document).await;
    assert_eq!((anew, twice), (now, 0));
    assert_eq!(embedded - again, i64::from(now));
    world.store.close().await;
}

#[tokio::test]
async fn whoever_was_overtaken_changes_nothing_any_more() {
    let world = world().await;
    world.base("story").await;
    let (document, _) = world.put("story", "story.md", long(20, 1).as_bytes()).await;
    let node = codex32_model::ids::NodeId::from_bytes([3; 16]);
    let now = codex32_model::Clock::now(&*world.clock);
    let claim = |lease| world.store.all_claim_document(node, Duration::from_secs(lease), now);
    let first = claim(60).await.unwrap().unwrap();
    assert!(claim(60).await.unwrap().is_none(), "one works on it");
    assert!(world.store.cancel_document(world.scope, document.id).await.unwrap());
    let of = first.document.clone();
    let held =
        world.store.add_chunks(of, Vec::new(), (1, 2), Duration::from_secs(60), now).await.unwrap();
    assert!(!held, "it was cancelled");
    assert_eq!(world.document(&document).await.state, State::Cancelled);
    world.store.reindex_document(world.scope, document.id).await.unwrap();
    world.knowledge.index_all().await;
    assert_eq!(world.document(&document).await.state, State::Ready);
    // Removed while others have it: it stays away.
    let (document, _) = world.put("story", "story.md", long(30, 2).as_bytes()).await;
    assert!(world.store.remove_base(world.scope, "story".into()).await.unwrap());
    world.knowledge.index_all().await;
    assert!(world.store.document(world.scope, document.id).await.unwrap().is_none());
    assert_eq!(world.store.count_chunks(document.base).await.unwrap(), (0, 0));
    world.store.close().await;
}

/// What the children of the kill test do: index until everything is done. Ignored: it is started by the
/// test below, in a process that may die.
#[tokio::test]
#[ignore = "started by a test as its child"]
async fn child() {
    let Some(folder) = std::env::var_os("KNOWLEDGE_FOLDER").map(PathBuf::from) else { return };
    let clock = Arc::new(TestClock::default());
    let store = match text("KNOWLEDGE_DATABASE") {
        Some(address) => {
            let server = codex32_store::Server::parse(&address).unwrap();
            let blobs = codex32_store::BlobPlace::in_data(&folder);
            Store::connect(server, &blobs, codex32_store::Options::default()).unwrap()
        }
        None => Store::open(&folder).unwrap(),
    };
    // Its own keys, so that no two write the file at once.
    let keys = tempfile::tempdir().unwrap();
    let knowledge = knowledge(&store, keys.path(), &clock);
    store.all_release_documents().await.unwrap();
    let base = text("KNOWLEDGE_BASE").unwrap().parse().unwrap();
    // The parent hears how far it is, and chooses the moment.
    let watched = store.clone();
    let telling = tokio::spawn(async move {
        loop {
            println!("at {}", watched.count_chunks(base).await.unwrap().0);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    finish(&knowledge, &store).await;
    telling.abort();
    store.close().await;
}

/// Indexes until nothing is left, also what a dead one still has a claim on.
async fn finish(knowledge: &Knowledge, store: &Store) {
    while store.all_next_document().await.unwrap().is_some() {
        if !knowledge.index_next().await.unwrap() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Starts a child and kills it when so many passages are there, or when it is done.
fn killed(folder: &Path, address: Option<String>, base: KnowledgeBaseId, wanted: u32) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["indexing::child", "--exact", "--ignored", "--nocapture"])
        .env("KNOWLEDGE_FOLDER", folder)
        .env("KNOWLEDGE_BASE", base.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(address) = address {
        command.env("KNOWLEDGE_DATABASE", address);
    }
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        let at = line.rsplit_once("at ").and_then(|(_, number)| number.parse::<u32>().ok());
        if at.is_some_and(|at| at >= wanted) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Passages and kills: smaller in CI, all of them by `make torture`.
fn size() -> (usize, u32) {
    let number = |name: &str| text(name).and_then(|text| text.parse().ok());
    (
        number("PASSAGES").unwrap_or(1_500),
        number("INDEX_KILLS").map_or(4, |kills: usize| kills as u32),
    )
}

#[tokio::test]
async fn killed_again_and_again_it_loses_nothing_and_does_nothing_twice() {
    let (passages, kills) = size();
    let mut place = Place::new();
    let mut documents = Vec::new();
    let base;
    let scope: Scope;
    {
        let world = world_at(place).await;
        world.base("story").await;
        scope = world.scope;
        // Each part is four passages.
        for number in 0..5 {
            let text = long(passages / 20, number);
            let name = format!("story-{number}.md");
            documents.push(world.put("story", &name, text.as_bytes()).await.0);
        }
        base = documents[0].base;
        world.store.close().await;
        place = world.place;
    }
    // Each kill comes after some more passages are on the disk, so that there is always something to lose.
    for kill in 1..=kills {
        let wanted = u32::try_from(passages).unwrap() * kill / (kills + 1);
        let address = place.server.as_ref().map(|server| server.url());
        killed(place.folder.path(), address, base, wanted);
    }
    let world = world_at(place).await;
    let (before, _) = world.store.count_chunks(base).await.unwrap();
    assert!(before > 0, "the children did something");
    world.store.all_release_documents().await.unwrap();
    finish(&world.knowledge, &world.store).await;
    let (all, twice) = world.store.count_chunks(base).await.unwrap();
    let (mut wanted, mut embedded) = (0, 0);
    for document in &documents {
        let document = world.document(document).await;
        assert_eq!(document.state, State::Ready, "{document:?}");
        assert_eq!(document.done, document.total);
        wanted += document.total;
        embedded += document.embedded;
    }
    println!("{all} passages, {kills} kills");
    assert!(all as usize >= passages * 9 / 10, "{all}");
    assert_eq!((all, twice), (wanted, 0), "none is lost, none is there twice");
    assert_eq!(embedded, i64::from(all), "each was embedded and written once");
    let query = Query::new("part 3 of 4", 5);
    assert!(!world.knowledge.search(scope, Who::Keeper, "story", query).await.unwrap().is_empty());
    world.store.close().await;
}
