"""Run a firewalld of our own in a namespace, on a system bus of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from scanwarden import hostcmd
from scanwarden.lab.namespace import Namespace
from tests.e2e.responders.guard import wait_until

_BUS = """<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"""


@contextlib.contextmanager
def firewalld(host: Namespace, folder: Path) -> Iterator[hostcmd.Launch]:
    """Keep firewalld running on `host` for the length of the block; yields how to start firewall-cmd for it."""
    configuration = folder / "bus.conf"
    configuration.write_text(_BUS.format(folder=folder))
    launch = hostcmd.Launch(env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"})
    with hostcmd.Background(["dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile"]):
        assert wait_until((folder / "bus").exists)
        # Its own settings stay out of /etc: the folder is empty, so the defaults apply.
        command = ["firewalld", "--nofork", "--nopid", f"--system-config={folder}", f"--log-file={folder}/log"]
        with hostcmd.Background(host.argv(command), launch=launch):
            state = ["firewall-cmd", "--state"]
            assert wait_until(lambda: hostcmd.run(state, launch=launch, check=False).returncode == 0, limit_s=30)
            # The lab's services must be reachable, as they are without a firewall.
            hostcmd.run(["firewall-cmd", "--zone=public", "--add-port=1-65535/tcp"], launch=launch)
            yield launch
    host.run(["nft", "flush", "ruleset"])
