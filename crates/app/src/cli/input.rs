//! What people hand to commands: definition files, JSON values, `name=value` pairs. All bounded.

use std::io::Read;
use std::path::Path;

use codex32_model::{Value, codes::server};

use crate::failure::Failure;

/// Larger files are no definitions.
const MAX_DEFINITION: u64 = 1 << 20;
const MAX_VALUE: u64 = 32 << 20;

/// A file, or standard input for `-`. Perhaps not UTF-8: that is for the reader to say.
pub struct Source {
    /// As people call it in messages.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Reads a definition; `-` is standard input.
pub fn definition(file: &str) -> Result<Source, Failure> {
    let bytes = read(file, MAX_DEFINITION)?;
    let name = if file == "-" { "<stdin>" } else { file };
    Ok(Source { name: name.to_owned(), bytes })
}

impl Source {
    /// The text, for commands that hand it on as it is.
    pub fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.bytes).map_err(|error| {
            let at = error.valid_up_to();
            Failure::misused(format!("{} is not UTF-8 text: byte {at} cannot be read", self.name))
                .code(server::CLI_FILE)
        })
    }
}

/// A JSON value: as it stands, from a file (`@file.json`) or from standard input (`-`).
pub fn json(option: &str, text: &str) -> Result<Value, Failure> {
    let (from, text) = match text.strip_prefix('@') {
        Some(file) => (format!("in {file}"), as_text(file, read(file, MAX_VALUE)?)?),
        None if text == "-" => {
            ("on standard input".to_owned(), as_text("-", read("-", MAX_VALUE)?)?)
        }
        None => ("given".to_owned(), text.to_owned()),
    };
    Value::from_json(&text).map_err(|error| {
        Failure::misused(format!("{option} takes JSON; what is {from} is not: {error}"))
            .code(server::CLI_JSON)
            .help(format!(
                "write it like {option} '{{\"name\": \"value\"}}', or {option} @file.json"
            ))
    })
}

/// `name=value`.
pub fn pair(option: &str, text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err(Failure::misused(format!("{option} takes NAME=VALUE, not `{text}`"))),
    }
}

/// The text of a small file or of standard input, without the line end at its end.
pub fn secret(file: &str) -> Result<String, Failure> {
    let text = as_text(file, read(file, MAX_DEFINITION)?)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

pub fn read(file: &str, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let done = if file == "-" {
        std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(Path::new(file)).and_then(|f| f.take(most + 1).read_to_end(&mut bytes))
    };
    if let Err(error) = done {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            _ => error.to_string(),
        };
        return Err(Failure::misused(format!("{file} cannot be read: {why}"))
            .code(server::CLI_FILE)
            .help("name a file, or `-` for standard input"));
    }
    if bytes.len() as u64 > most {
        return Err(
            Failure::misused(format!("{file} is larger than {most} bytes")).code(server::CLI_FILE)
        );
    }
    Ok(bytes)
}

fn as_text(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes)
        .map_err(|_| Failure::misused(format!("{name} is not UTF-8 text")).code(server::CLI_FILE))
}
