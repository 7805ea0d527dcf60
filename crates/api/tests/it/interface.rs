//! The web interface's files: what a browser gets at which address, and how it may keep it.

use codex32_api::interface::File;
use reqwest::Method;

use crate::server::{Answer, Server};

const PAGE: &str =
    "<!doctype html><title>Codex-32</title><script type=module src=/assets/main-1a2b.js></script>";

/// Stands for the files of a build, so that these tests need none.
pub const FILES: &[File] = &[
    File { path: "index.html", plain: PAGE.as_bytes(), br: None, gzip: Some(b"gzipped page") },
    File { path: "favicon.svg", plain: b"<svg/>", br: None, gzip: None },
    File {
        path: "assets/main-1a2b.js",
        plain: b"start()",
        br: Some(b"brotli script"),
        gzip: Some(b"gzipped script"),
    },
];

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = server.bare(Method::GET, path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::of(request).await
}

#[tokio::test]
async fn a_browser_gets_the_page_at_every_address_of_the_interface() {
    let server = Server::start().await;
    for path in ["/", "/bots/hello/runs", "/runs/run_1", "/connections"] {
        let answer = get(&server, path, &[("accept", BROWSER)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, Some(PAGE)), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe-eval"), "{policy}");
    }
}

#[tokio::test]
async fn addresses_of_the_server_are_never_the_page() {
    let server = Server::start().await;
    for path in
        ["/api/v1/nothing", "/api", "/hooks/none", "/health/none", "/oauth/none", "/docs/none"]
    {
        let answer = get(&server, path, &[("accept", BROWSER)]).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    get(&server, "/bots", &[("accept", "application/json")]).await.is_problem(404, "E-API-404");
    get(&server, "/assets/gone.js", &[("accept", BROWSER)]).await.is_problem(404, "E-API-404");
    Answer::of(server.bare(Method::POST, "/bots").header("accept", BROWSER))
        .await
        .is_problem(404, "E-API-404");
}

#[tokio::test]
async fn files_come_compressed_and_are_kept_as_long_as_they_may() {
    let server = Server::start().await;
    let script = "/assets/main-1a2b.js";
    for (accepted, encoding, body) in [
        ("gzip, deflate, br, zstd", Some("br"), "brotli script"),
        ("gzip;q=1.0, br;q=0", Some("gzip"), "gzipped script"),
        ("identity", None, "start()"),
    ] {
        let answer = get(&server, script, &[("accept-encoding", accepted)]).await;
        assert_eq!(answer.body.as_str(), Some(body), "{accepted}");
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    let icon = get(&server, "/favicon.svg", &[]).await;
    assert_eq!(icon.header("cache-control"), Some("no-cache"));
    let tag = icon.header("etag").unwrap().to_owned();
    let again = get(&server, "/favicon.svg", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status.as_u16(), again.header("etag")), (304, Some(tag.as_str())));
    let other = get(&server, "/favicon.svg", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn without_a_built_interface_the_start_page_says_how_to_build_it() {
    let server = Server::start_with(&[]).await;
    let answer = get(&server, "/", &[("accept", BROWSER)]).await;
    assert!(answer.body.as_str().is_some_and(|text| text.contains("make build")), "{answer:?}");
    get(&server, "/bots", &[("accept", BROWSER)]).await.is_problem(404, "E-API-404");
}
