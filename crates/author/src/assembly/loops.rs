//! Loops: over what, one by one or in batches, and how many at a time.

use codex32_model::definition::{Step, Verb};
use codex32_model::{Schema, Value};

use super::blocks::{plural, singular};
use super::data::Kind;
use super::{Builder, logic};
use crate::clauses::Clause;
use crate::conditions;
use crate::lexicon::Op;
use crate::structure::Node;
use crate::text::{self, Token};

impl Builder<'_> {
    /// `for each customer in the input …`
    pub(super) fn for_each(&mut self, header: &[Token], body: &[Node]) -> Vec<Step> {
        let mut header = header.to_vec();
        let mut pace = None;
        if let Some((range, number)) = crate::phrasing::pace(&header) {
            pace = Some(number);
            header.drain(range);
        }
        if let Some((at, number)) = header.windows(4).enumerate().find_map(|(at, window)| {
            let time = window[1].is("at") && window[2].is("a") && window[3].is("time");
            window[0].number.filter(|_| time).map(|number| (at, number))
        }) {
            pace = Some(number as u32);
            header.drain(at..at + 4);
        }
        // `batch 50 rows in the input`
        let size = match header.as_slice() {
            [first, count, ..] if first.is("batch") => count.number.filter(|size| *size >= 1.0),
            _ => None,
        };
        if size.is_some() {
            header.drain(..2);
        }
        // `the input rows`
        if let Some(at) = header.iter().take(2).position(|token| token.any(&["input", "eingabe"]))
            && header.get(at + 1).is_some_and(Token::is_word)
        {
            header.remove(at);
        }
        // `for each invoice whose total is over 500`
        let filtered: Vec<Node>;
        let mut body = body;
        let whose = header
            .iter()
            .position(|token| token.any(&["whose", "where", "deren", "dessen", "having"]))
            .or_else(|| {
                // `every item with count under 10`, `each order over 500`
                let with = header.iter().position(|token| {
                    token.any(&[
                        "with", "mit", "over", "above", "below", "under", "older", "ueber", "unter",
                    ])
                });
                with.filter(|at| {
                    *at > 0
                        && conditions::compares(&header[*at..])
                        && header[*at..].iter().any(|token| token.number.is_some())
                })
            });
        if let Some(whose) = whose {
            let bare =
                !header[whose].any(&["whose", "where", "deren", "dessen", "having", "with", "mit"]);
            let condition: Vec<Token> =
                header.split_off(whose).into_iter().skip(usize::from(!bare)).collect();
            let then = body.to_vec();
            filtered = vec![Node::If { condition, not: false, then, otherwise: Vec::new() }];
            body = &filtered;
        }
        let mut out = self.fetch_inside(&mut header);
        // `the GitHub repos in the input` were given, and are not read there.
        let given = header.iter().any(|token| {
            token.any(&[
                "input",
                "eingabe",
                "inputs",
                "eingaben",
                "given",
                "uebergebenen",
                "uebergebene",
            ])
        });
        if given
            && let Some((range, spec)) = self.index.named(&header)
            && header.len() > range.len() + 1
        {
            self.last_service = Some(spec.name.clone());
            header.drain(range);
        }
        if out.is_empty()
            && !given
            && let Some((_, spec)) = self.index.named(&header)
        {
            let clause = Clause {
                lead: crate::clauses::Lead::None,
                before: crate::clauses::Join::Start,
                tokens: header.clone(),
                verb: None,
                parallel: false,
                leads: false,
            };
            let nouns = self.nouns();
            let mut intent = crate::actions::read(&clause, &self.index, self.lang, &nouns);
            intent.op = Op::Fetch;
            let key = self.key("fetch");
            let name = spec.name.clone();
            out.append(&mut self.by_connector(&intent, &name, &key));
            let noun = header
                .iter()
                .find(|token| token.is_word() && !crate::lexicon::is_empty_word(token))
                .cloned();
            header = noun.into_iter().collect();
        }
        let telling = |token: &&Token| {
            token.is_word()
                && !crate::lexicon::is_empty_word(token)
                && !token.any(crate::lexicon::ARTICLES)
        };
        let first = header.iter().position(|token| telling(&token));
        // `each order id in the input`: a list of ids.
        let own = first.map(|at| at + 1).filter(|at| {
            header.get(*at).is_some_and(|token| {
                token.any(&["id", "ids", "url", "urls", "email", "emails", "sku", "skus", "uuid"])
            })
        });
        let item = own
            .or(first)
            .map(|at| &header[at])
            .map_or_else(|| "item".to_owned(), |token| singular(&text::ident(&token.low)));
        let place = header
            .iter()
            .position(|token| token.any(&["in", "of", "from", "aus", "von", "im", "der"]))
            .map(|at| &header[at + 1..]);
        let list = place.and_then(|place| {
            place.iter().find(|token| {
                telling(token)
                    && !token.any(&[
                        "input", "data", "list", "result", "response", "body", "eingabe", "liste",
                        "answer", "array", "payload",
                    ])
            })
        });
        let bind = if [
            "event", "error", "run", "loop", "now", "inputs", "steps", "env", "trigger", "errors",
            "",
        ]
        .contains(&item.as_str())
        {
            "item".to_owned()
        } else {
            item.clone()
        };
        let source = match (list, self.data.last().cloned()) {
            // `for each row of the response`, `for each of its orders`
            (_, Some(data)) if list.is_none() => {
                if data.kind == Kind::Item {
                    self.field(&data, &plural(&item), Schema::Any, true)
                } else {
                    data.whole
                }
            }
            (Some(list), Some(data)) => {
                let name = text::ident(&list.low);
                if conditions::same_noun(&name, &data.noun) {
                    data.whole
                } else {
                    self.field(&data, &name, Schema::Any, true)
                }
            }
            (list, None) => {
                let name = list.map_or_else(|| plural(&item), |token| text::ident(&token.low));
                let own = self.start.nouns.iter().any(|noun| conditions::same_noun(noun, &name));
                let name = if own { plural(&item) } else { name };
                match self.trigger_data() {
                    Some(data) => self.field(&data, &name, Schema::array(Schema::Any), true),
                    None => {
                        let key = self.key("each");
                        out.append(&mut self.need(&key, &plural(&item)));
                        self.data.last().map(|data| data.whole.clone()).unwrap_or_default()
                    }
                }
            }
            (None, Some(data)) => data.whole,
        };
        let (source, bind, item) = match size {
            Some(size) => {
                let step = self.in_batches(&source, size);
                let id = step.id.clone().unwrap_or_default();
                out.push(step);
                (format!("steps.{id}"), "batch".to_owned(), "batch".to_owned())
            }
            None => (source, bind, item),
        };
        let depth = self.data.len();
        self.entries.insert(bind.clone(), source.clone());
        self.push(bind.clone(), Kind::Item, None, &item);
        let last_do = self.last_do.clone();
        let before = self.concurrency.take();
        let steps = self.lower(body);
        let concurrency = self.concurrency.take().or(pace).unwrap_or(1).clamp(1, 100);
        self.concurrency = before;
        self.last_do = last_do;
        let inner = self.data.get(depth + 1..).and_then(<[super::Data]>::last).cloned();
        self.data.truncate(depth);
        if steps.is_empty() {
            return out;
        }
        if self.guards.tolerant {
            let done = steps.iter().filter(|step| matches!(step.verb, Verb::Do(_) | Verb::Call(_)));
            self.tolerant.extend(done.filter_map(|step| step.id.clone()));
        }
        let id = self.id(&format!("each_{item}"));
        // What a later `their emails` speaks of: one value per item.
        let request = inner.filter(|inner| inner.kind == Kind::Request);
        let whole = match request.map(|inner| inner.hint) {
            // `get the field price of …`: one field of each answer.
            Some(Some(field)) => format!("steps.{id}.map(r => r.body.{field})"),
            Some(None) => format!("steps.{id}.map(r => r.body)"),
            None => format!("steps.{id}"),
        };
        self.push(whole, Kind::List, None, &item);
        let verb = Verb::ForEach { items: format!("{{{{ {source} }}}}"), bind, concurrency, steps };
        out.push(self.step(Some(id), verb));
        self.understood += 1;
        out
    }

    /// A list as a list of lists of at most `size`.
    fn in_batches(&mut self, source: &str, size: f64) -> Step {
        let (size, id) = (logic::number(size), self.id("batches"));
        let value = format!("{{{{ chunk({source}, {size}) }}}}");
        self.step(Some(id), Verb::Set(Value::str(value)))
    }
}
