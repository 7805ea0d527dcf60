//! Which rows or entries are meant: `where state is abandoned`, `the open tickets`.

use codex32_model::{ActionSpec, Schema, Value};
use indexmap::IndexMap;

use super::{Builder, logic};
use crate::conditions::{self, Cmp, Condition, Operand};
use crate::text::{self, Token};

impl Builder<'_> {
    /// `where state is abandoned`: which rows, for actions that take a filter or a column and a value.
    pub(super) fn wheres(
        &mut self,
        action: &ActionSpec,
        tokens: &[Token],
        out: &mut IndexMap<String, Value>,
    ) {
        let filter = action.params.get("filter").filter(|field| {
            matches!(field.schema, Schema::Object { .. }) && !out.contains_key("filter")
        });
        let pair = action.params.contains_key("column") && action.params.contains_key("value");
        if filter.is_none() && !pair {
            return;
        }
        // `that have no plate`, `ohne Kennzeichen`: what is empty there.
        let empty = tokens.iter().position(|token| token.any(&["without", "ohne"])).or_else(|| {
            tokens
                .windows(2)
                .position(|pair| {
                    pair[0].any(&["have", "has", "with", "mit", "die"])
                        && pair[1].any(&["no", "kein", "keine", "keinen"])
                })
                .map(|at| at + 1)
        });
        if let Some(column) = empty
            .and_then(|at| tokens.get(at + 1))
            .filter(|token| token.is_word() && !pair && !token.any(crate::lexicon::ARTICLES))
        {
            let column = text::ident(&column.low);
            out.insert("filter".to_owned(), Value::object([(column, Value::Null)]));
            return;
        }
        let Some(at) = tokens.iter().position(|token| {
            token.any(&["where", "whose", "with", "having", "deren", "mit", "bei"])
        }) else {
            return;
        };
        let end = tokens[at..]
            .iter()
            .position(|token| token.any(&["to", "and", "und", "auf"]))
            .map_or(tokens.len(), |offset| at + offset);
        let mut part = &tokens[at + 1..end.max(at + 1)];
        // `mit status offen holen`: the verb comes last.
        if let [rest @ .., last] = part
            && self.lang == text::Lang::De
            && rest.len() == 2
            && last.is_word()
            && crate::lexicon::verb(&last.low, self.lang).is_some()
        {
            part = rest;
        }
        if !pair && let Some(column) = own_field(part) {
            let value = self.current().map(|data| self.field(&data, &column, Schema::Any, true));
            if let Some(value) = value {
                let value = Value::str(format!("{{{{ {value} }}}}"));
                out.insert("filter".to_owned(), Value::object([(column, value)]));
            }
            return;
        }
        let parsed = conditions::parse(part, self.lang, &[]);
        let (column, cmp, value) = match parsed {
            Some(Condition::Compare { subject, cmp, operand: Operand::Text(value), .. }) => {
                (subject.field, cmp, text::literal(&value))
            }
            Some(Condition::Compare { subject, cmp, operand: Operand::Number(value), .. }) => {
                (subject.field, cmp, logic::number(value))
            }
            // `with plan trial`
            _ => match part {
                [name, value] if name.is_word() && value.is_word() => {
                    (text::ident(&name.low), Cmp::Eq, text::literal(&value.text))
                }
                _ => return,
            },
        };
        if column.is_empty() {
            return;
        }
        if pair {
            if cmp == Cmp::Eq {
                out.insert("column".to_owned(), Value::str(column));
                out.insert("value".to_owned(), Value::str(value));
            }
            return;
        }
        let sign = match cmp {
            Cmp::Eq => "",
            Cmp::Ne => "neq.",
            Cmp::Gt => "gt.",
            Cmp::Ge => "gte.",
            Cmp::Lt => "lt.",
            Cmp::Le => "lte.",
            _ => return,
        };
        let value = Value::str(format!("{sign}{value}"));
        out.insert("filter".to_owned(), Value::object([(column, value)]));
    }
}

/// `that user's id`, `the same email`, `dessen kundennummer`, `der ID dieses Nutzers`: the field of
/// what came that the rows have as well.
fn own_field(part: &[Token]) -> Option<String> {
    const THIS: &[&str] = &[
        "that",
        "this",
        "its",
        "their",
        "his",
        "her",
        "same",
        "dessen",
        "deren",
        "diesem",
        "dieses",
        "dieser",
        "derselben",
        "demselben",
        "gleichen",
        "gleicher",
        "gleichem",
    ];
    let end = part
        .iter()
        .position(|token| token.any(&["from", "aus", "in", "of", "im", "von"]))
        .unwrap_or(part.len());
    let part = &part[..end];
    let this = part.iter().position(|token| token.any(THIS));
    let article = part.first().is_some_and(|token| token.any(crate::lexicon::ARTICLES));
    let owned = part.iter().position(|token| token.is("'s"));
    let field = match (this, owned) {
        // `that user's id`, `the user's id`
        (Some(_), Some(owned)) => part.get(owned + 1),
        (None, Some(owned)) if article => part.get(owned + 1),
        // `der ID dieses Nutzers`
        (Some(this), None) if this > 0 && this + 2 == part.len() && !part[this].is("same") => {
            part.get(this - 1)
        }
        // `the same email`, `dessen kundennummer`
        (Some(this), None) if this + 2 == part.len() => part.get(this + 1),
        _ => None,
    }?;
    let plain =
        matches!(field.kind, text::Kind::Word | text::Kind::Field) && field.number.is_none();
    let name = text::ident(&field.low);
    (plain && !name.is_empty()).then_some(name)
}
