"""Figures as Prometheus reads them, and everything that is built on their names."""

import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scanwarden.control.exposition import HELP, PREFIX, exposition
from tests.conftest import REPOSITORY

MAX_SERIES = 300


def test_a_prometheus_client_reads_what_is_written() -> None:
    written = dict.fromkeys(HELP, 3.0) | {"packets_total": 2.0**53, "audit_age_seconds": 0.1}
    families = list(text_string_to_metric_families(exposition(written)))
    samples = {sample.name: sample for family in families for sample in family.samples}
    assert {name.removeprefix(PREFIX): sample.value for name, sample in samples.items()} == written
    assert not any(sample.labels for sample in samples.values())
    assert all(family.documentation for family in families)
    assert {family.type for family in families} == {"counter", "gauge"}
    assert len(samples) <= MAX_SERIES


def test_a_figure_that_nobody_described_is_not_served() -> None:
    with pytest.raises(KeyError):
        exposition({"surprise": 1})


@pytest.mark.parametrize("page", ["packaging/grafana/scanwarden.json", "packaging/prometheus/alerts.yml"])
def test_dashboard_and_alerts_use_figures_that_exist(page: str) -> None:
    text = (REPOSITORY / page).read_text()
    expressions = (
        [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]
        if page.endswith(".json")
        else re.findall(r"^ *expr: (.+)$", text, flags=re.MULTILINE)
    )
    used = {name for expression in expressions for name in re.findall(rf"{PREFIX}(\w+)", expression)}
    assert used
    assert used <= set(HELP)
