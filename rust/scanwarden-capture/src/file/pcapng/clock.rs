//! Time stamps of pcapng: 64 bits in units that each interface chooses.

const NS_PER_S: u32 = 1_000_000_000;
/// 2262-04-11: as far as signed 64-bit nanoseconds reach. Later times are damage, and sums with a day must not overflow.
const LATEST_NS: u64 = i64::MAX.unsigned_abs();

/// How an interface's time stamps become nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    pub(super) resolution: Resolution,
    offset_ns: i64,
}

/// The unit of a time stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// Units of this many nanoseconds.
    Multiply(u64),
    /// This many units in a nanosecond.
    Divide(u64),
    /// Units of 2 to the power of minus this many seconds.
    Shift(u8),
}

impl Default for Resolution {
    /// Microseconds, when the interface says nothing (draft-ietf-opsawg-pcapng 4.2, `if_tsresol`).
    fn default() -> Self {
        Self::Multiply(1_000)
    }
}

impl Resolution {
    /// Read an `if_tsresol` option: the top bit chooses between powers of two and of ten.
    pub(super) fn from_option(value: u8) -> Self {
        match (value & 0x80 != 0, u32::from(value & 0x7f)) {
            (true, bits) => Self::Shift(bits as u8),
            (false, digits @ 0..=9) => Self::Multiply(10_u64.pow(9 - digits)),
            // Units finer than 10^-28 s: 64 bits of them are less than a nanosecond, as are those of 2^-127 s.
            (false, digits) => 10_u64.checked_pow(digits - 9).map_or(Self::Shift(127), Self::Divide),
        }
    }
}

impl Clock {
    /// Set the `if_tsoffset` option: seconds to add.
    pub(super) fn set_offset(&mut self, offset_s: i64) {
        self.offset_ns = offset_s.saturating_mul(NS_PER_S.into());
    }

    /// Convert a time stamp to nanoseconds since 1970, held between then and 2262.
    #[inline]
    pub(super) fn to_ns(self, ticks: u64) -> u64 {
        let time_ns = match self.resolution {
            Resolution::Multiply(factor) => ticks.saturating_mul(factor),
            Resolution::Divide(divisor) => ticks / divisor,
            Resolution::Shift(bits) => {
                u64::try_from((u128::from(ticks) * u128::from(NS_PER_S)) >> bits).unwrap_or(u64::MAX)
            }
        };
        time_ns.saturating_add_signed(self.offset_ns).min(LATEST_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resolution_gives_nanoseconds() {
        let table: [(u8, u64, u64); 9] = [
            (0, 7, 7_000_000_000),
            (3, 7, 7_000_000),
            (6, 7, 7_000),
            (9, 7, 7),
            (12, 7_999, 7),
            (127, u64::MAX, 0),
            (0x80, 7, 7_000_000_000),
            (0x80 | 0x0a, 512, 500_000_000),
            (0x80 | 0x7f, u64::MAX, 0),
        ];
        for (option, ticks, expected) in table {
            let clock = Clock { resolution: Resolution::from_option(option), offset_ns: 0 };
            assert_eq!(clock.to_ns(ticks), expected, "if_tsresol {option:#x}");
        }
    }

    #[test]
    fn offsets_shift_and_never_wrap() {
        let mut clock = Clock::default();
        clock.set_offset(5);
        assert_eq!(clock.to_ns(1), 5_000_001_000);
        clock.set_offset(-5);
        assert_eq!(clock.to_ns(6_000_000), 1_000_000_000);
        assert_eq!(clock.to_ns(1), 0);
        clock.set_offset(i64::MAX);
        assert_eq!(clock.to_ns(u64::MAX), LATEST_NS);
    }
}
