//! Values worked out of one field: in capitals, its length, doubled, sorted, joined with another.

use codex32_model::Schema;

use super::Builder;
use super::data::Kind;
use crate::actions::Intent;
use crate::conditions;
use crate::lexicon::{self, ARTICLES};
use crate::text::{self, Lang, Token};

/// Words that ask for it, and the expression in which `F` stands for the field.
const KINDS: &[(&str, &[&str], Shape)] = &[
    (
        "F.toUpperCase()",
        &[
            "capitals",
            "uppercase",
            "upper-case",
            "uppercased",
            "caps",
            "capitalized",
            "capitalised",
            "grossbuchstaben",
            "grossgeschrieben",
            "gross",
            "upper",
            "capital",
        ],
        Shape::Text,
    ),
    (
        "F.toLowerCase()",
        &[
            "lowercase",
            "lower-case",
            "lowercased",
            "kleinbuchstaben",
            "kleingeschrieben",
            "klein",
            "lower",
        ],
        Shape::Text,
    ),
    ("F.trim()", &["trimmed", "trim", "whitespace"], Shape::Text),
    (
        "F.split('').reverse().join('')",
        &["reversed", "backwards", "backward", "rueckwaerts", "umgekehrt", "reverse"],
        Shape::Text,
    ),
    ("F.split(' ').length", &["words", "woerter", "wortanzahl", "word-count"], Shape::Text),
    (
        "F.length",
        &[
            "characters",
            "letters",
            "length",
            "long",
            "zeichen",
            "buchstaben",
            "laenge",
            "chars",
            "zeichenzahl",
        ],
        Shape::Text,
    ),
    ("F * 2", &["doubled", "double", "twice", "doppelte", "verdoppelt", "doppelt"], Shape::Number),
    ("F / 2", &["halved", "half", "haelfte", "halbiert"], Shape::Number),
    ("F * 3", &["tripled", "triple", "dreifache", "verdreifacht"], Shape::Number),
    ("F * F", &["squared", "square", "quadrat", "quadriert"], Shape::Number),
    ("round(F)", &["rounded", "gerundet", "round"], Shape::Number),
    ("F.length", &["many", "viele", "number", "anzahl", "count"], Shape::List),
    (
        "unique(F)",
        &["duplicates", "unique", "distinct", "duplikate", "doppelten", "deduplicated"],
        Shape::List,
    ),
];

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Text,
    Number,
    List,
}

/// Words around that name no field.
const AROUND: &[&str] = &[
    "answer",
    "return",
    "respond",
    "reply",
    "returns",
    "answers",
    "give",
    "back",
    "with",
    "the",
    "number",
    "of",
    "in",
    "letters",
    "case",
    "field",
    "value",
    "many",
    "how",
    "its",
    "their",
    "was",
    "it",
    "sent",
    "and",
    "all",
    "as",
    "written",
    "count",
    "total",
    "antworte",
    "gib",
    "zurueck",
    "mit",
    "anzahl",
    "der",
    "im",
    "von",
    "feld",
    "wert",
    "das",
    "den",
    "die",
    "zurueckgeben",
    "antworten",
    "wie",
    "viele",
    "sind",
    "wird",
    "are",
    "there",
    "to",
    "converted",
    "turned",
    "text:",
    "whose",
    "sorted",
    "joined",
    "by",
    "up",
    "large",
    "small",
    "only",
    "calculate",
    "compute",
    "berechne",
    "zaehle",
    "ein",
    "eine",
    "contains",
    "has",
    "enthaelt",
    "hat",
    "input",
    "items",
    "send",
    "liefere",
    "schreibe",
    "out",
    "is",
    "ist",
    "string",
    "log",
    "put",
    "them",
    "set",
    "result",
    "for",
    "given",
    "without",
    "ohne",
    "remove",
    "entferne",
    "entry",
    "entries",
    "also",
    "then",
    "words",
    "characters",
    "zeichen",
    "woerter",
    "buchstaben",
];

impl<'a> Builder<'a> {
    /// The expression, when one field is to be changed or measured.
    pub(super) fn worked_out(&mut self, intent: &Intent<'a>) -> Option<String> {
        if let Some(sorted) = self.sorted(intent) {
            return Some(sorted);
        }
        if let Some(figure) = self.by_number(intent) {
            return Some(figure);
        }
        if let Some(joined) = self.joined_fields(intent) {
            return Some(joined);
        }
        let (form, words, shape) = KINDS.iter().find(|(_, words, shape)| {
            let found = intent.tokens.iter().enumerate().find(|(_, token)| token.any(words));
            found.is_some_and(|(at, token)| {
                let next = intent.tokens.get(at + 1);
                match token.low.as_str() {
                    "upper" | "lower" => next.is_some_and(|next| next.is("case")),
                    "capital" => next.is_some_and(|next| next.is("letters")),
                    "long" => at > 0 && intent.tokens[at - 1].is("how"),
                    "gross" | "klein" => {
                        next.is_none_or(|next| next.any(&["geschrieben", "zurueck"]))
                    }
                    "double" | "half" | "triple" | "square" | "round" => {
                        at < 3 || next.is_some_and(|next| next.any(ARTICLES))
                    }
                    "many" | "viele" | "number" | "anzahl" | "count" => *shape == Shape::List,
                    _ => true,
                }
            })
        })?;
        if *shape == Shape::List && !self.data.is_empty() {
            return None;
        }
        let named: Vec<Token> = intent
            .tokens
            .iter()
            .filter(|token| {
                matches!(
                    token.kind,
                    text::Kind::Word | text::Kind::Quoted | text::Kind::Dotted | text::Kind::Field
                ) && token.number.is_none()
                    && !token.any(words)
                    && !token.any(AROUND)
                    && !token.any(ARTICLES)
                    && !lexicon::is_empty_word(token)
            })
            .cloned()
            .collect();
        // One field, or the text as such.
        let subject = match named.as_slice() {
            [only] => plain_name(&only.low, self.lang),
            [] if intent.word(&["value", "wert"]) && *shape == Shape::Number => {
                self.lang.say("value", "wert").to_owned()
            }
            [] => {
                let list = intent.word(&["items", "entries", "eintraege"]).then_some("items");
                match (shape, self.data.last()) {
                    (Shape::List, None) => list?.to_owned(),
                    (_, Some(_)) => String::new(),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let data = self.current()?;
        let schema = match shape {
            Shape::Text => Schema::String,
            Shape::Number => Schema::Number,
            Shape::List => Schema::array(Schema::Any),
        };
        if data.kind == Kind::List && *shape != Shape::List {
            return None;
        }
        let field = self.field(&data, &subject, schema, true);
        Some(form.replace('F', &field))
    }

    /// `multiply amount by 1.19`, `teile wert durch 4`.
    fn by_number(&mut self, intent: &Intent<'a>) -> Option<String> {
        const SIGNS: &[(&str, &[&str], &[&str])] = &[
            (
                "*",
                &["multiply", "multiplied", "multipliziere", "multiplizieren"],
                &["by", "with", "mit"],
            ),
            (
                "/",
                &["divide", "divided", "teile", "teilen", "dividiere", "dividieren"],
                &["by", "durch"],
            ),
            ("-", &["subtract", "deduct", "subtrahiere", "ziehe"], &["from", "von"]),
            ("+", &["add", "addiere", "addieren"], &["to", "zu"]),
        ];
        let tokens = &intent.tokens;
        let (sign, _, by) =
            SIGNS.iter().find(|(_, words, _)| tokens.iter().any(|token| token.any(words)))?;
        let at = tokens.iter().position(|token| token.any(by))?;
        let plain = |token: &&Token| {
            token.is_word()
                && token.number.is_none()
                && !token.any(ARTICLES)
                && !token.any(AROUND)
                && !lexicon::is_empty_word(token)
                && lexicon::verb(&token.low, self.lang).is_none()
        };
        let (before, after) = (&tokens[..at], &tokens[at + 1..]);
        // The number is before the field in `add 5 to total`.
        let turned = matches!(*sign, "-" | "+");
        let (fields, numbers) = if turned { (after, before) } else { (before, after) };
        let number = numbers.iter().find_map(|token| token.number)?;
        let name = fields.iter().rev().find(plain).map(|token| text::ident(&token.low))?;
        let data = self.current()?;
        let field = self.field(&data, &name, Schema::Number, true);
        Some(format!("{field} {sign} {}", super::logic::number(number)))
    }

    /// `the items sorted by price`, `nach Preis sortiert`.
    fn sorted(&mut self, intent: &Intent<'a>) -> Option<String> {
        let tokens = &intent.tokens;
        let at = tokens.iter().position(|token| {
            token.any(&["sorted", "ordered", "sort", "sortiert", "sortiere", "sortieren", "order"])
        })?;
        let by = tokens.iter().position(|token| token.any(&["by", "nach"]))?;
        let key = tokens.get(by + 1 + usize::from(tokens.get(by + 1)?.any(ARTICLES)))?;
        let key = text::ident(&key.low);
        let thing = tokens[..at.max(by)]
            .iter()
            .find(|token| {
                token.is_word()
                    && !token.any(AROUND)
                    && !token.any(ARTICLES)
                    && !lexicon::is_empty_word(token)
                    && lexicon::verb(&token.low, Lang::En).is_none()
                    && !token.any(&[
                        "sorted", "ordered", "sort", "sortiert", "sortiere", "list", "liste",
                    ])
            })
            .map(|token| text::ident(&token.low));
        let items = intent.word(&["items"]).then(|| "items".to_owned());
        let data = self.current()?;
        let own = thing.or(items).filter(|name| !conditions::same_noun(name, &data.noun));
        let list = match (data.kind, own) {
            (Kind::Trigger, None) => self.field(&data, "items", Schema::array(Schema::Any), true),
            (Kind::Trigger, Some(name)) => {
                self.field(&data, &name, Schema::array(Schema::Any), true)
            }
            _ => data.whole,
        };
        let down =
            intent.word(&["descending", "absteigend", "highest", "newest", "desc", "largest"]);
        let order = if down { ", 'desc'" } else { "" };
        Some(format!("sortBy({list}, '{key}'{order})"))
    }

    /// `first and last joined by a space`: two texts as one.
    fn joined_fields(&mut self, intent: &Intent<'a>) -> Option<String> {
        let tokens = &intent.tokens;
        let at = tokens.iter().position(|token| {
            token.any(&["joined", "concatenated", "separated", "verbunden", "getrennt", "combined"])
        })?;
        let by = match tokens.get(at.saturating_sub(2)..)? {
            rest if rest.iter().any(|token| token.any(&["comma", "komma"])) => ", ",
            rest if rest.iter().any(|token| token.any(&["dash", "hyphen", "bindestrich"])) => "-",
            rest if rest.iter().any(|token| token.any(&["newline", "line", "zeilenumbruch"])) => {
                "\\n"
            }
            _ => " ",
        };
        let list: Vec<Token> = tokens[..at]
            .iter()
            .filter(|token| {
                !token.any(&[
                    "answer", "respond", "reply", "return", "with", "antworte", "mit", "fields",
                    "field", "felder", "the", "durch",
                ])
            })
            .cloned()
            .collect();
        let names = crate::actions::fields(&list, &[]);
        if names.len() < 2 || names.iter().any(|name| name.contains('_')) || !self.data.is_empty() {
            return None;
        }
        let data = self.current()?;
        let parts: Vec<String> =
            names.iter().map(|name| self.field(&data, name, Schema::Any, true)).collect();
        Some(format!("[{}].join('{by}')", parts.join(", ")))
    }
}

/// A German noun without the ending of its case: `Namen`.
fn plain_name(low: &str, lang: Lang) -> String {
    let bare = match (lang, low) {
        (Lang::De, "namen" | "namens") => "name",
        (Lang::De, "textes" | "texts") => "text",
        (Lang::De, "wertes" | "werts" | "werte") => "wert",
        (_, other) => other,
    };
    text::ident(bare)
}
