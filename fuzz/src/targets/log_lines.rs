//! Log lines of every format. An input is the number of a format, then text.

use super::{Signature, Target};
use crate::seeds;
use scanwarden_core::log::evidence::LogProbe;
use scanwarden_core::log::format::Format;
use scanwarden_core::log::reader::Reader;
use scanwarden_core::log::reason::Reason;
use scanwarden_core::log::record::Record;
use scanwarden_core::log::settings::LogSettings;
use scanwarden_core::log::visitor::LogVisitor;

/// The target.
pub const TARGET: Target = Target {
    name: "log_lines",
    run,
    seeds,
    tokens: &[
        b"kernel: ",
        b"kernel: [12345.678901] ",
        b"IN=eth0 OUT= MAC=02:00:00:00:00:10:02:00:00:00:00:50:08:00 ",
        b"SRC=192.0.2.50 DST=192.0.2.10 LEN=44 ",
        b"PROTO=TCP SPT=40000 DPT=22 ",
        b"WINDOW=1024 RES=0x00 SYN URGP=0 ",
        b"[UFW BLOCK] ",
        b"[SRC=192.0.2.9 DST=192.0.2.10 ] ",
        b"sshd[77]: Failed password for invalid user ",
        b" from 192.0.2.50 port 40000 ssh2",
        b"{\"MESSAGE\":\"",
        b"\",\"_TRANSPORT\":\"kernel\"}",
        b"\\u0041",
        b"\n",
        b"\r\n",
        b"<4>1 2026-01-02T03:04:05.123456Z host kernel - - - ",
    ],
};

/// Counts what it is told.
#[derive(Default, PartialEq, Eq, Debug, Hash)]
struct Heard {
    probes: u64,
    no_probes: u64,
}

impl LogVisitor for Heard {
    fn probe(&mut self, _probe: &LogProbe, _record: &Record) {
        self.probes += 1;
    }

    fn no_probe(&mut self, _record: &Record, _reason: Reason) {
        self.no_probes += 1;
    }
}

fn run(input: &[u8]) -> u64 {
    let Some((&number, text)) = input.split_first() else { return 0 };
    let format = Format::ALL.get(usize::from(number) % Format::ALL.len()).copied().unwrap_or(Format::Syslog);
    let whole = read(format, text, text.len().max(1));
    let in_pieces = read(format, text, 7);
    assert_eq!(whole, in_pieces, "reading in pieces gives something else");
    let mut signature = Signature::default();
    let (heard, _, reasons) = whole;
    let given = reasons.iter().filter(|(_, count)| *count > 0).map(|(name, _)| *name);
    signature.note((heard.probes.checked_ilog2(), heard.no_probes > 0, given.collect::<Vec<_>>()));
    signature.value()
}

/// Read a text in pieces; returns what was heard, the lines, and the reasons that were given.
fn read(format: Format, text: &[u8], piece_bytes: usize) -> (Heard, u64, Vec<(&'static str, u64)>) {
    let settings = LogSettings { reference_ns: 1_767_225_600_000_000_000, ..LogSettings::default() };
    let mut reader = Reader::new(format, settings);
    let mut heard = Heard::default();
    for piece in text.chunks(piece_bytes) {
        reader.feed(piece, &mut heard);
    }
    reader.finish(&mut heard);
    let counts = reader.counts();
    assert!(counts.probes >= heard.probes, "more probes heard than counted");
    let reasons = counts.reasons.iter().map(|(reason, count)| (reason.name(), count)).collect();
    (heard, counts.lines, reasons)
}

fn seeds() -> Vec<Vec<u8>> {
    let texts: [&[u8]; 5] = [
        b"Jan  2 03:04:05 host kernel: [1.5] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:10:02:00:00:00:00:50:08:00 \
          SRC=192.0.2.50 DST=192.0.2.10 LEN=44 TOS=0x00 PREC=0x00 TTL=44 ID=1 PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 \
          RES=0x00 SYN URGP=0 \n",
        b"Jan  2 03:04:05 host sshd[77]: Failed password for invalid user a from 192.0.2.50 port 40000 ssh2\n",
        b"{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"DROP IN=eth0 OUT= SRC=192.0.2.50 DST=192.0.2.10 LEN=44 PROTO=UDP \
          SPT=1 DPT=2 LEN=24\",\"__REALTIME_TIMESTAMP\":\"1767225600000000\"}\n",
        b"2 123456789012 eni-1 192.0.2.50 192.0.2.10 40000 22 6 1 44 1767225600 1767225660 REJECT OK\n",
        b"{\"ts\":1767225600.5,\"id.orig_h\":\"192.0.2.50\",\"id.orig_p\":40000,\"id.resp_h\":\"192.0.2.10\",\
          \"id.resp_p\":22,\"proto\":\"tcp\",\"conn_state\":\"REJ\"}\n",
    ];
    let mut all = seeds::corpus(TARGET.name);
    for number in 0..Format::ALL.len() as u8 {
        all.extend(texts.iter().map(|text| [&[number], *text].concat()));
    }
    all
}
