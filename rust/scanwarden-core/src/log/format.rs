//! The formats a log can have.

/// What wrote a log. A log has one format; a line of another one is counted, not guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// syslog text: kernel packet lines and login failures (also `journalctl`'s short outputs).
    Syslog,
    /// The kernel's ring buffer as `dmesg` prints it.
    Dmesg,
    /// journald's JSON export, one object a line.
    Journald,
    /// pf's filterlog through syslog (`pfSense`, `OPNsense`), with login failures.
    Filterlog,
    /// `MikroTik` firewall lines through syslog.
    Mikrotik,
    /// The Proxmox firewall's `pve-firewall.log`.
    Proxmox,
    /// Suricata's EVE JSON.
    SuricataEve,
    /// Suricata's and Snort's one-line alerts (`fast.log`, `alert_fast`).
    AlertFast,
    /// Zeek's tab-separated `conn.log` or `notice.log`.
    ZeekTsv,
    /// Zeek's JSON `conn.log` or `notice.log`.
    ZeekJson,
    /// AWS VPC flow logs.
    VpcFlow,
    /// nfdump's CSV.
    NfdumpCsv,
    /// Argus binetflow CSV.
    Binetflow,
    /// flow-tools' comma-separated export.
    FlowTools,
    /// ulogd's LOGEMU file, which names no program: believed only when the user says so.
    Ulogd,
    /// Bare messages of Dropbear, as `dropbear -E` prints them.
    Dropbear,
    /// `PortSentry`'s own files: `portsentry.history`, `portsentry.log`.
    PortSentry,
    /// Test cases of OSSEC's rules (`log 1 pass = LINE`).
    OssecTest,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 18] = [
        Self::Syslog,
        Self::Dmesg,
        Self::Journald,
        Self::Filterlog,
        Self::Mikrotik,
        Self::Proxmox,
        Self::SuricataEve,
        Self::AlertFast,
        Self::ZeekTsv,
        Self::ZeekJson,
        Self::VpcFlow,
        Self::NfdumpCsv,
        Self::Binetflow,
        Self::FlowTools,
        Self::Ulogd,
        Self::Dropbear,
        Self::PortSentry,
        Self::OssecTest,
    ];

    /// The name a user writes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syslog => "syslog",
            Self::Dmesg => "dmesg",
            Self::Journald => "journald",
            Self::Filterlog => "filterlog",
            Self::Mikrotik => "mikrotik",
            Self::Proxmox => "proxmox",
            Self::SuricataEve => "eve",
            Self::AlertFast => "fast",
            Self::ZeekTsv => "zeek",
            Self::ZeekJson => "zeek-json",
            Self::VpcFlow => "vpc-flow",
            Self::NfdumpCsv => "nfdump",
            Self::Binetflow => "binetflow",
            Self::FlowTools => "flow-tools",
            Self::Ulogd => "ulogd",
            Self::Dropbear => "dropbear",
            Self::PortSentry => "portsentry",
            Self::OssecTest => "ossec-test",
        }
    }

    /// The format a user's word means.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether lines are JSON objects.
    pub const fn is_json(self) -> bool {
        matches!(self, Self::Journald | Self::SuricataEve | Self::ZeekJson)
    }
}
