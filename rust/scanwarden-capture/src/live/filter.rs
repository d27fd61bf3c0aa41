//! The kernel filter of a socket: the one predicate, compiled.

use std::io;
use std::os::fd::OwnedFd;

use scanwarden_core::predicate::bpf::{self, BpfInstruction};

use super::interface::Kind;
use super::system;

/// Offset of a packet's type in the kernel's own packet description (`SKF_AD_OFF` + `SKF_AD_PKTTYPE`, `linux/filter.h`).
const PACKET_TYPE: u32 = (libc::SKF_AD_OFF + libc::SKF_AD_PKTTYPE).cast_unsigned();

const LOAD_WORD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const JUMP_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Attach the predicate to a socket that is not bound yet, and lock it.
///
/// Packets that pass are cut to `snap_len` bytes.
pub(super) fn attach(socket: &OwnedFd, kind: Kind, snap_len: u32) -> io::Result<()> {
    let mut program = Vec::new();
    if kind.is_loopback {
        program.extend(without_outgoing());
    }
    program.extend(bpf::program(kind.link, snap_len));
    let mut program: Vec<_> =
        program.into_iter().map(|BpfInstruction { code, jt, jf, k }| libc::sock_filter { code, jt, jf, k }).collect();
    system::attach_filter(socket, &mut program)?;
    system::set_option(socket, libc::SOL_SOCKET, libc::SO_LOCK_FILTER, &1)
}

/// Refuse packets that are going out: on loopback each comes in again at once. Jumps are relative, so that this can
/// stand before any program.
fn without_outgoing() -> [BpfInstruction; 3] {
    let outgoing = u32::from(libc::PACKET_OUTGOING);
    [
        BpfInstruction { code: LOAD_WORD, jt: 0, jf: 0, k: PACKET_TYPE },
        BpfInstruction { code: JUMP_EQUAL, jt: 0, jf: 1, k: outgoing },
        BpfInstruction { code: RETURN, jt: 0, jf: 0, k: 0 },
    ]
}
