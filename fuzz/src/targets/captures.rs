//! Whole capture files: pcap and pcapng, plain, gzip and zstd.

use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::AsRawFd;

use super::{Signature, Target, finish, small_intake};
use crate::seeds;
use scanwarden_capture::{CaptureError, CaptureFile};

/// A megabyte of zeros packs into a kilobyte: no input may keep the reader busy for long.
const MAX_PACKETS: u64 = 200_000;

/// The target.
pub const TARGET: Target = Target {
    name: "captures",
    run,
    seeds,
    tokens: &[
        &[0x0a, 0x0d, 0x0d, 0x0a],
        &[0x4d, 0x3c, 0x2b, 0x1a],
        &[0xd4, 0xc3, 0xb2, 0xa1],
        &[0x1f, 0x8b, 0x08],
        &[0x28, 0xb5, 0x2f, 0xfd],
        &[6, 0, 0, 0],
        &[1, 0, 0, 0, 20, 0, 0, 0],
    ],
};

fn run(input: &[u8]) -> u64 {
    let mut signature = Signature::default();
    let in_one_go = read(input, usize::MAX, &mut signature);
    let in_pieces = read(input, 3, &mut Signature::default());
    assert_eq!(in_one_go, in_pieces, "reading in pieces gives something else");
    signature.value()
}

/// Read it all, `max_packets` a call; returns how many packets there were and how it ended.
fn read(input: &[u8], max_packets: usize, signature: &mut Signature) -> (u64, Option<String>) {
    let mut capture = match open(input) {
        Ok(capture) => capture,
        Err(error) => {
            signature.note(kind_of(&error));
            return (0, Some(error.to_string()));
        }
    };
    let mut intake = small_intake(&["10.77.1.10"]);
    let failure = loop {
        let feed = |raw: scanwarden_capture::RawPacket<'_>| {
            intake.feed(raw.bytes, raw.link, raw.time_ns, raw.original_len, false);
        };
        match capture.read_packets(max_packets.min(MAX_PACKETS as usize), feed) {
            Ok(chunk) if chunk.has_more && capture.packets() < MAX_PACKETS => {}
            Ok(_) => break None,
            Err(error) => break Some(error),
        }
    };
    let what = failure.as_ref().map(kind_of);
    signature.note((finish(&mut intake), what, capture.packets().checked_ilog2()));
    (capture.packets(), failure.map(|error| error.to_string()))
}

fn open(input: &[u8]) -> Result<CaptureFile, CaptureError> {
    thread_local! {
        static SCRATCH: Option<File> = scratch();
    }
    SCRATCH.with(|scratch| {
        let Some(mut file) = scratch.as_ref() else { unreachable!("no scratch file in the temporary folder") };
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(input));
        if let Err(error) = written.and_then(|()| file.rewind()) {
            unreachable!("the scratch file cannot be written: {error}");
        }
        CaptureFile::from_descriptor(file.as_raw_fd(), "input")
    })
}

/// A file without a name.
fn scratch() -> Option<File> {
    let name = format!("scanwarden-fuzz-{}-{:?}", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path).ok()?;
    std::fs::remove_file(&path).ok()?;
    Some(file)
}

/// The first words of the message, without what differs from input to input.
fn kind_of(error: &CaptureError) -> String {
    error.to_string().chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut all = seeds::corpus(TARGET.name);
    for capture in seeds::golden_captures().into_iter().filter(|capture| capture.len() < 8_000) {
        all.push(pcapng(&capture));
        all.push(zipped(&capture));
        all.push(ruzstd::encoding::compress_to_vec(capture.as_slice(), ruzstd::encoding::CompressionLevel::Fastest));
        all.push(capture);
    }
    all
}

fn zipped(capture: &[u8]) -> Vec<u8> {
    let mut output = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    match output.write_all(capture).and_then(|()| output.finish()) {
        Ok(zipped) => zipped,
        Err(error) => unreachable!("{error}"),
    }
}

/// Rewrite a little-endian pcap of nanoseconds or microseconds as pcapng: a section, an interface, enhanced packets.
fn pcapng(capture: &[u8]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let len = (12 + body.len().next_multiple_of(4)) as u32;
        let mut bytes = [kind.to_le_bytes(), len.to_le_bytes()].concat();
        bytes.extend(body);
        bytes.resize(len as usize - 4, 0);
        bytes.extend(len.to_le_bytes());
        bytes
    };
    let mut file = block(0x0a0d_0d0a, &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    file.extend(block(1, &[1, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]));
    let mut rest = capture.get(24..).unwrap_or_default();
    while let Some((header, behind)) = rest.split_first_chunk::<16>() {
        let [s0, s1, s2, s3, f0, f1, f2, f3, c0, c1, c2, c3, o @ ..] = *header;
        let word = |bytes| u64::from(u32::from_le_bytes(bytes));
        let time_ns = word([s0, s1, s2, s3]) * 1_000_000_000 + word([f0, f1, f2, f3]);
        let len = (word([c0, c1, c2, c3]) as usize).min(behind.len());
        let (packet, behind) = behind.split_at(len);
        rest = behind;
        let mut body = vec![0; 4];
        body.extend(((time_ns >> 32) as u32).to_le_bytes());
        body.extend((time_ns as u32).to_le_bytes());
        body.extend((len as u32).to_le_bytes());
        body.extend(o);
        body.extend(packet);
        file.extend(block(6, &body));
    }
    file
}
