//! Reads SDP (RFC 8866 §5), tolerating bare line feeds and unknown lines, and nothing unbounded.

use std::net::IpAddr;

use thiserror::Error;

use crate::call::input::MediaDirection;

/// The longest description read, in bytes. A phone's has about 1 kB, a browser's 6 kB.
const TEXT_MAX: usize = 16 * 1_024;

/// The most `m=` lines and the most formats on one of them.
const MEDIA_MAX: usize = 16;
const FORMATS_MAX: usize = 64;

/// A parsed description: what this engine needs of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description {
    /// `o=` session id and version, as written: an answer to a re-offer is compared by them.
    pub origin: String,
    pub media: Vec<Media>,
}

/// One `m=` section, with session-level values filled in where it has none of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// "audio", "video", "image", ...
    pub kind: String,
    pub port: u16,
    /// "RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF", ...
    pub protocol: String,
    /// Formats in the offerer's order of preference; payload types for RTP.
    pub formats: Vec<String>,
    /// `c=`; `None` when it names no IP address.
    pub address: Option<IpAddr>,
    /// `a=rtcp:` port (RFC 3605); the port after `port` when absent.
    pub rtcp_port: Option<u16>,
    /// `a=rtpmap`: payload type and "NAME/CLOCK[/CHANNELS]".
    pub rtpmap: Vec<(u8, String)>,
    pub direction: MediaDirection,
    /// `a=ptime`, in milliseconds.
    pub ptime_ms: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    #[error("the description has {bytes} bytes; at most {TEXT_MAX} are read")]
    TooLong { bytes: usize },
    #[error("line {line}: {what}")]
    Line { line: usize, what: &'static str },
    #[error("not a session description: it does not begin with v=0")]
    NotSdp,
}

/// Reads a description.
pub fn parse(text: &str) -> Result<Description, ParseError> {
    if text.len() > TEXT_MAX {
        return Err(ParseError::TooLong { bytes: text.len() });
    }
    if !text.trim_start().starts_with("v=0") {
        return Err(ParseError::NotSdp);
    }
    let mut reader = Reader::default();
    for (index, line) in text.lines().enumerate() {
        reader.line(line.trim_end()).map_err(|what| ParseError::Line {
            line: index + 1,
            what,
        })?;
    }
    Ok(reader.finish())
}

#[derive(Debug, Default)]
struct Reader {
    description: Description,
    session_address: Option<IpAddr>,
    session_direction: Option<MediaDirection>,
    /// Of the media section being read.
    direction: Option<MediaDirection>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let Some((kind, value)) = line.split_once('=') else {
            return if line.is_empty() { Ok(()) } else { Err("no \"=\"") };
        };
        match kind {
            "o" => value.clone_into(&mut self.description.origin),
            "c" => self.connection(value),
            "m" => return self.media(value),
            "a" => self.attribute(value),
            _ => {}
        }
        Ok(())
    }

    fn connection(&mut self, value: &str) {
        // "IN IP4 192.0.2.1", the address perhaps with "/ttl" (RFC 8866 §5.7).
        let address = value.split_whitespace().nth(2).and_then(|address| {
            let address = address.split('/').next().unwrap_or_default();
            address.parse().ok()
        });
        match self.description.media.last_mut() {
            Some(media) => media.address = address,
            None => self.session_address = address,
        }
    }

    fn media(&mut self, value: &str) -> Result<(), &'static str> {
        self.close_media();
        if self.description.media.len() >= MEDIA_MAX {
            return Err("too many m= lines");
        }
        let mut words = value.split_whitespace();
        let kind = words.next().ok_or("m= without a kind")?.to_owned();
        let port = words
            .next()
            .and_then(|port| port.split('/').next())
            .ok_or("m= without a port")?;
        let port = port
            .parse()
            .map_err(|_| "m= with a port that is no number up to 65535")?;
        let protocol = words.next().ok_or("m= without a protocol")?.to_owned();
        let formats: Vec<String> = words.take(FORMATS_MAX).map(str::to_owned).collect();
        self.description.media.push(Media {
            kind,
            port,
            protocol,
            formats,
            address: self.session_address,
            rtcp_port: None,
            rtpmap: Vec::new(),
            direction: MediaDirection::default(),
            ptime_ms: None,
        });
        Ok(())
    }

    fn attribute(&mut self, value: &str) {
        let (name, value) = value.split_once(':').unwrap_or((value, ""));
        let direction = match name {
            "sendrecv" => Some(MediaDirection::SendReceive),
            "sendonly" => Some(MediaDirection::SendOnly),
            "recvonly" => Some(MediaDirection::ReceiveOnly),
            "inactive" => Some(MediaDirection::Inactive),
            _ => None,
        };
        let Some(media) = self.description.media.last_mut() else {
            self.session_direction = direction.or(self.session_direction);
            return;
        };
        self.direction = direction.or(self.direction);
        match name {
            "rtpmap" => {
                let Some((format, encoding)) = value.trim().split_once(' ') else {
                    return;
                };
                if let Ok(payload_type) = format.parse::<u8>()
                    && media.rtpmap.len() < FORMATS_MAX
                {
                    media.rtpmap.push((payload_type, encoding.trim().to_owned()));
                }
            }
            "ptime" => media.ptime_ms = value.trim().parse().ok(),
            "rtcp" => media.rtcp_port = value.split_whitespace().next().and_then(|port| port.parse().ok()),
            _ => {}
        }
    }

    fn close_media(&mut self) {
        let direction = self
            .direction
            .take()
            .or(self.session_direction)
            .unwrap_or_default();
        if let Some(media) = self.description.media.last_mut() {
            media.direction = direction;
        }
    }

    fn finish(mut self) -> Description {
        self.close_media();
        self.description
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;
    use crate::call::input::MediaDirection;

    #[test]
    fn media_values_win_over_session_values() {
        let text = "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\na=sendonly\n\
            m=audio 4000 RTP/AVP 8 0 101\nc=IN IP4 192.0.2.9/127\na=rtpmap:101 telephone-event/8000\n\
            a=ptime:20\na=rtcp:5555\nm=video 0 RTP/AVP 99\na=inactive\n";
        let description = parse(text).unwrap();
        let [audio, video] = &description.media[..] else {
            panic!("two media")
        };
        assert_eq!(audio.address, "192.0.2.9".parse().ok());
        assert_eq!(
            (audio.port, audio.rtcp_port, audio.ptime_ms),
            (4_000, Some(5_555), Some(20))
        );
        assert_eq!(audio.direction, MediaDirection::SendOnly);
        assert_eq!(audio.rtpmap, [(101, "telephone-event/8000".to_owned())]);
        assert_eq!(video.direction, MediaDirection::Inactive);
    }

    #[test]
    fn a_fault_names_its_line() {
        for (text, expect) in [
            ("hello", "not a session description: it does not begin with v=0"),
            ("v=0\nm=audio\n", "line 2: m= without a port"),
            (
                "v=0\nm=audio 70000 RTP/AVP 0\n",
                "line 2: m= with a port that is no number up to 65535",
            ),
            ("v=0\nnonsense\n", "line 2: no \"=\""),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), expect);
        }
        assert!(parse(&format!("v=0\n{}", "m=audio 1 RTP/AVP 0\n".repeat(17))).is_err());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in ".{0,400}", lines in prop::collection::vec("[a-z]=[ -~]{0,40}", 0..30)) {
            let _ = parse(&text);
            let _ = parse(&format!("v=0\r\n{}", lines.join("\r\n")));
        }
    }
}
