//! The caller: listens for Hark to stop, says words as tones, presses keys, interrupts, hangs up.

mod answers;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use engine_core::audio::codec::Codec;
use engine_core::audio::frame::Frame;
use engine_core::audio::g711::{G711, Law};
use engine_core::rtp::packet::Packet;
use engine_core::units::SampleRate;
use rand::Rng;
use rand::rngs::StdRng;

use self::answers::{NONSENSE, answer_to};

/// When the caller does the next thing.
#[derive(Debug, Clone, PartialEq)]
pub enum Cue {
    /// Hark has said a prompt whose name contains this since the caller's last act, and is silent.
    Hears(String),
    /// Hark has said anything, and is silent.
    Floor,
    /// So long after Hark has begun to speak: an interruption.
    Over { ms: u64 },
    /// So long after the caller's last act.
    After { ms: u64 },
}

/// What the caller does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Say(String),
    Press(String),
    HangUp,
}

/// Who is on the line.
#[derive(Debug)]
pub enum Mind {
    /// Does one thing after the other.
    Script(VecDeque<(Cue, Act)>),
    /// Answers what Hark asks, more or less.
    Moody(Mood),
}

/// How a moody caller behaves. Probabilities per turn.
#[derive(Debug, Clone, Copy)]
pub struct Mood {
    pub hang_up: f64,
    pub silent: f64,
    pub interrupt: f64,
    pub keypad: f64,
    pub nonsense: f64,
    /// Turns after which the caller has had enough.
    pub patience: u32,
}

impl Mood {
    pub fn random(rng: &mut StdRng) -> Self {
        Self {
            hang_up: rng.random_range(0.0..0.08),
            silent: rng.random_range(0.0..0.15),
            interrupt: rng.random_range(0.0..0.25),
            keypad: rng.random_range(0.0..0.25),
            nonsense: rng.random_range(0.0..0.2),
            patience: rng.random_range(2..14),
        }
    }
}

/// A word on the line, in the caller's time.
#[derive(Debug, Clone)]
pub struct SpokenWord {
    pub word: String,
    pub from: Instant,
    pub to: Instant,
}

/// What one tick of the caller gives.
#[derive(Debug, Default)]
pub struct Doing {
    pub packets: Vec<Packet>,
    /// For the transcript: "says ...", "presses 1".
    pub act: Option<Act>,
    pub hangs_up: bool,
}

/// The person and their phone.
#[derive(Debug)]
pub struct Caller {
    mind: Mind,
    pub spoken: Vec<SpokenWord>,
    keys: VecDeque<(char, u32)>,
    codec: G711,
    sequence: u16,
    timestamp: u32,
    /// Names of the prompts Hark has begun to say since the caller's last act.
    heard: Vec<String>,
    hark_began: Option<Instant>,
    hark_sounded: Option<Instant>,
    last_act: Instant,
    next: Option<(Cue, Act)>,
    turns: u32,
}

impl Caller {
    pub fn new(now: Instant, mind: Mind) -> Self {
        Self {
            mind,
            spoken: Vec::new(),
            keys: VecDeque::new(),
            codec: G711::new(Law::Mu),
            sequence: 100,
            timestamp: 5_000,
            heard: Vec::new(),
            hark_began: None,
            hark_sounded: None,
            last_act: now,
            next: None,
            turns: 0,
        }
    }

    /// Hark has asked for this prompt to be spoken.
    pub fn hears_prompt(&mut self, name: &str) {
        self.heard.push(name.to_owned());
    }

    /// 20 ms from Hark have arrived.
    pub fn hears_sound(&mut self, now: Instant, loud: bool) {
        if !loud {
            return;
        }
        let quiet_before = self
            .hark_sounded
            .is_none_or(|at| now.saturating_duration_since(at) > PHRASE_GAP);
        if quiet_before || self.hark_began.is_none() {
            self.hark_began = Some(now);
        }
        self.hark_sounded = Some(now);
    }

    /// Cues that have not come true: what a script waited for in vain.
    pub fn left_undone(&self) -> Vec<(Cue, Act)> {
        let Mind::Script(script) = &self.mind else {
            return Vec::new();
        };
        self.next
            .iter()
            .chain(script)
            .filter(|(_, act)| *act != Act::HangUp)
            .cloned()
            .collect()
    }

    /// The next 20 ms: decides, and makes the phone's packets.
    pub fn tick(&mut self, now: Instant, rng: &mut StdRng) -> Doing {
        let mut doing = Doing::default();
        if !self.is_speaking(now)
            && self.keys.is_empty()
            && let Some(act) = self.decide(now, rng)
        {
            self.start(now, &act);
            doing.hangs_up = act == Act::HangUp;
            doing.act = Some(act);
        }
        doing.packets = self.packets(now);
        doing
    }

    fn is_speaking(&self, now: Instant) -> bool {
        self.spoken.last().is_some_and(|word| now < word.to)
    }

    fn decide(&mut self, now: Instant, rng: &mut StdRng) -> Option<Act> {
        if self.next.is_none() {
            let mood = match &mut self.mind {
                Mind::Script(script) => {
                    self.next = script.pop_front();
                    None
                }
                Mind::Moody(mood) => Some(*mood),
            };
            if let Some(mood) = mood {
                self.next = self.turn_of(mood, rng);
            }
        }
        let (cue, _) = self.next.as_ref()?;
        if !self.is_due(cue, now) {
            return None;
        }
        let (_, act) = self.next.take()?;
        // A moody caller answers the question that is asked by then, not the one they expected.
        if let (Mind::Moody(_), Act::Say(words)) = (&self.mind, &act)
            && words.is_empty()
        {
            return Some(answer_to(self.heard.last().map_or("", String::as_str), rng));
        }
        Some(act)
    }

    /// What a moody caller will do next, and when.
    fn turn_of(&mut self, mood: Mood, rng: &mut StdRng) -> Option<(Cue, Act)> {
        self.turns += 1;
        let answer = Act::Say(String::new());
        if self.turns > mood.patience {
            return Some((
                Cue::Floor,
                if rng.random_bool(0.5) {
                    Act::HangUp
                } else {
                    say("goodbye")
                },
            ));
        }
        if rng.random_bool(mood.hang_up) {
            return Some((
                Cue::After {
                    ms: rng.random_range(0..8_000),
                },
                Act::HangUp,
            ));
        }
        if rng.random_bool(mood.silent) {
            return Some((
                Cue::After {
                    ms: rng.random_range(6_000..15_000),
                },
                answer,
            ));
        }
        if rng.random_bool(mood.interrupt) {
            return Some((
                Cue::Over {
                    ms: rng.random_range(0..2_500),
                },
                answer,
            ));
        }
        if rng.random_bool(mood.keypad) {
            let keys = ["1", "2", "0", "#", "3", "417220", "9"];
            return Some((
                Cue::Floor,
                Act::Press(keys[rng.random_range(0..keys.len())].to_owned()),
            ));
        }
        if rng.random_bool(mood.nonsense) {
            return Some((Cue::Floor, say(NONSENSE[rng.random_range(0..NONSENSE.len())])));
        }
        Some((Cue::Floor, answer))
    }

    fn is_due(&self, cue: &Cue, now: Instant) -> bool {
        let since = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        let floor = since(self.hark_sounded).is_some_and(|quiet| quiet >= REACTION)
            && self.hark_sounded > Some(self.last_act);
        match cue {
            Cue::Hears(name) => floor && self.heard.iter().any(|heard| heard.contains(name.as_str())),
            Cue::Floor => floor,
            Cue::Over { ms } => {
                self.hark_began > Some(self.last_act)
                    && since(self.hark_began).is_some_and(|spoke| spoke >= Duration::from_millis(*ms))
            }
            Cue::After { ms } => now.saturating_duration_since(self.last_act) >= Duration::from_millis(*ms),
        }
    }

    fn start(&mut self, now: Instant, act: &Act) {
        self.heard.clear();
        self.hark_began = None;
        self.last_act = now;
        match act {
            Act::Say(text) => {
                let mut at = now;
                for word in text.split_whitespace() {
                    if word == "..." {
                        at += PAUSE;
                        continue;
                    }
                    let to = at + WORD;
                    self.spoken.push(SpokenWord {
                        word: word.to_lowercase(),
                        from: at,
                        to,
                    });
                    at = to;
                }
                self.last_act = at;
            }
            Act::Press(keys) => self.keys.extend(keys.chars().map(|key| (key, 0))),
            Act::HangUp => {}
        }
    }

    fn packets(&mut self, now: Instant) -> Vec<Packet> {
        let timestamp = self.timestamp;
        self.timestamp = self.timestamp.wrapping_add(160);
        if let Some((key, ticks)) = self.keys.front_mut() {
            let packet = key_packet(*key, *ticks, timestamp);
            *ticks += 1;
            let packets = packet.into_iter().map(|packet| self.stamp(packet)).collect();
            if self
                .keys
                .front()
                .is_some_and(|(_, ticks)| *ticks >= KEY_TICKS + KEY_GAP_TICKS)
            {
                self.keys.pop_front();
            }
            return packets;
        }
        let loud = self
            .spoken
            .iter()
            .rev()
            .any(|word| word.from <= now && now < word.to);
        let mut payload = Vec::with_capacity(160);
        self.codec
            .encode(&tone(loud), &mut payload)
            .expect("8 kHz in, 8 kHz out");
        let packet = Packet {
            payload_type: 0,
            marker: false,
            sequence: 0,
            timestamp,
            ssrc: 7,
            payload,
        };
        vec![self.stamp(packet)]
    }

    fn stamp(&mut self, mut packet: Packet) -> Packet {
        self.sequence = self.sequence.wrapping_add(1);
        packet.sequence = self.sequence;
        packet
    }
}

fn say(words: &str) -> Act {
    Act::Say(words.to_owned())
}

fn tone(loud: bool) -> Frame {
    let mut frame = Frame::silence(SampleRate::Hz8000);
    let level = if loud { 6_000 } else { 12 };
    for (n, sample) in frame.samples_mut().iter_mut().enumerate() {
        *sample = if n % 16 < 8 { level } else { -level };
    }
    frame
}

/// RFC 4733 §2.3: an event of 100 ms, its end sent three times, then a gap.
fn key_packet(key: char, ticks: u32, timestamp: u32) -> Option<Packet> {
    if ticks >= KEY_TICKS {
        return None;
    }
    let event = match key {
        '0'..='9' => key as u8 - b'0',
        '*' => 10,
        _ => 11,
    };
    let end = if ticks + 3 >= KEY_TICKS { 0x80 } else { 0 };
    let duration = u16::try_from((ticks + 1) * 160).unwrap_or(u16::MAX).to_be_bytes();
    let payload = vec![event, end | 10, duration[0], duration[1]];
    // The time stamp of an event is that of its beginning.
    let timestamp = timestamp.wrapping_sub(ticks * 160);
    Some(Packet {
        payload_type: KEY_PAYLOAD_TYPE,
        marker: ticks == 0,
        sequence: 0,
        timestamp,
        ssrc: 7,
        payload,
    })
}

/// The payload type the caller's phone and Hark agreed on for keys.
pub const KEY_PAYLOAD_TYPE: u8 = 101;
const KEY_TICKS: u32 = 8;
const KEY_GAP_TICKS: u32 = 4;
/// How long one word lasts.
const WORD: Duration = Duration::from_millis(280);
/// What "..." stands for: a pause inside a sentence, shorter than an open question's endpoint.
const PAUSE: Duration = Duration::from_millis(300);
/// How long the caller waits to be sure that Hark has finished.
const REACTION: Duration = Duration::from_millis(600);
/// A silence that separates two of Hark's turns.
const PHRASE_GAP: Duration = Duration::from_millis(400);
