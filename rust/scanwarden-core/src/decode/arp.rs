//! ARP for IPv4 over Ethernet (RFC 826).

use super::malformed::Malformed;
use crate::address::Address;
use crate::packet::Arp;

/// Bytes of a message for IPv4 over Ethernet.
pub(super) const MESSAGE_LEN: u32 = 28;

/// An ARP message with the addresses it is about.
pub(super) struct Message {
    pub(super) sender: Address,
    pub(super) target: Address,
    pub(super) arp: Arp,
}

/// Read one message.
#[inline]
pub(super) fn decode(bytes: &[u8]) -> Result<Message, Malformed> {
    let Some((kind, rest)) = bytes.split_first_chunk::<8>() else { return Err(Malformed::ArpTruncated) };
    let [0, 1, 0x08, 0x00, 6, 4, o0, o1] = *kind else { return Err(Malformed::ArpNotIpv4Ethernet) };
    let Some((addresses, _)) = rest.split_first_chunk::<20>() else { return Err(Malformed::ArpTruncated) };
    let [m0, m1, m2, m3, m4, m5, s0, s1, s2, s3, _, _, _, _, _, _, t0, t1, t2, t3] = *addresses;
    Ok(Message {
        sender: Address::from_v4(u32::from_be_bytes([s0, s1, s2, s3])),
        target: Address::from_v4(u32::from_be_bytes([t0, t1, t2, t3])),
        arp: Arp { operation: u16::from_be_bytes([o0, o1]), sender_mac: [m0, m1, m2, m3, m4, m5] },
    })
}
