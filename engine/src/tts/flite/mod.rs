//! A safe wrapper around flite: the voice `slt` and the pronunciations of its lexicon. Flite's
//! thread safety is unproven, so every call into it happens under one lock.

mod ffi;

use std::ffi::{CStr, CString};
use std::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::tts::TtsError;
use crate::tts::sound::Sound;
use crate::tts::synthesiser::Synthesiser;

/// Debian's voice `cmu_us_slt`: 16 kHz, about 23 ms of work for six words.
#[derive(Debug)]
pub(crate) struct Flite {
    voice: NonNull<ffi::Voice>,
}

// SAFETY: the voice is a pointer to flite's registered, never freed voice; it has no tie to a
// thread, and every use of it happens under FLITE's lock.
unsafe impl Send for Flite {}

impl Flite {
    pub(crate) fn new() -> Result<Self, TtsError> {
        let _guard = lock();
        // SAFETY: under the lock. Registering again gives the same voice; null names no folder,
        // since this voice's data lies in the library.
        let voice = unsafe { ffi::register_cmu_us_slt(ptr::null()) };
        NonNull::new(voice)
            .map(|voice| Self { voice })
            .ok_or_else(|| TtsError::Voice {
                voice: VOICE,
                reason: "the library has no such voice".to_owned(),
            })
    }
}

impl Synthesiser for Flite {
    fn name(&self) -> &'static str {
        VOICE
    }

    fn say(&mut self, text: &str) -> Result<Sound, TtsError> {
        let no_sound = TtsError::NoSound {
            characters: text.chars().count(),
        };
        let Ok(c_text) = CString::new(text) else {
            return Err(no_sound);
        };
        let _guard = lock();
        // SAFETY: takes no pointer. The breath of voiceless sounds is drawn from `rand()`: a sentence shall always
        // sound the same, or what a recogniser makes of it changes with what was said before.
        unsafe { ffi::srand(BREATH) };
        // SAFETY: under the lock; the voice is registered and the text lives through the call.
        let wave = unsafe { ffi::flite_text_to_wave(c_text.as_ptr(), self.voice.as_ptr()) };
        let Some(wave) = NonNull::new(wave) else {
            return Err(no_sound);
        };
        // SAFETY: a fresh wave that is ours; its samples are copied before it is freed, once.
        let sound = unsafe {
            let sound = copy_wave(wave.as_ref());
            ffi::delete_wave(wave.as_ptr());
            sound
        };
        sound.ok_or(no_sound)
    }
}

/// The phones of a word: from flite's lexicon, else by its letter-to-sound rules.
pub(crate) fn pronounce(word: &str) -> Option<String> {
    let c_word = CString::new(word.to_lowercase()).ok()?;
    let _guard = lock();
    // SAFETY: under the lock. The lexicon is flite's own and never freed. The list is ours: it is
    // read element by element while it lives and freed once.
    unsafe {
        let lexicon = ffi::cmu_lex_init();
        if lexicon.is_null() {
            return None;
        }
        let list = ffi::lex_lookup(lexicon, c_word.as_ptr(), ptr::null(), ptr::null());
        if list.is_null() {
            return None;
        }
        let phones = read_phones(list);
        ffi::delete_val(list);
        (!phones.is_empty()).then(|| phones.join(" "))
    }
}

/// # Safety
/// `list` is a live list of strings.
unsafe fn read_phones(list: *const ffi::Val) -> Vec<String> {
    let mut phones = Vec::new();
    let mut rest = list;
    while !rest.is_null() && phones.len() < PHONES_MAX {
        // SAFETY: `rest` is a cell of the caller's live list, and its head a string.
        let phone = unsafe {
            let text = ffi::val_string(ffi::val_car(rest));
            rest = ffi::val_cdr(rest);
            CStr::from_ptr(text).to_string_lossy().into_owned()
        };
        phones.push(cmudict_phone(&phone));
    }
    phones
}

/// Flite writes stress as a digit and has one more vowel than cmudict.
fn cmudict_phone(phone: &str) -> String {
    match phone.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "ax" => "AH".to_owned(),
        plain => plain.to_uppercase(),
    }
}

/// # Safety
/// `wave.samples` holds `num_samples * num_channels` samples, or is null.
unsafe fn copy_wave(wave: &ffi::Wave) -> Option<Sound> {
    let count = usize::try_from(wave.num_samples).ok()?;
    let rate_hz = u32::try_from(wave.sample_rate).ok()?;
    if wave.samples.is_null() || wave.num_channels != 1 || count == 0 {
        return None;
    }
    // SAFETY: the caller vouches for the length; one channel was checked above.
    let samples = unsafe { std::slice::from_raw_parts(wave.samples, count) }.to_vec();
    Some(Sound { rate_hz, samples })
}

/// Flite, one user at a time, initialised by the first.
fn lock() -> MutexGuard<'static, Initialised> {
    let mut guard = FLITE.lock().unwrap_or_else(PoisonError::into_inner);
    if *guard == Initialised::No {
        // SAFETY: under the lock, once, before any other call.
        unsafe {
            ffi::flite_init();
        }
        *guard = Initialised::Yes;
    }
    guard
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Initialised {
    No,
    Yes,
}

static FLITE: Mutex<Initialised> = Mutex::new(Initialised::No);
const VOICE: &str = "flite slt";
/// Where the C library's `rand()` begins, if nobody says.
const BREATH: u32 = 1;
/// More than any word has.
const PHONES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_a_sentence() {
        let sound = Flite::new().unwrap().say("Your order is on its way.").unwrap();
        assert_eq!(sound.rate_hz, 16_000);
        let seconds = sound.samples.len() as f32 / 16_000.0;
        assert!((0.8..4.0).contains(&seconds), "{seconds} s");
        assert!(sound.active_rms().unwrap() > 500.0);
    }

    #[test]
    fn the_same_words_sound_the_same_whatever_was_said_before_and_beside() {
        let sentences = [
            "no send it to the lighthouse",
            "which beans go with an espresso machine",
            "That's two bags of Harbor dark roast to your home, $29.00 in all.",
            "yes please",
            "417220",
        ];
        let alone: Vec<_> = sentences
            .map(|text| Flite::new().unwrap().say(text).unwrap())
            .into();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let alone = &alone;
                scope.spawn(move || {
                    for round in 0..20 {
                        let at = (round * (thread + 1) + thread) % sentences.len();
                        pronounce("zorpaccino");
                        let again = Flite::new().unwrap().say(sentences[at]).unwrap();
                        assert!(again == alone[at], "{}", sentences[at]);
                    }
                });
            }
        });
    }

    #[test]
    fn pronounces_words_known_and_unknown() {
        let check = |word: &str, expect: &str| assert_eq!(pronounce(word).as_deref(), Some(expect), "{word}");
        check("coffee", "K AA F IY");
        check("yes", "Y EH S");
        assert!(pronounce("zorpaccino").is_some_and(|phones| phones.starts_with('Z')));
    }
}
