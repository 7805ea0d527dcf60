//! How people call the apps of a listing.

use std::collections::HashMap;

use super::words;

const KNOWN: &str = include_str!("names.txt");

/// Most words of a name.
const LONGEST: usize = 5;

/// A name that stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention {
    pub app: usize,
    /// The app's name, and not only a word that hints at it.
    pub sure: bool,
    pub start: usize,
    pub end: usize,
}

/// The names of all apps of a listing, by their letters.
#[derive(Debug, Clone, Default)]
pub struct Names {
    apps: HashMap<String, Vec<(usize, bool)>>,
}

impl Names {
    pub fn new<'a>(ids: impl Iterator<Item = &'a str>, hidden: &dyn Fn(&str) -> bool) -> Self {
        let mut names = Self::default();
        let known: HashMap<&str, &str> = KNOWN
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(": "))
            .collect();
        for (app, id) in ids.enumerate() {
            match known.get(id).filter(|_| !hidden(id)) {
                Some(said) => {
                    let (sure, hints) = said.split_once('~').unwrap_or((said, ""));
                    sure.split(',').for_each(|name| names.add(app, name, true));
                    hints.split(',').for_each(|name| names.add(app, name, false));
                }
                None => names.add(app, &derived(id), true),
            }
        }
        names
    }

    fn add(&mut self, app: usize, name: &str, sure: bool) {
        let letters: String =
            words::words(name, 16).iter().map(|word| word.text.as_str()).collect();
        if !letters.is_empty() {
            let apps = self.apps.entry(letters).or_default();
            if !apps.iter().any(|(known, _)| *known == app) {
                apps.push((app, sure));
            }
        }
    }

    /// The names in a text, the longest at each place.
    pub fn mentions(&self, text: &[words::Word]) -> Vec<Mention> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let found = (1..=LONGEST.min(text.len() - at)).rev().find_map(|count| {
                let part = &text[at..at + count];
                if part.iter().any(|word| word.sign) {
                    return None;
                }
                let letters: String = part.iter().map(|word| word.text.as_str()).collect();
                self.apps.get(&letters).map(|apps| (count, apps))
            });
            match found {
                Some((count, apps)) => {
                    let mention = |(app, sure): &(usize, bool)| Mention {
                        app: *app,
                        sure: *sure,
                        start: at,
                        end: at + count,
                    };
                    out.extend(apps.iter().map(mention));
                    at += count;
                }
                None => at += 1,
            }
        }
        out
    }
}

/// The name that an id says: `GoogleMailV2API` is `Google Mail`.
fn derived(id: &str) -> String {
    let name = id.strip_suffix("API").unwrap_or(id);
    let name = name.strip_suffix("Dev").unwrap_or(name);
    let bare = name.trim_end_matches(|char: char| char.is_ascii_digit());
    let name =
        bare.strip_suffix('V').filter(|rest| !rest.is_empty() && bare != name).unwrap_or(name);
    let name = name.strip_suffix("Dev").unwrap_or(name);
    words::id_words(name).join(" ")
}
