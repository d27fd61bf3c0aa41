//! Every variant of pcap and pcapng gives the packets that were written.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod support;

use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::thread;

use scanwarden_capture::{CaptureError, CaptureFile, LinkType};
use support::{Packet, PcapStyle, PcapngWriter, open, packets, pcap, pcapng, read, read_on};

#[test]
fn every_pcap_flavour_gives_the_same_packets() {
    let packets = packets(500, 1_500);
    for (is_big_endian, is_nanosecond, has_long_records) in [
        (false, false, false),
        (true, false, false),
        (false, true, false),
        (true, true, false),
        (false, false, true),
        (true, false, true),
    ] {
        let style = PcapStyle { is_big_endian, is_nanosecond, has_long_records, ..PcapStyle::default() };
        let outcome = read(&pcap(&packets, style), 1_000_000);
        assert!(outcome.error.is_none(), "{}", outcome.message());
        assert!(outcome.packets == packets);
    }
}

#[test]
fn nanoseconds_are_kept() {
    let mut packets = packets(1, 60);
    packets[0].time_ns = 4_294_967_295_999_999_999;
    let style = PcapStyle { is_nanosecond: true, ..PcapStyle::default() };
    assert_eq!(read(&pcap(&packets, style), 10).packets, packets);
}

#[test]
fn link_types_are_told_apart() {
    for (link_field, link) in [
        (1, LinkType::Ethernet),
        (101, LinkType::Raw),
        (113, LinkType::LinuxCooked),
        (276, LinkType::LinuxCooked2),
        (0, LinkType::Loopback),
        // A frame check sequence of four bytes is noted in the upper bits.
        (0x4400_0001, LinkType::Ethernet),
    ] {
        let file = pcap(&packets(3, 60), PcapStyle { link_field, ..PcapStyle::default() });
        let outcome = read(&file, 10);
        assert!(outcome.packets.iter().all(|packet| packet.link == link), "{link_field}");
        assert_eq!(outcome.packets.len(), 3);
    }
}

#[test]
fn an_unknown_link_type_is_refused_by_number() {
    let file = pcap(&packets(3, 60), PcapStyle { link_field: 189, ..PcapStyle::default() });
    let message = read(&file, 10).message();
    assert!(message.starts_with("test.pcap: its packets have link type 189"), "{message}");
}

#[test]
fn pcapng_gives_the_same_packets_in_both_byte_orders() {
    let packets = packets(500, 1_500);
    for is_big_endian in [false, true] {
        let outcome = read(&pcapng(&packets, is_big_endian), 1_000_000);
        assert!(outcome.error.is_none(), "{}", outcome.message());
        assert!(outcome.packets == packets);
    }
}

#[test]
fn each_interface_has_its_own_clock_and_link_type() {
    let mut writer = PcapngWriter::default();
    writer.section(false);
    writer.interface(1, 0, &[]);
    writer.interface(101, 0, &[(9, &[3]), (14, &100_i64.to_le_bytes())]);
    writer.interface(113, 0, &[(9, &[0x80 | 1])]);
    writer.enhanced(0, 7, 60, &[1]).enhanced(1, 7, 60, &[2, 2]).enhanced(2, 7, 60, &[3, 3, 3]);
    let expected = [
        (7_000, LinkType::Ethernet, vec![1]),
        (100_007_000_000, LinkType::Raw, vec![2, 2]),
        (3_500_000_000, LinkType::LinuxCooked, vec![3, 3, 3]),
    ];
    let outcome = read(&writer.file, 10);
    let seen: Vec<_> = outcome.packets.into_iter().map(|packet| (packet.time_ns, packet.link, packet.bytes)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn sections_may_change_byte_order_and_begin_interfaces_anew() {
    let mut writer = PcapngWriter::default();
    for (is_big_endian, link) in [(false, 1), (true, 101), (false, 228)] {
        writer.section(is_big_endian).interface(link, 0, &[]).enhanced(0, 5, 1, &[9]);
    }
    let links: Vec<_> = read(&writer.file, 10).packets.iter().map(|packet| packet.link).collect();
    assert_eq!(links, [LinkType::Ethernet, LinkType::Raw, LinkType::RawIpv4]);
}

#[test]
fn a_packet_of_an_interface_of_the_section_before_is_damage() {
    let mut writer = PcapngWriter::default();
    writer.section(false).interface(1, 0, &[]).enhanced(0, 5, 1, &[9]).section(false).enhanced(0, 5, 1, &[9]);
    let outcome = read(&writer.file, 10);
    assert_eq!(outcome.packets.len(), 1);
    assert!(outcome.message().contains("belongs to interface 0"), "{}", outcome.message());
}

#[test]
fn simple_packets_take_the_last_time_and_the_snap_length() {
    let mut writer = PcapngWriter::default();
    writer.section(false).interface(1, 6, &[(9, &[9])]);
    writer.simple(3, &[1, 2, 3]).enhanced(0, 77, 2, &[1, 2]).simple(60, &[1, 2, 3, 4, 5, 6]);
    let seen: Vec<_> =
        read(&writer.file, 10).packets.into_iter().map(|p| (p.time_ns, p.original_len, p.bytes)).collect();
    assert_eq!(seen, [(0, 3, vec![1, 2, 3]), (77, 2, vec![1, 2]), (77, 60, vec![1, 2, 3, 4, 5, 6])]);
}

#[test]
fn obsolete_packet_blocks_and_options_are_understood() {
    let mut writer = PcapngWriter::default();
    writer.section(true).interface(1, 0, &[]).obsolete(0, 1 << 40, 9, &[1, 2, 3, 4, 5]);
    writer.enhanced_with(0, 4, 9, &[6, 7, 8], &[0, 2, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0]);
    let seen: Vec<_> =
        read(&writer.file, 10).packets.into_iter().map(|packet| (packet.time_ns, packet.bytes)).collect();
    assert_eq!(seen, [((1 << 40) * 1_000, vec![1, 2, 3, 4, 5]), (4_000, vec![6, 7, 8])]);
}

#[test]
fn unknown_blocks_of_any_size_are_skipped() {
    let packets = packets(2, 60);
    for len in [0, 4, 70_000, 524_276, 524_280, 3_000_000] {
        let mut writer = PcapngWriter::default();
        writer.section(false).interface(1, 0, &[(9, &[9])]);
        for packet in &packets {
            writer.enhanced(0, packet.time_ns, packet.original_len, &packet.bytes).block(0x4321, &vec![6; len]);
        }
        let outcome = read(&writer.file, 10);
        assert!(outcome.error.is_none(), "{}", outcome.message());
        assert!(outcome.packets == packets);
    }
}

#[test]
fn packets_of_undecoded_interfaces_are_left_out_but_not_all() {
    let mut writer = PcapngWriter::default();
    writer.section(false).interface(189, 0, &[]).interface(1, 0, &[]).enhanced(0, 5, 1, &[9]);
    let only_usb = writer.file.clone();
    writer.enhanced(1, 5, 1, &[8]);
    let outcome = read(&writer.file, 10);
    assert_eq!(outcome.packets.iter().map(|packet| packet.bytes.clone()).collect::<Vec<_>>(), [[8]]);
    assert!(outcome.error.is_none());
    assert!(matches!(read(&only_usb, 10).error, Some(CaptureError::UnknownLinkType { number: 189, .. })));
}

#[test]
fn a_file_without_packets_is_read_without_error() {
    let mut writer = PcapngWriter::default();
    writer.section(false);
    for file in [pcap(&[], PcapStyle::default()), writer.file] {
        let outcome = read(&file, 10);
        assert!(outcome.packets.is_empty() && outcome.error.is_none());
    }
}

#[test]
fn it_makes_no_difference_how_many_packets_are_read_at_a_time() {
    let packets = packets(3_000, 1_500);
    for file in [pcap(&packets, PcapStyle::default()), pcapng(&packets, false)] {
        for max_packets in [1, 7, 1_000, usize::MAX] {
            assert!(read(&file, max_packets).packets == packets, "{max_packets} at a time");
        }
    }
}

#[test]
fn batches_hold_at_most_32_packets_and_all_of_them() {
    let packets = packets(3_000, 1_500);
    for file in [pcap(&packets, PcapStyle::default()), pcapng(&packets, true)] {
        let mut file = open(&file).unwrap();
        let (mut seen, mut sizes) = (Vec::new(), Vec::new());
        while file
            .read_batches(1_000, |batch| {
                sizes.push(batch.len());
                seen.extend(batch.iter().map(|packet| Packet::from(*packet)));
            })
            .unwrap()
            .has_more
        {}
        assert!(seen == packets);
        assert!(sizes.iter().all(|size| (1..=32).contains(size)));
        assert!(sizes.iter().filter(|size| **size == 32).count() > 80, "batches are mostly full");
    }
}

#[test]
fn looking_ahead_uses_nothing_up() {
    let packets = packets(3_000, 1_500);
    for file in [pcap(&packets, PcapStyle::default()), pcapng(&packets, false)] {
        let mut file = open(&file).unwrap();
        let mut seen: Vec<Packet> = Vec::new();
        assert_eq!(file.read_ahead(2_000, usize::MAX, |packet| seen.push(packet.into())), 2_000);
        assert!(seen == packets[..2_000]);
        file.read_packets(10, |_| {}).unwrap();
        assert_eq!(file.read_ahead(1_500, 0, |_| {}), 1_500, "these are at hand anyway");
        let rest = read_on(file, usize::MAX);
        assert!(rest.error.is_none());
        assert!(rest.packets == packets[10..]);
    }
}

#[test]
fn looking_ahead_keeps_to_its_memory() {
    let packets = packets(3_000, 1_500);
    for file in [pcap(&packets, PcapStyle::default()), pcapng(&packets, false)] {
        let mut capture = open(&file).unwrap();
        let seen = capture.read_ahead(usize::MAX, 1_000_000, |_| {});
        assert!((900..1_600).contains(&seen), "a megabyte of packets, not {seen}");
        assert!(capture.progress().0 < 1_100_000);
        assert!(read_on(capture, usize::MAX).packets == packets);
    }
}

#[test]
fn looking_ahead_stops_quietly_before_damage_and_huge_blocks() {
    let packets = packets(5, 60);
    let mut cut = pcap(&packets, PcapStyle::default());
    cut.pop();
    let mut huge = PcapngWriter::default();
    huge.section(false).interface(1, 0, &[]).enhanced(0, 1, 1, &[1]).block(0x99, &vec![0; 2_000_000]);
    for (file, count) in [(cut, 4), (huge.file, 1)] {
        let mut file = open(&file).unwrap();
        assert_eq!(file.read_ahead(100, 1_000_000, |_| {}), count);
        assert_eq!(file.packets(), 0);
    }
}

#[test]
fn a_pipe_is_read_as_it_fills() {
    let packets = packets(3_000, 1_500);
    let file = pcap(&packets, PcapStyle::default());
    let (reader, mut writer) = std::io::pipe().unwrap();
    let bytes = file.clone();
    let feeder = thread::spawn(move || {
        for piece in bytes.chunks(4_097) {
            writer.write_all(piece).unwrap();
        }
    });
    let capture = CaptureFile::from_descriptor(reader.as_raw_fd(), "standard input").unwrap();
    assert_eq!(capture.progress().1, None);
    let outcome = read_on(capture, 100);
    feeder.join().unwrap();
    assert!(outcome.error.is_none());
    assert!(outcome.packets == packets);
}

#[test]
fn progress_counts_stored_bytes() {
    let file = pcap(&packets(3_000, 1_500), PcapStyle::default());
    let mut capture = open(&file).unwrap();
    capture.read_packets(1, |_| {}).unwrap();
    let (first, total) = capture.progress();
    assert_eq!(total, Some(file.len() as u64));
    assert!(first > 0 && first < file.len() as u64);
    capture.read_packets(usize::MAX, |_| {}).unwrap();
    assert_eq!(capture.progress(), (file.len() as u64, total));
}

#[test]
fn what_is_no_capture_is_refused_by_what_it_is() {
    for (bytes, expected) in [
        (b"".as_slice(), "the file is empty"),
        (b"Nov 22 05:00:00 host sshd[1]: Failed password for root\n", "looks like a text file"),
        (b"  {\"event\": \"opened\"}\n", "looks like JSON text"),
        (b"<?xml version=\"1.0\"?><nmaprun>", "looks like XML or HTML text"),
        (b"\xfd7zXZ\0\0\x04", "unpack it first with `xz -d`"),
        (b"BZh91AY&SY", "unpack it first with `bzip2 -d`"),
        (b"PK\x03\x04\x14\0\0\0", "a zip archive"),
        (b"\x7fELF\x02\x01\x01", "it is a program"),
        (b"\0\0\0\0\0\0\0\0", "nothing but zeros"),
        (b"\x9a\x01\xff\xfe\x80", "no known format"),
        (b"ab", "looks like a text file"),
        (b"\xd4\xc3", "ends inside its header"),
        (b"\xd4\xc3\xb2\xa1\x02\0\x04\0", "ends inside its header"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0", "ends inside its header"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x99\x99\x99\x99", "byte-order mark is 0x99999999"),
    ] {
        let outcome = read(bytes, 10);
        assert!(outcome.packets.is_empty());
        assert!(outcome.message().contains(expected), "{:?} gave {}", bytes, outcome.message());
        assert!(outcome.message().starts_with("test.pcap: "), "{}", outcome.message());
    }
}

#[test]
fn what_cannot_be_opened_is_refused_with_its_name() {
    for (path, expected) in [("/nonexistent/x.pcap", "no such file or directory"), ("/tmp", "it is a directory")] {
        let error = CaptureFile::open(Path::new(path)).err().unwrap();
        assert_eq!(error.to_string(), format!("{path}: cannot be read: {expected}"));
    }
    let error = CaptureFile::from_descriptor(-1, "fd\u{1b}[2J").err().unwrap();
    assert!(error.to_string().starts_with("fd\u{fffd}[2J: cannot be read: bad file descriptor"), "{error}");
}
