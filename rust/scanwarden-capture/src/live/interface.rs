//! What the kernel says of an interface.

use std::ffi::{CStr, c_int};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use scanwarden_core::decode::LinkType;

use super::system::check;

/// `ARPHRD_LOOPBACK` (`linux/if_arp.h`).
const LOOPBACK: u16 = libc::ARPHRD_LOOPBACK;

/// What decides how to capture from an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// What its packets begin with, as we ask for them.
    pub(super) link: LinkType,
    /// Whether every packet passes it twice, going out and coming in.
    pub(super) is_loopback: bool,
}

impl Kind {
    /// Choose by hardware type: Ethernet and loopback give their link header, from anything else (tun, `WireGuard`,
    /// tunnels, PPP) the kernel is asked for bare IP packets.
    fn of_hardware(hardware: u16) -> Self {
        let link = match LinkType::from_arphrd(hardware) {
            Some(LinkType::Ethernet) => LinkType::Ethernet,
            _ => LinkType::Raw,
        };
        Self { link, is_loopback: hardware == LOOPBACK }
    }
}

/// Return an interface's index; `None` when there is none of that name.
pub(super) fn index(socket: &OwnedFd, name: &str) -> io::Result<Option<c_int>> {
    let Some(mut request) = request(name) else { return Ok(None) };
    match ioctl(socket, libc::SIOCGIFINDEX, &mut request) {
        // SAFETY: SIOCGIFINDEX has just filled in the index (netdevice(7)); every bit pattern is a c_int.
        Ok(()) => Ok(Some(unsafe { request.ifr_ifru.ifru_ifindex })),
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Return how to capture from an interface.
pub(super) fn kind(socket: &OwnedFd, name: &str) -> io::Result<Kind> {
    let Some(mut request) = request(name) else { return Err(io::Error::from_raw_os_error(libc::ENODEV)) };
    ioctl(socket, libc::SIOCGIFHWADDR, &mut request)?;
    // SAFETY: SIOCGIFHWADDR has just filled in a hardware address (netdevice(7)), whose family is a plain integer.
    let hardware = unsafe { request.ifr_ifru.ifru_hwaddr.sa_family };
    Ok(Kind::of_hardware(hardware))
}

/// Say whether the interface of this index is administratively up; false when there is none.
pub(super) fn is_up(socket: &OwnedFd, index: c_int) -> io::Result<bool> {
    let mut request = empty_request();
    request.ifr_ifru.ifru_ifindex = index;
    // SIOCGIFNAME fills in the name, with which SIOCGIFFLAGS asks in turn.
    let outcome =
        ioctl(socket, libc::SIOCGIFNAME, &mut request).and_then(|()| ioctl(socket, libc::SIOCGIFFLAGS, &mut request));
    match outcome {
        // SAFETY: SIOCGIFFLAGS has just filled in the flags (netdevice(7)); every bit pattern is a c_short.
        Ok(()) => Ok(c_int::from(unsafe { request.ifr_ifru.ifru_flags }) & libc::IFF_UP != 0),
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(false),
        Err(error) => Err(error),
    }
}

/// List the names of the interfaces there are, in the kernel's order.
pub fn interfaces() -> io::Result<Vec<String>> {
    // SAFETY: takes nothing; returns an array that must be given to if_freenameindex, or null.
    let list = unsafe { libc::if_nameindex() };
    if list.is_null() {
        return Err(io::Error::last_os_error());
    }
    let mut names = Vec::new();
    let mut entry = list;
    // SAFETY: the array ends with an entry whose name is null (if_nameindex(3)); before it each name is a C string, and
    // `entry` is moved past an entry only after that entry was not the last.
    unsafe {
        while !(*entry).if_name.is_null() {
            names.push(CStr::from_ptr((*entry).if_name).to_string_lossy().into_owned());
            entry = entry.add(1);
        }
        libc::if_freenameindex(list);
    }
    Ok(names)
}

/// Make an interface request; `None` when the name cannot be an interface's.
fn request(name: &str) -> Option<libc::ifreq> {
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.bytes().any(|byte| byte == 0) {
        return None;
    }
    let mut request = empty_request();
    for (slot, byte) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *slot = libc::c_char::from_ne_bytes([byte]);
    }
    Some(request)
}

fn empty_request() -> libc::ifreq {
    libc::ifreq {
        ifr_name: [0; libc::IFNAMSIZ],
        ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_slave: [0; libc::IFNAMSIZ] },
    }
}

fn ioctl(socket: &OwnedFd, number: libc::c_ulong, request: &mut libc::ifreq) -> io::Result<()> {
    // SAFETY: the requests used here read and write one `ifreq`, which `request` is.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), number as libc::Ioctl, &raw mut *request) })?;
    Ok(())
}
