//! Reading and making single headers (RFC 3261 §20, RFC 3325, RFC 7433).

use engine_core::pii::Pii;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Headers, Request, Response};

use super::wire::tag_of;

/// Methods we serve, as the value of Allow.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY";
/// Extensions we understand, as the value of Supported.
pub(crate) const SUPPORTED: &str = "timer";
/// Bodies we read, as the value of Accept.
pub(crate) const ACCEPT: &str = "application/sdp, application/dtmf-relay, application/dtmf, message/sipfrag";
pub(crate) const SDP: &str = "application/sdp";

/// The value of the first header of this name. The stack's parser has already expanded short names.
pub(crate) fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|header| header.name().eq_ignore_ascii_case(name))
        .map(Header::value)
}

/// Whether a comma-separated header (Supported, Require, Allow) lists `token`.
pub(crate) fn lists(headers: &Headers, name: &str, token: &str) -> bool {
    headers
        .iter()
        .filter(|header| header.name().eq_ignore_ascii_case(name))
        .flat_map(|header| header.value().split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

/// The SDP of a message, if it carries one.
pub(crate) fn sdp_of(headers: &Headers, body: &[u8]) -> Option<String> {
    if body.is_empty() || !has_type(headers, SDP) {
        return None;
    }
    Some(String::from_utf8_lossy(body).into_owned())
}

/// The number in CSeq.
pub(crate) fn cseq(request: &Request) -> Option<u32> {
    request.cseq_header().ok()?.seq().ok()
}

pub(crate) fn request_sdp(request: &Request) -> Option<String> {
    sdp_of(&request.headers, &request.body)
}

pub(crate) fn response_sdp(response: &Response) -> Option<String> {
    sdp_of(&response.headers, &response.body)
}

/// Whether Content-Type is `media`, parameters aside.
pub(crate) fn has_type(headers: &Headers, media: &str) -> bool {
    value(headers, "Content-Type")
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(media))
}

/// Who calls, as the network asserts it (RFC 3325) or else as From claims. Empty when withheld.
pub(crate) fn caller(request: &Request) -> Pii<String> {
    let asserted = value(&request.headers, "P-Asserted-Identity").and_then(user_of);
    let claimed = || value(&request.headers, "From").and_then(user_of);
    let user = asserted.or_else(claimed).unwrap_or_default();
    // RFC 3323 §4.1.1.3: an anonymous caller has no number.
    Pii::new(if user.eq_ignore_ascii_case("anonymous") {
        String::new()
    } else {
        user
    })
}

/// The user part of the first URI in a name-addr or addr-spec: `"Ann" <sip:+44@host>` gives `+44`.
pub(crate) fn user_of(value: &str) -> Option<String> {
    let uri = match value.split_once('<') {
        Some((_, rest)) => rest.split('>').next()?,
        None => value.split(';').next()?,
    };
    let (scheme, rest) = uri.trim().split_once(':')?;
    let user = match scheme.to_ascii_lowercase().as_str() {
        "tel" => rest.split(';').next()?,
        "sip" | "sips" => rest.split_once('@')?.0,
        _ => return None,
    };
    // A password, or parameters of a number (RFC 3261 §19.1.6), are no part of who it is.
    let user = user.split([':', ';']).next()?;
    Some(unescape(user))
}

/// Resolves `%2B` and the like (RFC 3261 §19.1.2). What is not valid stays as it is.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match hex_pair(&bytes).filter(|_| byte == b'%') {
            Some(escaped) => {
                out.push(escaped);
                bytes.next();
                bytes.next();
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The byte that the next two hexadecimal digits spell, without taking them.
fn hex_pair(bytes: &std::str::Bytes<'_>) -> Option<u8> {
    let mut ahead = bytes.clone();
    let high = char::from(ahead.next()?).to_digit(16)?;
    let low = char::from(ahead.next()?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// A header that the library has no type for.
pub(crate) fn other(name: &str, value: impl Into<String>) -> Header {
    Header::Other(name.to_owned(), value.into())
}

pub(crate) fn content_type(media: &str) -> Header {
    Header::ContentType(media.to_owned().into())
}

/// What every answer to an INVITE or OPTIONS tells about us.
pub(crate) fn capabilities() -> Vec<Header> {
    vec![
        Header::Allow(ALLOW.to_owned().into()),
        Header::Supported(SUPPORTED.to_owned().into()),
    ]
}

/// RFC 3261 §20.43. Quotes and control characters cannot stand in the text.
pub(crate) fn warning(code: u16, text: &str) -> Header {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '"' | '\\'))
        .collect();
    Header::Warning(format!("{code} hark \"{text}\"").into())
}

/// Puts our tag on the To of a response that was copied from a request without one (RFC 3261 §8.2.6.2).
pub(crate) fn tag_response(response: &mut Response, tag: &str) {
    for header in response.headers.iter_mut() {
        if let Header::To(to) = header
            && tag_of(to.value()).is_none()
        {
            *to = format!("{};tag={tag}", to.value()).into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::user_of;

    fn check(value: &str, expect: Option<&str>) {
        assert_eq!(user_of(value).as_deref(), expect, "{value}");
    }

    #[test]
    fn the_user_part_is_found_in_every_shape_of_address() {
        check("\"Ann\" <sip:+15550100@host>;tag=1", Some("+15550100"));
        check("sip:100@host;tag=1", Some("100"));
        check("<tel:+15550100;phone-context=x>", Some("+15550100"));
        check("<sip:%2B15550100:secret@host>", Some("+15550100"));
        check("<sip:a%zz@host>", Some("a%zz"));
        check("<sip:host>", None);
        check("nonsense", None);
    }
}
