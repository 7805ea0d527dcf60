//! `storage.*`: files in a folder of the server or in an S3 bucket.

mod folder;
mod s3;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use codex32_model::{Timestamp, Value};

use super::{MOST_BYTES, Native, files, unknown};
use crate::credentials::Credentials;
use crate::failure::Failure;

/// The kind of connection that is a folder of the server.
const FOLDER: &str = "folder";

/// One file in a list.
struct Found {
    path: String,
    size: u64,
    modified: Option<Timestamp>,
}

/// The content of a file.
struct Content {
    bytes: Vec<u8>,
    modified: Option<Timestamp>,
}

pub async fn run(native: &Native<'_>, action: &str, params: &Value) -> Result<Value, Failure> {
    let credentials = native.credentials()?;
    let local = credentials.kind() == FOLDER;
    let text = |name: &str| params.get(name).map(Value::to_text);
    let number = |name: &str, most: usize| {
        let number = params.get(name).and_then(Value::as_i64);
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(most)
    };
    if action == "list_files" {
        let folder = text("folder").unwrap_or_default();
        let folder = folder.trim_end_matches('/');
        let folder = if folder.is_empty() { "" } else { files::clean(folder)? };
        let limit = number("limit", 1_000);
        let found = if local {
            folder::list(native, folder, limit).await?
        } else {
            s3::list(native, folder, limit).await?
        };
        return Ok(Value::list(found.into_iter().map(Found::into_value)));
    }
    let path = text("path").unwrap_or_default();
    let path = files::clean(&path)?;
    match action {
        "put_file" => {
            let bytes = given(params)?;
            let size = Value::from(bytes.len());
            if local {
                folder::put(native, path, bytes).await?;
            } else {
                s3::put(native, path, bytes).await?;
            }
            Ok(Value::object([("path", Value::from(path)), ("size", size)]))
        }
        "get_file" => {
            let most = number("max_bytes", MOST_BYTES);
            let content = if local {
                folder::get(native, path, most).await?
            } else {
                s3::get(native, path, most).await?
            };
            Ok(content.into_value(path))
        }
        "delete_file" => {
            if local {
                folder::delete(native, path).await?;
            } else {
                s3::delete(native, path).await?;
            }
            Ok(Value::object([("path", Value::from(path))]))
        }
        other => Err(unknown(&format!("storage.{other}"))),
    }
}

pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    if native.credentials.map(Credentials::kind) == Some(FOLDER) {
        folder::test(native).await
    } else {
        s3::test(native).await
    }
}

/// The content to write: one of `content` and `base64`.
fn given(params: &Value) -> Result<Vec<u8>, Failure> {
    match (params.get("content"), params.get("base64")) {
        (Some(text), None) => Ok(text.to_text().into_bytes()),
        (None, Some(text)) => {
            let packed: String = text.to_text().split_whitespace().collect();
            BASE64.decode(packed).map_err(|_| Failure::params("`base64` is not base64."))
        }
        _ => Err(Failure::params("A file is written from one of `content` and `base64`.")),
    }
}

impl Found {
    fn into_value(self) -> Value {
        let size = i64::try_from(self.size).unwrap_or(i64::MAX);
        Value::object([
            ("path", Value::from(self.path)),
            ("size", Value::from(size)),
            ("modified", Value::from(self.modified.unwrap_or_default().to_string())),
        ])
    }
}

impl Content {
    fn into_value(self, path: &str) -> Value {
        let size = Value::from(self.bytes.len());
        let (content, base64) = match String::from_utf8(self.bytes) {
            Ok(text) => (Value::from(text), Value::Null),
            Err(error) => (Value::Null, Value::from(BASE64.encode(error.into_bytes()))),
        };
        Value::object([
            ("path", Value::from(path)),
            ("size", size),
            ("modified", Value::from(self.modified.unwrap_or_default().to_string())),
            ("content", content),
            ("base64", base64),
        ])
    }
}
