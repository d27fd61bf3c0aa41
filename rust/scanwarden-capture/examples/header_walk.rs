//! Walk over the record headers of a capture and print what that cost: the floor under any analysis of the file.
//!
//! `cargo run --release -p scanwarden-capture --example header_walk FILE [batches]` prints one line of JSON.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use scanwarden_capture::CaptureFile;

const PACKETS_PER_CALL: usize = 1 << 20;

fn main() -> ExitCode {
    match walk() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn walk() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: header_walk FILE [batches]")?;
    let is_batched = arguments.next().is_some_and(|word| word == "batches");
    let mut file = CaptureFile::open(Path::new(&path))?;
    let (mut time_ns, mut bytes) = (0_u64, 0_u64);
    loop {
        let chunk = if is_batched {
            file.read_batches(PACKETS_PER_CALL, |batch| {
                for packet in batch {
                    time_ns ^= packet.time_ns;
                    bytes += packet.bytes.len() as u64;
                }
            })?
        } else {
            file.read_packets(PACKETS_PER_CALL, |packet| {
                time_ns ^= packet.time_ns;
                bytes += packet.bytes.len() as u64;
            })?
        };
        if !chunk.has_more {
            break;
        }
    }
    black_box(time_ns);
    let cpu_s = cpu_seconds();
    let packets = file.packets();
    let peak_bytes = peak_resident_bytes()?;
    println!("{{\"packets\": {packets}, \"bytes\": {bytes}, \"cpu_s\": {cpu_s:.6}, \"peak_bytes\": {peak_bytes}}}");
    Ok(())
}

/// Return the most memory this process ever held, in bytes (`VmHWM` of proc(5)).
fn peak_resident_bytes() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Return the user and system time of this process, in seconds.
fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec that the kernel fills in; nothing else refers to it.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    let whole = Duration::from_secs(time.tv_sec.unsigned_abs());
    (whole + Duration::from_nanos(time.tv_nsec.unsigned_abs())).as_secs_f64()
}
