//! Packets of any link type through predicate, decoder and detector.
//!
//! An input is the number of a link type and whose side is home, then packets: two bytes of length (little-endian), one
//! byte of time passed (in powers of two of microseconds), the bytes.

use super::{Signature, Target, finish, small_intake};
use crate::seeds;
use scanwarden_core::decode::LinkType;
use scanwarden_core::predicate;

const SNAP_LEN: u32 = 256;
const START_NS: u64 = 1_767_225_600_000_000_000;
const HOMES: [&[&str]; 3] = [&[], &["10.77.1.10", "fd77:1::10"], &["10.0.0.0/8", "fd00::/8"]];

/// The target.
pub const TARGET: Target = Target {
    name: "packets",
    run,
    seeds,
    tokens: &[
        &[0x08, 0x00, 0x45, 0x00],
        &[0x86, 0xdd, 0x60],
        &[0x81, 0x00, 0x00, 0x01],
        &[0x88, 0xa8],
        &[0x20, 0x00],
        &[58, 0, 5, 2],
        &[44, 0, 0, 1],
        &[0, 0, 0, 2],
    ],
};

fn run(input: &[u8]) -> u64 {
    let Some((&[link, side], mut rest)) = input.split_first_chunk() else { return 0 };
    let link = LinkType::ALL.get(usize::from(link) % LinkType::ALL.len()).copied().unwrap_or(LinkType::Ethernet);
    let home = HOMES.get(usize::from(side) % HOMES.len()).copied().unwrap_or_default();
    let program = predicate::bpf::program(link, SNAP_LEN);
    let mut intake = small_intake(home);
    let mut now_ns = START_NS;
    let mut signature = Signature::default();
    while let Some((&[low, high, pause], behind)) = rest.split_first_chunk() {
        let len = usize::from(u16::from_le_bytes([low, high])).min(behind.len());
        let (packet, behind) = behind.split_at(len);
        rest = behind;
        now_ns += 1_000 << (pause % 36);
        let passes = intake.feed(packet, link, now_ns, packet.len() as u32, false);
        let kept = predicate::interpreter::run(&program, packet);
        assert_eq!(kept.map(|bytes| bytes > 0), Ok(passes), "kernel and replay disagree on {link:?} {packet:02x?}");
    }
    signature.note(finish(&mut intake));
    signature.value()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut all = seeds::corpus(TARGET.name);
    all.extend(seeds::golden_captures().iter().map(|capture| from_capture(capture)));
    all
}

/// Make an input of the first packets of a little-endian pcap.
fn from_capture(capture: &[u8]) -> Vec<u8> {
    let mut input = vec![0, 1];
    let mut rest = capture.get(24..).unwrap_or_default();
    while let Some((header, behind)) = rest.split_first_chunk::<16>() {
        let [.., a, b, c, d, _, _, _, _] = *header;
        let len = (u32::from_le_bytes([a, b, c, d]) as usize).min(behind.len());
        let (packet, behind) = behind.split_at(len);
        rest = behind;
        let packet = packet.get(..SNAP_LEN as usize).unwrap_or(packet);
        input.extend((packet.len() as u16).to_le_bytes());
        input.push(8);
        input.extend(packet);
        if input.len() > 6_000 {
            break;
        }
    }
    input
}
