//! The connection to PostgreSQL breaks in the middle of a commit: what was sent is written once, whether
//! or not it had arrived, and nobody is answered before that is known.

use codex32_model::run::RunState;
use codex32_store::{Options, Outcome, Server, Store, params};
use codex32_testkit::place::Place;
use codex32_testkit::proxy::{Cut, Proxy};

use crate::entries::{accept, go_on, new_run, on_disk, run_id};

fn behind_a_proxy() -> Option<(Place, Proxy, Store)> {
    let place = Place::postgres()?;
    let database = place.server.as_ref()?;
    let proxy = Proxy::start(database.port);
    let port = |port: u16| format!(":{port}/");
    let address = database.url().replace(&port(database.port), &port(proxy.port));
    let store =
        Store::connect(Server::parse(&address).unwrap(), &place.blobs(), Options::default())
            .unwrap();
    Some((place, proxy, store))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_being_committed_when_the_connection_broke_is_written_once() {
    let Some((_place, proxy, store)) = behind_a_proxy() else { return };
    let mut cuts = 0;
    for (number, cut) in [Cut::Before, Cut::After, Cut::After, Cut::Before].into_iter().enumerate()
    {
        let number = u32::try_from(number).unwrap();
        // An acceptance, and what follows it.
        for (entry, step) in [
            (accept(new_run(number), 2 * number), 1),
            (go_on(number, 1, 1, 2 * number + 1, RunState::Running), 2),
        ] {
            proxy.cut_next(cut);
            cuts += 1;
            let done = store.committer().commit(entry).await;
            assert!(matches!(done, Ok(Outcome::Done { .. })), "{cut:?}: {done:?}");
            assert_eq!(proxy.cuts(), cuts, "the commit was cut");
            let rows = store.read(move |reader| {
                let sql = "SELECT count(*) FROM journal WHERE run = ?1";
                reader.first(sql, params![run_id(number)], |row| row.get::<u32>(0))
            });
            assert_eq!(rows.await.unwrap(), Some(step), "{cut:?}: written once");
        }
    }
    let all: Vec<_> = (0..4).map(run_id).collect();
    assert_eq!(on_disk(&store).await, all);
}

/// Changes of the control plane have no nonce: only the writer's mark tells whether they were made.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_being_committed_is_made_once() {
    let Some((_place, proxy, store)) = behind_a_proxy() else { return };
    let sql = "INSERT INTO meta (key, value) VALUES ('counted', '0')";
    store.write(move |tx| tx.execute(sql, &[])).await.unwrap();
    for number in 1..=6_u32 {
        proxy.cut_next(if number % 2 == 0 { Cut::Before } else { Cut::After });
        let sql = "UPDATE meta SET value = (value::bigint + 1)::text WHERE key = 'counted'";
        store.write(move |tx| tx.execute(sql, &[])).await.unwrap();
        assert_eq!(proxy.cuts(), number);
        let sql = "SELECT value FROM meta WHERE key = 'counted'";
        let counted = store.read(move |reader| reader.first(sql, &[], |row| row.get::<String>(0)));
        assert_eq!(counted.await.unwrap(), Some(number.to_string()));
    }
}
