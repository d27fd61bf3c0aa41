//! Packets in small arrays, for callers that overlap the memory accesses of several.

use crate::RawPacket;

/// Packets in a full batch.
pub(super) const BATCH: usize = 32;

/// A batch being gathered from one window.
pub(super) struct Batch<'a> {
    packets: [RawPacket<'a>; BATCH],
    len: usize,
}

impl<'a> Batch<'a> {
    /// Make an empty batch.
    pub(super) fn new() -> Self {
        Self { packets: [RawPacket::EMPTY; BATCH], len: 0 }
    }

    /// Add a packet and hand the batch out when it is full.
    #[inline]
    pub(super) fn push<F: FnMut(&[RawPacket<'_>])>(&mut self, packet: RawPacket<'a>, visit: &mut F) {
        if let Some(slot) = self.packets.get_mut(self.len) {
            *slot = packet;
            self.len += 1;
        }
        if self.len == BATCH {
            self.flush(visit);
        }
    }

    /// Hand out what is there.
    #[inline]
    pub(super) fn flush<F: FnMut(&[RawPacket<'_>])>(&mut self, visit: &mut F) {
        if let Some(packets) = self.packets.get(..self.len)
            && !packets.is_empty()
        {
            visit(packets);
        }
        self.len = 0;
    }
}
