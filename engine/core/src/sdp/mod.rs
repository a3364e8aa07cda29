//! Session descriptions: RFC 8866 (SDP) and RFC 3264 (offer and answer).

pub mod codec;
pub mod description;
pub mod direction;
pub mod negotiate;
pub mod parse;

pub use codec::AudioCodec;
pub use description::SessionDescription;
pub use direction::MediaDirection;
pub use negotiate::{Answer, LocalSession, MediaPlan, NegotiationError};
pub use parse::{SdpError, parse};
