//! Documents of all kinds into text, with what structure they have.
//!
//! Whoever makes a document may mean harm or make a mistake: what is read of one is bounded, and kinds whose
//! readers are large programs (PDF, DOCX, HTML) are read in a child process with limits of memory and time, which
//! may crash without harm to anybody.

mod docx;
mod html;
mod pdf;
mod tables;

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

use crate::error::Error;

/// Longest text that is taken out of a document, in bytes.
const LONGEST: usize = 16 << 20;
/// What an archive may unpack to.
const UNPACKED: u64 = 64 << 20;
const PAGES: usize = 5_000;
/// For one document.
const PATIENCE: Duration = Duration::from_secs(60);
/// Memory of a child, in bytes.
const MEMORY: u64 = 2 << 30;
/// Nested elements take stack where documents are read by recursion.
const STACK: usize = 256 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Markdown,
    Html,
    Pdf,
    Docx,
    Csv,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Text, Self::Markdown, Self::Html, Self::Pdf, Self::Docx, Self::Csv];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Csv => "csv",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What a document is, by its first bytes, its type and how its name ends.
    pub fn of(name: &str, content_type: Option<&str>, bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let by_type = match media.to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "text/markdown" => Some(Self::Markdown),
            "text/csv" | "text/tab-separated-values" => Some(Self::Csv),
            "application/pdf" => Some(Self::Pdf),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => {
                Some(Self::Docx)
            }
            _ => None,
        };
        let path = name.split(['?', '#']).next().unwrap_or_default();
        let by_name = || match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "md" | "markdown" | "mdx" => Some(Self::Markdown),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "pdf" => Some(Self::Pdf),
            "docx" => Some(Self::Docx),
            "csv" | "tsv" => Some(Self::Csv),
            "txt" | "text" | "log" | "rst" | "adoc" | "org" | "json" | "yaml" | "yml" | "toml"
            | "xml" => Some(Self::Text),
            _ => None,
        };
        let plain = || {
            let begin = bytes.get(..bytes.len().min(4_096)).unwrap_or_default();
            let text = !begin.contains(&0) && (media.starts_with("text/") || media.is_empty());
            text.then_some(Self::Text)
        };
        by_type.or_else(by_name).or_else(plain)
    }

    const fn needs_a_child(self) -> bool {
        matches!(self, Self::Pdf | Self::Docx | Self::Html)
    }
}

/// A stretch of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Such as `Page 3`.
    pub heading: String,
    pub text: String,
}

/// What was taken out of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    pub title: Option<String>,
    pub parts: Vec<Part>,
    /// Whether the texts are Markdown.
    pub markdown: bool,
}

impl Extracted {
    fn whole(title: Option<String>, text: String, markdown: bool) -> Self {
        Self { title, parts: vec![Part { heading: String::new(), text }], markdown }
    }
}

/// Where documents are read.
#[derive(Debug, Clone)]
pub enum Extractor {
    /// In a child: this program with these arguments and the kind after them calls [`child_main`].
    Child { program: PathBuf, args: Vec<OsString> },
    /// In a thread of this process, for tests: what overflows the stack ends it.
    Here,
}

impl Extractor {
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Bounds`].
    pub async fn extract(&self, kind: Kind, bytes: Vec<u8>) -> Result<Extracted, Error> {
        let extracted = match self {
            Self::Child { program, args } if kind.needs_a_child() => {
                in_child(program, args, kind, bytes).await?
            }
            _ => in_thread(kind, bytes).await?,
        };
        let length: usize = extracted.parts.iter().map(|part| part.text.len()).sum();
        if length > LONGEST {
            return Err(Error::Bounds(format!("it has {length} bytes of text")));
        }
        if extracted.parts.iter().all(|part| part.text.trim().is_empty()) {
            let why = match kind {
                Kind::Pdf => "the document has no text; pages that were scanned are pictures",
                _ => "the document has no text",
            };
            return Err(Error::Unreadable(why.to_owned()));
        }
        Ok(extracted)
    }
}

async fn in_thread(kind: Kind, bytes: Vec<u8>) -> Result<Extracted, Error> {
    let work = move || {
        let read = move || extract(kind, &bytes);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(read);
        thread.ok().and_then(|thread| thread.join().ok())
    };
    let done = tokio::task::spawn_blocking(work).await.ok().flatten();
    done.unwrap_or_else(|| Err(Error::Unreadable(broken(kind))))
}

async fn in_child(
    program: &PathBuf,
    args: &[OsString],
    kind: Kind,
    bytes: Vec<u8>,
) -> Result<Extracted, Error> {
    let no = |error: std::io::Error| Error::Bounds(format!("its reader does not start: {error}"));
    let mut child = tokio::process::Command::new(program)
        .args(args)
        .arg(kind.as_str())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(no)?;
    let input = child.stdin.take();
    let feed = async move {
        if let Some(mut input) = input {
            // A child that has seen enough closes it.
            let _ = input.write_all(&bytes).await;
        }
    };
    let exchange = async { tokio::join!(child.wait_with_output(), feed).0 };
    let output = match tokio::time::timeout(PATIENCE, exchange).await {
        Ok(output) => output.map_err(no)?,
        Err(_) => return Err(Error::Bounds(format!("reading it took over {PATIENCE:?}"))),
    };
    match serde_json::from_slice::<Result<Extracted, (bool, String)>>(&output.stdout) {
        Ok(Ok(extracted)) => Ok(extracted),
        Ok(Err((true, why))) => Err(Error::Bounds(why)),
        Ok(Err((false, why))) => Err(Error::Unreadable(why)),
        Err(_) => Err(Error::Unreadable(broken(kind))),
    }
}

fn broken(kind: Kind) -> String {
    format!("the document is broken, or is no {}: its reader gave up", kind.as_str().to_uppercase())
}

/// The child: a document on standard input, what is in it on standard output.
pub fn child_main(kind: &str) -> std::process::ExitCode {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let limited = setrlimit(Resource::As, limit(MEMORY))
        .and_then(|()| setrlimit(Resource::Cpu, limit(PATIENCE.as_secs())))
        .and_then(|()| setrlimit(Resource::Core, limit(0)))
        .and_then(|()| setrlimit(Resource::Fsize, limit(0)));
    // Readers say much about documents that they do not like.
    std::panic::set_hook(Box::new(|_| {}));
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(crate::LARGEST as u64 + 1).read_to_end(&mut bytes);
    let (Ok(()), Ok(_), Some(kind)) = (limited, read, Kind::parse(kind)) else {
        return std::process::ExitCode::FAILURE;
    };
    let work = std::thread::Builder::new().stack_size(STACK).spawn(move || extract(kind, &bytes));
    let done = work.ok().and_then(|work| work.join().ok());
    let told = match done {
        Some(Ok(extracted)) => Ok(extracted),
        Some(Err(Error::Bounds(why))) => Err((true, why)),
        Some(Err(Error::Unreadable(why))) => Err((false, why)),
        Some(Err(other)) => Err((false, other.to_string())),
        None => Err((false, broken(kind))),
    };
    let written = serde_json::to_vec(&told).map(|told| std::io::stdout().write_all(&told));
    if matches!(written, Ok(Ok(()))) {
        std::process::ExitCode::SUCCESS
    } else {
        std::process::ExitCode::FAILURE
    }
}

/// Reads a document where it is.
fn extract(kind: Kind, bytes: &[u8]) -> Result<Extracted, Error> {
    match kind {
        Kind::Text => Ok(Extracted::whole(None, text(bytes)?, false)),
        Kind::Markdown => {
            let text = text(bytes)?;
            let title = text.lines().find_map(|line| line.strip_prefix("# "));
            let title = title.map(|title| title.trim().to_owned());
            Ok(Extracted::whole(title, text, true))
        }
        Kind::Html => html::extract(&text(bytes)?),
        Kind::Pdf => pdf::extract(bytes),
        Kind::Docx => docx::extract(bytes),
        Kind::Csv => tables::extract(&text(bytes)?),
    }
}

/// Bytes as text: UTF-8, or UTF-16 with its mark.
fn text(bytes: &[u8]) -> Result<String, Error> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).skip(1).map(|two| from([two[0], two[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    let text: String = match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let odd = text.chars().filter(|c| *c == '\0' || *c == char::REPLACEMENT_CHARACTER).count();
    if odd * 20 > text.chars().count() {
        return Err(Error::Unreadable("the document is no text in UTF-8 or UTF-16".to_owned()));
    }
    Ok(text.replace('\0', ""))
}
