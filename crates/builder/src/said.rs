//! What a sentence says by itself, before anything is made of it: its clauses, its literal values, and
//! what it rules out. The author's own stages read it.

use std::ops::Range;

use codex32_author::clauses::Lead;
use codex32_author::index::Index;
use codex32_author::lexicon::Op;
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
    /// The clauses that ask for a deed.
    pub deeds: Vec<Deed>,
}

/// A clause that asks for a deed.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// As written.
    pub words: String,
    /// Where its telling words stand.
    pub at: Vec<Range<usize>>,
    /// What its verb asks for; none where the verb is left out: `and all others to #issues`.
    pub op: Option<Op>,
    /// It speaks of a language model.
    pub ai: bool,
    /// It names an address.
    pub is_addressed: bool,
    /// The connectors that it names.
    pub services: Vec<String>,
    /// It asks for what is there in another form ("keep the newest three"), which an expression can do.
    pub shapes: bool,
    /// Values and names that no other clause has.
    pub own: Vec<String>,
}

impl Deed {
    /// It names whom or what it is about: an address or a service.
    pub fn is_named(&self) -> bool {
        self.is_addressed || !self.services.is_empty()
    }
}

/// Verbs for bringing what is there into another form.
const SHAPING: &[&str] = &[
    "keep",
    "filter",
    "sort",
    "order",
    "take",
    "pick",
    "choose",
    "limit",
    "drop",
    "format",
    "convert",
    "combine",
    "merge",
    "join",
    "group",
    "round",
    "compare",
    "deduplicate",
    "behalte",
    "filtere",
    "filtern",
    "sortiere",
    "sortieren",
    "nimm",
    "waehle",
    "formatiere",
    "vergleiche",
    "runde",
    "gruppiere",
    "kombiniere",
];

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
        deeds: Vec::new(),
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
    said.deeds = deeds(&split, &text.source, &index);
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

/// The clauses that ask for something to be done: no triggers and conditions, nothing that is not to be
/// done, no word of how ("retry", "do nothing").
fn deeds(split: &[clauses::Clause], source: &str, index: &Index<'_>) -> Vec<Deed> {
    let mut found: Vec<Deed> = Vec::new();
    for clause in split {
        let op = clause.verb.map(|(_, op)| op);
        let addressed = |token: &Token| {
            matches!(token.kind, Kind::Url | Kind::Email | Kind::Channel | Kind::Phone)
        };
        let is_addressed = clause.tokens.iter().any(addressed);
        let services: Vec<String> =
            index.mentions(&clause.tokens).into_iter().map(|(_, spec)| spec.name.clone()).collect();
        let asks = match clause.lead {
            // `then SMS the contact via Twilio`: what is no verb may be one here.
            Lead::None => op.is_some() || is_addressed || !services.is_empty(),
            Lead::Else => true,
            _ => false,
        };
        if !asks || matches!(op, Some(Op::Stop | Op::Retry)) || is_nothing(clause) {
            continue;
        }
        let says = |token: &&Token| !matches!(token.kind, Kind::Mark(_));
        let means = |token: &&Token| says(token) && !lexicon::is_empty_word(token);
        let mut at: Vec<Range<usize>> =
            clause.tokens.iter().filter(means).map(|token| token.at.clone()).collect();
        if at.is_empty() {
            at = clause.tokens.iter().filter(says).map(|token| token.at.clone()).collect();
        }
        // Words may stand in another order than they were said in.
        let from = clause.tokens.iter().map(|token| token.at.start).min();
        let till = clause.tokens.iter().map(|token| token.at.end).max();
        let (Some(from), Some(till)) = (from, till) else { continue };
        let words = source.get(from..till).unwrap_or_default().trim().to_owned();
        let others = split.iter().filter(|other| *other != clause);
        let others: Vec<&str> =
            others.flat_map(|other| &other.tokens).map(|token| token.low.as_str()).collect();
        let names = |token: &&Token| {
            let is_value = token.number.is_some() || token.is_capital() || !token.is_word();
            says(token) && is_value && !others.contains(&token.low.as_str())
        };
        let own = clause.tokens.iter().filter(names).map(|token| token.text.clone()).collect();
        let ai = clause.has(&["ai", "ki", "llm", "model", "modell", "gpt", "claude"]);
        let shapes = match clause.verb {
            Some((_, Op::Compute | Op::Count)) => true,
            Some((at, Op::Other)) => clause.tokens[at].any(SHAPING),
            _ => false,
        };
        found.push(Deed { words, at, op, ai, is_addressed, services, shapes, own });
    }
    found
}

/// `otherwise nothing`.
fn is_nothing(clause: &clauses::Clause) -> bool {
    clause.has(&["nothing", "nichts", "ignore", "ignoriere", "skip"])
}

impl Said {
    /// Whether a stretch of words stands in the sentence, whatever its case and blanks.
    pub fn holds(&self, words: &str) -> bool {
        !self.places(words).is_empty()
    }

    /// Where a stretch of words stands in the sentence, each time.
    pub fn places(&self, words: &str) -> Vec<Range<usize>> {
        let wanted = text::read(words).tokens;
        let windows = self.tokens.windows(wanted.len().max(1));
        let alike = |window: &&[Token]| {
            !wanted.is_empty() && window.iter().zip(&wanted).all(|(a, b)| a.low == b.low)
        };
        let range = |window: &[Token]| match (window.first(), window.last()) {
            (Some(first), Some(last)) => first.at.start..last.at.end,
            _ => 0..0,
        };
        windows.filter(alike).map(range).collect()
    }
}

/// Words that mean something, in the form in which they are compared.
pub fn telling(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens
        .iter()
        .filter(|token| token.is_word() && !lexicon::is_empty_word(token))
        .map(|token| token.low.as_str())
}
