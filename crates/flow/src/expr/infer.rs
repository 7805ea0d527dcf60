//! The type of an expression before it runs, and what cannot work.
//!
//! Invariant: never a false alarm. What is not known is [`Schema::Any`], and `Any` fits everything.

mod calls;
mod shapes;
mod walk;

use std::ops::Range;

use codex32_model::{Code, Schema, Severity};

use super::Expr;

pub(super) use shapes::{of_value, union};

/// What names mean before the run.
pub trait TypeEnv {
    /// The type of a name; `None`: there is no such name here.
    fn root(&self, name: &str) -> Option<Schema>;

    /// The type of `root.key` (`steps.late`, `inputs.days`).
    fn field(&self, root: &str, key: &str) -> FieldType;

    /// Names that exist here, for "did you mean".
    fn names(&self) -> Vec<String> {
        super::names::ROOTS.iter().map(|name| (*name).to_owned()).collect()
    }
}

/// What is known of `root.key`.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    Known(Schema),
    /// It cannot be used here. `why` is one sentence: it does not exist, comes later, lies in a
    /// branch out of scope.
    Unknown {
        nearest: Option<String>,
        why: String,
    },
}

/// The result of [`infer`].
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    pub schema: Schema,
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub code: Code,
    pub message: String,
    /// In characters of the source; of the text, from [`super::Template`] and [`super::Compiled`].
    pub span: Range<usize>,
    pub suggestion: Option<String>,
    pub severity: Severity,
}

/// Types an expression.
pub fn infer(expr: &Expr, env: &dyn TypeEnv) -> Typed {
    walk::infer(expr, env)
}
