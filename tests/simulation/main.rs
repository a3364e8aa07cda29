//! Whole calls in virtual time. Fixed scenarios, whose transcripts are the best thing to review, and
//! calls drawn from seeds. `HARK_SEED=n` repeats one seed; `HARK_SEEDS=n` runs more of them.

mod random;
mod scenarios;
