//! From characters to tokens.

use super::normal::normalise;
use super::short::spelled_out;
use super::{Kind, Lang, Text, Token, fold};

/// Reads a sentence; what lies beyond [`super::MAX_CHARS`] is not looked at.
pub fn read(sentence: &str) -> Text {
    let chars = sentence.chars().count();
    let source = normalise(sentence);
    let source = spelled_out(&source, language(&source));
    let lang = language(&source);
    let tokens = Scanner { source: &source, at: 0, lang, tokens: Vec::new() }.run();
    Text { source, lang, tokens, chars }
}

/// Reads a sentence that was read before and said anew.
pub(crate) fn read_as(sentence: &str, lang: Lang) -> Text {
    let source = sentence.to_owned();
    let tokens = Scanner { source: &source, at: 0, lang, tokens: Vec::new() }.run();
    Text { chars: sentence.chars().count(), source, lang, tokens }
}

/// The language whose little words occur more often; English when neither does.
fn language(source: &str) -> Lang {
    const DE: &[&str] = &[
        "der",
        "die",
        "das",
        "den",
        "dem",
        "ein",
        "eine",
        "einen",
        "einer",
        "und",
        "oder",
        "stdl",
        "taegl",
        "woechentl",
        "monatl",
        "nix",
        "wenn",
        "mehr",
        "weniger",
        "als",
        "falls",
        "sobald",
        "jeden",
        "jede",
        "jedes",
        "alle",
        "um",
        "uhr",
        "ueber",
        "nach",
        "bei",
        "mit",
        "auf",
        "an",
        "sende",
        "schicke",
        "sonst",
        "nicht",
        "kein",
        "keine",
        "ist",
        "wird",
        "kommt",
        "von",
        "zum",
        "zur",
        "taeglich",
        "stuendlich",
        "benachrichtige",
        "senden",
        "schicken",
        "abrufen",
        "abfragen",
        "aufrufen",
        "rufe",
        "hole",
        "pruefe",
        "fuer",
        "aus",
        "dann",
        "mich",
        "mir",
        "ich",
        "eintrifft",
        "antworte",
        "warte",
        "starte",
        "stunden",
        "minuten",
        "tage",
        "woche",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "bitte",
        "per",
        "werktags",
        "monat",
        "melde",
        "frage",
        "im",
        "am",
        "neues",
        "neue",
        "neuer",
        "neuen",
        "neuem",
        "einem",
        "eines",
        "soll",
        "sollen",
        "werden",
        "dass",
        "wir",
        "sie",
        "es",
        "auch",
        "nur",
        "wurde",
        "beim",
        "vom",
        "durch",
        "ohne",
        "unter",
        "vor",
        "anlegen",
        "bescheid",
        "ist",
        "hat",
        "einmal",
        "jedem",
        "jeder",
        "ins",
        "speichern",
        "posten",
        "schreiben",
        "anhaengen",
        "eintragen",
        "melden",
        "mailen",
        "starten",
        "erstellen",
        "ausloesen",
        "zusammenfassen",
        "gemergt",
        "jemand",
        "zeile",
        "karte",
        "nachricht",
        "aufgabe",
    ];
    const EN: &[&str] = &[
        "the",
        "a",
        "an",
        "and",
        "or",
        "when",
        "if",
        "every",
        "each",
        "at",
        "on",
        "to",
        "with",
        "of",
        "then",
        "is",
        "are",
        "its",
        "it",
        "send",
        "post",
        "otherwise",
        "not",
        "from",
        "for",
        "by",
        "my",
        "me",
        "after",
        "whenever",
        "them",
        "get",
        "check",
        "email",
        "that",
        "this",
        "do",
        "day",
        "hour",
        "week",
    ];
    let (mut de, mut en) = (0_usize, 0_usize);
    // `/a` and `/get` in an address are no English.
    let said = source
        .split_whitespace()
        .filter(|chunk| !chunk.contains("://") && !chunk.starts_with(['#', '@', '/']));
    let said = said.flat_map(|chunk| chunk.split(|c: char| !c.is_alphanumeric()));
    for word in said.filter(|word| !word.is_empty()).take(400) {
        let low = fold(word);
        let german = DE.contains(&low.as_str())
            || low.len() > 7
                && ["ieren", "igen", "ungen", "iert"].iter().any(|end| low.ends_with(end));
        de += usize::from(german);
        en += usize::from(EN.contains(&low.as_str()));
    }
    de += source.chars().take(2_000).filter(|c| "äöüßÄÖÜ".contains(*c)).count();
    if de > en { Lang::De } else { Lang::En }
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    lang: Lang,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    fn run(mut self) -> Vec<Token> {
        while let Some(c) = self.rest().chars().next() {
            if c == ' ' {
                self.at += 1;
            } else if !self.special(c) {
                self.plain(c);
            }
        }
        self.tokens
    }

    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn push(&mut self, kind: Kind, text: String, length: usize) {
        let low = fold(&text);
        let number = if kind == Kind::Word { number_word(&low) } else { None };
        self.tokens.push(Token {
            kind,
            text,
            low,
            number,
            money: false,
            at: self.at..self.at + length,
        });
        self.at += length;
    }

    /// Tokens that begin with a telling character; false if this is none of them.
    fn special(&mut self, c: char) -> bool {
        let rest = self.rest();
        let lower: String = rest.chars().take(8).flat_map(char::to_lowercase).collect();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            let end = rest.find([' ', '"', '<', '>', '`', ';']).unwrap_or(rest.len());
            let mut text = &rest[..end];
            while text.ends_with(['.', ',', ':', '!', '?', '\''])
                || (text.ends_with(')') && !text.contains('('))
            {
                text = &text[..text.len() - 1];
            }
            let text = text.to_owned();
            let length = text.len();
            self.push(Kind::Url, text, length);
            return true;
        }
        match c {
            '"' | '`' | '\'' => {
                let opens =
                    c != '\'' || self.at == 0 || self.source[..self.at].ends_with([' ', '(', ':']);
                let inside = &rest[1..];
                let close = inside.char_indices().take(2_000).find(|(at, found)| {
                    let after = inside[at + found.len_utf8()..].chars().next();
                    *found == c && (c != '\'' || !after.is_some_and(char::is_alphanumeric))
                });
                let found =
                    close.filter(|(at, _)| opens && *at > 0).map(|(at, _)| inside[..at].to_owned());
                match found {
                    Some(text) => {
                        let length = text.len() + 2;
                        self.push(Kind::Quoted, text, length);
                    }
                    None => self.push(Kind::Mark(c), c.to_string(), 1),
                }
            }
            '#' => {
                let name = run(&rest[1..], |c| c.is_alphanumeric() || c == '_' || c == '-');
                let name = name.trim_end_matches('-');
                if name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
                    return false;
                }
                let text = format!("#{name}");
                let length = text.len();
                self.push(Kind::Channel, text, length);
            }
            // `~town-square`: a channel of Mattermost.
            '~' if rest[1..].starts_with(char::is_alphabetic)
                && (self.at == 0 || self.source[..self.at].ends_with([' ', '('])) =>
            {
                let name = run(&rest[1..], |c| c.is_alphanumeric() || c == '_' || c == '-');
                let text = format!("#{}", name.trim_end_matches('-'));
                let length = text.len();
                self.push(Kind::Channel, text, length);
            }
            '/' => {
                let path = run(rest, |c| c.is_ascii_alphanumeric() || "/._~-{}".contains(c));
                let path = path.trim_end_matches(['.', '-']);
                if path.len() < 2 {
                    return false;
                }
                let (text, length) = (path.to_owned(), path.len());
                self.push(Kind::Path, text, length);
            }
            '{' if json_length(rest).is_some() => {
                let length = json_length(rest).unwrap_or(1);
                let text = rest[..length].to_owned();
                self.push(Kind::Quoted, text, length);
            }
            '{' => {
                let name = run(&rest[1..], |c| c.is_alphanumeric() || c == '_' || c == '.');
                if name.is_empty() || !rest[1 + name.len()..].starts_with('}') {
                    return false;
                }
                let (text, length) = (name.to_owned(), name.len() + 2);
                self.push(Kind::Placeholder, text, length);
            }
            '+' => {
                let number = run(&rest[1..], |c| c.is_ascii_digit() || " -/()".contains(c));
                let digits: String = number.chars().filter(char::is_ascii_digit).collect();
                let length = 1 + number.trim_end_matches([' ', '-', '/', '(', ')']).len();
                if !(7..=15).contains(&digits.len()) {
                    return false;
                }
                self.push(Kind::Phone, format!("+{digits}"), length);
            }
            '€' | '$' | '£' => {
                let length = c.len_utf8();
                let after = self.rest()[length..].trim_start().to_owned();
                let before = self.tokens.last_mut().filter(|token| token.kind == Kind::Number);
                if let Some(token) =
                    before.filter(|_| !after.starts_with(|c: char| c.is_ascii_digit()))
                {
                    token.money = true;
                    self.at += length;
                } else if after.starts_with(|c: char| c.is_ascii_digit()) {
                    self.at += self.rest().len() - after.len();
                    let from = self.tokens.len();
                    self.number();
                    if let Some(token) = self.tokens.get_mut(from) {
                        token.money = true;
                    }
                } else {
                    self.push(Kind::Mark(c), c.to_string(), length);
                }
            }
            '0'..='9' => self.number(),
            _ => return false,
        }
        true
    }

    /// A number, or a word that begins with a digit (`9am`, `16:30`, `2027-03-01`, `1st`, `30s`).
    fn number(&mut self) {
        let rest = self.rest();
        let whole = run(rest, |c| c.is_alphanumeric() || ".,:-_@'/".contains(c));
        let whole = whole.trim_end_matches(['.', ',', ':', '-', '_', '/', '\'']).to_owned();
        let digits = run(&whole, |c| c.is_ascii_digit() || ".,'".contains(c)).to_owned();
        let (value, used) = match &whole[digits.len()..] {
            "" => (amount(&digits, self.lang), digits.len()),
            "k" | "K" => (amount(&digits, self.lang).map(|n| n * 1_000.0), digits.len() + 1),
            "x" => (amount(&digits, self.lang), digits.len() + 1),
            _ => (None, whole.len()),
        };
        if let Some(value) = value {
            let percent = self.rest()[used..].trim_start().starts_with('%');
            let text = self.rest()[..used].to_owned();
            self.push(Kind::Number, text, used);
            if percent {
                self.at += self.rest().len() - self.rest().trim_start().len() + 1;
            }
            if let Some(token) = self.tokens.last_mut() {
                token.number = Some(value);
                token.at.end = self.at;
            }
            return;
        }
        let length = whole.len().max(1);
        let kind = if is_email(&whole) { Kind::Email } else { Kind::Word };
        self.push(kind, self.source[self.at..self.at + length].to_owned(), length);
    }

    fn plain(&mut self, c: char) {
        let rest = self.rest();
        let whole = run(rest, |c| c.is_alphanumeric() || "@._-+'/&".contains(c));
        // `under invoices/`: a folder.
        if let Some(folder) = whole.trim_end_matches('.').strip_suffix('/')
            && folder.len() > 1
            && (is_path(folder) || is_path(&format!("{folder}/x")))
            && c.is_alphabetic()
        {
            let length = folder.len() + 1;
            return self.push(Kind::Path, format!("{folder}/"), length);
        }
        let whole = whole.trim_end_matches(['.', '-', '\'', '/', '+', '&', '_', '@']);
        if whole.is_empty() || !c.is_alphanumeric() && c != '_' && c != '@' {
            self.push(Kind::Mark(c), c.to_string(), c.len_utf8());
            return;
        }
        let whole = whole.to_owned();
        if is_email(&whole) {
            let length = whole.len();
            return self.push(Kind::Email, whole, length);
        }
        if let Some(cut) = whole.find('\'') {
            return self.apostrophe(&whole, cut);
        }
        if let Some(cut) = whole.find(['/', '&']).filter(|_| !is_path(&whole)) {
            let head = whole[..cut].to_owned();
            if !head.is_empty() {
                self.push(Kind::Word, head, cut);
            }
            return self.push(Kind::Mark('/'), "/".to_owned(), 1);
        }
        let length = whole.len();
        let kind = if is_path(&whole) {
            Kind::Path
        } else if is_dotted(&whole) {
            Kind::Dotted
        } else {
            Kind::Word
        };
        self.push(kind, whole, length);
    }

    /// `order's`, `don't`, `it's`: two words each, the second one `'s`, `not` or `is`.
    fn apostrophe(&mut self, whole: &str, cut: usize) {
        let (head, tail) = (whole[..cut].to_owned(), whole[cut..].to_lowercase());
        if tail == "'t" && head.to_lowercase().ends_with('n') {
            let stem = match head.to_lowercase().as_str() {
                "can" => "can".to_owned(),
                "won" => "will".to_owned(),
                _ => head[..head.len() - 1].to_owned(),
            };
            let at = self.at;
            self.push(Kind::Word, stem, head.len().saturating_sub(1).max(1));
            self.push(Kind::Word, "not".to_owned(), at + whole.len() - self.at);
            return;
        }
        let it =
            ["it", "that", "there", "what", "he", "she"].contains(&head.to_lowercase().as_str());
        let length = head.len();
        if length > 0 {
            self.push(Kind::Word, head, length);
        }
        let second = match tail.as_str() {
            "'s" if it => "is",
            "'re" => "are",
            "'s" => "'s",
            "'" => "'s",
            _ => &whole[cut..],
        };
        self.push(Kind::Word, second.to_owned(), whole.len() - cut);
    }
}

fn run(text: &str, keep: impl Fn(char) -> bool) -> &str {
    &text[..text.find(|c| !keep(c)).unwrap_or(text.len())]
}

/// How long the JSON object at the front is, if there is one.
fn json_length(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().take(2_000) {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let read = codex32_model::Value::from_json(&text[..=at]).ok()?;
                    return read.as_object().map(|_| at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let parts: Vec<&str> = domain.split('.').collect();
        !local.is_empty()
            && !domain.contains('@')
            && !domain.contains(['/', '\'', '&'])
            && parts.len() > 1
            && parts.iter().all(|part| !part.is_empty())
    })
}

fn is_path(text: &str) -> bool {
    const PLAIN: &[&str] = &["and/or", "und/oder", "his/her", "w/o", "either/or", "e/mail"];
    let segments = || text.split('/');
    text.contains('/')
        && !PLAIN.contains(&text.to_lowercase().as_str())
        && segments().count() <= 6
        && segments().all(|segment| {
            !segment.is_empty()
                && segment
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._~-".contains(&b))
        })
}

fn is_dotted(text: &str) -> bool {
    let segments = || text.split('.');
    text.contains('.')
        && segments().all(|segment| !segment.is_empty())
        && segments().any(|segment| segment.chars().count() > 1)
}

/// `1,000`, `1.000,50`, `2.5`: which mark groups and which divides depends on the language.
fn amount(text: &str, lang: Lang) -> Option<f64> {
    let text = text.trim_end_matches(['.', ',', '\'']);
    let grouped = |mark: char| {
        let mut parts = text.split(mark);
        parts.next().is_some_and(|first| (1..=3).contains(&first.len()))
            && text.contains(mark)
            && parts.all(|part| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let (group, point) = match (text.rfind(','), text.rfind('.')) {
        (Some(comma), Some(dot)) if comma > dot => ('.', ','),
        (Some(_), Some(_)) => (',', '.'),
        (Some(_), None) if grouped(',') && lang == Lang::En => (',', '.'),
        (Some(_), None) => ('.', ','),
        (None, Some(_)) if grouped('.') && lang == Lang::De => ('.', ','),
        _ => (',', '.'),
    };
    let plain: String = text
        .chars()
        .filter(|c| *c != group && *c != '\'')
        .map(|c| if c == point { '.' } else { c })
        .collect();
    plain.parse().ok()
}

/// Numbers in words, English and German, as far as people write them out.
pub fn number_word(low: &str) -> Option<f64> {
    const WORDS: &[(&str, f64)] = &[
        ("zero", 0.0),
        ("two", 2.0),
        ("three", 3.0),
        ("four", 4.0),
        ("five", 5.0),
        ("six", 6.0),
        ("seven", 7.0),
        ("eight", 8.0),
        ("nine", 9.0),
        ("ten", 10.0),
        ("eleven", 11.0),
        ("twelve", 12.0),
        ("fifteen", 15.0),
        ("twenty", 20.0),
        ("thirty", 30.0),
        ("forty", 40.0),
        ("fifty", 50.0),
        ("sixty", 60.0),
        ("ninety", 90.0),
        ("hundred", 100.0),
        ("thousand", 1_000.0),
        ("dozen", 12.0),
        ("twice", 2.0),
        ("thrice", 3.0),
        ("null", 0.0),
        ("zwei", 2.0),
        ("drei", 3.0),
        ("vier", 4.0),
        ("fuenf", 5.0),
        ("sechs", 6.0),
        ("sieben", 7.0),
        ("acht", 8.0),
        ("neun", 9.0),
        ("zehn", 10.0),
        ("elf", 11.0),
        ("zwoelf", 12.0),
        ("fuenfzehn", 15.0),
        ("zwanzig", 20.0),
        ("dreissig", 30.0),
        ("vierzig", 40.0),
        ("fuenfzig", 50.0),
        ("sechzig", 60.0),
        ("hundert", 100.0),
        ("tausend", 1_000.0),
        ("zweimal", 2.0),
        ("dreimal", 3.0),
        ("viermal", 4.0),
        ("fuenfmal", 5.0),
        ("zehnmal", 10.0),
        ("dutzend", 12.0),
    ];
    WORDS.iter().find(|(word, _)| *word == low).map(|(_, number)| *number)
}
