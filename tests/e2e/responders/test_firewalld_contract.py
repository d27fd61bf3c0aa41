"""Firewalld, held to the same contract by the same tests, against a firewalld of its own."""

from collections.abc import Iterator

import pytest

from scanwarden import hostcmd
from scanwarden.lab import Lab
from scanwarden.responders.firewalld import FirewalldResponder
from tests.e2e.responders import test_contract as contract
from tests.e2e.responders.test_contract import PROTECTED, Candidate, guard, is_enforcing
from tests.e2e.responders.test_firewalld import lab, launch

__all__ = ["guard", "is_enforcing", "lab", "launch"]

pytestmark = pytest.mark.kernel

# The very functions, so that none can be forgotten; the fixtures of this module make firewalld their candidate.
globals().update({name: held for name, held in vars(contract).items() if name.startswith("test_")})


@pytest.fixture
def candidate(launch: hostcmd.Launch) -> Candidate:
    return Candidate(lambda _: FirewalldResponder(protected=PROTECTED, launch=launch))


@pytest.fixture(autouse=True)
def emptied(lab: Lab, launch: hostcmd.Launch) -> Iterator[None]:
    yield
    assert not hostcmd.run(["firewall-cmd", "--list-rich-rules"], launch=launch).text.strip(), lab.prefix
