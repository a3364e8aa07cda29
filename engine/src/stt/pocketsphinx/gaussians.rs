//! The Gaussians of an acoustic model in the library's own file format (that of Sphinx 3): a header in text, then words
//! of 32 bits. Means and variances are two files of the same shape.

use thiserror::Error;

use crate::stt::features::{CEPSTRA, Cepstra};

/// Means, or variances, of every Gaussian: codebook by codebook, in it stream by stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gaussians {
    shape: GaussianShape,
    values: Vec<Cepstra>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GaussianShape {
    books: usize,
    /// Cepstra, their change, and the change of that.
    streams: usize,
    /// In a stream of a codebook.
    densities: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum GaussiansError {
    #[error("it has no header of Sphinx 3 (\"s3\" to \"endhdr\")")]
    Header,
    #[error("it ends before its Gaussians do")]
    Short,
    #[error("its streams are not of {CEPSTRA} values")]
    Streams,
    #[error("{words} words for {expected}")]
    Size { words: usize, expected: usize },
}

impl Gaussians {
    pub(crate) fn parse(file: &[u8]) -> Result<Self, GaussiansError> {
        let header = file
            .windows(HEADER_END.len())
            .take(HEADER_MAX)
            .position(|window| window == HEADER_END)
            .filter(|_| file.starts_with(b"s3\n"))
            .ok_or(GaussiansError::Header)?;
        let body = file.get(header + HEADER_END.len()..).unwrap_or_default();
        let (raw, _) = body.as_chunks::<4>();
        // The first word tells the order of bytes.
        let word: fn([u8; 4]) -> u32 = match raw.first() {
            Some(first) if u32::from_le_bytes(*first) == BYTE_ORDER => u32::from_le_bytes,
            Some(first) if u32::from_be_bytes(*first) == BYTE_ORDER => u32::from_be_bytes,
            Some(_) => return Err(GaussiansError::Header),
            None => return Err(GaussiansError::Short),
        };
        let mut words = raw.iter().skip(1).map(|bytes| word(*bytes));
        let mut count = || {
            words
                .next()
                .map(|word| word as usize)
                .ok_or(GaussiansError::Short)
        };
        let shape = GaussianShape {
            books: count()?,
            streams: count()?,
            densities: count()?,
        };
        for _ in 0..shape.streams {
            if count()? != CEPSTRA {
                return Err(GaussiansError::Streams);
            }
        }
        let told = count()?;
        let expected = shape
            .books
            .saturating_mul(shape.streams)
            .saturating_mul(shape.densities)
            .saturating_mul(CEPSTRA);
        if told != expected || expected == 0 {
            return Err(GaussiansError::Size {
                words: told,
                expected,
            });
        }
        let floats: Vec<f32> = words.take(expected).map(f32::from_bits).collect();
        if floats.len() < expected {
            return Err(GaussiansError::Short);
        }
        let (values, _) = floats.as_chunks::<CEPSTRA>();
        Ok(Self {
            shape,
            values: values.to_vec(),
        })
    }

    pub(crate) fn to_file(&self) -> Vec<u8> {
        let GaussianShape {
            books,
            streams,
            densities,
        } = self.shape;
        let counts = [books, streams, densities]
            .into_iter()
            .chain(std::iter::repeat_n(CEPSTRA, streams))
            .chain([self.values.as_flattened().len()])
            .map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let values = self.values.as_flattened().iter().map(|value| value.to_bits());
        let mut file = b"s3\nversion 1.0\n".to_vec();
        file.extend_from_slice(HEADER_END);
        for word in std::iter::once(BYTE_ORDER).chain(counts).chain(values) {
            file.extend(word.to_ne_bytes());
        }
        file
    }

    pub(crate) const fn shape(&self) -> GaussianShape {
        self.shape
    }

    /// Codebook by codebook, the Gaussians of each stream.
    pub(crate) fn codebooks_mut(&mut self) -> impl Iterator<Item = Vec<&mut [Cepstra]>> {
        let GaussianShape {
            streams, densities, ..
        } = self.shape;
        self.values
            .chunks_exact_mut(streams * densities)
            .map(move |book| book.chunks_exact_mut(densities).collect())
    }
}

const HEADER_END: &[u8] = b"endhdr\n";
/// Bytes within which a header ends.
const HEADER_MAX: usize = 1_024;
const BYTE_ORDER: u32 = 0x1122_3344;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One codebook of one Gaussian a stream.
    pub(crate) fn of_streams(values: &[Cepstra]) -> Gaussians {
        Gaussians {
            shape: GaussianShape {
                books: 1,
                streams: values.len(),
                densities: 1,
            },
            values: values.to_vec(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let gaussians = of_streams(&[[1.5; CEPSTRA], [-2.0; CEPSTRA], [0.0; CEPSTRA]]);
        let file = gaussians.to_file();
        assert_eq!(Gaussians::parse(&file), Ok(gaussians.clone()));
        // The other order of bytes, and a header with a checksum, as SphinxTrain writes them.
        let body = file.windows(7).position(|window| window == HEADER_END).unwrap() + 7;
        let mut other = b"s3\nversion 1.0\nchksum0 yes\n      endhdr\n".to_vec();
        for word in file[body..].chunks(4) {
            other.extend(word.iter().rev());
        }
        other.extend(7_u32.to_be_bytes());
        assert_eq!(Gaussians::parse(&other), Ok(gaussians));
    }

    #[test]
    fn what_is_no_model_is_said_to_be_none() {
        let file = of_streams(&[[1.0; CEPSTRA]]).to_file();
        let refused = |bytes: &[u8]| Gaussians::parse(bytes).unwrap_err();
        assert_eq!(refused(b"RIFF, but no model"), GaussiansError::Header);
        assert_eq!(refused(b""), GaussiansError::Header);
        assert_eq!(refused(&file[..file.len() - 4]), GaussiansError::Short);
        let mut wide = file.clone();
        let body = file.windows(7).position(|window| window == HEADER_END).unwrap() + 7;
        wide[body + 16] = 39;
        assert_eq!(refused(&wide), GaussiansError::Streams);
        let mut more = file;
        more[body + 12] = 2;
        assert_eq!(
            refused(&more),
            GaussiansError::Size {
                words: 13,
                expected: 26
            }
        );
    }
}
