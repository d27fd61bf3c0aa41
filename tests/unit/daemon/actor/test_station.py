"""A responder of the actor's works, or says what is in the way, and ends what an earlier run of it left."""

from collections.abc import Sequence
from pathlib import Path

from scanwarden.daemon.actor.kept import KeptBans
from scanwarden.daemon.actor.station import RETRY_S, Station
from scanwarden.daemon.helper.messages import BROKEN, Message, Op, Status
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.time import NS_PER_S
from scanwarden.responders.contract import Obstacle
from scanwarden.responders.hosts_deny import HostsDenyResponder

GATEWAY = Prefix.parse("192.0.2.1")
SOURCE, OTHER = Prefix.parse("198.51.100.7"), Prefix.parse("198.51.100.8")


class Deny(HostsDenyResponder):
    """A file of TCP wrappers on a host that lacks what the test says."""

    lacks: str | None = None

    def check(self) -> Sequence[Obstacle]:
        return [Obstacle(lacks=self.lacks, remedy="get it")] if self.lacks else []


class Bench:
    """A station over a file; `restart` is what a kill leaves."""

    def __init__(self, folder: Path) -> None:
        self.now_ns = 1000 * NS_PER_S
        self.folder = folder
        self.restart()

    def restart(self) -> None:
        self.responder = Deny(self.folder / "hosts.deny", now_ns=lambda: self.now_ns)
        self.station = Station(
            self.responder,
            find=lambda: PrefixTable({GATEWAY: "gateway"}),
            kept=KeptBans(self.folder / "hosts_deny.json"),
            look_every_s=0.0,
            now_ns=lambda: self.now_ns,
        )

    def ask(self, op: Op, *sources: Prefix, duration_s: int = 0) -> list[Message]:
        asked = [Message(op=op, source=source, duration_s=duration_s) for source in sources] or [Message(op=op)]
        return self.station.answer(asked)

    def banned(self) -> set[str]:
        lines = (self.folder / "hosts.deny").read_text().splitlines()
        return {line.removeprefix("ALL: ") for line in lines if line.startswith("ALL: ")}


def test_a_ban_is_answered_when_the_file_holds_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    answers = bench.ask(Op.BAN, SOURCE, GATEWAY, duration_s=600)
    assert [Status(one.number) for one in answers] == [Status.DONE, Status.PROTECTED]
    assert bench.banned() == {"198.51.100.7"}


def test_what_ended_while_nobody_was_there_is_lifted_and_the_rest_goes_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.ask(Op.BAN, SOURCE, duration_s=60)
    bench.ask(Op.BAN, OTHER, duration_s=600)
    bench.now_ns += 100 * NS_PER_S
    bench.restart()
    bench.station.look_after()
    assert bench.banned() == {"198.51.100.8"}
    bench.now_ns += 501 * NS_PER_S
    bench.station.look_after()
    assert bench.banned() == set()


def test_a_ban_that_failed_is_not_taken_for_one_after_a_restart(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.ask(Op.PING)
    (tmp_path / "hosts.deny").unlink()
    (tmp_path / "hosts.deny").symlink_to(tmp_path / "elsewhere")
    (answer,) = bench.ask(Op.BAN, SOURCE, duration_s=60)
    assert answer.number == Status.FAILED
    assert "hosts.deny cannot be read" in answer.reason
    assert KeptBans(tmp_path / "hosts_deny.json").read() == []


def test_what_the_host_lacks_is_the_answer_until_it_is_there(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.responder.lacks = "TCP wrappers"
    (ping,) = bench.ask(Op.PING)
    assert (ping.number, ping.reason) == (BROKEN, "it cannot enforce bans: TCP wrappers; get it")
    assert [one.number for one in bench.ask(Op.BAN, SOURCE, OTHER, duration_s=60)] == [Status.FAILED] * 2
    assert bench.station.lacks is not None
    bench.responder.lacks = None
    bench.now_ns += int(RETRY_S * NS_PER_S)
    assert bench.ask(Op.PING)[0].number == 0
    assert bench.station.lacks is None


def test_leaving_lifts_what_nobody_else_would_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.ask(Op.BAN, SOURCE, duration_s=600)
    bench.station.leave()
    assert not (tmp_path / "hosts.deny").read_text()
    assert KeptBans(tmp_path / "hosts_deny.json").read() == []
