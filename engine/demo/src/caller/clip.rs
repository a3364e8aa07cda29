//! What the caller plays: synthetic speech by the `flite` program, or recordings, at 8 kHz and an
//! even level, with the place where the speech in it ends.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use engine_core::audio::level::{gain_from_db, level_dbov, peak};
use engine_core::audio::resample::Resampler;
use engine_core::units::SampleRate;
use thiserror::Error;
use tokio::process::Command;
use tokio::time::timeout;

/// Sound at 8 kHz.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clip {
    pub(super) samples: Arc<[i16]>,
    /// Samples until the first loud one, from where the far end's stop is counted.
    pub(super) speech_start: usize,
    /// Samples until the last loud one, from where a reply's latency is counted.
    pub(super) speech_end: usize,
}

#[derive(Debug, Error)]
pub enum ClipError {
    #[error("cannot run flite, which speaks for the caller: {0}; install it (Debian: apt install flite)")]
    NoFlite(std::io::Error),
    #[error("flite did not finish \"{text}\" in {} s", FLITE_DEADLINE.as_secs())]
    FliteSlow { text: String },
    #[error("flite could not say \"{text}\": {message}")]
    Flite { text: String, message: String },
    #[error("{}: {source}", file.display())]
    Wav { file: PathBuf, source: hound::Error },
    #[error("{}: {what}; 16-bit WAV at 8 or 16 kHz is needed (sox IN -r 16000 -b 16 -c 1 OUT.wav)", file.display())]
    Format { file: PathBuf, what: String },
    #[error("{}: it is silent", file.display())]
    Silent { file: PathBuf },
}

/// Speaks `text`, trimmed of the silence around it.
pub(super) async fn speak(voice: &str, text: &str) -> Result<Clip, ClipError> {
    let file = Scratch::new();
    let child = Command::new("flite")
        .args(["-voice", voice, "-t", text, "-o"])
        .arg(&file.0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = timeout(FLITE_DEADLINE, child)
        .await
        .map_err(|_| ClipError::FliteSlow {
            text: text.to_owned(),
        })?
        .map_err(ClipError::NoFlite)?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(ClipError::Flite {
            text: text.to_owned(),
            message,
        });
    }
    let samples = read(&file.0)?;
    let (start, end) = loud_range(&samples).ok_or_else(|| ClipError::Silent { file: file.0.clone() })?;
    let samples = levelled(samples.get(start..end).unwrap_or_default());
    Ok(Clip {
        speech_start: 0,
        speech_end: samples.len(),
        samples: samples.into(),
    })
}

/// Reads a recording, whole and as loud as it is.
pub(super) fn load(file: &Path) -> Result<Clip, ClipError> {
    let samples = read(file)?;
    let (speech_start, speech_end) = loud_range(&samples).ok_or_else(|| ClipError::Silent {
        file: file.to_owned(),
    })?;
    Ok(Clip {
        samples: samples.into(),
        speech_start,
        speech_end,
    })
}

/// The first channel at 8 kHz.
fn read(file: &Path) -> Result<Vec<i16>, ClipError> {
    let wav = |source| ClipError::Wav {
        file: file.to_owned(),
        source,
    };
    let format = |what: String| ClipError::Format {
        file: file.to_owned(),
        what,
    };
    let mut reader = hound::WavReader::open(file).map_err(wav)?;
    let spec = reader.spec();
    if spec.bits_per_sample != 16 || spec.sample_format != hound::SampleFormat::Int {
        return Err(format(format!("it has {} bits a sample", spec.bits_per_sample)));
    }
    let rate = [SampleRate::Hz8000, SampleRate::Hz16000]
        .into_iter()
        .find(|rate| rate.hz() == spec.sample_rate);
    let rate = rate.ok_or_else(|| format(format!("it is at {} Hz", spec.sample_rate)))?;
    if reader.duration() > rate.hz() * SECONDS_MAX {
        return Err(format(format!("it is longer than {SECONDS_MAX} s")));
    }
    let step = usize::from(spec.channels.max(1));
    let samples: Vec<i16> = reader
        .samples()
        .step_by(step)
        .collect::<Result<_, _>>()
        .map_err(wav)?;
    let mut out = Vec::with_capacity(samples.len());
    Resampler::new(rate, SampleRate::Hz8000).process(&samples, &mut out);
    Ok(out)
}

/// From the first to the last 5 ms that are loud, absolutely and compared to the loudest.
fn loud_range(samples: &[i16]) -> Option<(usize, usize)> {
    let levels: Vec<f32> = samples.chunks(WINDOW).map(level_dbov).collect();
    let loudest = levels.iter().copied().fold(f32::MIN, f32::max);
    let threshold = (loudest - 35.0).max(-50.0);
    let first = levels.iter().position(|level| *level >= threshold)?;
    let last = levels.iter().rposition(|level| *level >= threshold)?;
    Some((first * WINDOW, samples.len().min((last + 1) * WINDOW)))
}

/// At [`SPEECH_DBOV`], or as near as full scale allows.
fn levelled(samples: &[i16]) -> Vec<i16> {
    let wanted = gain_from_db(SPEECH_DBOV - level_dbov(samples));
    let most = 32_000.0 / f32::from(peak(samples).max(1));
    let gain = wanted.min(most);
    samples
        .iter()
        .map(|sample| (f32::from(*sample) * gain) as i16)
        .collect()
}

/// A file of our own that goes away with us.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("callsim-{}-{number}.wav", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing was written when flite failed; then there is nothing to remove.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A sentence takes flite some 20 ms.
const FLITE_DEADLINE: Duration = Duration::from_secs(10);
const SECONDS_MAX: u32 = 120;
/// 5 ms.
const WINDOW: usize = 40;
/// What a telephone's speech is like.
const SPEECH_DBOV: f32 = -20.0;

#[cfg(test)]
mod tests {
    use engine_core::audio::tone::{Tone, tone_share};

    use super::*;

    fn wav(rate: u32, channels: u16, samples: &[i16]) -> Scratch {
        let file = Scratch::new();
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&file.0, spec).unwrap();
        for sample in samples
            .iter()
            .flat_map(|sample| vec![*sample; usize::from(channels)])
        {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        file
    }

    #[test]
    fn a_recording_is_brought_to_8_khz_and_its_end_is_found() {
        let mut samples: Vec<i16> = Tone::new(SampleRate::Hz16000, 440.0, -20.0)
            .take(16_000)
            .collect();
        samples.extend([0; 8_000]);
        let clip = load(&wav(16_000, 2, &samples).0).unwrap();
        assert_eq!(clip.samples.len(), 12_000);
        assert!((8_000..8_100).contains(&clip.speech_end), "{}", clip.speech_end);
        assert!(tone_share(&clip.samples[..8_000], SampleRate::Hz8000, 440.0) > 0.95);
    }

    #[test]
    fn what_cannot_be_played_is_named() {
        let check = |result: Result<Clip, ClipError>, expect: &str| {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(expect), "{message}");
        };
        check(
            load(&wav(44_100, 1, &[5; 100]).0),
            "it is at 44100 Hz; 16-bit WAV at 8 or 16 kHz is needed",
        );
        check(load(&wav(8_000, 1, &[0; 800]).0), "it is silent");
        check(load(Path::new("/nowhere.wav")), "/nowhere.wav: ");
    }
}
