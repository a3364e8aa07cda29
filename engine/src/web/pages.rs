//! The pages, embedded in the binary: what is served is what was built.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Path, content type, text.
const PAGES: [(&str, &str, &str); 7] = [
    ("/", HTML, include_str!("../../web/index.html")),
    ("/hark.css", CSS, include_str!("../../web/hark.css")),
    ("/icon.svg", SVG, include_str!("../../web/icon.svg")),
    ("/page.js", JS, include_str!("../../web/page.js")),
    ("/call.js", JS, include_str!("../../web/call.js")),
    ("/whip.js", JS, include_str!("../../web/whip.js")),
    ("/meter.js", JS, include_str!("../../web/meter.js")),
];

/// The pages load nothing from elsewhere, run no inline script, and may use the microphone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

pub(super) fn routes() -> Router {
    PAGES
        .into_iter()
        .fold(Router::new(), |router, (path, kind, text)| {
            router.route(path, get(move || std::future::ready(page(kind, text))))
        })
}

fn page(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text)
}
