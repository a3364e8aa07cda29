//! Other means for the Gaussians of a decoder that is at work. The library reads them again whenever it is given a linear transform of
//! the means (MLLR), so it is given one that moves nothing, and a file in memory with what is to be read.

use std::ffi::{CStr, CString};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

use rustix::fs::{MemfdFlags, memfd_create};

use super::gaussians::{GaussianShape, Gaussians};
use super::{DecoderError, STREAMS, c_string, copy_text, ffi};
use crate::stt::features::CEPSTRA;

/// A file that only this process has, under a path.
#[derive(Debug)]
struct MemoryFile(std::fs::File);

impl MemoryFile {
    fn holding(content: &[u8]) -> Result<Self, DecoderError> {
        let refused = |_| DecoderError::Refused {
            step: "put means into memory",
        };
        let file = memfd_create("hark-model", MemfdFlags::CLOEXEC).map_err(std::io::Error::from);
        let mut file = std::fs::File::from(file.map_err(refused)?);
        file.write_all(content).map_err(refused)?;
        Ok(Self(file))
    }

    /// Each who opens it reads from its start.
    fn path(&self) -> Result<CString, DecoderError> {
        c_string("a path", &format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}

/// The means of a model's Gaussians as the library reads them.
#[derive(Debug)]
pub(crate) struct MeansFile {
    shape: GaussianShape,
    means: MemoryFile,
}

impl MeansFile {
    pub(crate) fn new(means: &Gaussians) -> Result<Self, DecoderError> {
        Ok(Self {
            shape: means.shape(),
            means: MemoryFile::holding(&means.to_file())?,
        })
    }
}

/// What it takes to give a decoder other means: the shape of its own, its variances (which the library reads again with
/// them; the model's folder may have changed since), and the transform that moves nothing.
#[derive(Debug)]
pub(super) struct HotSwap {
    shape: GaussianShape,
    variances: MemoryFile,
    unmoved: Unmoved,
}

impl HotSwap {
    /// # Safety
    /// `decoder` is valid, and has the Gaussians that it was made with.
    pub(super) unsafe fn of(decoder: NonNull<ffi::PsDecoder>) -> Result<Self, DecoderError> {
        let own = |setting: &CStr| {
            // SAFETY: the decoder is valid, its settings are its own, and this one it made for itself when it loaded its
            // model; the string lives until the setting is changed, and is copied here.
            let path = unsafe {
                let config = ffi::ps_get_config(decoder.as_ptr());
                copy_text(ffi::cmd_ln_str_r(config, setting.as_ptr()))
            };
            let read = path.and_then(|path| Gaussians::parse(&std::fs::read(path).ok()?).ok());
            read.ok_or(DecoderError::Refused {
                step: "tell its Gaussians",
            })
        };
        let (means, variances) = (own(c"_mean")?, own(c"_var")?);
        if means.shape() != variances.shape() {
            return Err(OTHER_SHAPE);
        }
        Ok(Self {
            shape: means.shape(),
            variances: MemoryFile::holding(&variances.to_file())?,
            unmoved: Unmoved::new(STREAMS)?,
        })
    }

    /// # Safety
    /// `decoder` is the one that this was made for, and valid.
    pub(super) unsafe fn to(
        &self,
        file: &MeansFile,
        decoder: NonNull<ffi::PsDecoder>,
    ) -> Result<(), DecoderError> {
        // The library would go on with tables of another size, or end the process.
        if file.shape != self.shape {
            return Err(OTHER_SHAPE);
        }
        let (means, variances) = (file.means.path()?, self.variances.path()?);
        // SAFETY: the decoder is valid and has both settings; the library copies the paths, and the files stay open
        // through the call. It gives back one reference to its last transform and keeps the one that it is given, so
        // one is taken for it first.
        let done = unsafe {
            let config = ffi::ps_get_config(decoder.as_ptr());
            ffi::cmd_ln_set_str_r(config, c"_mean".as_ptr(), means.as_ptr());
            ffi::cmd_ln_set_str_r(config, c"_var".as_ptr(), variances.as_ptr());
            ffi::ps_update_mllr(decoder.as_ptr(), ffi::ps_mllr_retain(self.unmoved.raw.as_ptr()))
        };
        if done.is_null() {
            return Err(DecoderError::Refused {
                step: "take other means",
            });
        }
        Ok(())
    }
}

/// The transform that moves nothing.
#[derive(Debug)]
struct Unmoved {
    raw: NonNull<ffi::Mllr>,
}

impl Unmoved {
    fn new(streams: usize) -> Result<Self, DecoderError> {
        let file = MemoryFile::holding(unmoved(streams).as_bytes())?;
        let path = file.path()?;
        // SAFETY: the path is a live string, and its file stays open through the call.
        let raw = unsafe { ffi::ps_mllr_read(path.as_ptr()) };
        let raw = NonNull::new(raw).ok_or(DecoderError::Refused {
            step: "read a transform",
        })?;
        Ok(Self { raw })
    }
}

impl Drop for Unmoved {
    fn drop(&mut self) {
        // SAFETY: valid, and this reference is ours to give back; the decoder has its own.
        unsafe {
            ffi::ps_mllr_free(self.raw.as_ptr());
        }
    }
}

// SAFETY: as a decoder, it has no thread-local state and is used by whoever has it alone.
unsafe impl Send for Unmoved {}

/// One class; of each stream its length, a unit matrix, no shift and no scale.
fn unmoved(streams: usize) -> String {
    let mut text = format!("1\n{streams}\n");
    let line = |of: &dyn Fn(usize) -> bool| {
        let numbers = (0..CEPSTRA).map(|column| if of(column) { "1.0" } else { "0.0" });
        numbers.collect::<Vec<_>>().join(" ") + "\n"
    };
    for _ in 0..streams {
        text.push_str(&format!("{CEPSTRA}\n"));
        for row in 0..CEPSTRA {
            text.push_str(&line(&|column| column == row));
        }
        text.push_str(&line(&|_| false));
        text.push_str(&line(&|_| true));
    }
    text
}

const OTHER_SHAPE: DecoderError = DecoderError::Refused {
    step: "take Gaussians of another shape",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stt::pocketsphinx::gaussians::tests::of_streams;
    use crate::stt::pocketsphinx::{Decoder, Setting};

    #[test]
    fn a_transform_that_moves_nothing_is_one_that_the_library_reads() {
        let text = unmoved(3);
        assert_eq!(text.lines().count(), 2 + 3 * (1 + CEPSTRA + 2));
        assert!(text.starts_with("1\n3\n13\n1.0 0.0 "));
        assert!(Unmoved::new(3).is_ok());
    }

    #[test]
    fn gaussians_of_another_model_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let dictionary = folder.path().join("words.dict");
        std::fs::write(&dictionary, "no N OW\n").unwrap();
        let mut decoder = Decoder::new(&[
            Setting::Text("-hmm", "/usr/share/pocketsphinx/model/en-us/en-us".to_owned()),
            Setting::Text("-dict", dictionary.to_string_lossy().into_owned()),
        ])
        .unwrap();
        let file = MeansFile::new(&of_streams(&[[1.0; CEPSTRA]; 3])).unwrap();
        assert_eq!(decoder.take_means(&file), Err(OTHER_SHAPE));
    }

    #[test]
    fn a_file_in_memory_can_be_read_by_its_path_more_than_once() {
        let file = MemoryFile::holding(b"what it holds").unwrap();
        let path = file.path().unwrap();
        for _ in 0..2 {
            assert_eq!(std::fs::read(path.to_str().unwrap()).unwrap(), b"what it holds");
        }
    }
}
