//! From an offer to an answered leg (RFC 8829 §5.3), and what the two agreed on.

use std::sync::Arc;
use std::time::Duration;

use ::webrtc::error::Error;
use ::webrtc::media_stream::track_local::TrackLocal;
use ::webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use ::webrtc::peer_connection::{PeerConnection, RTCSessionDescription};
use engine_core::audio::codec::Codec;
use engine_core::call::input::{LegMedia, MediaDirection};
use rtc::media_stream::MediaStreamTrack;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval};

use super::peer::{self, Events};
use super::{BrowserLeg, LINK_CHECK, LegControl, LinkState, Stage, WebRtcConfig, WebRtcError};
use crate::media::opus::Opus;

pub(super) async fn answer(offer: &str, config: &WebRtcConfig) -> Result<(BrowserLeg, String), WebRtcError> {
    let offer = RTCSessionDescription::offer(offer.to_owned())
        .map_err(|error| WebRtcError::Offer(error.to_string()))?;
    let codec = Box::new(Opus::new()?);
    let ssrc = rand::random();
    let (state_tx, state) = watch::channel(LinkState::Connecting);
    let (track_tx, tracks) = mpsc::channel(1);
    let (gathered_tx, gathered) = watch::channel(false);
    let control = LegControl(Arc::new(state_tx));
    let events = Events {
        control: control.clone(),
        tracks: track_tx,
        gathered: gathered_tx,
    };
    let connection = peer::connect(config, events).await.map_err(stack("start"))?;
    let mut leg = BrowserLeg {
        connection,
        outgoing: local_track(ssrc),
        dtls: None,
        link_check: interval(LINK_CHECK),
        tracks,
        incoming: None,
        control,
        state,
        stage: Stage::Over,
        dropped: 0,
        closed: false,
    };
    // The track first, so that the answer's section sends as well as receives.
    let sender = leg
        .connection
        .add_track(Arc::clone(&leg.outgoing))
        .await
        .map_err(stack("add track"))?;
    let answer = negotiate(leg.connection.as_ref(), offer, gathered).await?;
    leg.dtls = sender.transport().await.map_err(stack("read transport"))?;
    leg.stage = Stage::Connecting {
        deadline: Instant::now() + Duration::from_millis(config.connect_ms.into()),
        media: Box::new(agreed(&answer, codec, ssrc).ok_or(WebRtcError::NoOpus)?),
    };
    Ok((leg, answer))
}

async fn negotiate(
    connection: &dyn PeerConnection,
    offer: RTCSessionDescription,
    mut gathered: watch::Receiver<bool>,
) -> Result<String, WebRtcError> {
    connection
        .set_remote_description(offer)
        .await
        .map_err(|error| WebRtcError::Offer(error.to_string()))?;
    let answer = connection
        .create_answer(None)
        .await
        .map_err(stack("create answer"))?;
    if payload_type(&answer.sdp, "opus").is_none() {
        return Err(WebRtcError::NoOpus);
    }
    connection
        .set_local_description(answer)
        .await
        .map_err(stack("apply answer"))?;
    gathered
        .wait_for(|done| *done)
        .await
        .map_err(|_| WebRtcError::Stack {
            step: "gather",
            reason: "the connection stopped".to_owned(),
        })?;
    match connection.local_description().await {
        Some(answer) => Ok(without_repetition(&answer.sdp)),
        None => Err(WebRtcError::Stack {
            step: "read answer",
            reason: "no local description".to_owned(),
        }),
    }
}

pub(super) fn local_track(ssrc: u32) -> Arc<dyn TrackLocal> {
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(ssrc),
            ..Default::default()
        },
        codec: peer::opus(),
        ..Default::default()
    };
    Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
        "hark".to_owned(),
        "voice".to_owned(),
        "voice".to_owned(),
        RtpCodecKind::Audio,
        vec![encoding],
    )))
}

/// What the answer says, which is what both sides will do.
fn agreed(answer: &str, codec: Box<dyn Codec>, ssrc: u32) -> Option<LegMedia> {
    Some(LegMedia {
        payload_type: payload_type(answer, codec.name())?,
        codec,
        dtmf_payload_type: payload_type(answer, "telephone-event"),
        direction: direction(answer),
        ssrc,
        first_sequence: rand::random(),
        first_timestamp: rand::random(),
    })
}

/// The payload type of an encoding: `a=rtpmap:111 opus/48000/2` (RFC 8866 §6.6).
fn payload_type(sdp: &str, encoding: &str) -> Option<u8> {
    sdp.lines().find_map(|line| {
        let (number, mapping) = line.trim().strip_prefix("a=rtpmap:")?.split_once(' ')?;
        let (name, _clock) = mapping.split_once('/')?;
        let number = number.parse().ok().filter(|number| *number < 128)?;
        name.eq_ignore_ascii_case(encoding).then_some(number)
    })
}

/// The stack matches `telephone-event` without its clock, so an offer with two of them (Chromium's)
/// has ours answered twice: once in the list of formats, once as rtpmap. RFC 8866 knows each once.
fn without_repetition(answer: &str) -> String {
    let mut kept = String::with_capacity(answer.len());
    let mut mapped = Vec::new();
    for line in answer.lines() {
        if line.starts_with("a=rtpmap:") {
            if mapped.contains(&line) {
                continue;
            }
            mapped.push(line);
        }
        if line.starts_with("m=") {
            mapped.clear();
            let mut words: Vec<&str> = Vec::new();
            for word in line.split(' ') {
                if !words.contains(&word) {
                    words.push(word);
                }
            }
            kept.push_str(&words.join(" "));
        } else {
            kept.push_str(line);
        }
        kept.push_str("\r\n");
    }
    kept
}

/// The answer is ours, so its words are seen from us (RFC 3264 §6.1).
fn direction(answer: &str) -> MediaDirection {
    let says = |attribute: &str| answer.lines().any(|line| line.trim() == attribute);
    if says("a=sendonly") {
        MediaDirection::SendOnly
    } else if says("a=recvonly") {
        MediaDirection::ReceiveOnly
    } else if says("a=inactive") {
        MediaDirection::Inactive
    } else {
        MediaDirection::SendReceive
    }
}

fn stack(step: &'static str) -> impl Fn(Error) -> WebRtcError {
    move |error| WebRtcError::Stack {
        step,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{payload_type, without_repetition};

    #[test]
    fn finds_payload_types() {
        let check = |sdp: &str, encoding: &str, expect: Option<u8>| {
            assert_eq!(payload_type(sdp, encoding), expect, "{encoding} in {sdp:?}");
        };
        check("a=rtpmap:111 opus/48000/2\r\n", "opus", Some(111));
        check("a=rtpmap:96 OPUS/48000/2\r\n", "opus", Some(96));
        check(
            "a=rtpmap:101 telephone-event/8000\r\n",
            "telephone-event",
            Some(101),
        );
        check("a=rtpmap:101 telephone-event/8000\r\n", "opus", None);
        check("a=rtpmap:300 opus/48000/2\r\n", "opus", None);
        check("a=rtpmap:200 opus/48000/2\r\n", "opus", None);
        check("a=rtpmap:111\r\na=rtpmap:\r\n", "opus", None);
    }

    #[test]
    fn says_each_format_once() {
        let check = |answer: &str, expect: &str| assert_eq!(without_repetition(answer), expect);
        check(
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 110 110\r\na=rtpmap:110 x/1\r\na=rtpmap:110 x/1\r\n",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111 110\r\na=rtpmap:110 x/1\r\n",
        );
        check("v=0\r\ns=-\r\n", "v=0\r\ns=-\r\n");
    }
}
