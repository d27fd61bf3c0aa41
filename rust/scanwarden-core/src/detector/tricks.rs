//! How probes were made to slip past filters: noted with their source, told in its records, weighed by no rule.

use super::contact::{PortSpace, ProbeClass, TechniqueSet};
use super::engine::Detector;
use super::observe::tcp::FTP_DATA;
use super::source::{Contact, Source};
use super::table::Slot;
use super::tally::Tally;
use crate::address::Address;
use crate::checksum::{Checksum, verify};
use crate::packet::{Packet, Transport};
use crate::tricks::Tricks;

/// Below this port, services live, and filters let in what seems to come from them.
const SERVICE_BELOW: u16 = 1024;
/// From this many contacts out of one service's port on, the port was chosen.
const CHOSEN_PORT_CONTACTS: usize = 3;

/// Whether the checksums of this capture are real. Where packets never pass a wire, or were changed afterwards, none may
/// be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums {
    good: u8,
    /// Packets that may still be looked at to find good ones.
    looks_left: u16,
}

impl Sums {
    /// A right sum comes by chance once in 65,536 packets.
    const ENOUGH: u8 = 3;

    pub(crate) const UNKNOWN: Self = Self { good: 0, looks_left: 4096 };

    #[inline]
    pub(crate) const fn wants_more(self) -> bool {
        self.good < Self::ENOUGH && self.looks_left > 0
    }

    const fn are_real(self) -> bool {
        self.good >= Self::ENOUGH
    }

    /// Look at a packet from outside. Only sums over the addresses count: those show that nobody changed them.
    #[cold]
    pub(crate) fn look_at(&mut self, packet: &Packet<'_>) {
        if !matches!(packet.transport, Transport::Tcp(_) | Transport::Udp(_) | Transport::Icmpv6(_)) {
            return;
        }
        self.looks_left -= 1;
        self.good += u8::from(verify(packet) == Checksum::Good);
    }
}

impl Detector {
    /// Note that a source, if it is known, used a trick towards a target of ours.
    #[cold]
    pub(crate) fn note_trick(&mut self, source: Address, target: Address, trick: Tricks) {
        if let Some(slot) = self.find_source(source, target) {
            self.add_trick(slot, trick);
        }
    }

    /// Note a source's trick, and tell it if its scan is open.
    fn add_trick(&mut self, slot: Slot, trick: Tricks) {
        let now_ns = self.now_ns;
        if let Some(source) = self.table.get_mut(slot)
            && !source.tricks.has(trick)
        {
            source.tricks = source.tricks.with(trick);
            self.update(slot, now_ns);
        }
    }

    /// Judge the checksum of a new contact's packet.
    #[inline]
    pub(crate) fn judge_sum(&mut self, slot: Slot, packet: &Packet<'_>) {
        // Floods are of sources with one contact; of scans the beginning is enough.
        let is_worth_it = self
            .table
            .get(slot)
            .is_some_and(|source| source.probes > 1 && source.probes <= 64 && !source.tricks.has(Tricks::BAD_CHECKSUM));
        if is_worth_it && verify(packet) == Checksum::Bad {
            self.add_trick(slot, Tricks::BAD_CHECKSUM);
        }
    }

    /// The tricks to be told of a source, with what was told before.
    pub(crate) fn tricks_of(&self, source: &Source, tally: &Tally) -> Tricks {
        let told = tally.scan.as_ref().map_or(Tricks::NONE, |scan| scan.said.tricks);
        let untold = if self.sums.are_real() { Tricks::NONE } else { Tricks::BAD_CHECKSUM };
        let port = if has_chosen_port(source, &tally.listed) { Tricks::SOURCE_PORT } else { Tricks::NONE };
        source.tricks.without(untold).with(port).with(told)
    }
}

/// Say whether most contacts came out of one service's port, which no client of another service does.
fn has_chosen_port(source: &Source, contacts: &[Contact]) -> bool {
    // An FTP server's own system sends from there.
    let is_system = source.marks.system_syns() > 0 && source.marks.crafted_syns() == 0;
    let is_relayed = is_system || source.techniques.has(TechniqueSet::FTP_BOUNCE);
    let ported = || {
        contacts.iter().filter(|contact| {
            // A poll's contact is kept the other way round.
            let has_ports = matches!(contact.class.space(), PortSpace::Tcp | PortSpace::Udp);
            has_ports && contact.class != ProbeClass::Idle && contact.source_port != 0
        })
    };
    let total = ported().count();
    ported().any(|first| {
        let port = first.source_port;
        // Services speak to their like from their own port.
        let is_chosen = |contact: &&Contact| contact.source_port == port && contact.port != port;
        let is_service = port < SERVICE_BELOW && !(is_relayed && port == FTP_DATA);
        let count = if is_service { ported().filter(is_chosen).count() } else { 0 };
        count >= CHOSEN_PORT_CONTACTS && count * 2 >= total
    })
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test whose packets cannot be fed must fail")]
mod tests {
    use super::super::settings::Settings;
    use super::*;
    use crate::decode::LinkType;
    use crate::intake::Intake;
    use crate::packet::TcpFlags;
    use crate::testing::PacketBuilder;
    use serde_json::Value;

    /// What makes the frames of the probe of one port.
    type Made = Box<dyn Fn(u16) -> Vec<Vec<u8>>>;

    const MS: u64 = 1_000_000;
    const HERE: &str = "192.0.2.10";
    const HERE_V6: &str = "2001:db8::10";

    /// Feed frames, a millisecond apart, and give the tricks of the latest record and its evidence.
    fn told(frames: &[Vec<u8>]) -> (Vec<String>, f64) {
        let home = vec![String::from(HERE), String::from(HERE_V6)];
        let Ok(detector) = Detector::new(&Settings { home, ..Settings::default() }, 1) else { panic!("settings") };
        let mut intake = Intake::new(detector);
        for (number, frame) in frames.iter().enumerate() {
            intake.feed(frame, LinkType::Ethernet, 1 + number as u64 * MS, frame.len() as u32, false);
        }
        intake.detector().finish();
        let events = std::iter::from_fn(|| intake.detector().take_event());
        let Some(Ok(record)) = events.map(|event| serde_json::from_str::<Value>(&event)).last() else {
            panic!("no record")
        };
        assert_eq!(record.get("event"), Some(&Value::from("closed")));
        let names = record.get("tricks").and_then(Value::as_array).into_iter().flatten();
        let nats = record.pointer("/evidence/nats").and_then(Value::as_f64).unwrap_or_default();
        (names.filter_map(Value::as_str).map(String::from).collect(), nats)
    }

    fn syn(port: u16) -> PacketBuilder {
        PacketBuilder::new("198.51.100.7", HERE).tcp(40_000, port, TcpFlags::SYN)
    }

    /// Flip a bit of the TCP checksum.
    fn spoilt(packet: &PacketBuilder) -> Vec<u8> {
        let mut frame = packet.ethernet();
        let place = frame.len() - 3;
        if let Some(octet) = frame.get_mut(place) {
            *octet ^= 1;
        }
        frame
    }

    fn visits() -> impl Iterator<Item = Vec<u8>> {
        (0..3).map(|n| PacketBuilder::new("198.51.100.9", HERE).tcp(50_000 + n, 80, TcpFlags::SYN).ethernet())
    }

    #[test]
    fn bad_checksums_are_told_where_others_are_right_and_only_there() {
        let scan: Vec<Vec<u8>> = (1..20).map(|port| spoilt(&syn(port))).collect();
        let (tricks, with_visits) = told(&visits().chain(scan.clone()).collect::<Vec<_>>());
        assert_eq!(tricks, ["bad_checksum"]);
        let (tricks, alone) = told(&scan);
        assert_eq!(tricks, Vec::<String>::new(), "nothing shows that sums are real");
        assert!((with_visits - alone).abs() < 0.1, "a trick weighs nothing: {with_visits} {alone}");
    }

    #[test]
    fn sums_of_unaddressed_protocols_show_nothing() {
        let pings = (0..9).map(|n| PacketBuilder::new("198.51.100.9", HERE).icmp(8, 0, 1, n).payload(b"x").ethernet());
        let scan = (1..20).map(|port| spoilt(&syn(port)));
        let (tricks, _) = told(&pings.chain(scan).collect::<Vec<_>>());
        assert_eq!(tricks, Vec::<String>::new());
    }

    #[test]
    fn what_headers_show_is_told_of_the_scan_that_it_belongs_to() {
        let v6 = |port| PacketBuilder::new("2001:db8:7::7", HERE_V6).tcp(40_000, port, TcpFlags::SYN);
        let cases: [(Made, &[&str]); 6] = [
            (Box::new(|port| vec![syn(port).ethernet()]), &[]),
            (
                Box::new(|port| vec![syn(port).ip_options(&[131, 7, 4, 192, 0, 2, 9, 0]).ethernet()]),
                &["ip_options", "source_route"],
            ),
            (
                Box::new(|port| syn(port).id(port.into()).fragments(LinkType::Ethernet, 8)),
                &["fragments", "tiny_fragments"],
            ),
            (Box::new(|port| syn(port).id(port.into()).fragments(LinkType::Ethernet, 16)), &["fragments"]),
            (
                Box::new(move |port| vec![v6(port).extension(60, &[0, 1, 4, 0, 0, 0, 0]).ethernet()]),
                &["extension_headers"],
            ),
            (
                Box::new(|port| vec![PacketBuilder::new("198.51.100.7", HERE).tcp(53, port, TcpFlags::SYN).ethernet()]),
                &["source_port"],
            ),
        ];
        for (made, expected) in cases {
            let frames: Vec<Vec<u8>> = (100..120).flat_map(made).collect();
            assert_eq!(told(&frames).0, expected);
        }
    }

    #[test]
    fn overlaps_that_come_after_the_header_are_told() {
        let frames: Vec<Vec<u8>> = (100..120)
            .flat_map(|port| {
                let base = syn(port).id(port.into()).payload(&[0; 40]);
                let packet = base.ip_packet();
                let first = packet.get(20..60).unwrap_or_default();
                [
                    base.fragment(LinkType::Ethernet, first, 0, true),
                    base.fragment(LinkType::Ethernet, &[9; 24], 24, false),
                ]
            })
            .collect();
        assert_eq!(told(&frames).0, ["fragments", "overlapping_fragments"]);
    }

    #[test]
    fn services_that_answer_from_their_own_port_chose_nothing() {
        let same =
            |port: u16| (1..5).map(|_| Contact { port, source_port: port, ..Contact::EMPTY }).collect::<Vec<_>>();
        assert!(!has_chosen_port(&Source::VACANT, &same(123)));
        let drawn: Vec<Contact> =
            (1..9).map(|n| Contact { port: n, source_port: 40_000 + n, ..Contact::EMPTY }).collect();
        assert!(!has_chosen_port(&Source::VACANT, &drawn));
        let chosen: Vec<Contact> = (1..9).map(|n| Contact { port: n, source_port: 20, ..Contact::EMPTY }).collect();
        assert!(has_chosen_port(&Source::VACANT, &chosen));
        let mut relayed = Source::VACANT;
        relayed.techniques = TechniqueSet::FTP_BOUNCE;
        assert!(!has_chosen_port(&relayed, &chosen), "an FTP server sends from there");
    }
}
