//! The way of a captured packet: the one predicate, decoding, the detector.

use crate::decode::glance::{Glance, glance};
use crate::decode::{Decoded, Decoder, LinkType, Malformed};
use crate::detector::{Detector, Ends};
use crate::packet::{Nanoseconds, RawPacket};
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

/// A packet that the predicate lets pass: what a glance at it gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selected(Option<Glance>);

/// Apply the one predicate to a packet as captured.
#[inline]
pub fn select(raw: &RawPacket<'_>) -> Option<Selected> {
    let brief = glance(raw);
    let passes = match brief.as_ref().and_then(Glance::passes) {
        Some(passes) => passes,
        None => passes_slowly(raw),
    };
    passes.then_some(Selected(brief))
}

/// Kept apart, so that the walk over a capture stays short.
#[inline(never)]
fn passes_slowly(raw: &RawPacket<'_>) -> bool {
    predicate::passes(raw.bytes, raw.link)
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
        if let (Some(ends), Some((last, _))) = (ends.get_mut(..packets.len()), packets.last()) {
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

    /// Decode and observe; false when a ban of ours dropped the packet.
    #[inline]
    fn decode(&mut self, raw: &RawPacket<'_>) -> bool {
        // By reference: a packet is large, and is read where it was written.
        match &self.decoder.decode(raw.bytes, raw.link, raw.time_ns, raw.original_len) {
            Decoded::Packet(packet) if self.detector.is_banned(packet.source, raw.time_ns) => {
                self.refused_by_ban += 1;
                return false;
            }
            Decoded::Packet(packet) => self.detector.observe(packet),
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
    use crate::detector::Settings;
    use crate::packet::TcpFlags;
    use crate::testing::PacketBuilder;

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

    fn told(mut intake: Intake) -> (Vec<String>, Vec<(String, u64)>) {
        intake.detector().finish();
        (std::iter::from_fn(|| intake.detector().take_event()).collect(), intake.counters())
    }

    #[test]
    fn packets_fed_together_give_what_packets_fed_one_by_one_give() {
        let frames = frames();
        let packets: Vec<RawPacket<'_>> = frames
            .iter()
            .enumerate()
            .map(|(n, bytes)| RawPacket {
                time_ns: 1_700_000_000_000_000_000 + n as u64 * 50_000,
                link: LinkType::Ethernet,
                original_len: bytes.len() as u32,
                bytes,
            })
            .collect();
        let (Some(mut single), Some(mut together)) = (intake(), intake()) else { return };
        let banned = crate::address::Address::from_v4(0x0a80_0000);
        for intake in [&mut single, &mut together] {
            intake.detector().note_ban(banned, 9, u64::MAX);
        }
        for raw in &packets {
            let _ = single.feed(raw.bytes, raw.link, raw.time_ns, raw.original_len, false);
        }
        let selected: Vec<_> = packets.iter().filter_map(|raw| Some((*raw, select(raw)?))).collect();
        for packets in selected.chunks(37) {
            together.feed_selected(packets);
        }
        together.count_seen(packets.len() as u64);
        let (single, together) = (told(single), told(together));
        assert!(single.0.iter().any(|event| event.contains("\"opened\"") && event.contains(SCANNER)), "{single:?}");
        assert!(single.1.iter().any(|(name, count)| name == "evictions.visits_refused" && *count > 1000));
        assert!(single.1.iter().any(|(name, count)| name == "refused_by_ban" && *count > 0), "{:?}", single.1);
        assert_eq!(single, together);
    }
}
