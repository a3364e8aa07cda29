//! Turns that a person should look at: what Hark was unsure of, had to ask again, got wrong, or gave up on.

use serde::{Deserialize, Serialize};

use crate::call::record::{Heard, TurnRecord};
use crate::nlu::decision::{Answer, Decision};

/// Why a turn is worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Heard or understood with little confidence, or not at all.
    Unsure,
    /// The recognisers differed.
    Disputed,
    /// The question had to be asked again.
    Repaired,
    /// The caller said that Hark had got it wrong.
    Corrected,
    /// A human was called in after it.
    Escalated,
}

impl Doubt {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Disputed => "disputed",
            Self::Repaired => "repaired",
            Self::Corrected => "corrected",
            Self::Escalated => "escalated",
        }
    }
}

impl TurnRecord {
    /// Why this turn is worth a look; nothing where the caller did not speak or all went well.
    pub fn doubts(&self) -> Vec<Doubt> {
        let spoke = matches!(self.heard, Heard::Speech { .. } | Heard::Unrecognised);
        if !spoke {
            return Vec::new();
        }
        let decision = self.decision.as_ref();
        let noted = |whats: &[&str]| self.notes.iter().any(|note| whats.contains(&note.what.as_str()));
        let sure = decision.map_or(0.0, |decision| decision.confidence.get());
        let checks = [
            (Doubt::Unsure, sure < UNSURE_BELOW),
            (
                Doubt::Disputed,
                decision.is_some_and(|decision| decision.disputed),
            ),
            (Doubt::Repaired, noted(REPAIRS)),
            (
                Doubt::Corrected,
                decision.is_some_and(says_wrong) || noted(&["rejected"]),
            ),
            (Doubt::Escalated, noted(&["gave_up", "frustrated"])),
        ];
        let found = checks.into_iter().filter(|(_, holds)| *holds);
        found.map(|(doubt, _)| doubt).collect()
    }
}

/// "No, two": a change of mind without a no is none of Hark's faults.
fn says_wrong(decision: &Decision) -> bool {
    decision.correction && decision.answer == Some(Answer::No)
}

/// Decisions below this are worth a look.
const UNSURE_BELOW: f32 = 0.6;
/// What the conversation notes when it asks again.
const REPAIRS: &[&str] = &["reprompt", "narrowed", "keypad", "check"];

#[cfg(test)]
mod tests {
    use super::Doubt;
    use crate::call::record::{Heard, TurnLatency, TurnRecord};
    use crate::conversation::event::Note;
    use crate::ids::{CallId, TurnId};
    use crate::nlu::decision::{Answer, Decision};
    use crate::units::Confidence;

    fn turn(sure: f32, note: &str) -> TurnRecord {
        TurnRecord {
            call: CallId::new("c"),
            turn: TurnId::default(),
            at_ms: 0,
            step: "s".to_owned(),
            heard: Heard::Unrecognised,
            decision: Some(Decision {
                confidence: Confidence::new(sure),
                ..Decision::default()
            }),
            notes: vec![Note {
                choice: None,
                step: "s".to_owned(),
                what: note.to_owned(),
                why: String::new(),
            }],
            said: Vec::new(),
            latency: TurnLatency::default(),
        }
    }

    #[test]
    fn what_went_wrong_is_worth_a_look() {
        let check = |turn: &TurnRecord, expect: &[Doubt]| assert_eq!(turn.doubts(), expect);
        check(&turn(0.9, "answered"), &[]);
        check(&turn(0.4, "answered"), &[Doubt::Unsure]);
        check(&turn(0.4, "reprompt"), &[Doubt::Unsure, Doubt::Repaired]);
        check(&turn(0.9, "rejected"), &[Doubt::Corrected]);
        check(&turn(0.9, "gave_up"), &[Doubt::Escalated]);
        let mut corrected = turn(0.9, "correction");
        corrected.decision = Some(Decision {
            correction: true,
            answer: Some(Answer::No),
            disputed: true,
            confidence: Confidence::new(0.9),
            ..Decision::default()
        });
        check(&corrected, &[Doubt::Disputed, Doubt::Corrected]);
        let mut keyed = turn(0.1, "reprompt");
        keyed.heard = Heard::Silence;
        check(&keyed, &[]);
    }
}
