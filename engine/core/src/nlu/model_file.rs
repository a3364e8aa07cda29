//! The intent model's file: a header, sorted feature hashes, their weights in eight bits, and a checksum.
//!
//! Layout, little-endian: magic (8 bytes), SHA-256 of the rest (32), header length (u32), header (JSON), then for each feature its
//! hash (u32), inverse document frequency (u16, thousandths) and one signed byte a class.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::source::FileError;

/// What stands before the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) labels: Vec<String>,
    pub(super) biases: Vec<f32>,
    /// What a weight of 1 in the file stands for, by class.
    pub(super) scales: Vec<f32>,
    pub(super) temperature: f32,
    /// Added to the out-of-scope score after the temperature.
    pub(super) oos_offset: f32,
    pub(super) features: usize,
    /// What it was trained on, for people.
    pub(super) note: String,
}

/// A model as it lies in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    pub(super) header: Header,
    pub(super) hashes: Vec<u32>,
    pub(super) idf: Vec<f32>,
    /// Feature by feature, one a class.
    pub(super) weights: Vec<i8>,
}

impl Model {
    /// The weights of one feature, by class.
    pub(super) fn weights_of(&self, feature: usize) -> impl Iterator<Item = f32> + '_ {
        let classes = self.header.labels.len();
        let row = self
            .weights
            .get(feature * classes..(feature + 1) * classes)
            .unwrap_or_default();
        row.iter()
            .zip(&self.header.scales)
            .map(|(weight, scale)| f32::from(*weight) * scale)
    }

    /// Packs exact weights (feature by feature, one a class).
    pub(super) fn pack(header: Header, hashes: Vec<u32>, idf: Vec<f32>, exact: &[f32]) -> Self {
        let classes = header.labels.len().max(1);
        let mut tops = vec![0.0_f32; classes];
        for row in exact.chunks(classes) {
            for (top, weight) in tops.iter_mut().zip(row) {
                *top = top.max(weight.abs());
            }
        }
        let scales: Vec<f32> = tops
            .iter()
            .map(|top| (top / 127.0).max(f32::MIN_POSITIVE))
            .collect();
        let mut weights = Vec::with_capacity(exact.len());
        for row in exact.chunks(classes) {
            #[expect(clippy::cast_possible_truncation, reason = "scaled to fit")]
            weights.extend(
                row.iter()
                    .zip(&scales)
                    .map(|(weight, scale)| (weight / scale).round() as i8),
            );
        }
        let header = Header {
            scales,
            features: hashes.len(),
            ..header
        };
        Self {
            header,
            hashes,
            idf,
            weights,
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let header = serde_json::to_vec(&self.header)?;
        let mut body = Vec::with_capacity(header.len() + 4 + self.hashes.len() * 24);
        body.extend(u32::try_from(header.len()).unwrap_or(u32::MAX).to_le_bytes());
        body.extend(header);
        let classes = self.header.labels.len().max(1);
        for ((hash, idf), row) in self
            .hashes
            .iter()
            .zip(&self.idf)
            .zip(self.weights.chunks(classes))
        {
            body.extend(hash.to_le_bytes());
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let thousandths = (idf * 1_000.0).round().clamp(0.0, 65_535.0) as u16;
            body.extend(thousandths.to_le_bytes());
            body.extend(row.iter().map(|w| w.to_le_bytes()[0]));
        }
        let mut file = MAGIC.to_vec();
        file.extend(Sha256::digest(&body));
        file.extend(body);
        Ok(file)
    }

    /// The model and its version, "intent-linear@" and the checksum's beginning.
    pub(super) fn decode(name: &str, file: &[u8]) -> Result<(Self, String), FileError> {
        let fault = |message: &str| FileError::new(name, message).remedy(REMEDY);
        let rest = file
            .strip_prefix(MAGIC)
            .ok_or_else(|| fault("is no intent model of this version"))?;
        let (sum, body) = rest.split_at_checked(32).ok_or_else(|| fault("is cut short"))?;
        if Sha256::digest(body).as_slice() != sum {
            return Err(fault("is damaged: its checksum does not match"));
        }
        let mut reader = Reader { rest: body };
        let model = reader.model().map_err(|message| fault(&message))?;
        let version: String = sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok((model, format!("intent-linear@{version}")))
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| "is cut short".to_owned())?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| "is cut short".to_owned())
    }

    fn model(&mut self) -> Result<Model, String> {
        let length = u32::from_le_bytes(self.array()?);
        let header: Header =
            serde_json::from_slice(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
                .map_err(|error| format!("has a header that cannot be read: {error}"))?;
        let classes = header.labels.len();
        if classes == 0 || header.biases.len() != classes || header.scales.len() != classes {
            return Err("has a header whose lists differ in length".to_owned());
        }
        let mut model = Model {
            hashes: Vec::new(),
            idf: Vec::new(),
            weights: Vec::new(),
            header,
        };
        for _ in 0..model.header.features {
            model.hashes.push(u32::from_le_bytes(self.array()?));
            model
                .idf
                .push(f32::from(u16::from_le_bytes(self.array()?)) / 1_000.0);
            model
                .weights
                .extend(self.take(classes)?.iter().map(|byte| i8::from_le_bytes([*byte])));
        }
        if !model.hashes.is_sorted() || !self.rest.is_empty() {
            return Err("has features out of order or bytes left over".to_owned());
        }
        Ok(model)
    }
}

const MAGIC: &[u8] = b"HARKINT1";
const REMEDY: &str = "restore the file that came with Hark, or make it anew with `hark nlu train`";

#[cfg(test)]
pub(super) mod tests {
    use super::{Header, Model};

    pub(crate) fn small() -> Model {
        let header = Header {
            labels: vec!["a".to_owned(), "out_of_scope".to_owned()],
            biases: vec![0.0, 0.0],
            scales: Vec::new(),
            temperature: 1.0,
            oos_offset: 0.0,
            features: 0,
            note: String::new(),
        };
        Model::pack(header, vec![3, 9], vec![1.0, 2.5], &[1.27, -0.5, 0.0, 0.25])
    }

    #[test]
    fn what_is_written_is_read() {
        let model = small();
        let bytes = model.encode().unwrap();
        let (read, version) = Model::decode("intent.model", &bytes).unwrap();
        assert_eq!(read, model);
        assert!(version.starts_with("intent-linear@"));
        assert!((read.weights_of(0).next().unwrap() - 1.27).abs() < 0.01);
    }

    #[test]
    fn a_bad_file_says_so() {
        let bytes = small().encode().unwrap();
        let check = |bytes: &[u8], part: &str| {
            let error = Model::decode("intent.model", bytes).unwrap_err().to_string();
            assert!(
                error.starts_with("intent.model: ") && error.contains(part),
                "{error}"
            );
        };
        check(b"", "is no intent model");
        check(&bytes[..20], "is cut short");
        check(&bytes[..bytes.len() - 1], "is damaged");
        let mut flipped = bytes.clone();
        *flipped.last_mut().unwrap() ^= 1;
        check(&flipped, "is damaged");
    }
}
