//! Words as full text has them: lower case, without accents, stemmed by the rules of the base's language
//! (Snowball). Both databases index these, so that both find the same.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Words of a question that are looked for at most.
const MOST: usize = 24;
const LONGEST: usize = 40;

const LANGUAGES: [(&str, Option<Algorithm>); 14] = [
    ("english", Some(Algorithm::English)),
    ("german", Some(Algorithm::German)),
    ("french", Some(Algorithm::French)),
    ("spanish", Some(Algorithm::Spanish)),
    ("italian", Some(Algorithm::Italian)),
    ("portuguese", Some(Algorithm::Portuguese)),
    ("dutch", Some(Algorithm::Dutch)),
    ("swedish", Some(Algorithm::Swedish)),
    ("norwegian", Some(Algorithm::Norwegian)),
    ("danish", Some(Algorithm::Danish)),
    ("finnish", Some(Algorithm::Finnish)),
    ("russian", Some(Algorithm::Russian)),
    ("turkish", Some(Algorithm::Turkish)),
    ("none", None),
];

/// Words that say nothing about what is looked for, in English and German.
const EMPTY: &str = "a an and are as at be but by can could did do does for from had has have he her him his \
  how i if in into is it its me my no not of on or our she should so such than that the their them then there \
  these they this to was we were what when where which who whom why will with would you your \
  aber als am an auch auf aus bei bin das dass dem den der des die doch du ein eine einem einen einer es für hat \
  ich ihr im in ist kann man mich mir mit nach nicht oder sich sie sind so um und von vor war was wenn wer wie \
  wir wird wo zu zum zur über";

/// The languages that a base may have.
pub fn known() -> Vec<&'static str> {
    LANGUAGES.iter().map(|(name, _)| *name).collect()
}

pub fn is_known(language: &str) -> bool {
    LANGUAGES.iter().any(|(name, _)| *name == language)
}

fn words(text: &str) -> Vec<String> {
    let plain: String =
        text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST).collect())
        .collect()
}

fn stemmer(language: &str) -> Option<Stemmer> {
    let (_, algorithm) = LANGUAGES.iter().find(|(name, _)| *name == language)?;
    algorithm.as_ref().map(|algorithm| Stemmer::create(*algorithm))
}

/// All words of a text, stemmed, in order.
pub fn of_text(text: &str, language: &str) -> String {
    let stemmer = stemmer(language);
    let stem = |word: &String| match &stemmer {
        Some(stemmer) => stemmer.stem(word).into_owned(),
        None => word.clone(),
    };
    words(text).iter().map(stem).collect::<Vec<_>>().join(" ")
}

/// The words of a question that say something, each once.
pub fn of_question(text: &str, language: &str) -> Vec<String> {
    let all = words(text);
    let telling: Vec<_> =
        all.iter().filter(|word| !EMPTY.split_whitespace().any(|empty| empty == *word)).collect();
    // A question of empty words alone is looked for as it is.
    let telling = if telling.is_empty() { all.iter().collect() } else { telling };
    let stemmer = stemmer(language);
    let mut out: Vec<String> = Vec::new();
    for word in telling {
        let stem = match &stemmer {
            Some(stemmer) => stemmer.stem(word).into_owned(),
            None => word.clone(),
        };
        if !out.contains(&stem) {
            out.push(stem);
        }
    }
    out.truncate(MOST);
    out
}
