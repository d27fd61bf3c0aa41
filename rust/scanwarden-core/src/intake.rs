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
mod tests {
    use super::*;
    use crate::detector::{NO_LEAD, Settings};
    use crate::packet::TcpFlags;
    use crate::testing::PacketBuilder;
    use proptest::prelude::*;

    const HOME: &str = "198.51.100.7";
    const SCANNER: &str = "192.0.2.9";

    fn tcp(source: &str, destination: &str, ports: (u16, u16), flags: u16) -> Vec<u8> {
        PacketBuilder::new(source, destination).tcp(ports.0, ports.1, flags).tcp_options(&[2, 4, 5, 0xb4]).ethernet()
    }

    /// One scan of many ports, some answered and some retried, among more strangers than a small table has room for.
    fn frames() -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for n in 0..9_000_u32 {
            let port = 1 + (n as u16).wrapping_mul(77) % 3_000;
            frames.push(tcp(SCANNER, HOME, (40_000, port), TcpFlags::SYN));
            match n % 7 {
                0 => frames.push(tcp(HOME, SCANNER, (port, 40_000), TcpFlags::RST | TcpFlags::ACK)),
                1 => frames.push(tcp(SCANNER, HOME, (40_000, port), TcpFlags::SYN)),
                2 => frames.push(PacketBuilder::new(SCANNER, HOME).udp(40_000, port).payload(b"x").ethernet()),
                3 => frames.push(tcp(SCANNER, HOME, (40_000, port), TcpFlags::FIN)),
                _ => {}
            }
            let [_, b, c, d] = n.wrapping_mul(0x0001_2345).to_be_bytes();
            for last in [d, d ^ 0x55] {
                frames.push(tcp(&format!("10.{b}.{c}.{last}"), HOME, (50_000, 443), TcpFlags::SYN));
            }
            frames.push(tcp(SCANNER, HOME, (40_000, 443), TcpFlags::ACK));
        }
        frames
    }

    fn intake() -> Option<Intake> {
        let settings = Settings { home: vec![HOME.into()], memory_bytes: 1 << 20, ..Settings::default() };
        Detector::new(&settings, 7).ok().map(Intake::new)
    }

    /// Events and counters.
    type Told = (Vec<String>, Vec<(String, u64)>);

    fn told(mut intake: Intake) -> Told {
        intake.detector().finish();
        (std::iter::from_fn(|| intake.detector().take_event()).collect(), intake.counters())
    }

    /// Feed frames one by one, and together in slices.
    fn feed_both(frames: &[Vec<u8>], single: &mut Intake, together: &mut Intake, slice: usize) {
        let packets: Vec<RawPacket<'_>> = frames
            .iter()
            .zip(single.seen..)
            .map(|(bytes, n)| RawPacket {
                time_ns: 1_700_000_000_000_000_000 + n * 50_000,
                link: LinkType::Ethernet,
                original_len: bytes.len() as u32,
                bytes,
            })
            .collect();
        for raw in &packets {
            let _ = single.feed(raw.bytes, raw.link, raw.time_ns, raw.original_len, false);
        }
        for packets in packets.chunks(slice) {
            let mut batch = Batch::new();
            for &raw in packets {
                together.feed_soon(raw, &mut batch, |_| ());
            }
            together.feed_batch(&mut batch, |_| ());
        }
        together.count_seen(packets.len() as u64);
    }

    #[test]
    fn packets_fed_together_give_what_packets_fed_one_by_one_give() {
        let frames = frames();
        let (Some(mut single), Some(mut together)) = (intake(), intake()) else { return };
        let banned = crate::address::Address::from_v4(0x0a80_0000);
        for intake in [&mut single, &mut together] {
            intake.detector().note_ban(banned, 9, u64::MAX);
        }
        feed_both(&frames, &mut single, &mut together, 37);
        let (single, together) = (told(single), told(together));
        assert!(single.0.iter().any(|event| event.contains("\"opened\"") && event.contains(SCANNER)), "{single:?}");
        assert!(single.1.iter().any(|(name, count)| name == "evictions.visits_refused" && *count > 1000));
        assert!(single.1.iter().any(|(name, count)| name == "refused_by_ban" && *count > 0), "{:?}", single.1);
        assert_eq!(single, together);
    }

    #[test]
    fn the_next_port_of_an_open_scan_is_found_by_a_lead() {
        let (Some(mut single), Some(mut together)) = (intake(), intake()) else { return };
        let frames: Vec<Vec<u8>> = (0..3000).map(|port| tcp(SCANNER, HOME, (40_000, port), TcpFlags::SYN)).collect();
        feed_both(&frames, &mut single, &mut together, 32);
        let next = tcp(SCANNER, HOME, (40_000, 4000), TcpFlags::SYN);
        let raw = RawPacket {
            time_ns: 1_700_000_001_000_000_000,
            link: LinkType::Ethernet,
            original_len: next.len() as u32,
            bytes: &next,
        };
        let Some(glance) = Glance::at(&raw) else { return };
        let mut ends = Ends::UNKNOWN;
        together.detector.find_ends(glance, &mut ends, |_| ());
        let mut calm = Calm::UNKNOWN;
        assert!(ends.lead != NO_LEAD && together.detector.observe_ends(raw.time_ns, glance, &ends, &mut calm));
        assert!(single.feed(raw.bytes, raw.link, raw.time_ns, raw.original_len, false));
        together.passed += 1;
        together.count_seen(1);
        assert_eq!(told(single), told(together));
    }

    /// Scans over ports, over hosts and over both, that answer and retry as the numbers say.
    fn crowd(numbers: &[(u8, u8, u16, u8)]) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for (n, &(scanner, host, port, kind)) in numbers.iter().enumerate() {
            let scanner = format!("192.0.2.{}", 1 + scanner % 6);
            let (host, port) = match kind % 8 {
                0..5 => (host % 3, 1 + n as u16),
                5 => (n as u8, 1 + port % 3),
                _ => (host, 1 + port % 600),
            };
            let host = format!("198.51.100.{host}");
            frames.push(tcp(&scanner, &host, (40_000, port), TcpFlags::SYN));
            match kind / 8 {
                0 => frames.push(tcp(&host, &scanner, (port, 40_000), TcpFlags::RST | TcpFlags::ACK)),
                1 => frames.push(tcp(&host, &scanner, (port, 40_000), TcpFlags::SYN | TcpFlags::ACK)),
                2 => frames.push(tcp(&scanner, &host, (40_000, port), TcpFlags::SYN)),
                3 => frames.push(tcp(&scanner, &host, (20, port), TcpFlags::SYN)),
                4 => frames.push(tcp(&scanner, &host, (40_000, port), TcpFlags::SYN | TcpFlags::FIN)),
                _ => {}
            }
        }
        frames
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn scans_of_any_shape_fed_together_are_told_as_one_by_one(
            numbers in prop::collection::vec(any::<(u8, u8, u16, u8)>(), 500..3000),
            slice in 1_usize..100,
            later_home in prop::option::of(0_u8..2),
        ) {
            let settings = Settings { home: vec!["198.51.100.0/24".into()], ..Settings::default() };
            let make = || Detector::new(&settings, 7).ok().map(Intake::new);
            let (Some(mut single), Some(mut together)) = (make(), make()) else { return Ok(()) };
            let frames = crowd(&numbers);
            let (first, second) = frames.split_at(frames.len() / 2);
            feed_both(first, &mut single, &mut together, slice);
            if let Some(host) = later_home {
                for intake in [&mut single, &mut together] {
                    let _ = intake.detector().set_home(vec![format!("198.51.100.{host}")]);
                }
            }
            feed_both(second, &mut single, &mut together, slice);
            let (single, together) = (told(single), told(together));
            prop_assert!(single.0.iter().any(|event| event.contains("\"opened\"")));
            prop_assert_eq!(single, together);
        }
    }
}
