//! A message taken apart: start line, header lines, body.

/// Header lines read from one message. More is a fault, not a reason to allocate.
const MAX_HEADERS: usize = 256;
/// Bytes of one header value after unfolding.
const MAX_VALUE: usize = 8 * 1024;

/// A message whose parts have been found, not yet judged.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) start: StartLine,
    /// Long names, in order of appearance; values unfolded and trimmed.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The first thing wrong with the framing; the message may still be answerable.
    pub(crate) fault: Option<Fault>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StartLine {
    Request {
        method: String,
        uri: String,
        version: String,
    },
    Response {
        status: u16,
        reason: String,
    },
}

/// What makes a message unacceptable, in words for a Reason-Phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

impl Fault {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Message {
    /// Takes `bytes` apart. `None` when it is no SIP message at all: nothing could be answered.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = split_head(bytes);
        let text = String::from_utf8_lossy(head);
        let mut lines = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line));
        // RFC 3261 §7.5: empty lines before the start line are ignored.
        let start = lines.find(|line| !line.is_empty())?;
        let (start, start_fault) = parse_start(start)?;
        let mut message = Self {
            start,
            headers: Vec::new(),
            body: Vec::new(),
            fault: start_fault,
        };
        message.read_headers(lines);
        message.read_body(rest);
        Some(message)
    }

    fn read_headers<'a>(&mut self, lines: impl Iterator<Item = &'a str>) {
        for line in lines {
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                self.unfold(line);
                continue;
            }
            if self.headers.len() == MAX_HEADERS {
                self.blame("too many header lines");
                break;
            }
            match line.split_once(':') {
                Some((name, value)) if is_token(name.trim_end()) => {
                    let name = long_name(name.trim_end());
                    self.headers.push((name, clean(value.trim())));
                }
                Some(_) | None => self.blame("a header line has no name"),
            }
        }
        if self.headers.iter().any(|(_, value)| value.len() > MAX_VALUE) {
            self.blame("a header value is too long");
        }
    }

    /// RFC 3261 §7.3.1: a line that begins with white space continues the one above.
    fn unfold(&mut self, line: &str) {
        let more = clean(line.trim());
        match self.headers.last_mut() {
            Some((_, value)) if value.len().saturating_add(more.len()) <= MAX_VALUE => {
                if !value.is_empty() && !more.is_empty() {
                    value.push(' ');
                }
                value.push_str(&more);
            }
            Some(_) => self.blame("a header value is too long"),
            None => self.blame("a continuation line continues nothing"),
        }
    }

    /// RFC 3261 §18.3: Content-Length rules; bytes beyond it are not the body, bytes short of it a fault.
    fn read_body(&mut self, rest: &[u8]) {
        let lengths: Vec<&str> = self.values("Content-Length").collect();
        let length = match lengths.as_slice() {
            [] => rest.len(),
            [length] => match parse_number(length) {
                Some(length) => usize::try_from(length).unwrap_or(usize::MAX),
                None => return self.blame("Content-Length is no number"),
            },
            _ => return self.blame("more than one Content-Length"),
        };
        match rest.get(..length) {
            Some(body) => self.body = body.to_vec(),
            None => self.blame("Content-Length is larger than the message"),
        }
    }

    /// Remembers the first fault.
    fn blame(&mut self, what: &str) {
        self.fault.get_or_insert_with(|| Fault::new(what));
    }

    /// The value of the first header of this (long) name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    pub(crate) fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The items of a comma-separated header, trimmed, over all its lines.
    pub(crate) fn items<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.values(name)
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.values(name).count()
    }

    /// The canonical form.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::with_capacity(512);
        match &self.start {
            StartLine::Request { method, uri, .. } => {
                out.push_str(&format!("{method} {uri} SIP/2.0\r\n"));
            }
            StartLine::Response { status, reason } => {
                out.push_str(&format!("SIP/2.0 {status} {reason}\r\n"));
            }
        }
        for (name, value) in &self.headers {
            if !name.eq_ignore_ascii_case("Content-Length") {
                out.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        out.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        let mut bytes = out.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Splits at the first empty line, whether its ends are CRLF or bare LF.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let lead = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let (_, bytes) = bytes.split_at_checked(lead).unwrap_or((&[], bytes));
    let crlf = find(bytes, b"\r\n\r\n").map(|at| (at, 4));
    let lf = find(bytes, b"\n\n").map(|at| (at, 2));
    let end = match (crlf, lf) {
        (Some(a), Some(b)) => Some(if a.0 <= b.0 { a } else { b }),
        (a, b) => a.or(b),
    };
    match end {
        Some((at, width)) => (
            bytes.get(..at).unwrap_or_default(),
            bytes.get(at.saturating_add(width)..).unwrap_or_default(),
        ),
        None => (bytes, &[]),
    }
}

pub(crate) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn parse_start(line: &str) -> Option<(StartLine, Option<Fault>)> {
    if let Some(rest) = line
        .get(..4)
        .filter(|p| p.eq_ignore_ascii_case("SIP/"))
        .and(line.get(4..))
    {
        let (version, rest) = rest.split_once(' ')?;
        if version != "2.0" {
            return None;
        }
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let status = code.parse().ok().filter(|code| (100..700).contains(code))?;
        let reason = clean(reason);
        return Some((StartLine::Response { status, reason }, None));
    }
    let (method, rest) = line.split_once([' ', '\t'])?;
    let (uri, version) = rest.trim_end().rsplit_once([' ', '\t'])?;
    if !is_token(method) || !version.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("SIP/")) {
        return None;
    }
    let fault = uri_in_start_fault(uri, rest, method);
    let start = StartLine::Request {
        method: method.to_owned(),
        uri: clean(uri.trim()),
        version: version.to_owned(),
    };
    Some((start, fault))
}

/// RFC 3261 §7.1: one space on either side of the Request-URI, none in it.
fn uri_in_start_fault(uri: &str, rest: &str, method: &str) -> Option<Fault> {
    let spaced = uri.trim() != uri || rest.trim_end() != rest || method.is_empty();
    let inside = uri.trim().contains([' ', '\t', '<', '>', '"']);
    (spaced || inside).then(|| Fault::new("white space or brackets in the Request-Line"))
}

/// Control characters would break the lines we write; tabs are white space.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// RFC 3261 §25.1 `token`.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

/// Digits alone: "+5", "-1" and "" are no numbers here.
pub(super) fn parse_number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// RFC 3261 §7.3.3 and later RFCs: the long form of a short name.
fn long_name(name: &str) -> String {
    const SHORT: [(&str, &str); 19] = [
        ("a", "Accept-Contact"),
        ("b", "Referred-By"),
        ("c", "Content-Type"),
        ("d", "Request-Disposition"),
        ("e", "Content-Encoding"),
        ("f", "From"),
        ("i", "Call-ID"),
        ("j", "Reject-Contact"),
        ("k", "Supported"),
        ("l", "Content-Length"),
        ("m", "Contact"),
        ("o", "Event"),
        ("r", "Refer-To"),
        ("s", "Subject"),
        ("t", "To"),
        ("u", "Allow-Events"),
        ("v", "Via"),
        ("x", "Session-Expires"),
        ("y", "Identity"),
    ];
    SHORT
        .iter()
        .find(|(short, _)| name.eq_ignore_ascii_case(short))
        .map_or_else(|| name.to_owned(), |(_, long)| (*long).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Message, StartLine};

    fn parse(text: &str) -> Message {
        Message::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn folded_short_and_spaced_headers_come_out_canonical() {
        let message = parse(
            "\r\nOPTIONS sip:a@b SIP/2.0\r\nf :\r\n  <sip:x@y>\r\n\t;tag=1\r\nl: 2\r\nX-Note: a\x01b\r\n\r\nhi and more",
        );
        insta::assert_snapshot!(String::from_utf8(message.to_bytes()).unwrap().replace('\r', ""), @r"
        OPTIONS sip:a@b SIP/2.0
        From: <sip:x@y> ;tag=1
        X-Note: a�b
        Content-Length: 2

        hi
        ");
    }

    #[test]
    fn a_header_that_is_not_utf8_does_not_hide_the_ones_after_it() {
        let message =
            Message::parse(b"OPTIONS sip:a@b SIP/2.0\r\nSubject: caf\xe9\r\nCall-ID: 7\r\n\r\n").unwrap();
        assert_eq!(message.value("Subject"), Some("caf\u{fffd}"));
        assert_eq!(message.value("Call-ID"), Some("7"));
        assert_eq!(message.fault, None);
    }

    fn check_fault(text: &str, expect: Option<&str>) {
        let message = parse(text);
        assert_eq!(message.fault.as_ref().map(|f| f.0.as_str()), expect, "{text:?}");
    }

    #[test]
    fn framing_faults_are_named() {
        check_fault(
            "BYE sip:a SIP/2.0\r\nl: 5\r\n\r\nabc",
            Some("Content-Length is larger than the message"),
        );
        check_fault(
            "BYE sip:a SIP/2.0\r\nl: -5\r\n\r\nabc",
            Some("Content-Length is no number"),
        );
        check_fault(
            "BYE sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nabc",
            Some("more than one Content-Length"),
        );
        check_fault(
            "BYE  sip:a SIP/2.0\r\n\r\n",
            Some("white space or brackets in the Request-Line"),
        );
        check_fault(
            "BYE <sip:a> SIP/2.0\r\n\r\n",
            Some("white space or brackets in the Request-Line"),
        );
        check_fault(
            "BYE sip:a SIP/2.0\r\n folded\r\n\r\n",
            Some("a continuation line continues nothing"),
        );
        check_fault(
            "BYE sip:a SIP/2.0\r\nno name\r\n\r\n",
            Some("a header line has no name"),
        );
        check_fault("BYE sip:a SIP/2.0\r\nl: 3\r\n\r\nabcdef", None);
    }

    #[test]
    fn what_is_not_sip_is_nothing() {
        for text in [
            "",
            "\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "SIP/2.0 1000 x\r\n\r\n",
            "SIP/2.0 99999999999 x\r\n\r\n",
        ] {
            assert!(Message::parse(text.as_bytes()).is_none(), "{text:?}");
        }
        assert_eq!(
            parse("SIP/2.0 100 \r\n\r\n").start,
            StartLine::Response {
                status: 100,
                reason: String::new()
            }
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic_and_written_stably(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut with_start = b"INVITE sip:a@b SIP/2.0\r\n".to_vec();
            with_start.extend_from_slice(&bytes);
            for input in [bytes, with_start] {
                if let Some(message) = Message::parse(&input) {
                    let once = message.to_bytes();
                    let twice = Message::parse(&once).map(|m| m.to_bytes());
                    prop_assert_eq!(Some(once), twice);
                }
            }
        }
    }
}
