//! The kernel's packet grammar, item by item.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod log_support;

use log_support::{read, read_with, settings};
use scanwarden_core::log::evidence::LogOutcome;
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reason::Reason;
use scanwarden_core::log::record::{Contact, Direction, Provenance, Record, TcpContact, Verdict};
use scanwarden_core::packet::{LinkCast, TcpFlags};

const HEAD: &str = "Mar  7 05:09:30 gate kernel: [  203.842973] ";
const MAC: &str = "MAC=52:54:00:00:00:01:52:54:00:00:00:02:08:00 ";
const V4: &str = "SRC=192.0.2.7 DST=198.51.100.1 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=15270 ";
const V6: &str = "SRC=2001:0db8:0000:0000:0000:0000:0000:0002 DST=2001:0db8:0000:0000:0000:0000:0000:0001 LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=786 ";
const TCP: &str = "PROTO=TCP SPT=56247 DPT=1025 WINDOW=3072 RES=0x00 SYN URGP=0 ";

fn one(packet: &str) -> Result<Record, Reason> {
    let (seen, counts) = read(Format::Syslog, &format!("{HEAD}{packet}\n"));
    match seen.records.as_slice() {
        [record] => Ok(*record),
        _ => Err(counts.reasons.iter().map(|(reason, _)| reason).next().expect("a reason")),
    }
}

fn v4(rest: &str) -> Result<Record, Reason> {
    one(&format!("DROP IN=eth0 OUT= {MAC}{V4}{rest}"))
}

fn v6(rest: &str) -> Result<Record, Reason> {
    one(&format!("DROP IN=eth0 OUT= {MAC}{V6}{rest}"))
}

fn flags_of(record: &Record) -> Option<u16> {
    match record.contact {
        Contact::Tcp(tcp) => tcp.flags.map(|flags| flags.0),
        _ => None,
    }
}

#[test]
fn a_plain_line_gives_every_field() {
    let record =
        v4("DF PROTO=TCP SPT=56247 DPT=1025 SEQ=7 ACK=9 WINDOW=3072 RES=0x00 SYN URGP=0 OPT (020405B40402) ").unwrap();
    assert_eq!(record.source.to_string(), "192.0.2.7");
    assert_eq!(record.destination.to_string(), "198.51.100.1");
    assert_eq!((record.protocol, record.ttl, record.ip_id, record.len), (6, 51, Some(15270), 44));
    assert!(record.dont_fragment);
    assert_eq!(
        record.contact,
        Contact::Tcp(TcpContact {
            source_port: 56247,
            port: 1025,
            flags: Some(TcpFlags(TcpFlags::SYN)),
            window: Some(3072),
            sequence: Some(7),
            acknowledgement: Some(9),
        })
    );
    assert_eq!(record.tcp_options.as_slice(), [2, 4, 5, 0xb4, 4, 2]);
    assert_eq!((record.verdict, record.direction, record.cast), (Verdict::Refused, Direction::In, LinkCast::Unicast));
    assert_eq!(record.interface.as_bytes(), b"eth0");
    assert_eq!(record.provenance, Provenance::TextKernel);
}

#[test]
fn flags_are_words_and_their_absence_is_a_null_probe() {
    for (words, flags) in [
        ("", 0),
        ("SYN ", TcpFlags::SYN),
        ("URG PSH FIN ", TcpFlags::URG | TcpFlags::PSH | TcpFlags::FIN),
        ("CWR ECE SYN ", TcpFlags::CWR | TcpFlags::ECE | TcpFlags::SYN),
        ("AE CWR ECE URG ACK PSH RST SYN FIN ", 0x1ff),
    ] {
        let record = v4(&format!("PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 {words}URGP=0 ")).unwrap();
        assert_eq!(flags_of(&record), Some(flags), "{words}");
    }
}

#[test]
fn the_acknowledgement_number_is_not_the_flag() {
    let record = v4("PROTO=TCP SPT=1 DPT=2 SEQ=1 ACK=4294967295 WINDOW=1 RES=0x00 SYN URGP=0 ").unwrap();
    assert_eq!(flags_of(&record), Some(TcpFlags::SYN));
    let record = v4("PROTO=TCP SPT=1 DPT=2 SEQ=1 ACK=2 WINDOW=1 RES=0x00 ACK URGP=0 ").unwrap();
    assert_eq!(flags_of(&record), Some(TcpFlags::ACK));
}

#[test]
fn what_a_line_leaves_out_is_unknown() {
    for (rest, flags) in [
        ("PROTO=TCP SPT=1 DPT=2 ", None),
        ("PROTO=TCP SPT=1 DPT=2", None),
        ("PROTO=TCP SPT=1 DPT=2 LEN=84", None),
        ("PROTO=TCP SPT=1 DPT=2 RES=0x00 SYN URGP=0 ", Some(TcpFlags::SYN)),
        ("PROTO=TCP SPT=1 DPT=2 WINDOW=5 SYN", Some(TcpFlags::SYN)),
        ("PROTO=TCP SPT=1 DPT=2 WINDOW=5", Some(0)),
    ] {
        let record = v4(rest).unwrap();
        assert_eq!(flags_of(&record), flags, "{rest}");
    }
}

#[test]
fn every_transport_of_the_writer_is_read() {
    let udp = Contact::Udp { source_port: 5, port: 6 };
    for (rest, protocol, contact) in [
        ("PROTO=UDP SPT=5 DPT=6 LEN=8 ", 17, udp),
        ("PROTO=UDPLITE SPT=5 DPT=6 LEN=8 ", 136, udp),
        ("PROTO=UDPLITE INCOMPLETE [0 bytes] ", 136, Contact::Protocol(136)),
        ("PROTO=UDP INCOMPLETE [4 bytes] ", 17, Contact::Unknown),
        ("PROTO=TCP ", 6, Contact::Unknown),
        ("PROTO=TCP INCOMPLETE [8 bytes] ", 6, Contact::Unknown),
        ("PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=9 ", 1, Contact::Icmp { kind: 8, code: 0 }),
        ("PROTO=ICMP TYPE=13 CODE=0 ", 1, Contact::Icmp { kind: 13, code: 0 }),
        ("PROTO=ICMP TYPE=8 CODE=0 INCOMPLETE [2 bytes] ", 1, Contact::Icmp { kind: 8, code: 0 }),
        ("PROTO=AH SPI=0x1f ", 51, Contact::Protocol(51)),
        ("PROTO=AH INCOMPLETE [0 bytes] ", 51, Contact::Protocol(51)),
        ("PROTO=ESP SPI=0xdeadbeef ", 50, Contact::Protocol(50)),
        ("PROTO=132 ", 132, Contact::Protocol(132)),
        ("PROTO=2", 2, Contact::Protocol(2)),
        ("MF FRAG:64 PROTO=UDP ", 17, Contact::Unknown),
        ("CE DF OPT (0101) PROTO=47 UID=0 GID=0 MARK=0x1f ", 47, Contact::Protocol(47)),
        ("PROTO=47 MARK=0 ", 47, Contact::Protocol(47)),
    ] {
        let record = v4(rest).unwrap();
        assert_eq!((record.protocol, record.contact), (protocol, contact), "{rest}");
    }
}

#[test]
fn ipv6_extension_headers_are_stepped_over() {
    let tcp = "PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN URGP=0 ";
    for extensions in [
        String::new(),
        "OPT ( ) ".repeat(9),
        "OPT ( FRAG:0 INCOMPLETE ID:0000002a ) ".to_owned(),
        "FRAG:0 ID:0000002a ".to_owned(),
        "OPT ( AH SPI=0x1 ) ".to_owned(),
    ] {
        let record = v6(&format!("{extensions}{tcp}")).unwrap();
        assert!(matches!(record.contact, Contact::Tcp(_)), "{extensions}");
        assert_eq!((record.ttl, record.source.to_string().as_str()), (64, "2001:db8::2"));
    }
    for (rest, contact) in [
        ("Unknown Ext Hdr 140", Contact::Unknown),
        ("OPT ( ESP SPI=0x12 )", Contact::Protocol(50)),
        ("FRAG:TRUNCATED ", Contact::Unknown),
        ("TRUNCATED", Contact::Unknown),
        ("PROTO=ICMPv6 TYPE=128 CODE=0 ID=1 SEQ=2 ", Contact::Icmpv6 { kind: 128, code: 0 }),
        ("", Contact::Unknown),
    ] {
        assert_eq!(v6(rest).unwrap().contact, contact, "{rest}");
    }
}

#[test]
fn nothing_of_a_quoted_packet_reaches_the_record() {
    let inner = "SRC=10.9.9.9 DST=10.8.8.8 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=2 DF ";
    for quoted in [
        format!("{inner}PROTO=TCP SPT=4444 DPT=23 WINDOW=1 RES=0x00 SYN URGP=0 "),
        format!("{inner}PROTO=TCP INCOMPLETE [8 bytes] "),
        format!("{inner}PROTO=UDP SPT=4444 DPT=161 LEN=9 "),
        format!("{inner}PROTO=ICMP TYPE=8 CODE=0 ID=4444 SEQ=5 "),
        "TRUNCATED".to_owned(),
    ] {
        for mtu in ["", "MTU=1400 "] {
            let record = v4(&format!("PROTO=ICMP TYPE=3 CODE=4 [{quoted}] {mtu}")).unwrap();
            assert_eq!(record.contact, Contact::Icmp { kind: 3, code: 4 }, "{quoted}");
            assert_eq!(record.source.to_string(), "192.0.2.7");
            assert_eq!((record.protocol, record.len, record.ip_id), (1, 44, Some(15270)));
        }
    }
    let inner6 = format!("{V6}PROTO=UDP SPT=4444 DPT=161 LEN=9 ");
    let record = v6(&format!("PROTO=ICMPv6 TYPE=1 CODE=4 [{inner6}] ")).unwrap();
    assert_eq!(record.contact, Contact::Icmpv6 { kind: 1, code: 4 });
    let record = v4("PROTO=ICMP TYPE=5 CODE=1 GATEWAY=10.0.0.1 [TRUNCATED] ").unwrap();
    assert_eq!(record.contact, Contact::Icmp { kind: 5, code: 1 });
}

#[test]
fn brackets_nest_once_and_never_open_onto_ports() {
    let inner = "SRC=10.9.9.9 DST=10.8.8.8 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=2 ";
    for (rest, reason) in [
        (format!("PROTO=ICMP TYPE=3 CODE=3 [{inner}PROTO=ICMP TYPE=3 CODE=3 [{inner}PROTO=47 ] ] "), Reason::Quoted),
        (format!("PROTO=ICMP TYPE=3 CODE=3 [{inner}PROTO=47 ] SPT=1 DPT=2 "), Reason::Duplicate),
        (format!("PROTO=ICMP TYPE=3 CODE=3 [{inner}PROTO=47 ] {TCP}"), Reason::Duplicate),
        (format!("PROTO=ICMP TYPE=3 CODE=3 {TCP}"), Reason::Duplicate),
        (format!("PROTO=ICMP TYPE=3 CODE=3 [{inner}PROTO=47 "), Reason::Truncated),
        ("PROTO=ICMP TYPE=3 CODE=3 [PROTO=47 ] ".to_owned(), Reason::Quoted),
    ] {
        let got = v4(&rest).map(|_| ());
        assert!(got == Err(reason) || (got == Err(Reason::Trailing) && reason == Reason::Duplicate), "{rest}: {got:?}");
    }
}

#[test]
fn a_second_field_behind_the_packet_makes_the_line_malformed() {
    for rest in ["SRC=10.0.0.9 ", "DPT=23 ", "PROTO=UDP SPT=1 DPT=2 LEN=8 "] {
        assert_eq!(v4(&format!("{TCP}{rest}")).map(|_| ()), Err(Reason::Duplicate), "{rest}");
    }
}

#[test]
fn the_first_unexpected_byte_ends_the_line() {
    for (packet, reason) in [
        (format!("DROP XX=eth0 OUT= {MAC}{V4}{TCP}"), Reason::Truncated),
        (format!("DROP IN=eth0 OUT= {MAC}{V4}{TCP}junk"), Reason::Trailing),
        (format!("DROP IN=eth0  OUT= {MAC}{V4}{TCP}"), Reason::Truncated),
        (format!("DROP IN=eth0 OUT= MAC=zz {V4}{TCP}"), Reason::Mac),
        (format!("DROP IN=eth0 OUT= {MAC}SRC=192.0.2.7 LEN=1"), Reason::Ip),
        (format!("DROP IN=eth0 OUT= {MAC}SRC=192.0.2.777 DST=1.2.3.4 "), Reason::Address),
        (format!("DROP IN=eth0 OUT= {MAC}SRC=192.0.2.7 DST=xx.xx.xx.xx LEN=40 "), Reason::Masked),
        (format!("DROP IN=eth0 OUT= {MAC}{V4}PROTO=TCP SPT=1 DPT=65536 "), Reason::TransportPart),
        (format!("DROP IN=eth0 OUT= {MAC}{V4}PROTO=TCP SPT=1 DPT= WINDOW=1 "), Reason::TransportPart),
        (
            format!("DROP IN=eth0 OUT= {MAC}{V4}PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN ACK URGP=0 "),
            Reason::Trailing,
        ),
        (
            format!("DROP IN=eth0 OUT= {MAC}{V4}PROTO=TCP SPT=1 DPT=2 WINDOW=1 RES=0x00 SYN SYN URGP=0 "),
            Reason::Trailing,
        ),
        (format!("DROP IN=eth0 OUT= {MAC}{V4}"), Reason::Truncated),
        (format!("DROP IN=eth0 OUT= {MAC}SRC=192.0.2.7 DST=1.2"), Reason::Address),
        (format!("DROP IN=eth0 OUT= {MAC}TRUNCATED"), Reason::Truncated),
        (format!("DROP IN=eth0 OUT= {MAC}"), Reason::NotAPacket),
        (
            format!(
                "DROP IN=eth0 OUT= {MAC}ARP HTYPE=1 PTYPE=0x0800 OPCODE=1 MACSRC=52:54:00:00:00:02 IPSRC=192.0.2.7 MACDST=00:00:00:00:00:00 IPDST=192.0.2.1"
            ),
            Reason::Arp,
        ),
        ("L=126 ID=8698 DF PROTO=TCP".to_owned(), Reason::Truncated),
        ("usb 1-1: new device".to_owned(), Reason::NotAPacket),
        (format!("DR\u{1b}[31mOP IN=eth0 OUT= {MAC}{V4}{TCP}"), Reason::ControlByte),
        (format!("DROP IN=eth0 OUT= {MAC}{V4}{TCP}\u{0}"), Reason::Trailing),
        (format!("{}IN=eth0 OUT= {MAC}{V4}{TCP}", "x".repeat(128)), Reason::PrefixTooLong),
        (format!("DROP IN=an-interface-name OUT= {MAC}{V4}{TCP}"), Reason::Truncated),
    ] {
        assert_eq!(one(&packet).map(|_| ()), Err(reason), "{packet}");
    }
}

#[test]
fn the_last_anchor_of_the_line_counts() {
    let record = one(&format!("DROP IN= OUT= x IN=eth7 OUT= {MAC}{V4}{TCP}")).unwrap();
    assert_eq!((record.interface.as_bytes(), record.verdict), (b"eth7".as_slice(), Verdict::Refused));
    let record = one(&format!("{}IN=eth7 OUT= {MAC}{V4}{TCP}", "x".repeat(127))).unwrap();
    assert_eq!(record.interface.as_bytes(), b"eth7");
}

#[test]
fn prefixes_are_glued_to_the_packet_part() {
    for (prefix, verdict) in [
        ("", Verdict::None),
        ("DROP ", Verdict::Refused),
        ("DROP", Verdict::Refused),
        ("DROP(src wan)", Verdict::Refused),
        ("[WAN_OUT-2000-A]", Verdict::Allowed),
        ("Shorewall:net-fw:DROP:", Verdict::Refused),
        ("[UFW AUDIT] ", Verdict::Allowed),
        ("gesperrt: ", Verdict::None),
        ("\u{e9}DROP ", Verdict::Refused),
    ] {
        assert_eq!(one(&format!("{prefix}IN=eth0 OUT= {MAC}{V4}{TCP}")).unwrap().verdict, verdict, "{prefix}");
    }
}

#[test]
fn every_form_of_the_link_layer_is_read() {
    let ten = "MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22 ";
    for (link, cast) in [
        ("", LinkCast::Unicast),
        ("MAC= ", LinkCast::Unicast),
        (ten, LinkCast::Unicast),
        ("MAC=... ", LinkCast::Unicast),
        ("MAC=xx:xx:xx:xx:xx:xx:52:54:00:00:00:02:08:00 ", LinkCast::Unicast),
        ("MAC=23:87:fc:c6:24:58:00:21:3f:98:99:78:09:00 ", LinkCast::Unicast),
        ("MAC=ff:ff:ff:ff:ff:ff:52:54:00:00:00:02:08:00 ", LinkCast::Broadcast),
        ("MAC=01:00:5e:00:00:fb:52:54:00:00:00:02:08:00 ", LinkCast::Multicast),
        ("MAC=33:33:00:00:00:01:52:54:00:00:00:02:86:dd ", LinkCast::Multicast),
        ("MAC=52:54:00:00:00:01:52:54:00:00:00:02:08:00 TUNNEL=192.0.2.1->192.0.2.2 ", LinkCast::Unicast),
        ("MACSRC=52:54:00:00:00:02 MACDST=ff:ff:ff:ff:ff:ff MACPROTO=0800 ", LinkCast::Broadcast),
        ("MACSRC=52:54:00:00:00:02 MACDST=52:54:00:00:00:01 VPROTO=8100 VID=7 MACPROTO=0800 ", LinkCast::Unicast),
    ] {
        let record = one(&format!("DROP IN=eth0 OUT= {link}{V4}{TCP}")).unwrap();
        assert_eq!(record.cast, cast, "{link}");
    }
    let bridged = one(&format!("DROP IN=br0 OUT=br0 PHYSIN=eth0 PHYSOUT=tap1 {MAC}{V4}{TCP}")).unwrap();
    assert_eq!(bridged.direction, Direction::Forward);
}

#[test]
fn a_byte_that_no_hardware_address_holds_is_seen_wherever_it_stands() {
    for at in "MAC=".len()..MAC.trim_end().len() {
        for wrong in ["g", "/", ":", "7", "@", "`", "\u{80}", "::", "77"] {
            let mac = format!("{}{wrong}{}", &MAC[..at], &MAC[at + 1..]);
            let fits = mac == MAC || (MAC.as_bytes()[at] != b':' && wrong == "7");
            let read = one(&format!("DROP IN=eth0 OUT= {mac}{V4}{TCP}"));
            assert_eq!(read.map(|record| record.cast).ok(), fits.then_some(LinkCast::Unicast), "{mac}");
        }
    }
    assert!(one(&format!("DROP IN=eth0 OUT= {}{V4}{TCP}", MAC.replace("54", "AF").replace("52", "fa"))).is_ok());
}

#[test]
fn directions_come_from_the_interfaces() {
    for (interfaces, direction) in [
        ("IN=eth0 OUT= ", Direction::In),
        ("IN=eth0 OUT=eth1 ", Direction::Forward),
        ("IN= OUT=eth0 ", Direction::Out),
        ("IN= OUT= ", Direction::Out),
    ] {
        assert_eq!(one(&format!("DROP {interfaces}{V4}{TCP}")).unwrap().direction, direction, "{interfaces}");
    }
}

#[test]
fn only_refusals_and_silence_are_evidence() {
    for (prefix, rest, expected) in [
        ("DROP ", TCP, Ok(LogOutcome::Filtered)),
        ("", TCP, Ok(LogOutcome::Unknown)),
        ("[UFW ALLOW] ", TCP, Err(Reason::Allowed)),
        ("[UFW AUDIT] ", TCP, Err(Reason::Allowed)),
        ("ACCEPT DROP ", TCP, Err(Reason::Ignored)),
        ("DROP ", "PROTO=TCP SPT=443 DPT=40000 WINDOW=1 RES=0x00 ACK URGP=0 ", Err(Reason::Answer)),
        ("DROP ", "PROTO=TCP SPT=443 DPT=40000 WINDOW=1 RES=0x00 ACK SYN URGP=0 ", Err(Reason::Answer)),
        ("DROP ", "PROTO=TCP SPT=443 DPT=40000 ", Err(Reason::Answer)),
        ("DROP ", "PROTO=TCP SPT=8443 DPT=40000 WINDOW=1 RES=0x00 ACK FIN URGP=0 ", Err(Reason::Answer)),
        ("DROP ", "PROTO=TCP SPT=8443 DPT=40000 WINDOW=0 RES=0x00 RST URGP=0 ", Err(Reason::Answer)),
        ("DROP ", "PROTO=TCP SPT=8443 DPT=40000 WINDOW=1 RES=0x00 SYN URGP=0 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=TCP SPT=8443 DPT=40000 WINDOW=1 RES=0x00 FIN URGP=0 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=TCP SPT=8443 DPT=8080 WINDOW=1 RES=0x00 ACK URGP=0 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=TCP SPT=8443 DPT=40000 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=TCP SPT=443 DPT=40000 WINDOW=1 RES=0x00 SYN URGP=0 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=TCP SPT=443 DPT=8080 WINDOW=1 RES=0x00 ACK URGP=0 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=UDP SPT=53 DPT=40000 LEN=80 ", Err(Reason::Answer)),
        ("DROP ", "PROTO=UDP SPT=1900 DPT=40000 LEN=80 ", Err(Reason::Answer)),
        ("DROP ", "PROTO=UDP SPT=40000 DPT=40001 LEN=80 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=UDP SPT=53 DPT=161 LEN=80 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=ICMP TYPE=8 CODE=0 ", Ok(LogOutcome::Filtered)),
        ("DROP ", "PROTO=ICMP TYPE=0 CODE=0 ", Err(Reason::IcmpOther)),
        ("DROP ", "PROTO=ICMP TYPE=11 CODE=0 ", Err(Reason::IcmpOther)),
        ("DROP ", "PROTO=TCP ", Err(Reason::NoTransport)),
        ("DROP ", "PROTO=2 ", Ok(LogOutcome::Filtered)),
    ] {
        let (seen, counts) = read(Format::Syslog, &format!("{HEAD}{prefix}IN=eth0 OUT= {MAC}{V4}{rest}"));
        let got = match (seen.probes.as_slice(), seen.refused.as_slice()) {
            ([probe], []) => Ok(probe.outcome),
            ([], [(_, reason)]) => Err(*reason),
            other => panic!("{prefix}{rest}: {other:?} {counts:?}"),
        };
        assert_eq!(got, expected, "{prefix}{rest}");
    }
}

#[test]
fn invalid_excludes_only_what_an_old_connection_still_sends() {
    for (words, is_probe) in [
        ("SYN ", true),
        ("FIN ", true),
        ("", true),
        ("URG PSH FIN ", true),
        ("SYN FIN ", true),
        ("ACK ", false),
        ("ACK FIN ", false),
        ("ACK PSH ", false),
        ("RST ", false),
        ("ACK RST ", false),
    ] {
        let line = format!(
            "{HEAD}DROP INVALID IN=eth0 OUT= {MAC}{V4}PROTO=TCP SPT=40000 DPT=22 WINDOW=1 RES=0x00 {words}URGP=0 "
        );
        assert_eq!(read(Format::Syslog, &line).0.probes.len(), usize::from(is_probe), "{words}");
    }
}

#[test]
fn what_is_sent_to_everybody_or_by_us_is_no_probe() {
    let rest = "LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=1 PROTO=UDP SPT=5 DPT=6 LEN=8 ";
    for (start, reason) in [
        (
            "IN=eth0 OUT= MAC=ff:ff:ff:ff:ff:ff:52:54:00:00:00:02:08:00 SRC=192.0.2.7 DST=192.0.2.255 ",
            Reason::Broadcast,
        ),
        ("IN=eth0 OUT= SRC=192.0.2.7 DST=224.0.0.251 ", Reason::Broadcast),
        ("IN=eth0 OUT= SRC=192.0.2.7 DST=255.255.255.255 ", Reason::Broadcast),
        ("IN= OUT=eth0 SRC=192.0.2.7 DST=198.51.100.1 ", Reason::Outbound),
    ] {
        let (seen, _) = read(Format::Syslog, &format!("{HEAD}DROP {start}{rest}"));
        assert!(seen.probes.is_empty(), "{start}");
        assert_eq!(seen.refused.first().map(|(_, reason)| *reason), Some(reason), "{start}");
    }
    let ns = "IN=eth0 OUT= MAC=00:1b:b9:76:9c:e4:00:13:46:3a:41:36:86:dd ";
    let (seen, _) = read(Format::Syslog, &format!("{HEAD}DROP {ns}{V6}PROTO=ICMPv6 TYPE=135 CODE=0 "));
    assert_eq!(seen.refused.first().map(|(_, reason)| *reason), Some(Reason::IcmpOther));
}

#[test]
fn an_operator_can_ask_for_his_own_prefix() {
    let lines = format!("{HEAD}DROP IN=eth0 OUT= {MAC}{V4}{TCP}\n{HEAD}gate-drop: IN=eth0 OUT= {MAC}{V4}{TCP}\n");
    let own =
        scanwarden_core::log::settings::LogSettings { required_prefixes: vec!["gate-drop:".into()], ..settings() };
    let (seen, counts) = read_with(Format::Syslog, own, lines.as_bytes());
    assert_eq!((seen.probes.len(), counts.reasons.get(Reason::PrefixNotListed)), (1, 1));
}
