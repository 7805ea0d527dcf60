//! Servers that speak the Model Context Protocol: by streamable HTTP through the guard, or a program that
//! whoever runs this server allows.
//!
//! Invariants: a connection names a program and never says what is run; a program sees nothing of this
//! process's environment and ends with the attempt that it was started for; a session lives as long as one
//! attempt, so that nothing of one run reaches another.

mod guarded;

use std::collections::BTreeMap;
use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use codex32_model::codes::connector as codes;
use codex32_model::{Code, Value};
use process_wrap::tokio::{CommandWrap, KillOnDrop, ProcessGroup};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, PaginatedRequestParams, Tool,
};
use rmcp::service::{ClientInitializeError, RunningService, ServiceError};
use rmcp::transport::TokioChildProcess;
use rmcp::transport::streamable_http_client::{
    StreamableHttpClientTransportConfig, StreamableHttpError,
};
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value as Json, json};
use tokio::process::Command;

use super::{Native, field};
use crate::failure::Failure;
use crate::http::{SendError, parse_url};
use guarded::Carrier;

/// Most tools of one server, and most pages that list them.
const MOST_TOOLS: usize = 500;
const MOST_PAGES: usize = 50;
/// Largest message of a server, in bytes.
pub(super) const MOST_MESSAGE: usize = 10 << 20;
/// How long the end of a session may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// The programs that connections may name, each with its command.
#[derive(Clone, Default)]
pub struct Programs(BTreeMap<String, Vec<String>>);

impl fmt::Debug for Programs {
    // Arguments may hold secrets of whoever runs the server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Programs {
    /// From `NAME=COMMAND ARGUMENT …`; an argument with spaces stands in double quotes.
    ///
    /// # Errors
    /// What of it cannot be read.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut programs = BTreeMap::new();
        for text in texts {
            let wrong = || format!("`{text}` is not NAME=COMMAND");
            let (name, command) = text.split_once('=').ok_or_else(wrong)?;
            let is_name = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
            let words = words(command);
            if !is_name || words.is_empty() {
                return Err(wrong());
            }
            if programs.insert(name.to_owned(), words).is_some() {
                return Err(format!("there are two programs `{name}`"));
            }
        }
        Ok(Self(programs))
    }

    fn command(&self, name: &str) -> Result<Command, Failure> {
        let Some([program, arguments @ ..]) = self.0.get(name).map(Vec::as_slice) else {
            let message = format!(
                "Whoever runs this server allows no program `{name}`; it is allowed with \
                 `codex32 serve --mcp-program {name}=COMMAND`."
            );
            return Err(Failure::new(codes::MCP_PROGRAM, message));
        };
        let mut command = Command::new(program);
        command.args(arguments).env_clear().current_dir("/");
        // Enough to find an interpreter, and nothing that this server knows.
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("LANG", "C.UTF-8");
        Ok(command)
    }
}

/// Words between spaces; those in double quotes are one.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut begun) = (String::new(), false, false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                begun = true;
            }
            c if c.is_whitespace() && !quoted => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

type Session = RunningService<RoleClient, ()>;

pub async fn run(native: &Native<'_>, name: &str, params: &Value) -> Result<Value, Failure> {
    let writes = name == "call_tool";
    let working = async {
        let mut session = begin(native).await?;
        let result = match name {
            "list_tools" => list(&session).await,
            "call_tool" => call(&session, params).await,
            _ => Err(super::unknown(name)),
        };
        let _ = session.close_with_timeout(GOODBYE).await;
        result
    };
    match tokio::time::timeout_at(native.deadline, working).await {
        Ok(result) => result,
        // It may have been used already.
        Err(_) => Err(super::late().unknown_if(writes)),
    }
}

/// Whether the server answers; the text says what it has.
pub async fn test(native: &Native<'_>) -> Result<String, Failure> {
    let found = run(native, "list_tools", &Value::Null).await?;
    let count = found.get("tools").and_then(Value::as_list).map_or(0, <[Value]>::len);
    Ok(format!("The server answers; it has {count} tools."))
}

async fn begin(native: &Native<'_>) -> Result<Session, Failure> {
    let credentials = native.credentials()?;
    if credentials.kind() == "program" {
        let command = native.programs.command(field(credentials, "program")?)?;
        let mut wrapped = CommandWrap::from(command);
        // It ends with all that it started itself.
        wrapped.wrap(KillOnDrop).wrap(ProcessGroup::leader());
        let begun = TokioChildProcess::builder(wrapped).stderr(Stdio::null()).spawn();
        let (process, _) = begun.map_err(|error| {
            Failure::new(codes::MCP_PROGRAM, format!("The program cannot be started: {error}."))
        })?;
        return ().serve(process).await.map_err(|error| not_begun(&error));
    }
    let url = parse_url(field(credentials, "url")?)
        .map_err(|error| Failure::new(error.code, error.message))?;
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.to_string());
    config.auth_header = credentials.get("token").map(str::to_owned);
    config.max_json_response_size = MOST_MESSAGE;
    config.max_sse_event_size = MOST_MESSAGE;
    // A use of a tool that was perhaps carried out is not repeated behind the engine's back.
    config.reinit_on_expired_session = false;
    let carrier = Carrier { http: native.http.clone(), deadline: native.deadline };
    let transport = rmcp::transport::StreamableHttpClientTransport::with_client(carrier, config);
    ().serve(transport).await.map_err(|error| not_begun(&error))
}

async fn list(session: &Session) -> Result<Value, Failure> {
    let mut tools: Vec<Json> = Vec::new();
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        let page = session.list_tools(Some(params)).await.map_err(|error| broken(&error, false))?;
        tools.extend(page.tools.iter().map(described));
        if tools.len() > MOST_TOOLS {
            let message = format!("The server has more than {MOST_TOOLS} tools.");
            return Err(Failure::new(codes::TOO_LARGE, message));
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return value(&json!({ "tools": tools }));
        }
    }
    Err(Failure::new(codes::TOO_LARGE, "The server lists its tools on too many pages."))
}

fn described(tool: &Tool) -> Json {
    let hints = tool.annotations.as_ref();
    let title = tool.title.as_deref();
    json!({
        "name": tool.name,
        "description": tool.description.as_deref().or(title).unwrap_or_default(),
        "input_schema": *tool.input_schema,
        "read_only": hints.and_then(|hints| hints.read_only_hint),
        "destructive": hints.and_then(|hints| hints.destructive_hint),
    })
}

async fn call(session: &Session, params: &Value) -> Result<Value, Failure> {
    let tool = params.get("tool").map(Value::to_text).unwrap_or_default();
    let mut request = CallToolRequestParams::new(tool.clone());
    if let Some(arguments) = params.get("arguments").filter(|arguments| !arguments.is_null()) {
        let arguments = serde_json::from_str(&arguments.to_json())
            .map_err(|_| Failure::params("`arguments` is an object."))?;
        request = request.with_arguments(arguments);
    }
    let result = session.call_tool(request).await.map_err(|error| broken(&error, true))?;
    if result.is_error == Some(true) {
        let why: String = text(&result).chars().take(4_000).collect();
        return Err(Failure::new(codes::MCP_TOOL, format!("`{tool}` failed: {why}")));
    }
    match &result.structured_content {
        Some(data) => value(data),
        None => Ok(Value::from(text(&result))),
    }
}

/// What a tool says, as text.
fn text(result: &CallToolResult) -> String {
    let told = result.content.iter().map(|block| match block {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => {
            format!("(an image, {}, {} bytes in base64)", image.mime_type, image.data.len())
        }
        ContentBlock::Audio(audio) => {
            format!("(a sound, {}, {} bytes in base64)", audio.mime_type, audio.data.len())
        }
        other => serde_json::to_string(other).unwrap_or_default(),
    });
    told.collect::<Vec<_>>().join("\n")
}

fn value(json: &Json) -> Result<Value, Failure> {
    Value::from_json(&json.to_string()).map_err(|error| {
        Failure::new(codes::RESPONSE, format!("The answer cannot be read: {error}."))
    })
}

/// What lies at the bottom of an error of the transport.
fn cause(error: &(dyn std::error::Error + 'static)) -> Option<(Code, String, bool)> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(StreamableHttpError::<SendError>::Client(sent)) = error.downcast_ref() {
            return Some((sent.code, sent.message.clone(), sent.began));
        }
        if let Some(sent) = error.downcast_ref::<SendError>() {
            return Some((sent.code, sent.message.clone(), sent.began));
        }
        next = error.source();
    }
    None
}

/// There is no session: nothing was done.
fn not_begun(error: &ClientInitializeError) -> Failure {
    if let ClientInitializeError::TransportError { error, .. } = error
        && let Some((code, message, _)) = cause(&*error.error)
    {
        let retryable = [codes::UNREACHABLE, codes::TIMEOUT, codes::BROKEN].contains(&code);
        let failure = Failure::new(code, message);
        return if retryable { failure.retryable() } else { failure };
    }
    Failure::new(codes::MCP_SERVER, format!("The MCP server does not begin: {error}.")).retryable()
}

fn broken(error: &ServiceError, writes: bool) -> Failure {
    match error {
        // The server says so: nothing was done.
        ServiceError::McpError(told) => {
            Failure::new(codes::MCP_TOOL, format!("The MCP server refuses: {}", told.message))
        }
        ServiceError::TransportSend(sent) => match cause(&*sent.error) {
            Some((code, message, began)) => Failure::new(code, message).unknown_if(writes && began),
            None => Failure::new(codes::MCP_SERVER, format!("The MCP server is gone: {error}."))
                .unknown_if(writes),
        },
        _ => Failure::new(codes::MCP_SERVER, format!("The MCP server is gone: {error}."))
            .retryable()
            .unknown_if(writes),
    }
}

#[cfg(test)]
mod tests;
