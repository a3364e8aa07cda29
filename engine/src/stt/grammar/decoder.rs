//! One decoder pair: the grammar's and its competitor's, over the same sound.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine_core::nlu::grammar::Grammar;
use engine_core::units::{Confidence, SampleRate};
use thiserror::Error;

use crate::stt::dictionary::{Pronunciations, alternative};
use crate::stt::grammar::confidence::{Calibration, Judged, judge};
use crate::stt::pocketsphinx::{Decoder, DecoderError, Setting};

/// What is the same for every decoder of the process.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) settings: Vec<Setting>,
    /// Path of the trimmed dictionary.
    pub(crate) dictionary: String,
    /// The words in it.
    pub(crate) words: BTreeSet<String>,
    pub(crate) pronunciations: Arc<Pronunciations>,
    pub(crate) competitor_dictionary: String,
    pub(crate) kept_grammars: usize,
    /// An utterance of this length may fill the library's window of normalisation, which then forgets
    /// where it began.
    pub(crate) forgets_from_samples: usize,
    /// Where the normalisation of an unknown channel starts.
    pub(crate) channel_mean: Option<&'static [f32]>,
    pub(crate) calibration: Calibration,
}

/// The result of an utterance as the decoders gave it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) judged: Judged,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum HearError {
    #[error(transparent)]
    Decoder(#[from] DecoderError),
    #[error("grammar {grammar}: no pronunciation for \"{word}\"")]
    NoPronunciation { grammar: &'static str, word: String },
}

/// The beginning of an utterance.
#[derive(Debug)]
struct Started {
    search: String,
    /// Where its normalisation began.
    mean: Option<Vec<f32>>,
}

/// The decoder pair with its compiled grammars.
#[derive(Debug)]
pub(crate) struct GrammarDecoder {
    main: Decoder,
    competitor: Decoder,
    recipe: Arc<Recipe>,
    /// The mean that the model itself starts from.
    initial_mean: Option<Vec<f32>>,
    /// The running mean at the end of the last utterance.
    channel_mean: Option<Vec<f32>>,
    /// How the utterance under way was started.
    started: Option<Started>,
    /// Words added since the start.
    added: BTreeSet<String>,
    /// Keys of the compiled grammars, least recently used first.
    kept: Vec<u64>,
}

impl GrammarDecoder {
    pub(crate) fn new(recipe: Arc<Recipe>) -> Result<Self, DecoderError> {
        let with = |dictionary: &str, own: Vec<Setting>| {
            let mut settings = recipe.settings.clone();
            settings.push(Setting::Text("-dict", dictionary.to_owned()));
            settings.extend(own);
            settings
        };
        let mut main = Decoder::new(&with(&recipe.dictionary, main_settings()))?;
        let initial_mean = main.channel_mean();
        let mut competitor = Decoder::new(&with(&recipe.competitor_dictionary, competitor_settings()))?;
        competitor.add_phone_loop(COMPETITOR)?;
        Ok(Self {
            main,
            competitor,
            recipe,
            initial_mean,
            channel_mean: None,
            started: None,
            added: BTreeSet::new(),
            kept: Vec::new(),
        })
    }

    /// Begins an utterance. A grammar not seen lately is compiled first: a few milliseconds.
    pub(crate) fn start(
        &mut self,
        grammar: &Grammar,
        leg_rate: SampleRate,
        channel_mean: Option<&[f32]>,
    ) -> Result<(), HearError> {
        self.ensure_grammar(grammar)?;
        let usual = match leg_rate {
            SampleRate::Hz8000 => self.recipe.channel_mean.or(self.initial_mean.as_deref()),
            SampleRate::Hz16000 => self.initial_mean.as_deref(),
        };
        // Always set: a decoder still has the mean of whoever used it before.
        let channel_mean = channel_mean.or(usual);
        let search = search_name(grammar.key);
        self.main.start(&search, channel_mean)?;
        self.competitor.start(COMPETITOR, channel_mean)?;
        self.started = Some(Started {
            search,
            mean: channel_mean.map(<[f32]>::to_vec),
        });
        Ok(())
    }

    pub(crate) fn feed(&mut self, samples: &[i16]) -> Result<(), HearError> {
        self.main.feed(samples)?;
        self.competitor.feed(samples)?;
        Ok(())
    }

    /// What has been heard so far.
    pub(crate) fn partial(&mut self) -> Option<String> {
        self.main.hypothesis()
    }

    /// Ends the utterance, whose samples were `whole`, and hears it once more, normalised by its own mean:
    /// in noise that is worth half of the answers, in quiet surroundings the first time is as good. The
    /// surer of the two counts. `None`: no sentence of the grammar was completed.
    pub(crate) fn finish(&mut self, whole: &[i16]) -> Result<Option<Heard>, HearError> {
        self.main.end()?;
        self.competitor.end()?;
        let first = self.heard();
        self.channel_mean = self.main.channel_mean();
        let Some(Started { search, mean }) = self.started.take() else {
            return Ok(first);
        };
        let could_forget = whole.len() >= self.recipe.forgets_from_samples;
        let own = mean.filter(|_| !could_forget);
        let own = own.and_then(|mean| self.main.utterance_mean(&mean));
        let Some(mean) = own.or_else(|| self.channel_mean.clone()) else {
            return Ok(first);
        };
        self.main.hear_whole(&search, whole, &mean)?;
        self.competitor.hear_whole(COMPETITOR, whole, &mean)?;
        let second = self.heard();
        let sureness = |heard: &Option<Heard>| {
            heard
                .as_ref()
                .map_or(Confidence::ZERO, |heard| heard.judged.confidence)
        };
        Ok(if sureness(&second) > sureness(&first) {
            second
        } else {
            first
        })
    }

    fn heard(&mut self) -> Option<Heard> {
        let text = self.main.hypothesis()?;
        let judged = judge(
            &self.main.segments(),
            &self.competitor.segments(),
            &self.recipe.calibration,
        );
        Some(Heard { text, judged })
    }

    pub(crate) fn abandon(&mut self) {
        self.main.abandon();
        self.competitor.abandon();
    }

    /// The channel's mean as the last utterance left it.
    pub(crate) fn channel_mean(&mut self) -> Option<Vec<f32>> {
        self.channel_mean.take()
    }

    /// Compiles the grammar unless it is kept, evicting the least recently used.
    pub(crate) fn ensure_grammar(&mut self, grammar: &Grammar) -> Result<(), HearError> {
        if let Some(position) = self.kept.iter().position(|key| *key == grammar.key) {
            let key = self.kept.remove(position);
            self.kept.push(key);
            return Ok(());
        }
        self.main.abandon();
        self.ensure_words(grammar)?;
        // libsphinxbase drops the rest of a grammar where a rule is <VOID>.
        let jsgf = grammar.jsgf.replace("<VOID>", UNSAYABLE);
        self.main.add_grammar(&search_name(grammar.key), &jsgf)?;
        self.kept.push(grammar.key);
        if self.kept.len() > self.recipe.kept_grammars.max(1) {
            let oldest = self.kept.remove(0);
            self.main.remove_grammar(&search_name(oldest))?;
        }
        Ok(())
    }

    fn ensure_words(&mut self, grammar: &Grammar) -> Result<(), HearError> {
        for word in &grammar.words {
            if self.recipe.words.contains(word) || self.added.contains(word) {
                continue;
            }
            let sounds = self
                .recipe
                .pronunciations
                .of_or_by_rule(word, crate::tts::pronounce);
            if sounds.is_empty() {
                return Err(HearError::NoPronunciation {
                    grammar: grammar.name,
                    word: word.clone(),
                });
            }
            for (number, sound) in sounds.iter().enumerate() {
                self.main.add_word(&alternative(word, number), sound)?;
            }
            self.added.insert(word.clone());
        }
        Ok(())
    }
}

fn search_name(key: u64) -> String {
    format!("g{key:016x}")
}

/// Settings of both decoders. `bestpath` would add up to a second after the last frame; more Gaussians
/// keep noisy speech on the path. Computing every senone doubles the work and gains nothing.
fn common_settings() -> Vec<Setting> {
    vec![
        Setting::Whole("-bestpath", 0),
        Setting::Whole("-fwdflat", 0),
        Setting::Whole("-remove_silence", 1),
        Setting::Whole("-topn", 8),
    ]
}

fn main_settings() -> Vec<Setting> {
    let mut settings = common_settings();
    // With the library's 1e-48 the beginning of an order was lost behind two seconds of silence.
    settings.push(Setting::Real("-beam", 1e-60));
    settings.push(Setting::Real("-pbeam", 1e-60));
    settings.push(Setting::Real("-wbeam", 1e-40));
    settings.push(Setting::Real("-lw", 6.5));
    settings.push(Setting::Real("-wip", 0.65));
    settings
}

fn competitor_settings() -> Vec<Setting> {
    let mut settings = common_settings();
    // Phones without context: a tenth of the work of a loop with it, and a better judge.
    settings.push(Setting::Whole("-allphone_ci", 1));
    settings
}

/// A dictionary in which every phone is a word.
pub(crate) fn phone_dictionary() -> String {
    PHONES.iter().map(|phone| format!("{phone} {phone}\n")).collect()
}

/// The phones of cmudict, which both models use.
const PHONES: [&str; 39] = [
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y",
    "Z", "ZH",
];
const COMPETITOR: &str = "phones";

/// Stands for "nothing that can be said" in grammars; its pronunciation is nobody's.
const UNSAYABLE: &str = "xunsayablex";
pub(crate) const UNSAYABLE_ENTRY: &str = "xunsayablex ZH OY UH ZH OY UH ZH OY UH ZH\n";
