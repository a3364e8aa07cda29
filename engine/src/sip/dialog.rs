//! One dialog, one task: turns the stack's dialog states into [`SipEvent`]s and our commands into requests.
//!
//! RFC 3261 §12 to §15, RFC 3515, RFC 6086. The task owns the dialog's registration with the stack and
//! removes it at the end, since the stack never does.

use std::ops::ControlFlow;
use std::sync::Arc;

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason, TransactionHandle};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Request, StatusCode};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::config::{REFER_GRACE, REPLY_LIMIT, REQUEST_LIMIT, SipConfig};
use super::headers;
use super::info;
use super::leg::{HangupCause, Reoffer, SipCommand, SipEvent};
use super::session_timer::{Refresher, SessionTimer, TooBrief};

/// The status that every REFER is reported with first (RFC 3515 §2.4.4): it says nothing yet.
const TRYING: u16 = 100;
const OK: u16 = 200;

/// A dialog that is (or is about to be) established.
pub(crate) struct DialogTask {
    pub(crate) layer: Arc<DialogLayer>,
    pub(crate) dialog: InviteDialog,
    pub(crate) states: DialogStateReceiver,
    pub(crate) commands: mpsc::Receiver<SipCommand>,
    pub(crate) events: mpsc::Sender<SipEvent>,
    pub(crate) tasks: TaskTracker,
    pub(crate) owed_answer: OwedAnswer,
    /// A hang-up asked for before the ACK: RFC 3261 §15 makes the callee wait for it.
    pub(crate) hangup: Option<HangupCause>,
    pub(crate) config: Arc<SipConfig>,
    pub(crate) timer: Option<SessionTimer>,
    pub(crate) refresh: Refresh,
    pub(crate) referral: Referral,
}

/// The outcome of refreshes that we send, which come from a task of their own.
pub(crate) struct Refresh {
    done: mpsc::Sender<bool>,
    outcomes: mpsc::Receiver<bool>,
}

impl Refresh {
    pub(crate) fn new() -> Self {
        let (done, outcomes) = mpsc::channel(1);
        Self { done, outcomes }
    }
}

/// Whether an ACK shall bring the answer to an offer that we made in a 200. Its CSeq number is the INVITE's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwedAnswer {
    No,
    /// To the INVITE that began the call: without an answer there is no sound.
    First {
        cseq: u32,
    },
    /// To a later one: without an answer the session stays as it was.
    Again {
        cseq: u32,
    },
}

/// Where a REFER of ours stands.
#[derive(Debug)]
pub(crate) enum Referral {
    None,
    /// Sent; the status of its answer comes here.
    Sent(oneshot::Receiver<u16>),
    /// The far end has begun to report on it, and so will report its end.
    Reported,
}

impl DialogTask {
    /// Runs an established dialog to its end.
    pub(crate) async fn talk(&mut self) {
        loop {
            let flow = tokio::select! {
                state = self.states.recv() => match state {
                    Some(state) => self.on_state(state).await,
                    None => ControlFlow::Break(()),
                },
                command = self.commands.recv() => self.on_command(command).await,
                Some(refreshed) = self.refresh.outcomes.recv() => self.on_refreshed(refreshed).await,
                () = until(self.timer.as_ref()) => self.on_timer().await,
            };
            if flow.is_break() {
                break;
            }
        }
        self.forget();
    }

    /// Takes the dialog out of the stack's table.
    pub(crate) fn forget(&self) {
        self.layer.remove_dialog(&self.dialog.id());
    }

    async fn on_state(&mut self, state: DialogState) -> ControlFlow<()> {
        match state {
            DialogState::Confirmed(..) => self.on_confirmed().await,
            DialogState::Updated(_, request, handle) => {
                self.on_reoffer(&request, handle).await;
                ControlFlow::Continue(())
            }
            DialogState::Info(_, request, handle) => {
                self.on_info(&request, &handle).await;
                ControlFlow::Continue(())
            }
            DialogState::Notify(_, request, handle) => {
                self.on_notify(&request, &handle).await;
                ControlFlow::Continue(())
            }
            DialogState::Options(_, _, handle) => {
                let mut about_us = headers::capabilities();
                about_us.push(Header::Accept(headers::ACCEPT.to_owned().into()));
                respond(&handle, StatusCode::OK, Some(about_us), None).await;
                ControlFlow::Continue(())
            }
            DialogState::Refer(_, _, handle)
            | DialogState::Message(_, _, handle)
            | DialogState::Publish(_, _, handle) => {
                let allow = vec![Header::Allow(headers::ALLOW.to_owned().into())];
                respond(&handle, StatusCode::MethodNotAllowed, Some(allow), None).await;
                ControlFlow::Continue(())
            }
            DialogState::Terminated(_, reason) => {
                if matches!(reason, TerminatedReason::UacBye | TerminatedReason::UasBye) {
                    self.settle_referral().await;
                }
                self.emit(SipEvent::HungUp {
                    cause: describe(&reason),
                });
                ControlFlow::Break(())
            }
            DialogState::Calling(_)
            | DialogState::Trying(_)
            | DialogState::Early(..)
            | DialogState::WaitAck(..) => ControlFlow::Continue(()),
        }
    }

    async fn on_confirmed(&mut self) -> ControlFlow<()> {
        let missing = self.take_owed_answer();
        match self.hangup.take().or(missing) {
            Some(cause) => self.bye(&cause).await,
            None => ControlFlow::Continue(()),
        }
    }

    /// Reads the answer that an ACK owes; the cause to hang up when it came without the one the call needs.
    fn take_owed_answer(&mut self) -> Option<HangupCause> {
        let (OwedAnswer::First { cseq } | OwedAnswer::Again { cseq }) = self.owed_answer else {
            return None;
        };
        // This state comes after INFO and NOTIFY too, while the last ACK is still an older one.
        let ack = self.dialog.last_remote_ack()?;
        if headers::cseq(&ack) != Some(cseq) {
            return None;
        }
        let owed = std::mem::replace(&mut self.owed_answer, OwedAnswer::No);
        match (headers::request_sdp(&ack), owed) {
            (Some(sdp), _) => {
                self.emit(SipEvent::Answer { sdp });
                None
            }
            (None, OwedAnswer::First { .. }) => Some(HangupCause::no_answer_in_ack()),
            (None, OwedAnswer::Again { .. } | OwedAnswer::No) => None,
        }
    }

    async fn on_reoffer(&mut self, request: &Request, handle: TransactionHandle) {
        let mut about_us = headers::capabilities();
        match SessionTimer::from_request(&request.headers, &self.config, Instant::now()) {
            Ok(timer) => {
                about_us.extend(timer.iter().flat_map(SessionTimer::answer));
                self.timer = timer;
            }
            Err(TooBrief(seconds)) => {
                let min_se = vec![Header::MinSE(seconds.to_string().into())];
                respond(&handle, StatusCode::SessionIntervalTooSmall, Some(min_se), None).await;
                return;
            }
        }
        let sdp = headers::request_sdp(request);
        let is_update = request.method == rsipstack::sip::Method::Update;
        if is_update && sdp.is_none() {
            // RFC 4028 §10: an UPDATE without a body only refreshes the session timer.
            respond(&handle, StatusCode::OK, Some(about_us), None).await;
            return;
        }
        self.owed_answer = match (&sdp, headers::cseq(request)) {
            (None, Some(cseq)) => OwedAnswer::Again { cseq },
            (Some(_), _) | (None, None) => self.owed_answer,
        };
        let (reply, answer) = oneshot::channel();
        self.emit(SipEvent::Reoffer(Reoffer { sdp, reply }));
        self.tasks.spawn(answer_reoffer(handle, answer, about_us));
    }

    /// The session timer has run down: refresh, or end (RFC 4028 §10).
    async fn on_timer(&mut self) -> ControlFlow<()> {
        let Some(timer) = &mut self.timer else {
            return ControlFlow::Continue(());
        };
        match timer.refresher() {
            Refresher::Peer => self.hang_up(HangupCause::timer()).await,
            Refresher::Us => {
                timer.restart(Instant::now());
                let fields = timer.request();
                let (dialog, done) = (self.dialog.clone(), self.refresh.done.clone());
                self.tasks.spawn(async move {
                    let answer = dialog.update(Some(fields), None).await;
                    let status = answer.ok().flatten().map(|r| r.status_code.code());
                    // Only these say that the dialog is gone (RFC 4028 §10); a refusal keeps it.
                    let lives = !matches!(status, None | Some(408 | 481));
                    done.send(lives).await.ok();
                });
                ControlFlow::Continue(())
            }
        }
    }

    async fn on_refreshed(&mut self, lives: bool) -> ControlFlow<()> {
        if lives {
            ControlFlow::Continue(())
        } else {
            self.hang_up(HangupCause::timer()).await
        }
    }

    async fn on_info(&mut self, request: &Request, handle: &TransactionHandle) {
        match info::key_of(&request.headers, &request.body) {
            info::Info::Key(key) => {
                // Answered first: what the key brings about may be a request of ours, and simple peers
                // want their answer before it.
                respond(handle, StatusCode::OK, None, None).await;
                self.emit(SipEvent::Key(key));
            }
            info::Info::Empty => respond(handle, StatusCode::OK, None, None).await,
            info::Info::Unknown => {
                let accept = vec![Header::Accept(headers::ACCEPT.to_owned().into())];
                respond(handle, StatusCode::UnsupportedMediaType, Some(accept), None).await;
            }
            info::Info::Malformed => respond(handle, StatusCode::BadRequest, None, None).await,
        }
    }

    async fn on_notify(&mut self, request: &Request, handle: &TransactionHandle) {
        let event = headers::value(&request.headers, "Event").unwrap_or_default();
        if !event
            .split(';')
            .next()
            .is_some_and(|e| e.trim().eq_ignore_ascii_case("refer"))
        {
            respond(handle, StatusCode::BadEvent, None, None).await;
            return;
        }
        respond(handle, StatusCode::OK, None, None).await;
        if let Some(status) = info::sipfrag_status(&request.body) {
            if status > TRYING {
                self.referral = Referral::Reported;
            }
            self.emit(SipEvent::ReferProgress { status });
        }
    }

    async fn on_command(&mut self, command: Option<SipCommand>) -> ControlFlow<()> {
        match command {
            Some(SipCommand::Hangup { cause }) => self.hang_up(cause).await,
            Some(SipCommand::Refer { to }) => {
                self.refer(to);
                ControlFlow::Continue(())
            }
            None => self.hang_up(HangupCause::normal("call ended")).await,
        }
    }

    async fn hang_up(&mut self, cause: HangupCause) -> ControlFlow<()> {
        if self.dialog.state().waiting_ack() {
            self.hangup = Some(cause);
            self.commands.close();
            // The ACK, or the stack's giving up on it, comes as a state.
            return self.until_acknowledged().await;
        }
        self.bye(&cause).await
    }

    async fn until_acknowledged(&mut self) -> ControlFlow<()> {
        while let Some(state) = self.states.recv().await {
            if Box::pin(self.on_state(state)).await.is_break() {
                break;
            }
        }
        ControlFlow::Break(())
    }

    async fn bye(&mut self, cause: &HangupCause) -> ControlFlow<()> {
        let reason = Header::Reason(cause.reason().into());
        let sent = self.dialog.bye_with_headers(Some(vec![reason]));
        match tokio::time::timeout(REQUEST_LIMIT, sent).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "BYE failed"),
            Err(_) => tracing::debug!("BYE was not taken from the wire"),
        }
        self.emit(SipEvent::HungUp {
            cause: cause.text.clone(),
        });
        ControlFlow::Break(())
    }

    /// Sends REFER in a task of its own: its answer may take 32 seconds, while NOTIFYs come here.
    fn refer(&mut self, to: String) {
        let dialog = self.dialog.clone();
        let events = self.events.clone();
        let (answered, answer) = oneshot::channel();
        self.referral = Referral::Sent(answer);
        self.tasks.spawn(async move {
            let sent = dialog.refer(format!("<{to}>"), None, None).await;
            let status = match sent {
                Ok(Some(response)) => response.status_code.code(),
                Ok(None) => 408,
                Err(_) => 503,
            };
            if !(200..300).contains(&status) {
                events.try_send(SipEvent::ReferProgress { status }).ok();
            }
            answered.send(status).ok();
        });
    }

    /// The far end has hung up. If it had just taken a REFER and not reported on it, it has gone where it was
    /// sent: many leave the old call at once, and with it the subscription that would have told us.
    async fn settle_referral(&mut self) {
        let Referral::Sent(answer) = std::mem::replace(&mut self.referral, Referral::None) else {
            return;
        };
        let status = tokio::time::timeout(REFER_GRACE, answer).await;
        if matches!(status, Ok(Ok(200..300))) {
            tracing::info!(
                sip_call_id = self.dialog.id().call_id,
                "hung up after taking the transfer: counted as transferred"
            );
            self.emit(SipEvent::ReferProgress { status: OK });
        }
    }

    /// Hands an event to the call. A call that reads none of them has stopped; the closing of its
    /// channel then tells it, and us, that the dialog is over.
    pub(crate) fn emit(&mut self, event: SipEvent) {
        if let Err(error) = self.events.try_send(event) {
            metrics::counter!("hark_sip_events_dropped_total").increment(1);
            tracing::debug!(%error, "a leg does not read its events");
        }
    }
}

/// Waits for the call's answer to a new offer and sends it.
async fn answer_reoffer(
    handle: TransactionHandle,
    answer: oneshot::Receiver<Result<String, u16>>,
    mut about_us: Vec<Header>,
) {
    let answer = tokio::time::timeout(REPLY_LIMIT, answer).await;
    match answer {
        Ok(Ok(Ok(sdp))) => {
            about_us.push(headers::content_type(headers::SDP));
            respond(&handle, StatusCode::OK, Some(about_us), Some(sdp.into_bytes())).await;
        }
        Ok(Ok(Err(status))) => respond(&handle, StatusCode::from(status), None, None).await,
        // The call has ended, or does not answer: the session stays as it was (RFC 3261 §14.2).
        Ok(Err(_)) | Err(_) => {
            respond(&handle, StatusCode::ServerInternalError, None, None).await;
        }
    }
}

/// Completes when the session timer is due; never without one.
async fn until(timer: Option<&SessionTimer>) {
    match timer {
        Some(timer) => tokio::time::sleep_until(timer.due()).await,
        None => std::future::pending().await,
    }
}

async fn respond(
    handle: &TransactionHandle,
    status: StatusCode,
    headers: Option<Vec<Header>>,
    body: Option<Vec<u8>>,
) {
    if handle.respond(status, headers, body).await.is_err() {
        tracing::debug!("the transaction ended before its answer");
    }
}

pub(crate) fn describe(reason: &TerminatedReason) -> String {
    match reason {
        TerminatedReason::Timeout => "no acknowledgement".to_owned(),
        TerminatedReason::UacCancel => "cancelled".to_owned(),
        TerminatedReason::UacBye => "caller hung up".to_owned(),
        TerminatedReason::UasBye => "callee hung up".to_owned(),
        TerminatedReason::UacBusy | TerminatedReason::UasBusy => "busy".to_owned(),
        TerminatedReason::UasDecline => "declined".to_owned(),
        TerminatedReason::ProxyAuthRequired => "authentication required".to_owned(),
        TerminatedReason::ProxyError(code)
        | TerminatedReason::UacOther(code)
        | TerminatedReason::UasOther(code) => format!("SIP {}", code.code()),
    }
}
