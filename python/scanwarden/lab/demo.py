"""Show the main job on real packets: `make demo`, or `python -m scanwarden.lab.demo`.

As root it builds a network of namespaces, lets nmap scan a guarded host and shows detection, ban, cut-off and the
unharmed bystander, then replays what was recorded. Without root it replays a bundled capture and says what root
would add. Every sentence with a tick was checked; the exit status is 1 if one does not hold.
"""

import os
import sys

import click

from scanwarden.errors import ScanwardenError
from scanwarden.lab.demo_live import show_live
from scanwarden.lab.demo_replay import show_replay
from scanwarden.lab.stage import Stage

EXIT_BROKEN = 1
EXIT_INTERRUPTED = 130


def main() -> int:
    """Run the demonstration that this user may run; return the exit status."""
    stage = Stage()
    try:
        if os.geteuid() == 0:
            show_live(stage)
        else:
            show_replay(stage)
    except ScanwardenError as error:
        click.echo(stage.paint(f"   ✘ {error.message}", "alarm"))
        if error.remedy:
            stage.say(f"To do: {error.remedy}.")
        return EXIT_BROKEN
    except KeyboardInterrupt:
        click.echo("\ninterrupted; the namespaces are gone")
        return EXIT_INTERRUPTED
    click.echo("")
    click.echo(stage.paint(f"All {stage.claims} claims were checked and hold.", "good"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
