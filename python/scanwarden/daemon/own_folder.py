"""Make folders for files of the service, before a part gives up being root."""

import os
from pathlib import Path

from scanwarden.daemon.privileges import Account

_MODE = 0o750


def own_folder(folder: Path, account: Account, *, is_shared: bool = False) -> None:
    """Make a folder unless it is there, and let the user we become write into it; raise OSError.

    One that is there belongs to whoever made it, but `is_shared` names one of the service's own: another part, started
    at the same time, may have made it and not handed it over yet.
    """
    is_new = not folder.is_dir()
    folder.mkdir(mode=_MODE, parents=True, exist_ok=True)
    if os.geteuid() == 0 and (is_new or is_shared):
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
