//! Keypad keys as RTP events: RFC 4733. Received: one key per event, however many of its packets
//! are lost or doubled. Sent: updates while the key is down, its end three times (§2.5.1.4).

use std::collections::VecDeque;

use thiserror::Error;

/// One event payload (§2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// 0 to 15 are the keys.
    pub code: u8,
    pub end: bool,
    /// Power level in -dBm0, 0 to 63.
    pub volume: u8,
    /// Timestamp ticks since the event began.
    pub duration: u16,
}

impl TelephoneEvent {
    /// `None` when the payload is too short. What follows a first event is ignored.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [code, flags, high, low, ..] = payload else {
            return None;
        };
        Some(Self {
            code: *code,
            end: flags & 0x80 != 0,
            volume: flags & 0x3F,
            duration: u16::from_be_bytes([*high, *low]),
        })
    }

    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [
            self.code,
            (u8::from(self.end) << 7) | (self.volume & 0x3F),
            high,
            low,
        ]
    }

    /// The key: `0` to `9`, `*`, `#`, `A` to `D`. `None` for a flash and other events.
    pub fn key(self) -> Option<char> {
        KEYS.chars().nth(usize::from(self.code))
    }
}

/// Turns event packets into keys.
#[derive(Debug, Clone, Default)]
pub struct KeyReceiver {
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    timestamp: u32,
    code: u8,
    ended: bool,
}

impl KeyReceiver {
    /// The key, at the first packet of its event that arrives, whichever that is.
    pub fn receive(&mut self, timestamp: u32, payload: &[u8]) -> Option<char> {
        let event = TelephoneEvent::parse(payload)?;
        let relation = self
            .last
            .map_or(Relation::New, |last| last.relation(timestamp, event));
        match (relation, &mut self.last) {
            (Relation::Same, Some(last)) => {
                last.ended |= event.end;
                None
            }
            (Relation::Overtaken, _) => None,
            (Relation::Continued | Relation::New | Relation::Same, last) => {
                *last = Some(Last {
                    timestamp,
                    code: event.code,
                    ended: event.end,
                });
                if relation == Relation::New {
                    event.key()
                } else {
                    None
                }
            }
        }
    }
}

/// How an event packet stands to the last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// Another packet of it.
    Same,
    /// A packet of an earlier event, overtaken on the way.
    Overtaken,
    /// A key held until its duration overflowed goes on as a new segment (§2.5.1.3).
    Continued,
    New,
}

impl Last {
    fn relation(self, timestamp: u32, event: TelephoneEvent) -> Relation {
        let behind = self.timestamp.wrapping_sub(timestamp);
        if behind == 0 {
            Relation::Same
        } else if behind < REORDER_TICKS {
            Relation::Overtaken
        } else if behind.wrapping_neg() == u32::from(u16::MAX) && self.code == event.code && !self.ended {
            Relation::Continued
        } else {
            Relation::New
        }
    }
}

/// Turns keys into event payloads, one a tick.
#[derive(Debug, Clone, Default)]
pub struct KeySender {
    waiting: VecDeque<u8>,
    current: Option<Sending>,
    /// Ticks to wait before the next key.
    pause: u32,
}

#[derive(Debug, Clone, Copy)]
struct Sending {
    code: u8,
    tick: u32,
}

/// What goes out instead of sound at one tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTick {
    pub event: TelephoneEvent,
    /// The first packet of the event: its time stamp is that of this tick, and the marker is set.
    pub first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("{0:?} is no key: 0 to 9, *, #, A to D are")]
    Unknown(char),
    #[error("{KEYS_MAX} keys wait already")]
    Full,
    #[error("the far end did not agree to telephone-event")]
    NotAgreed,
}

impl KeySender {
    /// Queues a key. Keys follow each other with a pause between.
    pub fn push(&mut self, key: char) -> Result<(), KeyError> {
        let code = KEYS
            .find(key.to_ascii_uppercase())
            .ok_or(KeyError::Unknown(key))?;
        if self.waiting.len() >= KEYS_MAX {
            return Err(KeyError::Full);
        }
        self.waiting.push_back(code as u8);
        Ok(())
    }

    /// No key is being sent or waits. (The pause after the last one may still run.)
    pub fn is_idle(&self) -> bool {
        self.current.is_none() && self.waiting.is_empty()
    }

    /// What to send at this tick; `None` when sound may go out.
    pub fn tick(&mut self, frame_ticks: u32) -> Option<KeyTick> {
        if self.current.is_none() {
            if self.pause > 0 {
                self.pause -= 1;
                return None;
            }
            self.current = self.waiting.pop_front().map(|code| Sending { code, tick: 0 });
        }
        let sending = self.current.as_mut()?;
        sending.tick += 1;
        let Sending { code, tick } = *sending;
        let duration = u16::try_from(tick.min(DOWN_TICKS) * frame_ticks).unwrap_or(u16::MAX);
        let end = tick >= DOWN_TICKS;
        if tick >= DOWN_TICKS + END_PACKETS - 1 {
            self.current = None;
            self.pause = PAUSE_TICKS;
        }
        Some(KeyTick {
            event: TelephoneEvent {
                code,
                end,
                volume: VOLUME,
                duration,
            },
            first: tick == 1,
        })
    }
}

/// The keys in the order of their event codes (RFC 4733 §3.2).
const KEYS: &str = "0123456789*#ABCD";
/// 5 s at 8 kHz: nothing is reordered by more.
const REORDER_TICKS: u32 = 40_000;
/// Keys that may wait to be sent: more than any number one dials.
const KEYS_MAX: usize = 64;
/// A key is down for 120 ms; Q.24 asks receivers to know 40.
const DOWN_TICKS: u32 = 6;
/// The end is sent three times (§2.5.1.4).
const END_PACKETS: u32 = 3;
/// 60 ms between keys; Q.24 asks receivers to know 30 to 40.
const PAUSE_TICKS: u32 = 3;
/// -10 dBm0.
const VOLUME: u8 = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(code: u8, end: bool, duration: u16) -> [u8; 4] {
        TelephoneEvent {
            code,
            end,
            volume: 10,
            duration,
        }
        .to_bytes()
    }

    fn check(packets: &[(u32, [u8; 4])], expect: &str) {
        let mut receiver = KeyReceiver::default();
        let keys: String = packets
            .iter()
            .filter_map(|(timestamp, payload)| receiver.receive(*timestamp, payload))
            .collect();
        assert_eq!(keys, expect);
    }

    #[test]
    fn one_key_per_event() {
        let start = packet(5, false, 160);
        let end = packet(5, true, 320);
        check(
            &[
                (100, start),
                (100, packet(5, false, 320)),
                (100, end),
                (100, end),
                (100, end),
            ],
            "5",
        );
        // The same key twice; the second one's start and every end lost.
        check(&[(100, start), (100, end), (1_000, packet(5, false, 320))], "55");
        // Only an end came through.
        check(&[(100, packet(11, true, 800))], "#");
        // A doubled end overtaken by the next key.
        check(
            &[
                (100, start),
                (900, packet(10, false, 160)),
                (100, end),
                (900, packet(10, true, 800)),
            ],
            "5*",
        );
        // Time stamps wrap.
        check(&[(u32::MAX, start), (50, packet(12, false, 160))], "5A");
    }

    #[test]
    fn a_key_held_for_nine_seconds_is_one_key() {
        let next = 100u32.wrapping_add(u32::from(u16::MAX));
        check(
            &[
                (100, packet(1, false, 160)),
                (100, packet(1, false, u16::MAX)),
                (next, packet(1, true, 160)),
            ],
            "1",
        );
    }

    #[test]
    fn what_is_not_a_key_is_nothing() {
        check(
            &[(100, packet(16, false, 160)), (200, packet(255, true, 160))],
            "",
        );
        assert_eq!(KeyReceiver::default().receive(1, &[5, 0, 1]), None);
    }

    #[test]
    fn keys_sent_are_keys_received() {
        let mut sender = KeySender::default();
        for key in "19*#d".chars() {
            sender.push(key).unwrap();
        }
        assert_eq!(sender.push('x'), Err(KeyError::Unknown('x')));
        let (mut receiver, mut heard, mut ends, mut start) = (KeyReceiver::default(), String::new(), 0, 0);
        for tick in 0..100u32 {
            let Some(KeyTick { event, first }) = sender.tick(160) else {
                continue;
            };
            start = if first { tick * 160 } else { start };
            ends += u32::from(event.end);
            assert!(!event.end || event.duration == 960);
            heard.extend(receiver.receive(start, &event.to_bytes()));
        }
        assert_eq!((heard.as_str(), ends), ("19*#D", 15));
        assert!(sender.is_idle());
    }

    proptest! {
        #[test]
        fn any_payload_is_handled(packets in prop::collection::vec((any::<u32>(), any::<Vec<u8>>()), 0..50)) {
            let mut receiver = KeyReceiver::default();
            let keys = packets.iter().filter_map(|(at, payload)| receiver.receive(*at, payload)).count();
            prop_assert!(keys <= packets.len());
        }
    }
}
