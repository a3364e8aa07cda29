//! An INVITE from arrival to answer: trunk, dialplan, admission, then the call's own verdict.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use engine_core::pii::Pii;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Request, StatusCode};
use rsipstack::transaction::transaction::{Transaction, TransactionEvent, TransactionEventSender};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::admission::{CallPermit, Refusal};
use super::call::{CallWires, IncomingCall, Verdict};
use super::config::ANSWER_LIMIT;
use super::dialog::{DialogTask, OwedAnswer, Referral, Refresh};
use super::error::SipError;
use super::headers;
use super::leg::{COMMANDS, EVENTS};
use super::rejection::{Rejection, RejectionReason};
use super::session_timer::{SessionTimer, TooBrief};
use super::stack::Shared;

/// Why an INVITE is refused, and how.
struct Refuse {
    status: u16,
    reason: RejectionReason,
    detail: String,
    headers: Vec<Header>,
}

/// Where a call may go, once it has passed every gate.
struct Passed {
    trunk: String,
    called: String,
    destination: String,
    timer: Option<SessionTimer>,
    permit: CallPermit,
}

/// Handles the INVITE that may begin a dialog, until its transaction is done.
pub(crate) async fn on_invite(shared: Arc<Shared>, mut transaction: Transaction, source: SocketAddr) {
    let passed = match gates(&shared, &transaction.original, source) {
        Ok(passed) => passed,
        Err(refuse) => return refuse_transaction(&shared, &mut transaction, source, refuse).await,
    };
    transaction.send_trying().await.ok();
    let (states_in, states) = shared.layer.new_dialog_state_channel();
    let contact = shared.contact_towards(source, &transaction);
    let created = shared
        .layer
        .get_or_create_server_invite(&transaction, states_in, None, contact);
    let mut dialog = match created {
        Ok(dialog) => dialog,
        Err(error) => {
            let refuse = Refuse {
                status: 400,
                reason: RejectionReason::Malformed,
                detail: error.to_string(),
                headers: Vec::new(),
            };
            return refuse_transaction(&shared, &mut transaction, source, refuse).await;
        }
    };
    let unanswered = match Unanswered::offer(&shared, &dialog, states, &transaction, passed, source) {
        Ok(unanswered) => unanswered,
        Err(refuse) => {
            shared.layer.remove_dialog(&dialog.id());
            return refuse_transaction(&shared, &mut transaction, source, refuse).await;
        }
    };
    shared.dialogs.spawn(unanswered.run());
    if let Err(error) = dialog.handle(&mut transaction).await {
        tracing::debug!(%error, "INVITE transaction ended with an error");
    }
}

fn gates(shared: &Arc<Shared>, request: &Request, source: SocketAddr) -> Result<Passed, Refuse> {
    let trunk = shared.trunks.trunk_of(source.ip()).ok_or_else(|| Refuse {
        status: 403,
        reason: RejectionReason::UnknownSource,
        detail: format!("{} is in no trunk", source.ip()),
        headers: Vec::new(),
    })?;
    let called = headers::user_of(&request.uri.to_string()).unwrap_or_default();
    let destination = shared
        .dialplan
        .destination(&trunk.name, &called)
        .ok_or_else(|| Refuse {
            status: 404,
            reason: RejectionReason::NotInDialplan,
            detail: format!("number \"{called}\" is not in the dialplan"),
            headers: Vec::new(),
        })?;
    let timer = SessionTimer::from_request(&request.headers, &shared.config, Instant::now()).map_err(
        |TooBrief(seconds)| Refuse {
            status: 422,
            reason: RejectionReason::Unsupported,
            detail: format!("the session timer is below {seconds} s"),
            headers: vec![Header::MinSE(seconds.to_string().into())],
        },
    )?;
    let permit = shared.admission.enter().map_err(|refusal| {
        let (reason, detail) = match refusal {
            Refusal::Full => (RejectionReason::CallLimit, "max_calls are in progress"),
            Refusal::Closed => (RejectionReason::Closed, "no calls are taken now"),
        };
        Refuse {
            status: 503,
            reason,
            detail: detail.to_owned(),
            headers: vec![shared.retry_after()],
        }
    })?;
    Ok(Passed {
        trunk: trunk.name.clone(),
        called,
        destination: destination.to_owned(),
        timer,
        permit,
    })
}

/// Answers an INVITE with a final error and waits for its ACK.
async fn refuse_transaction(
    shared: &Shared,
    transaction: &mut Transaction,
    source: SocketAddr,
    refuse: Refuse,
) {
    let request = &transaction.original;
    shared.rejections.record(Rejection {
        at: SystemTime::now(),
        sip_call_id: headers::value(&request.headers, "Call-ID")
            .unwrap_or_default()
            .to_owned(),
        source,
        trunk: shared.trunk_name(source),
        status: Some(refuse.status),
        reason: refuse.reason,
        detail: refuse.detail,
    });
    let status = StatusCode::from(refuse.status);
    if transaction.reply_with(status, refuse.headers, None).await.is_ok() {
        while transaction.receive().await.is_some() {}
    }
}

/// A call that the application has seen but not answered yet.
struct Unanswered {
    shared: Arc<Shared>,
    task: DialogTask,
    verdicts: mpsc::Receiver<Verdict>,
    cancelled: CancellationToken,
    replies: TransactionEventSender,
    invite: Request,
    source: SocketAddr,
    trunk: String,
    permit: CallPermit,
}

impl Unanswered {
    /// Puts the call into the application's inbox; a full inbox is a refusal.
    fn offer(
        shared: &Arc<Shared>,
        dialog: &InviteDialog,
        states: DialogStateReceiver,
        transaction: &Transaction,
        passed: Passed,
        source: SocketAddr,
    ) -> Result<Self, Refuse> {
        let invite = transaction.original.clone();
        let (verdicts_in, verdicts) = mpsc::channel(COMMANDS);
        let (commands_in, commands) = mpsc::channel(COMMANDS);
        let (events_in, events) = mpsc::channel(EVENTS);
        let cancelled = CancellationToken::new();
        let call = IncomingCall {
            sip_call_id: dialog.id().call_id,
            trunk: passed.trunk.clone(),
            source,
            caller: headers::caller(&invite),
            called: passed.called,
            destination: passed.destination,
            offer: headers::request_sdp(&invite),
            user_to_user: headers::value(&invite.headers, "User-to-User")
                .map(|value| Pii::new(value.to_owned())),
            local_ip: shared.local_ip_towards(source.ip()),
            wires: CallWires {
                verdicts: verdicts_in,
                cancelled: cancelled.clone(),
                commands: commands_in,
                events,
            },
        };
        let owed_answer = match (&call.offer, headers::cseq(&invite)) {
            (None, Some(cseq)) => OwedAnswer::First { cseq },
            (Some(_), _) | (None, None) => OwedAnswer::No,
        };
        shared.inbox.try_send(call).map_err(|_| Refuse {
            status: 503,
            reason: RejectionReason::InboxFull,
            detail: "the application does not take calls fast enough".to_owned(),
            headers: vec![shared.retry_after()],
        })?;
        Ok(Self {
            shared: shared.clone(),
            task: DialogTask {
                layer: shared.layer.clone(),
                dialog: dialog.clone(),
                states,
                commands,
                events: events_in,
                tasks: shared.tasks.clone(),
                owed_answer,
                hangup: None,
                config: shared.config.clone(),
                timer: passed.timer,
                refresh: Refresh::new(),
                referral: Referral::None,
            },
            verdicts,
            cancelled,
            replies: transaction.tu_sender.clone(),
            invite,
            source,
            trunk: passed.trunk,
            permit: passed.permit,
        })
    }

    /// Waits for the verdict, then runs the dialog to its end.
    async fn run(mut self) {
        let limit = tokio::time::sleep(ANSWER_LIMIT);
        tokio::pin!(limit);
        let answered = loop {
            tokio::select! {
                verdict = self.verdicts.recv() => match verdict {
                    Some(Verdict::Ring) => { self.task.dialog.ringing(None, None).ok(); }
                    Some(Verdict::Answer { sdp, done }) => break self.accept(sdp, done),
                    Some(Verdict::Reject { status, reason }) => {
                        self.reject(status, reason);
                        break false;
                    }
                    None => {
                        self.reject(480, "the call ended before its answer".to_owned());
                        break false;
                    }
                },
                state = self.task.states.recv() => match state {
                    Some(DialogState::Terminated(..)) | None => {
                        self.cancelled.cancel();
                        break false;
                    }
                    Some(_) => {}
                },
                () = &mut limit => {
                    self.reject(480, "not answered in time".to_owned());
                    break false;
                }
            }
        };
        if answered {
            self.task.talk().await;
        } else {
            self.task.forget();
        }
        drop(self.permit);
    }

    fn accept(&mut self, sdp: String, done: oneshot::Sender<Result<(), SipError>>) -> bool {
        let sent = if self.task.dialog.state().is_terminated() {
            Err(SipError::Gone("cancelled before the answer".to_owned()))
        } else {
            let mut about = headers::capabilities();
            if let Some(timer) = &mut self.task.timer {
                timer.restart(Instant::now());
                about.extend(timer.answer());
            }
            about.push(headers::content_type(headers::SDP));
            self.task
                .dialog
                .accept(Some(about), Some(sdp.into_bytes()))
                .map_err(|error| SipError::Send(error.to_string()))
        };
        let answered = sent.is_ok();
        // The call may have been dropped meanwhile; the dialog then sees its commands close and hangs up.
        done.send(sent).ok();
        answered
    }

    fn reject(&mut self, status: u16, reason: String) {
        let status = if (400..700).contains(&status) { status } else { 500 };
        let mut response =
            self.shared
                .layer
                .endpoint
                .make_response(&self.invite, StatusCode::from(status), None);
        headers::tag_response(&mut response, &self.task.dialog.id().local_tag);
        match status {
            // RFC 3261 §20.43: 399 is "miscellaneous warning".
            488 => response.headers.push(headers::warning(399, &reason)),
            486 | 503 => response.headers.push(self.shared.retry_after()),
            _ => {}
        }
        self.replies.send(TransactionEvent::Respond(response)).ok();
        self.shared.rejections.record(Rejection {
            at: SystemTime::now(),
            sip_call_id: self.task.dialog.id().call_id,
            source: self.source,
            trunk: self.trunk.clone(),
            status: Some(status),
            reason: RejectionReason::Declined,
            detail: reason,
        });
    }
}
