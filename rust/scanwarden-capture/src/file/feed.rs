//! From the records of a file to a detector.

#![expect(
    clippy::inline_always,
    reason = "measured: most packets of a file are of no interest, and a call costs as much"
)]

use super::format::Format;
use super::walk::{Visitor, Walked};
use crate::RawPacket;
use crate::prefetch::prefetch;
use scanwarden_core::intake::{Batch, Intake};

/// Packets on their way to a detector.
struct Feed<'a, 'i> {
    intake: &'i mut Intake,
    batch: Batch<'a>,
}

impl<'a> Visitor<'a> for Feed<'a, '_> {
    #[inline(always)]
    fn visit(&mut self, packet: RawPacket<'a>) {
        self.intake.feed_soon(packet, &mut self.batch, prefetch);
    }
}

/// Walk over a window as [`Format::walk`] does, feeding the packets to a detector.
#[inline(never)]
pub(super) fn walk_feeding(format: &mut Format, input: &[u8], max_packets: usize, intake: &mut Intake) -> Walked {
    let mut feed = Feed { intake, batch: Batch::new() };
    let walked = format.walk(input, max_packets, &mut feed);
    feed.intake.feed_batch(&mut feed.batch, prefetch);
    walked
}
