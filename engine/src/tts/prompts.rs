//! What Hark says, ready before it is needed: fixed phrases rendered at start, variable ones kept
//! sentence by sentence, recordings in place of either. Levels are even and the first sound is immediate.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine_core::units::SampleRate;

use crate::tts::TtsError;
use crate::tts::config::TtsConfig;
use crate::tts::flite::Flite;
use crate::tts::sound::Sound;
use crate::tts::synthesiser::Synthesiser;
use crate::tts::voice::Voice;

/// Renders and keeps prompts. One for the process, shared by all calls.
pub struct Prompts {
    voice: Voice,
    recordings: PathBuf,
    cache: Mutex<Cache>,
}

impl Prompts {
    /// Starts the voice that ships with Hark.
    pub fn start(config: &TtsConfig) -> Result<Arc<Self>, TtsError> {
        Self::with_voice(config, Flite::new()?)
    }

    /// The same with another voice.
    pub fn with_voice(config: &TtsConfig, voice: impl Synthesiser + 'static) -> Result<Arc<Self>, TtsError> {
        let voice = Voice::start(voice, config.queue_max, Duration::from_millis(config.deadline_ms))?;
        let samples_max = config.kept_seconds as usize * SampleRate::Hz16000.hz() as usize;
        let cache = Mutex::new(Cache::new(samples_max));
        Ok(Arc::new(Self {
            voice,
            recordings: config.recordings.clone(),
            cache,
        }))
    }

    /// The sound of a prompt at a leg's rate: the recording named `prompt` if there is one, else
    /// `text` as speech, sentence by sentence. From the cache in microseconds, else tens of
    /// milliseconds; fails by the configured deadline.
    pub async fn render(&self, prompt: &str, text: &str, rate: SampleRate) -> Result<Arc<[i16]>, TtsError> {
        self.render_as(prompt, text, rate, Keep::WhileUsed).await
    }

    /// Renders phrases that will surely be said, at the telephone's rate, and keeps them for good.
    /// Returns the first failure after trying them all. Run it beside the rest of the start.
    pub async fn prerender(
        &self,
        phrases: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), TtsError> {
        let mut outcome = Ok(());
        for (prompt, text) in phrases {
            if let Err(error) = self
                .render_as(&prompt, &text, SampleRate::Hz8000, Keep::ForGood)
                .await
            {
                outcome = outcome.and(Err(error));
            }
        }
        outcome
    }

    async fn render_as(
        &self,
        prompt: &str,
        text: &str,
        rate: SampleRate,
        keep: Keep,
    ) -> Result<Arc<[i16]>, TtsError> {
        let characters = text.chars().count();
        if characters > TEXT_MAX {
            return Err(TtsError::TooLong {
                characters,
                max: TEXT_MAX,
            });
        }
        let recording = self.recording_of(prompt);
        if let Some(file) = &recording {
            let key = Key {
                recording: true,
                text: prompt.to_owned(),
                rate: rate.hz(),
            };
            if let Some(known) = self.cached(&key) {
                return Ok(known);
            }
            if file.is_file() {
                let sound = finish(&read_recording(file)?, rate, END_PAUSE_MS)?;
                return Ok(self.remember(key, sound, keep));
            }
        }
        self.render_text(text, rate, keep).await
    }

    async fn render_text(&self, text: &str, rate: SampleRate, keep: Keep) -> Result<Arc<[i16]>, TtsError> {
        let sentences = sentences(text);
        if let [only] = sentences.as_slice() {
            return self.sentence(only, rate, keep).await;
        }
        let mut whole = Vec::new();
        for sentence in sentences {
            whole.extend_from_slice(&self.sentence(sentence, rate, keep).await?);
        }
        if whole.is_empty() {
            return Err(TtsError::NoSound {
                characters: text.chars().count(),
            });
        }
        Ok(whole.into())
    }

    async fn sentence(&self, sentence: &str, rate: SampleRate, keep: Keep) -> Result<Arc<[i16]>, TtsError> {
        let key = Key {
            recording: false,
            text: sentence.to_owned(),
            rate: rate.hz(),
        };
        if let Some(known) = self.cached(&key) {
            return Ok(known);
        }
        let spoken = self.voice.say(sentence).await?;
        let sound = finish(&spoken, rate, END_PAUSE_MS)?;
        Ok(self.remember(key, sound, keep))
    }

    /// Where the recording of a prompt would lie. `None` for names that are not plain file names.
    fn recording_of(&self, prompt: &str) -> Option<PathBuf> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let safe = !prompt.is_empty() && prompt.chars().all(plain) && !prompt.starts_with('.');
        safe.then(|| self.recordings.join(format!("{prompt}.wav")))
    }

    fn cached(&self, key: &Key) -> Option<Arc<[i16]>> {
        self.cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .find(key)
    }

    fn remember(&self, key: Key, sound: Sound, keep: Keep) -> Arc<[i16]> {
        let samples: Arc<[i16]> = sound.samples.into();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.insert(key, Arc::clone(&samples), keep);
        samples
    }
}

impl fmt::Debug for Prompts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompts")
            .field("recordings", &self.recordings)
            .finish_non_exhaustive()
    }
}

/// Trimmed, level, at the leg's rate, with a short pause after it.
fn finish(sound: &Sound, rate: SampleRate, pause_ms: u32) -> Result<Sound, TtsError> {
    let mut ready = sound.at_rate(rate.hz())?.trimmed(TAIL_MS).levelled();
    ready.pause(pause_ms);
    Ok(ready)
}

/// Splits after `.`, `!`, `?` and `;` that end a word, so that "3.50" stays whole.
fn sentences(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut previous_ends = false;
    for (index, character) in text.char_indices() {
        if previous_ends && character.is_whitespace() {
            parts.push(text.get(start..index).unwrap_or_default());
            start = index;
        }
        previous_ends = matches!(character, '.' | '!' | '?' | ';');
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect()
}

fn read_recording(file: &Path) -> Result<Sound, TtsError> {
    let failed = |error: hound::Error| TtsError::Recording {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    let reader = hound::WavReader::open(file).map_err(failed)?;
    let spec = reader.spec();
    if spec.bits_per_sample != 16 || spec.sample_format != hound::SampleFormat::Int {
        let reason = format!("{} bits per sample where 16 are needed", spec.bits_per_sample);
        return Err(TtsError::Recording {
            file: file.to_owned(),
            reason,
        });
    }
    let step = usize::from(spec.channels).max(1);
    // The first channel of several.
    let samples = reader
        .into_samples::<i16>()
        .step_by(step)
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    Ok(Sound {
        rate_hz: spec.sample_rate,
        samples,
    })
}

/// Whether a sound may be dropped to make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    WhileUsed,
    ForGood,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    recording: bool,
    text: String,
    rate: u32,
}

/// Sounds by what they say; the least recently used go when there are too many samples.
struct Cache {
    sounds: BTreeMap<Key, Entry>,
    samples: usize,
    samples_max: usize,
    clock: u64,
}

struct Entry {
    samples: Arc<[i16]>,
    keep: Keep,
    used: u64,
}

impl Cache {
    const fn new(samples_max: usize) -> Self {
        Self {
            sounds: BTreeMap::new(),
            samples: 0,
            samples_max,
            clock: 0,
        }
    }

    fn find(&mut self, key: &Key) -> Option<Arc<[i16]>> {
        self.clock += 1;
        let entry = self.sounds.get_mut(key)?;
        entry.used = self.clock;
        Some(Arc::clone(&entry.samples))
    }

    fn insert(&mut self, key: Key, samples: Arc<[i16]>, keep: Keep) {
        self.clock += 1;
        self.samples += samples.len();
        if let Some(old) = self.sounds.insert(
            key,
            Entry {
                samples,
                keep,
                used: self.clock,
            },
        ) {
            self.samples -= old.samples.len();
        }
        while self.samples > self.samples_max {
            let dispensable = self
                .sounds
                .iter()
                .filter(|(_, entry)| entry.keep == Keep::WhileUsed);
            let Some(oldest) = dispensable
                .min_by_key(|(_, entry)| entry.used)
                .map(|(key, _)| key.clone())
            else {
                return;
            };
            if let Some(entry) = self.sounds.remove(&oldest) {
                self.samples -= entry.samples.len();
            }
        }
    }
}

/// Longer than any prompt: half a minute of speech.
const TEXT_MAX: usize = 800;
/// What is left of the voice's own fading.
const TAIL_MS: u32 = 30;
/// Between sentences; also after the last one, where it costs the caller nothing.
const END_PAUSE_MS: u32 = 90;

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(Arc<std::sync::atomic::AtomicUsize>);

    impl Synthesiser for Counting {
        fn name(&self) -> &'static str {
            "counting"
        }

        fn say(&mut self, text: &str) -> Result<Sound, TtsError> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let wave = |n: usize| if n % 40 < 20 { 4_000 } else { -4_000 };
            Ok(Sound {
                rate_hz: 16_000,
                samples: (0..text.len() * 160).map(wave).collect(),
            })
        }
    }

    fn counting(config: &TtsConfig) -> (Arc<Prompts>, Arc<std::sync::atomic::AtomicUsize>) {
        let count = Arc::default();
        (
            Prompts::with_voice(config, Counting(Arc::clone(&count))).unwrap(),
            count,
        )
    }

    #[test]
    fn splits_sentences_but_not_prices() {
        let check = |text: &str, expect: &[&str]| assert_eq!(sentences(text), expect);
        check(
            "That is 3.50. Shall I order it?",
            &["That is 3.50.", "Shall I order it?"],
        );
        check("Goodbye", &["Goodbye"]);
        check(" ... ", &[]);
    }

    #[tokio::test]
    async fn says_each_sentence_once() {
        let (prompts, count) = counting(&TtsConfig::default());
        let said = || count.load(std::sync::atomic::Ordering::Relaxed);
        prompts
            .prerender([("greeting".to_owned(), "Hello. How are you?".to_owned())])
            .await
            .unwrap();
        assert_eq!(said(), 2);
        let sound = prompts
            .render("other", "How are you? Hello.", SampleRate::Hz8000)
            .await
            .unwrap();
        assert_eq!(said(), 2);
        assert!(
            sound.len() > 800 && sound[..160].iter().any(|sample| *sample > 1_000),
            "first sound is immediate"
        );
        prompts
            .render("other", "Hello.", SampleRate::Hz16000)
            .await
            .unwrap();
        assert_eq!(said(), 3);
    }

    #[tokio::test]
    async fn forgets_what_is_not_used_but_never_what_is_fixed() {
        let (prompts, count) = counting(&TtsConfig {
            kept_seconds: 0,
            ..TtsConfig::default()
        });
        let said = || count.load(std::sync::atomic::Ordering::Relaxed);
        prompts
            .prerender([("p".to_owned(), "Fixed.".to_owned())])
            .await
            .unwrap();
        for _ in 0..2 {
            prompts.render("p", "Fixed.", SampleRate::Hz8000).await.unwrap();
            prompts
                .render("p", "Variable.", SampleRate::Hz8000)
                .await
                .unwrap();
        }
        assert_eq!(said(), 3);
    }

    #[tokio::test]
    async fn a_recording_overrides_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(folder.path().join("greeting.wav"), spec).unwrap();
        for n in 0..44_100 {
            writer
                .write_sample(if n % 100 < 50 { 9_000_i16 } else { -9_000 })
                .unwrap();
        }
        writer.finalize().unwrap();
        let config = TtsConfig {
            recordings: folder.path().to_owned(),
            ..TtsConfig::default()
        };
        let (prompts, count) = counting(&config);
        let sound = prompts
            .render("greeting", "Hello.", SampleRate::Hz8000)
            .await
            .unwrap();
        assert!(sound.len().abs_diff(8_000) < 1_000, "{} samples", sound.len());
        prompts
            .render("../greeting", "Hello.", SampleRate::Hz8000)
            .await
            .unwrap();
        assert_eq!(count.load(std::sync::atomic::Ordering::Relaxed), 1);
    }
}
