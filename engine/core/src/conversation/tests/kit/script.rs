//! Lines of a script, read.

use crate::conversation::event::{Event, TransferResult};
use crate::nlu::decision::{Answer, Decision, ScoredIntent, Slot, SlotValue};
use crate::units::Confidence;

pub(super) fn special_event(text: &str) -> Event {
    match text {
        "silence" => Event::Silence,
        "mumble" => Event::NotUnderstood,
        "hang up" => Event::HungUp,
        "agent free" => Event::Transfer(TransferResult::Connected),
        "nobody free" => Event::Transfer(TransferResult::NobodyFree),
        "waiting" => Event::StillWaiting,
        other => Event::Keyed(other.strip_prefix("key ").expect("a known event").to_owned()),
    }
}

pub(super) fn decision(line: &str) -> Decision {
    let (words, meaning) = line.split_once(" = ").unwrap_or((line, ""));
    let mut decision = Decision {
        text: words.to_lowercase().replace([',', '.', '?', '!'], ""),
        confidence: Confidence::new(0.95),
        decided_by: "test".to_owned(),
        ..Decision::default()
    };
    for token in meaning.split_whitespace() {
        match token.split_once(':') {
            None if token == "yes" => decision.answer = Some(Answer::Yes),
            None if token == "no" => decision.answer = Some(Answer::No),
            None if token == "~" => decision.correction = true,
            None if token == "disputed" => decision.disputed = true,
            None if token.starts_with('^') => {
                decision.recognition = Some(Confidence::new(token.trim_start_matches('^').parse().unwrap()));
            }
            None => decision.confidence = Confidence::new(token.trim_start_matches('@').parse().unwrap()),
            Some(("intent", name)) => {
                let (name, sure) = name.split_once('@').unwrap_or((name, "0.9"));
                let confidence = Confidence::new(sure.parse().unwrap());
                decision.intents.push(ScoredIntent {
                    name: name.to_owned(),
                    confidence,
                });
            }
            // As a model's decisions are marked.
            Some(("by", name)) => decision.decided_by = format!("{name}@test"),
            Some((name, value)) => decision.slots.push(slot(name, value)),
        }
    }
    decision
}

fn slot(name: &str, value: &str) -> Slot {
    let value = match name {
        "quantity" => SlotValue::Number(value.parse().unwrap()),
        "digits" => SlotValue::Digits(value.to_owned()),
        _ => SlotValue::Text(value.replace('+', " ")),
    };
    Slot {
        name: name.to_owned(),
        value,
        span: String::new(),
        confidence: Confidence::new(0.95),
    }
}
