//! Conditions, loops and branches that go on together.

use codex32_model::definition::{Step, Verb};
use codex32_model::{Schema, Value};
use indexmap::IndexMap;

use super::data::Kind;
use super::{Builder, logic};
use crate::QuestionKind;
use crate::clauses::Clause;
use crate::conditions::{self, Condition};
use crate::lexicon::Op;
use crate::structure::Node;
use crate::text::{self, Kind as TokenKind, Token};

/// Whether the words say that what was waited for came (`if it arrives in time`) or did not (`if nothing
/// comes`, `kommt nichts`); none: they speak of something else.
fn came(tokens: &[Token]) -> Option<bool> {
    let says = |words: &[&str]| tokens.iter().any(|token| token.any(words));
    if says(&[
        "timeout",
        "expires",
        "ausbleibt",
        "ausbleiben",
        "missing",
        "fehlt",
        "verstreicht",
        "abgelaufen",
    ]) || says(&["times", "timed", "time"]) && says(&["out"])
        || says(&["runs", "ran"]) && says(&["out"])
    {
        return Some(false);
    }
    let comes = says(&[
        "comes",
        "come",
        "came",
        "arrives",
        "arrive",
        "arrived",
        "happens",
        "happen",
        "happened",
        "received",
        "receives",
        "occurs",
        "fires",
        "shows",
        "follows",
        "kommt",
        "kam",
        "eintrifft",
        "trifft",
        "eingeht",
        "geht",
        "passiert",
        "erscheint",
        "folgt",
        "da",
        "there",
        "here",
        "gekommen",
        "eingetroffen",
        "eingegangen",
        "erfolgt",
        "seen",
        "emitted",
    ]);
    let compares =
        tokens.iter().any(|token| token.number.is_some()) && conditions::compares(tokens);
    let none = says(&[
        "never", "not", "nothing", "no", "none", "nichts", "nicht", "nie", "keine", "kein",
        "keines", "keins",
    ]);
    (comes && !compares).then_some(!none)
}

impl Builder<'_> {
    /// `if … then … otherwise …`
    pub(super) fn branch(
        &mut self,
        tokens: &[Token],
        not: bool,
        then: &[Node],
        otherwise: &[Node],
    ) -> Vec<Step> {
        let mut out = Vec::new();
        let mut tokens = tokens.to_vec();
        out.append(&mut self.fetch_inside(&mut tokens));
        out.append(&mut self.call_inside(&mut tokens));
        let nouns = self.nouns();
        let words = crate::actions::plain(&tokens);
        if let Some(id) = self.waited.clone()
            && let Some(came) = came(&tokens)
        {
            self.understood += 1;
            let sign = if came != not { "!" } else { "" };
            self.reason.push(reason(&words));
            let mut steps = self.fork(&format!("{sign}steps.{id}.timed_out"), then, otherwise);
            self.reason.pop();
            out.append(&mut steps);
            return out;
        }
        let depth = self.data.len();
        let forecast = if not { None } else { self.weather_there(&mut tokens) };
        let read = forecast.is_some();
        out.extend(forecast);
        if let Some(mut steps) = self.weather(&tokens, (then, otherwise)).filter(|_| !not) {
            if read {
                self.data.truncate(depth);
            }
            out.append(&mut steps);
            return out;
        }
        let Some(condition) = conditions::parse(&tokens, self.lang, &nouns) else {
            return self.unclear_condition(out, &words, then, otherwise);
        };
        self.understood += 1;
        self.pronoun = tokens.first().is_some_and(|first| first.any(&["it", "es", "they", "sie"]));
        self.reason.push(reason(&words));
        let mut steps = self.special(&condition, then, otherwise).unwrap_or_else(|| {
            let mut steps = Vec::new();
            let mut expression = self.expression(&condition);
            if expression.is_none() {
                steps.append(&mut self.missing_data(&condition, &words));
                expression = self.expression(&condition);
            }
            let Some(expression) = expression else {
                return self.unclear_condition(steps, &words, then, otherwise);
            };
            let expression = if not { format!("!({expression})") } else { expression };
            steps.append(&mut self.fork(&expression, then, otherwise));
            steps
        });
        self.reason.pop();
        out.append(&mut steps);
        out
    }

    /// The `if` step; an empty `then` swaps the sides, two empty sides are nothing.
    pub(super) fn fork(
        &mut self,
        expression: &str,
        then: &[Node],
        otherwise: &[Node],
    ) -> Vec<Step> {
        let depth = self.data.len();
        let (last_do, approval) = (self.last_do.clone(), self.approval.clone());
        let then = self.lower(then);
        self.data.truncate(depth);
        self.last_do = last_do;
        self.approval = approval;
        let said = self.reason.pop();
        self.reason.push(String::new());
        let otherwise = self.lower(otherwise);
        self.reason.pop();
        self.reason.extend(said);
        self.data.truncate(depth);
        if then.is_empty() && otherwise.is_empty() {
            return Vec::new();
        }
        let verb = if then.is_empty() {
            Verb::If {
                condition: format!("{{{{ !({expression}) }}}}"),
                then: otherwise,
                otherwise: Vec::new(),
            }
        } else {
            Verb::If { condition: format!("{{{{ {expression} }}}}"), then, otherwise }
        };
        vec![self.step(None, verb)]
    }

    /// Conditions that need steps of their own before they can be asked.
    fn special(
        &mut self,
        condition: &Condition,
        then: &[Node],
        otherwise: &[Node],
    ) -> Option<Vec<Step>> {
        match condition {
            Condition::FailuresInRow(times) => self.in_a_row(*times, then, otherwise),
            Condition::Often { cmp, times, within } => {
                let action = self.action("state.add")?;
                let name = match &self.start.kind {
                    Some(codex32_model::definition::TriggerKind::Event { event }) => event.clone(),
                    _ => self.start.nouns.first().cloned().unwrap_or_else(|| "count".to_owned()),
                };
                let mut with = IndexMap::from([
                    ("key".to_owned(), Value::str(name)),
                    ("by".to_owned(), Value::Int(1)),
                ]);
                if let Some(within) = within {
                    with.insert("within".to_owned(), Value::str(within.as_str()));
                }
                let step = self.act(action, "count", with, None);
                let id = step.id.clone().unwrap_or_default();
                let sign = match cmp {
                    conditions::Cmp::Gt => ">",
                    conditions::Cmp::Lt => "<",
                    conditions::Cmp::Le => "<=",
                    _ => ">=",
                };
                let mut out = vec![step];
                out.append(&mut self.fork(
                    &format!("steps.{id} {sign} {}", logic::number(*times)),
                    then,
                    otherwise,
                ));
                Some(out)
            }
            Condition::Changed(field) => {
                let (get, set) = (self.action("state.get")?, self.action("state.set")?);
                let data = self.current()?;
                let named = match &self.read_as {
                    Some((whole, name)) if field.is_empty() && *whole == data.whole => name.clone(),
                    _ => field.clone(),
                };
                let field = &named;
                let now = self.field(&data, field, Schema::Any, true);
                let key = if field.is_empty() { data.noun.clone() } else { field.clone() };
                let key = if key.is_empty() { "last".to_owned() } else { key };
                let kept = self.last_do.clone();
                let before = self.act(
                    get,
                    "before",
                    IndexMap::from([("key".to_owned(), Value::str(key.as_str()))]),
                    None,
                );
                let id = before.id.clone().unwrap_or_default();
                let with = IndexMap::from([
                    ("key".to_owned(), Value::str(key)),
                    ("value".to_owned(), Value::str(format!("{{{{ {now} }}}}"))),
                ]);
                let remember = self.act(set, "remember", with, None);
                self.last_do = kept;
                let mut out = vec![before, remember];
                out.append(&mut self.fork(
                    &format!("steps.{id} != null && steps.{id} != {now}"),
                    then,
                    otherwise,
                ));
                Some(out)
            }
            Condition::Moved { field, by, percent, way } => {
                self.moved((field, *by), *percent, *way, (then, otherwise))
            }
            Condition::Nth(number) => self.every_nth(*number, then, otherwise),
            Condition::New => {
                let action = self.action("state.new_items")?;
                let data = self.current()?;
                let whole = self.whole(&data);
                let key = if data.noun.is_empty() { "items".to_owned() } else { data.noun.clone() };
                let with = IndexMap::from([
                    ("key".to_owned(), Value::str(key)),
                    ("items".to_owned(), Value::str(format!("{{{{ {whole} }}}}"))),
                ]);
                let step = self.act(action, "fresh", with, None);
                let id = step.id.clone().unwrap_or_default();
                self.push(format!("steps.{id}"), Kind::List, None, &data.noun);
                let mut out = vec![step];
                out.append(&mut self.fork(&format!("steps.{id}.length > 0"), then, otherwise));
                Some(out)
            }
            Condition::Approved { .. } if self.approval.is_none() => None,
            Condition::Failed { not: false } if self.last_do.is_none() => {
                // Nothing was done before: it speaks of the bot as a whole.
                self.on_error = self.lower(then);
                Some(self.lower(otherwise))
            }
            _ => None,
        }
    }

    /// `after three failures in a row`: a counter that a success sets back.
    fn in_a_row(&mut self, times: f64, then: &[Node], otherwise: &[Node]) -> Option<Vec<Step>> {
        let (add, set) = (self.action("state.add")?, self.action("state.set")?);
        let id = self.last_do.clone()?;
        self.tolerant.insert(id.clone());
        let key = format!("{id}_failures");
        let with = IndexMap::from([
            ("key".to_owned(), Value::str(key.as_str())),
            ("by".to_owned(), Value::Int(1)),
        ]);
        let count = self.act(add, "failures", with, None);
        let counted = count.id.clone().unwrap_or_default();
        self.last_do = Some(id.clone());
        let mut failed = vec![count];
        failed.append(&mut self.fork(
            &format!("steps.{counted} == {}", logic::number(times)),
            then,
            &[],
        ));
        let with = IndexMap::from([
            ("key".to_owned(), Value::str(key)),
            ("value".to_owned(), Value::Int(0)),
        ]);
        let reset = self.act(set, "reset", with, None);
        self.last_do = Some(id.clone());
        let mut worked = vec![reset];
        worked.append(&mut self.lower(otherwise));
        let verb = Verb::If {
            condition: format!("{{{{ errors.{id} != null }}}}"),
            then: failed,
            otherwise: worked,
        };
        Some(vec![self.step(None, verb)])
    }

    /// `if https://… is down`: the address is read first.
    pub(super) fn fetch_inside(&mut self, tokens: &mut Vec<Token>) -> Vec<Step> {
        let Some(get) = self.action("http.get") else { return Vec::new() };
        let mut out = Vec::new();
        while let Some(at) = tokens.iter().position(|token| token.kind == TokenKind::Url) {
            let url = tokens[at].text.clone();
            let with = IndexMap::from([("url".to_owned(), self.address(&url))]);
            let step = self.act(get, &super::targets::id_of_url(&url), with, None);
            let id = step.id.clone().unwrap_or_default();
            let noun = super::targets::id_of_url(&url);
            self.push(format!("steps.{id}.body"), Kind::Request, None, &noun);
            out.push(step);
            let from = if at > 0
                && tokens[at - 1].any(&["at", "from", "of", "on", "von", "unter", "auf", "in"])
            {
                at - 1
            } else {
                at
            };
            tokens.drain(from..=at);
        }
        out
    }

    /// `if the bot x returns …`: the bot is run first.
    fn call_inside(&mut self, tokens: &mut Vec<Token>) -> Vec<Step> {
        let gives = |token: &Token| {
            token.any(&[
                "returns",
                "gives",
                "answers",
                "outputs",
                "reports",
                "yields",
                "says",
                "fails",
                "liefert",
                "meldet",
                "zurueckgibt",
                "ergibt",
                "ausgibt",
                "scheitert",
            ])
        };
        let Some(at) = tokens.iter().position(|token| token.is("bot")) else { return Vec::new() };
        let named = tokens.get(at + 1).filter(|token| {
            token.is_word() && !gives(token) && !crate::lexicon::is_empty_word(token)
        });
        let (Some(name), true) = (named.cloned(), tokens.iter().any(gives)) else {
            return Vec::new();
        };
        let slug = text::slug(&name.text, '-');
        let fails = tokens.iter().any(|token| token.any(&["fails", "scheitert"]));
        let before = self.last_do.clone();
        let id = self.id(&slug);
        if before.as_deref() == Some(slug.as_str()) {
            return Vec::new();
        }
        let call = codex32_model::definition::Call {
            bot: slug.clone(),
            with: IndexMap::new(),
            detach: false,
        };
        self.last_do = Some(id.clone());
        self.push(format!("steps.{id}"), Kind::Output, None, &slug);
        let from = at - usize::from(at > 0 && tokens[at - 1].any(crate::lexicon::ARTICLES));
        tokens.drain(from..at + 2);
        if !fails {
            tokens.retain(|token| !gives(token) || token.is("says"));
        }
        vec![self.step(Some(id), Verb::Call(call))]
    }

    /// A scheduled bot compares something that nothing has brought.
    fn missing_data(&mut self, condition: &Condition, words: &str) -> Vec<Step> {
        let field = match condition {
            Condition::Compare { subject, .. }
            | Condition::Between { subject, .. }
            | Condition::OneOf { subject, .. }
            | Condition::Truthy { subject, .. } => subject.field.clone(),
            _ => String::new(),
        };
        if matches!(condition, Condition::Approved { .. }) {
            return Vec::new();
        }
        let key = self.key("condition");
        let about = if field.is_empty() { words.to_owned() } else { field.replace('_', " ") };
        self.need(&key, &about)
    }

    /// A condition that is not understood is asked for; until then its deeds are not done.
    fn unclear_condition(
        &mut self,
        mut out: Vec<Step>,
        words: &str,
        then: &[Node],
        otherwise: &[Node],
    ) -> Vec<Step> {
        let key = self.key("condition");
        let text = match self.lang {
            text::Lang::En => format!(
                "“{words}”: how can the bot tell? Name a field and compare it, such as “total is over 1000”."
            ),
            text::Lang::De => format!(
                "„{words}“: woran erkennt der Bot das? Nenne ein Feld und vergleiche es, etwa „betrag ist über 1000“."
            ),
        };
        let answer = self.ask(&format!("{key}.says"), QuestionKind::Clarify, text, None);
        let nouns = self.nouns();
        let parsed = answer
            .and_then(|answer| conditions::parse(&text::read(&answer).tokens, self.lang, &nouns));
        let mut expression = parsed.as_ref().and_then(|parsed| self.expression(parsed));
        if expression.is_none()
            && let Some(parsed) = &parsed
        {
            out.append(&mut self.missing_data(parsed, words));
            expression = self.expression(parsed);
        }
        if expression.is_none() {
            self.doubtful += 1;
        }
        out.append(&mut self.fork(
            &expression.unwrap_or_else(|| "false".to_owned()),
            then,
            otherwise,
        ));
        out
    }

    /// Deeds at the same time: a branch each.
    pub(super) fn parallel(&mut self, clauses: &[Clause]) -> Vec<Step> {
        let mut branches: IndexMap<String, Vec<Step>> = IndexMap::new();
        let depth = self.data.len();
        self.together.clear();
        let mut brought: Vec<super::Data> = Vec::new();
        for clause in clauses {
            let steps = self.deed(&Clause { parallel: false, ..clause.clone() }, &[]);
            // What one branch brings the others do not have yet.
            brought.extend(self.data.split_off(depth.min(self.data.len())));
            // Several addresses in one clause are several branches.
            let reads = matches!(
                clause.verb,
                Some((
                    _,
                    Op::Fetch | Op::Send | Op::Notify | Op::Email | Op::Run | Op::Emit | Op::Other
                ))
            );
            let groups: Vec<Vec<Step>> = if reads {
                steps.into_iter().map(|step| vec![step]).collect()
            } else {
                vec![steps]
            };
            for group in groups.into_iter().filter(|group| !group.is_empty()) {
                let name =
                    group[0].id.clone().unwrap_or_else(|| format!("branch_{}", branches.len() + 1));
                branches.insert(name, group);
            }
        }
        for data in &brought {
            self.together.push((data.noun.clone(), data.whole.clone()));
        }
        self.data.append(&mut brought);
        if branches.len() < 2 {
            return branches.into_values().flatten().collect();
        }
        let id = self.id("both");
        self.last_do = None;
        vec![self.step(Some(id), Verb::Parallel(branches))]
    }
}

/// A condition as a remark for a message: `total is over 1000`.
fn reason(words: &str) -> String {
    let skip = ["its ", "the ", "it ", "their ", "der ", "die ", "das ", "if "];
    let mut words = words;
    while let Some(rest) = skip.iter().find_map(|skip| words.strip_prefix(skip)) {
        words = rest;
    }
    words.to_owned()
}

pub(super) fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

pub(super) fn plural(word: &str) -> String {
    if word.ends_with('s') {
        word.to_owned()
    } else if let Some(stem) =
        word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o']))
    {
        format!("{stem}ies")
    } else {
        format!("{word}s")
    }
}
