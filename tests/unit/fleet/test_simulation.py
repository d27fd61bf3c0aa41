"""On a simulated fleet of a thousand hosts nearly every sweep is found, and nearly nothing else."""

import msgspec

from scanwarden.fleet.simulation import Kind, Scene, play


def test_sweeps_of_one_probe_in_twenty_hosts_are_found_and_harmless_clients_are_not() -> None:
    score = play(Scene(hosts=1000))
    print(  # noqa: T201 the figures of the capacity page
        f"\n{score.hosts:,} hosts, {score.reports:,} reports: recall {score.recall:.3f},"
        f" precision {score.precision:.3f}, median delays"
        f" {', '.join(f'{kind.value} {score.median_delay_s(kind):.0f} s' for kind in Kind)}"
    )
    for kind in Kind:
        assert score.found[kind] > 50  # there is something to find
        assert score.recall_of(kind) >= 0.99
    assert score.precision >= 0.99


def test_bots_that_divide_the_port_space_try_no_port_twice_and_are_found() -> None:
    scene = Scene(hosts=1000, sweeps=0, slow_sweeps=0, clients=0, moved_services=0, decoys=0, botnets=2)
    score = play(scene)
    assert score.found == {Kind.BOT: 2 * scene.bots}
    assert score.reports == 2 * scene.bots * scene.hosts // scene.one_in
    assert (score.false, score.false_groups, score.precision) == (0, 0, 1.0)


def test_what_touches_too_few_hosts_is_missed_and_counted_so() -> None:
    score = play(Scene(hosts=60, sweeps=10, slow_sweeps=10, clients=50, moved_services=0, decoys=0, botnets=1))
    assert score.found == {}
    assert score.missed == {Kind.SWEEP: 10, Kind.SLOW_SWEEP: 10, Kind.BOT: 16}
    assert score.recall == 0.0


def test_a_scene_is_played_again_by_its_seed() -> None:
    scene = Scene(hosts=100, sweeps=5, slow_sweeps=5, botnets=1, clients=200, moved_services=2, decoys=5)
    assert play(scene) == play(scene)
    assert play(scene) != play(msgspec.structs.replace(scene, seed=2))
