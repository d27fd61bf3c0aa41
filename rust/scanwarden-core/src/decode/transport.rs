//! Which transport decoder a protocol number leads to.

use super::datagram::{IpVersion, ip_protocol};
use super::malformed::Malformed;
use super::{icmp, sctp, tcp, udp};
use crate::packet::Transport;

/// Bytes from the transport header on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    /// Captured bytes; may end early when the capture was snapped.
    pub(super) bytes: &'a [u8],
    /// Length in bytes, as the headers before it claim.
    pub(super) len: u32,
    /// Whether fragments may still bring more bytes: then a header that is not complete is truncated, not malformed.
    pub(super) is_partial: bool,
}

/// Decode the transport header. A packet that carries nothing at all is [`Transport::Other`]: it names a protocol only.
#[inline]
pub(super) fn decode(version: IpVersion, protocol: u8, segment: Segment<'_>) -> Result<Transport<'_>, Malformed> {
    match (protocol, version) {
        (ip_protocol::TCP, _) if segment.len > 0 => tcp::decode(segment).map(Transport::Tcp),
        (ip_protocol::UDP | ip_protocol::UDP_LITE, _) if segment.len > 0 => {
            udp::decode(segment, protocol == ip_protocol::UDP_LITE).map(Transport::Udp)
        }
        (ip_protocol::ICMP, IpVersion::V4) if segment.len > 0 => icmp::decode_v4(segment).map(Transport::Icmp),
        (ip_protocol::ICMPV6, IpVersion::V6) if segment.len > 0 => icmp::decode_v6(segment).map(Transport::Icmpv6),
        (ip_protocol::SCTP, _) if segment.len > 0 => sctp::decode(segment).map(Transport::Sctp),
        _ => Ok(Transport::Other(protocol)),
    }
}

/// Say whether `reason` means that the rest of the headers may come in a later fragment.
pub(super) const fn is_truncation(reason: Malformed) -> bool {
    matches!(
        reason,
        Malformed::TcpTruncated
            | Malformed::UdpTruncated
            | Malformed::IcmpTruncated
            | Malformed::Icmpv6Truncated
            | Malformed::SctpTruncated
            | Malformed::AuthenticationTruncated
            | Malformed::Ipv6ExtensionTruncated
    )
}
