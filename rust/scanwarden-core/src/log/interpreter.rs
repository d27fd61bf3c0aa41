//! From one line to what it tells: the format's grammar, then the evidence rules.

use super::alert_fast::{is_detector, read_alert, read_syslog_alert};
use super::argus::ArgusReader;
use super::clock::Clock;
use super::cursor::Cursor;
use super::detect_format::is_alert;
use super::dmesg::read_dmesg;
use super::eve::read_eve;
use super::evidence::judge;
use super::flow_tools::FlowToolsReader;
use super::format::Format;
use super::header::{FACILITY_KERNEL, Header, read_header, read_time, skip_path, skip_uptime};
use super::ids::IdsAlert;
use super::journald::Entry;
use super::kernel::KernelGrammar;
use super::logins::{Logins, Message};
use super::mikrotik::read_mikrotik;
use super::nfdump::NfdumpReader;
use super::old_tools::{is_old_tool, read_message, read_own_file};
use super::ossec_test::logged_line;
use super::pf::read_filterlog;
use super::proxmox::read_proxmox;
use super::reader::LogCounts;
use super::reason::Reason;
use super::record::{Provenance, Record};
use super::settings::LogSettings;
use super::visitor::LogVisitor;
use super::vpc::VpcReader;
use super::zeek::{ZeekLine, ZeekReader, read_json};

/// Understands the lines of one log.
#[derive(Debug)]
pub(crate) struct Interpreter {
    format: Format,
    settings: LogSettings,
    clock: Clock,
    kernel: KernelGrammar,
    logins: Logins,
    zeek: ZeekReader,
    vpc: VpcReader,
    nfdump: NfdumpReader,
    argus: ArgusReader,
    flow_tools: FlowToolsReader,
    counts: LogCounts,
}

impl Interpreter {
    pub(crate) fn new(format: Format, settings: LogSettings) -> Self {
        Self {
            format,
            clock: Clock::new(settings.utc_offset_s, settings.reference_ns),
            kernel: KernelGrammar::new(settings.verdicts.clone()),
            settings,
            logins: Logins::new(),
            zeek: ZeekReader::default(),
            vpc: VpcReader::new(),
            nfdump: NfdumpReader::default(),
            argus: ArgusReader::default(),
            flow_tools: FlowToolsReader::default(),
            counts: LogCounts::default(),
        }
    }

    pub(crate) fn counts(&self) -> &LogCounts {
        &self.counts
    }

    pub(crate) fn count(&mut self, reason: Reason) {
        self.counts.reasons.add(reason);
    }

    pub(crate) fn set_utc_offset(&mut self, utc_offset_s: i32) {
        self.clock.set_utc_offset(utc_offset_s);
    }

    pub(crate) fn advance(&mut self, now_ns: u64) {
        self.clock.advance(now_ns);
    }

    /// Read one line, without its newline.
    #[inline]
    pub(crate) fn line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) {
        self.counts.lines += 1;
        // Some editors put a byte order mark in front of the first line.
        let line = if self.counts.lines == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        if line.is_empty() {
            return;
        }
        if let Err(reason) = self.read(line, visitor) {
            self.count(reason);
        }
    }

    /// Decide what waits for lines that will not come.
    pub(crate) fn finish(&mut self, visitor: &mut impl LogVisitor) {
        self.logins.finish(&mut self.counts, visitor);
    }

    #[inline]
    fn read(&mut self, line: &[u8], visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        let record = match self.format {
            Format::Syslog | Format::Filterlog | Format::Mikrotik => return self.syslog_line(line, visitor),
            Format::Dmesg => self.dmesg_line(line)?,
            Format::Journald => return self.journal_line(without_frame(line), visitor),
            Format::Ulogd => self.ulogd_line(line)?,
            Format::Dropbear => return self.dropbear_line(line, visitor),
            Format::OssecTest => return self.tested_line(line, visitor),
            Format::PortSentry => {
                let alert = read_own_file(line, &mut self.clock)?;
                report_alert(&mut self.counts, &alert, visitor);
                return Ok(());
            }
            Format::FlowTools => self.flow_tools.read(line)?,
            Format::Proxmox => read_proxmox(line, &mut self.clock, &mut self.kernel)?,
            Format::VpcFlow => self.vpc.read(line)?,
            Format::NfdumpCsv => self.nfdump.read(line, &mut self.clock)?,
            Format::Binetflow => self.argus.read(line, &mut self.clock)?,
            Format::SuricataEve => {
                let counts = &mut self.counts;
                return read_eve(line, &mut self.clock, |alert| report_alert(counts, alert, visitor));
            }
            Format::AlertFast => {
                let alert = read_alert(line, &mut self.clock)?;
                report_alert(&mut self.counts, &alert, visitor);
                return Ok(());
            }
            Format::ZeekTsv => {
                let read = self.zeek.read_tsv(line, &mut self.clock)?;
                take_zeek(&mut self.counts, &read, visitor);
                return Ok(());
            }
            Format::ZeekJson => {
                let counts = &mut self.counts;
                return read_json(line, &mut self.clock, |read| take_zeek(counts, &read, visitor));
            }
        };
        deliver(&mut self.counts, &record, visitor);
        Ok(())
    }

    /// Which programs a syslog file is asked about is the format's: only a log known to be a router's is believed about
    /// packets in that router's words, because any local process can call itself anything.
    #[inline]
    fn syslog_line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        let header = self.header(line)?;
        match (self.format, header.program) {
            (Format::Syslog | Format::OssecTest, b"kernel") if header.pid.is_empty() => {
                self.kernel_line(&header, visitor)
            }
            (Format::Filterlog, b"filterlog") => {
                let mut record = Record::blank(header.time_ns, Provenance::Filterlog);
                read_filterlog(header.message, &mut record)?;
                deliver(&mut self.counts, &record, visitor);
                Ok(())
            }
            (Format::Mikrotik, program) if program.starts_with(b"firewall,") => {
                let mut record = Record::blank(header.time_ns, Provenance::Mikrotik);
                read_mikrotik(header.message, &mut self.kernel, &mut record)?;
                deliver(&mut self.counts, &record, visitor);
                Ok(())
            }
            (Format::Syslog | Format::OssecTest, program) if is_detector(program) => {
                let alert = read_syslog_alert(header.message, header.time_ns)?;
                report_alert(&mut self.counts, &alert, visitor);
                Ok(())
            }
            (Format::Syslog | Format::OssecTest, program) if is_old_tool(program) => {
                let alert = read_message(program, header.message, header.time_ns)?;
                report_alert(&mut self.counts, &alert, visitor);
                Ok(())
            }
            (Format::Syslog | Format::Filterlog | Format::OssecTest, program) => {
                let message = Message {
                    time_ns: header.time_ns,
                    program,
                    pid: header.pid,
                    text: header.message,
                    is_vouched: false,
                };
                self.logins.observe(&message, &mut self.counts, visitor)
            }
            _ => Err(Reason::OtherProgram),
        }
    }

    #[inline]
    fn header<'a>(&mut self, line: &'a [u8]) -> Result<Header<'a>, Reason> {
        let read = read_header(line, &mut self.clock);
        match read {
            Err(Reason::Header) if self.settings.strip_path => {
                read_header(skip_path(line).ok_or(Reason::Header)?, &mut self.clock)
            }
            _ => read,
        }
    }

    #[inline]
    fn kernel_line(&mut self, header: &Header<'_>, visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        if header.facility.is_some_and(|facility| facility != FACILITY_KERNEL) {
            return Err(Reason::Facility);
        }
        let mut record = Record::blank(header.time_ns, Provenance::TextKernel);
        let prefix = self.kernel.read(skip_uptime(header.message), &mut record)?;
        if !self.is_own_prefix(prefix) {
            return Err(Reason::PrefixNotListed);
        }
        deliver(&mut self.counts, &record, visitor);
        Ok(())
    }

    fn is_own_prefix(&self, prefix: &[u8]) -> bool {
        let required = &self.settings.required_prefixes;
        required.is_empty() || required.iter().any(|own| own.trim_ascii().as_bytes() == prefix.trim_ascii())
    }

    /// ulogd names no program: what it writes is believed where the user says that it is ulogd's file.
    fn ulogd_line(&mut self, line: &[u8]) -> Result<Record, Reason> {
        let mut cursor = Cursor::new(line);
        let time_ns = read_time(&mut cursor, &mut self.clock)?;
        cursor.expect(b" ").ok_or(Reason::Header)?;
        cursor.take_while(|byte| byte.is_ascii_graphic());
        cursor.expect(b" ").ok_or(Reason::Header)?;
        let mut record = Record::blank(time_ns, Provenance::TextKernel);
        self.kernel.read(cursor.rest().trim_ascii_start(), &mut record)?;
        Ok(record)
    }

    /// Bare messages, as `dropbear -E` writes them: they are as old as the file.
    fn dropbear_line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        let time_ns = self.clock.latest_ns().ok_or(Reason::Time)?;
        let message = Message { time_ns, program: b"dropbear", pid: b"", text: line, is_vouched: false };
        self.logins.observe(&message, &mut self.counts, visitor)
    }

    fn tested_line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        let line = logged_line(line).ok_or(Reason::Irrelevant)?;
        if is_alert(line) {
            let alert = read_alert(line, &mut self.clock)?;
            report_alert(&mut self.counts, &alert, visitor);
            return Ok(());
        }
        self.syslog_line(line, visitor)
    }

    fn dmesg_line(&mut self, line: &[u8]) -> Result<Record, Reason> {
        let (time_ns, message) = read_dmesg(line, self.settings.boot_ns, &mut self.clock)?;
        let mut record = Record::blank(time_ns, Provenance::Dmesg);
        self.kernel.read(message, &mut record)?;
        Ok(record)
    }

    fn journal_line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        let entry = Entry::read(line)?;
        if entry.is_from_kernel() {
            let mut record = Record::blank(entry.time_ns()?, Provenance::JournalKernel);
            self.kernel.read(entry.message()?, &mut record)?;
            deliver(&mut self.counts, &record, visitor);
            return Ok(());
        }
        if !entry.is_from_root() {
            return Err(Reason::Transport);
        }
        let message = Message {
            time_ns: entry.time_ns()?,
            program: entry.identifier(),
            pid: entry.pid(),
            text: entry.message()?,
            is_vouched: true,
        };
        self.logins.observe(&message, &mut self.counts, visitor)
    }
}

/// `journalctl -o json-seq` and `-o json-sse` put a mark in front of each object.
fn without_frame(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    line.strip_prefix(b"data: ").unwrap_or(line)
}

/// Count a complete record and pass it on as a probe, or under the reason why it is none.
#[inline]
fn deliver(counts: &mut LogCounts, record: &Record, visitor: &mut impl LogVisitor) {
    counts.records += 1;
    match judge(record) {
        Ok(probe) => {
            counts.probes += 1;
            visitor.probe(&probe, record);
        }
        Err(reason) => {
            counts.reasons.add(reason);
            visitor.no_probe(record, reason);
        }
    }
}

fn report_alert(counts: &mut LogCounts, alert: &IdsAlert<'_>, visitor: &mut impl LogVisitor) {
    counts.alerts += 1;
    visitor.alert(alert);
}

fn take_zeek(counts: &mut LogCounts, line: &ZeekLine<'_>, visitor: &mut impl LogVisitor) {
    match line {
        ZeekLine::Flow(record) => deliver(counts, record, visitor),
        ZeekLine::Notice(alert) => report_alert(counts, alert, visitor),
    }
}
