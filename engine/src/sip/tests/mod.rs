//! The stack against raw sockets on loopback: what is on the wire is what is tested.

mod calls;
mod door;
mod kit;
mod outbound;
mod strangers;
mod torture;
