//! Answers that are read as they come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use codex32_model::codes::connector as codes;
use reqwest::header::HeaderMap;

use super::{Guarded, Request, SendError, Url, explain};

/// An answer whose head is there.
pub struct Opened {
    pub status: u16,
    pub headers: HeaderMap,
    url: Url,
    response: reqwest::Response,
    left: usize,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Guarded {
    /// Sends and waits for the head of the answer, at most `timeout` of the request. A redirect is the
    /// answer. Of the body at most `max_bytes` are read.
    pub async fn open(&self, request: Request) -> Result<Opened, SendError> {
        let began = Arc::new(AtomicBool::new(false));
        let exchange = self.exchange(&request, &began);
        let began = || began.load(Ordering::Relaxed);
        match tokio::time::timeout(request.timeout, exchange).await {
            Ok(Ok(response)) => Ok(Opened {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                left: request.max_bytes,
                url: request.url,
                response,
            }),
            Ok(Err(error)) => Err(SendError { began: error.began || began(), ..error }),
            Err(_) => {
                let host = request.url.host_str().unwrap_or_default();
                let message = format!("No answer from {host} in time.");
                Err(SendError { code: codes::TIMEOUT, message, began: began() })
            }
        }
    }
}

impl Opened {
    /// The next bytes of the body; none at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        let chunk = self.response.chunk().await.map_err(|error| {
            let error = explain(&self.url, &error);
            SendError { began: true, ..error }
        })?;
        if let Some(chunk) = &chunk {
            self.left = self.left.checked_sub(chunk.len()).ok_or_else(|| SendError {
                code: codes::TOO_LARGE,
                message: "The answer is larger than it may be.".to_owned(),
                began: true,
            })?;
        }
        Ok(chunk)
    }
}
