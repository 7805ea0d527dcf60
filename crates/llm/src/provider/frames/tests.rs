use super::*;

/// A frame as Amazon's documentation lays it out.
fn made(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut heads = Vec::new();
    for (name, value) in headers {
        heads.push(name.len() as u8);
        heads.extend_from_slice(name.as_bytes());
        heads.push(7);
        heads.extend_from_slice(&(value.len() as u16).to_be_bytes());
        heads.extend_from_slice(value.as_bytes());
    }
    let length = (PRELUDE + heads.len() + payload.len() + CHECKSUM) as u32;
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend_from_slice(&(heads.len() as u32).to_be_bytes());
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame.extend_from_slice(&heads);
    frame.extend_from_slice(payload.as_bytes());
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame
}

/// The bytes come in pieces of `size`.
fn frames(framing: Framing, bytes: &[u8], size: usize) -> Frames {
    let chunks: Vec<_> = bytes.chunks(size).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    Frames::of(framing, Box::pin(stream::iter(chunks)))
}

async fn all(mut frames: Frames) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    while let Some(frame) = frames.next().await? {
        out.push(frame);
    }
    Ok(out)
}

#[tokio::test]
async fn amazons_frames_are_read_however_they_are_cut() {
    let event = |name| [(":message-type", "event"), (":event-type", name)];
    let mut bytes = made(&event("messageStart"), "{\"role\":\"assistant\"}");
    bytes.extend(made(&event("messageStop"), "{}"));
    for size in [1, 7, 1_000] {
        let read = all(frames(Framing::Amazon, &bytes, size)).await.unwrap();
        assert_eq!(read[0], ("messageStart".into(), "{\"role\":\"assistant\"}".into()));
        assert_eq!(read[1], ("messageStop".into(), "{}".into()));
    }
    let cut = all(frames(Framing::Amazon, &bytes[..bytes.len() - 3], 5)).await;
    assert!(cut.unwrap_err().contains("broke off"));
    let mut damaged = bytes.clone();
    damaged[30] ^= 1;
    assert!(all(frames(Framing::Amazon, &damaged, 64)).await.unwrap_err().contains("damaged"));
    let exception = [(":message-type", "exception"), (":exception-type", "throttlingException")];
    let told = all(frames(Framing::Amazon, &made(&exception, "{}"), 9)).await.unwrap_err();
    assert!(told.contains("throttlingException"), "{told}");
}

#[tokio::test]
async fn server_sent_events_are_read_however_they_are_cut() {
    let text = ": hello\n\nevent: a\ndata: {\"x\":\ndata: 1}\n\ndata: [DONE]\r\n\r\n";
    for size in [1, 3, 1_000] {
        let read = all(frames(Framing::Events, text.as_bytes(), size)).await.unwrap();
        assert_eq!(read[0], ("a".into(), "{\"x\":\n1}".into()));
        assert_eq!(read[1].1, "[DONE]");
    }
}
