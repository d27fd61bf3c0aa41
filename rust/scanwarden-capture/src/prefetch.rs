//! Bringing memory near before it is needed.

/// Ask the processor to bring the cache line at an address near.
///
/// A hint only: it never faults, whatever the address, and nothing but the time that later reads take can tell whether it
/// was followed. Where there is no such instruction to be had, nothing happens.
#[inline]
pub fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: PREFETCHT0 reads nothing as far as the program can tell and ignores addresses that cannot be read (Intel SDM
    // volume 2, PREFETCHh), and every x86-64 processor has it.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::without_provenance(address));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_may_be_asked_for() {
        let here = 7_u8;
        [0, 1, usize::MAX, std::ptr::from_ref(&here).addr()].into_iter().for_each(prefetch);
        assert_eq!(here, 7);
    }
}
