//! Descriptors handed over by number.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// Duplicate a descriptor that somebody else keeps, so that dropping ours does not close theirs.
pub(crate) fn duplicate(descriptor: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: F_DUPFD_CLOEXEC takes integers only and touches no memory of ours; a bad number gives EBADF.
    let copy = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 3) };
    if copy < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made `copy`; nothing else knows it, so it is ours to close.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}
