//! From frames to words: voice activity, endpointing, utterances, barge-in. The recognisers
//! themselves are C libraries and live in the IO half; here is what they are asked and what they say.

pub mod barge_in;
pub mod echo_guard;
pub mod effort;
pub mod endpointing;
pub mod expectation;
mod lead_in;
pub mod listener;
pub mod progress;
pub mod recognition;
mod utterance;
pub mod vad;
pub mod verdict;

#[cfg(test)]
mod real_speech_tests;
