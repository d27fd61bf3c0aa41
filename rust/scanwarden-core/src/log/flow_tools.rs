//! flow-tools' comma-separated export (`flow-export -f2`): one direction of a flow a line, columns by the header line.

use super::clock::to_ns;
use super::columns::ColumnMap;
use super::cursor::Cursor;
use super::flow::{Flow, port_number, set_flags, tcp_verdict};
use super::reason::Reason;
use super::record::{Contact, Record};
use crate::packet::{Nanoseconds, TcpFlags};

const WANTED: [&[&str]; 10] = [
    &["#:unix_secs", "unix_secs"],
    &["unix_nsecs"],
    &["sysuptime"],
    &["first"],
    &["srcaddr"],
    &["dstaddr"],
    &["srcport"],
    &["dstport"],
    &["prot"],
    &["tcp_flags"],
];
const NS_PER_MS: u64 = 1_000_000;

/// Reads lines; remembers the header line.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlowToolsReader {
    columns: Option<ColumnMap<10>>,
}

impl FlowToolsReader {
    /// Read one line.
    ///
    /// # Errors
    /// [`Reason::Irrelevant`] for the header and comments, else what is wrong with the line.
    pub(crate) fn read(&mut self, line: &[u8]) -> Result<Record, Reason> {
        if is_header(line) {
            self.columns = Some(ColumnMap::from_header(line, b',', &WANTED));
            return Err(Reason::Irrelevant);
        }
        if line.starts_with(b"#") {
            return Err(Reason::Irrelevant);
        }
        let columns = self.columns.as_ref().ok_or(Reason::Columns)?;
        let [seconds, nanos, uptime, first, source, destination, source_port, port, protocol, flags] =
            columns.pick(line, b',');
        let flow = Flow {
            time_ns: begin_ns(seconds, nanos, uptime, first).ok_or(Reason::Time)?,
            source: source.ok_or(Reason::Columns)?,
            destination: destination.ok_or(Reason::Columns)?,
            protocol: protocol.ok_or(Reason::Columns)?,
            source_port,
            port,
        };
        let mut record = flow.record()?;
        match &mut record.contact {
            Contact::Tcp(_) => {
                let flags = TcpFlags(u16::try_from(flags.and_then(whole_number).unwrap_or(0)).unwrap_or(0));
                record.verdict = tcp_verdict(flags, None);
                set_flags(&mut record, flags);
            }
            Contact::Icmp { kind, code } | Contact::Icmpv6 { kind, code } => {
                [*kind, *code] = port.and_then(port_number).ok_or(Reason::Columns)?.to_be_bytes();
            }
            _ => {}
        }
        Ok(record)
    }
}

/// Say whether a line names columns.
pub(crate) fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"#:unix_secs,") || line.starts_with(b"unix_secs,")
}

/// When the flow began: both times count from the exporter's boot, and the datagram says when it left.
fn begin_ns(
    seconds: Option<&[u8]>,
    nanos: Option<&[u8]>,
    uptime: Option<&[u8]>,
    first: Option<&[u8]>,
) -> Option<Nanoseconds> {
    let nanos = u32::try_from(nanos.and_then(whole_number).unwrap_or(0)).ok()?;
    let sent_ns = to_ns(i64::try_from(whole_number(seconds?)?).ok()?, nanos.min(999_999_999))?;
    let (Some(uptime_ms), Some(first_ms)) = (uptime.and_then(whole_number), first.and_then(whole_number)) else {
        return Some(sent_ns);
    };
    // The counters are 32 bits of milliseconds and wrap after 49 days.
    let age_ms = (uptime_ms as u32).wrapping_sub(first_ms as u32);
    sent_ns.checked_sub(u64::from(age_ms) * NS_PER_MS)
}

fn whole_number(text: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(text);
    cursor.number(10, u64::from(u32::MAX)).filter(|_| cursor.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::record::Verdict;

    const HEADER: &[u8] = b"#:unix_secs,unix_nsecs,sysuptime,exaddr,dpkts,doctets,first,last,engine_type,engine_id,\
        srcaddr,dstaddr,nexthop,input,output,srcport,dstport,prot,tos,tcp_flags,src_mask,dst_mask,src_as,dst_as";

    #[test]
    fn a_flow_begins_as_long_before_its_datagram_as_the_uptimes_say() {
        let mut reader = FlowToolsReader::default();
        assert_eq!(reader.read(b"1,2").err(), Some(Reason::Columns));
        assert_eq!(reader.read(HEADER).err(), Some(Reason::Irrelevant));
        let line = b"1709784000,500,9000,10.0.0.1,1,40,4000,4000,0,0,192.0.2.7,198.51.100.1,0.0.0.0,1,2,40000,22,6,0,2,0,0,0,0";
        let record = reader.read(line);
        assert!(record.is_ok());
        let Ok(record) = record else { return };
        assert_eq!(record.time_ns, 1_709_783_995_000_000_500);
        assert_eq!((record.source.to_string().as_str(), record.verdict), ("192.0.2.7", Verdict::None));
        assert!(matches!(record.contact, Contact::Tcp(tcp) if tcp.port == 22));
        assert_eq!(reader.read(b"").err(), Some(Reason::Time));
    }
}
