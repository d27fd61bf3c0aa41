//! Addresses as plain numbers, so that they hash, mask and compare without branches on the family.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 or IPv6 address; IPv4 is held as `::ffff:a.b.c.d` (RFC 4291 2.5.5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Address(pub u128);

const V4_PREFIX: u128 = 0xffff_0000_0000;

impl Address {
    /// The all-zero address, used where a packet has none.
    pub const UNSPECIFIED: Self = Self(0);

    /// Build from the four octets of an IPv4 header, as a big-endian number.
    #[inline]
    pub const fn from_v4(octets: u32) -> Self {
        Self(V4_PREFIX | octets as u128)
    }

    /// Build from the sixteen octets of an IPv6 header, as a big-endian number.
    #[inline]
    pub const fn from_v6(octets: u128) -> Self {
        Self(octets)
    }

    /// Return the 32-bit IPv4 address, if this is one.
    #[inline]
    pub const fn as_v4(self) -> Option<u32> {
        if self.is_v4() { Some(self.0 as u32) } else { None }
    }

    /// Say whether this is an IPv4 address.
    #[inline]
    pub const fn is_v4(self) -> bool {
        self.0 >> 32 == V4_PREFIX >> 32
    }

    /// Clear every bit after the first `bits` bits of the family's own prefix length (0–32 or 0–128).
    #[inline]
    #[must_use]
    pub const fn masked(self, bits: u8) -> Self {
        let bits = if self.is_v4() { bits as u32 + 96 } else { bits as u32 };
        if bits >= 128 {
            self
        } else if bits == 0 {
            Self(0)
        } else {
            Self(self.0 & (u128::MAX << (128 - bits)))
        }
    }

    /// Say whether this is an IPv4 or IPv6 multicast address (RFC 1112, RFC 4291), or 255.255.255.255.
    #[inline]
    pub const fn is_multicast_or_broadcast(self) -> bool {
        match self.as_v4() {
            Some(v4) => v4 >> 28 == 0xe || v4 == u32::MAX,
            None => self.0 >> 120 == 0xff,
        }
    }

    /// Convert to the standard library's type, for printing and parsing.
    pub const fn to_ip(self) -> IpAddr {
        match self.as_v4() {
            Some(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4)),
            None => IpAddr::V6(Ipv6Addr::from_bits(self.0)),
        }
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(v4) => Self::from_v4(v4.to_bits()),
            IpAddr::V6(v6) => Self::from_v6(v6.to_bits()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_ip().fmt(formatter)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_keeps_the_first_bits_of_its_family() {
        let v4: Address = "192.0.2.77".parse::<IpAddr>().map(Into::into).unwrap_or_default();
        assert_eq!(v4.masked(24).to_string(), "192.0.2.0");
        assert_eq!(v4.masked(32), v4);
        let v6: Address = "2001:db8:1:2:3::4".parse::<IpAddr>().map(Into::into).unwrap_or_default();
        assert_eq!(v6.masked(64).to_string(), "2001:db8:1:2::");
        assert_eq!(v6.masked(128), v6);
    }

    #[test]
    fn multicast_and_broadcast_are_no_hosts() {
        for (text, expected) in [
            ("224.0.0.251", true),
            ("255.255.255.255", true),
            ("ff02::1", true),
            ("10.0.0.255", false),
            ("fe80::1", false),
        ] {
            let address: Address = text.parse::<IpAddr>().map(Into::into).unwrap_or_default();
            assert_eq!(address.is_multicast_or_broadcast(), expected, "{text}");
        }
    }
}
