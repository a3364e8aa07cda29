//! Calling out: a UAC dialog from INVITE to its end (RFC 3261 §13.2).

use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::dialog::{DialogState, TerminatedReason};
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::config::{REQUEST_LIMIT, TRANSACTION_LIMIT};
use super::dialog::{DialogTask, OwedAnswer, Referral, Refresh};
use super::error::SipError;
use super::headers;
use super::leg::{COMMANDS, EVENTS, SipCommand, SipEvent, SipLeg};
use super::session_timer::SessionTimer;
use super::stack::Shared;

/// A call to be placed.
#[derive(Debug, Clone)]
pub struct DialRequest {
    /// `sip:user@host[:port][;transport=tcp]`.
    pub uri: String,
    /// Our SDP offer.
    pub offer: String,
    /// Further headers, such as `User-to-User`. Their values are sent as they are.
    pub headers: Vec<(String, String)>,
    /// How long it may ring. Then it is cancelled and fails with 408.
    pub ring_timeout: Duration,
}

pub(crate) async fn dial(shared: &Arc<Shared>, request: DialRequest) -> Result<SipLeg, SipError> {
    let callee = super::stack::sip_uri(&request.uri)?;
    let peer = super::stack::address_of(&callee).await;
    let local = shared.contact_for(&callee, peer);
    // Before the INVITE leaves: whoever answers it is no stranger.
    let called = peer.map(|address| shared.screen.begin_calling(address));
    let mut fields = headers::capabilities();
    for (name, value) in &request.headers {
        if value.contains(['\r', '\n']) || name.contains(['\r', '\n', ':']) {
            return Err(SipError::Send(format!("header {name} holds a line break")));
        }
        fields.push(headers::other(name, value.clone()));
    }
    let (states_in, states) = shared.layer.new_dialog_state_channel();
    let option = InviteOption {
        caller: local.clone(),
        callee,
        offer: Some(request.offer.into_bytes()),
        content_type: Some(headers::SDP.to_owned()),
        contact: local,
        headers: Some(fields),
        ..InviteOption::default()
    };
    let (dialog, invite) = shared
        .layer
        .do_invite_async(option, states_in)
        .map_err(|error| SipError::Send(error.to_string()))?;
    let (commands_in, commands) = mpsc::channel(COMMANDS);
    let (events_in, events) = mpsc::channel(EVENTS);
    let sip_call_id = dialog.id().call_id;
    let task = DialogTask {
        layer: shared.layer.clone(),
        dialog,
        states,
        commands,
        events: events_in,
        tasks: shared.tasks.clone(),
        owed_answer: OwedAnswer::No,
        hangup: None,
        config: shared.config.clone(),
        timer: None,
        refresh: Refresh::new(),
        referral: Referral::None,
    };
    shared.dialogs.spawn(async move {
        ring_then_talk(task, invite, request.ring_timeout).await;
        drop(called);
    });
    Ok(SipLeg {
        sip_call_id,
        commands: commands_in,
        events,
    })
}

/// What ended the ringing.
enum Rung {
    Answered,
    Failed(u16),
    /// We gave up: the status our side is told.
    GiveUp(u16),
}

async fn ring_then_talk(
    mut task: DialogTask,
    mut invite: JoinHandle<InviteAsyncResult>,
    ring_timeout: Duration,
) {
    match ring(&mut task, &mut invite, ring_timeout).await {
        Rung::Answered => task.talk().await,
        Rung::Failed(status) => {
            task.emit(SipEvent::Failed { status });
            task.forget();
        }
        Rung::GiveUp(status) => {
            task.emit(SipEvent::Failed { status });
            match tokio::time::timeout(REQUEST_LIMIT, task.dialog.cancel()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "CANCEL failed"),
                Err(_) => tracing::debug!("CANCEL was not taken from the wire"),
            }
            // The stack ends a 200 that crossed our CANCEL with a BYE of its own.
            tokio::time::timeout(TRANSACTION_LIMIT, invite).await.ok();
            task.forget();
        }
    }
}

async fn ring(
    task: &mut DialogTask,
    invite: &mut JoinHandle<InviteAsyncResult>,
    ring_timeout: Duration,
) -> Rung {
    let limit = tokio::time::sleep(ring_timeout);
    tokio::pin!(limit);
    let mut ringing = false;
    loop {
        tokio::select! {
            biased;
            state = task.states.recv() => match state {
                Some(DialogState::Early(..)) if !ringing => {
                    ringing = true;
                    task.emit(SipEvent::Ringing);
                }
                Some(DialogState::Confirmed(_, response)) => {
                    task.timer = SessionTimer::from_response(&response.headers, Instant::now());
                    let sdp = headers::response_sdp(&response).unwrap_or_default();
                    task.emit(SipEvent::Answered { sdp });
                    return Rung::Answered;
                }
                Some(DialogState::Terminated(_, reason)) => return Rung::Failed(status_of(&reason)),
                Some(_) => {}
                None => return Rung::Failed(503),
            },
            command = task.commands.recv() => match command {
                // A transfer of a call that is not up cannot be.
                Some(SipCommand::Refer { .. }) => {}
                Some(SipCommand::Hangup { .. }) | None => return Rung::GiveUp(487),
            },
            outcome = &mut *invite => {
                if let Some(status) = failure(&outcome) {
                    return Rung::Failed(status);
                }
            }
            () = &mut limit => return Rung::GiveUp(408),
        }
    }
}

/// The status of an INVITE that ended without a final answer; `None` when a state tells the outcome.
fn failure(outcome: &Result<InviteAsyncResult, tokio::task::JoinError>) -> Option<u16> {
    match outcome {
        Ok(Ok((_, Some(_)))) => None,
        Ok(Ok((_, None))) => Some(408),
        Ok(Err(_)) | Err(_) => Some(503),
    }
}

fn status_of(reason: &TerminatedReason) -> u16 {
    match reason {
        TerminatedReason::Timeout => 408,
        TerminatedReason::UacCancel | TerminatedReason::UacBye | TerminatedReason::UasBye => 487,
        TerminatedReason::UacBusy | TerminatedReason::UasBusy => 486,
        TerminatedReason::UasDecline => 603,
        TerminatedReason::ProxyAuthRequired => 407,
        TerminatedReason::ProxyError(code)
        | TerminatedReason::UacOther(code)
        | TerminatedReason::UasOther(code) => code.code(),
    }
}
