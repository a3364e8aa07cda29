//! A word network in the library's own form.

use std::ffi::{CString, c_int};
use std::ptr::{self, NonNull};

use engine_core::nlu::grammar::network::Network;

use super::{DecoderError, c_string, ffi};

/// An `fsg_model_t`.
pub(super) struct Fsg {
    raw: NonNull<ffi::FsgModel>,
}

impl Fsg {
    /// # Safety
    /// `log_math` belongs to a decoder that is alive.
    pub(super) unsafe fn new(
        log_math: NonNull<ffi::LogMath>,
        name: &CString,
        network: &Network,
    ) -> Result<Self, DecoderError> {
        // The library indexes its states by the first and the final one.
        if network.states <= Network::FINAL {
            return Err(NO_NETWORK);
        }
        let states = whole(network.states)?;
        // SAFETY: the name lives through the call, and the library copies it; it keeps a reference of its own
        // to the logarithms, which the caller says are alive.
        let raw = unsafe { ffi::fsg_model_init(name.as_ptr(), log_math.as_ptr(), LANGUAGE_WEIGHT, states) };
        let mut fsg = Self {
            raw: NonNull::new(raw).ok_or(NO_NETWORK)?,
        };
        // SAFETY: the library has made the object, and nobody else has it yet.
        unsafe {
            fsg.raw.as_mut().start_state = whole(Network::START)?;
            fsg.raw.as_mut().final_state = whole(Network::FINAL)?;
        }
        fsg.add_arcs(network)?;
        // SAFETY: the object is valid; the list is ours to free, the arcs it lists are the network's.
        unsafe {
            ffi::glist_free(ffi::fsg_model_null_trans_closure(
                fsg.raw.as_ptr(),
                ptr::null_mut(),
            ))
        };
        Ok(fsg)
    }

    pub(super) const fn as_ptr(&self) -> *mut ffi::FsgModel {
        self.raw.as_ptr()
    }

    fn add_arcs(&mut self, network: &Network) -> Result<(), DecoderError> {
        let numbers = network.words.iter().map(|word| self.add_word(word));
        let numbers = numbers.collect::<Result<Vec<c_int>, _>>()?;
        for arc in &network.arcs {
            if arc.from.max(arc.to) >= network.states {
                return Err(NO_NETWORK);
            }
            let (from, to) = (whole(arc.from)?, whole(arc.to)?);
            match arc.word {
                // SAFETY: the object is valid, and both states exist.
                None => unsafe {
                    ffi::fsg_model_null_trans_add(self.raw.as_ptr(), from, to, CERTAIN);
                },
                Some(word) => {
                    let word = usize::try_from(word).ok().and_then(|word| numbers.get(word));
                    let word = *word.ok_or(NO_NETWORK)?;
                    // SAFETY: the object is valid, both states exist, and the library gave the number.
                    unsafe { ffi::fsg_model_trans_add(self.raw.as_ptr(), from, to, CERTAIN, word) };
                }
            }
        }
        Ok(())
    }

    fn add_word(&mut self, word: &str) -> Result<c_int, DecoderError> {
        let word = c_string("a word", word)?;
        // SAFETY: the object is valid; the string lives through the call, and the library copies it.
        Ok(unsafe { ffi::fsg_model_word_add(self.raw.as_ptr(), word.as_ptr()) })
    }
}

impl Drop for Fsg {
    fn drop(&mut self) {
        // SAFETY: made by the library and freed once; a decoder that has taken it holds its own reference.
        unsafe { ffi::fsg_model_free(self.raw.as_ptr()) };
    }
}

fn whole(number: u32) -> Result<c_int, DecoderError> {
    c_int::try_from(number).map_err(|_| NO_NETWORK)
}

const NO_NETWORK: DecoderError = DecoderError::Refused {
    step: "make a word network",
};

/// The logarithm of one: no way is likelier than another.
const CERTAIN: c_int = 0;

/// The library's own; silences between words are weighed with it.
const LANGUAGE_WEIGHT: f32 = 6.5;
