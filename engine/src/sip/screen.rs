//! The door: every datagram and every framed message passes here before the stack's parser sees it.
//!
//! It answers what is malformed, refuses what is unknown, too fast or merged (RFC 3261 §8.2.2.2), and
//! hands on canonical bytes. Answers are stateless (§8.2.7), so a flood leaves nothing behind.

use std::collections::{HashMap, VecDeque};
use std::hash::RandomState;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use super::rate::{Bucket, Rates};
use super::rejection::{Rejection, RejectionReason, Rejections};
use super::rules::{self, Request};
use super::trunks::{TrunkTable, UnknownSource};
use super::wire::{CSeq, Message, NameAddr, Response, StartLine, TopVia};

/// INVITEs remembered to tell a retransmission from a merged request.
const MAX_SEEN: usize = 8_192;
/// How long they are remembered: the life of a transaction (64*T1).
const SEEN_FOR: Duration = Duration::from_secs(32);
/// Messages per second for each INVITE per second allowed: a call has many messages.
const MESSAGES_PER_INVITE: u32 = 50;

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
    memory: Mutex<Memory>,
}

struct Memory {
    invites: Rates,
    messages: Bucket,
    seen: HashMap<CallKey, String>,
    order: VecDeque<(Instant, CallKey)>,
}

/// What a merged request has in common with the first (RFC 3261 §8.2.2.2).
type CallKey = (String, String, u32);

/// What an INVITE outside any dialog is, compared with those seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Novelty {
    New,
    Retransmission,
    Merged,
    TooFast,
}

impl Screen {
    pub(crate) fn new(
        trunks: TrunkTable,
        rejections: Arc<Rejections>,
        config: &super::config::SipConfig,
        now: Instant,
    ) -> Self {
        let messages = config.invites_per_second.saturating_mul(MESSAGES_PER_INVITE);
        Self {
            trunks,
            rejections,
            retry_after_s: config.retry_after_s,
            tags: RandomState::new(),
            memory: Mutex::new(Memory {
                invites: Rates::new(
                    config.invites_per_second,
                    config.invites_per_second_per_source,
                    now,
                ),
                messages: Bucket::new(messages, now),
                seen: HashMap::new(),
                order: VecDeque::new(),
            }),
        }
    }

    /// Whether a source belongs to a trunk.
    pub(crate) fn knows(&self, source: IpAddr) -> bool {
        self.trunks.trunk_of(source).is_some()
    }

    /// Judges one message.
    pub(crate) fn judge(&self, bytes: &[u8], source: SocketAddr, now: Instant) -> Verdict {
        if !self
            .with_memory(|memory| memory.messages.take(now))
            .unwrap_or(false)
        {
            return dropped("message_rate");
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
        if !self.knows(source.ip()) && !claims_dialog(&message) {
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
        if request.method == "INVITE" && !request.in_dialog {
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
        self.with_memory(|memory| memory.novelty(request, source, now))
            .unwrap_or(Novelty::TooFast)
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
        if !is_invite || claims_dialog(message) {
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

impl Memory {
    fn novelty(&mut self, request: &Request, source: SocketAddr, now: Instant) -> Novelty {
        self.forget_old(now);
        let key = (request.call_id.clone(), request.from_tag.clone(), request.cseq);
        match self.seen.get(&key) {
            Some(branch) if *branch == request.branch => return Novelty::Retransmission,
            Some(_) => return Novelty::Merged,
            None => {}
        }
        if !self.invites.allow(source.ip(), now) {
            return Novelty::TooFast;
        }
        self.seen.insert(key.clone(), request.branch.clone());
        self.order.push_back((now, key));
        Novelty::New
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((at, _)) = self.order.front() {
            if now.saturating_duration_since(*at) < SEEN_FOR && self.order.len() < MAX_SEEN {
                break;
            }
            if let Some((_, key)) = self.order.pop_front() {
                self.seen.remove(&key);
            }
        }
    }
}

fn dropped(reason: &'static str) -> Verdict {
    metrics::counter!("hark_sip_messages_dropped_total", "reason" => reason).increment(1);
    Verdict::Drop
}

fn claims_dialog(message: &Message) -> bool {
    message
        .value("To")
        .and_then(|to| NameAddr::parse(to).ok())
        .is_some_and(|to| to.param("tag").is_some())
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
