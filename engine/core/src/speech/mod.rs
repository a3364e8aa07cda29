//! From frames to words: voice activity, endpointing, utterances, barge-in. The recognisers
//! themselves are C libraries and live in the IO half; here is what they are asked and what they say.

pub mod expectation;
pub mod recognition;
