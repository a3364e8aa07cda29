//! What a moody caller says to each of Hark's questions.

use rand::Rng;
use rand::rngs::StdRng;

use super::{Act, say};

/// A sensible answer to a prompt, by its name; now and then another one.
pub(super) fn answer_to(prompt: &str, rng: &mut StdRng) -> Act {
    let choose = |options: &[&str], rng: &mut StdRng| say(options[rng.random_range(0..options.len())]);
    if prompt.contains("reminder.is_it") {
        return choose(
            &[
                "yes",
                "yes",
                "yes this is me",
                "no",
                "later",
                "stop calling me",
                "um",
            ],
            rng,
        );
    }
    if prompt.contains("reminder.readback") {
        return choose(
            &[
                "yes",
                "yes please",
                "make it two",
                "later",
                "no",
                "stop calling me",
            ],
            rng,
        );
    }
    if prompt.contains("readback") {
        return choose(
            &[
                "yes",
                "that's right",
                "yes that's right",
                "that's right",
                "that is correct",
                "make it two",
                "no",
                "yes but make it three",
                "um",
                "is it decaf",
                "anything cheaper",
                "yes but send it to the office",
                "yes but send it to my mother",
                "yes but to the office please",
                "no, to the other address",
                "send it to my mother",
                "on friday please",
                "not before saturday",
                "can you send it on sunday",
            ],
            rng,
        );
    }
    if prompt.contains("which_address") || prompt.contains("only_address") {
        return choose(
            &[
                "the office",
                "home please",
                "to my mother",
                "the second one",
                "no",
            ],
            rng,
        );
    }
    if prompt.contains("new_address") {
        return choose(&["yes", "no"], rng);
    }
    if prompt.contains("offer_days") || prompt.contains("which_day") {
        return choose(
            &[
                "saturday",
                "on monday",
                "no",
                "sunday",
                "the first one",
                "tomorrow",
            ],
            rng,
        );
    }
    if prompt.contains("name_it") {
        return choose(&["place the order", "place the order", "place", "cancel"], rng);
    }
    if prompt.contains("keys") || prompt.contains("keypad") {
        return Act::Press(["1", "2", "3", "0"][rng.random_range(0..4)].to_owned());
    }
    if prompt.contains("number") || prompt.contains("voucher.ask") || prompt.contains("voucher.refused") {
        return choose(
            &[
                "four one seven two two zero",
                "I don't have it",
                "nine nine nine nine nine nine",
            ],
            rng,
        );
    }
    if prompt.contains("subscription.status") {
        return choose(&["skip it", "pause it", "leave it as it is", "yes", "no"], rng);
    }
    if prompt.contains("change_order.what") {
        return choose(
            &[
                "two bags of dark roast",
                "add filters",
                "make it three",
                "nothing",
                "no",
            ],
            rng,
        );
    }
    if prompt.contains("too_late") {
        return choose(&["yes", "no", "no thanks"], rng);
    }
    if prompt.contains("change_order.confirm") {
        return choose(&["yes", "yes please", "make it two", "no"], rng);
    }
    if [
        "appointment.offer",
        "appointment.nothing_then",
        "appointment.other_day",
    ]
    .iter()
    .any(|question| prompt.contains(question))
    {
        return choose(
            &[
                "the first one",
                "the second one",
                "something later",
                "on friday",
                "tomorrow morning",
                "none of them",
                "yes",
            ],
            rng,
        );
    }
    if prompt.contains("advice.person") {
        return choose(&["yes", "no"], rng);
    }
    if prompt.contains("advice.") {
        return choose(
            &[
                "the first one",
                "the second one",
                "something lighter",
                "anything cheaper",
                "tell me more",
                "is it organic",
                "how much is it",
                "what else",
                "no",
                "yes",
                "no preference",
            ],
            rng,
        );
    }
    if prompt.contains("launch.how_many") {
        return choose(&["one", "two", "three", "no"], rng);
    }
    if prompt.contains("launch.confirm") {
        return choose(&["yes", "yes please", "just one", "no"], rng);
    }
    if prompt.contains("appointment.confirm") {
        return choose(
            &[
                "yes",
                "yes please",
                "no",
                "yes but on friday",
                "no the second one",
            ],
            rng,
        );
    }
    if prompt.contains("returns.why") {
        return choose(
            &[
                "it's damaged",
                "no reason",
                "I don't like it",
                "the wrong thing came",
            ],
            rng,
        );
    }
    if prompt.contains("returns.wish") {
        return choose(
            &["a refund", "the same again", "something else", "my money back"],
            rng,
        );
    }
    if prompt.contains("confirm") {
        return choose(&["yes", "yes please", "no", "um", "cancel it"], rng);
    }
    if prompt.contains("anything_else") {
        return choose(
            &[
                "no thanks",
                "where is my order",
                "goodbye",
                "I have a voucher",
                "yes",
                "I'd like to reorder",
            ],
            rng,
        );
    }
    if prompt.contains("which") {
        return choose(&["the first one", "the last one", "the dark roast"], rng);
    }
    if prompt.contains("item") || prompt.contains("change") {
        return choose(&["two bags of dark roast", "three", "make it two", "no"], rng);
    }
    if prompt.contains("main.") {
        return choose(OPENINGS, rng);
    }
    choose(
        &[
            "yes",
            "no",
            "yes please",
            "agent",
            "repeat that",
            "help",
            "cancel",
        ],
        rng,
    )
}

const OPENINGS: &[&str] = &[
    "I'd like to reorder my last order",
    "the usual please",
    "where is my order",
    "I want to talk to a person",
    "two bags of dark roast please",
    "reorder my last order to the office",
    "two bags of light roast on sunday please",
    "send a box of filters to my mother",
    "reorder my usual as soon as possible",
    "reorder",
    "a large latte with two shots",
    "what's the weather like",
    "skip my next delivery",
    "pause my subscription",
    "what coffee would you recommend",
    "something dark but not too expensive",
    "something like the one I had last time",
    "check my subscription",
    "cancel my order",
    "I want to return my order",
    "change my order",
    "I have a voucher",
    "add two boxes of filters to my order",
    "add a bag of light roast to my order",
    "put one more bag of dark roast on my order",
    "I'd like to return the dark roast",
    "book a tasting",
    "book an appointment",
    "I'd like to book a tasting",
    "can I book a tasting please",
    "cancel my appointment",
    "put me down for the new single origin",
    "put me down for two of the new single origin",
    "do you have the dark roast in stock",
    "how much is the light roast",
    "how big are your drinks",
    "a flat white please",
    "can I pay by card over the phone",
    "my card was declined",
    "there is a problem with my payment",
    "will I be charged twice",
    "you charged me twice",
    "I want to make a complaint about my order",
    "it came damaged",
    "part of my order is missing",
    "my coffee never came",
    "are you a robot",
    "change the delivery address on my order",
    "can you deliver my order on another day",
    "why is my order so late",
    "can you grind the beans for me",
    "when is my appointment",
    "move my appointment",
    "move my next delivery to friday",
];

pub(super) const NONSENSE: &[&str] = &[
    "purple elephants",
    "uh-huh",
    "what",
    "mmm",
    "the the the",
    "seven",
    "I'm not sure",
    "hello hello",
];
