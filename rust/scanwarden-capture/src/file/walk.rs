//! Walking over the records in the window: who is handed the packets, and what is reported back.

use crate::RawPacket;
use crate::error::Damage;

/// What is done with each packet of a walk.
pub(super) trait Visitor<'a> {
    /// Take the next packet. Implementations that are short are inlined into the walk by force: it runs for every packet of a
    /// file, and the compiler judges by size.
    fn visit(&mut self, packet: RawPacket<'a>);
}

impl<'a, F: FnMut(RawPacket<'a>)> Visitor<'a> for F {
    #[inline]
    fn visit(&mut self, packet: RawPacket<'a>) {
        self(packet);
    }
}

/// How far a walk got, and why it stopped.
pub(super) struct Walked {
    /// Bytes of the window that are done with.
    pub(super) consumed: usize,
    /// Packets handed out.
    pub(super) packets: usize,
    /// Why it stopped.
    pub(super) stop: Stop,
}

/// Why a walk stopped; positions count from the first byte not consumed.
pub(super) enum Stop {
    /// As many packets as asked for were handed out.
    Full,
    /// The next record needs this many bytes, as far as known.
    Need(usize),
    /// The next bytes, this many, are of no interest and may be larger than any buffer.
    Skip(u64),
    /// The next record is damaged.
    Damaged(Damage),
}
