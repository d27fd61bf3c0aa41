from scanwarden.model.address import Prefix
from scanwarden.policy.siblings import MAX_CHILDREN, Siblings, parent_of
from tests.unit.policy.samples import START, after


def test_only_neighbours_that_are_still_banned_count() -> None:
    siblings = Siblings()
    networks = [Prefix.parse(f"2a00:1:2:{number}::/64") for number in range(3)]
    parent = parent_of(networks[0])
    assert parent == Prefix.parse("2a00:1:2::/56")
    for number, network in enumerate(networks):
        siblings.add(network, after(10 * (number + 1)))
    assert siblings.banned_beside(networks[0], parent, START) == 2
    assert siblings.banned_beside(networks[0], parent, after(20)) == 1
    siblings.remove(networks[2])
    assert siblings.banned_beside(networks[0], parent, after(20)) == 0


def test_memory_is_bounded_in_both_directions() -> None:
    siblings = Siblings(max_parents=2)
    for site in range(5):
        for number in range(300):
            siblings.add(Prefix.parse(f"2a00:1:{site:x}:{number % 256:x}::/64"), after(60))
    assert len(siblings._children) == 2
    assert all(len(children) <= MAX_CHILDREN for children in siblings._children.values())


def test_hosts_and_ipv4_have_no_neighbours() -> None:
    for text in ("203.0.113.1", "2a00::1/128", "2a00:1:2::/48"):
        assert parent_of(Prefix.parse(text)) is None
