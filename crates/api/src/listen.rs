//! The listener: HTTP/1.1 connections with a time limit for headers, a bound on their number, and a
//! shutdown that lets answers finish.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::routes::Service;

/// Connections at once; more wait in the system's queue.
const MOST: usize = 8_192;
/// How long a client may take to send its headers, and to send its next request.
const HEADERS: Duration = Duration::from_secs(60);
/// How long answers may take to finish once `closing` is true.
const FINISH: Duration = Duration::from_secs(5);
/// The pause after an error that a closed connection frees, such as too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until `closing` becomes true, then lets open requests finish for up to 5 s.
pub async fn serve(listener: TcpListener, service: Service, mut closing: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(MOST));
    let graceful = GracefulShutdown::new();
    loop {
        let slot = Arc::clone(&slots).acquire_owned();
        let accepted = tokio::select! {
            accepted = async { (slot.await, listener.accept().await) } => accepted,
            _ = closing.wait_for(|closing| *closing) => break,
        };
        let (slot, stream) = match accepted {
            (Ok(slot), Ok((stream, _))) => (slot, stream),
            (_, Err(error)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            (Err(_), _) => break,
        };
        // Answers are small and wanted at once.
        let _ = stream.set_nodelay(true);
        let service = service.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            // Boxed, because it is moved several times on its way and has some kilobytes.
            let answer = Box::pin(service.clone().answer(request.map(Body::new)));
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_headers(128)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Errors here are the other side's: it left, or does not speak HTTP.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(FINISH, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still open after {} s", FINISH.as_secs());
    }
}
