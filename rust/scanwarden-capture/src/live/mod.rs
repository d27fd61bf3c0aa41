//! Live capture from Linux interfaces: one `AF_PACKET` socket with a `TPACKET_V3` ring per interface.
//!
//! `interface` asks the kernel what an interface is, `socket` sets a socket up, `ring` walks the memory shared with the
//! kernel, `tap` joins the three and survives its interface going away, `wakeup` makes all taps one descriptor, and
//! [`LiveCapture`] merges their packets. What the kernel lets through is decided by `scanwarden_core::predicate`.

mod capture;
mod filter;
mod frame;
mod interface;
mod ring;
mod socket;
mod statistics;
mod system;
mod tap;
mod wakeup;

pub use capture::{LiveCapture, LiveSettings};
pub use interface::interfaces;
pub use statistics::{InterfaceStatistics, LiveStatistics};
