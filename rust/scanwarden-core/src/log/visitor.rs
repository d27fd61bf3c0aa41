//! Who receives what a log tells.

use super::evidence::LogProbe;
use super::ids::IdsAlert;
use super::login::LoginFailure;
use super::reason::Reason;
use super::record::Record;

/// Receives what a [`super::reader::Reader`] finds, in the order of the lines.
///
/// Every method does nothing by default, so an implementation names only what it wants.
pub trait LogVisitor {
    /// A line (or flow) that is a probe, with the record it came from.
    fn probe(&mut self, _probe: &LogProbe, _record: &Record) {}

    /// A well-formed line (or flow) that is no probe, and why; the connection log wants these too.
    fn no_probe(&mut self, _record: &Record, _reason: Reason) {}

    /// A failed login. Those that wait for the connection's outcome come late, with the time of the failure.
    fn login_failure(&mut self, _failure: &LoginFailure<'_>) {}

    /// An alert of an intrusion detection system, of a scan class or not.
    fn alert(&mut self, _alert: &IdsAlert<'_>) {}
}
