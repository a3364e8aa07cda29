//! Keys pressed by the caller, gathered until they answer what was asked.

use std::time::{Duration, Instant};

use crate::speech::expectation::Expectation;

/// The longest key string kept; the oldest keys go first.
const KEYS_MAX: usize = 32;

/// Keys this soon after an answer belong to the same burst of typing: a caller who types an order number
/// at a yes/no question must not confirm the next read-back with one of its ones.
const TYPED_ON: Duration = Duration::from_millis(800);

/// Collects keys for one question.
#[derive(Debug, Default)]
pub(super) struct Keypad {
    keys: String,
    /// The last key of a burst that has already given its answer.
    answered: Option<Instant>,
}

impl Keypad {
    /// Takes one key; gives the whole answer when it is complete.
    pub(super) fn press(&mut self, now: Instant, key: char, expectation: &Expectation) -> Option<String> {
        if self
            .answered
            .is_some_and(|last| now.saturating_duration_since(last) < TYPED_ON)
        {
            self.answered = Some(now);
            return None;
        }
        self.answered = None;
        let answer = self.add(key, expectation);
        if answer.is_some() {
            self.answered = Some(now);
        }
        answer
    }

    fn add(&mut self, key: char, expectation: &Expectation) -> Option<String> {
        if self.keys.len() >= KEYS_MAX {
            self.keys.remove(0);
        }
        let wanted = wanted_keys(expectation);
        if key == '#' && wanted > 1 {
            return self.take();
        }
        self.keys.push(key);
        if self.keys.len() >= wanted {
            self.take()
        } else {
            None
        }
    }

    /// The caller has stopped pressing: what is there is the answer.
    pub(super) fn take(&mut self) -> Option<String> {
        if self.keys.is_empty() {
            None
        } else {
            Some(std::mem::take(&mut self.keys))
        }
    }

    /// Another question: what was pressed for the last one no longer counts.
    pub(super) fn clear(&mut self) {
        self.keys.clear();
    }
}

/// How many keys answer the question without a closing `#`.
fn wanted_keys(expectation: &Expectation) -> usize {
    match expectation {
        Expectation::Digits { max, .. } => usize::from(*max).max(1),
        Expectation::Quantity { max } if *max > 9 => 2,
        Expectation::YesNo
        | Expectation::OneOf { .. }
        | Expectation::Item
        | Expectation::Quantity { .. }
        | Expectation::Drink
        | Expectation::Open => 1,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Keypad;
    use crate::speech::expectation::Expectation;

    /// Keys with a pause after each answer; the answers they give.
    fn check(expectation: &Expectation, keys: &str, expect: &[&str]) {
        assert_eq!(
            answers(expectation, keys, Duration::from_secs(2)),
            expect,
            "{keys} for {}",
            expectation.name()
        );
    }

    fn answers(expectation: &Expectation, keys: &str, pause: Duration) -> Vec<String> {
        let mut keypad = Keypad::default();
        let start = Instant::now();
        let pressed = keys.chars().zip(0u32..);
        pressed
            .filter_map(|(key, nth)| keypad.press(start + pause * nth, key, expectation))
            .collect()
    }

    #[test]
    fn a_burst_answers_one_question_only() {
        let burst = |expectation, keys| answers(expectation, keys, Duration::from_millis(240));
        assert_eq!(burst(&Expectation::YesNo, "417220"), ["4"]);
        assert_eq!(
            burst(&Expectation::Digits { min: 6, max: 6 }, "417220#"),
            ["417220"]
        );
    }

    #[test]
    fn an_answer_is_as_long_as_its_question() {
        check(&Expectation::YesNo, "12", &["1", "2"]);
        check(&Expectation::Digits { min: 6, max: 6 }, "417220", &["417220"]);
        check(&Expectation::Digits { min: 1, max: 6 }, "41#7#", &["41", "7"]);
        check(&Expectation::Quantity { max: 20 }, "12", &["12"]);
        check(&Expectation::Quantity { max: 20 }, "2#", &["2"]);
        check(&Expectation::Open, "#", &["#"]);
        check(&Expectation::Digits { min: 6, max: 6 }, "#", &[]);
    }
}
