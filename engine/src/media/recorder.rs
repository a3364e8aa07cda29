//! Stereo recordings: caller on the left, Hark (and agent) on the right, 16-bit WAV at the caller leg's rate.
//!
//! One thread owns every open file. Its queue is bounded; when the disk cannot keep up, frames are
//! dropped and counted rather than a call delayed. A recording that cannot be written ends there and keeps
//! what it has; it is never begun a second time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use engine_core::audio::frame::Frame;
use engine_core::ids::CallId;
use hound::{SampleFormat, WavSpec, WavWriter};
use tracing::warn;

/// Frames in flight to the recorder: two seconds of fifty calls.
const QUEUE_FRAMES: usize = 5_000;

/// Places in the queue that no frame takes, so that the end of a call always finds one: more than the
/// calls that can end while a disk stands still.
const QUEUE_ENDS: usize = 1_000;

enum Job {
    Frame { call: CallId, pair: Box<(Frame, Frame)> },
    Finish { call: CallId },
}

/// The handle that calls hold. Cloning is cheap; the thread ends when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Recorder {
    jobs: SyncSender<Job>,
    /// Frames in the queue.
    frames: Arc<AtomicUsize>,
    folder: PathBuf,
}

impl Recorder {
    /// Starts the recorder's thread. Fails when the folder cannot be made.
    pub fn start(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (recorder, queue) = Self::queued(folder);
        let mut tapes = Tapes::new(folder);
        let frames = recorder.frames.clone();
        thread::Builder::new()
            .name("recorder".into())
            .spawn(move || write_all(&queue, &frames, &mut tapes))?;
        Ok(recorder)
    }

    fn queued(folder: &Path) -> (Self, Receiver<Job>) {
        let (jobs, queue) = sync_channel(QUEUE_FRAMES + QUEUE_ENDS);
        let recorder = Self {
            jobs,
            frames: Arc::default(),
            folder: folder.to_owned(),
        };
        (recorder, queue)
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
        let room = self.frames.fetch_add(1, Ordering::Relaxed) < QUEUE_FRAMES;
        if !room || self.jobs.try_send(job).is_err() {
            self.frames.fetch_sub(1, Ordering::Relaxed);
            metrics::counter!("hark_recording_frames_dropped_total").increment(1);
        }
    }

    /// Closes the call's file, which is readable afterwards.
    pub fn finish(&self, call: &CallId) {
        if self.jobs.try_send(Job::Finish { call: call.clone() }).is_err() {
            warn!(%call, "recording not closed: the recorder stands still, or has ended");
        }
    }
}

fn file_of(folder: &Path, call: &CallId) -> PathBuf {
    folder.join(format!("{call}.wav"))
}

fn write_all(queue: &Receiver<Job>, frames: &AtomicUsize, tapes: &mut Tapes) {
    while let Ok(job) = queue.recv() {
        match job {
            Job::Frame { call, pair } => {
                frames.fetch_sub(1, Ordering::Relaxed);
                if let Err(error) = tapes.write(&call, &pair) {
                    warn!(%call, %error, "recording stopped: cannot write");
                }
            }
            Job::Finish { call } => {
                if let Err(error) = tapes.finish(&call) {
                    warn!(%call, %error, "recording not closed");
                }
            }
        }
    }
}

/// The recordings under way.
struct Tapes {
    folder: PathBuf,
    tapes: BTreeMap<CallId, Tape>,
}

enum Tape {
    Running(WavWriter<BufWriter<File>>),
    /// Could not be written. Stays until the call ends, so that nothing overwrites what there is.
    Broken,
}

impl Tapes {
    fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            tapes: BTreeMap::new(),
        }
    }

    /// Adds 20 ms. Fails once in a call; what comes after the failure is dropped and counted.
    fn write(&mut self, call: &CallId, pair: &(Frame, Frame)) -> Result<(), hound::Error> {
        let written = match self.tapes.get_mut(call) {
            Some(Tape::Running(writer)) => add(writer, pair),
            Some(Tape::Broken) => {
                metrics::counter!("hark_recording_frames_dropped_total").increment(1);
                return Ok(());
            }
            None => self.begin(call, pair),
        };
        if written.is_err() {
            // A writer that goes writes its header, as far as it can.
            self.tapes.insert(call.clone(), Tape::Broken);
        }
        written
    }

    fn begin(&mut self, call: &CallId, pair: &(Frame, Frame)) -> Result<(), hound::Error> {
        let spec = WavSpec {
            channels: 2,
            sample_rate: pair.0.rate().hz(),
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(file_of(&self.folder, call), spec)?;
        add(&mut writer, pair)?;
        self.tapes.insert(call.clone(), Tape::Running(writer));
        Ok(())
    }

    fn finish(&mut self, call: &CallId) -> Result<(), hound::Error> {
        match self.tapes.remove(call) {
            Some(Tape::Running(writer)) => writer.finalize(),
            Some(Tape::Broken) | None => Ok(()),
        }
    }
}

fn add(writer: &mut WavWriter<BufWriter<File>>, (caller, hark): &(Frame, Frame)) -> Result<(), hound::Error> {
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

    use super::{Job, QUEUE_FRAMES, Recorder, Tapes};

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

    fn pair() -> (Frame, Frame) {
        let frame = Frame::from_samples(SampleRate::Hz8000, &[100; 160]);
        (frame.clone(), frame)
    }

    #[test]
    fn a_recording_that_cannot_be_written_fails_once_and_is_not_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let (call, mut tapes) = (CallId::new("a-call"), Tapes::new(&missing));
        assert!(tapes.write(&call, &pair()).is_err());
        std::fs::create_dir(&missing).unwrap();
        for _ in 0..100 {
            tapes.write(&call, &pair()).unwrap();
        }
        tapes.finish(&call).unwrap();
        assert_eq!(std::fs::read_dir(&missing).unwrap().count(), 0);
        assert!(tapes.tapes.is_empty(), "nothing is kept of a call that has ended");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_ends_the_recording_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let (call, mut tapes) = (CallId::new("a-call"), Tapes::new(folder.path()));
        let file = folder.path().join("a-call.wav");
        std::os::unix::fs::symlink("/dev/full", &file).unwrap();
        let failures = (0..200).filter(|_| tapes.write(&call, &pair()).is_err()).count();
        assert_eq!(failures, 1);
        // What stands where the recording was is not touched by the frames that follow.
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "kept").unwrap();
        tapes.write(&call, &pair()).unwrap();
        tapes.finish(&call).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
    }

    #[test]
    fn the_end_of_a_call_finds_a_place_in_a_queue_full_of_frames() {
        let folder = tempfile::tempdir().unwrap();
        // Nobody takes anything out of this queue.
        let (recorder, queue) = Recorder::queued(folder.path());
        let call = CallId::new("a-call");
        for _ in 0..QUEUE_FRAMES + 10 {
            let (left, right) = pair();
            recorder.frame(&call, left, right);
        }
        recorder.finish(&call);
        let jobs: Vec<Job> = queue.try_iter().collect();
        assert_eq!(jobs.len(), QUEUE_FRAMES + 1);
        assert!(matches!(jobs.last(), Some(Job::Finish { .. })));
    }
}
