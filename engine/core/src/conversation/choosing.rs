//! What callers may say to choose among appointments, reservations and launches.

use std::collections::BTreeMap;

use crate::civil::Date;
use crate::conversation::advising::Advising;
use crate::conversation::expecting::{ORDINALS, at_place, item_candidate};
use crate::conversation::reserving::Reserving;
use crate::conversation::spoken::{day, reservation};
use crate::nlu::preference;
use crate::nlu::slots::{ALL, WISH};
use crate::nlu::when::Part;
use crate::shop::{Catalogue, Item, Launch, Opening, Reservation, Reserved, Service};
use crate::speech::expectation::Candidate;
use crate::units::Money;

/// Answers to "which of these openings?" that are none of them: another time, and how one says so.
pub(crate) const OTHER_OPENINGS: &[(&str, &[&str])] = &[
    (
        "later",
        &["something later", "later", "anything later", "a later one"],
    ),
    (
        "earlier",
        &[
            "something earlier",
            "earlier",
            "anything earlier",
            "an earlier one",
            "something sooner",
            "anything sooner",
        ],
    ),
    (
        "none_suits",
        &[
            "none of them",
            "none of those",
            "none of these",
            "neither",
            "nothing suits",
        ],
    ),
    ("another_time", ANOTHER_TIME),
];

/// Answers to "which of these?" that are none of what was advised, besides wishes.
pub(crate) const OTHER_ADVICE: &[(&str, &[&str])] = &[
    (
        "more",
        &[
            "tell me more",
            "tell me more about it",
            "tell me about it",
            "tell me about",
            "more about it",
            "more about",
            "what's it like",
            "what is it like",
            "what does it taste like",
            "how does it taste",
            "how much is it",
            "how much is",
            "what does it cost",
        ],
    ),
    (
        "others",
        &[
            "something else",
            "anything else",
            "what else do you have",
            "what else",
            "any others",
            "another one",
            "none of them",
            "none of those",
            "neither of them",
            "neither",
            "not those",
        ],
    ),
];

/// What is advised first, so that it can be counted; then the other answers and how one words a wish.
pub(crate) fn advice(known: &Advising, catalogue: &Catalogue) -> Vec<Candidate> {
    let several = known.offered.len() > 1;
    let items = known
        .offered
        .iter()
        .filter_map(|ranked| catalogue.item(&ranked.sku));
    let prices: Vec<Money> = items.map(|item| item.price).collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (at, ranked) in known.offered.iter().enumerate() {
        let Some(item) = catalogue.item(&ranked.sku) else {
            continue;
        };
        let mut choice = item_candidate(&item.sku, &item.name, catalogue);
        if several {
            // "Two of the first one" is no number two.
            let places = at_place(at).into_iter().filter(|form| !form.contains("number"));
            choice.spoken.extend(places);
            choice.spoken.extend(of_price(item, &prices));
            if at + 1 == known.offered.len() {
                choice
                    .spoken
                    .extend(["the last one".to_owned(), "the latter".to_owned()]);
            }
        } else {
            choice
                .spoken
                .extend(THAT_ONE.iter().map(|form| (*form).to_owned()));
        }
        candidates.push(choice);
    }
    if several {
        let both = ["both", "both of them"].map(str::to_owned);
        candidates.push(candidate(ALL, both.to_vec()));
    }
    let others = OTHER_ADVICE.iter().map(|(value, forms)| {
        let spoken = forms.iter().map(|form| (*form).to_owned());
        candidate(value, spoken.collect())
    });
    candidates.extend(others);
    let wishes = preference::worded()
        .flat_map(|form| ["", "something ", "anything "].map(|before| format!("{before}{form}")));
    candidates.push(candidate(WISH, wishes.collect()));
    candidates
}

/// How one means it by its price, where that tells it from the others.
fn of_price(item: &Item, prices: &[Money]) -> Vec<String> {
    let alone = prices.iter().filter(|price| **price == item.price).count() == 1;
    let cheapest = prices.iter().min() == Some(&item.price);
    let dearest = prices.iter().max() == Some(&item.price);
    let forms: &[&str] = match (alone, cheapest, dearest) {
        (true, true, _) => &[
            "the cheaper one",
            "the cheapest one",
            "the cheapest",
            "the less expensive one",
        ],
        (true, _, true) => &["the more expensive one", "the dearer one"],
        (_, _, _) => &[],
    };
    forms.iter().map(|form| (*form).to_owned()).collect()
}

/// How one means the only thing on offer.
const THAT_ONE: &[&str] = &[
    "that one",
    "that",
    "it",
    "i'll take it",
    "i'll take that",
    "order it",
    "order that",
    "order that one",
];

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

/// The openings on offer first, so that they can be counted; then the other answers.
pub(crate) fn openings(known: &Reserving) -> Vec<Candidate> {
    let today = known.today;
    let forms: Vec<Vec<String>> = known
        .offered
        .iter()
        .map(|opening| opening_forms(opening, today))
        .collect();
    let mut uses: BTreeMap<&String, u32> = BTreeMap::new();
    for form in forms.iter().flatten() {
        *uses.entry(form).or_default() += 1;
    }
    let own = |form: &&String| uses.get(*form) == Some(&1);
    let mut candidates: Vec<Candidate> = Vec::new();
    for (at, (opening, forms)) in known.offered.iter().zip(&forms).enumerate() {
        let mut spoken = at_place(at);
        if at > 0 && at + 1 == known.offered.len() {
            spoken.extend(["the last one".to_owned(), "the last".to_owned()]);
        }
        spoken.extend(forms.iter().filter(own).cloned());
        spoken.dedup();
        candidates.push(candidate(opening.id.as_str(), spoken));
    }
    let free = |form: &&&str| !forms.iter().flatten().any(|own| own == **form);
    let others = OTHER_OPENINGS.iter().map(|(value, forms)| {
        let spoken = forms.iter().filter(free).map(|form| (*form).to_owned());
        candidate(value, spoken.collect())
    });
    candidates.extend(others);
    candidates
}

/// "friday", "friday at ten", "friday morning", "ten o'clock", "in the morning".
fn opening_forms(opening: &Opening, today: Option<Date>) -> Vec<String> {
    let weekday = day::weekday(opening.date.weekday()).to_lowercase();
    let ahead = today.map(|today| opening.date.days_from(today));
    let mut days = vec![weekday];
    match ahead {
        Some(0) => days.push("today".to_owned()),
        Some(1) => days.push("tomorrow".to_owned()),
        Some(_) | None => days.push(format!("the {}", day::ordinal(opening.date.day()))),
    }
    let clock = day::clock(opening.time);
    let part = match Part::of(opening.time) {
        Part::Morning => "morning",
        Part::Afternoon => "afternoon",
        Part::Evening => "evening",
    };
    let mut forms = vec![
        clock.clone(),
        format!("at {clock}"),
        format!("the {clock} one"),
        format!("{clock} in the {part}"),
        format!("{part}"),
        format!("in the {part}"),
        format!("the {part} one"),
    ];
    if opening.time.minute() == 0 {
        forms.push(format!("{clock} o'clock"));
    }
    for day in days {
        forms.extend([
            format!("on {day}"),
            format!("{day} at {clock}"),
            format!("{day} {part}"),
            format!("{day} {part} at {clock}"),
            format!("the {day} one"),
            day,
        ]);
    }
    forms
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

/// Days and times that were not on offer. Which is meant is read from the words themselves.
const ANOTHER_TIME: &[&str] = &[
    "another day",
    "another time",
    "a different day",
    "a different time",
    "today",
    "tomorrow",
    "the day after tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "on monday",
    "on tuesday",
    "on wednesday",
    "on thursday",
    "on friday",
    "on saturday",
    "on sunday",
    "next monday",
    "next tuesday",
    "next wednesday",
    "next thursday",
    "next friday",
    "next saturday",
    "next sunday",
    "tomorrow morning",
    "tomorrow afternoon",
    "monday morning",
    "monday afternoon",
    "tuesday morning",
    "tuesday afternoon",
    "wednesday morning",
    "wednesday afternoon",
    "thursday morning",
    "thursday afternoon",
    "friday morning",
    "friday afternoon",
    "saturday morning",
    "saturday afternoon",
    "in the morning",
    "in the afternoon",
    "in the evening",
    "this week",
    "next week",
    "at the weekend",
    "on the weekend",
];
