//! The worker's side: one whisper.cpp state, decoding one task after another.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

use engine_core::speech::recognition::{RecognitionResult, Transcript};
use engine_core::units::Confidence;
use whisper_rs::{FullParams, SamplingStrategy, WhisperError, WhisperState};

use crate::stt::whisper::task::{Task, TaskQueue};

#[derive(Debug)]
pub(super) struct WhisperDecoder {
    state: WhisperState,
    language: String,
}

/// Decodes until the queue is closed.
pub(super) fn run(mut decoder: WhisperDecoder, queue: &TaskQueue) {
    while let Some(task) = queue.pop() {
        let result = decoder.decode(&task);
        task.finish(result);
    }
}

impl WhisperDecoder {
    pub(super) fn new(state: WhisperState, language: &str) -> Self {
        Self {
            state,
            language: language.to_owned(),
        }
    }

    fn decode(&mut self, task: &Task) -> RecognitionResult {
        if task.samples.len() < SAMPLES_MIN {
            return RecognitionResult::Rejected {
                confidence: Confidence::ZERO,
            };
        }
        let seconds = task.samples.len() as f32 / 16_000.0;
        let mut parameters = parameters(&self.language, seconds);
        let aborted: *const AtomicBool = &raw const task.aborted;
        // SAFETY: `task`, and the flag in it, outlive the call of `full` below, the only time at
        // which the callback runs; the flag is atomic, so the lane may set it meanwhile. (The
        // crate's own safe setter mistakes the closure's type in 0.16.)
        unsafe {
            parameters.set_abort_callback(Some(is_aborted));
            parameters.set_abort_callback_user_data(aborted.cast_mut().cast::<c_void>());
        }
        match self.state.full(parameters, &task.samples) {
            Ok(()) => self.read(seconds).unwrap_or_else(|error| failed(&error)),
            Err(error) => failed(&error),
        }
    }

    fn read(&self, seconds: f32) -> Result<RecognitionResult, WhisperError> {
        let (mut text, mut sum, mut count, mut silence) = (String::new(), 0.0_f32, 0_u16, 0.0_f32);
        for segment in self.state.as_iter() {
            text.push_str(&segment.to_str_lossy()?);
            silence = silence.max(segment.no_speech_probability());
            for index in 0..segment.n_tokens() {
                if let Some(token) = segment.get_token(index) {
                    sum += token.token_probability().max(f32::MIN_POSITIVE).ln();
                    count = count.saturating_add(1);
                }
            }
        }
        let text = text.trim().to_lowercase();
        let confidence = Confidence::new((sum / f32::from(count.max(1))).exp());
        if text.is_empty() || silence > NO_SPEECH_MAX || repeats_itself(&text) {
            return Ok(RecognitionResult::Rejected { confidence });
        }
        let too_fast = text.split_whitespace().count() as f32 > WORDS_PER_SECOND_MAX * seconds.max(1.0);
        if too_fast {
            return Ok(RecognitionResult::Rejected { confidence });
        }
        Ok(RecognitionResult::Final(Transcript {
            text,
            confidence,
            ..Transcript::default()
        }))
    }
}

fn parameters<'a>(language: &'a str, seconds: f32) -> FullParams<'a, 'a> {
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    parameters.set_language(Some(language));
    // More threads than one slow each other down on a busy machine: 212 ms became seconds.
    parameters.set_n_threads(1);
    parameters.set_single_segment(true);
    parameters.set_no_timestamps(true);
    parameters.set_no_context(true);
    parameters.set_temperature_inc(0.0);
    parameters.set_print_special(false);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters.set_audio_ctx(audio_context(seconds));
    parameters.set_max_tokens(16 + (seconds * TOKENS_PER_SECOND) as c_int);
    parameters
}

/// Positions of 20 ms that are encoded, instead of always 30 s: a tenth of the time for short answers.
fn audio_context(seconds: f32) -> c_int {
    ((seconds * 50.0) as c_int + AUDIO_CONTEXT_MARGIN).clamp(AUDIO_CONTEXT_MIN, AUDIO_CONTEXT_MAX)
}

/// A small context can make the model say the same words over and over.
fn repeats_itself(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=4).any(|length| {
        let same = |pair: &[&str]| pair.iter().take(length).eq(pair.iter().skip(length));
        let repeated = words.windows(2 * length).scan(0_usize, |run, pair| {
            *run = if same(pair) { *run + 1 } else { 0 };
            Some(*run)
        });
        repeated.max().unwrap_or(0) > 2 * length
    })
}

fn failed(error: &WhisperError) -> RecognitionResult {
    RecognitionResult::Failed {
        reason: error.to_string(),
    }
}

/// # Safety
/// `flag` points to an `AtomicBool` that lives while decoding runs.
unsafe extern "C" fn is_aborted(flag: *mut c_void) -> bool {
    // SAFETY: as above; set by `decode`.
    unsafe { (*flag.cast::<AtomicBool>()).load(Ordering::Acquire) }
}

const AUDIO_CONTEXT_MIN: c_int = 128;
const AUDIO_CONTEXT_MAX: c_int = 1_500;
const AUDIO_CONTEXT_MARGIN: c_int = 48;
const TOKENS_PER_SECOND: f32 = 8.0;
const WORDS_PER_SECOND_MAX: f32 = 8.0;
/// whisper.cpp refuses less than 100 ms.
const SAMPLES_MIN: usize = 1_760;
/// OpenAI's threshold for "no speech".
const NO_SPEECH_MAX: f32 = 0.6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_follows_the_length() {
        let check = |seconds: f32, expect: c_int| assert_eq!(audio_context(seconds), expect, "{seconds} s");
        check(0.5, 128);
        check(2.0, 148);
        check(4.6, 278);
        check(60.0, 1_500);
    }

    #[test]
    fn repetition_is_noticed() {
        let check = |text: &str, expect: bool| assert_eq!(repeats_itself(text), expect, "{text}");
        check("i would like two bags please", false);
        check("no no that is wrong", false);
        check("bye bye bye", false);
        check("the the the the the the", true);
        check("thank you thank you thank you thank you thank you", true);
    }
}
