//! Packets in small arrays, for callers that overlap the memory accesses of several.

use super::format::Format;
use super::walk::{Stop, Walked};
use crate::RawPacket;

/// Packets in a full batch.
const BATCH: usize = 32;

/// Walk over a window as [`Format::walk`] does, handing packets out in slices.
#[inline]
pub(super) fn walk_batches<'a, F>(format: &mut Format, input: &'a [u8], max_packets: usize, visit: &mut F) -> Walked
where
    F: FnMut(&[RawPacket<'a>]),
{
    let mut batch = [RawPacket::EMPTY; BATCH];
    let mut total = Walked { consumed: 0, packets: 0, stop: Stop::Full };
    while total.packets < max_packets {
        let mut slots = batch.iter_mut();
        let left = input.get(total.consumed..).unwrap_or_default();
        let walked = format.walk(left, BATCH.min(max_packets - total.packets), &mut |packet| {
            if let Some(slot) = slots.next() {
                *slot = packet;
            }
        });
        total.consumed += walked.consumed;
        total.packets += walked.packets;
        total.stop = walked.stop;
        match batch.get(..walked.packets) {
            Some(packets) if !packets.is_empty() => visit(packets),
            _ => {}
        }
        if !matches!(total.stop, Stop::Full) {
            break;
        }
    }
    total
}
