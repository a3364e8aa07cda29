//! A safe wrapper around one libpocketsphinx decoder: load models, hold grammars by name, feed
//! samples, read words and their acoustic scores. Everything unsafe of hearing is in this folder.

mod ffi;
pub(crate) mod gaussians;
mod hot_swap;
mod network;

use std::ffi::{CStr, CString, c_int, c_long};
use std::ptr::{self, NonNull};
use std::sync::Once;

use engine_core::nlu::grammar::network::Network;
use thiserror::Error;

use self::hot_swap::HotSwap;
pub(crate) use self::hot_swap::MeansFile;
use self::network::Fsg;
use crate::stt::features::Cepstra;

/// A setting of the decoder, by its name on the library's command line ("-hmm").
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Setting {
    Text(&'static str, String),
    Whole(&'static str, i32),
    Real(&'static str, f64),
}

/// One word (or filler, such as `<sil>`) of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    /// As in the dictionary, with the mark of an alternative pronunciation: `the(2)`.
    pub(crate) word: String,
    /// First and last frame (10 ms each), counted without removed silence.
    pub(crate) start_frame: i32,
    pub(crate) end_frame: i32,
    /// Acoustic log score, in the decoder's log base shifted as its searches have it; below 0.
    pub(crate) acoustic: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum DecoderError {
    #[error("the library has no setting {name}: is this libpocketsphinx 0.8?")]
    UnknownSetting { name: &'static str },
    #[error("{what} contains a NUL character")]
    Nul { what: &'static str },
    #[error("the acoustic model or the dictionary cannot be loaded")]
    Init,
    #[error("grammar {name} is refused: a word without pronunciation")]
    Grammar { name: String },
    #[error("no grammar {name} is loaded")]
    NoGrammar { name: String },
    /// Which word is not told: it may be of the caller's address.
    #[error("a word of {letters} letters cannot be added")]
    Word { letters: usize },
    #[error("the decoder refused to {step}")]
    Refused { step: &'static str },
}

/// A decoder with its acoustic model, dictionary and grammars. Not `Sync`: one thread uses it at a time.
#[derive(Debug)]
pub(crate) struct Decoder {
    raw: NonNull<ffi::PsDecoder>,
    in_utterance: bool,
    /// Made when other Gaussians are first wanted.
    hot_swap: Option<HotSwap>,
}

// SAFETY: a decoder has no thread-local state and shares nothing mutable with other decoders
// (the library's only global is its error callback, set once below); moving it is sound as long
// as it is used from one thread at a time, which `&mut self` ensures.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Loads the models that `settings` name. Costs tens to hundreds of milliseconds: never per call.
    pub(crate) fn new(settings: &[Setting]) -> Result<Self, DecoderError> {
        silence_library();
        let config = Config::new(settings)?;
        // SAFETY: `config` is a valid object; ps_init takes its own reference to it.
        let raw = unsafe { ffi::ps_init(config.raw.as_ptr()) };
        NonNull::new(raw)
            .map(|raw| Self {
                raw,
                in_utterance: false,
                hot_swap: None,
            })
            .ok_or(DecoderError::Init)
    }

    /// Takes a network of words as the dictionary has them, and keeps it under `name`.
    pub(crate) fn add_grammar(&mut self, name: &str, network: &Network) -> Result<(), DecoderError> {
        let c_name = c_string("a grammar's name", name)?;
        // SAFETY: the decoder is alive, and so are its logarithms.
        let fsg = unsafe {
            let log_math = NonNull::new(ffi::ps_get_logmath(self.raw.as_ptr()));
            let log_math = log_math.ok_or(DecoderError::Init)?;
            Fsg::new(log_math, &c_name, network)?
        };
        // SAFETY: all three are valid; the library copies the name and takes its own reference to the network.
        let status = unsafe { ffi::ps_set_fsg(self.raw.as_ptr(), c_name.as_ptr(), fsg.as_ptr()) };
        if status == 0 {
            Ok(())
        } else {
            Err(DecoderError::Grammar {
                name: name.to_owned(),
            })
        }
    }

    /// Keeps a free loop of phones under `name`: any phone may follow any other.
    pub(crate) fn add_phone_loop(&mut self, name: &str) -> Result<(), DecoderError> {
        let c_name = c_string("a grammar's name", name)?;
        // SAFETY: the string lives through the call; a null language model is allowed.
        let status = unsafe { ffi::ps_set_allphone(self.raw.as_ptr(), c_name.as_ptr(), ptr::null_mut()) };
        if status == 0 {
            Ok(())
        } else {
            Err(DecoderError::Grammar {
                name: name.to_owned(),
            })
        }
    }

    pub(crate) fn remove_grammar(&mut self, name: &str) -> Result<(), DecoderError> {
        let c_name = c_string("a grammar's name", name)?;
        // SAFETY: the string lives through the call; the search is not in use outside an utterance.
        let status = unsafe { ffi::ps_unset_search(self.raw.as_ptr(), c_name.as_ptr()) };
        if status == 0 {
            Ok(())
        } else {
            Err(DecoderError::NoGrammar {
                name: name.to_owned(),
            })
        }
    }

    /// Makes a word sayable in grammars added from now on.
    pub(crate) fn add_word(&mut self, word: &str, phones: &str) -> Result<(), DecoderError> {
        let c_word = c_string("a word", word)?;
        let c_phones = c_string("a pronunciation", phones)?;
        // SAFETY: both strings live through the call, and the library copies them.
        let id = unsafe { ffi::ps_add_word(self.raw.as_ptr(), c_word.as_ptr(), c_phones.as_ptr(), 0) };
        if id >= 0 {
            Ok(())
        } else {
            Err(DecoderError::Word {
                letters: word.chars().count(),
            })
        }
    }

    /// From here on the search goes by these means, also within an utterance.
    pub(crate) fn take_means(&mut self, file: &MeansFile) -> Result<(), DecoderError> {
        let hot_swap = match self.hot_swap.take() {
            Some(hot_swap) => hot_swap,
            // SAFETY: the decoder is valid, and nothing but the call below gives it other means.
            None => unsafe { HotSwap::of(self.raw)? },
        };
        let hot_swap = self.hot_swap.insert(hot_swap);
        // SAFETY: it was made for this decoder, which is valid.
        unsafe { hot_swap.to(file, self.raw) }
    }

    /// Begins an utterance.
    pub(crate) fn start(&mut self, grammar: &str) -> Result<(), DecoderError> {
        self.abandon();
        let c_name = c_string("a grammar's name", grammar)?;
        // SAFETY: the decoder is valid and outside an utterance, as ps_set_search requires.
        let status = unsafe { ffi::ps_set_search(self.raw.as_ptr(), c_name.as_ptr()) };
        if status != 0 {
            return Err(DecoderError::NoGrammar {
                name: grammar.to_owned(),
            });
        }
        // SAFETY: the decoder is valid, has a search, and is outside an utterance.
        let status = unsafe {
            ffi::ps_start_stream(self.raw.as_ptr());
            ffi::ps_start_utt(self.raw.as_ptr())
        };
        self.in_utterance = status >= 0;
        if self.in_utterance {
            Ok(())
        } else {
            Err(DecoderError::Refused {
                step: "start an utterance",
            })
        }
    }

    /// Feeds normalised cepstra and searches as far as they reach.
    pub(crate) fn feed(&mut self, cepstra: &mut [Cepstra]) -> Result<(), DecoderError> {
        if !self.in_utterance {
            return Err(DecoderError::Refused {
                step: "take features outside an utterance",
            });
        }
        for part in cepstra.chunks_mut(FRAMES_AT_ONCE) {
            let mut rows: Vec<*mut f32> = part.iter_mut().map(|frame| frame.as_mut_ptr()).collect();
            // SAFETY: the decoder is valid and in an utterance; `rows` holds as many pointers as frames are
            // told, each to CEPSTRA floats (the length that `-ceplen` has by default), alive through the call.
            let frames = unsafe {
                let count = c_int::try_from(rows.len()).unwrap_or_default();
                ffi::ps_process_cep(self.raw.as_ptr(), rows.as_mut_ptr(), count, 0, 0)
            };
            if frames < 0 {
                return Err(DecoderError::Refused { step: "search" });
            }
        }
        Ok(())
    }

    /// Ends the utterance; the result is read with [`Decoder::hypothesis`] and [`Decoder::segments`].
    pub(crate) fn end(&mut self) -> Result<(), DecoderError> {
        if !self.in_utterance {
            return Err(DecoderError::Refused {
                step: "end an utterance that was not started",
            });
        }
        self.in_utterance = false;
        // SAFETY: the decoder is valid and in an utterance.
        let status = unsafe { ffi::ps_end_utt(self.raw.as_ptr()) };
        if status >= 0 {
            Ok(())
        } else {
            Err(DecoderError::Refused {
                step: "end the utterance",
            })
        }
    }

    /// Ends an utterance whose result nobody wants.
    pub(crate) fn abandon(&mut self) {
        if self.in_utterance {
            // Whatever it says, the utterance is over afterwards.
            let _status = self.end();
        }
    }

    /// The words so far (or, after the end, the words), without fillers. `None` when the grammar
    /// has not been completed or nothing was heard.
    pub(crate) fn hypothesis(&mut self) -> Option<String> {
        // SAFETY: the decoder is valid; a null score pointer is allowed; the returned string
        // belongs to the search and stays valid until the next call, and it is copied here.
        unsafe {
            let text = ffi::ps_get_hyp(self.raw.as_ptr(), ptr::null_mut());
            copy_text(text)
        }
    }

    /// The result word by word, fillers included.
    pub(crate) fn segments(&mut self) -> Vec<Segment> {
        let mut segments = Vec::new();
        // SAFETY: the decoder is valid; the iterator is advanced until it is null, at which
        // point the library has freed it, and is not used after that.
        unsafe {
            let mut iterator = ffi::ps_seg_iter(self.raw.as_ptr());
            while !iterator.is_null() && segments.len() < SEGMENTS_MAX {
                segments.push(read_segment(iterator));
                iterator = ffi::ps_seg_next(iterator);
            }
            if !iterator.is_null() {
                ffi::ps_seg_free(iterator);
            }
        }
        segments
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.abandon();
        // SAFETY: the decoder is valid and this was its only owner.
        unsafe {
            ffi::ps_free(self.raw.as_ptr());
        }
    }
}

/// Owns a `cmd_ln_t` until the decoder has taken its own reference.
struct Config {
    raw: NonNull<ffi::CmdLn>,
}

impl Config {
    fn new(settings: &[Setting]) -> Result<Self, DecoderError> {
        // SAFETY: the definitions are the library's own constant table; a null name ends the
        // variadic list at once, so that every setting has its default.
        let raw = unsafe {
            ffi::cmd_ln_init(
                ptr::null_mut(),
                ffi::ps_args(),
                0,
                ptr::null::<std::ffi::c_char>(),
            )
        };
        let config = Self {
            raw: NonNull::new(raw).ok_or(DecoderError::Init)?,
        };
        for setting in settings {
            config.set(setting)?;
        }
        Ok(config)
    }

    fn set(&self, setting: &Setting) -> Result<(), DecoderError> {
        let name = match setting {
            Setting::Text(name, _) | Setting::Whole(name, _) | Setting::Real(name, _) => *name,
        };
        let c_name = c_string("a setting's name", name)?;
        // SAFETY: the object is valid and the name a live string.
        if unsafe { ffi::cmd_ln_exists_r(self.raw.as_ptr(), c_name.as_ptr()) } == 0 {
            return Err(DecoderError::UnknownSetting { name });
        }
        match setting {
            Setting::Text(_, value) => {
                let c_value = c_string("a setting", value)?;
                // SAFETY: as above; the library copies the value.
                unsafe { ffi::cmd_ln_set_str_r(self.raw.as_ptr(), c_name.as_ptr(), c_value.as_ptr()) }
            }
            // SAFETY: as above.
            Setting::Whole(_, value) => unsafe {
                ffi::cmd_ln_set_int_r(self.raw.as_ptr(), c_name.as_ptr(), c_long::from(*value))
            },
            // SAFETY: as above.
            Setting::Real(_, value) => unsafe {
                ffi::cmd_ln_set_float_r(self.raw.as_ptr(), c_name.as_ptr(), *value)
            },
        }
        Ok(())
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: valid, and this reference is ours to give back.
        unsafe {
            ffi::cmd_ln_free_r(self.raw.as_ptr());
        }
    }
}

/// The library prints hundreds of lines about every model and utterance; what matters comes back as errors.
fn silence_library() {
    static ONCE: Once = Once::new();
    // SAFETY: no callback and no stream are the documented ways to have no output; done before any
    // decoder exists.
    ONCE.call_once(|| unsafe {
        ffi::err_set_callback(ptr::null(), ptr::null_mut());
        ffi::err_set_logfp(ptr::null_mut());
    });
}

fn c_string(what: &'static str, text: &str) -> Result<CString, DecoderError> {
    CString::new(text).map_err(|_nul| DecoderError::Nul { what })
}

/// # Safety
/// `text` is null or a NUL-terminated string that lives through the call.
unsafe fn copy_text(text: *const std::ffi::c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// # Safety
/// `iterator` is a live segment iterator.
unsafe fn read_segment(iterator: *mut ffi::PsSeg) -> Segment {
    let (mut start, mut end): (c_int, c_int) = (0, 0);
    let mut acoustic = 0;
    // SAFETY: the caller vouches for the iterator; the library allows null for unwanted values.
    let word = unsafe {
        ffi::ps_seg_frames(iterator, &raw mut start, &raw mut end);
        ffi::ps_seg_prob(iterator, &raw mut acoustic, ptr::null_mut(), ptr::null_mut());
        copy_text(ffi::ps_seg_word(iterator))
    };
    Segment {
        word: word.unwrap_or_default(),
        start_frame: start,
        end_frame: end,
        acoustic,
    }
}

/// The library's ring of features holds 12 frames. What begins an utterance must fit in it, or the library begins
/// twice and loses three frames (`acmod_process_cep`).
const FRAMES_AT_ONCE: usize = 8;

/// Cepstra, their change, and the change of that (`-feat 1s_c_d_dd`, the only one that [`crate::stt::features`] makes).
const STREAMS: usize = 3;

/// More segments than an utterance of 15 s can have in frames of 10 ms.
const SEGMENTS_MAX: usize = 2_000;
