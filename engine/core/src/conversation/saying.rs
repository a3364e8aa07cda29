//! What is said, and what is noted for the record.

use crate::conversation::event::{BargeIn, Directive, Note, Speech};
use crate::conversation::flow::Flow;
use crate::conversation::machine::Conversation;
use crate::conversation::policy::Choice;
use crate::conversation::prompt::{Claim, Statement};
use crate::conversation::values::{self, Context};

impl Conversation {
    pub(crate) fn say(&mut self, prompt: &str) {
        self.say_as(prompt, BargeIn::Allowed);
    }

    pub(crate) fn say_as(&mut self, prompt: &str, barge_in: BargeIn) {
        match self.render(prompt) {
            Some(speech) => self.utter(Speech { barge_in, ..speech }),
            None => self.note("fault", &format!("there is no prompt {prompt}")),
        }
    }

    /// States success, from the receipt; without one nothing is said.
    pub(crate) fn announce(&mut self, prompt: &str) {
        let pick = self.next_pick(prompt);
        let statement = match self.prompts.claim(prompt) {
            Some(Claim::Changed) => self.memory.changes.last().map(Statement::Changed),
            Some(Claim::Reserved) => self.memory.reserved.last().map(Statement::Reserved),
            Some(Claim::Placed | Claim::Machine | Claim::Nothing) | None => {
                self.memory.receipt.as_ref().map(Statement::Placed)
            }
        };
        let Some(statement) = statement else {
            self.note("fault", &format!("{prompt} needs a receipt"));
            return;
        };
        let speech = self
            .prompts
            .announce(prompt, statement, pick, |field, statement| {
                values::stated(field, statement, &self.memory, &self.catalogue, self.context())
            });
        match speech {
            Some(speech) => self.utter(speech),
            None => self.note("fault", &format!("there is no success prompt {prompt}")),
        }
    }

    pub(crate) fn render(&mut self, prompt: &str) -> Option<Speech> {
        let pick = self.next_pick(prompt);
        self.prompts.say(prompt, pick, |field| {
            values::value(field, &self.memory, &self.catalogue, self.context())
        })
    }

    pub(crate) fn utter(&mut self, speech: Speech) {
        if self.hung_up {
            return;
        }
        if std::mem::take(&mut self.heard_out) {
            self.said.clear();
        }
        self.said.push(speech.clone());
        self.out.push_back(Directive::Say(speech));
    }

    pub(crate) fn note(&mut self, what: &str, why: &str) {
        self.note_with(what, why, None);
    }

    /// A decision of the policy, with its grounds.
    pub(crate) fn note_choice(&mut self, what: &str, why: &str, choice: Choice) {
        self.note_with(what, why, Some(Box::new(choice)));
    }

    fn note_with(&mut self, what: &str, why: &str, choice: Option<Box<Choice>>) {
        let step = self.flows.step(self.place).id.clone();
        self.out.push_back(Directive::Note(Note {
            step,
            what: what.to_owned(),
            why: why.to_owned(),
            choice,
        }));
    }

    /// The flow that is about something: the one that serves what the caller wants.
    pub(crate) fn task(&self) -> Option<&Flow> {
        self.about.and_then(|flow| self.flows.flow(flow))
    }

    fn context(&self) -> Context<'_> {
        let task = self.task();
        Context {
            task: task.map_or("", |flow| flow.label.as_str()),
            cancels: task.map_or("", |flow| flow.cancels.as_str()),
            intent: &self.intent_label,
            heard: &self.heard_value,
            later_days: self.flows.policy.later_days,
        }
    }

    fn next_pick(&mut self, prompt: &str) -> usize {
        let said = self.picks.entry(prompt.to_owned()).or_default();
        *said = said.wrapping_add(1);
        self.seed.wrapping_add(*said)
    }
}
