//! Text on the FTP control channel, a line a segment.

use super::{Target, finish, small_intake};
use crate::seeds;
use scanwarden_core::decode::LinkType;
use scanwarden_core::packet::TcpFlags;
use scanwarden_core::testing::PacketBuilder;

const START_NS: u64 = 1_767_225_600_000_000_000;
const LARGEST_SEGMENT: usize = 1448;
const MOST_LINES: usize = 64;

/// The target.
pub const TARGET: Target = Target {
    name: "ftp",
    run,
    seeds,
    tokens: &[
        b"PORT ",
        b"EPRT ",
        b"|1|",
        b"|2|",
        b"192,0,2,7,",
        b"0,22",
        b"\r\n",
        b"192.0.2.7",
        b"fd77:1::9",
        b"|80|",
        b"256",
        b"-1",
    ],
};

fn run(input: &[u8]) -> u64 {
    let mut intake = small_intake(&["192.0.2.10", "fd77:1::10"]);
    for (client, server) in [("192.0.2.50", "192.0.2.10"), ("fd77:1::50", "fd77:1::10")] {
        for line in input.split_inclusive(|&byte| byte == b'\n').take(MOST_LINES) {
            let text = line.get(..LARGEST_SEGMENT).unwrap_or(line);
            let builder = PacketBuilder::new(client, server).tcp(40_000, 21, TcpFlags::ACK | TcpFlags::PSH);
            let frame = builder.payload(text).ethernet();
            intake.feed(&frame, LinkType::Ethernet, START_NS, frame.len() as u32, false);
        }
    }
    finish(&mut intake)
}

fn seeds() -> Vec<Vec<u8>> {
    let lines: [&[u8]; 6] = [
        b"PORT 192,0,2,7,0,22\r\n",
        b"EPRT |1|192.0.2.7|80|\r\n",
        b"EPRT |2|fd77:1::9|443|\r\n",
        b"USER a\r\nPORT 10,0,0,1,4,1\r\nPORT 10,0,0,1,0,80\r\nPORT 10,0,0,1,0,81\r\nPORT 10,0,0,1,0,82\r\n",
        b"PORT 1,2,3,4,5,6,7\r\n",
        b"\xff\xf4\xf2PORT 192,0,2,7,0,22\r\n",
    ];
    let mut all = seeds::corpus(TARGET.name);
    all.extend(lines.iter().map(|line| line.to_vec()));
    all
}
