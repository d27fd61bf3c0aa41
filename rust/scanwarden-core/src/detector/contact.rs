//! What a probe is, once the packet around it is forgotten: a class, a target, a port.

use serde::Serialize;

/// How a probe was made, as far as one packet shows it. Retries of one class on one target port are one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ProbeClass {
    Syn,
    Fin,
    Null,
    Xmas,
    Maimon,
    Ack,
    Rst,
    SynFin,
    Flags,
    Udp,
    SctpInit,
    SctpCookieEcho,
    IpProtocol,
    IcmpEcho,
    IcmpTimestamp,
    IcmpAddressMask,
    Arp,
    FtpBounce,
    Idle,
}

/// The protocol family a target port belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum PortSpace {
    Tcp,
    Udp,
    Sctp,
    IpProtocol,
    Icmp,
    Arp,
}

impl ProbeClass {
    /// Name the space the class's port number lives in.
    pub(crate) const fn space(self) -> PortSpace {
        match self {
            Self::Udp => PortSpace::Udp,
            Self::SctpInit | Self::SctpCookieEcho => PortSpace::Sctp,
            Self::IpProtocol => PortSpace::IpProtocol,
            Self::IcmpEcho | Self::IcmpTimestamp | Self::IcmpAddressMask => PortSpace::Icmp,
            Self::Arp => PortSpace::Arp,
            _ => PortSpace::Tcp,
        }
    }
}

impl PortSpace {
    /// The key used in records.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
            Self::IpProtocol => "ip_protocol",
            Self::Icmp => "icmp",
            Self::Arp => "arp",
        }
    }
}

/// What the source learnt from one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Not decided yet.
    Pending,
    /// The port answered as an open one.
    Open,
    /// The port answered as a closed one.
    Closed,
    /// No answer, or an ICMP error that a filter sends.
    Filtered,
    /// Nothing can be said.
    Unknown,
}

/// The technique names of the record, in the order of the reference page.
pub(crate) const TECHNIQUES: [&str; 20] = [
    "tcp_syn",
    "tcp_connect",
    "tcp_fin",
    "tcp_null",
    "tcp_xmas",
    "tcp_maimon",
    "tcp_ack",
    "tcp_rst",
    "tcp_synfin",
    "tcp_flags",
    "udp",
    "sctp_init",
    "sctp_cookie_echo",
    "ip_protocol",
    "icmp_echo",
    "icmp_timestamp",
    "icmp_address_mask",
    "arp",
    "ftp_bounce",
    "idle",
];

/// A set of techniques, one bit each in the order of [`TECHNIQUES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TechniqueSet(pub(crate) u32);

impl TechniqueSet {
    pub(crate) const SYN: Self = Self(1);
    pub(crate) const CONNECT: Self = Self(1 << 1);
    pub(crate) const FTP_BOUNCE: Self = Self(1 << 18);
    pub(crate) const IDLE: Self = Self(1 << 19);
    pub(crate) const RST: Self = Self(1 << 7);

    /// The technique a class shows by itself. A SYN alone may be either of two; see the technique of a source.
    pub(crate) const fn of(class: ProbeClass) -> Self {
        Self(match class {
            ProbeClass::Syn => 1,
            ProbeClass::Fin => 1 << 2,
            ProbeClass::Null => 1 << 3,
            ProbeClass::Xmas => 1 << 4,
            ProbeClass::Maimon => 1 << 5,
            ProbeClass::Ack => 1 << 6,
            ProbeClass::Rst => 1 << 7,
            ProbeClass::SynFin => 1 << 8,
            ProbeClass::Flags => 1 << 9,
            ProbeClass::Udp => 1 << 10,
            ProbeClass::SctpInit => 1 << 11,
            ProbeClass::SctpCookieEcho => 1 << 12,
            ProbeClass::IpProtocol => 1 << 13,
            ProbeClass::IcmpEcho => 1 << 14,
            ProbeClass::IcmpTimestamp => 1 << 15,
            ProbeClass::IcmpAddressMask => 1 << 16,
            ProbeClass::Arp => 1 << 17,
            ProbeClass::FtpBounce => 1 << 18,
            ProbeClass::Idle => 1 << 19,
        })
    }

    #[inline]
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline]
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        TECHNIQUES.iter().enumerate().filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| *name)
    }
}
