//! Who finds what: readers, filters, freshness, workspaces, models of the gateway's.

use std::time::Duration;

use codex32_knowledge::{Error, Hit, Query, Who};
use codex32_model::Scope;
use codex32_model::ids::WorkspaceId;
use codex32_store::knowledge::documents::About;

use crate::world::{World, world};

const ALICE: &str = "act_00000000000000000000000000000a11";
const BOT: &str = "bot_00000000000000000000000000000b07";

async fn names(world: &World, who: Who, query: Query) -> Vec<String> {
    let hits = world.knowledge.search(world.scope, who, "house", query).await.unwrap();
    let mut names: Vec<_> = hits.into_iter().map(|hit: Hit| hit.name).collect();
    names.sort();
    names
}

async fn filled() -> World {
    let world = world().await;
    world.base("house").await;
    let about = |name: &str| About { name: name.to_owned(), ..About::default() };
    let salaries = About {
        readers: Some(vec![ALICE.to_owned(), BOT.to_owned()]),
        tags: vec!["people".to_owned()],
        ..about("salaries.md")
    };
    world.put_about("house", salaries, b"The salary of the house keeper is secret.").await;
    let nobody = About { readers: Some(Vec::new()), ..about("sealed.md") };
    world.put_about("house", nobody, b"The sealed letter about the house keeper.").await;
    let open = About { tags: vec!["people".to_owned()], ..about("open.txt") };
    world.put_about("house", open, b"The house keeper has the keys.").await;
    world.knowledge.index_all().await;
    world
}

#[tokio::test]
async fn only_readers_find_what_is_restricted() {
    let world = filled().await;
    let asked = || Query::new("house keeper", 10);
    let reader = |id: &str| Who::Reader(id.to_owned());
    assert_eq!(names(&world, Who::Keeper, asked()).await, ["open.txt", "salaries.md", "sealed.md"]);
    assert_eq!(names(&world, reader(ALICE), asked()).await, ["open.txt", "salaries.md"]);
    assert_eq!(names(&world, reader(BOT), asked()).await, ["open.txt", "salaries.md"]);
    let stranger = reader("act_00000000000000000000000000000e1e");
    assert_eq!(names(&world, stranger, asked()).await, ["open.txt"]);
    // Rights are changed without the document being indexed again.
    let about = About { name: "salaries.md".into(), readers: Some(Vec::new()), ..About::default() };
    let (_, changed) =
        world.put_about("house", about, b"The salary of the house keeper is secret.").await;
    assert!(!changed);
    assert_eq!(names(&world, reader(ALICE), asked()).await, ["open.txt"]);
    // Another workspace has no such base.
    let elsewhere = Scope { workspace: WorkspaceId::from_bytes([9; 16]), ..world.scope };
    let refused = world.knowledge.search(elsewhere, Who::Keeper, "house", asked()).await;
    assert!(matches!(refused, Err(Error::NoBase(_))), "{refused:?}");
    world.store.close().await;
}

#[tokio::test]
async fn filters_and_freshness_decide_what_comes_first() {
    let world = filled().await;
    let asked = || Query::new("house keeper", 10);
    let tagged = Query { tag: Some("people".into()), ..asked() };
    assert_eq!(names(&world, Who::Keeper, tagged).await, ["open.txt", "salaries.md"]);
    let plain = Query { kind: Some("text".into()), ..asked() };
    assert_eq!(names(&world, Who::Keeper, plain).await, ["open.txt"]);
    let one = Query { document: Some("sealed.md".into()), ..asked() };
    assert_eq!(names(&world, Who::Keeper, one).await, ["sealed.md"]);

    let at = codex32_model::Clock::now(&*world.clock);
    world.clock.forward(Duration::from_secs(400 * 86_400));
    world.put("house", "new.txt", b"The house has a new keeper of the keys, who keeps them.").await;
    world.knowledge.index_all().await;
    let since = Query { since: Some(at.plus(Duration::from_secs(86_400))), ..asked() };
    assert_eq!(names(&world, Who::Keeper, since).await, ["new.txt"]);
    let fresh = Query { half_life: Some(Duration::from_secs(30 * 86_400)), ..asked() };
    let hits = world.knowledge.search(world.scope, Who::Keeper, "house", fresh).await.unwrap();
    assert_eq!(hits[0].name, "new.txt");
    assert!(hits[0].score > 3.0 * hits[1].score, "{hits:?}");
    world.store.close().await;
}

#[tokio::test]
async fn odd_questions_are_answered_too() {
    let world = filled().await;
    for odd in [
        "",
        "   ",
        "\" OR 1=1 --",
        "'; DROP",
        "NEAR(a b)",
        "*",
        "\u{0}",
        "日本語",
        "🦀",
        "a\"b:c^d",
    ] {
        let query = Query::new(odd, 5);
        world.knowledge.search(world.scope, Who::Keeper, "house", query).await.unwrap();
    }
    let long = "keeper ".repeat(100_000);
    let hits = world.knowledge.search(world.scope, Who::Keeper, "house", Query::new(long, 5)).await;
    assert!(!hits.unwrap().is_empty());
    world.store.close().await;
}
