//! A session description as a value, and its text (RFC 8866 §5). What offer and answer do not need
//! (bandwidth, times, keys) is read over and never written.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::sdp::direction::MediaDirection;

/// One description: a session part, then its media in order. The order is the identity of a
/// media line between offer and answer (RFC 3264 §6).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionDescription {
    pub origin: Origin,
    pub name: String,
    pub connection: Option<Connection>,
    pub attributes: Vec<Attribute>,
    pub media: Vec<MediaDescription>,
}

/// Who made the description, and which edition of it this is. Numbers stay text: peers write more
/// digits than an integer holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    pub username: String,
    pub session_id: String,
    pub version: String,
    /// "IN IP4 192.0.2.1".
    pub address: String,
}

/// Where to send media: an address, or a host name, which we do not resolve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub host: String,
}

/// `a=name` or `a=name:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    pub value: Option<String>,
}

/// One `m=` line and what follows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaDescription {
    /// "audio", "video", "application".
    pub kind: String,
    /// 0 for a stream that is refused or was removed.
    pub port: u16,
    /// "RTP/AVP".
    pub protocol: String,
    /// Payload types, preferred first.
    pub formats: Vec<String>,
    pub connection: Option<Connection>,
    pub attributes: Vec<Attribute>,
}

/// One `a=rtpmap` (§6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpMap<'a> {
    pub encoding: &'a str,
    pub clock_hz: u32,
}

impl Connection {
    pub fn of(address: IpAddr) -> Self {
        Self {
            host: address.to_string(),
        }
    }

    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl Attribute {
    pub fn flag(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: None,
        }
    }

    pub fn with(name: &str, value: impl fmt::Display) -> Self {
        Self {
            name: name.to_owned(),
            value: Some(value.to_string()),
        }
    }
}

impl SessionDescription {
    /// Which way a media line flows, as its author sees it: its own attribute, else the session's,
    /// else both ways (§6.7).
    pub fn direction(&self, media: &MediaDescription) -> MediaDirection {
        let find = |attributes: &[Attribute]| {
            attributes
                .iter()
                .find_map(|attribute| MediaDirection::from_attribute(&attribute.name))
        };
        find(&media.attributes)
            .or_else(|| find(&self.attributes))
            .unwrap_or_default()
    }

    /// Where a media line's RTP goes: its own `c=`, else the session's. `None` for a host name.
    pub fn rtp_address(&self, media: &MediaDescription) -> Option<SocketAddr> {
        let connection = media.connection.as_ref().or(self.connection.as_ref())?;
        Some(SocketAddr::new(connection.ip()?, media.port))
    }
}

impl MediaDescription {
    /// The first value of an attribute.
    pub fn attribute<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).next()
    }

    /// What a payload type means: its `a=rtpmap`, else RFC 3551's static table as far as we speak it.
    pub fn rtpmap(&self, payload_type: u8) -> Option<RtpMap<'_>> {
        let mapped = self.values("rtpmap").find_map(|value| {
            let (number, encoding) = value.split_once(' ')?;
            (number.parse() == Ok(payload_type)).then(|| RtpMap::parse(encoding))?
        });
        mapped.or(match payload_type {
            0 => Some(RtpMap {
                encoding: "PCMU",
                clock_hz: 8_000,
            }),
            8 => Some(RtpMap {
                encoding: "PCMA",
                clock_hz: 8_000,
            }),
            _ => None,
        })
    }

    /// Payload types in order of preference; what is no payload type is left out.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats
            .iter()
            .filter_map(|format| format.parse().ok())
            .filter(|number| *number < 128)
    }

    /// Every encoding's name, for error messages.
    pub fn encodings(&self) -> Vec<String> {
        let name = |number: u8| {
            self.rtpmap(number)
                .map_or(number.to_string(), |map| map.encoding.to_owned())
        };
        self.payload_types().map(name).collect()
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.name == name)
            .filter_map(|attribute| attribute.value.as_deref())
    }
}

impl<'a> RtpMap<'a> {
    /// "PCMU/8000" or "opus/48000/2".
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.trim().split('/');
        let (encoding, clock) = (parts.next()?, parts.next()?);
        Some(Self {
            encoding,
            clock_hz: clock.trim().parse().ok()?,
        })
    }
}

impl fmt::Display for SessionDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin {
            username,
            session_id,
            version,
            address,
        } = &self.origin;
        write!(
            f,
            "v=0\r\no={username} {session_id} {version} {address}\r\ns={}\r\n",
            self.name
        )?;
        write_connection(f, self.connection.as_ref())?;
        write!(f, "t=0 0\r\n")?;
        write_attributes(f, &self.attributes)?;
        for media in &self.media {
            let MediaDescription {
                kind,
                port,
                protocol,
                formats,
                ..
            } = media;
            write!(f, "m={kind} {port} {protocol} {}\r\n", formats.join(" "))?;
            write_connection(f, media.connection.as_ref())?;
            write_attributes(f, &media.attributes)?;
        }
        Ok(())
    }
}

fn write_connection(f: &mut fmt::Formatter<'_>, connection: Option<&Connection>) -> fmt::Result {
    match connection {
        Some(Connection { host }) => {
            let family = if host.contains(':') { "IP6" } else { "IP4" };
            write!(f, "c=IN {family} {host}\r\n")
        }
        None => Ok(()),
    }
}

fn write_attributes(f: &mut fmt::Formatter<'_>, attributes: &[Attribute]) -> fmt::Result {
    for Attribute { name, value } in attributes {
        match value {
            Some(value) => write!(f, "a={name}:{value}\r\n")?,
            None => write!(f, "a={name}\r\n")?,
        }
    }
    Ok(())
}
