//! Keys pressed by the caller, gathered until they answer what was asked.

use crate::speech::expectation::Expectation;

/// The longest key string kept; the oldest keys go first.
const KEYS_MAX: usize = 32;

/// Collects keys for one question.
#[derive(Debug, Default)]
pub(super) struct Keypad {
    keys: String,
}

impl Keypad {
    /// Takes one key; gives the whole answer when it is complete.
    pub(super) fn press(&mut self, key: char, expectation: &Expectation) -> Option<String> {
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
    use super::Keypad;
    use crate::speech::expectation::Expectation;

    fn check(expectation: &Expectation, keys: &str, expect: &[&str]) {
        let mut keypad = Keypad::default();
        let answers: Vec<String> = keys
            .chars()
            .filter_map(|key| keypad.press(key, expectation))
            .collect();
        assert_eq!(answers, expect, "{keys} for {}", expectation.name());
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
