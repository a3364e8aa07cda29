//! One decoder pair: the grammar's and its competitor's, over the same sound.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use engine_core::nlu::grammar::Grammar;
use engine_core::units::SampleRate;
use thiserror::Error;

use crate::stt::denoise::Line;
use crate::stt::dictionary::{Pronunciations, alternative};
use crate::stt::features::{Cepstra, Channel, FrontEnd, MelBank};
use crate::stt::grammar::confidence::{Calibration, Judged, judge};
use crate::stt::grammar::contexts::unfolded;
use crate::stt::grammar::fitting::{CleanMeans, Fitting};
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
    /// The front end's tables, in the shape that the model was trained on.
    pub(crate) bank: Arc<MelBank>,
    /// The mean of features of a telephone line.
    pub(crate) telephone_mean: Cepstra,
    pub(crate) calibration: Calibration,
    /// Of a model that is fitted to noisy lines.
    pub(crate) clean: Option<CleanMeans>,
}

impl Recipe {
    fn front_end(&self, leg_rate: SampleRate, channel: Channel) -> FrontEnd {
        let mean = match leg_rate {
            SampleRate::Hz8000 => self.telephone_mean,
            SampleRate::Hz16000 => self.bank.shape().mean,
        };
        FrontEnd::new(Arc::clone(&self.bank), mean, channel)
    }

    fn decoder(&self, dictionary: &str, own: Vec<Setting>) -> Result<Decoder, DecoderError> {
        let mut settings = self.settings.clone();
        settings.push(Setting::Text("-dict", dictionary.to_owned()));
        settings.extend(own);
        Decoder::new(&settings)
    }

    /// Every pronunciation of a word.
    fn sounds(&self, word: &str) -> Vec<String> {
        self.pronunciations.of_or_by_rule(word, crate::tts::pronounce)
    }
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
    /// Which word is not told: it may be of the caller's address.
    #[error("grammar {grammar}: no pronunciation for a word of {letters} letters")]
    NoPronunciation { grammar: &'static str, letters: usize },
}

/// The decoder pair with its compiled grammars.
#[derive(Debug)]
pub(crate) struct GrammarDecoder {
    main: Decoder,
    competitor: Decoder,
    recipe: Arc<Recipe>,
    /// Of the utterance under way, or the last one.
    front_end: FrontEnd,
    /// Reused for every frame.
    cepstra: Vec<Cepstra>,
    fitting: Fitting,
    /// Of an answer to the question under way.
    usual_words: Option<u8>,
    /// Likewise.
    told_at_length: bool,
    /// Words added since the start: of choices, and of callers' addresses. The library cannot forget one (about 100
    /// bytes), so they stay until the process ends; nothing prints them.
    added: BTreeSet<String>,
    /// Keys of the compiled grammars, least recently used first.
    kept: Vec<u64>,
}

impl GrammarDecoder {
    pub(crate) fn new(recipe: Arc<Recipe>) -> Result<Self, DecoderError> {
        let main = recipe.decoder(&recipe.dictionary, main_settings())?;
        let mut competitor = recipe.decoder(&recipe.competitor_dictionary, competitor_settings())?;
        competitor.add_phone_loop(COMPETITOR)?;
        Ok(Self {
            main,
            competitor,
            front_end: recipe.front_end(SampleRate::Hz8000, Channel::default()),
            cepstra: Vec::new(),
            fitting: Fitting::default(),
            usual_words: None,
            told_at_length: false,
            recipe,
            added: BTreeSet::new(),
            kept: Vec::new(),
        })
    }

    /// Of the samples that it takes.
    pub(crate) fn rate(&self) -> SampleRate {
        self.recipe.bank.shape().rate
    }

    /// Begins an utterance. A grammar not seen lately is compiled first: up to 30 ms for the first question's.
    pub(crate) fn start(
        &mut self,
        grammar: &Grammar,
        leg_rate: SampleRate,
        channel: Channel,
    ) -> Result<(), HearError> {
        self.front_end = self.recipe.front_end(leg_rate, channel);
        if let Some(clean) = &self.recipe.clean {
            self.fitting
                .clear(clean, [&mut self.main, &mut self.competitor])?;
        }
        self.ensure_grammar(grammar)?;
        self.usual_words = grammar.usual_words;
        self.told_at_length = grammar.told_at_length;
        self.main.start(&search_name(grammar.key))?;
        self.competitor.start(COMPETITOR)?;
        Ok(())
    }

    /// The line before the utterance: not searched, but what a model is fitted to. Words whose noise is taken down are
    /// heard no better for it (of 104 tune words at 15 and 9 dB 51 without it and 48 with it).
    pub(crate) fn know_line(&mut self, samples: &[i16]) {
        self.front_end.know_line(samples);
    }

    /// Whether the model is fitted to a noisy line, for the question under way.
    pub(crate) fn is_fitted(&self) -> bool {
        self.told_at_length && self.recipe.clean.is_some()
    }

    pub(crate) fn feed(&mut self, samples: &[i16], line: Line) -> Result<(), HearError> {
        self.cepstra.clear();
        if self.is_fitted() {
            self.front_end.is_on(line);
        }
        self.front_end.push(samples, &mut self.cepstra);
        self.search()
    }

    /// Both decoders over the cepstra at hand.
    fn search(&mut self) -> Result<(), HearError> {
        if let Some(clean) = &self.recipe.clean {
            self.fitting.follow(
                clean,
                &self.recipe.bank,
                &self.front_end,
                self.cepstra.len(),
                [&mut self.main, &mut self.competitor],
            )?;
        }
        self.main.feed(&mut self.cepstra)?;
        self.competitor.feed(&mut self.cepstra)?;
        Ok(())
    }

    /// What has been heard so far.
    pub(crate) fn partial(&mut self) -> Option<String> {
        self.main.hypothesis()
    }

    /// Ends the utterance. `None`: no sentence of the grammar was completed.
    pub(crate) fn finish(&mut self) -> Result<Option<Heard>, HearError> {
        self.cepstra.clear();
        self.front_end.finish(&mut self.cepstra);
        self.search()?;
        self.main.end()?;
        self.competitor.end()?;
        let Some(text) = self.main.hypothesis() else {
            return Ok(None);
        };
        let judged = judge(
            &self.main.segments(),
            &self.competitor.segments(),
            self.usual_words,
            &self.recipe.calibration,
        );
        // `models/acoustic/calibrate.py` reads these lines.
        tracing::debug!(
            confidence = judged.confidence.get(),
            gap = judged.evidence.gap,
            shortness = judged.evidence.shortness,
            surplus = judged.evidence.surplus,
            "judged"
        );
        Ok(Some(Heard { text, judged }))
    }

    pub(crate) fn abandon(&mut self) {
        self.main.abandon();
        self.competitor.abandon();
    }

    /// What is known of the line after the last utterance.
    pub(crate) fn channel(&self) -> Channel {
        self.front_end.channel()
    }

    /// Whether the grammar is compiled.
    pub(crate) fn keeps(&self, grammar: &Grammar) -> bool {
        self.kept.contains(&grammar.key)
    }

    /// Compiles the grammar unless it is kept, evicting the least recently used.
    pub(crate) fn ensure_grammar(&mut self, grammar: &Grammar) -> Result<(), HearError> {
        if let Some(position) = self.kept.iter().position(|key| *key == grammar.key) {
            let key = self.kept.remove(position);
            self.kept.push(key);
            return Ok(());
        }
        let began = Instant::now();
        self.main.abandon();
        self.ensure_words(grammar)?;
        let network = unfolded(&grammar.network, |word| self.recipe.sounds(word));
        self.main.add_grammar(&search_name(grammar.key), &network)?;
        self.kept.push(grammar.key);
        if self.kept.len() > self.recipe.kept_grammars.max(1) {
            let oldest = self.kept.remove(0);
            self.main.remove_grammar(&search_name(oldest))?;
        }
        let took = began.elapsed();
        metrics::histogram!("hark_grammar_compile_seconds", "grammar" => grammar.name).record(took);
        tracing::debug!(
            grammar = grammar.name,
            took_us = took.as_micros(),
            "grammar compiled"
        );
        Ok(())
    }

    fn ensure_words(&mut self, grammar: &Grammar) -> Result<(), HearError> {
        for word in grammar.words() {
            if self.recipe.words.contains(word) || self.added.contains(word) {
                continue;
            }
            let sounds = self.recipe.sounds(word);
            if sounds.is_empty() {
                return Err(HearError::NoPronunciation {
                    grammar: grammar.name,
                    letters: word.chars().count(),
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
/// than the library's four keep noisy speech on the path.
fn common_settings() -> Vec<Setting> {
    vec![
        Setting::Whole("-bestpath", 0),
        Setting::Whole("-fwdflat", 0),
        // Scores are told against the best of all senones, so that the two decoders' can be compared.
        Setting::Whole("-compallsen", 1),
        Setting::Whole("-topn", 8),
    ]
}

fn main_settings() -> Vec<Setting> {
    let mut settings = common_settings();
    // Networks come with every pronunciation: the library would look at every state for every word.
    settings.push(Setting::Whole("-fsgusealtpron", 0));
    settings.push(Setting::Real("-beam", 1e-64));
    settings.push(Setting::Real("-pbeam", 1e-64));
    settings.push(Setting::Real("-wbeam", 1e-44));
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
