"""On a simulated fleet of a thousand hosts nearly every sweep is found, and nearly nothing else."""

from scanwarden.fleet.simulation import Scene, play


def test_sweeps_of_one_probe_in_twenty_hosts_are_found_and_harmless_clients_are_not() -> None:
    score = play(Scene(hosts=1000))
    print(  # noqa: T201 the figures of the capacity page
        f"\n{score.hosts:,} hosts, {score.reports:,} reports: recall {score.recall:.3f},"
        f" precision {score.precision:.3f}, median delay {score.median_delay_s:.0f} s"
    )
    assert score.recall >= 0.99
    assert score.precision >= 0.99


def test_a_scene_is_played_again_by_its_seed() -> None:
    scene = Scene(hosts=100, sweeps=5, slow_sweeps=5, clients=200, moved_services=2, decoys=5)
    assert play(scene) == play(scene)
