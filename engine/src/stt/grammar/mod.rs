//! The recogniser of expected answers: a fixed pool of threads, each with its decoders, which
//! hear only what the dialogue's grammar allows, and a competitor that knows no grammar, against
//! which the answer's confidence is measured.

pub(crate) mod confidence;
mod contexts;
pub(crate) mod decoder;
pub(crate) mod ensemble;
mod fitting;
pub(crate) mod lane;
pub(crate) mod pool;
mod worker;

#[cfg(test)]
mod tests;
