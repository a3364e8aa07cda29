//! End to end: the real thing on loopback, with real peers.

mod browser;
mod browser_caller;
mod browser_chromium;
mod human_callers;
mod keyless;
mod outward;
mod sip_peers;
mod sip_proxy;
mod support;
mod transfer;
