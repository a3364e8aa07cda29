//! One or two acoustic models over the same utterance, and one answer of theirs.
//!
//! Models that were trained on different speech seldom go wrong in the same way: where they agree the answer is nearly
//! always right, in noise too, and where they differ one of the two is wrong (system combination, after Fiscus' ROVER, 1997).

use engine_core::nlu::gist::Gist;
use engine_core::nlu::grammar::Grammar;
use engine_core::speech::recognition::Models;
use engine_core::units::{Confidence, SampleRate};

use crate::stt::denoise::Line;
use crate::stt::features::Channel;
use crate::stt::grammar::confidence::{Judged, probability};
use crate::stt::grammar::decoder::{GrammarDecoder, HearError, Heard};
use crate::stt::rate::RateConverter;

/// How sure two models are together: a logistic of how sure each of them is, and of how far they say the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pairing {
    pub(crate) bias: f32,
    /// Of the sum of both log odds.
    pub(crate) per_log_odds: f32,
    /// Of the share of telling words that both heard: an order with one option in doubt is worth reading back.
    pub(crate) per_shared: f32,
    /// On top of it, where they are the same.
    pub(crate) for_agreement: f32,
}

/// What each model knows of a call's line, carried from utterance to utterance.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Channels {
    first: Channel,
    second: Channel,
}

/// Which models hear an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Both,
    /// The first alone: with the second others would not get their answer in time.
    First,
}

/// The models of one decoding place.
#[derive(Debug)]
pub(crate) struct Ensemble {
    first: Ear,
    second: Option<Second>,
}

/// One model, and the way of a line's samples to its rate.
#[derive(Debug)]
struct Ear {
    decoder: GrammarDecoder,
    converter: RateConverter,
    /// Reused for every frame.
    samples: Vec<i16>,
}

#[derive(Debug)]
struct Second {
    ear: Ear,
    pairing: Pairing,
    /// What it knew of the line when the utterance began.
    channel: Channel,
    /// Whether it hears the utterance under way.
    listens: bool,
}

impl Ensemble {
    pub(crate) fn new(first: GrammarDecoder, second: Option<(GrammarDecoder, Pairing)>) -> Self {
        Self {
            first: Ear::new(first),
            second: second.map(|(decoder, pairing)| Second {
                ear: Ear::new(decoder),
                pairing,
                channel: Channel::default(),
                listens: false,
            }),
        }
    }

    /// Begins an utterance.
    pub(crate) fn start(
        &mut self,
        grammar: &Grammar,
        leg_rate: SampleRate,
        channels: Channels,
        who: Who,
    ) -> Result<(), HearError> {
        // Before anything can fail: what is left here is of the caller before.
        if let Some(second) = &mut self.second {
            second.channel = channels.second.clone();
            second.listens = false;
        }
        self.first.start(grammar, leg_rate, channels.first)?;
        if let Some(second) = self.second.as_mut().filter(|_| who == Who::Both) {
            second.listens = true;
            let started = second.ear.start(grammar, leg_rate, channels.second);
            second.keep_up(started);
        }
        Ok(())
    }

    /// The rest of the utterance is for the first model alone. False where it is so already.
    pub(crate) fn leave_second_out(&mut self) -> bool {
        let Some(second) = self.second.as_mut().filter(|second| second.listens) else {
            return false;
        };
        second.stop();
        true
    }

    /// Whether any of its models is fitted to a noisy line, for the question under way.
    pub(crate) fn is_fitted(&self) -> bool {
        let second = self.second.as_ref().filter(|second| second.listens);
        self.first.decoder.is_fitted() || second.is_some_and(|second| second.ear.decoder.is_fitted())
    }

    /// The line before the utterance, after its start.
    pub(crate) fn know_line(&mut self, samples: &[i16], line: Line) {
        self.first.know_line(samples, line);
        if let Some(second) = self.second.as_mut().filter(|second| second.listens) {
            second.ear.know_line(samples, line);
        }
    }

    /// Samples of the line.
    pub(crate) fn feed(&mut self, samples: &[i16], line: Line) -> Result<(), HearError> {
        self.first.feed(samples, line)?;
        if let Some(second) = self.second.as_mut().filter(|second| second.listens) {
            let fed = second.ear.feed(samples, line);
            second.keep_up(fed);
        }
        Ok(())
    }

    /// What the first model has heard so far.
    pub(crate) fn partial(&mut self) -> Option<String> {
        self.first.decoder.partial()
    }

    /// Ends the utterance. `None`: neither heard a whole sentence of the grammar.
    pub(crate) fn finish(&mut self) -> Result<(Option<Heard>, Models), HearError> {
        let first = self.first.decoder.finish()?;
        let Some(second) = self.second.as_mut() else {
            return Ok((first, Models::One));
        };
        if !second.listens {
            return Ok((first, Models::SecondLeftOut));
        }
        match second.ear.decoder.finish() {
            Ok(heard) => {
                let models = compared(first.as_ref(), heard.as_ref());
                Ok((combine(first, heard, &second.pairing), models))
            }
            Err(error) => {
                second.keep_up(Err(error));
                Ok((first, Models::SecondLeftOut))
            }
        }
    }

    pub(crate) fn abandon(&mut self) {
        self.first.decoder.abandon();
        if let Some(second) = &mut self.second {
            second.ear.decoder.abandon();
        }
    }

    /// What is known of the line after the last utterance.
    pub(crate) fn channels(&self) -> Channels {
        Channels {
            first: self.first.decoder.channel(),
            second: self.second.as_ref().map_or_else(Channel::default, |second| {
                if second.listens {
                    second.ear.decoder.channel()
                } else {
                    second.channel.clone()
                }
            }),
        }
    }

    /// Whether the grammar is compiled for every model.
    pub(crate) fn keeps(&self, grammar: &Grammar) -> bool {
        self.first.decoder.keeps(grammar)
            && self
                .second
                .as_ref()
                .is_none_or(|second| second.ear.decoder.keeps(grammar))
    }

    /// Compiles the grammar for one model that lacks it.
    pub(crate) fn compile_next(&mut self, grammar: &Grammar) -> Result<(), HearError> {
        match &mut self.second {
            Some(second) if self.first.decoder.keeps(grammar) => second.ear.decoder.ensure_grammar(grammar),
            Some(_) | None => self.first.decoder.ensure_grammar(grammar),
        }
    }
}

impl Ear {
    fn new(decoder: GrammarDecoder) -> Self {
        Self {
            converter: RateConverter::folding(SampleRate::Hz8000, decoder.rate()),
            decoder,
            samples: Vec::with_capacity(640),
        }
    }

    fn start(&mut self, grammar: &Grammar, leg_rate: SampleRate, channel: Channel) -> Result<(), HearError> {
        self.converter = RateConverter::folding(leg_rate, self.decoder.rate());
        self.decoder.start(grammar, leg_rate, channel)
    }

    fn know_line(&mut self, samples: &[i16], line: Line) {
        if self.decoder.is_fitted() && line == Line::Noisy {
            self.samples.clear();
            self.converter.push(samples, &mut self.samples);
            self.decoder.know_line(&self.samples);
        }
    }

    fn feed(&mut self, samples: &[i16], line: Line) -> Result<(), HearError> {
        self.samples.clear();
        self.converter.push(samples, &mut self.samples);
        self.decoder.feed(&self.samples, line)
    }
}

impl Second {
    /// Its failure is no failure of the answer: the utterance goes on without it.
    fn keep_up(&mut self, result: Result<(), HearError>) {
        if let Err(error) = result {
            tracing::warn!(%error, "the second acoustic model gives up this utterance");
            self.stop();
        }
    }

    fn stop(&mut self) {
        self.listens = false;
        self.ear.decoder.abandon();
    }
}

/// For the record: whether both heard the same words, but for those that tell nothing.
fn compared(first: Option<&Heard>, second: Option<&Heard>) -> Models {
    let same = match (first, second) {
        (Some(first), Some(second)) => Gist::of(&first.text).shared_with(&Gist::of(&second.text)) >= 1.0,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if same { Models::Agreed } else { Models::Differed }
}

/// The surer of the two answers, as sure as both make it. Where they have nothing in common, or one heard no whole
/// sentence, nobody is to act on it; of two yeses the fainter one is taken.
fn combine(first: Option<Heard>, second: Option<Heard>, pairing: &Pairing) -> Option<Heard> {
    let log_odds = |heard: &Option<Heard>| {
        let found = heard
            .as_ref()
            .map_or(-LOG_ODDS_MAX, |heard| heard.judged.log_odds);
        found.clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX)
    };
    let (of_first, of_second) = (log_odds(&first), log_odds(&second));
    let gists = [&first, &second].map(|heard| heard.as_ref().map(|heard| Gist::of(&heard.text)));
    let (shared, second_wins) = match &gists {
        [Some(own), Some(its)] if its.is_fainter_yes_than(own) => (own.shared_with(its), true),
        [Some(own), Some(its)] if own.is_fainter_yes_than(its) => (own.shared_with(its), false),
        [Some(own), Some(its)] => (own.shared_with(its), of_second > of_first),
        [own, _] => (0.0, own.is_none()),
    };
    let taken = if second_wins { second } else { first }?;
    let most = if shared > 0.0 {
        f32::INFINITY
    } else {
        NOTHING_SHARED_MAX
    };
    let weighed = pairing.bias
        + pairing.per_log_odds * (of_first + of_second)
        + pairing.per_shared * shared
        + if shared >= 1.0 { pairing.for_agreement } else { 0.0 };
    let log_odds = weighed.min(most);
    let confidence = Confidence::new(probability(log_odds));
    // `models/acoustic/calibrate.py` reads these lines.
    tracing::debug!(of_first, of_second, shared, "paired");
    let mut judged = Judged {
        confidence,
        log_odds,
        ..taken.judged
    };
    for word in &mut judged.words {
        word.confidence = Confidence::new(word.confidence.get().min(confidence.get()));
    }
    Some(Heard {
        text: taken.text,
        judged,
    })
}

/// Beyond this a model is as sure as it can be of anything.
const LOG_ODDS_MAX: f32 = 4.0;
/// Log odds of a little less than [`DISPUTED_MAX`](engine_core::speech::verdict::DISPUTED_MAX).
const NOTHING_SHARED_MAX: f32 = -0.21;

#[cfg(test)]
mod tests {
    use crate::stt::denoise::Line;
    use std::collections::BTreeSet;

    use engine_core::nlu::grammar::Grammar;
    use engine_core::speech::verdict::DISPUTED_MAX;
    use engine_core::units::SampleRate;

    use super::{Channels, Ensemble, Models, Pairing, Who, combine, compared};
    use crate::stt::SttConfig;
    use crate::stt::grammar::confidence::Judged;
    use crate::stt::grammar::decoder::Heard;
    use crate::stt::grammar::pool::Kit;
    use crate::stt::model::AcousticModel;
    use crate::stt::tuned::PAIRING as SHIPPED;
    use crate::tts::{Synthesiser, voice};

    const PAIRING: Pairing = Pairing {
        bias: -1.0,
        per_log_odds: 0.5,
        per_shared: 1.0,
        for_agreement: 1.0,
    };

    fn heard(text: &str, log_odds: f32) -> Option<Heard> {
        let judged = Judged {
            log_odds,
            ..Judged::default()
        };
        (!text.is_empty()).then(|| Heard {
            text: text.to_owned(),
            judged,
        })
    }

    fn check(first: (&str, f32), second: (&str, f32), text: &str, log_odds: f32) {
        let found = combine(heard(first.0, first.1), heard(second.0, second.1), &PAIRING);
        let found = found.map(|heard| (heard.text, heard.judged.log_odds, heard.judged.confidence.get()));
        let confidence = 1.0 / (1.0 + (-log_odds).exp());
        let (found_text, found_odds, found_confidence) = found.unwrap_or_default();
        assert_eq!(found_text, text);
        assert!((found_odds - log_odds).abs() < 1e-4, "{found_odds}");
        assert!((found_confidence - confidence).abs() < 1e-3, "{found_confidence}");
    }

    #[test]
    fn agreement_makes_sure_and_difference_makes_unsure() {
        check(("yes", 1.0), ("yeah", 3.0), "yeah", 3.0);
        check(("yes", 1.0), ("no", 3.0), "no", -0.21);
        check(("yes", 3.0), ("no", 3.0), "yes", -0.21);
        // Of two yeses the one that says less.
        check(("that's right", 1.0), ("yes", 3.0), "that's right", 3.0);
        check(("yes", 1.0), ("that's right", 1.0), "that's right", 2.0);
        check(("a mocha", 3.0), ("an iced mocha", 1.0), "a mocha", 1.5);
        check(("a mocha", 9.0), ("one mocha", 9.0), "a mocha", 5.0);
        // One of them heard no whole sentence.
        check(("yes", 4.0), ("", 0.0), "yes", -1.0);
        check(("", 0.0), ("yes", 4.0), "yes", -1.0);
        check(("yes", -20.0), ("", 0.0), "yes", -5.0);
        assert_eq!(combine(None, None, &PAIRING), None);
    }

    /// The adapted and the plain model of Debian's stand for two of different origin.
    #[test]
    fn a_second_model_hears_unless_the_thread_is_busy() {
        let config = SttConfig {
            models_folder: concat!(env!("CARGO_MANIFEST_DIR"), "/../models").into(),
            ..SttConfig::default()
        };
        let unadapted = SttConfig {
            models_folder: "nowhere".into(),
            ..SttConfig::default()
        };
        let models = [&config, &unadapted].map(|config| AcousticModel::find(config).unwrap());
        let vocabulary: BTreeSet<String> = ["yes please".to_owned(), "no please".to_owned()].into();
        let words = ["yes", "no", "please"].map(str::to_owned).into();
        let grammar = Grammar::of_phrases("yes_no", &vocabulary);
        let kits = models
            .each_ref()
            .map(|model| Kit::new(model, &config.grammar, &words, "").unwrap());
        let decoder = |model: usize| kits[model].decoder().unwrap();
        let line = SampleRate::Hz8000;
        let mut samples = vec![0; 4_000];
        samples.extend(
            voice()
                .unwrap()
                .say("yes please")
                .unwrap()
                .at_rate(line.hz())
                .unwrap()
                .samples,
        );
        let hear = |ensemble: &mut Ensemble, channels: Channels, who: Who| {
            ensemble.start(&grammar, line, channels, who).unwrap();
            samples
                .chunks(line.frame_samples())
                .for_each(|frame| ensemble.feed(frame, Line::Quiet).unwrap());
            (ensemble.finish().unwrap().0.unwrap(), ensemble.channels())
        };
        let fresh = Channels::default;
        let [(first, _), (second, _)] =
            [0, 1].map(|model| hear(&mut Ensemble::new(decoder(model), None), fresh(), Who::Both));
        let mut both = Ensemble::new(decoder(0), Some((decoder(1), PAIRING)));
        let (paired, of_a_call) = hear(&mut both, fresh(), Who::Both);
        assert_ne!(of_a_call.second, fresh().second);
        assert_eq!(Some(paired), combine(Some(first.clone()), Some(second), &PAIRING));
        // Left out, it keeps what it knew of this call's line.
        let (alone, later) = hear(&mut both, of_a_call.clone(), Who::First);
        assert_eq!(later.second, of_a_call.second);
        assert_eq!(alone.text, first.text);
        let (alone, of_another) = hear(&mut both, fresh(), Who::First);
        assert_eq!((&alone, of_another.second), (&first, fresh().second));
        // It can be left out in the middle, too.
        both.start(&grammar, line, of_a_call.clone(), Who::Both).unwrap();
        assert!(both.leave_second_out() && !both.leave_second_out());
        samples
            .chunks(line.frame_samples())
            .for_each(|frame| both.feed(frame, Line::Quiet).unwrap());
        let (heard, models) = both.finish().unwrap();
        assert_eq!((heard.unwrap().text, models), (first.text, Models::SecondLeftOut));
        assert_eq!(both.channels().second, of_a_call.second);
        // What cannot begin leaves nothing of the caller before.
        hear(&mut both, fresh(), Who::Both);
        let mute = Grammar::of_phrases("mute", &["\u{65e5}".to_owned()].into());
        assert!(both.start(&mute, line, fresh(), Who::Both).is_err());
        assert_eq!(both.channels().second, fresh().second);
    }

    /// What people say with one model and the other, by what ships.
    #[test]
    fn the_record_has_whether_the_models_differed() {
        let check = |first: &str, second: &str, expect: Models| {
            let (first, second) = (heard(first, 1.0), heard(second, 1.0));
            assert_eq!(compared(first.as_ref(), second.as_ref()), expect);
        };
        check("can i get a latte", "i'd like a latte", Models::Agreed);
        check("a small latte", "a small mocha", Models::Differed);
        check("yes", "", Models::Differed);
        check("", "", Models::Agreed);
    }

    #[test]
    fn agreement_is_believed_and_contradiction_never() {
        let sure = |first: (&str, f32), second: (&str, f32)| {
            let found = combine(heard(first.0, first.1), heard(second.0, second.1), &SHIPPED);
            found
                .map(|heard| heard.judged.confidence.get())
                .unwrap_or_default()
        };
        assert!(sure(("yes", 1.0), ("yeah", 1.0)) > 0.75);
        assert!(sure(("yes", 9.0), ("nah", 9.0)) <= DISPUTED_MAX);
        assert!(sure(("four five six", 9.0), ("four nine six", 9.0)) <= DISPUTED_MAX);
        assert!(sure(("yes", 9.0), ("", 0.0)) <= DISPUTED_MAX);
        let in_doubt = sure(
            ("a small latte with soy milk", 3.0),
            ("a small latte with whole milk", 3.0),
        );
        assert!((0.6..0.9).contains(&in_doubt), "{in_doubt}");
    }
}
