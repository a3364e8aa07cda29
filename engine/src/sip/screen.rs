//! The door: every datagram and every framed message passes here before the stack's parser sees it.
//!
//! It answers what is malformed, refuses what is unknown, too fast or merged (RFC 3261 §8.2.2.2), and
//! hands on canonical bytes. Answers are stateless (§8.2.7), so a flood leaves nothing behind. Who is in
//! no trunk is heard only inside a dialog that stands: a tag that anybody can write lets nobody in.

use std::hash::RandomState;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Instant, SystemTime};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog_layer::DialogLayer;

use super::memory::{Memory, Novelty, Standing};
use super::rejection::{Rejection, RejectionReason, Rejections};
use super::rules::{self, Request};
use super::trunks::{TrunkTable, UnknownSource};
use super::wire::{CSeq, Message, NameAddr, Response, StartLine, TopVia, tag_of};

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// To the stack, in these bytes.
    Pass(Vec<u8>),
    /// Back to the sender; over UDP to this address.
    Answer {
        bytes: Vec<u8>,
        to: SocketAddr,
    },
    Drop,
}

/// The door and what it remembers.
pub(crate) struct Screen {
    trunks: TrunkTable,
    rejections: Arc<Rejections>,
    retry_after_s: u32,
    tags: RandomState,
    /// The dialogs that stand, once the stack is there. It owns us, so we do not own it.
    dialogs: OnceLock<Weak<DialogLayer>>,
    memory: Mutex<Memory>,
}

/// Holds an address among those we call until it is dropped.
pub(crate) struct Called {
    screen: Arc<Screen>,
    address: IpAddr,
}

impl Screen {
    pub(crate) fn new(
        trunks: TrunkTable,
        rejections: Arc<Rejections>,
        config: &super::config::SipConfig,
        now: Instant,
    ) -> Self {
        Self {
            trunks,
            rejections,
            retry_after_s: config.retry_after_s,
            tags: RandomState::new(),
            dialogs: OnceLock::new(),
            memory: Mutex::new(Memory::new(config, now)),
        }
    }

    /// Tells which dialogs there are. Until then there are none.
    pub(crate) fn consult(&self, dialogs: &Arc<DialogLayer>) {
        self.dialogs.set(Arc::downgrade(dialogs)).ok();
    }

    /// From now on we call this address, until what is returned is dropped.
    pub(crate) fn begin_calling(self: &Arc<Self>, address: IpAddr) -> Called {
        let address = address.to_canonical();
        self.with_memory(|memory| memory.begin_calling(address));
        Called {
            screen: self.clone(),
            address,
        }
    }

    /// Whether a source belongs to a trunk.
    pub(crate) fn knows(&self, source: IpAddr) -> bool {
        self.trunks.trunk_of(source).is_some()
    }

    pub(crate) fn standing(&self, address: IpAddr) -> Standing {
        if self.knows(address) {
            return Standing::Trunk;
        }
        match self.with_memory(|memory| memory.calls(address.to_canonical())) {
            Some(true) => Standing::Called,
            Some(false) | None => Standing::Stranger,
        }
    }

    /// Whether anything may be sent to a stranger, be it only that he is unwelcome.
    pub(crate) fn answers_strangers(&self) -> bool {
        self.trunks.unknown_source() == UnknownSource::Forbid
    }

    /// Judges one message.
    pub(crate) fn judge(&self, bytes: &[u8], source: SocketAddr, now: Instant) -> Verdict {
        let standing = self.standing(source.ip());
        if !self
            .with_memory(|memory| memory.may_send(source.ip(), standing, now))
            .unwrap_or(false)
        {
            return dropped(match standing {
                Standing::Trunk | Standing::Called => "message_rate",
                Standing::Stranger => "stranger_rate",
            });
        }
        let Some(message) = Message::parse(bytes) else {
            return dropped("not_sip");
        };
        match message.start {
            StartLine::Response { .. } => judge_response(&message),
            StartLine::Request { .. } => self.judge_request(message, source, now),
        }
    }

    fn judge_request(&self, message: Message, source: SocketAddr, now: Instant) -> Verdict {
        if !self.knows(source.ip()) && !self.may_enter(&message, now) {
            return self.unknown_source(&message, source);
        }
        let request = match rules::check(message) {
            Ok(request) => request,
            Err(refused) => {
                let (message, response) = *refused;
                let reason = match response.status {
                    400 | 505 => RejectionReason::Malformed,
                    _ => RejectionReason::Unsupported,
                };
                return self.refuse(&message, source, response, reason);
            }
        };
        if request.method == "INVITE" && self.dialog_of(&request.message).is_none() {
            match self.novelty(&request, source, now) {
                Novelty::New | Novelty::Retransmission => {}
                Novelty::Merged => {
                    let response = Response::new(482, "Loop Detected");
                    return self.refuse(&request.message, source, response, RejectionReason::Merged);
                }
                Novelty::TooFast => {
                    let response = Response::new(503, "Service Unavailable")
                        .with("Retry-After", self.retry_after_s.to_string());
                    return self.refuse(&request.message, source, response, RejectionReason::RateLimit);
                }
            }
        }
        let bytes = request.message.to_bytes();
        if super::listen::stack_reads(&bytes) {
            Verdict::Pass(bytes)
        } else {
            let response = Response::new(400, "Bad Request");
            self.refuse(&request.message, source, response, RejectionReason::Malformed)
        }
    }

    fn unknown_source(&self, message: &Message, source: SocketAddr) -> Verdict {
        match self.trunks.unknown_source() {
            UnknownSource::Drop => {
                self.record(
                    message,
                    source,
                    None,
                    RejectionReason::UnknownSource,
                    "in no trunk",
                );
                dropped("unknown_source")
            }
            UnknownSource::Forbid => {
                let response = Response::new(403, "Forbidden");
                self.refuse(message, source, response, RejectionReason::UnknownSource)
            }
        }
    }

    fn novelty(&self, request: &Request, source: SocketAddr, now: Instant) -> Novelty {
        self.with_memory(|memory| memory.novelty(request, source.ip(), now))
            .unwrap_or(Novelty::TooFast)
    }

    /// Whether somebody in no trunk speaks of a dialog that stands, or that his own BYE has just ended.
    fn may_enter(&self, message: &Message, now: Instant) -> bool {
        let Some(named) = named_dialog(message).map(|id| id.to_string()) else {
            return false;
        };
        let is_bye = matches!(&message.start, StartLine::Request { method, .. } if method == "BYE");
        if self.dialog_of(message).is_none() {
            return is_bye
                && self
                    .with_memory(|memory| memory.has_ended(&named, now))
                    .unwrap_or(false);
        }
        if is_bye {
            self.with_memory(|memory| memory.remember_end(named, now));
        }
        true
    }

    /// The dialog that stands and that a request belongs to.
    fn dialog_of(&self, message: &Message) -> Option<DialogId> {
        let dialogs = self.dialogs.get()?.upgrade()?;
        let id = named_dialog(message)?;
        dialogs.get_dialog(&id).map(|_| id)
    }

    /// Answers statelessly. An ACK is never answered, and without a Via there is nowhere to answer to.
    fn refuse(
        &self,
        message: &Message,
        source: SocketAddr,
        response: Response,
        reason: RejectionReason,
    ) -> Verdict {
        let is_ack = matches!(&message.start, StartLine::Request { method, .. } if method == "ACK");
        self.record(message, source, Some(response.status), reason, &response.reason);
        metrics::counter!("hark_sip_messages_refused_total", "reason" => reason.label()).increment(1);
        match message.value("Via").map(TopVia::parse) {
            Some(Ok(via)) if !is_ack => Verdict::Answer {
                to: via.reply_to(source),
                bytes: response.to_bytes(message, &via, source, &self.tags),
            },
            Some(Ok(_)) => Verdict::Drop,
            // A Via that cannot be read cannot be answered as it asks; the sender may still learn why.
            Some(Err(_)) if !is_ack => Verdict::Answer {
                to: source,
                bytes: response.to_bytes(message, &TopVia::of(source), source, &self.tags),
            },
            Some(Err(_)) | None => Verdict::Drop,
        }
    }

    /// Keeps the refusal of a call; other refused messages are only counted.
    fn record(
        &self,
        message: &Message,
        source: SocketAddr,
        status: Option<u16>,
        reason: RejectionReason,
        detail: &str,
    ) {
        let is_invite = matches!(&message.start, StartLine::Request { method, .. } if method == "INVITE");
        if !is_invite || named_dialog(message).is_some() {
            return;
        }
        self.rejections.record(Rejection {
            at: SystemTime::now(),
            sip_call_id: message.value("Call-ID").unwrap_or_default().to_owned(),
            source,
            trunk: self
                .trunks
                .trunk_of(source.ip())
                .map(|trunk| trunk.name.clone())
                .unwrap_or_default(),
            status,
            reason,
            detail: detail.to_owned(),
        });
    }

    fn with_memory<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> Option<T> {
        self.memory.lock().ok().map(|mut memory| act(&mut memory))
    }
}

impl Drop for Called {
    fn drop(&mut self) {
        self.screen.with_memory(|memory| memory.end_calling(self.address));
    }
}

fn dropped(reason: &'static str) -> Verdict {
    metrics::counter!("hark_sip_messages_dropped_total", "reason" => reason).increment(1);
    Verdict::Drop
}

/// The dialog that a request names, seen from us (RFC 3261 §12): none without a tag on To.
fn named_dialog(message: &Message) -> Option<DialogId> {
    Some(DialogId {
        call_id: message.value("Call-ID")?.to_owned(),
        local_tag: tag_of(message.value("To")?)?,
        remote_tag: tag_of(message.value("From")?)?,
    })
}

/// RFC 3261 §8.1.3.3, §18.1.2: a response that is malformed, or not ours alone, is discarded.
fn judge_response(message: &Message) -> Verdict {
    let fields = ["From", "To"].iter().all(|name| {
        message.count(name) == 1
            && message
                .value(name)
                .is_some_and(|value| NameAddr::parse(value).is_ok())
    });
    let cseq = message.count("CSeq") == 1
        && message
            .value("CSeq")
            .is_some_and(|value| CSeq::parse(value).is_ok());
    let via = message
        .value("Via")
        .is_some_and(|value| TopVia::parse(value).is_ok());
    if message.fault.is_some() || !fields || !cseq || !via || message.count("Call-ID") != 1 {
        return dropped("malformed_response");
    }
    let bytes = message.to_bytes();
    if super::listen::stack_reads(&bytes) {
        Verdict::Pass(bytes)
    } else {
        dropped("malformed_response")
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Instant;

    use super::super::config::SipConfig;
    use super::super::trunks::TrunkTable;
    use super::{Screen, Verdict};

    const TRUNK: &str = "192.0.2.1:5060";
    const STRANGER: &str = "203.0.113.9:5060";

    fn screen(config: &SipConfig, unknown_source: &str, now: Instant) -> Arc<Screen> {
        let file = format!(
            "unknown_source = \"{unknown_source}\"\n[[trunk]]\nname = \"a\"\nsources = [\"192.0.2.1\"]\n"
        );
        let trunks = TrunkTable::parse("trunks.toml", &file).unwrap();
        Arc::new(Screen::new(trunks, Arc::default(), config, now))
    }

    fn request(method: &str, number: u32, to: &str) -> String {
        format!(
            "{method} sip:100@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{number}\r\n\
             From: <sip:a@x>;tag=1\r\nTo: {to}\r\nCall-ID: c{number}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:a@192.0.2.1>\r\n\r\n"
        )
    }

    fn judge(screen: &Screen, text: &str, source: &str, now: Instant) -> String {
        let source: SocketAddr = source.parse().unwrap();
        match screen.judge(text.as_bytes(), source, now) {
            Verdict::Pass(_) => "pass".to_owned(),
            Verdict::Drop => "drop".to_owned(),
            Verdict::Answer { bytes, .. } => {
                let text = String::from_utf8(bytes).unwrap();
                text.split(' ').nth(1).unwrap().to_owned()
            }
        }
    }

    #[test]
    fn a_flood_of_strangers_does_not_silence_a_trunk() {
        let now = Instant::now();
        let screen = screen(&SipConfig::default(), "drop", now);
        for number in 0..20_000 {
            judge(&screen, &request("OPTIONS", number, "<sip:b@y>"), STRANGER, now);
        }
        let options = request("OPTIONS", 1, "<sip:b@y>");
        assert_eq!(judge(&screen, &options, TRUNK, now), "pass");
    }

    fn check_stranger(method: &str, to: &str, dropped: &str, forbidden: &str) {
        let now = Instant::now();
        for (unknown_source, expect) in [("drop", dropped), ("forbid", forbidden)] {
            let screen = screen(&SipConfig::default(), unknown_source, now);
            let text = request(method, 1, to);
            assert_eq!(
                judge(&screen, &text, STRANGER, now),
                expect,
                "{unknown_source}: {text}"
            );
        }
    }

    #[test]
    fn a_tag_that_belongs_to_no_dialog_lets_no_stranger_in() {
        check_stranger("OPTIONS", "<sip:b@y>", "drop", "403");
        check_stranger("OPTIONS", "<sip:b@y>;TAG=1", "drop", "403");
        check_stranger("REGISTER", "<sip:b@y>;tag=1", "drop", "403");
        check_stranger("BYE", "<sip:b@y>;tag=1", "drop", "403");
        check_stranger("OPTIONS", "<sip:b@y;tag=1", "drop", "403");
        check_stranger("ACK", "<sip:b@y>;tag=1", "drop", "drop");
    }

    #[test]
    fn an_invite_into_a_dialog_that_does_not_exist_counts_as_a_new_call() {
        let now = Instant::now();
        let config = SipConfig {
            invites_per_second_per_source: 1,
            ..SipConfig::default()
        };
        let screen = screen(&config, "drop", now);
        let verdicts: Vec<String> = (1..=3)
            .map(|number| judge(&screen, &request("INVITE", number, "<sip:b@y>;TAG=1"), TRUNK, now))
            .collect();
        assert_eq!(verdicts, ["pass", "pass", "503"]);
    }
}
