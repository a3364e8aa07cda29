//! Writes the descriptions that we send: one audio section, and a refused one for everything else.

use std::fmt::Write;
use std::net::IpAddr;

use super::negotiate::{AudioCodec, Local};
use super::parse::Media;
use crate::call::input::MediaDirection;

/// One audio section of ours.
pub(super) struct Audio<'a> {
    pub(super) codecs: &'a [(u8, AudioCodec)],
    pub(super) dtmf_payload_type: Option<u8>,
    pub(super) direction: MediaDirection,
}

/// Our side of the session up to its first `m=` line (RFC 8866 §5).
pub(super) fn head(local: &Local) -> String {
    let (family, address) = (family(local.address), local.address);
    format!(
        "v=0\r\no=hark {} {} IN {family} {address}\r\ns=hark\r\nc=IN {family} {address}\r\nt=0 0\r\n",
        local.session_id, local.version
    )
}

pub(super) fn audio(local: &Local, audio: &Audio<'_>) -> String {
    let mut formats: Vec<u8> = audio
        .codecs
        .iter()
        .map(|(payload_type, _)| *payload_type)
        .collect();
    formats.extend(audio.dtmf_payload_type);
    let mut text = format!("m=audio {} RTP/AVP", local.port);
    // Writing to a String cannot fail.
    for format in formats {
        let _ = write!(text, " {format}");
    }
    text.push_str("\r\n");
    for (payload_type, codec) in audio.codecs {
        let _ = write!(text, "a=rtpmap:{payload_type} {}/8000\r\n", codec.name());
    }
    if let Some(payload_type) = audio.dtmf_payload_type {
        let _ = write!(
            text,
            "a=rtpmap:{payload_type} telephone-event/8000\r\na=fmtp:{payload_type} 0-15\r\n"
        );
    }
    let _ = write!(text, "a=ptime:20\r\na={}\r\n", name(audio.direction));
    text
}

/// A section that we do not take keeps its place, with port 0 (RFC 3264 §6).
pub(super) fn refused(media: &Media) -> String {
    let formats = if media.formats.is_empty() {
        "0".to_owned()
    } else {
        media.formats.join(" ")
    };
    format!("m={} 0 {} {formats}\r\n", media.kind, media.protocol)
}

fn family(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(_) => "IP4",
        IpAddr::V6(_) => "IP6",
    }
}

const fn name(direction: MediaDirection) -> &'static str {
    match direction {
        MediaDirection::SendReceive => "sendrecv",
        MediaDirection::SendOnly => "sendonly",
        MediaDirection::ReceiveOnly => "recvonly",
        MediaDirection::Inactive => "inactive",
    }
}
