//! Where packets come from: capture files and live interfaces. What they mean is decided in `scanwarden-core`.
//!
//! [`CaptureFile`] reads pcap and pcapng files, [`TextFile`] what is none, [`CaptureWriter`] writes pcap, [`LiveCapture`] takes packets from interfaces.
//! All hand over or take [`RawPacket`]s: bytes as captured, with a time and a link type. Unsafe code lives in `descriptor`,
//! `pages`, `prefetch` and `live`, next to the system calls, the instruction and the memory shared with the kernel that need
//! it; `file` denies it.

mod descriptor;
mod error;
#[deny(unsafe_code)]
pub mod file;
pub mod interrupt;
#[cfg(target_os = "linux")]
pub mod live;
mod pages;
mod prefetch;

pub use error::{CaptureError, Damage};
pub use file::{CaptureFile, CaptureWriter, Chunk, Input, TextFile};
#[cfg(target_os = "linux")]
pub use live::{LiveCapture, LiveSettings, LiveStatistics};
pub use pages::prefer_large_pages;
pub use prefetch::prefetch;
pub use scanwarden_core::decode::LinkType;
pub use scanwarden_core::packet::RawPacket;
