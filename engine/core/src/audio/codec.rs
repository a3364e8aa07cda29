//! The codec seam. G.711 lives in the core; Opus (C library) is implemented in the IO half and
//! handed in when a leg comes up.

use thiserror::Error;

use crate::audio::frame::Frame;
use crate::units::SampleRate;

/// One direction pair of a codec, with its state. `Send`, because a call's task may move threads.
pub trait Codec: Send {
    /// The encoding name as SDP writes it: "PCMU", "opus".
    fn name(&self) -> &'static str;

    /// Samples per second of the PCM it takes and gives.
    fn sample_rate(&self) -> SampleRate;

    /// Ticks per second of its RTP time stamps (RFC 3551 §4.1): 8000 for G.711, 48000 for Opus.
    fn rtp_clock_hz(&self) -> u32;

    /// Appends one encoded frame to `out`.
    fn encode(&mut self, frame: &Frame, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Appends the PCM of one payload to `out`, at [`Codec::sample_rate`].
    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError>;

    /// Appends 20 ms of concealment for a lost packet.
    fn conceal(&mut self, out: &mut Vec<i16>);

    /// Appends 20 ms in place of a lost packet of that length when the one after it, `next`, is here:
    /// a codec with in-band error correction finds a copy in it. Others conceal.
    fn recover(&mut self, next: &[u8], out: &mut Vec<i16>) {
        let _ = next;
        self.conceal(out);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    #[error("{codec}: payload of {bytes} bytes cannot be decoded: {reason}")]
    Payload {
        codec: &'static str,
        bytes: usize,
        reason: String,
    },
    #[error("{codec}: frame at {got_hz} Hz where {want_hz} Hz is needed")]
    Rate {
        codec: &'static str,
        got_hz: u32,
        want_hz: u32,
    },
}
