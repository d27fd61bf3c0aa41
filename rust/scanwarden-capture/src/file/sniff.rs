//! Which format a stream is, by its first bytes; and what it looks like when it is no capture.

use super::format::Format;
use super::pcap::{self, BadHeader, Pcap};
use super::pcapng;
use super::unpack::Unpacked;
use super::window::Window;
use crate::error::{CaptureError, Damage};

/// Read the first bytes of a stream into `window` and decide how to walk it.
pub(super) fn recognise(name: &str, source: &mut Unpacked, window: &mut Window) -> Result<Format, CaptureError> {
    let is_compressed = source.compression().is_some();
    let damaged = |damage| CaptureError::Damaged { name: name.to_owned(), offset: 0, is_compressed, damage };
    let mut needed = 4;
    while window.fill(source, needed) {
        needed = match header(window.bytes()) {
            Header::Needs(bytes) => bytes,
            Header::Good(format) => {
                window.consume(format.header_bytes());
                return Ok(format);
            }
            Header::Damaged(damage) => return Err(damaged(damage)),
            Header::UnknownLinkType(number) => {
                return Err(CaptureError::UnknownLinkType { name: name.to_owned(), number });
            }
            Header::Foreign => break,
        };
    }
    // So far only as many bytes came as the header needs; what a foreign file looks like is told from more of them.
    window.fill(source, SAMPLE_BYTES);
    if let Some(cause) = window.failure() {
        return Err(damaged(Damage::Unpacking { cause: cause.to_owned() }));
    }
    if window.len() == 0 {
        return Err(CaptureError::Empty { name: name.to_owned() });
    }
    if is_start_of_capture(window.bytes()) {
        return Err(damaged(Damage::TruncatedHeader { needed: needed.max(12) as u64, found: window.len() as u64 }));
    }
    Err(foreign(name, source.compression(), window.bytes()))
}

fn is_start_of_capture(bytes: &[u8]) -> bool {
    MAGICS.iter().any(|magic| magic.starts_with(bytes.get(..4).unwrap_or(bytes)))
}

/// Bytes by which a foreign file is judged.
const SAMPLE_BYTES: usize = 512;

const MAGICS: [[u8; 4]; 7] = [
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x34, 0xcd, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xcd, 0x34],
    pcapng::SECTION_MAGIC,
];

enum Header {
    Needs(usize),
    Good(Format),
    Damaged(Damage),
    UnknownLinkType(u32),
    Foreign,
}

fn header(bytes: &[u8]) -> Header {
    let Some(magic) = bytes.first_chunk::<4>() else { return Header::Needs(4) };
    if *magic == pcapng::SECTION_MAGIC {
        // The blocks themselves are checked by the walk; here only that it is pcapng and not chance.
        return match pcapng::byte_order(bytes) {
            None => Header::Needs(12),
            Some(Err(found)) => Header::Damaged(Damage::ByteOrder { found }),
            Some(Ok(_)) => Header::Good(Format::Pcapng(Box::default())),
        };
    }
    if !Pcap::is_magic(*magic) {
        return Header::Foreign;
    }
    match bytes.first_chunk().map(Pcap::from_header) {
        None => Header::Needs(pcap::HEADER_BYTES),
        Some(None) => Header::Foreign,
        Some(Some(Ok(format))) => Header::Good(Format::Pcap(format)),
        Some(Some(Err(BadHeader::Version { major, minor }))) => Header::Damaged(Damage::Version { major, minor }),
        Some(Some(Err(BadHeader::LinkType(number)))) => Header::UnknownLinkType(number),
    }
}

fn foreign(name: &str, compression: Option<&str>, bytes: &[u8]) -> CaptureError {
    let inside = compression.map_or(String::new(), |method| format!("{method}-compressed, but inside "));
    CaptureError::NotACapture { name: name.to_owned(), looks_like: format!("{inside}{}", looks_like(bytes)) }
}

/// Beginnings of files that people give by mistake, and what to say about them.
const KNOWN: [(&[u8], &str); 12] = [
    (b"\xfd7zXZ\0", "it is xz-compressed; unpack it first with `xz -d`"),
    (b"BZh", "it is bzip2-compressed; unpack it first with `bzip2 -d`"),
    (b"\x04\x22\x4d\x18", "it is lz4-compressed; unpack it first with `lz4 -d`"),
    (b"\x1f\x8b", "it is gzip-compressed again; unpack it first with `gzip -d`"),
    (b"\x28\xb5\x2f\xfd", "it is zstd-compressed again; unpack it first with `zstd -d`"),
    (b"PK\x03\x04", "it is a zip archive; unpack it first with `unzip`"),
    (b"\x7fELF", "it is a program"),
    (b"LPKSHHRH", "it is a systemd journal"),
    (b"SQLite format 3\0", "it is an SQLite database"),
    (b"snoop\0\0\0", "it is a snoop capture; convert it with `editcap -F pcap`"),
    (b"PAR1", "it is a Parquet file"),
    (b"%PDF", "it is a PDF document"),
];

fn looks_like(bytes: &[u8]) -> &'static str {
    let start = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    if let Some((_, text)) = KNOWN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return text;
    }
    if is_text(start) {
        return match start.trim_ascii_start().first() {
            Some(b'{' | b'[') => "it looks like JSON text",
            Some(b'<') => "it looks like XML or HTML text",
            _ => "it looks like a text file, perhaps a log",
        };
    }
    if start.iter().all(|byte| *byte == 0) {
        return "it begins with nothing but zeros; its header is lost";
    }
    "its first bytes are those of no known format"
}

fn is_text(start: &[u8]) -> bool {
    let is_utf8 = match std::str::from_utf8(start) {
        Ok(_) => true,
        // A character cut off by the end of the sample is no error.
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && start.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
}
