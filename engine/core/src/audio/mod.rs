//! Sound inside the core: frames of 20 ms, codecs, resampling, levels, tones.

pub mod codec;
pub mod conceal;
pub mod frame;
pub mod g711;
pub mod level;
pub mod resample;
pub mod tone;
