//! One call as a story: what an operator reads at three in the morning.

use std::fmt::Write;

use engine_core::call::record::{Heard, TurnLatency, TurnRecord};
use engine_core::conversation::confirm::ConfirmedBy;
use engine_core::nlu::decision::{Answer, Decision, SlotValue};
use engine_core::shop::{
    ChangeKind, Commitment, OrderChange, OrderLine, Reschedule, Reserved, Standing, Wish,
};
use engine_core::speech::recognition::RecogniserKind;

use super::clock;
use crate::store::calls::CallRow;
use crate::store::orders::{OrderRow, Settlement, StoredPromise};

/// Words of evidence that are shown; the strongest come first.
const EVIDENCE_MAX: usize = 6;

/// The whole call.
pub(super) fn story(call: &CallRow, turns: &[TurnRecord], orders: &[OrderRow]) -> String {
    let mut lines = Lines::default();
    head(&mut lines, call);
    for turn in turns {
        tell_turn(&mut lines, turn);
    }
    if !orders.is_empty() {
        lines.line("");
        lines.line("orders");
        for order in orders {
            tell_order(&mut lines, order);
        }
    }
    lines.0
}

/// Text that grows line by line.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, text: impl AsRef<str>) {
        self.0.push_str(text.as_ref());
        self.0.push('\n');
    }

    /// A line with a word in the margin.
    fn item(&mut self, label: &str, text: impl AsRef<str>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "    {label:<9} {}", text.as_ref());
    }
}

fn head(lines: &mut Lines, call: &CallRow) {
    let length = call.duration_ms.map_or("still going on".to_owned(), |ms| {
        format!("{} long", clock::length(ms))
    });
    lines.line(format!("call {}", call.id));
    lines.item("when", format!("{} UTC, {length}", clock::utc(call.started_ms)));
    lines.item(
        "who",
        format!(
            "{} to {} over {} ({})",
            call.caller, call.dialled, call.trunk, call.protocol
        ),
    );
    if let Some(outcome) = &call.outcome {
        let ended_by = call.ended_by.as_deref().unwrap_or("unknown");
        lines.item("outcome", format!("{outcome}; ended by: {ended_by}"));
    }
    if let Some(media) = &call.media {
        let barge_ins = call.barge_ins.unwrap_or_default();
        lines.item(
            "line",
            format!(
                "{} packets in ({} lost, {} late, {} frames concealed), {} out, jitter {:.1} ms, barge-ins: {barge_ins}",
                media.received_packets,
                media.lost_packets,
                media.late_packets,
                media.concealed_frames,
                media.sent_packets,
                media.jitter_ms
            ),
        );
    }
    if let Some(recording) = &call.recording {
        lines.item("recording", recording);
    }
    if let Some(talk) = call.talk.as_deref().filter(|talk| !talk.is_empty()) {
        lines.item("flows", format!("version {talk}"));
    }
    if let Some(versions) = &call.versions {
        let all = [&versions.policy, &versions.understanding, &versions.hearing];
        let known: Vec<&str> = all
            .into_iter()
            .map(String::as_str)
            .filter(|one| !one.is_empty())
            .collect();
        lines.item("with", known.join(", "));
    }
}

fn tell_turn(lines: &mut Lines, turn: &TurnRecord) {
    lines.line("");
    lines.line(format!(
        "turn {} at {}, step {}",
        turn.turn,
        clock::length(turn.at_ms),
        turn.step
    ));
    if let Some(heard) = heard(&turn.heard) {
        lines.item("caller", heard);
    }
    if let Some(decision) = &turn.decision {
        tell_decision(lines, decision);
    }
    for note in &turn.notes {
        let step = if note.step == turn.step {
            String::new()
        } else {
            format!(" [{}]", note.step)
        };
        let label = if note.choice.is_some() { "policy" } else { "note" };
        let file = note
            .choice
            .as_ref()
            .map_or_else(String::new, |choice| format!(" [{}]", choice.policy));
        lines.item(label, format!("{}: {}{file}{step}", note.what, note.why));
    }
    for sentence in &turn.said {
        lines.item("hark", format!("\"{sentence}\""));
    }
    let time = latency(&turn.latency);
    if !time.is_empty() {
        lines.item("time", time);
    }
}

fn heard(heard: &Heard) -> Option<String> {
    match heard {
        Heard::Nothing => None,
        Heard::Silence => Some("(said nothing)".to_owned()),
        Heard::Unrecognised => Some("(spoke, and nobody could make it out)".to_owned()),
        Heard::Keys { digits } => Some(format!("pressed {digits}")),
        Heard::Speech {
            recogniser,
            transcript,
        } => {
            let by = match recogniser {
                RecogniserKind::Grammar => "grammar",
                RecogniserKind::Whisper => "whisper",
                RecogniserKind::Remote => "remote",
                RecogniserKind::Scripted => "given",
            };
            Some(format!(
                "\"{}\" ({by}, {})",
                transcript.text, transcript.confidence
            ))
        }
    }
}

fn tell_decision(lines: &mut Lines, decision: &Decision) {
    let mut parts = Vec::new();
    match decision.answer {
        Some(Answer::Yes) => parts.push("yes".to_owned()),
        Some(Answer::No) => parts.push("no".to_owned()),
        None => {}
    }
    if decision.correction {
        parts.push("a correction".to_owned());
    }
    let mut intents = decision
        .intents
        .iter()
        .map(|intent| format!("{} {}", intent.name, intent.confidence));
    parts.extend(intents.next());
    if parts.is_empty() {
        parts.push("nothing".to_owned());
    }
    let runner_up = match intents.next() {
        Some(intent) => format!("; runner-up {intent}"),
        // A rule has no runner-up; the model keeps none so unlikely.
        None if decision.decided_by.starts_with("intent-linear") => "; no runner-up above 0.01".to_owned(),
        None => String::new(),
    };
    let (meaning, sure, by) = (parts.join(", "), decision.confidence, &decision.decided_by);
    let parts = decision.recognition.map_or_else(String::new, |heard| {
        let understood = (sure.get() / heard.get().max(f32::MIN_POSITIVE)).min(1.0);
        format!(" (heard {heard}, understood {understood:.2})")
    });
    let disputed = if decision.disputed {
        ", the recognisers differed"
    } else {
        ""
    };
    lines.item(
        "decided",
        format!("{meaning}{runner_up}; sure {sure}{parts}{disputed}, by {by}"),
    );
    let evidence = decision.evidence.iter().take(EVIDENCE_MAX);
    let evidence: Vec<String> = evidence
        .map(|one| format!("{} {:+.2}", one.word, one.weight))
        .collect();
    if !evidence.is_empty() {
        lines.item("because", evidence.join(", "));
    }
    for slot in &decision.slots {
        let value = match &slot.value {
            SlotValue::Text(text) | SlotValue::Digits(text) => text.clone(),
            SlotValue::Number(number) => number.to_string(),
        };
        lines.item(
            "slot",
            format!(
                "{} = {value} (from \"{}\", {})",
                slot.name, slot.span, slot.confidence
            ),
        );
    }
}

fn latency(latency: &TurnLatency) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, ms: Option<u32>| parts.extend(ms.map(|ms| format!("{name} {ms} ms")));
    part("reply after", latency.reply_ms);
    part("recognition", latency.recognition_ms);
    part("shop", latency.action_ms);
    part("endpoint", latency.endpoint_ms);
    if latency.fillers > 0 {
        parts.push(format!("said {} times that it takes a moment", latency.fillers));
    }
    let reason = latency
        .endpoint_reason
        .as_ref()
        .map(|reason| format!(" ({reason})"));
    parts.join(", ") + &reason.unwrap_or_default()
}

fn things(lines: &[OrderLine]) -> String {
    let things = lines.iter().map(|line| {
        let options: Vec<&str> = line.options.iter().map(|(_, value)| value.as_str()).collect();
        let options = if options.is_empty() {
            String::new()
        } else {
            format!(" ({})", options.join(", "))
        };
        format!("{} x {}{options}", line.quantity, line.name)
    });
    things.collect::<Vec<_>>().join(", ")
}

fn tell_order(lines: &mut Lines, order: &OrderRow) {
    let wanted = match &order.draft {
        Commitment::Change(change) => wanted_change(change),
        Commitment::Reservation(wish) => wanted_reservation(&wish.reservation),
        Commitment::Order(draft) => {
            let to = draft.address.as_ref().map(|address| format!(", to {address}"));
            let on = draft.day.map(|day| format!(", on {day}"));
            let what = things(&draft.lines);
            format!("{what}{}{}", to.unwrap_or_default(), on.unwrap_or_default())
        }
    };
    lines.item("wanted", wanted);
    let (yes, terms) = match &order.confirmed_by {
        ConfirmedBy::Voice { words, sure, terms } if sure.is_empty() => {
            (format!("by voice: \"{words}\""), terms)
        }
        ConfirmedBy::Voice { words, sure, terms } => (format!("by voice: \"{words}\", sure {sure}"), terms),
        ConfirmedBy::Twice {
            plain,
            named,
            sure,
            terms,
        } => (
            format!("by voice: \"{plain}\" and \"{named}\", sure {sure}"),
            terms,
        ),
        ConfirmedBy::LetStand { words, sure, terms } => {
            let yes = format!("by voice: \"{words}\", sure {sure}, let stand when said back");
            (yes, terms)
        }
        ConfirmedBy::Keypad { digit, terms } => (format!("by key {digit}"), terms),
    };
    lines.item("confirmed", yes);
    if !terms.is_empty() {
        lines.item("terms", terms);
    }
    let sent = order.attempts;
    match &order.settlement {
        Some(settlement) => lines.item("became", format!("{}; attempts: {sent}", settled(settlement))),
        None => {
            let why = order.last_error.as_deref().unwrap_or("not sent yet");
            lines.item(
                "became",
                format!("NOT KNOWN YET; attempts: {sent}, the outbox goes on: {why}"),
            );
        }
    }
    lines.item("key", order.key.as_str());
}

fn wanted_change(change: &OrderChange) -> String {
    let of = format!("to {} order {}", change.change.name(), change.order);
    match &change.change {
        ChangeKind::Cancel | ChangeKind::Pause | ChangeKind::Resume | ChangeKind::Skip => of,
        ChangeKind::Reschedule(Reschedule::NextOn(date)) => format!("{of} to {date}"),
        ChangeKind::Reschedule(Reschedule::Every(days)) => format!("{of} to {days} days"),
        ChangeKind::Return(wish) => {
            let back = things(&wish.lines);
            let instead = match wish.instead.as_slice() {
                [] => "the money".to_owned(),
                lines => things(lines),
            };
            format!("{of}: {back}, {:?}, for {instead}", wish.reason)
        }
        ChangeKind::Amend(lines) => format!("{of} to {}", things(lines)),
    }
}

fn wanted_reservation(wish: &Wish) -> String {
    match wish {
        Wish::Appointment { opening, service } => {
            format!("to book {service} on {} at {}", opening.date, opening.time)
        }
        Wish::Registration {
            name,
            quantity,
            waiting,
            ..
        } => {
            let list = if *waiting { ", on the waiting list" } else { "" };
            format!("to register for {quantity} of {name}{list}")
        }
        Wish::Cancel(reservation) => format!("to give up {}", reserved(&reservation.what)),
    }
}

fn reserved(what: &Reserved) -> String {
    match what {
        Reserved::Appointment { opening, service } => {
            format!("{service} on {} at {}", opening.date, opening.time)
        }
        Reserved::Registration {
            name,
            quantity,
            standing,
            ..
        } => {
            let standing = match standing {
                Standing::Held => "kept".to_owned(),
                Standing::Waiting { position } => format!("waiting, number {position}"),
                Standing::InDraw { on } => format!("in the draw of {on}"),
            };
            format!("{quantity} of {name}, {standing}")
        }
    }
}

fn settled(settlement: &Settlement) -> String {
    match settlement {
        Settlement::Reserved { receipt } => {
            let done = if receipt.given_up { "given up" } else { "reserved" };
            format!("{done}: {}", reserved(&receipt.reservation.what))
        }
        Settlement::Taken => "nothing: others were faster".to_owned(),
        Settlement::Placed {
            number,
            total,
            promise,
            ..
        } => {
            let promise = match promise {
                StoredPromise::DeliveryDays(days) => format!("delivery in {days} days"),
                StoredPromise::DeliveryOn(date) => format!("delivery on {date}"),
                StoredPromise::PickupMinutes(minutes) => format!("pick-up in {minutes} minutes"),
            };
            format!("order {number}, total {total}, {promise}")
        }
        Settlement::Changed {
            number,
            change,
            due_in_days,
            ..
        } => {
            let next = due_in_days.map_or(String::new(), |days| format!(", next in {days} days"));
            format!("order {number}: {} done{next}", change.name())
        }
        Settlement::OutOfStock { sku, available } => {
            format!("nothing: {sku} is out of stock ({available} left)")
        }
        Settlement::Refused { why } => format!("nothing: the shop refused: {why}"),
    }
}
