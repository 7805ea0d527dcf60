//! The frames between server and child: `u32` length, one byte kind, `u32` length of the header,
//! header as JSON, then raw bytes. Little endian. Both sides cap what they read.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use codex32_model::fact::LogLevel;

/// Largest scope or answer sent to a child, and largest value that a job may be allowed.
pub const MAX_BODY: usize = 32 << 20;
/// Longest code.
pub const MAX_CODE: usize = 256 << 10;
/// A frame is a body with its header: code that is all escapes takes six bytes a character.
pub const MAX_FRAME: usize = MAX_BODY + 6 * MAX_CODE + (1 << 16);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// To the child: [`Run`], body: the scope.
    Run = 1,
    /// To the child: [`Check`].
    Check = 2,
    /// To the child: [`Answer`], body: the response's body.
    Answer = 3,
    /// To the child: [`Chunk`], body: what the items share and the items, see [`put_items`].
    Chunk = 4,
    /// From the child, once: [`Defences`].
    Ready = 16,
    /// From the child: [`Log`].
    Log = 17,
    /// From the child: [`Ask`], body: the request's body.
    Fetch = 18,
    /// From the child, ends a job: [`Value`], body: the value as JSON.
    Value = 19,
    /// From the child, ends a job: [`Failed`].
    Failed = 20,
    /// From the child: [`Outcomes`], body: the outcomes of a chunk's next items, see [`put_outcome`].
    Outcomes = 21,
}

impl Kind {
    const fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Run,
            2 => Self::Check,
            3 => Self::Answer,
            4 => Self::Chunk,
            16 => Self::Ready,
            17 => Self::Log,
            18 => Self::Fetch,
            19 => Self::Value,
            20 => Self::Failed,
            21 => Self::Outcomes,
            _ => return None,
        })
    }
}

/// What is run, and what each execution of it may use.
#[derive(Serialize, Deserialize)]
pub struct Terms {
    pub language: Tongue,
    pub code: String,
    pub wall_ms: u64,
    pub cpu_secs: u64,
    pub memory: usize,
    pub output: usize,
    pub log_bytes: usize,
    pub log_lines: usize,
}

#[derive(Serialize, Deserialize)]
pub struct Run {
    pub terms: Terms,
    /// Milliseconds since 1970.
    pub now: i64,
    pub seed: [u8; 32],
    pub network: bool,
}

#[derive(Serialize, Deserialize)]
pub struct Chunk {
    pub terms: Terms,
    /// After this time no further item begins.
    pub budget_ms: u64,
}

/// One execution in a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// Milliseconds since 1970.
    pub now: i64,
    pub seed: [u8; 32],
    /// What this item alone sees, as JSON.
    pub scope: &'a [u8],
}

#[derive(Serialize, Deserialize)]
pub struct Outcomes {
    /// The last of the chunk, with the most memory that the child has held so far, in KiB.
    pub ended: Option<u64>,
}

#[derive(Serialize, Deserialize)]
pub struct Check {
    pub language: Tongue,
    pub code: String,
}

/// The definition's languages, as the wire spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tongue {
    TypeScript,
    JavaScript,
    Python,
}

impl From<codex32_model::definition::Language> for Tongue {
    fn from(language: codex32_model::definition::Language) -> Self {
        use codex32_model::definition::Language;
        match language {
            Language::TypeScript => Self::TypeScript,
            Language::JavaScript => Self::JavaScript,
            Language::Python => Self::Python,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct Answer {
    pub id: u32,
    /// Why there is no response.
    pub error: Option<String>,
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

/// Which layers of defence the child has put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defences {
    pub seccomp: bool,
    pub landlock: bool,
    pub limits: bool,
}

#[derive(Serialize, Deserialize)]
pub struct Ready {
    pub defences: Defences,
    /// As in [`Value`].
    pub peak_kib: u64,
}

#[derive(Serialize, Deserialize)]
pub struct Log {
    pub level: LogLevel,
    pub message: String,
}

#[derive(Serialize, Deserialize)]
pub struct Ask {
    pub id: u32,
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub has_body: bool,
}

#[derive(Serialize, Deserialize)]
pub struct Value {
    /// The most memory that the child has held so far, in KiB.
    pub peak_kib: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Failed {
    pub code: String,
    pub message: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
    pub peak_kib: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    header: usize,
    bytes: Vec<u8>,
}

impl Frame {
    pub fn header<T: DeserializeOwned>(&self) -> io::Result<T> {
        serde_json::from_slice(&self.bytes[..self.header]).map_err(io::Error::from)
    }

    pub fn body(&self) -> &[u8] {
        &self.bytes[self.header..]
    }

    /// Reads what follows the length.
    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let kind = bytes.first().copied().and_then(Kind::of);
        let header = bytes.get(1..5).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
        let (Some(kind), Some(header)) = (kind, header) else { return Err(broken("no frame")) };
        let header = header as usize;
        let rest = &bytes[5..];
        if header > rest.len() {
            return Err(broken("the header is longer than its frame"));
        }
        Ok(Self { kind, header, bytes: rest.to_vec() })
    }

    /// Takes the first whole frame out of `buffer`; `None` where more bytes are needed. A frame
    /// longer than `cap` is an error before it is read.
    pub fn take(buffer: &mut Vec<u8>, cap: usize) -> io::Result<Option<Self>> {
        let Some(length) = buffer.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*length) as usize;
        if length > cap {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        if buffer.len() < 4 + length {
            return Ok(None);
        }
        let frame = Self::parse(&buffer[4..4 + length])?;
        buffer.drain(..4 + length);
        Ok(Some(frame))
    }

    /// Blocks for one frame; `None` where the other side has closed.
    pub fn read(from: &mut impl Read, cap: usize) -> io::Result<Option<Self>> {
        let mut length = [0; 4];
        match from.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > cap {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let mut bytes = vec![0; length];
        from.read_exact(&mut bytes)?;
        Self::parse(&bytes).map(Some)
    }
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Appends a frame to `out`.
pub fn put<T: Serialize>(out: &mut Vec<u8>, kind: Kind, header: &T, body: &[u8]) -> io::Result<()> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.push(kind as u8);
    out.extend_from_slice(&[0; 4]);
    serde_json::to_writer(&mut *out, header)?;
    let header = u32::try_from(out.len() - start - 9).map_err(|_| broken("header too long"))?;
    out[start + 5..start + 9].copy_from_slice(&header.to_le_bytes());
    out.extend_from_slice(body);
    let length = u32::try_from(out.len() - start - 4).map_err(|_| broken("frame too long"))?;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Writes a frame in one go.
pub fn send<T: Serialize>(
    to: &mut impl Write,
    kind: Kind,
    header: &T,
    body: &[u8],
) -> io::Result<()> {
    let mut out = Vec::with_capacity(256 + body.len());
    put(&mut out, kind, header, body)?;
    to.write_all(&out)?;
    to.flush()
}

/// A chunk's body: what all items share as JSON, then the items, each text after its length.
pub fn put_items<'a>(
    out: &mut Vec<u8>,
    shared: &[u8],
    items: impl Iterator<Item = Item<'a>>,
) -> io::Result<()> {
    put_text(out, shared)?;
    for item in items {
        out.extend_from_slice(&item.now.to_le_bytes());
        out.extend_from_slice(&item.seed);
        put_text(out, item.scope)?;
    }
    Ok(())
}

/// What [`put_items`] wrote.
pub fn items(mut body: &[u8]) -> io::Result<(&[u8], Vec<Item<'_>>)> {
    let shared = take_text(&mut body)?;
    let mut items = Vec::new();
    while !body.is_empty() {
        let now = i64::from_le_bytes(take_array(&mut body)?);
        let seed = take_array(&mut body)?;
        items.push(Item { now, seed, scope: take_text(&mut body)? });
    }
    Ok((shared, items))
}

/// Appends an outcome: the value as JSON, or why there is none.
pub fn put_outcome(out: &mut Vec<u8>, outcome: Result<Vec<u8>, Failed>) -> io::Result<()> {
    let (is_value, text) = match outcome {
        Ok(value) => (1, value),
        Err(failed) => (0, serde_json::to_vec(&failed)?),
    };
    out.push(is_value);
    put_text(out, &text)
}

/// Takes off the first outcome.
pub fn take_outcome<'a>(body: &mut &'a [u8]) -> io::Result<Result<&'a [u8], Failed>> {
    let [is_value] = take_array(body)?;
    let text = take_text(body)?;
    Ok(if is_value == 1 { Ok(text) } else { Err(serde_json::from_slice(text)?) })
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) -> io::Result<()> {
    let length = u32::try_from(text.len()).map_err(|_| broken("text too long"))?;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(text);
    Ok(())
}

fn take_text<'a>(body: &mut &'a [u8]) -> io::Result<&'a [u8]> {
    let length = u32::from_le_bytes(take_array(body)?) as usize;
    let (text, rest) = body.split_at_checked(length).ok_or_else(|| broken("cut short"))?;
    *body = rest;
    Ok(text)
}

fn take_array<const N: usize>(body: &mut &[u8]) -> io::Result<[u8; N]> {
    let (array, rest) = body.split_first_chunk().ok_or_else(|| broken("cut short"))?;
    *body = rest;
    Ok(*array)
}

#[cfg(test)]
mod tests;
