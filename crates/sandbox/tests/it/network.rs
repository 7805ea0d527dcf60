//! `fetch`: only with `network:`, only to the hosts listed, through the server.

use std::sync::Arc;
use std::time::Duration;

use codex32_model::codes::sandbox as codes;
use codex32_model::definition::Language::JavaScript;
use codex32_sandbox::{Fetch, FetchRequest, FetchResponse};
use tokio::sync::Barrier;

use crate::{job, json, pool};

/// Answers what it was asked; `/together` answers when two are there.
struct Echo(Barrier);

#[async_trait::async_trait]
impl Fetch for Echo {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, String> {
        if request.url.ends_with("/together") {
            self.0.wait().await;
        }
        if request.url.ends_with("/never") {
            std::future::pending::<()>().await;
        }
        if request.url.ends_with("/broken") {
            return Err("the other side is not there".to_owned());
        }
        let size = if request.url.ends_with("/huge") { 9 << 20 } else { 0 };
        let body = request.body.unwrap_or_default();
        let text = format!(
            r#"{{"method":"{}","url":"{}","header":"{}","body":"{}"}}{}"#,
            request.method,
            request.url,
            request.headers.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&"),
            String::from_utf8_lossy(&body),
            " ".repeat(size),
        );
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Ok(FetchResponse { status: 201, headers, body: text.into_bytes() })
    }
}

async fn fetching(code: &str) -> Result<codex32_model::Value, codex32_sandbox::Failure> {
    let pool = pool(1);
    let mut job = job(JavaScript, code);
    job.network = vec!["api.example.com".to_owned()];
    let fetch: Arc<dyn Fetch> = Arc::new(Echo(Barrier::new(2)));
    let done = pool.run(job, Some(fetch)).await;
    let next =
        pool.run(crate::job(JavaScript, "return typeof fetch"), None).await.expect("a value");
    assert_eq!(next.value, codex32_model::Value::str("undefined"));
    done.map(|done| done.value)
}

#[tokio::test]
async fn a_listed_host_answers() {
    let code = "const r = await fetch('https://API.example.com/x?q=é', \
        { method: 'post', headers: { 'X-A': 1 }, body: 'ü' }); \
        return [r.status, r.ok, r.headers.get('content-type'), await r.json()]";
    let want = r#"[201,true,"application/json",{"method":"POST","url":"https://api.example.com/x?q=%C3%A9","header":"X-A=1","body":"ü"}]"#;
    assert_eq!(fetching(code).await.expect("a value"), json(want));
}

#[tokio::test]
async fn two_at_once() {
    let code = "const u = 'https://api.example.com/together'; \
        return (await Promise.all([fetch(u), fetch(u)])).map(r => r.status)";
    assert_eq!(fetching(code).await.expect("a value"), json("[201,201]"));
}

#[tokio::test]
async fn what_is_not_listed_is_refused() {
    for (address, part) in [
        ("https://evil.test/", "`evil.test` is not listed"),
        ("https://api.example.com.evil.test/", "is not listed"),
        ("http://169.254.169.254/", "is not listed"),
        ("file:///etc/passwd", "cannot be fetched"),
        ("https://api.example.com/broken", "the other side is not there"),
        ("https://api.example.com/huge", "larger than 8 MiB"),
    ] {
        let failure = fetching(&format!("await fetch({address:?})")).await.expect_err(address);
        let listed = !part.ends_with("is not listed");
        assert_eq!(failure.code, if listed { codes::THREW } else { codes::NETWORK });
        assert!(failure.message.contains(part), "{failure:?}");
        let caught = format!("try {{ await fetch({address:?}) }} catch (e) {{ return e.message }}");
        let message = fetching(&caught).await.expect("a value");
        assert!(message.as_str().is_some_and(|text| text.contains(part)), "{message:?}");
    }
    let none = pool(1).run(job(JavaScript, "await fetch('https://api.example.com/')"), None).await;
    assert_eq!(none.expect_err("no network").code, codes::NETWORK);
    let many = "for (let i = 0; i < 200; i++) await fetch('https://api.example.com/')";
    assert!(fetching(many).await.expect_err("too many").message.contains("at most 100 times"));
}

#[tokio::test]
async fn answers_that_come_too_late_disturb_nobody() {
    let pool = pool(1);
    let fetch: Arc<dyn Fetch> = Arc::new(Echo(Barrier::new(2)));
    let mut unawaited = job(
        JavaScript,
        "fetch('https://api.example.com/never'); fetch('https://api.example.com/'); return 1",
    );
    unawaited.network = vec!["api.example.com".to_owned()];
    for _ in 0..20 {
        let done = pool.run(unawaited.clone(), Some(Arc::clone(&fetch))).await.expect("a value");
        assert_eq!(done.value, codex32_model::Value::Int(1));
    }
    let mut waiting = job(JavaScript, "await fetch('https://api.example.com/never')");
    waiting.network = vec!["api.example.com".to_owned()];
    waiting.limits.wall = Duration::from_millis(200);
    let failure = pool.run(waiting, Some(fetch)).await.expect_err("too late");
    assert_eq!(failure.code, codes::TIME);
}
