//! What callers want of what they are advised on: each wish made definite ("cheaper" than this), and the older ones
//! that fall because of it. At the read-back of what was advised, another wish leads back to advice.

use std::sync::Arc;

use crate::conversation::advising::{Advising, or_nothing};
use crate::conversation::flow::{Flow, FlowIndex};
use crate::conversation::machine::{Conversation, Question};
use crate::conversation::memory::Memory;
use crate::conversation::ranking::{Criterion, Rule};
use crate::nlu::asking::asks_of_named;
use crate::nlu::decision::Decision;
use crate::nlu::drink::DRINK;
use crate::nlu::normalize::Words;
use crate::nlu::preference::{Preference, Want, asks_advice, preferences, seeks};
use crate::nlu::slots::ITEM;
use crate::shop::{Attribute, Catalogue, Item, Trait};
use crate::units::Money;

impl Conversation {
    /// Takes over what the caller wants of it, and sees what suits that.
    pub(crate) fn take_preferences(&mut self) {
        let words = Words::new(&self.memory.heard.text);
        let heard: Vec<Preference> = preferences(&words)
            .into_iter()
            .map(|found| found.preference)
            .collect();
        let catalogue = Arc::clone(&self.catalogue);
        let memory = &mut self.memory;
        let rules: Vec<(Preference, Rule)> = one_of_roasts(&heard)
            .into_iter()
            .filter_map(|wish| memory.definite(&wish, &catalogue).map(|rule| (wish, rule)))
            .collect();
        let anew: Vec<Option<Trait>> = rules.iter().map(|(_, rule)| rule.about()).collect();
        let advising = &mut memory.advising;
        // "I don't mind": what was asked about is not asked about again, whatever was answered.
        advising.open.extend(advising.asks.take());
        if !rules.is_empty() {
            advising.seen.clear();
        }
        // "Cheaper" than this is not this, however near it comes.
        if heard.iter().any(|wish| wish.want.is_relative()) {
            match memory.item.take() {
                Some(item) => advising.seen.push(item),
                None => advising.set_aside(),
            }
        }
        advising.offered.clear();
        let mut fallen = anew;
        for (wish, rule) in rules {
            advising.want(wish, rule, &fallen);
            // Two flavours of one breath stand beside each other.
            fallen.retain(|about| *about != rule.about());
        }
        memory.shortlist(&catalogue);
        let why = memory.advising.told(&heard);
        self.note("preferences", &why);
    }

    /// The flow of advice that an answer leads back to: what was advised is being ordered, and they want another.
    pub(crate) fn wished_otherwise(&self, question: &Question, decision: &Decision) -> Option<FlowIndex> {
        let ordering = self.flows.flow(self.place.flow).is_some_and(Flow::orders);
        let open = matches!(question, Question::Ask | Question::Draft(_));
        if !ordering || !open || decision.slot("item").is_some() {
            return None;
        }
        let advice = self.frames.last().map(|frame| frame.place.flow);
        let advice = advice.filter(|flow| self.flows.flow(*flow).is_some_and(Flow::advises))?;
        let words = Words::new(&decision.text);
        let compares = preferences(&words)
            .iter()
            .any(|found| found.preference.want.is_relative());
        (compares || seeks(&words)).then_some(advice)
    }

    /// Drops what was to be ordered, and advises anew: the older wishes stand, and what was chosen is what the new
    /// one is compared with.
    pub(crate) fn advise_again(&mut self, advice: FlowIndex, decision: Decision) {
        self.note(
            "another_wish",
            &format!("\"{}\" by {}", decision.text, decision.decided_by),
        );
        let chosen = self.memory.lines.first().map(|line| line.sku.clone());
        self.memory.drop_draft();
        self.memory.item = chosen;
        self.memory.hear(decision);
        self.about = Some(advice);
        self.readbacks = 0;
        self.frames.pop();
        self.go(self.flows.start(advice));
    }
}

impl Memory {
    /// A wish made definite: "cheaper" than what is on offer. `None` for what asks for nothing.
    fn definite(&mut self, wish: &Preference, catalogue: &Catalogue) -> Option<Rule> {
        self.advising.last_unknown = wish.want == Want::LikeLast && self.bought.is_empty();
        let offered: Vec<&Item> = self.spoken_of(catalogue);
        let is_offering = self.item.is_some() || !self.advising.offered.is_empty();
        let degrees = |about: Trait| {
            let stated = offered
                .iter()
                .filter_map(move |item| item.stated(about).find_map(Attribute::degree));
            stated.collect::<Vec<u8>>()
        };
        Some(match wish.want {
            Want::Has(attribute) => Rule::Has(attribute),
            Want::Lacks(attribute) => Rule::Lacks(attribute),
            // With nothing to compare with, not the least of it.
            Want::More(about) => Rule::Above(about, degrees(about).into_iter().max().unwrap_or(1)),
            Want::Less(about) => Rule::Below(about, degrees(about).into_iter().min().unwrap_or(3)),
            Want::AtMost(minor) => Rule::AtMost(Money::from_minor(i64::from(minor))),
            Want::Cheaper => match offered
                .iter()
                .map(|item| item.price)
                .min()
                .filter(|_| is_offering)
            {
                Some(price) => Rule::Cheaper(price),
                None => Rule::Cheap,
            },
            Want::Cheap => Rule::Cheap,
            Want::LikeLast if self.bought.is_empty() => return None,
            Want::LikeLast => Rule::LikeLast,
            Want::Untried => Rule::Untried,
            Want::Any => return None,
        })
    }

    /// What "lighter" compares with: what was just told of, what is on offer, or what they had last.
    fn spoken_of<'c>(&self, catalogue: &'c Catalogue) -> Vec<&'c Item> {
        if let Some(item) = self.item.as_ref().and_then(|sku| catalogue.item(sku)) {
            return vec![item];
        }
        let offered: Vec<&Item> = self
            .advising
            .offered
            .iter()
            .filter_map(|ranked| catalogue.item(&ranked.sku))
            .collect();
        if !offered.is_empty() {
            return offered;
        }
        let last = self.bought.iter().find_map(|bought| catalogue.item(&bought.sku));
        last.into_iter().collect()
    }

    /// What was just said seeks advice.
    pub(crate) fn seeks_advice(&self) -> bool {
        let words = Words::new(&self.heard.text);
        // "Do you have any decaf", "what is the price of an espresso": asked is what is named.
        let named =
            self.heard.slot(ITEM).is_some() || (self.heard.slot(DRINK).is_some() && asks_of_named(&words));
        asks_advice(&words) || (seeks(&words) && !named)
    }
}

impl Advising {
    /// Takes over a wish. `anew`: the traits that this utterance speaks of, of which older wishes fall.
    fn want(&mut self, wish: Preference, rule: Rule, anew: &[Option<Trait>]) {
        let about = rule.about();
        self.criteria.retain(|one| {
            let same =
                one.rule.about() == about && (about.is_some() || one.rule == rule || one.rule.is_price());
            let older = anew.contains(&about) && same;
            let opposite = rule.contradicts(one.rule);
            !(older || opposite)
        });
        self.criteria.push(Criterion { rule, wish });
    }

    /// For the record: every wish that holds, with the words of this utterance that gave one.
    fn told(&self, heard: &[Preference]) -> String {
        let heard: Vec<String> = heard.iter().map(|wish| format!("\"{}\"", wish.span)).collect();
        let held = |one: &Criterion| {
            let must = if one.wish.firm { "must" } else { "better" };
            format!("{must} {:?} by \"{}\"", one.rule, one.wish.span)
        };
        let held: Vec<String> = self.criteria.iter().map(held).collect();
        let (heard, held) = (heard.join(", "), held.join(", "));
        format!("heard {}; so far {}", or_nothing(&heard), or_nothing(&held))
    }
}

/// "Light or medium" is not both: it is anything but dark.
fn one_of_roasts(heard: &[Preference]) -> Vec<Preference> {
    const ROASTS: [Attribute; 3] = [
        Attribute::RoastLight,
        Attribute::RoastMedium,
        Attribute::RoastDark,
    ];
    let wished = |roast: &Attribute| heard.iter().find(|wish| wish.want == Want::Has(*roast));
    let (named, other): (Vec<Attribute>, Vec<Attribute>) =
        ROASTS.iter().partition(|roast| wished(roast).is_some());
    let mut wishes = heard.to_vec();
    if let ([_, _], [other]) = (named.as_slice(), other.as_slice()) {
        let is_named = |wish: &Preference| matches!(wish.want, Want::Has(roast) if named.contains(&roast));
        let spans: Vec<&str> = heard
            .iter()
            .filter(|wish| is_named(wish))
            .map(|wish| wish.span.as_str())
            .collect();
        wishes.retain(|wish| !is_named(wish));
        wishes.push(Preference {
            want: Want::Lacks(*other),
            firm: true,
            span: spans.join(" or "),
        });
    }
    wishes
}
