//! Headers between IP and the transport: IPv6 extension headers (RFC 8200 4) and the authentication header (RFC 4302).

use super::datagram::{Datagram, Fragment, IpVersion, ip_protocol};
use super::malformed::Malformed;
use crate::tricks::Tricks;

/// More than fit into a snapped packet; a longer chain in a capture of whole packets is no honest one.
const MAX_HEADERS: u32 = 32;
/// The type of routing header that chooses any route, which hosts must refuse by now (RFC 5095).
const SOURCE_ROUTE: u8 = 0;

/// Say whether `protocol` is a header that [`skip`] walks over.
#[inline]
pub(super) const fn is_extension(version: IpVersion, protocol: u8) -> bool {
    match protocol {
        ip_protocol::AUTHENTICATION => true,
        ip_protocol::HOP_BY_HOP | ip_protocol::ROUTING | ip_protocol::FRAGMENT | ip_protocol::DESTINATION_OPTIONS => {
            matches!(version, IpVersion::V6)
        }
        _ => false,
    }
}

/// Walk to the transport header, or to the content of a fragment that is not atomic.
///
/// A header that is announced while nothing at all follows is left as the protocol: it is what an IP protocol scan sends.
pub(super) fn skip(mut datagram: Datagram<'_>) -> Result<Datagram<'_>, Malformed> {
    // All fragments of an IPv4 datagram have its outermost protocol, so what is inside waits until they are together.
    if datagram.fragment.is_some() {
        return Ok(datagram);
    }
    for _ in 0..MAX_HEADERS {
        if datagram.payload_len == 0 || !is_extension(datagram.version, datagram.protocol) {
            return Ok(datagram);
        }
        let len = match datagram.protocol {
            ip_protocol::FRAGMENT => read_fragment(&mut datagram)?,
            ip_protocol::AUTHENTICATION => read_authentication(&mut datagram)?,
            _ => read_options(&mut datagram)?,
        };
        let truncated = truncation(datagram.protocol);
        let next = datagram.payload.first().copied().ok_or(truncated)?;
        datagram.payload = datagram.payload.get(len as usize..).ok_or(truncated)?;
        datagram.payload_len = datagram.payload_len.checked_sub(len).ok_or(truncated)?;
        datagram.protocol = next;
        if datagram.fragment.is_some() {
            return Ok(datagram);
        }
    }
    Err(Malformed::Ipv6ExtensionsTooMany)
}

const fn truncation(protocol: u8) -> Malformed {
    if protocol == ip_protocol::AUTHENTICATION {
        Malformed::AuthenticationTruncated
    } else {
        Malformed::Ipv6ExtensionTruncated
    }
}

/// Read a header that counts its length in eight octets, the first eight left out (RFC 8200 4.3, 4.4, 4.6).
fn read_options(datagram: &mut Datagram<'_>) -> Result<u32, Malformed> {
    let [_, len, kind, ..] = datagram.payload else { return Err(Malformed::Ipv6ExtensionTruncated) };
    datagram.ip.has_options = true;
    let is_source_route = datagram.protocol == ip_protocol::ROUTING && *kind == SOURCE_ROUTE;
    let trick = if is_source_route { Tricks::SOURCE_ROUTE } else { Tricks::NONE };
    datagram.ip.tricks = datagram.ip.tricks.with(Tricks::EXTENSION_HEADERS).with(trick);
    Ok((u32::from(*len) + 1) * 8)
}

/// Read a header that counts its length in four octets, the first eight left out (RFC 4302 2.2).
fn read_authentication(datagram: &mut Datagram<'_>) -> Result<u32, Malformed> {
    let [_, len, ..] = datagram.payload else { return Err(Malformed::AuthenticationTruncated) };
    datagram.ip.has_options = true;
    match (u32::from(*len) + 2) * 4 {
        len if len < 12 => Err(Malformed::AuthenticationLengthBad),
        len => Ok(len),
    }
}

fn read_fragment(datagram: &mut Datagram<'_>) -> Result<u32, Malformed> {
    let Some((header, _)) = datagram.payload.split_first_chunk::<8>() else {
        return Err(Malformed::Ipv6ExtensionTruncated);
    };
    let [_, _, f0, f1, i0, i1, i2, i3] = *header;
    datagram.fragment = Fragment::from_v6(u16::from_be_bytes([f0, f1]), u32::from_be_bytes([i0, i1, i2, i3]));
    datagram.ip.is_fragment = true;
    if datagram.fragment.is_none() {
        datagram.ip.tricks = datagram.ip.tricks.with(Tricks::EXTENSION_HEADERS);
    }
    Ok(8)
}
