//! What the network layer hands to the transport layer.

use super::extension::is_extension;
use crate::address::Address;
use crate::packet::IpHeader;

/// IP protocol numbers that are told apart (IANA).
pub(crate) mod ip_protocol {
    pub(crate) const HOP_BY_HOP: u8 = 0;
    pub(crate) const ICMP: u8 = 1;
    pub(crate) const TCP: u8 = 6;
    pub(crate) const UDP: u8 = 17;
    pub(crate) const ROUTING: u8 = 43;
    pub(crate) const FRAGMENT: u8 = 44;
    pub(crate) const AUTHENTICATION: u8 = 51;
    pub(crate) const ICMPV6: u8 = 58;
    pub(crate) const DESTINATION_OPTIONS: u8 = 60;
    pub(crate) const SCTP: u8 = 132;
    pub(crate) const UDP_LITE: u8 = 136;
}

/// The version of the IP header, which decides what some protocol numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IpVersion {
    V4,
    V6,
}

/// An IP packet without its headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Datagram<'a> {
    pub(super) version: IpVersion,
    pub(super) source: Address,
    pub(super) destination: Address,
    pub(super) ip: IpHeader,
    /// Protocol number of the payload.
    pub(super) protocol: u8,
    /// Captured bytes behind the headers, without the link layer's padding.
    pub(super) payload: &'a [u8],
    /// Length of the payload in bytes, as the headers claim; at least `payload.len()`.
    pub(super) payload_len: u32,
    /// Set when the payload is only a part; then `protocol` may be an extension header's number.
    pub(super) fragment: Option<Fragment>,
}

impl Datagram<'_> {
    /// Say whether the payload is a transport header at once: no fragment, no header in between.
    #[inline(always)]
    pub(super) const fn is_plain(&self) -> bool {
        self.fragment.is_none() && !is_extension(self.version, self.protocol)
    }
}

/// Which part of a datagram a fragment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) id: u32,
    /// Where the part begins, in bytes; a multiple of eight, at most 65,528.
    pub(super) offset: u32,
    /// Whether parts behind this one follow.
    pub(super) more: bool,
}

impl Fragment {
    /// Read the two-octet field of an IPv4 header (RFC 791 3.1), `None` for a whole datagram.
    #[inline(always)]
    pub(super) const fn from_v4(field: u16, id: u16) -> Option<Self> {
        let (offset, more) = (field & 0x1fff, field & 0x2000 != 0);
        if offset == 0 && !more {
            return None;
        }
        Some(Self { id: id as u32, offset: offset as u32 * 8, more })
    }

    /// Read an IPv6 fragment header (RFC 8200 4.5), `None` for an atomic fragment (RFC 6946).
    #[inline(always)]
    pub(super) const fn from_v6(field: u16, id: u32) -> Option<Self> {
        let (offset, more) = (field & 0xfff8, field & 1 != 0);
        if offset == 0 && !more {
            return None;
        }
        Some(Self { id, offset: offset as u32, more })
    }
}
