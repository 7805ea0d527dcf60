//! Inputs, outputs and forms: the type language.

use codex32_model::codes::bot as codes;
use codex32_model::schema::{Field, Fields, Schema};
use codex32_model::{Diagnostic, Value};

use super::places::Path;
use super::reader::{Reader, get, place};
use super::words;
use crate::expr::nearest;
use crate::schema::{fits, fits_field};
use crate::source::{Entry, Kind, Node};

const TYPES: &[&str] =
    &["any", "null", "boolean", "integer", "number", "string", "array", "object"];
/// Keys of a type.
const SCHEMA_KEYS: &[&str] = &["type", "items", "properties", "open", "enum", "any_of"];
/// Keys that only a named field has.
const FIELD_KEYS: &[&str] = &[
    "type",
    "items",
    "properties",
    "open",
    "enum",
    "any_of",
    "default",
    "required",
    "description",
    "format",
    "examples",
    "minimum",
    "maximum",
    "max_length",
];

impl Reader {
    /// `name: type` for each input; the names are identifiers.
    pub fn inputs(&mut self, node: &Node, path: &Path<'_>) -> Fields {
        let entries = self.open_map(node, path, "named fields").unwrap_or_default();
        for Entry { key, at, .. } in entries {
            if !words::is_identifier(key) {
                let message =
                    format!("`{key}` is no name for an input: it must be a JavaScript identifier.");
                match words::tidy(key, '_') {
                    Some(better) => {
                        self.fix(
                            codes::NAME,
                            *at,
                            &path.key(key),
                            message,
                            format!("write `{better}`"),
                        );
                    }
                    None => self.error(codes::NAME, *at, &path.key(key), message),
                }
            }
        }
        self.fields(entries, path)
    }

    fn fields(&mut self, entries: &[Entry], path: &Path<'_>) -> Fields {
        entries
            .iter()
            .map(|Entry { key, value, .. }| {
                (key.to_string(), self.field(value, &path.key(key)).unwrap_or_default())
            })
            .collect()
    }

    /// `type`, or the long form.
    fn field(&mut self, node: &Node, path: &Path<'_>) -> Option<Field> {
        if let Some(name) = node.as_str() {
            return Some(Field::required(self.type_name(name, node, path, None)));
        }
        let entries = self.map(node, path, "a field", FIELD_KEYS)?;
        let mut field = Field { schema: self.long_schema(node, entries, path), ..Field::default() };
        let mut required = None;
        for Entry { key, value, .. } in entries {
            let path = path.key(key);
            match &**key {
                "default" => field.default = Some(value.to_value()),
                "required" if matches!(value.kind, Kind::List(_)) => {
                    let message = "`required` is true or false, on each field itself.";
                    let suggestion = "write `required: false` on the fields that may be missing";
                    self.fix(codes::WRONG_TYPE, value.at, &path, message, suggestion);
                }
                "required" => required = self.flag(value, &path),
                "description" => field.description = self.text(value, &path, "the description"),
                "format" => field.format = self.text(value, &path, "the format"),
                "examples" => {
                    let items = self.list(value, &path, "examples").unwrap_or_default();
                    field.examples = items.iter().map(Node::to_value).collect();
                }
                "minimum" => field.minimum = self.number(value, &path),
                "maximum" => field.maximum = self.number(value, &path),
                "max_length" => {
                    field.max_length =
                        self.whole(value, &path, 0, u32::MAX).map(|most| most as usize);
                }
                _ => {}
            }
        }
        field.required = required.unwrap_or(field.default.is_none());
        self.field_agrees(&field, entries, path);
        Some(field)
    }

    fn field_agrees(&mut self, field: &Field, entries: &[Entry], path: &Path<'_>) {
        if let (Some(least), Some(most)) = (field.minimum, field.maximum)
            && least > most
            && let Some(node) = get(entries, "minimum")
        {
            let message = format!("The minimum {least} is above the maximum {most}.");
            self.error(codes::RANGE, node.at, &path.key("minimum"), message);
        }
        if let (Some(value), Some(node)) = (&field.default, get(entries, "default"))
            && let Err(problem) = fits_field(field, value)
        {
            let message = format!("The default does not fit: {}.", problem.message);
            let path = path.key("default");
            if value.is_null() {
                let suggestion =
                    "for an input that may be missing write `required: false`, without a default";
                self.fix(codes::DEFAULT, node.at, &path, message, suggestion);
            } else {
                self.error(codes::DEFAULT, node.at, &path, message);
            }
        }
        let Some(Kind::List(items)) = get(entries, "examples").map(|node| &node.kind) else {
            return;
        };
        for (index, item) in items.iter().enumerate() {
            if let Err(problem) = fits(&field.schema, &item.to_value()) {
                let message = format!("The example does not fit: {}.", problem.message);
                self.error(codes::DEFAULT, item.at, &path.key("examples").index(index), message);
            }
        }
    }

    /// A type that has no name of its own: `output`, `items`, `any_of`. An object without the keys of
    /// a type is the fields of an object.
    pub fn output(&mut self, node: &Node, path: &Path<'_>) -> Schema {
        if let Some(name) = node.as_str() {
            return self.type_name(name, node, path, None);
        }
        let Some(entries) = self.open_map(node, path, "a type") else { return Schema::Any };
        if !is_type(entries) {
            let fields = self.fields(entries, path);
            return Schema::Object { fields, open: false };
        }
        for entry in entries {
            if &*entry.key == "description" {
                let place = place(entry.at, &path.key("description"));
                let message = "Only named fields keep a description; this one is dropped.";
                self.diagnostics.push(Diagnostic::warning(codes::UNKNOWN_KEY, place, message));
            } else if !SCHEMA_KEYS.contains(&&*entry.key) {
                self.unknown(entry, path, "a type", SCHEMA_KEYS);
            }
        }
        self.long_schema(node, entries, path)
    }

    fn long_schema(&mut self, node: &Node, entries: &[Entry], path: &Path<'_>) -> Schema {
        let kind = get(entries, "type");
        self.stray_keys(entries, kind, path);
        let schema = match kind.map(|node| (&node.kind, node)) {
            None if get(entries, "properties").is_some() => self.object(entries, path),
            None if get(entries, "items").is_some() => self.array(entries, path),
            None => Schema::Any,
            Some((Kind::Str(name, _), node)) => {
                self.type_name(name, node, &path.key("type"), Some((entries, path)))
            }
            Some((Kind::List(names), node)) => {
                if names.is_empty() {
                    self.error(
                        codes::EMPTY,
                        node.at,
                        &path.key("type"),
                        "Expected at least one type.",
                    );
                }
                let list = path.key("type");
                let shapes = names.iter().enumerate().map(|(index, item)| match &item.kind {
                    Kind::Str(name, _) => {
                        self.type_name(name, item, &list.index(index), Some((entries, path)))
                    }
                    // `null` without quotes is the word, not the text.
                    Kind::Null => Schema::Null,
                    _ => {
                        self.wrong(item, &list.index(index), "the name of a type");
                        Schema::Any
                    }
                });
                Schema::Union(shapes.collect())
            }
            Some((Kind::Null, _)) => Schema::Null,
            Some((_, node)) => {
                self.wrong(node, &path.key("type"), "the name of a type");
                Schema::Any
            }
        };
        if let Some(values) = get(entries, "enum") {
            return self.choices(values, &schema, &path.key("enum"));
        }
        if let Some(shapes) = get(entries, "any_of") {
            let path = path.key("any_of");
            if kind.is_some() {
                let message =
                    "`any_of` takes the place of `type`; only one of them can stand here.";
                self.error(codes::FOREIGN_KEY, node.at, &path, message);
            }
            let items = self.list(shapes, &path, "types").unwrap_or_default();
            if items.is_empty() && matches!(shapes.kind, Kind::List(_)) {
                self.error(codes::EMPTY, shapes.at, &path, "Expected at least one type.");
            }
            let items = items.iter().enumerate();
            return Schema::Union(
                items.map(|(i, item)| self.output(item, &path.index(i))).collect(),
            );
        }
        schema
    }

    /// `items` beside a string, `properties` beside a list, …
    fn stray_keys(&mut self, entries: &[Entry], kind: Option<&Node>, path: &Path<'_>) {
        let Some(kind) = kind else { return };
        let is = |word: &str| match &kind.kind {
            Kind::Str(name, _) => **name == *word,
            Kind::List(names) => names.iter().any(|name| name.as_str() == Some(word)),
            _ => true,
        };
        for (key, owner) in [("items", "array"), ("properties", "object"), ("open", "object")] {
            if let Some(entry) = entries.iter().find(|entry| &*entry.key == key)
                && !is(owner)
            {
                let message = format!("`{key}` belongs to the type `{owner}`.");
                self.error(codes::FOREIGN_KEY, entry.at, &path.key(key), message);
            }
        }
    }

    fn choices(&mut self, node: &Node, schema: &Schema, path: &Path<'_>) -> Schema {
        let items = self.list(node, path, "the values").unwrap_or_default();
        if items.is_empty() && matches!(node.kind, Kind::List(_)) {
            self.error(codes::EMPTY, node.at, path, "Expected at least one value.");
        }
        for (index, item) in items.iter().enumerate() {
            if let Err(problem) = fits(schema, &item.to_value()) {
                let message = format!("The value does not fit the type: {}.", problem.message);
                self.error(codes::DEFAULT, item.at, &path.index(index), message);
            }
        }
        let values: Vec<Value> = items.iter().map(Node::to_value).collect();
        if values.is_empty() { schema.clone() } else { Schema::Enum(values) }
    }

    fn type_name(
        &mut self,
        name: &str,
        node: &Node,
        path: &Path<'_>,
        long: Option<(&[Entry], &Path<'_>)>,
    ) -> Schema {
        match (name, long) {
            ("any", _) => Schema::Any,
            ("null", _) => Schema::Null,
            ("boolean", _) => Schema::Boolean,
            ("integer", _) => Schema::Integer,
            ("number", _) => Schema::Number,
            ("string", _) => Schema::String,
            ("array", Some((entries, path))) => self.array(entries, path),
            ("object", Some((entries, path))) => self.object(entries, path),
            ("array", None) => Schema::array(Schema::Any),
            ("object", None) => Schema::any_object(),
            _ => {
                let message = format!("`{name}` is no type; types are {}.", TYPES.join(", "));
                let better = match name.to_lowercase().as_str() {
                    "text" | "str" | "date" | "datetime" | "email" | "url" => Some("string"),
                    "int" | "long" => Some("integer"),
                    "bool" => Some("boolean"),
                    "float" | "double" | "decimal" => Some("number"),
                    "list" | "tuple" => Some("array"),
                    "map" | "dict" | "record" | "json" => Some("object"),
                    _ if name.ends_with("[]") => Some("array"),
                    _ => nearest(name, TYPES.iter().copied()),
                };
                match better {
                    Some(better) => {
                        self.fix(
                            codes::TYPE,
                            node.at,
                            path,
                            message,
                            format!("did you mean `{better}`?"),
                        );
                    }
                    None => self.error(codes::TYPE, node.at, path, message),
                }
                Schema::Any
            }
        }
    }

    fn array(&mut self, entries: &[Entry], path: &Path<'_>) -> Schema {
        let items = get(entries, "items");
        Schema::array(items.map_or(Schema::Any, |node| self.output(node, &path.key("items"))))
    }

    fn object(&mut self, entries: &[Entry], path: &Path<'_>) -> Schema {
        let open = get(entries, "open").and_then(|node| self.flag(node, &path.key("open")));
        let Some(node) = get(entries, "properties") else {
            return Schema::Object { fields: Fields::new(), open: open.unwrap_or(true) };
        };
        let path = path.key("properties");
        let inner = self.open_map(node, &path, "named fields").unwrap_or_default();
        Schema::Object { fields: self.fields(inner, &path), open: open.unwrap_or(false) }
    }
}

/// Whether these are the keys of a type, not the fields of an object.
fn is_type(entries: &[Entry]) -> bool {
    entries.iter().any(|Entry { key, value, .. }| match &**key {
        "type" => matches!(value.kind, Kind::Str(..) | Kind::List(_) | Kind::Null),
        "enum" | "any_of" => matches!(value.kind, Kind::List(_)),
        _ => false,
    })
}
