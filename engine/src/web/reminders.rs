//! `POST /reminders`: Hark shall call somebody. Only with a token, whoever else may place browser calls.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use engine_core::conversation::Purpose;
use engine_core::pii::Pii;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::{Services, WebConfig};
use crate::call::outward::OutwardRequest;

struct Reminders {
    calls: mpsc::Sender<OutwardRequest>,
    /// Without a token anybody could have people called.
    guarded: bool,
}

/// Who is to be called, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    number: String,
    #[serde(default)]
    purpose: WantedPurpose,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WantedPurpose {
    #[default]
    Usual,
    Standing,
}

pub(super) fn routes(config: &WebConfig, services: &Services) -> Router {
    let reminders = Reminders {
        calls: services.outward.clone(),
        guarded: config.bearer_token.is_some(),
    };
    Router::new()
        .route("/reminders", post(remind))
        .with_state(Arc::new(reminders))
}

async fn remind(State(reminders): State<Arc<Reminders>>, Json(wanted): Json<Wanted>) -> Response {
    if !reminders.guarded {
        let why = "set [web] bearer_token in engine.toml: without one anybody could have people called";
        return refused(StatusCode::FORBIDDEN, why);
    }
    let (reply, answer) = oneshot::channel();
    let request = OutwardRequest {
        number: Pii::new(wanted.number),
        purpose: match wanted.purpose {
            WantedPurpose::Usual => Purpose::UsualDue,
            WantedPurpose::Standing => Purpose::StandingDue,
        },
        reply,
    };
    if reminders.calls.try_send(request).is_err() {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "too many requests wait already");
    }
    match answer.await {
        Ok(Ok(call)) => (StatusCode::ACCEPTED, Json(json!({ "call": call.as_str() }))).into_response(),
        Ok(Err(why)) => {
            let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            refused(status, &why.to_string())
        }
        Err(_) => refused(StatusCode::SERVICE_UNAVAILABLE, "Hark is stopping"),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "why": why }))).into_response()
}
