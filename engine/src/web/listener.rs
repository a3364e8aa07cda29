//! Connections of the web server: bounded in number, and none may dawdle.
//! HTTP/1.1 only; a proxy in front may speak anything else to browsers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{sleep, timeout};

/// Connections at a time; one more is closed at once. A browser holds up to six.
const CONNECTIONS_MAX: usize = 512;

/// How long a client may take to send a request's header, and how long a connection may idle.
const HEADER_MAX: Duration = Duration::from_secs(10);

/// How long open requests may finish after a stop.
pub(super) const STOP_MAX: Duration = Duration::from_secs(2);

/// The pause after a failed accept: it fails for want of file descriptors, which takes a while to mend.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves until told to stop (or until the teller is gone), then lets open requests finish.
pub(super) async fn serve(listener: TcpListener, router: Router, mut stop: oneshot::Receiver<()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match (accepted, Arc::clone(&places).try_acquire_owned()) {
            (Ok((stream, _)), Ok(place)) => serve_one(stream, place, &router, &graceful),
            (Ok((_refused, peer)), Err(_)) => {
                metrics::counter!("hark_web_connections_refused_total").increment(1);
                tracing::debug!(%peer, "too many connections: closed");
            }
            (Err(error), _) => {
                tracing::warn!(%error, "no connection can be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    if timeout(STOP_MAX, graceful.shutdown()).await.is_err() {
        tracing::debug!("web requests were cut off by the stop");
    }
}

fn serve_one(stream: TcpStream, place: OwnedSemaphorePermit, router: &Router, graceful: &GracefulShutdown) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "web connection ended early");
        }
        drop(place);
    });
}
