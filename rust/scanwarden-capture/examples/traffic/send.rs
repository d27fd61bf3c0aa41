//! Packets on an interface, as fast as a packet socket takes them.

use crate::dice::Dice;
use crate::frame::{ACK, CRAFTED_SYN, End, Frame, LINUX_LATER, SYN, Segment};
use crate::kinds::{HOME, flood_address};
use std::error::Error;
use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

const BATCH: usize = 64;
const SEED: u64 = 7;

/// What to send.
pub(crate) struct Order<'a> {
    pub(crate) interface: &'a str,
    pub(crate) mac: [u8; 6],
    pub(crate) packets: u64,
    /// Zero: as fast as it goes.
    pub(crate) packets_per_second: u64,
    pub(crate) candidate_percent: u32,
}

/// Read six bytes with colons between them.
pub(crate) fn parse_mac(text: &str) -> Result<[u8; 6], Box<dyn Error>> {
    let bytes: Result<Vec<u8>, _> = text.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect();
    bytes?.try_into().map_err(|_| format!("{text}: not a hardware address").into())
}

/// Send it all; returns as JSON what was sent.
pub(crate) fn send(order: &Order<'_>) -> Result<String, Box<dyn Error>> {
    let socket = open(order.interface)?;
    let mut frame = Frame::new(order.mac, [2, 0, 0, 0, 0, 2]);
    let mut dice = Dice::new(SEED);
    let (mut sent, mut candidates) = (0, 0);
    let mut batch: Vec<Vec<u8>> = Vec::with_capacity(BATCH);
    let start = Instant::now();
    while sent < order.packets {
        batch.clear();
        while batch.len() < BATCH.min((order.packets - sent) as usize) {
            let is_candidate = dice.below(100) < order.candidate_percent;
            candidates += u64::from(is_candidate);
            make(&mut frame, is_candidate, &mut dice);
            batch.push(frame.bytes().to_vec());
        }
        send_batch(&socket, &mut batch)?;
        sent += batch.len() as u64;
        pace(start, sent, order.packets_per_second);
    }
    let wall_s = start.elapsed().as_secs_f64();
    Ok(format!("{{\"sent\": {sent}, \"candidates\": {candidates}, \"wall_s\": {wall_s:.6}}}"))
}

/// A SYN from a random source, or a segment of an established connection.
fn make(frame: &mut Frame, is_candidate: bool, dice: &mut Dice) {
    let from = End { address: flood_address(dice.roll() as u32), port: dice.roll() as u16 | 1024 };
    let to = End { address: HOME + 10, port: 443 };
    let sequence = dice.roll() as u32;
    let segment = if is_candidate {
        Segment { options: &CRAFTED_SYN, ..Segment::bare(SYN, sequence) }
    } else {
        Segment { acknowledgement: sequence, options: &LINUX_LATER, ..Segment::bare(ACK, sequence) }
    };
    frame.tcp(from, to, &segment);
}

fn pace(start: Instant, sent: u64, packets_per_second: u64) {
    if packets_per_second == 0 {
        return;
    }
    let due = Duration::from_nanos(sent.saturating_mul(1_000_000_000) / packets_per_second);
    if let Some(early) = due.checked_sub(start.elapsed()) {
        std::thread::sleep(early);
    }
}

/// Open a packet socket on an interface that bypasses its queue.
fn open(interface: &str) -> Result<OwnedFd, Box<dyn Error>> {
    let name = CString::new(interface)?;
    // SAFETY: `name` is a C string that lives through the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        return Err(format!("{interface}: {}", io::Error::last_os_error()).into());
    }
    // SAFETY: no pointers are passed.
    let descriptor = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    check(descriptor)?;
    // SAFETY: the descriptor was just opened and nobody else owns it.
    let socket = unsafe { OwnedFd::from_raw_fd(descriptor) };
    // SAFETY: all zeros are a valid sockaddr_ll.
    let mut address: libc::sockaddr_ll = unsafe { MaybeUninit::zeroed().assume_init() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_ifindex = index.cast_signed();
    // SAFETY: the pointer and the length describe `address`, which lives through the call.
    check(unsafe { libc::bind(descriptor, (&raw const address).cast(), size_of_val(&address) as u32) })?;
    let bypass: libc::c_int = 1;
    let option = libc::PACKET_QDISC_BYPASS;
    // SAFETY: the pointer and the length describe `bypass`, which lives through the call.
    check(unsafe {
        libc::setsockopt(descriptor, libc::SOL_PACKET, option, (&raw const bypass).cast(), size_of_val(&bypass) as u32)
    })?;
    Ok(socket)
}

/// Send every frame of a batch; a full queue is tried again.
fn send_batch(socket: &OwnedFd, batch: &mut [Vec<u8>]) -> io::Result<()> {
    let mut pieces: Vec<libc::iovec> = batch
        .iter_mut()
        .map(|frame| libc::iovec { iov_base: frame.as_mut_ptr().cast(), iov_len: frame.len() })
        .collect();
    let mut messages: Vec<libc::mmsghdr> = pieces
        .iter_mut()
        .map(|piece| {
            // SAFETY: all zeros are a valid mmsghdr: no name, no control data.
            let mut message: libc::mmsghdr = unsafe { MaybeUninit::zeroed().assume_init() };
            message.msg_hdr.msg_iov = piece;
            message.msg_hdr.msg_iovlen = 1;
            message
        })
        .collect();
    let mut done = 0;
    while let Some(left) = messages.get_mut(done..).filter(|left| !left.is_empty()) {
        // SAFETY: the messages, their pieces and the frames these point at live through the call and do not move.
        let count = unsafe { libc::sendmmsg(socket.as_raw_fd(), left.as_mut_ptr(), left.len() as u32, 0) };
        match check(count) {
            Ok(count) => done += count.unsigned_abs() as usize,
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOBUFS | libc::EAGAIN | libc::EINTR)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn check(returned: libc::c_int) -> io::Result<libc::c_int> {
    if returned < 0 { Err(io::Error::last_os_error()) } else { Ok(returned) }
}
