//! Who may place browser calls: a bearer token (RFC 6750), and which other sites' pages (CORS).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine_core::pii::Pii;
use sha2::{Digest, Sha256};

use super::WebConfig;

pub(super) struct Access {
    bearer_token: Option<Pii<String>>,
    allowed_origins: Vec<String>,
}

impl Access {
    pub(super) fn new(config: &WebConfig) -> Self {
        Self {
            bearer_token: config.bearer_token.clone(),
            allowed_origins: config.allowed_origins.clone(),
        }
    }

    fn permits(&self, headers: &HeaderMap) -> bool {
        let Some(expected) = &self.bearer_token else {
            return true;
        };
        let given = text(headers, header::AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        // Digests are compared, so that timing tells nothing of the token itself.
        given.is_some_and(|given| Sha256::digest(given) == Sha256::digest(expected.expose()))
    }

    fn origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let permitted = |allowed: &String| allowed == "*" || Some(allowed.as_str()) == origin.to_str().ok();
        self.allowed_origins.iter().any(permitted).then(|| origin.clone())
    }
}

pub(super) async fn require_token(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    // A preflight carries no credentials (Fetch §3.2.2), and OPTIONS tells nothing secret.
    if request.method() == Method::OPTIONS || access.permits(request.headers()) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (
        StatusCode::UNAUTHORIZED,
        challenge,
        "This server wants an access token.\n",
    )
        .into_response()
}

/// Adds what a browser needs to let another site's page read the answer.
pub(super) async fn cross_origin(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    let origin = access.origin(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        let fixed = HeaderValue::from_static;
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            fixed("POST, DELETE, OPTIONS"),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            fixed("authorization, content-type"),
        );
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            fixed("location, retry-after"),
        );
    }
    response
}

/// One header as text, when it is text.
pub(super) fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
