//! Appointments and places in limited launches, as the core sees them.

use serde::{Deserialize, Serialize};

use crate::civil::{Date, TimeOfDay};
use crate::ids::{CustomerId, LaunchId, OpeningId, ReservationId, ServiceId};

/// Something that one comes to the shop for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub id: ServiceId,
    /// With its article: "a grinder repair".
    pub name: String,
    /// How callers say it: "bring my grinder in".
    pub spoken: Vec<String>,
}

/// A time at which somebody can come.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Opening {
    pub id: OpeningId,
    pub service: ServiceId,
    pub date: Date,
    pub time: TimeOfDay,
}

/// What there is, as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Openings {
    pub today: Date,
    pub services: Vec<Service>,
    /// The soonest first.
    pub openings: Vec<Opening>,
}

/// Something of which there are few, and for which customers register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    pub id: LaunchId,
    /// With its article: "the new Aurora single origin".
    pub name: String,
    pub spoken: Vec<String>,
    /// How many one customer may have, from 1.
    pub customer_limit: u32,
    pub available_on: Date,
    pub allocation: Allocation,
}

/// Who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// Whoever comes first. With nothing left a registration goes to the waiting list.
    FirstCome {
        left: u32,
        /// Customers on the waiting list.
        waiting: u32,
    },
    /// Everybody who registers in time has the same chance.
    Draw { on: Date },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launches {
    pub today: Date,
    pub launches: Vec<Launch>,
}

/// What a customer has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reservation {
    pub id: ReservationId,
    pub what: Reserved,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reserved {
    Appointment {
        opening: Opening,
        /// "a grinder repair".
        service: String,
    },
    Registration {
        launch: LaunchId,
        /// "the new Aurora single origin".
        name: String,
        quantity: u32,
        standing: Standing,
    },
}

/// How a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Held,
    /// From 1, who is next.
    Waiting {
        position: u32,
    },
    InDraw {
        on: Date,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservations {
    pub today: Date,
    pub reservations: Vec<Reservation>,
}

/// What the caller wants reserved, or given up, before they have confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReservationWish {
    pub customer: CustomerId,
    pub reservation: Wish,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    Appointment {
        opening: Opening,
        service: String,
    },
    Registration {
        launch: LaunchId,
        name: String,
        quantity: u32,
        /// They know that nothing is left, and want to be on the waiting list.
        waiting: bool,
    },
    Cancel(Reservation),
}

impl Wish {
    /// As records name it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Appointment { .. } => "book",
            Self::Registration { .. } => "register",
            Self::Cancel(_) => "cancel",
        }
    }

    /// What it is about, whatever is to become of it: the opening, or the launch.
    pub fn about(&self) -> &str {
        match self {
            Self::Appointment { opening, .. } => opening.id.as_str(),
            Self::Registration { launch, .. } => launch.as_str(),
            Self::Cancel(reservation) => reservation.what.about(),
        }
    }
}

impl Reserved {
    pub fn about(&self) -> &str {
        match self {
            Self::Appointment { opening, .. } => opening.id.as_str(),
            Self::Registration { launch, .. } => launch.as_str(),
        }
    }

    /// Whether this is what was wished for, by an answer to the wish.
    pub fn answers(&self, wish: &Wish) -> bool {
        match (self, wish) {
            (Self::Appointment { opening, .. }, Wish::Appointment { opening: wanted, .. }) => {
                opening == wanted
            }
            (
                Self::Registration {
                    launch,
                    quantity,
                    standing,
                    ..
                },
                Wish::Registration {
                    launch: wanted,
                    quantity: many,
                    waiting,
                    ..
                },
            ) => {
                // A place on the waiting list is for those alone who agreed to one.
                let agreed = *waiting || !matches!(standing, Standing::Waiting { .. });
                launch == wanted && quantity == many && agreed
            }
            (_, Wish::Cancel(before)) => self.about() == before.what.about(),
            (Self::Appointment { .. }, Wish::Registration { .. })
            | (Self::Registration { .. }, Wish::Appointment { .. }) => false,
        }
    }
}

/// The shop's word about a reservation. Made from the shop's reply alone, like a [`Receipt`](super::Receipt).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationReceipt {
    /// As it is now; of one that was given up, as it was.
    pub reservation: Reservation,
    pub given_up: bool,
}
