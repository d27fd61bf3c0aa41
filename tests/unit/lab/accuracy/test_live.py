from scanwarden.lab.accuracy.live import decoy_scans
from scanwarden.lab.scans import decoy_numbers


def test_decoy_scans_differ_from_run_to_run_and_can_be_repeated() -> None:
    scans = decoy_scans(20, decoys=3, seed=1)
    assert scans == decoy_scans(20, decoys=3, seed=1)
    assert len({scan.command for scan in scans}) == len({scan.name for scan in scans}) == 20


def test_scanner_stands_at_every_place_among_its_decoys() -> None:
    lists = [scan.command.split(" -D ")[1].split()[0].split(",") for scan in decoy_scans(40, decoys=3, seed=1)]
    assert {names.index("ME") for names in lists} == {0, 1, 2, 3}


def test_each_run_forges_as_many_sources_as_asked() -> None:
    assert {len(set(decoy_numbers(scan))) for scan in decoy_scans(5, decoys=20, seed=1)} == {20}
