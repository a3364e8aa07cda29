//! The 20 ms clock of a call: what came in is heard, what is to be said goes out, both are recorded.

use std::time::{Duration, Instant};

use crate::audio::frame::Frame;
use crate::call::output::Output;
use crate::call::speaker::Spoken;
use crate::call::{Call, Phase, Wake};
use crate::ids::LegId;
use crate::limits::FRAME;
use crate::rtp::packet::Packet;
use crate::speech::listener::Played;

/// A clock that is later than this has lost its place (the machine stood still): it starts anew
/// instead of sending a burst.
const LATE_MAX: Duration = Duration::from_millis(200);

impl Call {
    pub(super) fn packet(&mut self, now: Instant, leg: LegId, packet: Packet) {
        let key = match leg {
            LegId::Caller => self.caller.as_mut().and_then(|leg| leg.receive(now, packet)),
            LegId::Agent => {
                if let Some(leg) = &mut self.agent {
                    leg.receive(now, packet);
                }
                None
            }
        };
        if let Some(key) = key {
            self.key(now, key);
        }
    }

    pub(super) fn control_packet(&mut self, now: Instant, leg: LegId, packet: &[u8]) {
        let leg = match leg {
            LegId::Caller => &mut self.caller,
            LegId::Agent => &mut self.agent,
        };
        if let Some(leg) = leg {
            leg.receive_control(now, packet);
        }
    }

    pub(super) fn tick(&mut self, now: Instant) {
        self.arm_next_tick(now);
        let Some(caller) = &mut self.caller else { return };
        let heard = caller.hear(now);
        let said = if self.transfer.is_joined() {
            self.bridge(now, &heard)
        } else {
            self.speak(now, &heard)
        };
        self.send(now, LegId::Caller, &said);
        self.emit(Output::Recording {
            caller: heard,
            hark: said,
        });
        self.watch_media(now);
        self.after_speech(now);
    }

    /// Agent and caller hear each other; Hark only passes on.
    fn bridge(&mut self, now: Instant, heard: &Frame) -> Frame {
        let rate = heard.rate();
        let from_agent = match &mut self.agent {
            Some(agent) => agent.hear(now),
            None => Frame::silence(rate),
        };
        self.send(now, LegId::Agent, heard);
        match &mut self.caller {
            Some(caller) => caller.at_own_rate(&from_agent),
            None => from_agent,
        }
    }

    /// Hark speaks and listens; to an agent who has answered it whispers.
    fn speak(&mut self, now: Instant, heard: &Frame) -> Frame {
        let prompt = self.speaker.prompt();
        let (mut said, sounding) = match self.speaker.next_frame(heard.rate()) {
            Spoken::Frame(frame) => (frame, true),
            Spoken::Silence | Spoken::Held => (Frame::silence(heard.rate()), false),
        };
        if self.phase == Phase::Talking {
            self.listener
                .handle_frame(now, heard, Played::frame(prompt, &said));
            self.heed_listener(now);
        }
        // The caller has just begun to speak: this very frame is kept back.
        if sounding && self.speaker.take_back(heard.rate()) {
            said = Frame::silence(heard.rate());
        } else if sounding {
            self.log.first_sound(now);
        }
        self.whisper_on(now);
        said
    }

    fn whisper_on(&mut self, now: Instant) {
        let Some(agent) = &mut self.agent else { return };
        agent.hear(now);
        let frame = match self.whisperer.next_frame(self.rate()) {
            Spoken::Frame(frame) => frame,
            Spoken::Silence | Spoken::Held => Frame::silence(self.rate()),
        };
        self.send(now, LegId::Agent, &frame);
        self.after_whisper(now);
    }

    fn send(&mut self, now: Instant, leg: LegId, frame: &Frame) {
        let to = match leg {
            LegId::Caller => &mut self.caller,
            LegId::Agent => &mut self.agent,
        };
        let Some(to) = to else { return };
        let packet = to.send(frame);
        let control = to.control_due(now);
        if let Some(packet) = packet {
            self.emit(Output::Transmit { leg, packet });
        }
        if let Some(packet) = control {
            self.emit(Output::TransmitRtcp { leg, packet });
        }
    }

    fn arm_next_tick(&mut self, now: Instant) {
        let due = self.next_tick.unwrap_or(now) + FRAME;
        let late = now.saturating_duration_since(due);
        let next = if late > LATE_MAX { now + FRAME } else { due };
        self.next_tick = Some(next);
        self.timers.set(Wake::Tick, next);
    }

    /// A caller whose sound has stopped for good has vanished, whatever SIP believes.
    fn watch_media(&mut self, now: Instant) {
        let limit = self.site.limits.media;
        let silent = self
            .caller
            .as_ref()
            .is_some_and(|leg| leg.silent_for(now) > limit);
        if silent {
            self.hang_up(now, "no sound from the caller's side for too long");
        }
    }
}
