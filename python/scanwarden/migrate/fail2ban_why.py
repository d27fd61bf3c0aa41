"""Say why each option of a jail that is not carried over has no equal."""

_LADDER = "the ladder of [policy] says how bans grow"
WHY: dict[str, str] = {
    "enabled": "says for all jails at once what each jail says by itself",
    "ignoreself": "the host's own addresses are always protected",
    "ignorecommand": "no program is asked whom to spare: write the allowlist of [policy]",
    "ignorecache": "no program is asked whom to spare, so there is no answer to keep",
    "bantime.rndtime": "bans last exactly as long as they say",
    "bantime.formula": "a formula is a program: write its values into the ladder of [policy]",
    "bantime.maxtime": _LADDER,
    "bantime.factor": _LADDER,
    "bantime.multipliers": _LADDER,
    "bantime.overalljails": "all scans and all guesses of a source count together",
    "maxmatches": "the evidence of a scan is kept, bounded",
    "port": "a ban refuses everything from the source, not one port",
    "protocol": "a ban refuses everything from the source, not one protocol",
    "chain": "bans are in a table of our own, `inet scanwarden`, ahead of every other rule",
    "action": "bans are made by the responders of [responders], messages by the sinks",
    "filter": "the lines of sshd and PAM are read by a fixed grammar that no user name can forge",
    "mode": "the lines of sshd and PAM are all read; there is no mode",
    "usedns": "names in logs are never trusted, addresses are",
    "logencoding": "logs are read as bytes",
    "logtimezone": "name the zone in [logs] time_zone, such as Europe/Vienna, if it is not this host's",
    "datepattern": "the usual forms of time are all read",
    "prefregex": "the grammar is fixed",
    "failregex": "the grammar is fixed: what it does not know stays with fail2ban",
    "ignoreregex": "the grammar is fixed",
    "journalmatch": "only sshd, PAM and the kernel are believed",
    "destemail": "name the address in [sinks.email] to and enable it",
    "sender": "name the address in [sinks.email] sender",
    "sendername": "mails come from [sinks.email] sender",
    "mta": "mails go straight to the server of [sinks.email]",
    "fail2ban_agent": "reports to others are not sent",
    "blocklist_de_apikey": "reports to others are not sent",
    "before": "name that file to `scanwarden migrate` too, before this one",
    "after": "name that file to `scanwarden migrate` too, after this one",
    "backend": "files are followed by one method, through rotation",
    "logpath": "only what sshd, PAM and the kernel write is read; see [logs]",
    "findtime": "evidence of scans halves in a day; for log-in failures see [policy.login_guessing] window",
    "maxretry": "how many probes make a scan follows from the evidence; for log-ins see [policy.login_guessing]",
    "bantime": _LADDER,
    "bantime.increment": _LADDER,
    "banaction": "bans are made by the responders of [responders]",
    "banaction_allports": "every ban here is for all ports",
}


def why_not(key: str) -> str:
    """Give the reason in one clause."""
    if key.startswith("action_"):
        return WHY["action"]
    return WHY.get(key, "is an option of fail2ban that nothing here corresponds to")
