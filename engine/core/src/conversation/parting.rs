//! A goodbye while something waits for its yes. "Thanks, bye" after what was only said back leaves that standing. At an
//! open read-back a goodbye that was not heard surely may be a "yes" misheard: Hark asks once before it lets the caller
//! go with nothing. A plain one lets them go at once, and they hear that nothing was ordered.

use crate::conversation::confirming::PLAIN_YES;
use crate::conversation::flow::Command;
use crate::conversation::machine::{Conversation, Listening, Question, State};
use crate::conversation::repair::Failure;
use crate::conversation::repairing::own_prompt;
use crate::nlu::decision::{Answer, Decision};
use crate::nlu::normalize::Words;
use crate::nlu::wording::says_one_of;
use crate::nlu::yes_no::{self, Assent};

/// Whether a goodbye has been asked about, in the task at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Parting {
    #[default]
    NotAsked,
    /// The question is open.
    Asking,
    Asked,
}

impl Conversation {
    /// "Thanks, bye", after what was said back: who leaves it at that lets it stand.
    pub(crate) fn is_left_at_that(&self, decision: &Decision) -> bool {
        let said_back =
            matches!(&self.state, State::Listening(listening) if listening.question.is_said_back());
        said_back && only_parts(&decision.text)
    }

    /// Whether a command takes leave of a question that waits for its yes, and says no word of refusal.
    pub(crate) fn parts_from_a_question(&self, command: Command, decision: &Decision) -> bool {
        let refuses = decision
            .text
            .split_whitespace()
            .any(|word| REFUSING.contains(&word));
        let is_new = self.parting == Parting::NotAsked && self.goodbye() == Some(command);
        // What else waits for a yes is not named by the goodbye.
        let told = matches!(&self.state, State::Listening(listening) if matches!(listening.question, Question::Draft(_)));
        is_new && self.waits_for_a_yes() && !refuses && !(told && is_plain_goodbye(decision))
    }

    fn waits_for_a_yes(&self) -> bool {
        match &self.state {
            State::Listening(listening) => match listening.question {
                Question::Draft(_) | Question::Change(_) | Question::Reservation(_) => true,
                Question::Ask | Question::Intent(_) | Question::Value(_) => false,
            },
            State::Running | State::Working { .. } | State::Transferring { .. } | State::Ended => false,
        }
    }

    /// Says that nothing is done yet, and asks for what is missing.
    pub(crate) fn ask_before_parting(&mut self) {
        let State::Listening(Listening { question, failures }) =
            std::mem::replace(&mut self.state, State::Running)
        else {
            return;
        };
        self.parting = Parting::Asking;
        self.note("before_parting", "a goodbye where a yes or a no was asked for");
        self.say(NOT_YET);
        let (wording, _) = self.open_wording();
        let question = question.asked();
        self.say(own_prompt(&question, &wording).map_or(PLAIN_YES, |(_, own)| own));
        self.listen(Listening { question, failures });
    }

    /// Goes on from a goodbye that was asked about: a no or silence lets the caller go, and only a plain yes is one,
    /// because "okay" and "that's fine" are how people take leave. False where there was none, or where it is
    /// answered as the read-back would be.
    pub(crate) fn goes_on_from_goodbye(&mut self, decision: Option<&Decision>) -> bool {
        if self.parting != Parting::Asking {
            return false;
        }
        // A key may have answered it since.
        if !self.waits_for_a_yes() {
            self.parting = Parting::Asked;
            return false;
        }
        let assent = |text: &str| yes_no::leading(&Words::new(text)).and_then(|found| found.assent);
        let is_bare = |decision: &&Decision| !decision.correction && decision.slots.is_empty();
        match decision.map(|decision| (Some(decision).filter(is_bare), decision.answer)) {
            None => self.take_leave("silence after a goodbye"),
            Some((Some(_), Some(Answer::No))) => self.take_leave("a no after a goodbye"),
            Some((Some(decision), Some(Answer::Yes)))
                if assent(&decision.text).is_some_and(|assent| assent < Assent::Plain) =>
            {
                self.failed(Failure::NoMatch, "no plain yes after a goodbye");
                true
            }
            Some(_) => {
                self.parting = Parting::Asked;
                false
            }
        }
    }

    fn take_leave(&mut self, why: &str) -> bool {
        self.parting = Parting::Asked;
        let Some(Command::Flow(flow)) = self.goodbye() else {
            return false;
        };
        self.note("parted", why);
        self.command_flow(flow);
        self.run();
        true
    }

    fn goodbye(&self) -> Option<Command> {
        self.flows.commands.get(GOODBYE).copied()
    }
}

/// Nothing but words of taking leave.
fn only_parts(text: &str) -> bool {
    let phrases = PARTING_PHRASES.iter();
    let text = phrases.fold(text.to_owned(), |text, phrase| text.replace(phrase, "bye"));
    let mut words = text.split_whitespace();
    let parts = words.clone().any(|word| PARTING.contains(&word));
    parts && words.all(|word| PARTING.contains(&word) || BESIDE_PARTING.contains(&word))
}

/// "Bye", heard too surely to be a yes misheard. "Thanks" may be one.
fn is_plain_goodbye(decision: &Decision) -> bool {
    let says_bye = says_one_of(&decision.text, &["bye", "goodbye"]);
    // "Okay, thanks, bye" may agree.
    let agrees = decision.text.split(' ').any(|word| AGREEING.contains(&word));
    let heard = decision.recognition.unwrap_or(decision.confidence);
    says_bye && !agrees && only_parts(&decision.text) && !decision.disputed && heard.get() >= SURE_OF_GOODBYE
}

/// Words heard wrong are this sure in one of many.
const SURE_OF_GOODBYE: f32 = 0.9;

/// The intent that every set of flows has a command for.
const GOODBYE: &str = "goodbye";

const AGREEING: &[&str] = &["okay", "great", "good"];
const REFUSING: &[&str] = &["no", "nope", "nah", "not", "don't", "never", "cancel"];

const PARTING: &[&str] = &["thanks", "thank", "bye", "goodbye", "cheers"];
/// The longer before what they begin with.
const PARTING_PHRASES: &[&str] = &["see you later", "see you soon", "see you", "bye now", "bye then"];
const BESIDE_PARTING: &[&str] = &[
    "you", "very", "much", "so", "a", "lot", "great", "good", "have", "nice", "day", "okay",
];

/// "Before you go: that isn't done yet."
const NOT_YET: &str = "common.not_yet";

/// Prompts that the machine says by itself: they must exist whatever the flows say.
pub(crate) const OWN_PROMPTS: &[&str] = &[NOT_YET];
