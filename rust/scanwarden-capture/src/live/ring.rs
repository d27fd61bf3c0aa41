//! The memory shared with the kernel: `TPACKET_V3` blocks (`Documentation/networking/packet_mmap.rst`).
//!
//! The kernel fills blocks in turn and sets a block's status when it hands it over; until the status is set back the
//! block is ours alone. Small blocks, because each one may be handed over nearly empty after the retire time: 128 of
//! them last half a second even then, should nobody read.

use std::io;
use std::mem::{offset_of, size_of};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering};

use super::frame::{Frame, VLAN_TAG_BYTES, VlanTag};

const BLOCK_BYTES: usize = 64 * 1024;
const MIN_BLOCKS: usize = 4;
/// Only a granularity for the kernel's arithmetic: in `TPACKET_V3` packets lie packed in their block.
const FRAME_BYTES: usize = 2_048;
/// After this long a block that is not full is handed over.
const RETIRE_MS: u32 = 4;

const STATUS_OFFSET: usize = offset_of!(libc::tpacket_block_desc, hdr) + offset_of!(libc::tpacket_hdr_v1, block_status);
const ADDRESS_OFFSET: usize = size_of::<libc::tpacket3_hdr>().next_multiple_of(libc::TPACKET_ALIGNMENT);

/// A mapped ring and where the walk over it is.
pub(super) struct Ring {
    memory: NonNull<u8>,
    block_count: usize,
    current: usize,
    open: Option<OpenBlock>,
    lost: u64,
}

/// A block the kernel has handed over.
#[derive(Clone, Copy)]
struct OpenBlock {
    /// Offset of the next packet within the block.
    next: usize,
    /// Packets left.
    left: u32,
}

// SAFETY: `memory` belongs to this ring alone until it is dropped, and is reached through `&mut self` only.
unsafe impl Send for Ring {}

/// Describe a ring of about `ring_bytes`, at least four blocks.
pub(super) fn request(ring_bytes: usize) -> libc::tpacket_req3 {
    let block_count = (ring_bytes / BLOCK_BYTES).max(MIN_BLOCKS);
    libc::tpacket_req3 {
        tp_block_size: BLOCK_BYTES as u32,
        tp_block_nr: block_count as u32,
        tp_frame_size: FRAME_BYTES as u32,
        tp_frame_nr: (block_count * (BLOCK_BYTES / FRAME_BYTES)) as u32,
        tp_retire_blk_tov: RETIRE_MS,
        tp_sizeof_priv: 0,
        tp_feature_req_word: 0,
    }
}

impl Ring {
    /// Map the ring that `request` has set up on `socket`.
    pub(super) fn map(socket: &OwnedFd, request: &libc::tpacket_req3) -> io::Result<Self> {
        let block_count = request.tp_block_nr as usize;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new shared mapping at an address the kernel chooses; it replaces nothing of ours.
        let memory = unsafe {
            let len = block_count * BLOCK_BYTES;
            libc::mmap(ptr::null_mut(), len, protection, libc::MAP_SHARED, socket.as_raw_fd(), 0)
        };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let memory = NonNull::new(memory.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { memory, block_count, current: 0, open: None, lost: 0 })
    }

    /// Return the time of the next packet in nanoseconds since 1970; `None` when the kernel has handed nothing over.
    #[inline]
    pub(super) fn next_time_ns(&mut self) -> Option<u64> {
        let block = self.open_block()?;
        Some(time_ns(&self.header(block)?))
    }

    /// Return the next packet; the one before is given up.
    #[inline]
    pub(super) fn next_frame(&mut self) -> Option<Frame<'_>> {
        loop {
            let block = self.open_block()?;
            let Some(header) = self.header(block) else { continue };
            self.open = Some(OpenBlock { next: block.next + header.tp_next_offset as usize, left: block.left - 1 });
            if let Some(room) = packet_room(block, &header) {
                return Some(self.frame(block, &header, room));
            }
            self.lost += 1;
        }
    }

    /// Give the current block back when nothing of it is left; call when no packet of it is in use.
    pub(super) fn give_back(&mut self) {
        if self.open.is_some_and(|block| block.left == 0) {
            self.status().store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.current = (self.current + 1) % self.block_count;
            self.open = None;
        }
    }

    /// Return how many packets could not be read because the ring made no sense; the kernel never does that.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Return the block with the next packet, taking over the next block when the current one is used up.
    #[inline]
    fn open_block(&mut self) -> Option<OpenBlock> {
        loop {
            self.give_back();
            if let Some(block) = self.open {
                return Some(block);
            }
            if self.status().load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
                return None;
            }
            // SAFETY: `current` is a block of the mapping, which begins with its description; the kernel wrote it
            // before the status that the load above has acquired, and leaves it alone until the status is set back.
            let description = unsafe { self.block().cast::<libc::tpacket_block_desc>().read_unaligned() };
            // SAFETY: the union has one member, of plain integers.
            let head = unsafe { description.hdr.bh1 };
            self.open = Some(OpenBlock { next: head.offset_to_first_pkt as usize, left: head.num_pkts });
        }
    }

    /// Return the next packet's header; should it not lie within the block, drop the rest of the block.
    #[inline]
    fn header(&mut self, block: OpenBlock) -> Option<libc::tpacket3_hdr> {
        let end = block.next.saturating_add(ADDRESS_OFFSET + size_of::<libc::sockaddr_ll>());
        if end > BLOCK_BYTES {
            self.lost += u64::from(block.left);
            self.open = Some(OpenBlock { left: 0, ..block });
            return None;
        }
        // SAFETY: the header lies within the current block (just checked), which is ours while `open` is set.
        Some(unsafe { self.block().add(block.next).cast::<libc::tpacket3_hdr>().read_unaligned() })
    }

    #[inline]
    fn frame(&mut self, block: OpenBlock, header: &libc::tpacket3_hdr, (start, len): (usize, usize)) -> Frame<'_> {
        // SAFETY: the link-layer address stands behind the header within the block (checked by `header`).
        let address =
            unsafe { self.block().add(block.next + ADDRESS_OFFSET).cast::<libc::sockaddr_ll>().read_unaligned() };
        // SAFETY: `packet_room` has checked that start + len lies within the block. The block is ours until
        // `give_back`, which needs `&mut self` and so cannot be called while the slice lives; packets do not overlap.
        let room = unsafe { std::slice::from_raw_parts_mut(self.block().add(start), len) };
        Frame {
            time_ns: time_ns(header),
            original_len: header.tp_len,
            tag: VlanTag::from_header(header),
            protocol: u16::from_be(address.sll_protocol),
            room,
        }
    }

    #[inline]
    fn block(&self) -> *mut u8 {
        // SAFETY: `current` is below `block_count`, so the result stays within the mapping.
        unsafe { self.memory.as_ptr().add(self.current * BLOCK_BYTES) }
    }

    #[inline]
    #[allow(clippy::cast_ptr_alignment, reason = "blocks are page-aligned and the offset is a multiple of four")]
    fn status(&self) -> &AtomicU32 {
        // SAFETY: the status word lies in the current block, is aligned, lives as long as the mapping, and is shared
        // with the kernel by atomic accesses only.
        unsafe { AtomicU32::from_ptr(self.block().add(STATUS_OFFSET).cast()) }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `map`; slices into it borrow `self` and are gone.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), self.block_count * BLOCK_BYTES) };
    }
}

#[inline]
fn time_ns(header: &libc::tpacket3_hdr) -> u64 {
    u64::from(header.tp_sec) * 1_000_000_000 + u64::from(header.tp_nsec)
}

/// Return where the packet's bytes begin and how many there are, room for a tag in front included.
#[inline]
fn packet_room(block: OpenBlock, header: &libc::tpacket3_hdr) -> Option<(usize, usize)> {
    let start = (block.next + usize::from(header.tp_mac)).checked_sub(VLAN_TAG_BYTES)?;
    let len = VLAN_TAG_BYTES + header.tp_snaplen as usize;
    let is_behind_address =
        usize::from(header.tp_mac) >= ADDRESS_OFFSET + size_of::<libc::sockaddr_ll>() + VLAN_TAG_BYTES;
    (is_behind_address && start + len <= BLOCK_BYTES).then_some((start, len))
}
