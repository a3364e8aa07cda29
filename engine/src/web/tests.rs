//! The server over real HTTP on loopback. A real Chromium calls in `tests/e2e/browser.rs`.

mod reminders;

use std::time::Duration;

use engine_core::pii::Pii;
use tokio::sync::mpsc;
use tokio::time::timeout;
use ureq::Agent;
use ureq::http::Response;

use super::{BrowserCall, Services, WebConfig, WebServer};
use crate::call::outward::OutwardRequest;
use crate::media::webrtc::{BrowserEvent, WebRtcConfig};
use crate::ops::health::{Health, Readiness};
use crate::ops::metrics::Metrics;
use crate::sip::{Admission, Dialplan};
use crate::store::{Store, StoreConfig};

const DEADLINE: Duration = Duration::from_secs(10);

fn offer() -> String {
    include_str!("../media/webrtc/testdata/chromium_offer.sdp").replace('\n', "\r\n")
}

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig {
        path: folder.path().join("hark.db"),
        ..StoreConfig::default()
    };
    let store = Store::open(&config).await.unwrap();
    (folder, store)
}

struct Site {
    server: WebServer,
    calls: mpsc::Receiver<BrowserCall>,
    outward: mpsc::Receiver<OutwardRequest>,
    store: Store,
    health: Health,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Site {
    async fn open(config: WebConfig) -> Self {
        let (call_tx, calls) = mpsc::channel(1);
        let (outward_tx, outward) = mpsc::channel(1);
        let (folder, store) = store().await;
        let plan = "[[rule]]\nnumber = \"900\"\ntrunk = \"browser\"\ndestination = \"order_status\"\n\
            [[rule]]\nnumber = \"browser\"\ndestination = \"main\"\n";
        let health = Health::default();
        health.set(Readiness::Accepting);
        let services = Services {
            calls: call_tx,
            outward: outward_tx,
            admission: Admission::new(2),
            dialplan: Dialplan::parse("dialplan.toml", plan).unwrap().into(),
            store: store.clone(),
            webrtc: WebRtcConfig::default(),
            health: health.clone(),
            metrics: Metrics::detached().unwrap(),
        };
        let config = WebConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            ..config
        };
        let server = WebServer::start(&config, services).await.unwrap();
        Self {
            server,
            calls,
            outward,
            store,
            health,
            _folder: folder,
        }
    }

    /// One request: method, path, headers, body.
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let url = format!("http://{}{path}", self.server.address());
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).unwrap();
        let answer = tokio::task::spawn_blocking(move || {
            let agent: Agent = Agent::config_builder()
                .http_status_as_error(false)
                .allow_non_standard_methods(true)
                .timeout_global(Some(DEADLINE))
                .build()
                .into();
            agent.run(request).unwrap()
        });
        let answer: Response<ureq::Body> = timeout(DEADLINE, answer).await.unwrap().unwrap();
        let (parts, mut body) = answer.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.read_to_string().unwrap(),
        }
    }

    async fn offer(&self, body: &str) -> Answer {
        self.ask("POST", "/whip", &[("content-type", "application/sdp")], body)
            .await
    }
}

#[tokio::test]
async fn an_offer_becomes_a_call_and_its_resource_ends_it() {
    let mut site = Site::open(WebConfig::default()).await;
    let made = site
        .ask(
            "POST",
            "/whip?to=900",
            &[("content-type", "application/sdp")],
            &offer(),
        )
        .await;
    assert_eq!(
        (made.status, made.header("content-type")),
        (201, "application/sdp"),
        "{}",
        made.body
    );
    assert!(made.body.starts_with("v=0\r\n"), "{}", made.body);
    let mut call = timeout(DEADLINE, site.calls.recv()).await.unwrap().unwrap();
    assert_eq!(
        (call.dialled.as_str(), call.destination.as_str()),
        ("900", "order_status")
    );

    let resource = made.header("location").to_owned();
    assert_eq!(site.ask("PATCH", &resource, &[], "").await.status, 405);
    assert_eq!(site.ask("GET", &resource, &[], "").await.status, 405);
    assert_eq!(site.ask("DELETE", &resource, &[], "").await.status, 200);
    let event = timeout(DEADLINE, call.leg.recv()).await.unwrap();
    assert!(matches!(event, BrowserEvent::HungUp { cause } if cause == "caller hung up"));
    assert_eq!(site.ask("DELETE", &resource, &[], "").await.status, 404);
    site.server.stop().await;
}

#[tokio::test]
async fn what_is_no_offer_is_refused_with_the_reason() {
    let site = Site::open(WebConfig::default()).await;
    let check = async |headers: &[(&str, &str)], body: &str, status: u16, word: &str| {
        let refused = site.ask("POST", "/whip", headers, body).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert!(refused.body.contains(word), "{word} in {}", refused.body);
    };
    let sdp = [("content-type", "application/sdp")];
    check(&[], &offer(), 415, "application/sdp").await;
    check(
        &[("content-type", "application/json")],
        "{}",
        415,
        "application/sdp",
    )
    .await;
    check(&sdp, "", 400, "SDP").await;
    check(&sdp, "v=0\r\nnonsense", 400, "SDP").await;
    check(&sdp, &offer().replace("opus", "flac"), 406, "opus").await;
    check(&sdp, &"x".repeat(100_000), 413, "").await;
}

#[tokio::test]
async fn a_number_that_leads_nowhere_is_refused() {
    let site = Site::open(WebConfig::default()).await;
    let sdp = [("content-type", "application/sdp")];
    let refused = site.ask("POST", "/whip?to=999", &sdp, &offer()).await;
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (404, "This number leads nowhere here.\n")
    );
}

#[tokio::test]
async fn a_full_queue_and_a_draining_server_say_when_to_come_back() {
    let site = Site::open(WebConfig::default()).await;
    assert_eq!(site.offer(&offer()).await.status, 201);
    let busy = site.offer(&offer()).await;
    assert_eq!(
        (busy.status, busy.header("retry-after")),
        (503, "5"),
        "{}",
        busy.body
    );
    assert!(busy.body.contains("busy"), "{}", busy.body);

    assert_eq!(site.ask("GET", "/ready", &[], "").await.status, 200);
    site.health.set(Readiness::Draining);
    let ready = site.ask("GET", "/ready", &[], "").await;
    assert_eq!((ready.status, ready.body.as_str()), (503, "draining\n"));
    assert_eq!(site.offer(&offer()).await.status, 503);
    assert_eq!(site.ask("GET", "/health", &[], "").await.status, 200);
}

#[tokio::test]
async fn browser_calls_count_against_the_limit_of_all_calls() {
    let mut site = Site::open(WebConfig::default()).await;
    let mut calls = Vec::new();
    for _ in 0..2 {
        assert_eq!(site.offer(&offer()).await.status, 201);
        calls.push(timeout(DEADLINE, site.calls.recv()).await.unwrap().unwrap());
    }
    assert_eq!(site.offer(&offer()).await.status, 503);
    drop(calls.pop());
    assert_eq!(site.offer(&offer()).await.status, 201);
}

#[tokio::test]
async fn a_token_is_asked_for_when_configured() {
    let config = WebConfig {
        bearer_token: Some(Pii::new("s3cret".to_owned())),
        ..WebConfig::default()
    };
    let site = Site::open(config).await;
    let check = async |authorization: &str, status: u16| {
        let headers = [
            ("content-type", "application/sdp"),
            ("authorization", authorization),
        ];
        let answer = site.ask("POST", "/whip", &headers, &offer()).await;
        assert_eq!(answer.status, status, "{authorization:?}");
    };
    check("", 401).await;
    check("Bearer wrong", 401).await;
    check("Basic s3cret", 401).await;
    let unknown = "/whip/00000000-0000-4000-8000-000000000000";
    assert_eq!(site.ask("DELETE", unknown, &[], "").await.status, 401);
    assert_eq!(site.ask("GET", "/", &[], "").await.status, 200);
    check("bearer s3cret", 201).await;
}

#[tokio::test]
async fn other_sites_may_call_only_when_named() {
    let config = WebConfig {
        allowed_origins: vec!["https://shop.example".to_owned()],
        ..WebConfig::default()
    };
    let site = Site::open(config).await;
    let check = async |origin: &str, expect: &str| {
        let answer = site.ask("OPTIONS", "/whip", &[("origin", origin)], "").await;
        assert_eq!(
            (answer.status, answer.header("accept-post")),
            (200, "application/sdp")
        );
        assert_eq!(answer.header("access-control-allow-origin"), expect, "{origin}");
    };
    check("https://shop.example", "https://shop.example").await;
    check("https://other.example", "").await;
}

#[tokio::test]
async fn pages_are_complete_and_closed() {
    let site = Site::open(WebConfig::default()).await;
    let check = async |path: &str, kind: &str| {
        let page = site.ask("GET", path, &[], "").await;
        assert_eq!((page.status, page.header("content-type")), (200, kind), "{path}");
        assert!(
            page.header("content-security-policy")
                .contains("script-src 'self'"),
            "{path}"
        );
        page.body
    };
    let index = check("/", "text/html; charset=utf-8").await;
    for named in ["hark.css", "page.js", "icon.svg"] {
        assert!(index.contains(&format!("=\"{named}\"")), "the page names {named}");
    }
    check("/hark.css", "text/css; charset=utf-8").await;
    check("/icon.svg", "image/svg+xml").await;
    for script in ["/page.js", "/call.js", "/whip.js", "/meter.js"] {
        check(script, "text/javascript; charset=utf-8").await;
    }
    assert_eq!(site.ask("GET", "/nothing", &[], "").await.status, 404);
    assert_eq!(site.ask("GET", "/metrics", &[], "").await.status, 200);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let site = Site::open(WebConfig::default()).await;
    let (calls, _kept) = mpsc::channel(1);
    let (_folder, store) = store().await;
    let services = Services {
        calls,
        outward: mpsc::channel(1).0,
        admission: Admission::new(1),
        dialplan: Dialplan::default().into(),
        store,
        webrtc: WebRtcConfig::default(),
        health: Health::default(),
        metrics: Metrics::detached().unwrap(),
    };
    let config = WebConfig {
        listen: site.server.address(),
        ..WebConfig::default()
    };
    let refused = WebServer::start(&config, services).await.unwrap_err().to_string();
    assert!(
        refused.contains(&site.server.address().to_string()) && refused.contains("free the port"),
        "{refused}"
    );
}
