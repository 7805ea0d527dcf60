//! Calls.

use codex32_model::{Value, codes};

use super::super::ast::{Arg, Node, Span};
use super::super::names::{Function, Method};
use super::{Done, Eval, issue};

impl Eval<'_> {
    pub(super) fn method(
        &mut self,
        _object: &Node,
        _value: Value,
        method: Method,
        _args: &[Arg],
    ) -> Done<Value> {
        Err(issue(codes::expr::UNKNOWN_METHOD, format!("There is no method `{}`", method.name())))
    }

    pub(super) fn call(&mut self, function: Function, _args: &[Arg], _span: Span) -> Done<Value> {
        Err(issue(
            codes::expr::UNKNOWN_FUNCTION,
            format!("There is no function `{}`", function.name()),
        ))
    }
}
