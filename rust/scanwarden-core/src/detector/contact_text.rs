//! Contacts as people read them: `tcp/22 at 192.0.2.1`. Every record tells some thirty.

use super::contact::{PortSpace, ProbeClass};
use super::digits::decimal;
use crate::address::Address;
use serde::{Serialize, Serializer};

/// A contact, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContactText {
    pub(crate) class: ProbeClass,
    pub(crate) port: u16,
    pub(crate) target: Address,
}

impl ContactText {
    /// What stands before the port, where the port is told.
    const fn before_port(&self) -> &'static str {
        match self.class.space() {
            PortSpace::Tcp => "tcp/",
            PortSpace::Udp => "udp/",
            PortSpace::Sctp => "sctp/",
            PortSpace::IpProtocol => "IP protocol ",
            PortSpace::Icmp => "icmp type ",
            PortSpace::Arp => "neighbour ",
        }
    }
}

impl Serialize for ContactText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Text::default();
        text.push(self.before_port().as_bytes());
        if self.class.space() != PortSpace::Arp {
            text.push_number(self.port);
            text.push(b" at ");
        }
        text.push_address(self.target);
        serializer.serialize_bytes(text.as_bytes())
    }
}

/// A short text in the making; what is too long is cut.
struct Text {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self { bytes: [0; Self::CAPACITY], len: 0 }
    }
}

impl Text {
    /// `IP protocol 65535 at ` and an IPv6 address that ends in an IPv4 address, and a word to spare.
    const CAPACITY: usize = 21 + 45 + 8;

    fn push(&mut self, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.len..self.len + bytes.len()) {
            place.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    fn push_number(&mut self, number: u16) {
        let (digits, len) = decimal(number);
        if let Some(place) = self.bytes.get_mut(self.len..).and_then(<[u8]>::first_chunk_mut) {
            *place = digits.to_le_bytes();
            self.len += len;
        }
    }

    fn push_address(&mut self, address: Address) {
        let Some(v4) = address.as_v4() else {
            self.push(address.to_string().as_bytes());
            return;
        };
        let [first, rest @ ..] = v4.to_be_bytes();
        self.push_number(first.into());
        for octet in rest {
            self.push(b".");
            self.push_number(octet.into());
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::to_json;
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn contacts_are_told_in_words() {
        for (class, port, target, text) in [
            (ProbeClass::Syn, 22, "192.0.2.1", "tcp/22 at 192.0.2.1"),
            (ProbeClass::Udp, 65_535, "255.255.255.255", "udp/65535 at 255.255.255.255"),
            (ProbeClass::SctpInit, 7, "0.0.0.0", "sctp/7 at 0.0.0.0"),
            (ProbeClass::IcmpEcho, 8, "10.20.30.40", "icmp type 8 at 10.20.30.40"),
            (ProbeClass::Arp, 0, "10.0.0.9", "neighbour 10.0.0.9"),
            (ProbeClass::Arp, 0, "2001:db8::9", "neighbour 2001:db8::9"),
            (
                ProbeClass::IpProtocol,
                65_535,
                "2001:db8:1111:2222:3333:4444:5555:6666",
                "IP protocol 65535 at 2001:db8:1111:2222:3333:4444:5555:6666",
            ),
        ] {
            let target: Address = target.parse::<IpAddr>().map(Into::into).unwrap_or_default();
            let contact = ContactText { class, port, target };
            assert_eq!(to_json(&contact), Some(format!("\"{text}\"")));
        }
    }
}
