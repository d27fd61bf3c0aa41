from scanwarden.lab.accuracy.page import page
from tests.unit.lab.accuracy.test_promises import EVERYTHING


def written() -> str:
    return page(EVERYTHING, command="make accuracy", day="2026-01-02", programs=("nmap 1.2",), seeds=20)


def test_page_says_when_and_how_it_was_made() -> None:
    head = written()[:400]
    assert all(part in head for part in ("`make accuracy`", "2026-01-02"))
    assert "nmap 1.2" in written()


def test_every_case_has_a_row_of_its_table() -> None:
    text = written()
    for name in ("everything_nmap", "syn_zmap", "slow", "ping", "pages", "decoys_3_run_1"):
        assert f"\n| {name} | " in text


def test_tables_have_as_many_cells_in_each_row_as_in_the_head() -> None:
    for block in written().split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.replace("\\|", "").count("|") for row in rows}) <= 1


def test_a_broken_promise_stands_out() -> None:
    assert "**no**" in written()
