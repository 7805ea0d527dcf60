//! The pages as HTML. Everything that is not ours is escaped.

use std::fmt::Write as _;

use codex32_engine::Listener;
use codex32_model::Code;
use codex32_model::schema::{Field, Schema};
use serde_json::Value;

use crate::hooks::Called;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--back:#fff;--code:#f3f5f7;--accent:#0b62d6}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;--back:#0d1117;--code:#161b22;--accent:#6cb0ff}}\
*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--back)}\
main{max-width:54rem;margin:0 auto;padding:2rem 1rem 4rem}h1{font-size:1.7rem;margin:0 0 .5rem}\
h2{font-size:1.2rem;margin:2.5rem 0 .25rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}\
p{margin:.4rem 0}a{color:var(--accent)}code,pre{font:.88em/1.5 ui-monospace,monospace;background:var(--code);border-radius:4px}\
code{padding:.1em .3em;overflow-wrap:anywhere}pre{padding:.75rem;overflow:auto}pre code{padding:0}\
details{border-bottom:1px solid var(--line)}summary{padding:.5rem 0;cursor:pointer}summary b{display:inline-block;min-width:4.2rem;font:600 .8rem ui-monospace,monospace;color:var(--accent)}\
summary span{color:var(--soft)}details>div{padding:0 0 1rem 1rem}table{border-collapse:collapse;width:100%;display:block;overflow:auto}\
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft)}";

/// `text` with `<`, `&` and quotes made harmless.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Paragraphs and `code` of Markdown; nothing else occurs in our texts.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        out.push_str("<p>");
        for (number, part) in paragraph.split('`').enumerate() {
            if number % 2 == 1 {
                let _ = write!(out, "<code>{}</code>", escape(part));
            } else {
                out.push_str(&escape(part));
            }
        }
        out.push_str("</p>");
    }
    out
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{}</title>\
         <meta name=viewport content='width=device-width,initial-scale=1'><style>{STYLE}</style>\
         <main>{body}</main></html>",
        escape(title)
    )
}

pub fn start(version: &str, public_url: &str) -> String {
    let body = format!(
        "<h1>Codex-32</h1><p>A bot server runs here: version {}.</p>\
         <p>This program was built without the web interface. <code>make build</code> builds it: \
         that needs Node 20 or newer. Until then, everything can be done from a terminal on this machine:</p>\
         <pre><code>codex32 new webhook-to-slack &gt; bot.yaml\ncodex32 deploy bot.yaml\ncodex32 runs</code></pre>\
         <p>Programs use the REST API at <code>{}/api/v1</code>: \
         <a href='/api/v1/docs'>its description</a>, <a href='/api/v1/openapi.json'>OpenAPI</a>.</p>",
        escape(version),
        escape(public_url)
    );
    page("Codex-32", &body)
}

/// A value that fits an input.
fn example(field: &Field) -> codex32_model::Value {
    use codex32_model::Value as V;
    if let Some(example) = field.examples.first() {
        return example.clone();
    }
    match &field.schema {
        Schema::Integer | Schema::Number => V::Int(1),
        Schema::Boolean => V::Bool(true),
        Schema::Array(_) => V::list(std::iter::empty()),
        Schema::Object { .. } => V::object(std::iter::empty::<(&str, V)>()),
        Schema::Enum(values) => values.first().cloned().unwrap_or_default(),
        Schema::String => V::from("…"),
        _ => V::Null,
    }
}

/// A webhook's address, opened in a browser.
pub fn hook(url: &str, listener: &Listener, called: Called) -> String {
    let method = if listener.method == "ANY" { "POST" } else { &listener.method };
    let example = listener
        .inputs
        .iter()
        .filter(|(_, field)| field.default.is_none())
        .map(|(name, field)| (name.as_str(), example(field)));
    let example = codex32_model::Value::object(example).to_json();
    // Single quotes end the shell's text.
    let (url, example) = (url.replace('\'', "%27"), example.replace('\'', "'\\''"));
    let call = format!(
        "curl -X {method} '{url}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{example}'"
    );
    let called = match called {
        Called::Never => "Waiting for the first call.".to_owned(),
        Called::Last(at) => format!("The last call came at {at}."),
        Called::LongAgo => {
            "It was called before; many other runs of the bot began since.".to_owned()
        }
    };
    let paused = if listener.paused { "<p>The bot is paused: calls are refused.</p>" } else { "" };
    let body = format!(
        "<h1>This is a webhook</h1><p>It starts the bot <b>{}</b> when it is called with \
         <code>{}</code>. A browser that opens it calls it with <code>GET</code>, which it does not \
         take, so nothing was started.</p><p>Call it from a terminal:</p><pre><code>{}</code></pre>\
         <p>{}</p>{paused}",
        escape(&listener.name),
        escape(&listener.method),
        escape(&call),
        escape(&called),
    );
    page(&format!("Webhook of {}", listener.name), &body)
}

pub fn code(code: Code) -> String {
    let body = format!(
        "<p><a href='/api/v1/docs'>Codex-32 API</a></p><h1>{}: {}</h1>{}",
        escape(code.text),
        escape(code.title),
        prose(code.help)
    );
    page(&format!("{}: {}", code.text, code.title), &body)
}

/// The whole OpenAPI document as one page: operations by tag, then the shapes.
pub fn reference(document: &Value) -> String {
    let mut body = String::from("<h1>Codex-32 API</h1>");
    body.push_str(&prose(text(document, "/info/description")));
    body.push_str("<p><a href='/api/v1/openapi.json'>OpenAPI document</a></p>");
    for tag in list(document, "/tags") {
        let name = text(tag, "/name");
        let _ = write!(body, "<h2>{}</h2>{}", escape(name), prose(text(tag, "/description")));
        for (path, item) in fields(document, "/paths") {
            for (method, operation) in fields(item, "") {
                if list(operation, "/tags").any(|tag| tag == name) {
                    operation_of(&mut body, method, path, operation);
                }
            }
        }
    }
    body.push_str("<h2>Shapes</h2>");
    for (name, schema) in fields(document, "/components/schemas") {
        let _ = write!(
            body,
            "<details id='{0}'><summary>{0}</summary><div>{1}{2}</div></details>",
            escape(name),
            prose(text(schema, "/description")),
            shape(schema)
        );
    }
    page("Codex-32 API", &body)
}

fn operation_of(body: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = write!(
        body,
        "<details id='{}'><summary><b>{}</b> <code>{}</code> <span>{}</span></summary><div>{}",
        escape(text(operation, "/operationId")),
        escape(&method.to_uppercase()),
        escape(path),
        escape(text(operation, "/summary")),
        prose(text(operation, "/description"))
    );
    let scopes: Vec<&str> =
        list(operation, "/security/0/token").filter_map(Value::as_str).collect();
    let needs = if scopes.is_empty() { "no token".to_owned() } else { scopes.join(", ") };
    let _ = write!(body, "<p>Needs: <code>{}</code></p>", escape(&needs));
    if list(operation, "/parameters").next().is_some() {
        body.push_str("<table><tr><th>Parameter<th>In<th>Type<th>");
        for parameter in list(operation, "/parameters") {
            let _ = write!(
                body,
                "<tr><td><code>{}</code><td>{}<td>{}<td>{}",
                escape(text(parameter, "/name")),
                escape(text(parameter, "/in")),
                kind(parameter.get("schema").unwrap_or(&Value::Null)),
                prose(text(parameter, "/description"))
            );
        }
        body.push_str("</table>");
    }
    if let Some(request) = operation.pointer("/requestBody/content") {
        let _ = write!(body, "<p>Body: {}</p>", contents(request));
    }
    body.push_str("<table><tr><th>Answer<th>Body<th>");
    for (status, answer) in fields(operation, "/responses") {
        let empty = Value::Null;
        let shown = match answer.get("content") {
            Some(content) => contents(content),
            None if status == "default" => "<a href='#Problem'>Problem</a>".to_owned(),
            None => contents(&empty),
        };
        let about = prose(text(answer, "/description"));
        let _ = write!(body, "<tr><td>{}<td>{shown}<td>{about}", escape(status));
    }
    body.push_str("</table></div></details>");
}

fn contents(content: &Value) -> String {
    let parts = fields(content, "").map(|(media, of)| {
        let schema = of.get("schema").map(kind).unwrap_or_default();
        format!("{schema} <code>{}</code>", escape(media))
    });
    parts.collect::<Vec<_>>().join("<br>")
}

/// A schema's fields as a table, its variants as a list.
fn shape(schema: &Value) -> String {
    let mut out = String::new();
    for part in list(schema, "/allOf").chain(std::iter::once(schema)) {
        let required: Vec<&Value> = list(part, "/required").collect();
        let mut rows = String::new();
        for (name, field) in fields(part, "/properties") {
            let must = if required.iter().any(|r| *r == name) { "" } else { " (optional)" };
            let _ = write!(
                rows,
                "<tr><td><code>{}</code>{must}<td>{}<td>{}",
                escape(name),
                kind(field),
                prose(text(field, "/description"))
            );
        }
        if !rows.is_empty() {
            let _ = write!(out, "<table><tr><th>Field<th>Type<th>{rows}</table>");
        }
    }
    if out.is_empty() { format!("<p>{}</p>", kind(schema)) } else { out }
}

/// The type of a schema in few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = escape(name.rsplit('/').next().unwrap_or(name));
        return format!("<a href='#{name}'>{name}</a>");
    }
    for key in ["/oneOf", "/anyOf", "/allOf"] {
        let parts: Vec<String> = list(schema, key).map(kind).collect();
        if !parts.is_empty() {
            return parts.join(" or ");
        }
    }
    let values: Vec<String> = list(schema, "/enum")
        .map(|value| format!("<code>{}</code>", escape(&plain(value))))
        .collect();
    if !values.is_empty() {
        return values.join(" ");
    }
    match schema.get("type") {
        Some(Value::String(name)) if name == "array" => {
            format!("list of {}", kind(schema.get("items").unwrap_or(&Value::Null)))
        }
        Some(Value::String(name)) => escape(name),
        Some(Value::Array(names)) => {
            escape(&names.iter().map(plain).collect::<Vec<_>>().join(" or "))
        }
        _ => "anything".to_owned(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn fields<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}
