//! What all pcapng blocks share: type, length, byte order, length again.

use super::MAX_BLOCK_BYTES;
use crate::error::Damage;
use crate::file::walk::Stop;

/// Block types (draft-ietf-opsawg-pcapng 4).
pub(super) const SECTION: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE: u32 = 1;
pub(super) const PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(super) const ENHANCED_PACKET: u32 = 6;

/// The first bytes of a section header block, the same in both byte orders.
pub(in crate::file) const SECTION_MAGIC: [u8; 4] = SECTION.to_be_bytes();

const BYTE_ORDER_MARK: u32 = 0x1a2b_3c4d;

/// The byte order of a section.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::file) enum Order {
    #[default]
    Little,
    Big,
}

impl Order {
    #[inline]
    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    #[inline]
    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    /// Read four bytes at a position; zero behind the end, which callers exclude by the block's length.
    #[inline]
    pub(super) fn u32_at(self, block: &[u8], at: usize) -> u32 {
        self.u32(block.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default())
    }

    /// Read two bytes at a position; zero behind the end, which callers exclude by the block's length.
    #[inline]
    pub(super) fn u16_at(self, block: &[u8], at: usize) -> u16 {
        self.u16(block.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default())
    }
}

/// Tell the byte order of the section header block that `input` begins with.
///
/// `None` when there are fewer than 12 bytes; the mark found when it is in neither order.
pub(in crate::file) fn byte_order(input: &[u8]) -> Option<Result<Order, u32>> {
    let mark = *input.get(8..)?.first_chunk::<4>()?;
    Some(match (Order::Little.u32(mark), Order::Big.u32(mark)) {
        (BYTE_ORDER_MARK, _) => Ok(Order::Little),
        (_, BYTE_ORDER_MARK) => Ok(Order::Big),
        (_, found) => Err(found),
    })
}

/// A block's type and length.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) kind: u32,
    pub(super) block_len: u32,
    /// The section's order; for a section header block its own.
    pub(super) order: Order,
}

impl Header {
    /// Read the header of the block that `input` begins with.
    pub(super) fn parse(input: &[u8], section: Order) -> Result<Self, Stop> {
        let Some([t0, t1, t2, t3, l0, l1, l2, l3]) = input.first_chunk::<8>() else { return Err(Stop::Need(8)) };
        let kind = section.u32([*t0, *t1, *t2, *t3]);
        let order = if kind == SECTION {
            let Some(order) = byte_order(input) else { return Err(Stop::Need(12)) };
            order.map_err(|found| Stop::Damaged(Damage::ByteOrder { found }))?
        } else {
            section
        };
        let header = Self { kind, block_len: order.u32([*l0, *l1, *l2, *l3]), order };
        if header.has_possible_length() { Ok(header) } else { Err(Stop::Damaged(header.bad_length())) }
    }

    /// Return the whole block, or say what is missing; checks the length repeated at its end.
    pub(super) fn whole(self, input: &[u8]) -> Result<&[u8], Stop> {
        let block_len = self.block_len as usize;
        if block_len > MAX_BLOCK_BYTES {
            return Err(Stop::Skip(block_len as u64));
        }
        let Some(block) = input.get(..block_len) else { return Err(Stop::Need(block_len)) };
        let trailing = self.order.u32_at(block, block_len - 4);
        if trailing != self.block_len {
            return Err(Stop::Damaged(Damage::BlockTrailer { leading: self.block_len, trailing }));
        }
        Ok(block)
    }

    /// Describe a length that cannot be.
    pub(super) fn bad_length(self) -> Damage {
        Damage::BlockLength { block: self.kind, claimed: self.block_len.into() }
    }

    fn has_possible_length(self) -> bool {
        let (min_bytes, max_bytes) = match self.kind {
            SECTION => (28, MAX_BLOCK_BYTES),
            INTERFACE => (20, MAX_BLOCK_BYTES),
            PACKET | ENHANCED_PACKET => (32, MAX_BLOCK_BYTES),
            SIMPLE_PACKET => (16, MAX_BLOCK_BYTES),
            // Skipped without being held, so any length will do.
            _ => (12, usize::MAX),
        };
        let block_len = self.block_len as usize;
        block_len.is_multiple_of(4) && (min_bytes..=max_bytes).contains(&block_len)
    }
}
