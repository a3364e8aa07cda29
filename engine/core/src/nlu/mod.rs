//! From words to meaning, offline and explained: normalisation, numbers, names by spelling and
//! sound, intents by a small linear model, slots, and a decision that says which words counted.

pub mod decision;
pub mod grammar;
