//! The kinds of capture files, and how they are written.

use crate::dice::Dice;
use crate::frame::{CRAFTED_SYN, End, Frame, SNAP_LEN, SYN, Segment};
use crate::mixed;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::Ipv4Addr;
use std::path::Path;

/// The network that is ours: 198.51.100.0/24 (RFC 5737).
pub(crate) const HOME: u32 = 0xc633_6400;
pub(crate) const MAC_TO: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub(crate) const MAC_FROM: [u8; 6] = [2, 0, 0, 0, 0, 2];
const SEED: u64 = 20_260_101;
const START_NS: u64 = 1_767_225_600_000_000_000;

/// Sources of the flood; each is drawn twice or so.
const FLOOD_SOURCES: u32 = 4_500_000;
/// No source of the flood touches more than these, and three filtered ports are no scan.
const FLOODED_PORTS: [u16; 3] = [80, 443, 8080];
const HIDDEN_SCAN_PORTS: u16 = 1000;
const VERTICAL_SOURCES: u32 = 100;

/// A capture file being written, and what it holds.
pub(crate) struct Capture {
    output: BufWriter<File>,
    now_ns: u64,
    pub(crate) packets: u64,
    /// Sources that scan: all that a detector may name, and must.
    pub(crate) scanners: Vec<u32>,
}

impl Capture {
    fn create(file: &Path) -> Result<Self, Box<dyn Error>> {
        let mut output = BufWriter::with_capacity(1 << 20, File::create(file)?);
        // Magic of nanosecond files, version 2.4, no zone, no accuracy, snap length, Ethernet.
        output.write_all(&0xa1b2_3c4d_u32.to_le_bytes())?;
        output.write_all(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        output.write_all(&(SNAP_LEN as u32).to_le_bytes())?;
        output.write_all(&1_u32.to_le_bytes())?;
        Ok(Self { output, now_ns: START_NS, packets: 0, scanners: Vec::new() })
    }

    pub(crate) const fn pass_time(&mut self, ns: u64) {
        self.now_ns += ns;
    }

    pub(crate) fn put(&mut self, frame: &Frame) -> Result<(), Box<dyn Error>> {
        let kept = frame.bytes();
        let mut header = [0; 16];
        let words = [
            (self.now_ns / 1_000_000_000) as u32,
            (self.now_ns % 1_000_000_000) as u32,
            kept.len() as u32,
            u32::from(frame.original_len()),
        ];
        for (place, word) in header.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        self.output.write_all(&header)?;
        self.output.write_all(kept)?;
        self.packets += 1;
        Ok(())
    }
}

/// Write a file of a kind; returns what it holds as JSON.
pub(crate) fn write(kind: &str, packets: u64, file: &Path) -> Result<String, Box<dyn Error>> {
    let mut capture = Capture::create(file)?;
    let mut dice = Dice::new(SEED);
    match kind {
        "mixed" => mixed::write(&mut capture, packets, &mut dice)?,
        "synonly" => flood(&mut capture, packets, &mut dice)?,
        "vertical" => vertical(&mut capture, packets, &mut dice)?,
        _ => return Err(format!("{kind}: no such kind; there are mixed, synonly and vertical").into()),
    }
    capture.output.flush()?;
    let scanners: Vec<String> =
        capture.scanners.iter().map(|&address| format!("\"{}\"", Ipv4Addr::from(address))).collect();
    Ok(format!(
        "{{\"kind\": \"{kind}\", \"packets\": {}, \"home\": \"198.51.100.0/24\", \"scanners\": [{}]}}",
        capture.packets,
        scanners.join(", ")
    ))
}

/// An address of the flood, anywhere in 64.0.0.0/2; neighbours in number are not neighbours in address.
pub(crate) const fn flood_address(number: u32) -> u32 {
    0x4000_0000 | number.wrapping_mul(0x2545_f491) & 0x3fff_ffff
}

/// SYNs from millions of sources at a million a second; in the middle half somebody scans a thousand ports.
fn flood(capture: &mut Capture, packets: u64, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let mut frame = Frame::new(MAC_TO, MAC_FROM);
    let hidden = mixed::scanner_address(0);
    capture.scanners.push(hidden);
    let every = (packets / 2 / u64::from(HIDDEN_SCAN_PORTS)).max(1);
    let mut hidden_port = 0;
    while capture.packets < packets {
        capture.pass_time(500 + u64::from(dice.below(1000)));
        let is_scan_time = capture.packets > packets / 4 && capture.packets.is_multiple_of(every);
        let (from, to) = if is_scan_time && hidden_port < HIDDEN_SCAN_PORTS {
            hidden_port += 1;
            (End { address: hidden, port: 51_234 }, End { address: HOME + 20, port: hidden_port })
        } else {
            let port = FLOODED_PORTS.get(dice.below(3) as usize).copied().unwrap_or(80);
            let source = flood_address(dice.below(FLOOD_SOURCES));
            (End { address: source, port: dice.roll() as u16 | 1024 }, End { address: HOME + 10, port })
        };
        frame.tcp(from, to, &Segment { options: &CRAFTED_SYN, ..Segment::bare(SYN, dice.roll() as u32) });
        capture.put(&frame)?;
    }
    Ok(())
}

/// SYNs from a hundred sources, each over all ports of one host after the other.
fn vertical(capture: &mut Capture, packets: u64, dice: &mut Dice) -> Result<(), Box<dyn Error>> {
    let mut frame = Frame::new(MAC_TO, MAC_FROM);
    let mut done = vec![0_u32; VERTICAL_SOURCES as usize];
    capture.scanners.extend((0..VERTICAL_SOURCES).map(mixed::scanner_address));
    while capture.packets < packets {
        capture.pass_time(500 + u64::from(dice.below(1000)));
        let number = dice.below(VERTICAL_SOURCES);
        let Some(count) = done.get_mut(number as usize) else { continue };
        let (host, step) = (*count >> 16, *count as u16);
        *count += 1;
        // An odd stride meets every port once.
        let port = step.wrapping_mul(2 * (number as u16 * 331) + 1).wrapping_add(number as u16);
        let from = End { address: mixed::scanner_address(number), port: 40_000 + number as u16 };
        let to = End { address: HOME + 10 + host % 200, port };
        frame.tcp(from, to, &Segment { options: &CRAFTED_SYN, ..Segment::bare(SYN, dice.roll() as u32) });
        capture.put(&frame)?;
    }
    Ok(())
}
