//! Who comes when, and who gets what there is little of: each reservation once for its key, one registration
//! for a customer however often they call, and nothing promised twice.

use std::collections::BTreeMap;

use engine_core::civil::Date;
use proto::commerce::v1::{
    Appointment, CancelReservationRequest, CancelReservationResponse, Draw, FirstCome, Held, InDraw, Launch,
    ListLaunchesResponse, ListOpeningsResponse, ListReservationsResponse, Opening, Registration,
    RegistrationWish, Reservation, ReserveRequest, ReserveResponse, Taken, Waiting, launch, registration,
    reservation, reserve_request, reserve_response,
};

use super::super::calendar::{self, HandedOut, RARITIES, Rarity, VISITS, day, soonest, visit_of};
use super::{Ledger, Refusal, check_key, shortened};

/// The calendar and the lists.
#[derive(Debug, Clone)]
pub(super) struct Visits {
    today: Date,
    /// The day that launches are counted from.
    opened: Date,
    entries: Vec<Entry>,
    /// How many reservations there ever were.
    count: usize,
    keys: BTreeMap<String, (ReserveRequest, ReserveResponse)>,
    cancels: BTreeMap<String, (CancelReservationRequest, CancelReservationResponse)>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    customer_id: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Visit(Opening),
    /// In the order of the calls; waiting where nothing was left.
    Place {
        launch_id: String,
        quantity: u32,
        held: bool,
    },
}

impl Visits {
    pub(super) fn new() -> Self {
        let today = calendar::first_day();
        Self {
            today,
            opened: today,
            entries: Vec::new(),
            count: 0,
            keys: BTreeMap::new(),
            cancels: BTreeMap::new(),
        }
    }

    fn free(&self, opening_id: &str) -> bool {
        let places = visit_of(opening_id).map_or(0, |visit| visit.places);
        let taken = self
            .entries
            .iter()
            .filter(|entry| matches!(&entry.what, What::Visit(opening) if opening.id == opening_id));
        taken.count() < places
    }

    /// How many of it are left to promise, and how many customers wait.
    fn left(&self, rarity: &Rarity) -> (u32, u32) {
        let all = match rarity.handed_out {
            HandedOut::FirstCome(all) => all,
            HandedOut::Draw(_) => 0,
        };
        let (mut given, mut waiting) = (0_u32, 0_u32);
        for entry in &self.entries {
            match &entry.what {
                What::Place {
                    launch_id,
                    quantity,
                    held,
                } if launch_id == rarity.id => {
                    if *held {
                        given = given.saturating_add(*quantity);
                    } else {
                        waiting += 1;
                    }
                }
                What::Place { .. } | What::Visit(_) => {}
            }
        }
        (all.saturating_sub(given), waiting)
    }

    /// Who waits gets what was given up, in their order and as far as it goes.
    fn move_up(&mut self, rarity: &Rarity) {
        loop {
            let (left, _) = self.left(rarity);
            let next = self.entries.iter_mut().find_map(|entry| match &mut entry.what {
                What::Place {
                    launch_id,
                    quantity,
                    held: held @ false,
                } if launch_id == rarity.id => Some((*quantity, held)),
                What::Place { .. } | What::Visit(_) => None,
            });
            match next {
                Some((quantity, held)) if quantity <= left => *held = true,
                Some(_) | None => return,
            }
        }
    }

    fn shown(&self, entry: &Entry) -> Reservation {
        let what = match &entry.what {
            What::Visit(opening) => reservation::What::Appointment(Appointment {
                opening: Some(opening.clone()),
                service_name: visit_of(&opening.id).map_or("", |visit| visit.name).to_owned(),
            }),
            What::Place {
                launch_id,
                quantity,
                held,
            } => reservation::What::Registration(Registration {
                launch_id: launch_id.clone(),
                launch_name: calendar::rarity(launch_id)
                    .map_or("", |rarity| rarity.name)
                    .to_owned(),
                quantity: *quantity,
                standing: Some(self.standing(entry, launch_id, *held)),
            }),
        };
        Reservation {
            id: entry.id.clone(),
            what: Some(what),
        }
    }

    fn standing(&self, entry: &Entry, launch_id: &str, held: bool) -> registration::Standing {
        let draw = calendar::rarity(launch_id).and_then(|rarity| match rarity.handed_out {
            HandedOut::Draw(in_days) => Some(in_days),
            HandedOut::FirstCome(_) => None,
        });
        match draw {
            Some(in_days) => registration::Standing::InDraw(InDraw {
                drawn_on: Some(day(self.opened.plus(in_days))),
            }),
            None if held => registration::Standing::Held(Held {}),
            None => {
                let waits = |other: &&Entry| matches!(&other.what, What::Place { launch_id: id, held: false, .. } if id == launch_id);
                let before = self
                    .entries
                    .iter()
                    .filter(waits)
                    .take_while(|other| other.id != entry.id);
                let position = u32::try_from(before.count() + 1).unwrap_or(u32::MAX);
                registration::Standing::Waiting(Waiting { position })
            }
        }
    }

    fn enter(&mut self, customer_id: &str, what: What) -> Reservation {
        self.count += 1;
        let entry = Entry {
            id: format!("R{:05}", self.count),
            customer_id: customer_id.to_owned(),
            what,
        };
        self.entries.push(entry.clone());
        self.shown(&entry)
    }
}

impl Ledger {
    /// The day that it is now. Nothing of the past is kept.
    pub fn set_today(&mut self, today: Date) {
        if self.visits.entries.is_empty() {
            self.visits.opened = today;
        }
        self.visits.today = today;
        let past = |entry: &Entry| match &entry.what {
            What::Visit(opening) => {
                let date = opening
                    .date
                    .and_then(|date| Date::new(date.year, date.month, date.day));
                date.is_some_and(|date| date < today)
            }
            What::Place { .. } => false,
        };
        self.visits.entries.retain(|entry| !past(entry));
    }

    pub fn list_openings(&self, service_id: &str, limit: u32) -> ListOpeningsResponse {
        let wanted = VISITS
            .iter()
            .filter(|visit| service_id.is_empty() || visit.id == service_id);
        let mut openings: Vec<Opening> = wanted
            .flat_map(|visit| visit.openings(self.visits.today))
            .filter(|opening| self.visits.free(&opening.id))
            .collect();
        openings.sort_by_key(soonest);
        openings.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        ListOpeningsResponse {
            today: Some(day(self.visits.today)),
            services: VISITS.iter().map(|visit| visit.to_service()).collect(),
            openings,
        }
    }

    pub fn list_reservations(&self, customer_id: &str) -> ListReservationsResponse {
        let own = self
            .visits
            .entries
            .iter()
            .filter(|entry| entry.customer_id == customer_id);
        ListReservationsResponse {
            today: Some(day(self.visits.today)),
            reservations: own.map(|entry| self.visits.shown(entry)).collect(),
        }
    }

    pub fn list_launches(&self) -> ListLaunchesResponse {
        ListLaunchesResponse {
            today: Some(day(self.visits.today)),
            launches: RARITIES.iter().map(|rarity| self.launch(rarity)).collect(),
        }
    }

    fn launch(&self, rarity: &Rarity) -> Launch {
        let (left, waiting) = self.visits.left(rarity);
        let allocation = match rarity.handed_out {
            HandedOut::FirstCome(_) => launch::Allocation::FirstCome(FirstCome { left, waiting }),
            HandedOut::Draw(in_days) => launch::Allocation::Draw(Draw {
                drawn_on: Some(day(self.visits.opened.plus(in_days))),
            }),
        };
        Launch {
            id: rarity.id.to_owned(),
            name: rarity.name.to_owned(),
            spoken_names: rarity.spoken.iter().map(|name| (*name).to_owned()).collect(),
            customer_limit: rarity.customer_limit,
            available_on: Some(day(self.visits.opened.plus(rarity.available_in))),
            allocation: Some(allocation),
        }
    }

    /// Exactly once for each key: a repetition gets the first answer again, whatever it was.
    pub fn reserve(&mut self, request: ReserveRequest) -> Result<ReserveResponse, Refusal> {
        check_key(&request.idempotency_key)?;
        if let Some((before, answer)) = self.visits.keys.get(&request.idempotency_key) {
            return if *before == request {
                Ok(answer.clone())
            } else {
                Err(Refusal::KeyReused)
            };
        }
        if !self
            .customers
            .iter()
            .any(|customer| customer.id == request.customer_id)
        {
            return Err(Refusal::NoReservation);
        }
        let reserved = match &request.wish {
            None => return Err(Refusal::BadDraft("wish is missing".to_owned())),
            Some(reserve_request::Wish::OpeningId(id)) => self.book(&request.customer_id, id)?,
            Some(reserve_request::Wish::Registration(wish)) => self.register(&request.customer_id, wish)?,
        };
        let outcome = match reserved {
            Some(reservation) => reserve_response::Outcome::Reserved(reservation),
            None => reserve_response::Outcome::Taken(Taken {}),
        };
        let answer = ReserveResponse {
            outcome: Some(outcome),
        };
        self.visits
            .keys
            .insert(request.idempotency_key.clone(), (request, answer.clone()));
        Ok(answer)
    }

    fn book(&mut self, customer_id: &str, opening_id: &str) -> Result<Option<Reservation>, Refusal> {
        let visit = visit_of(opening_id).ok_or(Refusal::NoReservation)?;
        let mut openings = visit.openings(self.visits.today);
        let opening = openings
            .find(|opening| opening.id == opening_id)
            .ok_or(Refusal::NoReservation)?;
        let own = |entry: &Entry| {
            entry.customer_id == customer_id
                && matches!(&entry.what, What::Visit(own) if own.id == opening.id)
        };
        if self.visits.entries.iter().any(own) {
            return Err(Refusal::NotNow("the customer has it already"));
        }
        let free = self.visits.free(&opening.id);
        Ok(free.then(|| self.visits.enter(customer_id, What::Visit(opening))))
    }

    fn register(
        &mut self,
        customer_id: &str,
        wish: &RegistrationWish,
    ) -> Result<Option<Reservation>, Refusal> {
        let rarity = calendar::rarity(&wish.launch_id).ok_or(Refusal::NoReservation)?;
        if wish.quantity == 0 || wish.quantity > rarity.customer_limit {
            let message = format!(
                "quantity of {} must be 1 to {}",
                shortened(&wish.launch_id),
                rarity.customer_limit
            );
            return Err(Refusal::BadDraft(message));
        }
        let own = |entry: &Entry| {
            entry.customer_id == customer_id
                && matches!(&entry.what, What::Place { launch_id, .. } if *launch_id == wish.launch_id)
        };
        if self.visits.entries.iter().any(own) {
            return Err(Refusal::NotNow("the customer is registered already"));
        }
        let drawn = matches!(rarity.handed_out, HandedOut::Draw(_));
        // Whoever waits comes before whoever calls.
        let (left, waiting) = self.visits.left(rarity);
        let held = !drawn && waiting == 0 && wish.quantity <= left;
        if !held && !drawn && !wish.accept_waiting {
            return Ok(None);
        }
        let place = What::Place {
            launch_id: wish.launch_id.clone(),
            quantity: wish.quantity,
            held,
        };
        Ok(Some(self.visits.enter(customer_id, place)))
    }

    /// Gives a reservation up, exactly once for each key.
    pub fn cancel_reservation(
        &mut self,
        request: CancelReservationRequest,
    ) -> Result<CancelReservationResponse, Refusal> {
        check_key(&request.idempotency_key)?;
        if let Some((before, answer)) = self.visits.cancels.get(&request.idempotency_key) {
            return if *before == request {
                Ok(answer.clone())
            } else {
                Err(Refusal::KeyReused)
            };
        }
        let own =
            |entry: &Entry| entry.customer_id == request.customer_id && entry.id == request.reservation_id;
        let at = self
            .visits
            .entries
            .iter()
            .position(own)
            .ok_or(Refusal::NoReservation)?;
        let cancelled = self.visits.entries.get(at).map(|entry| self.visits.shown(entry));
        let entry = self.visits.entries.remove(at);
        if let What::Place { launch_id, .. } = &entry.what
            && let Some(rarity) = calendar::rarity(launch_id)
        {
            self.visits.move_up(rarity);
        }
        let answer = CancelReservationResponse { cancelled };
        self.visits
            .cancels
            .insert(request.idempotency_key.clone(), (request, answer.clone()));
        Ok(answer)
    }

    /// Others take it, as far as there is any: an opening, or so many of a launch. For tests.
    pub fn give_away(&mut self, id: &str, quantity: u32) -> bool {
        if let Some(visit) = visit_of(id) {
            let mut openings = visit.openings(self.visits.today);
            let Some(opening) = openings.find(|opening| opening.id == id) else {
                return false;
            };
            while self.visits.free(id) {
                self.visits.enter(SOMEBODY, What::Visit(opening.clone()));
            }
            return true;
        }
        let Some(rarity) = calendar::rarity(id) else {
            return false;
        };
        let (left, _) = self.visits.left(rarity);
        let place = |quantity, held| What::Place {
            launch_id: id.to_owned(),
            quantity,
            held,
        };
        if left > 0 {
            self.visits.enter(SOMEBODY, place(quantity.min(left), true));
        }
        if quantity > left {
            self.visits.enter(SOMEBODY, place(1, false));
        }
        true
    }

    /// What was reserved and given up since the start: "book OPENING", "register 2 LAUNCH", "cancel OPENING".
    pub fn reservations(&self) -> Vec<String> {
        let told = |reservation: &Reservation| match &reservation.what {
            Some(reservation::What::Appointment(appointment)) => appointment
                .opening
                .as_ref()
                .map(|opening| opening.id.clone())
                .unwrap_or_default(),
            Some(reservation::What::Registration(own)) => format!("{} {}", own.quantity, own.launch_id),
            None => String::new(),
        };
        let made = self
            .visits
            .keys
            .values()
            .filter_map(|(_, answer)| match &answer.outcome {
                Some(reserve_response::Outcome::Reserved(reservation)) => {
                    let visit = matches!(reservation.what, Some(reservation::What::Appointment(_)));
                    Some(format!(
                        "{} {}",
                        if visit { "book" } else { "register" },
                        told(reservation)
                    ))
                }
                Some(reserve_response::Outcome::Taken(_)) | None => None,
            });
        let given_up = self.visits.cancels.values();
        let given_up =
            given_up.filter_map(|(_, answer)| Some(format!("cancel {}", told(answer.cancelled.as_ref()?))));
        made.chain(given_up).collect()
    }
}

/// Whoever takes what tests give away.
const SOMEBODY: &str = "C9999";

#[cfg(test)]
mod tests {
    use proto::commerce::v1::{
        CancelReservationRequest, RegistrationWish, ReserveRequest, ReserveResponse, registration,
        reservation, reserve_request, reserve_response,
    };

    use super::super::{Ledger, Refusal};

    fn visit(key: &str, customer: &str, opening: &str) -> ReserveRequest {
        ReserveRequest {
            idempotency_key: key.to_owned(),
            customer_id: customer.to_owned(),
            wish: Some(reserve_request::Wish::OpeningId(opening.to_owned())),
        }
    }

    fn place(key: &str, customer: &str, quantity: u32, accept_waiting: bool) -> ReserveRequest {
        ReserveRequest {
            idempotency_key: key.to_owned(),
            customer_id: customer.to_owned(),
            wish: Some(reserve_request::Wish::Registration(RegistrationWish {
                launch_id: "aurora".to_owned(),
                quantity,
                accept_waiting,
            })),
        }
    }

    /// "held", "waiting 2", "taken".
    fn told(answer: &ReserveResponse) -> String {
        match &answer.outcome {
            Some(reserve_response::Outcome::Reserved(reserved)) => match &reserved.what {
                Some(reservation::What::Registration(own)) => match own.standing.as_ref().unwrap() {
                    registration::Standing::Held(_) => "held".to_owned(),
                    registration::Standing::Waiting(waiting) => format!("waiting {}", waiting.position),
                    registration::Standing::InDraw(_) => "in the draw".to_owned(),
                },
                Some(reservation::What::Appointment(_)) => "booked".to_owned(),
                None => "nothing".to_owned(),
            },
            Some(reserve_response::Outcome::Taken(_)) => "taken".to_owned(),
            None => "no answer".to_owned(),
        }
    }

    #[test]
    fn an_opening_goes_to_one_customer_and_to_a_key_once() {
        let mut ledger = Ledger::new(1);
        let opening = ledger.list_openings("grinder_repair", 1).openings.remove(0).id;
        let first = ledger.reserve(visit("k1", "C0001", &opening)).unwrap();
        assert_eq!(told(&first), "booked");
        assert_eq!(ledger.reserve(visit("k1", "C0001", &opening)), Ok(first));
        assert_eq!(
            told(&ledger.reserve(visit("k2", "C0002", &opening)).unwrap()),
            "taken"
        );
        let again = ledger.reserve(visit("k3", "C0001", &opening));
        assert!(matches!(again, Err(Refusal::NotNow(_))), "{again:?}");
        assert_eq!(
            ledger.reserve(visit("k1", "C0002", &opening)),
            Err(Refusal::KeyReused)
        );
        assert_eq!(ledger.list_reservations("C0001").reservations.len(), 1);
        let left = ledger.list_openings("grinder_repair", 100).openings;
        assert!(left.iter().all(|other| other.id != opening));
    }

    #[test]
    fn nothing_is_promised_twice_and_whoever_waits_moves_up() {
        let mut ledger = Ledger::new(1);
        for customer in 1..=6 {
            let answer = ledger.reserve(place(
                &format!("k{customer}"),
                &format!("C000{customer}"),
                2,
                false,
            ));
            assert_eq!(told(&answer.unwrap()), "held");
        }
        assert_eq!(
            told(&ledger.reserve(place("k7", "C0007", 1, false)).unwrap()),
            "taken"
        );
        assert_eq!(
            told(&ledger.reserve(place("k8", "C0007", 2, true)).unwrap()),
            "waiting 1"
        );
        assert_eq!(
            told(&ledger.reserve(place("k9", "C0008", 1, true)).unwrap()),
            "waiting 2"
        );
        let twice = ledger.reserve(place("k10", "C0001", 1, true));
        assert!(matches!(twice, Err(Refusal::NotNow(_))), "{twice:?}");
        let cancel = CancelReservationRequest {
            idempotency_key: "c1".to_owned(),
            customer_id: "C0003".to_owned(),
            reservation_id: ledger.list_reservations("C0003").reservations.remove(0).id,
        };
        let given_up = ledger.cancel_reservation(cancel.clone()).unwrap();
        assert_eq!(ledger.cancel_reservation(cancel), Ok(given_up));
        let standing = |customer| {
            let reserved = ledger.list_reservations(customer).reservations.remove(0);
            told(&ReserveResponse {
                outcome: Some(reserve_response::Outcome::Reserved(reserved)),
            })
        };
        assert_eq!(
            (standing("C0007"), standing("C0008")),
            ("held".to_owned(), "waiting 1".to_owned())
        );
    }

    #[test]
    fn more_than_a_customer_may_have_is_no_wish() {
        let mut ledger = Ledger::new(1);
        let many = ledger.reserve(place("k1", "C0001", 3, true));
        assert!(matches!(many, Err(Refusal::BadDraft(_))), "{many:?}");
        assert_eq!(
            ledger.reserve(place("k2", "nobody", 1, true)),
            Err(Refusal::NoReservation)
        );
        assert_eq!(
            ledger.reserve(visit("k3", "C0001", "tasting@1999-01-01T10:00")),
            Err(Refusal::NoReservation)
        );
    }
}
