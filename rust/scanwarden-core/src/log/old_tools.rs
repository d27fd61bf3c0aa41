//! What the scan detectors before this one wrote, read as alerts: `PortSentry`, scanlogd, psad and iplog.
//!
//! Their lines name a source and say nothing of how sure they are, so they are told and ban nobody.

use super::address_text::whole_address;
use super::clock::Clock;
use super::cursor::Cursor;
use super::flow::epoch_ns;
use super::header_time::read_iso;
use super::ids::{IdsAlert, IdsSystem, protocol_number};
use super::login_text::{split_first, split_last};
use super::reason::Reason;
use crate::packet::Nanoseconds;

/// Say whether a syslog program is one of these tools.
pub(crate) fn is_old_tool(program: &[u8]) -> bool {
    matches!(program, b"portsentry" | b"scanlogd" | b"psad" | b"iplog")
}

/// Read one syslog message of such a tool.
///
/// # Errors
/// [`Reason::Irrelevant`] for what names no scanner.
pub(crate) fn read_message<'a>(program: &[u8], text: &'a [u8], time_ns: Nanoseconds) -> Result<IdsAlert<'a>, Reason> {
    if super::kernel::has_control_byte(text) {
        return Err(Reason::ControlByte);
    }
    let read = match program {
        b"portsentry" => read_portsentry(text),
        b"scanlogd" => read_scanlogd(text),
        b"psad" => read_psad(text),
        _ => read_iplog(text),
    };
    read.map(|alert| IdsAlert { time_ns, ..alert }).ok_or(Reason::Irrelevant)
}

/// Read a line of `PortSentry`'s own files: `portsentry.history` of version 1, `portsentry.log` of version 2.
///
/// # Errors
/// The reason why the line does not fit.
pub(crate) fn read_own_file<'a>(line: &'a [u8], clock: &mut Clock) -> Result<IdsAlert<'a>, Reason> {
    if line.starts_with(b"#") {
        return Err(Reason::Irrelevant);
    }
    if super::kernel::has_control_byte(line) {
        return Err(Reason::ControlByte);
    }
    if let Some((epoch, rest)) = split_first(line, b" - ") {
        if let Some(time_ns) = epoch_ns(epoch) {
            // "06/27/2014 17:51:19 Host: NAME/ADDR Port: N TCP Blocked"
            let (_, rest) = split_first(rest, b" Host: ").ok_or(Reason::Header)?;
            let (host, rest) = split_first(rest, b" Port: ").ok_or(Reason::Columns)?;
            let mut cursor = Cursor::new(rest);
            let port = cursor.u16().filter(|_| cursor.eat(b" ")).ok_or(Reason::Columns)?;
            let protocol = protocol_number(cursor.take_while(|byte| byte.is_ascii_uppercase()));
            return alert(IdsSystem::PortSentry, behind_slash(host), b"blocked")
                .map(|alert| IdsAlert { time_ns, port: Some(port), protocol, ..alert })
                .ok_or(Reason::Address);
        }
    }
    let mut cursor = Cursor::new(line);
    let time_ns = read_iso(&mut cursor, clock)?;
    cursor.expect(b" ").ok_or(Reason::Header)?;
    read_scan_from(cursor.rest()).map(|alert| IdsAlert { time_ns, ..alert }).ok_or(Reason::Irrelevant)
}

fn alert<'a>(system: IdsSystem, source: &[u8], message: &'a [u8]) -> Option<IdsAlert<'a>> {
    Some(IdsAlert {
        time_ns: 0,
        system,
        source: whole_address(source)?,
        destination: None,
        port: None,
        protocol: 0,
        generator: 0,
        signature: 0,
        message,
        category: b"",
        is_scan: true,
    })
}

/// `NAME/ADDR`: the name is what the reverse zone says, the address stands behind the last slash.
fn behind_slash(host: &[u8]) -> &[u8] {
    split_last(host, b"/").map_or(host, |(_, address)| address)
}

/// `attackalert: TYPE from host: NAME/ADDR to TCP port: N…`, or the line of version 2.
fn read_portsentry(text: &[u8]) -> Option<IdsAlert<'_>> {
    let Some(rest) = text.strip_prefix(b"attackalert: ") else { return read_scan_from(text) };
    let (what, rest) = split_first(rest, b" from host: ")?;
    let (host, target) = split_first(rest, b" to ")?;
    let (protocol, port) = split_first(target, b" port: ")?;
    let alert = alert(IdsSystem::PortSentry, behind_slash(host), what.trim_ascii())?;
    Some(IdsAlert { port: Cursor::new(port).u16(), protocol: protocol_number(protocol), ..alert })
}

/// `Scan from: [ADDR] (NAME) protocol: [TCP] port: [113] type: [TYPE] IP opts: […] ignored: [false] …`.
fn read_scan_from(text: &[u8]) -> Option<IdsAlert<'_>> {
    let (address, rest) = split_first(text.strip_prefix(b"Scan from: [")?, b"] (")?;
    // What follows the name is PortSentry's own: the name comes from the network, so it is looked for from the end.
    let (rest, flags) = split_last(rest, b" ignored: [")?;
    if flags.starts_with(b"true") {
        return None;
    }
    let (_, rest) = split_last(rest, b") protocol: [")?;
    let (protocol, rest) = split_first(rest, b"] port: [")?;
    let (port, rest) = split_first(rest, b"] type: [")?;
    let (what, _) = split_first(rest, b"]")?;
    let alert = alert(IdsSystem::PortSentry, address, what.trim_ascii())?;
    Some(IdsAlert { port: Cursor::new(port).u16(), protocol: protocol_number(protocol), ..alert })
}

/// `ADDR[:PORT] to ADDR [and others,] ports N, N, …, FLAGS, …`.
fn read_scanlogd(text: &[u8]) -> Option<IdsAlert<'_>> {
    let (source, rest) = split_first(text, b" to ")?;
    let source = source.split(|&byte| byte == b':').next()?;
    let (target, rest) = split_first(rest, b" ")?;
    let ports = rest.strip_prefix(b"and others, ").unwrap_or(rest).strip_prefix(b"ports ")?;
    let alert = alert(IdsSystem::Scanlogd, source, b"port scan")?;
    Some(IdsAlert { destination: whole_address(target), port: Cursor::new(ports).u16(), protocol: 6, ..alert })
}

/// `scan detected[ (STYLE)]: ADDR -> ADDR tcp: [PORTS] …`.
fn read_psad(text: &[u8]) -> Option<IdsAlert<'_>> {
    let rest = text.strip_prefix(b"scan detected")?;
    let (style, rest) = split_first(rest, b": ")?;
    let (source, rest) = split_first(rest, b" -> ")?;
    let target = rest.split(|&byte| byte == b' ').next()?;
    let style = style.trim_ascii();
    let alert = alert(IdsSystem::Psad, source, if style.is_empty() { b"scan" } else { style })?;
    Some(IdsAlert { destination: whole_address(target), ..alert })
}

/// `TCP: port scan detected [ports …] from ADDR [port N]`, also `… detected to ADDR [ports …] from ADDR …`.
fn read_iplog(text: &[u8]) -> Option<IdsAlert<'_>> {
    let (what, rest) = split_first(text, b" detected ")?;
    let (_, rest) = split_first(rest, b" from ")?;
    let source = rest.split(|&byte| byte == b' ').next()?;
    let protocol = protocol_number(what.split(|&byte| byte == b':').next()?);
    Some(IdsAlert { protocol, ..alert(IdsSystem::Iplog, source, what)? })
}

/// Say whether a line begins as one of `PortSentry`'s own files.
pub(crate) fn is_own_file(line: &[u8]) -> bool {
    !line.starts_with(b"#") && read_own_file(line, &mut Clock::new(0, u64::MAX / 4)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(program: &str, text: &str) -> Option<(String, Option<u16>, u8)> {
        let alert = read_message(program.as_bytes(), text.as_bytes(), 7).ok()?;
        Some((alert.source.to_string(), alert.port, alert.protocol))
    }

    #[test]
    fn every_tool_names_its_scanner() {
        for (program, text, port, protocol) in [
            (
                "portsentry",
                "attackalert: TCP SYN/Normal scan from host: a.example/192.0.2.7 to TCP port: 79",
                Some(79),
                6,
            ),
            ("portsentry", "attackalert: UDP scan from host: 192.0.2.7/192.0.2.7 to UDP port: 69", Some(69), 17),
            (
                "portsentry",
                "attackalert: Packet from host: x/192.0.2.7 to TCP port: 1 has IP options set (detection avoidance technique).",
                Some(1),
                6,
            ),
            (
                "portsentry",
                "Scan from: [192.0.2.7] (x) protocol: [UDP] port: [113] type: [UDP] IP opts: [not set] ignored: [false] triggered: [true] noblock: [false] blocked: [true]",
                Some(113),
                17,
            ),
            (
                "scanlogd",
                "192.0.2.7:40000 to 198.51.100.1 and others, ports 80, 81, 83, 88, ..., fSrpauxy, TOS 00, TTL 64 @09:19:37",
                Some(80),
                6,
            ),
            ("scanlogd", "192.0.2.7 to 198.51.100.1 ports 80, 81, ..., fSrpauxy @09:19:37", Some(80), 6),
            (
                "psad",
                "scan detected (Nmap -sS scan): 192.0.2.7 -> 198.51.100.1 tcp: [1-1000] flags: SYN tcp pkts: 9 DL: 3",
                None,
                0,
            ),
            ("iplog", "TCP: port scan detected [ports 1,2,...] from 192.0.2.7 [ports 46562,46572,...]", None, 6),
        ] {
            assert_eq!(read(program, text), Some(("192.0.2.7".into(), port, protocol)), "{text}");
        }
    }

    #[test]
    fn other_messages_and_forged_names_name_nobody_else() {
        for (program, text) in [
            ("portsentry", "attackalert: Host 192.0.2.7 has been blocked via wrappers with string: \"ALL: 192.0.2.7\""),
            ("portsentry", "adminalert: PortSentry is now active and listening."),
            (
                "portsentry",
                "Scan from: [192.0.2.7] (x) protocol: [TCP] port: [1] type: [y] IP opts: [not set] ignored: [true] triggered: [unset]",
            ),
            ("scanlogd", "More possible port scans follow"),
            ("psad", "added iptables auto-block against 192.0.2.7 for 3600 seconds"),
            ("iplog", "TCP: port scan mode expired for 192.0.2.7 - received a total of 9 packets (99 bytes)."),
        ] {
            assert_eq!(read(program, text), None, "{text}");
        }
        let forged = "Scan from: [192.0.2.7] (x) protocol: [TCP] port: [9] type: [z] ignored: [false] y) protocol: [TCP] port: [113] type: [TCP SYN/Normal scan] IP opts: [not set] ignored: [false] triggered: [true]";
        assert_eq!(read("portsentry", forged), Some(("192.0.2.7".into(), Some(113), 6)));
    }
}
