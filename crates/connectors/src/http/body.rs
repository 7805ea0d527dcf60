//! A request body that tells when it begins to be sent.
//!
//! The HTTP client asks for the body only once the connection stands and the head of the request is
//! in its buffer, and flushes afterwards: as long as nobody asked, nothing has left.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

pub struct Watched {
    data: Option<Bytes>,
    began: Arc<AtomicBool>,
}

impl Watched {
    pub fn new(data: Bytes, began: &Arc<AtomicBool>) -> Self {
        Self { data: Some(data), began: Arc::clone(began) }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.began.store(true, Ordering::Relaxed);
        Poll::Ready(self.data.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |data| data.len() as u64))
    }
}
