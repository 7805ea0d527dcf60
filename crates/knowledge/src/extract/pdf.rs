//! PDF: the text of each page.

use super::{Extracted, PAGES, Part};
use crate::error::Error;

pub fn extract(bytes: &[u8]) -> Result<Extracted, Error> {
    let pages = pdf_extract::extract_text_from_mem_by_pages(bytes).map_err(|error| {
        let text = error.to_string();
        let why = if text.to_lowercase().contains("encrypt") || text.contains("password") {
            "the document is encrypted".to_owned()
        } else {
            format!("the document is no PDF that can be read: {}", short(&text))
        };
        Error::Unreadable(why)
    })?;
    if pages.len() > PAGES {
        return Err(Error::Bounds(format!("it has {} pages", pages.len())));
    }
    let part = |(number, text): (usize, String)| {
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        Part { heading: format!("Page {number}"), text: lines.join("\n") }
    };
    Ok(Extracted { title: None, parts: (1..).zip(pages).map(part).collect(), markdown: false })
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}
