//! The predicate as a classic BPF program, for a socket filter.

use crate::decode::LinkType;

/// One instruction of classic BPF, laid out like `struct sock_filter` (linux/filter.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct BpfInstruction {
    /// Operation, addressing mode and operand size.
    pub code: u16,
    /// Instructions to skip when a comparison holds.
    pub jt: u8,
    /// Instructions to skip when it does not.
    pub jf: u8,
    /// Constant operand.
    pub k: u32,
}

/// Compile the predicate for a socket that delivers `link` headers; what passes is cut to `snap_len` bytes.
pub fn program(link: LinkType, snap_len: u32) -> Vec<BpfInstruction> {
    let _ = link;
    vec![BpfInstruction { code: 0x06, jt: 0, jf: 0, k: snap_len }]
}
