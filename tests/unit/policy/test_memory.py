from scanwarden.model.address import Address
from scanwarden.policy.memory import Memory
from tests.unit.policy.samples import START, after


def test_acquaintances_are_bounded_and_forgotten_after_a_day() -> None:
    memory = Memory(max_acquaintances=2)
    people = [Address.parse(f"203.0.113.{last}") for last in (1, 2, 3)]
    for person in people:
        memory.meet(person, START)
    assert [memory.is_acquainted(person, after(10)) for person in people] == [False, True, True]
    assert not memory.is_acquainted(people[2], after(86_401))
