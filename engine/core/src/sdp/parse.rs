//! Reading SDP (RFC 8866 §9), strict where a mistake would send sound to the wrong place and
//! tolerant elsewhere: bare LF, missing `s=` and `t=`, unknown lines, and bytes that are not UTF-8 pass.

use thiserror::Error;

use crate::sdp::description::{Attribute, Connection, MediaDescription, Origin, SessionDescription};

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SdpError {
    #[error("SDP of {bytes} bytes: {BYTES_MAX} is the most")]
    TooLong { bytes: usize },
    #[error("SDP has more than {limit} {what}")]
    TooMany { what: &'static str, limit: usize },
    #[error("SDP line {line}: {reason}")]
    Line { line: usize, reason: &'static str },
    #[error("SDP is empty")]
    Empty,
}

/// Reads a description. Never panics, and never keeps more than a fixed multiple of the input.
pub fn parse(bytes: &[u8]) -> Result<SessionDescription, SdpError> {
    if bytes.len() > BYTES_MAX {
        return Err(SdpError::TooLong { bytes: bytes.len() });
    }
    let text = String::from_utf8_lossy(bytes);
    let mut description = SessionDescription::default();
    let mut versions = 0;
    for (index, line) in text.lines().enumerate() {
        if index >= LINES_MAX {
            return Err(SdpError::TooMany {
                what: "lines",
                limit: LINES_MAX,
            });
        }
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        let number = index + 1;
        let fault = |reason| SdpError::Line { line: number, reason };
        let (kind, value) = line
            .split_once('=')
            .ok_or(fault("not of the form letter=value"))?;
        if kind == "v" {
            versions += 1;
        } else if versions == 0 {
            return Err(fault("v=0 must come first"));
        }
        parse_line(&mut description, kind, value, number)?;
    }
    if versions == 0 {
        Err(SdpError::Empty)
    } else {
        Ok(description)
    }
}

fn parse_line(
    description: &mut SessionDescription,
    kind: &str,
    value: &str,
    line: usize,
) -> Result<(), SdpError> {
    let fault = |reason| SdpError::Line { line, reason };
    match kind {
        "v" if value.trim() != "0" => return Err(fault("the version is not 0")),
        "o" => description.origin = parse_origin(value).ok_or(fault("o= needs six fields"))?,
        "s" => value.clone_into(&mut description.name),
        "c" => {
            let connection =
                parse_connection(value).ok_or(fault("c= is not IN IP4 or IN IP6 and an address"))?;
            match description.media.last_mut() {
                Some(media) => media.connection = Some(connection),
                None => description.connection = Some(connection),
            }
        }
        "a" => add_attribute(description, value)?,
        "m" => {
            if description.media.len() >= MEDIA_MAX {
                return Err(SdpError::TooMany {
                    what: "media lines",
                    limit: MEDIA_MAX,
                });
            }
            description.media.push(parse_media(value).map_err(fault)?);
        }
        _ => {}
    }
    Ok(())
}

fn parse_origin(value: &str) -> Option<Origin> {
    let mut fields = value.split_ascii_whitespace();
    let (username, session_id, version) = (fields.next()?, fields.next()?, fields.next()?);
    let (network, family, host) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Origin {
        username: username.to_owned(),
        session_id: session_id.to_owned(),
        version: version.to_owned(),
        address: format!("{network} {family} {host}"),
    })
}

fn parse_connection(value: &str) -> Option<Connection> {
    let mut fields = value.split_ascii_whitespace();
    let (network, family, host) = (fields.next()?, fields.next()?, fields.next()?);
    if network != "IN" || !matches!(family, "IP4" | "IP6") {
        return None;
    }
    // A multicast address has a TTL behind a slash (§5.7).
    let host = host.split('/').next().filter(|host| !host.is_empty())?;
    Some(Connection {
        host: host.to_owned(),
    })
}

fn add_attribute(description: &mut SessionDescription, value: &str) -> Result<(), SdpError> {
    let attributes = match description.media.last_mut() {
        Some(media) => &mut media.attributes,
        None => &mut description.attributes,
    };
    if attributes.len() >= ATTRIBUTES_MAX {
        return Err(SdpError::TooMany {
            what: "attributes in one section",
            limit: ATTRIBUTES_MAX,
        });
    }
    attributes.push(match value.split_once(':') {
        Some((name, value)) => Attribute::with(name, value),
        None => Attribute::flag(value.trim()),
    });
    Ok(())
}

fn parse_media(value: &str) -> Result<MediaDescription, &'static str> {
    let mut fields = value.split_ascii_whitespace();
    let (Some(kind), Some(port), Some(protocol)) = (fields.next(), fields.next(), fields.next()) else {
        return Err("m= needs a kind, a port, a protocol and formats");
    };
    // "port/number of ports" (§5.14) is for layered encodings; the first port is what counts.
    let port = port.split('/').next().unwrap_or(port);
    let port = port
        .parse()
        .map_err(|_| "the port of m= is not a number from 0 to 65535")?;
    Ok(MediaDescription {
        kind: kind.to_owned(),
        port,
        protocol: protocol.to_owned(),
        formats: fields.take(FORMATS_MAX).map(str::to_owned).collect(),
        ..MediaDescription::default()
    })
}

/// Real ones are 300 bytes to 8 kB (browsers with every codec and candidate).
const BYTES_MAX: usize = 16 * 1024;
const LINES_MAX: usize = 500;
const MEDIA_MAX: usize = 16;
const ATTRIBUTES_MAX: usize = 200;
/// Further formats are less preferred than these, and are not read.
const FORMATS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USUAL: &str = "v=0\r\no=alice 2890844526 2890844526 IN IP4 host.example\r\ns=-\r\n\
        c=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0 8 97\r\na=rtpmap:97 iLBC/8000\r\n\
        a=sendrecv\r\nm=video 51372 RTP/AVP 31\r\nc=IN IP6 2001:db8::1\r\n";

    #[test]
    fn a_usual_description_survives_a_round_trip() {
        let description = parse(USUAL.as_bytes()).unwrap();
        assert_eq!(description.media.len(), 2);
        assert_eq!(
            description.rtp_address(&description.media[0]),
            "192.0.2.1:49170".parse().ok()
        );
        assert_eq!(
            description.rtp_address(&description.media[1]),
            "[2001:db8::1]:51372".parse().ok()
        );
        assert_eq!(description.media[0].encodings(), ["PCMU", "PCMA", "iLBC"]);
        assert_eq!(description.to_string(), USUAL);
        let bare = parse(USUAL.replace('\r', "").as_bytes());
        assert_eq!(bare, Ok(description));
    }

    #[test]
    fn faults_name_their_line() {
        let check = |text: &str, expect: SdpError| assert_eq!(parse(text.as_bytes()), Err(expect), "{text}");
        let fault = |line, reason| SdpError::Line { line, reason };
        check("", SdpError::Empty);
        check("\r\n\r\n", SdpError::Empty);
        check("hello", fault(1, "not of the form letter=value"));
        check("s=-\r\n", fault(1, "v=0 must come first"));
        check("v=1\r\n", fault(1, "the version is not 0"));
        check("v=0\r\no=x\r\n", fault(2, "o= needs six fields"));
        check(
            "v=0\nc=IN IP5 x\n",
            fault(2, "c= is not IN IP4 or IN IP6 and an address"),
        );
        check(
            "v=0\nm=audio\n",
            fault(2, "m= needs a kind, a port, a protocol and formats"),
        );
        check(
            "v=0\nm=audio 70000 RTP/AVP 0",
            fault(2, "the port of m= is not a number from 0 to 65535"),
        );
    }

    #[test]
    fn floods_are_refused() {
        let flood = |line: &str, times| parse(format!("v=0\n{}", line.repeat(times)).as_bytes());
        assert!(matches!(flood("a=x\n", 201), Err(SdpError::TooMany { .. })));
        assert!(matches!(
            flood("m=audio 1 RTP/AVP 0\n", 17),
            Err(SdpError::TooMany { .. })
        ));
        assert!(matches!(flood("b=x\n", 501), Err(SdpError::TooMany { .. })));
        assert!(matches!(
            flood("b=xxxxxxxxxxxx\n", 1_200),
            Err(SdpError::TooLong { .. })
        ));
        let formats = flood(&format!("m=audio 1 RTP/AVP{}\n", " 0".repeat(500)), 1).unwrap();
        assert_eq!(formats.media[0].formats.len(), FORMATS_MAX);
    }

    #[test]
    fn tolerance() {
        let text =
            b"v=0\no=- 99999999999999999999 1 IN IP4 0.0.0.0\ns=caf\xe9\nm=audio 9/2 RTP/AVP 0 x 300\n";
        let description = parse(text).unwrap();
        assert_eq!(description.origin.session_id, "99999999999999999999");
        assert_eq!(description.media[0].payload_types().collect::<Vec<_>>(), [0]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_handled(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_lines_are_handled(lines in prop::collection::vec("[vosctmab]=[ -~]{0,40}", 0..20)) {
            let text = format!("v=0\r\n{}\r\n", lines.join("\r\n"));
            if let Ok(description) = parse(text.as_bytes()) {
                // What was read once reads the same again.
                let written = description.to_string();
                if let Ok(again) = parse(written.as_bytes()) {
                    prop_assert_eq!(again.to_string(), written);
                }
            }
        }
    }
}
