"""Say why each setting of psad.conf that is not carried over has no equal."""

import re

_LEVELS = (
    "severity from 1 to 5 follows from the techniques, from 100 probes on, open ports learnt, tricks and later stages; "
    "how many packets or hosts it took does not count"
)
_TIMES = "evidence halves in a day and a scan closes by itself; nothing is to be set"
_DSHIELD = "nothing is sent to anybody; `scanwarden replay --format dshield` writes the reports to hand in yourself"
_NO_IGNORED_PORTS = (
    "a port in use never counts, and a closed one only together with others; for some sources write "
    '"ADDRESS ports …" into [policy] allowlist'
)
_SIGNATURES = "there are no payload signatures: use Suricata or Snort for those, and let [logs] read their alerts"
_DNS = "[enrichment] reverse_dns = true looks names up; the scanner may notice"
_WHOIS = "not carried over: a look-up a scan is slow and tells others whom you see; see [enrichment] network_file"
_FIREWALL = "bans are in a table of our own, `inet scanwarden`, ahead of every other rule; no chain is to be set"
_STATUS = "`scanwarden status` and `scanwarden scans` show this from the store"
_MAIL_TEXT = "the text of mails is made from the record of the scan"
_OWN_FILES = "scanwarden has files and folders of its own: see [store], [control] and the systemd units"
_COMMANDS = "no program is searched for by a path in the settings; `scanwarden doctor` says what is missing"
_SYSLOG = "lines are read from the files and the journal that [logs] names; no pipe and no daemon is in between"
_CHECKS = "scanwarden follows the log as it grows; there is no interval"
_ALWAYS = "this is always so"
_PROGRAMS = "the log has one reader; what it believes is fixed: the kernel's own lines"

# Whole names first, then what a name begins or ends with; the first that fits counts.
_BY_NAME = {
    **dict.fromkeys(("CHECK_INTERVAL", "PSADWATCHD_CHECK_INTERVAL", "PSADWATCHD_MAX_RETRIES"), _CHECKS),
    **dict.fromkeys(("PORT_RANGE_SCAN_THRESHOLD", "PROTOCOL_SCAN_THRESHOLD", "MIN_DANGER_LEVEL"), _LEVELS),
    **dict.fromkeys(("SHOW_ALL_SIGNATURES", "SIG_UPDATE_URL", "ENABLE_SIG_MSG_SYSLOG"), _SIGNATURES),
    **dict.fromkeys(("IGNORE_PORTS", "IGNORE_PROTOCOLS"), _NO_IGNORED_PORTS),
    "IGNORE_INTERFACES": "name the interfaces that are watched in [watch] interfaces",
    "IGNORE_LOG_PREFIXES": "only prefixes that mean refusal count; see [logs] refusing",
    "IGNORE_KERNEL_TIMESTAMP": _ALWAYS,
    "IGNORE_CONNTRACK_BUG_PKTS": "late answers (FIN+ACK, RST and ACK of what is called INVALID) never count",
    "EXPECT_TCP_OPTIONS": "TCP options are looked at where they are logged",
    "HOSTNAME": "records carry the name of the sensor; the host's name is added by syslog",
    "EXTERNAL_NET": "everything that is not home is outside",
    "ALERT_ALL": "there is one message when a scan is found and one when it has ended, with the totals",
    "MAIL_ALERT_PREFIX": _MAIL_TEXT,
    "MAIL_STATUS_PREFIX": _MAIL_TEXT,
    "MAIL_ERROR_PREFIX": _MAIL_TEXT,
    "MAIL_FATAL_PREFIX": _MAIL_TEXT,
    "SCAN_TIMEOUT": _TIMES,
    "ENABLE_PERSISTENCE": _TIMES,
    "MAX_HOPS": "time to live is only used to tell senders apart",
    "AUTO_BLOCK_REGEX": "only refused packets are evidence, so an accepted connection never leads to a ban",
    "FLUSH_IPT_AT_INIT": "bans survive a restart and end by themselves; `scanwarden rescue` lifts all",
    "RENEW_DANGER_LEVEL": "a repeated scan climbs the ladder of [policy]",
    "ENABLE_RENEW_BLOCK_EMAILS": "bans are in the store and in every sink that takes records",
    "ENABLE_AUTO_IDS_EMAILS": "bans are in the store and in every sink that takes records",
    "ENABLE_AUTO_IDS_REGEX": "only refused packets are evidence, so no pattern is needed",
    "ENABLE_MAC_ADDR_REPORTING": "the address on the wire is not kept with a scan",
    "ENABLE_EMAIL_LIMIT_PER_DST": "mails are collected by [sinks.email] digest",
    "EMAIL_LIMIT": "mails are collected by [sinks.email] digest; a scan is never dropped",
    "EMAIL_LIMIT_STATUS_MSG": "mails are collected by [sinks.email] digest",
    "EMAIL_THROTTLE": "mails are collected by [sinks.email] digest",
    "EMAIL_APPEND_HEADER": _MAIL_TEXT,
    "PERSISTENCE_CTR_THRESHOLD": _TIMES,
    "MAX_SCAN_IP_PAIRS": "memory is bounded by [detector] memory",
    "TRUNCATE_FWDATA": "log files are only read",
    "IMPORT_OLD_SCANS": "scans are in the store, across restarts",
    "STATUS_OUTPUT_THRESHOLD": _STATUS,
    "STATUS_PORTS_THRESHOLD": _STATUS,
    "STATUS_SIGS_THRESHOLD": _STATUS,
    "EXEC_EXT_SCRIPT_PER_ALERT": "the command responder runs once for each ban",
    "ENABLE_CUSTOM_SYSLOG_TS_RE": "the usual forms of time are all read",
    "CUSTOM_SYSLOG_TS_RE": "the usual forms of time are all read",
    "ENABLE_IPV6_DETECTION": _ALWAYS,
    "ENABLE_OVERRIDE_FW_CMD": _FIREWALL,
    "FW_CMD": _FIREWALL,
    "ENABLE_FW_MARK_LIMIT": _FIREWALL,
    "USE_FW_SEARCH": _PROGRAMS,
    "ENABLE_SYSLOG_FILE": "the log file is named in [logs] files",
    "IPT_WRITE_FWDATA": "log files are only read",
}
_BY_SHAPE = (
    (re.compile(r"DANGER_LEVEL[1-5]|.*_THRESHOLD"), _LEVELS),
    (re.compile(r".*DSHIELD.*"), _DSHIELD),
    (re.compile(r".*(SNORT|_SID|SIGS?|SIGNATURE|CLASS).*"), _SIGNATURES),
    (re.compile(r".*WHOIS.*"), _WHOIS),
    (re.compile(r".*DNS.*"), _DNS),
    (re.compile(r".*(SYSLOG|KMSG|FIFO|ULOG).*"), _SYSLOG),
    (re.compile(r".*(IPTABLES|IPT_|IPTABLES|FW_|FIREWALL|CHAIN).*"), _FIREWALL),
    (re.compile(r".*(_DIR|_FILE|_BASE|_PATH|_PREFIX)"), _OWN_FILES),
    (re.compile(r".*Cmd"), _COMMANDS),
    (re.compile(r"(TOP|STATUS)_.*"), _STATUS),
    (re.compile(r"(MAIL|EMAIL)_.*"), _MAIL_TEXT),
    (re.compile(r".*(P0F|TOS|TTL|PASSIVE_OS).*"), "the tool is recognised by its packets; see `scanwarden explain`"),
)


def why_not(key: str) -> str:
    """Give the reason in one clause."""
    if key in _BY_NAME:
        return _BY_NAME[key]
    for shape, why in _BY_SHAPE:
        if shape.fullmatch(key):
            return why
    return "is a setting of psad that nothing here corresponds to"
