"""Take over from scanlogd, which has no settings: only its line is carried over.

What may be named is a file that starts it, or saved iptables rules with the `psd` match, which has scanlogd's weights.
"""

from collections.abc import Sequence

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, OldLine


def migrate(files: Sequence[OldFile]) -> Draft:
    """Give a draft that writes scanlogd's line to syslog, with a remark for each line of the files."""
    draft = Draft("scanlogd", files)
    draft.set("sinks.syslog", "enabled", True, note="scanlogd has no settings; its line goes on being written")
    draft.set("sinks.syslog", "format", "scanlogd")
    draft.set("sinks.syslog", "facility", "daemon")
    draft.advise('Bans stay off, as with scanlogd: set mode = "enforce" in [policy] if you want them.')
    for file in files:
        for line in file.lines:
            if not line.text.strip() or line.text.lstrip().startswith("#"):
                draft.skip(line)
            else:
                draft.remark(line, _why(line))
    return draft


def _why(line: OldLine) -> str:
    if "--psd-" in line.text or "-m psd" in line.text:
        return "ports are weighed by what they answered, not by their number; the tripwire drops in the kernel"
    return "scanlogd has no settings, so this line is not its own"
