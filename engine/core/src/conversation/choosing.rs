//! What callers may say to choose among orders, what is advised, appointments, reservations and launches.

mod advice;
mod openings;
mod orders;

pub(crate) use self::advice::{OTHER_ADVICE, advice};
pub(crate) use self::openings::{OTHER_OPENINGS, openings};
pub(crate) use self::orders::{alike, described, orders};

use crate::conversation::expecting::{ORDINALS, at_place};
use crate::conversation::reserving::Reserving;
use crate::conversation::spoken::{day, reservation};
use crate::shop::{Launch, Reservation, Reserved, Service};
use crate::speech::expectation::Candidate;

pub(crate) fn services(services: &[Service]) -> Vec<Candidate> {
    let named = |service: &Service| candidate(service.id.as_str(), named(&service.name, &service.spoken));
    services.iter().map(named).collect()
}

pub(crate) fn launches(launches: &[Launch]) -> Vec<Candidate> {
    let named = |launch: &Launch| candidate(launch.id.as_str(), named(&launch.name, &launch.spoken));
    launches.iter().map(named).collect()
}

pub(crate) fn reservations(known: &Reserving) -> Vec<Candidate> {
    let all = known.reservations.iter();
    all.enumerate()
        .map(|(at, reserved)| reservation_candidate(at, reserved, known))
        .collect()
}

fn reservation_candidate(at: usize, reserved: &Reservation, known: &Reserving) -> Candidate {
    let mut spoken = if at < ORDINALS.len() {
        at_place(at)
    } else {
        Vec::new()
    };
    match &reserved.what {
        Reserved::Appointment { opening, service } => {
            spoken.extend(named(service, &[]));
            let kind = known.services.iter().find(|known| known.id == opening.service);
            spoken.extend(kind.into_iter().flat_map(|kind| kind.spoken.iter().cloned()));
            spoken.push("the appointment".to_owned());
        }
        Reserved::Registration { launch, name, .. } => {
            spoken.extend(named(name, &[]));
            let kind = known.launches.iter().find(|known| known.id == *launch);
            spoken.extend(kind.into_iter().flat_map(|kind| kind.spoken.iter().cloned()));
        }
    }
    let today = known.today;
    if let (Reserved::Appointment { opening, .. }, Some(today)) = (&reserved.what, today) {
        spoken.push(reservation::moment_of(opening, today).to_lowercase());
        spoken.push(day::day(opening.date, today).to_lowercase());
    }
    candidate(reserved.id.as_str(), spoken)
}

/// A name with its article and without, and the other ways to say it.
fn named(name: &str, spoken: &[String]) -> Vec<String> {
    let name = name.to_lowercase();
    let bare = ["a ", "an ", "the "]
        .iter()
        .find_map(|article| name.strip_prefix(article));
    let bare = bare.unwrap_or(&name).to_owned();
    let mut all = vec![format!("the {bare}"), bare];
    all.extend(spoken.iter().cloned());
    all
}

fn candidate(value: &str, spoken: Vec<String>) -> Candidate {
    Candidate {
        value: value.to_owned(),
        spoken,
    }
}
