//! From the leaves of the tree to the type of the whole.

use codex32_model::{Code, Field, Fields, Schema, Severity, Value, codes};

use super::super::Expr;
use super::super::ast::{
    Arrow, Binary, Item, Kind, Logical, Node, Param, Property, Span, Target, TextPart, Unary,
};
use super::super::names::{self, LIST, NUMBER, OBJECT, TEXT, nearest};
use super::super::parser::shorten;
use super::shapes::{
    NULL, describe, item, kinds, nullable, of_field, of_value, present, shapes, union, widen,
};
use super::{FieldType, Problem, TypeEnv, Typed};

pub(super) struct Infer<'a> {
    expr: &'a Expr,
    env: &'a dyn TypeEnv,
    problems: Vec<Problem>,
    locals: Vec<Schema>,
    /// A `?.` of the chain at hand may have met null.
    short: bool,
}

pub(super) fn infer(expr: &Expr, env: &dyn TypeEnv) -> Typed {
    let mut run = Infer { expr, env, problems: Vec::new(), locals: Vec::new(), short: false };
    let schema = run.node(&expr.0.root);
    Typed { schema, problems: run.problems }
}

impl Infer<'_> {
    pub(super) fn problem(
        &mut self,
        code: Code,
        span: Span,
        message: String,
        suggestion: Option<String>,
    ) {
        let severity = if matches!(code, codes::expr::ALWAYS_NULL | codes::expr::ODD_COMPARISON) {
            Severity::Warning
        } else {
            Severity::Error
        };
        let problem = Problem { code, message, span: span.range(), suggestion, severity };
        // A callback is walked once for each use, so a problem may be met twice.
        if self.problems.len() < 50 && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(super) fn problem_count(&self) -> usize {
        self.problems.len()
    }

    pub(super) fn forget_problems(&mut self, from: usize) {
        self.problems.truncate(from);
    }

    pub(super) fn source(&self, node: &Node) -> String {
        let range = node.span.range();
        shorten(&self.expr.source().chars().skip(range.start).take(range.len()).collect::<String>())
    }

    pub(super) fn node(&mut self, node: &Node) -> Schema {
        match &node.kind {
            Kind::Const(value) => of_value(value),
            Kind::Local(slot) => self.locals.get(*slot).cloned().unwrap_or_default(),
            Kind::Root(name) => self.root(name, node.span),
            Kind::RootField { root, key, .. } => self.root_field(root, key, node.span),
            Kind::Member { object, key, optional } => {
                let schema = self.node(object);
                self.short |= *optional && nullable(&schema);
                self.member(object, &schema, key, *optional, node.span)
            }
            Kind::Index { object, index, optional } => {
                let schema = self.node(object);
                self.short |= *optional && nullable(&schema);
                let short = self.short;
                let by = self.node(index);
                self.short = short;
                self.element(&schema, &by)
            }
            Kind::Method { object, method, args, optional } => {
                let schema = self.node(object);
                self.short |= *optional && nullable(&schema);
                let short = std::mem::take(&mut self.short);
                let result = self.method(object, &schema, *method, args, *optional, node.span);
                self.short = short;
                result
            }
            Kind::Chain(inner) => {
                let outer = std::mem::take(&mut self.short);
                let schema = self.node(inner);
                let short = std::mem::replace(&mut self.short, outer);
                if short { schema.or_null() } else { schema }
            }
            Kind::Call { function, args } => self.call(*function, args),
            Kind::Test { text, .. } => {
                self.node(text);
                Schema::Boolean
            }
            Kind::Text(parts) => {
                for part in parts {
                    if let TextPart::Value(node) = part {
                        self.node(node);
                    }
                }
                Schema::String
            }
            Kind::List(items) => self.list(items),
            Kind::Object(properties) => self.object(properties),
            Kind::Unary(operator, operand) => self.unary(*operator, operand),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, node.span),
            Kind::Logical(operator, left, right) => {
                let (a, b) = (self.node(left), self.node(right));
                match operator {
                    Logical::And => union([a, b]),
                    Logical::Or | Logical::Coalesce if a == Schema::Null => b,
                    Logical::Or | Logical::Coalesce => union([present(a), b]),
                }
            }
            Kind::Conditional(test, yes, no) => {
                self.node(test);
                union([self.node(yes), self.node(no)])
            }
        }
    }

    fn root(&mut self, name: &str, span: Span) -> Schema {
        if let Some(schema) = self.env.root(name) {
            return schema;
        }
        let known = |root: &str| matches!(self.env.field(root, name), FieldType::Known(_));
        let holder = ["inputs", "steps"]
            .into_iter()
            .find(|root| self.env.root(root).is_some() && known(root));
        let names = self.env.names();
        let suggestion = match holder {
            Some(root) => Some(format!("did you mean `{root}.{name}`?")),
            None => nearest(name, names.iter().map(String::as_str))
                .map(|name| format!("did you mean `{name}`?")),
        };
        let message = format!("There is no `{}` here", shorten(name));
        self.problem(codes::expr::UNKNOWN_NAME, span, message, suggestion);
        Schema::Any
    }

    fn root_field(&mut self, root: &str, key: &str, span: Span) -> Schema {
        let Some(whole) = self.env.root(root) else {
            return self.root(root, Span { end: span.start + root.chars().count() as u32, ..span });
        };
        match self.env.field(root, key) {
            FieldType::Known(schema) => {
                self.short |= nullable(&whole);
                schema
            }
            FieldType::Unknown { nearest, why } => {
                let suggestion = nearest.map(|name| format!("did you mean `{root}.{name}`?"));
                self.problem(codes::expr::UNKNOWN_NAME, span, why, suggestion);
                Schema::Any
            }
        }
    }

    fn always_null(&mut self, object: &Node, span: Span) -> Schema {
        let message = format!("`{}` is always null here", self.source(object));
        self.problem(codes::expr::ALWAYS_NULL, span, message, None);
        Schema::Any
    }

    fn member(
        &mut self,
        object: &Node,
        schema: &Schema,
        key: &str,
        optional: bool,
        span: Span,
    ) -> Schema {
        if *schema == Schema::Null {
            return if optional { Schema::Null } else { self.always_null(object, span) };
        }
        let mut found = Vec::new();
        let mut missing = None;
        for shape in shapes(schema) {
            let has = match &shape {
                Schema::Any => Some(Schema::Any),
                Schema::Null => continue,
                Schema::String if key == "length" => Some(Schema::Integer),
                Schema::Array(_) if matches!(key, "length" | "size") => Some(Schema::Integer),
                Schema::Array(item) if key.parse::<usize>().is_ok() => Some((**item).clone()),
                Schema::Object { fields, open } => match fields.get(key) {
                    Some(field) => Some(of_field(field)),
                    None => open.then_some(Schema::Any),
                },
                _ => None,
            };
            match has {
                Some(schema) => found.push(schema),
                None => missing = Some(shape),
            }
        }
        match missing {
            Some(shape) if found.is_empty() => {
                self.no_field(object, &shape, key, span);
                Schema::Any
            }
            Some(_) => union(found).or_null(),
            None => union(found),
        }
    }

    fn no_field(&mut self, object: &Node, shape: &Schema, key: &str, span: Span) {
        let source = self.source(object);
        let key = shorten(key);
        let quote = |name: &str| format!("did you mean `{name}`?");
        let (what, suggestion) = match shape {
            Schema::Object { fields, .. } => {
                let near = nearest(&key, fields.keys().map(String::as_str)).map(quote);
                let all = || {
                    let names: Vec<&str> = fields.keys().take(8).map(String::as_str).collect();
                    (!names.is_empty()).then(|| format!("it has {}", names.join(", ")))
                };
                (String::new(), near.or_else(all))
            }
            Schema::Array(item) => {
                let of_item = matches!(&**item, Schema::Object { fields, open } if *open || fields.contains_key(&key));
                let hint = if of_item || **item == Schema::Any {
                    Some(format!(
                        "the items may have it: `{source}[0].{key}`, or `{source}.map(item => item.{key})`"
                    ))
                } else {
                    nearest(&key, ["length"].into_iter()).map(quote)
                };
                (" (a list)".to_owned(), hint)
            }
            other => {
                let on = kinds(other).unwrap_or(0);
                let has =
                    names::Method::ALL.iter().filter(|(_, method)| method.receivers() & on != 0);
                let called =
                    names::Method::find(&key).filter(|method| method.receivers() & on != 0);
                let hint = match called {
                    Some(method) => Some(format!("call it: `.{}()`", method.name())),
                    None => nearest(&key, has.map(|(name, _)| *name).chain(["length"])).map(quote),
                };
                (format!(" ({})", describe(other)), hint)
            }
        };
        let message = format!("`{source}`{what} has no field `{key}`");
        self.problem(codes::expr::UNKNOWN_FIELD, span, message, suggestion);
    }

    fn element(&self, schema: &Schema, by: &Schema) -> Schema {
        let types = shapes(schema).into_iter().filter(|shape| *shape != Schema::Null);
        union(types.map(|shape| match shape {
            Schema::Array(item) if kinds(by).is_some_and(|by| by & TEXT == 0) => *item,
            Schema::String => Schema::String,
            // Any of the fields, and maybe none.
            Schema::Object { fields, open: false } => {
                union(fields.values().map(of_field)).or_null()
            }
            _ => Schema::Any,
        }))
    }

    fn list(&mut self, items: &[Item]) -> Schema {
        let mut types = Vec::with_capacity(items.len());
        for entry in items {
            let schema = self.node(&entry.node);
            types.push(match (entry.spread, kinds(&schema)) {
                (false, _) => schema,
                (true, Some(LIST)) => item(&schema),
                (true, _) => {
                    self.needs(&entry.node, &schema, LIST | TEXT, "a list");
                    Schema::Any
                }
            });
        }
        Schema::array(union(types))
    }

    fn object(&mut self, properties: &[Property]) -> Schema {
        let mut fields = Fields::new();
        let mut open = false;
        for property in properties {
            match property {
                Property::Field(key, node) => {
                    let schema = self.node(node);
                    fields.insert(key.to_string(), Field::required(schema));
                }
                Property::Computed(key, node) => {
                    self.node(key);
                    self.node(node);
                    // It may be any of the fields, so nothing is sure any more.
                    fields.clear();
                    open = true;
                }
                Property::Spread(node) => {
                    let schema = self.node(node);
                    match present(schema.clone()) {
                        Schema::Object { fields: more, open: wide } => {
                            open |= wide;
                            let maybe = nullable(&schema) || wide;
                            for (key, mut field) in more {
                                // What the spread may lack keeps what was there before.
                                let before = fields.get(&key).map(of_field);
                                let sure = !maybe && (field.required || field.default.is_some());
                                if !sure {
                                    let now = field.schema.clone();
                                    field = match before {
                                        Some(before) => Field::required(union([before, now])),
                                        None => Field::optional(now),
                                    };
                                }
                                fields.insert(key, field);
                            }
                            if wide {
                                fields.values_mut().for_each(|field| field.schema = Schema::Any);
                            }
                        }
                        _ => {
                            self.needs(node, &schema, OBJECT | NULL, "an object");
                            open = true;
                            fields.clear();
                        }
                    }
                }
            }
        }
        Schema::Object { fields, open }
    }

    /// A problem if no shape of the type is one of those.
    pub(super) fn needs(&mut self, node: &Node, schema: &Schema, fits: u8, expected: &str) -> bool {
        let Some(found) = kinds(schema) else { return true };
        if found & fits != 0 {
            return true;
        }
        if found == NULL {
            self.always_null(node, node.span);
            return false;
        }
        let (source, is) = (self.source(node), describe(schema));
        let message = format!("`{source}` is {is}, where {expected} is needed");
        self.problem(codes::expr::TYPE, node.span, message, None);
        false
    }

    fn unary(&mut self, operator: Unary, operand: &Node) -> Schema {
        let schema = self.node(operand);
        match operator {
            Unary::Not => Schema::Boolean,
            Unary::TypeOf => Schema::String,
            Unary::Plus => Schema::Number.or_null(),
            Unary::Minus => {
                self.needs(operand, &schema, !(LIST | OBJECT | NULL), "a number");
                if widen(&schema) == Schema::Integer { Schema::Integer } else { Schema::Number }
            }
        }
    }

    fn binary(&mut self, operator: Binary, left: &Node, right: &Node, span: Span) -> Schema {
        let (a, b) = (self.node(left), self.node(right));
        match operator {
            Binary::Equal | Binary::NotEqual | Binary::StrictEqual | Binary::StrictNotEqual => {
                self.comparison(operator, (left, &a), (right, &b), span);
                Schema::Boolean
            }
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                for (node, schema) in [(left, &a), (right, &b)] {
                    self.needs(node, schema, !OBJECT, "a number, a text or a date");
                }
                Schema::Boolean
            }
            Binary::In => {
                self.needs(right, &b, OBJECT | LIST, "an object");
                Schema::Boolean
            }
            _ => {
                let text = |schema: &Schema| kinds(schema).map(|kinds| kinds & TEXT != 0);
                let certain = |schema: &Schema| matches!(widen(schema), Schema::String);
                if operator == Binary::Add {
                    if certain(&a) || certain(&b) {
                        return Schema::String;
                    }
                    if text(&a) != Some(false) || text(&b) != Some(false) {
                        return Schema::Any;
                    }
                }
                for (node, schema) in [(left, &a), (right, &b)] {
                    self.needs(node, schema, NUMBER | TEXT | names::BOOLEAN, "a number");
                }
                let whole = widen(&a) == Schema::Integer && widen(&b) == Schema::Integer;
                let keeps = matches!(operator, Binary::Add | Binary::Sub | Binary::Mul);
                if whole && keeps { Schema::Integer } else { Schema::Number }
            }
        }
    }

    /// A warning if the two sides can never be equal.
    fn comparison(
        &mut self,
        operator: Binary,
        (left, a): (&Node, &Schema),
        (right, b): (&Node, &Schema),
        span: Span,
    ) {
        if let (Schema::Enum(these), Schema::Enum(those)) = (a, b) {
            let constant =
                matches!(left.kind, Kind::Const(_)) && matches!(right.kind, Kind::Const(_));
            let texts = these.iter().chain(those).all(|value| matches!(value, Value::Str(_)));
            if constant || !texts || these.iter().any(|value| those.contains(value)) {
                return;
            }
            let (node, one, many) = if these.len() < those.len() {
                (right, these, those)
            } else {
                (left, those, these)
            };
            let list: Vec<&str> = many.iter().filter_map(Value::as_str).take(8).collect();
            let wrong = one.first().and_then(Value::as_str).unwrap_or_default();
            let near = nearest(wrong, list.iter().copied())
                .map(|name| format!("did you mean \"{name}\"?"));
            let message = format!(
                "`{}` is one of {}, never \"{}\"",
                self.source(node),
                list.join(", "),
                shorten(wrong)
            );
            self.problem(codes::expr::ODD_COMPARISON, span, message, near);
            return;
        }
        let (Some(x), Some(y)) = (kinds(a), kinds(b)) else { return };
        let real = !(names::DATE | NULL);
        let scalar = TEXT | NUMBER | names::BOOLEAN;
        let strict = matches!(operator, Binary::StrictEqual | Binary::StrictNotEqual);
        let converts = !strict && x & scalar != 0 && y & scalar != 0;
        // Comparing with null asks whether something is there.
        if x == NULL
            || y == NULL
            || x & y & real != 0
            || converts
            || (x & NULL != 0 && y & NULL != 0)
        {
            return;
        }
        let message = format!("{} is never equal to {}", describe(a), describe(b));
        let mut letters = message.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
        let message = first.chain(letters).collect();
        self.problem(codes::expr::ODD_COMPARISON, span, message, None);
    }

    /// The type that an arrow function gives for parameters of those types.
    pub(super) fn arrow(&mut self, arrow: &Arrow, given: &[Schema]) -> Schema {
        let base = self.locals.len();
        for (at, param) in arrow.params.iter().enumerate() {
            let schema = given.get(at).cloned().unwrap_or(Schema::Null);
            self.bind(param, schema, arrow.span);
        }
        let result = self.node(&arrow.body);
        self.locals.truncate(base);
        result
    }

    fn bind(&mut self, param: &Param, schema: Schema, span: Span) {
        let schema = match &param.default {
            Some(default) => {
                let other = self.node(default);
                if schema == Schema::Null { other } else { union([present(schema), other]) }
            }
            None => schema,
        };
        match &param.target {
            Target::Name => self.locals.push(schema),
            Target::Object { fields, rest } => {
                for (key, param) in fields {
                    let of = self.taken_apart(&schema, key, span);
                    self.bind(param, of, span);
                }
                if *rest {
                    self.locals.push(Schema::any_object());
                }
            }
            Target::List { items, rest } => {
                let of = match kinds(&schema) {
                    Some(LIST) => item(&schema),
                    _ => Schema::Any,
                };
                for param in items.iter().flatten() {
                    self.bind(param, of.clone(), span);
                }
                if *rest {
                    self.locals.push(Schema::array(of));
                }
            }
        }
    }

    fn taken_apart(&mut self, schema: &Schema, key: &str, span: Span) -> Schema {
        let Schema::Object { fields, open } = present(schema.clone()) else {
            return Schema::Any;
        };
        match fields.get(key) {
            Some(field) => of_field(field),
            None if open => Schema::Any,
            None => {
                let near = nearest(key, fields.keys().map(String::as_str));
                let suggestion = near.map(|name| format!("did you mean `{name}`?"));
                let message = format!("The item has no field `{}`", shorten(key));
                self.problem(codes::expr::UNKNOWN_FIELD, span, message, suggestion);
                Schema::Any
            }
        }
    }
}
