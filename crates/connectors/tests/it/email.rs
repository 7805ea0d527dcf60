//! `email.send` to a real mail server and into the outbox.

use std::time::Duration;

use codex32_connectors::Credentials;
use codex32_model::Value;
use codex32_testkit::smtp::{Behaviour, Smtp};

use crate::support::{closed_port, connect, guarded, json, with_guard, world};

fn server(smtp: &Smtp, rest: &str) -> Credentials {
    let port = smtp.address().port();
    let fields = format!(r#"{{"host": "127.0.0.1", "port": {port}, "security": "none"{rest}}}"#);
    connect("email", "smtp", &fields)
}

const FROM: &str = r#", "from": "Codex <bot@example.org>""#;

#[tokio::test]
async fn a_mail_arrives_as_it_was_meant() {
    let smtp = Smtp::start().await;
    let world = world();
    let input = json(
        r#"{"to": ["Ada <ada@example.com>", "grace@example.com, linus@example.com"], "cc": "cc@example.com",
            "bcc": "hidden@example.com", "reply_to": "desk@example.org", "subject": "Grüße: 3 Rechnungen",
            "text": "Hallo Ada,\n.\n3 Rechnungen sind überfällig.\n"}"#,
    );
    let connection = server(&smtp, FROM);
    let done = world.run("email.send", input, Some(&connection)).await.expect("sent");
    assert_eq!(
        done.output,
        json(
            r#"{"message_id": "<c32.key-0001@example.org>", "accepted": ["ada@example.com",
                "grace@example.com", "linus@example.com", "cc@example.com", "hidden@example.com"], "outbox": false}"#
        )
    );
    let mail = smtp.mails().pop().expect("one");
    assert_eq!(mail.from, "bot@example.org");
    assert_eq!(mail.to.len(), 5);
    let header = |name: &str| mail.header(name).unwrap_or_default();
    assert_eq!(header("from"), "Codex <bot@example.org>");
    assert_eq!(header("to"), "Ada <ada@example.com>, grace@example.com, linus@example.com");
    assert_eq!(header("message-id"), "<c32.key-0001@example.org>");
    assert_eq!(header("reply-to"), "desk@example.org");
    assert_eq!(header("auto-submitted"), "auto-generated");
    assert_eq!(header("date"), "Sun, 22 Nov 2026 10:00:00 +0000");
    assert!(header("subject").starts_with("=?utf-8?"), "{}", header("subject"));
    assert_eq!(mail.header("bcc"), None);
    assert!(!mail.data.contains("hidden@example.com"));
    assert!(mail.body().contains("=C3=BCberf=C3=A4llig"), "{}", mail.body());
    assert!(world.outbox.0.lock().expect("lock").is_empty());
}

#[tokio::test]
async fn html_travels_beside_the_text() {
    let smtp = Smtp::start().await;
    let input = json(
        r#"{"to": "a@example.com", "subject": "Report", "text": "plain", "html": "<b>rich</b>"}"#,
    );
    world().run("email.send", input, Some(&server(&smtp, FROM))).await.expect("sent");
    let mail = smtp.mails().pop().expect("one");
    assert!(mail.header("content-type").is_some_and(|kind| kind.contains("alternative")));
    assert!(mail.body().contains("plain") && mail.body().contains("<b>rich</b>"));
}

#[tokio::test]
async fn no_parameter_can_add_a_header_or_a_recipient() {
    let smtp = Smtp::start().await;
    let world = world();
    let connection = server(&smtp, FROM);
    let send = async |field: &str, value: &str| {
        let mut input = json(r#"{"to": "a@example.com", "subject": "s", "text": "t"}"#)
            .as_object()
            .expect("an object")
            .clone();
        input.insert(field.into(), Value::from(value));
        world.run("email.send", Value::from(input), Some(&connection)).await
    };
    for attack in [
        "a@example.com\r\nBcc: evil@example.com",
        "a@example.com\nX-Evil: 1",
        "a@example.com>\r\nRCPT TO:<evil@example.com",
        "\"a\r\nBcc: evil@example.com\" <a@example.com>",
        "nobody",
        "@example.com",
        "a b@example.com",
    ] {
        for field in ["to", "cc", "bcc", "from", "reply_to"] {
            let failure = send(field, attack).await.expect_err(attack);
            assert_eq!(failure.code.text, "E-CONN-020", "{field} {attack:?}: {failure}");
        }
    }
    assert!(smtp.mails().is_empty());
    send("subject", "Hello\r\nBcc: evil@example.com\r\n\r\nbody").await.expect("one line");
    send("text", "hi\r\n.\r\nMAIL FROM:<evil@example.com>\r\n").await.expect("stuffed");
    send("from", "\"Eve\\\\\" <eve@example.com>").await.expect("quoted name");
    let mails = smtp.mails();
    assert_eq!(mails.len(), 3, "the text did not begin another mail");
    assert_eq!(mails[0].header("subject").as_deref(), Some("Hello Bcc: evil@example.com body"));
    for mail in mails {
        assert_eq!(mail.header("bcc"), None);
        assert_eq!(mail.to, ["a@example.com"]);
    }
}

#[tokio::test]
async fn without_a_server_mail_stays_in_the_outbox() {
    let world = world();
    let input = json(r#"{"to": "sales@example.com", "subject": "Big order", "text": "1800"}"#);
    let outbox = connect("email", "outbox", "{}");
    for connection in [None, Some(&outbox)] {
        let done = world.run("email.send", input.clone(), connection).await.expect("kept");
        assert_eq!(done.output.get("outbox"), Some(&Value::Bool(true)));
    }
    let kept = world.outbox.0.lock().expect("lock").clone();
    assert_eq!(kept.len(), 2);
    let (mail, key) = &kept[0];
    assert_eq!((mail.subject.as_str(), key.as_str()), ("Big order", "key-0001"));
    assert_eq!(
        (mail.to.as_slice(), mail.from.as_str()),
        (&["sales@example.com".to_owned()][..], "codex32@localhost")
    );
    let full = json(r#"{"to": "sales@example.com", "subject": "full", "text": "x"}"#);
    let failure = world.run("email.send", full, None).await.expect_err("full");
    assert_eq!((failure.code.text, failure.retryable), ("E-CONN-022", true));
}

#[tokio::test]
async fn signing_in_and_what_the_server_refuses() {
    let login = Some(("ada@example.com".to_owned(), "app-password".to_owned()));
    let smtp = Smtp::with(Behaviour { login: login.clone(), ..Behaviour::default() }).await;
    let world = world();
    let input = json(r#"{"to": "b@example.com", "subject": "s", "text": "t"}"#);
    let user = r#", "username": "ada@example.com", "password": "app-password""#;
    let good = server(&smtp, user);
    world.run("email.send", input.clone(), Some(&good)).await.expect("sent");
    let mail = smtp.mails().pop().expect("one");
    assert_eq!((mail.login, mail.from.as_str()), (login, "ada@example.com"));
    let tested =
        world.runtime.test_connection(crate::support::scope(), &good, Duration::from_secs(5)).await;
    assert_eq!(tested.expect("works"), "Signed in to 127.0.0.1 as ada@example.com.");

    let bad = server(&smtp, r#", "username": "ada@example.com", "password": "wrong-password""#);
    let failure = world.run("email.send", input.clone(), Some(&bad)).await.expect_err("refused");
    assert_eq!((failure.code.text, failure.unknown), ("E-CONN-012", false), "{failure}");
    assert!(!failure.message.contains("wrong-password"));
    let tested =
        world.runtime.test_connection(crate::support::scope(), &bad, Duration::from_secs(5)).await;
    assert_eq!(tested.expect_err("refused").code.text, "E-CONN-012");

    let none = server(&smtp, "");
    let failure = world.run("email.send", input, Some(&none)).await.expect_err("no sender");
    assert!(failure.message.contains("no sender"), "{failure}");
}

#[tokio::test]
async fn every_failure_says_whether_the_mail_may_be_on_its_way() {
    let world = world();
    let input = json(r#"{"to": "b@example.com", "subject": "s", "text": "t"}"#);
    let mut lines = Vec::new();
    let refuse = |reply: &str| vec![("b@example.com".to_owned(), reply.to_owned())];
    for (name, behaviour) in [
        (
            "unknown recipient",
            Behaviour { refuse: refuse("550 no such user"), ..Behaviour::default() },
        ),
        ("greylisted", Behaviour { refuse: refuse("451 try later"), ..Behaviour::default() }),
        ("spam", Behaviour { refuse_data: Some("554 spam".to_owned()), ..Behaviour::default() }),
        (
            "busy",
            Behaviour { refuse_data: Some("452 disk full".to_owned()), ..Behaviour::default() },
        ),
        ("lost answer", Behaviour { drop_after_data: true, ..Behaviour::default() }),
        (
            "not now",
            Behaviour { greeting: Some("421 overloaded".to_owned()), ..Behaviour::default() },
        ),
    ] {
        let smtp = Smtp::with(behaviour).await;
        let result = world.run("email.send", input.clone(), Some(&server(&smtp, FROM))).await;
        let failure = result.expect_err(name);
        let (code, again, unknown) = (failure.code, failure.retryable, failure.unknown);
        let text = &failure.message;
        lines.push(format!("{name}: {code} again={again} unknown={unknown} {text}"));
    }
    insta::assert_snapshot!(lines.join("\n"));

    let port = closed_port().await;
    let fields = format!(r#"{{"host": "127.0.0.1", "port": {port}, "from": "a@example.com"}}"#);
    let closed = connect("email", "smtp", &fields);
    let failure = world.run("email.send", input.clone(), Some(&closed)).await.expect_err("closed");
    assert_eq!(
        (failure.code.text, failure.unknown, failure.retryable),
        ("E-CONN-003", false, true)
    );

    let smtp = Smtp::start().await;
    let port = smtp.address().port();
    let fields = format!(r#"{{"host": "localhost", "port": {port}, "from": "a@example.com"}}"#);
    let starttls = connect("email", "smtp", &fields);
    let failure = world.run("email.send", input.clone(), Some(&starttls)).await;
    let failure = failure.expect_err("no encryption");
    assert!(failure.message.contains("offers no encryption"), "{failure}");

    let fields = fields.replace("}", r#", "security": "tls"}"#);
    let tls = connect("email", "smtp", &fields);
    let failure = world.run("email.send", input.clone(), Some(&tls)).await.expect_err("no TLS");
    assert_eq!((failure.code.text, failure.unknown), ("E-CONN-003", false), "{failure}");

    let strict = with_guard(guarded(false));
    let failure = strict.run("email.send", input, Some(&server(&smtp, FROM))).await;
    assert_eq!(failure.expect_err("private").code.text, "E-CONN-002");
    assert!(smtp.mails().is_empty());
}
