//! Statements of a database from words: which rows are read, changed or taken away.

use codex32_model::{ActionSpec, Effect, Value};

use super::Builder;
use super::logic::number;
use crate::actions::Intent;
use crate::actions::slots;
use crate::conditions::{self, Cmp, Condition, Operand};
use crate::text::{self, Kind as TokenKind, Lang, Token};

const DELETES: &[&str] = &[
    "delete",
    "remove",
    "purge",
    "clean",
    "loesche",
    "loeschen",
    "entferne",
    "entfernen",
    "geloescht",
    "prune",
    "bereinige",
    "bereinigen",
    "wipe",
    "clear",
    "leere",
    "leeren",
    "empty",
    "truncate",
];

const UPDATES: &[&str] = &[
    "set",
    "update",
    "mark",
    "change",
    "setze",
    "setzen",
    "aktualisiere",
    "aktualisieren",
    "markiere",
    "markieren",
    "aendere",
    "aendern",
    "reset",
];

/// Words for columns in which a row has its time, first the most telling.
const COUNTS: &[&str] = &["number", "count", "many", "anzahl", "viele", "zaehle", "zaehlen"];

impl<'a> Builder<'a> {
    /// Whether the words ask to change rows, which only a statement can.
    pub(super) fn changes_rows(&self, intent: &Intent<'a>) -> bool {
        let rows = intent.word(&[
            "rows",
            "row",
            "entries",
            "records",
            "zeilen",
            "eintraege",
            "datensaetze",
            "where",
            "whose",
            "all",
            "alle",
            "bei",
            "for",
        ]);
        let mut edges = intent.tokens.iter().take(3).chain(intent.tokens.last());
        rows && edges.any(|token| token.any(UPDATES))
    }

    /// A statement over a table that is named; values become parameters.
    pub(super) fn statement(&mut self, action: &ActionSpec, intent: &Intent<'a>) -> Option<Value> {
        let spelled = intent
            .tokens
            .iter()
            .find(|token| token.kind == TokenKind::Quoted && is_statement(&token.text));
        if let Some(quoted) =
            spelled.or_else(|| intent.tokens.iter().find(|token| token.kind == TokenKind::Quoted))
        {
            return Some(Value::str(text::literal(&quoted.text)));
        }
        let (range, table) = slots::named("table", &intent.tokens, self.lang)
            .or_else(|| self.rows_of(&intent.tokens))?;
        let table: String =
            table.chars().filter(|c| c.is_alphanumeric() || "_.".contains(*c)).collect();
        let rest: Vec<Token> = intent
            .tokens
            .iter()
            .enumerate()
            .filter(|(at, _)| !range.contains(at))
            .map(|(_, token)| token.clone())
            .collect();
        let mut values: Vec<(String, Value)> = Vec::new();
        let condition = self.rows_where(&rest, &table, &mut values);
        let set = self.rows_set(&rest, &mut values);
        let deletes = intent.word(DELETES);
        let statement = if deletes {
            format!("DELETE FROM {table}{condition}")
        } else if let Some(set) = set.filter(|_| action.effect == Effect::Write) {
            format!("UPDATE {table} SET {set}{condition}")
        } else if action.effect == Effect::Write {
            return None;
        } else if let Some(figure) = self.figure(&rest) {
            format!("SELECT {figure} FROM {table}{condition}")
        } else if intent.word(COUNTS) {
            format!("SELECT count(*) AS count FROM {table}{condition}")
        } else {
            format!("SELECT * FROM {table}{condition}{}", few(intent))
        };
        if !values.is_empty() {
            self.statement_values = Some(Value::object(values));
        }
        Some(Value::str(statement))
    }

    /// The table that things are kept in, by what they are called: `all orders … from Postgres`.
    fn rows_of(&self, tokens: &[Token]) -> Option<(std::ops::Range<usize>, String)> {
        let base = self.index.named(tokens)?.0.start;
        let from = (0..base).rev().find(|at| tokens[*at].any(&["from", "in", "aus", "of"]))?;
        let at = (1..from).find(|at| {
            let token = &tokens[*at];
            token.is_word()
                && token.low.len() > 3
                && token.low.ends_with('s')
                && !token.any(&["rows", "entries", "records", "values", "columns"])
                && (tokens[at - 1].any(crate::lexicon::ARTICLES)
                    || crate::lexicon::verb(&tokens[at - 1].low, self.lang).is_some()
                    || tokens[at - 1].any(&["many", "open"]))
        })?;
        Some((at..at + 1, tokens[at].low.clone()))
    }

    /// `sum(amount) AS total` of `sum the amount column`, `the average of price`.
    fn figure(&self, tokens: &[Token]) -> Option<String> {
        let kinds: &[(&str, &[&str])] = &[
            ("sum", &["sum", "total", "summe", "summiere", "summieren", "add"]),
            ("avg", &["average", "mean", "durchschnitt", "mittelwert"]),
            ("max", &["maximum", "highest", "largest", "max", "hoechsten", "groessten"]),
            ("min", &["minimum", "lowest", "smallest", "min", "niedrigsten", "kleinsten"]),
        ];
        let (at, name) = kinds.iter().find_map(|(name, words)| {
            let at = tokens.iter().position(|token| token.any(words))?;
            Some((at, *name))
        })?;
        let column = tokens[at + 1..].iter().find(|token| {
            token.is_word()
                && !token.any(crate::lexicon::ARTICLES)
                && !crate::lexicon::is_empty_word(token)
                && !token.any(&["column", "spalte", "field", "feld", "values", "werte", "up"])
        })?;
        let column = text::ident(&column.low);
        (!column.is_empty()).then(|| format!("{name}({column}) AS {name}"))
    }

    /// ` WHERE …`; a value never becomes part of the statement.
    fn rows_where(
        &mut self,
        tokens: &[Token],
        table: &str,
        values: &mut Vec<(String, Value)>,
    ) -> String {
        let from = tokens.iter().position(|token| {
            token.any(&[
                "where", "whose", "with", "having", "older", "newer", "deren", "bei", "mit", "wo",
                "die", "aelter", "that",
            ])
        });
        let Some(from) = from else { return String::new() };
        let skip = usize::from(!tokens[from].any(&["older", "newer", "aelter"]));
        let part: Vec<Token> = tokens[from + skip..]
            .iter()
            .filter(|token| !token.any(&["sind", "rows", "zeilen", "alle", "all"]))
            .cloned()
            .collect();
        let parsed = conditions::parse(&part, self.lang, &[]).or_else(|| {
            // `with status stuck`: a column and its value.
            let [name, value, ..] = part.as_slice() else { return None };
            let kinds = [TokenKind::Word, TokenKind::Quoted, TokenKind::Number];
            let little = |token: &Token| crate::lexicon::is_empty_word(token);
            let plain = name.is_word()
                && kinds.contains(&value.kind)
                && !little(value)
                && !little(name)
                && part.get(2).is_none_or(|next| !next.is_word() || little(next));
            let is = crate::phrasing::made(value, "is");
            let said = [name.clone(), is, value.clone()];
            plain.then(|| conditions::parse(&said, self.lang, &[])).flatten()
        });
        let Some(Condition::Compare { subject, cmp, operand, .. }) = parsed else {
            return String::new();
        };
        match operand {
            Operand::Days(days) => {
                let column = if subject.field.is_empty() || is_row(&subject.field) {
                    self.notes.push(match self.lang {
                        Lang::En => {
                            format!("rows of {table} have their time in the column created_at")
                        }
                        Lang::De => {
                            format!("Zeilen von {table} haben ihre Zeit in der Spalte created_at")
                        }
                    });
                    "created_at".to_owned()
                } else {
                    subject.field
                };
                let before = format!("{{{{ addDays(now, -{days}) }}}}");
                values.push(("before".to_owned(), Value::str(before)));
                let sign = if matches!(cmp, Cmp::Lt | Cmp::Le) { ">" } else { "<" };
                format!(" WHERE {column} {sign} :before")
            }
            Operand::Number(_) | Operand::Text(_) | Operand::Bool(_) => {
                let value = match operand {
                    Operand::Number(value) => Value::number(value),
                    Operand::Bool(flag) => Value::Bool(flag),
                    Operand::Text(text) => Value::str(text::literal(&text)),
                    _ => return String::new(),
                };
                let sign = match cmp {
                    Cmp::Eq => "=",
                    Cmp::Ne => "<>",
                    Cmp::Gt => ">",
                    Cmp::Ge => ">=",
                    Cmp::Lt => "<",
                    Cmp::Le => "<=",
                    _ => return String::new(),
                };
                let column = text::ident(&subject.field);
                if column.is_empty() {
                    return String::new();
                }
                values.push((column.clone(), value));
                format!(" WHERE {column} {sign} :{column}")
            }
            Operand::Field(_) => String::new(),
        }
    }

    /// `status = :new_status` of `set status to expired`.
    fn rows_set(&mut self, tokens: &[Token], values: &mut Vec<(String, Value)>) -> Option<String> {
        let verb = tokens.iter().position(|token| token.any(UPDATES))?;
        let german = self.lang == Lang::De;
        let to = (0..tokens.len()).find(|at| {
            (german || *at > verb) && tokens[*at].any(&["to", "as", "auf", "als", "zu"])
        })?;
        let value = tokens.get(to + 1).filter(|token| !token.any(crate::lexicon::ARTICLES))?;
        let marks = tokens[to].any(&["as", "als"]);
        let column = if marks {
            "status".to_owned()
        } else {
            let plain = |token: &&Token| {
                token.is_word()
                    && !token.any(crate::lexicon::ARTICLES)
                    && !crate::lexicon::is_empty_word(token)
                    && !token.any(UPDATES)
                    && !token.any(&["column", "spalte", "field", "feld", "tabelle"])
            };
            text::ident(&tokens[..to].iter().rev().find(plain)?.low)
        };
        let value = match value.number {
            Some(number) => Value::number(number),
            None if value.any(&["true", "wahr"]) => Value::Bool(true),
            None if value.any(&["false", "falsch"]) => Value::Bool(false),
            None => Value::str(text::literal(&value.text)),
        };
        let name = format!("new_{column}");
        values.push((name.clone(), value));
        Some(format!("{column} = :{name}"))
    }
}

/// Whether a text is a statement of its own.
pub(super) fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_uppercase();
    [
        "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE", "DROP", "ALTER", "TRUNCATE",
        "CALL", "VACUUM", "REFRESH",
    ]
    .contains(&first.as_str())
}

fn is_row(field: &str) -> bool {
    ["row", "rows", "everything", "alles", "entries", "entry", "records", "zeilen", "eintraege"]
        .contains(&field)
}

/// ` ORDER BY … LIMIT 3` of `the three newest rows`.
fn few(intent: &Intent<'_>) -> String {
    let few = intent.tokens.iter().enumerate().find_map(|(at, token)| {
        let next = |offset: usize| intent.tokens.get(at + offset);
        let sorted = |token: &Token| {
            token.any(&[
                "newest",
                "latest",
                "last",
                "recent",
                "first",
                "oldest",
                "top",
                "neuesten",
                "letzten",
                "aeltesten",
                "juengsten",
                "ersten",
                "neueste",
            ])
        };
        let near = next(1).is_some_and(sorted)
            || next(2).is_some_and(sorted)
            || at > 0 && sorted(&intent.tokens[at - 1]);
        token.number.filter(|number| near && *number >= 1.0 && number.fract() == 0.0)
    });
    few.map_or_else(String::new, |few| {
        let way =
            if intent.word(&["oldest", "first", "aeltesten", "ersten"]) { "ASC" } else { "DESC" };
        format!(" ORDER BY created_at {way} LIMIT {}", number(few))
    })
}
