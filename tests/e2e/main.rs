//! End to end: the real thing on loopback, with real peers.

mod browser;
mod browser_caller;
mod browser_chromium;
mod sip_peers;
mod sip_proxy;
mod support;
