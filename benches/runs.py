"""Run one contestant over one capture, in a process of its own, and take what it says about itself."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

LIMIT_S = 600


class Run(NamedTuple):
    """What one run cost: CPU seconds (user and system), and the most memory it held, in bytes."""

    packets: int
    cpu_s: float
    peak_bytes: int
    said: dict[str, Any]

    @property
    def packets_per_cpu_s(self) -> float:
        return self.packets / self.cpu_s


def run(command: Sequence[str | Path]) -> Run:
    """Run a program that prints one JSON object with `packets`, `cpu_s` and `peak_bytes`."""
    ended = subprocess.run(
        [str(word) for word in command], check=True, stdout=subprocess.PIPE, timeout=LIMIT_S, stdin=subprocess.DEVNULL
    )
    said = json.loads(ended.stdout)
    return Run(said["packets"], said["cpu_s"], said["peak_bytes"], said)


def run_whole(command: Sequence[str | Path], packets: int) -> Run:
    """Run any program and take its CPU time and memory, start included, from the kernel."""
    started = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode not in {0, 1}:
        raise SystemExit(f"{started.args} ended with status {started.returncode}")
    return Run(packets, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, {})
