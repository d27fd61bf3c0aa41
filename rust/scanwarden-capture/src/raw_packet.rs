//! One packet as captured.

use crate::LinkType;

/// One captured packet, not yet decoded. Borrows the reader's buffer or the kernel's ring; nothing is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawPacket<'a> {
    /// When it was captured, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: u64,
    /// Which header `bytes` begins with.
    pub link: LinkType,
    /// Length in bytes on the wire; at least `bytes.len()` unless the file lies.
    pub original_len: u32,
    /// What was captured of it.
    pub bytes: &'a [u8],
}

impl RawPacket<'_> {
    /// A packet without bytes, to fill arrays with.
    pub(crate) const EMPTY: Self = Self { time_ns: 0, link: LinkType::Ethernet, original_len: 0, bytes: &[] };
}
