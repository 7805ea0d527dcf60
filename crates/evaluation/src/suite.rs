//! Suites as they are written: what they evaluate, and cases with checks. YAML and JSON mean the same.

use std::collections::HashSet;

use codex32_flow::expr::{Expr, Template, parse_whole};
use codex32_flow::parse::is_slug;
use codex32_flow::source;
use codex32_model::Value;
use indexmap::IndexMap;
use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Most cases of a suite, checks of a case, and models or prompts.
pub const MOST_CASES: usize = 1_000;
const MOST_CHECKS: usize = 50;
pub const MOST_VARIANTS: usize = 20;
/// Most repeats of a question.
pub const MOST_REPEATS: u32 = 100;
/// What a suite may take as a text.
const LIMITS: source::Limits = source::Limits { bytes: 4 << 20, depth: 64, nodes: 400_000 };
/// What a compiled pattern may take, in bytes.
const PATTERN: usize = 1 << 20;

/// A suite of cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Its name: a slug.
    #[serde(rename = "suite")]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub evaluates: Evaluates,
    /// Models that are compared; the step's own unless set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Prompts that are compared with the step's own, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub prompts: IndexMap<String, String>,
    /// How often each question is asked; once unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    /// The share of right answers below which the gate is shut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_under: Option<f64>,
    /// For every case, besides its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub cases: Vec<Case>,
}

/// What is asked: a step of a bot, or a prompt of the suite's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evaluates {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<String>,
    /// The id of an `ask` or `agent` step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// As in a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique in its suite.
    pub name: String,
    /// What the run would have been started with: `inputs` in expressions.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub inputs: Value,
    /// The other names that the prompt uses: `steps`, `item`, `trigger`, `event`, `env`, …
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub values: IndexMap<String, Value>,
    /// What the tools of an agent give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolGives>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

/// What a tool gives in a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolGives {
    /// As the agent knows it.
    pub tool: String,
    /// For this use of it: fields of the arguments. Where none fits, the next use gets the next of the list.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub with: Value,
    #[serde(default)]
    pub gives: Value,
}

/// One thing that an answer has to keep; exactly one of its kinds is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// The part of the answer that is meant, such as `label` or `items[0].name`; all of it unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// It is this.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub exact: Option<Value>,
    /// It keeps this JSON Schema; that of the step is kept in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<Texts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_contains: Option<Texts>,
    /// A regular expression finds something in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// An expression over `answer`, `inputs` and the values of the case is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// TypeScript that gets `answer` and `case`, and returns true or a text that says what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A model finds that it keeps a rubric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<Judge>,
}

/// A text, or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// A named model, or `CONNECTION/MODEL`; the workspace's default unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What makes an answer right; expressions stand for values of the case.
    pub rubric: String,
}

/// A null that stands there is one.
fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// The kinds of checks.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'a> {
    Exact(&'a Value),
    Schema(&'a Value),
    Contains(&'a Texts),
    NotContains(&'a Texts),
    Matches(&'a str),
    Expression(&'a str),
    Code(&'a str),
    Judge(&'a Judge),
}

impl Kind<'_> {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Schema(_) => "schema",
            Self::Contains(_) => "contains",
            Self::NotContains(_) => "not_contains",
            Self::Matches(_) => "matches",
            Self::Expression(_) => "expression",
            Self::Code(_) => "code",
            Self::Judge(_) => "judge",
        }
    }
}

impl Check {
    /// The kinds that are set: one, if the suite was checked.
    pub fn kinds(&self) -> impl Iterator<Item = Kind<'_>> {
        [
            self.exact.as_ref().map(Kind::Exact),
            self.schema.as_ref().map(Kind::Schema),
            self.contains.as_ref().map(Kind::Contains),
            self.not_contains.as_ref().map(Kind::NotContains),
            self.matches.as_deref().map(Kind::Matches),
            self.expression.as_deref().map(Kind::Expression),
            self.code.as_deref().map(Kind::Code),
            self.judge.as_ref().map(Kind::Judge),
        ]
        .into_iter()
        .flatten()
    }

    fn sound(&self, path: &str) -> Result<(), Error> {
        let mut kinds = self.kinds();
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            let known = "exact, schema, contains, not_contains, matches, expression, code, judge";
            return Err(Error::suite(path, format!("a check is exactly one of: {known}")));
        };
        let wrong = |message: String| Err(Error::suite(format!("{path}.{}", kind.name()), message));
        if let Some(at) = &self.at
            && let Err(error) = part(at)
        {
            return Err(Error::suite(format!("{path}.at"), error));
        }
        match kind {
            Kind::Exact(_) | Kind::Code(_) => Ok(()),
            Kind::Schema(schema) => {
                let schema = crate::check::json(schema);
                jsonschema::validator_for(&schema)
                    .map(drop)
                    .or_else(|error| wrong(error.to_string()))
            }
            Kind::Contains(texts) | Kind::NotContains(texts) => {
                if texts.all().iter().any(String::is_empty) || texts.all().is_empty() {
                    return wrong("it is a text, or several, and none is empty".to_owned());
                }
                Ok(())
            }
            Kind::Matches(text) => {
                pattern(text).map(drop).or_else(|error| wrong(error.to_string()))
            }
            Kind::Expression(text) => whole(text).map(drop).or_else(wrong),
            Kind::Judge(judge) => {
                if judge.rubric.trim().is_empty() {
                    return wrong("`rubric` says what makes an answer right".to_owned());
                }
                Template::parse(&judge.rubric).map(drop).or_else(|error| wrong(error.to_string()))
            }
        }
    }
}

pub(crate) fn pattern(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(PATTERN).build()
}

/// An expression, in braces or without.
pub(crate) fn whole(text: &str) -> Result<Expr, String> {
    if text.trim_start().starts_with("{{") {
        return parse_whole(text).map_err(|error| error.to_string());
    }
    Expr::parse(text).map_err(|error| error.to_string())
}

/// The expression that gives a part of the answer.
pub(crate) fn part(at: &str) -> Result<Expr, String> {
    let dot = if at.starts_with('[') { "" } else { "." };
    Expr::parse(&format!("answer{dot}{at}")).map_err(|error| error.to_string())
}

impl Suite {
    /// Reads YAML or JSON, and checks it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str) -> Result<Self, Error> {
        let node = source::read(text, &LIMITS).map_err(|error| {
            let place = format!("line {}, column {}", error.place.line, error.place.column);
            Error::suite(place, error.message)
        })?;
        Self::from_value(&node.to_value())
    }

    /// The same of its JSON.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let suite: Self = serde_json::from_str(&value.to_json())
            .map_err(|error| Error::suite("the suite", unplaced(&error)))?;
        suite.check()?;
        Ok(suite)
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn check(&self) -> Result<(), Error> {
        if !is_slug(&self.name) {
            let message =
                "a name begins with a letter and has lower-case letters, digits and hyphens";
            return Err(Error::suite("suite", message));
        }
        self.evaluates.check()?;
        if self.models.len() > MOST_VARIANTS || self.prompts.len() > MOST_VARIANTS {
            let message =
                format!("at most {MOST_VARIANTS} models and as many prompts are compared");
            return Err(Error::suite("models", message));
        }
        for (name, prompt) in &self.prompts {
            template(&format!("prompts.{name}"), prompt)?;
        }
        if self.repeat.is_some_and(|repeat| repeat == 0 || repeat > MOST_REPEATS) {
            return Err(Error::suite("repeat", format!("it is 1 to {MOST_REPEATS}")));
        }
        if self.fail_under.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err(Error::suite("fail_under", "it is 0 to 1"));
        }
        checks("checks", &self.checks)?;
        if self.cases.len() > MOST_CASES {
            return Err(Error::suite("cases", format!("a suite has at most {MOST_CASES} cases")));
        }
        let mut names = HashSet::new();
        for (index, case) in self.cases.iter().enumerate() {
            let path = format!("cases[{index}]");
            let length = case.name.trim().chars().count();
            if length == 0 || length > 200 || case.name.contains(char::is_control) {
                return Err(Error::suite(format!("{path}.name"), "a name has 1 to 200 characters"));
            }
            if !names.insert(&case.name) {
                let message = format!("there are two cases `{}`", case.name);
                return Err(Error::suite(format!("{path}.name"), message));
            }
            if !matches!(case.inputs, Value::Null | Value::Object(_)) {
                return Err(Error::suite(format!("{path}.inputs"), "it is an object"));
            }
            if case.values.contains_key("answer") || case.values.contains_key("inputs") {
                let message = "`answer` and `inputs` stand for themselves";
                return Err(Error::suite(format!("{path}.values"), message));
            }
            checks(&format!("{path}.checks"), &case.checks)?;
        }
        Ok(())
    }
}

impl Evaluates {
    fn check(&self) -> Result<(), Error> {
        let own = self.prompt.is_some();
        match (&self.bot, &self.step) {
            (Some(_), Some(_)) if !own && self.output.is_none() && self.system.is_none() => Ok(()),
            (None, None) if own => {
                if let Some(system) = &self.system {
                    template("evaluates.system", system)?;
                }
                template("evaluates.prompt", self.prompt.as_deref().unwrap_or_default())
            }
            _ => {
                let message =
                    "it is `bot` and `step`, or a `prompt` with `system`, `output` and `model`";
                Err(Error::suite("evaluates", message))
            }
        }
    }
}

fn template(path: &str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::suite(path, "it is empty"));
    }
    Template::parse(text).map(drop).map_err(|error| Error::suite(path, error.to_string()))
}

fn checks(path: &str, checks: &[Check]) -> Result<(), Error> {
    if checks.len() > MOST_CHECKS {
        return Err(Error::suite(path, format!("there are more than {MOST_CHECKS}")));
    }
    checks
        .iter()
        .enumerate()
        .try_for_each(|(index, check)| check.sound(&format!("{path}[{index}]")))
}

/// What serde says, without the place in a text that nobody wrote.
fn unplaced(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(said, _)| said.to_owned())
}

#[cfg(test)]
mod tests;
