//! Replays every fuzz corpus on stable, and a thousand seeded mutations of each entry besides, so
//! that what the fuzzers found once stays found.

mod bodies;

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const MUTATIONS: u32 = 1_000;

fn replay(name: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut random = StdRng::seed_from_u64(2);
    let mut entries: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    assert!(entries.len() >= 4, "{}: the corpus is missing", folder.display());
    for entry in entries {
        // Shown only when the body panics.
        println!("{}", entry.display());
        let bytes = std::fs::read(&entry).unwrap();
        body(&bytes);
        for number in 0..MUTATIONS {
            println!("mutation {number}");
            body(&mutate(&bytes, &mut random));
        }
    }
}

/// Changes, removes, doubles or cuts a few bytes.
fn mutate(bytes: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..5) {
            0 => bytes.insert(at, random.random()),
            1 => bytes.truncate(at),
            2 => bytes.extend_from_within(at..),
            _ if at == bytes.len() => {}
            3 => drop(bytes.remove(at)),
            _ => bytes[at] = random.random(),
        }
    }
    bytes
}

#[test]
fn sdp() {
    replay("sdp", bodies::sdp);
}

#[test]
fn rtcp() {
    replay("rtcp", bodies::rtcp);
}

#[test]
fn telephone_event() {
    replay("telephone_event", bodies::telephone_event);
}

#[test]
fn stream() {
    replay("stream", bodies::stream);
}
