//! How input is damaged.

use crate::dice::Dice;

/// No input grows beyond this.
pub const MAX_BYTES: usize = 64 * 1024;

const ODD_BYTES: [u8; 12] = [0, 1, 2, 0x0f, 0x10, 0x20, 0x40, 0x45, 0x7f, 0x80, 0xfe, 0xff];
const ODD_WORDS: [u32; 14] =
    [0, 1, 4, 15, 16, 20, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_ffff];

/// Damage an input in one to eight places; `others` are inputs to take pieces of, `tokens` what the format likes to say.
pub fn damage(input: &mut Vec<u8>, others: &[Vec<u8>], tokens: &[&[u8]], dice: &mut Dice) {
    for _ in 0..=dice.below(8) {
        let at = dice.below(input.len() + 1);
        match dice.below(10) {
            0 => change(input, at, |byte| byte ^ 1 << (at % 8)),
            1 => {
                let byte = dice.pick(&ODD_BYTES).copied().unwrap_or_default();
                change(input, at, |_| byte);
            }
            2 => {
                let byte = dice.roll() as u8;
                change(input, at, |_| byte);
            }
            3 => put_word(input, at, dice),
            4 => {
                let end = (at + 1 + dice.below(64)).min(input.len());
                input.drain(at.min(end)..end);
            }
            5 => {
                let from = dice.below(input.len() + 1);
                let piece = piece_of(input, from, 1 + dice.below(128));
                insert(input, at, &piece);
            }
            6 => {
                let other = dice.pick(others).cloned().unwrap_or_default();
                let piece = piece_of(&other, dice.below(other.len() + 1), 1 + dice.below(512));
                insert(input, at, &piece);
            }
            7 => {
                let token = dice.pick(tokens).copied().unwrap_or_default();
                insert(input, at, token);
            }
            8 if dice.below(4) == 0 => input.truncate(at),
            _ => {
                let count = 1 + dice.below(4);
                change_some(input, at, count, dice);
            }
        }
    }
    input.truncate(MAX_BYTES);
}

fn change(input: &mut [u8], at: usize, to: impl Fn(u8) -> u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte = to(*byte);
    }
}

fn change_some(input: &mut [u8], at: usize, count: usize, dice: &mut Dice) {
    for byte in input.iter_mut().skip(at).take(count) {
        *byte = byte.wrapping_add(dice.below(35) as u8).wrapping_sub(17);
    }
}

/// Overwrite two or four bytes with a number that lengths stumble over, in either byte order.
fn put_word(input: &mut [u8], at: usize, dice: &mut Dice) {
    let word = dice.pick(&ODD_WORDS).copied().unwrap_or_default();
    let bytes: Vec<u8> = match dice.below(4) {
        0 => word.to_be_bytes().to_vec(),
        1 => word.to_le_bytes().to_vec(),
        2 => (word as u16).to_be_bytes().to_vec(),
        _ => (word as u16).to_le_bytes().to_vec(),
    };
    for (place, byte) in input.iter_mut().skip(at).zip(bytes) {
        *place = byte;
    }
}

fn piece_of(input: &[u8], from: usize, len: usize) -> Vec<u8> {
    input.get(from..(from + len).min(input.len())).unwrap_or_default().to_vec()
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let tail = input.split_off(at.min(input.len()));
    input.extend(piece);
    input.extend(tail);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_damages_alike_and_another_does_not() {
        let damaged = |seed| {
            let mut input = vec![7; 200];
            damage(&mut input, &[vec![9; 50]], &[b"PORT"], &mut Dice::new(seed));
            input
        };
        assert_eq!(damaged(1), damaged(1));
        assert_ne!(damaged(1), damaged(2));
        assert_ne!(damaged(1), vec![7; 200]);
    }

    #[test]
    fn no_input_grows_without_end() {
        let mut input = vec![7; MAX_BYTES];
        let mut dice = Dice::new(3);
        for _ in 0..200 {
            let others = vec![input.clone()];
            damage(&mut input, &others, &[b"EPRT"], &mut dice);
            assert!(input.len() <= MAX_BYTES);
        }
    }
}
