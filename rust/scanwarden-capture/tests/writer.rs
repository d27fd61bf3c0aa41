//! What is recorded can be read back; a full disk is told once.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::path::{Path, PathBuf};

use scanwarden_capture::{CaptureError, CaptureFile, CaptureWriter, LinkType, RawPacket};
use support::{packets, read_on};

/// A path in the temporary folder, removed at the end.
struct TemporaryPath(PathBuf);

impl TemporaryPath {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("scanwarden-{}-{name}", std::process::id())))
    }
}

impl Drop for TemporaryPath {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn what_is_written_is_read_back_with_its_time_and_original_length() {
    let path = TemporaryPath::new("whole.pcap");
    let mut packets = packets(1_000, 288);
    for (index, packet) in packets.iter_mut().enumerate() {
        packet.time_ns += index as u64;
    }
    let mut writer = CaptureWriter::create(&path.0).unwrap();
    for packet in &packets {
        let raw = RawPacket {
            time_ns: packet.time_ns,
            link: packet.link,
            original_len: packet.original_len,
            bytes: &packet.bytes,
        };
        writer.write(&raw).unwrap();
    }
    writer.flush().unwrap();
    assert_eq!(
        (writer.written(), writer.left_out()),
        (
            packets.iter().filter(|packet| !packet.bytes.is_empty()).count() as u64,
            packets.iter().filter(|packet| packet.bytes.is_empty()).count() as u64
        )
    );
    let outcome = read_on(CaptureFile::open(&path.0).unwrap(), 100);
    packets.retain(|packet| !packet.bytes.is_empty());
    assert!(outcome.error.is_none());
    assert!(outcome.packets == packets);
}

#[test]
fn packets_are_cut_and_raw_ip_gets_an_ethernet_header() {
    let path = TemporaryPath::new("cut.pcap");
    let mut writer = CaptureWriter::create(&path.0).unwrap();
    let (ipv4, ipv6, long) = ([0x45; 40], [0x60; 60], [1; 1_000]);
    let raw = |link, bytes, original_len| RawPacket { time_ns: 5, link, original_len, bytes };
    writer.write(&raw(LinkType::Raw, ipv4.as_slice(), 40)).unwrap();
    writer.write(&raw(LinkType::Raw, &ipv6, 900)).unwrap();
    writer.write(&raw(LinkType::Ethernet, &long, 1_000)).unwrap();
    writer.write(&raw(LinkType::LinuxCooked, &long, 1_000)).unwrap();
    writer.flush().unwrap();
    assert_eq!((writer.written(), writer.left_out()), (3, 1));
    let seen = read_on(CaptureFile::open(&path.0).unwrap(), 100).packets;
    let expected = [
        (54, [[0; 12].as_slice(), &[0x08, 0x00], &ipv4].concat()),
        (914, [[0; 12].as_slice(), &[0x86, 0xdd], &ipv6].concat()),
        (1_000, vec![1; 288]),
    ];
    assert!(seen.iter().map(|packet| (packet.original_len, packet.bytes.clone())).eq(expected));
}

#[test]
fn a_full_disk_is_told_once_and_later_packets_are_counted() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        eprintln!("skipped: there is no /dev/full here");
        return;
    }
    let error = CaptureWriter::create(full).err().unwrap();
    assert_eq!(error.to_string(), "/dev/full: cannot be written: no space left on the device");
}

#[test]
fn a_disk_that_fills_up_later_ends_recording_but_nothing_else() {
    let (reader, writer) = std::io::pipe().unwrap();
    let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&writer));
    let mut recording = CaptureWriter::create(Path::new(&path)).unwrap();
    drop(reader);
    let packet = RawPacket { time_ns: 1, link: LinkType::Ethernet, original_len: 200, bytes: &[7; 200] };
    let failures = (0..10_000).filter(|_| recording.write(&packet).is_err()).count();
    assert_eq!(failures, 1);
    assert!(recording.flush().is_ok());
    assert_eq!(recording.written() + recording.left_out(), 10_000);
    assert!(recording.left_out() > 1_000);
}

#[test]
fn a_file_that_cannot_be_made_is_named() {
    let error = CaptureWriter::create(Path::new("/nonexistent/x.pcap")).err().unwrap();
    assert!(matches!(error, CaptureError::Unwritable { .. }));
    assert_eq!(error.to_string(), "/nonexistent/x.pcap: cannot be written: no such file or directory");
}
