//! The adaptive jitter buffer: reorders what arrives, waits as long as this network needs, and says
//! what is lost. Content goes before delay: a late burst is played late, and the delay taken back in quiet moments.
//!
//! It counts time in arrivals and pulls, never in time stamps, so that a peer whose time stamps
//! jump (hold music, transfers, restarted encoders) is heard like any other.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::FRAME;

/// Packets of one source between network and decoder.
#[derive(Debug, Clone)]
pub struct JitterBuffer {
    /// In order of sequence number.
    queue: VecDeque<Waiting>,
    state: State,
    spread: Spread,
    slack: Slack,
    late: u64,
}

/// What the decoder must do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// Decode this payload.
    Audio(Vec<u8>),
    /// Conceal one packet: those after it are here.
    Lost,
    /// Conceal one frame: nothing is here, which may be a loss or a delay.
    Starved,
    /// Nobody speaks: before the first packet, during a key, or after a long gap.
    Silence,
}

#[derive(Debug, Clone)]
struct Waiting {
    sequence: u64,
    arrived: Instant,
    /// `None` for a packet that is not sound but has its place in the sequence.
    payload: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waiting until the first packet has lain here for the target delay.
    Filling,
    Playing {
        next: u64,
        /// Frames concealed since the last packet without knowing why.
        starved: u64,
        /// A packet without sound was the last: what follows is silence, not a loss.
        quiet: bool,
    },
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self {
            queue: VecDeque::with_capacity(PACKETS_MAX),
            state: State::Filling,
            spread: Spread::default(),
            slack: Slack::default(),
            late: 0,
        }
    }
}

impl JitterBuffer {
    /// Takes a packet of sound: its extended sequence number, never given before, and its time stamp.
    pub fn push(&mut self, now: Instant, sequence: u64, timestamp: u32, clock_hz: u32, payload: Vec<u8>) {
        self.spread.learn(now, timestamp, clock_hz);
        self.insert(Waiting {
            sequence,
            arrived: now,
            payload: Some(payload),
        });
    }

    /// Notes that `sequence` arrived and is not sound: a key, comfort noise.
    pub fn push_other(&mut self, now: Instant, sequence: u64) {
        self.insert(Waiting {
            sequence,
            arrived: now,
            payload: None,
        });
    }

    /// The next packet, or why there is none. One call per packet's worth of sound.
    pub fn pull(&mut self, now: Instant) -> Pulled {
        self.drop_stale(now);
        self.skip_other();
        match self.state {
            State::Filling => self.pull_filling(now),
            State::Playing { next, starved, quiet } => self.pull_playing(now, next, starved, quiet),
        }
    }

    /// The sound that follows directly on the packet which `pull` just called lost.
    pub fn successor(&self) -> Option<&[u8]> {
        let (State::Playing { next, .. }, Some(front)) = (&self.state, self.queue.front()) else {
            return None;
        };
        (front.sequence == *next)
            .then_some(front.payload.as_deref())
            .flatten()
    }

    /// Whether the packet just pulled could be left out unheard, being quiet, to take back delay
    /// that this network no longer needs. Whoever leaves it out says so with [`Self::shortened`].
    pub fn has_surplus(&self) -> bool {
        self.slack.surplus
    }

    pub fn shortened(&mut self) {
        self.slack = Slack::default();
    }

    /// Forgets every packet (a new source, hold), keeping what was learned about the network.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.state = State::Filling;
        self.slack = Slack::default();
    }

    /// How long a packet waits before it is played.
    pub fn target(&self) -> Duration {
        self.spread.target
    }

    pub fn len(&self) -> usize {
        self.queue.len()
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Packets that came after their turn, or were pushed out by a full buffer.
    pub fn late(&self) -> u64 {
        self.late
    }

    fn insert(&mut self, packet: Waiting) {
        if let State::Playing { next, .. } = self.state
            && packet.sequence < next
        {
            self.late += u64::from(packet.payload.is_some());
            return;
        }
        let after = self
            .queue
            .iter()
            .rev()
            .take_while(|waiting| waiting.sequence > packet.sequence)
            .count();
        self.queue.insert(self.queue.len() - after, packet);
        if self.queue.len() > PACKETS_MAX {
            self.drop_oldest();
        }
    }

    /// When nobody pulled for a while, or a burst brought the backlog of an outage.
    fn drop_stale(&mut self, now: Instant) {
        while self
            .queue
            .front()
            .is_some_and(|oldest| now.saturating_duration_since(oldest.arrived) > DELAY_MAX)
        {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let dropped = self.queue.pop_front();
        self.late += u64::from(dropped.is_some_and(|packet| packet.payload.is_some()));
        if let (State::Playing { next, .. }, Some(oldest)) = (&mut self.state, self.queue.front()) {
            *next = oldest.sequence;
        }
    }

    fn skip_other(&mut self) {
        while let Some(oldest) = self.queue.front() {
            let due = match self.state {
                State::Filling => true,
                State::Playing { next, .. } => oldest.sequence == next,
            };
            if !due || oldest.payload.is_some() {
                return;
            }
            if let State::Playing { next, quiet, starved } = &mut self.state {
                *next += 1;
                (*quiet, *starved) = (true, 0);
            }
            self.queue.pop_front();
        }
    }

    fn pull_filling(&mut self, now: Instant) -> Pulled {
        let ready = self
            .queue
            .front()
            .is_some_and(|oldest| now.saturating_duration_since(oldest.arrived) >= self.spread.target);
        if ready {
            self.play_front(now)
        } else {
            Pulled::Silence
        }
    }

    fn pull_playing(&mut self, now: Instant, next: u64, starved: u64, quiet: bool) -> Pulled {
        let Some(oldest) = self.queue.front() else {
            return self.starve(next, starved, quiet);
        };
        let missing = oldest.sequence.saturating_sub(next);
        // What was concealed while starving was this loss; only the rest is concealed now.
        if missing <= starved || missing > CONCEAL_MAX || quiet {
            return self.play_front(now);
        }
        self.state = State::Playing {
            next: next + starved + 1,
            starved: 0,
            quiet,
        };
        Pulled::Lost
    }

    fn starve(&mut self, next: u64, starved: u64, quiet: bool) -> Pulled {
        if starved >= STARVED_MAX {
            self.state = State::Filling;
            return Pulled::Silence;
        }
        self.state = State::Playing {
            next,
            starved: starved + 1,
            quiet,
        };
        if quiet { Pulled::Silence } else { Pulled::Starved }
    }

    fn play_front(&mut self, now: Instant) -> Pulled {
        let Some(Waiting {
            sequence,
            arrived,
            payload,
        }) = self.queue.pop_front()
        else {
            return Pulled::Silence;
        };
        self.slack
            .learn(now.saturating_duration_since(arrived), self.spread.target);
        self.state = State::Playing {
            next: sequence + 1,
            starved: 0,
            quiet: payload.is_none(),
        };
        payload.map_or(Pulled::Silence, Pulled::Audio)
    }
}

/// How far the network spreads packets that were sent at equal distances.
#[derive(Debug, Clone)]
struct Spread {
    /// Arrival and time stamp that transits are measured from.
    reference: Option<(Instant, u32)>,
    /// The last transits in milliseconds, oldest first.
    transits_ms: VecDeque<f32>,
    until_next: u32,
    target: Duration,
}

impl Default for Spread {
    fn default() -> Self {
        Self {
            reference: None,
            transits_ms: VecDeque::with_capacity(TRANSITS),
            until_next: RECOMPUTE_EVERY,
            target: TARGET_START,
        }
    }
}

impl Spread {
    fn learn(&mut self, now: Instant, timestamp: u32, clock_hz: u32) {
        let (arrived, first) = *self.reference.get_or_insert((now, timestamp));
        let elapsed_ms = now.saturating_duration_since(arrived).as_secs_f32() * 1_000.0;
        let stamped_ms =
            timestamp.wrapping_sub(first).cast_signed() as f32 * 1_000.0 / clock_hz.max(1) as f32;
        let transit_ms = elapsed_ms - stamped_ms;
        if self
            .transits_ms
            .back()
            .is_some_and(|last| (transit_ms - last).abs() > JUMP_MS)
        {
            // The peer's clock jumped, or paused without saying so: this is not the network.
            self.reference = Some((now, timestamp));
            self.transits_ms.clear();
            self.transits_ms.push_back(0.0);
            return;
        }
        if self.transits_ms.len() >= TRANSITS {
            self.transits_ms.pop_front();
        }
        self.transits_ms.push_back(transit_ms);
        self.until_next = self.until_next.saturating_sub(1);
        if self.until_next == 0 {
            self.until_next = RECOMPUTE_EVERY;
            self.retarget();
        }
    }

    /// Enough for all but the slowest 3 % of packets, as seen from the fastest.
    fn retarget(&mut self) {
        let mut sorted: Vec<f32> = self.transits_ms.iter().copied().collect();
        sorted.sort_by(f32::total_cmp);
        let slow = sorted.get(sorted.len() * 97 / 100).copied().unwrap_or(0.0);
        let fast = sorted.first().copied().unwrap_or(0.0);
        let wanted = Duration::from_secs_f32((slow - fast).max(0.0) / 1_000.0) + MARGIN;
        self.target = wanted.clamp(TARGET_MIN, TARGET_MAX);
    }
}

/// How long packets wait beyond need: the least over a window is delay that buys nothing.
#[derive(Debug, Clone, Default)]
struct Slack {
    least: Option<Duration>,
    counted: u32,
    surplus: bool,
}

impl Slack {
    fn learn(&mut self, waited: Duration, target: Duration) {
        self.least = Some(self.least.map_or(waited, |least| least.min(waited)));
        self.counted += 1;
        if self.counted >= SLACK_WINDOW {
            self.surplus = self.least.is_some_and(|least| least > target + FRAME);
            (self.least, self.counted) = (None, 0);
        }
    }
}

/// One second of the usual 20 ms packets.
const PACKETS_MAX: usize = 50;
/// A packet that waited longer is dropped: nobody can talk across more delay.
const DELAY_MAX: Duration = Duration::from_millis(400);
/// Before anything is known of the network.
const TARGET_START: Duration = Duration::from_millis(40);
/// Our own tick may be late by as much.
const TARGET_MIN: Duration = Duration::from_millis(20);
const TARGET_MAX: Duration = Duration::from_millis(200);
const MARGIN: Duration = Duration::from_millis(10);
/// 100 ms without a packet end a talk spurt; concealment has faded by then.
const STARVED_MAX: u64 = 5;
/// A longer hole in the sequence is not filled in.
const CONCEAL_MAX: u64 = 10;
/// Transits remembered: 2.5 s of 20 ms packets.
const TRANSITS: usize = 128;
const RECOMPUTE_EVERY: u32 = 16;
/// A step of the transit that no network makes between two packets.
const JUMP_MS: f32 = 1_000.0;
/// Two seconds of 20 ms packets.
const SLACK_WINDOW: u32 = 100;

const _: () = assert!(TARGET_MAX.as_millis() * 2 <= DELAY_MAX.as_millis());
const _: () = assert!(DELAY_MAX.as_millis() < PACKETS_MAX as u128 * FRAME.as_millis());
