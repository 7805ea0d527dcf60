use super::{
    Answer, Failed, Frame, Item, Kind, MAX_FRAME, items, put, put_items, put_outcome, send,
    take_outcome,
};

fn answer(id: u32) -> Answer {
    Answer { id, error: None, status: 200, headers: vec![("a".into(), "é".into())] }
}

#[test]
fn a_frame_comes_back_as_it_went_however_it_is_cut() {
    let mut bytes = Vec::new();
    put(&mut bytes, Kind::Answer, &answer(7), b"body").expect("put");
    send(&mut bytes, Kind::Check, &(), b"").expect("sent");
    let mut buffer = Vec::new();
    let mut frames = Vec::new();
    for byte in &bytes {
        buffer.push(*byte);
        frames.extend(Frame::take(&mut buffer, MAX_FRAME).expect("frames"));
    }
    assert!(buffer.is_empty());
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[0].kind, Kind::Answer);
    assert_eq!(frames[0].header::<Answer>().expect("header").id, 7);
    assert_eq!(frames[0].body(), b"body");
    let mut reader = &bytes[..];
    assert_eq!(Frame::read(&mut reader, MAX_FRAME).expect("a frame").as_ref(), Some(&frames[0]));
    assert_eq!(Frame::read(&mut reader, MAX_FRAME).expect("a frame").as_ref(), Some(&frames[1]));
    assert_eq!(Frame::read(&mut reader, MAX_FRAME).expect("the end"), None);
}

#[test]
fn nonsense_is_an_error_and_a_long_frame_is_refused_before_it_is_read() {
    let whole = |rest: &[u8]| {
        let mut bytes = u32::try_from(rest.len()).expect("short").to_le_bytes().to_vec();
        bytes.extend_from_slice(rest);
        bytes
    };
    for rest in [
        &b""[..],
        b"\x01",
        b"\x01\0\0\0",
        b"\xff\0\0\0\0",
        b"\x01\xff\xff\xff\xff",
        b"\x01\x02\0\0\0{",
    ] {
        assert!(Frame::take(&mut whole(rest), 100).is_err(), "{rest:?}");
        assert!(Frame::read(&mut &whole(rest)[..], 100).is_err(), "{rest:?}");
    }
    let long = 101_u32.to_le_bytes();
    assert!(Frame::take(&mut long.to_vec(), 100).is_err());
    assert!(Frame::read(&mut &long[..], 100).is_err());
    assert!(Frame::read(&mut &whole(b"\x01\0\0\0\0")[..8], 100).is_err(), "cut short");
}

#[test]
fn items_and_outcomes_come_back_and_what_is_cut_short_is_an_error() {
    let sent = [
        Item { now: -1, seed: [1; 32], scope: b"{}" },
        Item { now: 1_795_000_000_000, seed: [255; 32], scope: "{\"a\":\"é\"}".as_bytes() },
    ];
    let mut body = Vec::new();
    put_items(&mut body, b"{\"b\":1}", sent.iter().cloned()).expect("put");
    let (shared, read) = items(&body).expect("items");
    assert_eq!((shared, &read[..]), (&b"{\"b\":1}"[..], &sent[..]));
    for cut in 1..body.len() {
        // Between two items nothing is missing.
        let whole = items(&body[..cut]).is_ok_and(|(_, read)| read == sent[..read.len()]);
        assert!(whole || items(&body[..cut]).is_err(), "{cut}");
    }
    let mut outcomes = Vec::new();
    put_outcome(&mut outcomes, Ok(b"7".to_vec())).expect("put");
    let failed = Failed {
        code: "E".to_owned(),
        message: "no".to_owned(),
        line: Some(1),
        column: None,
        peak_kib: 0,
    };
    put_outcome(&mut outcomes, Err(failed)).expect("put");
    let mut rest = &outcomes[..];
    assert_eq!(take_outcome(&mut rest).expect("an outcome").expect("a value"), b"7");
    assert_eq!(take_outcome(&mut rest).expect("an outcome").expect_err("none").message, "no");
    assert!(rest.is_empty() && take_outcome(&mut rest).is_err());
}
