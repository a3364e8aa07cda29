//! Offer and answer (RFC 3264) for one audio stream of PCMU or PCMA with telephone events.

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use super::parse::{Description, Media};
use super::write;
use crate::call::input::MediaDirection;

/// Payload types of ours in an offer (RFC 3551 §6; 101 is everyone's habit for telephone events).
const PCMU: u8 = 0;
const PCMA: u8 = 8;
const TELEPHONE_EVENT: u8 = 101;

/// The codecs that a SIP leg speaks, best first when the choice is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioCodec {
    Pcmu,
    Pcma,
}

impl AudioCodec {
    /// The encoding name (RFC 3551 §6).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Pcmu, Self::Pcma]
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }
}

/// Our side: where we listen, and what our `o=` line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    pub address: IpAddr,
    pub port: u16,
    pub session_id: u64,
    /// Goes up by one with each description that differs from the last (RFC 3264 §8).
    pub version: u64,
}

/// What both sides have agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaPlan {
    /// Where the far end wants RTP and RTCP.
    pub remote: SocketAddr,
    pub remote_rtcp: SocketAddr,
    pub codec: AudioCodec,
    pub payload_type: u8,
    pub dtmf_payload_type: Option<u8>,
    /// Seen from us.
    pub direction: MediaDirection,
}

/// Why there is nothing to agree on. All of these are 488 Not Acceptable Here (RFC 3261 §21.4.26).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NegotiateError {
    #[error("no audio stream is offered")]
    NoAudio,
    #[error("no codec in common: offered {offered}, we speak PCMU and PCMA")]
    NoCommonCodec { offered: String },
    #[error("the audio stream is {protocol}; we speak RTP/AVP on this trunk")]
    Protocol { protocol: String },
    #[error("the audio stream names no address to send to")]
    NoAddress,
}

/// Answers an offer: the description to send back and what it settles.
pub fn answer(offer: &Description, local: &Local) -> Result<(String, MediaPlan), NegotiateError> {
    let chosen = choose(offer)?;
    let plan = plan(chosen)?;
    let mut text = write::head(local);
    for media in &offer.media {
        if std::ptr::eq(media, chosen) {
            text.push_str(&write::audio(
                local,
                &write::Audio {
                    codecs: &[(plan.payload_type, plan.codec)],
                    dtmf_payload_type: plan.dtmf_payload_type,
                    direction: plan.direction,
                },
            ));
        } else {
            text.push_str(&write::refused(media));
        }
    }
    Ok((text, plan))
}

/// Our own offer: for calls we place, and for an INVITE that came without one.
pub fn offer(local: &Local) -> String {
    let audio = write::Audio {
        codecs: &[(PCMU, AudioCodec::Pcmu), (PCMA, AudioCodec::Pcma)],
        dtmf_payload_type: Some(TELEPHONE_EVENT),
        direction: MediaDirection::SendReceive,
    };
    write::head(local) + &write::audio(local, &audio)
}

/// Reads the answer to an offer of ours.
pub fn accept_answer(answer: &Description) -> Result<MediaPlan, NegotiateError> {
    plan(choose(answer)?)
}

/// The first audio stream that is not refused, with a protocol and a codec we speak.
fn choose(description: &Description) -> Result<&Media, NegotiateError> {
    let mut audio = description
        .media
        .iter()
        .filter(|media| media.kind == "audio" && media.port != 0);
    let mut reason = NegotiateError::NoAudio;
    audio
        .find(|media| match usable(media) {
            Ok(_) => true,
            Err(why) => {
                reason = why;
                false
            }
        })
        .ok_or(reason)
}

fn usable(media: &Media) -> Result<(u8, AudioCodec), NegotiateError> {
    if media.protocol != "RTP/AVP" {
        return Err(NegotiateError::Protocol {
            protocol: media.protocol.clone(),
        });
    }
    media
        .formats
        .iter()
        .filter_map(|format| format.parse().ok())
        .find_map(|payload_type| codec(media, payload_type).map(|codec| (payload_type, codec)))
        .ok_or_else(|| NegotiateError::NoCommonCodec {
            offered: offered(media),
        })
}

/// The codec of a payload type: by its `rtpmap`, else by the static table of RFC 3551 §6.
fn codec(media: &Media, payload_type: u8) -> Option<AudioCodec> {
    match encoding(media, payload_type) {
        Some(encoding) => {
            let (name, clock) = encoding.split_once('/')?;
            if clock.split('/').next() == Some("8000") {
                AudioCodec::named(name)
            } else {
                None
            }
        }
        None => match payload_type {
            PCMU => Some(AudioCodec::Pcmu),
            PCMA => Some(AudioCodec::Pcma),
            _ => None,
        },
    }
}

fn encoding(media: &Media, payload_type: u8) -> Option<&str> {
    media
        .rtpmap
        .iter()
        .find(|(mapped, _)| *mapped == payload_type)
        .map(|(_, encoding)| encoding.as_str())
}

fn telephone_event(media: &Media) -> Option<u8> {
    media
        .rtpmap
        .iter()
        .find(|(_, encoding)| encoding.eq_ignore_ascii_case("telephone-event/8000"))
        .map(|(payload_type, _)| *payload_type)
}

fn plan(media: &Media) -> Result<MediaPlan, NegotiateError> {
    let (payload_type, codec) = usable(media)?;
    let address = media.address.ok_or(NegotiateError::NoAddress)?;
    let rtcp_port = media.rtcp_port.unwrap_or_else(|| media.port.saturating_add(1));
    Ok(MediaPlan {
        remote: SocketAddr::new(address, media.port),
        remote_rtcp: SocketAddr::new(address, rtcp_port),
        codec,
        payload_type,
        dtmf_payload_type: telephone_event(media),
        direction: seen_from_us(media.direction, address),
    })
}

/// The far end's direction, mirrored (RFC 3264 §6.1). The address 0.0.0.0 is the old way to hold (§8.4).
fn seen_from_us(theirs: MediaDirection, address: IpAddr) -> MediaDirection {
    if address.is_unspecified() {
        return MediaDirection::Inactive;
    }
    match theirs {
        MediaDirection::SendReceive => MediaDirection::SendReceive,
        MediaDirection::SendOnly => MediaDirection::ReceiveOnly,
        MediaDirection::ReceiveOnly => MediaDirection::SendOnly,
        MediaDirection::Inactive => MediaDirection::Inactive,
    }
}

fn offered(media: &Media) -> String {
    let names: Vec<&str> = media
        .formats
        .iter()
        .map(|format| {
            format
                .parse()
                .ok()
                .and_then(|pt| encoding(media, pt))
                .unwrap_or(format)
        })
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{AudioCodec, Local, NegotiateError, accept_answer, answer, offer};
    use crate::call::input::MediaDirection;
    use crate::sdp::parse;

    fn local() -> Local {
        Local {
            address: "127.0.0.1".parse().unwrap(),
            port: 20_000,
            session_id: 7,
            version: 1,
        }
    }

    fn check(sections: &str, expect: &str) {
        let text =
            format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n{sections}");
        let (answer, _) = answer(&parse(&text).unwrap(), &local()).unwrap();
        let sections = answer.split_once("t=0 0\r\n").unwrap().1;
        assert_eq!(sections.replace("\r\n", "\n"), expect);
    }

    #[test]
    fn the_offerers_first_common_codec_is_taken() {
        check(
            "m=audio 4000 RTP/AVP 9 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\n",
            "m=audio 20000 RTP/AVP 8 96\na=rtpmap:8 PCMA/8000\na=rtpmap:96 telephone-event/8000\n\
             a=fmtp:96 0-15\na=ptime:20\na=sendrecv\n",
        );
    }

    #[test]
    fn other_streams_keep_their_place_and_are_refused() {
        check(
            "m=video 5000 RTP/AVP 99\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\nm=audio 4002 RTP/AVP 0\r\n",
            "m=video 0 RTP/AVP 99\nm=audio 20000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=ptime:20\na=recvonly\n\
             m=audio 0 RTP/AVP 0\n",
        );
    }

    #[test]
    fn an_offer_we_cannot_take_says_why() {
        for (sections, expect) in [
            ("m=video 5000 RTP/AVP 99\r\n", NegotiateError::NoAudio),
            ("m=audio 0 RTP/AVP 0\r\n", NegotiateError::NoAudio),
            (
                "m=audio 4000 RTP/AVP 9 18\r\na=rtpmap:9 G722/8000\r\n",
                NegotiateError::NoCommonCodec {
                    offered: "G722/8000, 18".into(),
                },
            ),
            (
                "m=audio 4000 RTP/SAVP 0\r\n",
                NegotiateError::Protocol {
                    protocol: "RTP/SAVP".into(),
                },
            ),
        ] {
            let text = format!("v=0\r\nc=IN IP4 192.0.2.1\r\n{sections}");
            assert_eq!(answer(&parse(&text).unwrap(), &local()).unwrap_err(), expect);
        }
    }

    #[test]
    fn our_own_offer_can_be_answered_by_ourselves() {
        let offered = parse(&offer(&local())).unwrap();
        let (text, theirs) = answer(
            &offered,
            &Local {
                port: 30_000,
                ..local()
            },
        )
        .unwrap();
        let ours = accept_answer(&parse(&text).unwrap()).unwrap();
        assert_eq!(
            (ours.codec, ours.payload_type, ours.dtmf_payload_type),
            (AudioCodec::Pcmu, 0, Some(101))
        );
        assert_eq!(ours.remote.port(), 30_000);
        assert_eq!(theirs.remote.port(), 20_000);
    }

    #[test]
    fn the_old_hold_by_address_is_a_hold() {
        let text = "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n";
        let (_, plan) = answer(&parse(text).unwrap(), &local()).unwrap();
        assert_eq!(plan.direction, MediaDirection::Inactive);
    }
}
