//! One logged packet or flow, whatever wrote it: the type between the grammars and the evidence.

use crate::address::Address;
use crate::packet::{LinkCast, Nanoseconds, TcpFlags};

/// Who vouches for a record, from the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provenance {
    /// The kernel itself, through netlink (NFLOG).
    Nflog,
    /// journald, which says `_TRANSPORT=kernel`; no process can forge that.
    JournalKernel,
    /// A saved kernel ring buffer.
    Dmesg,
    /// A text file whose program field is `kernel`; a local user can write that too.
    TextKernel,
    /// pf's filterlog, through syslog.
    Filterlog,
    /// A `MikroTik` router, through syslog.
    Mikrotik,
    /// The Proxmox firewall's own log file.
    Proxmox,
    /// A flow log (Zeek, VPC, nfdump, Argus).
    Flow,
}

impl Provenance {
    /// The name used in records and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nflog => "nflog",
            Self::JournalKernel => "journal_kernel",
            Self::Dmesg => "dmesg",
            Self::TextKernel => "text_kernel",
            Self::Filterlog => "filterlog",
            Self::Mikrotik => "mikrotik",
            Self::Proxmox => "proxmox",
            Self::Flow => "flow",
        }
    }
}

/// What the writer says became of the packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing is said: a bare `-j LOG`.
    #[default]
    None,
    /// Dropped or rejected by the firewall.
    Refused,
    /// Answered with a reset by the target (flow logs).
    Closed,
    /// Accepted by the target, torn down by the source before the handshake was complete (flow logs).
    HalfOpen,
    /// Let through, or only audited.
    Allowed,
    /// The operator said to ignore lines like this, or the prefix contradicts itself.
    Ignored,
}

/// The direction of a packet, seen from the host that logged it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To this host.
    #[default]
    In,
    /// Through this host.
    Forward,
    /// From this host.
    Out,
}

/// What was touched, as far as the line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// TCP ports and what the header said.
    Tcp(TcpContact),
    /// UDP or UDP-Lite ports.
    Udp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        port: u16,
    },
    /// SCTP ports (pf and flow logs; the kernel writes no ports for SCTP).
    Sctp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        port: u16,
    },
    /// ICMP type and code.
    Icmp {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
    /// `ICMPv6` type and code.
    Icmpv6 {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
    /// An IP protocol without ports, by its IANA number, or one whose header was missing altogether.
    Protocol(u8),
    /// No transport header in the line: a later fragment, or a line cut short.
    Unknown,
}

/// The TCP part of a line; what the line left out is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpContact {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub port: u16,
    /// Flags; `None` when the line ends before them (no flag word in a complete line is a NULL probe: no flags set).
    pub flags: Option<TcpFlags>,
    /// Window as sent, unscaled.
    pub window: Option<u16>,
    /// Sequence number, when the rule logs it.
    pub sequence: Option<u32>,
    /// Acknowledgement number, when the rule logs it.
    pub acknowledgement: Option<u32>,
}

/// Up to forty bytes of TCP options, kept without allocation (RFC 9293 3.1: data offset is at most 15 words).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OptionBytes {
    len: u8,
    bytes: [u8; 40],
}

impl Default for OptionBytes {
    fn default() -> Self {
        Self { len: 0, bytes: [0; 40] }
    }
}

impl OptionBytes {
    /// Append one byte; `None` when forty are there.
    #[inline]
    pub fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(usize::from(self.len))? = byte;
        self.len += 1;
        Some(())
    }

    /// The bytes as logged.
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

impl std::fmt::Debug for OptionBytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_slice().fmt(formatter)
    }
}

/// An interface name, at most fifteen bytes (`IFNAMSIZ` of `linux/if.h` less the NUL); longer ones are cut.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct InterfaceName {
    len: u8,
    bytes: [u8; 15],
}

impl InterfaceName {
    /// Keep the first fifteen bytes of `name`.
    #[inline]
    pub fn new(name: &[u8]) -> Self {
        let mut kept = Self::default();
        for (place, &byte) in kept.bytes.iter_mut().zip(name) {
            *place = byte;
            kept.len += 1;
        }
        kept
    }

    /// The name; empty when none was logged.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

impl std::fmt::Debug for InterfaceName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        String::from_utf8_lossy(self.as_bytes()).fmt(formatter)
    }
}

/// One logged packet (or flow), decoded. Plain values only: it borrows nothing and costs no allocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// When, as the line says, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: Nanoseconds,
    /// The address the packet claims to come from.
    pub source: Address,
    /// The address it went to.
    pub destination: Address,
    /// IP protocol number (IANA).
    pub protocol: u8,
    /// Ports, ICMP type or protocol.
    pub contact: Contact,
    /// TTL or hop limit as received; 0 when not logged.
    pub ttl: u8,
    /// IPv4 identification, when logged.
    pub ip_id: Option<u16>,
    /// IPv4 DF bit.
    pub dont_fragment: bool,
    /// Length of the IP packet in bytes; 0 when not logged.
    pub len: u32,
    /// TCP options, when the rule logs them; empty says nothing about the packet.
    pub tcp_options: OptionBytes,
    /// Which way it went.
    pub direction: Direction,
    /// What became of it.
    pub verdict: Verdict,
    /// Whether the prefix says connection tracking called it invalid.
    pub is_invalid: bool,
    /// The interface it came in by; empty when none was logged.
    pub interface: InterfaceName,
    /// To whom the link layer delivered it.
    pub cast: LinkCast,
    /// Who vouches for it.
    pub provenance: Provenance,
}

impl Record {
    /// A record that says only who vouches for it, when, and nothing else yet.
    #[inline]
    pub fn blank(time_ns: Nanoseconds, provenance: Provenance) -> Self {
        Self {
            time_ns,
            source: Address::UNSPECIFIED,
            destination: Address::UNSPECIFIED,
            protocol: 0,
            contact: Contact::Unknown,
            ttl: 0,
            ip_id: None,
            dont_fragment: false,
            len: 0,
            tcp_options: OptionBytes::default(),
            direction: Direction::In,
            verdict: Verdict::None,
            is_invalid: false,
            interface: InterfaceName::default(),
            cast: LinkCast::Unicast,
            provenance,
        }
    }
}
