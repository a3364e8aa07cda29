//! What a request must be before it may reach a dialog: RFC 3261 §8.2, §16.3, §20; one function, no state.

use super::headers::{ACCEPT, ALLOW};
use super::wire::{CSeq, Fault, Message, NameAddr, Response, StartLine, TopVia, uri_fault};

/// Extensions a request may require of us.
const UNDERSTOOD: [&str; 1] = ["timer"];
/// Methods that a dialog of ours, or nobody, may be asked.
pub(crate) const SERVED: [&str; 8] = [
    "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "NOTIFY",
];
/// Methods of RFCs that we do not serve: 405 rather than 501 (RFC 3261 §8.2.1, §21.5.2).
const KNOWN: [&str; 6] = ["PRACK", "REGISTER", "SUBSCRIBE", "PUBLISH", "REFER", "MESSAGE"];
/// Headers that may stand once.
const SINGLE: [&str; 7] = [
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Max-Forwards",
    "Content-Type",
    "Content-Length",
];

/// A request in canonical form, with the parts that later checks need.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) message: Message,
    pub(crate) method: String,
    pub(crate) call_id: String,
    pub(crate) from_tag: String,
    pub(crate) cseq: u32,
    pub(crate) branch: String,
}

/// Checks a request and brings it into canonical form, or says how to refuse it.
pub(crate) fn check(mut message: Message) -> Result<Request, Box<(Message, Response)>> {
    match parts(&message) {
        Ok(parts) => {
            parts.rewrite(&mut message);
            Ok(Request {
                message,
                method: parts.cseq.method,
                call_id: parts.call_id,
                from_tag: parts.from_tag,
                cseq: parts.cseq.number,
                branch: parts.via.param("branch").unwrap_or_default().to_owned(),
            })
        }
        Err(response) => Err(Box::new((message, response))),
    }
}

/// The decisive headers of a request that passed.
struct Parts {
    via: TopVia,
    from: NameAddr,
    from_tag: String,
    to: NameAddr,
    call_id: String,
    cseq: CSeq,
    contact: Option<NameAddr>,
}

impl Parts {
    /// Puts the canonical form of what was read in place of what was sent.
    fn rewrite(&self, message: &mut Message) {
        let mut first_via = true;
        for (name, value) in &mut message.headers {
            match name.to_ascii_lowercase().as_str() {
                "via" if first_via => {
                    first_via = false;
                    *value = self.via.canonical();
                }
                "from" => *value = self.from.canonical(),
                "to" => *value = self.to.canonical(),
                "cseq" => *value = self.cseq.canonical(),
                "contact" => {
                    if let Some(contact) = &self.contact {
                        *value = contact.canonical();
                    }
                }
                _ => {}
            }
        }
    }
}

fn bad(fault: Fault) -> Response {
    Response::new(400, format!("Bad Request: {}", fault.0))
}

fn parts(message: &Message) -> Result<Parts, Response> {
    let StartLine::Request { method, uri, version } = &message.start else {
        return Err(bad(Fault::new("not a request")));
    };
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(Response::new(505, "Version Not Supported"));
    }
    if let Some(fault) = &message.fault {
        return Err(bad(fault.clone()));
    }
    if let Some(fault) = uri_fault(uri) {
        return Err(bad(fault));
    }
    let parts = mandatory(message, method)?;
    check_method(method)?;
    check_scheme(uri)?;
    check_max_forwards(message, method)?;
    check_require(message, method)?;
    check_body(message, method)?;
    Ok(parts)
}

/// RFC 3261 §8.1.1: the headers that every request has.
fn mandatory(message: &Message, method: &str) -> Result<Parts, Response> {
    if let Some(name) = SINGLE.iter().find(|name| message.count(name) > 1) {
        return Err(bad(Fault::new(format!("more than one {name}"))));
    }
    let required = |name: &str| {
        message
            .value(name)
            .ok_or_else(|| bad(Fault::new(format!("no {name}"))))
    };
    let via = TopVia::parse(required("Via")?).map_err(bad)?;
    let from = address(required("From")?, "From")?;
    let to = address(required("To")?, "To")?;
    let call_id = required("Call-ID")?.to_owned();
    let cseq = CSeq::parse(required("CSeq")?).map_err(bad)?;
    if cseq.method != method {
        return Err(bad(Fault::new("CSeq names another method")));
    }
    let from_tag = from
        .tag()
        .ok_or_else(|| bad(Fault::new("From has no tag")))?
        .to_owned();
    Ok(Parts {
        via,
        from_tag,
        from,
        to,
        call_id,
        cseq,
        contact: contact(message, method)?,
    })
}

fn address(value: &str, name: &str) -> Result<NameAddr, Response> {
    NameAddr::parse(value).map_err(|fault| bad(Fault::new(format!("{name}: {}", fault.0))))
}

/// RFC 3261 §8.1.1.8: an INVITE names exactly one place for what follows.
fn contact(message: &Message, method: &str) -> Result<Option<NameAddr>, Response> {
    if method != "INVITE" {
        return Ok(None);
    }
    if message.count("Contact") != 1 {
        return Err(bad(Fault::new("an INVITE has one Contact")));
    }
    let contact = address(message.value("Contact").unwrap_or_default(), "Contact")?;
    let scheme = contact.uri.split(':').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") {
        Ok(Some(contact))
    } else {
        Err(bad(Fault::new("Contact is no SIP URI")))
    }
}

fn check_method(method: &str) -> Result<(), Response> {
    if SERVED.contains(&method) {
        Ok(())
    } else if KNOWN.contains(&method) {
        Err(Response::new(405, "Method Not Allowed").with("Allow", ALLOW))
    } else {
        Err(Response::new(501, "Not Implemented").with("Allow", ALLOW))
    }
}

fn check_scheme(uri: &str) -> Result<(), Response> {
    let scheme = uri.split(':').next().unwrap_or_default();
    let known = ["sip", "sips", "tel"];
    if known.iter().any(|k| scheme.eq_ignore_ascii_case(k)) {
        Ok(())
    } else {
        Err(Response::new(416, "Unsupported URI Scheme"))
    }
}

/// RFC 3261 §20.22. OPTIONS with 0 is a question to us (§11); a call with 0 has gone astray.
fn check_max_forwards(message: &Message, method: &str) -> Result<(), Response> {
    let Some(value) = message.value("Max-Forwards") else {
        return Ok(());
    };
    match value.parse::<u8>() {
        Ok(0) if method == "INVITE" => Err(Response::new(483, "Too Many Hops")),
        Ok(_) => Ok(()),
        Err(_) => Err(bad(Fault::new("Max-Forwards is not from 0 to 255"))),
    }
}

/// RFC 3261 §8.2.2.3. ACK and CANCEL are never refused for it.
fn check_require(message: &Message, method: &str) -> Result<(), Response> {
    if matches!(method, "ACK" | "CANCEL") {
        return Ok(());
    }
    let unknown: Vec<&str> = message
        .items("Require")
        .filter(|tag| !UNDERSTOOD.iter().any(|known| tag.eq_ignore_ascii_case(known)))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Response::new(420, "Bad Extension").with("Unsupported", unknown.join(", ")))
    }
}

/// RFC 3261 §8.2.3, §21.4.7: an offer we can read, and a caller who can read our answer.
fn check_body(message: &Message, method: &str) -> Result<(), Response> {
    if !matches!(method, "INVITE" | "UPDATE") {
        return Ok(());
    }
    if !message.body.is_empty() {
        let media = message.value("Content-Type").and_then(|v| v.split(';').next());
        if !media.is_some_and(|m| m.trim().eq_ignore_ascii_case("application/sdp")) {
            return Err(Response::new(415, "Unsupported Media Type").with("Accept", ACCEPT));
        }
        let encoding = message.value("Content-Encoding").unwrap_or("identity");
        if !encoding.eq_ignore_ascii_case("identity") {
            return Err(Response::new(415, "Unsupported Media Type").with("Accept-Encoding", "identity"));
        }
    }
    let accepts = |item: &str| {
        let media = item.split(';').next().unwrap_or_default().trim();
        ["application/sdp", "application/*", "*/*"]
            .iter()
            .any(|ours| media.eq_ignore_ascii_case(ours))
    };
    if message.count("Accept") > 0 && !message.items("Accept").any(accepts) {
        return Err(Response::new(406, "Not Acceptable"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::wire::Message;
    use super::check;

    /// An INVITE that passes, with lines put in place of (or after) its own.
    fn invite(changes: &[(&str, &str)]) -> String {
        let mut lines: Vec<(String, String)> = [
            ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"),
            ("From", "<sip:a@x>;tag=1"),
            ("To", "<sip:b@y>"),
            ("Call-ID", "c"),
            ("CSeq", "1 INVITE"),
            ("Max-Forwards", "70"),
            ("Contact", "<sip:a@192.0.2.1>"),
        ]
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
        for (name, value) in changes {
            if let Some(name) = name.strip_prefix('+') {
                lines.push((name.to_owned(), (*value).to_owned()));
            } else {
                lines.retain(|(have, _)| have != name);
                if !value.is_empty() {
                    lines.push(((*name).to_owned(), (*value).to_owned()));
                }
            }
        }
        let lines: String = lines.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        format!("INVITE sip:b@y SIP/2.0\r\n{lines}\r\n")
    }

    fn verdict(text: &str) -> String {
        match check(Message::parse(text.as_bytes()).unwrap()) {
            Ok(_) => "pass".to_owned(),
            Err(refused) => {
                let (_, response) = *refused;
                let headers: Vec<String> = response
                    .headers
                    .iter()
                    .map(|(n, v)| format!(" [{n}: {v}]"))
                    .collect();
                format!("{} {}{}", response.status, response.reason, headers.concat())
            }
        }
    }

    fn check_invite(changes: &[(&str, &str)], expect: &str) {
        assert_eq!(verdict(&invite(changes)), expect, "{changes:?}");
    }

    #[test]
    fn a_whole_invite_passes() {
        check_invite(&[], "pass");
        check_invite(&[("Max-Forwards", "")], "pass");
        check_invite(&[("+Require", "timer")], "pass");
        check_invite(&[("+Accept", "text/plain, application/sdp")], "pass");
    }

    #[test]
    fn what_is_missing_twice_or_malformed_is_a_bad_request() {
        check_invite(&[("From", "")], "400 Bad Request: no From");
        check_invite(&[("From", "<sip:a@x>")], "400 Bad Request: From has no tag");
        check_invite(&[("+To", "<sip:z@y>")], "400 Bad Request: more than one To");
        check_invite(&[("CSeq", "1 BYE")], "400 Bad Request: CSeq names another method");
        check_invite(
            &[("Max-Forwards", "300")],
            "400 Bad Request: Max-Forwards is not from 0 to 255",
        );
        check_invite(&[("Contact", "")], "400 Bad Request: an INVITE has one Contact");
        check_invite(
            &[("Contact", "<tel:1>")],
            "400 Bad Request: Contact is no SIP URI",
        );
        check_invite(
            &[("To", "\"Mr <sip:b@y>")],
            "400 Bad Request: To: a quoted string is not closed",
        );
    }

    #[test]
    fn what_is_well_formed_but_not_for_us_gets_its_own_status() {
        check_invite(&[("Max-Forwards", "0")], "483 Too Many Hops");
        check_invite(
            &[("+Require", "timer, 100rel, x")],
            "420 Bad Extension [Unsupported: 100rel, x]",
        );
        check_invite(&[("+Accept", "text/plain")], "406 Not Acceptable");
        let request =
            |line: &str, cseq: &str| invite(&[("CSeq", cseq)]).replacen("INVITE sip:b@y SIP/2.0", line, 1);
        assert_eq!(
            verdict(&request("INVITE sip:b@y SIP/3.0", "1 INVITE")),
            "505 Version Not Supported"
        );
        assert_eq!(
            verdict(&request("INVITE odd:b@y SIP/2.0", "1 INVITE")),
            "416 Unsupported URI Scheme"
        );
        // A malformed URI comes before a method that is not served.
        assert_eq!(
            verdict(&request("REGISTER sip:2001:db8::10 SIP/2.0", "1 REGISTER")),
            "400 Bad Request: a URI's host is malformed"
        );
        assert!(verdict(&request("REGISTER sip:y SIP/2.0", "1 REGISTER")).starts_with("405 "));
        assert!(verdict(&request("BREW sip:y SIP/2.0", "1 BREW")).starts_with("501 "));
        assert_eq!(verdict(&request("OPTIONS sip:y SIP/2.0", "1 OPTIONS")), "pass");
    }

    #[test]
    fn a_body_that_is_not_sdp_is_refused_with_what_we_accept() {
        let text = invite(&[("+Content-Type", "application/x"), ("+Content-Length", "2")]) + "hi";
        assert!(verdict(&text).starts_with("415 Unsupported Media Type [Accept: application/sdp"));
        let text = invite(&[("+Content-Length", "2")]) + "hi";
        assert!(verdict(&text).starts_with("415 "));
        let text = invite(&[
            ("+Content-Type", "application/sdp"),
            ("+Content-Encoding", "gzip"),
        ]) + "hi";
        assert_eq!(
            verdict(&text),
            "415 Unsupported Media Type [Accept-Encoding: identity]"
        );
    }
}
