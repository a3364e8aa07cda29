//! Offer and answer (RFC 3264): which codec, where to, which way. One audio stream over RTP/AVP;
//! whatever else is offered is refused by port 0 and stays in its place.

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use crate::sdp::codec::AudioCodec;
use crate::sdp::description::{Attribute, Connection, MediaDescription, Origin, SessionDescription};
use crate::sdp::direction::MediaDirection;

/// What was agreed, as the media path needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaPlan {
    /// Where our RTP goes (until symmetric RTP learns better). Meaningless unless we send.
    pub remote: SocketAddr,
    pub remote_rtcp: SocketAddr,
    pub codec: AudioCodec,
    /// Payload type of `codec`.
    pub payload_type: u8,
    /// Payload type of `telephone-event` (RFC 4733), when agreed.
    pub dtmf_payload_type: Option<u8>,
    /// Seen from us.
    pub direction: MediaDirection,
    /// What the far end likes to receive. We send 20 ms packets, which everybody takes.
    pub ptime_ms: u32,
}

/// An answer to an offer, and what it amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub description: SessionDescription,
    pub plan: MediaPlan,
}

/// Why an offer or an answer came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NegotiationError {
    #[error("no audio stream is offered")]
    NoAudio,
    #[error("no common codec: the far end has {}", offered.join(", "))]
    NoCommonCodec { offered: Vec<String> },
    #[error("audio is offered over {protocol} only, and RTP/AVP is needed")]
    Protocol { protocol: String },
    #[error("the far end's media address is missing or a host name, which is not resolved")]
    Address,
    #[error("the answer does not fit the offer: {0}")]
    Misfit(&'static str),
    #[error("the far end refused the audio stream")]
    Refused,
}

impl NegotiationError {
    /// What to answer an INVITE with (RFC 3261 §13.3.1.3).
    pub const fn sip_status(&self) -> u16 {
        488
    }

    /// A short name for metrics and logs.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NoAudio => "no_audio",
            Self::NoCommonCodec { .. } => "no_common_codec",
            Self::Protocol { .. } => "media_protocol",
            Self::Address => "media_address",
            Self::Misfit(_) => "answer_misfit",
            Self::Refused => "audio_refused",
        }
    }
}

/// Our side of one leg's session: what we can do, and the edition of our description, which
/// changes exactly when the description does (RFC 3264 §8).
#[derive(Debug, Clone)]
pub struct LocalSession {
    /// Where we receive RTP; RTCP is at the next port.
    pub address: IpAddr,
    pub port: u16,
    /// Most preferred first. The far end's preference decides when it offers.
    pub codecs: Vec<AudioCodec>,
    /// `SendOnly` to put the far end on hold.
    pub direction: MediaDirection,
    /// Keys are sent and taken as telephone events (RFC 4733); false for a line that carries none.
    pub telephone_events: bool,
    session_id: u64,
    version: u64,
    last: Option<SessionDescription>,
}

impl LocalSession {
    /// `session_id` should be unique; it also numbers the first description.
    pub fn new(address: IpAddr, port: u16, session_id: u64) -> Self {
        Self {
            address,
            port,
            codecs: vec![AudioCodec::Pcmu, AudioCodec::Pcma],
            direction: MediaDirection::SendReceive,
            telephone_events: true,
            // Peers read this into signed 64-bit integers.
            session_id: session_id & (u64::MAX >> 1),
            version: session_id & (u64::MAX >> 2),
            last: None,
        }
    }

    /// Our offer: for outbound calls, for an INVITE without one, and to change a session.
    pub fn offer(&mut self) -> SessionDescription {
        let codecs = self.codecs.iter().map(|codec| (codec.payload_type(), *codec));
        let keys = self.telephone_events.then_some(DTMF_PAYLOAD_TYPE);
        let media = self.audio(codecs.collect(), keys, self.direction);
        self.describe(vec![media])
    }

    /// Answers an offer. [`Answer::negotiate`] by another name.
    pub fn answer(&mut self, offer: &SessionDescription) -> Result<Answer, NegotiationError> {
        let chosen = self.choose(offer)?;
        let plan = self.plan(offer, chosen)?;
        let accepted = self.audio(
            vec![(plan.payload_type, plan.codec)],
            plan.dtmf_payload_type,
            plan.direction,
        );
        let answer_one = |media: &MediaDescription| {
            if std::ptr::eq(media, chosen) {
                accepted.clone()
            } else {
                refuse(media)
            }
        };
        let media = offer.media.iter().map(answer_one).collect();
        Ok(Answer {
            description: self.describe(media),
            plan,
        })
    }

    /// What an answer to our last [`Self::offer`] amounts to.
    pub fn apply_answer(&self, answer: &SessionDescription) -> Result<MediaPlan, NegotiationError> {
        let [media] = answer.media.as_slice() else {
            return Err(NegotiationError::Misfit(
                "it must have one media line, as the offer has",
            ));
        };
        if media.kind != "audio" {
            return Err(NegotiationError::Misfit("its media line is not audio"));
        }
        if media.port == 0 {
            return Err(NegotiationError::Refused);
        }
        self.plan(answer, self.choose(answer)?)
    }

    /// The first audio stream that we can take; else the most telling reason why there is none.
    fn choose<'a>(&self, remote: &'a SessionDescription) -> Result<&'a MediaDescription, NegotiationError> {
        let audio = || {
            remote
                .media
                .iter()
                .filter(|media| media.kind == "audio" && media.port != 0)
        };
        let plain = || audio().filter(|media| media.protocol == PROTOCOL);
        if let Some(media) = plain().find(|media| self.common_codec(media).is_some()) {
            return Ok(media);
        }
        Err(match (plain().next(), audio().next()) {
            (Some(media), _) => NegotiationError::NoCommonCodec {
                offered: media.encodings(),
            },
            (None, Some(media)) => NegotiationError::Protocol {
                protocol: media.protocol.clone(),
            },
            (None, None) => NegotiationError::NoAudio,
        })
    }

    fn plan(
        &self,
        remote: &SessionDescription,
        media: &MediaDescription,
    ) -> Result<MediaPlan, NegotiationError> {
        let address = remote.rtp_address(media).ok_or(NegotiationError::Address)?;
        let (payload_type, codec) =
            self.common_codec(media)
                .ok_or_else(|| NegotiationError::NoCommonCodec {
                    offered: media.encodings(),
                })?;
        let mut theirs = remote.direction(media);
        if address.ip().is_unspecified() {
            // Hold as RFC 2543 wrote it: nothing may be sent to them (RFC 3264 §8.4).
            theirs = theirs.and(MediaDirection::SendOnly);
        }
        Ok(MediaPlan {
            remote: address,
            remote_rtcp: rtcp_address(media, address),
            codec,
            payload_type,
            dtmf_payload_type: telephone_event(media, codec.clock_hz()).filter(|_| self.telephone_events),
            direction: theirs.reversed().and(self.direction),
            ptime_ms: ptime_ms(media),
        })
    }

    /// The far end's most preferred codec that we have too.
    fn common_codec(&self, media: &MediaDescription) -> Option<(u8, AudioCodec)> {
        media.payload_types().find_map(|payload_type| {
            let map = media.rtpmap(payload_type)?;
            let codec = AudioCodec::find(map.encoding, map.clock_hz)?;
            self.codecs.contains(&codec).then_some((payload_type, codec))
        })
    }

    fn audio(
        &self,
        codecs: Vec<(u8, AudioCodec)>,
        dtmf_payload_type: Option<u8>,
        direction: MediaDirection,
    ) -> MediaDescription {
        let mut formats: Vec<String> = codecs.iter().map(|(number, _)| number.to_string()).collect();
        let mut attributes: Vec<Attribute> = codecs
            .iter()
            .map(|(number, codec)| (number, codec.name(), codec.clock_hz()))
            .map(|(number, name, clock_hz)| {
                Attribute::with("rtpmap", format_args!("{number} {name}/{clock_hz}"))
            })
            .collect();
        if let Some(number) = dtmf_payload_type {
            formats.push(number.to_string());
            attributes.push(Attribute::with(
                "rtpmap",
                format_args!("{number} telephone-event/8000"),
            ));
            attributes.push(Attribute::with("fmtp", format_args!("{number} 0-15")));
        }
        attributes.push(Attribute::with("ptime", PTIME_MS));
        attributes.push(Attribute::flag(direction.attribute()));
        MediaDescription {
            kind: "audio".to_owned(),
            port: self.port,
            protocol: PROTOCOL.to_owned(),
            formats,
            connection: None,
            attributes,
        }
    }

    fn describe(&mut self, media: Vec<MediaDescription>) -> SessionDescription {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let mut description = SessionDescription {
            origin: Origin {
                username: "-".to_owned(),
                session_id: self.session_id.to_string(),
                version: self.version.to_string(),
                address: format!("IN {family} {}", self.address),
            },
            name: "-".to_owned(),
            connection: Some(Connection::of(self.address)),
            attributes: Vec::new(),
            media,
        };
        if self.last.as_ref().is_some_and(|last| *last != description) {
            self.version += 1;
            description.origin.version = self.version.to_string();
        }
        self.last = Some(description.clone());
        description
    }
}

impl Answer {
    /// Answers `offer` with what `local` can do.
    pub fn negotiate(offer: &SessionDescription, local: &mut LocalSession) -> Result<Self, NegotiationError> {
        local.answer(offer)
    }
}

/// A refused stream keeps its place, kind, protocol and one format (RFC 3264 §6).
fn refuse(media: &MediaDescription) -> MediaDescription {
    MediaDescription {
        kind: media.kind.clone(),
        port: 0,
        protocol: media.protocol.clone(),
        formats: media.formats.iter().take(1).cloned().collect(),
        connection: None,
        attributes: Vec::new(),
    }
}

/// `a=rtcp:port [IN IP4 address]` (RFC 3605), else the next port.
fn rtcp_address(media: &MediaDescription, rtp: SocketAddr) -> SocketAddr {
    let beside = SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1));
    let Some(value) = media.attribute("rtcp") else {
        return beside;
    };
    let mut fields = value.split_ascii_whitespace();
    let port = fields.next().and_then(|port| port.parse().ok());
    let address = fields.nth(2).and_then(|address| address.parse().ok());
    port.map_or(beside, |port| SocketAddr::new(address.unwrap_or(rtp.ip()), port))
}

fn telephone_event(media: &MediaDescription, clock_hz: u32) -> Option<u8> {
    media.payload_types().find(|number| {
        media.rtpmap(*number).is_some_and(|map| {
            map.encoding.eq_ignore_ascii_case("telephone-event") && map.clock_hz == clock_hz
        })
    })
}

fn ptime_ms(media: &MediaDescription) -> u32 {
    let asked = media
        .attribute("ptime")
        .and_then(|value| value.trim().parse().ok());
    asked.filter(|ms| (5..=200).contains(ms)).unwrap_or(PTIME_MS)
}

const PROTOCOL: &str = "RTP/AVP";
/// One frame (RFC 3551 §4.2's default).
const PTIME_MS: u32 = 20;
/// The dynamic payload type everybody uses for it.
const DTMF_PAYLOAD_TYPE: u8 = 101;

#[cfg(test)]
mod tests;
