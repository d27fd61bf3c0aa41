//! Ports that the operator says are open, on every host.

use super::port_set::PortUnion;
use std::ops::RangeInclusive;

/// Open ports by IP protocol; those without any take no memory.
#[derive(Default)]
pub(crate) struct OpenPorts(Vec<(u8, Box<PortUnion>)>);

impl OpenPorts {
    /// Add ports of a protocol.
    pub(crate) fn add(&mut self, protocol: u8, ports: RangeInclusive<u16>) {
        if self.0.iter().all(|(known, _)| *known != protocol) {
            self.0.push((protocol, Box::default()));
        }
        if let Some((_, union)) = self.0.iter_mut().find(|(known, _)| *known == protocol) {
            ports.for_each(|port| union.add(port));
        }
    }

    /// Whether a port is among them.
    #[inline]
    pub(crate) fn has(&self, protocol: u8, port: u16) -> bool {
        self.0.iter().any(|(known, union)| *known == protocol && union.has(port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_open_for_their_protocol_alone() {
        let mut open = OpenPorts::default();
        assert!(!open.has(6, 22));
        open.add(6, 22..=22);
        open.add(6, 1000..=65_535);
        open.add(17, 53..=53);
        assert!(open.has(6, 22) && open.has(6, 1000) && open.has(6, 65_535) && open.has(17, 53));
        assert!(!open.has(6, 53) && !open.has(17, 22) && !open.has(6, 999) && !open.has(132, 22));
    }
}
