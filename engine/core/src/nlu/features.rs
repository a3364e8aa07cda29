//! What the intent model looks at: words, neighbouring pairs, and the letters inside words (3 to 5 at a time),
//! so that misspelt and unseen words still count for something. Every feature belongs to one or two words, which makes the
//! evidence of a decision exact.

use super::normalize::Words;

/// Features of words, and features of letters; each block is normalised by itself.
pub(super) const BLOCKS: usize = 2;

/// One occurrence of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Feature {
    /// FNV-1a of kind and text: the feature's identity.
    pub(super) hash: u32,
    /// 0 words, 1 letters.
    pub(super) block: usize,
    /// The words it comes from; the same one twice for a feature of one word.
    pub(super) words: (usize, usize),
    /// A single word: unknown ones count as [`UNKNOWN`].
    pub(super) is_word: bool,
}

/// The feature of any word that the model has never seen.
pub(super) const UNKNOWN: u32 = hash(b'u', "", "");

/// Every feature occurrence of an utterance.
pub(super) fn features(words: &Words) -> Vec<Feature> {
    let plain: Vec<String> = words.iter().map(figures).collect();
    let mut out = Vec::with_capacity(plain.len() * 16);
    let last = plain.len().saturating_sub(1);
    for (at, word) in plain.iter().enumerate() {
        let one = |hash, is_word| Feature {
            hash,
            block: 0,
            words: (at, at),
            is_word,
        };
        out.push(one(hash(b'w', word, ""), true));
        if at == 0 {
            out.push(one(hash(b'p', "^", word), false));
        }
        match plain.get(at + 1) {
            Some(next) => {
                let pair = hash(b'p', word, next);
                out.push(Feature {
                    hash: pair,
                    block: 0,
                    words: (at, at + 1),
                    is_word: false,
                });
            }
            None => out.push(one(hash(b'p', word, "$"), false)),
        }
        debug_assert!(at <= last);
        letters(word, at, &mut out);
    }
    out
}

/// The runs of 3 to 5 letters of one word, its ends marked by spaces.
fn letters(word: &str, at: usize, out: &mut Vec<Feature>) {
    let padded = format!(" {word} ");
    for n in LETTERS_MIN..=LETTERS_MAX {
        let mut any = false;
        for start in 0..padded.len() {
            let Some(run) = padded.get(start..start + n) else {
                break;
            };
            out.push(Feature {
                hash: hash(b'c', run, ""),
                block: 1,
                words: (at, at),
                is_word: false,
            });
            any = true;
        }
        if !any {
            break;
        }
    }
}

/// Figures are all alike to an intent, but for their length.
fn figures(word: &str) -> String {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        "#".repeat(word.len())
    } else {
        word.to_owned()
    }
}

/// FNV-1a, 32 bits, over kind, both texts and a separator.
pub(super) const fn hash(kind: u8, first: &str, second: &str) -> u32 {
    let mut state = step(0x811c_9dc5, kind);
    state = bytes(state, first.as_bytes());
    state = step(state, 0);
    bytes(state, second.as_bytes())
}

const fn bytes(mut state: u32, mut rest: &[u8]) -> u32 {
    while let Some((byte, more)) = rest.split_first() {
        state = step(state, *byte);
        rest = more;
    }
    state
}

const fn step(state: u32, byte: u8) -> u32 {
    (state ^ byte as u32).wrapping_mul(0x0100_0193)
}

const LETTERS_MIN: usize = 3;
const LETTERS_MAX: usize = 5;

/// The features known to a model, with how telling each is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Vocabulary {
    /// Ascending.
    pub(super) hashes: Vec<u32>,
    /// Inverse document frequency, by position in `hashes`.
    pub(super) idf: Vec<f32>,
}

/// A weighted feature of an utterance, with the words to thank for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weighted {
    /// Position in the vocabulary.
    pub(super) index: usize,
    pub(super) value: f32,
    pub(super) words: Vec<(usize, usize)>,
}

impl Vocabulary {
    pub(super) fn knows(&self, word: &str) -> bool {
        self.hashes.binary_search(&hash(b'w', word, "")).is_ok()
    }

    fn index(&self, feature: &Feature) -> Option<usize> {
        match self.hashes.binary_search(&feature.hash) {
            Ok(index) => Some(index),
            Err(_) if feature.is_word => self.hashes.binary_search(&UNKNOWN).ok(),
            Err(_) => None,
        }
    }

    /// Term frequency (damped) times inverse document frequency, each block of length 1.
    pub(super) fn weigh(&self, words: &Words) -> Vec<Weighted> {
        let mut found: Vec<(usize, usize, (usize, usize))> = features(words)
            .iter()
            .filter_map(|f| self.index(f).map(|index| (index, f.block, f.words)))
            .collect();
        found.sort_unstable();
        let mut out: Vec<(usize, Weighted)> = Vec::new();
        for (index, block, from) in found {
            match out.last_mut() {
                Some((_, last)) if last.index == index => last.words.push(from),
                Some(_) | None => out.push((
                    block,
                    Weighted {
                        index,
                        value: 0.0,
                        words: vec![from],
                    },
                )),
            }
        }
        let mut squares = [0.0_f32; BLOCKS];
        for (block, weighted) in &mut out {
            #[expect(clippy::cast_precision_loss, reason = "bounded by the length of an utterance")]
            let count = weighted.words.len() as f32;
            weighted.value = (1.0 + count.ln()) * self.idf.get(weighted.index).copied().unwrap_or_default();
            if let Some(sum) = squares.get_mut(*block) {
                *sum += weighted.value * weighted.value;
            }
        }
        for (block, weighted) in &mut out {
            weighted.value /= squares
                .get(*block)
                .copied()
                .unwrap_or(1.0)
                .sqrt()
                .max(f32::MIN_POSITIVE);
        }
        out.into_iter().map(|(_, weighted)| weighted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN, Vocabulary, Words, features, hash};

    #[test]
    fn features_belong_to_their_words() {
        let words = Words::new("order 42");
        let found = features(&words);
        let of = |h: u32| found.iter().find(|f| f.hash == h).map(|f| f.words);
        assert_eq!(of(hash(b'w', "order", "")), Some((0, 0)));
        assert_eq!(of(hash(b'w', "##", "")), Some((1, 1)));
        assert_eq!(of(hash(b'p', "order", "##")), Some((0, 1)));
        assert_eq!(of(hash(b'c', " ord", "")), Some((0, 0)));
        assert_eq!(of(hash(b'p', "##", "$")), Some((1, 1)));
    }

    #[test]
    fn blocks_have_length_one_and_strangers_are_unknown() {
        let mut hashes = vec![hash(b'w', "order", ""), hash(b'c', " ord", ""), UNKNOWN];
        hashes.sort_unstable();
        let vocabulary = Vocabulary {
            hashes,
            idf: vec![2.0; 3],
        };
        let weighed = vocabulary.weigh(&Words::new("order zyzzy"));
        let total: f32 = weighed.iter().map(|w| w.value * w.value).sum();
        assert_eq!(weighed.len(), 3);
        assert!((total - 2.0).abs() < 1e-5, "{total}");
    }
}
