"""The page and its memory over many scans; `SCANWARDEN_PAGE_SCANS` says how many, and figures are printed."""

import os
import random
import time
from pathlib import Path

import pytest

from scanwarden.config.quantity import ByteSize
from scanwarden.config.sections.store import StoreSettings
from scanwarden.store import Store
from tests.unit.store.records import START, random_scan
from tests.unit.web.calling import app_over, call

SCANS = int(os.environ.get("SCANWARDEN_PAGE_SCANS", "2000"))
DAYS = 30
LIVENESS_S = 30.0
MAX_ANSWER_BYTES = 1 << 20


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, chance = tmp_path_factory.mktemp("many") / "scans.db", random.Random(5)
    store = Store(StoreSettings(path=path, max_size=ByteSize.parse("4 GiB")), now_ns=lambda: int(START))
    for number in range(1, SCANS + 1):
        store.add(random_scan(number, chance, span_s=DAYS * 86_400))
        if number % 2000 == 0:
            assert store.flush(600)
    assert store.flush(600)
    store.close()
    return path


@pytest.mark.parametrize("place", ["/", "/?period=30d", "/scans", "/scans?port=22", "/scans?text=nmap", "/sources"])
def test_pages_are_made_quickly_and_stay_small(many: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    app = app_over(many, now_ns=int(START.plus(DAYS * 86_400)))
    call(app, "GET", place)
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    answer = call(app, "GET", place)
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    with capsys.disabled():
        print(f"\n  {place:18} over {SCANS:,} scans {took_s * 1000:6.0f} ms, {cpu_s * 1000:.0f} ms of CPU", end="")  # noqa: T201
    assert answer.status == 200
    assert len(answer.text) < MAX_ANSWER_BYTES
    assert took_s < LIVENESS_S
