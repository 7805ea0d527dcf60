//! Feeds of every kind against a server of this machine.

use std::time::Duration;

use codex32_connectors::PollCall;
use codex32_model::Value;
use codex32_testkit::sink::{Answer, Sink};

use crate::support::{json, scope, world};

const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>News</title><link>https://news.example.com/</link><description>d</description>
<item><title>Rain &amp; wind</title><link>/a</link><guid isPermaLink="false">n-1</guid>
<description>&lt;p&gt;Wet.&lt;/p&gt;</description><pubDate>Fri, 20 Nov 2026 09:30:00 +0100</pubDate>
<dc:creator>Ada</dc:creator><category>weather</category><category>north</category></item>
<item><title>Sun</title><link>https://news.example.com/b</link></item></channel></rss>"#;

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>t</title><updated>2026-11-20T00:00:00Z</updated>
<entry><id>tag:x,1</id><title>One</title><updated>2026-11-19T10:00:00Z</updated><author><name>Bo</name></author><author><name>Cy</name></author>
<link rel="enclosure" href="https://x.example/one.mp3"/><link href="https://x.example/one"/><summary>Short</summary></entry></feed>"#;

const RDF: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://r.example/"><title>r</title><link>https://r.example/</link><description>d</description></channel>
<item rdf:about="https://r.example/1"><title>Old form</title><link>https://r.example/1</link></item></rdf:RDF>"#;

const JSON: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "j", "items": [
{"id": "7", "url": "https://j.example/7", "title": "Seven", "content_text": "Text", "date_published": "2026-11-20T08:00:00+01:00", "tags": ["a"]}]}"#;

async fn read(kind: &str, body: &str, limit: u32) -> Value {
    let answer = Answer::status(200).header("content-type", kind).body(body);
    let sink = Sink::always(answer).await;
    let input =
        Value::object([("url", Value::from(sink.url("/feed"))), ("limit", Value::from(limit))]);
    world().run("rss.read_feed", input, None).await.expect("a feed").output
}

#[tokio::test]
async fn every_kind_of_feed_gives_the_same_items() {
    let rss = read("application/rss+xml", RSS, 1).await;
    let wanted = json(
        r#"[{"id": "n-1", "title": "Rain & wind", "link": "LINK", "summary": "<p>Wet.</p>",
            "published": "2026-11-20T08:30:00Z", "author": "Ada", "categories": ["weather", "north"]}]"#,
    );
    let text = rss.to_json();
    let link = rss.as_list().expect("items")[0].get("link").expect("a link").to_text();
    assert!(link.ends_with("/a"), "{link}");
    assert_eq!(json(&text.replace(&link, "LINK")), wanted);

    let atom = read("application/atom+xml", ATOM, 10).await;
    let wanted = json(
        r#"[{"id": "tag:x,1", "title": "One", "link": "https://x.example/one", "summary": "Short",
            "published": "2026-11-19T10:00:00Z", "author": "Bo, Cy", "categories": []}]"#,
    );
    assert_eq!(atom, wanted);

    let rdf = read("application/rdf+xml", RDF, 10).await;
    assert_eq!(rdf.as_list().expect("items")[0].get("title"), Some(&Value::from("Old form")));
    let feed = read("application/feed+json", JSON, 10).await;
    let first = &feed.as_list().expect("items")[0];
    assert_eq!(first.get("published"), Some(&Value::from("2026-11-20T07:00:00Z")));
    assert_eq!(first.get("summary"), Some(&Value::from("Text")));
}

#[tokio::test]
async fn a_look_finds_the_items_that_were_not_there() {
    let answer = Answer::status(200).header("content-type", "application/rss+xml").body(RSS);
    let sink = Sink::always(answer).await;
    let call = PollCall {
        scope: scope(),
        trigger: "rss.new_item",
        input: Value::object([("url", Value::from(sink.url("/feed")))]),
        credentials: None,
        is_new: &|id| id != "n-1",
        most: 100,
        timeout: Duration::from_secs(10),
    };
    let polled = world().runtime.poll(call).await.expect("a look");
    assert_eq!((polled.ids.len(), polled.new.len()), (2, 1));
    assert_eq!(polled.new[0].1.get("title"), Some(&Value::from("Sun")));
}

#[tokio::test]
async fn items_without_an_id_keep_the_same_one() {
    let ids = |feed: Value| {
        let items = feed.as_list().expect("items").iter();
        items.map(|item| item.get("id").expect("an id").to_text()).collect::<Vec<_>>()
    };
    let first = ids(read("application/rss+xml", RSS, 10).await);
    assert_eq!(first.len(), 2);
    assert_eq!(first, ids(read("application/rss+xml", RSS, 10).await));
}

#[tokio::test]
async fn what_is_no_feed_says_so() {
    for (answer, code) in [
        (Answer::text(200, "<html><p>Sign in</p></html>"), "E-CONN-016"),
        (Answer::status(404), "E-CONN-013"),
        (Answer::status(503), "E-CONN-024"),
    ] {
        let sink = Sink::always(answer).await;
        let input = Value::object([("url", Value::from(sink.url("/feed")))]);
        let failure = world().run("rss.read_feed", input, None).await.expect_err(code);
        assert_eq!(failure.code.text, code, "{failure}");
        assert_eq!(failure.retryable, code == "E-CONN-024");
    }
    let inside = json(r#"{"url": "http://127.0.0.1:9/feed"}"#);
    let strict = crate::support::with_guard(crate::support::guarded(false));
    let failure = strict.run("rss.read_feed", inside, None).await.expect_err("private");
    assert_eq!(failure.code.text, "E-CONN-002");
}
