//! The front end against the library's own, and what it does to noise, to silence and to quiet lines.

use std::sync::Arc;

use super::{CEPSTRA, Cepstra, Channel, FrontEnd, Line, MelBank, Shape};

const TELEPHONE: &str = "-nfilt 20 -lowerf 1 -upperf 4000 -wlen 0.025 -transform dct -round_filters no \
    -remove_dc yes -feat 1s_c_d_dd -varnorm no -cmninit 45,-3,1";
const DEBIAN: &str = "-lowerf 130 -upperf 6800 -nfilt 25 -transform dct -lifter 22 -feat 1s_c_d_dd";

fn bank(feat_params: &str) -> Arc<MelBank> {
    Arc::new(MelBank::new(Shape::parse(feat_params).unwrap()))
}

/// Even noise of a given height, from a seed.
fn hiss(samples: usize, height: i32) -> Vec<i16> {
    let mut state = 1_u32;
    (0..samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) as i32 % (2 * height + 1) - height) as i16
        })
        .collect()
}

fn tone(sound: &mut [i16], height: f64) {
    for (n, sample) in sound.iter_mut().enumerate() {
        let wave = (2.0 * std::f64::consts::PI * 440.0 * n as f64 / 8_000.0).sin();
        *sample = sample.saturating_add((height * wave * (n % 1_000) as f64 / 1_000.0) as i16);
    }
}

fn all(front_end: &mut FrontEnd, sound: &[i16], chunk: usize) -> Vec<Cepstra> {
    let mut out = Vec::new();
    for samples in sound.chunks(chunk) {
        front_end.push(samples, &mut out);
    }
    front_end.finish(&mut out);
    out
}

/// The expected numbers were computed by libsphinxbase 0.8+5prealpha (`fe_process_frames`).
#[test]
fn cepstra_are_those_of_the_library() {
    let mut sound = hiss(2_000, 1_000);
    tone(&mut sound, 3_000.0);
    let check = |feat_params: &str, frame: usize, expected: [f32; CEPSTRA]| {
        let bank = bank(feat_params);
        let mut last = 0.0;
        let emphasised: Vec<f32> = sound
            .iter()
            .map(|sample| {
                let now = f32::from(*sample);
                now - 0.97 * std::mem::replace(&mut last, now)
            })
            .collect();
        let start = frame * bank.shift();
        let samples = &emphasised[start..start + bank.window()];
        let cepstra = bank.cepstra(&bank.mel(samples, &mut bank.scratch()));
        for (found, expected) in cepstra.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 5e-3,
                "{cepstra:?} instead of {expected}"
            );
        }
    };
    check(
        TELEPHONE,
        10,
        [
            62.347, -4.968, -1.252, -4.849, -4.667, -1.839, -1.077, 1.045, 2.167, 1.903, 1.104, -1.145,
            -1.741,
        ],
    );
    check(
        DEBIAN,
        5,
        [
            70.374, -12.109, -8.156, -30.533, -24.051, -13.777, 2.678, 20.728, 22.392, -2.85, -20.975, -2.26,
            -7.925,
        ],
    );
}

#[test]
fn how_the_sound_is_cut_into_packets_does_not_matter() {
    let mut sound = hiss(8_000, 100);
    tone(&mut sound[4_000..6_000], 3_000.0);
    let bank = bank(TELEPHONE);
    let whole = |chunk| {
        let mut front_end = FrontEnd::new(Arc::clone(&bank), [0.0; CEPSTRA], Channel::default());
        all(&mut front_end, &sound, chunk)
    };
    assert_eq!(whole(160), whole(37));
    assert_eq!(whole(160), whole(8_000));
    // Less than the opening comes out all the same.
    let mut front_end = FrontEnd::new(Arc::clone(&bank), [0.0; CEPSTRA], Channel::default());
    assert_eq!(all(&mut front_end, &sound[..1_000], 160).len(), 11);
}

#[test]
fn noise_is_turned_down_and_speech_is_not() {
    let mut sound = hiss(16_000, 300);
    tone(&mut sound[6_000..10_000], 6_000.0);
    let bank = bank(TELEPHONE);
    // About what the tone has: nothing to learn.
    let mut mean = [0.0; CEPSTRA];
    mean[0] = 60.0;
    let mut front_end = FrontEnd::new(Arc::clone(&bank), mean, Channel::default());
    let cleaned = all(&mut front_end, &sound, 160);
    // The first cepstrum is the sum of 20 logarithms over their root.
    let quieter = |frame: usize| {
        let mut plain = FrontEnd::new(Arc::clone(&bank), [0.0; CEPSTRA], Channel::default());
        let mut mel = Vec::new();
        let mut last = 0.0;
        for sample in &sound[frame * 80..frame * 80 + 200] {
            let now = f32::from(*sample);
            mel.push(now - 0.97 * std::mem::replace(&mut last, now));
        }
        let plain = bank.cepstra(&bank.mel(&mel, &mut plain.scratch));
        (plain[0] - mean[0] - cleaned[frame][0]) / 20.0_f32.sqrt()
    };
    assert!((0.6..1.2).contains(&quieter(40)), "noise by {}", quieter(40));
    // In three filters of twenty there is a tone; the others stay noise.
    let tone_filter = |frames: &[Cepstra]| frames[100][0] - frames[40][0];
    assert!(tone_filter(&cleaned) > 5.0, "{}", tone_filter(&cleaned));
}

#[test]
fn a_long_silence_is_left_out() {
    let mut sound = hiss(8_000 * 4, 50);
    for start in [4_000, 24_000] {
        for (n, sample) in sound[start..start + 4_000].iter_mut().enumerate() {
            // Wide-band, as a fricative is.
            *sample = sample.saturating_mul(60).saturating_add((n % 7) as i16);
        }
    }
    let mut front_end = FrontEnd::new(bank(TELEPHONE), [0.0; CEPSTRA], Channel::default());
    let frames = all(&mut front_end, &sound, 160).len();
    // 4 s are 398 frames; 2 s between the two lose all but 650 ms.
    assert!((245..280).contains(&frames), "{frames} frames");
}

#[test]
fn a_call_remembers_its_noise_and_its_mean() {
    let bank = bank(TELEPHONE);
    let heard = |gain: i16, channel: Channel| {
        let mut sound = hiss(12_000, 20);
        for sample in &mut sound[4_000..8_000] {
            *sample = sample.saturating_mul(gain);
        }
        let mut front_end = FrontEnd::new(Arc::clone(&bank), [41.5; CEPSTRA], channel);
        let frames = all(&mut front_end, &sound, 160);
        let speech = frames[55..95].iter().map(|frame| frame[0]);
        (speech.sum::<f32>() / 40.0, front_end.channel())
    };
    for gain in [4, 80] {
        let (first, learnt) = heard(gain, Channel::default());
        assert!(learnt.noise.is_some() && learnt.speech.is_some());
        // The same sound again: what is quiet or loud is brought nearer to the usual.
        let (again, _) = heard(gain, learnt);
        assert!(again.abs() < 0.8 * first.abs(), "{first} then {again}");
    }
}

/// A drink keeps the noise of its line, and the yes that follows does not: neither is to start from the other's mean.
#[test]
fn what_keeps_its_noise_does_not_spoil_the_mean_of_what_does_not() {
    let mut sound = hiss(16_000, 300);
    tone(&mut sound[6_000..], 6_000.0);
    let bank = bank(TELEPHONE);
    let heard = |line: Line, channel: Channel| {
        let mut front_end = FrontEnd::new(Arc::clone(&bank), [0.0; CEPSTRA], channel);
        front_end.is_on(line);
        let cepstra = all(&mut front_end, &sound, 160);
        (cepstra, front_end.channel())
    };
    let (noisy, after_noisy) = heard(Line::Noisy, Channel::default());
    let (cleaned, after_cleaned) = heard(Line::Quiet, Channel::default());
    assert_ne!(noisy, cleaned);
    assert_eq!(after_noisy.speech, after_cleaned.speech);
    assert_ne!(after_noisy.in_noise, after_noisy.speech);
    let [after_drink, after_yes] =
        [after_noisy.clone(), after_cleaned].map(|channel| heard(Line::Quiet, channel));
    assert_eq!(after_drink.0, after_yes.0);
    // And the next drink begins where the last one was.
    assert_eq!(after_drink.1.in_noise, after_noisy.in_noise);
}

/// Speech from the first frame, which an opening takes for noise.
#[test]
fn the_noise_is_known_before_the_first_frame_from_the_line_before_it() {
    let bank = bank(TELEPHONE);
    let hiss = hiss(24_000, 300);
    let (line, words) = hiss.split_at(16_000);
    let mut words = words.to_vec();
    tone(&mut words, 6_000.0);
    let noise = |before: &[i16]| {
        let mut front_end = FrontEnd::new(Arc::clone(&bank), [0.0; CEPSTRA], Channel::default());
        front_end.is_on(Line::Noisy);
        front_end.know_line(before);
        let mut out = Vec::new();
        front_end.push(&words[..400], &mut out);
        (out.len(), front_end.noisy_line().map(|line| line.noise))
    };
    let (frames, known) = noise(line);
    let known = known.unwrap();
    assert_eq!(frames, 5, "nothing is held back");
    // Noise of even height has the same power in every filter, in proportion to its width.
    let (_, half_as_long) = noise(&line[8_000..]);
    for (known, again) in known.iter().zip(half_as_long.unwrap()) {
        assert!((known / again).ln().abs() < 0.3, "{known} and {again}");
    }
    // Too little of it tells nothing: the opening is waited for.
    assert_eq!(noise(&line[..800]), (0, None));
}
