//! Why a packet could not be decoded.

/// Why a packet was not decoded; counted by reason, never raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Malformed {
    /// Fewer bytes than the link-layer header has.
    LinkTruncated,
    /// The frame carries a protocol that is not decoded, such as LLDP.
    LinkProtocolUnsupported,
    /// The frame ends inside a VLAN tag.
    VlanTruncated,
    /// More than four VLAN tags are stacked.
    VlanTagsTooMany,
    /// The version field is not the one the link layer announced.
    IpVersionBad,
    /// The IP header claims more bytes than were on the wire, or fewer than itself.
    IpTotalLengthBad,
    /// Fewer bytes than the IPv4 header has.
    Ipv4HeaderTruncated,
    /// The IPv4 header claims to be shorter than 20 bytes.
    Ipv4HeaderLengthBad,
    /// Fewer bytes than the IPv6 header has.
    Ipv6HeaderTruncated,
    /// The packet ends inside an IPv6 extension header.
    Ipv6ExtensionTruncated,
    /// More than 32 extension headers are chained.
    Ipv6ExtensionsTooMany,
    /// The packet ends inside an authentication header.
    AuthenticationTruncated,
    /// The authentication header claims to be shorter than 12 bytes.
    AuthenticationLengthBad,
    /// A fragment that only a [`super::Decoder`] can use.
    FragmentUnassembled,
    /// A fragment without a single byte to put together.
    FragmentEmpty,
    /// A fragment that reaches beyond the largest IP packet.
    FragmentTooLong,
    /// Fragments of one IPv6 packet overlap, so that the receiver discards it (RFC 5722).
    FragmentOverlap,
    /// The headers of a fragmented packet do not fit into the space kept for them.
    FragmentHeadersTooLong,
    /// Fewer bytes than the TCP header has.
    TcpTruncated,
    /// The TCP header claims fewer than 20 bytes, or more than the segment has.
    TcpDataOffsetBad,
    /// Fewer bytes than the UDP header has.
    UdpTruncated,
    /// The UDP header claims fewer than 8 bytes, or more than the packet has.
    UdpLengthBad,
    /// Fewer bytes than the ICMP header has.
    IcmpTruncated,
    /// Fewer bytes than the `ICMPv6` message has.
    Icmpv6Truncated,
    /// Fewer bytes than SCTP's common header has.
    SctpTruncated,
    /// Fewer bytes than the ARP message has.
    ArpTruncated,
    /// An ARP message for anything else than IPv4 over Ethernet.
    ArpNotIpv4Ethernet,
}

impl Malformed {
    /// Every reason, in the order of its number: `ALL[reason as usize] == reason`.
    pub const ALL: [Self; 27] = [
        Self::LinkTruncated,
        Self::LinkProtocolUnsupported,
        Self::VlanTruncated,
        Self::VlanTagsTooMany,
        Self::IpVersionBad,
        Self::IpTotalLengthBad,
        Self::Ipv4HeaderTruncated,
        Self::Ipv4HeaderLengthBad,
        Self::Ipv6HeaderTruncated,
        Self::Ipv6ExtensionTruncated,
        Self::Ipv6ExtensionsTooMany,
        Self::AuthenticationTruncated,
        Self::AuthenticationLengthBad,
        Self::FragmentUnassembled,
        Self::FragmentEmpty,
        Self::FragmentTooLong,
        Self::FragmentOverlap,
        Self::FragmentHeadersTooLong,
        Self::TcpTruncated,
        Self::TcpDataOffsetBad,
        Self::UdpTruncated,
        Self::UdpLengthBad,
        Self::IcmpTruncated,
        Self::Icmpv6Truncated,
        Self::SctpTruncated,
        Self::ArpTruncated,
        Self::ArpNotIpv4Ethernet,
    ];

    /// Return the name the reason is counted under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkTruncated => "link_truncated",
            Self::LinkProtocolUnsupported => "link_protocol_unsupported",
            Self::VlanTruncated => "vlan_truncated",
            Self::VlanTagsTooMany => "vlan_tags_too_many",
            Self::IpVersionBad => "ip_version_bad",
            Self::IpTotalLengthBad => "ip_total_length_bad",
            Self::Ipv4HeaderTruncated => "ipv4_header_truncated",
            Self::Ipv4HeaderLengthBad => "ipv4_header_length_bad",
            Self::Ipv6HeaderTruncated => "ipv6_header_truncated",
            Self::Ipv6ExtensionTruncated => "ipv6_extension_truncated",
            Self::Ipv6ExtensionsTooMany => "ipv6_extensions_too_many",
            Self::AuthenticationTruncated => "authentication_truncated",
            Self::AuthenticationLengthBad => "authentication_length_bad",
            Self::FragmentUnassembled => "fragment_unassembled",
            Self::FragmentEmpty => "fragment_empty",
            Self::FragmentTooLong => "fragment_too_long",
            Self::FragmentOverlap => "fragment_overlap",
            Self::FragmentHeadersTooLong => "fragment_headers_too_long",
            Self::TcpTruncated => "tcp_truncated",
            Self::TcpDataOffsetBad => "tcp_data_offset_bad",
            Self::UdpTruncated => "udp_truncated",
            Self::UdpLengthBad => "udp_length_bad",
            Self::IcmpTruncated => "icmp_truncated",
            Self::Icmpv6Truncated => "icmpv6_truncated",
            Self::SctpTruncated => "sctp_truncated",
            Self::ArpTruncated => "arp_truncated",
            Self::ArpNotIpv4Ethernet => "arp_not_ipv4_ethernet",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_listed_at_its_number_under_its_own_name() {
        let mut names = std::collections::HashSet::new();
        for (number, reason) in Malformed::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, number, "{reason:?}");
            assert!(names.insert(reason.name()), "{reason:?} shares its name");
        }
        assert_eq!(Malformed::ArpNotIpv4Ethernet as usize + 1, Malformed::ALL.len());
    }
}
