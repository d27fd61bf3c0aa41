//! FTP's control channel: a PORT or EPRT command that names somebody else turns a server into a scanner (RFC 2577).

use super::super::contact::{Outcome, ProbeClass};
use super::super::engine::{Detector, Probe};
use super::{SERVICE_BELOW, probe_of};
use crate::address::Address;
use crate::packet::{Packet, Tcp};
use std::net::{IpAddr, Ipv4Addr};

/// Longest command looked at.
const COMMAND_BYTES: usize = 128;
/// A TCP header is at most this long.
const LONGEST_HEADER: usize = 60;

impl Detector {
    pub(super) fn observe_ftp_control(&mut self, packet: &Packet<'_>, tcp: &Tcp) {
        let header_len = 20 + usize::from(tcp.options.len);
        debug_assert!(header_len <= LONGEST_HEADER);
        let Some(payload) = packet.transport_bytes.get(header_len..) else { return };
        let Some((address, port)) = data_port(payload) else { return };
        if address == packet.source && port >= SERVICE_BELOW {
            return;
        }
        let probe = Probe {
            outcome: Outcome::Unknown,
            ..probe_of(packet.source, address, tcp.source_port, port, ProbeClass::FtpBounce)
        };
        let _ = self.probe(&probe);
    }
}

/// Read the address and port of a PORT (RFC 959 4.1.2) or EPRT (RFC 2428 2) command.
fn data_port(payload: &[u8]) -> Option<(Address, u16)> {
    let line = payload.get(..payload.len().min(COMMAND_BYTES))?;
    let line = line.split(|&byte| byte == b'\r' || byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let (command, argument) = line.split_once(' ')?;
    match command.to_ascii_uppercase().as_str() {
        "PORT" => {
            let numbers = argument.trim().split(',').map(str::parse::<u8>).collect::<Result<Vec<_>, _>>().ok()?;
            let &[a, b, c, d, high, low] = numbers.as_slice() else { return None };
            Some((Address::from(IpAddr::V4(Ipv4Addr::new(a, b, c, d))), u16::from_be_bytes([high, low])))
        }
        "EPRT" => {
            let delimiter = argument.chars().next()?;
            let mut fields = argument.split(delimiter).skip(2);
            let address: IpAddr = fields.next()?.parse().ok()?;
            Some((address.into(), fields.next()?.parse().ok()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_both_generations_are_read() {
        for (line, expected) in [
            ("PORT 192,0,2,7,0,22\r\n", Some(("192.0.2.7", 22))),
            ("port 192,0,2,7,4,1\r\n", Some(("192.0.2.7", 1025))),
            ("EPRT |1|192.0.2.7|80|\r\n", Some(("192.0.2.7", 80))),
            ("EPRT |2|2001:db8::7|443|\r\n", Some(("2001:db8::7", 443))),
            ("PORT 192,0,2,7,0\r\n", None),
            ("PORT 192,0,2,700,0,22\r\n", None),
            ("USER PORT 1,2,3,4,5,6\r\n", None),
            ("", None),
        ] {
            let read = data_port(line.as_bytes()).map(|(address, port)| (address.to_string(), port));
            assert_eq!(read, expected.map(|(address, port)| (String::from(address), port)), "{line:?}");
        }
    }
}
