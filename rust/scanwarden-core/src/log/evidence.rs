//! What becomes a probe, and what never does.

use super::reason::Reason;
use super::record::{Contact, Direction, Provenance, Record, TcpContact, Verdict};
use crate::address::Address;
use crate::packet::{LinkCast, Nanoseconds, TcpFlags};

/// Ports below this are those of services: whatever comes from them to an ephemeral port is an answer.
const FIRST_UNPRIVILEGED_PORT: u16 = 1024;
/// Where Linux starts to take ports for outgoing connections (`net.ipv4.ip_local_port_range`). Services above are few.
const FIRST_EPHEMERAL_PORT: u16 = 32_768;

/// A probe that a log line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogProbe {
    /// When, as the line says, in nanoseconds since 1970-01-01T00:00:00Z.
    pub time_ns: Nanoseconds,
    /// The address the probe claims to come from. It may be forged, loopback and unspecified included: note, never ban.
    pub source: Address,
    /// The address that was probed.
    pub destination: Address,
    /// What was probed and how.
    pub kind: LogProbeKind,
    /// What the source learnt, as far as the line tells.
    pub outcome: LogOutcome,
    /// TTL or hop limit as received; 0 when not logged.
    pub ttl: u8,
    /// IPv4 identification, when logged.
    pub ip_id: Option<u16>,
    /// Who vouches for the line.
    pub provenance: Provenance,
}

/// What a log line says about the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogOutcome {
    /// The line has no verdict.
    Unknown,
    /// The firewall refused it (drop or reject), or nobody answered.
    Filtered,
    /// The target answered that nobody listens (flow logs only).
    Closed,
    /// Open, and the source reset it instead of completing the handshake (flow logs only).
    HalfOpen,
}

/// What a probe touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogProbeKind {
    /// A TCP segment.
    Tcp {
        /// Flags; `None` when the line does not say, to be taken as a connection attempt of unknown technique.
        flags: Option<TcpFlags>,
        /// Source port.
        source_port: u16,
        /// Destination port.
        port: u16,
        /// Window, when logged.
        window: Option<u16>,
        /// Sequence number, when logged.
        sequence: Option<u32>,
    },
    /// A UDP datagram.
    Udp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        port: u16,
    },
    /// An ICMP request (echo 8, timestamp 13, information 15, mask 17).
    Icmp {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
    /// An `ICMPv6` request (echo 128, node information 139).
    Icmpv6 {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
    /// An SCTP packet.
    Sctp {
        /// Source port.
        source_port: u16,
        /// Destination port.
        port: u16,
    },
    /// A packet of an IP protocol without ports, by IANA number.
    IpProtocol(u8),
}

/// Return the probe that `record` tells of, if it tells of one.
#[inline]
pub fn probe_of(record: &Record) -> Option<LogProbe> {
    judge(record).ok()
}

/// Return the probe that `record` tells of.
///
/// # Errors
/// The reason why the record is no evidence against its source.
#[inline]
pub fn judge(record: &Record) -> Result<LogProbe, Reason> {
    let outcome = outcome_of(record)?;
    if record.direction == Direction::Out {
        return Err(Reason::Outbound);
    }
    if record.cast != LinkCast::Unicast || is_group(record.destination) || is_group(record.source) {
        return Err(Reason::Broadcast);
    }
    Ok(LogProbe {
        time_ns: record.time_ns,
        source: record.source,
        destination: record.destination,
        kind: kind_of(record)?,
        outcome,
        ttl: record.ttl,
        ip_id: record.ip_id,
        provenance: record.provenance,
    })
}

#[inline]
fn outcome_of(record: &Record) -> Result<LogOutcome, Reason> {
    match record.verdict {
        Verdict::Refused => Ok(LogOutcome::Filtered),
        Verdict::Closed => Ok(LogOutcome::Closed),
        Verdict::HalfOpen => Ok(LogOutcome::HalfOpen),
        Verdict::None => Ok(LogOutcome::Unknown),
        Verdict::Allowed if record.provenance == Provenance::Flow => Err(Reason::Established),
        Verdict::Allowed => Err(Reason::Allowed),
        Verdict::Ignored => Err(Reason::Ignored),
    }
}

fn is_group(address: Address) -> bool {
    address.is_multicast_or_broadcast()
}

#[inline]
fn kind_of(record: &Record) -> Result<LogProbeKind, Reason> {
    match record.contact {
        Contact::Tcp(tcp) => tcp_kind(&tcp, record.is_invalid),
        Contact::Udp { source_port, port } if looks_answered(source_port, port) => Err(Reason::Answer),
        Contact::Udp { source_port, port } => Ok(LogProbeKind::Udp { source_port, port }),
        Contact::Sctp { source_port, port } => Ok(LogProbeKind::Sctp { source_port, port }),
        Contact::Icmp { kind, code } if matches!(kind, 8 | 13 | 15 | 17) => Ok(LogProbeKind::Icmp { kind, code }),
        Contact::Icmpv6 { kind, code } if matches!(kind, 128 | 139) => Ok(LogProbeKind::Icmpv6 { kind, code }),
        // RFC 792, RFC 4443, RFC 4861, RFC 2710: errors, replies, neighbour discovery and group management.
        Contact::Icmp { .. } | Contact::Icmpv6 { .. } => Err(Reason::IcmpOther),
        Contact::Protocol(number) => Ok(LogProbeKind::IpProtocol(number)),
        Contact::Unknown => Err(Reason::NoTransport),
    }
}

#[inline]
fn tcp_kind(tcp: &TcpContact, is_invalid: bool) -> Result<LogProbeKind, Reason> {
    if is_invalid && tcp.flags.is_some_and(is_late) {
        return Err(Reason::InvalidState);
    }
    let is_request = tcp.flags.is_some_and(|flags| flags.has(TcpFlags::SYN) && !flags.has(TcpFlags::ACK));
    let is_answer = if tcp.flags.is_some_and(may_answer) { looks_answered } else { is_from_service };
    if !is_request && is_answer(tcp.source_port, tcp.port) {
        return Err(Reason::Answer);
    }
    Ok(LogProbeKind::Tcp {
        flags: tcp.flags,
        source_port: tcp.source_port,
        port: tcp.port,
        window: tcp.window,
        sequence: tcp.sequence,
    })
}

/// Without sight of our own packets: anything from a service's port to an ephemeral one is an answer.
#[inline]
const fn is_from_service(source_port: u16, port: u16) -> bool {
    source_port < FIRST_UNPRIVILEGED_PORT && port >= FIRST_EPHEMERAL_PORT
}

/// The same for what may answer: services live above 1024 as well (SSDP answers from 1900, web servers from 8443), and scanners
/// send from the ports of clients.
#[inline]
const fn looks_answered(source_port: u16, port: u16) -> bool {
    source_port < FIRST_EPHEMERAL_PORT && port >= FIRST_EPHEMERAL_PORT
}

/// The flags of a segment that belongs to a connection: of all that may come, only those with ACK or RST answer.
#[inline]
const fn may_answer(flags: TcpFlags) -> bool {
    is_late(flags) || flags.has(TcpFlags::SYN | TcpFlags::ACK)
}

/// RST in any company, and ACK or FIN+ACK without SYN: what an old connection still sends after its state expired.
#[inline]
const fn is_late(flags: TcpFlags) -> bool {
    flags.has(TcpFlags::RST) || (flags.has(TcpFlags::ACK) && !flags.has(TcpFlags::SYN))
}
