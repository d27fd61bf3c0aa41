//! A small interpreter of classic BPF, for tests: what the kernel would do with a program.

use super::bpf::BpfInstruction;

/// The kernel's limit (`BPF_MAXINSNS`).
const MAX_INSTRUCTIONS: usize = 4096;

/// Run `program` over `packet`; returns the bytes to keep, 0 for none.
///
/// Like the kernel, a load beyond the packet's end drops it. Only what the predicate uses is understood.
///
/// # Errors
/// Says what the kernel's checker or this interpreter would refuse.
pub fn run(program: &[BpfInstruction], packet: &[u8]) -> Result<u32, String> {
    if program.len() > MAX_INSTRUCTIONS {
        return Err(format!("{} instructions are more than {MAX_INSTRUCTIONS}", program.len()));
    }
    let (mut a, mut x, mut next) = (0_u32, 0_u32, 0_usize);
    loop {
        let Some(&BpfInstruction { code, jt, jf, k }) = program.get(next) else {
            return Err(format!("control leaves the program at {next}"));
        };
        next += 1;
        let loaded = match code {
            0x20 => load(packet, k, 4),
            0x28 => load(packet, k, 2),
            0x30 | 0xb1 => load(packet, k, 1),
            0x48 => load(packet, x.wrapping_add(k), 2),
            0x50 => load(packet, x.wrapping_add(k), 1),
            _ => Some(0),
        };
        let Some(value) = loaded else { return Ok(0) };
        match code {
            0x20 | 0x28 | 0x30 | 0x48 | 0x50 => a = value,
            0xb1 => x = (value & 0xf) * 4,
            0x06 => return Ok(k),
            0x80 => a = u32::try_from(packet.len()).map_err(|error| error.to_string())?,
            0x04 => a = a.wrapping_add(k),
            0x0c => a = a.wrapping_add(x),
            0x54 => a &= k,
            0x74 => a >>= k,
            0x07 => x = a,
            0x87 => a = x,
            0x05 => next += k as usize,
            0x15 | 0x25 | 0x2d | 0x35 | 0x3d | 0x45 => {
                next += usize::from(if holds(code, a, x, k) { jt } else { jf });
            }
            _ => return Err(format!("unknown operation {code:#x} at {}", next - 1)),
        }
    }
}

fn holds(code: u16, a: u32, x: u32, k: u32) -> bool {
    match code {
        0x15 => a == k,
        0x25 => a > k,
        0x2d => a > x,
        0x35 => a >= k,
        0x3d => a >= x,
        _ => a & k != 0,
    }
}

fn load(packet: &[u8], at: u32, len: usize) -> Option<u32> {
    let at = at as usize;
    let bytes = packet.get(at..at.checked_add(len)?)?;
    Some(bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
}
