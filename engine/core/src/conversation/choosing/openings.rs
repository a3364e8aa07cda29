//! What callers may say to the times on offer: one of them by day, hour or place, or another time.

use std::collections::BTreeMap;

use super::candidate;
use crate::civil::Date;
use crate::conversation::expecting::at_place;
use crate::conversation::reserving::Reserving;
use crate::conversation::spoken::day;
use crate::nlu::dates::moment::Part;
use crate::shop::Opening;
use crate::speech::expectation::Candidate;

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
