//! Words of titles, descriptions and ids, and hashes of them.

/// A word or a sign, lowered and without its plural.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub hash: u64,
    /// `>`, `:`, `,` and the ends of sentences.
    pub sign: bool,
}

impl Word {
    fn new(text: String, sign: bool) -> Self {
        let hash = hash(text.as_bytes());
        Self { text, hash, sign }
    }

    pub fn is(&self, any: &[&str]) -> bool {
        any.contains(&self.text.as_str())
    }

    /// Whether a sentence ends here.
    pub fn ends(&self) -> bool {
        self.sign && self.is(&[".", "!", "?", ";", "\n"])
    }
}

/// The words of a text, at most `most` of them.
pub fn words(text: &str, most: usize) -> Vec<Word> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if out.len() >= most {
            return out;
        }
        if char.is_alphanumeric() {
            word.extend(char.to_lowercase());
            continue;
        }
        // `Close.io` and `App.net` are words, the end of a sentence is none.
        if char == '.'
            && !word.is_empty()
            && chars.peek().is_some_and(|next| next.is_alphanumeric())
        {
            continue;
        }
        if char == '\'' || char == '’' {
            continue;
        }
        push(&mut out, &mut word);
        match char {
            '>' | '→' | '»' => out.push(Word::new(">".to_owned(), true)),
            ':' | ',' | '.' | '!' | '?' | ';' | '\n' => out.push(Word::new(char.to_string(), true)),
            _ => {}
        }
    }
    push(&mut out, &mut word);
    out.truncate(most);
    out
}

fn push(out: &mut Vec<Word>, word: &mut String) {
    if !word.is_empty() {
        out.push(Word::new(stem(word), false));
        word.clear();
    }
}

/// Without the plural's ending.
pub fn stem(word: &str) -> String {
    if let Some(head) = word.strip_suffix("ies")
        && head.len() > 1
    {
        return format!("{head}y");
    }
    match word.strip_suffix('s') {
        Some(head) if head.len() > 2 && !head.ends_with(['s', 'u']) => head.to_owned(),
        _ => word.to_owned(),
    }
}

/// The words of an id: `newSubmission`, `individual_email_v2`, `ADD_ROW`.
pub fn id_words(id: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut low = false;
    for char in id.chars() {
        let cut = !char.is_alphanumeric() || (char.is_uppercase() && low);
        if cut && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if char.is_alphanumeric() {
            word.extend(char.to_lowercase());
        }
        low = char.is_lowercase();
    }
    if !word.is_empty() {
        out.push(word);
    }
    out.iter().map(|word| stem(word)).collect()
}

/// FNV-1a: the same on every machine and in every version, as learned weights need it.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One hash of two.
pub fn mix(one: u64, two: u64) -> u64 {
    let mut x = one.rotate_left(23) ^ two.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 27)
}
