//! Appointments and launches, between the shop's messages and the core's values.

use engine_core::ids::{LaunchId, OpeningId, ReservationId, ServiceId};
use engine_core::shop::{
    Allocation, Launch, Launches, Opening, Openings, Reservation, ReservationReceipt, ReservationWish,
    Reservations, Reserved, Service, Standing, Wish,
};
use proto::commerce::v1 as wire;

use super::civil::{date, time};
use super::convert::{Checked, QUANTITY_MAX, at_most, nonsense, text};

/// Openings, reservations or launches of one answer; the rest is left out.
const ROWS_MAX: usize = 200;
const NAMES_MAX: usize = 50;

pub(super) fn openings(response: wire::ListOpeningsResponse) -> Checked<Openings> {
    let services = response.services.into_iter().take(ROWS_MAX).map(service);
    let openings = response.openings.into_iter().take(ROWS_MAX);
    Ok(Openings {
        today: date("today", response.today)?,
        services: services.collect::<Checked<_>>()?,
        openings: openings
            .map(|opening| self::opening(Some(opening)))
            .collect::<Checked<_>>()?,
    })
}

pub(super) fn reservations(response: wire::ListReservationsResponse) -> Checked<Reservations> {
    let rows = response.reservations.into_iter().take(ROWS_MAX);
    Ok(Reservations {
        today: date("today", response.today)?,
        reservations: rows.map(reservation).collect::<Checked<_>>()?,
    })
}

pub(super) fn launches(response: wire::ListLaunchesResponse) -> Checked<Launches> {
    let rows = response.launches.into_iter().take(ROWS_MAX);
    Ok(Launches {
        today: date("today", response.today)?,
        launches: rows.map(launch).collect::<Checked<_>>()?,
    })
}

/// What a wish becomes on the wire.
pub(super) enum Request {
    Reserve(wire::ReserveRequest),
    Cancel(wire::CancelReservationRequest),
}

pub(super) fn request(key: &str, wish: &ReservationWish) -> Request {
    let customer_id = wish.customer.as_str().to_owned();
    let reserve = |wish| {
        Request::Reserve(wire::ReserveRequest {
            idempotency_key: key.to_owned(),
            customer_id: customer_id.clone(),
            wish: Some(wish),
        })
    };
    match &wish.reservation {
        Wish::Appointment { opening, .. } => reserve(wire::reserve_request::Wish::OpeningId(
            opening.id.as_str().to_owned(),
        )),
        Wish::Registration {
            launch,
            quantity,
            waiting,
            ..
        } => reserve(wire::reserve_request::Wish::Registration(
            wire::RegistrationWish {
                launch_id: launch.as_str().to_owned(),
                quantity: *quantity,
                accept_waiting: *waiting,
            },
        )),
        Wish::Cancel(reservation) => Request::Cancel(wire::CancelReservationRequest {
            idempotency_key: key.to_owned(),
            customer_id,
            reservation_id: reservation.id.as_str().to_owned(),
        }),
    }
}

/// The shop's answer to Reserve. `None`: others were faster.
pub(super) fn reserved(wish: &Wish, response: wire::ReserveResponse) -> Checked<Option<ReservationReceipt>> {
    match response.outcome {
        None => nonsense("outcome", "is missing".to_owned()),
        Some(wire::reserve_response::Outcome::Taken(_)) => Ok(None),
        Some(wire::reserve_response::Outcome::Reserved(reserved)) => receipt(wish, reserved, false).map(Some),
    }
}

pub(super) fn cancelled(
    wish: &Wish,
    response: wire::CancelReservationResponse,
) -> Checked<ReservationReceipt> {
    match response.cancelled {
        None => nonsense("cancelled", "is missing".to_owned()),
        Some(cancelled) => receipt(wish, cancelled, true),
    }
}

/// Only an answer to this very wish is a receipt of it.
fn receipt(wish: &Wish, reservation: wire::Reservation, given_up: bool) -> Checked<ReservationReceipt> {
    let reservation = self::reservation(reservation)?;
    if !reservation.what.answers(wish) {
        return nonsense("reservation", "is not what was asked for".to_owned());
    }
    Ok(ReservationReceipt {
        reservation,
        given_up,
    })
}

fn service(service: wire::Service) -> Checked<Service> {
    let spoken = service.spoken_names.into_iter().take(NAMES_MAX);
    Ok(Service {
        id: ServiceId::new(text("services.id", service.id)?),
        name: text("services.name", service.name)?,
        spoken: spoken
            .map(|name| text("services.spoken_names", name))
            .collect::<Checked<_>>()?,
    })
}

fn opening(opening: Option<wire::Opening>) -> Checked<Opening> {
    let Some(opening) = opening else {
        return nonsense("opening", "is missing".to_owned());
    };
    Ok(Opening {
        id: OpeningId::new(text("opening.id", opening.id)?),
        service: ServiceId::new(text("opening.service_id", opening.service_id)?),
        date: date("opening.date", opening.date)?,
        time: time("opening.time", opening.time)?,
    })
}

fn launch(launch: wire::Launch) -> Checked<Launch> {
    let allocation = match launch.allocation {
        None => return nonsense("launch.allocation", "is missing".to_owned()),
        Some(wire::launch::Allocation::FirstCome(first)) => Allocation::FirstCome {
            left: first.left,
            waiting: first.waiting,
        },
        Some(wire::launch::Allocation::Draw(draw)) => Allocation::Draw {
            on: date("launch.draw.drawn_on", draw.drawn_on)?,
        },
    };
    if launch.customer_limit == 0 {
        return nonsense("launch.customer_limit", "is 0".to_owned());
    }
    let spoken = launch.spoken_names.into_iter().take(NAMES_MAX);
    Ok(Launch {
        id: LaunchId::new(text("launch.id", launch.id)?),
        name: text("launch.name", launch.name)?,
        spoken: spoken
            .map(|name| text("launch.spoken_names", name))
            .collect::<Checked<_>>()?,
        customer_limit: at_most("launch.customer_limit", launch.customer_limit, QUANTITY_MAX)?,
        available_on: date("launch.available_on", launch.available_on)?,
        allocation,
    })
}

fn reservation(reservation: wire::Reservation) -> Checked<Reservation> {
    let what = match reservation.what {
        None => return nonsense("reservation.what", "is missing".to_owned()),
        Some(wire::reservation::What::Appointment(appointment)) => Reserved::Appointment {
            opening: opening(appointment.opening)?,
            service: text("appointment.service_name", appointment.service_name)?,
        },
        Some(wire::reservation::What::Registration(registration)) => Reserved::Registration {
            standing: standing(registration.standing)?,
            launch: LaunchId::new(text("registration.launch_id", registration.launch_id)?),
            name: text("registration.launch_name", registration.launch_name)?,
            quantity: quantity(registration.quantity)?,
        },
    };
    Ok(Reservation {
        id: ReservationId::new(text("reservation.id", reservation.id)?),
        what,
    })
}

fn standing(standing: Option<wire::registration::Standing>) -> Checked<Standing> {
    match standing {
        None => nonsense("registration.standing", "is missing".to_owned()),
        Some(wire::registration::Standing::Held(_)) => Ok(Standing::Held),
        Some(wire::registration::Standing::Waiting(waiting)) if waiting.position == 0 => {
            nonsense("registration.waiting.position", "is 0".to_owned())
        }
        Some(wire::registration::Standing::Waiting(waiting)) => Ok(Standing::Waiting {
            position: waiting.position,
        }),
        Some(wire::registration::Standing::InDraw(draw)) => Ok(Standing::InDraw {
            on: date("registration.in_draw.drawn_on", draw.drawn_on)?,
        }),
    }
}

fn quantity(quantity: u32) -> Checked<u32> {
    match quantity {
        0 => nonsense("registration.quantity", "is 0".to_owned()),
        many => at_most("registration.quantity", many, QUANTITY_MAX),
    }
}

#[cfg(test)]
mod tests {
    use engine_core::civil::{Date, TimeOfDay};
    use engine_core::ids::{OpeningId, ServiceId};
    use engine_core::shop::{Opening, Wish};
    use proto::commerce::v1 as wire;
    use proto::common::v1 as common;

    use super::reserved;

    fn appointment() -> wire::Appointment {
        wire::Appointment {
            opening: Some(wire::Opening {
                id: "o1".to_owned(),
                service_id: "repair".to_owned(),
                date: Some(common::Date {
                    year: 2026,
                    month: 3,
                    day: 5,
                }),
                time: Some(common::TimeOfDay { hour: 10, minute: 0 }),
            }),
            service_name: "a repair".to_owned(),
        }
    }

    fn wish() -> Wish {
        Wish::Appointment {
            opening: Opening {
                id: OpeningId::new("o1"),
                service: ServiceId::new("repair"),
                date: Date::new(2026, 3, 5).unwrap(),
                time: TimeOfDay::from_minutes(600).unwrap(),
            },
            service: "a repair".to_owned(),
        }
    }

    fn answer(appointment: wire::Appointment) -> wire::ReserveResponse {
        let reservation = wire::Reservation {
            id: "r1".to_owned(),
            what: Some(wire::reservation::What::Appointment(appointment)),
        };
        wire::ReserveResponse {
            outcome: Some(wire::reserve_response::Outcome::Reserved(reservation)),
        }
    }

    /// `spoil` makes a good answer bad; the error must name the field.
    fn check(spoil: impl FnOnce(&mut wire::Opening), field: &str) {
        let mut appointment = appointment();
        spoil(appointment.opening.as_mut().unwrap());
        assert_eq!(reserved(&wish(), answer(appointment)).unwrap_err().field, field);
    }

    #[test]
    fn only_an_answer_to_the_wish_is_a_receipt() {
        assert!(reserved(&wish(), answer(appointment())).unwrap().is_some());
        check(|opening| opening.id = "o2".to_owned(), "reservation");
        check(|opening| opening.time.as_mut().unwrap().hour = 11, "reservation");
        check(
            |opening| opening.time.as_mut().unwrap().minute = 60,
            "opening.time",
        );
        check(|opening| opening.date.as_mut().unwrap().day = 32, "opening.date");
        check(|opening| opening.date = None, "opening.date");
        let nothing = wire::ReserveResponse { outcome: None };
        assert_eq!(reserved(&wish(), nothing).unwrap_err().field, "outcome");
    }
}
