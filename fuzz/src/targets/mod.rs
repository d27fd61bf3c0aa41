//! What is fed with damaged input, one file each.

pub mod captures;
pub mod ftp;
pub mod log_lines;
pub mod packets;

use std::hash::{DefaultHasher, Hash, Hasher};

use scanwarden_core::detector::{Detector, Settings};
use scanwarden_core::intake::Intake;

/// Something that reads hostile input.
#[derive(Clone, Copy)]
pub struct Target {
    /// What the user calls it.
    pub name: &'static str,
    /// Run one input; returns a signature of what happened.
    ///
    /// # Panics
    /// When what must hold for all input does not.
    pub run: fn(&[u8]) -> u64,
    /// Give inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of the format.
    pub tokens: &'static [&'static [u8]],
}

/// Every target.
pub const TARGETS: [Target; 4] = [packets::TARGET, captures::TARGET, log_lines::TARGET, ftp::TARGET];

/// The smallest detector there is, with a key of its own, behind the predicate and a decoder.
pub(crate) fn small_intake(home: &[&str]) -> Intake {
    let settings = Settings {
        home: home.iter().map(|&network| String::from(network)).collect(),
        memory_bytes: 1 << 20,
        ..Settings::default()
    };
    match Detector::new(&settings, 0x0123_4567_89ab_cdef) {
        Ok(detector) => Intake::new(detector),
        Err(error) => unreachable!("{error}"),
    }
}

/// Finish a detector: every packet is accounted for, every scan closed, and what it says is JSON.
pub(crate) fn finish(intake: &mut Intake) -> u64 {
    intake.detector().finish();
    let counters = intake.counters();
    let count = |name: &str| counters.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count);
    let malformed: u64 =
        counters.iter().filter(|(name, _)| name.starts_with("malformed.")).map(|(_, count)| count).sum();
    assert_eq!(count("passed"), count("packets") + count("fragments_pending") + malformed, "{counters:?}");
    assert_eq!(count("scans_opened"), count("scans_closed"), "{counters:?}");
    let mut signature = Signature::default();
    for (name, count) in &counters {
        signature.note((name, count.checked_ilog2()));
    }
    while let Some(event) = intake.detector().take_event() {
        assert!(event.starts_with("{\"event\":\"") && event.ends_with('}'), "{event}");
        assert!(event.chars().all(|letter| !letter.is_control()), "{event}");
        signature.note(event.get(..24));
        signature.note(event.split_once("\"techniques\"").and_then(|(_, behind)| behind.get(..48)));
    }
    signature.value()
}

/// Gathers what happened.
#[derive(Default)]
pub(crate) struct Signature(DefaultHasher);

impl Signature {
    pub(crate) fn note(&mut self, fact: impl Hash) {
        fact.hash(&mut self.0);
    }

    pub(crate) fn value(&self) -> u64 {
        self.0.finish()
    }
}
