//! SIP messages as far as one caller needs them (RFC 3261 §7): a start line, headers in order, a body.

/// A request or a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) start: Start,
    /// Long names, in order; values without surrounding space.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    Request { method: String, uri: String },
    Response { status: u16, reason: String },
}

impl Message {
    /// `None` for what is not SIP.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let split = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let (head, body) = bytes.split_at(split);
        let head = String::from_utf8_lossy(head)
            .replace("\r\n ", " ")
            .replace("\r\n\t", " ");
        let mut lines = head.split("\r\n");
        let start = Start::parse(lines.next()?)?;
        let headers = lines
            .take(HEADERS_MAX)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (long_name(name.trim()), value.trim().to_owned()))
            .collect();
        Some(Self {
            start,
            headers,
            body: body.get(4..)?.to_vec(),
        })
    }

    pub(super) fn request(method: &str, uri: &str) -> Self {
        let start = Start::Request {
            method: method.to_owned(),
            uri: uri.to_owned(),
        };
        Self {
            start,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A response that copies what §8.2.6.2 says from `request`, with our tag.
    pub(super) fn response(request: &Self, status: u16, reason: &str, tag: &str) -> Self {
        let start = Start::Response {
            status,
            reason: reason.to_owned(),
        };
        let mut response = Self {
            start,
            headers: Vec::new(),
            body: Vec::new(),
        };
        for (name, value) in &request.headers {
            let copied = ["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"].contains(&name.as_str());
            if name == "To" && tag_of(value).is_none() {
                response
                    .headers
                    .push((name.clone(), format!("{value};tag={tag}")));
            } else if copied {
                response.headers.push((name.clone(), value.clone()));
            }
        }
        response
    }

    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub(super) fn with_sdp(mut self, sdp: String) -> Self {
        self.headers
            .push(("Content-Type".to_owned(), "application/sdp".to_owned()));
        self.body = sdp.into_bytes();
        self
    }

    /// The first header of this (long) name.
    pub(super) fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Number and method of CSeq.
    pub(super) fn cseq(&self) -> Option<(u32, &str)> {
        let (number, method) = self.header("CSeq")?.split_once(' ')?;
        Some((number.parse().ok()?, method.trim()))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut text = match &self.start {
            Start::Request { method, uri } => format!("{method} {uri} SIP/2.0\r\n"),
            Start::Response { status, reason } => format!("SIP/2.0 {status} {reason}\r\n"),
        };
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        let mut bytes = text.into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

impl Start {
    fn parse(line: &str) -> Option<Self> {
        if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
            let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            let status = status.parse().ok().filter(|status| (100..700).contains(status))?;
            return Some(Self::Response {
                status,
                reason: reason.trim().to_owned(),
            });
        }
        let (method, rest) = line.split_once(' ')?;
        let (uri, version) = rest.trim().rsplit_once(' ')?;
        (version == "SIP/2.0").then(|| Self::Request {
            method: method.to_owned(),
            uri: uri.to_owned(),
        })
    }
}

/// The `tag` parameter of a From or To.
pub(super) fn tag_of(value: &str) -> Option<&str> {
    let parameters = value.rsplit_once('>').map_or(value, |(_, after)| after);
    parameters
        .split(';')
        .find_map(|parameter| parameter.trim().strip_prefix("tag="))
}

/// The URI of a Contact, Route or Record-Route, with or without angle brackets.
pub(super) fn uri_of(value: &str) -> &str {
    match value.split_once('<').and_then(|(_, after)| after.split_once('>')) {
        Some((uri, _)) => uri,
        None => value.split(';').next().unwrap_or(value).trim(),
    }
}

/// Compact forms (§7.3.3) and any case, as one writes them.
fn long_name(name: &str) -> String {
    let known = [
        ("v", "Via"),
        ("f", "From"),
        ("t", "To"),
        ("i", "Call-ID"),
        ("", "CSeq"),
        ("m", "Contact"),
        ("", "Record-Route"),
        ("c", "Content-Type"),
        ("l", "Content-Length"),
        ("", "Reason"),
    ];
    known
        .iter()
        .find(|(compact, long)| {
            (!compact.is_empty() && compact.eq_ignore_ascii_case(name)) || long.eq_ignore_ascii_case(name)
        })
        .map_or_else(|| name.to_owned(), |(_, long)| (*long).to_owned())
}

const HEADERS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_response() {
        let bytes = b"INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP x;branch=z9\r\nf: <sip:c@d>;tag=1\r\n\
            t: <sip:a@b;user=phone>\r\nCALL-ID: 7\r\ncseq: 1\r\n  INVITE\r\nl: 2\r\n\r\nhi";
        let request = Message::parse(bytes).unwrap();
        assert_eq!(request.header("Via"), Some("SIP/2.0/UDP x;branch=z9"));
        assert_eq!(request.cseq(), Some((1, "INVITE")));
        assert_eq!(request.body, b"hi");
        let response = Message::response(&request, 486, "Busy Here", "9").to_bytes();
        let response = Message::parse(&response).unwrap();
        assert_eq!(
            response.start,
            Start::Response {
                status: 486,
                reason: "Busy Here".into()
            }
        );
        assert_eq!(response.header("To").and_then(tag_of), Some("9"));
        assert_eq!(response.header("From").and_then(tag_of), Some("1"));
    }

    #[test]
    fn what_is_not_sip_is_nothing() {
        for text in [
            "",
            "\r\n\r\n",
            "hello\r\n\r\n",
            "SIP/2.0 9 x\r\n\r\n",
            "INVITE sip:a HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(Message::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn uris_come_out_of_their_brackets() {
        assert_eq!(uri_of("\"x\" <sip:a@b;lr>;expires=1"), "sip:a@b;lr");
        assert_eq!(uri_of("sip:a@b;expires=1"), "sip:a@b");
    }
}
