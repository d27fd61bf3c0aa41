//! The sample logs of other projects, at the level of the grammars: what parses, what is a probe, who failed to log in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use std::collections::{BTreeMap, BTreeSet};

use log_support::{Seen, port_of, read_with, sample_logs, settings};
use scanwarden_core::log::detect_format::detect_format;
use scanwarden_core::log::evidence::{LogOutcome, LogProbeKind};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reader::LogCounts;
use scanwarden_core::log::reason::Reason;
use scanwarden_core::log::settings::LogSettings;
use scanwarden_core::packet::TcpFlags;

/// Read one sample in the format that it is recognised as; `None` where there are no samples.
fn sample(name: &str) -> Option<(Format, Seen, LogCounts)> {
    let text = std::fs::read(sample_logs()?.join(name)).expect(name);
    let format = detect_format(&text).unwrap_or_else(|| panic!("{name}: format not recognised"));
    let asked = LogSettings { strip_path: true, ..settings() };
    let (seen, counts) = read_with(format, asked, &text);
    Some((format, seen, counts))
}

/// Probes by source: how many, and how many different ports.
fn probes_by_source(seen: &Seen) -> BTreeMap<String, (usize, usize)> {
    let mut sources: BTreeMap<String, (usize, BTreeSet<u16>)> = BTreeMap::new();
    for probe in &seen.probes {
        let entry = sources.entry(probe.source.to_string()).or_default();
        entry.0 += 1;
        entry.1.insert(port_of(probe));
    }
    sources.into_iter().map(|(source, (count, ports))| (source, (count, ports.len()))).collect()
}

fn reasons(counts: &LogCounts) -> Vec<(Reason, u64)> {
    counts.reasons.iter().collect()
}

#[test]
fn every_scan_sample_gives_its_probes_and_nobody_elses() {
    for (name, expected) in [
        ("psad/ack_scan_1000_1150", vec![("192.168.10.55", 302, 151)]),
        ("psad/fin_scan_1000_1150", vec![("192.168.10.55", 302, 151)]),
        ("psad/xmas_scan_1000_1150", vec![("192.168.10.55", 302, 151)]),
        ("psad/udp_scan_1000_1150", vec![("192.168.10.55", 302, 151)]),
        ("psad/syn_scan_1000_1500", vec![("192.168.10.55", 1002, 501)]),
        ("psad/syn_scan_1000_1500_localhost", vec![("127.0.0.1", 1002, 501)]),
        ("psad/syn_scan_1000_1500_zeroip", vec![("0.0.0.0", 1002, 501)]),
        ("psad/syn_scan_1000_1500_multi_dst", vec![("192.168.10.55", 4008, 501)]),
        ("psad/syn_sweep", vec![("192.168.10.55", 12, 1)]),
        ("psad/mirai_default_credentials_scan", vec![("192.168.10.55", 11, 2)]),
        ("psad/ipv6_tcp_connect_nmap_default_scan", vec![("2001:db8:0:f101::2", 1008, 1000)]),
        (
            "crowdsec-hub/iptables-scan-multi-port/iptables-scan-multi-port.log",
            vec![("127.0.0.2", 16, 16), ("62.34.17.168", 17, 17)],
        ),
        ("crowdsec-hub/mikrotik-scan-multi_ports/mikrotik-scan-multi_ports.log", vec![("36.97.161.219", 19, 17)]),
        ("crowdsec-hub/pf-scan-multi-port/pf-scan-multi-port.log", vec![("10.0.2.2", 16, 16)]),
    ] {
        let Some((_, seen, counts)) = sample(name) else { return };
        let expected: BTreeMap<String, (usize, usize)> =
            expected.into_iter().map(|(source, count, ports)| (source.to_owned(), (count, ports))).collect();
        assert_eq!(probes_by_source(&seen), expected, "{name} {:?}", reasons(&counts));
    }
}

#[test]
fn a_null_scan_is_seen_without_the_innocent_answer() {
    let Some((_, seen, counts)) = sample("psad/null_scan_1000_1150") else { return };
    assert_eq!(counts.records, 303);
    let null = |kind: &LogProbeKind| matches!(kind, LogProbeKind::Tcp { flags: Some(TcpFlags(0)), .. });
    assert_eq!(seen.probes.iter().filter(|probe| null(&probe.kind)).count(), 302);
    let others: Vec<_> = seen.probes.iter().filter(|probe| !null(&probe.kind)).collect();
    assert!(others.len() <= 1, "{others:?}");
}

#[test]
fn an_ip_protocol_scan_gives_its_numbers() {
    let Some((_, seen, counts)) = sample("psad/proto_scan") else { return };
    let numbers: BTreeSet<u8> = seen
        .probes
        .iter()
        .filter_map(|probe| if let LogProbeKind::IpProtocol(number) = probe.kind { Some(number) } else { None })
        .collect();
    assert_eq!(counts.records, 510, "{:?}", reasons(&counts));
    assert!(numbers.len() >= 248, "{}", numbers.len());
}

#[test]
fn neighbour_discovery_group_traffic_and_lone_lines_are_read_but_no_scan() {
    for (name, records, probes) in [
        ("psad/ipv4_igmp", 4, 0),
        ("psad/ipv6_ping_scan", 2, 0),
        ("psad/ipv6_invalid_icmp6_type_code", 2, 0),
        ("psad/ipv4_valid_ping", 5, 5),
        ("psad/invalid_icmp_type_code", 5, 5),
        ("psad/fwknop_spa_pkt", 1, 1),
        ("psad/ms_sql_server_sig_match", 2, 2),
        ("psad/ipv6_ms_sql_server_sig_match", 1, 1),
        ("psad/syslog_time_fmt1.log", 6, 2),
        ("psad/reputation_scan", 7, 7),
        ("crowdsec-hub/iptables-logs/iptables-logs.log", 3, 3),
        ("crowdsec-hub/pf-logs/pf-logs.log", 9, 4),
        ("crowdsec-hub/proxmox-iptables-logs/proxmox-iptables.log", 10, 7),
    ] {
        let Some((_, seen, counts)) = sample(name) else { return };
        assert_eq!((counts.records, seen.probes.len()), (records, probes), "{name} {:?}", reasons(&counts));
    }
}

#[test]
fn topera_is_seen_with_and_without_its_options_and_the_router_is_not() {
    for name in ["psad/topera_ipv6_syn_scan_no_ip_opts", "psad/topera_ipv6_syn_scan_with_ip_opts"] {
        let Some((_, seen, counts)) = sample(name) else { return };
        let sources = probes_by_source(&seen);
        assert_eq!(sources.keys().map(String::as_str).collect::<Vec<_>>(), ["2012:1234:1234::1"], "{name}");
        assert!(counts.records >= 1046, "{name} {:?}", reasons(&counts));
        assert_eq!(counts.reasons.get(Reason::Trailing) + counts.reasons.get(Reason::Ip), 0, "{name}");
    }
}

#[test]
fn lines_without_verdict_are_of_unknown_outcome() {
    let name = "crowdsec-hub/iptables-scan-multi-port/iptables-scan-multi-port.log";
    let Some((_, seen, _)) = sample(name) else { return };
    for probe in &seen.probes {
        let expected = if probe.source.to_string() == "127.0.0.2" { LogOutcome::Filtered } else { LogOutcome::Unknown };
        assert_eq!(probe.outcome, expected);
    }
}

#[test]
fn alerts_are_read_and_scan_classes_told_apart() {
    for (name, alerts, scanners) in [
        ("crowdsec-hub/suricata-eve-detect/suricata-eve-detect.log", 4, vec!["1.2.3.4", "2.2.3.4"]),
        ("crowdsec-hub/suricata-logs-fastlog/suricata-logs-fastlog.log", 4, vec!["89.248.163.216"]),
    ] {
        let Some((_, seen, counts)) = sample(name) else { return };
        let sources: BTreeSet<String> =
            seen.alerts.iter().filter(|alert| alert.is_scan).map(|alert| alert.source.to_string()).collect();
        assert_eq!(seen.alerts.len(), alerts, "{name} {:?}", reasons(&counts));
        assert_eq!(sources.iter().map(String::as_str).collect::<Vec<_>>(), scanners, "{name}");
    }
    let Some((_, seen, counts)) = sample("crowdsec-hub/suricata-logs-evelog/suricata-logs-evelog.log") else { return };
    assert_eq!((seen.alerts.len(), counts.reasons.get(Reason::Irrelevant)), (4, 4), "{:?}", reasons(&counts));
}

#[test]
fn login_failures_name_the_sources_that_failed() {
    for (name, hosts) in [
        ("opnsense-sshd/opnsense-sshd.log", vec!["1.2.3.4"]),
        ("ssh-bf/ssh-bf.log", vec!["35.188.49.176"]),
        ("ssh-slow-bf/ssh-slow-bf.log", vec!["103.100.210.198"]),
        ("ssh-time-based-bf/ssh-time-based-bf.log", vec!["10.0.0.100", "10.0.0.101", "10.0.0.102", "10.0.0.103"]),
        ("ssh-timeout/ssh-timeout.log", vec!["192.168.9.212", "192.168.9.213"]),
        (
            "sshd-bad-keyexchange-bf/sshd-bad-keyexchange-bf.log",
            vec!["123.123.123.123", "123.57.135.134", "206.189.59.169"],
        ),
        ("sshd-invalid-bf/sshd-invalid-bf.log", vec!["179.43.183.98"]),
        ("sshd-logs-fp/sshd-logs.log", vec![]),
        ("sshd-refused-conn/sshd-refused-conn.log", vec!["192.168.1.1"]),
        ("sshd-success-logs/sshd-success-logs.log", vec![]),
        ("sshd_banner_exchange/sshd_banner_exchange.log", vec!["59.91.122.57"]),
        (
            "sshd-logs/sshd-logs.log",
            vec![
                "118.27.24.104",
                "123.123.123.123",
                "123.57.135.134",
                "192.168.1.1",
                "192.168.1.2",
                "192.168.1.3",
                "192.168.9.212",
                "192.168.9.213",
                "206.189.59.169",
                "206.81.24.125",
                "35.188.49.176",
                "5.33.63.160",
                "5.33.63.161",
                "80.94.92.63",
                "92.255.85.135",
                "94.232.46.213",
            ],
        ),
    ] {
        let Some((_, seen, counts)) = sample(&format!("crowdsec-hub/{name}")) else { return };
        let got: BTreeSet<&str> = seen.failures.iter().map(|failure| failure.host.as_str()).collect();
        assert_eq!(got.into_iter().collect::<Vec<_>>(), hosts, "{name} {:?}", reasons(&counts));
        if name.starts_with("ssh-slow-bf") {
            assert_eq!(seen.failures.len(), 22);
        }
    }
}

/// The lines of an OSSEC test file: `log N pass = LINE`.
fn ossec_lines(name: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(sample_logs()?.join("ossec").join(name)).expect(name);
    let lines = text.lines().filter(|line| line.starts_with("log "));
    Some(lines.filter_map(|line| line.split_once(" = ").map(|(_, line)| line.to_owned())).collect())
}

#[test]
fn ossecs_lines_parse() {
    let Some(lines) = ossec_lines("sshd.ini") else { return };
    let (seen, counts) = read_with(Format::Syslog, settings(), lines.join("\n").as_bytes());
    for reason in [Reason::Header, Reason::NoProgram, Reason::Time, Reason::OtherProgram, Reason::Ambiguous] {
        assert_eq!(counts.reasons.get(reason), 0, "{reason:?}");
    }
    let hosts: BTreeSet<&str> = seen.failures.iter().map(|failure| failure.host.as_str()).collect();
    let expected = [
        "103.79.143.159",
        "108.229.36.174",
        "188.18.81.21",
        "192.168.1.1",
        "192.241.237.101",
        "202.188.45.36",
        "202.191.177.33",
    ];
    assert_eq!(hosts.into_iter().collect::<Vec<_>>(), expected);
    let Some(lines) = ossec_lines("snort.ini") else { return };
    let (seen, _) = read_with(Format::AlertFast, settings(), lines.join("\n").as_bytes());
    assert_eq!(seen.alerts.len(), lines.len());
    let Some(lines) = ossec_lines("firewalld.ini") else { return };
    let (seen, counts) = read_with(Format::Syslog, settings(), lines.join("\n").as_bytes());
    assert_eq!((seen.records.len(), counts.reasons.get(Reason::OtherProgram)), (0, lines.len() as u64));
}
