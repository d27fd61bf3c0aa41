//! Setting up a packet socket, in the order that lets nothing unfiltered in.

use std::ffi::c_int;
use std::io;
use std::os::fd::OwnedFd;

use scanwarden_core::decode::LinkType;

use super::filter;
use super::frame::VLAN_TAG_BYTES;
use super::interface::Kind;
use super::ring::{self, Ring};
use super::system;

/// Make a packet socket that receives nothing yet: its protocol is 0 until it is bound.
pub(super) fn open(kind: Kind) -> io::Result<OwnedFd> {
    let mode = match kind.link {
        LinkType::Ethernet => libc::SOCK_RAW,
        // The kernel takes whatever link header there is off.
        _ => libc::SOCK_DGRAM,
    };
    system::socket(libc::AF_PACKET, mode)
}

/// Make any socket, to ask about interfaces with.
pub(super) fn open_for_questions() -> io::Result<OwnedFd> {
    system::socket(libc::AF_INET, libc::SOCK_DGRAM)
}

/// Attach filter and ring to an unbound socket.
pub(super) fn prepare(socket: &OwnedFd, kind: Kind, snap_len: u32, ring_bytes: usize) -> io::Result<Ring> {
    filter::attach(socket, kind, snap_len)?;
    let packet = libc::SOL_PACKET;
    system::set_option(socket, packet, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as c_int))?;
    // Room in front of each packet to put a VLAN tag back that the kernel took out.
    system::set_option(socket, packet, libc::PACKET_RESERVE, &c_int::from(VLAN_TAG_BYTES as u16))?;
    let request = ring::request(ring_bytes);
    system::set_option(socket, packet, libc::PACKET_RX_RING, &request)?;
    Ring::map(socket, &request)
}

/// Bind to an interface; from here on packets come. Needs no privilege, so that it can be done again later.
pub(super) fn start(socket: &OwnedFd, index: c_int, is_promiscuous: bool) -> io::Result<()> {
    if is_promiscuous {
        let mut membership = system::zeroed::<libc::packet_mreq>();
        membership.mr_ifindex = index;
        membership.mr_type = libc::PACKET_MR_PROMISC as u16;
        system::set_option(socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)?;
    }
    system::bind(socket, index)
}

/// Return the packets the kernel dropped for want of room since the last call.
pub(super) fn take_dropped(socket: &OwnedFd) -> io::Result<u32> {
    let statistics: libc::tpacket_stats_v3 = system::option(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS)?;
    Ok(statistics.tp_drops)
}

/// Return and clear the socket's pending error; 0 when there is none.
pub(super) fn take_error(socket: &OwnedFd) -> io::Result<c_int> {
    system::option(socket, libc::SOL_SOCKET, libc::SO_ERROR)
}
