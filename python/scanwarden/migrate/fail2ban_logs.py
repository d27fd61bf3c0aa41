"""Turn where the sshd jail reads into `[logs]`."""

from scanwarden.migrate.draft import Draft
from scanwarden.migrate.jail_file import Jails

_GLOB_CHARACTERS = frozenset("*?[")


def migrate_logs(jails: Jails, section: str, draft: Draft) -> set[int]:
    """Turn `backend` and `logpath`; without either the journal is read. Return the options dealt with."""
    done: set[int] = set()
    backend = jails.option(section, "backend")
    log_path = jails.option(section, "logpath")
    text = jails.value(section, "backend") if backend is not None else None
    if backend is not None and text is not None:
        done.add(id(backend))
        if text.strip() == "systemd":
            draft.set("logs", "journal", True, *backend.lines)
        else:
            for line in backend.lines:
                draft.remark(line, "files are followed by one method, through rotation")
    if log_path is not None:
        done.add(id(log_path))
        _paths(jails, section, draft)
    if draft.get("logs", "journal") is None and draft.get("logs", "files") is None:
        draft.set("logs", "journal", True, note="where sshd's failures are read; name files instead if they are there")
    return done


def _paths(jails: Jails, section: str, draft: Draft) -> None:
    option = jails.option(section, "logpath")
    if option is None:
        return
    text = jails.filled_in(section, option.value)
    if text is None:
        for line in option.lines:
            draft.remark(line, "refers to a path of fail2ban's own files; put the log file into [logs] files")
        return
    for path in text.split():
        if path == "tail":
            continue
        if not path.startswith("/") or _GLOB_CHARACTERS & set(path):
            draft.remark(option.lines[0], f"{path[:80]!a} is a pattern or no absolute path: name each file")
        else:
            draft.extend("logs", "files", path, *option.lines)
    if not text.split():
        draft.remark(option.lines[0], "is empty")
