//! The corpus of hostile lines, and every way it must fail to convince.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use std::path::Path;

use log_support::{read_with, settings};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::settings::LogSettings;

/// Whom the hostile lines try to blame.
const INNOCENT: &str = "203.0.113.66";

struct Hostile {
    number: usize,
    line: Vec<u8>,
    format: Format,
    settings: LogSettings,
}

/// The corpus: `#` comments, `#!` settings for what follows, lines with `\xHH` and `\\` escapes.
fn corpus() -> Vec<Hostile> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpora/log_injection.txt");
    let text = std::fs::read_to_string(path).expect("the corpus");
    let mut format = Format::Syslog;
    let mut now = settings();
    let mut lines = Vec::new();
    for (place, line) in text.lines().enumerate() {
        if let Some(directive) = line.strip_prefix("#! ") {
            let (key, value) = directive.split_once(' ').unwrap_or((directive, ""));
            match key {
                "format" => format = Format::from_name(value).expect(value),
                "own_prefix" => {
                    now.required_prefixes =
                        Some(value).filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect();
                }
                _ => panic!("{directive}"),
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            lines.push(Hostile { number: place + 1, line: unescape(line), format, settings: now.clone() });
        }
    }
    lines
}

fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).expect(line));
                rest = tail;
            }
            (b'\\', [b'\\', tail @ ..]) => {
                bytes.push(b'\\');
                rest = tail;
            }
            _ => bytes.push(byte),
        }
    }
    bytes
}

#[test]
fn no_hostile_line_gives_a_probe_or_blames_the_innocent() {
    let corpus = corpus();
    assert!(corpus.len() >= 60, "{}", corpus.len());
    for hostile in &corpus {
        let (seen, counts) = read_with(hostile.format, hostile.settings.clone(), &hostile.line);
        let shown = String::from_utf8_lossy(&hostile.line);
        assert!(seen.probes.is_empty(), "line {}: {shown}", hostile.number);
        let blamed = seen.failures.iter().any(|failure| failure.host == INNOCENT);
        assert!(!blamed, "line {}: {shown}", hostile.number);
        assert!(seen.alerts.is_empty(), "line {}: {shown}", hostile.number);
        assert!(
            counts.reasons.iter().count() > 0 || !seen.failures.is_empty(),
            "line {} vanished without a reason: {shown}",
            hostile.number
        );
    }
}

/// The corpus as one file: no line may prepare the ground for another.
#[test]
fn hostile_lines_in_one_file_give_no_probe_either() {
    let text: Vec<u8> = corpus()
        .iter()
        .filter(|hostile| hostile.format == Format::Syslog && hostile.settings.required_prefixes.is_empty())
        .flat_map(|hostile| hostile.line.iter().copied().chain(*b"\n"))
        .collect();
    let (seen, _) = read_with(Format::Syslog, settings(), &text);
    assert!(seen.probes.is_empty(), "{:?}", seen.probes);
    assert!(seen.failures.iter().all(|failure| failure.host != INNOCENT));
}

/// What the corpus imitates is believed when it is real; otherwise the test above could not fail.
#[test]
fn the_true_lines_behind_the_corpus_give_probes() {
    let packet = format!(
        "IN=eth0 OUT= SRC={INNOCENT} DST=198.51.100.1 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=1 PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 RES=0x00 SYN URGP=0 "
    );
    let own = LogSettings { required_prefixes: vec!["gate-drop:".to_owned()], ..settings() };
    for (format, settings, line) in [
        (Format::Syslog, settings(), format!("Mar  7 05:09:30 gate kernel: [  203.842973] DROP {packet}")),
        (Format::Syslog, own, format!("Mar  7 05:09:30 gate kernel: gate-drop: {packet}")),
        (Format::Syslog, settings(), format!("<4>1 2025-03-07T05:09:30Z gate kernel - - [x y=\"\\\"\"] DROP {packet}")),
        (
            Format::Journald,
            settings(),
            format!(
                r#"{{"_TRANSPORT":"kernel","SYSLOG_FACILITY":"0","__REALTIME_TIMESTAMP":"1741324170000000","MESSAGE":"DROP {packet}"}}"#
            ),
        ),
        (
            Format::Filterlog,
            settings(),
            format!(
                "Mar  7 05:09:30 gate filterlog: 53,,,x,em0,match,block,in,4,0x0,,64,892,0,none,6,tcp,44,{INNOCENT},198.51.100.1,59576,22,0,S,1,,1,,mss"
            ),
        ),
        (
            Format::Mikrotik,
            settings(),
            format!(
                "Mar  7 05:09:30 gate firewall,info drop input: in:ether1 out:(unknown 0), src-mac 00:17:10:88:bc:02, proto TCP (SYN), {INNOCENT}:59388->198.51.100.1:23, len 40"
            ),
        ),
    ] {
        let (seen, counts) = read_with(format, settings, line.as_bytes());
        assert_eq!(seen.probes.len(), 1, "{line} {:?}", counts.reasons.iter().collect::<Vec<_>>());
    }
}
