//! What a sentence says by itself, before anything is made of it: its clauses, its literal values, and
//! what it rules out. The author's own stages read it.

use codex32_author::index::Index;
use codex32_author::text::{self, Kind, Token};
use codex32_author::{Request, clauses, lexicon, phrasing, structure, triggers};

/// What was said.
pub struct Said {
    /// All tokens, as written.
    pub tokens: Vec<Token>,
    /// Each clause, in the author's plainer words.
    pub clauses: Vec<Vec<Token>>,
    /// Web and e-mail addresses, channels, telephone numbers and quoted texts.
    pub literals: Vec<String>,
    /// Names in the middle of a sentence, dotted names and paths.
    pub names: Vec<String>,
    /// Numbers that are no part of when the bot starts.
    pub numbers: Vec<f64>,
    /// Connectors that are not to be used.
    pub forbidden: Vec<String>,
}

/// Reads a sentence.
pub fn read(request: &Request<'_>) -> Said {
    let mut text = text::read(request.sentence);
    let tokens = text.tokens.clone();
    let timed = triggers::schedules::find(&text, request.zone, request.now);
    let timed_by = |token: &&Token| {
        timed.taken.iter().any(|range| token.at.start >= range.start && token.at.end <= range.end)
    };
    let mut said = Said {
        tokens: tokens.clone(),
        clauses: Vec::new(),
        literals: Vec::new(),
        names: Vec::new(),
        numbers: Vec::new(),
        forbidden: Vec::new(),
    };
    for token in tokens.iter().filter(|token| !timed_by(token)) {
        match token.kind {
            Kind::Url | Kind::Email | Kind::Channel | Kind::Phone | Kind::Quoted => {
                // `https://…/{id}`: what stands before the field is literal.
                let literal = token.text.split('{').next().unwrap_or_default();
                said.literals.push(literal.to_owned());
            }
            Kind::Path | Kind::Dotted => said.names.push(token.text.clone()),
            Kind::Word if token.is_capital() && !token.any(&["ai", "ki", "llm"]) => {
                said.names.push(token.text.clone())
            }
            _ => {}
        }
        said.numbers.extend(token.number);
    }
    phrasing::statements(&mut text);
    let index = Index::new(request.catalogue);
    let split = clauses::split(&text, &timed.taken, &index);
    said.clauses = split.iter().map(|clause| clause.tokens.clone()).collect();
    for clause in structure::build(split).forbidden {
        said.forbidden
            .extend(index.mentions(&clause.tokens).into_iter().map(|(_, spec)| spec.name.clone()));
        if clause.has(&["email", "emails", "mail", "mails", "e-mail", "e-mails"]) {
            said.forbidden.push("email".to_owned());
        }
    }
    said
}

impl Said {
    /// Whether a stretch of words stands in the sentence, whatever its case and blanks.
    pub fn holds(&self, words: &str) -> bool {
        let plain = |tokens: &[Token]| {
            tokens.iter().map(|token| token.low.as_str()).collect::<Vec<_>>().join(" ")
        };
        let wanted = plain(&text::read(words).tokens);
        !wanted.is_empty() && format!(" {} ", plain(&self.tokens)).contains(&format!(" {wanted} "))
    }
}

/// Words that mean something, in the form in which they are compared.
pub fn telling(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens
        .iter()
        .filter(|token| token.is_word() && !lexicon::is_empty_word(token))
        .map(|token| token.low.as_str())
}
