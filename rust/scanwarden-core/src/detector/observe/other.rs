//! Every other IP protocol: who tries many numbers asks which ones the host speaks.

use super::super::contact::ProbeClass;
use super::super::engine::{Detector, Probe};
use super::super::weights::{Variant, is_routing_or_tunnel};
use super::{Way, probe_of};
use crate::address::Address;
use crate::packet::Packet;

impl Detector {
    pub(super) fn observe_other(&mut self, packet: &Packet<'_>, protocol: u8, way: Way) {
        let number = u16::from(protocol);
        if way.may_be_out() {
            // Tunnels have no ports: who we speak the protocol to may answer in it.
            self.note_conversation(packet.source, number, packet.destination, number, protocol);
        }
        if !way.may_be_in() || self.is_tunnel_of_ours(packet.destination, packet.source, protocol) {
            return;
        }
        // Routers and tunnels send at least their own header; a header of IP alone asks whether the protocol is spoken.
        let is_spoken = is_routing_or_tunnel(protocol) && packet.transport_len > 0;
        let variant = if is_spoken { Variant::TunnelProtocol } else { Variant::Plain };
        let probe = Probe { variant, ..probe_of(packet.source, packet.destination, 0, number, ProbeClass::IpProtocol) };
        let _ = self.probe(&probe);
    }

    fn is_tunnel_of_ours(&self, here: Address, there: Address, protocol: u8) -> bool {
        let number = u16::from(protocol);
        self.is_our_conversation(here, number, there, number, protocol)
    }
}
