//! Which format a log has, from its first lines.

use super::clock::Clock;
use super::cursor::Cursor;
use super::dmesg::is_dmesg;
use super::format::Format;
use super::header::{read_header, skip_path};
use super::{argus, dropbear, flow_tools, nfdump, old_tools, ossec_test, vpc};

/// How many lines vote.
const MAX_VOTES: usize = 64;

/// Say which format `head` (the first kilobytes of a log) has; `None` when it looks like none of them.
///
/// A header line that names columns decides; else each line votes for the one format whose beginning it has, and most
/// votes win. The last line of `head` may be cut off and has no vote unless it is the only one.
pub fn detect_format(head: &[u8]) -> Option<Format> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let whole = memchr::memrchr(b'\n', head).and_then(|at| head.get(..at)).unwrap_or(head);
    let mut votes = [0_usize; Format::ALL.len()];
    let lines = whole.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    for (place, line) in lines.take(MAX_VOTES).enumerate() {
        if let Some(format) = format_of_columns(line).filter(|_| place < 8) {
            return Some(format);
        }
        let Some(format) = format_of_line(line) else { continue };
        for (vote, candidate) in votes.iter_mut().zip(Format::ALL) {
            *vote += usize::from(candidate == format);
        }
    }
    let most = votes.iter().copied().max().filter(|&most| most > 0)?;
    Format::ALL.into_iter().zip(votes).find(|&(_, vote)| vote == most).map(|(format, _)| format)
}

fn format_of_columns(line: &[u8]) -> Option<Format> {
    if line.starts_with(b"#separator") || line.starts_with(b"#fields\t") {
        Some(Format::ZeekTsv)
    } else if nfdump::is_header(line) {
        Some(Format::NfdumpCsv)
    } else if argus::is_header(line) {
        Some(Format::Binetflow)
    } else if vpc::is_header(line) {
        Some(Format::VpcFlow)
    } else if flow_tools::is_header(line) {
        Some(Format::FlowTools)
    } else {
        None
    }
}

fn format_of_line(line: &[u8]) -> Option<Format> {
    if line.starts_with(b"{") {
        return format_of_json(line);
    }
    if line.starts_with(b"\x1e{") || line.starts_with(b"data: {") {
        return format_of_json(line).filter(|&format| format == Format::Journald);
    }
    if ossec_test::logged_line(line).is_some() {
        return Some(Format::OssecTest);
    }
    if old_tools::is_own_file(line) {
        return Some(Format::PortSentry);
    }
    if dropbear::is_bare(line) {
        return Some(Format::Dropbear);
    }
    if is_vpc(line) {
        return Some(Format::VpcFlow);
    }
    if is_proxmox(line) {
        return Some(Format::Proxmox);
    }
    if is_alert(line) {
        return Some(Format::AlertFast);
    }
    if is_dmesg(line) {
        return Some(Format::Dmesg);
    }
    let mut clock = Clock::new(0, u64::MAX / 4);
    let header =
        read_header(line, &mut clock).or_else(|reason| read_header(skip_path(line).ok_or(reason)?, &mut clock));
    header.ok().map(|header| match header.program {
        b"filterlog" => Format::Filterlog,
        program if program.starts_with(b"firewall,") => Format::Mikrotik,
        _ => Format::Syslog,
    })
}

fn format_of_json(line: &[u8]) -> Option<Format> {
    let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
    if has(b"\"__REALTIME_TIMESTAMP\"") || has(b"\"__CURSOR\"") {
        Some(Format::Journald)
    } else if has(b"\"event_type\"") {
        Some(Format::SuricataEve)
    } else if has(b"\"id.orig_h\"") || (has(b"\"note\"") && has(b"\"ts\"")) {
        Some(Format::ZeekJson)
    } else {
        None
    }
}

/// Fourteen columns, the version first, the status last.
fn is_vpc(line: &[u8]) -> bool {
    let line = vpc::without_time(line);
    let columns = line.split(|&byte| byte == b' ').count();
    let is_status = [&b" OK"[..], b" NODATA", b" SKIPDATA"].iter().any(|status| line.ends_with(status));
    columns == 14 && line.starts_with(b"2 ") && is_status
}

/// `VMID LOGID CHAIN dd/Mon/yyyy:`.
fn is_proxmox(line: &[u8]) -> bool {
    let mut cursor = Cursor::new(line);
    let begins = cursor.u32().is_some() && cursor.eat(b" ") && cursor.u8().is_some() && cursor.eat(b" ");
    cursor.take_while(|byte| byte != b' ');
    begins && cursor.eat(b" ") && cursor.u8().is_some() && cursor.eat(b"/")
}

/// `mm/dd…-hh:mm:ss… [**] `.
pub(crate) fn is_alert(line: &[u8]) -> bool {
    let mut cursor = Cursor::new(line);
    let begins = cursor.u8().is_some() && cursor.eat(b"/") && cursor.u8().is_some();
    begins && memchr::memmem::find(cursor.rest(), b" [**] [").is_some()
}
