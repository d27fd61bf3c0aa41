//! System calls, each wrapped so that the rest of `live` needs no unsafe code for them.

use std::ffi::c_int;
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Types of which every bit pattern, all zeros among them, is a value.
///
/// # Safety
/// The type must be plain integers (or arrays or structs of them), without padding the kernel would mind.
pub(super) unsafe trait Plain: Copy {}

// SAFETY: integers, or C structs of integers from linux/if_packet.h.
unsafe impl Plain for c_int {}
// SAFETY: as above.
unsafe impl Plain for libc::tpacket_req3 {}
// SAFETY: as above.
unsafe impl Plain for libc::tpacket_stats_v3 {}
// SAFETY: as above.
unsafe impl Plain for libc::packet_mreq {}
// SAFETY: as above.
unsafe impl Plain for libc::sockaddr_ll {}

/// Turn the kernel's -1 into its error.
pub(super) fn check(status: c_int) -> io::Result<c_int> {
    if status < 0 { Err(io::Error::last_os_error()) } else { Ok(status) }
}

/// Return a value whose bytes are all zero.
pub(super) fn zeroed<T: Plain>() -> T {
    // SAFETY: `Plain` promises that zeros are a value.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// Take ownership of a descriptor that a system call has just returned.
pub(super) fn own(descriptor: c_int) -> io::Result<OwnedFd> {
    let descriptor = check(descriptor)?;
    // SAFETY: the kernel has just made it; nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Make a socket, closed on exec.
pub(super) fn socket(family: c_int, kind: c_int) -> io::Result<OwnedFd> {
    // SAFETY: integers only.
    own(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, 0) })
}

/// Set a socket option.
pub(super) fn set_option<T: Plain>(socket: &OwnedFd, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let len = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: `value` is valid for `len` bytes, and the kernel copies them before it returns.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, (&raw const *value).cast(), len) })?;
    Ok(())
}

/// Read a socket option.
pub(super) fn option<T: Plain>(socket: &OwnedFd, level: c_int, name: c_int) -> io::Result<T> {
    let mut value = zeroed::<T>();
    let mut len = mem::size_of::<T>() as libc::socklen_t;
    // SAFETY: `value` is valid for `len` bytes of writing, and any bytes written make a `T`.
    check(unsafe { libc::getsockopt(socket.as_raw_fd(), level, name, (&raw mut value).cast(), &raw mut len) })?;
    Ok(value)
}

/// Attach a classic BPF program; the kernel copies it.
pub(super) fn attach_filter(socket: &OwnedFd, program: &mut [libc::sock_filter]) -> io::Result<()> {
    let Ok(len) = u16::try_from(program.len()) else { return Err(io::ErrorKind::InvalidInput.into()) };
    let program = libc::sock_fprog { len, filter: program.as_mut_ptr() };
    let size = mem::size_of::<libc::sock_fprog>() as libc::socklen_t;
    // SAFETY: `program` points to `len` instructions that outlive the call; the kernel copies and checks them.
    let status = unsafe {
        let value = (&raw const program).cast();
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, value, size)
    };
    check(status)?;
    Ok(())
}

/// Bind a packet socket to an interface, for all protocols.
pub(super) fn bind(socket: &OwnedFd, index: c_int) -> io::Result<()> {
    let mut address = zeroed::<libc::sockaddr_ll>();
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = index;
    let len = mem::size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: `address` is a packet socket address of `len` bytes.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), len) })?;
    Ok(())
}

/// Return the interface a packet socket is bound to; -1 when that interface is gone.
pub(super) fn bound_index(socket: &OwnedFd) -> io::Result<c_int> {
    let mut address = zeroed::<libc::sockaddr_ll>();
    let mut len = mem::size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: `address` is valid for `len` bytes of writing, and any bytes make a `sockaddr_ll`.
    check(unsafe { libc::getsockname(socket.as_raw_fd(), (&raw mut address).cast(), &raw mut len) })?;
    Ok(address.sll_ifindex)
}
