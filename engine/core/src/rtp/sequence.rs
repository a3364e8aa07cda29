//! Sequence numbers without their wrap, and the question whose stream this is: RFC 3550 §A.1.
//! A new source, or a jump within one, is believed at its second packet in order.

/// Follows one stream at a time.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    source: Option<Source>,
    /// What would prove that a stranger is a stream: its SSRC and its next sequence number.
    suspect: Option<(u32, u16)>,
}

/// What a packet's SSRC and sequence number say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The first packet of a stream: forget the last one. The extended sequence number.
    Restart(u64),
    /// Part of the stream: the extended sequence number.
    Expected(u64),
    /// Received before.
    Duplicate,
    /// From elsewhere, or far out of order: not believed yet.
    Suspect,
}

#[derive(Debug, Clone)]
struct Source {
    ssrc: u32,
    highest: u64,
    /// Bit n: `highest - n` was received.
    seen: u128,
}

impl Sequences {
    pub fn arrive(&mut self, ssrc: u32, sequence: u16) -> Arrival {
        if let Some(source) = self.source.as_mut().filter(|source| source.ssrc == ssrc) {
            let ahead = sequence.wrapping_sub(source.highest as u16);
            let behind = ahead.wrapping_neg();
            if (1..=DROPOUT_MAX).contains(&ahead) {
                self.suspect = None;
                return source.advance(ahead);
            }
            if behind <= MISORDER_MAX {
                return source.look_back(behind);
            }
        }
        if self.source.is_none() || self.suspect == Some((ssrc, sequence)) {
            return self.restart(ssrc, sequence);
        }
        self.suspect = Some((ssrc, sequence.wrapping_add(1)));
        Arrival::Suspect
    }

    /// The SSRC of the stream that is followed.
    pub fn ssrc(&self) -> Option<u32> {
        self.source.as_ref().map(|source| source.ssrc)
    }

    fn restart(&mut self, ssrc: u32, sequence: u16) -> Arrival {
        // One cycle of room below, for packets that were sent before the first that arrived.
        let highest = CYCLE + u64::from(sequence);
        self.source = Some(Source {
            ssrc,
            highest,
            seen: 1,
        });
        self.suspect = None;
        Arrival::Restart(highest)
    }
}

impl Source {
    fn advance(&mut self, ahead: u16) -> Arrival {
        self.highest += u64::from(ahead);
        self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
        Arrival::Expected(self.highest)
    }

    fn look_back(&mut self, behind: u16) -> Arrival {
        let bit = 1u128 << behind;
        if self.seen & bit != 0 {
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        Arrival::Expected(self.highest - u64::from(behind))
    }
}

const CYCLE: u64 = 1 << 16;
/// RFC 3550 §A.1: a larger gap is a restart, not a loss.
const DROPOUT_MAX: u16 = 3_000;
/// RFC 3550 §A.1: a packet older than this is not reordered but strange.
const MISORDER_MAX: u16 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arrivals: &[(u32, u16)], expect: &[Arrival]) {
        let mut sequences = Sequences::default();
        let got: Vec<Arrival> = arrivals
            .iter()
            .map(|(ssrc, sequence)| sequences.arrive(*ssrc, *sequence))
            .collect();
        assert_eq!(got, expect);
    }

    #[test]
    fn wraps_reorders_and_repeats() {
        use Arrival::{Duplicate, Expected, Restart};
        check(
            &[(1, 65_534), (1, 0), (1, 65_535), (1, 0), (1, 1)],
            &[
                Restart(131_070),
                Expected(131_072),
                Expected(131_071),
                Duplicate,
                Expected(131_073),
            ],
        );
        // A packet sent before the first one that arrived.
        check(&[(1, 0), (1, 65_535)], &[Restart(65_536), Expected(65_535)]);
    }

    #[test]
    fn a_stranger_is_believed_at_the_second_packet() {
        use Arrival::{Expected, Restart, Suspect};
        check(
            &[(1, 10), (2, 500), (1, 11), (3, 7), (3, 8), (3, 9)],
            &[
                Restart(65_546),
                Suspect,
                Expected(65_547),
                Suspect,
                Restart(65_544),
                Expected(65_545),
            ],
        );
        // The same source jumps: a restarted encoder.
        check(
            &[(1, 10), (1, 30_000), (1, 30_001)],
            &[Restart(65_546), Suspect, Restart(95_537)],
        );
    }

    #[test]
    fn the_last_hundred_are_remembered() {
        let mut sequences = Sequences::default();
        sequences.arrive(9, 1_000);
        sequences.arrive(9, 1_100);
        assert_eq!(sequences.arrive(9, 1_000), Arrival::Duplicate);
        assert_eq!(sequences.arrive(9, 1_001), Arrival::Expected(CYCLE + 1_001));
        assert_eq!(sequences.arrive(9, 999), Arrival::Suspect);
    }
}
