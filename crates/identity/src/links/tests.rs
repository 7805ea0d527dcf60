use super::*;

fn keys() -> KeyFile {
    let folder = tempfile::tempdir().unwrap();
    KeyFile::open_or_create(&folder.path().join("secrets.key")).unwrap()
}

fn link() -> Link {
    let approval = ApprovalId::from_bytes([7; 16]);
    Link { approval, number: 3, until: Timestamp::from_micros(1_800_000_000_000_000) }
}

#[test]
fn a_link_says_who_may_answer_what_until_when() {
    let (keys, link) = (keys(), link());
    let token = keys.sign(&link, "boss@example.com").unwrap();
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(Link::read(link.approval, &token), Some(link));
    assert!(keys.signed(&link, "boss@example.com", &token));
}

#[test]
fn nothing_of_a_link_can_be_changed() {
    let (keys, link) = (keys(), link());
    let token = keys.sign(&link, "boss@example.com").unwrap();
    assert!(!keys.signed(&link, "deputy@example.com", &token));
    assert!(!self::keys().signed(&link, "boss@example.com", &token));
    let other = Link { approval: ApprovalId::from_bytes([8; 16]), ..link };
    assert!(!keys.signed(&other, "boss@example.com", &token));
    let bytes = BASE64.decode(&token).unwrap();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let token = BASE64.encode(&changed);
        let read = Link::read(link.approval, &token).unwrap();
        assert!(!keys.signed(&read, "boss@example.com", &token), "byte {place}");
        assert!(!keys.signed(&link, "boss@example.com", &token), "byte {place}");
    }
    for token in ["", "AAAA", "not base64 !", &token[..token.len() - 2]] {
        assert_eq!(Link::read(link.approval, token), None);
        assert!(!keys.signed(&link, "boss@example.com", token));
    }
}
