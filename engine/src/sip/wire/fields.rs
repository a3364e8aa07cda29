//! The few header values that decide what happens to a message: Via, From, To, Contact, CSeq, URIs.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::message::{Fault, is_token, parse_number};

/// `"Display" <uri>;params` or `uri;params` (RFC 3261 §20.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameAddr {
    display: String,
    pub(crate) uri: String,
    params: Vec<(String, Option<String>)>,
}

impl NameAddr {
    /// Reads one address; a comma outside quotes and brackets ends it and is a fault.
    pub(crate) fn parse(value: &str) -> Result<Self, Fault> {
        let (display, uri, params) = match find_unquoted(value, '<')? {
            Some(open) => {
                let (display, rest) = value.split_at(open);
                let rest = rest.strip_prefix('<').unwrap_or(rest);
                let (uri, params) = rest
                    .split_once('>')
                    .ok_or_else(|| Fault::new("an address is not closed by >"))?;
                (display.trim(), uri.trim(), params)
            }
            None => {
                let (uri, params) = value.split_at(value.find(';').unwrap_or(value.len()));
                ("", uri.trim(), params)
            }
        };
        if let Some(fault) = uri_fault(uri) {
            return Err(fault);
        }
        let params = parse_params(params)?;
        let mut tags = params.iter().filter(|(name, _)| name == "tag");
        if tags.next().is_some_and(|(_, value)| value.is_none()) || tags.next().is_some() {
            return Err(Fault::new("a tag is malformed"));
        }
        Ok(Self {
            display: display.to_owned(),
            uri: uri.to_owned(),
            params,
        })
    }

    /// The tag that tells dialogs apart: a parameter of the address, never one of its URI.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.params
            .iter()
            .find(|(name, _)| name == "tag")
            .and_then(|(_, value)| value.as_deref())
    }

    /// The canonical form: brackets always, no white space between parameters, their names in lower case.
    pub(crate) fn canonical(&self) -> String {
        let mut out = String::new();
        if !self.display.is_empty() {
            out.push_str(&self.display);
            out.push(' ');
        }
        out.push('<');
        out.push_str(&self.uri);
        out.push('>');
        write_params(&mut out, &self.params);
        out
    }
}

/// The first value of the first Via: who sent this, and where the answer goes (RFC 3261 §18.2, RFC 3581).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopVia {
    transport: String,
    host: String,
    port: Option<u16>,
    params: Vec<(String, Option<String>)>,
    /// Further values in the same header line, as they were.
    others: Option<String>,
}

impl TopVia {
    pub(crate) fn parse(line: &str) -> Result<Self, Fault> {
        let bad = || Fault::new("Via is malformed");
        let (first, others) = match find_unquoted(line, ',')? {
            Some(comma) => {
                let (first, rest) = line.split_at(comma);
                (first, Some(rest.trim_start_matches(',').trim().to_owned()))
            }
            None => (line, None),
        };
        let (head, params) = first.split_at(first.find(';').unwrap_or(first.len()));
        let mut parts = head.splitn(3, '/');
        let protocol = parts.next().ok_or_else(bad)?.trim();
        let version = parts.next().ok_or_else(bad)?.trim();
        let rest = parts.next().ok_or_else(bad)?.trim();
        if !protocol.eq_ignore_ascii_case("SIP") || version != "2.0" {
            return Err(bad());
        }
        let (transport, sent_by) = rest.split_once([' ', '\t']).ok_or_else(bad)?;
        let (host, port) = split_host_port(sent_by.trim()).ok_or_else(bad)?;
        if !is_token(transport) {
            return Err(bad());
        }
        Ok(Self {
            transport: transport.to_ascii_uppercase(),
            host,
            port,
            params: parse_params(params)?,
            others,
        })
    }

    /// A Via for a sender that sent none we can read.
    pub(crate) fn of(source: SocketAddr) -> Self {
        let host = match source.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self {
            transport: "UDP".to_owned(),
            host,
            port: Some(source.port()),
            params: Vec::new(),
            others: None,
        }
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(have, _)| have.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_deref())
    }

    fn asks_rport(&self) -> bool {
        self.params
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("rport"))
    }

    /// Where an answer over UDP goes.
    pub(crate) fn reply_to(&self, source: SocketAddr) -> SocketAddr {
        let port = if self.asks_rport() {
            source.port()
        } else {
            self.port.unwrap_or(5060)
        };
        SocketAddr::new(source.ip(), port)
    }

    /// The line for an answer: with `received` and, when asked for, the true `rport`.
    pub(crate) fn answered(&self, source: SocketAddr) -> String {
        let mut via = self.clone();
        via.params.retain(|(name, _)| {
            !name.eq_ignore_ascii_case("received") && !name.eq_ignore_ascii_case("rport")
        });
        let same_host = self.host.parse::<IpAddr>().is_ok_and(|host| host == source.ip());
        if !same_host || self.asks_rport() {
            via.params
                .push(("received".to_owned(), Some(source.ip().to_string())));
        }
        if self.asks_rport() {
            via.params
                .push(("rport".to_owned(), Some(source.port().to_string())));
        }
        via.canonical()
    }

    pub(crate) fn canonical(&self) -> String {
        let mut out = format!("SIP/2.0/{} {}", self.transport, self.host);
        if let Some(port) = self.port {
            out.push_str(&format!(":{port}"));
        }
        write_params(&mut out, &self.params);
        if let Some(others) = &self.others {
            out.push_str(", ");
            out.push_str(others);
        }
        out
    }
}

/// `4711 INVITE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CSeq {
    pub(crate) number: u32,
    pub(crate) method: String,
}

impl CSeq {
    pub(crate) fn parse(value: &str) -> Result<Self, Fault> {
        let bad = || Fault::new("CSeq is malformed");
        let mut words = value.split_ascii_whitespace();
        let number = words.next().and_then(parse_number).ok_or_else(bad)?;
        let method = words.next().filter(|m| is_token(m)).ok_or_else(bad)?;
        // RFC 3261 §8.1.1.5: less than 2**31.
        let number = u32::try_from(number)
            .ok()
            .filter(|number| *number < 1 << 31)
            .ok_or_else(|| Fault::new("CSeq is out of range"))?;
        match words.next() {
            Some(_) => Err(bad()),
            None => Ok(Self {
                number,
                method: method.to_owned(),
            }),
        }
    }

    pub(crate) fn canonical(&self) -> String {
        format!("{} {}", self.number, self.method)
    }
}

/// What is wrong with a URI's shape, if anything. Schemes other than sip and sips are not looked into.
pub(crate) fn uri_fault(uri: &str) -> Option<Fault> {
    let bad = |what: &str| Some(Fault::new(what));
    let Some((scheme, rest)) = uri.split_once(':') else {
        return bad("a URI has no scheme");
    };
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !is_token(scheme) {
        return bad("a URI's scheme is malformed");
    }
    if uri.contains(['<', '>', '"', ' ']) {
        return bad("a URI holds a character it may not");
    }
    if !scheme.eq_ignore_ascii_case("sip") && !scheme.eq_ignore_ascii_case("sips") {
        return None;
    }
    let after_user = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let end = after_user.find([';', '?']).unwrap_or(after_user.len());
    let (host, _) = after_user.split_at(end);
    match split_host_port(host) {
        Some(_) => None,
        None => bad("a URI's host is malformed"),
    }
}

/// `host[:port]`, with IPv6 in brackets only (RFC 5118 §4.2).
fn split_host_port(text: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let port = match port.trim() {
            "" => None,
            port => Some(parse_port(port.strip_prefix(':')?.trim())?),
        };
        return Some((format!("[{address}]"), port));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host.trim(), Some(parse_port(port.trim())?)),
        None => (text, None),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'%');
    (!host.is_empty() && host.bytes().all(plain)).then(|| (host.to_owned(), port))
}

fn parse_port(text: &str) -> Option<u16> {
    parse_number(text).and_then(|port| u16::try_from(port).ok())
}

/// The tag of a From or To. The only notion of it that anything here has.
pub(crate) fn tag_of(value: &str) -> Option<String> {
    NameAddr::parse(value).ok()?.tag().map(str::to_owned)
}

/// `;a=b;c`, with white space anywhere between the parts. Names come out in lower case (RFC 3261 §7.3.1).
fn parse_params(text: &str) -> Result<Vec<(String, Option<String>)>, Fault> {
    let mut params = Vec::new();
    let mut rest = text.trim();
    while let Some(after) = rest.strip_prefix(';') {
        let end = find_unquoted(after, ';')?.unwrap_or(after.len());
        let (param, next) = after.split_at(end);
        let (name, value) = match param.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().to_owned())),
            None => (param.trim(), None),
        };
        if !is_token(name) || value.as_deref().is_some_and(|v| v.is_empty() || has_stray(v)) {
            return Err(Fault::new("a parameter is malformed"));
        }
        params.push((name.to_ascii_lowercase(), value));
        rest = next;
    }
    if rest.is_empty() {
        Ok(params)
    } else {
        Err(Fault::new("text follows an address"))
    }
}

fn has_stray(value: &str) -> bool {
    !value.starts_with('"') && value.contains([' ', ',', '<', '>'])
}

fn write_params(out: &mut String, params: &[(String, Option<String>)]) {
    for (name, value) in params {
        out.push(';');
        out.push_str(name);
        if let Some(value) = value {
            out.push('=');
            out.push_str(value);
        }
    }
}

/// Where `wanted` first stands outside a quoted string. An unclosed quote is a fault.
fn find_unquoted(text: &str, wanted: char) -> Result<Option<usize>, Fault> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == wanted && !quoted => return Ok(Some(at)),
            _ => {}
        }
    }
    if quoted {
        Err(Fault::new("a quoted string is not closed"))
    } else {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{CSeq, NameAddr, TopVia, tag_of, uri_fault};

    fn check_address(value: &str, expect: &str) {
        let shown = match NameAddr::parse(value) {
            Ok(address) => address.canonical(),
            Err(fault) => fault.0,
        };
        assert_eq!(shown, expect, "{value}");
    }

    #[test]
    fn addresses_are_read_with_white_space_and_quotes() {
        check_address("sip:a@b ;   tag    = 1n", "<sip:a@b>;tag=1n");
        check_address(
            r#""J \"<x>" <sip:a@b;p=1> ; tag = 9"#,
            r#""J \"<x>" <sip:a@b;p=1>;tag=9"#,
        );
        check_address(
            "<sip:a@[2001:db8::9]:5070>;tag=a",
            "<sip:a@[2001:db8::9]:5070>;tag=a",
        );
        check_address("\"Mr <sip:a@b>", "a quoted string is not closed");
        check_address("<sip:a@b", "an address is not closed by >");
        check_address("<sip:a@b> x", "text follows an address");
        check_address("<sip:a@b>;;;", "a parameter is malformed");
        check_address("<sip:a@b>;TAG=1", "<sip:a@b>;tag=1");
        check_address("<sip:a@b>;tag", "a tag is malformed");
        check_address("<sip:a@b>;tag=1;Tag=2", "a tag is malformed");
        check_address("nothing", "a URI has no scheme");
    }

    fn check_tag(value: &str, expect: Option<&str>) {
        assert_eq!(tag_of(value).as_deref(), expect, "{value}");
    }

    #[test]
    fn a_tag_is_a_parameter_of_the_address_however_it_is_spelt() {
        check_tag("<sip:a@b>;x=y ; TAG = 1", Some("1"));
        check_tag("sip:a@b;tag=1", Some("1"));
        check_tag("<sip:a@b;tag=1>", None);
        check_tag("\";tag=1\" <sip:a@b>", None);
        check_tag("<sip:a@b", None);
    }

    fn check_via(value: &str, expect: &str) {
        let shown = match TopVia::parse(value) {
            Ok(via) => format!(
                "{} -> {}",
                via.answered("192.0.2.9:4444".parse().unwrap()),
                via.reply_to("192.0.2.9:4444".parse().unwrap())
            ),
            Err(fault) => fault.0,
        };
        assert_eq!(shown, expect, "{value}");
    }

    #[test]
    fn via_says_where_the_answer_goes() {
        check_via(
            "SIP  / 2.0  / udp   192.0.2.9 : 5070 ; branch = z9hG4bK1 , SIP/2.0/TCP x;branch=y",
            "SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1, SIP/2.0/TCP x;branch=y -> 192.0.2.9:5070",
        );
        check_via(
            "SIP/2.0/UDP host;rport;branch=b",
            "SIP/2.0/UDP host;branch=b;received=192.0.2.9;rport=4444 -> 192.0.2.9:4444",
        );
        check_via(
            "SIP/2.0/UDP host",
            "SIP/2.0/UDP host;received=192.0.2.9 -> 192.0.2.9:5060",
        );
        check_via("SIP/2.0/UDP 192.0.2.15;;,;,,", "a parameter is malformed");
        check_via("SIP/2.0/UDP", "Via is malformed");
        check_via("SIP/7.0/UDP host", "Via is malformed");
        check_via("SIP/2.0/UDP 2001:db8::1", "Via is malformed");
    }

    fn check_cseq(value: &str, expect: Result<(u32, &str), &str>) {
        let parsed = CSeq::parse(value);
        let shown = parsed
            .as_ref()
            .map(|c| (c.number, c.method.as_str()))
            .map_err(|f| f.0.as_str());
        assert_eq!(shown, expect, "{value}");
    }

    #[test]
    fn cseq_is_a_number_below_two_to_the_31_and_a_method() {
        check_cseq("0009   INVITE", Ok((9, "INVITE")));
        check_cseq("2147483647 BYE", Ok((2_147_483_647, "BYE")));
        check_cseq("2147483648 BYE", Err("CSeq is out of range"));
        check_cseq("36893488147419103232 BYE", Err("CSeq is malformed"));
        check_cseq("1", Err("CSeq is malformed"));
        check_cseq("1 BYE x", Err("CSeq is malformed"));
        check_cseq("-1 BYE", Err("CSeq is malformed"));
    }

    fn check_uri(uri: &str, expect: Option<&str>) {
        assert_eq!(uri_fault(uri).map(|f| f.0).as_deref(), expect, "{uri}");
    }

    #[test]
    fn uris_have_a_scheme_and_a_host() {
        check_uri("sip:user;par=u%40x@example.com", None);
        check_uri("sip:1_(x)&'+$/crazy?,/;;*:&it+has=1@example.com", None);
        check_uri("tel:+15550100", None);
        check_uri("soap.beep://192.0.2.103:3002", None);
        check_uri("sip:[2001:db8::10]", None);
        check_uri("sip:2001:db8::10", Some("a URI's host is malformed"));
        check_uri("sip:a@b:99999", Some("a URI's host is malformed"));
        check_uri("sip:a@", Some("a URI's host is malformed"));
        check_uri("nocolon", Some("a URI has no scheme"));
    }
}
