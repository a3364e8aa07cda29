//! Identifiers. Each is a type of its own, so that an agent's id cannot stand where a call's should.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_id! {
    /// One call, from the first INVITE (or WHIP POST) to its record. Made at the edge (UUIDv7).
    CallId;
    /// An order as the shop names it.
    OrderId;
    /// A customer as the shop names them.
    CustomerId;
    /// One of a customer's addresses as the shop names it.
    AddressId;
    /// A stock-keeping unit: one sellable thing in the catalogue.
    Sku;
    /// Something that one comes to the shop for, as the shop names it.
    ServiceId;
    /// A time at which somebody can come.
    OpeningId;
    /// Something of which there are few.
    LaunchId;
    /// An appointment that was made, or a place in a launch.
    ReservationId;
    /// A human agent in `sip-config/routing.toml`.
    AgentId;
    /// What makes placing the same order twice place it once. Derived from call and draft, never random.
    IdempotencyKey;
}

macro_rules! counter_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The next one; counts inside one call, where overflow cannot happen before the call's time limit.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.wrapping_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )*};
}

counter_id! {
    /// One stretch of the caller's speech, from onset to endpoint.
    UtteranceId;
    /// One piece of outside work (gRPC, synthesis) whose result comes back as an input.
    EffectId;
    /// One exchange: what Hark heard and what it answered.
    TurnId;
    /// One attempt to reach an agent.
    AssignmentId;
}

/// Which end of the call a packet or an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegId {
    /// The person who called (or whom Hark called).
    Caller,
    /// The human agent, present only during a transfer.
    Agent,
}
