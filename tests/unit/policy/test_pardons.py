from scanwarden.model.address import Prefix
from scanwarden.policy.pardons import Pardons
from tests.unit.policy.samples import OTHER_SCAN, SCAN, after

SOURCE, OTHER = Prefix.parse("203.0.113.1/32"), Prefix.parse("203.0.113.2/32")


def test_a_pardon_holds_for_its_scan_and_for_what_began_before() -> None:
    pardons = Pardons()
    pardons.add(SOURCE, SCAN, after(10))
    assert (pardons.lifted_for(SCAN), pardons.lifted_for(OTHER_SCAN)) == (after(10), None)
    assert pardons.lifted_since(SOURCE, after(10)) == after(10)
    assert pardons.lifted_since(SOURCE, after(11)) is None
    assert pardons.lifted_since(OTHER, after(0)) is None


def test_the_oldest_is_forgotten_first() -> None:
    pardons = Pardons(max_pardons=1)
    pardons.add(SOURCE, SCAN, after(0))
    pardons.add(OTHER, None, after(1))
    assert pardons.lifted_since(SOURCE, after(0)) is None
    assert (pardons.lifted_for(SCAN), pardons.lifted_since(OTHER, after(1))) == (after(0), after(1))
    pardons.add(OTHER, OTHER_SCAN, after(2))
    assert (pardons.lifted_for(SCAN), pardons.lifted_for(OTHER_SCAN)) == (None, after(2))
