//! A log on its way into the detector: scans from probes, notices from failures and alerts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use scanwarden_core::detector::{Detector, Settings};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::intake::{LogIntake, LogIntakeSettings};
use serde_json::Value;

fn taken(format: Format, settings: &str, log: &str) -> (Vec<Value>, Vec<Value>, LogIntake) {
    let mut detector = Detector::new(&Settings::default(), 1).expect("settings");
    let mut intake = LogIntake::new(format, &LogIntakeSettings::from_json(settings.as_bytes()).expect("settings"));
    for chunk in log.as_bytes().chunks(100) {
        intake.feed(chunk, &mut detector);
    }
    intake.finish(&mut detector);
    detector.finish();
    let parsed = |text: String| serde_json::from_str(&text).expect("JSON");
    let statements = std::iter::from_fn(|| detector.take_event()).map(parsed).collect();
    let notices = std::iter::from_fn(|| intake.take_notice()).map(parsed).collect();
    (statements, notices, intake)
}

fn dropped(ports: std::ops::Range<u16>) -> String {
    ports.fold(String::new(), |mut log, port| {
        let _ = writeln!(
            log,
            "2026-01-02T03:04:{:02}Z host kernel: DROP IN=eth0 OUT= SRC=192.0.2.50 DST=192.0.2.10 LEN=40 TOS=0x00 \
             PREC=0x00 TTL=50 ID=1 PROTO=TCP SPT=40000 DPT={port} WINDOW=1024 RES=0x00 SYN URGP=0",
            port % 60
        );
        log
    })
}

/// Twelve sources in turn, of which each touches one port more than the one before.
fn knocks() -> String {
    (0..300_u32).fold(String::new(), |mut log, at| {
        let source = at % 12;
        let _ = writeln!(
            log,
            "2026-01-02T03:{:02}:{:02}Z host kernel: DROP IN=eth0 OUT= SRC=192.0.2.{source} DST=198.51.100.10 LEN=40 \
             TOS=0x00 PREC=0x00 TTL=50 ID=1 PROTO=TCP SPT=40000 DPT={} WINDOW=1024 RES=0x00 SYN URGP=0",
            at / 60,
            at % 60,
            1 + at / 12 % (source + 1)
        );
        log
    })
}

fn failed(count: usize, program: &str) -> String {
    (0..count).fold(String::new(), |mut log, at| {
        let _ = writeln!(
            log,
            "2026-01-02T03:04:{at:02}Z host {program}[{}]: Failed password for root from 192.0.2.66 port 4022 ssh2",
            100 + at
        );
        log
    })
}

#[test]
fn refused_packets_of_one_source_are_a_scan() {
    let (statements, notices, intake) = taken(Format::Syslog, "{}", &dropped(1..21));
    assert_eq!(statements.first().map(|one| &one["event"]), Some(&Value::from("opened")));
    assert_eq!(statements[0]["source"]["address"], "192.0.2.50");
    assert!(notices.is_empty());
    assert!(intake.counters().contains(&("probes".into(), 20)));
}

#[test]
fn how_a_log_is_cut_changes_nothing() {
    let log = knocks();
    let stated = |bytes: usize| {
        let mut detector = Detector::new(&Settings::default(), 1).expect("settings");
        let mut intake = LogIntake::new(Format::Syslog, &LogIntakeSettings::default());
        for chunk in log.as_bytes().chunks(bytes) {
            intake.feed(chunk, &mut detector);
        }
        intake.finish(&mut detector);
        detector.finish();
        std::iter::from_fn(|| detector.take_event()).collect::<Vec<_>>()
    };
    let whole = stated(log.len());
    assert!(whole.len() > 4, "several scans open: {whole:?}");
    for bytes in [1, 7, 200, 1_000, 5_000, 10_000] {
        assert_eq!(stated(bytes), whole, "{bytes} at a time");
    }
}

#[test]
fn five_failed_logins_are_guessing_and_four_are_not() {
    let (statements, notices, _) = taken(Format::Syslog, r#"{"sensor":"log:auth"}"#, &failed(5, "sshd"));
    assert!(statements.is_empty());
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!((&notice["kind"], &notice["sensor"]), (&Value::from("login_guessing"), &Value::from("log:auth")));
    assert_eq!(notice["source"]["address"], "192.0.2.66");
    assert_eq!(notice["source"]["verified"], false, "a text file vouches for nobody");
    assert_eq!((&notice["counts"]["failures"], &notice["counts"]["window_s"]), (&Value::from(5), &Value::from(4)));
    assert_eq!(notice["time"], "2026-01-02T03:04:04.000000000Z");
    assert!(taken(Format::Syslog, "{}", &failed(4, "sshd")).1.is_empty());
    assert_eq!(taken(Format::Syslog, r#"{"guessing":{"max_retry":2}}"#, &failed(2, "sshd")).1.len(), 1);
}

#[test]
fn each_failure_is_told_when_asked_for() {
    let (_, notices, _) = taken(Format::Syslog, r#"{"guessing":{"tells_each":true}}"#, &failed(3, "sshd"));
    assert_eq!(notices.iter().filter(|notice| notice["kind"] == "login_failure").count(), 3);
}

#[test]
fn failures_are_summed_up_at_the_end_when_asked_for() {
    let log = failed(3, "sshd") + "2026-01-02T03:05:00Z host sshd[9]: Invalid user x from 192.0.2.67 port 7\n";
    let (_, notices, _) = taken(Format::Syslog, r#"{"guessing":{"sums_up":true}}"#, &log);
    let told: Vec<_> = notices.iter().map(|one| (one["kind"].as_str(), one["text"].as_str())).collect();
    assert_eq!(
        told,
        [
            (Some("login_failures"), Some("192.0.2.66 failed to log in 3 times")),
            (Some("login_failures"), Some("192.0.2.67 failed to log in once")),
        ]
    );
    assert!(taken(Format::Syslog, "{}", &log).1.is_empty());
}

#[test]
fn nobody_guesses_where_guessing_is_off() {
    let (_, notices, _) = taken(Format::Syslog, r#"{"guessing":{"max_retry":0}}"#, &failed(50, "sshd"));
    assert!(notices.is_empty());
}

#[test]
fn what_older_detectors_wrote_is_told() {
    let log = "2026-01-02T03:05:00Z host portsentry[9]: attackalert: TCP SYN/Normal scan from host: a/192.0.2.7 to TCP port: 79\n\
               2026-01-02T03:05:01Z host scanlogd: 192.0.2.8:4000 to 192.0.2.1 ports 1, 2, ..., fSrpauxy @03:05:01\n\
               2026-01-02T03:05:02Z host snort[9]: [122:1:0] (portscan) TCP Portscan [Priority: 2]: <eth0> {PROTO:255} 192.0.2.9 -> 192.0.2.1\n";
    let (_, notices, _) = taken(Format::Syslog, "{}", log);
    let told: Vec<_> = notices.iter().filter_map(|one| one["source"]["address"].as_str()).collect();
    assert_eq!(told, ["192.0.2.7", "192.0.2.8", "192.0.2.9"]);
    assert!(notices.iter().all(|one| one["source"]["verified"] == false));
}

#[test]
fn the_journal_vouches_for_the_peer() {
    let log = (0..5).fold(String::new(), |mut log, at| {
        let _ = writeln!(
            log,
            r#"{{"__REALTIME_TIMESTAMP":"17673230450000{at:02}","_TRANSPORT":"syslog","_UID":"0","SYSLOG_IDENTIFIER":"sshd","_PID":"{at}","MESSAGE":"Failed password for root from 192.0.2.66 port 4022 ssh2"}}"#
        );
        log
    });
    let (_, notices, intake) = taken(Format::Journald, "{}", &log);
    assert_eq!(notices.len(), 1, "{:?}", intake.counters());
    assert_eq!(notices[0]["source"]["verified"], true);
}

#[test]
fn an_alert_of_a_scan_class_is_told_and_its_text_cannot_drive_a_terminal() {
    let line = "01/02/2026-03:04:05.000000  [**] [1:2009582:3] ET SCAN NMAP -sS [**] [Classification: Attempted Information Leak] \
                [Priority: 2] {TCP} 192.0.2.50:40000 -> 192.0.2.10:22\n";
    let (_, notices, intake) = taken(Format::AlertFast, "{}", &line.repeat(5));
    assert_eq!(notices.len(), 3, "the first, the second and the fourth: {:?}", intake.counters());
    assert_eq!(
        (&notices[0]["kind"], &notices[0]["targets"][0]["tcp"]),
        (&Value::from("ids_alert"), &Value::from("22"))
    );
    assert!(notices[0]["text"].as_str().is_some_and(|text| text.contains("ET SCAN NMAP")));
}

#[test]
fn a_wrong_setting_is_named() {
    let error = LogIntakeSettings::from_json(br#"{"guessing":{"maxretry":2}}"#).expect_err("refused");
    assert!(error.contains("maxretry"), "{error}");
}

#[test]
fn the_noise_of_the_internet_is_no_distributed_scan() {
    let mut log = String::new();
    for source in 1..60_u16 {
        for port in 0..3_u16 {
            let line = dropped(1..2).replace("192.0.2.50", &format!("11.{source}.100.7"));
            let second = (source + port) % 60;
            log += &line
                .replace("DPT=1 ", &format!("DPT={} ", 100 * source + port))
                .replace(":01Z", &format!(":{second:02}Z"));
        }
    }
    let (statements, _, intake) = taken(Format::Syslog, "{}", &log);
    assert!(intake.counters().contains(&("probes".into(), 177)));
    assert!(statements.is_empty(), "{statements:?}");
}
