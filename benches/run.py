"""Measure packets per CPU second: `make bench`, or `make bench ARGS="--packets 1000000 --rounds 9"`.

Three captures are made (below target/bench, once): mixed traffic, SYNs from millions of sources, vertical scans. Over
each, full detection, a bare walk over the record headers and libpcap's empty loop run in turn; what counts is their
ratio within a round. As root, packets are also sent at full speed over a veth pair and every one is accounted for.

Figures are printed. What is asserted is correctness alone: every packet counted, every scanner found and nobody else,
memory below 128 MiB, and no packet unaccounted for.
"""

import argparse
import os

import captures
import collisions
import contest
import live

FULL_PACKETS = 10_000_000
LIVE_PACKETS = 2_000_000


def main() -> None:
    asked = arguments()
    captures.build_examples()
    packets = asked.packets if captures.has_room(asked.packets) else FULL_PACKETS // 10
    if packets != asked.packets:
        print(f"the disk has no room for {asked.packets:,} packets a file, so there are {packets:,}")
    known = contest.contestants()
    faults = []
    for kind in captures.KINDS:
        capture = captures.make_capture(kind, packets)
        rounds = contest.compete(capture, known, asked.rounds)
        print(contest.table(capture, rounds), end="\n\n", flush=True)
        faults += contest.faults(capture, rounds)
    print(collisions.measure(asked.rounds), flush=True)
    faults += measure_live(packets)
    if faults:
        raise SystemExit("\n".join(faults))
    print("every packet counted, every scanner found and nobody else, memory below 128 MiB")


def arguments() -> argparse.Namespace:
    is_ci = bool(os.environ.get("CI"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=FULL_PACKETS // 10 if is_ci else FULL_PACKETS)
    parser.add_argument("--rounds", type=int, default=5, help="how often each contestant runs (default: 5)")
    return parser.parse_args()


def measure_live(packets: int) -> list[str]:
    """Send at full speed, all candidates and one in ten; give what did not add up."""
    if os.geteuid() != 0:
        print("live: left out, needs root for network namespaces")
        return []
    faults = []
    for candidate_percent in (100, 10):
        reception = live.receive(min(packets, LIVE_PACKETS), candidate_percent=candidate_percent)
        print(f"live, {candidate_percent} % candidates: {reception}")
        faults += [reception.fault] if reception.fault else []
    return faults


if __name__ == "__main__":
    main()
