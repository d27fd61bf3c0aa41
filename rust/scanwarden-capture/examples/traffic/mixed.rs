//! Ordinary traffic of thirty-two hosts, with scanners among their visitors.
//!
//! Of a hundred packets about 92 belong to TCP connections, three to name look-ups, half of one to pings, two times two to
//! SYN scans and their refusals, and one to scans with impossible flags.

use crate::dice::Dice;
use crate::flow::Flow;
use crate::frame::{ACK, CRAFTED_SYN, End, FIN, Frame, PSH, RST, SYN, Segment, URG};
use crate::kinds::{Capture, HOME, MAC_FROM, MAC_TO};
use std::error::Error;

const HOSTS: u32 = 32;
const CLIENTS: u32 = 120_000;
const OPEN_FLOWS: usize = 4096;
const SERVICES: [u16; 6] = [80, 443, 443, 443, 22, 993];
/// Scanners with SYN, and with impossible flags.
const SYN_SCANNERS: u32 = 160;
const ODD_SCANNERS: u32 = 24;
const ODD_FLAGS: [u8; 4] = [0, FIN, FIN | PSH | URG, SYN | FIN];
/// Never a service of ours, whatever is added to it.
const FIRST_CLOSED_PORT: u16 = 1100;
const CLOSED_PORTS: u16 = 30_000;

const fn home_host(number: u32) -> u32 {
    HOME + 10 + number % HOSTS
}

/// A visitor's address, 32.0.0.0/5; neighbours in number are not neighbours in address.
const fn client_address(number: u32) -> u32 {
    0x2000_0000 | number.wrapping_mul(0x02e5_be93) & 0x07ff_ffff
}

/// A scanner's address, each in a /24 of its own.
pub(crate) const fn scanner_address(number: u32) -> u32 {
    0x2900_0000 + number * 0x0001_4365
}

struct Town {
    flows: Vec<Flow>,
    scans_done: Vec<u16>,
}

/// Write `packets` packets.
pub(crate) fn write(capture: &mut Capture, packets: u64, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let mut frame = Frame::new(MAC_TO, MAC_FROM);
    let mut town = Town {
        flows: (0..OPEN_FLOWS).map(|_| new_flow(dice)).collect(),
        scans_done: vec![0; (SYN_SCANNERS + ODD_SCANNERS) as usize],
    };
    for number in 0..SYN_SCANNERS + ODD_SCANNERS {
        capture.scanners.push(scanner_address(number));
    }
    while capture.packets < packets {
        capture.pass_time(2_000 + u64::from(dice.below(16_000)));
        match dice.below(1000) {
            0..16 => look_up(capture, &mut frame, dice)?,
            16..18 => ping(capture, &mut frame, dice)?,
            18..38 => probe(capture, &mut frame, &mut town, dice)?,
            38..49 => odd_probe(capture, &mut frame, &mut town, dice)?,
            _ => converse(capture, &mut frame, &mut town, dice)?,
        }
    }
    Ok(())
}

fn new_flow(dice: &mut Dice) -> Flow {
    let outside = client_address(dice.below(CLIENTS));
    let inside = home_host(dice.below(HOSTS));
    let port = 32_768 + dice.below(28_000) as u16;
    let service = SERVICES.get(dice.below(6) as usize).copied().unwrap_or(443);
    // Most exchanges are short, one in eight is a download.
    let segments = 2 + dice.below(30) + if dice.below(8) == 0 { dice.below(400) } else { 0 };
    let (client, server) = if dice.below(5) == 0 { (inside, outside) } else { (outside, inside) };
    Flow::new(End { address: client, port }, End { address: server, port: service }, segments, dice)
}

fn converse(capture: &mut Capture, frame: &mut Frame, town: &mut Town, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let Some(flow) = town.flows.get_mut(dice.below(OPEN_FLOWS as u32) as usize) else { return Ok(()) };
    if flow.is_over() {
        *flow = new_flow(dice);
    }
    flow.next(frame, dice);
    capture.put(frame)
}

/// A name is asked for and told.
fn look_up(capture: &mut Capture, frame: &mut Frame, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let asking = End { address: home_host(dice.below(HOSTS)), port: 32_768 + dice.below(28_000) as u16 };
    let resolver = End { address: client_address(dice.below(4)), port: 53 };
    frame.udp(asking, resolver, 40);
    capture.put(frame)?;
    capture.pass_time(900_000);
    frame.udp(resolver, asking, 120);
    capture.put(frame)
}

fn ping(capture: &mut Capture, frame: &mut Frame, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let (outside, inside) = (client_address(dice.below(CLIENTS)), home_host(dice.below(HOSTS)));
    frame.echo(outside, inside, 8, 1);
    capture.put(frame)?;
    capture.pass_time(20_000);
    frame.echo(inside, outside, 0, 1);
    capture.put(frame)
}

/// A scanner's SYN, refused.
fn probe(capture: &mut Capture, frame: &mut Frame, town: &mut Town, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let Some((scanner, target)) = next_target(town, 0, SYN_SCANNERS, dice) else { return Ok(()) };
    let sequence = dice.roll() as u32;
    frame.tcp(scanner, target, &Segment { options: &CRAFTED_SYN, ..Segment::bare(SYN, sequence) });
    capture.put(frame)?;
    capture.pass_time(30_000);
    refuse(capture, frame, scanner, target, sequence.wrapping_add(1))
}

/// A scanner's impossible flags, refused as RFC 9293 3.10.7.1 says.
fn odd_probe(capture: &mut Capture, frame: &mut Frame, town: &mut Town, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let Some((scanner, target)) = next_target(town, SYN_SCANNERS, ODD_SCANNERS, dice) else { return Ok(()) };
    let flags = ODD_FLAGS.get(usize::from(scanner.port) % 4).copied().unwrap_or(0);
    let sequence = dice.roll() as u32;
    frame.tcp(scanner, target, &Segment::bare(flags, sequence));
    capture.put(frame)?;
    capture.pass_time(30_000);
    refuse(capture, frame, scanner, target, sequence)
}

fn refuse(
    capture: &mut Capture,
    frame: &mut Frame,
    scanner: End,
    target: End,
    acknowledgement: u32,
) -> Result<(), Box<dyn Error>> {
    frame.tcp(target, scanner, &Segment { acknowledgement, window: 0, ..Segment::bare(RST | ACK, 0) });
    capture.put(frame)
}

/// A scanner of a range of numbers, and the next port of the host it scans.
fn next_target(town: &mut Town, first: u32, count: u32, dice: &mut Dice) -> Option<(End, End)> {
    let number = first + dice.below(count);
    let done = town.scans_done.get_mut(number as usize)?;
    *done = done.wrapping_add(1);
    let stride = 7 + 2 * (number as u16 % 40);
    let port = FIRST_CLOSED_PORT + done.wrapping_mul(stride) % CLOSED_PORTS;
    let scanner = End { address: scanner_address(number), port: 40_000 + number as u16 };
    Some((scanner, End { address: home_host(number), port }))
}
