//! HTML into Markdown, without what is no text of the page.

use htmd::HtmlToMarkdown;

use super::Extracted;
use crate::error::Error;

const SKIPPED: [&str; 12] = [
    "script", "style", "noscript", "nav", "footer", "svg", "iframe", "form", "template", "head",
    "object", "button",
];

pub fn extract(html: &str) -> Result<Extracted, Error> {
    let title = between(html, "<title", "</title>").filter(|title| !title.is_empty());
    let converter = HtmlToMarkdown::builder().skip_tags(SKIPPED.to_vec()).build();
    let text = converter
        .convert(html)
        .map_err(|error| Error::Unreadable(format!("the page cannot be read: {error}")))?;
    Ok(Extracted::whole(title, text, true))
}

/// The text of the first element that begins so.
fn between(html: &str, open: &str, close: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find(open)?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find(close)?;
    let text = html.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    Some(text.replace("&#39;", "'").replace("&amp;", "&").chars().take(300).collect())
}
