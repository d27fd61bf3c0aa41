"""Check what every harmless workload promises; whether the detector stays silent is for the golden tests."""

import pytest

from scanwarden.lab.harmless import WORKLOADS, Workload, staged
from scanwarden.lab.scene import START_NS

each_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)


def test_names_are_unique() -> None:
    names = [workload.name for workload in WORKLOADS]
    assert len(set(names)) == len(names)


@each_workload
def test_same_seed_gives_the_same_frames_and_another_seed_others(workload: Workload) -> None:
    first, again, other = (staged(workload, seed).sorted_frames() for seed in (7, 7, 8))
    assert first == again
    assert first != other


@each_workload
def test_frames_start_with_the_scene_and_are_no_longer_than_a_wire_allows(workload: Workload) -> None:
    for seed in range(3):
        for time_ns, frame in staged(workload, seed).sorted_frames():
            assert time_ns >= START_NS
            assert 34 <= len(frame) <= 1514


@each_workload
def test_guarded_host_could_have_seen_every_frame(workload: Workload) -> None:
    """A frame leaves the host or one that is watched over with it, is meant for it, or goes to a group."""
    for seed in range(3):
        scene = staged(workload, seed)
        ours = {host.mac for host in scene.home_hosts}
        for _, frame in scene.sorted_frames():
            assert frame[:6] in ours or frame[6:12] in ours or frame[0] & 1
