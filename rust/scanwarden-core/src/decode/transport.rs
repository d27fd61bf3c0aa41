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

/// Decode the transport header and give it to `finish`. A packet that carries nothing at all is [`Transport::Other`]: it
/// names a protocol only.
///
/// `finish` is inlined behind the frequent protocols, so that their header is written once, where it stays.
#[inline(always)]
pub(super) fn decode<'a, T>(
    version: IpVersion,
    protocol: u8,
    segment: Segment<'a>,
    finish: impl FnOnce(Result<Transport<'a>, Malformed>) -> T,
) -> T {
    match protocol {
        ip_protocol::TCP if segment.len > 0 => finish(tcp::decode(segment).map(Transport::Tcp)),
        ip_protocol::UDP if segment.len > 0 => finish(udp::decode(segment, false).map(Transport::Udp)),
        _ => finish(decode_rare(version, protocol, segment)),
    }
}

#[inline(never)]
fn decode_rare(version: IpVersion, protocol: u8, segment: Segment<'_>) -> Result<Transport<'_>, Malformed> {
    match (protocol, version) {
        _ if segment.len == 0 => Ok(Transport::Other(protocol)),
        (ip_protocol::ICMP, IpVersion::V4) => icmp::decode_v4(segment).map(Transport::Icmp),
        (ip_protocol::ICMPV6, IpVersion::V6) => icmp::decode_v6(segment).map(Transport::Icmpv6),
        (ip_protocol::SCTP, _) => sctp::decode(segment).map(Transport::Sctp),
        (ip_protocol::UDP_LITE, _) => udp::decode(segment, true).map(Transport::Udp),
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
