//! The formats beside syslog: how they are recognised and what their lines come to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use log_support::{Seen, read};
use scanwarden_core::log::detect_format::detect_format;
use scanwarden_core::log::evidence::{LogOutcome, LogProbeKind};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reason::Reason;
use scanwarden_core::log::record::Provenance;
use scanwarden_core::packet::TcpFlags;

const PACKET: &str = "IN=eth0 OUT= SRC=192.0.2.7 DST=198.51.100.1 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=1 PROTO=TCP SPT=40000 DPT=22 WINDOW=1 RES=0x00 SYN URGP=0 ";
const TIME_NS: u64 = 1_741_324_170_000_000_000;

/// Outcome and port of each probe, in order.
fn outcomes(seen: &Seen) -> Vec<(LogOutcome, u16)> {
    seen.probes.iter().map(|probe| (probe.outcome, log_support::port_of(probe))).collect()
}

fn recognised(format: Format, text: &str) -> Seen {
    assert_eq!(detect_format(text.as_bytes()), Some(format), "{text}");
    read(format, text).0
}

#[test]
fn journald_gives_the_message_as_text_or_bytes() {
    let entry = |message: &str| {
        format!(
            r#"{{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1741324170000000","_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","PRIORITY":"4","MESSAGE":{message}}}"#
        )
    };
    let bytes: Vec<u8> = b"\xffDROP ".iter().copied().chain(PACKET.bytes()).collect();
    for message in [format!("\"DROP {PACKET}\""), format!("{bytes:?}"), format!("\"\\u0044ROP {PACKET}\"")] {
        let seen = recognised(Format::Journald, &entry(&message));
        let probe = seen.probes.first().unwrap_or_else(|| panic!("{message}"));
        assert_eq!(
            (probe.time_ns, probe.outcome, probe.provenance),
            (TIME_NS, LogOutcome::Filtered, Provenance::JournalKernel)
        );
    }
    for (message, reason) in
        [("null", Reason::Truncated), ("[1,2,300]", Reason::Json), ("[\"a\"]", Reason::Json), ("{}", Reason::Truncated)]
    {
        assert_eq!(read(Format::Journald, &entry(message)).1.reasons.get(reason), 1, "{message}");
    }
}

#[test]
fn filterlog_columns_are_read() {
    let start = "Sep 30 14:35:50 gate filterlog[77]: 53,,,1000102631,em0,match,block,in";
    for (rest, kind) in [
        (
            "4,0x0,,64,892,0,none,6,tcp,44,192.0.2.7,198.51.100.1,59576,22,0,S,17536001,,65535,,mss",
            Some((TcpFlags::SYN, 22)),
        ),
        (
            "4,0x0,,64,892,0,none,6,tcp,44,192.0.2.7,198.51.100.1,59576,22,0,FPU,1,,1,,",
            Some((TcpFlags::FIN | TcpFlags::PSH | TcpFlags::URG, 22)),
        ),
        ("4,0x0,,64,892,0,none,6,tcp,44,192.0.2.7,198.51.100.1,59576,22,0,,1,,1,,", Some((0, 22))),
        ("4,0x0,,64,892,185,none,6,tcp,44,192.0.2.7,198.51.100.1,", None),
        ("4,0x0,,64,892,0,none,1,icmp,44,192.0.2.7,198.51.100.1,unreachport,", None),
    ] {
        let seen = recognised(Format::Filterlog, &format!("{start},{rest}"));
        let got = seen.probes.first().and_then(|probe| match probe.kind {
            LogProbeKind::Tcp { flags, port, .. } => flags.map(|flags| (flags.0, port)),
            _ => None,
        });
        assert_eq!(got, kind, "{rest}");
    }
    let udp6 = format!("{start},6,0x00,0x0ea87,51,udp,17,73,2001:db8::7,2001:db8::1,6881,53,73");
    assert_eq!(outcomes(&read(Format::Filterlog, &udp6).0), [(LogOutcome::Filtered, 53)]);
}

#[test]
fn mikrotik_lines_are_read() {
    let head = "2023-03-18T20:36:59+01:00 10.0.0.1 firewall,info ";
    for (rest, expected) in [
        (
            "drop-in input: in:ether1 out:(unknown 0), connection-state:new src-mac 00:17:10:88:bc:02, proto TCP (SYN), 192.0.2.7:5->198.51.100.1:23, len 40",
            vec![(LogOutcome::Filtered, 23)],
        ),
        (
            "input: in:ether1 out:(unknown 0), proto UDP, 192.0.2.7:5->198.51.100.1:161, len 40",
            vec![(LogOutcome::Unknown, 161)],
        ),
        (
            "drop forward: in:ether1 out:bridge, proto TCP (SYN), [2001:db8::7]:5->[2001:db8::1]:22, len 60",
            vec![(LogOutcome::Filtered, 22)],
        ),
        (
            "drop forward: in:ether1 out:bridge, proto TCP (SYN), 192.0.2.7:5->198.51.100.1:22, NAT 192.0.2.7:5->(203.0.113.1:22->198.51.100.1:22), len 60",
            vec![(LogOutcome::Filtered, 22)],
        ),
        (
            "drop input: in:ether1 out:(unknown 0), proto ICMP (type 8, code 0), 192.0.2.7->198.51.100.1, len 84",
            vec![(LogOutcome::Filtered, 0)],
        ),
        (
            "drop input: in:ether1 out:(unknown 0), proto 47, 192.0.2.7->198.51.100.1, len 84",
            vec![(LogOutcome::Filtered, 0)],
        ),
        ("accept input: in:ether1 out:(unknown 0), proto UDP, 192.0.2.7:5->198.51.100.1:161, len 40", vec![]),
        ("drop output: in:(unknown 0) out:ether1, proto UDP, 192.0.2.7:5->198.51.100.1:161, len 40", vec![]),
    ] {
        assert_eq!(outcomes(&recognised(Format::Mikrotik, &format!("{head}{rest}"))), expected, "{rest}");
    }
}

#[test]
fn proxmox_lines_are_read() {
    for (rest, expected) in [
        ("policy DROP: IN=vmbr0 MAC=24:8a:07:9a:2a:f2:24:8a:07:50:2c:9e:08:00 ", vec![(LogOutcome::Filtered, 22)]),
        (
            "IN=fwbr1 OUT=fwbr1 PHYSIN=fwln1 PHYSOUT=tap1 MAC=24:8a:07:9a:2a:f2:24:8a:07:50:2c:9e:08:00 ",
            vec![(LogOutcome::Unknown, 22)],
        ),
        ("ACCEPT: IN=vmbr0 ", vec![]),
        ("REJECT: OUT=vmbr0 ", vec![]),
    ] {
        let line = format!(
            "0 3 PVEFW-HOST-IN 07/Mar/2025:07:09:30 +0200 {rest}{}",
            PACKET.trim_start_matches("IN=eth0 OUT= ")
        );
        let seen = recognised(Format::Proxmox, &line);
        assert_eq!(outcomes(&seen), expected, "{rest}");
        assert!(seen.records.iter().all(|record| record.time_ns == TIME_NS));
    }
}

#[test]
fn one_line_alerts_of_suricata_and_snort_are_read() {
    for (line, is_scan, port) in [
        (
            "07/11/2022-10:29:32.251216  [**] [1:2008578:4] ET SCAN Sipvicious Scan [**] [Classification: Attempted Information Leak] [Priority: 2] {UDP} 192.0.2.7:5116 -> 198.51.100.1:5060",
            true,
            Some(5060),
        ),
        (
            "03/07-05:09:30.000000  [**] [122:1:1] (portscan) TCP Portscan [**] [Priority: 3] {PROTO:255} 192.0.2.7 -> 198.51.100.1",
            true,
            None,
        ),
        (
            "03/07-05:09:30.000000  [Drop] [**] [1:10000002:0] cmd.exe test [**] [Priority: 0] {TCP} 192.0.2.7:59244 -> 198.51.100.1:80",
            false,
            Some(80),
        ),
        (
            "03/07/25-05:09:30.000000  [**] [1:366:7] ICMP PING *NIX [**] [Classification: Misc activity] [Priority: 3] {ICMP} 192.0.2.7:8 -> 198.51.100.1:0",
            false,
            None,
        ),
        (
            "03/07/2025-05:09:30.000000  [**] [1:1:1] x [**] [Priority: 3] {TCP} 2001:db8::7:5 -> 2001:db8::1:22",
            false,
            Some(22),
        ),
    ] {
        let seen = recognised(Format::AlertFast, line);
        let alert = seen.alerts.first().unwrap_or_else(|| panic!("{line}"));
        assert_eq!((alert.is_scan, alert.port), (is_scan, port), "{line}");
        assert!(["192.0.2.7", "2001:db8::7"].contains(&alert.source.to_string().as_str()));
    }
}

#[test]
fn zeek_connections_say_what_became_of_them() {
    let header = "#separator \\x09\n#unset_field\t-\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tconn_state\thistory\n";
    let states = [
        ("S0", "S", Some(LogOutcome::Filtered)),
        ("REJ", "Sr", Some(LogOutcome::Closed)),
        ("RSTO", "ShR", Some(LogOutcome::HalfOpen)),
        ("RSTO", "ShADaR", None),
        ("SF", "ShADadFf", None),
        ("OTH", "F", Some(LogOutcome::Filtered)),
        ("OTH", "Fr", Some(LogOutcome::Closed)),
        ("OTH", "DdA", None),
        ("RSTRH", "^hr", None),
    ];
    for (state, history, expected) in states {
        let line = format!("1741324170.000000\tC1\t192.0.2.7\t40000\t198.51.100.1\t22\ttcp\t-\t{state}\t{history}\n");
        let seen = recognised(Format::ZeekTsv, &format!("{header}{line}#close\t2025\n"));
        assert_eq!(seen.probes.first().map(|probe| probe.outcome), expected, "{state} {history}");
        assert!(seen.records.iter().all(|record| record.time_ns == TIME_NS));
        let json = format!(
            r#"{{"ts":1741324170.0,"uid":"C1","id.orig_h":"192.0.2.7","id.orig_p":40000,"id.resp_h":"198.51.100.1","id.resp_p":22,"proto":"tcp","conn_state":"{state}","history":"{history}"}}"#
        );
        let seen = recognised(Format::ZeekJson, &json);
        assert_eq!(seen.probes.first().map(|probe| probe.outcome), expected, "{json}");
    }
    let ping = format!("{header}1741324170.5\tC2\t192.0.2.7\t8\t198.51.100.1\t0\ticmp\t-\tOTH\t-\n");
    assert_eq!(
        read(Format::ZeekTsv, &ping).0.probes.first().map(|probe| probe.kind),
        Some(LogProbeKind::Icmp { kind: 8, code: 0 })
    );
}

#[test]
fn zeek_notices_are_alerts() {
    let tsv = "#separator \\x09\n#fields\tts\tnote\tmsg\tsub\tsrc\tdst\tp\n1741324170.000000\tScan::Port_Scan\tscanned 15 ports\tlocal\t192.0.2.7\t198.51.100.1\t-\n";
    let json = r#"{"ts":"2025-03-07T05:09:30Z","note":"Scan::Address_Scan","msg":"x","src":"192.0.2.7","p":22}"#;
    for (format, text) in [(Format::ZeekTsv, tsv), (Format::ZeekJson, json)] {
        let seen = recognised(format, text);
        let alert = seen.alerts.first().expect("an alert");
        assert_eq!((alert.source.to_string().as_str(), alert.is_scan, alert.time_ns), ("192.0.2.7", true, TIME_NS));
    }
}

#[test]
fn vpc_flow_logs_are_read_in_any_order() {
    let refused = "2 123456789010 eni-1 192.0.2.7 198.51.100.1 40000 3389 6 20 4249 1741324170 1741324200 REJECT OK\n";
    let accepted = "2 123456789010 eni-1 192.0.2.7 198.51.100.1 40000 22 6 20 4249 1741324170 1741324200 ACCEPT OK\n";
    let nothing = "2 123456789010 eni-1 - - - - - - - 1741324170 1741324200 - NODATA\n";
    let answer = "2 123456789010 eni-1 192.0.2.7 198.51.100.1 443 40000 6 20 4249 1741324170 1741324200 REJECT OK\n";
    let seen = recognised(Format::VpcFlow, &format!("{refused}{accepted}{nothing}{answer}"));
    assert_eq!(outcomes(&seen), [(LogOutcome::Filtered, 3389)]);
    assert_eq!(seen.probes.first().map(|probe| probe.time_ns), Some(TIME_NS));
    let custom = "dstport action srcaddr dstaddr protocol start tcp-flags flow-direction srcport\n22 REJECT 192.0.2.7 198.51.100.1 6 1741324170 2 ingress 5000\n22 REJECT 192.0.2.7 198.51.100.1 6 1741324170 2 egress 5000\n";
    let seen = recognised(Format::VpcFlow, custom);
    assert_eq!(seen.probes.len(), 1);
    assert!(matches!(
        seen.probes.first().unwrap().kind,
        LogProbeKind::Tcp { flags: Some(TcpFlags(TcpFlags::SYN)), port: 22, .. }
    ));
}

#[test]
fn nfdump_csv_of_both_generations_is_read() {
    let old = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt\n";
    let new = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flags\n";
    for (flags, expected) in [
        ("......S.", Some(LogOutcome::Unknown)),
        (".....RS.", Some(LogOutcome::HalfOpen)),
        ("...AP.SF", None),
        ("...A.R..", None),
        ("..U.P..F", Some(LogOutcome::Unknown)),
        ("........", None),
    ] {
        let line = format!(
            "{old}2025-03-07 05:09:30,2025-03-07 05:09:30,0.000,192.0.2.7,198.51.100.1,40000,22,TCP,{flags},0,0,1,40\nSummary\nflows,bytes\n"
        );
        assert_eq!(recognised(Format::NfdumpCsv, &line).probes.first().map(|probe| probe.outcome), expected, "{flags}");
        let line = format!("{new}2025-03-07 05:09:30.000,0.000,TCP,192.0.2.7,40000,198.51.100.1,22,1,40,{flags}\n");
        assert_eq!(recognised(Format::NfdumpCsv, &line).probes.first().map(|probe| probe.outcome), expected, "{flags}");
    }
    let ping = format!(
        "{old}2025-03-07 05:09:30,2025-03-07 05:09:30,0.000,192.0.2.7,198.51.100.1,0,8.0,ICMP,........,0,0,1,40\n"
    );
    assert_eq!(read(Format::NfdumpCsv, &ping).0.probes.len(), 1);
}

#[test]
fn flow_logs_come_with_times_of_several_kinds() {
    let vpc =
        "2025-03-07T05:10:30.000Z 2 1 eni-1 192.0.2.7 198.51.100.1 40000 22 6 1 40 1741324170 1741324230 REJECT OK\n";
    let header = "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,flags\n";
    let fast = format!("{header}1,2,1741324170.000,1741324170.001,6,192.0.2.7,40000,198.51.100.1,22,......S.\n");
    let millis = format!("{header}1,2,1741324170000,1741324170001,6,192.0.2.7,40000,198.51.100.1,22,......S.\n");
    let tools = "#:unix_secs,sysuptime,first,srcaddr,dstaddr,srcport,dstport,prot,tcp_flags\n\
                 1741324171,9000,8000,192.0.2.7,198.51.100.1,40000,22,6,2\n";
    for (format, text) in [
        (Format::VpcFlow, vpc),
        (Format::NfdumpCsv, fast.as_str()),
        (Format::NfdumpCsv, millis.as_str()),
        (Format::FlowTools, tools),
    ] {
        let seen = recognised(format, text);
        let probes: Vec<_> = seen.probes.iter().map(|probe| (probe.time_ns, log_support::port_of(probe))).collect();
        assert_eq!(probes, [(1_741_324_170_000_000_000, 22)], "{text}");
    }
}

#[test]
fn saved_ring_buffers_and_journals_come_in_several_dresses() {
    let packet = "DROP IN=eth0 OUT= MAC=52:54:00:00:00:01:52:54:00:00:00:02:08:00 <4>SRC=192.0.2.7 DST=198.51.100.1 LEN=44 \
                  TOS=00 PREC=0x00 TTL=51 ID=1 PROTO=TCP SPT=1025 DPT=22 WINDOW=1 RES=0x00 SYN URGP=0 MARK=1a0000 \n";
    let entry = format!(
        r#"{{"__REALTIME_TIMESTAMP":"1741324170000000","_TRANSPORT":"kernel","MESSAGE":"{}"}}"#,
        packet.trim_ascii_end()
    );
    for (format, text) in [
        (Format::Dmesg, format!("kern  :warn  : [  203.842973] {packet}")),
        (Format::Journald, format!("\x1e{entry}\n")),
        (Format::Journald, format!("data: {entry}\n\n")),
        (Format::OssecTest, format!("[a drop]\nlog 1 pass = Mar  7 05:09:30 gate kernel: {packet}rule = 1\n")),
        (Format::Syslog, format!("\u{feff}Mar  7 05:09:30 gate kernel: {packet}")),
    ] {
        assert_eq!(recognised(format, &text).probes.len(), 1, "{text}");
    }
    // No program stands in these, so the user must say what they are.
    for (format, text) in [
        (Format::Ulogd, format!("Mar  7 05:09:30 gate {packet}")),
        (Format::Dmesg, format!("2025-03-07T05:09:30,123456+01:00 {packet}")),
    ] {
        assert_ne!(detect_format(text.as_bytes()), Some(format));
        assert_eq!(read(format, &text).0.probes.len(), 1, "{text}");
    }
}

#[test]
fn portsentrys_own_files_and_bare_dropbear_messages_are_read() {
    let history = "1403884279 - 06/27/2014 17:51:19 Host: a.example/192.0.2.7 Port: 1 TCP Blocked\n\
                   2025-03-07T05:09:30.000+0000 Scan from: [192.0.2.8] (x) protocol: [UDP] port: [69] type: [UDP] \
                   IP opts: [not set] ignored: [false] triggered: [true] noblock: [false] blocked: [true]\n";
    let alerts = recognised(Format::PortSentry, history).alerts;
    let named: Vec<String> = alerts.iter().map(|alert| alert.source.to_string()).collect();
    assert_eq!(named, ["192.0.2.7", "192.0.2.8"]);
    let bare = "Bad PAM password attempt for 'x' from 192.0.2.7:49242\n";
    assert_eq!(recognised(Format::Dropbear, bare).failures.len(), 1);
}

#[test]
fn binetflow_states_are_read() {
    let header =
        "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n";
    for (protocol, direction, state, expected) in [
        ("tcp", "   ->", "S_RA", Some(LogOutcome::Closed)),
        ("tcp", "   ->", "S_", Some(LogOutcome::Filtered)),
        ("tcp", "   ->", "SR_SA", Some(LogOutcome::HalfOpen)),
        ("tcp", "   ->", "FSPA_FSPA", None),
        ("tcp", "   ->", "F_RA", Some(LogOutcome::Closed)),
        ("tcp", "   <-", "S_RA", None),
        ("udp", "  <->", "CON", None),
        ("udp", "   ->", "INT", Some(LogOutcome::Unknown)),
        ("udp", "   ->", "URP", Some(LogOutcome::Closed)),
        ("arp", "  who", "CON", None),
    ] {
        let line = format!(
            "{header}2025/03/07 05:09:30.000000,1.0,{protocol},192.0.2.7,40000,{direction},198.51.100.1,22,{state},0,0,4,276,156,x\n"
        );
        assert_eq!(
            recognised(Format::Binetflow, &line).probes.first().map(|probe| probe.outcome),
            expected,
            "{protocol} {state}"
        );
    }
    let ping = format!(
        "{header}2025/03/07 05:09:30.000000,1.0,icmp,192.0.2.7,0x0008,   ->,198.51.100.1,0x4d3a,ECO,0,0,4,276,156,x\n"
    );
    assert_eq!(
        read(Format::Binetflow, &ping).0.probes.first().map(|probe| probe.kind),
        Some(LogProbeKind::Icmp { kind: 8, code: 0 })
    );
}

#[test]
fn plain_logs_are_told_apart_by_most_of_their_lines() {
    for (text, format) in [
        (format!("Mar  7 05:09:30 gate cron[1]: x\nMar  7 05:09:30 gate kernel: DROP {PACKET}\n"), Some(Format::Syslog)),
        (format!("[    1.000000] usb\n[    2.000000] DROP {PACKET}\n"), Some(Format::Dmesg)),
        ("Mar  7 05:09:30 gate filterlog: 5,,\nMar  7 05:09:30 gate sshd[1]: x\nMar  7 05:09:30 gate filterlog: 5,,\n".to_owned(), Some(Format::Filterlog)),
        ("messages:Mar  7 05:09:30 gate kernel: x\n".to_owned(), Some(Format::Syslog)),
        ("\u{feff}Mar  7 05:09:30 gate kernel: x\n".to_owned(), Some(Format::Syslog)),
        ("hello\nworld\n".to_owned(), None),
        (String::new(), None),
    ] {
        assert_eq!(detect_format(text.as_bytes()), format, "{text}");
    }
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.name()), Some(format));
    }
}
