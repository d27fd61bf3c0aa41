//! Live capture against the real kernel, each test in a network namespace of its own thread. Needs root; without it every
//! test says so and does nothing.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use std::fs::File;
use std::io::{self, Write};
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use scanwarden_capture::live::interfaces;
use scanwarden_capture::{CaptureError, LinkType, LiveCapture, LiveSettings, RawPacket};

const PATIENCE: Duration = Duration::from_secs(10);

/// Run `test` in a new network namespace, which ends with its thread; skip without the right to make one.
fn in_namespace(test: impl FnOnce() + Send + 'static) {
    let thread = thread::spawn(|| {
        // SAFETY: affects the calling thread only.
        if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
            eprintln!("skipped: cannot make a network namespace ({}); run as root", io::Error::last_os_error());
            return;
        }
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Run `ip` (iproute2) in this thread's namespace.
fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status().expect("iproute2 is installed");
    assert!(status.success(), "ip {arguments}: {status}");
}

fn veth_pair() {
    ip("link set lo up");
    add_veth_pair();
}

fn add_veth_pair() {
    ip("link add va type veth peer name vb");
    for end in ["va", "vb"] {
        // Without an IPv6 address of its own an end sends nothing by itself.
        ip(&format!("link set {end} addrgenmode none"));
        ip(&format!("link set {end} up"));
    }
}

fn open(names: &[&str]) -> LiveCapture {
    let interfaces = names.iter().map(|name| (*name).to_owned()).collect();
    LiveCapture::open(&LiveSettings { interfaces, ..LiveSettings::default() }).unwrap()
}

/// Wait until the capture's descriptor is readable, at most `timeout`.
fn wait_for_wakeup(capture: &LiveCapture, timeout: Duration) -> bool {
    let mut poll = libc::pollfd { fd: capture.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one valid pollfd.
    let count = unsafe { libc::poll(&raw mut poll, 1, timeout.as_millis() as i32) };
    count > 0
}

/// Dispatch until `is_done`, waiting on the descriptor only; false when patience ends.
fn dispatch_until(
    capture: &mut LiveCapture,
    mut visit: impl FnMut(u64, LinkType, &[u8], u32),
    mut is_done: impl FnMut(&mut LiveCapture) -> bool,
) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if is_done(capture) {
            return true;
        }
        wait_for_wakeup(capture, Duration::from_millis(50));
        capture
            .dispatch(4_096, |packet| visit(packet.time_ns, packet.link, packet.bytes, packet.original_len))
            .unwrap();
    }
    false
}

/// Dispatch until `count` SYNs came; their frames, or fewer when patience ends.
fn receive_syns(capture: &mut LiveCapture, count: usize) -> Vec<(Vec<u8>, u32)> {
    let mut frames = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while frames.len() < count && Instant::now() < deadline {
        wait_for_wakeup(capture, Duration::from_millis(50));
        let visit = |packet: RawPacket<'_>| {
            frames.extend(is_syn(packet.bytes).then(|| (packet.bytes.to_vec(), packet.original_len)));
        };
        capture.dispatch(4_096, visit).unwrap();
    }
    frames
}

fn receive_numbers(capture: &mut LiveCapture, count: usize) -> Vec<u32> {
    receive_syns(capture, count).iter().map(|(frame, _)| number_of(frame)).collect()
}

/// Put frames on an interface.
fn send_frames(interface: &str, frames: &[Vec<u8>]) {
    // SAFETY: integers only.
    let socket = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
    assert!(socket >= 0, "{}", io::Error::last_os_error());
    let name = std::ffi::CString::new(interface).unwrap();
    // SAFETY: all zeros are a valid address.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    // SAFETY: a C string.
    address.sll_ifindex = unsafe { libc::if_nametoindex(name.as_ptr()) }.cast_signed();
    for frame in frames {
        // SAFETY: the buffer and the address are valid for the lengths given.
        let sent = unsafe {
            let len = size_of::<libc::sockaddr_ll>() as u32;
            libc::sendto(socket, frame.as_ptr().cast(), frame.len(), 0, (&raw const address).cast(), len)
        };
        assert_eq!(sent, frame.len().cast_signed(), "{}", io::Error::last_os_error());
    }
    // SAFETY: ours, and not used again.
    unsafe { libc::close(socket) };
}

/// An Ethernet frame with a TCP SYN from 192.0.2.1 to 192.0.2.2, its sequence number `number`, padded to `len` bytes.
fn syn(number: u32, tags: &[[u8; 4]], len: usize) -> Vec<u8> {
    segment(number, 0x02, tags, len)
}

fn segment(number: u32, flags: u8, tags: &[[u8; 4]], len: usize) -> Vec<u8> {
    let mut frame = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1];
    frame.extend(tags.iter().flatten());
    frame.extend([0x08, 0x00]);
    frame.extend([0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    frame.extend([0x30, 0x39, 0, 80]);
    frame.extend(number.to_be_bytes());
    frame.extend([0, 0, 0, 0, 0x50, flags, 4, 0, 0, 0, 0, 0]);
    frame.resize(frame.len().max(len), 0);
    frame
}

/// The sequence number that `syn` wrote, some tags aside.
fn number_of(frame: &[u8]) -> u32 {
    let ip = frame.windows(2).position(|pair| pair == [0x45, 0]).unwrap();
    u32::from_be_bytes(frame[ip + 24..ip + 28].try_into().unwrap())
}

fn is_syn(frame: &[u8]) -> bool {
    frame.starts_with(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1])
}

#[test]
fn on_loopback_every_datagram_is_received_once_or_counted_as_dropped() {
    in_namespace(|| {
        ip("link set lo up");
        let mut capture = open(&["lo"]);
        let target = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let target = target.local_addr().unwrap();
        let mut received = 0_u64;
        let mut times = Vec::new();
        for number in 0..10_000_u32 {
            sender.send_to(&number.to_be_bytes(), target).unwrap();
        }
        let is_complete = dispatch_until(
            &mut capture,
            |time_ns, link, bytes, original_len| {
                assert_eq!((link, original_len, bytes.len()), (LinkType::Ethernet, 46, 46));
                received += 1;
                times.push(time_ns);
            },
            |capture| {
                let statistics = capture.statistics().unwrap();
                statistics.received + statistics.dropped >= 10_000
            },
        );
        assert!(is_complete, "only {received} of 10,000 came");
        let statistics = capture.statistics().unwrap();
        assert_eq!(statistics.received, received);
        assert_eq!(statistics.received + statistics.dropped, 10_000);
        assert!(received > 1_000, "nearly everything was dropped: {statistics:?}");
        assert!(times.is_sorted());
        let now_ns = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        assert!(times.iter().all(|time_ns| now_ns.abs_diff(*time_ns) < 60_000_000_000));
    });
}

#[test]
fn a_full_ring_drops_and_counts_what_it_drops() {
    in_namespace(|| {
        veth_pair();
        let interfaces = vec!["vb".to_owned()];
        let mut capture =
            LiveCapture::open(&LiveSettings { interfaces, ring_bytes: 0, ..LiveSettings::default() }).unwrap();
        let frames: Vec<_> = (0..5_000).map(|number| syn(number, &[], 60)).collect();
        send_frames("va", &frames);
        let mut numbers = Vec::new();
        let is_complete = dispatch_until(
            &mut capture,
            |_, _, bytes, _| numbers.extend(is_syn(bytes).then(|| number_of(bytes))),
            |capture| {
                let statistics = capture.statistics().unwrap();
                statistics.received + statistics.dropped >= 5_000
            },
        );
        let statistics = capture.statistics().unwrap();
        assert!(is_complete, "{statistics:?}");
        assert!(statistics.dropped > 0, "256 KiB cannot hold 5,000 packets: {statistics:?}");
        assert!(numbers.is_sorted() && numbers.first() == Some(&0));
    });
}

#[test]
fn packets_are_cut_to_the_snap_length_and_keep_their_own() {
    in_namespace(|| {
        veth_pair();
        let mut capture = open(&["vb"]);
        send_frames("va", &[syn(1, &[], 1_000)]);
        let frames = receive_syns(&mut capture, 1);
        let lengths: Vec<_> = frames.iter().map(|(bytes, original_len)| (bytes.len(), *original_len)).collect();
        assert_eq!(lengths, [(256, 1_000)]);
    });
}

#[test]
fn vlan_tags_are_seen_as_they_were_on_the_wire() {
    in_namespace(|| {
        veth_pair();
        let mut capture = open(&["vb"]);
        let (outer, inner) = ([0x88, 0xa8, 0, 7], [0x81, 0x00, 0x20, 9]);
        let sent = vec![syn(1, &[inner], 0), syn(2, &[outer, inner], 0), syn(3, &[], 0)];
        send_frames("va", &sent);
        let (seen, lengths): (Vec<_>, Vec<_>) = receive_syns(&mut capture, 3).into_iter().unzip();
        assert!(lengths.iter().eq([58, 62, 54].iter()), "{lengths:?}");
        assert_eq!(seen, sent);
    });
}

#[test]
fn established_traffic_never_reaches_the_ring() {
    in_namespace(|| {
        veth_pair();
        let mut capture = open(&["vb"]);
        let established: Vec<_> = (0..500).map(|number| segment(number, 0x10, &[], 1_000)).collect();
        send_frames("va", &established);
        send_frames("va", &[segment(600, 0x14, &[], 0), segment(601, 0x11, &[], 0), syn(602, &[], 0)]);
        assert_eq!(receive_numbers(&mut capture, 3), [600, 601, 602]);
        let statistics = capture.statistics().unwrap();
        assert_eq!((statistics.received, statistics.dropped), (3, 0));
    });
}

#[test]
fn our_own_replies_are_seen_too() {
    in_namespace(|| {
        veth_pair();
        let mut capture = open(&["va"]);
        send_frames("va", &[syn(7, &[], 0)]);
        assert_eq!(receive_numbers(&mut capture, 1), [7]);
    });
}

#[test]
fn packets_of_several_interfaces_come_in_time_order() {
    in_namespace(|| {
        veth_pair();
        let mut capture = open(&["va", "vb"]);
        let frames: Vec<_> = (0..200).map(|number| syn(number, &[], 0)).collect();
        send_frames("va", &frames);
        // The order is promised for what the kernel has handed over: 4 ms after a block's first packet.
        thread::sleep(Duration::from_millis(100));
        let mut times = Vec::new();
        capture.dispatch(1_000, |packet| times.push(packet.time_ns)).unwrap();
        assert!(times.len() >= 400, "each frame passes both ends: {}", times.len());
        assert!(times.is_sorted());
    });
}

#[test]
fn dispatch_keeps_to_its_bound_and_stays_readable() {
    in_namespace(|| {
        veth_pair();
        let mut capture = open(&["vb"]);
        let frames: Vec<_> = (0..100).map(|number| syn(number, &[], 0)).collect();
        send_frames("va", &frames);
        let mut numbers = Vec::new();
        while numbers.len() < 100 {
            assert!(wait_for_wakeup(&capture, PATIENCE));
            let count = capture.dispatch(7, |packet| numbers.push(number_of(packet.bytes))).unwrap();
            assert!(count <= 7);
        }
        assert!(numbers.iter().copied().eq(0..100), "{numbers:?}");
        assert!(!wait_for_wakeup(&capture, Duration::ZERO), "nothing waits any more");
    });
}

#[test]
fn an_interface_that_goes_down_is_counted_and_comes_back() {
    in_namespace(|| {
        veth_pair();
        let mut capture = open(&["vb"]);
        assert_eq!(capture.statistics().unwrap().interfaces_down, 0);
        ip("link set vb down");
        assert!(dispatch_until(
            &mut capture,
            |_, _, _, _| {},
            |capture| {
                let statistics = capture.statistics().unwrap();
                (statistics.interfaces_down, statistics.outages) == (1, 1)
            }
        ));
        ip("link set vb up");
        assert!(dispatch_until(
            &mut capture,
            |_, _, _, _| {},
            |capture| { capture.statistics().unwrap().interfaces_down == 0 }
        ));
        send_frames("va", &[syn(5, &[], 0)]);
        assert_eq!(receive_numbers(&mut capture, 1), [5]);
        assert_eq!(capture.statistics().unwrap().outages, 1);
    });
}

#[test]
fn an_interface_that_is_removed_and_made_again_is_taken_up_again() {
    in_namespace(|| {
        veth_pair();
        let interfaces = vec!["lo".to_owned(), "vb".to_owned()];
        let settings = LiveSettings { interfaces, is_promiscuous: true, ..LiveSettings::default() };
        let mut capture = LiveCapture::open(&settings).unwrap();
        send_frames("va", &[syn(1, &[], 0)]);
        ip("link del va");
        let mut numbers = Vec::new();
        assert!(dispatch_until(
            &mut capture,
            |_, _, bytes, _| numbers.extend(is_syn(bytes).then(|| number_of(bytes))),
            |capture| capture.statistics().unwrap().interfaces_down == 1,
        ));
        add_veth_pair();
        assert!(dispatch_until(
            &mut capture,
            |_, _, bytes, _| numbers.extend(is_syn(bytes).then(|| number_of(bytes))),
            |capture| capture.statistics().unwrap().interfaces_down == 0,
        ));
        send_frames("va", &[syn(2, &[], 0)]);
        numbers.extend(receive_numbers(&mut capture, 1));
        assert_eq!(numbers, [1, 2]);
        let statistics = capture.statistics().unwrap();
        assert_eq!((statistics.outages, statistics.interfaces[1].outages), (1, 1));
        assert_eq!(statistics.interfaces[1].last_error, None);
    });
}

#[test]
fn an_interface_without_link_headers_gives_bare_ip_packets() {
    in_namespace(|| {
        let Some(mut tun) = make_tun("tun0") else {
            eprintln!("skipped: no tun device can be made here");
            return;
        };
        ip("link set tun0 addrgenmode none");
        ip("link set tun0 up");
        let mut capture = open(&["tun0"]);
        let sent = &syn(1, &[], 0)[14..];
        tun.write_all(sent).unwrap();
        let mut seen = Vec::new();
        dispatch_until(
            &mut capture,
            |_, link, bytes, original_len| seen.push((link, bytes.to_vec(), original_len)),
            |capture| capture.statistics().unwrap().received >= 1,
        );
        assert_eq!(seen, [(LinkType::Raw, sent.to_vec(), 40)]);
    });
}

/// Make a tun device whose packets come from the file returned; `None` where that is not possible.
fn make_tun(name: &str) -> Option<File> {
    let file = File::options().read(true).write(true).open("/dev/net/tun").ok()?;
    // SAFETY: all zeros are a valid request.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (slot, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *slot = libc::c_char::from_ne_bytes([byte]);
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as i16;
    // SAFETY: TUNSETIFF reads and writes one `ifreq`.
    let status = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    (status == 0).then_some(file)
}

#[test]
fn an_unknown_interface_is_named_with_those_there_are() {
    in_namespace(|| {
        veth_pair();
        assert_eq!(interfaces().unwrap(), ["lo", "vb", "va"].map(str::to_owned));
        for name in ["eth9", "", "a-name-that-is-much-too-long", "sl/ash"] {
            let settings = LiveSettings { interfaces: vec![name.to_owned()], ..LiveSettings::default() };
            let error = LiveCapture::open(&settings).err().unwrap();
            assert!(matches!(error, CaptureError::NoSuchInterface { .. }), "{error}");
            assert!(error.to_string().ends_with("lo, vb, va"), "{error}");
        }
        let error = LiveCapture::open(&LiveSettings::default()).err().unwrap();
        assert!(matches!(error, CaptureError::NoInterfaceGiven { .. }), "{error}");
    });
}

#[test]
fn without_the_right_to_capture_the_message_says_what_is_missing() {
    in_namespace(|| {
        ip("link set lo up");
        // SAFETY: plain integers; changes the credentials of this thread only, as the system call does.
        let status = unsafe { libc::syscall(libc::SYS_setresuid, 65_534, 65_534, 65_534) };
        assert_eq!(status, 0);
        let settings = LiveSettings { interfaces: vec!["lo".to_owned()], ..LiveSettings::default() };
        let error = LiveCapture::open(&settings).err().unwrap();
        assert_eq!(
            error.to_string(),
            "lo: not permitted to capture; that needs the CAP_NET_RAW capability, run as root"
        );
    });
}
