//! HTTP: browser calls by WHIP (RFC 9725), the pages, health and metrics, on one listener.
//!
//! The server owns no call. It answers an offer, hands the leg to the engine over a bounded queue,
//! and keeps just enough to end that leg when its resource is deleted.

mod access;
mod config;
mod listener;
mod pages;
mod reminders;
mod status;
mod whip;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use self::config::WebConfig;
use crate::call::outward::OutwardRequest;
use crate::media::webrtc::{BrowserLeg, WebRtcConfig};
use crate::ops::health::Health;
use crate::ops::metrics::Metrics;
use crate::sip::{Admission, CallPermit, Dialplan};
use crate::store::Store;

/// The longest request body, in bytes: an offer with one audio section has about two thousand.
const BODY_MAX: usize = 64 * 1024;

/// What browser calls come from, in the dialplan and in records.
pub const TRUNK: &str = "browser";

/// How long one request may take, from its header to its answer.
const REQUEST_MAX: Duration = Duration::from_secs(10);

/// A browser's call, answered and on its way up.
#[derive(Debug)]
pub struct BrowserCall {
    pub leg: BrowserLeg,
    /// The number it calls.
    pub dialled: String,
    /// The flow that the dialplan names for it.
    pub destination: String,
    /// Its place among the calls in progress: keep it as long as the call.
    pub permit: CallPermit,
}

/// What the server needs from the rest of the engine.
#[derive(Debug, Clone)]
pub struct Services {
    /// New calls go here. When it is full, a caller gets 503 with Retry-After.
    pub calls: mpsc::Sender<BrowserCall>,
    /// Requests for calls that Hark makes go here.
    pub outward: mpsc::Sender<OutwardRequest>,
    /// The gate that telephone calls pass as well.
    pub admission: Arc<Admission>,
    /// Browser calls come from the trunk [`TRUNK`].
    pub dialplan: Arc<Dialplan>,
    /// A call that it cannot record is refused.
    pub store: Store,
    pub webrtc: WebRtcConfig,
    pub health: Health,
    pub metrics: Metrics,
}

/// The running server.
#[derive(Debug)]
pub struct WebServer {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl WebServer {
    /// Binds and serves until [`WebServer::stop`].
    pub async fn start(config: &WebConfig, services: Services) -> Result<Self, WebError> {
        let refused = |source| WebError::Bind {
            listen: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(listener::serve(listener, router(config, services), stopped));
        tracing::info!(%address, "web server listens");
        Ok(Self { address, stop, task })
    }

    /// Where it listens: the port that was found, if the configuration said 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests and gives open ones two seconds.
    pub async fn stop(mut self) {
        let _ = self.stop.send(());
        if timeout(2 * listener::STOP_MAX, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

fn router(config: &WebConfig, services: Services) -> Router {
    let access = Arc::new(access::Access::new(config));
    let calls = whip::routes(config, &services)
        .merge(reminders::routes(config, &services))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&access),
            access::require_token,
        ))
        .layer(middleware::from_fn_with_state(access, access::cross_origin));
    Router::new()
        .merge(calls)
        .merge(pages::routes())
        .merge(status::routes(services.health, services.store, services.metrics))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(within_deadline))
}

async fn within_deadline(request: Request, next: Next) -> Response {
    match timeout(REQUEST_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "The request took too long.\n").into_response(),
    }
}

#[derive(Debug, Error)]
pub enum WebError {
    #[error("[web] listen = \"{listen}\" in engine.toml: {source}; free the port or choose another")]
    Bind {
        listen: SocketAddr,
        source: std::io::Error,
    },
}

#[cfg(test)]
mod tests;
