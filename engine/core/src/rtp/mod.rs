//! RTP as a call sees it (RFC 3550): packets, order, time. Bytes are parsed at the socket edge.

pub mod packet;
