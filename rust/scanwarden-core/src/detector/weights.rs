//! The one table of weights: how much each kind of first contact speaks for a scan, in nats.
//!
//! A weight is the logarithm of a likelihood ratio: how much more often a scanner makes such a contact than a harmless
//! client does (Jung, Paxson, Berger, Balakrishnan, "Fast Portscan Detection Using Sequential Hypothesis Testing",
//! 2004). Weights are added up in a CUSUM (Page, "Continuous Inspection Schemes", 1954) that halves in a day. Four
//! closed ports in a minute cross ln(1e6) = 13.8 nats; two mistakes never do.

use super::contact::{Outcome, ProbeClass};

/// Why a contact weighs what it weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Rule {
    /// Not weighed yet.
    Unweighed,
    /// Normal use of an open port is never evidence, whatever its rate.
    OpenPort,
    /// A harmless client knows its port; a closed one is a mistake, and mistakes seldom come within a minute of another.
    ClosedPort,
    /// The same, long after the previous contact: rarer for a source, but what a forgetful client does too.
    ClosedPortLater,
    /// No answer within a second weighs as a closed port: who waits for RST never sees the scanner of a firewalled host.
    FilteredPort,
    /// The same, long after the previous contact.
    FilteredPortLater,
    /// Another port of the same purpose, tried within a minute: what mail programs, browsers and desktops do.
    AlternativePort,
    /// SYN, SYN-ACK, RST: no client library does this on purpose; load balancers do, on one port, which is one contact.
    HalfOpen,
    /// A connection without a byte sent, on many hosts in a row: what a connect sweep of an open port leaves.
    EmptyConnectSweep,
    /// No TCP stack sends these (RFC 9293 3.10.7): only a crafted packet does.
    ImpossibleFlags,
    /// A FIN alone outside any connection, to a port that is not open: no stack closes without ACK.
    FinWithoutConnection,
    /// FIN+ACK outside any connection, answered with RST: what a client forgotten by its server sends as well.
    FinAckWithoutConnection,
    /// FIN+ACK that nothing answered: a connection older than our sight closes like this too.
    FinAckUnanswered,
    /// Peers send a bare RST for many harmless reasons; only a great many ports make it a scan, and it never bans.
    BareRst,
    /// Crafted SYN-ACKs to port after port; those of systems are backscatter and never get here.
    UnaskedSynAck,
    /// An ACK that the host answered with RST, on a port that is not open.
    AckWithoutConnection,
    /// The host answered that nobody listens (RFC 1122 3.2.2.1).
    UdpClosed,
    /// Silence is UDP's usual answer, open or not, so it weighs less.
    UdpUnanswered,
    /// A log line without a verdict: the port may be open.
    UnknownOutcome,
    /// ping always sends data; an empty echo request is a sweeper's.
    EmptyEcho,
    /// One ping is no scan; many hosts are.
    Echo,
    /// Whoever watches over hosts pings many, and those answer.
    EchoAnswered,
    /// Timestamp and mask requests have no user left but scanners (RFC 6918 deprecates the mask request).
    RareIcmpQuery,
    /// A host asks for the few neighbours it talks to; a sweeper asks for all, one after the other.
    NeighbourAskedFor,
    /// The same with time between: a gateway asks whenever a stranger sends to an address.
    NeighbourAskedForNowAndThen,
    /// Few hosts speak SCTP at all.
    SctpContact,
    /// Nobody speaks this protocol to a host that does not.
    OddIpProtocol,
    /// Routers, tunnels and VPN peers speak these; one alone says little.
    TunnelIpProtocol,
    /// A PORT or EPRT command that names a third host or a service port (RFC 2577).
    FtpBounce,
    /// SYN-ACKs nobody asked for, from ever new source ports to one port: somebody polls our IP identification.
    IdlePoll,
    /// Nothing legitimate speaks to a trap: one contact is half of a scan.
    TrapPort,
    /// UDP that arrives with a small TTL on traceroute's ports is a path measurement.
    TraceroutePort,
    /// The operator lists this sequence of ports as a knock.
    KnockPort,
}

impl Rule {
    /// The rule's stable name in records, and its weight in nats.
    pub(crate) const fn name_and_nats(self) -> (&'static str, f32) {
        match self {
            Self::Unweighed => ("unweighed", 0.0),
            Self::OpenPort => ("open_port", 0.0),
            Self::ClosedPort => ("closed_port", 3.5),
            Self::ClosedPortLater => ("closed_port_later", 2.0),
            Self::FilteredPort => ("filtered_port", 3.5),
            Self::FilteredPortLater => ("filtered_port_later", 2.0),
            Self::AlternativePort => ("alternative_port", 1.5),
            Self::HalfOpen => ("half_open_abort", 3.5),
            Self::EmptyConnectSweep => ("empty_connect_on_many_hosts", 0.5),
            Self::ImpossibleFlags => ("impossible_flags", 5.0),
            Self::FinAckWithoutConnection => ("fin_ack_without_connection", 3.5),
            Self::FinWithoutConnection => ("fin_without_connection", 5.0),
            Self::FinAckUnanswered => ("fin_ack_unanswered", 0.5),
            Self::BareRst => ("bare_rst", 0.5),
            Self::UnaskedSynAck => ("unasked_syn_ack", 2.0),
            Self::AckWithoutConnection => ("ack_without_connection", 3.5),
            Self::UdpClosed => ("udp_closed_port", 3.5),
            Self::UdpUnanswered => ("udp_unanswered", 2.0),
            Self::UnknownOutcome => ("unknown_outcome", 2.0),
            Self::EmptyEcho => ("icmp_empty_echo", 3.5),
            Self::Echo => ("icmp_echo", 0.5),
            Self::EchoAnswered => ("icmp_echo_answered", 0.1),
            Self::RareIcmpQuery => ("icmp_timestamp_or_mask", 3.5),
            Self::NeighbourAskedForNowAndThen => ("neighbour_asked_for_now_and_then", 0.02),
            Self::NeighbourAskedFor => ("neighbour_asked_for", 0.5),
            Self::SctpContact => ("sctp_contact", 3.5),
            Self::OddIpProtocol => ("odd_ip_protocol", 3.5),
            Self::TunnelIpProtocol => ("routing_or_tunnel_protocol", 0.5),
            Self::FtpBounce => ("ftp_bounce", 5.0),
            Self::IdlePoll => ("idle_scan_poll", 3.5),
            Self::TrapPort => ("trap_port", 7.0),
            Self::TraceroutePort => ("traceroute", 0.0),
            Self::KnockPort => ("port_knock", 0.0),
        }
    }

    /// The weight in nats.
    pub(crate) const fn nats(self) -> f32 {
        self.name_and_nats().1
    }
}

/// Two contacts at most this far apart belong to one minute's work.
pub(crate) const CLOSE_TOGETHER_NS: u64 = 60_000_000_000;

/// The facts a contact's weight depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub(crate) class: ProbeClass,
    pub(crate) outcome: Outcome,
    /// At most a minute after the source's previous contact, or its first.
    pub(crate) is_close_together: bool,
    /// The port was seen open here within a day.
    pub(crate) was_open: bool,
    /// What sets this probe apart within its class; see [`Variant`].
    pub(crate) variant: Variant,
}

/// What sets a probe apart within its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Variant {
    /// Nothing.
    #[default]
    Plain,
    /// An echo request without payload.
    EmptyEcho,
    /// An IP protocol that routers, tunnels and VPN peers speak.
    TunnelProtocol,
    /// UDP with traceroute's ports and a small TTL.
    Traceroute,
    /// The next port of a listed knock.
    Knock,
    /// A neighbour asked for some time after the previous one.
    NowAndThen,
    /// A port we set out as a trap.
    Trap,
    /// The same, by a completed connection.
    ProvedTrap,
    /// SYN+ACK outside any connection.
    UnaskedSynAck,
}

/// Say whether the class waits for the outcome before it weighs anything.
pub(crate) const fn waits_for_outcome(class: ProbeClass) -> bool {
    matches!(
        class,
        ProbeClass::Syn
            | ProbeClass::Fin
            | ProbeClass::Maimon
            | ProbeClass::Udp
            | ProbeClass::SctpInit
            | ProbeClass::SctpCookieEcho
    )
}

/// Weigh one contact.
pub(crate) fn weigh(contact: Circumstances) -> Rule {
    match contact.class {
        _ if matches!(contact.variant, Variant::Trap | Variant::ProvedTrap) => Rule::TrapPort,
        _ if contact.variant == Variant::Knock && contact.outcome != Outcome::Open => Rule::KnockPort,
        ProbeClass::Syn => weigh_syn(contact),
        ProbeClass::Fin | ProbeClass::Maimon | ProbeClass::Ack if contact.was_open => Rule::OpenPort,
        ProbeClass::Maimon if contact.outcome != Outcome::Closed => Rule::FinAckUnanswered,
        ProbeClass::Maimon => Rule::FinAckWithoutConnection,
        ProbeClass::Fin => Rule::FinWithoutConnection,
        ProbeClass::Flags if contact.variant == Variant::UnaskedSynAck => Rule::UnaskedSynAck,
        ProbeClass::Null | ProbeClass::Xmas | ProbeClass::SynFin | ProbeClass::Flags => Rule::ImpossibleFlags,
        ProbeClass::Ack => Rule::AckWithoutConnection,
        ProbeClass::Rst => Rule::BareRst,
        ProbeClass::Udp => weigh_udp(contact),
        ProbeClass::SctpInit | ProbeClass::SctpCookieEcho if contact.outcome == Outcome::Open => Rule::OpenPort,
        ProbeClass::SctpInit | ProbeClass::SctpCookieEcho => Rule::SctpContact,
        ProbeClass::IpProtocol if contact.variant == Variant::TunnelProtocol => Rule::TunnelIpProtocol,
        ProbeClass::IpProtocol => Rule::OddIpProtocol,
        ProbeClass::IcmpEcho if contact.variant == Variant::EmptyEcho => Rule::EmptyEcho,
        ProbeClass::IcmpEcho => Rule::Echo,
        ProbeClass::IcmpTimestamp | ProbeClass::IcmpAddressMask => Rule::RareIcmpQuery,
        ProbeClass::Arp if contact.variant == Variant::NowAndThen => Rule::NeighbourAskedForNowAndThen,
        ProbeClass::Arp => Rule::NeighbourAskedFor,
        ProbeClass::FtpBounce => Rule::FtpBounce,
        ProbeClass::Idle => Rule::IdlePoll,
    }
}

fn weigh_syn(contact: Circumstances) -> Rule {
    match (contact.outcome, contact.is_close_together) {
        (Outcome::Open | Outcome::Pending, _) => Rule::OpenPort,
        _ if contact.was_open => Rule::OpenPort,
        (Outcome::Closed, true) => Rule::ClosedPort,
        (Outcome::Closed, false) => Rule::ClosedPortLater,
        (Outcome::Filtered, true) => Rule::FilteredPort,
        (Outcome::Filtered, false) => Rule::FilteredPortLater,
        (Outcome::Unknown, _) => Rule::UnknownOutcome,
    }
}

fn weigh_udp(contact: Circumstances) -> Rule {
    match contact.outcome {
        _ if contact.variant == Variant::Traceroute => Rule::TraceroutePort,
        _ if contact.was_open => Rule::OpenPort,
        Outcome::Open | Outcome::Pending => Rule::OpenPort,
        Outcome::Closed | Outcome::Filtered => Rule::UdpClosed,
        Outcome::Unknown => Rule::UdpUnanswered,
    }
}

/// IP protocols that routers, tunnels and VPN peers speak without being asked (IANA numbers).
pub(crate) const fn is_routing_or_tunnel(protocol: u8) -> bool {
    matches!(protocol, 2 | 4 | 41 | 46 | 47 | 50 | 51 | 88 | 89 | 94 | 97 | 103 | 112 | 115)
}
