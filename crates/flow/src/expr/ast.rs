//! The parsed tree. Names are resolved when parsed: parameters to slots, methods and functions to
//! their enums, so that evaluation compares no names.

use std::sync::Arc;

use codex32_model::Value;
use codex32_model::value::Key;

use super::names::{Function, Method};
use super::pattern::Pattern;

/// In characters of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[derive(Debug)]
pub struct Node {
    pub kind: Kind,
    pub span: Span,
    /// Levels of nodes below and with this one.
    pub depth: u16,
}

#[derive(Debug)]
pub enum Kind {
    Const(Value),
    /// A template string.
    Text(Vec<TextPart>),
    List(Vec<Item>),
    Object(Vec<Property>),
    /// A name of the scope.
    Root(Key),
    /// `steps.late`.
    RootField {
        root: Key,
        key: Key,
        optional: bool,
    },
    /// A parameter of an arrow function, by its place on the stack.
    Local(usize),
    Member {
        object: Box<Node>,
        key: Key,
        optional: bool,
    },
    Index {
        object: Box<Node>,
        index: Box<Node>,
        optional: bool,
    },
    Method {
        object: Box<Node>,
        method: Method,
        args: Vec<Arg>,
        optional: bool,
    },
    Call {
        function: Function,
        args: Vec<Arg>,
    },
    /// `/x/.test(text)`.
    Test {
        pattern: Arc<Pattern>,
        text: Box<Node>,
    },
    /// Where a `?.` inside stops and the whole becomes null.
    Chain(Box<Node>),
    Unary(Unary, Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    Logical(Logical, Box<Node>, Box<Node>),
    Conditional(Box<Node>, Box<Node>, Box<Node>),
}

#[derive(Debug)]
pub enum TextPart {
    Text(Box<str>),
    Value(Node),
}

#[derive(Debug)]
pub struct Item {
    pub spread: bool,
    pub node: Node,
}

#[derive(Debug)]
pub enum Property {
    Field(Key, Node),
    Computed(Node, Node),
    Spread(Node),
}

#[derive(Debug)]
pub enum Arg {
    Value(Node),
    Spread(Node),
    Arrow(Arrow),
    /// A function by name: `list.filter(Boolean)`.
    Function(Function, Span),
    Regex(Arc<Pattern>),
}

#[derive(Debug)]
pub struct Arrow {
    pub params: Vec<Param>,
    pub body: Box<Node>,
    /// Of the body and the defaults.
    pub depth: u16,
    pub span: Span,
}

#[derive(Debug)]
pub struct Param {
    pub target: Target,
    pub default: Option<Node>,
}

/// What a parameter binds. Each name takes the next slot, in the order written.
#[derive(Debug)]
pub enum Target {
    Name,
    Object { fields: Vec<(Key, Param)>, rest: bool },
    List { items: Vec<Option<Param>>, rest: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Not,
    Minus,
    Plus,
    TypeOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Pow,
    Equal,
    NotEqual,
    StrictEqual,
    StrictNotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logical {
    And,
    Or,
    Coalesce,
}
