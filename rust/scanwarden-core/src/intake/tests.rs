//! Packets fed together are told as packets fed one by one.

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
            // Now and then a clock is put back a little.
            time_ns: 1_700_000_000_000_000_000 + n * 50_000 - if n % 61 == 60 { 120_000 } else { 0 },
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

/// Connections both ways, cut short, forged and refused as the numbers say, and name look-ups among them.
fn town(numbers: &[(u8, u8, u16, u8)]) -> Vec<Vec<u8>> {
    const ACK: u16 = TcpFlags::ACK;
    const FIN_ACK: u16 = TcpFlags::FIN | TcpFlags::ACK;
    const RST_ACK: u16 = TcpFlags::RST | TcpFlags::ACK;
    let mut frames = Vec::new();
    for &(visitor, host, port, kind) in numbers {
        let (here, there) = (format!("198.51.100.{}", host % 4), format!("203.0.113.{}", visitor % 16));
        let (service, client) = (20 + port % 4, 40_000 + port % 50);
        let inward = |flags, numbers: (u32, u32)| {
            PacketBuilder::new(&there, &here).tcp(client, service, flags).tcp_numbers(numbers.0, numbers.1).ethernet()
        };
        let outward = |flags, numbers: (u32, u32)| {
            PacketBuilder::new(&here, &there).tcp(service, client, flags).tcp_numbers(numbers.0, numbers.1).ethernet()
        };
        let acknowledged = 9_001 + u32::from(kind % 3) * 70_000;
        match kind / 16 {
            0..4 => {
                frames.push(inward(TcpFlags::SYN, (100, 0)));
                frames.push(outward(TcpFlags::SYN | ACK, (9_000, 101)));
                frames.push(inward(ACK, (101, 9_001)));
                frames.push(inward(FIN_ACK, (101 + u32::from(kind % 2), acknowledged)));
                frames.push(outward(FIN_ACK, (9_001, 102)));
            }
            4 => frames.push(inward(RST_ACK, (101, acknowledged))),
            5 => frames.push(outward(TcpFlags::SYN, (5, 0))),
            6 => frames.push(inward(TcpFlags::SYN | ACK, (7, 6))),
            7 => frames.push(outward(RST_ACK, (0, 101))),
            8 => frames.push(inward(FIN_ACK, (1, 2))),
            9 => frames.push(inward(TcpFlags::RST, (101, 0))),
            10 => frames.extend([inward(0, (1, 0)), outward(RST_ACK, (0, 1))]),
            11 => frames.extend([inward(TcpFlags::SYN, (1, 0)), outward(RST_ACK, (0, 2))]),
            12 => {
                frames.push(PacketBuilder::new(&here, &there).udp(client, 53).payload(&[1; 30]).ethernet());
                frames.push(PacketBuilder::new(&there, &here).udp(53, client).payload(&[2; 90]).ethernet());
            }
            13 => frames.push(PacketBuilder::new(&there, &here).udp(client, service).payload(&[3; 9]).ethernet()),
            14 => frames.push(PacketBuilder::new(&here, "224.0.0.251").tcp(client, service, FIN_ACK).ethernet()),
            _ => frames.push(outward(FIN_ACK, (1, 1))),
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

    #[test]
    fn ordinary_traffic_fed_together_is_told_as_one_by_one(
        numbers in prop::collection::vec(any::<(u8, u8, u16, u8)>(), 200..2000),
        slice in 1_usize..100,
        home in prop::sample::select(vec!["198.51.100.0/24", "198.51.100.2", "0.0.0.0/0"]),
    ) {
        let settings = Settings { home: vec![home.into()], memory_bytes: 1 << 20, ..Settings::default() };
        let make = || Detector::new(&settings, 7).ok().map(Intake::new);
        let (Some(mut single), Some(mut together)) = (make(), make()) else { return Ok(()) };
        let frames = town(&numbers);
        feed_both(&frames, &mut single, &mut together, slice);
        prop_assert_eq!(told(single), told(together));
    }
}
