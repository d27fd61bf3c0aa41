//! Numbers as text: large scans' records hold tens of thousands, for which the standard library's way is slow.

/// The last two digits of a number, as ASCII.
#[inline]
pub(crate) fn two_digits(number: u64) -> [u8; 2] {
    PAIRS.get((number % 100) as usize).copied().unwrap_or_default()
}

/// A number in decimal: the first character is the lowest byte of the word, and how many there are.
#[inline]
pub(crate) fn decimal(number: u16) -> (u64, usize) {
    let number = u64::from(number);
    let pair = |number| u64::from(u16::from_le_bytes(two_digits(number)));
    let digits = (u64::from(b'0') + number / 10_000) | pair(number / 100) << 8 | pair(number) << 24;
    if number >= 10_000 {
        return (digits, 5);
    }
    let zeros = 1 + usize::from(number < 1000) + usize::from(number < 100) + usize::from(number < 10);
    (digits >> (zeros * 8), 5 - zeros)
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
    fn every_number_is_written_in_decimal() {
        for number in 0..=u16::MAX {
            let (word, len) = decimal(number);
            let text: Vec<u8> = word.to_le_bytes().into_iter().take(len).collect();
            assert_eq!(String::from_utf8(text).ok(), Some(number.to_string()));
        }
    }

    #[test]
    fn the_last_two_digits_are_written() {
        for (number, text) in [(0, *b"00"), (7, *b"07"), (42, *b"42"), (65_599, *b"99")] {
            assert_eq!(two_digits(number), text);
        }
    }
}
