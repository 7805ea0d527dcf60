//! The bot of the benchmark: a webhook, three pure steps, an answer.

use crate::harness::{World, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_callers_at_once_are_all_answered() {
    let world = World::new().await;
    world.deploy("bot: three\ninputs: { n: number }\ntriggers: { w: { webhook: { path: w, respond: run } } }\nsteps: [ { id: a, set: \"{{ inputs.n + 1 }}\" }, { id: b, set: \"{{ steps.a * 2 }}\" }, { return: { b: \"{{ steps.b }}\" } } ]").await;
    let calls = (0..100).map(|n| {
        let world = &world;
        async move { (n, world.post("w", &format!("{{\"n\": {n}}}")).await) }
    });
    let before = world.engine.store().committer().commits();
    for (n, answer) in futures::future::join_all(calls).await {
        assert_eq!(text(&answer), format!("{{\"b\":{}}}", (n + 1) * 2));
    }
    let commits = world.engine.store().committer().commits() - before;
    assert!(commits < 100, "the flush is shared: {commits} commits for 100 runs");
}
