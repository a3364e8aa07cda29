//! Opus for browser legs (RFC 6716 over RTP as RFC 7587), through the system's libopus.
//! PCM is 16 kHz mono in both directions, which is what recognition hears and synthesis gives:
//! the codec resamples inside, so no other resampler stands in a browser call.

use audiopus::coder::{Decoder, Encoder};
use audiopus::packet::Packet;
use audiopus::{Application, Bitrate, Channels, MutSignals, SampleRate as OpusRate};
use engine_core::audio::codec::{Codec, CodecError};
use engine_core::audio::frame::Frame;
use engine_core::units::SampleRate;
use thiserror::Error;

/// The encoding name in SDP (RFC 7587 §7).
pub const NAME: &str = "opus";

/// Ticks per second of Opus's RTP time stamps, whatever the PCM rate (RFC 7587 §4.2).
pub const RTP_CLOCK_HZ: u32 = 48_000;

/// Samples of the longest packet: 120 ms at 16 kHz (RFC 6716 §2.1.4).
const MAX_PACKET_SAMPLES: usize = 1_920;

/// Bytes of the longest frame that the encoder may write; at our bitrate it writes about 60.
const MAX_ENCODED_BYTES: usize = 400;

/// Bits per second sent: wideband speech is transparent to the ear from about 20 kbit/s.
const BITRATE: i32 = 24_000;

/// The packet loss that the encoder prepares for, in percent: above 0 it adds in-band FEC, from
/// which a browser restores a lost frame (RFC 6716 §2.1.7).
const EXPECTED_LOSS_PERCENT: u8 = 5;

/// One direction pair of Opus with its state.
#[derive(Debug)]
pub struct Opus {
    encoder: Encoder,
    decoder: Decoder,
}

impl Opus {
    pub fn new() -> Result<Self, OpusError> {
        let mut encoder = Encoder::new(OpusRate::Hz16000, Channels::Mono, Application::Voip)?;
        encoder.set_bitrate(Bitrate::BitsPerSecond(BITRATE))?;
        encoder.enable_inband_fec()?;
        encoder.set_packet_loss_perc(EXPECTED_LOSS_PERCENT)?;
        let decoder = Decoder::new(OpusRate::Hz16000, Channels::Mono)?;
        Ok(Self { encoder, decoder })
    }

    /// One frame in place of a lost one: from the copy in `next`, or guessed from what came before.
    /// libopus fills exactly the buffer, and guesses by itself where `next` has no copy.
    fn fill_in(&mut self, next: Option<Packet<'_>>, out: &mut Vec<i16>) {
        let mut pcm = [0; SampleRate::Hz16000.frame_samples()];
        let has_copy = next.is_some();
        let filled = MutSignals::try_from(pcm.as_mut_slice())
            .and_then(|signals| self.decoder.decode(next, signals, has_copy));
        if let Err(error) = filled {
            tracing::debug!(%error, "opus cannot conceal, silence instead");
        }
        out.extend(pcm);
    }
}

impl Codec for Opus {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sample_rate(&self) -> SampleRate {
        SampleRate::Hz16000
    }

    fn rtp_clock_hz(&self) -> u32 {
        RTP_CLOCK_HZ
    }

    fn encode(&mut self, frame: &Frame, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let (got_hz, want_hz) = (frame.rate().hz(), SampleRate::Hz16000.hz());
        if got_hz != want_hz {
            return Err(CodecError::Rate {
                codec: NAME,
                got_hz,
                want_hz,
            });
        }
        let mut bytes = [0; MAX_ENCODED_BYTES];
        let written = self
            .encoder
            .encode(frame.samples(), &mut bytes)
            .map_err(|error| failed(0, &error))?;
        out.extend(bytes.iter().take(written));
        Ok(())
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError> {
        let packet = Packet::try_from(payload).map_err(|error| failed(payload.len(), &error))?;
        let mut pcm = [0; MAX_PACKET_SAMPLES];
        let decoded = MutSignals::try_from(pcm.as_mut_slice())
            .and_then(|signals| self.decoder.decode(Some(packet), signals, false))
            .map_err(|error| failed(payload.len(), &error))?;
        out.extend(pcm.iter().take(decoded));
        Ok(())
    }

    fn conceal(&mut self, out: &mut Vec<i16>) {
        self.fill_in(None, out);
    }

    fn recover(&mut self, next: &[u8], out: &mut Vec<i16>) {
        self.fill_in(Packet::try_from(next).ok(), out);
    }
}

fn failed(bytes: usize, error: &audiopus::Error) -> CodecError {
    CodecError::Payload {
        codec: NAME,
        bytes,
        reason: error.to_string(),
    }
}

/// libopus refused to start: out of memory, or a library of another kind.
#[derive(Debug, Clone, Error)]
#[error("opus: the system's libopus cannot be used: {0}")]
pub struct OpusError(#[from] audiopus::Error);

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use engine_core::audio::codec::{Codec, CodecError};
    use engine_core::audio::frame::Frame;
    use engine_core::units::SampleRate;

    use super::Opus;

    const RATE: SampleRate = SampleRate::Hz16000;

    fn tone(hz: f64, frames: usize) -> Vec<Frame> {
        let sample = |i: usize| (8_000.0 * (TAU * hz * i as f64 / f64::from(RATE.hz())).sin()) as i16;
        let samples: Vec<i16> = (0..frames * RATE.frame_samples()).map(sample).collect();
        samples
            .chunks(RATE.frame_samples())
            .map(|frame| Frame::from_samples(RATE, frame))
            .collect()
    }

    /// Power at one frequency, relative to the whole (Goertzel): 1 for a pure tone.
    fn share_at(hz: f64, samples: &[i16]) -> f64 {
        let coefficient = 2.0 * (TAU * hz / f64::from(RATE.hz())).cos();
        let (mut last, mut before, mut total) = (0.0, 0.0, 0.0);
        for sample in samples.iter().map(|s| f64::from(*s)) {
            (last, before) = (sample + coefficient * last - before, last);
            total += sample * sample;
        }
        let power = last * last + before * before - coefficient * last * before;
        2.0 * power / (total * samples.len() as f64)
    }

    fn encoded(frames: &[Frame]) -> Vec<Vec<u8>> {
        let mut sender = Opus::new().unwrap();
        let encode = |frame| {
            let mut payload = Vec::new();
            sender.encode(frame, &mut payload).unwrap();
            payload
        };
        frames.iter().map(encode).collect()
    }

    fn through(frames: &[Frame], lost: impl Fn(usize) -> bool) -> Vec<i16> {
        let mut receiver = Opus::new().unwrap();
        let mut heard = Vec::new();
        for (i, payload) in encoded(frames).iter().enumerate() {
            if lost(i) {
                receiver.conceal(&mut heard);
            } else {
                receiver.decode(payload, &mut heard).unwrap();
            }
        }
        heard
    }

    #[test]
    fn a_tone_keeps_its_frequency() {
        for hz in [300.0, 1_000.0, 3_000.0, 6_000.0] {
            let heard = through(&tone(hz, 50), |_| false);
            assert_eq!(heard.len(), 50 * RATE.frame_samples());
            let (_, settled) = heard.split_at(10 * RATE.frame_samples());
            let share = share_at(hz, settled);
            assert!(share > 0.9, "{hz} Hz: share {share:.3} of the power");
            assert!(share_at(hz * 1.25, settled) < 0.05, "{hz} Hz leaks");
        }
    }

    #[test]
    fn one_lost_frame_in_ten_is_concealed_with_the_same_tone() {
        let heard = through(&tone(440.0, 100), |i| i % 10 == 9);
        assert_eq!(heard.len(), 100 * RATE.frame_samples());
        let share = share_at(440.0, &heard);
        assert!(share > 0.7, "share {share:.3} of the power");
    }

    #[test]
    fn a_lost_change_is_recovered_from_the_packet_after_it() {
        let mut frames = tone(300.0, 20);
        frames.extend(tone(1_500.0, 2));
        let payloads = encoded(&frames);
        let (lost, next) = (&payloads[20], &payloads[21]);
        let after_loss = |fill: &dyn Fn(&mut Opus, &mut Vec<i16>)| {
            let mut receiver = Opus::new().unwrap();
            let mut heard = Vec::new();
            for payload in &payloads[..20] {
                receiver.decode(payload, &mut heard).unwrap();
            }
            heard.clear();
            fill(&mut receiver, &mut heard);
            assert_eq!(heard.len(), RATE.frame_samples());
            share_at(1_500.0, &heard[160..])
        };
        let heard = after_loss(&|codec, out| codec.decode(lost, out).unwrap());
        let recovered = after_loss(&|codec, out| codec.recover(next, out));
        let guessed = after_loss(&|codec, out| codec.conceal(out));
        assert!(
            recovered > 0.5 && guessed < 0.1,
            "heard {heard:.2}, recovered {recovered:.2}, guessed {guessed:.2}"
        );
    }

    #[test]
    fn what_is_not_opus_is_an_error_and_not_the_end() {
        let mut codec = Opus::new().unwrap();
        let mut pcm = Vec::new();
        assert!(matches!(
            codec.decode(&[], &mut pcm),
            Err(CodecError::Payload { bytes: 0, .. })
        ));
        // Code 3 with a frame count of zero (RFC 6716 §3.2.5, R5).
        assert!(matches!(
            codec.decode(&[0x03, 0x00], &mut pcm),
            Err(CodecError::Payload { bytes: 2, .. })
        ));
        assert!(pcm.is_empty());
        let heard = through(&tone(1_000.0, 5), |_| false);
        assert_eq!(heard.len(), 5 * RATE.frame_samples());
    }

    #[test]
    fn takes_frames_of_16_khz_only() {
        let mut codec = Opus::new().unwrap();
        let refused = codec.encode(&Frame::silence(SampleRate::Hz8000), &mut Vec::new());
        assert_eq!(
            refused,
            Err(CodecError::Rate {
                codec: "opus",
                got_hz: 8_000,
                want_hz: 16_000
            })
        );
    }
}
