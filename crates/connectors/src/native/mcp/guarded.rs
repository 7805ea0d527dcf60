//! Streamable HTTP through the guarded client.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_client::{
    SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};
use sse_stream::{Sse, SseStream};
use tokio::time::Instant;

use super::MOST_MESSAGE;
use crate::http::{Guarded, Method, Opened, Request, SendError, parse_url};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

type Fault = StreamableHttpError<SendError>;

/// Carries messages to one server, until the deadline of the attempt.
#[derive(Clone)]
pub struct Carrier {
    pub http: Guarded,
    pub deadline: Instant,
}

/// What every request says.
struct Said {
    uri: Arc<str>,
    session: Option<Arc<str>>,
    token: Option<String>,
    headers: HashMap<HeaderName, HeaderValue>,
}

fn wrong(what: &'static str) -> Fault {
    StreamableHttpError::UnexpectedServerResponse(Cow::Borrowed(what))
}

impl Carrier {
    async fn open(
        &self,
        method: Method,
        said: Said,
        body: Option<Vec<u8>>,
    ) -> Result<Opened, Fault> {
        let mut headers: HeaderMap = said.headers.into_iter().collect();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(session) = &said.session {
            let session = HeaderValue::from_str(session).map_err(|_| wrong("a session's id"))?;
            headers.insert(SESSION, session);
        }
        let mut credentials = HeaderMap::new();
        if let Some(token) = &said.token {
            let mut token = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| wrong("the token cannot be sent"))?;
            token.set_sensitive(true);
            credentials.insert(AUTHORIZATION, token);
        }
        let request = Request {
            method,
            url: parse_url(&said.uri).map_err(StreamableHttpError::Client)?,
            headers,
            credentials,
            body: body.map(Into::into),
            timeout: self.deadline.saturating_duration_since(Instant::now()),
            max_bytes: MOST_MESSAGE,
        };
        self.http.open(request).await.map_err(StreamableHttpError::Client)
    }
}

fn header(opened: &Opened, name: &HeaderName) -> Option<String> {
    opened.headers.get(name)?.to_str().ok().map(str::to_owned)
}

async fn read(mut opened: Opened) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = opened.chunk().await.map_err(StreamableHttpError::Client)? {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The events of an answer, as they come.
fn events(opened: Opened) -> BoxStream<'static, Result<Sse, SseError>> {
    let chunks = futures::stream::unfold(Some(opened), |opened| async move {
        let mut opened = opened?;
        match opened.chunk().await {
            Ok(Some(chunk)) => Some((Ok(chunk), Some(opened))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    SseStream::from_bytes_stream(chunks).boxed()
}

impl StreamableHttpClient for Carrier {
    type Error = SendError;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Fault> {
        let had_session = session.is_some();
        let body = serde_json::to_vec(&message)?;
        let asks = matches!(message, ClientJsonRpcMessage::Request(_));
        let said = Said { uri, session, token, headers };
        let opened = self.open(Method::POST, said, Some(body)).await?;
        let session = header(&opened, &SESSION);
        let kind = header(&opened, &CONTENT_TYPE).unwrap_or_default();
        match opened.status {
            202 | 204 => return Ok(StreamableHttpPostResponse::Accepted),
            404 if had_session => return Err(StreamableHttpError::SessionExpired),
            401 | 403 => return Err(wrong("the server does not let this connection in")),
            200..=299 => {}
            status => {
                let told = read(opened).await?;
                // The reason, if it gives one in the form of the protocol.
                if let Ok(error @ ServerJsonRpcMessage::Error(_)) = serde_json::from_slice(&told) {
                    return Ok(StreamableHttpPostResponse::Json(error, session));
                }
                let what = format!("the server answers with HTTP status {status}");
                return Err(StreamableHttpError::UnexpectedServerResponse(Cow::Owned(what)));
            }
        }
        if kind.starts_with("text/event-stream") {
            return Ok(StreamableHttpPostResponse::Sse(events(opened), session));
        }
        let body = read(opened).await?;
        if body.is_empty() && !asks {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        if !kind.starts_with("application/json") {
            return Err(StreamableHttpError::UnexpectedContentType(Some(kind)));
        }
        Ok(StreamableHttpPostResponse::Json(serde_json::from_slice(&body)?, session))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Fault> {
        let said = Said { uri, session: Some(session), token, headers };
        self.open(Method::DELETE, said, None).await.map(drop)
    }

    /// What a server says by itself concerns nobody: a session lives as long as one request.
    async fn get_stream(
        &self,
        _: Arc<str>,
        _: Option<Arc<str>>,
        _: Option<String>,
        _: Option<String>,
        _: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Fault> {
        Err(StreamableHttpError::ServerDoesNotSupportSse)
    }
}
