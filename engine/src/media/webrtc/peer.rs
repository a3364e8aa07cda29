//! The connection of one leg: what we accept, where it listens, and its callbacks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::webrtc::error::Error;
use ::webrtc::media_stream::track_remote::TrackRemote;
use ::webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceCandidateType,
    RTCIceGatheringState, RTCPeerConnectionState, Registry, SettingEngine, SettingEngineBuilder,
    configure_rtcp_reports,
};
use bytes::Bytes;
use engine_core::rtp::packet::Packet;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_TELEPHONE_EVENT};
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind};
use tokio::sync::{mpsc, watch};

use super::{LegControl, LinkState, WebRtcConfig};
use crate::media::opus::RTP_CLOCK_HZ;

/// The cause of a leg that the browser ended by closing its connection.
pub(super) const CLOSED_BY_BROWSER: &str = "the browser closed the connection";

/// What the callbacks report, and to whom.
pub(super) struct Events {
    pub(super) control: LegControl,
    pub(super) tracks: mpsc::Sender<Arc<dyn TrackRemote>>,
    pub(super) gathered: watch::Sender<bool>,
}

pub(super) async fn connect(config: &WebRtcConfig, events: Events) -> Result<Arc<dyn PeerConnection>, Error> {
    let addresses: Vec<SocketAddr> = config.bind.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
    let connection = PeerConnectionBuilder::new()
        .with_media_engine(media_engine()?)
        .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
        .with_setting_engine(settings(config))
        .with_handler(Arc::new(events))
        .with_udp_addrs(addresses)
        .build()
        .await?;
    Ok(Arc::new(connection))
}

/// Opus as the sender describes it: mono speech, with FEC wanted from the browser (RFC 7587 §6.1).
pub(super) fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.to_owned(),
        clock_rate: RTP_CLOCK_HZ,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0".to_owned(),
        rtcp_feedback: Vec::new(),
    }
}

/// Payload types here are only defaults: an answer uses the offer's.
fn media_engine() -> Result<MediaEngine, Error> {
    let mut engine = MediaEngine::default();
    let telephone_event = RTCRtpCodec {
        mime_type: MIME_TYPE_TELEPHONE_EVENT.to_owned(),
        clock_rate: RTP_CLOCK_HZ,
        channels: 0,
        sdp_fmtp_line: String::new(),
        rtcp_feedback: Vec::new(),
    };
    for (rtp_codec, payload_type) in [(opus(), 111), (telephone_event, 110)] {
        let codec = RTCRtpCodecParameters {
            rtp_codec,
            payload_type,
        };
        engine.register_codec(codec, RtpCodecKind::Audio)?;
    }
    Ok(engine)
}

fn settings(config: &WebRtcConfig) -> SettingEngine {
    let ms = |value: u32| Some(Duration::from_millis(value.into()));
    let settings = SettingEngineBuilder::new()
        // A browser's mDNS names need no lookup: its checks reach us and reveal its address.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(config.bind.iter().any(|ip| ip.is_loopback()))
        .with_ice_timeouts(ms(config.disconnected_ms), ms(config.failed_ms), ms(2_000));
    match config.advertise {
        Some(public) => settings.with_nat_1to1_ips(vec![public.to_string()], RTCIceCandidateType::Host),
        None => settings,
    }
    .build()
}

// The callbacks run on the connection's own task: they must not wait.
#[async_trait::async_trait]
impl PeerConnectionEventHandler for Events {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.send_replace(true);
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        tracing::debug!(%state, "browser leg");
        match state {
            RTCPeerConnectionState::Connected => self.control.set(LinkState::Connected),
            RTCPeerConnectionState::Failed => self.control.hang_up("the browser's media stopped"),
            RTCPeerConnectionState::Closed => self.control.hang_up(CLOSED_BY_BROWSER),
            RTCPeerConnectionState::Unspecified
            | RTCPeerConnectionState::New
            | RTCPeerConnectionState::Connecting
            | RTCPeerConnectionState::Disconnected => {}
            // The enum is open; a state unknown today is no reason to end a call.
            _ => {}
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        if self.tracks.try_send(track).is_err() {
            tracing::debug!("browser sends a second audio track: not heard");
        }
    }
}

/// To the core's packet; `None` for the empty payloads with which a browser probes bandwidth.
pub(super) fn from_wire(packet: rtc::rtp::Packet) -> Option<Packet> {
    let header = packet.header;
    (!packet.payload.is_empty()).then(|| Packet {
        payload_type: header.payload_type,
        marker: header.marker,
        sequence: header.sequence_number,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
        payload: packet.payload.to_vec(),
    })
}

pub(super) fn to_wire(packet: Packet) -> rtc::rtp::Packet {
    rtc::rtp::Packet {
        header: rtc::rtp::Header {
            version: 2,
            payload_type: packet.payload_type,
            marker: packet.marker,
            sequence_number: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: packet.ssrc,
            ..Default::default()
        },
        payload: Bytes::from(packet.payload),
    }
}
