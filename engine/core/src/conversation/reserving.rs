//! Appointments and places in launches, piece by piece: what there is, what of it the caller means, and the
//! wish that comes of it. It is confirmed and sent by `booking`.

use crate::civil::Date;
use crate::conversation::action::ActionValue;
use crate::conversation::draft::Mentions;
use crate::conversation::flow::Query;
use crate::conversation::memory::{CHOICES_MAX, Memory};
use crate::ids::ServiceId;
use crate::nlu::dates::moment::When;
use crate::nlu::decision::{Answer, SlotValue};
use crate::nlu::lexicon::Names;
use crate::nlu::normalize::Words;
use crate::shop::{Allocation, Launch, Opening, Reservation, ReservationWish, Reserved, Service, Wish};

/// A reservation that is being arranged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reserving {
    /// At the shop.
    pub(crate) today: Option<Date>,
    pub(crate) services: Vec<Service>,
    /// What the appointment is for.
    service: Option<ServiceId>,
    openings: Vec<Opening>,
    /// When it should be, as far as was said.
    when: When,
    /// The openings to choose from.
    pub(crate) offered: Vec<Opening>,
    /// They are what was asked for.
    pub(crate) fits: bool,
    pub(crate) reservations: Vec<Reservation>,
    /// The one spoken of.
    pub(crate) reservation: Option<Reservation>,
    pub(crate) launches: Vec<Launch>,
    /// The one spoken of.
    pub(crate) launch: Option<Launch>,
    pub(crate) wish: Option<ReservationWish>,
}

impl Reserving {
    pub(crate) fn service(&self) -> Option<&Service> {
        let wanted = self.service.as_ref()?;
        self.services.iter().find(|service| service.id == *wanted)
    }

    /// How many of what is launched this caller can be promised, or wait for.
    pub(crate) fn most(&self) -> Option<u32> {
        let launch = self.launch.as_ref()?;
        Some(match launch.allocation {
            Allocation::FirstCome { left, .. } if left > 0 => launch.customer_limit.min(left),
            Allocation::FirstCome { .. } | Allocation::Draw { .. } => launch.customer_limit,
        })
    }

    /// What the caller has of the launch spoken of.
    pub(crate) fn registered(&self) -> Option<&Reservation> {
        let launch = self.launch.as_ref()?;
        let mut all = self.reservations.iter();
        all.find(|reservation| matches!(&reservation.what, Reserved::Registration { launch: id, .. } if *id == launch.id))
    }

    /// The openings of the service that is wanted.
    fn own(&self) -> Vec<Opening> {
        let own = self.openings.iter();
        let wanted = |opening: &&Opening| Some(&opening.service) == self.service.as_ref();
        own.filter(wanted).cloned().collect()
    }

    /// What fits what was said, or else what is near it.
    fn offer(&mut self, heard: When) {
        self.when = heard.or(self.when);
        let Some(today) = self.today else { return };
        let (own, when) = (self.own(), self.when);
        let fitting = |when: When| -> Vec<Opening> {
            let fits = |opening: &&Opening| when.fits(opening.date, opening.time, today);
            own.iter().filter(fits).take(CHOICES_MAX).cloned().collect()
        };
        self.offered = fitting(when);
        self.fits = !self.offered.is_empty();
        if self.fits {
            return;
        }
        // The day without the time, then whatever comes from that day on.
        let day = When {
            day: when.day,
            ..When::default()
        };
        self.offered = if when.day.is_some() {
            fitting(day)
        } else {
            Vec::new()
        };
        if self.offered.is_empty() {
            let from = when.first_day(today).unwrap_or(today);
            let after = own.iter().filter(|opening| opening.date >= from);
            self.offered = after.take(CHOICES_MAX).cloned().collect();
        }
        if self.offered.is_empty() {
            self.offered = own.iter().rev().take(CHOICES_MAX).rev().cloned().collect();
        }
    }

    /// Those after what is on offer; what is on offer where there are none.
    fn later(&mut self) {
        let Some(last) = self.offered.last().cloned() else {
            return;
        };
        let after = self
            .own()
            .into_iter()
            .skip_while(|opening| *opening != last)
            .skip(1);
        self.turn_to(after.take(CHOICES_MAX).collect());
    }

    fn earlier(&mut self) {
        let Some(first) = self.offered.first().cloned() else {
            return;
        };
        let mut before: Vec<Opening> = self
            .own()
            .into_iter()
            .take_while(|opening| *opening != first)
            .collect();
        let from = before.len().saturating_sub(CHOICES_MAX);
        self.turn_to(before.split_off(from));
    }

    fn turn_to(&mut self, openings: Vec<Opening>) {
        self.when = When::default();
        self.fits = !openings.is_empty();
        if self.fits {
            self.offered = openings;
        }
    }
}

impl Memory {
    /// Takes over what the shop says, and names the branch of the query. `None`: not an answer to it.
    pub(crate) fn learn_reserving(&mut self, query: Query, value: ActionValue) -> Option<&'static str> {
        let known = &mut self.reserving;
        match (query, value) {
            (Query::ListOpenings, ActionValue::Openings(there)) => {
                known.today = Some(there.today);
                known.services = there.services;
                known.openings = there.openings;
                Some(if known.openings.is_empty() { "none" } else { "open" })
            }
            (Query::ListLaunches, ActionValue::Launches(there)) => {
                known.today = Some(there.today);
                known.launches = there.launches;
                // What is left of it is another number by now.
                let spoken_of = known.launch.take().map(|launch| launch.id);
                let mut all = known.launches.iter();
                known.launch = all.find(|launch| Some(&launch.id) == spoken_of.as_ref()).cloned();
                Some(if known.launches.is_empty() { "none" } else { "open" })
            }
            (Query::ListReservations, ActionValue::Reservations(there)) => {
                known.today = Some(there.today);
                known.reservations = there.reservations;
                Some(match known.reservations.len() {
                    0 => "none",
                    1 => "one",
                    _ => "several",
                })
            }
            (_, _) => None,
        }
    }

    /// What was named or chosen; the only one there is; or what it was before.
    pub(crate) fn take_service(&mut self) {
        let known = &self.reserving;
        let forms = known.services.iter().enumerate();
        let named = self
            .chosen(known.services.iter().map(|service| service.id.as_str()))
            .or_else(|| {
                self.named(forms.flat_map(|(at, service)| spoken(at, &service.name, &service.spoken)))
            });
        let only = matches!(known.services.as_slice(), [_]).then_some(0);
        let service = named.or(only).and_then(|at| known.services.get(at));
        if let Some(service) = service.map(|service| service.id.clone()) {
            self.reserving.service = Some(service);
        }
    }

    pub(crate) fn offer_openings(&mut self) {
        let heard = self.when_heard();
        self.reserving.offer(heard);
    }

    pub(crate) fn offer_later(&mut self) {
        self.reserving.later();
    }

    pub(crate) fn offer_earlier(&mut self) {
        self.reserving.earlier();
    }

    /// The opening that was chosen. A time that was named counts for more than what it sounded like.
    pub(crate) fn take_opening(&mut self) {
        self.reserving.wish = None;
        self.confirmed_wish = None;
        let known = &self.reserving;
        let (Some(today), Some(service), Some(customer)) = (known.today, known.service(), self.customer())
        else {
            return;
        };
        let when = self.when_heard();
        let fits = |opening: &&Opening| when.fits(opening.date, opening.time, today);
        let chosen = self.chosen(known.offered.iter().map(|opening| opening.id.as_str()));
        let chosen = chosen.and_then(|at| known.offered.get(at)).filter(fits);
        let mut fitting = known.offered.iter().filter(fits);
        let only = match (fitting.next(), fitting.next()) {
            // A bare yes to the only one on offer, or a time that one alone has.
            (Some(only), None) if !when.is_empty() || self.heard.answer == Some(Answer::Yes) => Some(only),
            (_, _) => None,
        };
        let wish = chosen.or(only).map(|opening| ReservationWish {
            customer: customer.id.clone(),
            reservation: Wish::Appointment {
                opening: opening.clone(),
                service: service.name.clone(),
            },
        });
        self.reserving.wish = wish;
    }

    /// The launch that was named, and none else.
    pub(crate) fn take_named_launch(&mut self) {
        let named = self.named_launch();
        self.reserving.launch = named.and_then(|at| self.reserving.launches.get(at)).cloned();
    }

    fn named_launch(&self) -> Option<usize> {
        let forms = self.reserving.launches.iter().enumerate();
        self.named(forms.flat_map(|(at, launch)| spoken(at, &launch.name, &launch.spoken)))
    }

    pub(crate) fn take_launch(&mut self) {
        let known = &self.reserving;
        let named = self
            .chosen(known.launches.iter().map(|launch| launch.id.as_str()))
            .or_else(|| self.named_launch());
        let only = matches!(known.launches.as_slice(), [_]).then_some(0);
        let launch = named.or(only).and_then(|at| known.launches.get(at)).cloned();
        if launch.is_some() {
            self.reserving.launch = launch;
        }
    }

    /// As many as were asked for, but no more than one customer can have.
    pub(crate) fn register(&mut self) {
        self.reserving.wish = None;
        self.confirmed_wish = None;
        let known = &self.reserving;
        let (Some(launch), Some(customer), Some(most)) = (&known.launch, self.customer(), known.most())
        else {
            return;
        };
        let wish = ReservationWish {
            customer: customer.id.clone(),
            reservation: Wish::Registration {
                launch: launch.id.clone(),
                name: launch.name.clone(),
                quantity: self.wanted_of_launch().unwrap_or(1).clamp(1, most),
                waiting: matches!(launch.allocation, Allocation::FirstCome { left: 0, .. }),
            },
        };
        self.reserving.wish = Some(wish);
    }

    /// More was asked for than one customer can have.
    pub(crate) fn wants_too_many(&self) -> bool {
        let most = self.reserving.most();
        self.wanted_of_launch()
            .zip(most)
            .is_some_and(|(wanted, most)| wanted > most)
    }

    fn wanted_of_launch(&self) -> Option<u32> {
        match self.slots.get("quantity") {
            Some(SlotValue::Number(wanted)) => Some(*wanted),
            Some(SlotValue::Text(_) | SlotValue::Digits(_)) | None => Mentions::of(&self.heard).loose,
        }
    }

    pub(crate) fn take_reservation(&mut self) {
        let known = &self.reserving;
        let chosen = self.chosen(
            known
                .reservations
                .iter()
                .map(|reservation| reservation.id.as_str()),
        );
        let only = matches!(known.reservations.as_slice(), [_]).then_some(0);
        let at = chosen.or(only);
        self.reserving.reservation = at.and_then(|at| known.reservations.get(at)).cloned();
    }

    /// What the caller has of the launch spoken of is what is spoken of.
    pub(crate) fn take_registered(&mut self) {
        self.reserving.reservation = self.reserving.registered().cloned();
    }

    pub(crate) fn give_up_reservation(&mut self) {
        self.confirmed_wish = None;
        let reservation = self.reserving.reservation.as_ref().zip(self.customer());
        self.reserving.wish = reservation.map(|(reservation, customer)| ReservationWish {
            customer: customer.id.clone(),
            reservation: Wish::Cancel(reservation.clone()),
        });
    }

    pub(crate) fn when_heard(&self) -> When {
        When::of(&Words::new(&self.heard.text))
    }

    /// The place of the choice that was just heard among these.
    fn chosen<'a>(&self, mut ids: impl Iterator<Item = &'a str>) -> Option<usize> {
        let choice = self.heard.slot("choice")?;
        let SlotValue::Text(choice) = &choice.value else {
            return None;
        };
        ids.position(|id| id == choice)
    }

    /// What is named in the words that were just heard, if it is one thing.
    fn named<'a>(&self, forms: impl Iterator<Item = (usize, &'a str)>) -> Option<usize> {
        let found = Names::new(forms).find(&Words::new(&self.heard.text));
        let best = found.iter().filter_map(|found| match found.values.as_slice() {
            [(at, sure)] if *sure >= NAMED => Some((*at, *sure)),
            _ => None,
        });
        best.max_by(|(_, one), (_, other)| one.total_cmp(other))
            .map(|(at, _)| at)
    }
}

fn spoken<'a>(at: usize, name: &'a str, spoken: &'a [String]) -> impl Iterator<Item = (usize, &'a str)> {
    std::iter::once(name)
        .chain(spoken.iter().map(String::as_str))
        .map(move |form| (at, form))
}

/// Less is a likeness.
const NAMED: f32 = 0.6;
