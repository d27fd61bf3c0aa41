//! Probes as rows: how archives and fleets keep them, and how scans are found in them.
//!
//! A [`Row`] is one contact with its outcome. [`archive`] finds scans of single sources in rows that are sorted by
//! [`order_of`] and time, one source after the other, so that memory does not grow with the archive; what no source
//! shows alone is summed up in [`sketch`]es, which merge, and judged by [`wide`].

pub mod archive;
pub mod fleet;
pub mod packed;
pub mod sketch;
pub mod wide;

use crate::address::Address;
use crate::detector::{Detector, class_name, class_of_flags, class_of_name, public_hash};
use crate::packet::{Nanoseconds, TcpFlags};

/// What the source learnt, as a number of the outcome column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum RowOutcome {
    /// Nothing is known.
    #[default]
    Unknown,
    /// The port is open and was used as such.
    Open,
    /// The port answered as closed.
    Closed,
    /// Nobody answered, or a firewall refused.
    Filtered,
    /// The port is open, and the source went away instead of completing the handshake.
    HalfOpen,
}

impl RowOutcome {
    /// Every outcome, by its number.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::Open, Self::Closed, Self::Filtered, Self::HalfOpen];

    /// Read the number of a column; anything else is unknown.
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Filtered => "filtered",
            Self::HalfOpen => "half_open",
        }
    }
}

/// How many probe classes there are.
pub const CLASSES: u8 = 19;

/// The classes of probes by the numbers of the class column.
pub fn class_names() -> Vec<&'static str> {
    (0..CLASSES).filter_map(class_name).collect()
}

/// One contact: who touched what, how, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// When, in nanoseconds since 1970.
    pub time_ns: Nanoseconds,
    /// The address the probe claims to come from.
    pub source: Address,
    /// The address it reached.
    pub target: Address,
    /// Number of the probe class; see [`class_names`].
    pub class: u8,
    /// What sets the probe apart within its class: 1 an empty echo, 2 a routing or tunnel protocol, 3 a traceroute, 4 a
    /// neighbour asked for now and then, 5 a trap, 6 a trap by a completed connection, 7 an unasked SYN-ACK, 8 the next
    /// port of a listed knock; else 0.
    pub detail: u8,
    /// Destination port, ICMP type or IP protocol.
    pub port: u16,
    /// Source port; 0 when not known.
    pub source_port: u16,
    /// What came of it.
    pub outcome: RowOutcome,
    /// What the packet showed of the program that made it; 0 when nothing is known.
    pub make: u16,
    /// Packets this row stands for.
    pub packets: u32,
}

impl Row {
    /// The number rows are sorted and divided by; see [`order_of`].
    pub fn order(&self) -> i64 {
        order_of(self.source, self.target)
    }

    /// The class of a packet by its IP protocol and, for TCP, flags; `None` for an answer, which is no probe.
    pub fn class_of_packet(protocol: u8, flags: u16) -> Option<u8> {
        match protocol {
            6 => class_of_flags(TcpFlags(flags)),
            17 | 136 => class_of_name("udp"),
            132 => class_of_name("sctp_init"),
            1 | 58 => None,
            _ => class_of_name("ip_protocol"),
        }
    }

    /// The class of an ICMP request by its type; `None` for anything else.
    pub fn class_of_icmp(kind: u8) -> Option<u8> {
        class_of_name(match kind {
            8 | 128 => "icmp_echo",
            13 => "icmp_timestamp",
            17 => "icmp_address_mask",
            _ => return None,
        })
    }
}

/// The prefix whose sources are kept together: /24, or /48.
pub fn network_of(source: Address) -> Address {
    source.masked(if source.is_v4() { 24 } else { 48 })
}

/// A number by which rows are sorted so that one source's rows, and those of its network, follow each other.
///
/// The high half is a hash of the source's /24 (IPv6: /48), the low half one of the key the detector remembers it
/// under. It is the same on every machine; two sources with one number are still told apart.
pub fn order_of(source: Address, target: Address) -> i64 {
    let network = network_of(source);
    let key = Detector::key_of(source, target);
    let high = public_hash(network.0 as u64, (network.0 >> 64) as u64) >> 32;
    let low = public_hash(key.0 as u64, (key.0 >> 64) as u64) & 0xffff_ffff;
    (high << 32 | low).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_a_network_share_the_high_half_only() {
        let target = Address::from_v4(0xc000_0201);
        let order = |v4| order_of(Address::from_v4(v4), target);
        assert_eq!(order(0xcb00_7105) >> 32, order(0xcb00_7106) >> 32);
        assert_ne!(order(0xcb00_7105), order(0xcb00_7106));
        assert_ne!(order(0xcb00_7105) >> 32, order(0xcb00_7205) >> 32);
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let order = |low: u128| order_of(Address(0x2001_0db8_u128 << 96 | low), Address(1));
        assert_eq!(order(1), order(2));
        assert_ne!(order(1), order(1 << 64));
    }

    #[test]
    fn every_class_has_a_name_and_a_number() {
        let names = class_names();
        assert_eq!(names.len(), usize::from(CLASSES));
        assert!(names.iter().zip(0..).all(|(name, number)| class_of_name(name) == Some(number)));
    }
}
