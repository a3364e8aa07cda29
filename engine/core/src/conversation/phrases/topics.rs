//! What a flow is about, whatever is wanted of it: who says "my subscription" orders nothing beside it, however the
//! wish is worded.

use super::phrase::Said;
use super::{Phrase, Phrases};
use crate::conversation::document::Scope;
use crate::nlu::decision::{Decision, Evidence, ScoredIntent};
use crate::nlu::intent::{ORDER_DRINK, OUT_OF_SCOPE};
use crate::units::Confidence;

/// What names it, for an intent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Topic {
    intent: String,
    phrase: Phrase,
    /// What gives way to it however surely it is heard.
    takes_from: Vec<String>,
}

impl Phrases {
    /// Reads `topics` of a flow, for the first of its intents.
    pub(super) fn read_topics(&mut self, scope: &Scope<'_>, intent: Option<&str>) {
        let takes_from: Vec<String> = scope
            .words("takes_from")
            .into_iter()
            .map(|word| word.text)
            .collect();
        for line in scope.words("topics") {
            let read = intent.map_or_else(
                || Err("which intent do they mean? Name it: intents = [\"store_hours\"]".to_owned()),
                |intent| Ok((intent, super::phrases_of(scope.file(), &line)?)),
            );
            match read {
                Ok((intent, phrases)) => {
                    let topics = phrases.into_iter().map(|phrase| Topic {
                        intent: intent.to_owned(),
                        phrase,
                        takes_from: takes_from.clone(),
                    });
                    self.topics.extend(topics);
                }
                Err(why) => scope.blame_line(line.line, "topics", &why),
            }
        }
    }

    /// What these words are about, where the model is in doubt, hears an order, or what the flow takes its callers from:
    /// an intent, and what names it.
    pub(super) fn topic(&self, decision: &Decision, words: &[&str], said: &Said) -> Option<(&str, &Phrase)> {
        let best = decision.intent();
        let yields = best.is_none_or(|best| {
            ORDERING.contains(&best.name.as_str()) || best.confidence.get() < SURE_ELSEWHERE
        });
        let taken = |topic: &Topic| best.is_some_and(|best| topic.takes_from.contains(&best.name));
        let mut topics = self.topics.iter().filter(|topic| yields || taken(topic));
        let found = topics.find(|topic| topic.phrase.found_in(words, said).is_some())?;
        Some((found.intent.as_str(), &found.phrase))
    }
}

/// The decision for such an intent.
pub(super) fn about(mut decision: Decision, name: &str, phrase: &Phrase) -> Decision {
    let heard = decision.recognition.unwrap_or(decision.confidence);
    decision.confidence = Confidence::new(heard.get() * SURE);
    decision.evidence = vec![Evidence {
        word: phrase.text(),
        weight: SURE,
    }];
    decision.decided_by = format!("topic:{name}");
    decision.intents.retain(|other| other.name != name);
    let meant = ScoredIntent {
        name: name.to_owned(),
        confidence: Confidence::new(SURE),
    };
    decision.intents.insert(0, meant);
    decision
}

/// What the model takes goods, or nothing that it knows, for.
const ORDERING: &[&str] = &["reorder", ORDER_DRINK, OUT_OF_SCOPE];
/// So sure of another wish, the model is believed.
const SURE_ELSEWHERE: f32 = 0.6;
const SURE: f32 = 0.8;

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(text: &str, model: &str, sure: f32) -> String {
        let phrases = Phrases {
            topics: vec![Topic {
                intent: "subscription".to_owned(),
                phrase: Phrase::new("my subscription"),
                takes_from: vec!["return_exchange".to_owned()],
            }],
            ..Phrases::default()
        };
        let decision = phrases.hear(Decision {
            text: text.to_owned(),
            intents: vec![ScoredIntent {
                name: model.to_owned(),
                confidence: Confidence::new(sure),
            }],
            decided_by: "intent-linear@1".to_owned(),
            ..Decision::default()
        });
        decision
            .intent()
            .map(|best| best.name.clone())
            .unwrap_or_default()
    }

    #[test]
    fn who_speaks_of_it_orders_nothing_beside_it() {
        let check = |text: &str, model: &str, sure: f32, expect: &str| {
            assert_eq!(hear(text, model, sure), expect, "{text}");
        };
        let swap = "could my subscription be the kenya from now on";
        check(swap, "reorder", 0.97, "subscription");
        check(swap, OUT_OF_SCOPE, 0.97, "subscription");
        check(swap, "order_status", 0.5, "subscription");
        check(swap, "order_status", 0.9, "order_status");
        check(swap, "return_exchange", 0.9, "subscription");
        check("a subscription to the opera", "reorder", 0.9, "reorder");
        check("don't change my subscription", "reorder", 0.9, "reorder");
    }
}
