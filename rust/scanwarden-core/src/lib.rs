//! What scanwarden does once per packet or log line: decode it, weigh it, and say which scan it belongs to.
//!
//! The data flow follows the module list: bytes become a [`packet::Packet`], packets become evidence in the
//! detector, evidence becomes detections. Nothing here does I/O, reads a clock or uses unsafe code.
#![forbid(unsafe_code)]

pub mod address;
pub mod checksum;
pub mod decode;
pub mod detector;
pub mod inference;
pub mod intake;
pub mod log;
pub mod packet;
pub mod predicate;
pub mod rows;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tricks;
