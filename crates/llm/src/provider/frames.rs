//! The pieces of a streamed answer: server-sent events, or Amazon's event stream.
//!
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html>

use std::pin::Pin;

use bytes::{Buf, Bytes, BytesMut};
use codex32_connectors::http::Opened;
use eventsource_stream::{EventStreamError, Eventsource};
use futures::{Stream, StreamExt, stream};

use super::Framing;

/// Longest frame of Amazon's; theirs are at most 16 MiB.
const MAX_FRAME: usize = 16 << 20;
/// Lengths and their checksum, and the checksum at the end.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, String>> + Send>>;
type Events = Pin<Box<dyn Stream<Item = Result<(String, String), String>> + Send>>;

pub struct Frames(Kind);

enum Kind {
    Events(Events),
    Amazon { chunks: Chunks, buffer: BytesMut },
}

impl Frames {
    pub fn new(framing: Framing, opened: Opened) -> Self {
        let chunks = stream::unfold(Some(opened), |opened| async {
            let mut opened = opened?;
            match opened.chunk().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(opened))),
                Ok(None) => None,
                Err(error) => Some((Err(error.message), None)),
            }
        });
        Self::of(framing, Box::pin(chunks))
    }

    fn of(framing: Framing, chunks: Chunks) -> Self {
        Self(match framing {
            Framing::Amazon => Kind::Amazon { chunks, buffer: BytesMut::new() },
            Framing::Events => Kind::Events(Box::pin(chunks.eventsource().map(|event| {
                event.map(|event| (event.event, event.data)).map_err(|error| match error {
                    EventStreamError::Transport(error) => error,
                    other => other.to_string(),
                })
            }))),
        })
    }

    /// The name and data of the next piece; none at the end.
    pub async fn next(&mut self) -> Result<Option<(String, String)>, String> {
        match &mut self.0 {
            Kind::Events(events) => events.next().await.transpose(),
            Kind::Amazon { chunks, buffer } => loop {
                if let Some(frame) = frame(buffer)? {
                    return Ok(Some(frame));
                }
                match chunks.next().await {
                    Some(chunk) => buffer.extend_from_slice(&chunk?),
                    None if buffer.is_empty() => return Ok(None),
                    None => return Err("the answer broke off inside a frame".to_owned()),
                }
            },
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The next whole frame of the buffer: its event's type and its payload.
fn frame(buffer: &mut BytesMut) -> Result<Option<(String, String)>, String> {
    if buffer.len() < PRELUDE {
        return Ok(None);
    }
    let (length, head) = (number(buffer) as usize, number(&buffer[4..]) as usize);
    if crc32fast::hash(&buffer[..8]) != number(&buffer[8..]) {
        return Err("a frame of the answer is damaged".to_owned());
    }
    if length > MAX_FRAME || length < PRELUDE + head + CHECKSUM {
        return Err("a frame of the answer has an impossible length".to_owned());
    }
    if buffer.len() < length {
        return Ok(None);
    }
    let frame = buffer.split_to(length);
    let (inside, checksum) = frame.split_at(length - CHECKSUM);
    if crc32fast::hash(inside) != number(checksum) {
        return Err("a frame of the answer is damaged".to_owned());
    }
    let (heads, payload) = inside[PRELUDE..].split_at(head);
    let (mut name, mut exception) = (String::new(), None);
    for (header, value) in headers(heads)? {
        match header.as_str() {
            ":event-type" => name = value,
            ":exception-type" | ":error-code" => exception = Some(value),
            _ => {}
        }
    }
    let payload = String::from_utf8_lossy(payload).into_owned();
    match exception {
        Some(exception) => Err(format!("the provider broke the answer off: {exception} {payload}")),
        None => Ok(Some((name, payload))),
    }
}

/// The headers that are texts.
fn headers(mut bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let bad = || "a frame of the answer has damaged headers".to_owned();
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let length = bytes.try_get_u8().map_err(|_| bad())? as usize;
        let name = String::from_utf8_lossy(bytes.get(..length).ok_or_else(bad)?).into_owned();
        bytes.advance(length);
        let kind = bytes.try_get_u8().map_err(|_| bad())?;
        // True, false, 1 to 8 bytes, bytes and text with their length, a time, an id.
        let length = match kind {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            6 | 7 => bytes.try_get_u16().map_err(|_| bad())? as usize,
            9 => 16,
            _ => return Err(bad()),
        };
        let value = bytes.get(..length).ok_or_else(bad)?;
        if kind == 7 {
            out.push((name, String::from_utf8_lossy(value).into_owned()));
        }
        bytes.advance(length);
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
