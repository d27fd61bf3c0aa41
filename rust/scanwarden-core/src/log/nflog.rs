//! NFLOG: packets that firewall rules hand to user space over netlink, without any text in between.
//!
//! Layout: `linux/netlink.h` (message and attribute headers, host byte order) and `linux/netfilter/nfnetlink_log.h`
//! (attributes of a packet message, values in network byte order). What a rule's prefix means is the verdict table's
//! business, as for log lines: packets may as well be logged where they are accepted.

use super::evidence::judge;
use super::reason::{Reason, ReasonCounts};
use super::record::{Contact, Direction, InterfaceName, OptionBytes, Provenance, Record, TcpContact};
use super::verdict::VerdictTable;
use crate::decode::{Decoded, Decoder, LinkType};
use crate::detector::{Detector, ReportedProbe};
use crate::packet::{LinkCast, Nanoseconds, Packet, Transport};

const MESSAGE_HEADER_BYTES: usize = 16;
const FAMILY_HEADER_BYTES: usize = 4;
const ATTRIBUTE_HEADER_BYTES: usize = 4;
/// `NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET`.
const PACKET_MESSAGE: u16 = 4 << 8;
/// The two high bits of an attribute's type are flags.
const TYPE_MASK: u16 = 0x3fff;
const TIMESTAMP: u16 = 3;
const OUTPUT_INTERFACE: u16 = 5;
const INPUT_INTERFACE: u16 = 4;
const PAYLOAD: u16 = 9;
const PREFIX: u16 = 10;
const NS_PER_US: u64 = 1_000;
const NS_PER_S: u64 = 1_000_000_000;

/// Takes in the datagrams of one NFLOG socket.
pub struct NflogIntake {
    verdicts: VerdictTable,
    decoder: Decoder,
    packets: u64,
    probes: u64,
    reasons: ReasonCounts,
}

/// One packet message, not yet decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Logged<'a> {
    time_ns: Option<Nanoseconds>,
    has_input: bool,
    has_output: bool,
    prefix: &'a [u8],
    payload: Option<&'a [u8]>,
}

impl NflogIntake {
    /// Judge packets by these verdicts.
    pub fn new(verdicts: VerdictTable) -> Self {
        Self { verdicts, decoder: Decoder::new(), packets: 0, probes: 0, reasons: ReasonCounts::default() }
    }

    /// Take in one datagram as received, with every packet in it; `now_ns` is the time of packets that carry none.
    pub fn feed(&mut self, datagram: &[u8], now_ns: Nanoseconds, detector: &mut Detector) {
        let mut rest = datagram;
        while let Some((kind, body, after)) = next_message(rest) {
            rest = after;
            if kind != PACKET_MESSAGE {
                continue;
            }
            self.packets += 1;
            match self.record(body, now_ns).and_then(|record| judge(&record)) {
                Ok(probe) => {
                    self.probes += 1;
                    detector.observe_reported(&ReportedProbe::from(&probe));
                }
                Err(reason) => self.reasons.add(reason),
            }
        }
    }

    /// How many packets were taken in.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Everything counted, by name; why packets were not used stands under `unused.`.
    pub fn counters(&self) -> Vec<(String, u64)> {
        let own = [(String::from("packets"), self.packets), (String::from("probes"), self.probes)];
        let reasons = self.reasons.iter().map(|(reason, count)| (format!("unused.{}", reason.name()), count));
        own.into_iter().chain(reasons).collect()
    }

    fn record(&mut self, body: &[u8], now_ns: Nanoseconds) -> Result<Record, Reason> {
        let logged = Logged::read(body).ok_or(Reason::Truncated)?;
        let time_ns = logged.time_ns.unwrap_or(now_ns);
        let payload = logged.payload.ok_or(Reason::NoTransport)?;
        let original_len = ip_len(payload).max(payload.len()) as u32;
        let mut record = match self.decoder.decode(payload, LinkType::Raw, time_ns, original_len) {
            Decoded::Packet(packet) => record_of(&packet)?,
            Decoded::Pending => return Err(Reason::NoTransport),
            Decoded::Malformed(_) => return Err(Reason::Ip),
        };
        let meaning = self.verdicts.meaning(logged.prefix);
        record.verdict = meaning.verdict;
        record.is_invalid = meaning.is_invalid;
        record.direction = match (logged.has_input, logged.has_output) {
            (false, true) => Direction::Out,
            (true, true) => Direction::Forward,
            _ => Direction::In,
        };
        Ok(record)
    }
}

/// The next netlink message: its type, its body, and what follows; `None` at the end or where lengths do not fit.
fn next_message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let len = u32::from_ne_bytes(*bytes.first_chunk()?) as usize;
    let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    let body = bytes.get(MESSAGE_HEADER_BYTES..len)?;
    Some((kind, body, bytes.get(len.next_multiple_of(4)..).unwrap_or_default()))
}

impl<'a> Logged<'a> {
    fn read(body: &'a [u8]) -> Option<Self> {
        let mut logged = Self::default();
        let mut rest = body.get(FAMILY_HEADER_BYTES..)?;
        while !rest.is_empty() {
            let len = usize::from(u16::from_ne_bytes(*rest.first_chunk()?));
            let kind = u16::from_ne_bytes(*rest.get(2..)?.first_chunk()?) & TYPE_MASK;
            let value = rest.get(ATTRIBUTE_HEADER_BYTES..len)?;
            match kind {
                TIMESTAMP => logged.time_ns = time_of(value),
                INPUT_INTERFACE => logged.has_input = true,
                OUTPUT_INTERFACE => logged.has_output = true,
                PAYLOAD => logged.payload = Some(value),
                PREFIX => logged.prefix = value.split(|byte| *byte == 0).next().unwrap_or_default(),
                _ => {}
            }
            rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        }
        Some(logged)
    }
}

/// Seconds and microseconds, both 64 bits.
fn time_of(value: &[u8]) -> Option<Nanoseconds> {
    let seconds = u64::from_be_bytes(*value.first_chunk()?);
    let micros = u64::from_be_bytes(*value.get(8..)?.first_chunk()?);
    seconds.checked_mul(NS_PER_S)?.checked_add(micros.checked_mul(NS_PER_US)?)
}

/// The length that the IP header claims: the copy may be cut short.
fn ip_len(payload: &[u8]) -> usize {
    match payload {
        [first, _, high, low, ..] if first >> 4 == 4 => usize::from(u16::from_be_bytes([*high, *low])),
        [first, _, _, _, high, low, ..] if first >> 4 == 6 => 40 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    }
}

fn record_of(packet: &Packet<'_>) -> Result<Record, Reason> {
    let (protocol, contact) = match &packet.transport {
        Transport::Tcp(tcp) => (
            6,
            Contact::Tcp(TcpContact {
                source_port: tcp.source_port,
                port: tcp.destination_port,
                flags: Some(tcp.flags),
                window: Some(tcp.window),
                sequence: Some(tcp.sequence),
                acknowledgement: Some(tcp.acknowledgement),
            }),
        ),
        Transport::Udp(udp) => (17, Contact::Udp { source_port: udp.source_port, port: udp.destination_port }),
        Transport::Icmp(icmp) => (1, Contact::Icmp { kind: icmp.kind, code: icmp.code }),
        Transport::Icmpv6(icmp) => (58, Contact::Icmpv6 { kind: icmp.kind, code: icmp.code }),
        Transport::Sctp(sctp) => (132, Contact::Sctp { source_port: sctp.source_port, port: sctp.destination_port }),
        Transport::Other(number) => (*number, Contact::Protocol(*number)),
        Transport::Arp(_) => return Err(Reason::Arp),
    };
    Ok(Record {
        time_ns: packet.time_ns,
        source: packet.source,
        destination: packet.destination,
        protocol,
        contact,
        ttl: packet.ip.ttl,
        ip_id: packet.source.is_v4().then_some(packet.ip.id),
        dont_fragment: packet.ip.dont_fragment,
        len: packet.ip.total_len,
        tcp_options: OptionBytes::default(),
        direction: Direction::In,
        interface: InterfaceName::default(),
        cast: LinkCast::Unicast,
        ..Record::blank(packet.time_ns, Provenance::Nflog)
    })
}

#[cfg(test)]
mod tests {
    use super::super::verdict::PrefixRule;
    use super::*;
    use crate::detector::Settings;

    const NOW_NS: u64 = 1_767_323_045_000_000_000;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = (value.len() as u16 + 4).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn message(kind: u16, attributes: &[Vec<u8>]) -> Vec<u8> {
        let body: Vec<u8> = attributes.concat();
        let mut bytes = ((MESSAGE_HEADER_BYTES + FAMILY_HEADER_BYTES + body.len()) as u32).to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend([2, 0, 0, 5]);
        bytes.extend(body);
        bytes
    }

    /// An IPv4 SYN from 192.0.2.50 to 192.0.2.10.
    fn syn(port: u16) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 50, 192, 0, 2, 10];
        packet.extend(40_000_u16.to_be_bytes());
        packet.extend(port.to_be_bytes());
        packet.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]);
        packet
    }

    fn logged(port: u16, prefix: &[u8]) -> Vec<u8> {
        let interface = attribute(INPUT_INTERFACE, &[0, 0, 0, 2]);
        message(PACKET_MESSAGE, &[attribute(PREFIX, prefix), interface, attribute(PAYLOAD, &syn(port))])
    }

    fn scans(datagrams: &[Vec<u8>], verdicts: VerdictTable) -> (usize, Vec<(String, u64)>) {
        let Ok(mut detector) = Detector::new(&Settings::default(), 1) else { return (99, vec![]) };
        let mut intake = NflogIntake::new(verdicts);
        for (at, datagram) in datagrams.iter().enumerate() {
            intake.feed(datagram, NOW_NS + at as u64 * 1_000_000, &mut detector);
        }
        let opened = std::iter::from_fn(|| detector.take_event()).filter(|event| event.contains("\"opened\"")).count();
        (opened, intake.counters())
    }

    #[test]
    fn refused_packets_are_a_scan_also_many_in_one_datagram() {
        let each: Vec<_> = (1..11).map(|port| logged(port, b"drop: \0")).collect();
        assert_eq!(scans(&each, VerdictTable::default()).0, 1);
        assert_eq!(scans(&[each.concat()], VerdictTable::default()).0, 1);
    }

    #[test]
    fn packets_that_were_let_through_are_no_evidence() {
        let each: Vec<_> = (1..11).map(|port| logged(port, b"accept new: \0")).collect();
        let (opened, counters) = scans(&each, VerdictTable::default());
        assert_eq!((opened, counters.contains(&("unused.allowed".into(), 10))), (0, true));
        let table = VerdictTable { words: vec![("new".into(), PrefixRule::Ignore)], ..VerdictTable::default() };
        assert_eq!(scans(&each, table).0, 0);
    }

    #[test]
    fn our_own_packets_are_no_probes() {
        let out: Vec<_> = (1..11)
            .map(|port| {
                message(PACKET_MESSAGE, &[attribute(OUTPUT_INTERFACE, &[0; 4]), attribute(PAYLOAD, &syn(port))])
            })
            .collect();
        let (opened, counters) = scans(&out, VerdictTable::default());
        assert_eq!((opened, counters.contains(&("unused.outbound".into(), 10))), (0, true));
    }

    #[test]
    fn the_kernels_time_is_taken() {
        let value = [5_u64.to_be_bytes(), 6_u64.to_be_bytes()].concat();
        let body = message(PACKET_MESSAGE, &[attribute(TIMESTAMP, &value)]);
        let read = next_message(&body).and_then(|(_, body, _)| Logged::read(body));
        assert_eq!(read.and_then(|logged| logged.time_ns), Some(5_000_006_000));
    }

    #[test]
    fn other_messages_and_damage_do_no_harm() {
        assert_eq!(
            scans(&[message(2, &[]), vec![], vec![1; 3]], VerdictTable::default()).1,
            vec![("packets".into(), 0), ("probes".into(), 0)]
        );
        let whole = logged(23, b"drop\0");
        for end in 0..whole.len() {
            scans(&[whole.get(..end).unwrap_or_default().to_vec()], VerdictTable::default());
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                if let Some(byte) = damaged.get_mut(at) {
                    *byte ^= 1 << bit;
                }
                scans(&[damaged], VerdictTable::default());
            }
        }
    }
}
