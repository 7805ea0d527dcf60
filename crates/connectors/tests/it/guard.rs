//! The guarded client: private networks, redirects, limits, and what a failure says about sending.

use std::time::{Duration, Instant};

use codex32_connectors::http::{Guarded, Method, Options, Request, Response, SendError, parse_url};
use codex32_testkit::sink::{Answer, Sink};

use crate::support::{closed_port, guarded};

fn request(method: Method, url: &str) -> Request {
    Request {
        method,
        url: parse_url(url).expect(url),
        headers: Default::default(),
        credentials: Default::default(),
        body: None,
        timeout: Duration::from_secs(10),
        max_bytes: 1 << 20,
    }
}

async fn get(guard: &Guarded, url: &str) -> Result<Response, SendError> {
    guard.send(request(Method::GET, url)).await
}

fn post(url: &str) -> Request {
    Request { body: Some("hello".into()), ..request(Method::POST, url) }
}

#[tokio::test]
async fn private_addresses_are_refused_in_every_spelling() {
    let sink = Sink::always(Answer::status(200)).await;
    let port = sink.address().port();
    let guard = guarded(false);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "LOCALHOST",
    ] {
        let error = get(&guard, &format!("http://{host}:{port}/")).await.expect_err(host);
        assert_eq!(error.code.text, "E-CONN-002", "{host}: {error}");
        assert!(error.message.contains("CODEX32_ALLOW_PRIVATE_NETWORKS=true"), "{error}");
        let error = guard.send(post(&format!("http://{host}:{port}/"))).await.expect_err(host);
        assert!(!error.began, "{host}");
    }
    assert_eq!(sink.requests(), []);
    assert_eq!(get(&guarded(true), &sink.url("/")).await.expect("allowed").status, 200);
    let names = format!("http://localhost:{port}/");
    assert_eq!(get(&guarded(true), &names).await.expect("allowed").status, 200);
}

#[tokio::test]
async fn smtp_and_others_resolve_through_the_guard_too() {
    for host in ["127.0.0.1", "localhost", "::1"] {
        let error = guarded(false).resolve(host, 25).await.expect_err(host);
        assert_eq!(error.code.text, "E-CONN-002");
        assert!(!guarded(true).resolve(host, 25).await.expect(host).is_empty());
    }
}

#[test]
fn addresses_that_are_none_are_refused() {
    for (url, says) in [
        ("ftp://example.com/", "use http or https"),
        ("file:///etc/passwd", "use http or https"),
        ("http://user:secret@example.com/", "connection"),
        ("http://user@example.com/", "connection"),
        ("/path", "http://"),
        ("example.com", "http://"),
        ("http://", "not an address"),
        ("http://exa\r\nmple.com/", "line break"),
        ("http://example.com/\u{0}", "line break"),
        ("http://[::1", "not an address"),
        ("http://999.1.1.1/", "not an address"),
    ] {
        let error = parse_url(url).expect_err(url);
        assert_eq!(error.code.text, "E-CONN-008");
        assert!(error.message.contains(says), "{url}: {error}");
        assert!(!error.message.contains("secret"));
    }
    let long = format!("http://example.com/{}", "a".repeat(9_000));
    assert!(parse_url(&long).expect_err("too long").message.contains("longer"));
}

#[tokio::test]
async fn redirects_are_followed_to_a_limit_and_written_requests_become_reads() {
    let sink = Sink::start(|request| match request.path.as_str() {
        "/a" => Answer::redirect(302, "/b"),
        "/b" => Answer::redirect(301, "c?x=1"),
        "/c?x=1" => Answer::text(200, "here"),
        "/same" => Answer::redirect(307, "/target"),
        "/other" => Answer::redirect(303, "/target"),
        "/loop" => Answer::redirect(302, "/loop"),
        "/file" => Answer::redirect(302, "file:///etc/passwd"),
        "/login" => Answer::redirect(302, "http://user:pw@127.0.0.1/"),
        _ => Answer::text(200, request.method.clone()),
    })
    .await;
    let guard = guarded(true);
    let response = get(&guard, &sink.url("/a")).await.expect("followed");
    assert_eq!((response.status, response.body.as_slice()), (200, b"here".as_slice()));
    assert_eq!(response.url.path(), "/c");

    let response = guard.send(post(&sink.url("/same"))).await.expect("followed");
    assert_eq!(response.body, b"POST");
    assert_eq!(sink.requests().last().expect("one").text(), "hello");
    let response = guard.send(post(&sink.url("/other"))).await.expect("followed");
    assert_eq!(response.body, b"GET");
    assert_eq!(sink.requests().last().expect("one").text(), "");

    let before = sink.requests().len();
    let error = get(&guard, &sink.url("/loop")).await.expect_err("endless");
    assert_eq!(error.code.text, "E-CONN-007");
    assert_eq!(sink.requests().len() - before, 6);
    for path in ["/file", "/login"] {
        let error = get(&guard, &sink.url(path)).await.expect_err(path);
        assert_eq!(error.code.text, "E-CONN-007", "{error}");
    }
}

/// 127.0.0.2 plays the server outside.
#[tokio::test]
async fn a_redirect_into_a_private_network_is_refused() {
    let inside = Sink::always(Answer::text(200, "secret")).await;
    let port = inside.address().port();
    let outside = "127.0.0.2".parse().expect("an address");
    let sink = Sink::start_at(outside, move |request| {
        Answer::redirect(307, &format!("http://{}:{port}/", &request.path[1..]))
    })
    .await;
    let guard = Guarded::new(Options { allowed: vec![outside], ..Options::default() });
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let error = guard.send(post(&sink.url(&format!("/{host}")))).await.expect_err("refused");
        assert_eq!(error.code.text, "E-CONN-002", "{error}");
        assert!(!error.began, "the first server took nothing, the second saw nothing");
    }
    assert_eq!(sink.requests().len(), 4);
    assert_eq!(inside.requests(), []);
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_origin() {
    let other = Sink::always(Answer::status(200)).await;
    let target = other.url("/there");
    let sink = Sink::start(move |request| match request.path.as_str() {
        "/away" => Answer::redirect(307, &target),
        "/near" => Answer::redirect(307, "/here"),
        _ => Answer::status(200),
    })
    .await;
    let send = async |path: &str| {
        let mut request = post(&sink.url(path));
        for (name, value) in [("x-kept", "1"), ("cookie", "session=1")] {
            request.headers.insert(name, value.parse().expect("value"));
        }
        request.credentials.insert("authorization", "Bearer token".parse().expect("value"));
        guarded(true).send(request).await.expect("sent")
    };
    send("/near").await;
    let near = sink.requests().pop().expect("arrived");
    assert_eq!(near.path, "/here");
    assert_eq!(near.header("authorization"), Some("Bearer token"));
    send("/away").await;
    let away = other.requests().pop().expect("arrived");
    assert_eq!((away.header("authorization"), away.header("cookie")), (None, None));
    assert_eq!((away.header("x-kept"), away.text().as_str()), (Some("1"), "hello"));
}

#[tokio::test]
async fn answers_are_bounded_whether_announced_or_not() {
    let sink = Sink::always(Answer::text(200, "x".repeat(2 << 20))).await;
    let error = get(&guarded(true), &sink.url("/")).await.expect_err("too large");
    assert_eq!(error.code.text, "E-CONN-006");
    assert!(error.began);
    let whole = Request { max_bytes: 2 << 20, ..request(Method::GET, &sink.url("/")) };
    assert_eq!(guarded(true).send(whole).await.expect("fits").body.len(), 2 << 20);

    // An endless answer without a length.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("address");
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
    });
    let error = get(&guarded(true), &format!("http://{address}/")).await.expect_err("endless");
    assert_eq!(error.code.text, "E-CONN-006");
    server.await.expect("the server saw the end");
}

#[tokio::test]
async fn a_compressed_answer_is_not_unpacked() {
    let packed = b"\x1f\x8b\x08\x00\x00".to_vec();
    let answer = Answer::text(200, "").header("content-encoding", "gzip").body(packed.clone());
    let sink = Sink::always(answer).await;
    assert_eq!(get(&guarded(true), &sink.url("/")).await.expect("answer").body, packed);
    assert_eq!(sink.requests()[0].header("accept-encoding"), None);
}

#[tokio::test]
async fn a_failure_says_whether_anything_was_sent() {
    let guard = guarded(true);
    let closed = format!("http://127.0.0.1:{}/", closed_port().await);
    let error = guard.send(post(&closed)).await.expect_err("refused");
    assert_eq!((error.code.text, error.began), ("E-CONN-003", false), "{error}");
    let empty = request(Method::DELETE, &closed);
    let error = guard.send(empty).await.expect_err("refused");
    assert_eq!((error.code.text, error.began), ("E-CONN-003", false), "{error}");

    let error = guard.send(post("http://no-such-name.invalid/")).await.expect_err("no name");
    assert_eq!((error.code.text, error.began), ("E-CONN-003", false), "{error}");

    let dropping = Sink::always(Answer::Drop).await;
    let error = guard.send(post(&dropping.url("/"))).await.expect_err("dropped");
    assert_eq!((error.code.text, error.began), ("E-CONN-005", true), "{error}");

    // No TLS on the other side: the handshake fails before anything of the request leaves.
    let plain = Sink::always(Answer::status(200)).await;
    let error = guard.send(post(&plain.url("/").replace("http:", "https:"))).await;
    let error = error.expect_err("no handshake");
    assert_eq!((error.code.text, error.began), ("E-CONN-003", false), "{error}");
    assert_eq!(plain.requests(), []);

    let hanging = Sink::always(Answer::Hang).await;
    let late = Request { timeout: Duration::from_millis(200), ..post(&hanging.url("/")) };
    let begun = Instant::now();
    let error = guard.send(late).await.expect_err("late");
    assert_eq!((error.code.text, error.began), ("E-CONN-004", true), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(hanging.requests().len(), 1);

    // Connected, but the other side never takes the TLS handshake: nothing of the request left.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}/", listener.local_addr().expect("address"));
    let late = Request { timeout: Duration::from_millis(200), ..post(&url) };
    let error = guard.send(late).await.expect_err("late");
    assert_eq!((error.code.text, error.began), ("E-CONN-004", false), "{error}");
}

#[tokio::test]
async fn messages_never_show_the_address_behind_the_host() {
    let closed = closed_port().await;
    let url = format!("http://127.0.0.1:{closed}/hooks/T0/SECRETPATH?key=SECRETKEY");
    let error = get(&guarded(true), &url).await.expect_err("refused");
    assert!(!error.message.contains("SECRET"), "{error}");
}
