//! The shop's appointments and its one launch, small enough to check by hand: idempotent by key, nothing
//! promised twice, one registration for a customer.

use std::collections::BTreeMap;

use engine_core::civil::{Date, TimeOfDay};
use engine_core::conversation::action::{ActionError, ActionResult, ActionValue};
use engine_core::ids::{IdempotencyKey, LaunchId, OpeningId, ReservationId, ServiceId};
use engine_core::shop::{
    Allocation, Launch, Launches, Opening, Openings, Reservation, ReservationReceipt, ReservationWish,
    Reservations, Reserved, Service, Standing, Wish,
};

/// What one customer has, and what was answered to which key.
#[derive(Debug, Default)]
pub struct Calendar {
    reservations: Vec<Reservation>,
    answered: BTreeMap<IdempotencyKey, (ReservationWish, ActionResult)>,
    /// Every reservation there ever was.
    made: u32,
    /// What must never happen, and did.
    pub faults: Vec<String>,
}

impl Calendar {
    pub fn openings(&self) -> Openings {
        let days = (1..=6).map(|ahead| today().plus(ahead));
        let all = days.flat_map(|date| [10, 15].map(|hour| opening(date, hour)));
        Openings {
            today: today(),
            services: vec![Service {
                id: ServiceId::new("tasting"),
                name: SERVICE.to_owned(),
                spoken: vec!["tasting".to_owned()],
            }],
            openings: all.filter(|opening| !self.has(opening.id.as_str())).collect(),
        }
    }

    pub fn reservations(&self) -> Reservations {
        Reservations {
            today: today(),
            reservations: self.reservations.clone(),
        }
    }

    /// Two are left for whoever comes first, one customer may have both.
    pub fn launches(&self) -> Launches {
        Launches {
            today: today(),
            launches: vec![Launch {
                id: LaunchId::new(LAUNCH),
                name: LAUNCH_NAME.to_owned(),
                spoken: vec!["the new single origin".to_owned()],
                customer_limit: 2,
                available_on: today().plus(9),
                allocation: Allocation::FirstCome { left: 2, waiting: 0 },
            }],
        }
    }

    pub fn reserve(&mut self, wish: &ReservationWish, key: &IdempotencyKey) -> ActionResult {
        if let Some((before, answer)) = self.answered.get(key) {
            if before != wish {
                self.faults
                    .push(format!("key {key} was used for two different reservations"));
            }
            return answer.clone();
        }
        let answer = self.decide(wish);
        self.answered.insert(key.clone(), (wish.clone(), answer.clone()));
        answer
    }

    fn decide(&mut self, wish: &ReservationWish) -> ActionResult {
        let about = wish.reservation.about();
        let what = match &wish.reservation {
            Wish::Cancel(reservation) => {
                let at = self.reservations.iter().position(|known| known == reservation);
                let at = at.ok_or_else(|| ActionError::Refused("no such reservation".to_owned()))?;
                return Ok(ActionValue::Reserved(ReservationReceipt {
                    reservation: self.reservations.remove(at),
                    given_up: true,
                }));
            }
            _ if self.has(about) => {
                return Err(ActionError::Refused("the customer has it already".to_owned()));
            }
            Wish::Appointment { opening, service } => Reserved::Appointment {
                opening: opening.clone(),
                service: service.clone(),
            },
            Wish::Registration {
                launch,
                name,
                quantity,
                ..
            } => Reserved::Registration {
                launch: launch.clone(),
                name: name.clone(),
                quantity: *quantity,
                standing: Standing::Held,
            },
        };
        self.made += 1;
        let reservation = Reservation {
            id: ReservationId::new(format!("r-{}", self.made)),
            what,
        };
        self.reservations.push(reservation.clone());
        Ok(ActionValue::Reserved(ReservationReceipt {
            reservation,
            given_up: false,
        }))
    }

    fn has(&self, about: &str) -> bool {
        self.reservations
            .iter()
            .any(|reservation| reservation.what.about() == about)
    }
}

fn opening(date: Date, hour: u32) -> Opening {
    Opening {
        id: OpeningId::new(format!("{date}T{hour}")),
        service: ServiceId::new("tasting"),
        date,
        time: TimeOfDay::from_minutes(hour * 60).expect("an hour of the day"),
    }
}

fn today() -> Date {
    Date::parse("2026-03-04").expect("a day of the calendar")
}

const SERVICE: &str = "a tasting";
const LAUNCH: &str = "origin";
const LAUNCH_NAME: &str = "the new single origin";
