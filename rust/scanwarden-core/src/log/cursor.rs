//! A reader over a line's bytes that cannot run past the end: every step either succeeds or leaves it where it was.
#![allow(clippy::inline_always, reason = "each step is a few instructions and runs dozens of times a line")]

/// The part of a line that is not read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Step over `literal` if it comes next.
    #[inline(always)]
    pub(crate) fn eat<const N: usize>(&mut self, literal: &[u8; N]) -> bool {
        match self.rest.strip_prefix(literal.as_slice()) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Step over `literal`, or `None` if something else comes next.
    #[inline(always)]
    pub(crate) fn expect<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        self.eat(literal).then_some(())
    }

    /// End of an item: the blank that follows every printed item, or the end of the line (loggers trim it).
    #[inline(always)]
    pub(crate) fn item_end(&mut self) -> Option<()> {
        match self.rest.split_first() {
            Some((b' ', rest)) => {
                self.rest = rest;
                Some(())
            }
            Some(_) => None,
            None => Some(()),
        }
    }

    /// Step over blanks and return how many there were.
    #[inline]
    pub(crate) fn skip_blanks(&mut self) -> usize {
        let before = self.rest.len();
        while let Some((b' ', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        before - self.rest.len()
    }

    /// Read a decimal number of one to `max_digits` digits that is at most `max`.
    #[inline(always)]
    pub(crate) fn number(&mut self, max_digits: usize, max: u64) -> Option<u64> {
        let Some(eight) = self.rest.first_chunk() else { return self.number_at_end(max_digits, max) };
        let (value, digits) = eight_digits(*eight);
        if digits == 8 {
            return self.number_at_end(max_digits, max);
        }
        if digits == 0 || digits > max_digits || value > max {
            return None;
        }
        self.rest = self.rest.get(digits..)?;
        Some(value)
    }

    /// The same, digit by digit: for long numbers, and where the line ends.
    fn number_at_end(&mut self, max_digits: usize, max: u64) -> Option<u64> {
        let mut value = 0_u64;
        let mut digits = 0;
        let mut rest = self.rest;
        while let Some((&byte, after)) = rest.split_first() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            digits += 1;
            if digits > max_digits {
                return None;
            }
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            rest = after;
        }
        if digits == 0 || value > max {
            return None;
        }
        self.rest = rest;
        Some(value)
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self) -> Option<u8> {
        let Some(four) = self.rest.first_chunk() else { return self.number_at_end(3, 0xff).map(|value| value as u8) };
        let (value, digits) = three_digits(*four);
        if digits == 0 || digits > 3 || value > 0xff {
            return None;
        }
        self.rest = self.rest.get(digits..)?;
        Some(value as u8)
    }

    #[inline(always)]
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.number(5, 0xffff).map(|value| value as u16)
    }

    #[inline(always)]
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.number(10, 0xffff_ffff).map(|value| value as u32)
    }

    /// Read one to `max_digits` (at most 8) hexadecimal digits of either case.
    #[inline]
    pub(crate) fn hex(&mut self, max_digits: usize) -> Option<u32> {
        let mut value = 0_u32;
        let mut digits = 0;
        let mut rest = self.rest;
        while let Some((&byte, after)) = rest.split_first() {
            let Some(digit) = hex_digit(byte) else { break };
            digits += 1;
            if digits > max_digits.min(8) {
                return None;
            }
            value = value << 4 | u32::from(digit);
            rest = after;
        }
        if digits == 0 {
            return None;
        }
        self.rest = rest;
        Some(value)
    }

    /// Read bytes as long as `wanted` says so.
    #[inline(always)]
    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().position(|&byte| !wanted(byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }
}

/// The number that `text` begins with, and how many digits it has; all eight bytes are looked at in one word, because numbers
/// of any length are met and a loop over their digits would be mispredicted for most of them.
///
/// The additions of neighbouring digits, pairs and fours are Daniel Lemire's, "Quickly parsing eight digits" (2018).
#[inline(always)]
const fn eight_digits(text: [u8; 8]) -> (u64, usize) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let digits = u64::from_le_bytes(text) ^ (EACH * b'0' as u64);
    // What is above nine gets its highest bit; a carry reaches only the bytes behind it.
    let others = (digits.wrapping_add(EACH * (0x7f - 9)) | digits) & (EACH * 0x80);
    let count = others.trailing_zeros() / 8;
    // Zeros in front do not change the number.
    let Some(padded) = digits.checked_shl(64 - 8 * count) else { return (0, 0) };
    let pairs = padded.wrapping_mul(1 + (10 << 8)) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(1 + (10_000 << 32)) >> 32, count as usize)
}

/// The number of at most three digits that `text` begins with, and how many it has: four when the number is too long.
#[inline(always)]
const fn three_digits(text: [u8; 4]) -> (u32, usize) {
    const EACH: u32 = 0x0101_0101;
    let digits = u32::from_le_bytes(text) ^ (EACH * b'0' as u32);
    let others = (digits.wrapping_add(EACH * (0x7f - 9)) | digits) & (EACH * 0x80);
    let count = others.trailing_zeros() / 8;
    let Some(padded) = digits.checked_shl(24 - 8 * if count > 3 { 3 } else { count }) else { return (0, 0) };
    ((padded & 0xff) * 100 + (padded >> 8 & 0xff) * 10 + (padded >> 16 & 0xff), count as usize)
}

/// The value of one hexadecimal digit.
#[inline]
pub(crate) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_leaves_the_cursor_where_it_was() {
        let mut cursor = Cursor::new(b"65536 x");
        assert_eq!(cursor.u16(), None);
        assert_eq!(cursor.hex(2), None);
        assert!(!cursor.eat(b"x"));
        assert_eq!(cursor.u32(), Some(65536));
        assert_eq!(cursor.skip_blanks(), 1);
        assert_eq!(cursor.take_while(|byte| byte != b' '), b"x");
        assert_eq!(cursor.item_end(), Some(()));
    }

    #[test]
    fn numbers_are_the_same_wherever_the_line_ends() {
        for number in [0_u64, 7, 10, 99, 255, 1_024, 65_535, 999_999, 9_999_999, 12_345_678, 4_294_967_295] {
            for end in ["", " ", "x", "/", ":", "\u{0}\u{ff}\u{80}", " WINDOW=1024 "] {
                let text = format!("{number}{end}");
                let mut cursor = Cursor::new(text.as_bytes());
                assert_eq!(cursor.number(10, u64::MAX), Some(number), "{text:?}");
                assert_eq!(cursor.rest(), end.as_bytes());
                assert_eq!(Cursor::new(text.as_bytes()).number(10, number.wrapping_sub(1)).is_none(), number > 0);
            }
        }
    }

    #[test]
    fn octets_are_the_same_wherever_the_line_ends() {
        for number in 0..1_100_u32 {
            for end in ["", ".", " ", ".1.2", "x\u{80}zz", " of 255"] {
                let text = format!("{number}{end}");
                let mut cursor = Cursor::new(text.as_bytes());
                assert_eq!(cursor.u8().map(u32::from), (number < 256).then_some(number), "{text:?}");
                assert_eq!(cursor.rest(), if number < 256 { end.as_bytes() } else { text.as_bytes() });
            }
        }
    }

    #[test]
    fn numbers_have_no_sign_and_a_ceiling() {
        for (text, expected) in [
            ("0", Some(0)),
            ("255", Some(255)),
            ("256", None),
            ("-1", None),
            ("", None),
            ("0001", None),
            ("0001 of 20", None),
            ("x of 20 ", None),
        ] {
            assert_eq!(Cursor::new(text.as_bytes()).u8(), expected, "{text}");
        }
    }
}
