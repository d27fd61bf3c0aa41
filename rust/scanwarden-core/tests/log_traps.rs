//! Lines that fooled other detectors: what each must come to before the detector weighs it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use log_support::{Seen, port_of, read};
use scanwarden_core::log::evidence::{LogOutcome, LogProbeKind};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reason::Reason;
use scanwarden_core::packet::TcpFlags;

const HEAD: &str = "Mar  7 05:09:30 gate kernel: [  203.842973] ";
const V4: &str = "SRC=192.0.2.7 DST=198.51.100.1 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=15270 ";

fn tcp(port: u16, rest: &str) -> String {
    format!("PROTO=TCP SPT=40000 DPT={port} {rest}")
}

/// One line for each of thirty ports, as `line` writes it.
fn thirty(line: impl Fn(u16) -> String) -> Seen {
    let text = (1000..1030).fold(String::new(), |mut text, port| {
        let _ = writeln!(text, "{}", line(port));
        text
    });
    read(Format::Syslog, &text).0
}

fn ports(seen: &Seen) -> BTreeSet<u16> {
    seen.probes.iter().map(port_of).collect()
}

const SYN: &str = "WINDOW=1024 RES=0x00 SYN URGP=0 ";

#[test]
fn a_packet_in_a_user_name_is_a_user_name() {
    for program in ["sshd[9]: Invalid user ", "app: login failed for "] {
        let seen = thirty(|port| {
            format!("Mar  7 05:09:30 gate {program}IN= OUT= {V4}{}from 192.0.2.1 port 7", tcp(port, SYN))
        });
        assert!(seen.probes.is_empty(), "{program}");
    }
}

#[test]
fn retries_stay_two_targets() {
    let text: String = [80, 443].repeat(4).into_iter().fold(String::new(), |mut text, port| {
        let _ = writeln!(text, "{HEAD}DROP IN=eth0 OUT= {V4}{}", tcp(port, SYN));
        text
    });
    assert_eq!(ports(&read(Format::Syslog, &text).0), BTreeSet::from([80, 443]));
}

#[test]
fn accepted_and_audited_ports_are_nothing() {
    for prefix in ["ACCEPT ", "[UFW AUDIT] "] {
        let seen = thirty(|port| format!("{HEAD}{prefix}IN=eth0 OUT= {V4}{}", tcp(port, SYN)));
        assert!(seen.probes.is_empty() && seen.refused.len() == 30, "{prefix}");
    }
}

#[test]
fn errors_that_quote_thirty_ports_are_nothing() {
    let seen = thirty(|port| format!("{HEAD}DROP IN=eth0 OUT= {V4}PROTO=ICMP TYPE=3 CODE=3 [{V4}{}] ", tcp(port, SYN)));
    assert!(seen.probes.is_empty());
    assert!(seen.refused.iter().all(|(_, reason)| *reason == Reason::IcmpOther) && seen.refused.len() == 30);
}

#[test]
fn thirty_ports_at_one_an_hour_keep_their_hours() {
    let seen = thirty(|port| {
        let (day, hour) = (7 + (port - 1000) / 24, (port - 1000) % 24);
        format!("Mar  {day} {hour:02}:00:00 gate kernel: DROP IN=eth0 OUT= {V4}{}", tcp(port, SYN))
    });
    assert_eq!(ports(&seen).len(), 30);
    assert!(seen.probes.is_sorted_by(|one, next| next.time_ns - one.time_ns == 3_600_000_000_000));
}

#[test]
fn thirty_ports_in_rfc_5424_are_found_with_the_lines_time() {
    let seen = thirty(|port| {
        format!(
            "<4>1 2016-06-21T15:27:15.771223+08:00 gate kernel - - - [ 3132.531409] [UFW BLOCK] IN=eth0 OUT= {V4}{}",
            tcp(port, SYN)
        )
    });
    assert_eq!(ports(&seen).len(), 30);
    assert!(seen.probes.iter().all(|probe| probe.time_ns == 1_466_494_035_771_223_000));
}

#[test]
fn lines_without_window_are_found() {
    for rest in ["RES=0x00 SYN URGP=0 ", "SYN URGP=0 ", ""] {
        let seen = thirty(|port| format!("{HEAD}DROP IN=eth0 OUT= {V4}{}", tcp(port, rest)));
        assert_eq!(ports(&seen).len(), 30, "{rest}");
    }
}

#[test]
fn an_ordinary_home_firewall_log_holds_no_probe() {
    let broadcast = "MAC=ff:ff:ff:ff:ff:ff:52:54:00:00:00:02:08:00 ";
    let lines = [
        format!("IN=eth0 OUT= {broadcast}SRC=192.168.1.5 DST=192.168.1.255 LEN=78 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=UDP SPT=137 DPT=137 LEN=58 "),
        "IN=eth0 OUT= MAC=01:00:5e:00:00:fb:52:54:00:00:00:02:08:00 SRC=192.168.1.5 DST=224.0.0.251 LEN=78 TOS=0x00 PREC=0x00 TTL=255 ID=0 DF PROTO=UDP SPT=5353 DPT=5353 LEN=58 ".to_owned(),
        "IN=eth0 OUT= SRC=192.168.1.1 DST=239.255.255.250 LEN=129 TOS=0x00 PREC=0x00 TTL=4 ID=0 DF PROTO=UDP SPT=1900 DPT=1900 LEN=109 ".to_owned(),
        format!("IN=eth0 OUT= {V4}PROTO=ICMP TYPE=3 CODE=1 [SRC=198.51.100.1 DST=192.0.2.9 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP INCOMPLETE [8 bytes] ] "),
        format!("IN=eth0 OUT= {V4}PROTO=UDP SPT=53 DPT=41234 LEN=100 "),
        format!("IN=eth0 OUT= {V4}PROTO=TCP SPT=443 DPT=50000 WINDOW=0 RES=0x00 ACK RST URGP=0 "),
        format!("IN=eth0 OUT= {V4}PROTO=2 ").replace("DST=198.51.100.1", "DST=224.0.0.1"),
        format!("IN= OUT=eth0 {V4}{}", tcp(25, SYN)),
        "IN=eth0 OUT= MAC=33:33:ff:00:00:01:00:1b:b9:76:9c:e4:86:dd SRC=fe80:0000:0000:0000:0213:46ff:fe3a:4136 DST=ff02:0000:0000:0000:0000:0001:ff00:0001 LEN=72 TC=0 HOPLIMIT=255 FLOWLBL=0 PROTO=ICMPv6 TYPE=135 CODE=0 ".to_owned(),
        "IN=eth0 OUT= MAC=00:1b:b9:76:9c:e4:00:13:46:3a:41:36:86:dd SRC=fe80:0000:0000:0000:0213:46ff:fe3a:4136 DST=fe80:0000:0000:0000:021b:b9ff:fe76:9ce4 LEN=64 TC=0 HOPLIMIT=255 FLOWLBL=0 PROTO=ICMPv6 TYPE=136 CODE=0 ".to_owned(),
    ];
    for line in lines {
        let (seen, counts) = read(Format::Syslog, &format!("{HEAD}DROP {line}"));
        assert_eq!((seen.probes.len(), counts.records), (0, 1), "{line}");
    }
}

#[test]
fn pings_and_a_single_syn_are_what_they_are() {
    let text = format!("{HEAD}DROP IN=eth0 OUT= {V4}PROTO=ICMP TYPE=8 CODE=0 ID=1 SEQ=2 \n").repeat(5);
    let (seen, _) = read(Format::Syslog, &text);
    assert!(
        seen.probes.iter().all(|probe| probe.kind == LogProbeKind::Icmp { kind: 8, code: 0 }) && seen.probes.len() == 5
    );
    let (seen, _) = read(Format::Syslog, &format!("{HEAD}DROP IN=eth0 OUT= {V4}{}", tcp(1433, SYN)));
    assert_eq!(seen.probes.len(), 1);
}

#[test]
fn ack_probes_are_found() {
    let seen = thirty(|port| format!("{HEAD}DROP IN=eth0 OUT= {V4}{}", tcp(port, "WINDOW=1024 RES=0x00 ACK URGP=0 ")));
    let is_ack = |kind: LogProbeKind| matches!(kind, LogProbeKind::Tcp { flags: Some(TcpFlags(TcpFlags::ACK)), .. });
    assert!(ports(&seen).len() == 30 && seen.probes.iter().all(|probe| is_ack(probe.kind)));
}

#[test]
fn forged_loopback_and_unspecified_sources_are_noted() {
    for source in ["127.0.0.1", "0.0.0.0"] {
        let v4 = V4.replace("192.0.2.7", source);
        let seen = thirty(|port| format!("{HEAD}DROP IN=eth0 OUT= {v4}{}", tcp(port, SYN)));
        assert!(seen.probes.iter().all(|probe| probe.source.to_string() == source) && seen.probes.len() == 30);
    }
}

#[test]
fn a_second_key_is_refused_not_obeyed() {
    for key in ["SRC=203.0.113.66 ", "DPT=22 ", "SPT=1 "] {
        let seen = thirty(|port| format!("{HEAD}DROP IN=eth0 OUT= {V4}{}{key}", tcp(port, SYN)));
        assert!(seen.probes.is_empty(), "{key}");
    }
}

#[test]
fn a_bare_log_rule_gives_contacts_of_unknown_outcome() {
    let seen = thirty(|port| format!("{HEAD}IN=eth0 OUT= {V4}{}", tcp(port, SYN)));
    assert!(seen.probes.iter().all(|probe| probe.outcome == LogOutcome::Unknown) && seen.probes.len() == 30);
}
