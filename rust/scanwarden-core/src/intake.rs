//! The way of a captured packet: the one predicate, decoding, the detector.

use crate::decode::{Decoded, Decoder, LinkType, Malformed};
use crate::detector::Detector;
use crate::packet::Nanoseconds;
use crate::predicate;

/// A detector with everything a raw packet passes on its way there.
pub struct Intake {
    decoder: Decoder,
    detector: Detector,
    malformed: [u64; Malformed::ALL.len()],
    seen: u64,
    passed: u64,
    fragments_pending: u64,
    refused_by_ban: u64,
}

impl Intake {
    /// Put a detector behind the predicate and a decoder.
    pub fn new(detector: Detector) -> Self {
        Self {
            decoder: Decoder::new(),
            detector,
            malformed: [0; Malformed::ALL.len()],
            seen: 0,
            passed: 0,
            fragments_pending: 0,
            refused_by_ban: 0,
        }
    }

    /// Feed one packet as captured; `is_filtered` when the kernel applied the predicate already. Returns whether it
    /// was used: it passed the predicate, and no ban of ours dropped it.
    #[inline]
    pub fn feed(
        &mut self,
        bytes: &[u8],
        link: LinkType,
        time_ns: Nanoseconds,
        original_len: u32,
        is_filtered: bool,
    ) -> bool {
        self.seen += 1;
        if !is_filtered && !predicate::passes(bytes, link) {
            return false;
        }
        self.passed += 1;
        match self.decoder.decode(bytes, link, time_ns, original_len) {
            Decoded::Packet(packet) => {
                if self.detector.is_banned(packet.source, time_ns) {
                    self.refused_by_ban += 1;
                    return false;
                }
                self.detector.observe(&packet);
            }
            Decoded::Pending => self.fragments_pending += 1,
            Decoded::Malformed(reason) => {
                if let Some(count) = self.malformed.get_mut(reason as usize) {
                    *count += 1;
                }
            }
        }
        true
    }

    /// The detector behind it all.
    pub fn detector(&mut self) -> &mut Detector {
        &mut self.detector
    }

    /// Everything counted on the way, by name.
    pub fn counters(&self) -> Vec<(String, u64)> {
        let own = [
            ("captured", self.seen),
            ("passed", self.passed),
            ("fragments_pending", self.fragments_pending),
            ("refused_by_ban", self.refused_by_ban),
        ];
        let malformed = Malformed::ALL
            .iter()
            .zip(self.malformed)
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| (format!("malformed.{}", reason.name()), count));
        own.into_iter()
            .chain(self.detector.counters())
            .map(|(name, count)| (String::from(name), count))
            .chain(malformed)
            .collect()
    }
}
