//! What a receiver knows about its stream: packets, losses, jitter (RFC 3550 §6.4.1, §A.3, §A.8).

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::rtp::rtcp::ReportBlock;

/// RTP statistics of one leg, as a call's record keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MediaStats {
    /// Packets of the agreed codec or of telephone-event, duplicates excluded.
    pub received_packets: u64,
    /// Expected by sequence number, but never received.
    pub lost_packets: u64,
    /// Received after their turn to be played.
    pub late_packets: u64,
    /// Frames of 20 ms made up for what was lost or late.
    pub concealed_frames: u64,
    /// Interarrival jitter at the end (RFC 3550 §6.4.1).
    pub jitter_ms: f32,
    pub sent_packets: u64,
}

/// Counts one stream of packets; a new source starts a new one.
#[derive(Debug, Clone)]
pub struct Reception {
    clock_hz: u32,
    /// Arrival times are measured from here.
    origin: Instant,
    base: u64,
    highest: u64,
    received: u64,
    /// Timestamp ticks.
    jitter: f64,
    last_transit: Option<f64>,
    /// `expected` and `received` at the last report.
    reported: (u64, u64),
}

impl Reception {
    /// `first` is the extended sequence number of the first packet, which must still be counted.
    pub fn new(clock_hz: u32, now: Instant, first: u64) -> Self {
        Self {
            clock_hz,
            origin: now,
            base: first,
            highest: first,
            received: 0,
            jitter: 0.0,
            last_transit: None,
            reported: (0, 0),
        }
    }

    /// Counts a packet that is not a duplicate.
    pub fn count(&mut self, sequence: u64) {
        self.received += 1;
        self.base = self.base.min(sequence);
        self.highest = self.highest.max(sequence);
    }

    /// Learns from an audio packet's time. (The packets of one key share a time stamp, RFC 4733 §2.5.1.2.)
    pub fn time(&mut self, now: Instant, timestamp: u32) {
        let arrival = now.saturating_duration_since(self.origin).as_secs_f64() * f64::from(self.clock_hz);
        let transit = arrival - f64::from(timestamp);
        if let Some(last) = self.last_transit {
            let difference = (transit - last).abs();
            // A larger step is a time stamp that jumped or wrapped, which is not the network's doing.
            if difference < f64::from(self.clock_hz) {
                self.jitter += (difference - self.jitter) / 16.0;
            }
        }
        self.last_transit = Some(transit);
    }

    pub fn received(&self) -> u64 {
        self.received
    }

    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    pub fn jitter_ms(&self) -> f32 {
        (self.jitter * 1_000.0 / f64::from(self.clock_hz.max(1))) as f32
    }

    /// The report block about this stream; resets the interval of `fraction_lost`. The times of the
    /// last sender report are the caller's to fill in.
    pub fn report(&mut self, ssrc: u32) -> ReportBlock {
        let expected = self.expected() - self.reported.0;
        let received = self.received - self.reported.1;
        self.reported = (self.expected(), self.received);
        let lost = expected.saturating_sub(received);
        ReportBlock {
            ssrc,
            fraction_lost: (lost * 256).checked_div(expected).unwrap_or(0).min(255) as u8,
            // 24 bits, signed (RFC 3550 §6.4.1).
            cumulative_lost: self.lost().min(0x7F_FFFF) as u32,
            highest_sequence: self.highest as u32,
            jitter: self.jitter as u32,
            last_sender_report: 0,
            delay_since_last_sender_report: 0,
        }
    }

    fn expected(&self) -> u64 {
        if self.received == 0 {
            0
        } else {
            self.highest - self.base + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn losses_and_their_fraction_since_the_last_report() {
        let mut reception = Reception::new(8_000, Instant::now(), 65_536);
        for sequence in [65_536, 65_537, 65_539, 65_541] {
            reception.count(sequence);
        }
        let block = reception.report(7);
        assert_eq!(
            (block.ssrc, block.cumulative_lost, block.fraction_lost),
            (7, 2, 85)
        );
        assert_eq!(block.highest_sequence, 65_541);
        reception.count(65_542);
        reception.count(65_540);
        // One more than expected came in this interval: never negative.
        let block = reception.report(7);
        assert_eq!((block.cumulative_lost, block.fraction_lost), (1, 0));
        assert_eq!(reception.report(7).fraction_lost, 0);
    }

    #[test]
    fn jitter_converges_on_the_mean_deviation() {
        let start = Instant::now();
        let mut reception = Reception::new(8_000, start, 0);
        for index in 0..400u32 {
            // Every other packet is 10 ms late: consecutive transits differ by 10 ms.
            let late = if index % 2 == 0 { 0 } else { 10 };
            let at = start + Duration::from_millis(u64::from(index) * 20 + late);
            reception.time(at, index * 160);
        }
        assert!(
            (reception.jitter_ms() - 10.0).abs() < 0.1,
            "{}",
            reception.jitter_ms()
        );
        reception.time(start + Duration::from_secs(8), u32::MAX);
        assert!(reception.jitter_ms() < 10.1);
    }
}
