//! Extractors whose refusals are problems: path, query, JSON body.

use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use codex32_model::codes::server as codes;
use serde::de::DeserializeOwned;

use crate::problem::{Fault, Problem};
use crate::state::Api;

/// Largest body of a request to the API, in bytes.
pub const MAX_BODY: usize = 1 << 20;

pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, api).await;
        // Text that cannot name a thing names none.
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|rejection| {
            Problem::new(StatusCode::NOT_FOUND, codes::NOT_FOUND, rejection.body_text())
        })
    }
}

pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|rejection| {
                Problem::bad_request("the query cannot be read")
                    .fault("query", rejection.body_text())
            })
    }
}

/// A JSON body of at most [`MAX_BODY`].
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Api> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "the body has to be JSON, with `Content-Type: application/json`";
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                codes::MEDIA_TYPE,
                detail,
            ));
        }
        let bytes = axum::body::Bytes::from_request(request, api).await.map_err(unread)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| not_json(&error))
    }
}

/// A body as it is, as large as its route allows.
pub struct Raw(pub axum::body::Bytes);

impl FromRequest<Api> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let read = axum::body::Bytes::from_request(request, api).await;
        read.map(Self).map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                let detail = "the body is larger than this address takes";
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, codes::TOO_LARGE, detail)
            }
            other => Problem::bad_request(other.body_text()),
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
    })
}

fn unread(rejection: BytesRejection) -> Problem {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => too_large(),
        other => Problem::bad_request(other.body_text()),
    }
}

pub fn too_large() -> Problem {
    let detail = format!("the body is larger than {MAX_BODY} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, codes::TOO_LARGE, detail)
}

fn not_json(error: &serde_json::Error) -> Problem {
    let mut problem = Problem::bad_request("the body is not the JSON that this address takes");
    // serde_json's texts end with the place, which has fields of its own here.
    let text = error.to_string();
    let detail = text.rsplit_once(" at line ").map_or(text.as_str(), |(detail, _)| detail);
    problem.more.errors.push(Fault {
        path: String::new(),
        detail: detail.to_owned(),
        line: Some(error.line()),
        column: Some(error.column()),
    });
    problem
}
