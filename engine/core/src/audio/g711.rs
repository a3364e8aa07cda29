//! G.711 (PCMU and PCMA), by table, as ITU-T G.191's reference computes it. Payload types 0 and 8,
//! 8000 Hz, one byte a sample (RFC 3551 §4.5.14).

use crate::audio::codec::{Codec, CodecError};
use crate::audio::conceal::Concealer;
use crate::audio::frame::Frame;
use crate::units::SampleRate;

/// One leg's G.711 codec. The law has no state; the concealment has.
#[derive(Debug, Clone)]
pub struct G711 {
    law: Law,
    concealer: Concealer,
}

/// The two companding laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// PCMU: North America, Japan.
    Mu,
    /// PCMA: everywhere else.
    A,
}

impl G711 {
    pub fn new(law: Law) -> Self {
        Self {
            law,
            concealer: Concealer::new(SampleRate::Hz8000),
        }
    }
}

impl Codec for G711 {
    fn name(&self) -> &'static str {
        match self.law {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        }
    }

    fn sample_rate(&self) -> SampleRate {
        SampleRate::Hz8000
    }

    fn rtp_clock_hz(&self) -> u32 {
        8_000
    }

    fn encode(&mut self, frame: &Frame, out: &mut Vec<u8>) -> Result<(), CodecError> {
        if frame.rate() != SampleRate::Hz8000 {
            return Err(CodecError::Rate {
                codec: self.name(),
                got_hz: frame.rate().hz(),
                want_hz: 8_000,
            });
        }
        match self.law {
            Law::Mu => out.extend(frame.samples().iter().map(|sample| mu_from_linear(*sample))),
            Law::A => out.extend(frame.samples().iter().map(|sample| a_from_linear(*sample))),
        }
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError> {
        if payload.is_empty() || payload.len() > PAYLOAD_MAX {
            let reason = format!("1 to {PAYLOAD_MAX} bytes are expected");
            return Err(CodecError::Payload {
                codec: self.name(),
                bytes: payload.len(),
                reason,
            });
        }
        let start = out.len();
        match self.law {
            Law::Mu => out.extend(payload.iter().map(|byte| linear_from_mu(*byte))),
            Law::A => out.extend(payload.iter().map(|byte| linear_from_a(*byte))),
        }
        self.concealer.received(out.split_at_mut(start).1);
        Ok(())
    }

    fn conceal(&mut self, out: &mut Vec<i16>) {
        self.concealer.conceal(out);
    }
}

/// One sample to µ-law.
pub fn mu_from_linear(sample: i16) -> u8 {
    MU_ENCODE
        .get(usize::from(sample.cast_unsigned() >> 2))
        .copied()
        .unwrap_or(MU_SILENCE)
}

/// One µ-law byte to a sample.
pub fn linear_from_mu(byte: u8) -> i16 {
    MU_DECODE.get(usize::from(byte)).copied().unwrap_or(0)
}

/// One sample to A-law.
pub fn a_from_linear(sample: i16) -> u8 {
    A_ENCODE
        .get(usize::from(sample.cast_unsigned() >> 4))
        .copied()
        .unwrap_or(A_SILENCE)
}

/// One A-law byte to a sample.
pub fn linear_from_a(byte: u8) -> i16 {
    A_DECODE.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The law in one's complement of 14 bits (`ulaw_compress` in G.191).
const fn mu_compress(sample: i16) -> u8 {
    let magnitude = (if sample < 0 { !sample } else { sample }) as u32 >> 2;
    let biased = if magnitude + MU_BIAS > 0x1FFF {
        0x1FFF
    } else {
        magnitude + MU_BIAS
    };
    // Segment 1 ends at 63; every further bit is one segment more.
    let segment = 1 + (32 - (biased >> 6).leading_zeros());
    let mantissa = 0xF - ((biased >> segment) & 0xF);
    let sign = if sample < 0 { 0 } else { 0x80 };
    (((8 - segment) << 4) | mantissa | sign) as u8
}

const fn mu_expand(byte: u8) -> i16 {
    let inverted = !byte as i32;
    let exponent = (inverted >> 4) & 7;
    let step = 8 << exponent;
    let magnitude = (0x80 << exponent) + step * (inverted & 0xF) + step / 2 - 4 * MU_BIAS as i32;
    (if byte < 0x80 { -magnitude } else { magnitude }) as i16
}

/// The law in one's complement of 12 bits (`alaw_compress` in G.191).
const fn a_compress(sample: i16) -> u8 {
    let magnitude = (if sample < 0 { !sample } else { sample }) as u32 >> 4;
    let code = if magnitude > 15 {
        let exponent = 28 - magnitude.leading_zeros();
        ((magnitude >> (exponent - 1)) - 16) | (exponent << 4)
    } else {
        magnitude
    };
    let sign = if sample < 0 { 0 } else { 0x80 };
    ((code | sign) ^ 0x55) as u8
}

const fn a_expand(byte: u8) -> i16 {
    let code = (byte ^ 0x55) as i32 & 0x7F;
    let exponent = code >> 4;
    let mantissa = code & 0xF;
    let magnitude = if exponent == 0 {
        (mantissa << 4) + 8
    } else {
        (((mantissa + 16) << 4) + 8) << (exponent - 1)
    };
    (if byte < 0x80 { -magnitude } else { magnitude }) as i16
}

/// Payloads longer than 200 ms are nobody's voice.
const PAYLOAD_MAX: usize = 1_600;
const MU_BIAS: u32 = 33;
const MU_SILENCE: u8 = 0xFF;
const A_SILENCE: u8 = 0xD5;

static MU_DECODE: [i16; 256] = expand_table(Law::Mu);
static A_DECODE: [i16; 256] = expand_table(Law::A);
static MU_ENCODE: [u8; 1 << 14] = compress_table(Law::Mu);
static A_ENCODE: [u8; 1 << 12] = compress_table(Law::A);

#[allow(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a bad index is a compile error"
)]
const fn expand_table(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        table[index] = match law {
            Law::Mu => mu_expand(index as u8),
            Law::A => a_expand(index as u8),
        };
        index += 1;
    }
    table
}

#[allow(
    clippy::indexing_slicing,
    reason = "runs at compile time, where a bad index is a compile error"
)]
const fn compress_table<const N: usize>(law: Law) -> [u8; N] {
    let mut table = [0; N];
    let step = (1 << 16) / N;
    let mut index = 0;
    while index < N {
        let sample = (index * step) as u16 as i16;
        table[index] = match law {
            Law::Mu => mu_compress(sample),
            Law::A => a_compress(sample),
        };
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes() {
        // ITU-T G.711 tables 1a to 2b: extremes, zero, and the first steps.
        let mu = |sample, code, back| {
            assert_eq!(mu_from_linear(sample), code, "µ-law of {sample}");
            assert_eq!(linear_from_mu(code), back, "linear of µ-law {code:#x}");
        };
        mu(0, 0xFF, 0);
        mu(32_767, 0x80, 32_124);
        mu(-32_768, 0x00, -32_124);
        mu(8, 0xFE, 8);
        let a = |sample, code, back| {
            assert_eq!(a_from_linear(sample), code, "A-law of {sample}");
            assert_eq!(linear_from_a(code), back, "linear of A-law {code:#x}");
        };
        a(0, 0xD5, 8);
        a(-1, 0x55, -8);
        a(32_767, 0xAA, 32_256);
        a(-32_768, 0x2A, -32_256);
    }

    #[test]
    fn every_code_survives_a_round_trip() {
        for byte in 0..=255u8 {
            // µ-law has two zeros; the negative one comes back as the positive one.
            if byte != 0x7F {
                assert_eq!(mu_from_linear(linear_from_mu(byte)), byte);
            }
            assert_eq!(a_from_linear(linear_from_a(byte)), byte);
        }
    }

    #[test]
    fn error_stays_below_the_step_of_its_segment() {
        for sample in i16::MIN..=i16::MAX {
            let bound = i32::from(sample).abs() / 16 + 16;
            for back in [
                linear_from_mu(mu_from_linear(sample)),
                linear_from_a(a_from_linear(sample)),
            ] {
                let error = (i32::from(back) - i32::from(sample)).abs();
                assert!(error <= bound.min(1_100), "{sample} came back as {back}");
            }
        }
    }

    #[test]
    fn wrong_rate_and_absurd_payloads_are_errors() {
        let mut codec = G711::new(Law::A);
        let wide = Frame::silence(SampleRate::Hz16000);
        assert!(matches!(
            codec.encode(&wide, &mut Vec::new()),
            Err(CodecError::Rate { .. })
        ));
        for bytes in [0, PAYLOAD_MAX + 1] {
            let payload = vec![0; bytes];
            assert!(matches!(
                codec.decode(&payload, &mut Vec::new()),
                Err(CodecError::Payload { .. })
            ));
        }
    }
}
