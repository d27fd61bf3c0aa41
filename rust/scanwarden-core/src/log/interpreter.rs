//! From one line to what it tells: the format's grammar, then the evidence rules.

use super::clock::Clock;
use super::evidence::judge;
use super::format::Format;
use super::header::{FACILITY_KERNEL, Header, read_header, read_uptime, skip_path, skip_uptime};
use super::kernel::KernelGrammar;
use super::reader::LogCounts;
use super::reason::Reason;
use super::record::{Provenance, Record};
use super::settings::LogSettings;
use super::visitor::LogVisitor;

/// Understands the lines of one log.
#[derive(Debug)]
pub(crate) struct Interpreter {
    format: Format,
    settings: LogSettings,
    clock: Clock,
    kernel: KernelGrammar,
    counts: LogCounts,
}

impl Interpreter {
    pub(crate) fn new(format: Format, settings: LogSettings) -> Self {
        let clock = Clock::new(settings.utc_offset_s, settings.reference_ns);
        let kernel = KernelGrammar::new(settings.verdicts.clone());
        Self { format, settings, clock, kernel, counts: LogCounts::default() }
    }

    pub(crate) fn counts(&self) -> &LogCounts {
        &self.counts
    }

    pub(crate) fn count(&mut self, reason: Reason) {
        self.counts.reasons.add(reason);
    }

    pub(crate) fn advance(&mut self, now_ns: u64) {
        self.clock.advance(now_ns);
    }

    /// Read one line, without its newline.
    #[inline]
    pub(crate) fn line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) {
        self.counts.lines += 1;
        if line.is_empty() {
            return;
        }
        let read = match self.format {
            Format::Dmesg => self.dmesg_line(line, visitor),
            _ => self.syslog_line(line, visitor),
        };
        if let Err(reason) = read {
            self.count(reason);
        }
    }

    pub(crate) fn finish(&mut self, _visitor: &mut impl LogVisitor) {}

    #[inline]
    fn syslog_line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        let header = self.header(line)?;
        match header.program {
            b"kernel" if header.pid.is_empty() => self.kernel_line(&header, visitor),
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
        self.deliver(&record, visitor);
        Ok(())
    }

    fn is_own_prefix(&self, prefix: &[u8]) -> bool {
        let required = &self.settings.required_prefixes;
        required.is_empty() || required.iter().any(|own| own.trim_ascii().as_bytes() == prefix.trim_ascii())
    }

    fn dmesg_line(&mut self, line: &[u8], visitor: &mut impl LogVisitor) -> Result<(), Reason> {
        let (since_boot_ns, message) = read_uptime(line).ok_or(Reason::Header)?;
        let time_ns = self.settings.boot_ns.checked_add(since_boot_ns).ok_or(Reason::Time)?;
        let mut record = Record::blank(time_ns, Provenance::Dmesg);
        self.kernel.read(message, &mut record)?;
        self.deliver(&record, visitor);
        Ok(())
    }

    /// Count a complete record and pass it on as a probe, or under the reason why it is none.
    #[inline]
    fn deliver(&mut self, record: &Record, visitor: &mut impl LogVisitor) {
        self.counts.records += 1;
        match judge(record) {
            Ok(probe) => {
                self.counts.probes += 1;
                visitor.probe(&probe, record);
            }
            Err(reason) => {
                self.count(reason);
                visitor.no_probe(record, reason);
            }
        }
    }
}
