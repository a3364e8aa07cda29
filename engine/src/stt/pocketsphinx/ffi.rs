//! The part of libpocketsphinx's and libsphinxbase's C interface that Hark uses, declared by hand
//! from `pocketsphinx.h`, `ps_search.h`, `cmd_ln.h` and `err.h` of 0.8+5prealpha.

use std::ffi::{c_char, c_double, c_int, c_long, c_void};

/// `ps_decoder_t`: a recogniser with its models.
#[repr(C)]
pub(super) struct PsDecoder {
    _opaque: [u8; 0],
}

/// `cmd_ln_t`: a set of named settings.
#[repr(C)]
pub(super) struct CmdLn {
    _opaque: [u8; 0],
}

/// `arg_t`: definitions of settings.
#[repr(C)]
pub(super) struct Arg {
    _opaque: [u8; 0],
}

/// `ps_seg_t`: an iterator over the words of a result.
#[repr(C)]
pub(super) struct PsSeg {
    _opaque: [u8; 0],
}

#[link(name = "pocketsphinx")]
unsafe extern "C" {
    pub(super) fn ps_args() -> *const Arg;
    pub(super) fn ps_init(config: *mut CmdLn) -> *mut PsDecoder;
    pub(super) fn ps_free(ps: *mut PsDecoder) -> c_int;
    pub(super) fn ps_set_jsgf_string(ps: *mut PsDecoder, name: *const c_char, jsgf: *const c_char) -> c_int;
    /// With a null language model every phone may follow every other.
    pub(super) fn ps_set_allphone(ps: *mut PsDecoder, name: *const c_char, model: *mut c_void) -> c_int;
    pub(super) fn ps_set_search(ps: *mut PsDecoder, name: *const c_char) -> c_int;
    pub(super) fn ps_unset_search(ps: *mut PsDecoder, name: *const c_char) -> c_int;
    pub(super) fn ps_add_word(
        ps: *mut PsDecoder,
        word: *const c_char,
        phones: *const c_char,
        update: c_int,
    ) -> c_int;
    pub(super) fn ps_start_stream(ps: *mut PsDecoder) -> c_int;
    pub(super) fn ps_start_utt(ps: *mut PsDecoder) -> c_int;
    pub(super) fn ps_process_cep(
        ps: *mut PsDecoder,
        data: *mut *mut f32,
        frames: c_int,
        no_search: c_int,
        full_utterance: c_int,
    ) -> c_int;
    pub(super) fn ps_end_utt(ps: *mut PsDecoder) -> c_int;
    pub(super) fn ps_get_hyp(ps: *mut PsDecoder, score: *mut i32) -> *const c_char;
    pub(super) fn ps_seg_iter(ps: *mut PsDecoder) -> *mut PsSeg;
    pub(super) fn ps_seg_next(segment: *mut PsSeg) -> *mut PsSeg;
    pub(super) fn ps_seg_word(segment: *mut PsSeg) -> *const c_char;
    pub(super) fn ps_seg_frames(segment: *mut PsSeg, start: *mut c_int, end: *mut c_int);
    pub(super) fn ps_seg_prob(segment: *mut PsSeg, ascr: *mut i32, lscr: *mut i32, lback: *mut i32) -> i32;
    pub(super) fn ps_seg_free(segment: *mut PsSeg);
}

#[link(name = "sphinxbase")]
unsafe extern "C" {
    /// Variadic in C; with `strict = 0` and a null name it makes an object with every default.
    pub(super) fn cmd_ln_init(inout: *mut CmdLn, definitions: *const Arg, strict: i32, ...) -> *mut CmdLn;
    pub(super) fn cmd_ln_free_r(config: *mut CmdLn) -> c_int;
    pub(super) fn cmd_ln_exists_r(config: *mut CmdLn, name: *const c_char) -> c_int;
    pub(super) fn cmd_ln_set_str_r(config: *mut CmdLn, name: *const c_char, value: *const c_char);
    pub(super) fn cmd_ln_set_int_r(config: *mut CmdLn, name: *const c_char, value: c_long);
    pub(super) fn cmd_ln_set_float_r(config: *mut CmdLn, name: *const c_char, value: c_double);
    /// Without a callback the library says nothing.
    pub(super) fn err_set_callback(callback: *const c_void, user_data: *mut c_void);
    /// Some code prints past the callback; a null stream stops that too.
    pub(super) fn err_set_logfp(stream: *mut c_void);
}
