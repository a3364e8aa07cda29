//! Bodies that are not SDP: keys by INFO, and the status line a NOTIFY carries (RFC 3420).

use rsipstack::sip::Headers;

use super::headers;

/// What an INFO request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Info {
    Key(char),
    /// No body: some peers send it as a keep-alive (RFC 2976 §2.2 answers 200).
    Empty,
    /// A body of a kind we do not read.
    Unknown,
    Malformed,
}

/// The key in `application/dtmf-relay` ("Signal=5") or `application/dtmf` ("5").
pub(crate) fn key_of(fields: &Headers, body: &[u8]) -> Info {
    if body.is_empty() {
        return Info::Empty;
    }
    let text = String::from_utf8_lossy(body);
    let signal = if headers::has_type(fields, "application/dtmf-relay") {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"))
            .map(|(_, value)| value.trim().to_owned())
    } else if headers::has_type(fields, "application/dtmf") {
        Some(text.trim().to_owned())
    } else {
        return Info::Unknown;
    };
    signal
        .and_then(|signal| key(&signal))
        .map_or(Info::Malformed, Info::Key)
}

/// One key by its sign, or by its RFC 4733 event code where that has two digits ("10" is *).
fn key(signal: &str) -> Option<char> {
    let mut signs = signal.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => {
            let sign = sign.to_ascii_uppercase();
            matches!(sign, '0'..='9' | '*' | '#' | 'A'..='D').then_some(sign)
        }
        _ => match signal {
            "10" => Some('*'),
            "11" => Some('#'),
            "12" => Some('A'),
            "13" => Some('B'),
            "14" => Some('C'),
            "15" => Some('D'),
            _ => None,
        },
    }
}

/// The status in "SIP/2.0 180 Ringing".
pub(crate) fn sipfrag_status(body: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(body);
    let mut words = text.lines().next()?.split_ascii_whitespace();
    words
        .next()
        .filter(|version| version.eq_ignore_ascii_case("SIP/2.0"))?;
    let status: u16 = words.next()?.parse().ok()?;
    (100..700).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use rsipstack::sip::Headers;

    use super::super::headers::content_type;
    use super::{Info, key_of, sipfrag_status};

    fn check(media: &str, body: &str, expect: Info) {
        let fields = Headers(vec![content_type(media)]);
        assert_eq!(key_of(&fields, body.as_bytes()), expect, "{media}: {body}");
    }

    #[test]
    fn keys_are_read_from_both_kinds_of_info() {
        check(
            "application/dtmf-relay",
            "Signal=5\r\nDuration=160\r\n",
            Info::Key('5'),
        );
        check("application/dtmf-relay", "signal= #\n", Info::Key('#'));
        check(
            "application/dtmf-relay; charset=x",
            "Duration=1\r\nSignal=11",
            Info::Key('#'),
        );
        check("application/dtmf", "d", Info::Key('D'));
        check("application/dtmf", "16", Info::Malformed);
        check("application/dtmf-relay", "Signal=\r\n", Info::Malformed);
        check("text/plain", "5", Info::Unknown);
        check("application/dtmf", "", Info::Empty);
    }

    #[test]
    fn a_sipfrag_tells_the_status_of_the_new_call() {
        assert_eq!(sipfrag_status(b"SIP/2.0 180 Ringing\r\n"), Some(180));
        assert_eq!(sipfrag_status(b"SIP/2.0 999 Odd"), None);
        assert_eq!(sipfrag_status(b"INVITE sip:a SIP/2.0"), None);
        assert_eq!(sipfrag_status(b""), None);
    }
}
