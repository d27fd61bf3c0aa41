//! fail2ban's annotated sshd lines: what we say line by line, against what is annotated.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod log_support;

use std::net::IpAddr;

use log_support::{Seen, sample_logs, settings};
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reader::Reader;
use serde_json::Value;

/// Where we say something else, and why. Each entry: the beginning of the line behind its header, the annotation, the reason.
const DEVIATIONS: [(&str, bool, &str); 4] = [
    (
        "Failed password for invalid user test from 127.0.0.1 port 58946 ssh2: from 10.10.1.2 port 55555 ssh2",
        true,
        "a password failure ends with the address; what stands before is a user name, which may not choose whom we blame",
    ),
    (
        "Connection closed by 192.0.2.111 [preauth]",
        true,
        "the same connection's failures were reported a line before; counting its end again is their aggressive mode",
    ),
    (
        "Connection closed by invalid user  192.0.2.68 port 34916 [preauth]",
        true,
        "the end of a connection whose failure was reported a line before",
    ),
    (
        "Disconnected from authenticating user admin 192.0.2.6 port 33553 [preauth]",
        false,
        "the same line is annotated as a failure under their other modes, and guessing tools write nothing else",
    ),
];

struct Case {
    line: String,
    is_match: bool,
    host: Option<String>,
    starts_section: bool,
}

/// The annotated lines: a `failJSON` comment, then the line it is about; a `filterOptions` comment starts afresh.
fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut annotation: Option<Value> = None;
    let mut starts_section = true;
    for line in text.lines() {
        if let Some(json) = line.strip_prefix("# failJSON:") {
            annotation = Some(serde_json::from_str(json.trim()).expect(line));
        } else if line.starts_with("# filterOptions:") {
            starts_section = true;
        } else if !line.starts_with('#') && !line.is_empty() {
            let Some(json) = annotation.take() else { continue };
            let is_match = json.get("match").and_then(Value::as_bool).unwrap_or_default();
            let host = json.get("host").and_then(Value::as_str).map(canonical);
            cases.push(Case { line: line.to_owned(), is_match, host, starts_section });
            starts_section = false;
        }
    }
    cases
}

/// An address in its usual form (their zeros and IPv4-mapped forms included), or the name as it is.
fn canonical(host: &str) -> String {
    let host = host.replace(".030.", ".30.");
    host.parse::<IpAddr>().map_or(host, |address| address.to_canonical().to_string())
}

#[test]
fn annotated_lines_are_judged_as_annotated() {
    let Some(folder) = sample_logs() else { return };
    let text = std::fs::read_to_string(folder.join("fail2ban/sshd")).expect("the annotated file");
    let cases = cases(&text);
    assert_eq!(cases.len(), 155);
    let mut reader = Reader::new(Format::Syslog, settings());
    let mut wrong = Vec::new();
    for case in &cases {
        if case.starts_section {
            reader = Reader::new(Format::Syslog, settings());
        }
        let mut seen = Seen::default();
        reader.feed(format!("{}\n", case.line).as_bytes(), &mut seen);
        let hosts: Vec<&str> = seen.failures.iter().map(|failure| failure.host.as_str()).collect();
        let is_right = match (&case.host, case.is_match) {
            (_, false) => hosts.is_empty(),
            (Some(host), true) => hosts == [host.as_str()],
            (None, true) => hosts.len() == 1,
        };
        if !is_right {
            wrong.push((case, format!("{hosts:?}")));
        }
    }
    for (case, hosts) in &wrong {
        let known =
            DEVIATIONS.iter().find(|(text, is_match, _)| case.line.ends_with(text) && *is_match == case.is_match);
        let (_, _, why) = known.unwrap_or_else(|| panic!("{} (match {}): {hosts}", case.line, case.is_match));
        println!("{} (match {}): {hosts}: {why}", case.line, case.is_match);
    }
    assert_eq!(wrong.len(), DEVIATIONS.len(), "every listed deviation still is one");
    assert!(wrong.len() * 20 <= cases.len(), "{} of {}", wrong.len(), cases.len());
}
