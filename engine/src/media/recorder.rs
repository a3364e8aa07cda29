//! Stereo recordings: caller on the left, Hark (and agent) on the right, 16-bit WAV at the caller leg's rate.
//!
//! One thread owns every open file. Its queue is bounded; when the disk cannot keep up, frames are
//! dropped and counted rather than a call delayed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use engine_core::audio::frame::Frame;
use engine_core::ids::CallId;
use hound::{SampleFormat, WavSpec, WavWriter};
use tracing::warn;

/// Frames in flight to the recorder: two seconds of fifty calls.
const QUEUE_FRAMES: usize = 5_000;

enum Job {
    Frame { call: CallId, pair: Box<(Frame, Frame)> },
    Finish { call: CallId },
}

/// The handle that calls hold. Cloning is cheap; the thread ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Recorder {
    jobs: SyncSender<Job>,
    folder: PathBuf,
}

impl Recorder {
    /// Starts the recorder's thread. Fails when the folder cannot be made.
    pub fn start(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (jobs, queue) = sync_channel(QUEUE_FRAMES);
        let owned = folder.to_owned();
        thread::Builder::new()
            .name("recorder".into())
            .spawn(move || write_all(&queue, &owned))?;
        Ok(Self {
            jobs,
            folder: folder.to_owned(),
        })
    }

    /// Where a call's recording is, or will be.
    pub fn path(&self, call: &CallId) -> PathBuf {
        file_of(&self.folder, call)
    }

    /// Adds 20 ms. Never waits.
    pub fn frame(&self, call: &CallId, caller: Frame, hark: Frame) {
        let job = Job::Frame {
            call: call.clone(),
            pair: Box::new((caller, hark)),
        };
        if self.jobs.try_send(job).is_err() {
            metrics::counter!("hark_recording_frames_dropped_total").increment(1);
        }
    }

    /// Closes the call's file, which is readable afterwards.
    pub fn finish(&self, call: &CallId) {
        if self.jobs.try_send(Job::Finish { call: call.clone() }).is_err() {
            warn!(%call, "recording not closed: the recorder's queue is full; its last seconds may be missing");
        }
    }
}

fn file_of(folder: &Path, call: &CallId) -> PathBuf {
    folder.join(format!("{call}.wav"))
}

fn write_all(queue: &Receiver<Job>, folder: &Path) {
    let mut open: BTreeMap<CallId, WavWriter<BufWriter<File>>> = BTreeMap::new();
    while let Ok(job) = queue.recv() {
        match job {
            Job::Frame { call, pair } => {
                if let Err(error) = write_pair(&mut open, folder, &call, &pair) {
                    warn!(%call, %error, "recording stopped: cannot write");
                    open.remove(&call);
                }
            }
            Job::Finish { call } => {
                if let Some(Err(error)) = open.remove(&call).map(WavWriter::finalize) {
                    warn!(%call, %error, "recording not closed");
                }
            }
        }
    }
}

fn write_pair(
    open: &mut BTreeMap<CallId, WavWriter<BufWriter<File>>>,
    folder: &Path,
    call: &CallId,
    (caller, hark): &(Frame, Frame),
) -> Result<(), hound::Error> {
    let writer = match open.entry(call.clone()) {
        std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
        std::collections::btree_map::Entry::Vacant(entry) => {
            let spec = WavSpec {
                channels: 2,
                sample_rate: caller.rate().hz(),
                bits_per_sample: 16,
                sample_format: SampleFormat::Int,
            };
            entry.insert(WavWriter::create(file_of(folder, call), spec)?)
        }
    };
    for (left, right) in caller.samples().iter().zip(hark.samples()) {
        writer.write_sample(*left)?;
        writer.write_sample(*right)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use engine_core::audio::frame::Frame;
    use engine_core::ids::CallId;
    use engine_core::units::SampleRate;

    use super::Recorder;

    #[test]
    fn caller_is_left_and_hark_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(folder.path()).unwrap();
        let call = CallId::new("a-call");
        let left = Frame::from_samples(SampleRate::Hz8000, &[100; 160]);
        let right = Frame::from_samples(SampleRate::Hz8000, &[-7; 160]);
        recorder.frame(&call, left, right);
        recorder.finish(&call);

        let path = recorder.path(&call);
        let deadline = Instant::now() + Duration::from_secs(5);
        let samples = loop {
            let read = hound::WavReader::open(&path).map(|wav| {
                wav.into_samples::<i16>()
                    .filter_map(Result::ok)
                    .collect::<Vec<_>>()
            });
            match read {
                Ok(samples) if samples.len() == 320 => break samples,
                _ if Instant::now() > deadline => panic!("no finished recording: {read:?}"),
                _ => std::thread::yield_now(),
            }
        };
        assert!(samples.chunks(2).all(|pair| pair == [100, -7]));
    }
}
