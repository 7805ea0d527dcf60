//! The template bots of the repository's folder `bots/`.

use std::path::Path;

use crate::command::codex32;

#[test]
fn every_file_of_the_folder_is_a_template() {
    let folder = tempfile::tempdir().unwrap();
    let bots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bots");
    let mut files: Vec<String> = std::fs::read_dir(bots)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let listed = codex32(folder.path(), &["templates", "--json"]).json();
    let items = listed["items"].as_array().unwrap();
    let mut names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, files);
    assert!(items.iter().all(|item| item["description"].as_str().is_some_and(|d| d.len() > 20)));
}

#[test]
fn new_can_name_the_bot() {
    let folder = tempfile::tempdir().unwrap();
    let ran = codex32(folder.path(), &["new", "uptime-check", "--name", "shop-is-up"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("bot: shop-is-up\n"), "{}", ran.out);
    assert_eq!(codex32(folder.path(), &["new", "uptime-check", "--name", "Shop!"]).code, 2);
}
