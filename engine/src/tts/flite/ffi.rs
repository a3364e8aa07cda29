//! The part of flite 2.2's C interface that Hark uses, declared by hand from `flite.h`,
//! `cst_wave.h`, `cst_lexicon.h` and `cst_val.h`.

use std::ffi::{c_char, c_int, c_short, c_uint, c_void};

#[repr(C)]
pub(super) struct Voice {
    _opaque: [u8; 0],
}

#[repr(C)]
pub(super) struct Lexicon {
    _opaque: [u8; 0],
}

/// `cst_val`: a Lisp-like value; here always a list of strings.
#[repr(C)]
pub(super) struct Val {
    _opaque: [u8; 0],
}

/// `cst_wave`.
#[repr(C)]
pub(super) struct Wave {
    pub(super) kind: *const c_char,
    pub(super) sample_rate: c_int,
    pub(super) num_samples: c_int,
    pub(super) num_channels: c_int,
    pub(super) samples: *mut c_short,
}

#[link(name = "flite_cmu_us_slt")]
unsafe extern "C" {
    pub(super) fn register_cmu_us_slt(folder: *const c_char) -> *mut Voice;
}

#[link(name = "flite_cmulex")]
unsafe extern "C" {
    pub(super) fn cmu_lex_init() -> *mut Lexicon;
}

#[link(name = "flite")]
unsafe extern "C" {
    pub(super) fn flite_init() -> c_int;
    pub(super) fn flite_text_to_wave(text: *const c_char, voice: *mut Voice) -> *mut Wave;
    pub(super) fn delete_wave(wave: *mut Wave);
    pub(super) fn lex_lookup(
        lexicon: *const Lexicon,
        word: *const c_char,
        part_of_speech: *const c_char,
        features: *const c_void,
    ) -> *mut Val;
    pub(super) fn val_car(list: *const Val) -> *const Val;
    pub(super) fn val_cdr(list: *const Val) -> *const Val;
    pub(super) fn val_string(value: *const Val) -> *const c_char;
    pub(super) fn delete_val(value: *mut Val);
}

// The C library's, which flite's vocoder draws from.
unsafe extern "C" {
    pub(super) fn srand(seed: c_uint);
}
