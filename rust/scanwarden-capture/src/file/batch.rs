//! Packets in small arrays, for callers that overlap the memory accesses of several.

use super::format::Format;
use super::walk::{Stop, Walked};
use crate::RawPacket;

/// Packets in a full batch.
const BATCH: usize = 32;

/// Walk over a window as [`Format::walk`] does, handing out in slices only the packets that `select` makes something of.
///
/// The slices are the same whatever the window's size, but for the last one before its end.
#[inline]
pub(super) fn walk_selected<'a, C, T, S, F>(
    format: &mut Format,
    input: &'a [u8],
    max_packets: usize,
    context: &mut C,
    (select, visit): (&mut S, &mut F),
) -> Walked
where
    T: Copy + Default,
    S: FnMut(&C, &RawPacket<'a>) -> Option<T>,
    F: FnMut(&mut C, &[(RawPacket<'a>, T)]),
{
    let mut batch = [(RawPacket::EMPTY, T::default()); BATCH];
    let mut count = 0;
    let walked = format.walk(input, max_packets, |packet| {
        if let Some(made) = select(context, &packet)
            && let Some(place) = batch.get_mut(count)
        {
            *place = (packet, made);
            count += 1;
            if count == BATCH {
                visit(context, &batch);
                count = 0;
            }
        }
    });
    match batch.get(..count) {
        Some(rest) if !rest.is_empty() => visit(context, rest),
        _ => {}
    }
    walked
}

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
        let walked = format.walk(left, BATCH.min(max_packets - total.packets), |packet| {
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
