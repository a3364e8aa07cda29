//! `/health`, `/ready` and `/metrics`: for process supervisors, load balancers and Prometheus.

use std::future::{Ready, ready};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::ops::health::{Health, Readiness};
use crate::ops::metrics::Metrics;
use crate::store::Store;

pub(super) fn routes(health: Health, store: Store, metrics: Metrics) -> Router {
    let status = Router::new()
        .route("/ready", get(readiness))
        .with_state((health, store));
    let numbers = Router::new().route("/metrics", get(numbers)).with_state(metrics);
    // Alive is whoever can still answer.
    Router::new()
        .route("/health", get(|| ready("alive\n")))
        .merge(status)
        .merge(numbers)
}

fn readiness(State((health, store)): State<(Health, Store)>) -> Ready<(StatusCode, &'static str)> {
    ready(match health.readiness() {
        Readiness::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        Readiness::Accepting if !store.is_accepting() => {
            (StatusCode::SERVICE_UNAVAILABLE, "the store takes no records\n")
        }
        Readiness::Accepting => (StatusCode::OK, "accepting calls\n"),
        Readiness::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
    })
}

fn numbers(State(metrics): State<Metrics>) -> Ready<Response> {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    ready((kind, metrics.render()).into_response())
}
