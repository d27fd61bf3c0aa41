//! Numbers as text: large scans' records hold tens of thousands, for which the standard library's way is slow.

/// The last two digits of a number, as ASCII.
#[inline]
pub(crate) fn two_digits(number: u64) -> [u8; 2] {
    PAIRS.get((number % 100) as usize).copied().unwrap_or_default()
}

#[expect(clippy::indexing_slicing, reason = "in a constant: an index out of bounds would not compile")]
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < pairs.len() {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_digits_are_written() {
        for (number, text) in [(0, *b"00"), (7, *b"07"), (42, *b"42"), (65_599, *b"99")] {
            assert_eq!(two_digits(number), text);
        }
    }
}
