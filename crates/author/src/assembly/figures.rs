//! Answers that are worked out: the time, what fields give together, lists put together, how many
//! entries fit.

use codex32_model::definition::{Step, Verb};
use codex32_model::{Schema, Value};

use super::Builder;
use super::data::Kind;
use crate::actions::Intent;
use crate::conditions;
use crate::text::{self, Token};

impl<'a> Builder<'a> {
    /// The expression for what the words ask for, when they ask for something worked out.
    pub(super) fn figured(&mut self, intent: &Intent<'a>) -> Option<String> {
        self.clock(intent)
            .or_else(|| self.several(intent))
            .or_else(|| self.of_fields(intent))
            .or_else(|| self.same(intent))
    }

    /// `the current time`, `das heutige Datum`.
    fn clock(&mut self, intent: &Intent<'a>) -> Option<String> {
        let current = intent.word(&[
            "current",
            "now",
            "today",
            "aktuelle",
            "aktuellen",
            "jetzige",
            "heutige",
            "heutigen",
            "present",
            "server",
            "today's",
            "momentane",
        ]);
        let few = intent.content.len() <= 6;
        if !current || !few {
            return None;
        }
        if intent.word(&["time", "timestamp", "uhrzeit", "zeit", "zeitstempel", "datetime"]) {
            return Some("now".to_owned());
        }
        intent.word(&["date", "datum", "day"]).then(|| "formatDate(now, 'yyyy-MM-dd')".to_owned())
    }

    /// `minimum, maximum and mean of them`: an object of several figures of one list.
    fn several(&mut self, intent: &Intent<'a>) -> Option<String> {
        const KINDS: &[(&str, &[&str], &str)] = &[
            (
                "min",
                &["minimum", "min", "smallest", "lowest", "kleinste", "kleinsten"],
                "Math.min(...L)",
            ),
            (
                "max",
                &["maximum", "max", "largest", "highest", "groesste", "groessten"],
                "Math.max(...L)",
            ),
            ("mean", &["mean", "average", "mittelwert", "durchschnitt"], "mean(L)"),
            ("sum", &["sum", "total", "summe"], "sum(L)"),
            ("count", &["count", "anzahl"], "L.length"),
        ];
        let found: Vec<&(&str, &[&str], &str)> =
            KINDS.iter().filter(|(_, words, _)| intent.word(words)).collect();
        if found.len() < 2 {
            return None;
        }
        let data = self.current()?;
        let list = match data.kind {
            Kind::Trigger => {
                let name = ["numbers", "values", "zahlen", "werte", "prices", "preise"]
                    .into_iter()
                    .find(|name| self.start.fields.iter().any(|field| field == name))
                    .unwrap_or("numbers");
                self.field(&data, name, Schema::array(Schema::Number), true)
            }
            _ => data.whole,
        };
        let parts: Vec<String> = found
            .iter()
            .map(|(name, _, form)| format!("{name}: {}", form.replace('L', &list)))
            .collect();
        Some(format!("({{ {} }})", parts.join(", ")))
    }

    /// `their product`, `the sum of both`: of the fields that the trigger was said to bring.
    fn of_fields(&mut self, intent: &Intent<'a>) -> Option<String> {
        let sign = [
            ("*", ["product", "produkt", "multiplied"]),
            ("+", ["sum", "summe", "total"]),
            ("-", ["difference", "differenz", "unterschied"]),
            ("/", ["quotient", "ratio", "verhaeltnis"]),
        ]
        .iter()
        .find(|(_, words)| intent.word(words))?
        .0;
        let said = crate::actions::fields(
            intent
                .content
                .iter()
                .position(|token| token.any(&["of", "von", "aus"]))
                .map_or(&[][..], |at| &intent.content[at + 1..]),
            &self.nouns(),
        );
        let fields = self.start.fields.clone();
        let named: Vec<String> = if said.len() > 1 && said.iter().all(|name| !name.contains('_')) {
            said
        } else {
            fields
        };
        if named.len() < 2 || !self.data.is_empty() {
            return None;
        }
        let data = self.trigger_data()?;
        let parts: Vec<String> =
            named.iter().map(|name| self.field(&data, name, Schema::Number, true)).collect();
        Some(parts.join(&format!(" {sign} ")))
    }

    /// `whether their version fields are equal`.
    fn same(&mut self, intent: &Intent<'a>) -> Option<String> {
        let differ = intent.word(&["differ", "different", "unterschiedlich", "verschieden"]);
        let equal =
            intent.word(&["equal", "same", "identical", "match", "gleich", "identisch", "agree"]);
        if !(differ || equal) || !intent.word(&["whether", "if", "ob"]) {
            return None;
        }
        let requests: Vec<super::Data> =
            self.data.iter().filter(|data| data.kind == Kind::Request).cloned().collect();
        let [.., left, right] = requests.as_slice() else { return None };
        let field: Vec<Token> = intent
            .content
            .iter()
            .filter(|token| {
                token.is_word()
                    && !crate::lexicon::is_empty_word(token)
                    && !token.any(&[
                        "whether",
                        "if",
                        "ob",
                        "equal",
                        "same",
                        "identical",
                        "match",
                        "gleich",
                        "identisch",
                        "agree",
                        "differ",
                        "different",
                        "both",
                        "beide",
                        "fields",
                        "field",
                        "felder",
                        "their",
                        "values",
                        "unterschiedlich",
                        "verschieden",
                    ])
            })
            .cloned()
            .collect();
        let name = conditions::subject_of(&field, &[]).field;
        let end = if name.is_empty() { String::new() } else { format!(".{name}") };
        let sign = if differ { "!=" } else { "==" };
        Some(format!("{}{end} {sign} {}{end}", left.whole, right.whole))
    }

    /// `merge both lists`: one list of what was fetched.
    pub(super) fn merged(&mut self, intent: &Intent<'a>) -> Option<Vec<Step>> {
        let asks = intent.word(&[
            "merge",
            "combine",
            "join",
            "concatenate",
            "unite",
            "zusammenfuehren",
            "verbinde",
            "vereinige",
            "kombiniere",
            "fuehre",
            "mische",
            "zusammen",
        ]);
        let requests: Vec<String> = self
            .data
            .iter()
            .filter(|data| matches!(data.kind, Kind::Request | Kind::Output | Kind::List))
            .map(|data| data.whole.clone())
            .collect();
        if !asks || requests.len() < 2 || intent.has_target() {
            return None;
        }
        self.understood += 1;
        let spread: Vec<String> = requests.iter().map(|whole| format!("...{whole}")).collect();
        let id = self.id("merged");
        self.push(format!("steps.{id}"), Kind::List, None, "merged");
        let value = Value::str(format!("{{{{ [{}] }}}}", spread.join(", ")));
        Some(vec![self.step(Some(id), Verb::Set(value))])
    }

    /// `count how many have the state open`: of the list at hand, how many fit.
    pub(super) fn how_many(&mut self, intent: &Intent<'a>) -> Option<Vec<Step>> {
        let data = self.data.last().cloned()?;
        if !matches!(data.kind, Kind::Request | Kind::List | Kind::Output) {
            return None;
        }
        let at = intent.tokens.iter().position(|token| {
            token.any(&[
                "many",
                "number",
                "viele",
                "anzahl",
                "ones",
                "those",
                "entries",
                "eintraege",
                "items",
            ])
        });
        let tokens: Vec<Token> = intent.tokens.get(at? + 1..)?.to_vec();
        let noun = data.noun.clone();
        let condition = spelled(&tokens)
            .and_then(|tokens| conditions::parse(&tokens, self.lang, &self.nouns()))
            .or_else(|| conditions::parse(&tokens, self.lang, &self.nouns()));
        self.push("i".to_owned(), Kind::Item, None, &noun);
        let test = condition.and_then(|condition| self.expression(&condition));
        self.data.pop();
        self.understood += 1;
        let id = self.id("count");
        let value = match test {
            Some(test) => format!("{{{{ {}.filter(i => {test}).length }}}}", data.whole),
            None => format!("{{{{ {}.length }}}}", data.whole),
        };
        self.push(format!("steps.{id}"), Kind::Value, None, "count");
        Some(vec![self.step(Some(id), Verb::Set(Value::str(value)))])
    }
}

/// `have the state open` as `state is open`.
pub(super) fn spelled(tokens: &[Token]) -> Option<Vec<Token>> {
    let have =
        tokens.iter().position(|token| token.any(&["have", "has", "haben", "with", "mit"]))?;
    let rest: Vec<Token> = tokens[have + 1..]
        .iter()
        .filter(|token| !token.any(crate::lexicon::ARTICLES))
        .cloned()
        .collect();
    let [field, value] = rest.get(..2)? else { return None };
    if conditions::compares(&rest) {
        return None;
    }
    let is = crate::phrasing::made(field, "is");
    let _ = text::ident(&field.low);
    Some(vec![field.clone(), is, value.clone()])
}
