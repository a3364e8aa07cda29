//! What no designer writes down for every question and what must hold at each: the caller hangs up,
//! falls silent, mumbles on, asks for a person, asks something else.

use engine_core::conversation::event::Outcome;

use super::dialogue::{Deed, Dialogue};
use super::play::{Cast, Play};
use super::reached::Reached;
use super::run::{Failure, acts, play_acts};

/// Plays a dialogue up to each of its turns and goes on differently. The number of calls made.
pub(super) fn sweep(cast: &Cast, dialogue: &Dialogue, reached: &mut Reached) -> Result<u32, Box<Failure>> {
    let mut calls = 0;
    for turns in 0..=acts(dialogue) {
        for (name, detour) in DETOURS {
            let (mut play, line) = play_acts(cast, dialogue, turns)?;
            if play.outcome.is_some() {
                continue;
            }
            calls += 1;
            let result = detour(&mut play).and_then(|()| settled(&play));
            reached.by(&play);
            result.map_err(|got| {
                Box::new(Failure {
                    dialogue: dialogue.name.clone(),
                    file: dialogue.file.clone(),
                    line,
                    expected: format!("after this line, {name}"),
                    got,
                    transcript: play.transcript.clone(),
                })
            })?;
        }
    }
    Ok(calls)
}

type Detour = fn(&mut Play<'_>) -> Result<(), String>;

const DETOURS: [(&str, Detour); 5] = [
    ("a hang-up ends the call", hangs_up),
    ("silence ends the call", falls_silent),
    ("mumbling leads to a person or an end", mumbles_on),
    ("a wish for a person leads to one", wants_a_person),
    (
        "another question is answered and the old one asked again",
        digresses,
    ),
];

fn hangs_up(play: &mut Play<'_>) -> Result<(), String> {
    play.caller(&Deed::HangsUp);
    Ok(())
}

fn falls_silent(play: &mut Play<'_>) -> Result<(), String> {
    go_on(play, &Deed::Silent)
}

fn mumbles_on(play: &mut Play<'_>) -> Result<(), String> {
    go_on(play, &Deed::Mumbles)
}

fn wants_a_person(play: &mut Play<'_>) -> Result<(), String> {
    if play.handover.is_some() {
        return hangs_up(play);
    }
    play.caller(&Deed::Says("agent please".to_owned(), 1.0));
    if play.handover.is_none() {
        return Err("no person is looked for".to_owned());
    }
    play.agent(true);
    Ok(())
}

/// A question about anything else may be refused, but never loses the call.
fn digresses(play: &mut Play<'_>) -> Result<(), String> {
    if play.handover.is_some() {
        return hangs_up(play);
    }
    for words in [
        "where is my order",
        "do you have the dark roast in stock",
        "repeat that please",
    ] {
        if play.outcome.is_some() || play.handover.is_some() {
            break;
        }
        play.caller(&Deed::Says(words.to_owned(), 1.0));
        if play.said.is_empty() && play.outcome.is_none() {
            return Err(format!("Hark has nothing to say to \"{words}\""));
        }
    }
    if play.outcome.is_none() {
        play.caller(&Deed::HangsUp);
    }
    Ok(())
}

/// The same thing again and again must come to an end.
fn go_on(play: &mut Play<'_>, deed: &Deed) -> Result<(), String> {
    for _ in 0..PATIENCE {
        if play.outcome.is_some() {
            return Ok(());
        }
        if play.handover.is_some() {
            play.agent(false);
        } else {
            play.caller(deed);
            if play.said.is_empty() && play.outcome.is_none() && play.handover.is_none() {
                return Err("Hark has nothing to say".to_owned());
            }
        }
    }
    match play.outcome {
        Some(_) => Ok(()),
        None => Err(format!("after {PATIENCE} times the call still goes on")),
    }
}

/// One end, and an outcome that is true.
fn settled(play: &Play<'_>) -> Result<(), String> {
    if let Some(fault) = play.faults.first() {
        return Err(fault.clone());
    }
    let placed = play.stage.placed() > 0;
    match play.outcome {
        None => Err("the call has no end".to_owned()),
        Some(Outcome::OrderChanged) if play.stage.changes().is_empty() => {
            Err("the outcome is a change, and the shop has made none".to_owned())
        }
        Some(Outcome::Reserved) if play.stage.reservations().is_empty() => {
            Err("the outcome is a reservation, and the shop has none".to_owned())
        }
        Some(Outcome::OrderPlaced) if !placed => {
            Err("the outcome is an order, and the shop has none".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// Three failures lead from a question to a person, three silences to the end; some questions follow.
const PATIENCE: u32 = 24;
