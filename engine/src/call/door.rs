//! Where calls come in: each new caller gets a leg, a record in the store, and a task of its own.

use std::time::Instant;

use engine_core::call::Call;
use engine_core::conversation::{CallerFacts, Purpose};
use engine_core::ids::CallId;
use engine_core::pii::Pii;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, info, info_span, warn};
use uuid::Uuid;

use crate::call::leg::LegIo;
use crate::call::outward::{Outward, OutwardRequest, Refused};
use crate::call::registry::Registry;
use crate::call::services::{CallNotice, Services};
use crate::call::task::CallTask;
use crate::sip::IncomingCall;
use crate::store::calls::{CallMeta, Protocol};
use crate::web::{self, BrowserCall};

/// Takes callers in until `stop`, then waits for nobody: calls under way are the tracker's.
#[derive(Debug, Clone)]
pub struct Door {
    pub services: Services,
    pub registry: Registry,
    pub calls: TaskTracker,
    pub outward: Outward,
}

/// Who is at the door.
struct Caller {
    number: Pii<String>,
    dialled: String,
    /// The flow that the dialplan names for it.
    destination: String,
    trunk: String,
    protocol: Protocol,
    /// Why Hark calls; `None` where it is called.
    purpose: Option<Purpose>,
}

/// What calls out come from, in records.
const OUTWARD_TRUNK: &str = "outward";

fn new_id() -> CallId {
    CallId::new(Uuid::now_v7().to_string())
}

impl Door {
    pub async fn run(
        self,
        mut sip: mpsc::Receiver<IncomingCall>,
        mut browsers: mpsc::Receiver<BrowserCall>,
        mut outward: mpsc::Receiver<OutwardRequest>,
        stop: CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(incoming) = sip.recv() => {
                    let door = self.clone();
                    self.calls.spawn(door.sip_call(incoming));
                }
                Some(browser) = browsers.recv() => {
                    let door = self.clone();
                    self.calls.spawn(door.browser_call(browser));
                }
                Some(request) = outward.recv() => {
                    let door = self.clone();
                    self.calls.spawn(door.outward_call(request));
                }
                else => return,
            }
        }
    }

    async fn sip_call(self, incoming: IncomingCall) {
        if !self.services.store.is_accepting() {
            incoming
                .reject(
                    503,
                    "the store is full: a call that cannot be recorded is not taken",
                )
                .await;
            return;
        }
        let caller = Caller {
            number: incoming.caller.clone(),
            dialled: incoming.called.clone(),
            destination: incoming.destination.clone(),
            trunk: incoming.trunk.clone(),
            protocol: Protocol::Sip,
            purpose: None,
        };
        incoming.ring().await;
        match LegIo::answer(incoming, &self.services).await {
            Ok(leg) => self.run_call(new_id(), caller, leg).await,
            Err(error) => info!(trunk = %caller.trunk, %error, "call not answered"),
        }
    }

    async fn browser_call(self, browser: BrowserCall) {
        let _place = browser.permit;
        let caller = Caller {
            number: Pii::new(String::new()),
            dialled: browser.dialled,
            destination: browser.destination,
            trunk: web::TRUNK.into(),
            protocol: Protocol::Browser,
            purpose: None,
        };
        self.run_call(new_id(), caller, LegIo::browser(browser.leg)).await;
    }

    /// Calls somebody, if that may be; whoever asked hears at once whether it rings.
    async fn outward_call(self, request: OutwardRequest) {
        let OutwardRequest {
            number,
            purpose,
            reply,
        } = request;
        if !self.services.store.is_accepting() {
            let _ = reply.send(Err(Refused::Full));
            return;
        }
        let permit = match self.outward.enter(&number, &self.services.store).await {
            Ok(permit) => permit,
            Err(why) => {
                info!(%why, "a call out is refused");
                let _ = reply.send(Err(why));
                return;
            }
        };
        let id = new_id();
        let caller = Caller {
            number,
            dialled: purpose.name().to_owned(),
            destination: String::new(),
            trunk: OUTWARD_TRUNK.to_owned(),
            protocol: Protocol::Sip,
            purpose: Some(purpose),
        };
        // Whoever asked may have gone; the call is made all the same.
        let _ = reply.send(Ok(id.clone()));
        match LegIo::dial(&self.services, &id, &permit.uri, permit.ring_ms).await {
            Ok(leg) => self.run_call(id, caller, leg).await,
            Err(status) => warn!(call = %id, status, "nobody could be called"),
        }
        drop(permit);
    }

    async fn run_call(self, id: CallId, caller: Caller, leg: LegIo) {
        let span = info_span!("call", %id, trunk = %caller.trunk);
        async {
            info!(dialled = %caller.dialled, "call begins");
            self.announce(&id, &caller);
            let (_entry, inbox) = self.registry.enter(id.clone());
            let phone = Some(caller.number).filter(|number| !number.expose().is_empty());
            let facts = CallerFacts {
                call: id.clone(),
                phone,
                destination: Some(caller.destination).filter(|flow| !flow.is_empty()),
                purpose: caller.purpose,
            };
            let call = Call::new(Instant::now(), self.services.site.now(), facts, rand::random());
            CallTask::new(call, leg, self.services, inbox).run().await;
        }
        .instrument(span)
        .await;
    }

    fn announce(&self, id: &CallId, caller: &Caller) {
        let recording = self
            .services
            .recorder
            .as_ref()
            .map(|recorder| recorder.path(id).display().to_string());
        let meta = CallMeta {
            call: id.clone(),
            caller: caller.number.clone(),
            dialled: caller.dialled.clone(),
            trunk: caller.trunk.clone(),
            protocol: caller.protocol,
            recording,
        };
        if let Err(error) = self.services.store.call_started(meta) {
            warn!(%error, "call not stored");
        }
        let (trunk, dialled) = (caller.trunk.clone(), caller.dialled.clone());
        // Nobody watching is fine.
        let _ = self.services.notices.send(CallNotice::Started {
            call: id.clone(),
            trunk,
            dialled,
        });
    }
}
