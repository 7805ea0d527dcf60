//! What a connection holds, and whether it is what its kind asks for.

use std::fmt;

use codex32_model::codes::connector as codes;
use codex32_model::{Field, Object, Schema, Value};
use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};

use crate::Connectors;
use crate::manifest::{AuthScheme, ConnectionField, Manifest};

/// Longest value of a field, in bytes: a private key fits, a file does not.
const MAX_FIELD: usize = 64 * 1024;

/// When an access token ends: no field that somebody types in.
pub(crate) const EXPIRES_AT: &str = "expires_at";

/// The fields of one connection. All values are kept as secrets and as text; which of them really are
/// is in the manifest.
#[derive(Clone)]
pub struct Credentials {
    connector: String,
    kind: String,
    fields: IndexMap<String, SecretString>,
    /// Names of the fields that are removed from outputs and messages.
    secret: Vec<String>,
}

/// What is wrong with one field that somebody typed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if field.is_empty() { String::new() } else { format!("{field}: ") })]
pub struct FieldProblem {
    /// Empty when it is about the connector or kind.
    pub field: String,
    pub message: String,
}

impl FieldProblem {
    pub const CODE: codex32_model::Code = codes::CONNECTION_FIELDS;
}

impl Credentials {
    pub fn connector(&self) -> &str {
        &self.connector
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// A field, secret or not; for those who sign in with it or verify signatures.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(ExposeSecret::expose_secret)
    }

    /// Sets or removes a field that is kept for this kind.
    pub(crate) fn put(&mut self, name: &str, value: Option<String>) {
        match value {
            Some(value) => {
                self.fields.insert(name.to_owned(), value.into());
            }
            None => {
                self.fields.shift_remove(name);
            }
        }
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        let secret = |name: &str| self.secret.iter().any(|secret| secret == name);
        self.fields.iter().map(|(name, value)| (name.as_str(), value)).filter(move |f| secret(f.0))
    }

    /// A text without the connection's secrets, in whatever spelling a service may have echoed them.
    pub fn redact(&self, text: &str) -> String {
        crate::redact::Redactor::new(self).text(text).unwrap_or_else(|| text.to_owned())
    }

    /// The fields that may be shown, for lists and answers.
    pub fn public_fields(&self) -> IndexMap<&str, &str> {
        self.fields
            .iter()
            .filter(|(name, _)| !self.secret.contains(name))
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect()
    }

    /// The plaintext to seal: JSON of the fields. [`Credentials::from_stored`] reads it back.
    pub fn to_plaintext(&self) -> SecretString {
        let fields = self.fields.iter();
        let fields = fields.map(|(name, value)| (name.as_str(), value.expose_secret()));
        Value::object(fields.map(|(name, value)| (name, Value::from(value)))).to_json().into()
    }

    /// What [`Credentials::to_plaintext`] gave. Fields are taken as they are: a manifest may ask for
    /// others since. `None` if it is not that.
    pub fn from_stored(
        connectors: &Connectors,
        connector: &str,
        kind: &str,
        plaintext: &[u8],
    ) -> Option<Self> {
        let stored = Value::from_json_slice(plaintext).ok()?;
        let stored = stored.as_object()?;
        let known = fields_of(connectors.manifest(connector)?, kind).unwrap_or_default();
        let mut fields = IndexMap::new();
        for (name, value) in stored {
            fields.insert(name.to_string(), SecretString::from(value.as_str()?));
        }
        // What the manifest does not know any more is treated as a secret.
        let strange =
            fields.keys().filter(|name| !known.contains_key(*name) && *name != EXPIRES_AT);
        let secret = known.iter().filter(|(_, field)| field.secret).map(|(name, _)| name);
        let secret = secret.chain(strange).cloned().collect();
        Some(Self { connector: connector.to_owned(), kind: kind.to_owned(), fields, secret })
    }

    /// As `connection` in a manifest's expressions.
    pub(crate) fn to_value(&self) -> Value {
        let fields = self.fields.iter();
        let fields = fields.map(|(name, value)| (name.as_str(), value.expose_secret()));
        let kind = std::iter::once(("kind", self.kind.as_str()));
        Value::object(fields.chain(kind).map(|(name, value)| (name, Value::from(value))))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("connector", &self.connector)
            .field("kind", &self.kind)
            .field("fields", &self.fields.keys().collect::<Vec<_>>())
            .finish()
    }
}

fn secret(schema: Schema, description: &str) -> ConnectionField {
    let field = Field { description: Some(description.to_owned()), ..Field::required(schema) };
    ConnectionField { field, secret: true, title: None }
}

fn open(schema: Schema, description: &str) -> ConnectionField {
    ConnectionField { secret: false, ..secret(schema, description) }
}

fn optional(mut field: ConnectionField) -> ConnectionField {
    field.field.required = false;
    field
}

fn with_default(mut field: ConnectionField, default: impl Into<Value>) -> ConnectionField {
    field.field.default = Some(default.into());
    optional(field)
}

/// The fields that every connection of that type has.
fn of_scheme(scheme: AuthScheme) -> Vec<(&'static str, ConnectionField)> {
    use Schema::String as Text;
    match scheme {
        AuthScheme::None | AuthScheme::Headers => vec![],
        AuthScheme::ApiKey => vec![("key", secret(Text, "The key"))],
        AuthScheme::Bearer => vec![("token", secret(Text, "The token"))],
        AuthScheme::Basic => vec![
            ("username", open(Text, "The user name")),
            ("password", secret(Text, "The password")),
        ],
        AuthScheme::Oauth2 => vec![
            ("client_id", open(Text, "The client's id")),
            ("client_secret", optional(secret(Text, "The client's secret"))),
            ("access_token", optional(secret(Text, "The access token"))),
            ("refresh_token", optional(secret(Text, "The refresh token"))),
        ],
        AuthScheme::SigningSecret => vec![("secret", secret(Text, "The signing secret"))],
        AuthScheme::Smtp => {
            let modes = ["starttls", "tls", "none"].into_iter().map(Value::from).collect();
            vec![
                ("host", open(Text, "The mail server, such as `smtp.example.com`")),
                (
                    "port",
                    with_default(
                        open(Schema::Integer, "Mostly 587 with starttls, 465 with tls"),
                        587_i64,
                    ),
                ),
                (
                    "security",
                    with_default(
                        open(Schema::Enum(modes), "How the connection is encrypted"),
                        "starttls",
                    ),
                ),
                ("username", optional(open(Text, "The user name, if it asks for one"))),
                ("password", optional(secret(Text, "The password"))),
                ("from", optional(open(Text, "The sender; the user name unless set"))),
            ]
        }
    }
}

/// The fields that a kind of connection has, in the order to ask for them; `None` if there is no such
/// kind.
pub fn fields_of(manifest: &Manifest, kind: &str) -> Option<IndexMap<String, ConnectionField>> {
    let auth = manifest.auth.get(kind)?;
    let mut fields: IndexMap<_, _> =
        of_scheme(auth.scheme).into_iter().map(|(name, field)| (name.to_owned(), field)).collect();
    for (name, field) in auth.fields.0.iter().chain(&manifest.connection.0) {
        fields.insert(name.clone(), field.clone());
    }
    Some(fields)
}

/// Checks what somebody typed in; every problem is told at once, none repeats a value.
pub fn validate_connection(
    connectors: &Connectors,
    connector: &str,
    kind: &str,
    given: &Object,
) -> Result<Credentials, Vec<FieldProblem>> {
    let whole = |message: String| vec![FieldProblem { field: String::new(), message }];
    let Some(manifest) = connectors.manifest(connector).filter(|found| !found.auth.is_empty())
    else {
        return Err(whole(format!("there is no connector `{connector}` that takes connections")));
    };
    let Some(known) = fields_of(manifest, kind) else {
        let kinds: Vec<_> = manifest.auth.keys().map(String::as_str).collect();
        return Err(whole(format!(
            "{} has no kind of connection `{kind}`; there are: {}",
            manifest.title,
            kinds.join(", ")
        )));
    };
    let mut problems = Vec::new();
    let mut fields = IndexMap::new();
    for name in given.keys().filter(|name| !known.contains_key(&***name)) {
        let names: Vec<_> = known.keys().map(String::as_str).collect();
        let message = format!("there is no such field; there are: {}", names.join(", "));
        problems.push(FieldProblem { field: name.to_string(), message });
    }
    for (name, field) in &known {
        let value = given.get(name.as_str()).filter(|value| !value.is_null());
        match value.or(field.field.default.as_ref()) {
            None if field.field.required => problems
                .push(FieldProblem { field: name.clone(), message: "is missing".to_owned() }),
            None => {}
            Some(value) => match field_text(&field.field, value) {
                Ok(text) => {
                    fields.insert(name.clone(), SecretString::from(text));
                }
                Err(message) => problems.push(FieldProblem { field: name.clone(), message }),
            },
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let secret = known.iter().filter(|(_, field)| field.secret).map(|(name, _)| name.clone());
    let secret = secret.collect();
    Ok(Credentials { connector: connector.to_owned(), kind: kind.to_owned(), fields, secret })
}

/// Credentials with some fields changed (`null` removes one); the others stay.
///
/// A secret stays only as long as the address that it is sent to does: otherwise somebody who may
/// change a connection, but not read its secrets, could have them sent to a server of their own.
pub fn change_connection(
    connectors: &Connectors,
    old: &Credentials,
    given: &Object,
) -> Result<Credentials, Vec<FieldProblem>> {
    let (connector, kind) = (&old.connector, &old.kind);
    let manifest = connectors.manifest(connector);
    let known = manifest.and_then(|manifest| fields_of(manifest, kind)).unwrap_or_default();
    let changes = |name: &str| {
        let new = given.get(name)?;
        let was = old.get(name).unwrap_or_default();
        (new.to_text().trim() != was).then_some(())
    };
    let addresses = connectors.address_fields(connector, kind);
    let moved: Vec<&String> = known
        .iter()
        .filter(|(name, field)| !field.secret && addresses.contains(*name))
        .map(|(name, _)| name)
        .filter(|name| changes(name).is_some())
        .collect();
    // Tokens belong to the client and the server that they were made for.
    let tokens = ["access_token", "refresh_token"];
    let lost = !moved.is_empty() || changes("client_id").is_some();
    let mut fields = Object::default();
    for (name, value) in &old.fields {
        let token = tokens.contains(&name.as_str());
        if known.contains_key(name) && !(token && lost) {
            fields.insert(name.as_str().into(), Value::from(value.expose_secret()));
        }
    }
    let kept: Vec<&str> = known
        .iter()
        .filter(|(name, field)| field.secret && fields.contains_key(name.as_str()))
        .map(|(name, _)| name.as_str())
        .filter(|name| !given.contains_key(*name))
        .collect();
    if let (Some(moved), false) = (moved.first(), kept.is_empty()) {
        let message = format!(
            "says where secrets are sent: with it, give {} again",
            kept.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        );
        return Err(vec![FieldProblem { field: (*moved).clone(), message }]);
    }
    for (name, value) in given {
        fields.insert(name.clone(), value.clone());
    }
    let mut changed = validate_connection(connectors, connector, kind, &fields)?;
    if changed.get("access_token") == old.get("access_token") {
        changed.put(EXPIRES_AT, old.get(EXPIRES_AT).map(str::to_owned));
    }
    Ok(changed)
}

fn field_text(field: &Field, value: &Value) -> Result<String, String> {
    if matches!(value, Value::List(_) | Value::Object(_)) {
        return Err("must be a text".to_owned());
    }
    // Copied secrets often come with white space around them.
    let text = value.to_text().trim().to_owned();
    let multiline = field.format.as_deref() == Some("multiline");
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    if text.len() > MAX_FIELD {
        return Err(format!("is longer than {MAX_FIELD} bytes"));
    }
    if text.chars().any(|c| c.is_control() && !(multiline && matches!(c, '\n' | '\r' | '\t'))) {
        return Err("holds a line break or another control character".to_owned());
    }
    match &field.schema {
        Schema::Integer if text.parse::<i64>().is_err() => Err("must be a whole number".to_owned()),
        Schema::Boolean if text != "true" && text != "false" => {
            Err("must be true or false".to_owned())
        }
        Schema::Enum(values) if !values.iter().any(|value| value.to_text() == text) => {
            let words: Vec<_> = values.iter().map(Value::to_text).collect();
            Err(format!("must be one of {}", words.join(", ")))
        }
        _ if field.format.as_deref() == Some("url") => {
            crate::http::parse_url(&text).map(|_| text).map_err(|error| error.message)
        }
        _ => Ok(text),
    }
}
