//! Repair: what to say when nothing, or nothing useful, was heard. Friendlier first, narrower next,
//! then the keypad, then a human; the ladder never goes round.

use crate::conversation::flow::Wording;

/// What went wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    NoInput,
    NoMatch,
    /// Understood, and nothing that Hark does.
    OutOfScope,
}

/// How often one question has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Failures {
    no_input: u8,
    no_match: u8,
    /// The last prompt named keys: who heard it may read one out.
    keys_named: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rung<'w> {
    /// Ask again with this prompt.
    Say { what: &'static str, prompt: &'w str },
    /// Say that it was not understood, then the question itself.
    Again,
    /// Enough: a human, or goodbye where the caller is silent.
    GiveUp(Failure),
}

impl Failures {
    /// Counts one more and climbs. Without `keys` the ladder has no rung that asks for them: a human comes sooner.
    pub(crate) fn climb<'w>(&mut self, failure: Failure, wording: &'w Wording, keys: bool) -> Rung<'w> {
        match failure {
            Failure::NoInput => self.no_input = self.no_input.saturating_add(1),
            Failure::NoMatch | Failure::OutOfScope => self.no_match = self.no_match.saturating_add(1),
        }
        // Silence is not helped by a fourth try: nobody may be there.
        if self.no_input >= SILENCES_MAX {
            return Rung::GiveUp(Failure::NoInput);
        }
        let first = match failure {
            Failure::NoInput => wording.silence.as_deref().or(wording.reprompt.as_deref()),
            Failure::NoMatch => wording.reprompt.as_deref(),
            Failure::OutOfScope => wording.scope.as_deref().or(wording.reprompt.as_deref()),
        };
        let first = Some(first.map_or(Rung::Again, |prompt| Rung::Say {
            what: "reprompt",
            prompt,
        }));
        let narrower = wording.narrower.as_deref().map(|prompt| Rung::Say {
            what: "narrowed",
            prompt,
        });
        let keypad = wording
            .keypad
            .as_deref()
            .filter(|_| keys)
            .map(|prompt| Rung::Say {
                what: "keypad",
                prompt,
            });
        let failed = usize::from(self.no_input) + usize::from(self.no_match);
        let mut ladder = [first, narrower, keypad].into_iter().flatten();
        let rung = ladder
            .nth(failed.saturating_sub(1))
            .unwrap_or(Rung::GiveUp(failure));
        self.keys_named = Some(rung) == keypad;
        rung
    }

    /// The same after one more that was not understood.
    pub(crate) const fn one_more(mut self) -> Self {
        self.no_match = self.no_match.saturating_add(1);
        self
    }

    /// The prompt that is about to be said names keys.
    pub(crate) const fn naming_keys(mut self) -> Self {
        self.keys_named = true;
        self
    }

    pub(crate) const fn keys_named(self) -> bool {
        self.keys_named
    }

    pub(crate) const fn count(self) -> u8 {
        self.no_input.saturating_add(self.no_match)
    }
}

/// "Press one for yes, or two for no": for read-backs whose flow has no wording of its own for it.
pub(crate) const BY_KEYS: &str = "common.yes_or_no_keys";

/// Silences in a row after which nobody is thought to be there.
const SILENCES_MAX: u8 = 3;

#[cfg(test)]
mod tests {
    use super::{Failure, Failures, Rung};
    use crate::conversation::flow::Wording;

    fn check(wording: &Wording, failures: &[Failure], expect: &[&str]) {
        check_on(true, wording, failures, expect);
    }

    fn check_on(keys: bool, wording: &Wording, failures: &[Failure], expect: &[&str]) {
        let mut counts = Failures::default();
        let said: Vec<String> = failures
            .iter()
            .map(|failure| match counts.climb(*failure, wording, keys) {
                Rung::Say { prompt, .. } => prompt.to_owned(),
                Rung::Again => "again".to_owned(),
                Rung::GiveUp(failure) => format!("{failure:?}"),
            })
            .collect();
        assert_eq!(said, expect);
    }

    #[test]
    fn the_ladder_climbs_and_ends() {
        let full = Wording {
            reprompt: Some("re".to_owned()),
            silence: Some("quiet".to_owned()),
            narrower: Some("narrow".to_owned()),
            keypad: Some("keys".to_owned()),
            scope: Some("scope".to_owned()),
            ..Wording::default()
        };
        let (no_match, no_input) = (Failure::NoMatch, Failure::NoInput);
        check(&full, &[no_match; 4], &["re", "narrow", "keys", "NoMatch"]);
        check_on(false, &full, &[no_match; 3], &["re", "narrow", "NoMatch"]);
        check(&full, &[no_input; 3], &["quiet", "narrow", "NoInput"]);
        check(
            &full,
            &[no_input, no_match, no_input, no_input],
            &["quiet", "narrow", "keys", "NoInput"],
        );
        check(&full, &[Failure::OutOfScope, no_match], &["scope", "narrow"]);
        check(&Wording::default(), &[no_match; 2], &["again", "NoMatch"]);
    }
}
