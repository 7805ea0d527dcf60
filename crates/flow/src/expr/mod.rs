//! Expressions: one JavaScript expression inside `{{ … }}`.
//!
//! Parsed once ([`Expr::parse`], [`Template`], [`Compiled`]), typed against what is known before the
//! run ([`infer`]), evaluated many times ([`eval`]) by an interpreter of our own over a [`Scope`].
//!
//! Invariant: an evaluation reaches nothing but its scope, always ends within its [`Budget`], never
//! panics, and never needs more stack than the parser's depth limit allows. There are no functions
//! as values and no recursion, so the depth of the tree bounds the depth of the evaluation.
//!
//! Where it differs from JavaScript: there is no `undefined` (a missing field is `null`) and no NaN
//! or infinity (they are `null`); lists and objects are equal when their contents are; texts are
//! counted in characters, not in UTF-16 units; dates are RFC 3339 texts; `null` in arithmetic is an
//! error, and every order comparison with `null` is false.

mod ast;
mod budget;
mod eval;
mod infer;
mod lexer;
mod names;
mod parser;
mod pattern;
mod stdlib;
mod template;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use codex32_model::{Code, Value};

pub use budget::Budget;
pub use eval::eval;
pub use infer::{FieldType, Problem, TypeEnv, Typed, infer};
pub use names::nearest;
pub use stdlib::{STDLIB, StdFunction};
pub use template::{CompileError, Compiled, Part, Template, TemplateError, parse_whole};

/// Longest source, in characters.
pub const MAX_SOURCE: usize = 16 * 1024;

/// A parsed expression. Cheap to clone.
#[derive(Clone)]
pub struct Expr(Arc<Parsed>);

struct Parsed {
    source: Box<str>,
    offset: usize,
    root: ast::Node,
    references: Vec<Reference>,
}

/// A name of the scope that an expression uses: `steps.late` is root `steps`, key `late`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub root: String,
    /// The first member, where it is written out; `None` for `steps` alone and `steps[name]`.
    pub key: Option<String>,
    /// In characters of the source.
    pub span: Range<usize>,
}

/// Why an expression cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    pub code: Code,
    pub message: String,
    /// In characters of the source.
    pub span: Range<usize>,
    pub suggestion: Option<String>,
}

/// Why an evaluation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    pub code: Code,
    /// Names the value that was null, what was expected, and where it helps what to write.
    pub message: String,
    /// In characters of the source.
    pub span: Range<usize>,
}

impl Expr {
    /// Reads an expression, without the braces.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        parser::parse(source)
    }

    /// The text of the expression, without braces and outer white space.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Where [`Expr::source`] begins in the text it was read from, in characters.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// Every use of a name of the scope, in the order written. Parameters of arrow functions are
    /// not among them.
    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }

    /// The value of an expression that is one literal.
    pub fn constant(&self) -> Option<&Value> {
        if let ast::Kind::Const(value) = &self.0.root.kind { Some(value) } else { None }
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expr({})", self.source())
    }
}

/// Two expressions are equal when their texts are.
impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

/// What names mean at evaluation.
pub trait Scope {
    /// `inputs`, `trigger`, `event`, `env`, `run`, `loop`, `now`, `error`, `errors`, a loop
    /// variable; `steps` as a whole (rare). `None`: there is no such name here.
    fn root(&self, name: &str) -> Option<Value>;

    /// The fast path for `steps.x`, `errors.x` and `inputs.x`, so that no whole object is built.
    /// `None` falls back to `root(root)` and its field.
    fn field(&self, root: &str, key: &str) -> Option<Value>;
}
