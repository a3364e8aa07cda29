//! A leg's wire: SIP with its RTP sockets, or a browser. Both give the core the same inputs.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use engine_core::call::Input;
use engine_core::call::input::{LegEvent, LegMedia, MediaDirection};
use engine_core::ids::{CallId, LegId};
use engine_core::rtp::packet::Packet;
use engine_core::sdp::{self, LocalSession, MediaPlan, NegotiationError, SdpError};
use thiserror::Error;
use tracing::{debug, info, warn};

use crate::call::services::Services;
use crate::media::ports::PortsError;
use crate::media::rtp_socket::{Received, RtpSocket};
use crate::media::webrtc::{BrowserEvent, BrowserLeg};
use crate::sip::{DialRequest, HangupCause, IncomingCall, Reoffer, SipCommand, SipError, SipEvent, SipLeg};

/// One leg on the wire.
#[derive(Debug)]
pub enum LegIo {
    Sip(Box<SipWire>),
    Browser(Box<BrowserLeg>),
}

/// Why a leg did not come up. Knows the SIP status that says so.
#[derive(Debug, Error)]
pub enum LegError {
    #[error("the offer is not readable: {0}")]
    Sdp(#[from] SdpError),
    #[error(transparent)]
    Negotiate(#[from] NegotiationError),
    #[error(transparent)]
    Ports(#[from] PortsError),
    #[error(transparent)]
    Sip(#[from] SipError),
}

impl LegError {
    /// RFC 3261 §21: 488 for media we cannot do, 503 for what we have run out of, else 500.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Sdp(_) => 400,
            Self::Negotiate(error) => error.sip_status(),
            Self::Ports(_) => 503,
            Self::Sip(_) => 500,
        }
    }
}

impl LegIo {
    /// Answers an incoming call, or rejects it with the reason.
    pub async fn answer(incoming: IncomingCall, services: &Services) -> Result<Self, LegError> {
        match SipWire::prepare(&incoming, services).await {
            Ok((wire, sdp)) => {
                let leg = incoming.answer(sdp).await?;
                Ok(Self::Sip(Box::new(wire.with(leg))))
            }
            Err(error) => {
                incoming.reject(error.status(), &error.to_string()).await;
                Err(error)
            }
        }
    }

    /// Calls an agent. `Err` is the SIP status that stands for the failure.
    pub async fn dial(services: &Services, call: &CallId, uri: &str, ring_ms: u32) -> Result<Self, u16> {
        let dialled = SipWire::dial(services, uri, ring_ms).await;
        dialled.map(|wire| Self::Sip(Box::new(wire))).map_err(|error| {
            warn!(%call, %error, "the agent's phone cannot be called");
            error.status()
        })
    }

    pub fn browser(leg: BrowserLeg) -> Self {
        Self::Browser(Box::new(leg))
    }

    /// The next thing that happens on this leg, as the core's input. Cancel-safe.
    pub async fn receive(&mut self, leg: LegId) -> Input {
        match self {
            Self::Sip(wire) => match wire.receive().await {
                Arrived::Event(event) => Input::Leg { leg, event },
                Arrived::Media(Received::Rtp(packet)) => Input::Rtp { leg, packet },
                Arrived::Media(Received::Rtcp(packet)) => Input::Rtcp { leg, packet },
            },
            Self::Browser(browser) => match browser.recv().await {
                BrowserEvent::Up(media) => Input::Leg {
                    leg,
                    event: LegEvent::Up(media),
                },
                BrowserEvent::Rtp(packet) => Input::Rtp { leg, packet },
                BrowserEvent::HungUp { cause } => Input::Leg {
                    leg,
                    event: LegEvent::HungUp { cause },
                },
            },
        }
    }

    /// Sends one packet; never waits.
    pub fn send(&mut self, packet: Packet) {
        match self {
            Self::Sip(wire) => wire.socket.send(&packet),
            Self::Browser(browser) => browser.send(packet),
        }
    }

    /// Sends RTCP. A browser's is the WebRTC stack's own business.
    pub fn send_rtcp(&mut self, packet: &[u8]) {
        match self {
            Self::Sip(wire) => wire.socket.send_rtcp(packet),
            Self::Browser(_) => {}
        }
    }

    pub fn hang_up(&mut self, cause: &str) {
        match self {
            Self::Sip(wire) => wire.command(SipCommand::Hangup {
                cause: HangupCause::normal(cause),
            }),
            Self::Browser(browser) => browser.control().hang_up(cause),
        }
    }

    pub fn refer(&mut self, to: String) {
        match self {
            Self::Sip(wire) => wire.command(SipCommand::Refer { to }),
            Self::Browser(_) => warn!("a browser's call cannot be referred: use a bridged agent"),
        }
    }

    /// Frees the leg. A SIP dialog that still stands is ended by its own task when the leg is dropped.
    pub async fn close(self) {
        match self {
            Self::Sip(_) => {}
            Self::Browser(browser) => browser.close().await,
        }
    }
}

/// A SIP dialog and its sockets.
pub struct SipWire {
    leg: Option<SipLeg>,
    socket: RtpSocket,
    local: LocalSession,
    start: StreamStart,
    agreed: Option<MediaPlan>,
    /// To be told to the core before anything else.
    announce: Option<MediaPlan>,
}

/// Random starting points of our stream (RFC 3550 §5.1), kept when media is renegotiated.
#[derive(Debug, Clone, Copy)]
struct StreamStart {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

enum Arrived {
    Event(LegEvent),
    Media(Received),
}

impl fmt::Debug for SipWire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipWire")
            .field("local", &self.local)
            .field("agreed", &self.agreed)
            .finish_non_exhaustive()
    }
}

impl SipWire {
    /// Binds sockets and makes the description for the 200: an answer, or an offer when none came.
    async fn prepare(incoming: &IncomingCall, services: &Services) -> Result<(Self, String), LegError> {
        let mut wire = Self::open(services, incoming.local_ip).await?;
        let sdp = match &incoming.offer {
            None => wire.local.offer().to_string(),
            Some(offer) => {
                let answer = wire.local.answer(&sdp::parse(offer.as_bytes())?)?;
                wire.agree(answer.plan);
                wire.announce = Some(answer.plan);
                answer.description.to_string()
            }
        };
        Ok((wire, sdp))
    }

    async fn dial(services: &Services, uri: &str, ring_ms: u32) -> Result<Self, LegError> {
        let address = services.sip.local_ip_for(uri).await?;
        let mut wire = Self::open(services, address).await?;
        let request = DialRequest {
            uri: uri.to_owned(),
            offer: wire.local.offer().to_string(),
            headers: Vec::new(),
            ring_timeout: Duration::from_millis(u64::from(ring_ms)),
        };
        let leg = services.sip.dial(request).await?;
        Ok(wire.with(leg))
    }

    async fn open(services: &Services, address: IpAddr) -> Result<Self, LegError> {
        let (rtp, rtcp) = services.ports.bind_pair().await?;
        let socket = RtpSocket::new(rtp, rtcp);
        let address = services.media.address_for(address);
        let local = LocalSession::new(address, socket.port(), rand::random());
        let start = StreamStart {
            ssrc: rand::random(),
            sequence: rand::random(),
            timestamp: rand::random(),
        };
        Ok(Self {
            leg: None,
            socket,
            local,
            start,
            agreed: None,
            announce: None,
        })
    }

    fn with(mut self, leg: SipLeg) -> Self {
        self.leg = Some(leg);
        self
    }

    async fn receive(&mut self) -> Arrived {
        if let Some(plan) = self.announce.take() {
            return Arrived::Event(LegEvent::Up(self.media(plan)));
        }
        loop {
            let Some(leg) = &mut self.leg else {
                return std::future::pending().await;
            };
            let event = tokio::select! {
                event = leg.events.recv() => event,
                received = self.socket.receive() => return Arrived::Media(received),
            };
            match event {
                Some(event) => {
                    if let Some(event) = self.take(event) {
                        return Arrived::Event(event);
                    }
                }
                None => {
                    self.leg = None;
                    return Arrived::Event(LegEvent::HungUp {
                        cause: "the dialog is over".into(),
                    });
                }
            }
        }
    }

    fn take(&mut self, event: SipEvent) -> Option<LegEvent> {
        match event {
            SipEvent::Ringing => Some(LegEvent::Ringing),
            SipEvent::Answered { sdp } | SipEvent::Answer { sdp } => Some(self.answered(&sdp)),
            SipEvent::Failed { status } => {
                self.leg = None;
                Some(LegEvent::Failed { status })
            }
            SipEvent::Reoffer(reoffer) => self.reoffered(reoffer),
            SipEvent::Key(key) => Some(LegEvent::Key(key)),
            SipEvent::ReferProgress { status } => Some(LegEvent::ReferProgress { status }),
            SipEvent::HungUp { cause } => {
                self.leg = None;
                Some(LegEvent::HungUp { cause })
            }
        }
    }

    /// The far end has answered our offer.
    fn answered(&mut self, text: &str) -> LegEvent {
        let plan = sdp::parse(text.as_bytes())
            .map_err(LegError::from)
            .and_then(|answer| Ok(self.local.apply_answer(&answer)?));
        match plan {
            Ok(plan) => self.changed(plan),
            Err(error) => {
                info!(%error, "the answer cannot be used");
                self.command(SipCommand::Hangup {
                    cause: HangupCause::normal(error.to_string()),
                });
                LegEvent::HungUp {
                    cause: error.to_string(),
                }
            }
        }
    }

    /// Hold, resume, a new codec: answered at once, since the far end waits inside a transaction.
    fn reoffered(&mut self, reoffer: Reoffer) -> Option<LegEvent> {
        let Some(text) = reoffer.sdp else {
            // Its answer comes with the ACK.
            let _ = reoffer.reply.send(Ok(self.local.offer().to_string()));
            return None;
        };
        let answered = sdp::parse(text.as_bytes())
            .map_err(LegError::from)
            .and_then(|offer| Ok(self.local.answer(&offer)?));
        match answered {
            Ok(answer) => {
                let _ = reoffer.reply.send(Ok(answer.description.to_string()));
                Some(self.changed(answer.plan))
            }
            Err(error) => {
                info!(%error, "a re-offer is refused; the session stays as it was");
                let _ = reoffer.reply.send(Err(error.status()));
                None
            }
        }
    }

    /// What the core must know of a plan: only the direction when the stream itself is the same.
    fn changed(&mut self, plan: MediaPlan) -> LegEvent {
        let before = self.agree(plan);
        let same_stream = before.is_some_and(|before| {
            (before.codec, before.payload_type, before.dtmf_payload_type)
                == (plan.codec, plan.payload_type, plan.dtmf_payload_type)
        });
        if same_stream {
            LegEvent::Direction(plan.direction)
        } else {
            LegEvent::Up(self.media(plan))
        }
    }

    fn agree(&mut self, plan: MediaPlan) -> Option<MediaPlan> {
        debug!(codec = plan.codec.name(), remote = %plan.remote, direction = ?plan.direction, "media agreed");
        // A held stream keeps its old address.
        if plan.direction != MediaDirection::Inactive {
            self.socket.signalled(plan.remote, plan.remote_rtcp);
        }
        self.agreed.replace(plan)
    }

    fn media(&self, plan: MediaPlan) -> LegMedia {
        LegMedia {
            codec: plan.codec.build(),
            payload_type: plan.payload_type,
            dtmf_payload_type: plan.dtmf_payload_type,
            direction: plan.direction,
            ssrc: self.start.ssrc,
            first_sequence: self.start.sequence,
            first_timestamp: self.start.timestamp,
        }
    }

    fn command(&mut self, command: SipCommand) {
        let Some(leg) = &self.leg else { return };
        if leg.commands.try_send(command).is_err() {
            // The dialog's task has ended or stands still; dropping the leg ends the dialog.
            self.leg = None;
        }
    }
}
