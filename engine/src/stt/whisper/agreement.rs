//! Long utterances are decoded piece by piece: words on which two hypotheses agree are settled, and only the
//! sound after them is decoded again (local agreement: Macháček, Dabre and Bojar 2023). Cuts lie where the
//! speaker paused, so that no word is cut in two.

use engine_core::units::Confidence;

/// What a decoding of the sound up to `end` gave, the settled words left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hypothesis {
    pub(super) text: String,
    pub(super) confidence: Confidence,
    /// Samples from the utterance's start.
    pub(super) end: usize,
}

/// Words that are settled, and how far they reach.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Settled {
    pub(super) text: String,
    pub(super) confidence: Confidence,
    /// Samples from the utterance's start.
    pub(super) end: usize,
}

/// One utterance's hypotheses.
#[derive(Debug, Clone, Default)]
pub(super) struct Agreement {
    settled: Settled,
    last: Option<Hypothesis>,
}

impl Agreement {
    pub(super) const fn settled(&self) -> &Settled {
        &self.settled
    }

    /// Takes the next hypothesis. Where it begins with all words of the one before, those are settled.
    pub(super) fn add(&mut self, hypothesis: Hypothesis) {
        let rest = self
            .last
            .take()
            .filter(|last| last.end < hypothesis.end)
            .and_then(|last| Some((rest_after(&last.text, &hypothesis.text)?, last)));
        let Some((rest, last)) = rest else {
            self.last = Some(hypothesis);
            return;
        };
        self.settled = self.settled.join(&last.text, last.confidence, last.end);
        self.last = Some(Hypothesis {
            text: rest,
            ..hypothesis
        });
    }
}

impl Settled {
    /// These words and the next, as sure as both are by their number of words.
    pub(super) fn join(&self, text: &str, confidence: Confidence, end: usize) -> Self {
        if self.text.is_empty() {
            return Self {
                text: text.to_owned(),
                confidence,
                end,
            };
        }
        let (before, after) = (count(&self.text), count(text));
        let sum = self.confidence.get() * before + confidence.get() * after;
        Self {
            text: format!("{} {text}", self.text),
            confidence: Confidence::new(sum / (before + after).max(1.0)),
            end,
        }
    }
}

/// What follows `start` in `text`, if it begins so, punctuation aside. An empty start is agreed on by nobody.
fn rest_after(start: &str, text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let mut agreed = 0;
    for word in start.split_whitespace() {
        if bare(word) != bare(words.next()?) {
            return None;
        }
        agreed += 1;
    }
    (agreed > 0).then(|| words.collect::<Vec<_>>().join(" "))
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

fn count(text: &str) -> f32 {
    text.split_whitespace().count() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str, confidence: f32, seconds: usize) -> Hypothesis {
        Hypothesis {
            text: text.to_owned(),
            confidence: Confidence::new(confidence),
            end: seconds * 16_000,
        }
    }

    /// Settled words and seconds after each hypothesis.
    fn check(hypotheses: &[(&str, usize)], expect: &[(&str, usize)]) {
        let mut agreement = Agreement::default();
        let mut settled = Vec::new();
        for (text, seconds) in hypotheses {
            agreement.add(heard(text, 0.8, *seconds));
            let now = agreement.settled();
            settled.push((now.text.clone(), now.end / 16_000));
        }
        let expect: Vec<(String, usize)> = expect.iter().map(|(t, s)| ((*t).to_owned(), *s)).collect();
        assert_eq!(settled, expect);
    }

    #[test]
    fn words_are_settled_once_two_hypotheses_begin_with_them() {
        check(
            &[
                ("hello i ordered coffee", 2),
                ("hello, i ordered coffee. and it never came", 4),
                ("and it never came so please send it again", 7),
            ],
            &[
                ("", 0),
                ("hello i ordered coffee", 2),
                ("hello i ordered coffee and it never came", 4),
            ],
        );
    }

    #[test]
    fn a_word_that_changes_settles_nothing() {
        check(
            &[
                ("i want two", 2),
                ("i want to cancel", 4),
                ("i want to cancel it", 6),
            ],
            &[("", 0), ("", 0), ("i want to cancel", 4)],
        );
        check(&[("", 1), ("so where is it", 3)], &[("", 0), ("", 0)]);
        check(&[("two bags please", 3), ("two bags", 4)], &[("", 0), ("", 0)]);
    }

    #[test]
    fn certainty_is_shared_by_words() {
        let first = Settled::default().join("one two three", Confidence::new(0.9), 10);
        let both = first.join("four", Confidence::new(0.5), 20);
        assert_eq!((both.text.as_str(), both.end), ("one two three four", 20));
        assert!((both.confidence.get() - 0.8).abs() < 1e-6, "{both:?}");
    }
}
