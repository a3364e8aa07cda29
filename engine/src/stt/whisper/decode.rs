//! The worker's side: one whisper.cpp state, decoding one task after another.

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use engine_core::speech::recognition::{RecognitionResult, Transcript};
use engine_core::units::Confidence;
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperError, WhisperSegment, WhisperState, WhisperTokenId,
};

use crate::stt::whisper::doubt::{Decoded, Doubt};
use crate::stt::whisper::queue::TaskQueue;
use crate::stt::whisper::task::Task;

pub(super) struct WhisperDecoder {
    context: Arc<WhisperContext>,
    state: WhisperState,
    /// Cloned for each task.
    parameters: FullParams<'static, 'static>,
}

/// Decodes until the queue is closed.
pub(super) fn run(mut decoder: WhisperDecoder, queue: &TaskQueue) {
    while let Some(task) = queue.pop() {
        let result = decoder.decode(&task);
        queue.done(&task);
        task.finish(result);
    }
}

impl WhisperDecoder {
    pub(super) fn new(context: Arc<WhisperContext>, state: WhisperState, language: &str) -> Self {
        Self {
            context,
            state,
            parameters: parameters(language),
        }
    }

    fn decode(&mut self, task: &Task) -> RecognitionResult {
        if task.samples.len() < SAMPLES_MIN {
            return RecognitionResult::Rejected {
                confidence: Confidence::ZERO,
            };
        }
        let seconds = task.samples.len() as f32 / 16_000.0;
        let prompt = self.prompt(task);
        let mut parameters: FullParams<'_, '_> = self.parameters.clone();
        parameters.set_tokens(&prompt);
        parameters.set_audio_ctx(audio_context(seconds));
        parameters.set_max_tokens(16 + (seconds * TOKENS_PER_SECOND) as c_int);
        let aborted: *const AtomicBool = task.aborted();
        // SAFETY: `task`, and the flag in it, outlive the call of `full` below, the only time at
        // which the callback runs; the flag is atomic, so the lane may set it meanwhile. (The
        // crate's own safe setter mistakes the closure's type in 0.16.)
        unsafe {
            parameters.set_abort_callback(Some(is_aborted));
            parameters.set_abort_callback_user_data(aborted.cast_mut().cast::<c_void>());
        }
        match self.state.full(parameters, &task.samples) {
            Ok(()) => self
                .read(seconds)
                .map_or_else(|error| failed(&error), |decoded| judge(decoded, &task.phrases)),
            Err(error) => failed(&error),
        }
    }

    /// Likely names, then the settled words, as tokens; the names give way where it gets long.
    fn prompt(&self, task: &Task) -> Vec<WhisperTokenId> {
        let tokens = |text: &str| {
            // More tokens than letters there cannot be. What cannot be tokenised is no help.
            self.context.tokenize(text, text.len() + 1).unwrap_or_default()
        };
        let mut settled = tokens(&task.settled.text);
        settled.drain(..settled.len().saturating_sub(PROMPT_TOKENS_MAX));
        let mut prompt = Vec::new();
        for phrase in &*task.phrases {
            let phrase = tokens(&format!(" {phrase},"));
            if prompt.len() + phrase.len() + settled.len() > PROMPT_TOKENS_MAX {
                break;
            }
            prompt.extend(phrase);
        }
        prompt.extend(settled);
        prompt
    }

    fn read(&self, seconds: f32) -> Result<Decoded, WhisperError> {
        let mut decoded = Decoded {
            seconds,
            ..Decoded::default()
        };
        let (mut text, mut sum, mut count) = (String::new(), 0.0_f32, 0_u16);
        let special = self.context.token_eot();
        for segment in self.state.as_iter() {
            text.push_str(&segment.to_str_lossy()?);
            decoded.no_speech = decoded.no_speech.max(segment.no_speech_probability());
            for token in tokens(&segment) {
                sum += token.token_probability().max(f32::MIN_POSITIVE).ln();
                count = count.saturating_add(1);
                if token.token_id() < special {
                    decoded.tokens.push(token.token_id());
                }
            }
        }
        text.trim().to_lowercase().clone_into(&mut decoded.text);
        decoded.mean_log_probability = sum / f32::from(count.max(1));
        Ok(decoded)
    }
}

fn tokens<'a>(segment: &'a WhisperSegment<'_>) -> impl Iterator<Item = whisper_rs::WhisperToken<'a, 'a>> {
    (0..segment.n_tokens()).filter_map(|index| segment.get_token(index))
}

fn judge(decoded: Decoded, phrases: &[String]) -> RecognitionResult {
    let confidence = Confidence::new(decoded.mean_log_probability.exp());
    if let Some(doubt) = Doubt::about(&decoded, phrases) {
        metrics::counter!("hark_whisper_doubts_total", "reason" => doubt.name()).increment(1);
        return RecognitionResult::Rejected { confidence };
    }
    RecognitionResult::Final(Transcript {
        text: decoded.text,
        confidence,
        ..Transcript::default()
    })
}

/// Once a worker: the crate leaks the language's name, and wants to be sure of it for ever.
fn parameters(language: &str) -> FullParams<'static, 'static> {
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    parameters.set_language(Some(language.to_owned().leak()));
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
    parameters.set_suppress_blank(true);
    // No "[music]" and no "♪".
    parameters.set_suppress_nst(true);
    parameters
}

/// Positions of 20 ms that are encoded, instead of always 30 s: a tenth of the time for short answers.
fn audio_context(seconds: f32) -> c_int {
    ((seconds * 50.0) as c_int + AUDIO_CONTEXT_MARGIN).clamp(AUDIO_CONTEXT_MIN, AUDIO_CONTEXT_MAX)
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
/// whisper.cpp refuses less than 100 ms.
const SAMPLES_MIN: usize = 1_760;
/// Half of what the model takes. Each costs a little time before the first word.
const PROMPT_TOKENS_MAX: usize = 112;

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
}
