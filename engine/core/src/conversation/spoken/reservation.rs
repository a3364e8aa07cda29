//! Appointments and launches as a person says them.

use super::day::{day, moment, time};
use super::{list_with, number};
use crate::civil::Date;
use crate::shop::{Allocation, Launch, Opening, Reservation, Reserved, Standing, Wish};

/// "a grinder repair tomorrow at ten in the morning", "two of the new single origin".
pub fn wish(wish: &Wish, today: Date) -> String {
    match wish {
        Wish::Appointment { opening, service } => appointment(opening, service, today),
        Wish::Registration { name, quantity, .. } => counted(name, *quantity),
        Wish::Cancel(reservation) => reserved(&reservation.what, today),
    }
}

/// The same of what a customer has.
pub fn reserved(what: &Reserved, today: Date) -> String {
    match what {
        Reserved::Appointment { opening, service } => appointment(opening, service, today),
        Reserved::Registration { name, quantity, .. } => counted(name, *quantity),
    }
}

/// With how it stands: "two of the new single origin, where you're number four on the waiting list".
pub fn standing(reservation: &Reservation, today: Date) -> String {
    let what = reserved(&reservation.what, today);
    match &reservation.what {
        Reserved::Appointment { .. } => what,
        Reserved::Registration { standing, .. } => match standing {
            Standing::Held => format!("{what}, which is kept for you"),
            Standing::Waiting { position } => format!("{what}, where you're {}", waiting(*position)),
            Standing::InDraw { on } => format!("{what}, where the draw is {}", day(*on, today)),
        },
    }
}

/// What the shop's word comes to: "it's kept for you".
pub fn outcome(what: &Reserved, today: Date) -> String {
    match what {
        Reserved::Appointment { .. } => "we'll expect you".to_owned(),
        Reserved::Registration { standing, .. } => match standing {
            Standing::Held => "it's kept for you".to_owned(),
            Standing::Waiting { position } => {
                format!("you're {}, and nothing is promised yet", waiting(*position))
            }
            Standing::InDraw { on } => format!(
                "you're in the draw {}, and everybody has the same chance",
                day(*on, today)
            ),
        },
    }
}

/// On what terms one registers.
pub fn terms(launch: &Launch, today: Date) -> String {
    let from = day(launch.available_on, today);
    match launch.allocation {
        Allocation::FirstCome {
            left: 0,
            waiting: ahead,
        } => format!(
            "that's for the waiting list, where you'd be {}",
            waiting(ahead.saturating_add(1))
        ),
        Allocation::FirstCome { .. } => format!("first come, first served, and it's here {from}"),
        Allocation::Draw { on } => {
            format!(
                "there are too few for everybody, so it goes by a draw {}",
                day(on, today)
            )
        }
    }
}

/// "tomorrow at ten in the morning or at noon, on Friday at ...": a day is said once.
pub fn openings(openings: &[Opening], today: Date) -> String {
    let days = openings.chunk_by(|one, next| one.date == next.date);
    let days: Vec<String> = days
        .filter_map(|of_a_day| {
            let times: Vec<String> = of_a_day.iter().map(|opening| time(opening.time)).collect();
            let date = of_a_day.first()?.date;
            Some(format!("{} {}", day(date, today), list_with(&times, "or")))
        })
        .collect();
    list_with(&days, "or")
}

/// Each of them.
pub fn moments(openings: &[Opening], today: Date) -> Vec<String> {
    openings.iter().map(|opening| moment_of(opening, today)).collect()
}

pub fn moment_of(opening: &Opening, today: Date) -> String {
    moment(opening.date, opening.time, today)
}

fn appointment(opening: &Opening, service: &str, today: Date) -> String {
    format!("{service} {}", moment_of(opening, today))
}

fn counted(name: &str, quantity: u32) -> String {
    match quantity {
        1 => name.to_owned(),
        many => format!("{} of {name}", number(u64::from(many))),
    }
}

fn waiting(position: u32) -> String {
    format!("number {} on the waiting list", number(u64::from(position)))
}
