//! What the caller wants: an intent with calibrated probability and the words that decided.

use super::decision::{Evidence, ScoredIntent};
use super::normalize::Words;
use crate::units::Confidence;

/// The ranked intents of an utterance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Classified {
    /// Best first.
    pub intents: Vec<ScoredIntent>,
    pub evidence: Vec<Evidence>,
}

/// First version: telling phrases.
pub fn classify(words: &Words) -> Classified {
    let text = format!(" {} ", words.text());
    let mut intents: Vec<ScoredIntent> = Vec::new();
    let mut evidence = Vec::new();
    for (phrase, intent, weight) in PHRASES {
        if text.contains(&format!(" {phrase} ")) {
            evidence.push(Evidence {
                word: (*phrase).to_owned(),
                weight: *weight,
            });
            match intents.iter_mut().find(|i| i.name == *intent) {
                Some(known) => known.confidence = Confidence::new(known.confidence.get() + weight * 0.5),
                None => intents.push(ScoredIntent {
                    name: (*intent).to_owned(),
                    confidence: Confidence::new(*weight),
                }),
            }
        }
    }
    if intents.is_empty() {
        intents.push(ScoredIntent {
            name: "out_of_scope".to_owned(),
            confidence: Confidence::new(0.6),
        });
    }
    intents.sort_by(|a, b| b.confidence.get().total_cmp(&a.confidence.get()));
    Classified { intents, evidence }
}

const PHRASES: &[(&str, &str, f32)] = &[
    ("reorder", "reorder", 0.95),
    ("order again", "reorder", 0.9),
    ("place an order", "reorder", 0.9),
    ("to order", "reorder", 0.7),
    ("last order", "reorder", 0.6),
    ("the usual", "reorder", 0.9),
    ("my usual", "reorder", 0.9),
    ("same again", "reorder", 0.9),
    ("bags", "reorder", 0.5),
    ("where is my", "order_status", 0.95),
    ("where's my", "order_status", 0.95),
    ("status", "order_status", 0.8),
    ("track", "order_status", 0.8),
    ("shipped", "order_status", 0.8),
    ("arrive", "order_status", 0.8),
    ("my order is", "order_status", 0.5),
    ("cancel", "cancel", 0.9),
    ("return", "return_exchange", 0.85),
    ("refund", "return_exchange", 0.9),
    ("exchange", "return_exchange", 0.85),
    ("agent", "speak_to_agent", 0.9),
    ("human", "speak_to_agent", 0.9),
    ("representative", "speak_to_agent", 0.9),
    ("operator", "speak_to_agent", 0.9),
    ("talk to", "speak_to_agent", 0.7),
    ("speak to", "speak_to_agent", 0.7),
    ("repeat", "repeat", 0.8),
    ("in stock", "product_question", 0.9),
    ("do you have", "product_question", 0.7),
    ("how much", "product_question", 0.7),
    ("goodbye", "goodbye", 0.9),
    ("bye", "goodbye", 0.9),
    ("help", "help", 0.5),
];
