//! WHIP (RFC 9725): an offer is POSTed, the answer comes back with 201, DELETE ends the call.
//!
//! The offer's audio is sendrecv, since a call speaks both ways (§4.2 leaves that to the client).
//! Neither trickle ICE nor ICE restarts: PATCH is 405 (§4.3.2), all candidates are in the answer.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use uuid::Uuid;

use super::access::text;
use super::{BrowserCall, Services, TRUNK, WebConfig};
use crate::media::webrtc::{BrowserLeg, LegControl, WebRtcConfig, WebRtcError};
use crate::ops::health::{Health, Readiness};
use crate::sip::{self, Admission, Dialplan};
use crate::store::Store;

const SDP: &str = "application/sdp";

/// Seconds after which a refused caller may try again: a call ends about that often when all are busy.
const RETRY_AFTER_S: &str = "5";

/// Legs that can be ended over HTTP at a time. The engine's own limit on calls is far below.
const RESOURCES_MAX: usize = 10_000;

struct Whip {
    calls: mpsc::Sender<BrowserCall>,
    admission: Arc<Admission>,
    webrtc: WebRtcConfig,
    health: Health,
    dialplan: Arc<Dialplan>,
    store: Store,
    /// Dialled when the caller names no number.
    number: String,
    resources: Mutex<HashMap<Uuid, LegControl>>,
}

#[derive(Deserialize)]
struct Target {
    to: Option<String>,
}

pub(super) fn routes(config: &WebConfig, services: &Services) -> Router {
    let whip = Whip {
        calls: services.calls.clone(),
        admission: Arc::clone(&services.admission),
        webrtc: services.webrtc.clone(),
        health: services.health.clone(),
        dialplan: Arc::clone(&services.dialplan),
        store: services.store.clone(),
        number: config.destination.clone(),
        resources: Mutex::default(),
    };
    Router::new()
        .route("/whip", post(start).options(describe))
        .route("/whip/{id}", delete(end).options(describe))
        .with_state(Arc::new(whip))
}

async fn start(
    State(whip): State<Arc<Whip>>,
    Query(target): Query<Target>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match whip.start(target, &headers, &body).await {
        Ok(created) => created,
        Err(refusal) => {
            tracing::info!(reason = refusal.reason(), %refusal, "browser call refused");
            metrics::counter!("hark_browser_calls_refused_total", "reason" => refusal.reason()).increment(1);
            refusal.into_response()
        }
    }
}

fn end(State(whip): State<Arc<Whip>>, Path(id): Path<String>) -> Ready<Response> {
    let leg = Uuid::parse_str(&id).ok().and_then(|id| whip.lock().remove(&id));
    ready(match leg {
        Some(leg) => {
            leg.hang_up("caller hung up");
            StatusCode::OK.into_response()
        }
        None => (StatusCode::NOT_FOUND, "No such call; it may be over already.\n").into_response(),
    })
}

fn describe() -> Ready<Response> {
    ready((StatusCode::OK, [("accept-post", SDP)]).into_response())
}

impl Whip {
    async fn start(&self, target: Target, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
        let offer = offer(headers, body)?;
        if self.health.readiness() != Readiness::Accepting {
            return Err(Refusal::NotReady);
        }
        let dialled = target.to.unwrap_or_else(|| self.number.clone());
        let destination = self.dialplan.destination(TRUNK, &dialled);
        let destination = destination.ok_or(Refusal::NotInDialplan)?.to_owned();
        if !self.store.is_accepting() {
            return Err(Refusal::NotReady);
        }
        // The place in the queue comes first: no socket is opened for a call that nobody will take.
        let place = self
            .calls
            .clone()
            .try_reserve_owned()
            .map_err(|error| match error {
                TrySendError::Full(_) => Refusal::Busy,
                TrySendError::Closed(_) => Refusal::NotReady,
            })?;
        let permit = self.admission.enter().map_err(|refusal| match refusal {
            sip::Refusal::Full => Refusal::Busy,
            sip::Refusal::Closed => Refusal::NotReady,
        })?;
        let (leg, answer) = BrowserLeg::answer(offer, &self.webrtc).await?;
        let id = self.keep(leg.control())?;
        place.send(BrowserCall {
            leg,
            dialled,
            destination,
            permit,
        });
        metrics::counter!("hark_browser_calls_total").increment(1);
        let headers = [
            (header::CONTENT_TYPE, SDP.to_owned()),
            (header::LOCATION, format!("/whip/{id}")),
        ];
        Ok((StatusCode::CREATED, headers, answer).into_response())
    }

    /// Names the leg by an id that nobody can guess, and forgets the legs that are over.
    fn keep(&self, leg: LegControl) -> Result<Uuid, Refusal> {
        let mut resources = self.lock();
        resources.retain(|_, leg| !leg.is_over());
        if resources.len() >= RESOURCES_MAX {
            return Err(Refusal::Busy);
        }
        let id = Uuid::new_v4();
        resources.insert(id, leg);
        Ok(id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, LegControl>> {
        // Nothing under this lock can leave the map half changed.
        self.resources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn offer<'b>(headers: &HeaderMap, body: &'b [u8]) -> Result<&'b str, Refusal> {
    let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(SDP) {
        return Err(Refusal::ContentType);
    }
    std::str::from_utf8(body).map_err(|_| Refusal::NotText)
}

/// Why a browser's call was not taken.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("The body must be an SDP offer with Content-Type: application/sdp.")]
    ContentType,
    #[error("The offer is not UTF-8 text.")]
    NotText,
    #[error("This number leads nowhere here.")]
    NotInDialplan,
    #[error("All lines are busy. Please try again in a moment.")]
    Busy,
    #[error("This server takes no calls right now. Please try again in a moment.")]
    NotReady,
    #[error(transparent)]
    WebRtc(#[from] WebRtcError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotText | Self::WebRtc(WebRtcError::Offer(_)) => StatusCode::BAD_REQUEST,
            Self::WebRtc(WebRtcError::NoOpus) => StatusCode::NOT_ACCEPTABLE,
            Self::NotInDialplan => StatusCode::NOT_FOUND,
            Self::Busy | Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::WebRtc(
                WebRtcError::Gathering { .. } | WebRtcError::Stack { .. } | WebRtcError::Opus(_),
            ) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The label under which refusals are counted.
    fn reason(&self) -> &'static str {
        match self {
            Self::ContentType => "content_type",
            Self::NotText | Self::WebRtc(WebRtcError::Offer(_)) => "offer",
            Self::WebRtc(WebRtcError::NoOpus) => "no_common_codec",
            Self::NotInDialplan => "not_in_dialplan",
            Self::Busy => "busy",
            Self::NotReady => "not_ready",
            Self::WebRtc(
                WebRtcError::Gathering { .. } | WebRtcError::Stack { .. } | WebRtcError::Opus(_),
            ) => "internal",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, format!("{self}\n")).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let after = axum::http::HeaderValue::from_static(RETRY_AFTER_S);
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}
