use std::os::unix::fs::PermissionsExt;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("mode");
}

#[test]
fn what_is_sealed_opens_after_a_restart_and_only_in_its_context() {
    let folder = folder();
    let path = folder.path().join("key");
    let sealed = {
        let keys = KeyFile::open_or_create(&path).expect("made");
        keys.seal(b"con_1", b"xoxb-secret").expect("sealed")
    };
    let mode = std::fs::metadata(&path).expect("file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!sealed.windows(6).any(|part| part == b"secret"));

    let keys = KeyFile::open_or_create(&path).expect("read again");
    assert_eq!(keys.open(b"con_1", &sealed).expect("opened").expose_secret(), b"xoxb-secret");
    assert!(matches!(keys.open(b"con_2", &sealed), Err(SecretsError::Tampered)));
    assert_eq!(std::fs::read_dir(folder.path()).expect("list").count(), 1, "no draft is left");
}

#[test]
fn two_seals_of_one_text_differ_and_every_changed_byte_is_noticed() {
    let folder = folder();
    let keys = KeyFile::open_or_create(&folder.path().join("key")).expect("made");
    let sealed = keys.seal(b"x", b"text").expect("sealed");
    assert_ne!(sealed, keys.seal(b"x", b"text").expect("sealed"));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(keys.open(b"x", &changed).is_err(), "byte {at}");
    }
    for length in 0..sealed.len() {
        assert!(keys.open(b"x", &sealed[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn keys_rotate() {
    let folder = folder();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    let sealed = KeyFile::open_or_create(&old).expect("made").seal(b"x", b"text").expect("sealed");
    let keys = KeyFile::open_or_create(&new).expect("made");
    let Err(SecretsError::UnknownKey { id }) = keys.open(b"x", &sealed) else {
        panic!("the new key opens what the old one sealed")
    };
    let both =
        std::fs::read_to_string(&new).expect("new") + &std::fs::read_to_string(&old).expect("old");
    assert!(both.contains(&id));
    write(&new, &both, 0o600);
    let keys = KeyFile::open_or_create(&new).expect("both");
    assert_eq!(keys.open(b"x", &sealed).expect("opened").expose_secret(), b"text");
    assert!(keys.is_outdated(&sealed));
    assert!(!keys.is_outdated(&keys.seal(b"x", b"text").expect("sealed")));
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let folder = folder();
    let path = folder.path().join("key");
    KeyFile::open_or_create(&path).expect("made");
    for mode in [0o640, 0o604, 0o644, 0o620] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
        let error = KeyFile::open_or_create(&path).expect_err("too open");
        assert_eq!(error.code().text, "E-CONN-040");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}

#[test]
fn a_damaged_key_file_is_explained_and_never_replaced() {
    let folder = folder();
    let path = folder.path().join("key");
    KeyFile::open_or_create(&path).expect("made");
    let good = std::fs::read_to_string(&path).expect("text");
    let flipped = {
        let at = good.find("\nkey ").expect("key") + 15;
        let other = if &good[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &good[..at], &good[at + 1..])
    };
    for bad in ["", "garbage", "key 00000000 AAAA", "\u{0}\u{1}", flipped.as_str()] {
        write(&path, bad, 0o600);
        let error = KeyFile::open_or_create(&path).expect_err("damaged");
        assert_eq!(error.code().text, "E-CONN-041", "{bad:?}");
        assert!(error.to_string().contains("backup"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), bad);
    }
}

#[test]
fn debug_shows_ids_only() {
    let folder = folder();
    let path = folder.path().join("key");
    let keys = KeyFile::open_or_create(&path).expect("made");
    let text = std::fs::read_to_string(&path).expect("text");
    let secret = text.split_whitespace().next_back().expect("key");
    assert!(!format!("{keys:?}").contains(&secret[..8]));
}
