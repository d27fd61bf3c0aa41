//! Advice to the kernel about memory.

/// Ask for large pages in a stretch of memory of this process, given by its address and its length in bytes.
///
/// Advice only: nothing changes but the size of the pages that are made when the memory is first used (madvise(2),
/// `MADV_HUGEPAGE`), and a kernel that has none refuses without harm.
#[cfg(target_os = "linux")]
pub fn prefer_large_pages(address: usize, bytes: usize) {
    const PAGE_BYTES: usize = 4096;
    let start = address.next_multiple_of(PAGE_BYTES);
    let len = (address + bytes).saturating_sub(start) / PAGE_BYTES * PAGE_BYTES;
    // SAFETY: this advice neither reads nor writes the memory and leaves its contents as they are; for an address that
    // is not mapped the call fails.
    unsafe { libc::madvise(std::ptr::with_exposed_provenance_mut(start), len, libc::MADV_HUGEPAGE) };
}

/// Nothing to ask for here.
#[cfg(not(target_os = "linux"))]
pub fn prefer_large_pages(_address: usize, _bytes: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_leaves_memory_as_it_is() {
        let bytes = vec![7_u8; 5 << 20];
        prefer_large_pages(bytes.as_ptr().addr(), bytes.len());
        prefer_large_pages(0, 0);
        prefer_large_pages(8192, 1 << 20);
        assert!(bytes.iter().all(|&byte| byte == 7));
    }
}
