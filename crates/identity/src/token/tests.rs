use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn the_token_stays_and_only_it_matches() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("owner-token");
    assert!(OwnerToken::read(&path).expect("none yet").is_none());
    let token = OwnerToken::open_or_create(&path).expect("made");
    let again = OwnerToken::open_or_create(&path).expect("read");
    assert_eq!(token.expose(), again.expose());
    assert!(token.expose().starts_with("c32_") && token.expose().len() == 47);
    assert!(token.matches(again.expose()));
    for wrong in ["", "c32_", &token.expose()[..46], &format!("{}x", token.expose())] {
        assert!(!token.matches(wrong), "{wrong}");
    }
    assert!(!format!("{token:?}").contains(&token.expose()[4..]));
    let mode = std::fs::metadata(&path).expect("file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let other = OwnerToken::open_or_create(&folder.path().join("other")).expect("made");
    assert!(!token.matches(other.expose()));
}

#[test]
fn a_token_file_that_is_open_or_damaged_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("owner-token");
    for bad in ["", "c32_short", "token"] {
        std::fs::write(&path, bad).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode");
        let error = OwnerToken::open_or_create(&path).expect_err("damaged");
        assert_eq!(error.code().text, "E-CONN-044");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("mode");
    let error = OwnerToken::open_or_create(&path).expect_err("open");
    assert_eq!(error.code().text, "E-CONN-040");
}
