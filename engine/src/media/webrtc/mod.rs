//! A browser's leg: ICE (RFC 8445), DTLS-SRTP (RFC 5764) and Opus, behind packets and events.
//!
//! The `webrtc` crate does the protocols and drives its socket in a task of its own; this module
//! turns its callbacks into one event stream and its packets into the core's. Nothing of that
//! crate is named outside this folder.

mod answer;
mod config;
mod peer;

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use ::webrtc::media_stream::track_local::TrackLocal;
use ::webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use ::webrtc::peer_connection::PeerConnection;
use ::webrtc::peer_connection::transport::DtlsTransport;
use engine_core::call::input::LegMedia;
use engine_core::rtp::packet::Packet;
use futures::FutureExt;
use rtc::peer_connection::transport::RTCDtlsTransportState;
use thiserror::Error;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Interval, sleep_until, timeout};

pub use self::config::WebRtcConfig;
use crate::media::opus::OpusError;

/// How long a close may take before the leg is abandoned to its driver.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// How often the DTLS transport is asked whether the browser closed it: the stack does not tell.
const LINK_CHECK: Duration = Duration::from_secs(1);

/// What a browser's leg reports.
#[derive(Debug)]
pub enum BrowserEvent {
    /// Media flows: ICE and DTLS are done. Once, and before any packet.
    Up(LegMedia),
    Rtp(Packet),
    /// The leg is over, in words for the record. Once, and last.
    HungUp {
        cause: String,
    },
}

/// One browser's leg, answered. Dropping it closes the connection in the background.
pub struct BrowserLeg {
    connection: Arc<dyn PeerConnection>,
    outgoing: Arc<dyn TrackLocal>,
    dtls: Option<Arc<dyn DtlsTransport>>,
    link_check: Interval,
    tracks: mpsc::Receiver<Arc<dyn TrackRemote>>,
    incoming: Option<Arc<dyn TrackRemote>>,
    control: LegControl,
    state: watch::Receiver<LinkState>,
    stage: Stage,
    dropped: u64,
    closed: bool,
}

/// Ends a leg from outside its call: the WHIP resource's DELETE.
#[derive(Debug, Clone)]
pub struct LegControl(Arc<watch::Sender<LinkState>>);

/// The connection as its callbacks tell it. `Gone` is final.
#[derive(Debug, Clone)]
enum LinkState {
    Connecting,
    Connected,
    Gone { cause: String },
}

/// What the owner of the leg has been told.
enum Stage {
    Connecting { deadline: Instant, media: Box<LegMedia> },
    Up,
    Over,
}

impl BrowserLeg {
    /// Answers an offer: binds a socket, gathers candidates, and gives the leg with its SDP answer.
    /// All candidates are in the answer (no trickle ICE).
    pub async fn answer(offer: &str, config: &WebRtcConfig) -> Result<(Self, String), WebRtcError> {
        let deadline = Duration::from_millis(config.gathering_ms.into());
        timeout(deadline, answer::answer(offer, config))
            .await
            .unwrap_or(Err(WebRtcError::Gathering {
                waited_ms: config.gathering_ms,
            }))
    }

    /// The next event. Cancel-safe; after `HungUp` it never resolves again.
    pub async fn recv(&mut self) -> BrowserEvent {
        loop {
            if let Some(event) = self.transition() {
                return event;
            }
            if let Some(packet) = self.wait().await {
                return BrowserEvent::Rtp(packet);
            }
        }
    }

    /// Queues one packet for the browser and never waits: the connection holds 256 (five seconds),
    /// and what does not fit is dropped and counted, since late speech is worse than lost speech.
    pub fn send(&mut self, packet: Packet) {
        match self.outgoing.write_rtp(peer::to_wire(packet)).now_or_never() {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::trace!(%error, "packet to the browser not sent"),
            None => {
                self.dropped = self.dropped.saturating_add(1);
                metrics::counter!("hark_browser_packets_dropped_total").increment(1);
            }
        }
    }

    /// Packets that `send` dropped because the connection did not keep up.
    pub fn dropped_packets(&self) -> u64 {
        self.dropped
    }

    /// A handle that ends this leg from elsewhere.
    pub fn control(&self) -> LegControl {
        self.control.clone()
    }

    /// Says goodbye to the browser (DTLS close_notify) and frees the socket, within two seconds.
    pub async fn close(mut self) {
        self.closed = true;
        close(Arc::clone(&self.connection)).await;
    }

    /// What changed since the owner was last told, if anything.
    fn transition(&mut self) -> Option<BrowserEvent> {
        let state = self.state.borrow_and_update().clone();
        match (std::mem::replace(&mut self.stage, Stage::Over), state) {
            (Stage::Connecting { media, .. }, LinkState::Connected) => {
                self.stage = Stage::Up;
                Some(BrowserEvent::Up(*media))
            }
            (Stage::Connecting { .. } | Stage::Up, LinkState::Gone { cause }) => {
                Some(BrowserEvent::HungUp { cause })
            }
            (unchanged, LinkState::Connecting | LinkState::Connected | LinkState::Gone { .. }) => {
                self.stage = unchanged;
                None
            }
        }
    }

    /// Waits for a packet, or for anything that may be a transition (then `None`).
    async fn wait(&mut self) -> Option<Packet> {
        let (deadline, is_up) = match &self.stage {
            Stage::Connecting { deadline, .. } => (Some(*deadline), false),
            Stage::Up => (None, true),
            Stage::Over => (None, false),
        };
        tokio::select! {
            biased;
            _ = self.state.changed() => None,
            () = passed(deadline) => {
                self.control.hang_up("the browser's media never arrived: ICE or DTLS did not finish in time");
                None
            }
            Some(track) = self.tracks.recv(), if self.incoming.is_none() => {
                self.incoming = Some(track);
                None
            }
            _ = self.link_check.tick(), if is_up => {
                if is_closed(self.dtls.as_ref()).await {
                    self.control.hang_up(peer::CLOSED_BY_BROWSER);
                }
                None
            }
            event = next_event(self.incoming.as_ref()), if is_up => match event {
                Some(TrackRemoteEvent::OnRtpPacket(packet)) => peer::from_wire(packet),
                Some(_) => None,
                None => {
                    self.incoming = None;
                    None
                }
            }
        }
    }
}

impl LegControl {
    /// Ends the leg; its call sees `HungUp` with this cause. A leg that is already over stays as it is.
    pub fn hang_up(&self, cause: &str) {
        self.set(LinkState::Gone {
            cause: cause.to_owned(),
        });
    }

    /// Whether the leg is over or its call has let go of it.
    pub fn is_over(&self) -> bool {
        self.0.is_closed() || matches!(*self.0.borrow(), LinkState::Gone { .. })
    }

    fn set(&self, next: LinkState) {
        self.0.send_if_modified(|state| {
            let open = !matches!(state, LinkState::Gone { .. });
            if open {
                *state = next;
            }
            open
        });
    }
}

impl fmt::Debug for BrowserLeg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserLeg")
            .field("state", &*self.state.borrow())
            .finish_non_exhaustive()
    }
}

impl Drop for BrowserLeg {
    fn drop(&mut self) {
        // Outside a runtime there is no driver left that could be told.
        if let (false, Ok(runtime)) = (self.closed, tokio::runtime::Handle::try_current()) {
            runtime.spawn(close(Arc::clone(&self.connection)));
        }
    }
}

async fn close(connection: Arc<dyn PeerConnection>) {
    match timeout(CLOSE_MAX, connection.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "browser leg closed uncleanly"),
        Err(_) => tracing::warn!(after = ?CLOSE_MAX, "browser leg did not close in time"),
    }
}

async fn is_closed(dtls: Option<&Arc<dyn DtlsTransport>>) -> bool {
    match dtls {
        Some(dtls) => matches!(dtls.state().await, Ok(RTCDtlsTransportState::Closed)),
        None => false,
    }
}

async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

async fn next_event(track: Option<&Arc<dyn TrackRemote>>) -> Option<TrackRemoteEvent> {
    match track {
        Some(track) => track.poll().await,
        None => pending().await,
    }
}

/// Why a browser's offer was not answered. The first two are the browser's doing, the rest ours.
#[derive(Debug, Error)]
pub enum WebRtcError {
    #[error("the offer is not usable SDP: {0}")]
    Offer(String),
    #[error("the offer has no audio section with opus/48000/2 (RFC 7587)")]
    NoOpus,
    #[error("no candidates within {waited_ms} ms: check [webrtc] bind in engine.toml")]
    Gathering { waited_ms: u32 },
    #[error("the WebRTC stack failed ({step}): {reason}")]
    Stack { step: &'static str, reason: String },
    #[error(transparent)]
    Opus(#[from] OpusError),
}

#[cfg(test)]
mod tests;
