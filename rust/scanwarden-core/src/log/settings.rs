//! What the operator can say about a log.

use serde::Deserialize;

use super::verdict::VerdictTable;

/// How to read one log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Seconds east of UTC for lines that name no zone.
    pub utc_offset_s: i32,
    /// The latest moment known to have passed, in nanoseconds since the epoch: the file's modification time, or now.
    /// The year of lines without a year is inferred from it; with 0 such lines have no time and are refused.
    pub reference_ns: u64,
    /// When the host that wrote a `dmesg` file was booted, in nanoseconds since the epoch; 0 makes its times relative.
    pub boot_ns: u64,
    /// What prefixes mean.
    pub verdicts: VerdictTable,
    /// When not empty: a kernel line of a text file is believed only with one of these prefixes (outer blanks do not
    /// matter), because a local user can write `kernel` as program name into a shared file.
    pub required_prefixes: Vec<String>,
    /// Accept a file name in front of each line, as `grep` prints it.
    pub strip_path: bool,
}
