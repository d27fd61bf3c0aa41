//! The three kinds of packet blocks: enhanced, simple and the obsolete one.

use super::block::{ENHANCED_PACKET, Header, Order, PACKET, SIMPLE_PACKET};
use crate::error::Damage;
use crate::file::MAX_PACKET_BYTES;

/// A packet block's fields.
pub(super) struct PacketBlock<'a> {
    /// The number of the interface within the section.
    pub(super) interface: u32,
    /// The time in the interface's units; a simple packet has none.
    pub(super) ticks: Option<u64>,
    pub(super) original_len: u32,
    pub(super) bytes: &'a [u8],
    /// Length of the whole block in bytes.
    pub(super) block_len: usize,
}

impl<'a> PacketBlock<'a> {
    /// Read the packet block that `input` begins with; `None` when it is another block, not all there, or damaged.
    #[inline]
    pub(super) fn parse(input: &'a [u8], order: Order) -> Option<Self> {
        let [t0, t1, t2, t3, l0, l1, l2, l3] = *input.first_chunk::<8>()?;
        let kind = order.u32([t0, t1, t2, t3]);
        let block_len = order.u32([l0, l1, l2, l3]) as usize;
        if !block_len.is_multiple_of(4) || block_len > super::MAX_BLOCK_BYTES {
            return None;
        }
        let (block, trailer) = input.get(..block_len)?.split_last_chunk::<4>()?;
        if order.u32(*trailer) as usize != block_len {
            return None;
        }
        match kind {
            ENHANCED_PACKET | PACKET => Self::with_time(block, block_len, kind, order),
            SIMPLE_PACKET => Self::without_time(block, block_len, order),
            _ => None,
        }
    }

    #[inline]
    fn with_time(block: &'a [u8], block_len: usize, kind: u32, order: Order) -> Option<Self> {
        let (head, content) = block.split_first_chunk::<28>()?;
        let captured = order.u32_at(head, 20) as usize;
        if captured > MAX_PACKET_BYTES {
            return None;
        }
        let interface = if kind == PACKET { order.u16_at(head, 8).into() } else { order.u32_at(head, 8) };
        Some(Self {
            interface,
            ticks: Some(u64::from(order.u32_at(head, 12)) << 32 | u64::from(order.u32_at(head, 16))),
            original_len: order.u32_at(head, 24),
            bytes: content.get(..captured)?,
            block_len,
        })
    }

    fn without_time(block: &'a [u8], block_len: usize, order: Order) -> Option<Self> {
        let (head, content) = block.split_first_chunk::<12>()?;
        let original_len = order.u32_at(head, 8);
        // The content is padded to four bytes, and cut to the interface's snap length, which the caller knows.
        let bytes = content.get(..original_len as usize).unwrap_or(content);
        let bytes = bytes.get(..MAX_PACKET_BYTES).unwrap_or(bytes);
        Some(Self { interface: 0, ticks: None, original_len, bytes, block_len })
    }
}

/// Say what is wrong with a packet block that is all there but that `parse` refused.
pub(super) fn fault(block: &[u8], header: Header) -> Damage {
    let room = block.len().saturating_sub(32).min(MAX_PACKET_BYTES) as u64;
    let claimed = u64::from(header.order.u32_at(block, 20));
    if header.kind != SIMPLE_PACKET && claimed > room {
        return Damage::RecordTooLong { claimed, limit: room };
    }
    header.bad_length()
}
