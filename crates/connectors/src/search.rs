//! Finding actions by words: names, titles and synonyms count more than descriptions.

use codex32_model::action::{ActionSpec, Catalogue};

/// The actions that fit the words, best first, at most `most`.
pub fn search<'a>(catalogue: &'a dyn Catalogue, words: &str, most: usize) -> Vec<&'a ActionSpec> {
    let words: Vec<String> = tokens(words).take(32).collect();
    let mut found: Vec<(u32, &ActionSpec)> = catalogue
        .actions()
        .iter()
        .map(|action| (score(catalogue, action, &words), action))
        .filter(|(score, _)| *score > 0)
        .collect();
    // Stable: the catalogue's order among equals.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, action)| action).take(most).collect()
}

fn score(catalogue: &dyn Catalogue, action: &ActionSpec, words: &[String]) -> u32 {
    let connector = catalogue.connectors().iter().find(|c| c.name == action.connector);
    let own = [(action.name.as_str(), 6), (action.title.as_str(), 4), (&action.description, 1)];
    let synonyms = action.synonyms.iter().map(|synonym| (synonym.as_str(), 3));
    let of_connector = connector.into_iter().flat_map(|connector| {
        let synonyms = connector.synonyms.iter().map(|synonym| (synonym.as_str(), 2));
        std::iter::once((connector.title.as_str(), 4)).chain(synonyms)
    });
    let texts: Vec<(Vec<String>, u32)> = own
        .into_iter()
        .chain(synonyms)
        .chain(of_connector)
        .map(|(text, weight)| (tokens(text).collect(), weight))
        .collect();
    // Each word counts once, by the best place where it stands.
    let of_word = |word: &String| {
        let places = texts.iter().filter_map(|(tokens, weight)| {
            if tokens.contains(word) {
                Some(weight * 2)
            } else if word.len() > 2 && tokens.iter().any(|token| token.starts_with(word)) {
                Some(*weight)
            } else {
                None
            }
        });
        places.max().unwrap_or(0)
    };
    words.iter().map(of_word).sum()
}

fn tokens(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
