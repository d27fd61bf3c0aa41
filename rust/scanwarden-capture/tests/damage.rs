//! Damaged files: every packet before the damage, then one error, never a panic, a hang or a large allocation.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::{ProptestConfig, any, prop};
use proptest::{prop_assert, proptest};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use scanwarden_capture::{CaptureError, Damage};
use support::{Numbers, Outcome, Packet, PcapStyle, PcapngWriter, packets, pcap, pcapng, read};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn position(outcome: &Outcome) -> Option<(u64, bool)> {
    match &outcome.error {
        Some(CaptureError::Damaged { offset, is_compressed, .. }) => Some((*offset, *is_compressed)),
        _ => None,
    }
}

/// Ends of the records of a pcap file of these packets, the header's among them.
fn record_ends(packets: &[Packet], header_bytes: usize) -> Vec<usize> {
    let mut end = header_bytes;
    let ends = packets.iter().map(|packet| {
        end += 16 + packet.bytes.len();
        end
    });
    std::iter::once(header_bytes).chain(ends).collect()
}

#[test]
fn a_pcap_cut_anywhere_gives_every_whole_packet_and_the_offset_of_the_cut_one() {
    let packets = packets(20, 80);
    let file = pcap(&packets, PcapStyle::default());
    let ends = record_ends(&packets, 24);
    for cut in 24..=file.len() {
        let outcome = read(&file[..cut], 1_000);
        let whole = ends.iter().rposition(|end| *end <= cut).unwrap();
        assert!(outcome.packets == packets[..whole], "cut at {cut}");
        let expected = (ends[whole] != cut).then_some((ends[whole] as u64, false));
        assert_eq!(position(&outcome), expected, "cut at {cut}: {}", outcome.message());
        assert_eq!(outcome.error.is_some(), expected.is_some());
    }
    for cut in 1..24 {
        assert!(read(&file[..cut], 10).message().contains("ends inside its header"), "cut at {cut}");
    }
}

#[test]
fn a_pcapng_cut_anywhere_gives_a_prefix_and_one_error_unless_cut_between_blocks() {
    let packets = packets(12, 40);
    for is_big_endian in [false, true] {
        let file = pcapng(&packets, is_big_endian);
        let mut clean_cuts = 0;
        let mut before = 0;
        for cut in 1..=file.len() {
            let outcome = read(&file[..cut], 1_000);
            assert!(packets.starts_with(&outcome.packets), "cut at {cut}");
            assert!(outcome.packets.len() >= before, "cut at {cut}");
            before = outcome.packets.len();
            match position(&outcome) {
                Some((offset, is_compressed)) => assert!(offset < cut as u64 && !is_compressed),
                None => clean_cuts += 1,
            }
        }
        // Section, interface, 12 packets, 4 other blocks and the statistics at the end.
        assert_eq!(clean_cuts, 1 + 1 + 12 + 4 + 1);
        assert_eq!(before, packets.len());
    }
}

#[test]
fn a_compressed_file_cut_anywhere_gives_a_prefix_that_grows_with_the_file() {
    let packets = packets(200, 60);
    let plain = pcap(&packets, PcapStyle::default());
    for file in [gzip(&plain), zstd(&plain)] {
        let mut before = 0;
        for cut in (5..file.len()).step_by(11) {
            let outcome = read(&file[..cut], 1_000);
            assert!(packets.starts_with(&outcome.packets), "cut at {cut}");
            assert!(outcome.packets.len() >= before, "cut at {cut}");
            before = outcome.packets.len();
            let message = outcome.message();
            assert!(message.contains("the compressed stream ends too early"), "cut at {cut}: {message}");
            let is_at_start = position(&outcome) == Some((0, true));
            assert!(is_at_start || message.contains("of the uncompressed stream"), "cut at {cut}: {message}");
        }
        assert!(before > 0);
        assert!(read(&file, 1_000).packets == packets);
    }
}

#[test]
fn what_was_unpacked_before_the_damage_is_read_even_inside_the_window() {
    let packets = packets(40_000, 60);
    let plain = pcap(&packets, PcapStyle::default());
    for (file, least_percent) in [(gzip(&plain), 85), (zstd(&plain), 75)] {
        let outcome = read(&file[..file.len() * 9 / 10], 100_000);
        assert!(packets.starts_with(&outcome.packets));
        let percent = outcome.packets.len() * 100 / packets.len();
        assert!(percent > least_percent, "only {percent} % of the packets came");
        assert!(outcome.error.is_some());
    }
}

#[test]
fn flipped_bytes_never_do_worse_than_an_error() {
    let packets = packets(60, 80);
    let plain = pcap(&packets, PcapStyle { snap_len: 80, ..PcapStyle::default() });
    let next_generation = pcapng(&packets, false);
    let files = [gzip(&plain), zstd(&plain), gzip(&next_generation), zstd(&next_generation), plain, next_generation];
    let mut numbers = Numbers(7);
    for (number, file) in files.iter().enumerate() {
        let is_plain = number >= 4;
        for _ in 0..1_500 {
            let mut broken = file.clone();
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(broken.len());
                broken[at] ^= 1 << numbers.below(8);
            }
            let outcome = read(&broken, 1_000);
            let bytes: usize = outcome.packets.iter().map(|packet| packet.bytes.len()).sum();
            assert!(!is_plain || bytes <= broken.len());
        }
    }
}

#[test]
fn a_wrong_checksum_is_told_after_all_packets() {
    let packets = packets(50, 60);
    let plain = pcap(&packets, PcapStyle::default());
    for mut file in [gzip(&plain), zstd(&plain)] {
        // The CRC stands before the length in gzip, and last in zstd.
        let at = if file[0] == 0x1f { file.len() - 8 } else { file.len() - 1 };
        file[at] ^= 1;
        let outcome = read(&file, 1_000);
        assert!(outcome.packets == packets);
        assert!(outcome.message().contains("checksum"), "{}", outcome.message());
    }
}

#[test]
fn lying_lengths_are_damage_at_their_record() {
    let packets = packets(3, 60);
    for (claimed, snap_len, limit) in [
        (u32::MAX, 262_144, 262_144),
        (262_145, 0, 262_144),
        (262_145, u32::MAX, 262_144),
        (97, 96, 96),
        (0x8000_0000, 96, 96),
    ] {
        let mut file = pcap(&packets, PcapStyle { snap_len, ..PcapStyle::default() });
        let at = file.len();
        file.extend([0; 8]);
        file.extend(claimed.to_le_bytes());
        file.extend([0; 4]);
        file.extend([0; 1_000]);
        let outcome = read(&file, 100);
        assert!(outcome.packets == packets);
        let Some(CaptureError::Damaged { offset, damage, .. }) = outcome.error else { unreachable!() };
        assert_eq!(offset, at as u64);
        assert_eq!(damage, Damage::RecordTooLong { claimed: claimed.into(), limit });
    }
}

#[test]
fn the_largest_packets_are_read() {
    let packets: Vec<_> =
        packets(5, 0).into_iter().map(|packet| Packet { bytes: vec![7; 262_144], ..packet }).collect();
    for file in [pcap(&packets, PcapStyle::default()), pcapng(&packets, true)] {
        assert!(read(&file, 100).packets == packets);
    }
}

#[test]
fn impossible_blocks_are_damage_at_their_offset() {
    let mut good = PcapngWriter::default();
    good.section(false).interface(1, 0, &[]).enhanced(0, 5, 4, &[1, 2, 3, 4]);
    let at = good.file.len() as u64;
    let word = |value: u32| value.to_le_bytes();
    let packet = |len: u32, interface: u32, captured: u32| {
        [word(6), word(len), word(interface), word(0), word(0), word(captured), word(4), [1, 2, 3, 4], word(len)]
            .concat()
    };
    let mut option = PcapngWriter::default();
    option.section(false).interface(1, 0, &[(9, &[6])]);
    let mut option = option.file[28..].to_vec();
    option[18] = 200;
    for (block, expected) in [
        ([word(6), word(8)].concat(), "block of type 0x6 claims a length of 8 bytes"),
        ([word(0xbad), word(13), [0; 4], word(13)].concat(), "block of type 0xbad claims a length of 13"),
        ([word(1), word(16), [0; 4], word(16)].concat(), "block of type 0x1 claims a length of 16"),
        ([word(6), word(0xffff_fffc)].concat(), "block of type 0x6 claims a length of 4294967292"),
        ([word(0xbad), word(16), [0; 4], word(20)].concat(), "length is 16 at its start but 20 at its end"),
        ([word(0xbad), word(0xffff_fffc)].concat(), "ends inside a packet record"),
        (packet(36, 1, 4), "belongs to interface 1"),
        (packet(36, 0, 5), "claims 5 captured bytes, more than the 4"),
        (packet(36, 0, u32::MAX), "claims 4294967295 captured bytes"),
        (option, "option 9 of an interface claims 200 bytes"),
        ([word(0x0a0d_0d0a), word(28), word(1)].concat(), "byte-order mark is 0x01000000"),
    ] {
        let mut file = good.file.clone();
        file.extend(block);
        let outcome = read(&file, 100);
        assert_eq!(outcome.packets.len(), 1, "{expected}");
        assert!(outcome.message().contains(expected), "{expected}: {}", outcome.message());
        assert_eq!(position(&outcome), Some((at, false)), "{expected}");
    }
}

#[test]
fn compressed_bombs_stream_through_a_bounded_buffer() {
    let mut file = PcapngWriter::default();
    file.section(false).interface(1, 0, &[]).block(0x77, &vec![0; 200_000_000]);
    for packed in [gzip(&file.file), zstd(&file.file)] {
        assert!(packed.len() < 1_000_000);
        let before = resident_bytes();
        let outcome = read(&packed, 100);
        assert!(outcome.error.is_none(), "{}", outcome.message());
        let grown = resident_bytes().saturating_sub(before);
        assert!(grown < 64_000_000, "reading took {grown} bytes of memory");
    }
}

#[test]
fn a_zstd_frame_that_wants_too_large_a_window_is_refused() {
    // A frame header with a window descriptor of 2^41 bytes (RFC 8878 3.1.1.1.2), then an RLE block.
    let file = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 31 << 3, 0x03, 0x00, 0x08, 0x00];
    let message = read(&file, 10).message();
    assert!(message.contains("wants a window of 2199023255552 bytes"), "{message}");
}

#[test]
fn members_and_frames_follow_each_other() {
    let packets = packets(100, 60);
    let plain = pcap(&packets, PcapStyle::default());
    let (first, second) = plain.split_at(1_001);
    let skippable = [&[0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0], b"hey".as_slice()].concat();
    for file in [
        [gzip(first), gzip(b""), gzip(second)].concat(),
        [zstd(first), skippable.clone(), zstd(second)].concat(),
        [skippable, zstd(first), zstd(second)].concat(),
    ] {
        let outcome = read(&file, 1_000);
        assert!(outcome.error.is_none(), "{}", outcome.message());
        assert!(outcome.packets == packets);
    }
}

#[test]
fn what_is_no_capture_is_named_through_its_compression() {
    for file in [gzip(b"some words\n"), zstd(b"some words\n")] {
        let message = read(&file, 10).message();
        assert!(message.contains("-compressed, but inside it looks like a text file"), "{message}");
    }
    assert!(matches!(read(&gzip(b""), 10).error, Some(CaptureError::Empty { .. })));
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_behind_any_header_are_read_without_panic(
        start in prop::sample::select(vec![
            pcap(&[], PcapStyle::default()),
            pcap(&[], PcapStyle { is_big_endian: true, snap_len: 64, ..PcapStyle::default() }),
            pcapng(&[], false),
            pcapng(&[], true),
            gzip(b"")[..10].to_vec(),
            vec![0x28, 0xb5, 0x2f, 0xfd],
            Vec::new(),
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let file = [start.as_slice(), &rest].concat();
        let outcome = read(&file, 50);
        prop_assert!(outcome.packets.iter().all(|packet| packet.bytes.len() <= 262_144));
    }

    #[test]
    fn any_packets_written_are_read_back(
        contents in prop::collection::vec((any::<u32>(), 0_u64..4_000_000_000_000_000_000, prop::collection::vec(any::<u8>(), 0..300)), 0..40),
        is_big_endian in any::<bool>(),
        max_packets in 1_usize..50,
    ) {
        let packets: Vec<_> = contents
            .into_iter()
            .map(|(original_len, time_ns, bytes)| Packet { time_ns, link: scanwarden_capture::LinkType::Ethernet, original_len, bytes })
            .collect();
        let style = PcapStyle { is_big_endian, is_nanosecond: true, ..PcapStyle::default() };
        for file in [pcap(&packets, style), pcapng(&packets, is_big_endian), gzip(&pcap(&packets, style)), zstd(&pcapng(&packets, is_big_endian))] {
            let outcome = read(&file, max_packets);
            prop_assert!(outcome.error.is_none());
            prop_assert!(outcome.packets == packets);
        }
    }
}
