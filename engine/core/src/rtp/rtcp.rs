//! RTCP (RFC 3550 §6): compound sender and receiver reports with a CNAME, parsed and built, and the
//! timing of reports between two participants.

use std::time::{Duration, Instant};

use thiserror::Error;

use crate::rtp::receiver::Receiver;
use crate::rtp::sender::Sender;

/// What one report says about one stream (§6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportBlock {
    /// The stream that is reported on.
    pub ssrc: u32,
    /// Of the packets expected since the last report, in 256ths.
    pub fraction_lost: u8,
    /// 24 bits.
    pub cumulative_lost: u32,
    /// Extended: cycles in the upper half.
    pub highest_sequence: u32,
    /// Timestamp ticks.
    pub jitter: u32,
    /// The middle 32 bits of the NTP time of the last sender report; 0 for none.
    pub last_sender_report: u32,
    /// In 65,536ths of a second.
    pub delay_since_last_sender_report: u32,
}

/// What a sender says of itself (§6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SenderInfo {
    /// 32.32 fixed point seconds. Ours count from the leg's start, which §6.4.1 allows.
    pub ntp: u64,
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// One packet of a compound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rtcp {
    SenderReport {
        ssrc: u32,
        info: SenderInfo,
        blocks: Vec<ReportBlock>,
    },
    ReceiverReport {
        ssrc: u32,
        blocks: Vec<ReportBlock>,
    },
    Bye {
        ssrcs: Vec<u32>,
    },
    /// SDES, APP, feedback: known to be well-framed and not looked into.
    Other {
        packet_type: u8,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RtcpError {
    #[error("RTCP packet {index} of the compound is cut short")]
    Truncated { index: usize },
    #[error("RTCP packet {index} has version {version}, not 2")]
    Version { index: usize, version: u8 },
    #[error("more than {PACKETS_MAX} RTCP packets in one compound")]
    TooMany,
}

/// Reads a compound packet.
pub fn parse(bytes: &[u8]) -> Result<Vec<Rtcp>, RtcpError> {
    let mut packets = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let index = packets.len();
        if index >= PACKETS_MAX {
            return Err(RtcpError::TooMany);
        }
        let truncated = RtcpError::Truncated { index };
        let (header, after) = rest.split_first_chunk::<4>().ok_or(truncated)?;
        let [first, packet_type, high, low] = *header;
        if first >> 6 != VERSION {
            return Err(RtcpError::Version {
                index,
                version: first >> 6,
            });
        }
        let length = usize::from(u16::from_be_bytes([high, low])) * 4;
        let (body, next) = after.split_at_checked(length).ok_or(truncated)?;
        packets.push(parse_one(packet_type, first & 0x1F, body).ok_or(truncated)?);
        rest = next;
    }
    Ok(packets)
}

fn parse_one(packet_type: u8, count: u8, body: &[u8]) -> Option<Rtcp> {
    let mut words = Words(body);
    Some(match packet_type {
        SENDER_REPORT => {
            let ssrc = words.next()?;
            let ntp = u64::from(words.next()?) << 32 | u64::from(words.next()?);
            let (rtp_timestamp, packets, octets) = (words.next()?, words.next()?, words.next()?);
            let info = SenderInfo {
                ntp,
                rtp_timestamp,
                packets,
                octets,
            };
            Rtcp::SenderReport {
                ssrc,
                info,
                blocks: words.blocks(count)?,
            }
        }
        RECEIVER_REPORT => Rtcp::ReceiverReport {
            ssrc: words.next()?,
            blocks: words.blocks(count)?,
        },
        BYE => Rtcp::Bye {
            ssrcs: (0..count).map(|_| words.next()).collect::<Option<_>>()?,
        },
        packet_type => Rtcp::Other { packet_type },
    })
}

/// Big-endian words from the front of a body.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn next(&mut self) -> Option<u32> {
        let (word, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*word))
    }

    fn blocks(&mut self, count: u8) -> Option<Vec<ReportBlock>> {
        (0..count).map(|_| self.block()).collect()
    }

    fn block(&mut self) -> Option<ReportBlock> {
        let (ssrc, losses) = (self.next()?, self.next()?);
        Some(ReportBlock {
            ssrc,
            fraction_lost: (losses >> 24) as u8,
            cumulative_lost: losses & 0xFF_FFFF,
            highest_sequence: self.next()?,
            jitter: self.next()?,
            last_sender_report: self.next()?,
            delay_since_last_sender_report: self.next()?,
        })
    }
}

/// Appends a sender report (or, without `info`, a receiver report) about at most one stream.
pub fn write_report(ssrc: u32, info: Option<SenderInfo>, block: Option<ReportBlock>, out: &mut Vec<u8>) {
    let (packet_type, info_words) = if info.is_some() {
        (SENDER_REPORT, 5)
    } else {
        (RECEIVER_REPORT, 0)
    };
    let block_words = if block.is_some() { 6 } else { 0 };
    write_header(
        out,
        u8::from(block.is_some()),
        packet_type,
        1 + info_words + block_words,
    );
    write_words(out, &[ssrc]);
    if let Some(info) = info {
        let (seconds, fraction) = ((info.ntp >> 32) as u32, info.ntp as u32);
        write_words(
            out,
            &[seconds, fraction, info.rtp_timestamp, info.packets, info.octets],
        );
    }
    if let Some(block) = block {
        let losses = u32::from(block.fraction_lost) << 24 | block.cumulative_lost & 0xFF_FFFF;
        let (last, delay) = (block.last_sender_report, block.delay_since_last_sender_report);
        write_words(
            out,
            &[
                block.ssrc,
                losses,
                block.highest_sequence,
                block.jitter,
                last,
                delay,
            ],
        );
    }
}

/// Appends the CNAME (§6.5.1), cut to 255 bytes.
pub fn write_cname(ssrc: u32, cname: &str, out: &mut Vec<u8>) {
    let text: Vec<u8> = cname.bytes().take(255).collect();
    // SSRC, item type, length, text, at least one zero; padded to a word.
    let words = (4 + 2 + text.len() + 1).div_ceil(4);
    let end = out.len() + 4 + words * 4;
    write_header(out, 1, SDES, words as u16);
    write_words(out, &[ssrc]);
    out.extend([SDES_CNAME, text.len() as u8]);
    out.extend(text);
    out.resize(end, 0);
}

/// Appends a goodbye (§6.6).
pub fn write_bye(ssrc: u32, out: &mut Vec<u8>) {
    write_header(out, 1, BYE, 1);
    write_words(out, &[ssrc]);
}

fn write_header(out: &mut Vec<u8>, count: u8, packet_type: u8, words: u16) {
    let [high, low] = words.to_be_bytes();
    out.extend([VERSION << 6 | count, packet_type, high, low]);
}

fn write_words(out: &mut Vec<u8>, words: &[u32]) {
    out.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

/// One leg's side of RTCP: when to report, what, and what the far end reported.
#[derive(Debug, Clone)]
pub struct RtcpSession {
    cname: String,
    /// NTP times count from here.
    origin: Instant,
    next: Instant,
    /// For the spread of intervals; seeded by our SSRC, which is random.
    random: u32,
    /// The far end's last sender report: the middle of its NTP time, and when it came.
    last_sender_report: Option<(u32, Instant)>,
    round_trip: Option<Duration>,
    far_lost: Option<u32>,
}

impl RtcpSession {
    /// `cname` names this endpoint and no person (RFC 7022).
    pub fn new(cname: impl Into<String>, ssrc: u32, now: Instant) -> Self {
        let mut session = Self {
            cname: cname.into(),
            origin: now,
            next: now,
            random: ssrc,
            last_sender_report: None,
            round_trip: None,
            far_lost: None,
        };
        // The first report may come after half the interval (§6.2).
        session.next = now + session.interval() / 2;
        session
    }

    /// When [`Self::poll`] has something next.
    pub fn next_report(&self) -> Instant {
        self.next
    }

    /// The compound packet that is due, if one is.
    pub fn poll(&mut self, now: Instant, sender: &Sender, receiver: &mut Receiver) -> Option<Vec<u8>> {
        if now < self.next {
            return None;
        }
        self.next = now + self.interval();
        Some(self.report(now, sender, receiver))
    }

    /// The last compound packet of a leg: a report and a goodbye.
    pub fn bye(&mut self, now: Instant, sender: &Sender, receiver: &mut Receiver) -> Vec<u8> {
        let mut out = self.report(now, sender, receiver);
        write_bye(sender.ssrc(), &mut out);
        out
    }

    /// Learns from a compound packet of the far end.
    pub fn receive(&mut self, now: Instant, our_ssrc: u32, bytes: &[u8]) -> Result<Vec<Rtcp>, RtcpError> {
        let packets = parse(bytes)?;
        for packet in &packets {
            let blocks = match packet {
                Rtcp::SenderReport { info, blocks, .. } => {
                    self.last_sender_report = Some((middle(info.ntp), now));
                    blocks
                }
                Rtcp::ReceiverReport { blocks, .. } => blocks,
                Rtcp::Bye { .. } | Rtcp::Other { .. } => continue,
            };
            if let Some(block) = blocks.iter().find(|block| block.ssrc == our_ssrc) {
                self.learn(now, block);
            }
        }
        Ok(packets)
    }

    /// To the far end and back, as of its last report.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// How many of our packets the far end says it lost.
    pub fn far_lost_packets(&self) -> Option<u32> {
        self.far_lost
    }

    fn report(&self, now: Instant, sender: &Sender, receiver: &mut Receiver) -> Vec<u8> {
        let (packets, octets) = sender.sent();
        let info = (packets > 0).then(|| SenderInfo {
            ntp: self.ntp(now),
            rtp_timestamp: sender.timestamp(),
            packets: packets as u32,
            octets: octets as u32,
        });
        let block = receiver.report().map(|mut block| {
            if let Some((last, at)) = self.last_sender_report {
                block.last_sender_report = last;
                block.delay_since_last_sender_report = middle(fixed_point(now.saturating_duration_since(at)));
            }
            block
        });
        let mut out = Vec::with_capacity(96);
        write_report(sender.ssrc(), info, block, &mut out);
        write_cname(sender.ssrc(), &self.cname, &mut out);
        out
    }

    /// §6.4.1: round trip = now - last sender report - delay since it.
    fn learn(&mut self, now: Instant, block: &ReportBlock) {
        self.far_lost = Some(block.cumulative_lost);
        if block.last_sender_report == 0 {
            return;
        }
        let ticks = middle(self.ntp(now))
            .wrapping_sub(block.last_sender_report)
            .wrapping_sub(block.delay_since_last_sender_report);
        let round_trip = Duration::from_secs_f64(f64::from(ticks) / 65_536.0);
        // Clock skew can make it negative, which wraps to hours.
        if round_trip < ROUND_TRIP_MAX {
            self.round_trip = Some(round_trip);
        }
    }

    fn ntp(&self, now: Instant) -> u64 {
        // One second more than elapsed: zero would mean "no report".
        fixed_point(now.saturating_duration_since(self.origin) + Duration::from_secs(1))
    }

    /// §6.3.1 for two participants: five seconds, spread evenly from half to one and a half, and
    /// divided by e - 3/2 to make up for the reconsideration we do not need.
    fn interval(&mut self) -> Duration {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let spread = 0.5 + f64::from(self.random >> 8) / f64::from(1 << 24);
        INTERVAL.mul_f64(spread / 1.218_28)
    }
}

/// Seconds as 32.32 fixed point.
fn fixed_point(time: Duration) -> u64 {
    let fraction = (u64::from(time.subsec_nanos()) << 32) / 1_000_000_000;
    time.as_secs() << 32 | fraction
}

const fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

const VERSION: u8 = 2;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SDES: u8 = 202;
const BYE: u8 = 203;
const SDES_CNAME: u8 = 1;
/// A compound of one MTU could hold hundreds of empty ones; nobody sends more than a few.
const PACKETS_MAX: usize = 32;
const INTERVAL: Duration = Duration::from_secs(5);
const ROUND_TRIP_MAX: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rtp::receiver::ReceiverConfig;
    use crate::rtp::sender::SenderConfig;

    fn block() -> ReportBlock {
        ReportBlock {
            ssrc: 0xDEAD_BEEF,
            fraction_lost: 12,
            cumulative_lost: 0x01_0203,
            highest_sequence: 70_000,
            jitter: 33,
            last_sender_report: 5,
            delay_since_last_sender_report: 6,
        }
    }

    #[test]
    fn a_compound_is_read_as_it_was_written() {
        let info = SenderInfo {
            ntp: 0x0102_0304_0506_0708,
            rtp_timestamp: 9,
            packets: 10,
            octets: 11,
        };
        let mut bytes = Vec::new();
        write_report(1, Some(info), Some(block()), &mut bytes);
        write_cname(1, "a@b", &mut bytes);
        write_report(2, None, None, &mut bytes);
        write_bye(1, &mut bytes);
        assert_eq!(
            parse(&bytes).unwrap(),
            [
                Rtcp::SenderReport {
                    ssrc: 1,
                    info,
                    blocks: vec![block()]
                },
                Rtcp::Other { packet_type: SDES },
                Rtcp::ReceiverReport {
                    ssrc: 2,
                    blocks: Vec::new()
                },
                Rtcp::Bye { ssrcs: vec![1] },
            ]
        );
    }

    #[test]
    fn names_of_every_length_end_on_a_word() {
        for length in [0, 1, 2, 3, 4, 5, 255, 300] {
            let mut bytes = Vec::new();
            write_cname(1, &"x".repeat(length), &mut bytes);
            assert_eq!(parse(&bytes).map(|packets| packets.len()), Ok(1), "{length}");
            assert_eq!(bytes.last(), Some(&0), "{length}");
        }
    }

    #[test]
    fn garbage_is_named() {
        let check = |bytes: &[u8], expect: RtcpError| assert_eq!(parse(bytes), Err(expect));
        check(&[0x80, 200, 0], RtcpError::Truncated { index: 0 });
        check(&[0x80, 200, 0, 9], RtcpError::Truncated { index: 0 });
        check(&[0x81, 201, 0, 1, 0, 0, 0, 1], RtcpError::Truncated { index: 0 });
        check(&[0x40, 201, 0, 0], RtcpError::Version { index: 0, version: 1 });
        check(&[0x80, 204, 0, 0].repeat(PACKETS_MAX + 1), RtcpError::TooMany);
        check(
            &[[0x80, 204, 0, 0], [0x9F, 203, 0, 0]].concat(),
            RtcpError::Truncated { index: 1 },
        );
    }

    fn leg(ssrc: u32, now: Instant) -> (RtcpSession, Sender, Receiver) {
        let config = SenderConfig {
            payload_type: 0,
            dtmf_payload_type: None,
            clock_hz: 8_000,
            ssrc,
            first_sequence: 0,
            first_timestamp: 0,
        };
        let receiver = ReceiverConfig {
            payload_type: 0,
            dtmf_payload_type: None,
            clock_hz: 8_000,
        };
        (
            RtcpSession::new("hark", ssrc, now),
            Sender::new(config),
            Receiver::new(receiver),
        )
    }

    #[test]
    fn two_ends_measure_the_round_trip() {
        use crate::audio::frame::Frame;
        use crate::audio::g711::{G711, Law};
        use crate::units::SampleRate;

        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let (mut near, mut near_sender, mut near_receiver) = leg(1, start);
        let (mut far, mut far_sender, mut far_receiver) = leg(2, start);
        let (frame, mut codec) = (Frame::silence(SampleRate::Hz8000), G711::new(Law::Mu));
        let packet = near_sender.tick(Some(&frame), &mut codec).unwrap();
        far_receiver.push(at(0), packet);
        let packet = far_sender.tick(Some(&frame), &mut codec).unwrap();
        near_receiver.push(at(0), packet);

        let report = near.poll(at(6_200), &near_sender, &mut near_receiver).unwrap();
        far.receive(at(6_230), 2, &report).unwrap();
        let answer = far.poll(at(7_000), &far_sender, &mut far_receiver).unwrap();
        near.receive(at(7_030), 1, &answer).unwrap();
        let round_trip = near.round_trip().unwrap().as_secs_f64();
        assert!((round_trip - 0.060).abs() < 0.001, "{round_trip}");
        assert_eq!(near.far_lost_packets(), Some(0));
        let bye = near.bye(at(8_000), &near_sender, &mut near_receiver);
        assert!(
            far.receive(at(8_000), 2, &bye)
                .unwrap()
                .contains(&Rtcp::Bye { ssrcs: vec![1] })
        );
    }

    #[test]
    fn intervals_spread_around_five_seconds() {
        let start = Instant::now();
        let (mut session, sender, mut receiver) = leg(77, start);
        assert!(session.next_report() < start + Duration::from_millis(3_100));
        for _ in 0..50 {
            let due = session.next_report();
            assert!(
                session
                    .poll(due - Duration::from_millis(1), &sender, &mut receiver)
                    .is_none()
            );
            // Nothing sent and nothing received: an empty receiver report.
            let report = parse(&session.poll(due, &sender, &mut receiver).unwrap()).unwrap();
            assert_eq!(
                report[0],
                Rtcp::ReceiverReport {
                    ssrc: 77,
                    blocks: Vec::new()
                }
            );
            let interval = session.next_report() - due;
            assert!((2_050..6_160).contains(&interval.as_millis()), "{interval:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_handled(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let now = Instant::now();
            let _ = RtcpSession::new("x", 1, now).receive(now, 1, &bytes);
        }

        #[test]
        fn any_mutation_of_a_report_is_handled(at in 0usize..60, value in any::<u8>()) {
            let mut bytes = Vec::new();
            write_report(1, Some(SenderInfo::default()), Some(block()), &mut bytes);
            write_cname(1, "hark", &mut bytes);
            bytes[at] = value;
            if let Ok(packets) = parse(&bytes) {
                prop_assert!(!packets.is_empty());
            }
        }
    }
}
