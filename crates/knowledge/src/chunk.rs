//! Texts into passages: by their headings first, then by paragraphs and sentences. A passage knows the
//! headings that it stands under, which are part of what is searched.

use std::collections::HashMap;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use sha2::{Digest as _, Sha256};
use text_splitter::{ChunkConfig, MarkdownSplitter, TextSplitter};

use crate::extract::Extracted;

/// Characters of a passage: at least about so many, where there are, and at most.
const SIZE: std::ops::Range<usize> = 600..1_200;
const LONGEST_HEADING: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The headings above it, from the outermost on.
    pub heading: String,
    pub text: String,
    /// Of heading, text and how often both came before: the same passage has it again, wherever it stands.
    pub hash: Vec<u8>,
}

/// A stretch under one heading.
struct Section<'a> {
    heading: String,
    text: &'a str,
}

/// The passages of a text, in order.
pub fn passages(text: &Extracted) -> Vec<Passage> {
    let mut seen: HashMap<(String, String), u32> = HashMap::new();
    let mut out = Vec::new();
    let mut add = |heading: &str, text: &str| {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let before = seen.entry((heading.to_owned(), text.to_owned())).or_insert(0);
        let mut hash = Sha256::new();
        for part in [heading.as_bytes(), b"\0", text.as_bytes(), b"\0", &before.to_le_bytes()] {
            hash.update(part);
        }
        *before += 1;
        let hash = hash.finalize().to_vec();
        out.push(Passage { heading: heading.to_owned(), text: text.to_owned(), hash });
    };
    let plain = TextSplitter::new(ChunkConfig::new(SIZE));
    let marked = MarkdownSplitter::new(ChunkConfig::new(SIZE));
    for part in &text.parts {
        if text.markdown {
            for section in sections(&part.text) {
                for chunk in marked.chunks(section.text) {
                    add(&section.heading, chunk);
                }
            }
        } else {
            for chunk in plain.chunks(&part.text) {
                add(&part.heading, chunk);
            }
        }
    }
    out
}

/// What stands between two headings, each with the headings above it.
fn sections(text: &str) -> Vec<Section<'_>> {
    let mut out: Vec<Section<'_>> = Vec::new();
    let mut path: Vec<(HeadingLevel, String)> = Vec::new();
    let (mut began, mut inside) = (0, None::<(HeadingLevel, usize, String)>);
    let named = |path: &[(HeadingLevel, String)]| {
        let names: Vec<_> = path.iter().map(|(_, name)| name.trim()).collect();
        names.join(" › ").chars().take(LONGEST_HEADING).collect::<String>()
    };
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match (event, &mut inside) {
            (Event::Start(Tag::Heading { level, .. }), _) => {
                inside = Some((level, range.start, String::new()));
            }
            (Event::Text(part) | Event::Code(part), Some((_, _, name))) => name.push_str(&part),
            (Event::End(TagEnd::Heading(_)), found) => {
                let Some((level, start, name)) = found.take() else { continue };
                if let Some(before) = text.get(began..start) {
                    out.push(Section { heading: named(&path), text: before });
                }
                path.retain(|(above, _)| *above < level);
                path.push((level, name));
                began = range.end;
            }
            _ => {}
        }
    }
    if let Some(rest) = text.get(began..) {
        out.push(Section { heading: named(&path), text: rest });
    }
    out
}
