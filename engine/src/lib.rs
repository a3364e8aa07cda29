//! The IO half of Hark: it does what the core decides. Each module bears the name of the core
//! module it drives; `engine/ARCHITECTURE.md` is the map.

mod breaker;
pub mod call;
pub mod calls;
pub mod cli;
pub mod commerce;
pub mod config;
pub mod confirm;
pub mod engine;
pub mod eval;
pub mod flow;
pub mod media;
pub mod models;
pub mod nlu;
pub mod ops;
pub mod review;
pub mod routing;
pub mod sip;
pub mod store;
pub mod stt;
pub mod tts;
pub mod web;
