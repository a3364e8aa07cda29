//! RTP as a call sees it (RFC 3550): packets, order, time. Bytes are parsed at the socket edge.

pub mod jitter;
pub mod packet;
pub mod playout;
pub mod receiver;
pub mod rtcp;
pub mod sender;
pub mod sequence;
pub mod stats;
pub mod telephone_event;
