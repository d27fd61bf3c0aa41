//! Capture files: pcap and pcapng, plain or compressed, read as a stream; and the pcap writer.
//!
//! Bytes go from `stored` (the file as it lies there) through `unpack` (gzip, zstd) into `window` (one large buffer);
//! `pcap` and `pcapng` walk the records in the window and hand each packet to a visitor without copying; `feed` is the
//! visitor that leads to a detector.
//! What is no capture is handed out as text (`input`, `text`) for the readers of logs.
//! Nothing is mapped: a `read` of half a megabyte keeps the bytes in the processor's cache and the memory bounded.

mod batch;
mod feed;
mod format;
mod input;
mod pcap;
mod pcapng;
mod reader;
mod sniff;
mod stored;
mod text;
mod unpack;
mod walk;
mod window;
mod writer;
mod zstd;

pub use input::Input;
pub use reader::{CaptureFile, Chunk};
pub use text::TextFile;
pub use writer::CaptureWriter;

/// Most bytes a packet record may hold, the largest snap length common capture programs use.
pub const MAX_PACKET_BYTES: usize = 262_144;
