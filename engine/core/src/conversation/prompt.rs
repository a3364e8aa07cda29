//! Wording, read from `models/prompts/<language>/*.toml`: sentences with `{places}` for values, in
//! variants. A sentence that states success is of another kind and needs the shop's [`Receipt`].

use std::collections::BTreeMap;

use crate::conversation::document::{self, Collector, LoadErrors, Scope, Source, Word, did_you_mean};
use crate::conversation::event::{BargeIn, Speech};
use crate::conversation::named::{Named as _, named};
use crate::conversation::spoken;
use crate::shop::{ChangeReceipt, Receipt, ReservationReceipt};

/// Everything Hark can say, by name: "reorder.readback".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PromptBook {
    plain: BTreeMap<String, Prompt>,
    /// Prompts that state success. Only [`announce`](Self::announce) renders them.
    claims: BTreeMap<String, Prompt>,
    version: String,
}

/// What a success sentence rests on. There is no other way to make one than to hold a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement<'r> {
    /// An order exists at the shop.
    Placed(&'r Receipt),
    /// An order was changed.
    Changed(&'r ChangeReceipt),
    /// An appointment or a place in a launch was made, or given up.
    Reserved(&'r ReservationReceipt),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Prompt {
    variants: Vec<Template>,
    claim: Option<Claim>,
    file: String,
    line: u32,
}

/// One way to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Field),
}

/// A value that a prompt names in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    Known(Place),
    /// "{slot.size}": as heard.
    Slot(String),
}

named! {
    /// The values that exist besides slots.
    Place {
        /// The lines of the draft, and where and when they shall come where that was chosen.
        Draft = "draft",
        /// Where and when it shall come: "to your home on Friday".
        Delivery = "delivery",
        /// What the draft costs, as the shop quoted it; with what a voucher takes off, where there is one.
        Total = "total",
        /// Why the voucher is not taken: "it has expired".
        VoucherWhy = "voucher.why",
        /// What it takes off.
        VoucherDiscount = "voucher.discount",
        /// What the flow under way is about: "check on an order".
        Task = "task",
        /// How long "later" is on calls that Hark makes: "a week".
        CallLater = "call.later",
        /// What "cancel" drops: "that order".
        Cancels = "cancels",
        /// What an intent heard uncertainly would mean.
        Intent = "intent",
        /// A value heard uncertainly: "four one seven, two two zero".
        Heard = "heard",
        OrderNumber = "order.number",
        OrderLines = "order.lines",
        OrderState = "order.state",
        OrderDue = "order.due",
        OrderAge = "order.age",
        OrderTotal = "order.total",
        /// "every four weeks", of a subscription.
        OrderRepeat = "order.repeat",
        /// "the next delivery comes in nine days", "the next delivery has no date yet".
        OrderNext = "order.next",
        OrdersCount = "orders.count",
        /// The orders to choose from: "one from yesterday for ..., or one from ...".
        Orders = "orders",
        /// The same by keys: "press one for ...".
        OrdersKeys = "orders.keys",
        /// How each of them stands, a sentence for each.
        OrdersStates = "orders.states",
        ShortItem = "short.item",
        ShortAvailable = "short.available",
        ShortLead = "short.lead",
        ShortSubstitute = "short.substitute",
        ItemName = "item.name",
        ItemPrice = "item.price",
        /// "in three days", when there will be more of it.
        ItemLead = "item.lead",
        /// What the shop would send instead, and its price.
        ItemSubstitute = "item.substitute",
        ItemSubstitutePrice = "item.substitute_price",
        /// All that the shop states of it, and its price.
        ItemAbout = "item.about",
        /// The answer to what the caller has asked about it: "yes, it's organic".
        ItemAnswer = "item.answer",
        /// What is advised, each with its price and a reason.
        AdviceItems = "advice.items",
        /// The names alone.
        AdviceNames = "advice.names",
        AdviceKeys = "advice.keys",
        /// Answers to what is asked about taste: "light, medium or dark".
        AdviceChoices = "advice.choices",
        /// What would have suited and is sold out.
        AdviceSoldOut = "advice.sold_out",
        /// The caller's addresses, to choose from: "your home or the office on Mill Road".
        Addresses = "addresses",
        AddressesKeys = "addresses.keys",
        /// The days to choose from, the nearest two: "tomorrow or on Friday".
        Days = "days",
        DaysKeys = "days.keys",
        /// The day that is not possible: "on Sunday".
        DayWished = "day.wished",
        /// What can come back of an order: "two bags of Midnight blend or a mug".
        ReturnOpen = "return.open",
        /// The same by keys, and all of it.
        ReturnKeys = "return.keys",
        /// "three days ago", the last day on which it was possible.
        ReturnLastDay = "return.last_day",
        /// What is to come back, and what goes out for it.
        ReturnLines = "return.lines",
        ReturnInstead = "return.instead",
        /// "you get thirty dollars back", "we send you a mug, and there's nothing to pay".
        ReturnTerms = "return.terms",
        /// Of a changed order: "the next delivery comes in nine days".
        ChangeNext = "change.next",
        /// Of an order whose lines were changed: what it has now.
        ChangeLines = "change.lines",
        /// Of a return: "please send it back within fourteen days with the label that comes by e-mail".
        ChangeHow = "change.how",
        /// As `return.terms`, by the shop's word.
        ChangeTerms = "change.terms",
        /// What appointments can be for: "a grinder repair or a tasting".
        AppointmentServices = "appointment.services",
        AppointmentServicesKeys = "appointment.services_keys",
        /// What this one is for.
        AppointmentService = "appointment.service",
        /// The openings on offer: "tomorrow at ten in the morning or on Friday at noon".
        AppointmentOpenings = "appointment.openings",
        AppointmentOpeningsKeys = "appointment.openings_keys",
        /// What one can register for.
        Launches = "launches",
        LaunchesKeys = "launches.keys",
        LaunchName = "launch.name",
        /// How many of it this caller can have.
        LaunchMost = "launch.most",
        /// "first come, first served, and it's here on Friday".
        LaunchTerms = "launch.terms",
        /// What the caller has reserved, each with how it stands.
        Reservations = "reservations",
        ReservationsKeys = "reservations.keys",
        /// The one spoken of, with how it stands.
        ReservationStanding = "reservation.standing",
        /// What is to be reserved, or given up: "a grinder repair tomorrow at ten in the morning".
        ReservationWish = "reservation.wish",
        /// What was, by the shop's word.
        ReservedWhat = "reserved.what",
        /// "you're number four on the waiting list, and nothing is promised yet".
        ReservedHow = "reserved.how",
        ReceiptNumber = "receipt.number",
        ReceiptTotal = "receipt.total",
        /// "in three days", "in five minutes".
        ReceiptPromise = "receipt.promise",
    }
}

impl Place {
    const fn needs_receipt(self) -> bool {
        matches!(
            self,
            Self::ReceiptNumber | Self::ReceiptTotal | Self::ReceiptPromise
        )
    }

    /// What a prompt must state to name this value.
    const fn needs(self) -> Option<Claim> {
        if self.needs_receipt() {
            Some(Claim::Placed)
        } else if matches!(
            self,
            Self::ChangeNext | Self::ChangeLines | Self::ChangeHow | Self::ChangeTerms
        ) {
            Some(Claim::Changed)
        } else if matches!(self, Self::ReservedWhat | Self::ReservedHow) {
            Some(Claim::Reserved)
        } else {
            None
        }
    }
}

impl PromptBook {
    /// Reads prompt files. A prompt's name is its file's name and its key: `readback` in `reorder.toml`
    /// is "reorder.readback".
    pub fn load(sources: &[Source]) -> Result<Self, LoadErrors> {
        let collector = Collector::default();
        let parsed = document::parse(sources, &collector);
        let mut book = Self {
            version: document::version_of(sources),
            ..Self::default()
        };
        for (source, table) in &parsed {
            let scope = Scope::root(source, &collector, table.get_ref());
            for key in scope.keys() {
                book.read(&scope, source.stem(), &key);
            }
        }
        collector.finish(Some(book))
    }

    /// First twelve digits of the hash of all prompt files.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Wording without values, to be rendered at start: prompt and variant ("main.greeting/0"), and text.
    pub fn fixed_phrases(&self) -> impl Iterator<Item = (String, String)> {
        self.plain.iter().chain(&self.claims).flat_map(|(name, prompt)| {
            prompt
                .variants
                .iter()
                .enumerate()
                .filter_map(move |(index, template)| Some((format!("{name}/{index}"), template.fixed()?)))
        })
    }

    /// A sentence that states nothing but what is known. `None` when there is no such prompt, or when it
    /// states success: that takes [`announce`](Self::announce).
    pub(crate) fn say(&self, name: &str, pick: usize, value: impl Fn(&Field) -> String) -> Option<Speech> {
        self.plain
            .get(name)
            .map(|prompt| prompt.render(name, pick, value))
    }

    /// A sentence that states success, from the evidence for it.
    pub(crate) fn announce(
        &self,
        name: &str,
        statement: Statement<'_>,
        pick: usize,
        value: impl Fn(&Field, Statement<'_>) -> String,
    ) -> Option<Speech> {
        self.claims
            .get(name)
            .map(|prompt| prompt.render(name, pick, |field| value(field, statement)))
    }

    pub(crate) fn has_plain(&self, name: &str) -> bool {
        self.plain.contains_key(name)
    }

    pub(crate) fn has_claim(&self, name: &str) -> bool {
        self.claims.contains_key(name)
    }

    /// What a prompt says that it states.
    pub(crate) fn claim(&self, name: &str) -> Option<Claim> {
        self.plain
            .get(name)
            .or_else(|| self.claims.get(name))
            .and_then(|prompt| prompt.claim)
    }

    /// The first wording of a prompt, its values in braces; empty when there is none.
    pub(crate) fn sample(&self, name: &str) -> String {
        let prompt = self.plain.get(name).or_else(|| self.claims.get(name));
        let template = prompt.and_then(|prompt| prompt.variants.first());
        template.map_or_else(String::new, Template::source)
    }

    /// Whether a sentence ("reorder.success/0") states success.
    pub fn states_success(&self, prompt: &str) -> bool {
        self.has_claim(prompt.split('/').next().unwrap_or(prompt))
    }

    /// Every prompt's name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.plain.keys().chain(self.claims.keys()).map(String::as_str)
    }

    /// The values that a prompt names, in any of its variants.
    pub(crate) fn fields(&self, name: &str) -> impl Iterator<Item = &Field> {
        let prompt = self.plain.get(name).or_else(|| self.claims.get(name));
        let parts = prompt
            .into_iter()
            .flat_map(|prompt| &prompt.variants)
            .flat_map(|template| &template.parts);
        parts.filter_map(|part| match part {
            Part::Value(field) => Some(field),
            Part::Text(_) => None,
        })
    }

    /// Whether a value is in every wording of a prompt.
    pub(crate) fn always_names(&self, name: &str, place: Place) -> bool {
        let prompt = self.plain.get(name).or_else(|| self.claims.get(name));
        let wanted = Part::Value(Field::Known(place));
        prompt.is_none_or(|prompt| {
            let mut variants = prompt.variants.iter();
            variants.all(|template| template.parts.contains(&wanted))
        })
    }

    /// The slots among them.
    pub(crate) fn slots(&self, name: &str) -> Vec<&str> {
        self.fields(name)
            .filter_map(|field| match field {
                Field::Slot(slot) => Some(slot.as_str()),
                Field::Known(_) => None,
            })
            .collect()
    }

    fn read(&mut self, scope: &Scope<'_>, stem: &str, key: &Word) {
        let (texts, claim) = if scope.is_table(&key.text) {
            let Some(table) = scope.table(&key.text) else {
                return;
            };
            table.only(&["text", "states"]);
            (table.words("text"), self::claim(&table))
        } else {
            (scope.words(&key.text), None)
        };
        if texts.is_empty() {
            scope.blame(&key.text, "a prompt needs at least one text");
            return;
        }
        let variants = texts
            .iter()
            .filter_map(|text| read_template(scope, key, text, claim))
            .collect();
        let prompt = Prompt {
            variants,
            claim,
            file: scope.file().to_owned(),
            line: key.line,
        };
        let book = if matches!(claim, Some(Claim::Placed | Claim::Changed | Claim::Reserved)) {
            &mut self.claims
        } else {
            &mut self.plain
        };
        let name = format!("{stem}.{}", key.text);
        if let Some(other) = book.insert(name, prompt) {
            scope.blame(
                &key.text,
                format!("this prompt is already in {}:{}", other.file, other.line),
            );
        }
    }
}

impl Prompt {
    fn render(&self, name: &str, pick: usize, value: impl Fn(&Field) -> String) -> Speech {
        let index = pick.checked_rem(self.variants.len()).unwrap_or(0);
        let template = self.variants.get(index);
        Speech {
            prompt: format!("{name}/{index}"),
            text: template.map(|template| template.fill(value)).unwrap_or_default(),
            barge_in: BargeIn::Allowed,
            fixed: template.is_some_and(|template| template.fixed().is_some()),
        }
    }
}

impl Template {
    fn fill(&self, value: impl Fn(&Field) -> String) -> String {
        let mut text = String::new();
        for part in &self.parts {
            let piece = match part {
                Part::Text(piece) => piece.clone(),
                Part::Value(field) => value(field),
            };
            if ends_sentence(&text) {
                text.push_str(&capitalised(&piece))
            } else {
                text.push_str(&piece)
            }
        }
        text
    }

    /// As it was written.
    fn source(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Value(Field::Known(place)) => text.push_str(&format!("{{{}}}", place.name())),
                Part::Value(Field::Slot(slot)) => text.push_str(&format!("{{slot.{slot}}}")),
            }
        }
        text
    }

    /// The whole text, when nothing has to be filled in.
    fn fixed(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Value(_) => None,
            })
            .collect()
    }
}

/// Whether what follows begins a sentence.
fn ends_sentence(text: &str) -> bool {
    text.is_empty() || [". ", "? ", "! "].iter().any(|end| text.ends_with(end))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a prompt says of itself by `states = "..."`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// An order exists.
    Placed,
    /// An order was changed.
    Changed,
    /// Something was reserved, or given up.
    Reserved,
    /// The caller talks to a machine.
    Machine,
    /// The words sound like success and are none: "you ordered it yesterday".
    Nothing,
}

/// What may be written there.
pub(crate) const CLAIMS: &[&str] = &["placed", "changed", "reserved", "machine", "nothing"];

impl Claim {
    const fn name(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Changed => "changed",
            Self::Reserved => "reserved",
            Self::Machine => "machine",
            Self::Nothing => "nothing",
        }
    }
}

fn claim(table: &Scope<'_>) -> Option<Claim> {
    let word = table.word("states")?;
    match word.text.as_str() {
        "placed" => Some(Claim::Placed),
        "changed" => Some(Claim::Changed),
        "reserved" => Some(Claim::Reserved),
        "machine" => Some(Claim::Machine),
        "nothing" => Some(Claim::Nothing),
        other => {
            let hint = did_you_mean(other, CLAIMS.iter().copied());
            table.blame(
                "states",
                format!("`{other}` is none of {}{hint}", CLAIMS.join(", ")),
            );
            None
        }
    }
}

fn read_template(scope: &Scope<'_>, key: &Word, text: &Word, claim: Option<Claim>) -> Option<Template> {
    let blame = |message: String| scope.blame_line(text.line, &key.text, &message);
    let mut parts = Vec::new();
    let mut rest = text.text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            blame("a `{` without its `}`".to_owned());
            return None;
        };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        match read_field(name) {
            Ok(Field::Known(place)) if place.needs().is_some_and(|needed| claim != Some(needed)) => {
                let states = place.needs().map_or("placed", Claim::name);
                blame(format!(
                    "`{{{name}}}` states success: write {{ text = \"...\", states = \"{states}\" }}"
                ));
            }
            Ok(field) => parts.push(Part::Value(field)),
            Err(message) => blame(message),
        }
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    if claim.is_none()
        && let Some((word, claims)) = SUCCESS_WORDS
            .iter()
            .find(|(word, _)| sounds_like(&text.text, word))
    {
        let stated: Vec<String> = claims
            .iter()
            .map(|claim| format!("\"{}\"", claim.name()))
            .collect();
        blame(format!(
            "\"{word}\" sounds like success; add states = {}, or \"nothing\" when it promises nothing",
            spoken::list_with(&stated, "or")
        ));
    }
    Some(Template { parts })
}

fn read_field(name: &str) -> Result<Field, String> {
    if let Some(slot) = name.strip_prefix("slot.") {
        return Ok(Field::Slot(slot.to_owned()));
    }
    Place::parse(name).map(Field::Known).ok_or_else(|| {
        format!(
            "there is no value `{{{name}}}`{}",
            did_you_mean(name, Place::NAMES.iter().copied())
        )
    })
}

fn sounds_like(text: &str, words: &str) -> bool {
    text.to_lowercase().contains(words)
}

/// Words of success, and what they may rest on: a prompt with one of them must say what it states.
const SUCCESS_WORDS: &[(&str, &[Claim])] = &[
    ("placed", &[Claim::Placed]),
    ("ordered", &[Claim::Placed]),
    ("order is in", &[Claim::Placed]),
    ("all set", &[Claim::Placed, Claim::Changed, Claim::Reserved]),
    ("is confirmed", &[Claim::Placed, Claim::Changed, Claim::Reserved]),
    ("on its way", &[Claim::Placed]),
    ("i've cancelled", &[Claim::Changed, Claim::Reserved]),
    ("is cancelled now", &[Claim::Changed, Claim::Reserved]),
    ("i've paused", &[Claim::Changed]),
    ("return is arranged", &[Claim::Changed]),
    ("i've changed", &[Claim::Changed]),
    ("is paused now", &[Claim::Changed]),
    ("is booked", &[Claim::Reserved]),
    ("it's booked", &[Claim::Reserved]),
    ("you're booked", &[Claim::Reserved]),
    ("i've booked", &[Claim::Reserved]),
    ("put you down", &[Claim::Reserved]),
    ("you're registered", &[Claim::Reserved]),
];
