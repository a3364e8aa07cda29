//! Questions and read-backs: their sentences, and what may become of the answer.

use std::collections::BTreeMap;

use super::{Place, Subject};
use crate::conversation::event::BargeIn;
use crate::speech::endpointing::Pace;

/// A question and all that may become of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    pub(crate) slot: String,
    pub(crate) expect: Expect,
    pub(crate) wording: Wording,
    /// Where particular answers lead: "yes", "no", an intent, a choice, or the name of a slot heard.
    pub(crate) on: BTreeMap<String, Place>,
    /// What keys mean here, beyond what the expectation says.
    pub(crate) keys: BTreeMap<char, String>,
    pub(crate) on_silence: Option<Place>,
    pub(crate) give_up: Option<Place>,
    pub(crate) next: Option<Place>,
}

/// The sentences of a question, from the friendly one to the last resort.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Wording {
    pub(crate) prompt: String,
    pub(crate) barge_in: BargeIn,
    /// After the first answer that was not understood.
    pub(crate) reprompt: Option<String>,
    /// After the first silence; else `reprompt`.
    pub(crate) silence: Option<String>,
    /// After a wish that Hark does not serve, when it comes first; else `reprompt`.
    pub(crate) scope: Option<String>,
    /// After the second failure: a narrower question.
    pub(crate) narrower: Option<String>,
    /// After the third: by keys.
    pub(crate) keypad: Option<String>,
    pub(crate) help: Option<String>,
    /// After an answer to a question of the caller's own; else `prompt`.
    pub(crate) resume: Option<String>,
    /// How long the answer may take to come out.
    pub(crate) pace: Pace,
    pub(crate) no_input_ms: Option<u32>,
}

impl Wording {
    /// Its prompts, with the keys that name them.
    pub(crate) fn prompts(&self) -> Vec<(&'static str, &str)> {
        let others = [
            ("reprompt", &self.reprompt),
            ("silence", &self.silence),
            ("scope", &self.scope),
            ("narrower", &self.narrower),
            ("keypad", &self.keypad),
            ("help", &self.help),
            ("resume", &self.resume),
        ];
        let others = others
            .into_iter()
            .filter_map(|(key, prompt)| Some((key, prompt.as_deref()?)));
        std::iter::once(("prompt", self.prompt.as_str()))
            .chain(others)
            .collect()
    }
}

/// The read-back of what is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Confirm {
    pub(crate) what: Subject,
    pub(crate) wording: Wording,
    /// Asked where only where or when has changed since the read-back, at the same price.
    pub(crate) amended: Option<String>,
    /// Said, and not asked, where that was changed in the same breath as a yes.
    pub(crate) said_back: Option<String>,
    pub(crate) yes: Place,
    pub(crate) no: Place,
    /// The draft was corrected, or the new lines of an order: price and stock must be looked at again.
    pub(crate) changed: Option<Place>,
    /// A quantity was said that could mean several lines.
    pub(crate) which: Option<Place>,
    /// "Later", where Hark has called.
    pub(crate) later: Option<Place>,
    pub(crate) give_up: Option<Place>,
}

impl Confirm {
    /// Its prompts, with the keys that name them.
    pub(crate) fn prompts(&self) -> Vec<(&'static str, &str)> {
        let own = [("amended", &self.amended), ("said_back", &self.said_back)];
        let own = own
            .into_iter()
            .filter_map(|(key, prompt)| Some((key, prompt.as_deref()?)));
        self.wording.prompts().into_iter().chain(own).collect()
    }
}

/// What an ask expects, before the caller's own data is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    YesNo,
    Digits { min: u8, max: u8 },
    OneOf(Among),
    Item,
    Quantity { max: u32 },
    Drink,
    Open,
}

/// Where the choices of a `one_of` come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Among {
    /// The caller's orders that were looked up.
    Orders,
    /// The lines of the draft.
    Draft,
    /// What of the order spoken of can come back, and all of it.
    Returnable,
    /// The caller's own addresses.
    Addresses,
    /// The days on which the shop can deliver.
    Days,
    /// The drinks of the catalogue.
    Drinks,
    /// What appointments can be for.
    Services,
    /// The openings on offer, or others: later, earlier, at another time, none.
    Openings,
    /// What the caller has reserved.
    Reservations,
    /// What one can register for.
    Launches,
    /// What is advised, or how one says that it shall be something else.
    Advice,
    /// Written in the flow: value and its spoken forms.
    Listed(Vec<(String, Vec<String>)>),
}
