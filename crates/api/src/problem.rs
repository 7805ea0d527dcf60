//! What every refusal looks like: problem+json (RFC 9457) with a stable code.
//!
//! A [`Problem`] travels in the response's extensions; [`crate::edge`] writes the body, because only it
//! knows the trace id.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use codex32_engine::EngineError;
use codex32_model::codes::{run, server as codes};
use codex32_model::ids::RunId;
use codex32_model::{Code, Diagnostic};
use codex32_store::StoreError;
use serde::Serialize;

pub type Answer<T> = Result<T, Problem>;

#[derive(Debug, Clone)]
pub struct Problem {
    pub code: Code,
    pub status: StatusCode,
    /// What happened this time, and what to do.
    pub detail: String,
    /// Boxed: most problems have none of it, and every fallible function carries a problem.
    pub more: Box<More>,
}

#[derive(Debug, Clone, Default)]
pub struct More {
    pub errors: Vec<Fault>,
    pub diagnostics: Vec<Diagnostic>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The run that failed.
    pub run: Option<RunId>,
}

/// One place in the request that does not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// Such as `input.days`; empty for the whole body.
    pub path: String,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// The body of every refusal (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// The page of the code.
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    /// A stable code, such as `E-API-404`.
    code: &'a str,
    /// What happened this time.
    detail: &'a str,
    /// What the code means and what to do. Markdown.
    help: &'a str,
    /// The places of the request that do not fit.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Fault],
    /// What is wrong, or doubtful, in the definition.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<crate::v1::shapes::DiagnosticShape>)]
    diagnostics: &'a [Diagnostic],
    /// The run that failed, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
    /// The request's id; the server's log has more under it.
    trace_id: &'a str,
}

impl Problem {
    pub fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self { code, status, detail: detail.into(), more: Box::default() }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, codes::BAD_REQUEST, detail)
    }

    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, codes::NOT_FOUND, format!("there is no {what}"))
    }

    /// A mistake of ours: the reason goes to the log, not to the caller.
    pub fn internal(reason: impl std::fmt::Display) -> Self {
        tracing::error!(%reason, "a request failed");
        let detail = "the server made a mistake; its log has more under the trace id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, codes::INTERNAL, detail)
    }

    #[must_use]
    pub fn fault(mut self, path: impl Into<String>, detail: impl Into<String>) -> Self {
        self.more.errors.push(Fault {
            path: path.into(),
            detail: detail.into(),
            ..Fault::default()
        });
        self
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.more.headers.push((name, value));
        }
        self
    }

    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(header::RETRY_AFTER, &seconds.to_string())
    }

    pub(crate) fn body(&self, trace_id: &str) -> String {
        let body = ProblemBody {
            kind: format!("/docs/errors/{}", self.code.text),
            title: self.code.title,
            status: self.status.as_u16(),
            code: self.code.text,
            detail: &self.detail,
            help: self.code.help,
            errors: &self.more.errors,
            diagnostics: &self.more.diagnostics,
            run: self.more.run,
            trace_id,
        };
        // Strings and numbers only, so serialising cannot fail.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        for (name, value) in std::mem::take(&mut self.more.headers) {
            response.headers_mut().append(name, value);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
            EngineError::Input(places) => {
                let detail = EngineError::Input(places.clone()).to_string();
                let problem = Self::new(StatusCode::BAD_REQUEST, run::INPUT, detail);
                places.into_iter().fold(problem, |problem, (path, detail)| {
                    problem.fault(format!("input.{path}"), detail)
                })
            }
            EngineError::Form(places) => {
                let detail = EngineError::Form(places.clone()).to_string();
                let problem = Self::new(StatusCode::BAD_REQUEST, run::FORM, detail);
                places
                    .into_iter()
                    .fold(problem, |problem, (path, detail)| problem.fault(path, detail))
            }
            other => {
                let status = StatusCode::from_u16(other.status());
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let problem = Self::new(status, other.code(), other.to_string());
                let later = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
                if later.contains(&status) { problem.retry_after(5) } else { problem }
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let status = match &error {
            StoreError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            StoreError::NotFound(_) => StatusCode::NOT_FOUND,
            StoreError::Conflict(_) => StatusCode::CONFLICT,
            StoreError::Stale(_) => StatusCode::PRECONDITION_FAILED,
            _ => {
                tracing::error!(%error, "the store failed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let problem = Self::new(status, error.code(), error.to_string());
        if status == StatusCode::SERVICE_UNAVAILABLE { problem.retry_after(5) } else { problem }
    }
}
