//! What the bot remembers between runs, and what it computes.

use codex32_model::definition::{Step, Verb};
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::data::Kind;
use super::{Builder, blocks};
use crate::actions::{Intent, Payload};
use crate::lexicon::{self, Op};
use crate::text::{self, Kind as TokenKind, Token};

impl<'a> Builder<'a> {
    /// `remember …`, `count …`: the bot's memory between runs.
    pub(super) fn state(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let count = intent.op == Op::Count;
        if count
            && intent.urls.is_empty()
            && let Some(steps) = self.how_many(intent)
        {
            return steps;
        }
        let service = match (&intent.app, intent.source_app) {
            (_, Some(spec)) => Some(spec.name.clone()),
            (crate::actions::App::Known(spec), _) => Some(spec.name.clone()),
            _ => None,
        };
        if let Some(name) = service.filter(|_| count) {
            self.understood += 1;
            let key = self.key("fetch");
            return self.by_connector(&Intent { op: Op::Fetch, ..intent.clone() }, &name, &key);
        }
        if !intent.urls.is_empty() {
            // `remember the last value of https://…`: what it is compared with later.
            return self.fetch(&Intent { op: Op::Fetch, ..intent.clone() });
        }
        let Some(action) = self.action(if count { "state.add" } else { "state.set" }) else {
            return Vec::new();
        };
        self.understood += 1;
        let said = intent.content.iter().position(|token| {
            token.any(&[
                "key",
                "counter",
                "zaehler",
                "schluessel",
                "as",
                "under",
                "als",
                "unter",
                "called",
                "in",
            ])
        });
        let telling = |token: &&Token| {
            (token.is_word() || matches!(token.kind, TokenKind::Quoted | TokenKind::Dotted))
                && !lexicon::is_empty_word(token)
                && !token.any(lexicon::ARTICLES)
                && !token.any(&[
                    "key",
                    "counter",
                    "called",
                    "number",
                    "how",
                    "many",
                    "state",
                    "zaehler",
                    "schluessel",
                    "value",
                    "zero",
                    "back",
                    "wert",
                    "zurueck",
                ])
                && token.number.is_none()
        };
        let key = said
            .and_then(|at| intent.content[at + 1..].iter().find(telling))
            .or_else(|| intent.content.iter().find(telling))
            .map(|token| text::ident(&token.text))
            .filter(|key| !key.is_empty())
            .or_else(|| self.start.nouns.first().map(|noun| text::ident(noun)))
            .unwrap_or_else(|| "value".to_owned());
        let mut with = IndexMap::from([("key".to_owned(), Value::str(key.as_str()))]);
        if count {
            with.insert("by".to_owned(), Value::Int(1));
        } else if let Some(number) =
            intent.content.iter().rev().find_map(|token| {
                token.number.or_else(|| token.any(&["zero", "null"]).then_some(0.0))
            })
        {
            with.insert("value".to_owned(), Value::number(number));
        } else {
            let value = match &intent.payload {
                Payload::Fields(fields) => match (self.current(), fields.first()) {
                    (Some(data), Some(field)) => {
                        let expression = self.field(&data, field, Schema::Any, true);
                        Value::str(format!("{{{{ {expression} }}}}"))
                    }
                    _ => self.all_of_it(),
                },
                Payload::Said(said)
                    if intent.tokens.iter().any(|token| token.kind == TokenKind::Quoted) =>
                {
                    Value::str(self.fill_in(said))
                }
                _ => self.all_of_it(),
            };
            with.insert("value".to_owned(), value);
        }
        let step = self.act(action, if count { "count" } else { "remember" }, with, None);
        if count {
            let id = step.id.clone().unwrap_or_default();
            self.push(format!("steps.{id}"), Kind::Value, None, &key);
            self.counted = Some(id);
        }
        vec![step]
    }

    pub(super) fn compute(&mut self, intent: &Intent<'a>) -> Vec<Step> {
        let Some(expression) = self.computed(intent) else {
            let key = self.key("compute");
            return self.unclear(intent, &key);
        };
        self.understood += 1;
        let id = self.id("result");
        self.push(format!("steps.{id}"), Kind::Value, None, "result");
        vec![self.step(Some(id), Verb::Set(Value::str(format!("{{{{ {expression} }}}}"))))]
    }

    /// `the larger of their total fields`, `the sum of the amounts`.
    pub(super) fn computed(&mut self, intent: &Intent<'a>) -> Option<String> {
        const KINDS: &[(&str, &[&str])] = &[
            (
                "Math.max",
                &[
                    "larger",
                    "largest",
                    "bigger",
                    "biggest",
                    "higher",
                    "highest",
                    "greater",
                    "greatest",
                    "maximum",
                    "max",
                    "groessere",
                    "groesseren",
                    "groesste",
                    "groessten",
                    "hoechste",
                    "hoechsten",
                    "hoeheren",
                    "hoehere",
                ],
            ),
            (
                "Math.min",
                &[
                    "smaller",
                    "smallest",
                    "lower",
                    "lowest",
                    "cheaper",
                    "cheapest",
                    "minimum",
                    "min",
                    "kleinere",
                    "kleineren",
                    "kleinste",
                    "kleinsten",
                    "niedrigere",
                    "niedrigeren",
                    "niedrigste",
                    "niedrigsten",
                ],
            ),
            (
                "sum",
                &[
                    "sum",
                    "add",
                    "summe",
                    "summiere",
                    "addiere",
                    "summieren",
                    "addieren",
                    "zusammen",
                ],
            ),
            ("mean", &["average", "mean", "durchschnitt", "mittelwert"]),
            ("difference", &["difference", "differenz", "unterschied"]),
            ("median", &["median"]),
        ];
        let worked = self.figured(intent).or_else(|| self.arithmetic(intent));
        if let Some(expression) = worked.or_else(|| self.worked_out(intent)) {
            return Some(expression);
        }
        let (at, kind) = KINDS.iter().find_map(|(kind, words)| {
            let at = intent.tokens.iter().position(|token| token.any(words))?;
            Some((at, *kind))
        })?;
        let requests: Vec<super::Data> =
            self.data.iter().filter(|data| data.kind == Kind::Request).cloned().collect();
        let mut field: Vec<Token> = intent.tokens[at + 1..].to_vec();
        field.retain(|token| {
            !token.any(&[
                "two", "both", "fields", "field", "values", "value", "beiden", "felder", "zwei",
                "ihrer", "them", "werte", "all", "aller", "up", "feld", "beider", "results",
                "numbers",
            ])
        });
        field.retain(|token| {
            self.lang == text::Lang::En
                || token.is_capital()
                || !matches!(
                    lexicon::verb(&token.low, self.lang),
                    Some(Op::Return | Op::Respond | Op::Log)
                )
        });
        let of = field.iter().take_while(|token| token.any(&["of", "der", "von"])).count();
        field.drain(..of);
        let end =
            field.iter().position(|token| token.any(&["from", "in", "aus"])).unwrap_or(field.len());
        let name = crate::conditions::subject_of(&field[..end], &self.nouns()).field;
        if requests.len() >= 2 {
            let parts: Vec<String> = requests
                .iter()
                .map(|data| {
                    if name.is_empty() {
                        data.whole.clone()
                    } else {
                        format!("{}.{name}", data.whole)
                    }
                })
                .collect();
            return Some(match kind {
                "difference" => parts.join(" - "),
                "sum" => parts.join(" + "),
                "mean" => format!("({}) / {}", parts.join(" + "), parts.len()),
                math => format!("{math}({})", parts.join(", ")),
            });
        }
        let data = self.current()?;
        let single = blocks::singular(&name);
        if let Some((list, field)) = place_in(&field, &name) {
            let whole = self.field(&data, &list, Schema::array(Schema::Any), true);
            return Some(aggregate(kind, &format!("{whole}.map(r => r.{field})")));
        }
        match data.kind {
            Kind::Trigger => {
                let said = ["numbers", "zahlen", "werte", "prices", "preise", "amounts", "scores"]
                    .into_iter()
                    .find(|said| intent.word(&[said]));
                let list = if name.is_empty() { said.unwrap_or("values").to_owned() } else { name };
                let whole = self.field(&data, &list, Schema::array(Schema::Number), true);
                Some(aggregate(kind, &whole))
            }
            _ if name.is_empty() => Some(aggregate(kind, &data.whole)),
            _ => Some(aggregate(kind, &format!("{}.map(r => r.{single})", data.whole))),
        }
    }
}

impl Builder<'_> {
    /// `amount times the field rate`, `price plus shipping`: two fields and what joins them.
    fn arithmetic(&mut self, intent: &Intent<'_>) -> Option<String> {
        const SIGNS: &[(&str, &[&str])] = &[
            ("*", &["times", "mal", "multiplied"]),
            ("+", &["plus", "added"]),
            ("-", &["minus", "less", "abzueglich"]),
            ("/", &["divided", "durch", "geteilt", "per"]),
        ];
        let tokens = &intent.tokens;
        let (at, sign) = tokens.iter().enumerate().find_map(|(at, token)| {
            let (sign, _) = SIGNS.iter().find(|(_, words)| token.any(words))?;
            Some((at, *sign))
        })?;
        let before = tokens[..at].iter().rfind(|token| !token.any(lexicon::ARTICLES))?;
        let counts = before.number.is_some() || tokens.get(at + 1)?.any(&["a", "per", "in"]);
        if counts && sign == "*" && before.number.is_some() {
            return None;
        }
        let skip = [
            "field",
            "feld",
            "value",
            "wert",
            "by",
            "with",
            "the",
            "mit",
            "return",
            "returns",
            "answer",
            "respond",
            "reply",
            "calculate",
            "compute",
            "multiply",
            "berechne",
            "und",
            "and",
        ];
        let usable = |token: &&Token| {
            (token.is_word() || token.kind == TokenKind::Dotted || token.kind == TokenKind::Number)
                && !token.any(lexicon::ARTICLES)
                && !token.any(&skip)
                && (token.number.is_some() || !lexicon::is_empty_word(token))
        };
        let left = tokens[..at].iter().rfind(usable)?.clone();
        let right = tokens[at + 1..].iter().find(usable)?.clone();
        let left = self.operand(&left)?;
        let right = self.operand(&right)?;
        Some(format!("{left} {sign} {right}"))
    }

    /// A number, a field that the trigger was said to bring, or one of the data at hand.
    fn operand(&mut self, token: &Token) -> Option<String> {
        if let Some(number) = token.number {
            return Some(super::logic::number(number));
        }
        let name = text::ident(token.low.rsplit('.').next().unwrap_or_default());
        if name.is_empty() {
            return None;
        }
        let declared = self.start.fields.contains(&name) || self.inputs.contains_key(&name);
        let data = if declared { self.trigger_data() } else { self.current() }?;
        Some(self.field(&data, &name, Schema::Number, true))
    }
}

fn aggregate(kind: &str, list: &str) -> String {
    match kind {
        "Math.max" => format!("Math.max(...{list})"),
        "Math.min" => format!("Math.min(...{list})"),
        "mean" => format!("mean({list})"),
        // The middle of the sorted list.
        "median" => format!("sortBy({list}, n => n)[Math.floor({list}.length / 2)]"),
        _ => format!("sum({list})"),
    }
}

/// `the prices of all items`: list and field.
fn place_in(field: &[Token], _name: &str) -> Option<(String, String)> {
    let of =
        field.iter().rposition(|token| token.any(&["of", "aller", "der"])).filter(|at| *at > 0)?;
    let plain = |token: &&Token| {
        token.is_word() && !lexicon::is_empty_word(token) && !token.any(lexicon::ARTICLES)
    };
    let inner = field[..of].iter().rev().find(plain)?;
    let outer = field[of + 1..].iter().find(plain)?;
    Some((text::ident(&outer.low), blocks::singular(&text::ident(&inner.low))))
}
