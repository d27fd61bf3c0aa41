//! TCP options (RFC 9293 3.1, RFC 7323), in brief.

use crate::packet::TcpOptions;

const END_OF_LIST: u8 = 0;
const NO_OPERATION: u8 = 1;
const MAXIMUM_SEGMENT_SIZE: u8 = 2;
const WINDOW_SCALE: u8 = 3;
const TIMESTAMPS: u8 = 8;

/// Stands for options that were not captured, as for those that have no number of their own.
const OTHER: u64 = 15;

/// Read the options out of the first `len` of `bytes`; an option with an impossible length ends the list.
#[inline(always)]
pub(super) fn decode(bytes: &[u8], len: u8) -> TcpOptions {
    match len {
        0 => TcpOptions::default(),
        4 => decode_mss(bytes).unwrap_or_else(|| decode_any(bytes, len)),
        20 => decode_linux_syn(bytes).unwrap_or_else(|| decode_any(bytes, len)),
        _ => decode_any(bytes, len),
    }
}

/// Read what crafted SYNs carry, if anything: MSS alone.
#[inline(always)]
fn decode_mss(bytes: &[u8]) -> Option<TcpOptions> {
    match *bytes {
        [MAXIMUM_SEGMENT_SIZE, 4, high, low, ..] => {
            let mss = u16::from_be_bytes([high, low]);
            Some(TcpOptions { layout: 0x2, mss, len: 4, ..TcpOptions::default() })
        }
        _ => None,
    }
}

/// Read what Linux sends with a SYN in one step: MSS, SACK permitted, timestamps, NOP, window scale.
#[inline(always)]
fn decode_linux_syn(bytes: &[u8]) -> Option<TcpOptions> {
    let (header, _) = bytes.split_first_chunk::<20>()?;
    let [m0, m1, m2, m3, s0, s1, t0, t1, v0, v1, v2, v3, _, _, _, _, n0, w0, w1, w2] = *header;
    let is_linux = u32::from_be_bytes([m0, m1, m2, m3]) >> 16 == 0x0204
        && u32::from_be_bytes([s0, s1, t0, t1]) == 0x0402_080a
        && u32::from_be_bytes([n0, w0, w1, w2]) >> 8 == 0x01_0303;
    is_linux.then(|| TcpOptions {
        layout: 0x3_1842,
        mss: u16::from_be_bytes([m2, m3]),
        window_scale_plus_one: w2.saturating_add(1),
        timestamp: u32::from_be_bytes([v0, v1, v2, v3]),
        len: 20,
    })
}

#[inline(never)]
fn decode_any(bytes: &[u8], len: u8) -> TcpOptions {
    let mut options = TcpOptions { len, ..TcpOptions::default() };
    let mut rest = bytes.get(..usize::from(len)).unwrap_or(bytes);
    let mut shift = 0;
    while let [kind, behind_kind @ ..] = rest {
        if *kind == END_OF_LIST {
            break;
        }
        if *kind == NO_OPERATION {
            rest = behind_kind;
        } else {
            let Some((option, behind)) = split_option(rest) else { break };
            read_value(option, &mut options);
            rest = behind;
        }
        if shift < u64::BITS {
            options.layout |= u64::from(*kind).min(OTHER) << shift;
            shift += 4;
        }
    }
    if bytes.len() < usize::from(len) && shift < u64::BITS {
        options.layout |= OTHER << shift;
    }
    options
}

/// Split off the first option by its length octet, which counts the kind and itself.
#[inline(always)]
fn split_option(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match bytes {
        [_, len, ..] if *len >= 2 => bytes.split_at_checked(usize::from(*len)),
        _ => None,
    }
}

#[inline(always)]
fn read_value(option: &[u8], options: &mut TcpOptions) {
    match *option {
        [MAXIMUM_SEGMENT_SIZE, 4, high, low] => options.mss = u16::from_be_bytes([high, low]),
        [WINDOW_SCALE, 3, shift] => options.window_scale_plus_one = shift.saturating_add(1),
        [TIMESTAMPS, 10, v0, v1, v2, v3, ..] => options.timestamp = u32::from_be_bytes([v0, v1, v2, v3]),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(options, layout, MSS, window scale plus one, timestamp)`
    const CASES: &[(&[u8], u64, u16, u8, u32)] = &[
        (&[], 0, 0, 0, 0),
        (&[2, 4, 0x05, 0xb4], 0x2, 1460, 0, 0),
        (&[2, 4, 0x05, 0xb4, 1, 3, 3, 7], 0x312, 1460, 8, 0),
        (&[1, 1, 8, 10, 0, 0, 1, 2, 9, 9, 9, 9], 0x811, 0, 0, 0x102),
        (&[2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 10], 0x3_1842, 1460, 11, 0x0102_0304),
        // A kind above fourteen is written as fifteen: fast open (34), experimental (254).
        (&[34, 2, 254, 4, 0, 0, 1, 1], 0x11ff, 0, 0, 0),
        // The end of the list hides what follows.
        (&[1, 0, 2, 4, 5, 0xb4, 0, 0], 0x1, 0, 0, 0),
        // Lengths 0, 1 and beyond the end stop the reading.
        (&[1, 2, 0, 5, 0xb4, 1, 1, 1], 0x1, 0, 0, 0),
        (&[1, 2, 1, 5, 0xb4, 1, 1, 1], 0x1, 0, 0, 0),
        (&[1, 1, 2, 40], 0x11, 0, 0, 0),
        (&[1, 1, 1, 2], 0x111, 0, 0, 0),
        // A known kind of an unknown length keeps its place but gives no value.
        (&[2, 3, 7, 3, 4, 1, 1, 0], 0x32, 0, 0, 0),
        (&[3, 3, 255, 0], 0x3, 0, 255, 0),
    ];

    #[test]
    fn options_give_their_layout_and_values() {
        for (bytes, layout, mss, window_scale_plus_one, timestamp) in CASES.iter().copied() {
            let expected = TcpOptions { layout, mss, window_scale_plus_one, timestamp, len: bytes.len() as u8 };
            assert_eq!(decode(bytes, bytes.len() as u8), expected, "{bytes:?}");
        }
    }

    #[test]
    fn only_the_first_sixteen_kinds_are_written() {
        let mut bytes = [NO_OPERATION; 40];
        bytes.split_at_mut(36).1.copy_from_slice(&[2, 4, 2, 0x18]);
        let options = decode(&bytes, 40);
        assert_eq!(options.layout, 0x1111_1111_1111_1111);
        assert_eq!(options.mss, 536, "values behind the sixteenth kind still count");
    }

    #[test]
    fn bytes_behind_the_options_are_not_read() {
        assert_eq!(decode(&[1, 1, 1, 1, 2, 4, 5, 0xb4], 4).layout, 0x1111);
    }

    #[test]
    fn options_that_were_not_captured_are_known_to_be_there() {
        let options = decode(&[2, 4, 5, 0xb4, 1, 3], 8);
        assert_eq!((options.layout, options.len), (0xf12, 8));
        assert_eq!(decode(&[], 4).layout, 0xf);
    }
}
