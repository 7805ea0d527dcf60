//! Of a list that a step brought: so many of it, and one field of each: `the newest three titles`,
//! `the file names`.

use codex32_model::{ActionSpec, Schema};

use super::Builder;
use super::data::{self, Kind};
use crate::actions::Intent;
use crate::text::{self, Kind as TokenKind, Token};

/// Words for the first ones of a list.
const FIRST: &[&str] = &[
    "newest",
    "latest",
    "first",
    "top",
    "most",
    "recent",
    "last",
    "neuesten",
    "neueste",
    "ersten",
    "obersten",
    "aktuellsten",
    "letzten",
    "juengsten",
];

/// Words for one thing that each item has, and what fields of it are called.
const PARTS: &[(&str, &[&str])] = &[
    ("title", &["titles", "headlines", "titel", "ueberschriften", "subjects", "betreffs"]),
    ("name", &["names", "namen", "filenames", "dateinamen", "file-names"]),
    ("url", &["links", "urls", "addresses", "adressen"]),
    ("number", &["numbers", "nummern", "ids"]),
    ("key", &["keys"]),
    ("email", &["emails", "mails", "e-mails", "mailadressen"]),
];

impl<'a> Builder<'a> {
    /// A message's text of a field of each item of the list at hand.
    pub(super) fn listed(&mut self, intent: &Intent<'a>) -> Option<String> {
        let data = self.data.last().filter(|data| data.kind == Kind::List).cloned()?;
        if intent.content.iter().any(|token| token.kind == TokenKind::Quoted) {
            return None;
        }
        let item = self.item_of(&data.whole);
        let fields: Vec<String> = match item {
            Some(Schema::Object { fields, .. }) => fields.keys().cloned().collect(),
            _ => Vec::new(),
        };
        let mut found: Vec<String> = Vec::new();
        let words: Vec<String> = intent
            .content
            .iter()
            .filter(|token| token.is_word())
            .map(|token| token.low.clone())
            .chain(intent.given.iter().map(|given| given.name.clone()))
            .collect();
        for word in words {
            let part = PARTS
                .iter()
                .find(|(_, words)| words.contains(&word.as_str()))
                .map(|(part, _)| *part);
            let single = super::blocks::singular(&text::ident(&word));
            let names = || fields.iter().map(String::as_str);
            let own = names()
                .find(|name| *name == single || *name == word)
                .or_else(|| part.and_then(|part| data::like(part, names())))
                .map(str::to_owned);
            // What the list itself is called is no field of it.
            let own = own.filter(|_| !crate::conditions::same_noun(&data.noun, &word));
            if let Some(own) = own.filter(|own| !found.contains(own)) {
                found.push(own);
            }
        }
        let some = so_many(&intent.content);
        let whole = match some {
            Some(number) => format!("{}.slice(0, {number})", data.whole),
            None => data.whole,
        };
        match found.as_slice() {
            [] => some.map(|_| format!("{{{{ {whole} }}}}")),
            [one] => Some(format!("{{{{ {whole}.map(r => r.{one}).join('\\n') }}}}")),
            several => {
                let line: Vec<String> =
                    several.iter().map(|name| format!("${{r.{name}}}")).collect();
                let line = line.join(" ");
                Some(format!("{{{{ {whole}.map(r => `{line}`).join('\\n') }}}}"))
            }
        }
    }

    /// `the cards in Doing`, `die Karten aus Offen`: the part of a place that what is read stands in.
    pub(super) fn held_in(
        &self,
        action: &ActionSpec,
        tokens: &[Token],
        used: &[bool],
    ) -> Option<(String, std::ops::Range<usize>, String)> {
        const THINGS: &[&str] = &[
            "cards",
            "card",
            "tasks",
            "task",
            "issues",
            "issue",
            "tickets",
            "deals",
            "karten",
            "karte",
            "aufgaben",
            "aufgabe",
            "vorgaenge",
            "vorgang",
        ];
        let name = ["list", "section", "stage", "column"]
            .into_iter()
            .find(|name| action.params.contains_key(*name))?;
        let at = (1..tokens.len().saturating_sub(1)).find(|at| {
            tokens[*at].any(&["in", "from", "aus", "im", "von", "under", "unter"])
                && tokens[at - 1].any(THINGS)
                && tokens[at + 1].is_capital()
                && !used[at + 1]
                && !self.index.is_name(&tokens[at + 1].low)
        })?;
        let mut end = at + 2;
        while self.lang == crate::text::Lang::En
            && tokens.get(end).is_some_and(|next| next.is_capital() && next.is_word())
            && !used[end]
            && !self.index.is_name(&tokens[end].low)
        {
            end += 1;
        }
        let words: Vec<&str> =
            tokens[at + 1..end].iter().map(|token| token.text.as_str()).collect();
        // `tasks in Project X`: a noun that names another place.
        let noun = tokens[at + 1].any(&["project", "projekt", "team", "board", "space", "der"]);
        (!noun).then(|| (name.to_owned(), at + 1..end, words.join(" ")))
    }

    /// What an item of a step's list is like.
    fn item_of(&self, whole: &str) -> Option<Schema> {
        let action = self.brought_by(whole).and_then(|name| self.action(&name))?;
        match &action.output {
            Schema::Array(item) => Some(item.as_ref().clone()),
            _ => None,
        }
    }

    /// `take the newest five entries of …`: what is at hand from then on are those.
    pub(super) fn take_some(&mut self, intent: &Intent<'a>) {
        let Some(number) = so_many(&intent.tokens) else { return };
        if let Some(data) = self.data.last_mut().filter(|data| data.kind == Kind::List) {
            data.whole = format!("{}.slice(0, {number})", data.whole);
        }
    }
}

/// `newest three`, `3 latest`, `die letzten fünf`.
fn so_many(tokens: &[Token]) -> Option<i64> {
    let at = tokens.iter().position(|token| {
        token
            .number
            .is_some_and(|number| (1.0..=1_000.0).contains(&number) && number.fract() == 0.0)
    })?;
    let near = &tokens[at.saturating_sub(2)..tokens.len().min(at + 3)];
    let number = tokens[at].number? as i64;
    near.iter().any(|token| token.any(FIRST)).then_some(number)
}
