//! Every shape of header, and what is believed behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use log_support::{Seen, read, read_with, settings};
use scanwarden_core::log::clock::Clock;
use scanwarden_core::log::format::Format;
use scanwarden_core::log::header::read_header;
use scanwarden_core::log::reader::Reader;
use scanwarden_core::log::reason::Reason;
use scanwarden_core::log::settings::LogSettings;

const PACKET: &str = "DROP IN=eth0 OUT= SRC=192.0.2.7 DST=198.51.100.1 LEN=44 TOS=0x00 PREC=0x00 TTL=51 ID=1 PROTO=TCP SPT=1025 DPT=22 WINDOW=1 RES=0x00 SYN URGP=0 ";
const HOUR_NS: u64 = 3_600_000_000_000;
/// 2025-03-07T05:09:30Z.
const MARCH_NS: u64 = 1_741_324_170_000_000_000;

fn time_of(header: &str) -> Option<u64> {
    read(Format::Syslog, &format!("{header}{PACKET}\n")).0.probes.first().map(|probe| probe.time_ns)
}

fn reason_of(line: &str) -> Option<Reason> {
    let (seen, counts) = read(Format::Syslog, line);
    assert!(seen.records.is_empty(), "{line}");
    Reason::ALL.iter().copied().find(|&reason| counts.reasons.get(reason) > 0)
}

#[test]
fn every_shape_of_header_gives_its_time() {
    for (header, expected) in [
        ("Mar  7 05:09:30 gate kernel: [  203.842973] ", MARCH_NS),
        ("Mar  7 05:09:30 gate kernel: ", MARCH_NS),
        ("Mar 7 05:09:30 gate kernel: ", MARCH_NS),
        ("Mar 07 05:09:30 gate kernel: ", MARCH_NS),
        ("Mar  7 2025 05:09:30 gate kernel: ", MARCH_NS),
        ("Mar  7 05:09:30 gate kernel:[  203.842973] ", MARCH_NS),
        ("Mar  7 05:09:30 gate kernel: [  203.842973][    T1] ", MARCH_NS),
        ("Mar  7 05:09:30 gate user.info kernel: ", MARCH_NS),
        ("Mar  7 05:09:30 gate kern.warn kernel: ", MARCH_NS),
        ("Mar  7 05:09:30 kernel: ", MARCH_NS),
        ("<4>Mar  7 05:09:30 gate kernel: ", MARCH_NS),
        ("mars  7 05:09:30 gate kernel: ", MARCH_NS),
        ("mär  7 05:09:30 gate kernel: ", MARCH_NS),
        ("мар  7 05:09:30 gate kernel: ", MARCH_NS),
        ("2025-03-07T05:09:30Z gate kernel: ", MARCH_NS),
        ("2025-03-07T07:09:30.000000+02:00 gate kernel: ", MARCH_NS),
        ("2025-03-07T00:09:30-0500 gate kernel: ", MARCH_NS),
        ("2025-03-07 05:09:30 gate kernel: ", MARCH_NS),
        ("<6>2025-03-07T05:09:30Z gate kernel: ", MARCH_NS),
        ("<4>1 2025-03-07T13:09:30+08:00 gate kernel - - - [ 3132.531409] ", MARCH_NS),
        (
            "<4>1 2025-03-07T05:09:30.5Z gate kernel - - [meta sequenceId=\"7\"][x@1 a=\"\\\"]\"] ",
            MARCH_NS + 500_000_000,
        ),
        ("2025-03-07T05:09:30.045015Z gate kernel: ", MARCH_NS + 45_015_000),
        ("Fri 2025-03-07 05:09:30 UTC gate kernel: ", MARCH_NS),
        ("Fri 2025-03-07 07:09:30 +02 gate kernel: ", MARCH_NS),
        ("ven. 2025-03-07 05:09:30 CET gate kernel: ", MARCH_NS),
        ("1741324170.500000 gate kernel: ", MARCH_NS + 500_000_000),
        ("Fri Mar  7 05:09:30 2025 kern.warn kernel: [  203.842973] ", MARCH_NS),
        ("Mar  7 05:09:30 gate gate kernel: ", MARCH_NS),
        ("Okt 10 05:09:30 gate kernel: ", 1_760_072_970_000_000_000),
        ("déc. 31 05:09:30 gate kernel: ", 1_767_157_770_000_000_000),
    ] {
        assert_eq!(time_of(header), Some(expected), "{header}");
    }
}

#[test]
fn a_time_does_not_depend_on_the_line_before() {
    let headers = [
        "Mar  7 05:09:30 ",
        "Mar  7 05:09:30.5 ",
        "Mar  7 05:09:30,25 ",
        "Mar  7 05:09:3 ",
        "Mar  7 05:09:301 ",
        "Mar  7 05:09:30x ",
        "Mar 7 05:09:30 ",
        "Mar  7 05:09:31 ",
        "Mar  7 2025 05:09:30 ",
        "mars  7 05:09:30 ",
        "Mar 17 05:09:30 ",
        "Feb 30 05:09:30 ",
        "2025-03-07T05:09:30Z ",
        "2025-03-07T05:09:30.25Z ",
        "2025-03-07T05:09:30.Z ",
        "2025-03-07T05:09:30+02:00 ",
        "2025-03-07T05:09:30-99:00 ",
        "2025-03-07 05:09:30 ",
        "2025-02-30T05:09:30Z ",
        "2024-03-07T05:09:30Z ",
        "2025-03-07T05:09:60Z ",
    ];
    let line = |header: &str| format!("{header}gate kernel: {PACKET}\n");
    let told = |text: &str| {
        let (seen, counts) = read(Format::Syslog, text);
        (seen.probes.iter().map(|probe| probe.time_ns).collect::<Vec<_>>(), counts.reasons.iter().collect::<Vec<_>>())
    };
    for first in headers {
        for second in headers {
            let (mut times, reasons) = told(&line(first));
            let (more_times, more_reasons) = told(&line(second));
            times.extend(more_times);
            let mut sums = reasons;
            for (reason, count) in more_reasons {
                match sums.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, sum)) => *sum += count,
                    None => sums.push((reason, count)),
                }
            }
            let (both_times, mut both_reasons) = told(&(line(first) + &line(second)));
            both_reasons.sort_by_key(|(reason, _)| reason.name());
            sums.sort_by_key(|(reason, _)| reason.name());
            assert_eq!((both_times, both_reasons), (times, sums), "{first}then {second}");
        }
    }
}

#[test]
fn the_same_second_is_dated_anew_when_the_zone_or_the_year_changes() {
    let line = format!("Mar  7 05:09:30 gate kernel: {PACKET}\n");
    let mut reader = Reader::new(Format::Syslog, LogSettings { reference_ns: MARCH_NS, ..LogSettings::default() });
    let mut seen = Seen::default();
    reader.feed(line.as_bytes(), &mut seen);
    reader.set_utc_offset(3600);
    reader.feed(line.as_bytes(), &mut seen);
    reader.advance(MARCH_NS + 365 * 24 * HOUR_NS);
    reader.feed(line.as_bytes(), &mut seen);
    let times: Vec<u64> = seen.probes.iter().map(|probe| probe.time_ns).collect();
    assert_eq!(times, [MARCH_NS, MARCH_NS - HOUR_NS, MARCH_NS - HOUR_NS + 365 * 24 * HOUR_NS]);
}

#[test]
fn a_zone_is_given_for_lines_without_one() {
    let east = LogSettings { utc_offset_s: 3600, ..settings() };
    for (header, expected) in [
        ("Mar  7 05:09:30 gate kernel: ", MARCH_NS - HOUR_NS),
        ("2025-03-07T05:09:30 gate kernel: ", MARCH_NS - HOUR_NS),
        ("2025-03-07T05:09:30Z gate kernel: ", MARCH_NS),
    ] {
        let (seen, _) = read_with(Format::Syslog, east.clone(), format!("{header}{PACKET}").as_bytes());
        assert_eq!(seen.probes.first().map(|probe| probe.time_ns), Some(expected), "{header}");
    }
}

#[test]
fn a_file_that_crosses_new_year_goes_forward() {
    let dates = ["Dec 30 23:59:59", "Dec 31 23:59:59", "Jan  1 00:00:00", "Jan  2 00:00:00"];
    let lines = dates.map(|date| format!("{date} gate kernel: {PACKET}")).join("\n");
    let january_5 = LogSettings { reference_ns: 1_767_571_200_000_000_000, ..LogSettings::default() };
    let times: Vec<u64> =
        read_with(Format::Syslog, january_5, lines.as_bytes()).0.probes.iter().map(|probe| probe.time_ns).collect();
    assert_eq!(times.len(), 4);
    assert!(times.is_sorted() && times.iter().all(|&time| time < 1_767_571_200_000_000_000), "{times:?}");
}

#[test]
fn who_is_not_the_kernel_is_not_believed() {
    for (header, reason) in [
        ("Mar  7 05:09:30 ", Reason::OtherProgram),
        ("Mar  7 05:09:30 gate ", Reason::OtherProgram),
        ("Mar  7 05:09:30 gate kernel[12]: ", Reason::OtherProgram),
        ("Mar  7 05:09:30 gate Kernel: ", Reason::OtherProgram),
        ("Mar  7 05:09:30 gate kernel ", Reason::NoProgram),
        ("Mar  7 05:09:30 gate xkernel: ", Reason::OtherProgram),
        ("Mar  7 05:09:30 gate sshd[9]: kernel: ", Reason::Irrelevant),
        ("Mar  7 05:09:30 gate app: kernel: ", Reason::OtherProgram),
        ("Mar  7 05:09:30 gate daemon.info kernel: ", Reason::Facility),
        ("<13>Mar  7 05:09:30 gate kernel: ", Reason::Facility),
        ("<161>Oct 10 05:09:30 gate kernel: ", Reason::Facility),
        ("<14>1 2025-03-07T05:09:30Z gate kernel - - - ", Reason::Facility),
        ("<4>1 2025-03-07T05:09:30Z gate - - - - ", Reason::NoProgram),
        ("<4>1 2025-03-07T05:09:30Z gate app kernel - - ", Reason::OtherProgram),
        ("<4>1 2025-03-07T05:09:30Z gate kernel - - [x ", Reason::Header),
        ("<4>1 - gate kernel - - - ", Reason::Header),
        ("<999>Mar  7 05:09:30 gate kernel: ", Reason::Header),
        ("[   20.586965] ", Reason::Header),
        ("Foo  7 05:09:30 gate kernel: ", Reason::Header),
        ("Mar 32 05:09:30 gate kernel: ", Reason::Header),
        ("Mar  7 25:09:30 gate kernel: ", Reason::Time),
        ("Feb 30 05:09:30 gate kernel: ", Reason::Time),
        ("2025-02-29T05:09:30Z gate kernel: ", Reason::Time),
        ("Mar  7 05:09:30 ga\u{1b}te kernel: ", Reason::ControlByte),
        ("Mar  7 05:09:30 g\u{e4}te kernel: ", Reason::Header),
        ("/var/log/messages:Mar  7 05:09:30 gate kernel: ", Reason::Header),
    ] {
        let got = reason_of(&format!("{header}{PACKET}\n"));
        assert_eq!(got, Some(reason), "{header}");
    }
}

#[test]
fn a_file_name_in_front_is_accepted_when_asked() {
    let asked = LogSettings { strip_path: true, ..settings() };
    for path in ["/var/log/messages:", "messages.1:", "messages.1:17:", ""] {
        let line = format!("{path}Mar  7 05:09:30 gate kernel: {PACKET}");
        assert_eq!(read_with(Format::Syslog, asked.clone(), line.as_bytes()).0.probes.len(), 1, "{path}");
    }
}

#[test]
fn a_saved_ring_buffer_counts_from_boot() {
    let booted = LogSettings { boot_ns: MARCH_NS, ..LogSettings::default() };
    let line = format!("[    2.500000] {PACKET}\n[    3.000000][  T12] {PACKET}\nusb 1-1: new\n");
    let (seen, counts) = read_with(Format::Dmesg, booted, line.as_bytes());
    let times: Vec<u64> = seen.probes.iter().map(|probe| probe.time_ns - MARCH_NS).collect();
    assert_eq!(times, [2_500_000_000, 3_000_000_000]);
    assert_eq!(counts.reasons.get(Reason::Header), 1);
    for (head, is_believed) in [
        ("[Fri Mar  7 05:09:30 2025] ", true),
        ("<4>[    2.500000] ", true),
        ("<12>[    2.500000] ", false),
        ("Mar  7 05:09:30 gate kernel: ", false),
        ("", false),
    ] {
        let (seen, _) = read_with(Format::Dmesg, settings(), format!("{head}{PACKET}").as_bytes());
        assert_eq!(seen.probes.len(), usize::from(is_believed), "{head}");
    }
}

#[test]
fn host_and_program_are_told_apart() {
    let mut clock = Clock::new(0, MARCH_NS);
    for (line, program, pid, message) in [
        ("Mar  7 05:09:30 gate sshd[17]: hello", "sshd", "17", "hello"),
        ("Mar  7 05:09:30 [sshd]: hello", "sshd", "", "hello"),
        ("Mar  7 05:09:30 [sshd] hello", "sshd", "", "hello"),
        ("Mar  7 05:09:30 sshd[17]: hello", "sshd", "17", "hello"),
        ("Mar  7 05:09:30 10.0.0.1 firewall,info drop input: in:a", "firewall,info", "", "drop input: in:a"),
        ("<38>1 2025-03-07T05:09:30Z gate sshd 17 - [a b=\"c\"] hello", "sshd", "17", "hello"),
    ] {
        let header = read_header(line.as_bytes(), &mut clock).expect(line);
        assert_eq!(
            (header.program, header.pid, header.message),
            (program.as_bytes(), pid.as_bytes(), message.as_bytes()),
            "{line}"
        );
    }
}
