"""Bans that failed are tried again a few times, for what is left of them."""

from scanwarden.daemon.unmade import MAX_TRIES, Unmade
from scanwarden.model.address import Prefix
from scanwarden.model.time import NS_PER_S
from tests.unit.responders.samples import ban_of

EVERYBODY = Prefix.parse("0.0.0.0/0")


class Bench:
    def __init__(self, *, max_bans: int = 10) -> None:
        self.now_ns = 1000 * NS_PER_S
        self.unmade = Unmade(max_bans=max_bans, monotonic_ns=lambda: self.now_ns)

    def again(self) -> list[tuple[str, int]]:
        return [(str(ban.source.address), ban.duration_s) for ban in self.unmade.again()]


def test_each_failure_is_tried_again_once_for_what_is_left() -> None:
    bench = Bench()
    bench.unmade.add([ban_of("192.0.2.7", duration_s=100)])
    bench.now_ns += 40 * NS_PER_S
    assert bench.again() == [("192.0.2.7", 60)]
    assert bench.again() == []


def test_what_goes_on_failing_is_given_up() -> None:
    bench = Bench()
    for _ in range(MAX_TRIES):
        bench.unmade.add([ban_of("192.0.2.7")])
        assert len(bench.again()) == 1
    bench.unmade.add([ban_of("192.0.2.7")])
    assert (bench.again(), len(bench.unmade)) == ([], 0)


def test_what_has_ended_was_lifted_or_does_not_fit_is_forgotten() -> None:
    bench = Bench(max_bans=2)
    bench.unmade.add([ban_of("192.0.2.6"), ban_of("192.0.2.7", duration_s=10), ban_of("192.0.2.8")])
    bench.now_ns += 11 * NS_PER_S
    assert bench.again() == [("192.0.2.8", 589)]
    bench.unmade.add([ban_of("192.0.2.8"), ban_of("2001:db8::/64")])
    bench.unmade.settle(Prefix.parse("192.0.2.9"))
    assert len(bench.unmade) == 2
    bench.unmade.forget(EVERYBODY)
    assert [source for source, _ in bench.again()] == ["2001:db8::"]
