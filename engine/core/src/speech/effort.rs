//! Vocal effort: by how much a caller speaks louder than is usual for them.
//!
//! ANSI S3.5-1997 puts a raised voice some 6 dB, a loud one 12 and a shout 20 above a normal one at the same
//! distance. No telephone tells the distance, so each caller is compared with themself alone; a telephone that
//! levels its own gain hides the difference, and then nothing is found.

use std::collections::VecDeque;

/// The voice of one caller, utterance by utterance.
#[derive(Debug, Clone, Default)]
pub struct VocalEffort {
    /// The levels of the utterances before this one, in dBov, newest last.
    usual: VecDeque<f32>,
    /// Of the utterance under way: the sum of its frames' power over that of the noise, full scale being 1.
    power: f64,
    frames: u32,
}

impl VocalEffort {
    /// An utterance begins. What was heard of one that nobody finished is forgotten: it was no speech.
    pub fn begin(&mut self) {
        (self.power, self.frames) = (0.0, 0);
    }

    /// A frame that holds the caller's voice and none of Hark's: over a prompt people speak up without anger.
    pub fn handle_voiced(&mut self, level_dbov: f32, noise_dbov: f32) {
        self.power += (power(level_dbov) - power(noise_dbov)).max(0.0);
        self.frames += 1;
    }

    /// The utterance is over. How many dB it was louder than is usual for this caller, where that is
    /// [`LOUD_DB`] or more.
    pub fn finish(&mut self) -> Option<f32> {
        if self.frames < MIN_FRAMES || self.power <= 0.0 {
            return None;
        }
        let level_dbov = (10.0 * (self.power / f64::from(self.frames)).log10()) as f32;
        let raised_db = self.usual_dbov().map(|usual| level_dbov - usual);
        if self.usual.len() == UTTERANCES_MAX {
            self.usual.pop_front();
        }
        self.usual.push_back(level_dbov);
        raised_db.filter(|raised| *raised >= LOUD_DB)
    }

    /// The median of what was heard before; a caller who has spoken once has no usual voice yet.
    fn usual_dbov(&self) -> Option<f32> {
        if self.usual.len() < UTTERANCES_MIN {
            return None;
        }
        let mut levels: Vec<f32> = self.usual.iter().copied().collect();
        levels.sort_by(f32::total_cmp);
        let upper = levels.len() / 2;
        let lower = (levels.len() - 1) / 2;
        Some(f32::midpoint(*levels.get(lower)?, *levels.get(upper)?))
    }
}

/// Between a raised and a loud voice.
pub const LOUD_DB: f32 = 9.0;
/// Less voice than 200 ms has no level to speak of.
const MIN_FRAMES: u32 = 10;
const UTTERANCES_MIN: usize = 2;
const UTTERANCES_MAX: usize = 8;

fn power(level_dbov: f32) -> f64 {
    10.0_f64.powf(f64::from(level_dbov) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::VocalEffort;

    fn say(effort: &mut VocalEffort, level_dbov: f32, noise_dbov: f32) -> Option<f32> {
        effort.begin();
        for _ in 0..30 {
            effort.handle_voiced(level_dbov, noise_dbov);
        }
        effort.finish()
    }

    #[test]
    fn who_speaks_up_is_heard_to() {
        let mut effort = VocalEffort::default();
        let mut heard = Vec::new();
        for level in [-30.0, -27.0, -24.0, -15.0, -31.0] {
            heard.push(say(&mut effort, level, -60.0).map(f32::round));
        }
        assert_eq!(heard, [None, None, None, Some(12.0), None]);
    }

    #[test]
    fn a_first_word_has_nothing_to_compare_with() {
        let mut effort = VocalEffort::default();
        assert_eq!(say(&mut effort, -30.0, -60.0), None);
        assert_eq!(say(&mut effort, -10.0, -60.0), None);
    }

    #[test]
    fn who_has_come_nearer_is_soon_usual() {
        let mut effort = VocalEffort::default();
        let mut loud = 0;
        for level in [-30.0, -30.0, -18.0, -18.0, -18.0, -18.0, -18.0] {
            loud += u32::from(say(&mut effort, level, -60.0).is_some());
        }
        assert_eq!(loud, 2, "half way between two voices is 6 dB from either");
    }

    #[test]
    fn louder_noise_is_not_a_louder_voice() {
        let mut effort = VocalEffort::default();
        for noise in [-60.0, -50.0] {
            say(&mut effort, -30.0, noise);
        }
        // A train: the voice of -30 dBov and its noise of -22 are -21.4 together.
        assert_eq!(say(&mut effort, -21.36, -22.0), None);
    }

    #[test]
    fn a_syllable_says_nothing() {
        let mut effort = VocalEffort::default();
        for _ in 0..3 {
            say(&mut effort, -30.0, -60.0);
        }
        effort.begin();
        for _ in 0..5 {
            effort.handle_voiced(-6.0, -60.0);
        }
        assert_eq!(effort.finish(), None);
    }
}
