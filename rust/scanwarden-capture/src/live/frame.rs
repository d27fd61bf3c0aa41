//! One packet in the ring, as the kernel describes it.

use scanwarden_core::decode::LinkType;

use crate::RawPacket;

/// Bytes of an 802.1Q tag.
pub(super) const VLAN_TAG_BYTES: usize = 4;

/// Bytes of the two addresses before which no tag stands.
const MAC_ADDRESSES_BYTES: usize = 12;
const TPID_8021Q: u16 = 0x8100;

/// A packet and what the kernel noted about it. `room` is `VLAN_TAG_BYTES` of free space, then the packet.
pub(super) struct Frame<'a> {
    pub(super) time_ns: u64,
    pub(super) original_len: u32,
    pub(super) tag: Option<VlanTag>,
    /// The ethertype.
    pub(super) protocol: u16,
    pub(super) room: &'a mut [u8],
}

/// A VLAN tag that the kernel took out of the packet.
#[derive(Clone, Copy)]
pub(super) struct VlanTag {
    pub(super) tpid: u16,
    pub(super) tci: u16,
}

impl VlanTag {
    /// Read the tag from a ring header's fields; old kernels do not tell the protocol number.
    pub(super) fn from_header(header: &libc::tpacket3_hdr) -> Option<Self> {
        if header.tp_status & libc::TP_STATUS_VLAN_VALID == 0 {
            return None;
        }
        let has_tpid = header.tp_status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
        let tpid = if has_tpid { header.hv1.tp_vlan_tpid } else { TPID_8021Q };
        Some(Self { tpid, tci: header.hv1.tp_vlan_tci as u16 })
    }
}

impl<'a> Frame<'a> {
    /// Make the packet what was on the wire; `None` for what is not IP on an interface without link headers.
    #[inline]
    pub(super) fn into_packet(self, link: LinkType) -> Option<RawPacket<'a>> {
        if link != LinkType::Ethernet {
            let is_ip = matches!(i32::from(self.protocol), libc::ETH_P_IP | libc::ETH_P_IPV6);
            let bytes = self.room.get(VLAN_TAG_BYTES..)?;
            return is_ip.then_some(RawPacket { time_ns: self.time_ns, link, original_len: self.original_len, bytes });
        }
        let Some(tag) = self.tag else {
            let bytes = self.room.get(VLAN_TAG_BYTES..)?;
            return Some(RawPacket { time_ns: self.time_ns, link, original_len: self.original_len, bytes });
        };
        let bytes = put_back(self.room, tag);
        let original_len = self.original_len.saturating_add(VLAN_TAG_BYTES as u32);
        Some(RawPacket { time_ns: self.time_ns, link, original_len, bytes })
    }
}

/// Move the addresses to the front and write the tag behind them.
#[cold]
fn put_back(room: &mut [u8], tag: VlanTag) -> &[u8] {
    if room.len() < VLAN_TAG_BYTES + MAC_ADDRESSES_BYTES {
        return room.get(VLAN_TAG_BYTES..).unwrap_or_default();
    }
    room.copy_within(VLAN_TAG_BYTES..VLAN_TAG_BYTES + MAC_ADDRESSES_BYTES, 0);
    if let Some(slot) = room.get_mut(MAC_ADDRESSES_BYTES..).and_then(<[u8]>::first_chunk_mut::<VLAN_TAG_BYTES>) {
        let ([p0, p1], [t0, t1]) = (tag.tpid.to_be_bytes(), tag.tci.to_be_bytes());
        *slot = [p0, p1, t0, t1];
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(room: &mut [u8], tag: Option<VlanTag>, protocol: u16) -> Frame<'_> {
        Frame { time_ns: 1, original_len: 60, tag, protocol, room }
    }

    #[test]
    fn a_tag_taken_out_is_put_back_behind_the_addresses() {
        let mut room: Vec<u8> = (0..4 + 20).collect();
        let tag = Some(VlanTag { tpid: 0x88a8, tci: 0x0123 });
        let packet = frame(&mut room, tag, 0x0800).into_packet(LinkType::Ethernet);
        let expected: Vec<u8> = (4..16).chain([0x88, 0xa8, 0x01, 0x23]).chain(16..24).collect();
        assert_eq!(packet.map(|packet| (packet.bytes.to_vec(), packet.original_len)), Some((expected, 64)));
    }

    #[test]
    fn an_untagged_packet_is_left_alone() {
        let mut room: Vec<u8> = (0..4 + 20).collect();
        let packet = frame(&mut room, None, 0x0800).into_packet(LinkType::Ethernet);
        assert_eq!(packet.map(|packet| (packet.bytes.to_vec(), packet.original_len)), Some(((4..24).collect(), 60)));
    }

    #[test]
    fn a_packet_too_short_for_addresses_is_left_alone() {
        let mut room = [9, 9, 9, 9, 1, 2, 3];
        let tag = Some(VlanTag { tpid: 0x8100, tci: 1 });
        let packet = frame(&mut room, tag, 0x0800).into_packet(LinkType::Ethernet);
        assert_eq!(packet.map(|packet| packet.bytes.to_vec()), Some(vec![1, 2, 3]));
    }

    #[test]
    fn only_ip_comes_from_interfaces_without_link_headers() {
        for (protocol, is_ip) in [(0x0800, true), (0x86dd, true), (0x0806, false), (0x8847, false)] {
            let mut room = [0, 0, 0, 0, 0x45, 0];
            let packet = frame(&mut room, None, protocol).into_packet(LinkType::Raw);
            assert_eq!(packet.is_some(), is_ip, "ethertype {protocol:#06x}");
        }
    }
}
