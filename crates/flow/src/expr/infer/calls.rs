//! What methods and functions take and give.

use codex32_model::{Schema, codes};

use super::super::ast::{Arg, Node, Span};
use super::super::names::{self, DATE, Function, LIST, Method, NUMBER, OBJECT, TEXT};
use super::shapes::{NULL, describe, item, kinds, union, widen};
use super::walk::Infer;

impl Infer<'_> {
    /// The types of the arguments; arrow functions are walked by whoever knows their parameters.
    fn arguments(&mut self, args: &[Arg]) -> Vec<Schema> {
        let mut out = Vec::with_capacity(args.len());
        for arg in args {
            out.push(match arg {
                Arg::Value(node) => self.node(node),
                Arg::Spread(node) => {
                    self.node(node);
                    Schema::Any
                }
                Arg::Arrow(_) | Arg::Function(..) | Arg::Regex(_) => Schema::Any,
            });
        }
        out
    }

    /// The type that the callback among the arguments gives.
    fn callback(&mut self, args: &[Arg], given: &[Schema]) -> Schema {
        let mut result = Schema::Any;
        for arg in args {
            match arg {
                Arg::Arrow(arrow) => result = self.arrow(arrow, given),
                Arg::Function(function, _) => {
                    let first = given.first().cloned().unwrap_or_default();
                    result = returns(*function, &[first]);
                }
                _ => {}
            }
        }
        result
    }

    pub(super) fn method(
        &mut self,
        object: &Node,
        schema: &Schema,
        method: Method,
        args: &[Arg],
        optional: bool,
        span: Span,
    ) -> Schema {
        let types = self.arguments(args);
        let on = method.receivers();
        let found = kinds(schema);
        match found {
            Some(NULL) if optional => return Schema::Null,
            Some(NULL) => {
                self.needs(object, schema, on, "a value");
            }
            Some(found) if found & on == 0 => {
                let source = self.source(object);
                let is = describe(schema);
                let message =
                    format!("`{source}` is {is}, which has no method `{}`", method.name());
                let known = Method::ALL.iter().filter(|(_, other)| other.receivers() & found != 0);
                let near = names::nearest(method.name(), known.map(|(name, _)| *name));
                let hint = match near {
                    Some(name) => Some(format!("did you mean `{name}`?")),
                    None if on & LIST != 0 && found & TEXT != 0 => {
                        Some(format!("make it a list first: `{source}.split(',')`"))
                    }
                    None if on & LIST != 0 && found & OBJECT != 0 => {
                        Some(format!("make it a list first: `Object.values({source})`"))
                    }
                    None if on & TEXT != 0 => {
                        Some(format!("make it a text first: `String({source})`"))
                    }
                    None if on & NUMBER != 0 && found & TEXT != 0 => {
                        Some(format!("make it a number first: `Number({source})`"))
                    }
                    None => None,
                };
                self.problem(codes::expr::TYPE, span, message, hint);
            }
            _ => {}
        }
        let list = found.is_some_and(|found| found & !NULL == LIST);
        let text = found.is_some_and(|found| found & !(NULL | DATE) == TEXT);
        let of = if list { item(schema) } else { Schema::Any };
        let whole = Schema::array(of.clone());
        let each = [of.clone(), Schema::Integer, whole.clone()];
        match method {
            Method::Reduce | Method::ReduceRight => self.reduce(args, &types, of, whole),
            Method::Sort | Method::ToSorted => {
                self.callback(args, &[of.clone(), of]);
                whole
            }
            Method::Replace | Method::ReplaceAll => {
                let texts = vec![Schema::String; 10];
                self.callback(args, &texts);
                Schema::String
            }
            _ => {
                let given = self.callback(args, &each);
                match method {
                    Method::Map => Schema::array(given),
                    Method::FlatMap => Schema::array(match kinds(&given) {
                        Some(LIST) => item(&given),
                        Some(kinds) if kinds & LIST == 0 => given,
                        _ => Schema::Any,
                    }),
                    Method::Filter | Method::Reverse | Method::ToReversed => whole,
                    Method::With => {
                        Schema::array(union([of, types.get(1).cloned().unwrap_or_default()]))
                    }
                    Method::Find | Method::FindLast => of.or_null(),
                    Method::Some | Method::Every | Method::Has | Method::HasOwnProperty => {
                        Schema::Boolean
                    }
                    Method::Includes | Method::StartsWith | Method::EndsWith => Schema::Boolean,
                    Method::FindIndex
                    | Method::FindLastIndex
                    | Method::IndexOf
                    | Method::LastIndexOf => Schema::Integer,
                    Method::Slice if list => whole,
                    Method::At if list => of.or_null(),
                    Method::At if text => Schema::String.or_null(),
                    Method::Slice if text => Schema::String,
                    Method::Concat if text => Schema::String,
                    Method::Slice | Method::At => Schema::Any,
                    Method::Concat | Method::Flat | Method::Entries | Method::Values => {
                        Schema::array(Schema::Any)
                    }
                    Method::Keys => Schema::array(Schema::Integer),
                    Method::Split => Schema::array(Schema::String),
                    Method::Match => Schema::array(Schema::Any).or_null(),
                    Method::MatchAll => Schema::array(Schema::array(Schema::Any)),
                    Method::Search | Method::LocaleCompare | Method::GetTime => Schema::Integer,
                    Method::CharCodeAt | Method::CodePointAt => Schema::Integer.or_null(),
                    Method::ValueOf => schema.clone(),
                    method if method.receivers() == DATE && method.name().starts_with("get") => {
                        Schema::Integer
                    }
                    _ => Schema::String,
                }
            }
        }
    }

    fn reduce(&mut self, args: &[Arg], types: &[Schema], of: Schema, whole: Schema) -> Schema {
        // What is gathered is known only where it starts as a number or text and stays one.
        let first = types.get(1).map_or(Schema::Any, widen);
        let start = match first {
            Schema::Integer | Schema::Number => Schema::Number,
            Schema::String => Schema::String,
            _ => Schema::Any,
        };
        let known = self.problem_count();
        let given =
            self.callback(args, &[start.clone(), of.clone(), Schema::Integer, whole.clone()]);
        match (&start, widen(&given)) {
            (Schema::Number, Schema::Integer | Schema::Number) => Schema::Number,
            (Schema::String, Schema::String) => Schema::String,
            (Schema::Any, _) => Schema::Any,
            // It becomes something else on the way, so what was found may be wrong.
            _ => {
                self.forget_problems(known);
                self.callback(args, &[Schema::Any, of, Schema::Integer, whole]);
                Schema::Any
            }
        }
    }

    pub(super) fn call(&mut self, function: Function, args: &[Arg]) -> Schema {
        let types = self.arguments(args);
        if let (Some((fits, expected)), Some(Arg::Value(node)), Some(schema)) =
            (takes(function), args.first(), types.first())
        {
            let found = kinds(schema);
            if found.is_some_and(|found| found & fits == 0 && found != NULL) {
                let (name, source, is) = (function.name(), self.source(node), describe(schema));
                let message = format!("`{name}` needs {expected}, but `{source}` is {is}");
                let hint = (fits == LIST && matches!(function, Function::Min | Function::Max))
                    .then(|| format!("put the values into a list: `{name}([a, b])`"));
                self.problem(codes::expr::TYPE, node.span, message, hint);
            } else if found == Some(NULL) && function != Function::NewSet {
                self.needs(node, schema, fits, expected);
            }
        }
        let of =
            types.first().filter(|schema| kinds(schema) == Some(LIST)).map_or(Schema::Any, item);
        let given = self.callback(args, &[of.clone(), Schema::Integer]);
        self.field_by_name(function, args, &of);
        let has_callback = args.iter().any(|arg| matches!(arg, Arg::Arrow(_) | Arg::Function(..)));
        if function == Function::ArrayFrom && has_callback {
            return Schema::array(given);
        }
        returns(function, &types)
    }

    /// `sum(orders, 'total')`: the items have such a field.
    fn field_by_name(&mut self, function: Function, args: &[Arg], of: &Schema) {
        let (Some(1), Some(Arg::Value(node))) = (function.callback(), args.get(1)) else { return };
        let (super::super::ast::Kind::Const(value), Schema::Object { fields, open: false }) =
            (&node.kind, of)
        else {
            return;
        };
        let Some(key) = value.as_str() else { return };
        if fields.contains_key(key) {
            return;
        }
        let near = names::nearest(key, fields.keys().map(String::as_str));
        let message = format!("The items have no field `{}`", super::super::parser::shorten(key));
        let suggestion = near.map(|name| format!("did you mean \"{name}\"?"));
        self.problem(codes::expr::UNKNOWN_FIELD, node.span, message, suggestion);
    }
}

/// What a function's first argument has to be.
fn takes(function: Function) -> Option<(u8, &'static str)> {
    const WHEN: (u8, &str) = (DATE, "a date");
    const ITEMS: (u8, &str) = (LIST, "a list");
    const FIELDS: (u8, &str) = (OBJECT, "an object");
    Some(match function {
        Function::DaysSince
        | Function::DaysUntil
        | Function::AddDays
        | Function::AddHours
        | Function::AddMinutes
        | Function::AddMonths
        | Function::FormatDate
        | Function::NewDate => WHEN,
        Function::Sum
        | Function::Mean
        | Function::Median
        | Function::Min
        | Function::Max
        | Function::GroupBy
        | Function::ObjectGroupBy
        | Function::CountBy
        | Function::KeyBy
        | Function::Unique
        | Function::SortBy
        | Function::Chunk
        | Function::NewSet
        | Function::ObjectFromEntries => ITEMS,
        Function::First | Function::Last => (LIST | TEXT, "a list"),
        Function::Pick
        | Function::Omit
        | Function::Keys
        | Function::ObjectKeys
        | Function::ObjectEntries => FIELDS,
        Function::Values | Function::ObjectValues => (OBJECT | LIST, "an object"),
        Function::ParseJson
        | Function::JsonParse
        | Function::ParseDate
        | Function::Base64Decode
        | Function::DecodeUriComponent => (TEXT, "a text"),
        Function::Round
        | Function::MathRound
        | Function::Abs
        | Function::Ceil
        | Function::Floor
        | Function::Trunc
        | Function::Sqrt => (NUMBER | TEXT | names::BOOLEAN, "a number"),
        _ => return None,
    })
}

/// The type of what a function gives.
fn returns(function: Function, types: &[Schema]) -> Schema {
    let first = types.first().cloned().unwrap_or_default();
    let items = || if kinds(&first) == Some(LIST) { item(&first) } else { Schema::Any };
    match function {
        Function::ToText
        | Function::EncodeUriComponent
        | Function::DecodeUriComponent
        | Function::Stringify
        | Function::ToJson
        | Function::NewDate
        | Function::AddDays
        | Function::AddHours
        | Function::AddMinutes
        | Function::AddMonths
        | Function::FormatDate
        | Function::ParseDate
        | Function::Sha256
        | Function::Hmac
        | Function::Base64
        | Function::Base64Decode
        | Function::Slug
        | Function::Truncate
        | Function::Capitalize => Schema::String,
        Function::ToBoolean
        | Function::IsNan
        | Function::IsFinite
        | Function::NumberIsNan
        | Function::NumberIsFinite
        | Function::NumberIsInteger
        | Function::IsArray => Schema::Boolean,
        Function::MathRound
        | Function::Floor
        | Function::Ceil
        | Function::Trunc
        | Function::DaysSince
        | Function::DaysUntil => Schema::Integer,
        // Null where JavaScript has NaN; whoever converts knows that.
        Function::ToNumber
        | Function::ParseFloat
        | Function::NumberParseFloat
        | Function::Abs
        | Function::Sign
        | Function::Sqrt
        | Function::Cbrt
        | Function::Exp
        | Function::Log
        | Function::Log2
        | Function::Log10
        | Function::Sin
        | Function::Cos
        | Function::Tan
        | Function::Atan2
        | Function::Hypot
        | Function::Pow
        | Function::MathMin
        | Function::MathMax
        | Function::Sum
        | Function::Mean
        | Function::Median
        | Function::Round => Schema::Number,
        Function::ParseInt | Function::NumberParseInt | Function::DateParse => Schema::Integer,
        Function::ObjectKeys | Function::Keys => Schema::array(Schema::String),
        Function::ObjectValues | Function::Values | Function::ObjectEntries | Function::ArrayOf => {
            Schema::array(Schema::Any)
        }
        Function::ObjectFromEntries
        | Function::ObjectAssign
        | Function::GroupBy
        | Function::ObjectGroupBy
        | Function::CountBy
        | Function::KeyBy
        | Function::Pick
        | Function::Omit => Schema::any_object(),
        Function::Unique | Function::SortBy | Function::NewSet | Function::ArrayFrom => {
            Schema::array(items())
        }
        Function::Chunk => Schema::array(Schema::array(items())),
        Function::Range => Schema::array(Schema::Integer),
        Function::First | Function::Last => items().or_null(),
        Function::Min | Function::Max => items(),
        Function::JsonParse | Function::ParseJson => Schema::Any,
    }
}
