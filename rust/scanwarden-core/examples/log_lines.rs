//! Print how many generated firewall lines a CPU second reads: `cargo run --release --example log_lines [LINES]`.
//!
//! The lines are made up here: sources, ports, prefixes and header shapes drawn from a seeded generator.

use std::fmt::Write as _;

use scanwarden_core::log::evidence::LogProbe;
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reader::Reader;
use scanwarden_core::log::record::Record;
use scanwarden_core::log::settings::LogSettings;
use scanwarden_core::log::visitor::LogVisitor;

/// A 64-bit linear congruential generator (Knuth, MMIX): the same lines in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

#[derive(Default)]
struct Sum {
    probes: u64,
    ports: u64,
}

impl LogVisitor for Sum {
    fn probe(&mut self, probe: &LogProbe, record: &Record) {
        self.probes += 1;
        self.ports = self.ports.wrapping_add(u64::from(record.ttl)).wrapping_add(probe.time_ns);
    }
}

fn main() {
    let lines = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    for (name, header) in [
        ("rfc3164", Header::Rfc3164),
        ("iso8601", Header::Iso),
        ("rfc5424", Header::Rfc5424),
        ("journald", Header::Journald),
    ] {
        let text = generate(lines, header);
        let before = cpu_ns();
        let settings = LogSettings { reference_ns: 1_767_225_600_000_000_000, ..LogSettings::default() };
        let mut reader = Reader::new(header.format(), settings);
        let mut sum = Sum::default();
        for chunk in text.as_bytes().chunks(262_144) {
            reader.feed(chunk, &mut sum);
        }
        reader.finish(&mut sum);
        let spent_ns = cpu_ns().saturating_sub(before).max(1);
        let rate = lines as u128 * 1_000_000_000 / u128::from(spent_ns);
        println!(
            "{name}: {lines} lines, {} probes, {} ns a line, {rate} lines per CPU second",
            sum.probes,
            spent_ns / lines as u64
        );
        for (reason, count) in reader.counts().reasons.iter() {
            println!("  {}: {count}", reason.name());
        }
    }
}

#[derive(Clone, Copy)]
enum Header {
    Rfc3164,
    Iso,
    Rfc5424,
    Journald,
}

impl Header {
    fn format(self) -> Format {
        match self {
            Self::Journald => Format::Journald,
            _ => Format::Syslog,
        }
    }
}

fn generate(lines: usize, header: Header) -> String {
    let mut dice = Dice(42);
    let mut text = String::with_capacity(lines * 260);
    for number in 0..lines {
        let second = number / 50;
        let (day, hour, minute, second) = (1 + second / 86_400, second / 3600 % 24, second / 60 % 60, second % 60);
        let time = format!("{hour:02}:{minute:02}:{second:02}");
        let _ = match header {
            Header::Rfc3164 => write!(text, "Mar {day:2} {time} gate kernel: {}", uptime(number)),
            Header::Iso => write!(text, "2025-03-{day:02}T{time}.{number:06}+01:00 gate kernel: {}", uptime(number)),
            Header::Rfc5424 => {
                write!(text, "<4>1 2025-03-{day:02}T{time}.{number:06}Z gate kernel - - - {}", uptime(number))
            }
            Header::Journald => write!(
                text,
                r#"{{"__CURSOR":"s=0123456789abcdef;i={number:x}","__REALTIME_TIMESTAMP":"{}","__MONOTONIC_TIMESTAMP":"{number}","_BOOT_ID":"0123456789abcdef0123456789abcdef","_TRANSPORT":"kernel","_HOSTNAME":"gate","_MACHINE_ID":"0123456789abcdef0123456789abcdef","PRIORITY":"4","SYSLOG_FACILITY":"0","SYSLOG_IDENTIFIER":"kernel","_SOURCE_MONOTONIC_TIMESTAMP":"{number}","MESSAGE":""#,
                1_741_324_170_000_000 + number
            ),
        };
        packet(&mut text, &mut dice);
        text.push_str(if matches!(header, Header::Journald) { "\"}\n" } else { "\n" });
    }
    text
}

fn uptime(number: usize) -> String {
    format!("[{:5}.{:06}] ", number / 1000, number % 1_000_000)
}

fn packet(text: &mut String, dice: &mut Dice) {
    let prefix = *["[UFW BLOCK] ", "DROP ", "", "filter_IN_public_REJECT: "].get(dice.roll(4) as usize).unwrap_or(&"");
    let _ = write!(
        text,
        "{prefix}IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=198.51.{}.{} DST=203.0.113.{} LEN={} TOS=0x00 PREC=0x00 TTL={} ID={} DF ",
        dice.roll(256),
        dice.roll(256),
        dice.roll(256),
        40 + dice.roll(24),
        40 + dice.roll(200),
        dice.roll(65_536),
    );
    let (source_port, port) = (1024 + dice.roll(60_000), 1 + dice.roll(65_535));
    let _ = match dice.roll(10) {
        0 => write!(text, "PROTO=UDP SPT={source_port} DPT={port} LEN=40 "),
        1 => write!(text, "PROTO=ICMP TYPE=8 CODE=0 ID={port} SEQ=1 "),
        2 => write!(
            text,
            "PROTO=TCP SPT={source_port} DPT={port} WINDOW=1024 RES=0x00 SYN URGP=0 OPT (020405B40402080A0000000000000000) "
        ),
        _ => write!(text, "PROTO=TCP SPT={source_port} DPT={port} WINDOW=64240 RES=0x00 SYN URGP=0 "),
    };
}

/// CPU time of this thread: the first number of `/proc/thread-self/schedstat`, in nanoseconds.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0)
}
