//! What can go wrong at the signalling boundary, and what to do about it.

use std::net::SocketAddr;

use thiserror::Error;

use super::config::Transport;

/// Why the SIP stack did not start. Shown to a person at the command line, so each names its remedy.
#[derive(Debug, Error)]
pub enum SipStartError {
    #[error(
        "SIP {transport} port {address} is in use; stop the program that holds it, or set `listen` in [sip] of engine.toml to another address"
    )]
    PortInUse {
        transport: Transport,
        address: SocketAddr,
    },
    #[error("SIP cannot listen on {transport} {address}: {source}; check `listen` in [sip] of engine.toml")]
    Bind {
        transport: Transport,
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("SIP has nothing to listen on; name at least one of \"udp\", \"tcp\" in `transports` of [sip]")]
    NoTransport,
    #[error("the SIP stack did not start: {0}")]
    Stack(String),
}

/// Why an operation on a call's signalling failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SipError {
    /// The caller cancelled, or the transaction timed out, before the answer.
    #[error("the call is gone: {0}")]
    Gone(String),
    /// The address to call is no SIP URI.
    #[error("\"{0}\" is not a SIP URI; write sip:user@host or sip:user@host:port;transport=tcp")]
    BadUri(String),
    /// The stack refused to send.
    #[error("SIP could not send: {0}")]
    Send(String),
}
