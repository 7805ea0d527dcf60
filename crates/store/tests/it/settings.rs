//! What people set and keep: workspaces, connections, variables, mail, stored answers.

use codex32_model::ids::{ActorId, BotId, ConnectionId, MailId, WorkspaceId};
use codex32_model::{Scope, Timestamp, Value};
use codex32_store::bots::Deploy;
use codex32_store::connections::Connection;
use codex32_store::meta::{ANSWERS_KEPT, Answer, Known, Workspace};
use codex32_store::outbox::Mail;
use codex32_store::{Store, StoreError};
use codex32_testkit::place::Place;
use indexmap::IndexMap;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

async fn store() -> (Place, Store, Scope) {
    let place = Place::new();
    let store = place.open();
    let new = workspace(1, "UTC");
    let first = store.first_workspace(new.clone()).await.unwrap();
    assert_eq!(first, new);
    let scope = Scope::new(first.id, ActorId::from_bytes([0; 16]));
    (place, store, scope)
}

fn workspace(number: u8, timezone: &str) -> Workspace {
    let id = WorkspaceId::from_bytes([number; 16]);
    Workspace { id, name: "main".into(), timezone: timezone.into(), created_at: NOW }
}

#[tokio::test]
async fn the_first_workspace_keeps_its_zone() {
    let (_place, store, scope) = store().await;
    let again = store.first_workspace(workspace(2, "Europe/Berlin")).await.unwrap();
    assert_eq!((again.id, again.timezone.as_str()), (scope.workspace, "UTC"));
}

#[tokio::test]
async fn an_idempotency_key_lets_one_request_through() {
    let (_place, store, scope) = store().await;
    let begin = |request: &[u8], at| store.begin_answer(scope, "k".into(), request.to_vec(), at);
    assert_eq!(begin(b"a", NOW).await.unwrap(), Known::New);
    assert_eq!(begin(b"a", NOW).await.unwrap(), Known::Begun);
    assert_eq!(begin(b"b", NOW).await.unwrap(), Known::Other);
    let answer = Answer { status: 201, body: "{}".into() };
    store.end_answer(scope, "k".into(), Some(answer.clone())).await.unwrap();
    assert_eq!(begin(b"a", NOW).await.unwrap(), Known::Answered(answer));
    assert_eq!(begin(b"b", NOW).await.unwrap(), Known::Other);

    let later = NOW.plus(ANSWERS_KEPT).plus(std::time::Duration::from_secs(1));
    assert_eq!(begin(b"b", later).await.unwrap(), Known::New);
    store.end_answer(scope, "k".into(), None).await.unwrap();
    assert_eq!(begin(b"a", later).await.unwrap(), Known::New);
}

#[tokio::test]
async fn variables_are_set_paged_and_removed() {
    let (_place, store, scope) = store().await;
    for name in ["B", "A", "C"] {
        assert!(store.set_env(scope, name.into(), "1".into()).await.unwrap());
    }
    assert!(!store.set_env(scope, "A".into(), "2".into()).await.unwrap());
    let page = store.env_after(scope.workspace, Some("A".into()), 1).await.unwrap();
    assert_eq!(page, [("B".to_owned(), "1".to_owned())]);
    assert!(store.unset_env(scope, "B".into()).await.unwrap());
    assert!(!store.unset_env(scope, "B".into()).await.unwrap());
    let all = store.env(scope.workspace).await.unwrap();
    assert_eq!(
        all.into_iter().collect::<Vec<_>>(),
        [("A".to_owned(), "2".to_owned()), ("C".to_owned(), "1".to_owned())]
    );
    let other = WorkspaceId::from_bytes([9; 16]);
    assert!(store.env(other).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_mail_is_kept_once_for_its_key() {
    let (_place, store, scope) = store().await;
    let mail = |number: u8, key: &str| Mail {
        id: MailId::from_bytes([number; 16]),
        key: key.into(),
        mail: Value::object([("subject", Value::from(u32::from(number)))]),
        at: NOW,
    };
    let first = store.keep_mail(scope.workspace, mail(1, "a")).await.unwrap();
    assert_eq!(store.keep_mail(scope.workspace, mail(2, "a")).await.unwrap(), first);
    let second = store.keep_mail(scope.workspace, mail(3, "b")).await.unwrap();
    let ids = |mails: Vec<Mail>| mails.into_iter().map(|mail| mail.id).collect::<Vec<_>>();
    assert_eq!(ids(store.mails(scope, None, 10).await.unwrap()), [second, first]);
    assert_eq!(ids(store.mails(scope, Some(second), 10).await.unwrap()), [first]);
    let kept = store.mail(scope, first).await.unwrap().unwrap();
    assert_eq!(kept.mail.get("subject"), Some(&Value::Int(1)));
}

fn connection(name: &str) -> Connection {
    Connection {
        id: ConnectionId::from_bytes([7; 16]),
        name: name.into(),
        connector: "http".into(),
        kind: "bearer".into(),
        public: IndexMap::from([("base_url".to_owned(), Value::from("https://x.example"))]),
        sealed: b"sealed".to_vec(),
        created_at: NOW,
        updated_at: NOW,
        tested_at: None,
    }
}

#[tokio::test]
async fn a_connection_in_use_is_not_removed() {
    let (_place, store, scope) = store().await;
    store.add_connection(scope, connection("erp")).await.unwrap();
    let again = store.add_connection(scope, connection("erp")).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    store.connection_tested(scope, "erp".into(), NOW).await.unwrap();
    let kept = store.connection(scope.workspace, "erp".into()).await.unwrap().unwrap();
    assert_eq!(kept, Connection { tested_at: Some(NOW), ..connection("erp") });

    let deploy = Deploy {
        id: BotId::from_bytes([3; 16]),
        name: "invoices".into(),
        description: None,
        definition: "{}".into(),
        source: String::new(),
        bindings: IndexMap::from([("erp".to_owned(), "erp".to_owned())]),
        triggers: Vec::new(),
        expected: None,
        at: NOW,
    };
    store.deploy(scope, deploy.clone()).await.unwrap();
    let refused = store.remove_connection(scope, "erp".into()).await.unwrap_err();
    assert!(refused.to_string().contains("`invoices`"), "{refused}");
    store.deploy(scope, Deploy { bindings: IndexMap::new(), ..deploy }).await.unwrap();
    store.remove_connection(scope, "erp".into()).await.unwrap();
    let gone = store.remove_connection(scope, "erp".into()).await;
    assert!(matches!(gone, Err(StoreError::NotFound(_))), "{gone:?}");
}
