//! Documents of Word (Office Open XML, ECMA-376): paragraphs, headings by their style, tables row by row,
//! as Markdown.

use std::io::{Cursor, Read as _};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Extracted, UNPACKED};
use crate::error::Error;

fn bad(error: impl std::fmt::Display) -> Error {
    Error::Unreadable(format!("the document is no DOCX that can be read: {error}"))
}

pub fn extract(bytes: &[u8]) -> Result<Extracted, Error> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(bad)?;
    let body = member(&mut archive, "word/document.xml")?;
    let body = body.ok_or_else(|| bad("it has no word/document.xml"))?;
    let title = member(&mut archive, "docProps/core.xml")?.and_then(|core| title(&core));
    Ok(Extracted::whole(title, markdown(&body)?, true))
}

/// A file of the archive, however little it says to unpack to.
fn member(
    archive: &mut zip::ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<Option<String>, Error> {
    let file = match archive.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(bad(error)),
    };
    let mut bytes = Vec::new();
    file.take(UNPACKED + 1).read_to_end(&mut bytes).map_err(bad)?;
    if bytes.len() as u64 > UNPACKED {
        return Err(Error::Bounds(format!("{name} unpacks to more than {UNPACKED} bytes")));
    }
    String::from_utf8(bytes).map(Some).map_err(bad)
}

/// `dc:title` of the properties.
fn title(core: &str) -> Option<String> {
    let mut reader = Reader::from_str(core);
    let (mut inside, mut out) = (false, String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => inside = tag.local_name().as_ref() == "title",
            Event::End(_) => inside = false,
            Event::Text(text) if inside => out.push_str(&text),
            Event::GeneralRef(name) if inside => out.push_str(&entity(&name)),
            Event::Eof => break,
            _ => {}
        }
    }
    let out = out.trim().to_owned();
    (!out.is_empty()).then_some(out)
}

fn entity(name: &str) -> String {
    let code = name.strip_prefix('#').and_then(|code| match code.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => code.parse().ok(),
    });
    match (code.and_then(char::from_u32), name) {
        (Some(c), _) => c.to_string(),
        (None, "amp") => "&".to_owned(),
        (None, "lt") => "<".to_owned(),
        (None, "gt") => ">".to_owned(),
        (None, "quot") => "\"".to_owned(),
        (None, "apos") => "'".to_owned(),
        _ => String::new(),
    }
}

fn markdown(body: &str) -> Result<String, Error> {
    let mut reader = Reader::from_str(body);
    let (mut out, mut paragraph) = (String::new(), String::new());
    let (mut level, mut in_text, mut cells, mut list) = (0, false, 0_usize, false);
    loop {
        match reader.read_event().map_err(bad)? {
            Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                "p" => (level, list) = (0, false),
                "pStyle" => level = heading(&tag),
                "numPr" => list = true,
                "t" => in_text = true,
                "tab" | "br" => paragraph.push(' '),
                "tc" => cells += 1,
                _ => {}
            },
            Event::Text(text) if in_text => paragraph.push_str(&text),
            Event::GeneralRef(name) if in_text => {
                paragraph.push_str(&entity(&name));
            }
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => in_text = false,
                "p" => {
                    let text = paragraph.trim();
                    if cells > 0 {
                        out.push_str(text);
                        out.push(' ');
                    } else if !text.is_empty() {
                        let mark = if list { "- " } else { "" };
                        let heading =
                            if level > 0 { "#".repeat(level) + " " } else { String::new() };
                        out.push_str(&format!("{heading}{mark}{text}\n\n"));
                    }
                    paragraph.clear();
                }
                "tc" => {
                    cells = cells.saturating_sub(1);
                    out.push_str("| ");
                }
                "tr" => out.push_str("\n\n"),
                _ => {}
            },
            Event::Eof => return Ok(out),
            _ => {}
        }
    }
}

/// 1 to 6 of a heading's style, in the languages whose names for it are usual; 0 of others.
fn heading(style: &BytesStart<'_>) -> usize {
    let value = style.attributes().flatten().find(|a| a.key.local_name().as_ref() == "val");
    let Some(value) = value else { return 0 };
    let name = value.value.to_lowercase().replace(' ', "");
    if name == "title" || name == "titel" {
        return 1;
    }
    ["heading", "berschrift", "titre", "ttulo", "titolo", "kop"]
        .iter()
        .find_map(|word| name.split_once(word))
        .and_then(|(_, number)| number.parse().ok())
        .filter(|level| (1..=6).contains(level))
        .unwrap_or(0)
}
