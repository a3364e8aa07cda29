//! A test tool: a Whisper file in whisper.cpp's ggml layout whose weights are random. It loads,
//! decodes, can be cancelled and overloaded like a real one; what it hears is nonsense.

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

use clap::ValueEnum;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// How large a random model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Small enough for tests: about 9 MB.
    Mini,
    /// The dimensions of tiny.en: 75 MB, for measuring speed.
    Tiny,
}

/// Dimensions as whisper.cpp's header has them.
#[derive(Debug, Clone, Copy)]
struct Dimensions {
    state: i32,
    heads: i32,
    layers: i32,
}

/// Writes a model file. The same layout always gives the same bytes.
pub fn write(path: &Path, layout: Layout) -> Result<()> {
    let dimensions = match layout {
        Layout::Mini => Dimensions {
            state: 64,
            heads: 1,
            layers: 4,
        },
        Layout::Tiny => Dimensions {
            state: 384,
            heads: 6,
            layers: 4,
        },
    };
    let mut file = Writer {
        out: BufWriter::new(File::create(path)?),
        random: SmallRng::seed_from_u64(1),
    };
    file.header(dimensions)?;
    file.mel_filters()?;
    file.vocabulary()?;
    file.encoder(dimensions)?;
    file.decoder(dimensions)?;
    file.out.flush()
}

struct Writer {
    out: BufWriter<File>,
    random: SmallRng,
}

impl Writer {
    fn header(&mut self, d: Dimensions) -> Result<()> {
        self.out.write_all(&MAGIC.to_le_bytes())?;
        let fields = [
            VOCABULARY, AUDIO_CTX, d.state, d.heads, d.layers, TEXT_CTX, d.state, d.heads, d.layers, MELS,
            FTYPE_F16,
        ];
        fields.iter().try_for_each(|field| self.whole(*field))
    }

    fn mel_filters(&mut self) -> Result<()> {
        self.whole(MELS)?;
        self.whole(FFT_BINS)?;
        (0..MELS * FFT_BINS).try_for_each(|_| {
            let value: f32 = self.random.random_range(0.0..0.02);
            self.out.write_all(&value.to_le_bytes())
        })
    }

    /// Tokens below the special ones. One must be a single space: whisper.cpp looks it up.
    fn vocabulary(&mut self) -> Result<()> {
        self.whole(TEXT_TOKENS)?;
        for id in 0..TEXT_TOKENS {
            let word = if id == SPACE_TOKEN {
                " ".to_owned()
            } else {
                format!(" w{id}")
            };
            self.text(&word)?;
        }
        Ok(())
    }

    fn encoder(&mut self, d: Dimensions) -> Result<()> {
        self.tensor("encoder.positional_embedding", &[d.state, AUDIO_CTX], Kind::F32)?;
        self.tensor("encoder.conv1.weight", &[3, MELS, d.state], Kind::F16)?;
        self.tensor("encoder.conv1.bias", &[1, d.state], Kind::F32)?;
        self.tensor("encoder.conv2.weight", &[3, d.state, d.state], Kind::F16)?;
        self.tensor("encoder.conv2.bias", &[1, d.state], Kind::F32)?;
        self.norm("encoder.ln_post", d)?;
        for layer in 0..d.layers {
            self.block(&format!("encoder.blocks.{layer}"), &["attn"], d)?;
        }
        Ok(())
    }

    fn decoder(&mut self, d: Dimensions) -> Result<()> {
        self.tensor("decoder.positional_embedding", &[d.state, TEXT_CTX], Kind::F32)?;
        self.tensor(
            "decoder.token_embedding.weight",
            &[d.state, VOCABULARY],
            Kind::F16,
        )?;
        self.norm("decoder.ln", d)?;
        for layer in 0..d.layers {
            self.block(&format!("decoder.blocks.{layer}"), &["attn", "cross_attn"], d)?;
        }
        Ok(())
    }

    fn block(&mut self, block: &str, attentions: &[&str], d: Dimensions) -> Result<()> {
        self.norm(&format!("{block}.mlp_ln"), d)?;
        self.tensor(
            &format!("{block}.mlp.0.weight"),
            &[d.state, 4 * d.state],
            Kind::F16,
        )?;
        self.tensor(&format!("{block}.mlp.0.bias"), &[4 * d.state], Kind::F32)?;
        self.tensor(
            &format!("{block}.mlp.2.weight"),
            &[4 * d.state, d.state],
            Kind::F16,
        )?;
        self.tensor(&format!("{block}.mlp.2.bias"), &[d.state], Kind::F32)?;
        for attention in attentions {
            self.norm(&format!("{block}.{attention}_ln"), d)?;
            for part in ["query", "key", "value", "out"] {
                self.tensor(
                    &format!("{block}.{attention}.{part}.weight"),
                    &[d.state, d.state],
                    Kind::F16,
                )?;
                if part != "key" {
                    self.tensor(&format!("{block}.{attention}.{part}.bias"), &[d.state], Kind::F32)?;
                }
            }
        }
        Ok(())
    }

    fn norm(&mut self, name: &str, d: Dimensions) -> Result<()> {
        self.tensor(&format!("{name}.weight"), &[d.state], Kind::F32)?;
        self.tensor(&format!("{name}.bias"), &[d.state], Kind::F32)
    }

    /// Rank, length of the name, type; then the dimensions, the name, the values.
    fn tensor(&mut self, name: &str, dimensions: &[i32], kind: Kind) -> Result<()> {
        self.whole(i32::try_from(dimensions.len()).unwrap_or_default())?;
        self.whole(i32::try_from(name.len()).unwrap_or_default())?;
        self.whole(match kind {
            Kind::F32 => 0,
            Kind::F16 => 1,
        })?;
        dimensions
            .iter()
            .try_for_each(|dimension| self.whole(*dimension))?;
        self.out.write_all(name.as_bytes())?;
        for _ in 0..dimensions.iter().product::<i32>() {
            match kind {
                Kind::F32 => {
                    let value: f32 = self.random.random_range(-0.05..0.05);
                    self.out.write_all(&value.to_le_bytes())?;
                }
                // Half-precision bits of a small number: exponent of 2^-6, random mantissa and sign.
                Kind::F16 => {
                    let bits: u16 = self.random.random();
                    self.out.write_all(&((bits & 0x83FF) | (9 << 10)).to_le_bytes())?;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.whole(i32::try_from(text.len()).unwrap_or_default())?;
        self.out.write_all(text.as_bytes())
    }

    fn whole(&mut self, value: i32) -> Result<()> {
        self.out.write_all(&value.to_le_bytes())
    }
}

#[derive(Clone, Copy)]
enum Kind {
    F32,
    F16,
}

/// "ggml".
const MAGIC: u32 = 0x6767_6d6c;
/// The English-only vocabulary with its special tokens, which whisper.cpp addresses by number.
const VOCABULARY: i32 = 51_864;
const TEXT_TOKENS: i32 = 50_256;
const SPACE_TOKEN: i32 = 220;
/// Positions of 20 ms in 30 s.
const AUDIO_CTX: i32 = 1_500;
const TEXT_CTX: i32 = 448;
const MELS: i32 = 80;
const FFT_BINS: i32 = 201;
const FTYPE_F16: i32 = 1;
