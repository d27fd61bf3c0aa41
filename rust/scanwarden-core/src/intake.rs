//! The way of a captured packet: the one predicate, decoding, the detector.

#![expect(
    clippy::inline_always,
    reason = "measured: selecting runs for every packet of a file, most of which are of no interest"
)]

use crate::decode::glance::{DatagramGlance, Glance};
use crate::decode::{Decoded, Decoder, LinkType, Malformed};
use crate::detector::{Calm, Detector, Ends};
use crate::packet::{Nanoseconds, Packet, RawPacket};
use crate::predicate;
use crate::tricks::Tricks;

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

/// A packet that the predicate lets pass, on its way to the detector.
#[derive(Clone, Copy, Debug)]
struct Candidate<'a> {
    raw: RawPacket<'a>,
    /// Where a glance is enough to tell its ends.
    glance: Option<Glance<'a>>,
    ends: Ends,
}

/// Packets that the detector will look at together, so that their memory accesses overlap.
pub struct Batch<'a> {
    candidates: [Candidate<'a>; BATCH],
    count: usize,
}

impl Batch<'_> {
    /// Begin with no packet.
    #[must_use]
    pub fn new() -> Self {
        let nothing = Candidate { raw: RawPacket::EMPTY, glance: None, ends: Ends::UNKNOWN };
        Self { candidates: [nothing; BATCH], count: 0 }
    }
}

impl Default for Batch<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Kept apart, so that the walk over a capture stays short.
#[inline(never)]
fn passes_slowly(bytes: &[u8], link: LinkType) -> bool {
    predicate::passes(bytes, link)
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

    /// Feed a packet, together with others of a batch: the same in the end as [`Intake::feed`], but that the packet is not
    /// counted as seen. [`Intake::feed_batch`] must follow the last one.
    #[inline(always)]
    pub fn feed_soon<'a>(&mut self, raw: RawPacket<'a>, batch: &mut Batch<'a>, fetch: impl Fn(usize) + Copy) {
        let glance = Glance::at(&raw);
        let passes = match glance.and_then(Glance::passes) {
            Some(passes) => passes,
            None => passes_slowly(raw.bytes, raw.link),
        };
        if !passes {
            return;
        }
        if let Some(candidate) = batch.candidates.get_mut(batch.count) {
            candidate.raw = raw;
            candidate.glance = glance;
            self.prepare(batch, fetch);
        }
    }

    /// Find the ends of the candidate that came last, and feed the batch if that was its last place.
    #[inline(never)]
    fn prepare(&mut self, batch: &mut Batch<'_>, fetch: impl Fn(usize) + Copy) {
        if let Some(Candidate { raw, glance, ends }) = batch.candidates.get_mut(batch.count) {
            match *glance {
                Some(glance) => self.detector.find_ends(glance, ends, fetch),
                None => *ends = self.find_other_ends(raw, fetch),
            }
            batch.count += 1;
        }
        if batch.count == BATCH {
            self.feed_batch(batch, fetch);
        }
    }

    #[inline(never)]
    fn find_other_ends(&self, raw: &RawPacket<'_>, fetch: impl Fn(usize) + Copy) -> Ends {
        DatagramGlance::at(raw).map_or(Ends::UNKNOWN, |datagram| self.detector.find_ends_of_datagram(&datagram, fetch))
    }

    /// Feed the packets of a batch in order and empty it: the same as feeding them one by one, and faster, because the memory
    /// that several packets need is fetched at once: `fetch` is told the addresses of what feeding them will read, and may
    /// bring it near.
    #[inline(never)]
    pub fn feed_batch(&mut self, batch: &mut Batch<'_>, fetch: impl Fn(usize) + Copy) {
        let count = std::mem::take(&mut batch.count);
        let Some(candidates) = batch.candidates.get_mut(..count) else { return };
        let mut admitted = 0;
        for candidate in candidates.iter_mut() {
            self.detector.fetch_source(candidate.glance, &mut candidate.ends, &mut admitted, fetch);
        }
        if let Some(last) = candidates.last() {
            self.detector.fetch_pending(admitted, last.raw.time_ns, fetch);
        }
        self.passed += count as u64;
        let mut calm = Calm::UNKNOWN;
        let mut rest: &[Candidate<'_>] = candidates;
        while let [Candidate { raw, glance, ends }, others @ ..] = rest {
            if calm != Calm::UNKNOWN {
                let done = if ends.has_lead() {
                    let led = rest.iter().map_while(|next| Some((next.raw.time_ns, next.glance?, next.ends.lead)));
                    self.detector.follow_leads(led, calm)
                } else if ends.is_strangers() {
                    let unknown = rest.iter().map_while(|next| Some((next.raw.time_ns, next.glance?, &next.ends)));
                    self.detector.turn_away(unknown, calm)
                } else {
                    0
                };
                if done > 0 {
                    rest = rest.get(done..).unwrap_or_default();
                    continue;
                }
            }
            rest = others;
            let Some(glance) = glance else {
                calm = Calm::UNKNOWN;
                let _ = self.decode(raw);
                continue;
            };
            if !self.detector.observe_ends(raw.time_ns, *glance, ends, &mut calm) {
                calm = Calm::UNKNOWN;
                let _ = self.observe(&glance.decode(raw));
            }
        }
    }

    /// Decode and observe; false when a ban of ours dropped the packet.
    #[inline]
    fn decode(&mut self, raw: &RawPacket<'_>) -> bool {
        // By reference: a packet is large, and is read where it was written.
        match &self.decoder.decode(raw.bytes, raw.link, raw.time_ns, raw.original_len) {
            Decoded::Packet(packet) => return self.observe(packet),
            Decoded::Pending => {
                self.fragments_pending += 1;
                if let Some((source, destination)) = self.decoder.reassembler.take_overlap() {
                    self.detector.note_trick(source, destination, Tricks::OVERLAPPING_FRAGMENTS);
                }
            }
            Decoded::Malformed(reason) => {
                if let Some(count) = self.malformed.get_mut(*reason as usize) {
                    *count += 1;
                }
            }
        }
        true
    }

    /// Observe a decoded packet; false when a ban of ours dropped it.
    #[inline(never)]
    fn observe(&mut self, packet: &Packet<'_>) -> bool {
        if self.detector.is_banned(packet.source, packet.time_ns) {
            self.refused_by_ban += 1;
            return false;
        }
        self.detector.observe(packet);
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

#[cfg(test)]
mod tests;
