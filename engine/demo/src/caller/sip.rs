//! One outbound SIP call over UDP (RFC 3261 §13, §14, §15, §17): no sockets and no clock, only
//! messages in, messages out and deadlines. Enough for a caller; nothing of a server.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use engine_core::sdp::{LocalSession, MediaPlan, parse as parse_sdp};

use super::message::{Message, Start, tag_of, uri_of};

/// The call's signalling.
#[derive(Debug)]
pub(super) struct SipLeg {
    state: State,
    local: SocketAddr,
    /// Where the INVITE went; also where anything goes whose next hop is not an IP address.
    target: SocketAddr,
    uri: String,
    from: String,
    to: String,
    call_id: String,
    branch_seed: String,
    cseq: u32,
    session: LocalSession,
    /// Where requests inside the dialog are addressed and routed (§12.1.2).
    remote_target: String,
    route_set: Vec<String>,
    /// The INVITE as sent: its retransmissions, ACKs and CANCEL derive from it.
    invite: Message,
    /// The ACK of the 2xx, for its retransmissions.
    ack: Option<(SocketAddr, Vec<u8>)>,
    pending: Option<Pending>,
    /// The last request of the far end and our answer, for its retransmissions.
    answered: Option<(String, Vec<u8>)>,
    cancelled: bool,
    out: VecDeque<(SocketAddr, Vec<u8>)>,
    events: VecDeque<SipEvent>,
}

/// What happened to the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SipEvent {
    Progress {
        status: u16,
    },
    Answered {
        plan: MediaPlan,
    },
    /// A non-2xx answer, or one without usable media.
    Refused {
        status: u16,
        reason: String,
    },
    /// Nothing answered at all.
    NoAnswer,
    Renegotiated {
        plan: MediaPlan,
    },
    HungUp {
        cause: String,
    },
    /// Our own hang-up is done.
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    Up,
    /// BYE is sent, or the INVITE cancelled.
    Ending,
    Ended,
}

/// What is retransmitted until something comes back (§17.1).
#[derive(Debug, Clone)]
struct Pending {
    what: Awaiting,
    bytes: Vec<u8>,
    to: SocketAddr,
    again: Instant,
    interval: Duration,
    give_up: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaiting {
    /// A first response to the INVITE.
    Response,
    /// The final response to the INVITE: nothing is retransmitted.
    Final,
    Bye,
    /// The ACK of our 200 to a re-INVITE.
    Ack,
}

/// Where to and as whom.
#[derive(Debug, Clone)]
pub(super) struct Dial {
    pub(super) uri: String,
    pub(super) target: SocketAddr,
    pub(super) local: SocketAddr,
    /// The caller's number or name.
    pub(super) from: String,
    /// Random: makes Call-ID, tags and branches unique.
    pub(super) seed: u64,
    /// How long it may ring.
    pub(super) ring: Duration,
    /// Whether the telephone can send keys.
    pub(super) keys: bool,
}

impl SipLeg {
    /// Sends the INVITE.
    pub(super) fn dial(now: Instant, dial: Dial, rtp_port: u16) -> Self {
        let Dial {
            uri,
            target,
            local,
            from,
            seed,
            ring,
            keys,
        } = dial;
        let mut session = LocalSession::new(local.ip(), rtp_port, seed >> 8);
        session.telephone_events = keys;
        let offer = session.offer().to_string();
        let mut leg = Self {
            state: State::Calling,
            local,
            target,
            from: format!("<sip:{from}@{}>;tag={seed:x}", host(local.ip())),
            to: format!("<{uri}>"),
            call_id: format!("{seed:x}@{}", host(local.ip())),
            branch_seed: format!("{seed:x}"),
            cseq: 0,
            session,
            remote_target: uri.clone(),
            uri,
            route_set: Vec::new(),
            invite: Message::request("INVITE", ""),
            ack: None,
            pending: None,
            answered: None,
            cancelled: false,
            out: VecDeque::new(),
            events: VecDeque::new(),
        };
        let invite = leg.request("INVITE").with_sdp(offer);
        leg.invite = invite.clone();
        leg.send_until(now, Awaiting::Response, target, invite.to_bytes(), ring);
        leg
    }

    pub(super) fn receive(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let Some(message) = Message::parse(bytes) else {
            return;
        };
        match &message.start {
            Start::Response { status, reason } => {
                let (status, reason) = (*status, reason.clone());
                self.receive_response(now, status, reason, &message);
            }
            Start::Request { method, .. } => {
                let method = method.clone();
                self.receive_request(now, from, &method, &message);
            }
        }
    }

    /// Ends the call from our side, whatever its state. [`SipEvent::Ended`] follows.
    pub(super) fn hang_up(&mut self, now: Instant) {
        match self.state {
            State::Up => {
                let bye = self.request("BYE").to_bytes();
                let to = self.next_hop();
                self.state = State::Ending;
                self.send_until(now, Awaiting::Bye, to, bye, HANGUP_MAX);
            }
            // A CANCEL may only follow a provisional response (§9.1); before one, silence ends it.
            State::Calling => self.end(SipEvent::Ended),
            State::Proceeding if !self.cancelled => {
                self.cancelled = true;
                let cancel = self.cancel().to_bytes();
                self.out.push_back((self.target, cancel));
                self.wait_for(now, Awaiting::Final, HANGUP_MAX);
            }
            State::Proceeding | State::Ending | State::Ended => {}
        }
    }

    pub(super) fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.out.pop_front()
    }

    pub(super) fn poll_event(&mut self) -> Option<SipEvent> {
        self.events.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.pending
            .as_ref()
            .map(|pending| pending.again.min(pending.give_up))
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let Some(pending) = &mut self.pending else { return };
        if now >= pending.give_up {
            let what = pending.what;
            self.pending = None;
            self.given_up(now, what);
        } else if now >= pending.again {
            pending.interval = (pending.interval * 2).min(match pending.what {
                Awaiting::Response | Awaiting::Final => Duration::MAX,
                Awaiting::Bye | Awaiting::Ack => T2,
            });
            pending.again = now + pending.interval;
            self.out.push_back((pending.to, pending.bytes.clone()));
        }
    }

    fn given_up(&mut self, now: Instant, what: Awaiting) {
        match what {
            Awaiting::Response => self.end(SipEvent::NoAnswer),
            Awaiting::Final if self.cancelled => self.end(SipEvent::NoAnswer),
            // It rang too long.
            Awaiting::Final => self.hang_up(now),
            Awaiting::Bye => self.end(SipEvent::Ended),
            Awaiting::Ack => {}
        }
    }

    fn receive_response(&mut self, now: Instant, status: u16, reason: String, response: &Message) {
        let ours = response.header("Call-ID") == Some(&self.call_id);
        let Some((_, method)) = response.cseq().filter(|_| ours) else {
            return;
        };
        match method {
            "INVITE" => self.receive_invite_response(now, status, reason, response),
            "BYE" if status >= 200 && self.state == State::Ending => {
                self.pending = None;
                self.end(SipEvent::Ended);
            }
            _ => {}
        }
    }

    fn receive_invite_response(&mut self, now: Instant, status: u16, reason: String, response: &Message) {
        match (status, self.state) {
            (100..200, State::Calling | State::Proceeding) => {
                if self.state == State::Calling {
                    self.state = State::Proceeding;
                    let left = self
                        .pending
                        .take()
                        .map(|pending| pending.give_up.saturating_duration_since(now));
                    self.wait_for(now, Awaiting::Final, left.unwrap_or(HANGUP_MAX));
                }
                self.events.push_back(SipEvent::Progress { status });
            }
            (200..300, State::Calling | State::Proceeding) => self.confirm(now, response),
            // Our ACK was lost: once more (§13.2.2.4).
            (200..300, _) => self.out.extend(self.ack.clone()),
            (300.., State::Calling | State::Proceeding) => {
                self.ack_refusal(response);
                self.pending = None;
                self.end(SipEvent::Refused { status, reason });
            }
            (300.., State::Ended) => self.ack_refusal(response),
            _ => {}
        }
    }

    /// A 2xx: the dialog exists, whether or not its media is any good.
    fn confirm(&mut self, now: Instant, response: &Message) {
        self.pending = None;
        if let Some(to) = response.header("To") {
            to.clone_into(&mut self.to);
        }
        if let Some(contact) = response.header("Contact") {
            uri_of(contact).clone_into(&mut self.remote_target);
        }
        let routes = response
            .all("Record-Route")
            .flat_map(|value| value.split(','))
            .map(str::trim);
        self.route_set = routes.map(str::to_owned).collect();
        self.route_set.reverse();
        let cseq = self.cseq;
        let ack = self.request_numbered("ACK", cseq).to_bytes();
        let to = self.next_hop();
        self.ack = Some((to, ack.clone()));
        self.out.push_back((to, ack));
        self.state = State::Up;
        let plan = parse_sdp(&response.body)
            .map_err(|error| error.to_string())
            .and_then(|answer| {
                self.session
                    .apply_answer(&answer)
                    .map_err(|error| error.to_string())
            });
        match plan {
            Ok(plan) if !self.cancelled => self.events.push_back(SipEvent::Answered { plan }),
            // Answered and cancelled crossed (§9.1), or there is nothing to talk over.
            Ok(_) => self.hang_up(now),
            Err(reason) => {
                self.events.push_back(SipEvent::Refused { status: 488, reason });
                self.hang_up(now);
            }
        }
    }

    /// The ACK of a refusal belongs to the INVITE's own transaction (§17.1.1.3).
    fn ack_refusal(&mut self, response: &Message) {
        let mut ack = Message::request("ACK", &self.uri);
        for name in ["Via", "Max-Forwards", "From", "Call-ID"] {
            ack.headers.extend(
                self.invite
                    .header(name)
                    .map(|value| (name.to_owned(), value.to_owned())),
            );
        }
        ack.headers
            .extend(response.header("To").map(|to| ("To".to_owned(), to.to_owned())));
        let ack = ack.with("CSeq", format!("{} ACK", self.cseq));
        self.out.push_back((self.target, ack.to_bytes()));
    }

    fn cancel(&self) -> Message {
        let mut cancel = Message::request("CANCEL", &self.uri);
        for name in ["Via", "Max-Forwards", "From", "To", "Call-ID"] {
            cancel.headers.extend(
                self.invite
                    .header(name)
                    .map(|value| (name.to_owned(), value.to_owned())),
            );
        }
        cancel.with("CSeq", format!("{} CANCEL", self.cseq))
    }

    fn receive_request(&mut self, now: Instant, from: SocketAddr, method: &str, request: &Message) {
        let in_dialog = request.header("Call-ID") == Some(&self.call_id)
            && request.header("From").and_then(tag_of) == tag_of(&self.to);
        if method == "ACK" {
            if self
                .pending
                .as_ref()
                .is_some_and(|pending| pending.what == Awaiting::Ack)
            {
                self.pending = None;
            }
            return;
        }
        let key = format!("{:?} {:?}", request.header("Via"), request.header("CSeq"));
        if let Some((last, bytes)) = &self.answered
            && *last == key
        {
            self.out.push_back((from, bytes.clone()));
            return;
        }
        let response = match method {
            "OPTIONS" => self
                .response(request, 200, "OK")
                .with("Accept", "application/sdp"),
            _ if !in_dialog => self.response(request, 481, "Call/Transaction Does Not Exist"),
            "BYE" => self.receive_bye(request),
            "INVITE" | "UPDATE" => self.receive_offer(request),
            "INFO" => self.response(request, 200, "OK"),
            _ => self.response(request, 501, "Not Implemented"),
        };
        let bytes = response.to_bytes();
        self.answered = Some((key, bytes.clone()));
        let accepted = matches!(response.start, Start::Response { status: 200, .. });
        if method == "INVITE" && accepted && self.state == State::Up {
            self.send_until(now, Awaiting::Ack, from, bytes, TRANSACTION_MAX);
        } else {
            self.out.push_back((from, bytes));
        }
    }

    fn receive_bye(&mut self, request: &Message) -> Message {
        let cause = request.header("Reason").unwrap_or("far end hung up").to_owned();
        self.pending = None;
        self.end(SipEvent::HungUp { cause });
        self.response(request, 200, "OK")
    }

    /// A re-INVITE or UPDATE: answered with the same codecs and address (§14.2).
    fn receive_offer(&mut self, request: &Message) -> Message {
        let sdp = if request.body.is_empty() {
            // An INVITE without an offer gets ours; an UPDATE without one only refreshes.
            let is_invite = request.cseq().is_some_and(|(_, method)| method == "INVITE");
            is_invite.then(|| self.session.offer().to_string())
        } else {
            let answer = parse_sdp(&request.body)
                .ok()
                .and_then(|offer| self.session.answer(&offer).ok());
            let Some(answer) = answer else {
                return self.response(request, 488, "Not Acceptable Here");
            };
            self.events
                .push_back(SipEvent::Renegotiated { plan: answer.plan });
            Some(answer.description.to_string())
        };
        let response = self.response(request, 200, "OK").with("Contact", self.contact());
        match sdp {
            Some(sdp) => response.with_sdp(sdp),
            None => response,
        }
    }

    fn response(&self, request: &Message, status: u16, reason: &str) -> Message {
        let tag = tag_of(&self.from).unwrap_or_default();
        Message::response(request, status, reason, tag).with("Allow", ALLOW)
    }

    fn request(&mut self, method: &str) -> Message {
        self.cseq += 1;
        self.request_numbered(method, self.cseq)
    }

    fn request_numbered(&self, method: &str, cseq: u32) -> Message {
        let via = format!(
            "SIP/2.0/UDP {};rport;branch=z9hG4bK{}{method}{cseq}",
            self.local, self.branch_seed
        );
        let mut request = Message::request(method, &self.remote_target).with("Via", via);
        for route in &self.route_set {
            request = request.with("Route", route.clone());
        }
        request
            .with("Max-Forwards", "70")
            .with("From", self.from.clone())
            .with("To", self.to.clone())
            .with("Call-ID", self.call_id.clone())
            .with("CSeq", format!("{cseq} {method}"))
            .with("Contact", self.contact())
            .with("Allow", ALLOW)
            .with("User-Agent", "callsim")
    }

    fn contact(&self) -> String {
        format!("<sip:callsim@{}>", self.local)
    }

    /// The first route, else the remote target, where that is an IP address.
    fn next_hop(&self) -> SocketAddr {
        let next = self
            .route_set
            .first()
            .map_or(self.remote_target.as_str(), |route| uri_of(route));
        address_of(next).unwrap_or(self.target)
    }

    fn send_until(&mut self, now: Instant, what: Awaiting, to: SocketAddr, bytes: Vec<u8>, within: Duration) {
        self.out.push_back((to, bytes.clone()));
        let (again, give_up) = (now + T1, now + within);
        self.pending = Some(Pending {
            what,
            bytes,
            to,
            again,
            interval: T1,
            give_up,
        });
    }

    fn wait_for(&mut self, now: Instant, what: Awaiting, within: Duration) {
        let give_up = now + within;
        let (bytes, to) = (Vec::new(), self.target);
        self.pending = Some(Pending {
            what,
            bytes,
            to,
            again: give_up,
            interval: within,
            give_up,
        });
    }

    fn end(&mut self, event: SipEvent) {
        self.state = State::Ended;
        self.events.push_back(event);
    }
}

/// Host and port of a SIP URI whose host is an IP address.
pub(super) fn address_of(uri: &str) -> Option<SocketAddr> {
    let host = host_of(uri)?;
    host.parse().ok().or_else(|| {
        host.trim_matches(['[', ']'])
            .parse()
            .ok()
            .map(|ip| SocketAddr::new(ip, 5060))
    })
}

/// "host" or "host:port" of a SIP URI.
pub(super) fn host_of(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("sip:")?;
    let rest = rest.split([';', '?']).next()?;
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    (!host.is_empty()).then_some(host)
}

fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";
/// RFC 3261 §17.1.1.1.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
/// 64 T1.
const TRANSACTION_MAX: Duration = Duration::from_secs(32);
/// Nobody waits longer for a hang-up to be confirmed.
const HANGUP_MAX: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests;
