//! The pcap writer behind `--record`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::{CaptureError, printable};
use crate::{LinkType, RawPacket};

/// Bytes kept of each packet: the 256 that live capture takes, a VLAN tag put back, a link header put on, and some slack.
const SNAP_LEN: usize = 288;
const WRITE_BYTES: usize = 256 * 1024;
const ETHERTYPE_IPV4: [u8; 2] = [0x08, 0x00];
const ETHERTYPE_IPV6: [u8; 2] = [0x86, 0xdd];

/// Writes packets to a pcap file of nanosecond resolution and Ethernet link type.
///
/// A capture over several interfaces may mix Ethernet and raw IP, a pcap file cannot; so raw IP packets get an
/// Ethernet header with zero addresses. Packets of other link types are left out and counted.
pub struct CaptureWriter {
    name: String,
    output: BufWriter<File>,
    written: u64,
    left_out: u64,
    has_failed: bool,
}

impl CaptureWriter {
    /// Create (or empty) the file and write its header.
    pub fn create(path: &Path) -> Result<Self, CaptureError> {
        let name = printable(&path.to_string_lossy());
        match Self::begin(path) {
            Ok(output) => Ok(Self { name, output, written: 0, left_out: 0, has_failed: false }),
            Err(cause) => Err(CaptureError::Unwritable { name, cause }),
        }
    }

    fn begin(path: &Path) -> io::Result<BufWriter<File>> {
        let mut output = BufWriter::with_capacity(WRITE_BYTES, File::create(path)?);
        output.write_all(&file_header())?;
        output.flush()?;
        Ok(output)
    }

    /// Write one packet, cut to 288 bytes, with its original length.
    ///
    /// The first failure (a full disk, say) is returned, once; from then on packets are counted as left out and nothing
    /// is written any more, so that recording never ends a capture.
    pub fn write(&mut self, packet: &RawPacket<'_>) -> Result<(), CaptureError> {
        if self.has_failed {
            self.left_out += 1;
            return Ok(());
        }
        let Some(header) = link_header(packet) else {
            self.left_out += 1;
            return Ok(());
        };
        match self.write_record(packet, header.as_ref()) {
            Ok(()) => {
                self.written += 1;
                Ok(())
            }
            Err(cause) => Err(self.fail(cause)),
        }
    }

    /// Bring everything written so far to the file.
    pub fn flush(&mut self) -> Result<(), CaptureError> {
        if self.has_failed {
            return Ok(());
        }
        self.output.flush().map_err(|cause| self.fail(cause))
    }

    /// Return how many packets were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Return how many packets were not written, after a failure or for their link type.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn write_record(&mut self, packet: &RawPacket<'_>, link_header: &[u8]) -> io::Result<()> {
        let bytes = packet.bytes.get(..SNAP_LEN - link_header.len()).unwrap_or(packet.bytes);
        let seconds = (packet.time_ns / 1_000_000_000) as u32;
        let fraction = (packet.time_ns % 1_000_000_000) as u32;
        let captured = (link_header.len() + bytes.len()) as u32;
        let original = packet.original_len.saturating_add(link_header.len() as u32);
        for word in [seconds, fraction, captured, original] {
            self.output.write_all(&word.to_le_bytes())?;
        }
        self.output.write_all(link_header)?;
        self.output.write_all(bytes)
    }

    fn fail(&mut self, cause: io::Error) -> CaptureError {
        self.has_failed = true;
        self.left_out += 1;
        CaptureError::Unwritable { name: self.name.clone(), cause }
    }
}

/// Magic of nanosecond files, version 2.4, no zone, no accuracy, snap length, Ethernet.
fn file_header() -> Vec<u8> {
    let mut header = Vec::with_capacity(24);
    header.extend(0xa1b2_3c4d_u32.to_le_bytes());
    header.extend(2_u16.to_le_bytes());
    header.extend(4_u16.to_le_bytes());
    for word in [0, 0, SNAP_LEN as u32, LinkType::Ethernet.dlt()] {
        header.extend(word.to_le_bytes());
    }
    header
}

/// Return the bytes to put before the packet, `None` when it cannot be made an Ethernet packet.
fn link_header(packet: &RawPacket<'_>) -> Option<LinkHeader> {
    let ethertype = match (packet.link, packet.bytes.first()? >> 4) {
        (LinkType::Ethernet, _) => return Some(LinkHeader::None),
        (LinkType::Raw | LinkType::RawIpv4, 4) => ETHERTYPE_IPV4,
        (LinkType::Raw | LinkType::RawIpv6, 6) => ETHERTYPE_IPV6,
        _ => return None,
    };
    let [high, low] = ethertype;
    Some(LinkHeader::Ethernet([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, low]))
}

enum LinkHeader {
    None,
    Ethernet([u8; 14]),
}

impl AsRef<[u8]> for LinkHeader {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::Ethernet(header) => header,
        }
    }
}
