//! What the shop can be visited for and what it launches: a table for reading, and days that move with today.

use engine_core::civil::{Date, Weekday};
use proto::commerce::v1::{Opening, Service};
use proto::common::v1 as common;

/// Something that one comes to the shop for.
#[derive(Debug)]
pub struct Visit {
    pub id: &'static str,
    /// With its article.
    pub name: &'static str,
    /// Every word stands in the CMU dictionary.
    pub spoken: &'static [&'static str],
    days: &'static [Weekday],
    /// Hour and minute.
    times: &'static [(u32, u32)],
    /// How many customers can come at a time.
    pub places: usize,
}

/// Something of which there are few.
#[derive(Debug)]
pub struct Rarity {
    pub id: &'static str,
    pub name: &'static str,
    pub spoken: &'static [&'static str],
    pub customer_limit: u32,
    /// Days from the shop's first day until it can be had.
    pub available_in: u32,
    pub handed_out: HandedOut,
}

#[derive(Debug, Clone, Copy)]
pub enum HandedOut {
    /// So many to whoever comes first.
    FirstCome(u32),
    /// By a draw so many days after the shop's first day.
    Draw(u32),
}

pub const VISITS: &[Visit] = &[
    Visit {
        id: "grinder_repair",
        name: "a grinder repair",
        spoken: &[
            "grinder repair",
            "repair",
            "bring my grinder in",
            "my grinder",
            "fix my grinder",
            "have my grinder repaired",
        ],
        days: &[
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
        ],
        times: &[(10, 0), (14, 0), (16, 30)],
        places: 1,
    },
    Visit {
        id: "tasting",
        name: "a tasting",
        spoken: &["tasting", "coffee tasting", "tasting session"],
        days: &[Weekday::Wednesday, Weekday::Friday, Weekday::Saturday],
        times: &[(11, 0), (15, 0), (18, 0)],
        places: 6,
    },
];

pub const RARITIES: &[Rarity] = &[
    Rarity {
        id: "aurora",
        name: "the new Aurora single origin",
        spoken: &[
            "the new single origin",
            "new single origin",
            "the aurora",
            "single origin",
        ],
        customer_limit: 2,
        available_in: 9,
        handed_out: HandedOut::FirstCome(12),
    },
    Rarity {
        id: "anniversary",
        name: "the anniversary grinder",
        spoken: &[
            "anniversary grinder",
            "the special grinder",
            "the limited grinder",
        ],
        customer_limit: 1,
        available_in: 16,
        handed_out: HandedOut::Draw(6),
    },
];

impl Visit {
    pub fn to_service(&self) -> Service {
        Service {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            spoken_names: self.spoken.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Its openings after today, taken or not, the soonest first.
    pub fn openings(&'static self, today: Date) -> impl Iterator<Item = Opening> {
        let days = (1..=AHEAD_DAYS).map(move |ahead| today.plus(ahead));
        days.filter(|date| self.days.contains(&date.weekday()))
            .flat_map(move |date| self.times.iter().map(move |time| self.opening(date, *time)))
    }

    fn opening(&self, date: Date, (hour, minute): (u32, u32)) -> Opening {
        Opening {
            id: format!("{}@{date}T{hour:02}:{minute:02}", self.id),
            service_id: self.id.to_owned(),
            date: Some(day(date)),
            time: Some(common::TimeOfDay { hour, minute }),
        }
    }
}

/// The visit of an opening, by the opening's id.
pub fn visit_of(opening_id: &str) -> Option<&'static Visit> {
    let (id, _) = opening_id.split_once('@')?;
    VISITS.iter().find(|visit| visit.id == id)
}

pub fn rarity(id: &str) -> Option<&'static Rarity> {
    RARITIES.iter().find(|rarity| rarity.id == id)
}

/// A day as the contract has it.
pub const fn day(date: Date) -> common::Date {
    common::Date {
        year: date.year(),
        month: date.month(),
        day: date.day(),
    }
}

/// A day of the contract, if there is such a one.
pub fn date(day: common::Date) -> Option<Date> {
    Date::new(day.year, day.month, day.day)
}

/// For sorting.
pub fn soonest(opening: &Opening) -> (u32, u32, u32, u32, u32) {
    let (date, time) = (opening.date.unwrap_or_default(), opening.time.unwrap_or_default());
    (date.year, date.month, date.day, time.hour, time.minute)
}

/// The day that books of tests begin on: a Wednesday.
pub fn first_day() -> Date {
    Date::parse(FIRST_DAY).unwrap_or(Date::EPOCH)
}

const FIRST_DAY: &str = "2026-03-04";
const AHEAD_DAYS: u32 = 14;
