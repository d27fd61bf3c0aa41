//! Real scans and real harmless traffic, captured whole: nothing in them is malformed, and their checksums are right.

use std::path::{Path, PathBuf};

use super::super::{Decoded, Decoder, LinkType};
use crate::checksum::{Checksum, verify};
use crate::packet::{TcpFlags, Transport};
use crate::predicate::{bpf, interpreter, passes};

/// Find the captures that lie beside the repository, or where `SCANWARDEN_CASES` says.
fn captures() -> Option<PathBuf> {
    let beside = |folder: &Path| folder.join("shared/cases");
    let cases = match std::env::var_os("SCANWARDEN_CASES") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|folder| folder.is_dir()),
    };
    let captures = cases.map(|folder| folder.join("captures")).filter(|folder| folder.is_dir());
    if captures.is_none() {
        eprintln!("skipped: no captures at ../shared/cases; set SCANWARDEN_CASES to their folder");
    }
    captures
}

/// One packet of a capture file.
struct Record<'a> {
    bytes: &'a [u8],
    original_len: u32,
}

/// Read a little-endian pcap file, as the captures are: a 24-byte header, then 16 bytes before each packet.
fn records(file: &[u8]) -> (Option<LinkType>, Vec<Record<'_>>) {
    let number = |at: usize| match file.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    };
    assert!(matches!(number(0), 0xa1b2_c3d4 | 0xa1b2_3c4d), "not a little-endian pcap file");
    let (mut records, mut at) = (Vec::new(), 24);
    while at + 16 <= file.len() {
        let len = number(at + 8) as usize;
        let Some(bytes) = file.get(at + 16..at + 16 + len) else { break };
        records.push(Record { bytes, original_len: number(at + 12) });
        at += 16 + len;
    }
    (LinkType::from_dlt(number(20)), records)
}

fn read_captures() -> Vec<(String, Vec<u8>)> {
    let Some(Ok(folder)) = captures().map(std::fs::read_dir) else { return Vec::new() };
    let paths = folder.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "pcap"))
        .filter_map(|path| std::fs::read(&path).ok().map(|bytes| (path.display().to_string(), bytes)))
        .collect()
}

#[test]
fn real_packets_decode_and_their_checksums_are_right() {
    for (name, file) in read_captures() {
        let (Some(link), records) = records(&file) else { panic!("{name}: unknown link type") };
        assert!(!records.is_empty(), "{name}");
        let mut decoder = Decoder::new();
        for (number, record) in records.iter().enumerate() {
            match decoder.decode(record.bytes, link, 0, record.original_len) {
                Decoded::Packet(packet) => assert_ne!(verify(&packet), Checksum::Bad, "{name} {number} {packet:?}"),
                Decoded::Pending => {}
                Decoded::Malformed(reason) => panic!("{name} {number}: {reason:?}"),
            }
        }
    }
}

#[test]
fn both_forms_of_the_predicate_agree_on_real_packets() {
    for (name, file) in read_captures() {
        let (Some(link), records) = records(&file) else { panic!("{name}: unknown link type") };
        let program = bpf::program(link, 256);
        for (number, record) in records.iter().enumerate() {
            let expected = if passes(record.bytes, link) { 256 } else { 0 };
            assert_eq!(interpreter::run(&program, record.bytes), Ok(expected), "{name} {number}");
        }
    }
}

#[test]
fn a_real_scan_in_tiny_fragments_gives_one_syn_for_each_datagram() {
    for (name, file) in read_captures().into_iter().filter(|(name, _)| name.ends_with("/frag.pcap")) {
        let (Some(link), records) = records(&file) else { panic!("{name}: unknown link type") };
        let mut decoder = Decoder::new();
        let (mut datagrams, mut ports) = (std::collections::HashSet::new(), std::collections::HashSet::new());
        let mut told = 0;
        for record in &records {
            // Ethernet, IPv4: the flags and offset of a fragment, and its identification.
            if let Some(&[i0, i1, f0, f1]) = record.bytes.get(18..22) {
                if record.bytes.get(12..14) == Some(&[0x08, 0x00]) && u16::from_be_bytes([f0 & 0x3f, f1]) != 0 {
                    datagrams.insert((i0, i1));
                }
            }
            if let Decoded::Packet(packet) = decoder.decode(record.bytes, link, 0, record.original_len) {
                if let (Transport::Tcp(tcp), true) = (packet.transport, packet.ip.is_fragment) {
                    assert_eq!((tcp.flags.0, tcp.options.mss), (TcpFlags::SYN, 1460), "{packet:?}");
                    ports.insert(tcp.destination_port);
                    told += 1;
                }
            }
        }
        assert!(datagrams.len() > 50, "{name} holds {} fragmented datagrams", datagrams.len());
        assert_eq!((told, ports.len()), (datagrams.len(), datagrams.len()), "{name}");
    }
}
