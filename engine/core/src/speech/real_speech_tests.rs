//! The listener against recordings of people, in the telephone band. They lie outside the repository
//! (`HARK_SHARED`, else `../shared`); without them these tests say so and pass.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::audio::frame::Frame;
use crate::limits::FRAME;
use crate::nlu::grammar::Grammar;
use crate::speech::barge_in::{Prompt, PromptCommand};
use crate::speech::effort::VocalEffort;
use crate::speech::endpointing::{Endpointer, Pace, Progress};
use crate::speech::expectation::Expectation;
use crate::speech::listener::{ListenEvent, Listener, Played};
use crate::speech::vad::{Activity, Source, Vad, VadMode};
use crate::speech::verdict::Capabilities;
use crate::units::SampleRate;

fn speech_folder() -> Option<PathBuf> {
    let shared = std::env::var_os("HARK_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("speech");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no recordings at {}", folder.display());
    None
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

/// A recording as it would come out of a telephone: 200 to 3400 Hz, 8 kHz.
fn telephone(path: &Path) -> Vec<i16> {
    let (hz, samples) = read(path);
    if hz == 8_000 {
        return samples;
    }
    assert_eq!(hz, 16_000, "{}", path.display());
    let taps = band_pass();
    let half = taps.len() / 2;
    let at = |n: isize| {
        usize::try_from(n)
            .ok()
            .and_then(|n| samples.get(n))
            .map_or(0.0, |s| f64::from(*s))
    };
    (0..samples.len())
        .step_by(2)
        .map(|n| {
            let sum: f64 = taps
                .iter()
                .enumerate()
                .map(|(k, tap)| tap * at(n as isize + k as isize - half as isize))
                .sum();
            sum.clamp(-32_768.0, 32_767.0) as i16
        })
        .collect()
}

fn read(path: &Path) -> (u32, Vec<i16>) {
    if path.extension().is_some_and(|e| e == "flac") {
        let mut flac = claxon::FlacReader::open(path).unwrap();
        let hz = flac.streaminfo().sample_rate;
        return (hz, flac.samples().map(|sample| sample.unwrap() as i16).collect());
    }
    let mut wav = hound::WavReader::open(path).unwrap();
    (
        wav.spec().sample_rate,
        wav.samples::<i16>().map(Result::unwrap).collect(),
    )
}

/// Windowed-sinc band pass at 16 kHz.
fn band_pass() -> Vec<f64> {
    let low_pass = |hz: f64, t: f64| {
        let w = 2.0 * std::f64::consts::PI * hz / 16_000.0;
        if t == 0.0 {
            w / std::f64::consts::PI
        } else {
            (w * t).sin() / (std::f64::consts::PI * t)
        }
    };
    (-32..=32)
        .map(|n| {
            let t = f64::from(n);
            let window = 0.54 + 0.46 * (std::f64::consts::PI * t / 32.0).cos();
            window * (low_pass(3_400.0, t) - low_pass(200.0, t))
        })
        .collect()
}

/// The sound of a line on which nobody speaks, about -65 dBov.
fn line_noise(samples: usize, seed: u32) -> Vec<i16> {
    let mut state = seed.wrapping_add(1);
    (0..samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) as i16) / 1_024
        })
        .collect()
}

/// Frames of 20 ms of a clip with a quiet line before and after.
fn frames(clip: &[i16], before_ms: usize, after_ms: usize) -> Vec<Frame> {
    let mut sound = line_noise(before_ms * 8 + clip.len() + after_ms * 8, clip.len() as u32);
    for (to, from) in sound.iter_mut().skip(before_ms * 8).zip(clip) {
        *to = to.saturating_add(*from);
    }
    sound
        .chunks(160)
        .map(|chunk| Frame::from_samples(SampleRate::Hz8000, chunk))
        .collect()
}

/// What the detector makes of one clip.
struct Heard {
    found: bool,
    /// The longest silence between its first and last voiced frame.
    longest_pause_ms: usize,
}

fn hear(frames: &[Frame]) -> Heard {
    let mut vad = Vad::new(VadMode::Neural);
    let mut last = None;
    let mut longest = 0;
    for (n, frame) in frames.iter().enumerate() {
        let judged = vad.handle_frame(frame, Source::NearEnd);
        if judged.activity == Activity::Start && last.is_none() || judged.voiced && last.is_some() {
            longest = longest.max(n - last.unwrap_or(n));
            last = Some(n);
        }
    }
    Heard {
        found: last.is_some(),
        longest_pause_ms: longest * 20,
    }
}

/// Adds noise at a signal-to-noise ratio given in dB, over the whole length.
fn add_noise(frames: &mut [Frame], clip: &[i16], noise: &[i16], snr_db: f64) {
    let power = |s: &[i16]| s.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / s.len() as f64;
    let gain = (power(clip) / power(noise) / 10f64.powf(snr_db / 10.0)).sqrt();
    for (frame, noise) in frames.iter_mut().zip(noise.chunks(160)) {
        for (sample, noise) in frame.samples_mut().iter_mut().zip(noise) {
            *sample = sample.saturating_add((f64::from(*noise) * gain) as i16);
        }
    }
}

#[test]
fn every_word_is_found_on_a_quiet_and_on_a_noisy_line() {
    let Some(folder) = speech_folder() else { return };
    let noise = telephone(&folder.join("noise/kitchen.flac"));
    let clips: Vec<Vec<i16>> = files(&folder.join("words"), "wav")
        .iter()
        .map(|path| telephone(path))
        .collect();
    assert!(clips.len() > 100, "{} clips", clips.len());
    for snr_db in [None, Some(15.0)] {
        let mut missed = 0;
        for clip in &clips {
            let mut frames = frames(clip, 600, 600);
            if let Some(snr_db) = snr_db {
                add_noise(&mut frames, clip, &noise, snr_db);
            }
            missed += usize::from(!hear(&frames).found);
        }
        println!("SNR {snr_db:?}: {missed} of {} words missed", clips.len());
        assert!(
            missed * 100 <= clips.len(),
            "{missed} of {} words missed at {snr_db:?}",
            clips.len()
        );
    }
}

#[test]
fn a_kitchen_is_no_caller() {
    let Some(folder) = speech_folder() else { return };
    let noise = telephone(&folder.join("noise/kitchen.flac"));
    let frames: Vec<Frame> = noise
        .chunks(160)
        .map(|chunk| Frame::from_samples(SampleRate::Hz8000, chunk))
        .collect();
    let mut vad = Vad::new(VadMode::Neural);
    let mut starts = 0;
    for frame in &frames {
        starts += usize::from(vad.handle_frame(frame, Source::NearEnd).activity == Activity::Start);
    }
    assert!(starts <= 1, "{starts} false starts in {} s", frames.len() / 50);
}

/// A pause inside an order follows words that are not yet one. Where they could be (`Enough`), the wait is shorter
/// and the words decide: `hark eval turns` judges that, with a recogniser.
#[test]
fn an_unfinished_drink_order_outwaits_the_pauses_in_it() {
    let Some(folder) = speech_folder() else { return };
    let files = files(&folder.join("drinks"), "flac");
    let sample: Vec<&PathBuf> = files.iter().step_by(3).collect();
    let endpointer = Endpointer::default();
    let wait_ms = endpointer.wait_ms(&Expectation::Drink, Progress::Partial) as usize;
    let pauses: Vec<usize> = sample
        .iter()
        .map(|path| hear(&frames(&telephone(path), 600, 600)).longest_pause_ms)
        .collect();
    let cut_off = pauses.iter().filter(|pause| **pause >= wait_ms).count();
    println!(
        "{cut_off} of {} drink orders would be cut at {wait_ms} ms",
        sample.len()
    );
    assert!(
        cut_off * 100 <= sample.len(),
        "{cut_off} of {} orders cut off at {wait_ms} ms",
        sample.len()
    );
}

/// One voiced utterance of a call; by how much its voice was raised.
fn speak(vad: &mut Vad, effort: &mut VocalEffort, clip: &[i16], gain: f32) -> Option<f32> {
    let louder: Vec<i16> = clip
        .iter()
        .map(|sample| (f32::from(*sample) * gain) as i16)
        .collect();
    effort.begin();
    for frame in frames(&louder, 400, 400) {
        let judged = vad.handle_frame(&frame, Source::NearEnd);
        if judged.voiced {
            effort.handle_voiced(judged.level_dbov, vad.noise_floor_dbov());
        }
    }
    effort.finish()
}

/// People who read calmly, in calls of nine utterances; then the same with the last one 14 dB louder.
#[test]
fn calm_voices_are_not_raised_and_raised_ones_are_found() {
    let Some(folder) = speech_folder() else { return };
    let of = |folder: &Path, who: &str| -> Vec<PathBuf> {
        let named = |path: &PathBuf| path.to_string_lossy().contains(who);
        files(folder, "wav").into_iter().filter(named).collect()
    };
    let (an4, digits) = (folder.join("an4"), folder.join("digits"));
    let mut calls: Vec<Vec<PathBuf>> = vec![of(&an4, "fash"), of(&an4, "fbbh")];
    for who in ["george", "jackson", "lucas"] {
        let spoken = of(&digits, who);
        // Every 50th: one of each digit.
        calls.extend((0..10).map(|n| spoken.iter().skip(n).step_by(50).cloned().collect()));
    }
    let (mut calm, mut alarms, mut found) = (0, 0, 0);
    for call in &calls {
        let clips: Vec<Vec<i16>> = call.iter().map(|path| telephone(path)).collect();
        let (mut vad, mut effort) = (Vad::new(VadMode::Neural), VocalEffort::default());
        let (last, before) = clips.split_last().unwrap();
        for clip in before {
            calm += 1;
            alarms += usize::from(speak(&mut vad, &mut effort, clip, 1.0).is_some());
        }
        found += usize::from(speak(&mut vad, &mut effort, last, 5.0).is_some());
    }
    println!(
        "{alarms} of {calm} calm utterances, {found} of {} raised ones",
        calls.len()
    );
    assert!(alarms * 50 <= calm, "{alarms} of {calm} calm utterances");
    assert!(
        found * 3 >= calls.len() * 2,
        "{found} of {} raised ones",
        calls.len()
    );
}

/// A prompt of half a minute: people's sentences with half a second between them.
fn prompt(folder: &Path) -> Vec<i16> {
    let mut sound = Vec::new();
    for path in files(&folder.join("drinks"), "flac").iter().take(4) {
        sound.extend(telephone(path));
        sound.extend([0; 4_000]);
    }
    sound
}

/// What comes back of a prompt: late, quieter, and smeared by a room.
fn echo_of(prompt: &[i16], delay_ms: usize, gain_db: f32) -> Vec<i16> {
    let gain = 10f32.powf(gain_db / 20.0);
    let room = [(0, 0.9), (37, 0.35), (91, -0.2), (240, 0.1)];
    let tap = |at: usize| {
        let direct = at.checked_sub(delay_ms * 8)?;
        Some(
            room.iter()
                .filter_map(|(late, share)| {
                    let sample = prompt.get(direct.checked_sub(*late)?)?;
                    Some(f32::from(*sample) * share)
                })
                .sum::<f32>(),
        )
    };
    (0..prompt.len())
        .map(|at| (tap(at).unwrap_or_default() * gain) as i16)
        .collect()
}

/// What a listener makes of sound that comes in while a prompt plays: how often it held the prompt, how
/// often it gave it up, and whether it heard anybody begin to speak in these frames.
#[derive(Debug, Default, PartialEq, Eq)]
struct Interruptions {
    held: usize,
    stopped: usize,
    began_at: Vec<usize>,
}

fn listen_during(prompt: &[i16], inbound: &[i16]) -> Interruptions {
    let can = Capabilities {
        grammar: true,
        open: false,
    };
    let grammar = Arc::new(Grammar::open(Vec::new()));
    let mut listener = Listener::new(VadMode::Neural, can);
    listener.listen(Expectation::Open, grammar, Pace::Usual, 60_000);
    let frame = |sound: &[i16]| Frame::from_samples(SampleRate::Hz8000, sound);
    let mut found = Interruptions::default();
    let mut now = Instant::now();
    for (at, (played, heard)) in prompt.chunks(160).zip(inbound.chunks(160)).enumerate() {
        now += FRAME;
        listener.handle_frame(now, &frame(heard), Played::frame(Prompt::Open, &frame(played)));
        while let Some(event) = listener.poll() {
            match event {
                ListenEvent::Prompt(PromptCommand::Pause) => found.held += 1,
                ListenEvent::Prompt(PromptCommand::Stop) => found.stopped += 1,
                ListenEvent::SpeechStarted { .. } => found.began_at.push(at),
                ListenEvent::Prompt(PromptCommand::Resume)
                | ListenEvent::Recognise(_)
                | ListenEvent::UtteranceEnded { .. }
                | ListenEvent::Verdict(_)
                | ListenEvent::Likely { .. }
                | ListenEvent::Unlikely
                | ListenEvent::Dropped { .. }
                | ListenEvent::NoInput => {}
            }
        }
    }
    found
}

fn mixed(one: &[i16], other: &[i16]) -> Vec<i16> {
    one.iter()
        .zip(other)
        .map(|(one, other)| one.saturating_add(*other))
        .collect()
}

#[test]
fn hark_never_interrupts_itself_by_its_echo() {
    let Some(folder) = speech_folder() else { return };
    let prompt = prompt(&folder);
    let noise = line_noise(prompt.len(), 3);
    let mut stopped = 0;
    for delay_ms in [50, 200, 400] {
        let found = listen_during(&prompt, &mixed(&echo_of(&prompt, delay_ms, -15.0), &noise));
        println!("{delay_ms} ms: {found:?} in {} s", prompt.len() / 8_000);
        stopped += found.stopped;
    }
    assert_eq!(stopped, 0, "prompts given up for their own echo");
}

#[test]
fn a_caller_is_heard_over_the_prompt_and_its_echo() {
    let Some(folder) = speech_folder() else { return };
    let prompt = prompt(&folder);
    let clips = files(&folder.join("words"), "wav");
    // Six seconds for the guard to learn the line; then a word every five seconds.
    let words: Vec<(usize, Vec<i16>)> = (6..prompt.len() / 8_000 - 5)
        .step_by(5)
        .zip(clips.iter().step_by(13))
        .map(|(second, path)| (second, telephone(path)))
        .collect();
    assert!(words.len() >= 4, "{} words", words.len());
    for delay_ms in [50, 400] {
        let mut inbound = mixed(&echo_of(&prompt, delay_ms, -15.0), &line_noise(prompt.len(), 3));
        for (second, clip) in &words {
            for (to, from) in inbound.iter_mut().skip(second * 8_000).zip(clip) {
                *to = to.saturating_add(*from);
            }
        }
        let found = listen_during(&prompt, &inbound);
        let heard = words
            .iter()
            .filter(|(second, _)| {
                let first = second * 50;
                found.began_at.iter().any(|at| (first..first + 60).contains(at))
            })
            .count();
        println!("{delay_ms} ms: {heard} of {} words heard", words.len());
        assert!(
            heard * 10 >= words.len() * 8,
            "{heard} of {} at {delay_ms} ms",
            words.len()
        );
    }
}
