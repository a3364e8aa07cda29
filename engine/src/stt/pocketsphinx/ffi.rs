//! The part of libpocketsphinx's and libsphinxbase's C interface that Hark uses, declared by hand
//! from `pocketsphinx.h`, `ps_search.h`, `fsg_model.h`, `glist.h`, `cmd_ln.h` and `err.h` of 0.8+5prealpha.

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

/// `logmath_t`: a table of logarithms.
#[repr(C)]
pub(super) struct LogMath {
    _opaque: [u8; 0],
}

/// `fsg_model_t`: a word network. Only ever made by the library; the fields up to those that have no setter.
#[repr(C)]
pub(super) struct FsgModel {
    _references: c_int,
    _name: *mut c_char,
    _words: i32,
    _words_allocated: i32,
    _vocabulary: *mut *mut c_char,
    _silences: *mut u32,
    _alternatives: *mut u32,
    _log_math: *mut LogMath,
    _states: i32,
    pub(super) start_state: i32,
    pub(super) final_state: i32,
}

/// `ps_mllr_t`: a linear transform of a model's means, counted by reference.
#[repr(C)]
pub(super) struct Mllr {
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
    /// The decoder's own: not to be freed.
    pub(super) fn ps_get_config(ps: *mut PsDecoder) -> *mut CmdLn;
    pub(super) fn ps_mllr_read(file: *const c_char) -> *mut Mllr;
    pub(super) fn ps_mllr_retain(mllr: *mut Mllr) -> *mut Mllr;
    pub(super) fn ps_mllr_free(mllr: *mut Mllr) -> c_int;
    /// Reads the Gaussians again from the files named `_mean` and `_var`, and transforms them. The decoder keeps the
    /// reference.
    pub(super) fn ps_update_mllr(ps: *mut PsDecoder, mllr: *mut Mllr) -> *mut Mllr;
    pub(super) fn ps_free(ps: *mut PsDecoder) -> c_int;
    /// The decoder takes its own reference to the network.
    pub(super) fn ps_set_fsg(ps: *mut PsDecoder, name: *const c_char, fsg: *mut FsgModel) -> c_int;
    /// The decoder's own: not to be freed.
    pub(super) fn ps_get_logmath(ps: *mut PsDecoder) -> *mut LogMath;
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
    pub(super) fn fsg_model_init(
        name: *const c_char,
        log_math: *mut LogMath,
        language_weight: f32,
        states: i32,
    ) -> *mut FsgModel;
    pub(super) fn fsg_model_free(fsg: *mut FsgModel) -> c_int;
    pub(super) fn fsg_model_word_add(fsg: *mut FsgModel, word: *const c_char) -> c_int;
    pub(super) fn fsg_model_trans_add(
        fsg: *mut FsgModel,
        from: i32,
        to: i32,
        log_probability: i32,
        word: i32,
    );
    pub(super) fn fsg_model_null_trans_add(
        fsg: *mut FsgModel,
        from: i32,
        to: i32,
        log_probability: i32,
    ) -> i32;
    /// Adds an arc for every path of arcs without words, and lists them. With a null list it finds them itself.
    pub(super) fn fsg_model_null_trans_closure(fsg: *mut FsgModel, nulls: *mut c_void) -> *mut c_void;
    /// Frees a list, not what it lists.
    pub(super) fn glist_free(list: *mut c_void);
    /// Variadic in C; with `strict = 0` and a null name it makes an object with every default.
    pub(super) fn cmd_ln_init(inout: *mut CmdLn, definitions: *const Arg, strict: i32, ...) -> *mut CmdLn;
    pub(super) fn cmd_ln_free_r(config: *mut CmdLn) -> c_int;
    pub(super) fn cmd_ln_exists_r(config: *mut CmdLn, name: *const c_char) -> c_int;
    /// The object's own string: not to be freed.
    pub(super) fn cmd_ln_str_r(config: *mut CmdLn, name: *const c_char) -> *const c_char;
    pub(super) fn cmd_ln_set_str_r(config: *mut CmdLn, name: *const c_char, value: *const c_char);
    pub(super) fn cmd_ln_set_int_r(config: *mut CmdLn, name: *const c_char, value: c_long);
    pub(super) fn cmd_ln_set_float_r(config: *mut CmdLn, name: *const c_char, value: c_double);
    /// Without a callback the library says nothing.
    pub(super) fn err_set_callback(callback: *const c_void, user_data: *mut c_void);
    /// Some code prints past the callback; a null stream stops that too.
    pub(super) fn err_set_logfp(stream: *mut c_void);
}
