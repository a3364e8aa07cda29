//! Sound inside the core: frames of 20 ms, codecs, levels, tones.

pub mod codec;
pub mod frame;
