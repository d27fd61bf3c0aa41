//! The way of a captured packet: the one predicate, decoding, the detector.

use crate::decode::glance::{Glance, glance};
use crate::decode::{Decoded, Decoder, LinkType, Malformed};
use crate::detector::{Detector, Ends};
use crate::packet::{Nanoseconds, RawPacket};
use crate::predicate;

/// Packets whose memory accesses overlap.
const BATCH: usize = 32;

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

/// A packet that the predicate lets pass: what a glance at it gave.
#[derive(Clone, Copy, Debug)]
pub struct Selected(Option<Glance>);

/// Apply the one predicate to a packet as captured.
#[inline]
pub fn select(raw: &RawPacket<'_>) -> Option<Selected> {
    let brief = glance(raw);
    let passes = match brief.as_ref().and_then(Glance::passes) {
        Some(passes) => passes,
        None => predicate::passes(raw.bytes, raw.link),
    };
    passes.then_some(Selected(brief))
}

/// Take a packet to which the kernel applied the one predicate already.
#[inline]
pub fn select_filtered(raw: &RawPacket<'_>) -> Selected {
    Selected(glance(raw))
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
        self.decode(&RawPacket { time_ns, link, original_len, bytes })
    }

    /// Count packets that were looked at, selected or not.
    pub fn count_seen(&mut self, packets: u64) {
        self.seen += packets;
    }

    /// Feed selected packets in order: the same as feeding them one by one, and faster, because the memory that several
    /// packets need is fetched at once.
    #[inline]
    pub fn feed_selected(&mut self, packets: &[(RawPacket<'_>, Selected)]) {
        for packets in packets.chunks(BATCH) {
            self.feed_chunk(packets);
        }
    }

    fn feed_chunk(&mut self, packets: &[(RawPacket<'_>, Selected)]) {
        let mut ends = [Ends::NONE; BATCH];
        for (ends, (_, Selected(brief))) in ends.iter_mut().zip(packets) {
            if let Some(brief) = brief {
                *ends = self.detector.ends_of(brief);
            }
        }
        if let (Some(ends), Some((last, _))) = (ends.get(..packets.len()), packets.last()) {
            self.detector.fetch(ends, last.time_ns);
        }
        self.passed += packets.len() as u64;
        for ((raw, Selected(brief)), ends) in packets.iter().zip(&ends) {
            let is_done = brief.as_ref().is_some_and(|brief| self.detector.observe_glance(brief, ends, raw.time_ns));
            if !is_done {
                let _ = self.decode(raw);
            }
        }
    }

    #[inline]
    fn decode(&mut self, raw: &RawPacket<'_>) -> bool {
        // By reference: a packet is large, and is read where it was written.
        match &self.decoder.decode(raw.bytes, raw.link, raw.time_ns, raw.original_len) {
            Decoded::Packet(packet) => {
                if self.detector.is_banned(packet.source, raw.time_ns) {
                    self.refused_by_ban += 1;
                    return false;
                }
                self.detector.observe(packet);
            }
            Decoded::Pending => self.fragments_pending += 1,
            Decoded::Malformed(reason) => {
                if let Some(count) = self.malformed.get_mut(*reason as usize) {
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
