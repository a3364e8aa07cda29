//! From words to meaning, offline and explained: normalisation, numbers, names by spelling and
//! sound, intents by a small linear model, slots, and a decision that says which words counted.

mod asking;
pub mod correction;
pub mod dates;
pub mod decision;
pub mod denied;
pub mod destination;
pub mod displeasure;
pub mod drink;
pub mod enquiry;
mod escapes;
mod everyday;
mod features;
pub mod feeling;
pub mod follow_up;
pub mod gist;
pub mod grammar;
pub mod intent;
pub(crate) mod key;
mod left_out;
pub mod lexicon;
mod measure;
mod model_file;
pub mod normalize;
pub mod number;
pub mod preference;
pub mod reference;
pub mod shortcut;
mod slip;
pub mod slots;
pub mod sound;
mod strange;
pub mod train;
pub mod understand;
mod weighing;
pub(crate) mod wording;
pub mod yes_no;
