"""Feed damaged input to everything that reads what strangers send: `make fuzz ARGS="packets --seconds 600"`.

Each target gets its time, with another seed each day unless one is given. An input that breaks something is written to
target/fuzz-finds; put it into fuzz/corpus/TARGET once the fault is mended, and `make test` replays it for good.
"""

import argparse
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
FINDS = REPOSITORY / "target" / "fuzz-finds"
TARGETS = ("packets", "captures", "log_lines", "ftp")
SECONDS_A_DAY = 86_400


def main() -> None:
    asked = arguments()
    build = ["cargo", "build", "--quiet", "--profile=fuzz", "--locked", "-p", "scanwarden-fuzz"]
    subprocess.run(build, cwd=REPOSITORY, check=True, stdin=subprocess.DEVNULL)
    program = REPOSITORY / "target" / "fuzz" / "scanwarden-fuzz"
    broken = []
    for target in asked.targets:
        command = [str(program), target, str(asked.seconds), str(asked.seed), str(FINDS)]
        limit_s = 2 * asked.seconds + 60
        ended = subprocess.run(command, cwd=REPOSITORY, check=False, stdin=subprocess.DEVNULL, timeout=limit_s)
        if ended.returncode:
            broken.append(target)
    if broken:
        raise SystemExit(f"broken by damaged input: {', '.join(broken)} (seed {asked.seed})")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=30, help="time for each target (default: 30)")
    parser.add_argument("--seed", type=int, default=int(time.time()) // SECONDS_A_DAY, help="default: today's")
    asked = parser.parse_args()
    if unknown := [target for target in asked.targets if target not in TARGETS]:
        parser.error(f"{', '.join(unknown)}: no such target; there are {', '.join(TARGETS)}")
    return asked


if __name__ == "__main__":
    main()
