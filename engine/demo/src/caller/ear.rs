//! What the caller hears, packet by packet as it arrives: when the far end begins to speak and how
//! long it has been silent. Measured on the wire, before any jitter buffer.

use std::time::{Duration, Instant};

/// Listens to the far end.
#[derive(Debug, Clone, Default)]
pub(super) struct Ear {
    /// The first loud packet of what may become speech, and how many came since.
    rising: Option<(Instant, u32)>,
    talking: bool,
    last_loud: Option<Instant>,
    /// When the far end last began to speak.
    onset: Option<Instant>,
}

impl Ear {
    /// Hears one packet. `true` when the far end has just begun to speak.
    pub(super) fn hear(&mut self, now: Instant, level_dbov: f32) -> bool {
        self.settle(now);
        if level_dbov < LOUD_DBOV {
            return false;
        }
        self.last_loud = Some(now);
        let (since, count) = self.rising.map_or((now, 1), |(since, count)| (since, count + 1));
        self.rising = Some((since, count));
        if self.talking || count < LOUD_PACKETS {
            return false;
        }
        self.talking = true;
        self.onset = Some(since);
        true
    }

    /// Whether the far end speaks at `now`; short pauses between words included.
    pub(super) fn is_talking(&mut self, now: Instant) -> bool {
        self.settle(now);
        self.talking
    }

    /// When the far end last began to speak, if that was after `mark`.
    pub(super) fn onset_since(&self, mark: Instant) -> Option<Instant> {
        self.onset.filter(|onset| *onset >= mark)
    }

    /// When it was last loud.
    pub(super) fn last_loud(&self) -> Option<Instant> {
        self.last_loud
    }

    fn settle(&mut self, now: Instant) {
        if self
            .last_loud
            .is_some_and(|last| now.saturating_duration_since(last) > PAUSE)
        {
            self.talking = false;
            self.rising = None;
        }
    }
}

/// Louder than line noise, quieter than any speech.
const LOUD_DBOV: f32 = -45.0;
/// So many loud packets within less than [`PAUSE`] of each other are speech; fewer are a click.
const LOUD_PACKETS: u32 = 3;
/// Stop consonants and pauses between words are shorter.
const PAUSE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_begins_at_its_first_loud_packet() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut ear = Ear::default();
        // A click, then speech.
        let levels = [
            (0, -60.0),
            (20, -20.0),
            (40, -60.0),
            (300, -30.0),
            (320, -25.0),
            (340, -25.0),
            (360, -25.0),
        ];
        let begun: Vec<u64> = levels
            .iter()
            .filter(|(ms, level)| ear.hear(at(*ms), *level))
            .map(|(ms, _)| *ms)
            .collect();
        assert_eq!(begun, [340]);
        assert_eq!(ear.onset_since(start), Some(at(300)));
        assert_eq!(ear.onset_since(at(301)), None);
        assert!(ear.is_talking(at(560)) && !ear.is_talking(at(580)));
        assert_eq!(ear.last_loud(), Some(at(360)));
    }
}
